/* SPDX-License-Identifier: MPL-2.0 */
/* Text that others chose, made fit to be shown, and names that others chose, made fit for files. */
#pragma once

#include "base/bytes.h"

/* The next character of valid UTF-8. */
static inline const char *
letter_text_next(const char *p)
{
	return p + g_utf8_skip[(uint8_t)*p];
}

/* Valid UTF-8 on one line: control and line separator characters become blanks; those that turn the
 * direction of text or cannot be seen are taken out; at most @max characters, then "…".
 * (transfer full) */
char *letter_text_clean(const char *text, size_t max);

/* The value of a header field: unfolded, RFC 2047 and raw 8-bit decoded, then cleaned, at most 1000
 * characters; (transfer full). */
char *letter_text_of_field(const char *raw);

/* A name for a downloaded file: no path, no control or direction characters, none of the characters
 * that file systems or shells take amiss, no dots and blanks at the ends, no device names of
 * Windows, at most 120 octets with its extension kept. "attachment" if nothing is left. (transfer
 * full) */
char *letter_file_name(const char *name);

/* The media type to serve for one that somebody sent: itself if it is in a short list of harmless
 * ones (text/plain, image/png, application/pdf, ...), else "application/octet-stream". Static. */
const char *letter_file_type(const char *type);

/* Text of format=flowed (RFC 3676) with its paragraphs in one line each, quote marks "> " before
 * each paragraph; @delsp as the parameter says. (transfer full) */
char *letter_text_unflow(const char *text, bool delsp);
/* The reverse: lines of at most 72 characters where words allow, space-stuffed (RFC 3676 4.2);
 * lines that begin with ">" and the signature separator "-- " stay. LF line ends; (transfer full).
 */
char *letter_text_flow(const char *text);

/* The first line of @*rest, cut off there without its end (LF or CRLF); NULL: there is none. */
char *letter_text_line(char **rest);

/* Whether all words of @words are in @text; case and composition of letters do not matter. */
bool letter_text_matches(const char *text, const char *words);
