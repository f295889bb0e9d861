/* SPDX-License-Identifier: MPL-2.0 */
/* Header fields as slices. No field is refused: a server shows what is there. */
#include "imap/fields.h"

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* Octets of the line at @at with its line end; *@text: without. */
static size_t
line_at(BaseBytes b, size_t at, size_t *text)
{
	const uint8_t *lf = at < b.n ? memchr(b.p + at, '\n', b.n - at) : NULL;
	if (lf == NULL) {
		*text = b.n - at;
		return *text;
	}
	size_t n = (size_t)(lf - (b.p + at)) + 1;
	*text = n - 1 > 0 && b.p[at + n - 2] == '\r' ? n - 2 : n - 1;
	return n;
}

static void
split(BaseBytes raw, size_t first, size_t text, ImapField *out)
{
	BaseBytes line = base_bytes_slice(raw, 0, first);
	const uint8_t *colon = line.n == 0 ? NULL : memchr(line.p, ':', line.n);
	out->raw = raw;
	out->name = base_bytes_slice(raw, 0, 0);
	out->value = base_bytes_slice(raw, 0, text);
	if (colon == NULL) {
		return;
	}
	size_t name = (size_t)(colon - line.p);
	size_t at = name + 1;
	while (at < first && is_blank(line.p[at])) {
		at++;
	}
	if (at == first && at > name + 2) {
		at = name + 2; /* nothing but blanks: one of them belongs to the colon */
	}
	while (name > 0 && is_blank(line.p[name - 1])) {
		name--;
	}
	out->name = base_bytes_slice(raw, 0, name);
	out->value = base_bytes_slice(raw, at, text - at);
}

bool
imap_field_next(BaseBytes *header, ImapField *out)
{
	size_t first = 0;
	size_t n = line_at(*header, 0, &first);
	if (n == 0 || first == 0) {
		return false;
	}
	size_t text = first;
	while (n < header->n && is_blank(header->p[n])) {
		size_t line = 0;
		size_t more = line_at(*header, n, &line);
		text = n + line;
		n += more;
	}
	split(base_bytes_slice(*header, 0, n), first, text, out);
	*header = base_bytes_slice(*header, n, header->n);
	return true;
}

bool
imap_field_is(const ImapField *field, const char *name)
{
	return base_bytes_equal_nocase(field->name, base_bytes_str(name));
}

GString *
imap_field_value(const ImapField *field)
{
	GString *out = g_string_sized_new(field->value.n + 1);
	for (size_t at = 0; at < field->value.n;) {
		size_t text = 0;
		size_t n = line_at(field->value, at, &text);
		if (at > 0 && text > 1) {
			g_string_append_c(out, '\n');
		}
		g_string_append_len(out, (const char *)field->value.p + at, (gssize)text);
		at += n;
	}
	return out;
}

char *
imap_field_text(const ImapField *field)
{
	g_autoptr(GString) raw = imap_field_value(field);
	GString *out = g_string_sized_new(raw->len + 1);
	for (size_t i = 0; i < raw->len; i++) {
		if (raw->str[i] == '\0') {
			g_string_append(out, "\xef\xbf\xbd");
		} else {
			g_string_append_c(out, raw->str[i]);
		}
	}
	return g_string_free(out, FALSE);
}
