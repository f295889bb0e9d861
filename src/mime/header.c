/* SPDX-License-Identifier: MPL-2.0 */
/* A header block as a list of fields that keep their octets. */
#include "mime/header.h"
#include "base/limits.h"

struct MimeHeader {
	GPtrArray *fields; /* of MimeField */
	GBytes *envelope;  /* the mbox line, or NULL */
	uint8_t end[2];    /* the empty line as written */
	uint8_t end_n;
	bool crlf;
	bool changed;
};

static void
field_free(gpointer field)
{
	mime_field_unref(field);
}

MimeHeader *
mime_header_new(void)
{
	MimeHeader *h = g_new0(MimeHeader, 1);
	h->fields = g_ptr_array_new_full(32, field_free);
	h->crlf = true;
	memcpy(h->end, "\r\n", 2);
	h->end_n = 2;
	return h;
}

MimeHeader *
mime_header_copy(const MimeHeader *header)
{
	MimeHeader *h = g_memdup2(header, sizeof *header);
	h->fields = g_ptr_array_new_full(header->fields->len, field_free);
	for (guint i = 0; i < header->fields->len; i++) {
		g_ptr_array_add(h->fields, mime_field_ref(header->fields->pdata[i]));
	}
	if (header->envelope != NULL) {
		h->envelope = g_bytes_ref(header->envelope);
	}
	return h;
}

void
mime_header_free(MimeHeader *header)
{
	if (header != NULL) {
		g_ptr_array_unref(header->fields);
		g_bytes_unref(header->envelope);
		g_free(header);
	}
}

/* Offset after the line that starts at @at, or SIZE_MAX if its LF is not there. */
static size_t
line_end(BaseBytes data, size_t at)
{
	const uint8_t *lf = at < data.n ? memchr(data.p + at, '\n', data.n - at) : NULL;
	return lf == NULL ? SIZE_MAX : (size_t)(lf - data.p) + 1;
}

/* Length of the empty line at @at: 1 for LF, 2 for CRLF, 0 if the line is not empty. */
static size_t
empty_line(BaseBytes data, size_t at)
{
	if (at < data.n && data.p[at] == '\n') {
		return 1;
	}
	return at + 1 < data.n && data.p[at] == '\r' && data.p[at + 1] == '\n' ? 2 : 0;
}

static bool
is_envelope(BaseBytes line)
{
	BaseBytes b = line.n > 0 && line.p[0] == '>' ? base_bytes(line.p + 1, line.n - 1) : line;
	size_t colon = 0; /* "From : me" is a field */
	return b.n >= 5 && memcmp(b.p, "From ", 5) == 0 &&
	       mime_field_name_length(line, &colon) == 0;
}

static bool
is_dashes(BaseBytes data, size_t at)
{
	return at + 1 < data.n && data.p[at] == '-' && data.p[at + 1] == '-';
}

/* Does the block begin with a line that can only be body? Decided once the name part of the line is
 * there. */
static bool
starts_without_header(BaseBytes data, size_t at)
{
	size_t colon = 0;
	BaseBytes line = base_bytes_slice(data, at, data.n);
	return line.n > 0 && empty_line(data, at) == 0 && mime_field_name_length(line, &colon) == 0;
}

/* Whether the line at @at is complete enough to be judged: its LF, or so many octets that it does
 * not matter. */
static bool
line_is_there(BaseBytes data, size_t at, bool last)
{
	return last || line_end(data, at) != SIZE_MAX || data.n - at > BASE_LIMIT_HEADER;
}

bool
mime_header_find_end(BaseBytes data, bool last, size_t *from, size_t *n)
{
	size_t at = *from;
	if (at == 0) {
		if (!line_is_there(data, 0, last)) {
			return false;
		}
		size_t first = is_envelope(data) ? line_end(data, 0) : 0;
		first = MIN(first, data.n);
		if (first > 0 && !line_is_there(data, first, last)) {
			return false;
		}
		if (starts_without_header(data, first)) {
			*n = 0;
			return true;
		}
		at = first;
	}
	while (at < data.n) {
		size_t blank = empty_line(data, at);
		if (blank > 0 || is_dashes(data, at)) {
			*n = at + blank;
			return true;
		}
		size_t next = line_end(data, at);
		if (next == SIZE_MAX) {
			break;
		}
		*from = at = next;
	}
	*n = data.n;
	return last;
}

