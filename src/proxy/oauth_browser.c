/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The person allows the daemon to log in, in a browser on this machine: the provider sends the
 * browser back to a loopback address with a code (RFC 8252 section 7.3), which is of use only to
 * who knows the verifier (RFC 7636) and counts only with our state (RFC 6749 section 10.12).
 */
#include "proxy/oauth_login.h"

#include "base/base64.h"
#include "base/error.h"
#include "net/conn.h"
#include "proxy/oauth_http.h"
#include <sys/random.h>

#define RANDOM          32U
#define REQUEST_MAX     (8U << 10)
#define REQUEST_SECONDS 10U

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

static bool
answer(NetConn *conn, const char *status, const char *text)
{
	g_autofree char *body = g_strdup_printf(
		"<!DOCTYPE html><meta charset=utf-8><title>postseal</title><p>%s</p>\n", text);
	return net_conn_print(conn, NULL,
			      "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\n"
			      "Content-Length: %" G_GSIZE_FORMAT
			      "\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
			      "Connection: close\r\n\r\n%s",
			      status, strlen(body), body) &&
	       net_conn_flush(conn, NULL);
}

/* The first line of a request; NULL if it is none. */
static BaseSecretString *
read_request(NetConn *conn)
{
	g_autoptr(GByteArray) all = g_byte_array_sized_new(REQUEST_MAX);
	BaseBytes came;
	size_t end = SIZE_MAX;
	net_conn_set_timeout(conn, REQUEST_SECONDS);
	while (end == SIZE_MAX && net_conn_peek(conn, &came, NULL) && came.n > 0 &&
	       all->len + came.n <= REQUEST_MAX) {
		g_byte_array_append(all, came.p, (guint)came.n);
		net_conn_consume(conn, came.n);
		end = base_bytes_find(base_bytes_of_array(all), BASE_LIT("\r\n"));
	}
	BaseSecretString *line =
		end == SIZE_MAX ? NULL : base_bytes_strdup(base_bytes(all->data, end));
	base_wipe(all->data, all->len);
	return line;
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
take_visit(Visit *visit, NetConn *conn)
{
	g_autoptr(BaseSecretString) line = read_request(conn);
	g_autoptr(GHashTable) query = query_of(line);
	const char *state = query == NULL ? NULL : g_hash_table_lookup(query, "state");
	const char *code = query == NULL ? NULL : g_hash_table_lookup(query, "code");
	const char *refusal = query == NULL ? NULL : g_hash_table_lookup(query, "error");
	if (state == NULL || (code == NULL && refusal == NULL) ||
	    !base_secret_equal(base_bytes_str(state), base_bytes_str(visit->state))) {
		(void)answer(conn, "404 Not Found", "Nothing here.");
		return false;
	}
	visit->code = g_strdup(code);
	visit->refusal = code != NULL ? NULL : g_strdup("access_denied");
	(void)answer(conn, "200 OK",
		     code != NULL ? "You can close this window and go back to postseal."
				  : "The login was refused. Nothing was changed.");
	return true;
}

static bool
wait_for_visit(Visit *visit, GSocket *listener, GError **error)
{
	gint64 end = g_get_monotonic_time() + (gint64)visit->login->seconds * G_USEC_PER_SEC;
	for (;;) {
		gint64 left = end - g_get_monotonic_time();
		if (left <= 0 || !g_socket_condition_timed_wait(listener, G_IO_IN, left,
								visit->login->stop, NULL)) {
			return base_fail(error, PS_ERROR_BUSY, "nobody allowed the login in time");
		}
		g_autoptr(GSocket) socket = g_socket_accept(listener, NULL, NULL);
		if (socket == NULL) {
			continue;
		}
		g_autoptr(NetConn) conn =
			net_conn_new(g_socket_connection_factory_create_connection(socket));
		if (take_visit(visit, conn)) {
			return true;
		}
	}
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
