/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Text search: is the text there, letter case and composition of characters apart, once encoded
 * words, transfer encodings and charsets are decoded (RFC 9051 section 6.4.4)? Parts are searched
 * one by one, in pieces cut at line ends.
 */
#include "base/limits.h"
#include "imap/decode.h"
#include "imap/envelope.h"
#include "imap/fields.h"
#include "imap/message_private.h"
#include "imap/search_private.h"
#include "mime/rfc2047.h"

#define PIECE_MIN (64U << 10) /* octets that are folded at once */
#define PIECE_MAX (1U << 20)  /* a line longer than that is cut anywhere */

typedef struct {
	BaseSink base;
	const char *needle; /* folded */
	size_t needle_n;
	const char *charset; /* of what is written; borrowed */
	bool whole;          /* of a charset that cannot be cut at LF */
	GByteArray *pending; /* raw octets, not converted yet */
	GString *seen;       /* folded; its end is kept, a match may begin there */
	bool found;
} Finder;

static bool
is_ascii(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((guchar)text[i] >= 0x80) {
			return false;
		}
	}
	return true;
}

char *
imap_search_fold(const char *text, size_t n)
{
	if (is_ascii(text, n)) {
		return g_ascii_strdown(text, (gssize)n);
	}
	g_autofree char *plain = g_utf8_normalize(text, (gssize)n, G_NORMALIZE_ALL);
	if (plain == NULL) {
		return g_ascii_strdown(text, (gssize)n);
	}
	return g_utf8_casefold(plain, -1);
}

static void
look_at(Finder *f, const char *utf8, size_t n)
{
	if (f->found || n == 0) {
		return;
	}
	g_autofree char *folded = imap_search_fold(utf8, n);
	g_string_append(f->seen, folded);
	f->found = memmem(f->seen->str, f->seen->len, f->needle, f->needle_n) != NULL;
	if (f->seen->len >= f->needle_n) {
		g_string_erase(f->seen, 0, (gssize)(f->seen->len - (f->needle_n - 1)));
	}
}

static void
flush(Finder *f, size_t n)
{
	if (n == 0) {
		return;
	}
	g_autofree char *utf8 = mime_charset_to_utf8(base_bytes(f->pending->data, n), f->charset);
	look_at(f, utf8, strlen(utf8));
	g_byte_array_remove_range(f->pending, 0, (guint)n);
}

/* Where the pending octets may be cut; 0: not yet. */
static size_t
place_to_cut(const Finder *f)
{
	if (f->whole || f->pending->len < PIECE_MIN) {
		return 0;
	}
	const uint8_t *lf = memrchr(f->pending->data, '\n', f->pending->len);
	if (lf != NULL) {
		return (size_t)(lf - f->pending->data) + 1;
	}
	return f->pending->len > PIECE_MAX ? f->pending->len : 0;
}

static bool
finder_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Finder *f = (Finder *)sink;
	(void)error;
	while (data.n > 0 && !f->found) {
		BaseBytes piece = base_bytes_slice(data, 0, PIECE_MIN);
		data = base_bytes_slice(data, piece.n, data.n);
		g_byte_array_append(f->pending, piece.p, (guint)piece.n);
		size_t cut = place_to_cut(f);
		if (cut > 0) {
			flush(f, cut);
		}
	}
	return true;
}

static bool
starts_wide(const char *charset)
{
	return g_ascii_strncasecmp(charset, "utf-16", 6) == 0 ||
	       g_ascii_strncasecmp(charset, "utf-32", 6) == 0 ||
	       g_ascii_strncasecmp(charset, "ucs-", 4) == 0;
}

/* The value on one line, encoded words decoded. (transfer full) */
static char *
decoded_value(const ImapField *field)
{
	g_autoptr(GString) value = imap_field_value(field);
	g_autoptr(GString) line = g_string_sized_new(value->len + 1);
	for (size_t i = 0; i < value->len; i++) {
		bool folded = i > 0 && value->str[i - 1] == '\n';
		if (folded || value->str[i] == '\0') {
			g_string_append_c(line, ' ');
		} else if (value->str[i] != '\n') {
			g_string_append_c(line, value->str[i]);
		}
	}
	return mime_rfc2047_decode(line->str);
}

static void
look_at_field(Finder *f, const ImapField *field)
{
	size_t n = field->name.n == 0 ? 0 : (size_t)(field->value.p - field->raw.p);
	g_autofree char *name = base_bytes_strdup(base_bytes_slice(field->raw, 0, n));
	g_autofree char *clean = mime_text_clean(name);
	g_autofree char *text = decoded_value(field);
	look_at(f, clean, strlen(clean));
	look_at(f, text, strlen(text));
	look_at(f, "\r\n", 2);
}

