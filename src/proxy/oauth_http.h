/* SPDX-License-Identifier: MPL-2.0 */
/* One form sent over HTTPS, one small answer: what token endpoints need. */
#pragma once

#include "base/secret.h"
#include "net/tls.h"

/* "name=value&..." of pairs up to NULL; a pair whose value is NULL is left out. (transfer full) */
BaseSecretString *oauth_form(const char *const *pairs);

/* Posts @form to "https://HOST/PATH"; redirects are not followed, since secrets are in it. @body is
 * wiped when freed. PS_ERROR_ARGUMENT (no https address), PS_ERROR_IO, PS_ERROR_BUSY. */
bool oauth_post(const char *url, const char *form, NetTrust *trust, guint *status, GBytes **body,
		GError **error);
