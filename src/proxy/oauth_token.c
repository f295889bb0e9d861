/* SPDX-License-Identifier: MPL-2.0 */
/* Asking a token endpoint. */
#include "proxy/oauth_token.h"

#include "base/error.h"
#include "proxy/oauth_http.h"
#include "proxy/oauth_json.h"

#define PAIRS_MAX   12U
#define REFUSAL_MAX 40U /* octets of an error word */

void
oauth_answer_clear(OauthAnswer *answer)
{
	g_clear_pointer(&answer->refusal, g_free);
	g_clear_pointer(&answer->json, g_bytes_unref);
}

/* An error word that may be shown: letters and underscores (RFC 6749 section 5.2). */
static char *
refusal_of(BaseBytes json, guint status)
{
	g_autoptr(BaseSecretString) word = oauth_json_get(json, "error");
	size_t n = word == NULL ? 0 : strspn(word, "abcdefghijklmnopqrstuvwxyz_");
	if (n == 0 || n > REFUSAL_MAX || word[n] != '\0') {
		return g_strdup_printf("status_%u", status);
	}
	return g_strdup(word);
}

bool
oauth_ask(const ProxyAccount *account, const char *url, const char *const *pairs, NetTrust *trust,
	  OauthAnswer *out, GError **error)
{
	const char *all[PAIRS_MAX * 2 + 5] = {"client_id", account->oauth_client_id,
					      "client_secret", account->oauth_client_secret};
	guint status = 0;
	for (guint i = 0; i < PAIRS_MAX * 2 && pairs[i] != NULL; i += 2) {
		all[i + 4] = pairs[i];
		all[i + 5] = pairs[i + 1];
	}
	g_autoptr(BaseSecretString) form = oauth_form(all);
	g_autoptr(GBytes) body = NULL;
	if (!oauth_post(url, form, trust, &status, &body, error)) {
		return false;
	}
	if (status >= 500) {
		return base_fail(error, PS_ERROR_IO, "the provider's token server answers %u",
				 status);
	}
	out->refusal = status == 200 ? NULL : refusal_of(base_bytes_of(body), status);
	out->json = g_steal_pointer(&body);
	return true;
}

BaseSecretString *
oauth_answer_get(const OauthAnswer *answer, const char *name)
{
	return oauth_json_get(base_bytes_of(answer->json), name);
}

guint
oauth_answer_seconds(const OauthAnswer *answer, const char *name, guint max, guint fallback)
{
	g_autoptr(BaseSecretString) text = oauth_answer_get(answer, name);
	guint64 seconds = 0;
	if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT32, &seconds, NULL)) {
		return fallback;
	}
	return (guint)MIN(seconds, max);
}

bool
oauth_fail(const char *refusal, GError **error)
{
	static const struct {
		const char *refusal;
		const char *text;
	} texts[] = {
		{"invalid_grant",
		 "the provider no longer accepts the login: run postseal login for this account"},
		{"access_denied", "the login was refused"},
		{"expired_token", "nobody allowed the login in time"},
		{"invalid_client", "the provider does not know this client: see oauth-client-id"},
		{"unauthorized_client", "the provider does not let this client log in so"},
		{"invalid_scope", "the provider does not know this oauth-scope"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		if (strcmp(refusal, texts[i].refusal) == 0) {
			return base_fail(error, PS_ERROR_UNAVAILABLE, "%s", texts[i].text);
		}
	}
	return base_fail(error, PS_ERROR_UNAVAILABLE, "the provider gives no token: %s", refusal);
}
