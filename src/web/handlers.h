/* SPDX-License-Identifier: MPL-2.0 */
/* What the table of addresses (routes.c) points to; each is a WebHandler. */
#pragma once

#include "web/router.h"

/* login.c */
JsonNode *web_login(WebRequest *request, WebReply *reply);
JsonNode *web_logout(WebRequest *request, WebReply *reply);
JsonNode *web_login_link(WebRequest *request, WebReply *reply);
/* files.c */
JsonNode *web_static(WebRequest *request, WebReply *reply);
JsonNode *web_api_description(WebRequest *request, WebReply *reply);
/* open.c: explanations, autoconfig */
JsonNode *web_how_to(WebRequest *request, WebReply *reply);
JsonNode *web_autoconfig(WebRequest *request, WebReply *reply);
/* question.c: what the socket answers, too */
JsonNode *web_status(WebRequest *request, WebReply *reply);
JsonNode *web_can_seal(WebRequest *request, WebReply *reply);
JsonNode *web_verdict(WebRequest *request, WebReply *reply);
JsonNode *web_explain(WebRequest *request, WebReply *reply);
/* desks.c */
JsonNode *web_start(WebRequest *request, WebReply *reply);
JsonNode *web_desks(WebRequest *request, WebReply *reply);
JsonNode *web_unlock(WebRequest *request, WebReply *reply);
JsonNode *web_unlock_page(WebRequest *request, WebReply *reply);
JsonNode *web_unlock_do(WebRequest *request, WebReply *reply);
/* mail.c */
JsonNode *web_folders(WebRequest *request, WebReply *reply);
JsonNode *web_list(WebRequest *request, WebReply *reply);
JsonNode *web_list_page(WebRequest *request, WebReply *reply);
JsonNode *web_inbox(WebRequest *request, WebReply *reply);
JsonNode *web_message(WebRequest *request, WebReply *reply);
JsonNode *web_message_page(WebRequest *request, WebReply *reply);
JsonNode *web_message_html(WebRequest *request, WebReply *reply);
JsonNode *web_message_part(WebRequest *request, WebReply *reply);
JsonNode *web_message_source(WebRequest *request, WebReply *reply);
/* doing.c */
JsonNode *web_message_do(WebRequest *request, WebReply *reply);
JsonNode *web_list_do(WebRequest *request, WebReply *reply);
/* check.c */
JsonNode *web_check_message(WebRequest *request, WebReply *reply);
JsonNode *web_check_page(WebRequest *request, WebReply *reply);
JsonNode *web_check_page_do(WebRequest *request, WebReply *reply);
/* write.c */
JsonNode *web_seal(WebRequest *request, WebReply *reply);
JsonNode *web_seal_part(WebRequest *request, WebReply *reply);
JsonNode *web_draft(WebRequest *request, WebReply *reply);
JsonNode *web_draft_check(WebRequest *request, WebReply *reply);
JsonNode *web_draft_send(WebRequest *request, WebReply *reply);
JsonNode *web_draft_save(WebRequest *request, WebReply *reply);
/* outbox.c */
JsonNode *web_outbox(WebRequest *request, WebReply *reply);
JsonNode *web_outbox_do(WebRequest *request, WebReply *reply);
/* write.c again: the form */
JsonNode *web_write_page(WebRequest *request, WebReply *reply);
JsonNode *web_write_page_do(WebRequest *request, WebReply *reply);
/* people.c */
JsonNode *web_people(WebRequest *request, WebReply *reply);
JsonNode *web_people_do(WebRequest *request, WebReply *reply);
JsonNode *web_people_page(WebRequest *request, WebReply *reply);
JsonNode *web_person_page(WebRequest *request, WebReply *reply);
JsonNode *web_person_page_do(WebRequest *request, WebReply *reply);
JsonNode *web_waiting(WebRequest *request, WebReply *reply);
JsonNode *web_waiting_page(WebRequest *request, WebReply *reply);
/* keys.c */
JsonNode *web_keys(WebRequest *request, WebReply *reply);
JsonNode *web_keys_do(WebRequest *request, WebReply *reply);
JsonNode *web_keys_qr(WebRequest *request, WebReply *reply);
JsonNode *web_keys_export(WebRequest *request, WebReply *reply);
JsonNode *web_keys_backup(WebRequest *request, WebReply *reply);
JsonNode *web_keys_page(WebRequest *request, WebReply *reply);
JsonNode *web_keys_page_do(WebRequest *request, WebReply *reply);
/* health.c */
JsonNode *web_health(WebRequest *request, WebReply *reply);
