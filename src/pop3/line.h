/* SPDX-License-Identifier: MPL-2.0 */
/* Lines out of octets that come in any pieces. */
#pragma once

#include "base/sink.h"

typedef enum {
	POP3_LINE_MORE, /* all of @data was taken, the line goes on */
	POP3_LINE_DONE,
	POP3_LINE_LONG, /* longer than allowed */
} Pop3LineState;

/* Appends octets of @data to @line until an LF, and takes off the line end (CRLF, or LF alone from
 * people who type). *@used: how many octets of @data that took. At most @max octets a line. */
Pop3LineState pop3_line_feed(GByteArray *line, BaseBytes data, size_t max, size_t *used);

/* A sink that calls @on_line for each line without its end; what is longer than @max is cut there.
 * finish() gives a last line without end. */
typedef bool (*Pop3OnLine)(BaseBytes line, gpointer user, GError **error);
BaseSink *pop3_new_lines(Pop3OnLine on_line, gpointer user, size_t max);
