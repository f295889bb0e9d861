/* SPDX-License-Identifier: MPL-2.0 */
/* Inflating: right data whole and in pieces, broken data, bombs. */
#include "cms/compress.h"

#include <zlib.h>

#include "base/error.h"
#include "base/limits.h"
#include "t.h"

static GBytes *
deflate_all(const guint8 *data, gsize n)
{
	uLongf length = compressBound(n);
	guint8 *out = g_malloc(length);
	g_assert_cmpint(compress2(out, &length, data, n, 9), ==, Z_OK);
	return g_bytes_new_take(out, length);
}

/* Letters that compress, but not a hundred times. */
static guint8 *
letters(gsize n)
{
	guint8 *data = g_malloc(n + 1);
	guint32 state = 1;
	for (gsize i = 0; i < n; i++) {
		state = state * 1103515245U + 12345U;
		data[i] = (guint8)('a' + (state >> 16) % 7);
	}
	return data;
}

static bool
inflate_in_chunks(BaseBytes data, size_t chunk, BaseSink *out, GError **error)
{
	g_autoptr(BaseSink) sink = cms_inflate_new(out);
	for (size_t at = 0; at < data.n; at += chunk) {
		if (!base_sink_write(sink, base_bytes_slice(data, at, chunk), error)) {
			return false;
		}
	}
	return base_sink_finish(sink, error);
}

static void
inflates_whole_and_in_pieces(void)
{
	static const gsize sizes[] = {0, 1, 1000, 32767, 32768, 32769, 65536, 300000};
	static const size_t chunks[] = {SIZE_MAX / 2, 1, 4093};
	for (size_t i = 0; i < G_N_ELEMENTS(sizes) * G_N_ELEMENTS(chunks); i++) {
		gsize n = sizes[i / G_N_ELEMENTS(chunks)];
		g_autofree guint8 *data = letters(n);
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) deflated = deflate_all(data, n);
		g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
		g_assert_true(inflate_in_chunks(base_bytes_of(deflated),
						chunks[i % G_N_ELEMENTS(chunks)], memory, &error));
		g_assert_no_error(error);
		BaseBytes got = base_sink_peek_bytes(memory);
		t_assert_bytes(got.p, got.n, data, n);
	}
}

static void
ignores_what_follows(void)
{
	g_autofree guint8 *data = letters(500);
	g_autoptr(GBytes) deflated = deflate_all(data, 500);
	g_autoptr(GByteArray) more = g_byte_array_new();
	g_byte_array_append(more, g_bytes_get_data(deflated, NULL),
			    (guint)g_bytes_get_size(deflated));
	g_byte_array_append(more, (const guint8 *)"junk", 4);
	g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
	g_assert_true(inflate_in_chunks(base_bytes_of_array(more), 3, memory, NULL));
	BaseBytes got = base_sink_peek_bytes(memory);
	t_assert_bytes(got.p, got.n, data, 500);
}

static void
refuses_bombs(void)
{
	static const gsize sizes[] = {20000, 900000, 50000000};
	static const size_t chunks[] = {SIZE_MAX / 2, 1};
	for (size_t i = 0; i < G_N_ELEMENTS(sizes) * G_N_ELEMENTS(chunks); i++) {
		gsize n = sizes[i / G_N_ELEMENTS(chunks)];
		g_autofree guint8 *zeros = g_malloc0(n);
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) deflated = deflate_all(zeros, n);
		g_autoptr(BaseSink) count = base_sink_new_count(NULL);
		g_assert_false(
			inflate_in_chunks(base_bytes_of(deflated), chunks[i % 2], count, &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
		/* Stopped early, not at the end. */
		g_assert_cmpuint(base_sink_count(count), <=,
				 BASE_LIMIT_SPOOL_MEMORY + BASE_LIMIT_COMPRESSION * 16384);
	}
}

static void
refuses_broken_data(void)
{
	g_autofree guint8 *data = letters(1000);
	g_autoptr(GBytes) deflated = deflate_all(data, 1000);
	BaseBytes all = base_bytes_of(deflated);
	for (size_t n = 0; n < all.n; n++) {
		g_autoptr(GError) error = NULL;
		g_assert_false(inflate_in_chunks(base_bytes_slice(all, 0, n), 7, base_sink_null(),
						 &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
	}
	g_autofree guint8 *copy = g_memdup2(all.p, all.n);
	copy[all.n - 1] ^= 1; /* Adler-32 */
	g_autoptr(GError) error = NULL;
	g_assert_false(inflate_in_chunks(base_bytes(copy, all.n), 7, base_sink_null(), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
	g_clear_error(&error);
	g_assert_false(inflate_in_chunks(BASE_LIT("plain text"), 7, base_sink_null(), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/compress/inflates", inflates_whole_and_in_pieces);
	g_test_add_func("/compress/ignores-rest", ignores_what_follows);
	g_test_add_func("/compress/bombs", refuses_bombs);
	g_test_add_func("/compress/broken", refuses_broken_data);
	return g_test_run();
}
