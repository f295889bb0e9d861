/* SPDX-License-Identifier: MPL-2.0 */
/* Logging in at the provider: TLS always, then whichever way of naming the user it knows. */
#include "proxy/imap_session.h"

#include "base/error.h"
#include "proxy/oauth.h"

#define DIAL_SECONDS  30U
#define LOGIN_SECONDS 60U
#define LOOK_SECONDS  5U
#define LOOK_ACCOUNTS 8U
#define LINE_LENGTH   (64U << 10) /* octets of a response before login */

/* One response line of the provider. */
static bool
read_line(ImapSession *session, GByteArray *line, ImapResponse *response, GError **error)
{
	g_byte_array_set_size(line, 0);
	if (!wire_line(session->server, line, LINE_LENGTH, error)) {
		return false;
	}
	imap_response_parse(base_bytes_of_array(line), response);
	return true;
}

/* The words of "* CAPABILITY ..." or "[CAPABILITY ...]". */
static void
note_offers(ImapSession *session, const ImapResponse *response)
{
	BaseBytes words = {0};
	if (strcmp(response->name, "CAPABILITY") == 0) {
		words = base_bytes_trim(response->rest);
	} else if (base_bytes_starts_nocase(response->code, "CAPABILITY ")) {
		words = base_bytes_slice(response->code, strlen("CAPABILITY "), SIZE_MAX);
	}
	if (words.n > 0) {
		g_free(session->offers);
		session->offers = base_bytes_strdup(words);
	}
}

/* Sends a command with a tag of ours and reads to its end; *@ok: "OK". @line is the last line.
 * @more: what follows when the provider asks for it; or NULL. */
static bool
command_with(ImapSession *session, const char *text, const char *more, GByteArray *line, bool *ok,
	     GError **error)
{
	g_autofree char *tag = g_strdup_printf("postseal%u", session->own_tags++);
	if (!net_conn_print(session->server, error, "%s %s\r\n", tag, text)) {
		return false;
	}
	ImapResponse response;
	do {
		if (!read_line(session, line, &response, error)) {
			return false;
		}
		note_offers(session, &response);
		if (response.kind == IMAP_CONTINUE && more != NULL) {
			if (!net_conn_print(session->server, error, "%s\r\n", more)) {
				return false;
			}
			more = NULL;
		}
	} while (response.kind != IMAP_TAGGED);
	*ok = strcmp(response.name, "OK") == 0;
	return true;
}

static bool
command(ImapSession *session, const char *text, GByteArray *line, bool *ok, GError **error)
{
	return command_with(session, text, NULL, line, ok, error);
}

/* Which servers let in with a token, as they said last: of the process, as the configuration is. */
typedef enum {
	TOKENS_UNKNOWN,
	TOKENS_REFUSED,
	TOKENS_TAKEN,
} Tokens;

static GMutex tokens_lock;
static GHashTable *tokens; /* name of a server -> Tokens */

static char *
name_of(const NetServer *server)
{
	return g_strdup_printf("%s:%u", server->host, server->port);
}

static void
note_tokens(const ImapSession *session)
{
	bool taken =
		imap_offers(session, "AUTH=XOAUTH2") || imap_offers(session, "AUTH=OAUTHBEARER");
	g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&tokens_lock);
	if (tokens == NULL) {
		tokens = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	}
	g_hash_table_replace(tokens, name_of(session->login->server),
			     GUINT_TO_POINTER((guint)(taken ? TOKENS_TAKEN : TOKENS_REFUSED)));
}

/* UNKNOWN as long as nobody was there. */
static Tokens
tokens_of(const NetServer *server)
{
	g_autofree char *name = name_of(server);
	g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&tokens_lock);
	gpointer known = tokens == NULL ? NULL : g_hash_table_lookup(tokens, name);
	return (Tokens)GPOINTER_TO_UINT(known);
}

