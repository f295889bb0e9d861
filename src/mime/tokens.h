/* SPDX-License-Identifier: MPL-2.0 */
/* The lexical part of structured fields (RFC 5322 section 3.2, RFC 2045 section 5.1), RFC 2231
 * values. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
	const char *at; /* the next octet of an unfolded value */
} MimeTokens;

static inline MimeTokens
mime_tokens_on(const char *value)
{
	return (MimeTokens){value};
}

/* Past blanks and (nested) comments. */
void mime_tokens_skip(MimeTokens *t);
bool mime_tokens_at_end(MimeTokens *t);
/* Past @c if it comes next. */
bool mime_tokens_eat(MimeTokens *t, char c);
/* A token of RFC 2045 (8-bit octets allowed) or NULL. (transfer full) */
char *mime_tokens_token(MimeTokens *t);
/* The content of a quoted-string, also of one that is never closed, or NULL. (transfer full) */
char *mime_tokens_quoted(MimeTokens *t);
/* Up to one of @stop or the end, trimmed; "" if nothing. (transfer full) */
char *mime_tokens_until(MimeTokens *t, const char *stop);

/* %XX as octets; what is no such triple, and %00, stays. (transfer full) */
char *mime_percent_decode(const char *text);
/* charset'language'percent-encoded as UTF-8. (transfer
 * full) */
char *mime_rfc2231_decode(const char *value);
/* Appends "; name=value" in the simplest form that can carry the value. */
void mime_rfc2231_append(GString *out, const char *name, const char *value);
