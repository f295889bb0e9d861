/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One small document over HTTPS (RFC 9110, 9112): bounded in octets and time, TLS as net/tls.h
 * says, no other scheme, no proxies, no cookies.
 *
 * Not libsoup, which the page is served with: linked into the command it costs each start a third
 * more, a token that went through it is not wiped, and it asks another list of authorities.
 */
#pragma once

#include "base/bytes.h"
#include "net/tls.h"

#define NET_HTTP_MAX (512U << 10) /* octets of a whole response, head and all */

typedef enum {
	NET_HTTP_MORE, /* not all of it is here */
	NET_HTTP_DONE,
	NET_HTTP_BROKEN,
} NetHttpState;

typedef struct {
	guint status;
	char *location; /* NULL: none */
	GBytes *body;   /* wiped when freed */
} NetHttpAnswer;

void net_http_answer_clear(NetHttpAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NetHttpAnswer, net_http_answer_clear)

/* Reads @data, everything that came so far; @closed: nothing more will. @out is filled by DONE
 * only. */
NetHttpState net_http_parse(BaseBytes data, bool closed, NetHttpAnswer *out);

typedef struct {
	const char *url;    /* "https://HOST[:PORT]/PATH" */
	const char *accept; /* media types */
	const char *form;   /* what is posted, "name=value&..."; NULL: GET */
	guint redirects;    /* at most so many are followed, to other https addresses; none of a
			       form, which may hold secrets */
	guint seconds;      /* for all of it */
} NetHttpRequest;

/* Whatever the server answers is true. PS_ERROR_ARGUMENT (no https address), PS_ERROR_IO,
 * PS_ERROR_BUSY. */
bool net_http_ask(const NetHttpRequest *request, NetTrust *trust, NetHttpAnswer *out,
		  GError **error);
