/* SPDX-License-Identifier: MPL-2.0 */
/* Tokens, quoted strings, comments; RFC 2231 values. */
#include "mime/tokens.h"

#include "mime/rfc2047.h"

#include <string.h>

#define PARAM_COLUMNS 60 /* octets of one RFC 2231 piece: with its name below 76 columns */

/* comment = "(" *([FWS] ccontent) [FWS] ")" ; RFC 5322 section 3.2.2. Counted, not recursed. */
static const char *
skip_comment(const char *p)
{
	guint depth = 0;
	do {
		if (*p == '\\' && p[1] != '\0') {
			p++;
		} else if (*p == '(') {
			depth++;
		} else if (*p == ')') {
			depth--;
		}
		p++;
	} while (*p != '\0' && depth > 0);
	return p;
}

void
mime_tokens_skip(MimeTokens *t)
{
	while (*t->at == ' ' || *t->at == '\t' || *t->at == '(') {
		t->at = *t->at == '(' ? skip_comment(t->at) : t->at + 1;
	}
}

bool
mime_tokens_at_end(MimeTokens *t)
{
	mime_tokens_skip(t);
	return *t->at == '\0';
}

bool
mime_tokens_eat(MimeTokens *t, char c)
{
	mime_tokens_skip(t);
	if (*t->at != c) {
		return false;
	}
	t->at++;
	return true;
}

/* token = 1*<any CHAR except SPACE, CTLs, or tspecials> ; RFC 2045 section 5.1 */
static bool
is_token(char c)
{
	guchar u = (guchar)c;
	return u > ' ' && u != 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

char *
mime_tokens_token(MimeTokens *t)
{
	mime_tokens_skip(t);
	const char *from = t->at;
	while (is_token(*t->at)) {
		t->at++;
	}
	return t->at == from ? NULL : g_strndup(from, (gsize)(t->at - from));
}

char *
mime_tokens_quoted(MimeTokens *t)
{
	mime_tokens_skip(t);
	if (*t->at != '"') {
		return NULL;
	}
	g_autoptr(GString) s = g_string_new(NULL);
	const char *p = t->at + 1;
	for (; *p != '\0' && *p != '"'; p++) {
		if (*p == '\\' && p[1] != '\0') {
			p++;
		}
		g_string_append_c(s, *p);
	}
	t->at = *p == '"' ? p + 1 : p;
	return g_string_free(g_steal_pointer(&s), FALSE);
}

char *
mime_tokens_until(MimeTokens *t, const char *stop)
{
	mime_tokens_skip(t);
	size_t n = strcspn(t->at, stop);
	char *s = g_strstrip(g_strndup(t->at, n));
	t->at += n;
	return s;
}

/* ---- RFC 2231 ---- */

char *
mime_percent_decode(const char *s)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (; *s != '\0'; s++) {
		int high = *s == '%' ? g_ascii_xdigit_value(s[1]) : -1;
		int low = high >= 0 ? g_ascii_xdigit_value(s[2]) : -1;
		if (low >= 0 && (high | low) != 0) {
			g_string_append_c(out, (char)(high << 4 | low));
			s += 2;
		} else {
			g_string_append_c(out, *s);
		}
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

char *
mime_rfc2231_decode(const char *value)
{
	const char *first = strchr(value, '\'');
	const char *second = first == NULL ? NULL : strchr(first + 1, '\'');
	if (second == NULL) {
		return mime_percent_decode(value);
	}
	g_autofree char *charset = g_strndup(value, (gsize)(first - value));
	g_autofree char *raw = mime_percent_decode(second + 1);
	return mime_charset_to_utf8(base_bytes_str(raw), *charset == '\0' ? "utf-8" : charset);
}

static bool
needs_quotes(const char *value)
{
	for (const char *p = value; *p != '\0'; p++) {
		if (!is_token(*p)) {
			return true;
		}
	}
	return *value == '\0';
}

static void
append_quoted(GString *out, const char *value)
{
	g_string_append_c(out, '"');
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\') {
			g_string_append_c(out, '\\');
		}
		g_string_append_c(out, *p);
	}
	g_string_append_c(out, '"');
}

/* attribute-char of RFC 2231 section 7 is a token without "*", "'" and "%". */
static void
append_percent(GString *out, char c)
{
	if (is_token(c) && (guchar)c < 0x80 && strchr("*'%", c) == NULL) {
		g_string_append_c(out, c);
	} else {
		g_string_append_printf(out, "%%%02X", (guint)(guchar)c);
	}
}

static void
append_encoded(GString *out, const char *name, const char *value)
{
	g_autoptr(GString) piece = g_string_new(NULL);
	guint n = 0;
	bool one = strlen(value) * 3 <= PARAM_COLUMNS;
	g_string_append_printf(piece, "%s''", mime_charset_of_raw(value));
	for (const char *p = value; *p != '\0'; p++) {
		if (!one && piece->len > PARAM_COLUMNS - 3) {
			g_string_append_printf(out, "; %s*%u*=%s", name, n++, piece->str);
			g_string_truncate(piece, 0);
		}
		append_percent(piece, *p);
	}
	if (one) {
		g_string_append_printf(out, "; %s*=%s", name, piece->str);
	} else {
		g_string_append_printf(out, "; %s*%u*=%s", name, n, piece->str);
	}
}

void
mime_rfc2231_append(GString *out, const char *name, const char *value)
{
	bool ascii = g_str_is_ascii(value) && strpbrk(value, "\r\n") == NULL;
	if (!ascii || strlen(value) > 900) {
		append_encoded(out, name, value);
		return;
	}
	g_string_append_printf(out, "; %s=", name);
	if (needs_quotes(value)) {
		append_quoted(out, value);
	} else {
		g_string_append(out, value);
	}
}
