/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The person allows the daemon to log in, in a browser on this machine: the provider sends the
 * browser back to a loopback address with a code (RFC 8252 section 7.3), which is of use only to
 * who knows the verifier (RFC 7636) and counts only with our state (RFC 6749 section 10.12).
 */
#include "proxy/oauth_login.h"

#include "base/base64.h"
#include "base/error.h"
#include "proxy/oauth_http.h"
#include "proxy/oauth_visitors.h"
#include <sys/random.h>

#define RANDOM 32U

typedef struct {
	const OauthLogin *login;
	BaseSecretString *verifier;
	BaseSecretString *state;
	char *redirect; /* our address */
	BaseSecretString *code;
	char *refusal;
} Visit;

static void
visit_clear(Visit *visit)
{
	base_secret_free(visit->verifier);
	base_secret_free(visit->state);
	base_secret_free(visit->code);
	g_free(visit->redirect);
	g_free(visit->refusal);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Visit, visit_clear)

/* Base64 for URLs, RFC 4648 section 5, without padding. */
static char *
encode(BaseBytes octets)
{
	char *text = base64_encode_string(octets);
	text[strcspn(text, "=")] = '\0';
	return g_strdelimit(g_strdelimit(text, "+", '-'), "/", '_');
}

static BaseSecretString *
random_text(GError **error)
{
	uint8_t random[RANDOM];
	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
		return BASE_FAIL_NULL(error, PS_ERROR_CREATE, "no random numbers");
	}
	BaseSecretString *text = encode(base_bytes(random, sizeof random));
	base_wipe(random, sizeof random);
	return text;
}

/* code_challenge = BASE64URL(SHA256(code_verifier)), RFC 7636 section 4.2 */
static char *
challenge(const char *verifier)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	uint8_t digest[32];
	gsize n = sizeof digest;
	g_checksum_update(sum, (const guchar *)verifier, -1);
	g_checksum_get_digest(sum, digest, &n);
	return encode(base_bytes(digest, n));
}

static char *
page_to_open(const Visit *visit)
{
	const ProxyAccount *account = visit->login->account;
	g_autofree char *code_challenge = challenge(visit->verifier);
	const char *pairs[] = {"response_type",
			       "code",
			       "client_id",
			       account->oauth_client_id,
			       "redirect_uri",
			       visit->redirect,
			       "scope",
			       account->oauth_scope,
			       "state",
			       visit->state,
			       "code_challenge",
			       code_challenge,
			       "code_challenge_method",
			       "S256",
			       "login_hint",
			       account->user,
			       "access_type", /* else Google gives no refresh token */
			       "offline",
			       NULL};
	g_autofree char *query = oauth_form(pairs);
	return g_strconcat(account->oauth_auth_url,
			   strchr(account->oauth_auth_url, '?') == NULL ? "?" : "&", query, NULL);
}

/* A fresh socket takes this much without waiting; who does not read it misses it. */
static void
answer(GSocket *socket, const char *status, const char *text)
{
	g_autofree char *body = g_strdup_printf(
		"<!DOCTYPE html><meta charset=utf-8><title>postseal</title><p>%s</p>\n", text);
	g_autofree char *page =
		g_strdup_printf("HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\n"
				"Content-Length: %" G_GSIZE_FORMAT
				"\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
				"Connection: close\r\n\r\n%s",
				status, strlen(body), body);
	(void)g_socket_send_with_blocking(socket, page, strlen(page), FALSE, NULL, NULL);
}

/* The query of "GET /?QUERY HTTP/1.1"; NULL if it is another address or no query. */
static GHashTable *
query_of(const char *line)
{
	if (line == NULL || !g_str_has_prefix(line, "GET /?")) {
		return NULL;
	}
	const char *query = line + strlen("GET /?");
	return g_uri_parse_params(query, (gssize)strcspn(query, " "), "&", G_URI_PARAMS_WWW_FORM,
				  NULL);
}

