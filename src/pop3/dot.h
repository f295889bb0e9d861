/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Multi-line responses (RFC 1939 section 3): a dot before every line that begins with one, and a
 * line with a dot alone at the end. Only CRLF ends a line: what follows "LF . LF" in a message must
 * never be taken for the next response.
 */
#pragma once

#include "base/sink.h"

/* Reads one multi-line response behind its status line; a new one starts as {0}. */
typedef struct {
	guint state;
} Pop3Undot;

/* Writes what @data holds of the content to @out; *@used octets of @data belong to the response;
 * *@end is set once its last line was read. Errors are only those of @out. */
bool pop3_undot(Pop3Undot *undot, BaseBytes data, BaseSink *out, size_t *used, bool *end,
		GError **error);

/* The opposite, as a filter: finish() ends the last line if it has no end, and writes ".CRLF". */
BaseSink *pop3_new_dot(BaseSink *next);

/* Octets that RETR sends of @content, dots of the transport not counted (RFC 1939 section 11). */
guint64 pop3_dot_size(BaseBytes content);
