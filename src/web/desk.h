/* SPDX-License-Identifier: MPL-2.0 */
/* A desk: one mail account seen in the browser. Its keys are used through an engine that has no
 * others; its mail lies in a Maildir or at its provider. */
#pragma once

#include "mail/outlet.h"
#include "mail/store.h"
#include "web/site.h"
#include <json-glib/json-glib.h>

typedef enum {
	WEB_DESK_OPEN,
	WEB_DESK_LOCKED,  /* its provider wants a password, which nobody typed in this session */
	WEB_DESK_WAITING, /* it has no keys yet */
} WebDeskState;

typedef struct {
	WebSite *site;               /* borrowed */
	const ProxyAccount *account; /* borrowed */
	Login *login;
	PsEngine *engine;    /* lent since the first web_desk_engine(); NULL before */
	WebSession *session; /* borrowed; NULL: nobody's */
	struct WebBox *box;  /* the store, opened by the first web_desk_store(); NULL before */
	BaseSecretString *password; /* NULL: not needed, or not known */
} WebDesk;

/* Has the account mail that can be shown here (maildir=, imap=)? */
bool web_desk_is(const ProxyAccount *account);
/* The desk of that name (its address); NULL: PS_ERROR_NOT_FOUND. */
WebDesk *web_desk_find(WebSite *site, WebSession *session, const char *id, GError **error);
WebDesk *web_desk_new(WebSite *site, WebSession *session, const ProxyAccount *account);
void web_desk_free(WebDesk *desk); /* gives the engine back */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WebDesk, web_desk_free)

const char *web_desk_id(const WebDesk *desk);
WebDeskState web_desk_state(WebDesk *desk);
const char *web_desk_state_name(WebDeskState state);

/* Borrowed; few exist of each desk, so give it back (web_desk_rest) before anything that waits for
 * the network. */
PsEngine *web_desk_engine(WebDesk *desk);
void web_desk_rest(WebDesk *desk);

/* As people call the account: its name, else its address. (transfer full) */
char *web_desk_name(WebDesk *desk);
/* {"id","address","name","source","state","program","locked","url","write_url",...} */
JsonObject *web_desk_json(WebDesk *desk);

/* Borrowed. Gives the engine back. PS_ERROR_PASSPHRASE: the provider wants a password; PS_ERROR_IO.
 */
MailStore *web_desk_store(WebDesk *desk, GError **error);
/* How its letters leave; do not outlive the desk. The same errors; PS_ERROR_UNAVAILABLE: there is
 * no way. (transfer full) */
MailOutlet *web_desk_outlet(WebDesk *desk, GError **error);