/* Offset after the logical line (a line and its continuations) at @at. A fold before the empty line
 * that ends the header cannot be: that line has no blank. */
static size_t
logical_end(BaseBytes block, size_t at)
{
	size_t end = line_end(block, at);
	while (end < block.n && (block.p[end] == ' ' || block.p[end] == '\t')) {
		end = line_end(block, end);
	}
	return MIN(end, block.n);
}

static size_t
take_envelope(MimeHeader *h, BaseBytes block)
{
	if (!is_envelope(block)) {
		return 0;
	}
	size_t n = MIN(line_end(block, 0), block.n);
	h->envelope = base_bytes_dup(base_bytes(block.p, n));
	return n;
}

bool
mime_header_parse(BaseBytes block, MimeHeader **out, GError **error)
{
	if (block.n > BASE_LIMIT_HEADER) {
		return base_fail(error, PS_ERROR_LIMIT, "A header is longer than %u octets",
				 BASE_LIMIT_HEADER);
	}
	g_autoptr(MimeHeader) h = mime_header_new();
	size_t at = take_envelope(h, block);
	size_t first = line_end(block, 0);
	h->crlf = first == SIZE_MAX || (first >= 2 && block.p[first - 2] == '\r');
	h->end_n = 0;
	while (at < block.n) {
		h->end_n = (uint8_t)empty_line(block, at);
		if (h->end_n > 0) {
			memcpy(h->end, block.p + at, h->end_n);
			break;
		}
		if (h->fields->len >= BASE_LIMIT_FIELDS) {
			return base_fail(error, PS_ERROR_LIMIT, "A header has more than %u fields",
					 BASE_LIMIT_FIELDS);
		}
		size_t end = logical_end(block, at);
		g_ptr_array_add(h->fields, mime_field_new_raw(base_bytes(block.p + at, end - at)));
		at = end;
	}
	*out = g_steal_pointer(&h);
	return true;
}

guint
mime_header_length(const MimeHeader *header)
{
	return header->fields->len;
}

const MimeField *
mime_header_at(const MimeHeader *header, guint i)
{
	return header->fields->pdata[i];
}

static bool
is_called(const MimeField *f, const char *name)
{
	return g_ascii_strcasecmp(f->name, name) == 0;
}

const MimeField *
mime_header_find(const MimeHeader *header, const char *name)
{
	for (guint i = 0; i < header->fields->len; i++) {
		if (is_called(header->fields->pdata[i], name)) {
			return header->fields->pdata[i];
		}
	}
	return NULL;
}

const char *
mime_header_value(const MimeHeader *header, const char *name)
{
	const MimeField *f = mime_header_find(header, name);
	return f == NULL ? NULL : f->value;
}

guint
mime_header_count(const MimeHeader *header, const char *name)
{
	guint n = 0;
	for (guint i = 0; i < header->fields->len; i++) {
		n += is_called(header->fields->pdata[i], name);
	}
	return n;
}

static void
insert(MimeHeader *header, int at, MimeField *field)
{
	if (field != NULL) {
		g_ptr_array_insert(header->fields, at, field);
		header->changed = true;
	}
}

void
mime_header_append(MimeHeader *header, const char *name, const char *value)
{
	insert(header, -1, mime_field_new(name, value));
}

void
mime_header_prepend(MimeHeader *header, const char *name, const char *value)
{
	insert(header, 0, mime_field_new(name, value));
}

void
mime_header_append_field(MimeHeader *header, const MimeField *field)
{
	insert(header, -1, mime_field_ref(field));
}

void
mime_header_prepend_field(MimeHeader *header, const MimeField *field)
{
	insert(header, 0, mime_field_ref(field));
}

