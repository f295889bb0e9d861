/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Before login: the provider is not known yet, so we answer ourselves. With the user's name it is
 * known, and it decides who comes in.
 */
#include "proxy/pop3_session.h"

#include "base/base64.h"
#include "base/error.h"
#include "proxy/auth.h"
#include "proxy/oauth.h"
#include "proxy/views.h"

#define FAILURES_MAX 3U
#define OWN_SASL     "PLAIN LOGIN XOAUTH2 OAUTHBEARER"

static bool
may_start_tls(const Pop3Session *session)
{
	return session->server == NULL && house_config(session->house)->tls == PROXY_TLS_STARTTLS &&
	       !net_conn_is_tls(session->client);
}

bool
pop3_answer_capa(Pop3Session *session, GError **error)
{
	g_autofree char *sasl = NULL;
	g_autofree char *answer = NULL;

	/* What the provider offers after login may differ (RFC 2449 section 5). */
	if (session->server != NULL && !pop3_ask_capa(session, error)) {
		return false;
	}
	sasl = may_start_tls(session)    ? g_strdup("")
	       : session->server == NULL ? g_strdup(OWN_SASL)
					 : auth_offer(session->capa->sasl);
	answer = pop3_capa_answer(session->server == NULL ? NULL : session->capa,
				  may_start_tls(session), sasl);
	return net_conn_print(session->client, error, "+OK\r\n%s", answer);
}

/* Back to where nobody has logged in. */
static void
forget(Pop3Session *session)
{
	g_clear_pointer(&session->server, net_conn_free);
	g_clear_pointer(&session->login, login_free);
	g_clear_pointer(&session->capa, pop3_capa_free);
	g_clear_pointer(&session->user, g_free);
}

/* After a few failures the connection ends, so that nobody guesses at leisure. */
static bool
fail(Pop3Session *session, const char *code, const char *why, GError **error)
{
	forget(session);
	session->over = ++session->failures == FAILURES_MAX;
	return pop3_refuse(session, code, why, error);
}

/* Why the provider cannot be used: RFC 3206 tells this from a wrong password. */
static bool
fail_for(Pop3Session *session, const GError *reason, GError **error)
{
	house_log(session->house, "pop3: no login at the provider: %s", reason->message);
	return fail(session,
		    g_error_matches(reason, PS_ERROR, PS_ERROR_UNAVAILABLE) ? "[SYS/PERM]"
									    : "[SYS/TEMP]",
		    reason->message, error);
}

static void
begin_transactions(Pop3Session *session)
{
	static gint serials;
	const Login *login = session->login;
	g_autofree char *server = net_server_to_string(login->server);
	g_autofree char *mailbox = g_strjoin("\n", login->home, server, login->user, NULL);

	net_conn_set_deadline(session->client, 0);
	/* All that is read of it are commands: half of one holds up nobody. */
	net_conn_set_stop(session->client, login->stop);
	session->serial = (guint)g_atomic_int_add(&serials, 1);
	session->opens = views_opens(login);
	session->sizes = pop3_sizes_new(mailbox);
	g_clear_pointer(&session->user, g_free);
}

/* One login at the provider; *@ok: its word on it. */
static bool
enter(Pop3Session *session, const Credentials *given, bool *ok, GError **error)
{
	Credentials *copy = credentials_new(given->kind, given->user, given->secret);
	g_autoptr(Credentials) who = oauth_upstream(session->house, session->login, copy, error);
	return who != NULL && pop3_dial(session, who, ok, error);
}

/* A token that we had may be no longer good; the mail program has no part in it. */
static bool
enter_twice(Pop3Session *session, const Credentials *given, bool *ok, GError **error)
{
	if (!enter(session, given, ok, error)) {
		return false;
	}
	if (*ok || !oauth_is_managed(session->login)) {
		return true;
	}
	oauth_refused(session->login);
	g_clear_pointer(&session->server, net_conn_free);
	g_clear_pointer(&session->capa, pop3_capa_free);
	return enter(session, given, ok, error);
}

/* Name and secret are known; everything else is the provider's decision. (transfer full) @given */
static bool
log_in(Pop3Session *session, Credentials *given, GError **error)
{
	g_autoptr(Credentials) typed = given;
	g_autoptr(GError) reason = NULL;
	const char *why = NULL;
	bool ok = false;

	session->login = house_login(session->house, NET_POP3, typed->user, &why);
	if (session->login == NULL) {
		return fail(session, "[AUTH]", why, error);
	}
	if (!enter_twice(session, typed, &ok, &reason)) {
		return g_error_matches(reason, PS_ERROR, PS_ERROR_PASSPHRASE)
			       ? fail(session, "[AUTH]", reason->message, error)
			       : fail_for(session, reason, error);
	}
	if (!pop3_tell_line(session, error)) {
		return false;
	}
	if (ok) {
		begin_transactions(session);
	} else {
		forget(session);
		session->over = ++session->failures == FAILURES_MAX;
	}
	return true;
}

static bool
do_user(Pop3Session *session, const Pop3Command *command, GError **error)
{
	g_free(session->user);
	session->user = base_bytes_strdup(command->text);
	return net_conn_write_str(session->client, "+OK\r\n", error);
}

