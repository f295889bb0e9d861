/* SPDX-License-Identifier: MPL-2.0 */
/* One form sent over HTTPS, one small answer (RFC 9110, 9112): what token endpoints need. */
#pragma once

#include "base/secret.h"
#include "net/tls.h"

#define OAUTH_HTTP_MAX (64U << 10) /* octets of a whole response */

typedef enum {
	OAUTH_HTTP_MORE, /* not all of it is here */
	OAUTH_HTTP_DONE,
	OAUTH_HTTP_BROKEN,
} OauthHttpState;

/* Reads @data, everything that came so far; @closed: nothing more will. @status and @body (wiped
 * when freed) are set by DONE only. */
OauthHttpState oauth_http_parse(BaseBytes data, bool closed, guint *status, GBytes **body);

/* "name=value&..." of pairs up to NULL; a pair whose value is NULL is left out. (transfer full) */
BaseSecretString *oauth_form(const char *const *pairs);

/* Posts @form to "https://HOST/PATH"; redirects are not followed, since secrets are in it.
 * PS_ERROR_ARGUMENT (no https address), PS_ERROR_IO, PS_ERROR_BUSY. */
bool oauth_post(const char *url, const char *form, NetTrust *trust, guint *status, GBytes **body,
		GError **error);
