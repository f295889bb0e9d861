/* SPDX-License-Identifier: MPL-2.0 */
/* Logging in at the provider: always with TLS, or not at all. */
#include "proxy/pop3_session.h"

#include "base/error.h"
#include "pop3/line.h"
#include "proxy/auth.h"

#define DIAL_SECONDS  30U
#define LOGIN_SECONDS 60U
#define INITIAL_MAX   255U /* octets of a command with its end, RFC 2449 section 4 */

static bool
read_capa(BaseBytes line, gpointer user, GError **error G_GNUC_UNUSED)
{
	pop3_capa_read(user, line);
	return true;
}

bool
pop3_ask_capa(Pop3Session *session, GError **error)
{
	g_autoptr(Pop3Capa) capa = pop3_capa_new();
	g_autoptr(BaseSink) lines = pop3_new_lines(read_capa, capa, POP3_RESPONSE_MAX);
	Pop3Status status;
	BaseBytes text;

	if (!pop3_ask(session, "CAPA", &status, &text, error)) {
		return false;
	}
	if (status == POP3_OK) {
		if (!pop3_read_body(session, lines, error)) {
			return false;
		}
		pop3_capa_free(session->capa);
		session->capa = g_steal_pointer(&capa);
	} else if (session->capa == NULL) {
		session->capa = g_steal_pointer(&capa);
	}
	return true;
}

static bool
start_tls(Pop3Session *session, GError **error)
{
	const Login *login = session->login;
	Pop3Status status;
	BaseBytes text;

	if (!pop3_ask(session, "STLS", &status, &text, error)) {
		return false;
	}
	if (status != POP3_OK) {
		return base_fail(error, PS_ERROR_UNAVAILABLE,
				 "the provider does not offer TLS; nothing was sent to it");
	}
	return net_conn_start_client_tls(session->server, login->server->host, login->trust, error);
}

static bool
open_server(Pop3Session *session, GError **error)
{
	const Login *login = session->login;
	Pop3Status status;
	BaseBytes text;

	session->server =
		net_conn_dial(login->server, login->trust, DIAL_SECONDS, login->stop, error);
	if (session->server == NULL) {
		return false;
	}
	net_conn_set_timeout(session->server, LOGIN_SECONDS);
	if (!pop3_read_status(session, &status, &text, error)) {
		return false;
	}
	if (status != POP3_OK) {
		return base_fail(error, PS_ERROR_UNAVAILABLE, "the provider does not want us now");
	}
	return (login->server->implicit_tls || start_tls(session, error)) &&
	       pop3_ask_capa(session, error);
}

/* USER and PASS, for providers without SASL. */
static bool
log_in_plainly(Pop3Session *session, const Credentials *who, Pop3Status *status, BaseBytes *text,
	       GError **error)
{
	g_autofree char *user = g_strconcat("USER ", session->login->user, NULL);
	g_autoptr(BaseSecretString) pass = g_strconcat("PASS ", who->secret, NULL);

	if (who->kind != AUTH_PLAIN) {
		return base_fail(error, PS_ERROR_UNAVAILABLE,
				 "the provider does not take tokens for POP3");
	}
	if (strpbrk(user, "\r\n") != NULL || strpbrk(pass, "\r\n") != NULL) {
		return base_fail(error, PS_ERROR_ARGUMENT, "a line end in name or password");
	}
	return pop3_ask(session, user, status, text, error) &&
	       (*status != POP3_OK || pop3_ask(session, pass, status, text, error));
}

/* RFC 5034 section 4: the first response goes with the command if the line is short enough. */
static bool
log_in_by(Pop3Session *session, const Credentials *who, const char *mechanism, Pop3Status *status,
	  GError **error)
{
	g_autoptr(BaseSecretString) first = auth_response(who, session->login->user, mechanism, 0);
	bool with = strcmp(mechanism, "LOGIN") != 0 &&
		    strlen("AUTH ") + strlen(mechanism) + 1 + strlen(first) + 2 <= INITIAL_MAX;
	g_autoptr(BaseSecretString) command = with ? g_strdup_printf("AUTH %s %s", mechanism, first)
						   : g_strdup_printf("AUTH %s", mechanism);
	guint number = with ? 1 : 0;
	BaseBytes text;

	if (!pop3_ask(session, command, status, &text, error)) {
		return false;
	}
	for (guint rounds = 0; *status == POP3_CONTINUE && rounds < 4; rounds++) {
		g_autoptr(BaseSecretString) next =
			auth_response(who, session->login->user, mechanism, number++);

		if (!pop3_ask(session, next == NULL ? "*" : next, status, &text, error)) {
			return false;
		}
	}
	return true;
}

bool
pop3_dial(Pop3Session *session, const Credentials *who, bool *ok, GError **error)
{
	Pop3Status status = POP3_ERR;
	const char *mechanism;
	BaseBytes text;

	if (!open_server(session, error)) {
		return false;
	}
	mechanism = auth_choose(who, session->capa->sasl);
	if (!(mechanism == NULL ? log_in_plainly(session, who, &status, &text, error)
				: log_in_by(session, who, mechanism, &status, error))) {
		return false;
	}
	net_conn_set_timeout(session->server, POP3_SECONDS);
	net_conn_set_stop(session->server, NULL);
	*ok = status == POP3_OK;
	return true;
}
