/* SPDX-License-Identifier: MPL-2.0 */
/*
 * After login: commands are passed on and responses come back, both unchanged unless something has
 * to be done. What has to be done more than that is in imap_fetch.c, imap_search.c and
 * imap_append.c.
 */
#include "proxy/imap_session.h"

#include "base/error.h"
#include "imap/literal.h"
#include "imap/rewrite.h"

#define WINDOW_COMMANDS 16U
#define FLAG_MAX        1024U      /* octets of a flag that is a literal */
#define IDLE_SECONDS    (30U * 60) /* RFC 9051 section 5.4 */
#define CLOSED_SECONDS  10U
#define ANSWER_SECONDS  600U /* a provider that says nothing so long is down */

const ProxyAccount *
imap_account(const ImapSession *session)
{
	return g_ptr_array_index(session->login->accounts, 0);
}

bool
imap_offers(const ImapSession *session, const char *word)
{
	g_auto(GStrv) words = g_strsplit(session->offers == NULL ? "" : session->offers, " ", -1);
	for (guint i = 0; words[i] != NULL; i++) {
		if (g_ascii_strcasecmp(words[i], word) == 0) {
			return true;
		}
	}
	return false;
}

bool
imap_reply(ImapSession *session, const char *tag, const char *text, GError **error)
{
	return net_conn_print(session->client, error, "%s %s\r\n", tag, text);
}

static bool
names_capabilities(const ImapResponse *response)
{
	return strcmp(response->name, "CAPABILITY") == 0 ||
	       base_bytes_starts_nocase(response->code, "CAPABILITY ");
}

bool
imap_check_tag(const ImapResponse *response, const char *tag, GError **error)
{
	return base_bytes_equal(response->tag, base_bytes_str(tag)) ||
	       base_fail(error, PS_ERROR_MALFORMED,
			 "the provider answers a command that was not given");
}

static void
note_state(ImapSession *session, const ImapResponse *response)
{
	if (base_bytes_starts_nocase(response->code, "UIDVALIDITY ")) {
		g_autofree char *number = base_bytes_strdup(
			base_bytes_slice(response->code, strlen("UIDVALIDITY "), SIZE_MAX));
		session->validity = (guint32)g_ascii_strtoull(number, NULL, 10);
	}
	imap_note_count(session, response);
	imap_note_gone(session, response);
}

/* The line as the mail program may see it, written. */
static bool
write_line(ImapSession *session, GByteArray *line, const ImapResponse *response, GError **error)
{
	note_state(session, response);
	if (names_capabilities(response)) {
		ImapCapabilityPolicy policy = {.tls_done = true,
					       .logged_in = true,
					       .login_allowed = true,
					       .views = session->opens};
		g_autoptr(GBytes) changed =
			imap_rewrite_capabilities(base_bytes_of_array(line), &policy);
		return net_conn_write(session->client,
				      changed == NULL ? base_bytes_of_array(line)
						      : base_bytes_of(changed),
				      error);
	}
	imap_right_line(session, line, response);
	return net_conn_write(session->client, base_bytes_of_array(line), error);
}

/* A short one in a FETCH response may be a flag. */
static bool
pass_literal(ImapSession *session, uint64_t size, bool fetch, GError **error)
{
	if (!fetch || size > FLAG_MAX) {
		return wire_pass(session->server, session->client, size, error);
	}
	g_autoptr(GByteArray) octets = g_byte_array_new();
	if (!wire_octets(session->server, size, octets, FLAG_MAX, error)) {
		return false;
	}
	imap_defuse(octets);
	return net_conn_write(session->client, base_bytes_of_array(octets), error);
}

bool
imap_relay_response(ImapSession *session, GByteArray *line, const ImapResponse *response,
		    GError **error)
{
	bool status = imap_response_is_status(response);
	bool fetch = strcmp(response->name, "FETCH") == 0;
	ImapLiteral literal = {0};
	bool announced = !status && imap_literal_at_end(base_bytes_of_array(line), &literal);
	if (!write_line(session, line, response, error)) {
		return false;
	}
	while (announced) {
		g_byte_array_set_size(line, 0);
		if (!pass_literal(session, literal.size, fetch, error) ||
		    !wire_line(session->server, line, WIRE_RESPONSE_MAX, error)) {
			return false;
		}
		announced = imap_literal_at_end(base_bytes_of_array(line), &literal);
		if (fetch) {
			imap_defuse(line);
		}
		if (!net_conn_write(session->client, base_bytes_of_array(line), error)) {
			return false;
		}
	}
	return true;
}

