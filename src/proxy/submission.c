/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A session with a mail program. Before the provider has accepted its login nothing is done for it;
 * then its envelope goes on as it comes, and the message when all of it is here.
 */
#include "proxy/submission.h"

#include "proxy/submission_private.h"

#define MAX_ERRORS      20U
#define COMMAND_SECONDS 300U
#define QUIET_SECONDS   1U
#define SAYS_GOOD_BYE   421U /* whatever the command was (RFC 5321 section 3.8) */

typedef struct {
	void (*run)(Submission *session, const char *argument);
	bool needs_login;
	bool keeps_order; /* its reply may come later, behind those of the commands before */
} Command;

void
submission_say_wire(Submission *session, const char *wire)
{
	session->over = !net_conn_write_str(session->client, wire, NULL) || session->over;
}

void
submission_say(Submission *session, guint code, const char *status, const char *text)
{
	g_autofree char *wire = smtp_reply_format(code, status, text, false);
	session->errors += code >= 500 ? 1 : 0;
	submission_say_wire(session, wire);
}

void
submission_pass(Submission *session, const SmtpReply *reply)
{
	g_autofree char *wire = smtp_reply_to_string(reply);
	submission_say_wire(session, wire);
	session->over = session->over || reply->code == SAYS_GOOD_BYE;
}

void
submission_lose(Submission *session, const GError *error)
{
	g_autofree char *text = g_strdup_printf("Nothing was sent, try again: %s", error->message);
	house_log(session->house, "submission: provider lost: %s", error->message);
	submission_say(session, 451, "4.4.1", text);
	session->lost = true;
}

static void
good_bye(Submission *session, const char *status, const char *text)
{
	submission_say(session, 421, status, text);
	session->over = true;
}

/* The provider speaks unasked, to say good-bye. */
static void
end_with_provider(Submission *session)
{
	g_autoptr(SmtpReply) reply = provider_reply(session->provider, NULL);
	if (reply != NULL && reply->code == SAYS_GOOD_BYE) {
		submission_pass(session, reply);
	} else {
		good_bye(session, "4.4.2", "The provider closed the connection");
	}
}

/* A program that is silent for a moment leaves time for what nobody waits for. */
static bool
wait_for_both(Submission *session, NetConn *server, NetReady *ready)
{
	GCancellable *stop = house_stop(session->house);
	if (session->unwritten > 0) {
		if (!net_wait(session->client, server, QUIET_SECONDS, stop, ready, NULL) ||
		    *ready != NET_READY_NONE) {
			return *ready != NET_READY_NONE;
		}
		submission_catch_up(session);
	}
	return net_wait(session->client, server, COMMAND_SECONDS, stop, ready, NULL);
}

/* Waits for a command; false if the session ends instead. */
static bool
wait_for_client(Submission *session)
{
	NetConn *server = session->provider == NULL || session->lost
				  ? NULL
				  : provider_conn(session->provider);
	NetReady ready = NET_READY_NONE;
	submission_settle(session);
	if (session->over || !wait_for_both(session, server, &ready)) {
		session->over = true;
	} else if ((ready & NET_READY_STOP) != 0) {
		good_bye(session, "4.3.2", "The daemon ends");
	} else if ((ready & NET_READY_FIRST) != 0) {
		return true;
	} else if ((ready & NET_READY_SECOND) != 0) {
		end_with_provider(session);
	} else {
		good_bye(session, "4.4.2", "Nothing came for five minutes");
	}
	return !session->over;
}

void
submission_forget_receipt(Submission *session, bool ends)
{
	if (session->elsewhere != NULL) {
		queue_receipt_remove(session->login, session->elsewhere);
		g_clear_pointer(&session->elsewhere, g_free);
	}
	if (session->receipts != NULL) {
		queue_receipts_take_back(session->receipts, ends);
	}
	session->receipt = false;
}

const char *
submission_read_line(Submission *session, SmtpLineState *state)
{
	*state = SMTP_LINE_MORE;
	while (*state == SMTP_LINE_MORE) {
		BaseBytes octets = net_conn_buffered(session->client);
		size_t used = 0;
		if (octets.n == 0 &&
		    (!wait_for_client(session) || !net_conn_peek(session->client, &octets, NULL) ||
		     octets.n == 0)) {
			session->over = true;
			return NULL;
		}
		*state = smtp_line_feed(session->line, octets, &used);
		net_conn_consume(session->client, used);
	}
	return smtp_line_text(session->line);
}

