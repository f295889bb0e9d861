/* SPDX-License-Identifier: MPL-2.0 */
/* Lines and literals on IMAP connections. */
#pragma once

#include "net/conn.h"

#define WIRE_COMMAND_MAX  (1U << 20)   /* octets of one command but APPEND, literals included */
#define WIRE_RESPONSE_MAX (512U << 20) /* octets of one response held at once */

/* Appends one line with its CRLF (a bare LF ends one, too: the other side decides what it is);
 * PS_ERROR_IO if the connection ended before, PS_ERROR_LIMIT if @into would exceed @max. */
bool wire_line(NetConn *conn, GByteArray *into, size_t max, GError **error);

/* Appends @n octets; errors as above. */
bool wire_octets(NetConn *conn, uint64_t n, GByteArray *into, size_t max, GError **error);

/* Passes @n octets on as they come. */
bool wire_pass(NetConn *from, NetConn *to, uint64_t n, GError **error);

/* Where the announcement of a literal begins, "{123}\r\n" or "~{123}\r\n", which @octets end in. */
size_t wire_announced(const GByteArray *octets);

/* Whether @line ends in what is a literal to some servers and none to us: "{000...07}". */
bool wire_is_ambiguous(BaseBytes line);

/* Takes @n octets and forgets them. */
bool wire_skip(NetConn *conn, uint64_t n, GError **error);

/* Appends the rest of a response whose first line is in @into: literals and the lines after them.
 */
bool wire_rest(NetConn *conn, GByteArray *into, size_t max, GError **error);
