/* SPDX-License-Identifier: MPL-2.0 */
/* Commands on their way to the provider, who may have to ask for their literals. */
#include "imap/literal.h"
#include "proxy/imap_session.h"

#define UNASKED_MAX 4096U /* octets of a literal (RFC 7888 section 5) */

/* Passes responses on until the provider asks for a literal; false in *@wanted: it refused. */
static bool
await_continuation(ImapSession *session, bool *wanted, GError **error)
{
	for (;;) {
		g_autoptr(GByteArray) line = g_byte_array_new();
		ImapResponse response;
		if (!wire_line(session->server, line, WIRE_RESPONSE_MAX, error)) {
			return false;
		}
		imap_response_parse(base_bytes_of_array(line), &response);
		*wanted = response.kind == IMAP_CONTINUE;
		if (*wanted) {
			return true;
		}
		if (response.kind == IMAP_TAGGED &&
		    !imap_note_answered(session, response.tag, error)) {
			return false;
		}
		if (!imap_relay_response(session, line, &response, error)) {
			return false;
		}
		if (response.kind == IMAP_TAGGED) {
			return true;
		}
	}
}

/* Up to the end of the first line; the whole if it has one line. */
static size_t
first_line(BaseBytes octets)
{
	size_t end = base_bytes_find(octets, BASE_LIT("\n"));
	return end == SIZE_MAX ? octets.n : end + 1;
}

/* A literal that a program sends unasked, since that was offered before its provider was known. */
static bool
must_be_asked(const ImapSession *session, const ImapLiteral *literal)
{
	return literal->non_sync && !imap_offers(session, "LITERAL+") &&
	       (literal->size > UNASKED_MAX || !imap_offers(session, "LITERAL-"));
}

/* A line that announces a literal; *@asks: the provider asks for it. */
static bool
write_announcement(ImapSession *session, BaseBytes line, const ImapLiteral *literal, bool *asks,
		   GError **error)
{
	bool changed = must_be_asked(session, literal);
	size_t plus = line.n - 1;
	*asks = changed || !literal->non_sync;
	if (!changed) {
		return net_conn_write(session->server, line, error);
	}
	while (plus > 0 && line.p[plus] != '+') {
		plus--;
	}
	return net_conn_write(session->server, base_bytes_slice(line, 0, plus), error) &&
	       net_conn_write(session->server, base_bytes_slice(line, plus + 1, SIZE_MAX), error);
}

/* Piece by piece, since the provider has to ask for each literal. */
bool
imap_send(ImapSession *session, BaseBytes octets, bool *refused, GError **error)
{
	while (octets.n > 0) {
		size_t n = first_line(octets);
		BaseBytes line = base_bytes_slice(octets, 0, n);
		ImapLiteral literal = {0};
		bool announces = imap_literal_at_end(line, &literal);
		bool wanted = true;
		bool asks = false;
		if (announces ? !write_announcement(session, line, &literal, &asks, error)
			      : !net_conn_write(session->server, line, error)) {
			return false;
		}
		if (asks && (!net_conn_flush(session->server, error) ||
			     !await_continuation(session, &wanted, error))) {
			return false;
		}
		if (!wanted) {
			*refused = true;
			return true;
		}
		BaseBytes content = base_bytes_slice(octets, n, (size_t)literal.size);
		if (!net_conn_write(session->server, content, error)) {
			return false;
		}
		octets = base_bytes_slice(octets, n + content.n, SIZE_MAX);
	}
	return net_conn_flush(session->server, error);
}

bool
imap_send_alone(ImapSession *session, const char *tag, BaseBytes octets, bool *refused,
		GError **error)
{
	g_queue_push_tail(&session->pending, g_strdup(tag));
	if (!imap_send(session, octets, refused, error)) {
		return false;
	}
	if (!*refused) {
		g_free(g_queue_pop_tail(&session->pending));
	}
	return true;
}

bool
imap_forward(ImapSession *session, const ImapCommand *command, BaseBytes octets, GError **error)
{
	bool in_pieces = first_line(octets) < octets.n;
	if ((in_pieces || session->in_flight + octets.n > IMAP_WINDOW_OCTETS) &&
	    !imap_drain(session, error)) {
		return false;
	}
	g_queue_push_tail(&session->pending, g_strdup(command->tag));
	session->in_flight += octets.n;
	bool refused = false;
	return imap_send(session, octets, &refused, error);
}