bool
imap_note_answered(ImapSession *session, BaseBytes tag, GError **error)
{
	bool known = false;
	for (GList *link = session->pending.head; link != NULL; link = link->next) {
		if (base_bytes_equal(tag, base_bytes_str(link->data))) {
			g_free(link->data);
			g_queue_delete_link(&session->pending, link);
			known = true;
			break;
		}
	}
	if (g_queue_is_empty(&session->pending)) {
		session->in_flight = 0;
		session->idle = false;
	}
	return known || base_fail(error, PS_ERROR_MALFORMED,
				  "the provider answers a command that was not given");
}

/* The next response of the provider, whatever it is. */
static bool
pass_response(ImapSession *session, GError **error)
{
	g_autoptr(GByteArray) line = g_byte_array_new();
	ImapResponse response;
	if (!wire_line(session->server, line, WIRE_RESPONSE_MAX, error)) {
		return false;
	}
	imap_response_parse(base_bytes_of_array(line), &response);
	if (response.kind == IMAP_TAGGED && !imap_note_answered(session, response.tag, error)) {
		return false;
	}
	return imap_relay_response(session, line, &response, error);
}

bool
imap_drain(ImapSession *session, GError **error)
{
	while (!g_queue_is_empty(&session->pending)) {
		if (!pass_response(session, error)) {
			return false;
		}
	}
	return true;
}

bool
imap_ask(ImapSession *session, const char *command, ImapTake take, void *user, GByteArray *done,
	 GError **error)
{
	g_autofree char *tag = g_strdup_printf("postseal%u", session->own_tags++);
	if (!net_conn_print(session->server, error, "%s %s\r\n", tag, command) ||
	    !net_conn_flush(session->server, error)) {
		return false;
	}
	for (;;) {
		g_autoptr(GByteArray) octets = g_byte_array_new();
		ImapResponse response;
		if (!wire_line(session->server, octets, WIRE_RESPONSE_MAX, error)) {
			return false;
		}
		imap_response_parse(base_bytes_of_array(octets), &response);
		if (response.kind == IMAP_TAGGED) {
			g_byte_array_set_size(done, 0);
			g_byte_array_append(done, octets->data, octets->len);
			return imap_check_tag(&response, tag, error);
		}
		bool status = imap_response_is_status(&response);
		if (!status && !wire_rest(session->server, octets, WIRE_RESPONSE_MAX, error)) {
			return false;
		}
		imap_response_parse(base_bytes_of_array(octets), &response);
		if (!take(user, base_bytes_of_array(octets), &response) &&
		    !write_line(session, octets, &response, error)) {
			return false;
		}
	}
}

/* Nobody asks for that much; what comes after it can no longer be told from commands. */
static bool
refuse_literal(ImapSession *session, const GByteArray *octets, GError **error)
{
	g_autoptr(ImapCommand) command = NULL;
	(void)imap_command_parse(base_bytes_of_array(octets), &command, NULL);
	(void)imap_reply(session, command == NULL ? "*" : command->tag,
			 "BAD [LIMIT] This literal is too large", NULL);
	return base_fail(error, PS_ERROR_LIMIT, "a literal of a command is too large");
}

bool
imap_want_literal(ImapSession *session, const ImapLiteral *literal, GError **error)
{
	return literal->non_sync || (net_conn_write_str(session->client, "+ OK\r\n", error) &&
				     net_conn_flush(session->client, error));
}

bool
imap_take_literal(ImapSession *session, const ImapLiteral *literal, GByteArray *octets, size_t max,
		  GError **error)
{
	return imap_want_literal(session, literal, error) &&
	       wire_octets(session->client, literal->size, octets, max, error) &&
	       wire_line(session->client, octets, max, error);
}

bool
imap_take_literals(ImapSession *session, GByteArray *octets, size_t max, GError **error)
{
	ImapLiteral literal;
	while (imap_literal_at_end(base_bytes_of_array(octets), &literal)) {
		if (literal.size > max) {
			return refuse_literal(session, octets, error);
		}
		if (!imap_take_literal(session, &literal, octets, max, error)) {
			return false;
		}
	}
	return true;
}

static bool
end_idle(ImapSession *session, BaseBytes line, GError **error)
{
	session->idle = false;
	return net_conn_write(session->server, line, error) &&
	       net_conn_flush(session->server, error);
}

