/* SPDX-License-Identifier: MPL-2.0 */
/* Cuts sections out of a message (RFC 9051 section 6.4.5.1) without copying them. */
#include "imap/section.h"
#include "imap/fields.h"

#define NUL_SHOWN "\x80"

size_t
imap_section_header_length(BaseBytes message)
{
	BaseBytes rest = message;
	ImapField field;
	while (imap_field_next(&rest, &field)) {
	}
	size_t n = message.n - rest.n;
	if (rest.n > 0 && rest.p[0] == '\r') {
		n++;
	}
	return MIN(n + 1, message.n);
}

static void
add(ImapSection *out, BaseBytes slice)
{
	if (slice.n > 0) {
		g_array_append_val(out->slices, slice);
		out->n += slice.n;
	}
}

static bool
is_listed(const ImapItem *item, const ImapField *field)
{
	for (guint i = 0; i < item->fields->len; i++) {
		if (imap_field_is(field, item->fields->pdata[i])) {
			return true;
		}
	}
	return false;
}

/* The fields asked for, and the empty line if there is one. */
static void
add_fields(BaseBytes header, const ImapItem *item, ImapSection *out)
{
	bool want = item->text == IMAP_SECTION_FIELDS;
	ImapField field;
	while (imap_field_next(&header, &field)) {
		if (is_listed(item, &field) == want) {
			add(out, field.raw);
		}
	}
	add(out, header);
}

static void
add_entity(BaseBytes header, BaseBytes body, const ImapItem *item, ImapSection *out)
{
	switch (item->text) {
	case IMAP_SECTION_FIELDS:
	case IMAP_SECTION_FIELDS_NOT:
		add_fields(header, item, out);
		return;
	case IMAP_SECTION_HEADER:
	case IMAP_SECTION_MIME:
		add(out, header);
		return;
	case IMAP_SECTION_TEXT:
		add(out, body);
		return;
	case IMAP_SECTION_ALL:
	default:
		add(out, header);
		add(out, body);
		return;
	}
}

static bool
has_empty_line(BaseBytes header)
{
	ImapField field;
	while (imap_field_next(&header, &field)) {
	}
	return header.n > 0;
}

void
imap_section_of_message(BaseBytes message, size_t header_n, const ImapItem *item, ImapSection *out)
{
	out->slices = g_array_new(FALSE, FALSE, sizeof(BaseBytes));
	BaseBytes header = base_bytes_slice(message, 0, header_n);
	add_entity(header, base_bytes_slice(message, header_n, message.n), item, out);
	if (item->text == IMAP_SECTION_FIELDS && !has_empty_line(header)) {
		add(out, BASE_LIT("\r\n"));
	}
}

void
imap_section_of_part(BaseBytes message, const GArray *parts, const ImapItem *item, ImapSection *out)
{
	out->slices = g_array_new(FALSE, FALSE, sizeof(BaseBytes));
	const ImapPart *part = imap_structure_find(
		parts, (const guint32 *)(const void *)item->part->data, item->part->len);
	bool of_part = item->text == IMAP_SECTION_ALL || item->text == IMAP_SECTION_MIME;
	if (part != NULL && !of_part) {
		part = part->kind == IMAP_PART_MESSAGE ? imap_structure_at(parts, part->child)
						       : NULL;
	}
	if (part == NULL) {
		return;
	}
	BaseBytes header = base_bytes_slice(message, part->at, part->header_n);
	BaseBytes body = base_bytes_slice(message, part->at + part->header_n, part->body_n);
	if (item->text == IMAP_SECTION_ALL) {
		add(out, body);
	} else {
		add_entity(header, body, item, out);
	}
}

void
imap_section_clear(ImapSection *section)
{
	g_clear_pointer(&section->slices, g_array_unref);
}

void
imap_section_window(const ImapItem *item, uint64_t n, uint64_t *from, uint64_t *length)
{
	*from = item->partial ? MIN(item->offset, n) : 0;
	*length = item->partial ? MIN(item->length, n - *from) : n;
}

static bool
write_shown(BaseSink *out, BaseBytes octets, GError **error)
{
	while (octets.n > 0) {
		const uint8_t *nul = memchr(octets.p, '\0', octets.n);
		size_t n = nul == NULL ? octets.n : (size_t)(nul - octets.p);
		if (!base_sink_write(out, base_bytes_slice(octets, 0, n), error) ||
		    (nul != NULL && !base_sink_write(out, BASE_LIT(NUL_SHOWN), error))) {
			return false;
		}
		octets = base_bytes_slice(octets, n + 1, octets.n);
	}
	return true;
}

bool
imap_section_write(const ImapSection *section, const ImapItem *item, BaseSink *out, GError **error)
{
	uint64_t from = 0;
	uint64_t length = 0;
	imap_section_window(item, section->n, &from, &length);
	g_autofree char *announced = g_strdup_printf("{%" G_GUINT64_FORMAT "}\r\n", length);
	if (!base_sink_write_str(out, announced, error)) {
		return false;
	}
	for (guint i = 0; i < section->slices->len && length > 0; i++) {
		BaseBytes slice = g_array_index(section->slices, BaseBytes, i);
		size_t skip = (size_t)MIN(from, slice.n);
		slice = base_bytes_slice(slice, skip, (size_t)MIN(length, slice.n - skip));
		from -= skip;
		length -= slice.n;
		if (!write_shown(out, slice, error)) {
			return false;
		}
	}
	return true;
}
