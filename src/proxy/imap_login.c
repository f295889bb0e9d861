/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Before login: nothing is known of the provider, so we answer ourselves. With the user's name the
 * provider is known; it decides who comes in.
 */
#include "base/base64.h"
#include "imap/rewrite.h"
#include "proxy/auth.h"
#include "proxy/imap_session.h"
#include "proxy/keywords.h"
#include "proxy/views.h"

#include "base/error.h"

#define DIAL_SECONDS     30U
#define LOGIN_SECONDS    60U
#define COMMAND_MAX      (64U << 10) /* octets of a command before login */

/* Before login there is no provider yet whose capabilities could be shown. */
#define OWN_CAPABILITIES "IMAP4rev1 LITERAL+ SASL-IR ID"
#define OWN_MECHANISMS   " AUTH=PLAIN AUTH=LOGIN"
#define OWN_TOKENS       " AUTH=XOAUTH2 AUTH=OAUTHBEARER"

static bool
may_start_tls(const ImapSession *session)
{
	return house_config(session->house)->tls == PROXY_TLS_STARTTLS &&
	       !net_conn_is_tls(session->client);
}

static char *
own_capabilities(const ImapSession *session)
{
	if (may_start_tls(session)) {
		return g_strdup(OWN_CAPABILITIES " STARTTLS LOGINDISABLED");
	}
	return g_strconcat(OWN_CAPABILITIES OWN_MECHANISMS,
			   imap_tokens_are_taken(session->house) ? OWN_TOKENS : "", NULL);
}

/* The provider's own last words, without its tag. */
static char *
last_words(const GByteArray *line)
{
	ImapResponse response;
	imap_response_parse(base_bytes_of_array(line), &response);
	BaseBytes all = base_bytes_trim(base_bytes_of_array(line));
	return base_bytes_strdup(base_bytes_slice(all, response.tag.n + 1, SIZE_MAX));
}

/* Tells the mail program what the provider decided; after a refusal it may try again. */
static bool
tell(ImapSession *session, const char *tag, bool ok, const GByteArray *line, GError **error)
{
	if (!ok) {
		g_autofree char *words = last_words(line);
		g_clear_pointer(&session->server, net_conn_free);
		g_clear_pointer(&session->login, login_free);
		return net_conn_print(session->client, error, "%s %s\r\n", tag, words);
	}
	session->opens = views_opens(session->login);
	keywords_recall(session->house, session->login);
	imap_note_program(session);
	g_autofree char *words =
		g_strdup_printf("%s OK [CAPABILITY %s] Logged in\r\n", tag, session->offers);
	ImapCapabilityPolicy policy = {.tls_done = true,
				       .logged_in = true,
				       .login_allowed = true,
				       .views = session->opens};
	g_autoptr(GBytes) changed = imap_rewrite_capabilities(base_bytes_str(words), &policy);
	return net_conn_write(session->client,
			      changed == NULL ? base_bytes_str(words) : base_bytes_of(changed),
			      error);
}

static bool
refuse(ImapSession *session, const char *tag, const char *code, const char *why, GError **error)
{
	g_clear_pointer(&session->server, net_conn_free);
	g_clear_pointer(&session->login, login_free);
	return net_conn_print(session->client, error, "%s NO [%s] %s\r\n", tag, code, why);
}

/* The name and password are known: everything else is the provider's decision. */
static bool
log_in(ImapSession *session, const char *tag, Credentials *who, GError **error)
{
	const char *why = NULL;
	bool ok = false;
	g_autoptr(Credentials) owned = who;
	g_autoptr(GError) reason = NULL;
	g_autoptr(GByteArray) line = g_byte_array_new();
	session->login = house_login(session->house, NET_IMAP, who->user, &why);
	if (session->login == NULL) {
		return refuse(session, tag, "AUTHENTICATIONFAILED", why, error);
	}
	if (!imap_enter(session, who, line, &ok, &reason)) {
		house_log(session->house, "imap: the provider cannot be used: %s", reason->message);
		bool wrong = g_error_matches(reason, PS_ERROR, PS_ERROR_PASSPHRASE);
		return refuse(session, tag, wrong ? "AUTHENTICATIONFAILED" : "UNAVAILABLE",
			      reason->message, error);
	}
	if (ok) {
		net_conn_set_deadline(session->client, 0);
		session->who = g_steal_pointer(&owned);
	}
	return tell(session, tag, ok, line, error);
}

