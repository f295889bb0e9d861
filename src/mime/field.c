/* SPDX-License-Identifier: MPL-2.0 */
/* One header field: read from its octets, or made and folded. */
#include "mime/field.h"

#define FOLD_COLUMNS 76

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static bool
is_ftext(uint8_t c)
{
	return c > ' ' && c < 0x7f && c != ':';
}

bool
mime_field_name_is_valid(const char *name)
{
	if (name == NULL || *name == '\0') {
		return false;
	}
	for (const char *p = name; *p != '\0'; p++) {
		if (!is_ftext((uint8_t)*p)) {
			return false;
		}
	}
	return true;
}

size_t
mime_field_name_length(BaseBytes line, size_t *colon)
{
	size_t n = 0;
	while (n < line.n && is_ftext(line.p[n])) {
		n++;
	}
	size_t end = n;
	while (end < line.n && is_blank(line.p[end])) {
		end++;
	}
	if (n == 0 || end == line.n || line.p[end] != ':') {
		return 0;
	}
	*colon = end;
	return n;
}

/* One allocation: the record, then raw octets, name and value. */
static MimeField *
field_alloc(size_t raw, size_t name, size_t value, char **at)
{
	MimeField *f = g_atomic_rc_box_alloc(sizeof *f + raw + name + 1 + value + 1);
	*at = (char *)(f + 1);
	f->made = false;
	return f;
}

static void
blank_out(char *s, size_t n, char c)
{
	char *end = s + n;
	for (char *p = s; p < end && (p = memchr(p, c, (size_t)(end - p))) != NULL; p++) {
		*p = ' ';
	}
}

/* Unfolds (RFC 5322 section 2.2.3), trims, and leaves neither CR, LF nor NUL behind. */
static void
write_value(BaseBytes body, char *out)
{
	BaseBytes t = base_bytes_trim(body);
	size_t n = 0;
	for (size_t i = 0; i < t.n;) {
		const uint8_t *lf = memchr(t.p + i, '\n', t.n - i);
		size_t end = lf == NULL ? t.n : (size_t)(lf - t.p);
		/* of a fold the line end goes and the blank stays; any other line end becomes
		 * blanks */
		bool fold = lf != NULL && is_blank(t.p[end + 1]);
		size_t keep = fold && end > i && t.p[end - 1] == '\r' ? end - 1 : end;
		memcpy(out + n, t.p + i, keep - i);
		n += keep - i;
		if (lf != NULL && !fold) {
			out[n++] = ' ';
		}
		i = end + 1;
	}
	out[n] = '\0';
	blank_out(out, n, '\r');
	blank_out(out, n, '\0');
}

MimeField *
mime_field_new_raw(BaseBytes raw)
{
	size_t colon = 0;
	size_t name = mime_field_name_length(raw, &colon);
	BaseBytes body = name == 0 ? raw : base_bytes_slice(raw, colon + 1, raw.n);
	char *at = NULL;
	MimeField *f = field_alloc(raw.n, name, body.n, &at);
	if (raw.n > 0) {
		memcpy(at, raw.p, raw.n);
	}
	f->raw = base_bytes(at, raw.n);
	at += raw.n;
	if (name > 0) {
		memcpy(at, raw.p, name);
	}
	at[name] = '\0';
	f->name = at;
	at += name + 1;
	write_value(body, at);
	f->value = at;
	return f;
}

/* Where to break a line that starts at @v with @room columns left: the last blank run outside
 * quotes that ends the line in time, else the last one at all, else the first later one; SIZE_MAX
 * for none. */
static size_t
fold_at(const char *v, size_t from, size_t room, bool *quoted)
{
	size_t best = SIZE_MAX;
	size_t best_quoted = SIZE_MAX;
	bool in_quotes = *quoted;
	bool quoted_at_best = false;
	bool quoted_at_any = false;
	for (size_t i = from; v[i] != '\0'; i++) {
		bool late = i - from > room;
		if (late && (best != SIZE_MAX || best_quoted != SIZE_MAX)) {
			break;
		}
		if (v[i] == '"') {
			in_quotes = !in_quotes;
		} else if (v[i] == '\\' && in_quotes && v[i + 1] != '\0') {
			i++;
		} else if (is_blank((uint8_t)v[i]) && i > from && !is_blank((uint8_t)v[i - 1])) {
			*(in_quotes ? &best_quoted : &best) = i;
			*(in_quotes ? &quoted_at_any : &quoted_at_best) = in_quotes;
		}
	}
	bool outside = best != SIZE_MAX;
	*quoted = outside ? quoted_at_best : quoted_at_any;
	return outside ? best : best_quoted;
}

static void
fold(GString *out, const char *v)
{
	size_t n = strlen(v);
	size_t from = 0;
	size_t column = out->len;
	bool quoted = false;
	/* a first word that only fits on a line of its own */
	size_t word = strcspn(v, " \t");
	if (n == 0) {
		g_string_append(out, "\r\n");
		return;
	}
	if (column + 1 + word > FOLD_COLUMNS && word < FOLD_COLUMNS) {
		g_string_append(out, "\r\n");
		column = 0;
	}
	g_string_append_c(out, ' ');
	column++;
	while (n - from + column > FOLD_COLUMNS) {
		size_t room = column < FOLD_COLUMNS ? FOLD_COLUMNS - column : 0;
		size_t at = fold_at(v, from, room, &quoted);
		if (at == SIZE_MAX) {
			break;
		}
		g_string_append_len(out, v + from, (gssize)(at - from));
		g_string_append(out, "\r\n");
		from = at;
		column = 0;
	}
	g_string_append(out, v + from);
	g_string_append(out, "\r\n");
}

MimeField *
mime_field_new(const char *name, const char *value)
{
	g_return_val_if_fail(mime_field_name_is_valid(name), NULL);
	g_autofree char *clean = g_malloc(strlen(value) + 1);
	/* a fold hidden in the value must not unfold into less than it was */
	g_autofree char *flat = g_strdelimit(g_strdup(value), "\r\n", ' ');
	write_value(base_bytes_str(flat), clean);
	g_autoptr(GString) raw = g_string_new(name);
	g_string_append_c(raw, ':');
	fold(raw, clean);

	size_t name_n = strlen(name);
	size_t value_n = strlen(clean);
	char *at = NULL;
	MimeField *f = field_alloc(raw->len, name_n, value_n, &at);
	memcpy(at, raw->str, raw->len);
	f->raw = base_bytes(at, raw->len);
	at += raw->len;
	f->name = memcpy(at, name, name_n + 1);
	at += name_n + 1;
	f->value = memcpy(at, clean, value_n + 1);
	f->made = true;
	return f;
}

MimeField *
mime_field_ref(const MimeField *field)
{
	/* only the count changes, and that is not part of the record */
	union {
		const MimeField *seen;
		MimeField *counted;
	} u = {field};

	return g_atomic_rc_box_acquire(u.counted);
}

void
mime_field_unref(MimeField *field)
{
	g_atomic_rc_box_release(field);
}
