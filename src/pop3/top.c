/* SPDX-License-Identifier: MPL-2.0 */
/* The beginning of a message. */
#include "pop3/top.h"

/* Octets of the empty line at @at: LF or CRLF; 0 if there is none (or not yet). */
static size_t
empty_line(BaseBytes message, size_t at)
{
	if (at < message.n && message.p[at] == '\n') {
		return 1;
	}
	return at + 1 < message.n && message.p[at] == '\r' && message.p[at + 1] == '\n' ? 2 : 0;
}

size_t
pop3_header_end(BaseBytes message, size_t from)
{
	size_t at = from > 2 ? from - 2 : 0;

	if (at == 0 && empty_line(message, 0) > 0) {
		return empty_line(message, 0);
	}
	while (at < message.n) {
		const uint8_t *lf = memchr(message.p + at, '\n', message.n - at);

		if (lf == NULL) {
			break;
		}
		at = (size_t)(lf - message.p) + 1;
		if (empty_line(message, at) > 0) {
			return at + empty_line(message, at);
		}
	}
	return SIZE_MAX;
}

typedef struct {
	BaseSink sink;
	BaseSink *next;
	guint32 lines; /* of the body, still to pass */
	bool body;
	bool empty; /* nothing in this line so far, but perhaps a CR */
	bool cr;
} TopSink;

/* How many octets of @data pass. */
static size_t
count_passing(TopSink *self, BaseBytes data)
{
	for (size_t at = 0; at < data.n; at++) {
		bool ends = data.p[at] == '\n';

		if (self->body && self->lines == 0) {
			return at;
		}
		if (self->body && ends) {
			self->lines--;
		} else if (ends) {
			self->body = self->empty;
		}
		self->empty = ends || (self->empty && !self->cr && data.p[at] == '\r');
		self->cr = !ends && self->empty;
	}
	return data.n;
}

static bool
top_write(BaseSink *sink, BaseBytes data, GError **error)
{
	TopSink *self = (TopSink *)sink;

	return base_sink_write(self->next, base_bytes(data.p, count_passing(self, data)), error);
}

static void
top_free(BaseSink *sink)
{
	g_free(sink);
}

BaseSink *
pop3_new_top(BaseSink *next, guint32 lines)
{
	static const BaseSinkClass klass = {top_write, NULL, top_free};
	TopSink *self = g_new0(TopSink, 1);

	self->sink.klass = &klass;
	self->next = next;
	self->lines = lines;
	self->empty = true;
	return &self->sink;
}
