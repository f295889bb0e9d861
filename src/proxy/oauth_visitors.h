/* SPDX-License-Identifier: MPL-2.0 */
/* Who comes to a loopback address where a browser is awaited: any program of this machine may. All
 * are heard at once, so that nobody who says nothing keeps the browser waiting. */
#pragma once

#include "base/secret.h"
#include <gio/gio.h>
#include <stdbool.h>

typedef struct OauthVisitor OauthVisitor;

typedef enum {
	OAUTH_HEARD_NOTHING, /* yet */
	OAUTH_HEARD_LINE,
	OAUTH_HEARD_END, /* gone, too slow or too long: no line will come */
} OauthHeard;

/* Takes those who come to @listener into @visitors (of OauthVisitor; the longest there goes for the
 * newest if there are too many) until one of them may have something to say. False at @end
 * (monotonic) and once @stop (or NULL) was cancelled. */
bool oauth_visitors_wait(GPtrArray *visitors, GSocket *listener, gint64 end, GCancellable *stop);

/* What came without waiting; *@line is the request's first, written only with
 * OAUTH_HEARD_LINE. */
OauthHeard oauth_visitor_hear(OauthVisitor *visitor, BaseSecretString **line);
GSocket *oauth_visitor_socket(OauthVisitor *visitor); /* borrowed */
void oauth_visitor_free(OauthVisitor *visitor);