static void
look_at_header(Finder *f, BaseBytes header)
{
	ImapField field;
	while (imap_field_next(&header, &field)) {
		look_at_field(f, &field);
	}
	look_at(f, "\r\n", 2);
}

static bool
is_searched(const ImapPart *part)
{
	return part->kind == IMAP_PART_LEAF && imap_decode_is_known(part) &&
	       (part->content->type == NULL || imap_content_is(part->content, "text", NULL) ||
		imap_content_is(part->content, "message", NULL));
}

static void
look_at_body(Finder *f, BaseBytes message, const ImapPart *part)
{
	const char *charset = imap_content_param(part->content, "charset");
	f->charset = charset == NULL ? "utf-8" : charset;
	f->whole = starts_wide(f->charset);
	imap_decode_body(message, part, &f->base, NULL);
	flush(f, f->pending->len);
}

static void
look_at_message(Finder *f, const SearchKey *key, ImapMessage *message)
{
	BaseBytes octets = imap_message_octets(message);
	const GArray *parts = imap_message_parts(message);
	for (guint i = 0; i < parts->len && !f->found; i++) {
		const ImapPart *part = imap_structure_at(parts, i);
		g_string_truncate(f->seen, 0);
		if (key->kind == SEARCH_TEXT) {
			look_at_header(f, base_bytes_slice(octets, part->at, part->header_n));
		}
		if (!f->found && is_searched(part)) {
			look_at_body(f, octets, part);
		}
	}
}

/* name <mailbox@host>, ... as people write it. */
static void
append_address(void *user, const ImapAddress *address)
{
	GString *out = user;
	bool member = address->host != NULL;
	if (out->len > 0) {
		g_string_append(out, ", ");
	}
	if (address->name != NULL) {
		bool encoded = strstr(address->name, "=?") != NULL;
		bool plain = encoded || strpbrk(address->name, " \t.,;:@()<>[]\"\\") == NULL;
		g_string_append_printf(out, plain ? "%s <" : "\"%s\" <", address->name);
	}
	g_string_append(out, address->mailbox == NULL ? "" : address->mailbox);
	g_string_append(out, member ? "@" : "");
	g_string_append(out, member ? address->host : "");
	g_string_append(out, address->name != NULL ? ">" : "");
}

static void
look_at_addresses(Finder *f, const ImapField *field)
{
	guint budget = BASE_LIMIT_ADDRESSES;
	g_autoptr(GString) value = imap_field_value(field);
	g_autoptr(GString) list = g_string_new(NULL);
	imap_addresses_each(base_bytes(value->str, value->len), &budget, append_address, list);
	g_autofree char *text = mime_rfc2047_decode(list->str);
	look_at(f, text, strlen(text));
}

/* Runs of blanks count as one, as ENVELOPE shows a subject. */
static void
look_at_subject(Finder *f, const ImapField *field)
{
	g_autofree char *raw = imap_field_text(field);
	g_autoptr(GString) line = g_string_new(NULL);
	for (const char *at = raw; *at != '\0'; at++) {
		if (strchr(" \t\r\n", *at) == NULL) {
			g_string_append_c(line, *at);
		} else if (line->len > 0 && line->str[line->len - 1] != ' ') {
			g_string_append_c(line, ' ');
		}
	}
	g_autofree char *text = mime_rfc2047_decode(line->str);
	look_at(f, text, strlen(text));
}

/* An empty text is found wherever the field is. */
static void
look_at_fields(Finder *f, const SearchKey *key, const ImapMessage *message)
{
	BaseBytes header = imap_message_header(message);
	ImapField field;
	while (!f->found && imap_field_next(&header, &field)) {
		if (!imap_field_is(&field, key->name)) {
			continue;
		}
		g_string_truncate(f->seen, 0);
		if (f->needle_n == 0) {
			f->found = true;
		} else if (key->kind == SEARCH_ADDRESS) {
			look_at_addresses(f, &field);
		} else if (key->kind == SEARCH_SUBJECT) {
			look_at_subject(f, &field);
		} else {
			g_autofree char *text = decoded_value(&field);
			look_at(f, text, strlen(text));
		}
	}
}

bool
imap_search_finds(const SearchKey *key, ImapMessage *message)
{
	static const BaseSinkClass klass = {finder_write, NULL, NULL};
	g_autoptr(GByteArray) pending = g_byte_array_new();
	g_autoptr(GString) seen = g_string_new(NULL);
	Finder f = {.base = {&klass},
		    .needle = key->text,
		    .needle_n = strlen(key->text),
		    .pending = pending,
		    .seen = seen};
	if (key->kind != SEARCH_BODY && key->kind != SEARCH_TEXT) {
		look_at_fields(&f, key, message);
		return f.found;
	}
	if (f.needle_n == 0) {
		return true;
	}
	look_at_message(&f, key, message);
	return f.found;
}
