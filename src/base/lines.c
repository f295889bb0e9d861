/* SPDX-License-Identifier: MPL-2.0 */
/* Line ends: checks and the two filters. */
#include "base/lines.h"

#include "base/lines_kernel.h"

/* Octets that are checked and passed on at once: they are still in the first-level cache when the
 * next sink reads them. */
#define PIECE ((size_t)16 << 10)

static size_t
plain_bare_lf(BaseBytes data, bool after_cr)
{
	size_t i = 0;

	while (i < data.n) {
		const uint8_t *lf = memchr(data.p + i, '\n', data.n - i);
		size_t at = lf == NULL ? data.n : (size_t)(lf - data.p);

		if (at == data.n || !(at == 0 ? after_cr : data.p[at - 1] == '\r')) {
			return at;
		}
		i = at + 1;
	}
	return data.n;
}

static bool
plain_is_crlf(BaseBytes data)
{
	bool after_cr = false;

	for (size_t i = 0; i < data.n; i++) {
		if ((data.p[i] == '\n') != after_cr) {
			return false;
		}
		after_cr = data.p[i] == '\r';
	}
	return !after_cr;
}

static size_t
plain_dashes(BaseBytes data)
{
	size_t i = 0;

	while (i < data.n) {
		const uint8_t *lf = memchr(data.p + i, '\n', data.n - i);
		size_t at = lf == NULL ? data.n : (size_t)(lf - data.p);
		BaseBytes after = base_bytes_slice(data, at + 1, 2);

		if (at == data.n || memcmp("--", after.n == 0 ? lf : after.p, after.n) == 0) {
			return at;
		}
		i = at + 1;
	}
	return data.n;
}

const LinesKernel lines_kernel_plain = {plain_bare_lf, plain_is_crlf, plain_dashes};

static const LinesKernel *
kernel(void)
{
	const LinesKernel *avx2 = lines_kernel_avx2();

	return avx2 == NULL ? &lines_kernel_plain : avx2;
}

bool
base_lines_is_crlf(BaseBytes data)
{
	return kernel()->is_crlf(data);
}

size_t
base_lines_find_dashes(BaseBytes data)
{
	return kernel()->dashes(data);
}

typedef struct {
	BaseSink sink;
	BaseSink *next;
	bool after_cr;
	size_t used;
	/* 2 * PIECE octets, the most that one piece can become; NULL until needed. */
	uint8_t *block;
} LinesSink;

static void
lines_append(LinesSink *self, BaseBytes data)
{
	if (self->block == NULL) {
		self->block = g_malloc(2 * PIECE);
	}
	memcpy(self->block + self->used, data.p, data.n);
	self->used += data.n;
}

static bool
lines_flush(LinesSink *self, GError **error)
{
	size_t used = self->used;

	self->used = 0;
	return used == 0 || base_sink_write(self->next, base_bytes(self->block, used), error);
}

/* A piece with a bare LF at @at: each such LF gets its CR. */
static bool
crlf_convert(LinesSink *self, BaseBytes piece, size_t at, GError **error)
{
	const LinesKernel *k = kernel();

	while (at < piece.n) {
		lines_append(self, base_bytes(piece.p, at));
		lines_append(self, BASE_LIT("\r\n"));
		piece = base_bytes_slice(piece, at + 1, SIZE_MAX);
		at = k->bare_lf(piece, false);
	}
	lines_append(self, piece);
	return lines_flush(self, error);
}

static bool
crlf_write(BaseSink *sink, BaseBytes data, GError **error)
{
	LinesSink *self = (LinesSink *)sink;

	while (data.n > 0) {
		BaseBytes piece = base_bytes_slice(data, 0, PIECE);
		size_t at = kernel()->bare_lf(piece, self->after_cr);
		bool done = at == piece.n ? base_sink_write(self->next, piece, error)
					  : crlf_convert(self, piece, at, error);

		if (!done) {
			return false;
		}
		self->after_cr = piece.p[piece.n - 1] == '\r';
		data = base_bytes_slice(data, piece.n, SIZE_MAX);
	}
	return true;
}

/* Appends @piece without the CRs that an LF follows. A CR at its end waits for what comes. */
static void
lf_convert(LinesSink *self, BaseBytes piece)
{
	if (self->after_cr && piece.p[0] != '\n') {
		lines_append(self, BASE_LIT("\r"));
	}
	self->after_cr = false;
	while (piece.n > 0) {
		const uint8_t *cr = memchr(piece.p, '\r', piece.n);
		size_t before = cr == NULL ? piece.n : (size_t)(cr - piece.p);
		bool last = cr != NULL && before + 1 == piece.n;
		bool drop = cr != NULL && !last && cr[1] == '\n';

		self->after_cr = last;
		lines_append(self, base_bytes(piece.p, before + (cr != NULL && !last && !drop)));
		piece = base_bytes_slice(piece, before + 1, SIZE_MAX);
	}
}

static bool
lf_write(BaseSink *sink, BaseBytes data, GError **error)
{
	LinesSink *self = (LinesSink *)sink;

	while (data.n > 0) {
		BaseBytes piece = base_bytes_slice(data, 0, PIECE);

		lf_convert(self, piece);
		if (!lines_flush(self, error)) {
			return false;
		}
		data = base_bytes_slice(data, piece.n, SIZE_MAX);
	}
	return true;
}

static bool
lf_finish(BaseSink *sink, GError **error)
{
	LinesSink *self = (LinesSink *)sink;

	return !self->after_cr || base_sink_write(self->next, BASE_LIT("\r"), error);
}

static void
lines_free(BaseSink *sink)
{
	g_free(((LinesSink *)sink)->block);
	g_free(sink);
}

static BaseSink *
lines_new(const BaseSinkClass *klass, BaseSink *next)
{
	LinesSink *self = g_new0(LinesSink, 1);

	self->sink.klass = klass;
	self->next = next;
	return &self->sink;
}

BaseSink *
base_lines_new_crlf(BaseSink *next)
{
	static const BaseSinkClass klass = {crlf_write, NULL, lines_free};

	return lines_new(&klass, next);
}

BaseSink *
base_lines_new_lf(BaseSink *next)
{
	static const BaseSinkClass klass = {lf_write, lf_finish, lines_free};

	return lines_new(&klass, next);
}