/* --- Towards the mail program --------------------------------------------------------------- */

/* One line of an AUTHENTICATE conversation, decoded; NULL if it is none. */
static GBytes *
read_response(ImapSession *session, GError **error)
{
	g_autoptr(GByteArray) line = g_byte_array_new();
	if (!wire_line(session->client, line, COMMAND_MAX, error)) {
		return NULL;
	}
	g_autoptr(BaseSecretString) text =
		base_bytes_strdup(base_bytes_trim(base_bytes_of_array(line)));
	base_wipe(line->data, line->len);
	GBytes *octets = auth_decode(text);
	if (octets == NULL) {
		base_fail(error, PS_ERROR_MALFORMED, "a response of AUTHENTICATE is no base64");
	}
	return octets;
}

static bool
challenge(ImapSession *session, const char *text, GError **error)
{
	g_autofree char *encoded = g_base64_encode((const guchar *)text, strlen(text));
	return net_conn_print(session->client, error, "+ %s\r\n", encoded);
}

/* A program without a token that took such a mechanism because it was offered comes again. */
static bool
give_up(ImapSession *session, const ImapCommand *cmd, const char *mechanism, GError **error)
{
	if (!imap_reply(session, cmd->tag, "BAD Authentication was cancelled", error) ||
	    !net_conn_flush(session->client, error)) {
		return false;
	}
	if (g_ascii_strcasecmp(mechanism, "PLAIN") != 0 &&
	    g_ascii_strcasecmp(mechanism, "LOGIN") != 0) {
		imap_ask_for_tokens(session->house);
	}
	return true;
}

/* AUTHENTICATE mechanism [initial response] (RFC 9051 section 6.2.2) */
static bool
do_authenticate(ImapSession *session, const ImapCommand *cmd, G_GNUC_UNUSED BaseBytes octets,
		GError **error)
{
	BaseBytes rest = cmd->args;
	g_autofree char *mechanism = imap_take_atom(&rest);
	g_autoptr(AuthConversation) auth = mechanism == NULL ? NULL : auth_begin(mechanism);
	if (auth == NULL) {
		return imap_reply(session, cmd->tag, "NO [CANNOT] Use PLAIN", error);
	}
	g_autoptr(BaseSecretString) initial = base_bytes_strdup(base_bytes_trim(rest));
	g_autoptr(GBytes) response = initial[0] == '\0' ? NULL : auth_decode(initial);
	g_autoptr(Credentials) who = NULL;
	for (;;) {
		const char *text = NULL;
		BaseBytes given = base_bytes_of(response);
		AuthStep step = auth_step(auth, response == NULL ? NULL : &given, &text, &who);
		if (step == AUTH_DONE) {
			return log_in(session, cmd->tag, g_steal_pointer(&who), error);
		}
		g_clear_pointer(&response, g_bytes_unref);
		response = step == AUTH_BROKEN || !challenge(session, text, error)
				   ? NULL
				   : read_response(session, NULL);
		if (response == NULL) {
			return give_up(session, cmd, mechanism, error);
		}
	}
}

static bool
do_login(ImapSession *session, const ImapCommand *cmd, G_GNUC_UNUSED BaseBytes octets,
	 GError **error)
{
	BaseBytes rest = cmd->args;
	g_autofree char *user = imap_take_astring(&rest);
	g_autoptr(BaseSecretString) secret = user == NULL ? NULL : imap_take_astring(&rest);
	if (secret == NULL) {
		return imap_reply(session, cmd->tag, "BAD LOGIN needs a user name and a password",
				  error);
	}
	return log_in(session, cmd->tag, credentials_new(AUTH_PLAIN, user, secret), error);
}

static bool
do_capability(ImapSession *session, const ImapCommand *cmd, G_GNUC_UNUSED BaseBytes octets,
	      GError **error)
{
	g_autofree char *words = own_capabilities(session);
	return net_conn_print(session->client, error, "* CAPABILITY %s\r\n", words) &&
	       imap_reply(session, cmd->tag, "OK Capability completed", error);
}

static bool
do_noop(ImapSession *session, const ImapCommand *cmd, G_GNUC_UNUSED BaseBytes octets,
	GError **error)
{
	return imap_reply(session, cmd->tag, "OK Nothing done", error);
}