/* Greeting, STARTTLS unless TLS is there, and what it offers then. @seconds: to wait for each. */
static bool
open_server(ImapSession *session, guint seconds, GError **error)
{
	const Login *login = session->login;
	g_autoptr(GByteArray) line = g_byte_array_new();
	ImapResponse response;
	bool ok = false;
	session->server = net_conn_dial(login->server, login->trust, MIN(seconds, DIAL_SECONDS),
					login->stop, error);
	if (session->server == NULL) {
		return false;
	}
	net_conn_set_timeout(session->server, seconds);
	if (!read_line(session, line, &response, error)) {
		return false;
	}
	if (strcmp(response.name, "OK") != 0) {
		return base_fail(error, PS_ERROR_UNAVAILABLE, "the provider does not want us now");
	}
	if (!login->server->implicit_tls) {
		if (!command(session, "STARTTLS", line, &ok, error)) {
			return false;
		}
		if (!ok) {
			return base_fail(error, PS_ERROR_UNAVAILABLE,
					 "the provider does not offer TLS; nothing was sent to it");
		}
		if (!net_conn_start_client_tls(session->server, login->server->host, login->trust,
					       error)) {
			return false;
		}
	}
	if (!command(session, "CAPABILITY", line, &ok, error)) {
		return false;
	}
	note_tokens(session);
	return true;
}

/* The words behind AUTH=. */
static char *
mechanisms_of(const ImapSession *session)
{
	g_autoptr(GString) words = g_string_new(NULL);
	g_auto(GStrv) all = g_strsplit(session->offers == NULL ? "" : session->offers, " ", -1);
	for (guint i = 0; all[i] != NULL; i++) {
		if (g_ascii_strncasecmp(all[i], "AUTH=", strlen("AUTH=")) == 0) {
			g_string_append_printf(words, "%s%s", words->len == 0 ? "" : " ",
					       all[i] + strlen("AUTH="));
		}
	}
	return g_string_free(g_steal_pointer(&words), FALSE);
}

/* LOGIN, for providers that have no AUTHENTICATE PLAIN; *@ok as in command(). */
static bool
login_command(ImapSession *session, const Credentials *who, GByteArray *line, bool *ok,
	      GError **error)
{
	g_autofree char *user = imap_quote(session->login->user);
	if (who->kind != AUTH_PLAIN || user == NULL || imap_offers(session, "LOGINDISABLED")) {
		return base_fail(error, PS_ERROR_UNAVAILABLE,
				 "the provider has no way of logging in that postseal knows");
	}
	/* No quoted string holds letters beyond ASCII. */
	g_autoptr(BaseSecretString) secret = imap_quote(who->secret);
	if (secret == NULL) {
		g_autofree char *text =
			g_strdup_printf("LOGIN %s {%zu}", user, strlen(who->secret));
		return command_with(session, text, who->secret, line, ok, error);
	}
	g_autoptr(BaseSecretString) text = g_strdup_printf("LOGIN %s %s", user, secret);
	return command(session, text, line, ok, error);
}

/* Answers each challenge with the next response until the provider has decided. */
static bool
authenticate(ImapSession *session, const Credentials *who, const char *mechanism, GByteArray *line,
	     bool *ok, GError **error)
{
	guint number = 0;
	g_autoptr(BaseSecretString) first = auth_response(who, session->login->user, mechanism, 0);
	bool initial = imap_offers(session, "SASL-IR") && strcmp(mechanism, "LOGIN") != 0;
	if (!net_conn_print(session->server, error, "postseal%u AUTHENTICATE %s%s%s\r\n",
			    session->own_tags++, mechanism, initial ? " " : "",
			    initial ? first : "")) {
		return false;
	}
	number = initial ? 1 : 0;
	for (;;) {
		ImapResponse response;
		if (!read_line(session, line, &response, error)) {
			return false;
		}
		note_offers(session, &response);
		if (response.kind == IMAP_TAGGED) {
			*ok = strcmp(response.name, "OK") == 0;
			return true;
		}
		if (response.kind != IMAP_CONTINUE) {
			continue;
		}
		g_autoptr(BaseSecretString) next =
			auth_response(who, session->login->user, mechanism, number++);
		/* An empty answer to a challenge that tells of an error ends the exchange (RFC 7628
		 * section 3.2.3). */
		if (!net_conn_print(session->server, error, "%s\r\n", next == NULL ? "" : next)) {
			return false;
		}
	}
}

