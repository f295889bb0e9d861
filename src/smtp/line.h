/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Lines of commands, responses and replies, octets in. Only CRLF ends a line (RFC 5321 section
 * 2.3.8): what programs differ about is where smuggling begins.
 */
#pragma once

#include "base/bytes.h"

#define SMTP_LINE_COMMAND  4096U  /* RFC 5321 4.5.3.1.4 says 512; its extensions add to it */
#define SMTP_LINE_RESPONSE 16384U /* RFC 4954 section 4: 12288 at least */
#define SMTP_LINE_REPLY    4096U

typedef enum {
	SMTP_LINE_MORE,   /* not whole yet */
	SMTP_LINE_READY,  /* smtp_line_text() */
	SMTP_LINE_LONG,   /* longer than the limit; passed over up to its end */
	SMTP_LINE_BROKEN, /* NUL, a CR without LF or an LF without CR in it; passed over */
} SmtpLineState;

typedef struct SmtpLine SmtpLine;

/* Lines of at most @max octets, CRLF included. */
SmtpLine *smtp_line_new(size_t max);
void smtp_line_free(SmtpLine *line); /* wiped: a response may be a password */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmtpLine, smtp_line_free)

/* Takes up to the end of one line from @data: *@used octets. After another state than MORE the next
 * call begins a new line. */
SmtpLineState smtp_line_feed(SmtpLine *line, BaseBytes data, size_t *used);
/* The line without CRLF; borrowed until the next smtp_line_feed(). */
const char *smtp_line_text(const SmtpLine *line);