/* Whether the visit brings what we wait for. Others are turned away and change nothing. */
static bool
take_request(Visit *visit, GSocket *socket, const char *line)
{
	g_autoptr(GHashTable) query = query_of(line);
	const char *state = query == NULL ? NULL : g_hash_table_lookup(query, "state");
	const char *code = query == NULL ? NULL : g_hash_table_lookup(query, "code");
	const char *refusal = query == NULL ? NULL : g_hash_table_lookup(query, "error");
	if (state == NULL || (code == NULL && refusal == NULL) ||
	    !base_secret_equal(base_bytes_str(state), base_bytes_str(visit->state))) {
		answer(socket, "404 Not Found", "Nothing here.");
		return false;
	}
	visit->code = g_strdup(code);
	visit->refusal = code != NULL ? NULL : g_strdup("access_denied");
	answer(socket, "200 OK",
	       code != NULL ? "You can close this window and go back to postseal."
			    : "The login was refused. Nothing was changed.");
	return true;
}

static bool
wait_for_visit(Visit *visit, GSocket *listener, GError **error)
{
	g_autoptr(GPtrArray) visitors =
		g_ptr_array_new_with_free_func((GDestroyNotify)oauth_visitor_free);
	gint64 end = g_get_monotonic_time() + (gint64)visit->login->seconds * G_USEC_PER_SEC;
	while (oauth_visitors_wait(visitors, listener, end, visit->login->stop)) {
		for (guint i = visitors->len; i > 0; i--) {
			OauthVisitor *visitor = g_ptr_array_index(visitors, i - 1);
			g_autoptr(BaseSecretString) line = NULL;
			OauthHeard heard = oauth_visitor_hear(visitor, &line);
			if (heard == OAUTH_HEARD_NOTHING) {
				continue;
			}
			if (take_request(visit, oauth_visitor_socket(visitor), line)) {
				return true;
			}
			g_ptr_array_remove_index(visitors, i - 1);
		}
	}
	return base_fail(error, PS_ERROR_BUSY, "nobody allowed the login in time");
}

static GSocket *
listen_here(Visit *visit, GError **error)
{
	g_autoptr(GSocket) listener = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
						   G_SOCKET_PROTOCOL_TCP, NULL);
	g_autoptr(GSocketAddress) any = g_inet_socket_address_new_from_string("127.0.0.1", 0);
	if (listener == NULL || !g_socket_bind(listener, any, FALSE, NULL) ||
	    !g_socket_listen(listener, NULL)) {
		return BASE_FAIL_NULL(error, PS_ERROR_CREATE, "no port of 127.0.0.1 is free");
	}
	g_autoptr(GSocketAddress) bound = g_socket_get_local_address(listener, NULL);
	visit->redirect =
		g_strdup_printf("http://127.0.0.1:%u/",
				g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound)));
	return g_steal_pointer(&listener);
}

static bool
exchange(const Visit *visit, GError **error)
{
	const ProxyAccount *account = visit->login->account;
	const char *pairs[] = {"grant_type",    "authorization_code", "code",
			       visit->code,     "redirect_uri",       visit->redirect,
			       "code_verifier", visit->verifier,      NULL};
	g_auto(OauthAnswer) got = {0};
	if (!oauth_ask(account, account->oauth_token_url, pairs, visit->login->trust, &got,
		       error)) {
		return false;
	}
	return got.refusal == NULL ? oauth_keep_answer(visit->login, &got, error)
				   : oauth_fail(got.refusal, error);
}

bool
oauth_login_browser(const OauthLogin *login, GError **error)
{
	const ProxyAccount *account = login->account;
	g_auto(Visit) visit = {.login = login};
	if (!oauth_need(login, account->oauth_client_id, "oauth-client-id", error) ||
	    !oauth_need(login, account->oauth_auth_url, "oauth-auth-url", error) ||
	    !oauth_need(login, account->oauth_token_url, "oauth-token-url", error)) {
		return false;
	}
	visit.verifier = random_text(error);
	visit.state = visit.verifier == NULL ? NULL : random_text(error);
	if (visit.state == NULL) {
		return false;
	}
	g_autoptr(GSocket) listener = listen_here(&visit, error);
	if (listener == NULL) {
		return false;
	}
	g_autofree char *page = page_to_open(&visit);
	login->show(page, NULL, login->user);
	if (!wait_for_visit(&visit, listener, error)) {
		return false;
	}
	return visit.refusal == NULL ? exchange(&visit, error) : oauth_fail(visit.refusal, error);
}
