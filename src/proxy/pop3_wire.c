/* SPDX-License-Identifier: MPL-2.0 */
/* Lines, status lines and multi-line responses on POP3 connections. */
#include "proxy/pop3_session.h"

#include "base/error.h"
#include "pop3/dot.h"
#include "pop3/line.h"

/* Waits for octets; PS_ERROR_IO if @conn has ended. */
static bool
peek(NetConn *conn, BaseBytes *data, GError **error)
{
	if (!net_conn_peek(conn, data, error)) {
		return false;
	}
	return data->n > 0 || base_fail(error, PS_ERROR_IO, "the connection was closed");
}

bool
pop3_read_line(Pop3Session *session, NetConn *conn, size_t max, GError **error)
{
	Pop3LineState state = POP3_LINE_MORE;

	base_wipe(session->line->data, session->line->len);
	g_byte_array_set_size(session->line, 0);
	while (state == POP3_LINE_MORE) {
		BaseBytes data;
		size_t used = 0;

		if (!peek(conn, &data, error)) {
			return false;
		}
		state = pop3_line_feed(session->line, data, max, &used);
		net_conn_consume(conn, used);
	}
	return state == POP3_LINE_DONE || base_fail(error, PS_ERROR_LIMIT, "a line is too long");
}

bool
pop3_read_status(Pop3Session *session, Pop3Status *status, BaseBytes *text, GError **error)
{
	if (!pop3_read_line(session, session->server, POP3_RESPONSE_MAX, error)) {
		return false;
	}
	return pop3_response_parse(base_bytes_of_array(session->line), status, text) ||
	       base_fail(error, PS_ERROR_MALFORMED, "the provider's answer is no POP3");
}

bool
pop3_ask(Pop3Session *session, const char *command, Pop3Status *status, BaseBytes *text,
	 GError **error)
{
	return net_conn_write_str(session->server, command, error) &&
	       net_conn_write_str(session->server, "\r\n", error) &&
	       pop3_read_status(session, status, text, error);
}

bool
pop3_ask_number(Pop3Session *session, const char *keyword, guint32 number, Pop3Status *status,
		BaseBytes *text, GError **error)
{
	g_autofree char *command = g_strdup_printf("%s %u", keyword, number);

	return pop3_ask(session, command, status, text, error);
}

bool
pop3_tell_line(Pop3Session *session, GError **error)
{
	return net_conn_write(session->client, base_bytes_of_array(session->line), error) &&
	       net_conn_write_str(session->client, "\r\n", error);
}

/* One multi-line response: to @raw as it is (or nowhere), to @out without dots. */
static bool
pass(NetConn *from, NetConn *raw, BaseSink *out, GError **error)
{
	Pop3Undot undot = {0};
	bool end = false;

	while (!end) {
		BaseBytes data;
		size_t used = 0;

		if (!peek(from, &data, error) ||
		    !pop3_undot(&undot, data, out, &used, &end, error) ||
		    (raw != NULL && !net_conn_write(raw, base_bytes_slice(data, 0, used), error))) {
			return false;
		}
		net_conn_consume(from, used);
	}
	return true;
}

bool
pop3_read_body(Pop3Session *session, BaseSink *out, GError **error)
{
	return pass(session->server, NULL, out, error);
}

bool
pop3_pass_body(Pop3Session *session, BaseSink *copy, GError **error)
{
	return pass(session->server, session->client, copy, error);
}

bool
pop3_refuse(Pop3Session *session, const char *code, const char *text, GError **error)
{
	g_autofree char *clean = g_strdup(text);

	for (char *c = clean; *c != '\0'; c++) {
		*c = g_ascii_iscntrl(*c) ? ' ' : *c;
	}
	return net_conn_print(session->client, error, "-ERR %s%s%s\r\n", code,
			      *code == '\0' ? "" : " ", clean);
}
