/* SPDX-License-Identifier: MPL-2.0 */
/* Which form a field takes when its octets cannot travel as they are depends on its grammar. */
#include "mime/sevenbit_header.h"

#include "mime/content_type.h"
#include "mime/rfc2047.h"
#include "mime/scan.h"

static char *
encode_type(const MimeField *f)
{
	g_autoptr(MimeContentType) ct = mime_content_type_parse(f->value);
	return mime_content_type_to_string(ct);
}

static char *
encode_disposition(const MimeField *f)
{
	g_autoptr(MimeHeader) h = mime_header_new();
	mime_header_append_field(h, f);
	g_autoptr(MimeContentType) d = mime_disposition_of(h);
	return mime_content_type_to_string(d);
}

static char *
encode_addresses(const MimeField *f)
{
	return mime_rfc2047_encode_addresses(f->value);
}

static char *
encode_text(const MimeField *f)
{
	return mime_rfc2047_encode(f->value);
}

/* Fields with a grammar of their own; all others are taken as text. */
static const struct {
	const char *name;
	char *(*encode)(const MimeField *f);
} grammars[] = {
	{"Content-Type", encode_type},
	{"Content-Disposition", encode_disposition},
	{"From", encode_addresses},
	{"Sender", encode_addresses},
	{"Reply-To", encode_addresses},
	{"To", encode_addresses},
	{"Cc", encode_addresses},
	{"Bcc", encode_addresses},
	{"Resent-From", encode_addresses},
	{"Resent-Sender", encode_addresses},
	{"Resent-To", encode_addresses},
	{"Resent-Cc", encode_addresses},
	{"Resent-Bcc", encode_addresses},
	{"Mail-Followup-To", encode_addresses},
	{"Mail-Reply-To", encode_addresses},
	{"Disposition-Notification-To", encode_addresses},
	{"Return-Receipt-To", encode_addresses},
	{"Errors-To", encode_addresses},
};

static char *
encode_value(const MimeField *f)
{
	if (g_str_is_ascii(f->value) && strlen(f->value) < 900) {
		return g_strdup(f->value); /* folding anew is all it takes */
	}
	for (guint i = 0; i < G_N_ELEMENTS(grammars); i++) {
		if (g_ascii_strcasecmp(f->name, grammars[i].name) == 0) {
			return grammars[i].encode(f);
		}
	}
	return encode_text(f);
}

/* A junk line has no grammar: its troublesome octets become "?"; what is too long becomes nothing.
 */
static MimeField *
fix_junk(const MimeField *f)
{
	g_autofree char *s = g_malloc(f->raw.n + 1);
	for (size_t i = 0; i < f->raw.n; i++) {
		uint8_t c = f->raw.p[i];
		bool cr = c == '\r' && !(i + 1 < f->raw.n && f->raw.p[i + 1] == '\n');
		s[i] = (char)(c == 0 || c >= 0x80 || cr ? '?' : c);
	}
	BaseBytes clean = base_bytes(s, f->raw.n);
	bool too_long = (mime_scan_bytes(clean) & MIME_SCAN_TOO_LONG) != 0;
	return mime_field_new_raw(too_long ? BASE_LIT("") : clean);
}

static MimeField *
fix_field(const MimeField *f)
{
	if (*f->name == '\0') {
		return fix_junk(f);
	}
	g_autofree char *value = encode_value(f);
	return mime_field_new(f->name, value);
}

bool
mime_sevenbit_header_needs(const MimeHeader *header, guint mask)
{
	for (guint i = 0; i < mime_header_length(header); i++) {
		if ((mime_scan_bytes(mime_header_at(header, i)->raw) & mask) != 0) {
			return true;
		}
	}
	return mime_header_envelope(header).n > 0;
}

void
mime_sevenbit_header_fix(MimeHeader *header, guint mask)
{
	mime_header_drop_envelope(header);
	for (guint i = 0; i < mime_header_length(header); i++) {
		const MimeField *f = mime_header_at(header, i);
		if ((mime_scan_bytes(f->raw) & mask) != 0) {
			g_autoptr(MimeField) fixed = fix_field(f);
			mime_header_replace_at(header, i, fixed);
		}
	}
}