void
mime_header_replace_at(MimeHeader *header, guint i, const MimeField *field)
{
	MimeField *kept = mime_field_ref(field);
	mime_field_unref(header->fields->pdata[i]);
	header->fields->pdata[i] = kept;
	header->changed = true;
}

void
mime_header_set(MimeHeader *header, const char *name, const char *value)
{
	g_autoptr(MimeField) field = mime_field_new(name, value);
	g_return_if_fail(field != NULL);
	bool placed = false;
	for (guint i = 0; i < header->fields->len; i++) {
		if (!is_called(header->fields->pdata[i], name)) {
			continue;
		}
		if (placed) {
			g_ptr_array_remove_index(header->fields, i--);
			continue;
		}
		mime_header_replace_at(header, i, field);
		placed = true;
	}
	if (!placed) {
		mime_header_append_field(header, field);
	}
}

guint
mime_header_remove_if(MimeHeader *header, MimeFieldPredicate predicate, void *user)
{
	guint kept = 0;
	guint n = header->fields->len;
	for (guint i = 0; i < n; i++) {
		MimeField *f = header->fields->pdata[i];
		bool gone = predicate(f, user);
		if (gone) {
			mime_field_unref(f);
		} else {
			header->fields->pdata[kept++] = f;
		}
	}
	if (kept < n) {
		/* what lies beyond has been moved or released already */
		header->fields->len = kept;
		header->changed = true;
	}
	return n - kept;
}

static bool
called_predicate(const MimeField *field, void *user)
{
	return is_called(field, *(const char *const *)user);
}

guint
mime_header_remove(MimeHeader *header, const char *name)
{
	return mime_header_remove_if(header, called_predicate, &name);
}

BaseBytes
mime_header_envelope(const MimeHeader *header)
{
	return base_bytes_of(header->envelope);
}

void
mime_header_drop_envelope(MimeHeader *header)
{
	g_clear_pointer(&header->envelope, g_bytes_unref);
}

bool
mime_header_is_crlf(const MimeHeader *header)
{
	return header->crlf;
}

bool
mime_header_has_end(const MimeHeader *header)
{
	return header->end_n > 0;
}

static void
append_bytes(GByteArray *out, BaseBytes b)
{
	if (b.n > 0) {
		g_byte_array_append(out, b.p, (guint)b.n);
	}
}

static void
append_line_end(GByteArray *out, bool crlf)
{
	append_bytes(out, crlf ? BASE_LIT("\r\n") : BASE_LIT("\n"));
}

static void
append_field(GByteArray *out, const MimeField *f, bool crlf)
{
	if (!f->made || crlf) {
		append_bytes(out, f->raw);
		return;
	}
	for (size_t i = 0; i < f->raw.n; i++) {
		if (f->raw.p[i] != '\r') {
			append_bytes(out, base_bytes(f->raw.p + i, 1));
		}
	}
}

static bool
lacks_line_end(const GByteArray *out, guint from)
{
	return out->len > from && out->data[out->len - 1] != '\n';
}

/* The line end of the very last field is added only if @all. */
static void
write_fields(const MimeHeader *header, bool crlf, bool all, GByteArray *out)
{
	for (guint i = 0; i < header->fields->len; i++) {
		guint from = out->len;
		append_field(out, header->fields->pdata[i], crlf);
		if (lacks_line_end(out, from) && (all || i + 1 < header->fields->len)) {
			append_line_end(out, crlf);
		}
	}
}

void
mime_header_write_fields(const MimeHeader *header, bool crlf, GByteArray *out)
{
	write_fields(header, crlf, true, out);
}

void
mime_header_write(const MimeHeader *header, bool crlf, GByteArray *out)
{
	guint from = out->len;
	bool add_end = header->changed && header->end_n == 0;
	append_bytes(out, base_bytes_of(header->envelope));
	if (header->fields->len > 0 && lacks_line_end(out, from)) {
		append_line_end(out, crlf);
	}
	write_fields(header, crlf, add_end || header->end_n > 0, out);
	if (add_end) {
		append_line_end(out, crlf);
	} else {
		append_bytes(out, base_bytes(header->end, header->end_n));
	}
}
