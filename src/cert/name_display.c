/* SPDX-License-Identifier: MPL-2.0 */
/* Names of a certificate as people may be shown them. */
#include "cert/name.h"

#define MARKS_MAX 3U /* combining characters on one letter */

/* What neither prints nor belongs to a name; it turns into a blank, so that words do not join. */
static bool
is_blank(gunichar c)
{
	GUnicodeType type = g_unichar_type(c);
	return g_unichar_isspace(c) || type == G_UNICODE_CONTROL ||
	       type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

/* Invisible though they are letters, symbols or marks: fillers, selectors, the grapheme joiner. */
static const struct {
	gunichar first;
	gunichar last;
} invisible[] = {
	{0x034f, 0x034f}, {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x2800, 0x2800},
	{0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xffa0, 0xffa0}, {0xe0100, 0xe01ef},
};

/* Those, and bidirectional controls, joiners, tags, the unassigned and the private. */
bool
cert_name_is_hidden(gunichar c)
{
	GUnicodeType type = g_unichar_type(c);
	for (size_t i = 0; i < G_N_ELEMENTS(invisible); i++) {
		if (c >= invisible[i].first && c <= invisible[i].last) {
			return true;
		}
	}
	return type == G_UNICODE_FORMAT || type == G_UNICODE_PRIVATE_USE ||
	       type == G_UNICODE_SURROGATE || type == G_UNICODE_UNASSIGNED;
}

char *
cert_name_clean(const char *text, unsigned max)
{
	GString *out = g_string_new(NULL);
	unsigned count = 0;
	unsigned marks = 0;
	bool gap = false;
	for (const char *p = text; *p != '\0' && count < max; p = cert_name_next(p)) {
		gunichar c = g_utf8_get_char(p);
		if (is_blank(c)) {
			gap = out->len > 0;
			continue;
		}
		marks = g_unichar_ismark(c) ? marks + 1 : 0;
		if (cert_name_is_hidden(c) || marks > MARKS_MAX) {
			continue;
		}
		if (gap && count + 1 < max) {
			g_string_append_c(out, ' ');
			count++;
		}
		gap = false;
		g_string_append_unichar(out, c);
		count++;
	}
	return g_string_free(out, out->len == 0);
}

char *
cert_name_display(BaseBytes name, BaseBytes oid, unsigned max)
{
	g_autofree char *only = cert_name_only(name, oid);
	return only == NULL ? NULL : cert_name_clean(only, max);
}