static void
run_data(Submission *session, const char *argument)
{
	if (*argument != '\0') {
		submission_say(session, 501, "5.5.4", "DATA takes no argument");
	} else {
		submission_data(session);
	}
}

static void
run_rset(Submission *session, const char *argument G_GNUC_UNUSED)
{
	submission_reset(session);
	if (!session->lost) {
		submission_say(session, 250, "2.0.0", "Forgotten");
	}
}

static void
run_noop(Submission *session, const char *argument G_GNUC_UNUSED)
{
	submission_say(session, 250, "2.0.0", "OK");
}

static void
run_quit(Submission *session, const char *argument G_GNUC_UNUSED)
{
	submission_say(session, 221, "2.0.0", "Bye");
	if (session->provider != NULL && !session->lost) {
		provider_quit(session->provider);
	}
	session->over = true;
}

static void
run_vrfy(Submission *session, const char *argument G_GNUC_UNUSED)
{
	submission_say(session, 252, "2.5.0", "Cannot tell, but will try to deliver");
}

static void
run_help(Submission *session, const char *argument G_GNUC_UNUSED)
{
	submission_say(
		session, 214, "2.0.0",
		"postseal signs and seals mail on its way to your provider; see postseald(8)");
}

/* What came before the handshake is not believed after it: net_conn_start_server_tls() refuses it,
 * and what the program said of itself is forgotten (RFC 3207 section 4.2). */
static void
run_starttls(Submission *session, const char *argument)
{
	g_autoptr(GError) reason = NULL;
	if (*argument != '\0') {
		submission_say(session, 501, "5.5.4", "STARTTLS takes no argument");
		return;
	}
	if (house_config(session->house)->tls != PROXY_TLS_STARTTLS ||
	    net_conn_is_tls(session->client) || session->login != NULL) {
		submission_say(session, 503, "5.5.1", "STARTTLS is not possible now");
		return;
	}
	submission_say(session, 220, "2.0.0", "Go ahead");
	if (session->over || !net_conn_flush(session->client, NULL) ||
	    !net_conn_start_server_tls(session->client, house_certificate(session->house),
				       &reason)) {
		house_log(session->house, "submission: no TLS with the mail program: %s",
			  reason == NULL ? "it is gone" : reason->message);
		session->over = true;
	}
	g_clear_pointer(&session->helo, g_free);
	g_clear_pointer(&session->offer, smtp_offer_free);
}

static void
run_unknown(Submission *session, const char *argument G_GNUC_UNUSED)
{
	submission_say(session, 500, "5.5.1", "Unknown command");
}

static void
run_hidden(Submission *session, const char *argument G_GNUC_UNUSED)
{
	submission_say(session, 502, "5.5.1", "Not offered");
}

/* What follows is no command: a chunk of BDAT, or a web page's request. */
static void
run_foreign(Submission *session, const char *argument G_GNUC_UNUSED)
{
	submission_say(session, 502, "5.5.1", "Not offered; good-bye");
	session->over = true;
}

static const Command COMMANDS[] = {
	[SMTP_VERB_EHLO] = {submission_ehlo, false, false},
	[SMTP_VERB_HELO] = {submission_helo, false, false},
	[SMTP_VERB_MAIL] = {submission_mail, true, true},
	[SMTP_VERB_RCPT] = {submission_rcpt, true, true},
	[SMTP_VERB_DATA] = {run_data, true, false},
	[SMTP_VERB_RSET] = {run_rset, false, false},
	[SMTP_VERB_NOOP] = {run_noop, false, false},
	[SMTP_VERB_QUIT] = {run_quit, false, false},
	[SMTP_VERB_VRFY] = {run_vrfy, false, false},
	[SMTP_VERB_EXPN] = {run_hidden, false, false},
	[SMTP_VERB_HELP] = {run_help, false, false},
	[SMTP_VERB_STARTTLS] = {run_starttls, false, false},
	[SMTP_VERB_AUTH] = {submission_auth, false, false},
	[SMTP_VERB_HIDDEN] = {run_hidden, false, false},
	[SMTP_VERB_FOREIGN] = {run_foreign, false, false},
	[SMTP_VERB_UNKNOWN] = {run_unknown, false, false},
};

