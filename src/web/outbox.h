/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The copies of a letter beside the first: for hidden readers, and for those with other kinds of
 * keys. They lie in the daemon's queue (proxy/queue.h) before anything leaves, one for each reader,
 * and until a server took or refused them; so a letter that left in part is neither lost nor sent
 * twice. What is left is sent with the next letter, when the person says so, and when a mail
 * program of his logs in to send.
 */
#pragma once

#include "web/desk.h"

typedef struct WebOutbox WebOutbox;

/* Of the letter whose first copy is @octets; nothing of it counts before web_outbox_commit().
 * PS_ERROR_CREATE. */
WebOutbox *web_outbox_new(WebDesk *desk, GBytes *octets, GError **error);
void web_outbox_free(WebOutbox *outbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WebOutbox, web_outbox_free)

/* It is on the disk when this returns. PS_ERROR_CREATE, PS_ERROR_UNAVAILABLE, PS_ERROR_IO. */
bool web_outbox_add(WebOutbox *outbox, GBytes *octets, const char *recipient, GError **error);
/* The first copy left: from now on the others are to leave, too. */
void web_outbox_commit(WebOutbox *outbox);
/* Sends them; [{"address","text","waits"}] of whom it did not reach are added to @failed. */
void web_outbox_send(WebOutbox *outbox, MailOutlet *outlet, JsonArray *failed);
/* True: a server has taken the copy for @recipient. */
bool web_outbox_reached(const WebOutbox *outbox, const char *recipient);

/* Why it did not arrive: the server's words, or ours; static or of @one. */
const char *web_fate_text(const MailDelivery *one);
/* {"address","text","waits"} */
void web_add_failure(JsonArray *failed, const char *address, const char *text, bool waits);

/* A line for each, of @sentence with {address} and {reason}; (transfer full). */
char *web_failures_text(JsonArray *failed, const char *sentence);

/* What is left of earlier letters, sent now; as above. */
void web_outbox_send_due(WebDesk *desk, MailOutlet *outlet, JsonArray *failed);
/* Their readers, as addresses; those of which is not known whose they are, are left out. (transfer
 * full) */
JsonArray *web_outbox_json(WebDesk *desk);
/* The person does not want them to be sent any more. */
void web_outbox_give_up(WebDesk *desk);
