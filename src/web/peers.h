/* SPDX-License-Identifier: MPL-2.0 */
/* Correspondents, as the interface and the pages show them. */
#pragma once

#include "web/desk.h"
#include "web/json.h"
#include "web/router.h"

/* What waits for a decision: of one desk, or of all (NULL). (transfer full) */
JsonArray *web_waiting_json(WebRequest *request, WebDesk *desk);
/* Does anything about @address wait for a decision? */
bool web_peer_waits(WebDesk *desk, const char *address);
/* "ab12 cd34 ..." (transfer full) */
char *web_fingerprint_text(const char *fingerprint);
/* The page for mail from this page to somebody with @program in @state; (transfer full). */
char *web_how_to_url(const WebSite *site, const char *program, const char *state);
/* A few words for a recipient's state; static. */
const char *web_state_text(const char *state);