/* While the provider is busy with the command that was passed on. */
static void
forget_beside(Submission *session)
{
	bool more = net_conn_buffered(session->client).n > 0; /* which goes with it */
	if (session->receipt && !more && !g_queue_is_empty(&session->pending) && !session->lost) {
		/* A provider that is gone is noticed when its reply is read. */
		(void)net_conn_flush(provider_conn(session->provider), NULL);
	}
	submission_forget_receipt(session, false);
}

static void
run(Submission *session, const char *line)
{
	g_autoptr(BaseSecretString) text = g_strdup(line);
	SmtpCommand command = smtp_command_parse(text);
	const Command *entry = &COMMANDS[command.verb];
	if (!entry->keeps_order) {
		submission_settle(session);
		submission_forget_receipt(session, command.verb == SMTP_VERB_QUIT);
	}
	if (session->over) {
		return;
	}
	if (strlen(line) > SMTP_LINE_COMMAND && command.verb != SMTP_VERB_AUTH) {
		submission_settle(session);
		submission_say(session, 500, "5.5.6", "The line is too long");
	} else if (session->lost && command.verb != SMTP_VERB_QUIT) {
		good_bye(session, "4.4.2", "The provider closed the connection");
	} else if (entry->needs_login && session->login == NULL) {
		submission_say(session, 530, "5.7.0", "Log in first");
	} else {
		entry->run(session, command.argument);
	}
	if (entry->keeps_order) {
		forget_beside(session);
	}
	if (session->errors > MAX_ERRORS && !session->over) {
		submission_settle(session);
		good_bye(session, "4.7.0", "Too many errors");
	}
}

static void
run_line(Submission *session, const char *line, SmtpLineState state)
{
	static const struct {
		const char *status;
		const char *text;
	} faults[] = {
		[SMTP_LINE_LONG] = {"5.5.6", "The line is too long"},
		[SMTP_LINE_BROKEN] = {"5.5.2",
				      "A line ends with CR and LF, and holds none of them"},
	};

	/* A program that goes on has read its answer. */
	bool stops = g_cancellable_is_cancelled(house_stop(session->house));
	if (stops || state != SMTP_LINE_READY) {
		submission_settle(session);
		submission_forget_receipt(session, stops);
	}
	if (stops) {
		good_bye(session, "4.3.2", "The daemon ends");
	} else if (state == SMTP_LINE_READY) {
		run(session, line);
	} else {
		submission_say(session, 500, faults[state].status, faults[state].text);
		session->over = session->over || session->errors > MAX_ERRORS;
	}
}

static bool
begin(Submission *session)
{
	net_conn_set_timeout(session->client, COMMAND_SECONDS);
	if (house_config(session->house)->tls == PROXY_TLS_IMPLICIT &&
	    !net_conn_is_tls(session->client) &&
	    !net_conn_start_server_tls(session->client, house_certificate(session->house), NULL)) {
		return false;
	}
	submission_say_wire(session, "220 localhost ESMTP postseal\r\n");
	return !session->over;
}

void
submission_serve(NetConn *client, gpointer house)
{
	Submission session = {
		.house = house,
		.client = client,
		.line = smtp_line_new(SMTP_LINE_RESPONSE),
		.rcpts = g_ptr_array_new_with_free_func((GDestroyNotify)smtp_path_free),
		.pending = G_QUEUE_INIT,
	};
	session.over = !begin(&session);
	while (!session.over) {
		SmtpLineState state;
		const char *line = submission_read_line(&session, &state);
		if (line != NULL) {
			run_line(&session, line, state);
		}
	}
	net_conn_flush(client, NULL);
	net_conn_free(client);
	provider_free(session.provider);
	submission_writing_free(session.noting);
	submission_catch_up(&session);
	submission_forget(&session);
	g_ptr_array_unref(session.rcpts);
	login_free(session.login);
	smtp_offer_free(session.offer);
	smtp_line_free(session.line);
	g_free(session.helo);
	queue_receipts_free(session.receipts);
	g_free(session.elsewhere);
}
