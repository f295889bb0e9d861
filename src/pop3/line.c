/* SPDX-License-Identifier: MPL-2.0 */
/* Lines out of octets. */
#include "pop3/line.h"

static void
take_off_end(GByteArray *line)
{
	guint n = line->len;

	n -= n > 0 && line->data[n - 1] == '\n' ? 1 : 0;
	n -= n > 0 && line->data[n - 1] == '\r' ? 1 : 0;
	g_byte_array_set_size(line, n);
}

Pop3LineState
pop3_line_feed(GByteArray *line, BaseBytes data, size_t max, size_t *used)
{
	const uint8_t *end = data.n == 0 ? NULL : memchr(data.p, '\n', data.n);
	size_t n = end == NULL ? data.n : (size_t)(end - data.p) + 1;

	if (n > max || line->len > max - n) {
		return POP3_LINE_LONG;
	}
	if (n > 0) {
		g_byte_array_append(line, data.p, (guint)n);
	}
	*used = n;
	if (end == NULL) {
		return POP3_LINE_MORE;
	}
	take_off_end(line);
	return POP3_LINE_DONE;
}

typedef struct {
	BaseSink sink;
	Pop3OnLine on_line;
	gpointer user;
	size_t max;
	GByteArray *line;
} LinesSink;

static bool
give(LinesSink *self, GError **error)
{
	take_off_end(self->line);
	if (!self->on_line(base_bytes_of_array(self->line), self->user, error)) {
		return false;
	}
	g_byte_array_set_size(self->line, 0);
	return true;
}

static void
keep(LinesSink *self, BaseBytes part)
{
	size_t room = self->max - MIN(self->line->len, self->max);

	g_byte_array_append(self->line, part.p, (guint)MIN(part.n, room));
}

static bool
lines_write(BaseSink *sink, BaseBytes data, GError **error)
{
	LinesSink *self = (LinesSink *)sink;

	while (data.n > 0) {
		const uint8_t *end = memchr(data.p, '\n', data.n);
		size_t n = end == NULL ? data.n : (size_t)(end - data.p) + 1;

		keep(self, base_bytes(data.p, n));
		if (end != NULL && !give(self, error)) {
			return false;
		}
		data = base_bytes_slice(data, n, SIZE_MAX);
	}
	return true;
}

static bool
lines_finish(BaseSink *sink, GError **error)
{
	LinesSink *self = (LinesSink *)sink;

	return self->line->len == 0 || give(self, error);
}

static void
lines_free(BaseSink *sink)
{
	g_byte_array_unref(((LinesSink *)sink)->line);
	g_free(sink);
}

BaseSink *
pop3_new_lines(Pop3OnLine on_line, gpointer user, size_t max)
{
	static const BaseSinkClass klass = {lines_write, lines_finish, lines_free};
	LinesSink *self = g_new0(LinesSink, 1);

	self->sink.klass = &klass;
	self->on_line = on_line;
	self->user = user;
	self->max = max;
	self->line = g_byte_array_new();
	return &self->sink;
}