/* Apple's programs say it here; the provider is told after the login. */
static bool
do_id(ImapSession *session, const ImapCommand *cmd, G_GNUC_UNUSED BaseBytes octets, GError **error)
{
	imap_keep_id(session, cmd->args);
	return net_conn_write_str(session->client,
				  "* ID (\"name\" \"postseal\" \"version\" \"" PS_VERSION "\")\r\n",
				  error) &&
	       imap_reply(session, cmd->tag, "OK ID completed", error);
}

static bool
do_starttls(ImapSession *session, const ImapCommand *cmd, G_GNUC_UNUSED BaseBytes octets,
	    GError **error)
{
	if (!may_start_tls(session)) {
		return imap_reply(session, cmd->tag, "BAD There is no TLS to start", error);
	}
	return imap_reply(session, cmd->tag, "OK Begin TLS", error) &&
	       net_conn_flush(session->client, error) &&
	       net_conn_start_server_tls(session->client, house_certificate(session->house), error);
}

static bool
do_logout(ImapSession *session, const ImapCommand *cmd, G_GNUC_UNUSED BaseBytes octets,
	  GError **error)
{
	session->leaving = true;
	return net_conn_write_str(session->client, "* BYE Good-bye\r\n", error) &&
	       imap_reply(session, cmd->tag, "OK Logout completed", error);
}

static const ImapVerb VERBS[] = {
	{"CAPABILITY", do_capability}, {"NOOP", do_noop},   {"ID", do_id},
	{"STARTTLS", do_starttls},     {"LOGIN", do_login}, {"AUTHENTICATE", do_authenticate},
	{"LOGOUT", do_logout},
};

/* Where TLS was set up, no password comes without it. */
static bool
needs_tls(const ImapSession *session, const ImapCommand *cmd)
{
	return may_start_tls(session) &&
	       (strcmp(cmd->name, "LOGIN") == 0 || strcmp(cmd->name, "AUTHENTICATE") == 0);
}

static bool
dispatch(ImapSession *session, const ImapCommand *cmd, BaseBytes octets, GError **error)
{
	ImapHandler handler = imap_handler_of(VERBS, G_N_ELEMENTS(VERBS), cmd);
	if (needs_tls(session, cmd)) {
		return imap_reply(session, cmd->tag, "NO [PRIVACYREQUIRED] Use STARTTLS first",
				  error);
	}
	return handler == NULL ? imap_reply(session, cmd->tag, "BAD Log in first", error)
			       : handler(session, cmd, octets, error);
}

static bool
take_command(ImapSession *session, GError **error)
{
	g_autoptr(GByteArray) octets = g_byte_array_new();
	g_autoptr(ImapCommand) cmd = NULL;
	if (!wire_line(session->client, octets, COMMAND_MAX, error) ||
	    !imap_take_literals(session, octets, COMMAND_MAX, error)) {
		return false;
	}
	BaseBytes all = base_bytes_of_array(octets);
	bool done = imap_command_parse(all, &cmd, NULL)
			    ? dispatch(session, cmd, all, error)
			    : imap_reply(session, cmd == NULL ? "*" : cmd->tag,
					 "BAD This is no command", error);
	base_wipe(octets->data, octets->len);
	return done;
}

bool
imap_greet(ImapSession *session, GError **error)
{
	g_autofree char *words = own_capabilities(session);
	if (house_config(session->house)->tls == PROXY_TLS_IMPLICIT &&
	    !net_conn_start_server_tls(session->client, house_certificate(session->house), error)) {
		return false;
	}
	net_conn_set_timeout(session->client, LOGIN_SECONDS);
	if (!net_conn_print(session->client, error, "* OK [CAPABILITY %s] postseal ready\r\n",
			    words)) {
		return false;
	}
	bool over = false;
	while (!over && !session->leaving && session->server == NULL) {
		NetReady ready = NET_READY_NONE;
		if (!net_wait(session->client, NULL, LOGIN_SECONDS, house_stop(session->house),
			      &ready, error)) {
			return false;
		}
		BaseBytes data = {0};
		over = (ready & NET_READY_FIRST) == 0;
		if (over) {
			return net_conn_write_str(session->client, "* BYE postseal stops\r\n",
						  error);
		}
		if (!net_conn_peek(session->client, &data, error)) {
			return false;
		}
		over = data.n == 0;
		if (!over && !take_command(session, error)) {
			return false;
		}
	}
	return true;
}
