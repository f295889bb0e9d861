/* SPDX-License-Identifier: MPL-2.0 */
/* Writes strings of responses. */
#include "imap/nstring.h"
#include <string.h>

/* From this many on a literal is not longer than the quoted form. */
#define QUOTED_ESCAPES_MAX 4U

static void
write_literal(GString *out, const char *text)
{
	g_string_append_printf(out, "{%" G_GSIZE_FORMAT "}\r\n%s", strlen(text), text);
}

static void
write_quoted(GString *out, const char *text)
{
	g_string_append_c(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\') {
			g_string_append_c(out, '\\');
		}
		g_string_append_c(out, *text);
	}
	g_string_append_c(out, '"');
}

void
imap_string_write(GString *out, const char *text)
{
	guint escapes = 0;
	for (const char *at = text; *at != '\0'; at++) {
		escapes += *at == '"' || *at == '\\' ? 1U : 0U;
		if (escapes > QUOTED_ESCAPES_MAX || *at == '\r' || *at == '\n' ||
		    (guchar)*at >= 0x80) {
			write_literal(out, text);
			return;
		}
	}
	write_quoted(out, text);
}

void
imap_string_write_nullable(GString *out, const char *text)
{
	if (text == NULL) {
		g_string_append(out, "NIL");
	} else {
		imap_string_write(out, text);
	}
}

void
imap_string_write_unfolded(GString *out, const char *text)
{
	if (text == NULL || strpbrk(text, "\r\n") == NULL) {
		imap_string_write_nullable(out, text);
		return;
	}
	g_autoptr(GString) line = g_string_new(NULL);
	for (; *text != '\0'; text++) {
		if (*text != '\r' && *text != '\n') {
			g_string_append_c(line, *text);
		} else if (text[1] != '\0' && strchr(" \t\r\n", text[1]) == NULL) {
			g_string_append_c(line, ' ');
		}
	}
	imap_string_write(out, line->str);
}

/* Runs of blanks as one, none at the ends. */
static GString *
collapse(const char *text)
{
	GString *out = g_string_new(NULL);
	for (; *text != '\0'; text++) {
		if (strchr(" \t\r\n", *text) == NULL) {
			g_string_append_c(out, *text);
		} else if (out->len > 0 && out->str[out->len - 1] != ' ') {
			g_string_append_c(out, ' ');
		}
	}
	if (out->len > 0 && out->str[out->len - 1] == ' ') {
		g_string_truncate(out, out->len - 1);
	}
	return out;
}

void
imap_string_write_text(GString *out, const char *text)
{
	if (text == NULL) {
		g_string_append(out, "NIL");
		return;
	}
	g_autoptr(GString) line = collapse(text);
	bool odd = strcmp(line->str, text) != 0 || strpbrk(text, "\"\\") != NULL ||
		   !g_str_is_ascii(text);
	if (odd && line->len > 0) {
		write_literal(out, line->str);
	} else {
		write_quoted(out, line->str);
	}
}