static bool
do_pass(Pop3Session *session, const Pop3Command *command, GError **error)
{
	g_autoptr(BaseSecretString) secret = base_bytes_strdup(command->text);

	if (session->user == NULL || !g_utf8_validate(session->user, -1, NULL)) {
		return pop3_refuse(session, "", "USER first", error);
	}
	return log_in(session, credentials_new(AUTH_PLAIN, session->user, secret), error);
}

/* STLS (RFC 2595 section 4): what came in the clear behind it must not count as protected. */
static bool
do_stls(Pop3Session *session, const Pop3Command *command G_GNUC_UNUSED, GError **error)
{
	if (!may_start_tls(session)) {
		return pop3_refuse(session, "", "no TLS here", error);
	}
	g_clear_pointer(&session->user, g_free);
	if (net_conn_buffered(session->client).n > 0) {
		return base_fail(error, PS_ERROR_MALFORMED, "commands behind STLS");
	}
	return net_conn_write_str(session->client, "+OK\r\n", error) &&
	       net_conn_flush(session->client, error) &&
	       net_conn_start_server_tls(session->client, house_certificate(session->house), error);
}

/* One response of the mail program, decoded; *@octets NULL: it gave up, or it is no base64. */
static bool
read_response(Pop3Session *session, const char *challenge, GBytes **octets, GError **error)
{
	g_autofree char *encoded = base64_encode_string(base_bytes_str(challenge));

	*octets = NULL;
	if (!net_conn_print(session->client, error, "+ %s\r\n", encoded) ||
	    !pop3_read_line(session, session->client, POP3_COMMAND_MAX, error)) {
		return false;
	}
	g_autoptr(BaseSecretString) text = base_bytes_strdup(base_bytes_of_array(session->line));
	*octets = strcmp(text, "*") == 0 ? NULL : auth_decode(text);
	return true;
}

/* RFC 5034; @initial NULL: none came with the command. */
static bool
converse(Pop3Session *session, AuthConversation *auth, GBytes *initial, Credentials **who,
	 GError **error)
{
	g_autoptr(GBytes) octets = initial == NULL ? NULL : g_bytes_ref(initial);
	const char *challenge = "";
	AuthStep step = AUTH_MORE;

	while (step == AUTH_MORE) {
		BaseBytes response = base_bytes_of(octets);

		step = auth_step(auth, octets == NULL ? NULL : &response, &challenge, who);
		g_clear_pointer(&octets, g_bytes_unref);
		if (step != AUTH_MORE) {
			break;
		}
		if (!read_response(session, challenge, &octets, error)) {
			return false;
		}
		if (octets == NULL) {
			break;
		}
	}
	return true;
}

static bool
do_auth(Pop3Session *session, const Pop3Command *command, GError **error)
{
	g_autofree char *mechanism = base_bytes_strdup(command->text);
	g_autoptr(BaseSecretString) text = base_bytes_strdup(command->initial);
	g_autoptr(AuthConversation) auth = auth_begin(mechanism);
	g_autoptr(GBytes) initial = command->initial.n == 0 ? NULL : auth_decode(text);
	g_autoptr(Credentials) who = NULL;

	if (*mechanism == '\0') {
		return net_conn_write_str(
			session->client, "+OK\r\nPLAIN\r\nLOGIN\r\nXOAUTH2\r\nOAUTHBEARER\r\n.\r\n",
			error);
	}
	if (auth == NULL) {
		return pop3_refuse(session, "", "this mechanism is not offered", error);
	}
	if (command->initial.n > 0 && initial == NULL) {
		return pop3_refuse(session, "", "the response is no base64", error);
	}
	if (!converse(session, auth, initial, &who, error)) {
		return false;
	}
	return who == NULL ? pop3_refuse(session, "", "authentication was not completed", error)
			   : log_in(session, g_steal_pointer(&who), error);
}

static bool
do_quit(Pop3Session *session, const Pop3Command *command G_GNUC_UNUSED, GError **error)
{
	session->over = true;
	return net_conn_write_str(session->client, "+OK\r\n", error);
}

static bool
do_capa(Pop3Session *session, const Pop3Command *command G_GNUC_UNUSED, GError **error)
{
	return pop3_answer_capa(session, error);
}

bool
pop3_before_login(Pop3Session *session, const Pop3Command *command, GError **error)
{
	static bool (*const verbs[POP3_VERBS])(Pop3Session *, const Pop3Command *, GError **) = {
		[POP3_CAPA] = do_capa, [POP3_STLS] = do_stls, [POP3_USER] = do_user,
		[POP3_PASS] = do_pass, [POP3_AUTH] = do_auth, [POP3_QUIT] = do_quit,
	};

	bool logs_in = command->verb == POP3_USER || command->verb == POP3_PASS ||
		       command->verb == POP3_AUTH;

	/* Where TLS was set up, no password comes without it. */
	if (logs_in && may_start_tls(session)) {
		return pop3_refuse(session, "", "STLS first", error);
	}
	return verbs[command->verb] == NULL ? pop3_refuse(session, "", "log in first", error)
					    : verbs[command->verb](session, command, error);
}
