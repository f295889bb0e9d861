/* SPDX-License-Identifier: MPL-2.0 */
/* The door: each request passes it before its body is read. */
#pragma once

#include "web/router.h"
#include <libsoup/soup.h>

/* Who asks, once the door has let him in. */
typedef struct {
	const WebRoute *route;
	WebSession *session; /* NULL: nobody is logged in */
	bool by_token;
} WebVisitor;

void web_visitor_clear(WebVisitor *visitor);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WebVisitor, web_visitor_clear)

/* Host, Origin, Sec-Fetch-Site, address, login, size. False: *@reply says why not, in words that
 * are not translated yet. @arguments may be NULL. */
bool web_door_open(WebSite *site, SoupServerMessage *message, GPtrArray *arguments,
		   WebVisitor *visitor, WebReply *reply);
/* Octets of the body of a request that was let in. */
gsize web_door_body_length(SoupServerMessage *message);
/* Whether a POST was meant by whoever is logged in: it says the session's token, as a header or in
 * the form. */
bool web_door_is_meant(const WebRequest *request, const char *said);
/* Does a person ask, who should see a page? */
bool web_door_is_page(SoupServerMessage *message);
/* Everything but the body: status, types, the policies that browsers hold. */
void web_door_send(SoupServerMessage *message, const WebReply *reply);
