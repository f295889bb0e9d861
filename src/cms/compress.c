/* SPDX-License-Identifier: MPL-2.0 */
/* Inflating compressed mail, bounded against bombs. */
#include "cms/compress.h"

#define ZLIB_CONST /* input is not written to */
#include <zlib.h>

#include "base/error.h"
#include "base/limits.h"

#define BLOCK (32U << 10) /* octets passed on at once */

typedef struct {
	BaseSink sink;
	BaseSink *next;
	z_stream stream;
	bool ended;
	uint64_t passed; /* octets given to @next */
	uint64_t taken;  /* octets that zlib consumed */
	uint8_t block[BLOCK];
} Inflate;

/* Passes on what the block holds. Early on mail may grow faster than on the whole, by @slack
 * octets. */
static bool
pass_on(Inflate *inflating, uint64_t slack, GError **error)
{
	size_t n = BLOCK - inflating->stream.avail_out;
	inflating->stream.next_out = inflating->block;
	inflating->stream.avail_out = BLOCK;
	inflating->passed += n;
	if (inflating->passed > inflating->taken * BASE_LIMIT_COMPRESSION + slack) {
		return base_fail(error, PS_ERROR_LIMIT, "compressed mail grows more than %u times",
				 BASE_LIMIT_COMPRESSION);
	}
	if (inflating->passed > BASE_LIMIT_MESSAGE) {
		return base_fail(error, PS_ERROR_LIMIT, "compressed mail is too large");
	}
	return n == 0 || base_sink_write(inflating->next, base_bytes(inflating->block, n), error);
}

/* Inflates until the input or the block is used up. */
static bool
step(Inflate *inflating, GError **error)
{
	z_stream *stream = &inflating->stream;
	uInt before = stream->avail_in;
	int result = inflate(stream, Z_NO_FLUSH);
	inflating->taken += before - stream->avail_in;
	inflating->ended = result == Z_STREAM_END;
	/* Z_BUF_ERROR: no more to do with this input. */
	if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
		return base_fail(error, PS_ERROR_MALFORMED, "broken compressed data");
	}
	return stream->avail_out > 0 || pass_on(inflating, BASE_LIMIT_SPOOL_MEMORY, error);
}

static bool
inflate_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Inflate *inflating = (Inflate *)sink;
	z_stream *stream = &inflating->stream;
	while (data.n > 0 && !inflating->ended) {
		size_t take = MIN(data.n, BASE_LIMIT_BLOCK);
		bool filled = true;
		stream->next_in = data.p;
		stream->avail_in = (uInt)take;
		while (!inflating->ended && (filled || stream->avail_in > 0)) {
			uint64_t passed = inflating->passed;
			if (!step(inflating, error)) {
				return false;
			}
			filled = inflating->passed > passed;
		}
		data = base_bytes(data.p + take, data.n - take);
	}
	return true;
}

static bool
inflate_finish(BaseSink *sink, GError **error)
{
	Inflate *inflating = (Inflate *)sink;
	if (!inflating->ended) {
		return base_fail(error, PS_ERROR_MALFORMED, "compressed data is cut short");
	}
	return pass_on(inflating, 0, error);
}

static void
inflate_free(BaseSink *sink)
{
	Inflate *inflating = (Inflate *)sink;
	inflateEnd(&inflating->stream);
	g_free(inflating);
}

static const BaseSinkClass inflate_class = {
	.write = inflate_write, .finish = inflate_finish, .free = inflate_free};

BaseSink *
cms_inflate_new(BaseSink *next)
{
	Inflate *inflating = g_new0(Inflate, 1);
	inflating->sink.klass = &inflate_class;
	inflating->next = next;
	inflating->stream.next_out = inflating->block;
	inflating->stream.avail_out = BLOCK;
	/* Fails only without memory, or when header and library do not match. */
	if (inflateInit(&inflating->stream) != Z_OK) {
		g_error("zlib cannot be used");
	}
	return &inflating->sink;
}