/* One try. */
static bool
try_once(ImapSession *session, const Credentials *given, GByteArray *line, bool *ok, GError **error)
{
	Credentials *copy = credentials_new(given->kind, given->user, given->secret);
	g_autoptr(Credentials) who = oauth_upstream(session->house, session->login, copy, error);
	if (who == NULL || !open_server(session, LOGIN_SECONDS, error)) {
		return false;
	}
	g_autofree char *offers = mechanisms_of(session);
	const char *mechanism = auth_choose(who, offers);
	return mechanism == NULL ? login_command(session, who, line, ok, error)
				 : authenticate(session, who, mechanism, line, ok, error);
}

/* What the program said about itself before the login; some providers let in nobody else. */
static bool
repeat_id(ImapSession *session, GError **error)
{
	bool ok = false;
	g_autoptr(GByteArray) line = g_byte_array_new();
	if (session->id == NULL || !imap_offers(session, "ID")) {
		return true;
	}
	g_autofree char *text = g_strdup_printf("ID %s", session->id);
	return command(session, text, line, &ok, error);
}

bool
imap_enter(ImapSession *session, const Credentials *given, GByteArray *line, bool *ok,
	   GError **error)
{
	if (!try_once(session, given, line, ok, error)) {
		return false;
	}
	if (!*ok && oauth_is_managed(session->login)) {
		/* The token that we had is no longer good; the mail program has no part in it. */
		oauth_refused(session->login);
		g_clear_pointer(&session->server, net_conn_free);
		if (!try_once(session, given, line, ok, error)) {
			return false;
		}
	}
	/* What it offers now may differ (RFC 9051 section 6.2.2), and few say so unasked. */
	g_autoptr(GByteArray) ignored = g_byte_array_new();
	bool asked = false;
	if (*ok && !command(session, "CAPABILITY", ignored, &asked, error)) {
		return false;
	}
	if (*ok && !repeat_id(session, error)) {
		return false;
	}
	net_conn_set_stop(session->server, NULL);
	return true;
}

/* --- Before anybody logs in ------------------------------------------------------------------ */

bool
imap_tokens_are_taken(House *house)
{
	const GPtrArray *accounts = house_config(house)->accounts;
	bool taken = false;
	for (guint i = 0; i < accounts->len && !taken; i++) {
		const ProxyAccount *account = g_ptr_array_index(accounts, i);
		taken = account->mode == PROXY_PASS_THROUGH && account->imap != NULL &&
			tokens_of(account->imap) != TOKENS_REFUSED;
	}
	return taken;
}

void
imap_ask_for_tokens(House *house)
{
	const GPtrArray *accounts = house_config(house)->accounts;
	for (guint i = 0; i < MIN(accounts->len, LOOK_ACCOUNTS); i++) {
		const ProxyAccount *account = g_ptr_array_index(accounts, i);
		const char *why = NULL;
		g_auto(ImapSession) session = {.house = house};
		imap_session_init(&session);
		session.login = house_login(house, NET_IMAP, account->address, &why);
		if (session.login != NULL && tokens_of(session.login->server) == TOKENS_UNKNOWN) {
			(void)open_server(&session, LOOK_SECONDS, NULL);
		}
	}
}

bool
imap_enter_again(const ImapSession *session, ImapSession *twin, GError **error)
{
	bool ok = false;
	g_autoptr(GByteArray) line = g_byte_array_new();
	twin->house = session->house;
	twin->login = login_copy(session->login);
	twin->id = g_strdup(session->id);
	return imap_enter(twin, session->who, line, &ok, error) &&
	       (ok || base_fail(error, PS_ERROR_UNAVAILABLE, "a second login was refused"));
}
