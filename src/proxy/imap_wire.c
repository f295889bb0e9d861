/* SPDX-License-Identifier: MPL-2.0 */
#include "proxy/imap_wire.h"

#include "base/error.h"
#include "imap/literal.h"

static bool
more(NetConn *conn, BaseBytes *out, GError **error)
{
	if (!net_conn_peek(conn, out, error)) {
		return false;
	}
	return out->n > 0 || base_fail(error, PS_ERROR_IO, "the connection was closed");
}

static bool
append(GByteArray *into, BaseBytes data, size_t max, GError **error)
{
	if (into->len + data.n > max) {
		return base_fail(error, PS_ERROR_LIMIT, "a line or response is too long");
	}
	g_byte_array_append(into, data.p, (guint)data.n);
	return true;
}

bool
wire_line(NetConn *conn, GByteArray *into, size_t max, GError **error)
{
	for (;;) {
		BaseBytes data;
		if (!more(conn, &data, error)) {
			return false;
		}
		const uint8_t *end = memchr(data.p, '\n', data.n);
		size_t n = end == NULL ? data.n : (size_t)(end - data.p) + 1;
		if (!append(into, base_bytes(data.p, n), max, error)) {
			return false;
		}
		net_conn_consume(conn, n);
		if (end != NULL) {
			return true;
		}
	}
}

bool
wire_octets(NetConn *conn, uint64_t n, GByteArray *into, size_t max, GError **error)
{
	while (n > 0) {
		BaseBytes data;
		if (!more(conn, &data, error)) {
			return false;
		}
		data.n = (size_t)MIN((uint64_t)data.n, n);
		if (!append(into, data, max, error)) {
			return false;
		}
		net_conn_consume(conn, data.n);
		n -= data.n;
	}
	return true;
}

bool
wire_pass(NetConn *from, NetConn *to, uint64_t n, GError **error)
{
	while (n > 0) {
		BaseBytes data;
		if (!more(from, &data, error)) {
			return false;
		}
		data.n = (size_t)MIN((uint64_t)data.n, n);
		if (!net_conn_write(to, data, error)) {
			return false;
		}
		net_conn_consume(from, data.n);
		n -= data.n;
	}
	return true;
}

bool
wire_skip(NetConn *conn, uint64_t n, GError **error)
{
	while (n > 0) {
		BaseBytes data;
		if (!more(conn, &data, error)) {
			return false;
		}
		data.n = (size_t)MIN((uint64_t)data.n, n);
		net_conn_consume(conn, data.n);
		n -= data.n;
	}
	return true;
}

size_t
wire_announced(const GByteArray *octets)
{
	size_t at = octets->len;
	while (at > 0 && octets->data[at - 1] != '{') {
		at--;
	}
	at = at > 0 ? at - 1 : 0;
	return at > 0 && octets->data[at - 1] == '~' ? at - 1 : at;
}

bool
wire_is_ambiguous(BaseBytes line)
{
	ImapLiteral literal;
	BaseBytes text = base_bytes_trim(line);
	return text.n > 1 && text.p[text.n - 1] == '}' &&
	       (g_ascii_isdigit(text.p[text.n - 2]) || text.p[text.n - 2] == '+') &&
	       !imap_literal_at_end(line, &literal);
}

bool
wire_rest(NetConn *conn, GByteArray *into, size_t max, GError **error)
{
	ImapLiteral literal;
	while (imap_literal_at_end(base_bytes_of_array(into), &literal)) {
		if (!wire_octets(conn, literal.size, into, max, error) ||
		    !wire_line(conn, into, max, error)) {
			return false;
		}
	}
	return true;
}
