/* SPDX-License-Identifier: MPL-2.0 */
/* Tag lists of RFC 6376 section 3.2. */
#include "mime/taglist.h"

#define FOLD_AT 76U /* octets of a line, CRLF not counted */

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_name(BaseBytes name)
{
	for (size_t i = 0; i < name.n; i++) {
		bool alpha = g_ascii_isalpha((char)name.p[i]);
		if (!alpha && (i == 0 || (!g_ascii_isdigit((char)name.p[i]) && name.p[i] != '_'))) {
			return false;
		}
	}
	return name.n > 0;
}

/* VALCHAR and white space, and UTF-8 as RFC 8616 section 5 allows: %x21-3A / %x3C-7E / %x80-FF /
 * FWS. */
static bool
is_value(BaseBytes value)
{
	for (size_t i = 0; i < value.n; i++) {
		if (!is_space(value.p[i]) && (value.p[i] < 0x21 || value.p[i] == 0x7f)) {
			return false;
		}
	}
	return true;
}

static bool
parse_tag(BaseBytes spec, MimeTag *tag)
{
	size_t equals = base_bytes_find(spec, BASE_LIT("="));
	if (equals == SIZE_MAX) {
		return false;
	}
	tag->name = base_bytes_trim(base_bytes_slice(spec, 0, equals));
	tag->value = base_bytes_trim(base_bytes_slice(spec, equals + 1, SIZE_MAX));
	return is_name(tag->name) && is_value(tag->value);
}

static bool
is_known(const MimeTag *tags, size_t n, BaseBytes name)
{
	for (size_t i = 0; i < n; i++) {
		if (base_bytes_equal(tags[i].name, name)) {
			return true;
		}
	}
	return false;
}

bool
mime_taglist_parse(BaseBytes value, MimeTag *tags, size_t *n)
{
	size_t count = 0;
	for (size_t at = 0; at < value.n;) {
		BaseBytes rest = base_bytes_slice(value, at, SIZE_MAX);
		size_t end = MIN(base_bytes_find(rest, BASE_LIT(";")), rest.n);
		BaseBytes spec = base_bytes_trim(base_bytes_slice(rest, 0, end));
		at += end + 1;
		if (spec.n == 0 && end == rest.n && count > 0) {
			break; /* the list may end in ";" */
		}
		MimeTag tag;
		if (count == MIME_TAGLIST_MAX || !parse_tag(spec, &tag) ||
		    is_known(tags, count, tag.name)) {
			return false;
		}
		tags[count++] = tag;
	}
	*n = count;
	return count > 0;
}

BaseBytes
mime_taglist_get(const MimeTag *tags, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (base_bytes_equal(tags[i].name, base_bytes_str(name))) {
			return tags[i].value;
		}
	}
	return (BaseBytes){NULL, 0};
}

void
mime_taglist_fold(GString *field, const char *base64)
{
	const char *line = g_strrstr(field->str, "\r\n");
	size_t used = line == NULL ? field->len : strlen(line + 2);
	size_t left = strlen(base64);
	while (left > 0) {
		if (used >= FOLD_AT) {
			g_string_append(field, "\r\n ");
			used = 1;
		}
		size_t take = MIN(left, FOLD_AT - used);
		g_string_append_len(field, base64, (gssize)take);
		base64 += take;
		left -= take;
		used += take;
	}
}