/* The next command of the mail program, whatever it is. */
static bool
take_command(ImapSession *session, GError **error)
{
	g_autoptr(GByteArray) octets = g_byte_array_new();
	g_autoptr(ImapCommand) command = NULL;
	if (!wire_line(session->client, octets, WIRE_COMMAND_MAX, error)) {
		return false;
	}
	if (session->idle) {
		return end_idle(session, base_bytes_of_array(octets), error);
	}
	if (wire_is_ambiguous(base_bytes_of_array(octets))) {
		return refuse_literal(session, octets, error);
	}
	if (imap_command_parse(base_bytes_of_array(octets), &command, NULL) &&
	    strcmp(command->name, "APPEND") == 0) {
		return imap_append(session, command, octets, error);
	}
	g_clear_pointer(&command, imap_command_free);
	if (!imap_take_literals(session, octets, WIRE_COMMAND_MAX, error)) {
		return false;
	}
	if (!imap_command_parse(base_bytes_of_array(octets), &command, NULL)) {
		const char *tag = command == NULL ? "*" : command->tag;
		return imap_drain(session, error) &&
		       imap_reply(session, tag, "BAD This is no command", error);
	}
	return imap_dispatch(session, command, base_bytes_of_array(octets), error);
}

static bool
may_take(const ImapSession *session)
{
	return !session->leaving && (session->idle || (session->pending.length < WINDOW_COMMANDS &&
						       session->in_flight < IMAP_WINDOW_OCTETS));
}

static bool
say_bye(ImapSession *session, const char *why, GError **error)
{
	return net_conn_print(session->client, error, "* BYE %s\r\n", why) &&
	       net_conn_flush(session->client, error);
}

/* After LOGOUT was answered nothing more can come, whether the provider closes or not. */
static bool
take_response(ImapSession *session, bool *over, GError **error)
{
	if (!pass_response(session, error)) {
		return false;
	}
	*over = session->leaving && g_queue_is_empty(&session->pending);
	return true;
}

/* Who only closed his side still reads what he asked for; whether he did cannot be seen. */
static bool
answer_closed(ImapSession *session, GError **error)
{
	bool goes_on = true;
	while (goes_on && !g_queue_is_empty(&session->pending)) {
		NetReady ready = NET_READY_NONE;
		if (!net_wait(session->server, NULL, CLOSED_SECONDS, house_stop(session->house),
			      &ready, error)) {
			return false;
		}
		goes_on = (ready & NET_READY_FIRST) != 0;
		if (goes_on && !pass_response(session, error)) {
			return false;
		}
	}
	return true;
}

/* One turn: a response, a command, or the end; *@over when the session is. */
static bool
turn(ImapSession *session, bool *over, GError **error)
{
	NetConn *first = may_take(session) ? session->client : session->server;
	NetConn *second = first == session->server ? NULL : session->server;
	bool waits_for_client = g_queue_is_empty(&session->pending) || session->idle;
	NetReady ready = NET_READY_NONE;
	/* Lines that are here already need no look at the sockets, and leave together; before
	 * anything waits, net_wait() has sent what is held. */
	if (base_bytes_find(net_conn_buffered(session->server), BASE_LIT("\n")) != SIZE_MAX) {
		return take_response(session, over, error);
	}
	if (!net_wait(first, second, waits_for_client ? IDLE_SECONDS : ANSWER_SECONDS,
		      waits_for_client ? house_stop(session->house) : NULL, &ready, error)) {
		return false;
	}
	NetReady from_server = second == NULL ? NET_READY_FIRST : NET_READY_SECOND;
	if ((ready & from_server) != 0) {
		BaseBytes data;
		if (!net_conn_peek(session->server, &data, error)) {
			return false;
		}
		*over = data.n == 0;
		return !*over ? take_response(session, over, error)
			      : session->leaving ||
					say_bye(session, "the provider closed the connection",
						error);
	}
	if ((ready & NET_READY_FIRST) != 0) {
		BaseBytes data;
		if (!net_conn_peek(session->client, &data, error)) {
			return false;
		}
		*over = data.n == 0;
		return !*over ? take_command(session, error)
			      : session->idle || answer_closed(session, error);
	}
	*over = true;
	return say_bye(session,
		       ready == NET_READY_NONE ? "nothing was said for too long" : "postseal stops",
		       error);
}

bool
imap_relay(ImapSession *session, GError **error)
{
	net_conn_set_timeout(session->server, ANSWER_SECONDS);
	bool over = false;
	while (!over) {
		if (!turn(session, &over, error)) {
			return false;
		}
	}
	return true;
}
