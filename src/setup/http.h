/* SPDX-License-Identifier: MPL-2.0 */
/* One small document over HTTPS (RFC 9110, 9112): bounded, verified, no other scheme. */
#pragma once

#include "base/error.h"
#include "net/tls.h"

#define SETUP_HTTP_MAX (512U << 10) /* octets of a whole response */

typedef enum {
	SETUP_HTTP_MORE, /* not all of it is here */
	SETUP_HTTP_DONE,
	SETUP_HTTP_BROKEN,
} SetupHttpState;

typedef struct {
	guint status;
	char *location; /* NULL: none */
	GByteArray *body;
} SetupHttpAnswer;

void setup_http_answer_clear(SetupHttpAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SetupHttpAnswer, setup_http_answer_clear)

/* Reads @data, everything that came so far; @closed: nothing more will. @out is filled by DONE
 * only. */
SetupHttpState setup_http_parse(BaseBytes data, bool closed, SetupHttpAnswer *out);

/* The document at "https://HOST/PATH", after at most three redirects to other https addresses.
 * PS_ERROR_NOT_FOUND (no such host, no such document), PS_ERROR_IO, PS_ERROR_BUSY. */
GByteArray *setup_http_get(const char *url, NetTrust *trust, GError **error);
