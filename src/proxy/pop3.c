/* SPDX-License-Identifier: MPL-2.0 */
/* The life of one session: greet, log in (pop3_login.c), answer one command after the other. */
#include "proxy/pop3.h"

#include "proxy/pop3_session.h"

#include "base/error.h"

static void
session_clear(Pop3Session *session)
{
	net_conn_free(session->client);
	net_conn_free(session->server);
	login_free(session->login);
	pop3_capa_free(session->capa);
	pop3_sizes_free(session->sizes);
	g_free(session->user);
	base_wipe(session->line->data, session->line->len);
	g_byte_array_unref(session->line);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pop3Session, session_clear)

/* DELE, RSET, NOOP, QUIT: deletion is the provider's, and so is the answer. */
static bool
do_pass_on(Pop3Session *session, const Pop3Command *command, GError **error)
{
	const char *name = pop3_verb_name(command->verb);
	Pop3Status status;
	BaseBytes text;

	session->over = command->verb == POP3_QUIT;
	return (command->n_numbers == 0 ? pop3_ask(session, name, &status, &text, error)
					: pop3_ask_number(session, name, command->numbers[0],
							  &status, &text, error)) &&
	       pop3_tell_line(session, error);
}

/* The provider knows best what is wrong with these arguments. */
static bool
pass_odd(Pop3Session *session, BaseBytes line, GError **error)
{
	g_autofree char *command = base_bytes_strdup(line);
	Pop3Status status;
	BaseBytes text;

	for (const char *c = command; *c != '\0'; c++) {
		if (!g_ascii_isprint(*c)) {
			return pop3_refuse(session, "", "wrong arguments", error);
		}
	}
	if (!pop3_ask(session, command, &status, &text, error)) {
		return false;
	}
	/* It would not be known where the answer ends. */
	return status == POP3_ERR
		       ? pop3_tell_line(session, error)
		       : base_fail(error, PS_ERROR_MALFORMED, "the provider takes wrong arguments");
}

static bool
do_capa(Pop3Session *session, const Pop3Command *command G_GNUC_UNUSED, GError **error)
{
	return pop3_answer_capa(session, error);
}

static bool
after_login(Pop3Session *session, const Pop3Command *command, GError **error)
{
	static bool (*const verbs[POP3_VERBS])(Pop3Session *, const Pop3Command *, GError **) = {
		[POP3_CAPA] = do_capa,    [POP3_STAT] = pop3_list,  [POP3_LIST] = pop3_list,
		[POP3_UIDL] = pop3_list,  [POP3_RETR] = pop3_fetch, [POP3_TOP] = pop3_fetch,
		[POP3_DELE] = do_pass_on, [POP3_RSET] = do_pass_on, [POP3_NOOP] = do_pass_on,
		[POP3_QUIT] = do_pass_on,
	};

	return verbs[command->verb] == NULL ? pop3_refuse(session, "", "already logged in", error)
					    : verbs[command->verb](session, command, error);
}

static bool
answer(Pop3Session *session, GError **error)
{
	g_autoptr(GError) reason = NULL;
	Pop3Command command;

	if (!pop3_read_line(session, session->client, POP3_COMMAND_MAX, error)) {
		return false;
	}
	/* The arguments are borrowed from the line, which the answers go through. */
	g_autoptr(GBytes) line = base_secret_bytes(base_bytes_of_array(session->line));
	if (!pop3_command_parse(base_bytes_of(line), &command, &reason)) {
		return pop3_refuse(session, "", reason->message, error);
	}
	if (session->server == NULL) {
		return pop3_before_login(session, &command, error);
	}
	return command.odd ? pass_odd(session, base_bytes_of(line), error)
			   : after_login(session, &command, error);
}

/* Waits for a command; *@here false: there will be none. A provider that speaks unasked is leaving.
 */
static bool
wait_for_command(Pop3Session *session, bool *here, GError **error)
{
	NetReady ready = NET_READY_NONE;

	if (!net_wait(session->client, session->server, POP3_SECONDS, house_stop(session->house),
		      &ready, error)) {
		return false;
	}
	*here = ready == NET_READY_FIRST;
	return true;
}

static bool
greet(Pop3Session *session, GError **error)
{
	const ProxyConfig *config = house_config(session->house);

	net_conn_set_timeout(session->client, POP3_SECONDS);
	if (config->tls == PROXY_TLS_IMPLICIT && !net_conn_is_tls(session->client) &&
	    !net_conn_start_server_tls(session->client, house_certificate(session->house), error)) {
		return false;
	}
	return net_conn_write_str(session->client, "+OK postseal\r\n", error);
}

void
pop3_serve(NetConn *client, gpointer house)
{
	g_auto(Pop3Session) session = {
		.house = house, .client = client, .line = g_byte_array_sized_new(POP3_LINE_USUAL)};
	g_autoptr(GError) error = NULL;
	bool here = greet(&session, &error);

	while (here && !session.over && wait_for_command(&session, &here, &error) && here) {
		here = answer(&session, &error);
	}
	if (error == NULL) {
		(void)net_conn_flush(client, NULL);
	} else {
		house_log(house, "pop3: %s", error->message);
	}
}
