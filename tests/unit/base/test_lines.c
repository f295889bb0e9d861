/* SPDX-License-Identifier: MPL-2.0 */
/* Line ends: checks and filters, by the rule and fast against plain. */
#include "base/lines.h"
#include "base/lines_kernel.h"
#include "t.h"

static const struct {
	const char *in, *crlf, *lf;
	bool canonical;
} rows[] = {
	{"", "", "", true},
	{"a", "a", "a", true},
	{"\n", "\r\n", "\n", false},
	{"\r", "\r", "\r", false},
	{"\r\n", "\r\n", "\n", true},
	{"\n\r", "\r\n\r", "\n\r", false},
	{"\r\r\n", "\r\r\n", "\r\n", false},
	{"\r\n\n", "\r\n\r\n", "\n\n", false},
	{"a\nb\r\nc\rd\n", "a\r\nb\r\nc\rd\r\n", "a\nb\nc\rd\n", false},
	{"a\r\nb\r\n", "a\r\nb\r\n", "a\nb\n", true},
	{"a\r\nb\r", "a\r\nb\r", "a\nb\r", false},
};

static GBytes *
filter(BaseSink *(*make)(BaseSink *), BaseBytes data, size_t chunk)
{
	g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) sink = make(memory);

	g_assert_true(base_sink_write(sink, base_bytes(NULL, 0), NULL));
	while (data.n > 0) {
		g_assert_true(base_sink_write(sink, base_bytes_slice(data, 0, chunk), NULL));
		data = base_bytes_slice(data, chunk, SIZE_MAX);
	}
	g_assert_true(base_sink_finish(sink, NULL));
	return base_sink_take_bytes(memory);
}

static void
test_rows(void)
{
	for (size_t i = 0; i < 3 * G_N_ELEMENTS(rows); i++) {
		BaseBytes in = base_bytes_str(rows[i / 3].in);
		size_t chunk = i % 3 == 0 ? SIZE_MAX : i % 3;
		g_autoptr(GBytes) crlf = filter(base_lines_new_crlf, in, chunk);
		g_autoptr(GBytes) lf = filter(base_lines_new_lf, in, chunk);

		T_ASSERT_STR_BYTES(base_bytes_of(crlf), rows[i / 3].crlf);
		T_ASSERT_STR_BYTES(base_bytes_of(lf), rows[i / 3].lf);
		g_assert_cmpint(base_lines_is_crlf(in), ==, rows[i / 3].canonical);
	}
}

typedef struct {
	BaseSink sink;
	const uint8_t *from, *to;
	bool outside;
} Where;

static bool
where_write(BaseSink *sink, BaseBytes data, GError **error G_GNUC_UNUSED)
{
	Where *self = (Where *)sink;

	self->outside = self->outside || data.p < self->from || data.p + data.n > self->to;
	return true;
}

static void
test_not_copied(void)
{
	static const BaseSinkClass klass = {where_write, NULL, NULL};
	g_autofree char *text = g_strnfill(100000, 'x');
	Where where = {{&klass}, (const uint8_t *)text, (const uint8_t *)text + 100000, false};
	g_autoptr(BaseSink) sink = base_lines_new_crlf(&where.sink);

	for (size_t i = 70; i < 100000; i += 72) {
		text[i - 1] = '\r';
		text[i] = '\n';
	}
	g_assert_true(base_sink_write(sink, base_bytes(text, 100000), NULL));
	g_assert_false(where.outside);
}

/* Text in which CR and LF are frequent or rare. */
static void
fill_text(uint8_t *p, size_t n, int rarity)
{
	for (size_t i = 0; i < n; i++) {
		int r = g_test_rand_int_range(0, rarity);

		p[i] = r == 0 ? '\n' : r == 1 ? '\r' : 'x';
		if (r == 2 && i > 0) {
			p[i - 1] = '\r';
			p[i] = '\n';
		}
	}
}

static GBytes *
naive_crlf(BaseBytes in)
{
	GByteArray *out = g_byte_array_new();

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '\n' && (i == 0 || in.p[i - 1] != '\r')) {
			g_byte_array_append(out, (const uint8_t *)"\r", 1);
		}
		g_byte_array_append(out, in.p + i, 1);
	}
	return g_byte_array_free_to_bytes(out);
}

static void
test_random(void)
{
	g_autofree uint8_t *text = g_malloc(40000);

	for (int i = 0; i < 1500; i++) {
		size_t n = (size_t)g_test_rand_int_range(0, i % 50 == 0 ? 40000 : 400);
		BaseBytes in = base_bytes(text, n);
		g_autoptr(GBytes) want = NULL;
		g_autoptr(GBytes) got = NULL;
		g_autoptr(GBytes) back = NULL;
		g_autoptr(GBytes) plain = NULL;

		fill_text(text, n, i % 2 == 0 ? 5 : 80);
		want = naive_crlf(in);
		got = filter(base_lines_new_crlf, in, i % 3 == 0 ? SIZE_MAX : (size_t)(i % 97 + 1));
		g_assert_true(g_bytes_equal(got, want));
		/* All line ends are CRLF now: taking the CRs off does not depend on what they were.
		 */
		back = filter(base_lines_new_lf, base_bytes_of(got), (size_t)(i % 89 + 1));
		plain = filter(base_lines_new_lf, in, SIZE_MAX);
		g_assert_true(g_bytes_equal(back, plain));
	}
}

static void
test_dashes(void)
{
	static const struct {
		const char *text;
		size_t want;
	} places[] = {
		{"", 0},         {"--", 2},     {"a\n--b", 1}, {"a\r\n--b", 2},
		{"\n-a\n--", 3}, {"abc\n", 3},  {"abc\n-", 3}, {"abc\n-x", 6},
		{"a\nb\nc", 5},  {"\n\n--", 1}, {"a\n- -", 5}, {"\n--\n--", 0},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		BaseBytes text = base_bytes_str(places[i].text);

		g_assert_cmpuint(base_lines_find_dashes(text), ==, places[i].want);
		g_assert_cmpuint(lines_kernel_plain.dashes(text), ==, places[i].want);
	}
}

/* Text in which CR, LF and dashes are everywhere. */
static void
fill_dashes(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		p[i] = (uint8_t) "\n--xxxxx"[g_test_rand_int_range(0, 8)];
	}
}

static void
test_kernels(void)
{
	const LinesKernel *fast = lines_kernel_avx2();
	uint8_t text[200];

	if (fast == NULL) {
		g_test_skip("this processor has no AVX2");
		return;
	}
	for (int i = 0; i < 40000; i++) {
		BaseBytes in = base_bytes(text, (size_t)g_test_rand_int_range(0, sizeof text + 1));
		bool after_cr = i % 2 == 0;

		fill_text(text, sizeof text, i % 3 == 0 ? 4 : 200);
		g_assert_cmpuint(fast->bare_lf(in, after_cr), ==,
				 lines_kernel_plain.bare_lf(in, after_cr));
		g_assert_cmpint(fast->is_crlf(in), ==, lines_kernel_plain.is_crlf(in));
		fill_dashes(text, sizeof text);
		memset(text, 'x', (size_t)i % sizeof text);
		g_assert_cmpuint(fast->dashes(in), ==, lines_kernel_plain.dashes(in));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/lines/rows", test_rows);
	g_test_add_func("/lines/not-copied", test_not_copied);
	g_test_add_func("/lines/random", test_random);
	g_test_add_func("/lines/dashes", test_dashes);
	g_test_add_func("/lines/kernels", test_kernels);
	return g_test_run();
}
