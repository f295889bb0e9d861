/* SPDX-License-Identifier: MPL-2.0 */
/* Dots of multi-line responses, taken off and put on. */
#include "pop3/dot.h"

enum {
	LINE_START, /* of the content too */
	LINE_INSIDE,
	LINE_CR,     /* a CR inside a line */
	LINE_DOT,    /* a dot at its start, which is not content */
	LINE_DOT_CR, /* and a CR behind, which may be */
};

/*
 * multi-line = status-line *data-line "." CRLF
 * data-line  = ["."] *octet CRLF       ; the dot if the line begins with one
 */
static bool
undot_octet(Pop3Undot *undot, uint8_t c, bool *hold, bool *end)
{
	static const guint after_cr[] = {LINE_CR, LINE_CR, LINE_CR, LINE_DOT_CR, LINE_CR};
	guint state = undot->state;

	*end = state == LINE_DOT_CR && c == '\n';
	*hold = (state == LINE_START && c == '.') || (state == LINE_DOT && c == '\r');
	if (c == '\r') {
		undot->state = after_cr[state];
	} else if (c == '\n' && state == LINE_CR) {
		undot->state = LINE_START;
	} else if (c == '.' && state == LINE_START) {
		undot->state = LINE_DOT;
	} else {
		undot->state = LINE_INSIDE;
	}
	/* the CR that was held back was content after all */
	return state == LINE_DOT_CR && !*end;
}

/* Where the next octet that can change anything is. */
static size_t
skip(const Pop3Undot *undot, BaseBytes data, size_t at)
{
	const uint8_t *cr;

	if (undot->state != LINE_INSIDE) {
		return at;
	}
	cr = memchr(data.p + at, '\r', data.n - at);
	return cr == NULL ? data.n : (size_t)(cr - data.p);
}

static bool
flush(BaseSink *out, BaseBytes data, size_t from, size_t to, GError **error)
{
	return from >= to || base_sink_write(out, base_bytes(data.p + from, to - from), error);
}

bool
pop3_undot(Pop3Undot *undot, BaseBytes data, BaseSink *out, size_t *used, bool *end, GError **error)
{
	size_t from = 0, at = 0;
	bool last = false;

	while (!last && data.n > 0 && (at = skip(undot, data, at)) < data.n) {
		bool hold;

		if (undot_octet(undot, data.p[at], &hold, &last) &&
		    !base_sink_write(out, BASE_LIT("\r"), error)) {
			return false;
		}
		if (hold || last) {
			if (!flush(out, data, from, at, error)) {
				return false;
			}
			from = at + 1;
		}
		at++;
	}
	if (!flush(out, data, from, at, error)) {
		return false;
	}
	*used = at;
	*end = last;
	return true;
}

typedef struct {
	BaseSink sink;
	BaseSink *next;
	guint state;
} DotSink;

static bool
dot_write(BaseSink *sink, BaseBytes data, GError **error)
{
	DotSink *self = (DotSink *)sink;
	size_t from = 0;

	for (size_t at = 0; at < data.n; at++) {
		uint8_t c = data.p[at];

		if (self->state == LINE_START && c == '.') {
			if (!flush(self->next, data, from, at, error) ||
			    !base_sink_write(self->next, BASE_LIT("."), error)) {
				return false;
			}
			from = at;
		}
		if (c == '\r') {
			self->state = LINE_CR;
		} else if (c == '\n' && self->state == LINE_CR) {
			self->state = LINE_START;
		} else {
			self->state = LINE_INSIDE;
		}
	}
	return flush(self->next, data, from, data.n, error);
}

static bool
dot_finish(BaseSink *sink, GError **error)
{
	DotSink *self = (DotSink *)sink;

	return base_sink_write_str(self->next, self->state == LINE_START ? ".\r\n" : "\r\n.\r\n",
				   error);
}

static void
dot_free(BaseSink *sink)
{
	g_free(sink);
}

BaseSink *
pop3_new_dot(BaseSink *next)
{
	static const BaseSinkClass klass = {dot_write, dot_finish, dot_free};
	DotSink *self = g_new0(DotSink, 1);

	self->sink.klass = &klass;
	self->next = next;
	return &self->sink;
}

guint64
pop3_dot_size(BaseBytes content)
{
	bool ended = content.n == 0 ||
		     (content.n >= 2 && memcmp(content.p + content.n - 2, "\r\n", 2) == 0);

	return content.n + (ended ? 0 : 2);
}
