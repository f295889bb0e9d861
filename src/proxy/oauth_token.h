/* SPDX-License-Identifier: MPL-2.0 */
/* What a provider's OAuth2 endpoints are asked, and what they answer (RFC 6749 section 5). */
#pragma once

#include "base/secret.h"
#include "net/tls.h"
#include "proxy/config.h"

/* An answer: tokens, or the word for why there are none ("invalid_grant"). */
typedef struct {
	char *refusal; /* NULL: granted */
	GBytes *json;  /* wiped when freed */
} OauthAnswer;

void oauth_answer_clear(OauthAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OauthAnswer, oauth_answer_clear)

/* Posts @pairs (name, value, ..., NULL; NULL values are left out) and the client's name to @url.
 * PS_ERROR_ARGUMENT (no https address), PS_ERROR_IO, PS_ERROR_BUSY; a refusal is an answer. */
bool oauth_ask(const ProxyAccount *account, const char *url, const char *const *pairs,
	       NetTrust *trust, OauthAnswer *out, GError **error);

/* A member of the answer; NULL if it is not there. */
BaseSecretString *oauth_answer_get(const OauthAnswer *answer, const char *name);
/* The same as a number of seconds from 1 to @max, or @fallback. */
guint oauth_answer_seconds(const OauthAnswer *answer, const char *name, guint max, guint fallback);

/* PS_ERROR_UNAVAILABLE with a text for the person. */
bool oauth_fail(const char *refusal, GError **error);
