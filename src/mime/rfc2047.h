/* SPDX-License-Identifier: MPL-2.0 */
/* Encoded words (RFC 2047), both ways. */
#pragma once

#include "base/bytes.h"

/* Valid UTF-8 on one line: encoded words decoded, raw 8-bit octets taken as UTF-8 or else Latin-1,
 * and every control character (also newlines hidden in encoded words) replaced by a blank.
 * (transfer full) */
char *mime_rfc2047_decode(const char *value);

/*
 * The value of an unstructured field in ASCII: runs of words with 8-bit octets, or too long for a
 * line, become encoded words of at most 75 columns (UTF-8, or ISO-8859-1 if @value is not UTF-8),
 * the rest stays. Decoding gives the text back. (transfer full)
 */
char *mime_rfc2047_encode(const char *value);

/* The same for a phrase (display name): the whole of it as encoded words if it is not ASCII, quoted
 * if it holds specials, as it is otherwise. (transfer full) */
char *mime_rfc2047_encode_phrase(const char *utf8);

/* The same for the value of an address field: only words, quoted strings and comments change;
 * addresses with 8-bit octets stay as they are. (transfer full) */
char *mime_rfc2047_encode_addresses(const char *value);

/* The name of the charset that raw 8-bit octets are labelled with: "utf-8" or "iso-8859-1". */
const char *mime_charset_of_raw(const char *value);

/* Octets of @charset (any name that mail uses) as UTF-8. Octets that are not of it, or of a charset
 * that nobody knows, are taken as Latin-1, so that nothing is lost; NULs become blanks. (transfer
 * full) */
char *mime_charset_to_utf8(BaseBytes raw, const char *charset);

/* @s (any octets) as valid UTF-8 without control characters and direction overrides. (transfer
 * full) */
char *mime_text_clean(const char *s);
