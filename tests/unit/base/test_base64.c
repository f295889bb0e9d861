/* SPDX-License-Identifier: MPL-2.0 */
/* Base64: the RFC's vectors, hostile text, and the fast inner loops against the plain ones. */
#include "base/base64.h"
#include "base/base64_kernel.h"
#include "t.h"

/* RFC 4648 section 10. */
static const struct {
	const char *data, *text;
} vectors[] = {
	{"", ""},
	{"f", "Zg=="},
	{"fo", "Zm8="},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg=="},
	{"fooba", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy"},
};

static void
test_vectors(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
		g_autofree char *text = base64_encode_string(base_bytes_str(vectors[i].data));
		g_autoptr(GBytes) data = base64_decode_bytes(base_bytes_str(vectors[i].text), true);

		g_assert_cmpstr(text, ==, vectors[i].text);
		g_assert_cmpuint(strlen(text), ==, BASE64_LENGTH(strlen(vectors[i].data)));
		T_ASSERT_STR_BYTES(base_bytes_of(data), vectors[i].data);
	}
}

/* Each of the 64 characters, in the order of RFC 4648 table 1, is its own number. */
static void
test_alphabet(void)
{
	static const char text[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t want[48], got[51];
	size_t n = 0;

	for (uint32_t i = 0; i < 16; i++) {
		uint32_t first = i * 4;
		uint32_t bits = first << 18 | (first + 1) << 12 | (first + 2) << 6 | (first + 3);

		want[i * 3] = (uint8_t)(bits >> 16);
		want[i * 3 + 1] = (uint8_t)(bits >> 8);
		want[i * 3 + 2] = (uint8_t)bits;
	}
	g_assert_true(base64_decode(base_bytes_str(text), true, got, &n));
	t_assert_bytes(got, n, want, sizeof want);
}

static void
test_decode_text(void)
{
	static const struct {
		const char *text, *strict, *lenient; /* NULL: refused */
	} rows[] = {
		{" Zm 9v\r\nYm\tFy\n", "foobar", "foobar"},
		{"Zm9v!YmFy", NULL, "foobar"},
		{"Z-m9vYmFy", NULL, "foobar"},
		{"Zm8=Zm9v", NULL, "fo"},
		{"Zm8= \r\n", "fo", "fo"},
		{"Zg= =", "f", "f"},
		{"Zg=", NULL, "f"},
		{"Zg", NULL, "f"},
		{"Z", NULL, ""},
		{"Z===", NULL, ""},
		{"====", NULL, ""},
		{"Zm9v=", NULL, "foo"},
		{"Zm9vYg===", NULL, "foob"},
		{"Zh==", NULL, "f"},
		{"Zm9=", NULL, "fo"},
		{"\xffZm9v", NULL, "foo"},
		{"", "", ""},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		BaseBytes text = base_bytes_str(rows[i].text);
		g_autoptr(GBytes) strict = base64_decode_bytes(text, true);
		g_autoptr(GBytes) lenient = base64_decode_bytes(text, false);

		g_test_message("row %" G_GSIZE_FORMAT, i);
		g_assert_true((strict == NULL) == (rows[i].strict == NULL));
		if (strict != NULL) {
			T_ASSERT_STR_BYTES(base_bytes_of(strict), rows[i].strict);
		}
		T_ASSERT_STR_BYTES(base_bytes_of(lenient), rows[i].lenient);
	}
	g_assert_null(base64_decode_bytes(BASE_LIT("Zm9\0v"), true));
}

static void
feed(BaseSink *sink, BaseBytes data, size_t chunk)
{
	g_assert_true(base_sink_write(sink, base_bytes(NULL, 0), NULL));
	while (data.n > 0) {
		g_assert_true(base_sink_write(sink, base_bytes_slice(data, 0, chunk), NULL));
		data = base_bytes_slice(data, chunk, SIZE_MAX);
	}
	g_assert_true(base_sink_finish(sink, NULL));
}

static GBytes *
encode_lines(BaseBytes data, bool crlf, size_t chunk)
{
	g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) encoder = base64_new_encoder(memory, crlf);

	feed(encoder, data, chunk);
	return base_sink_take_bytes(memory);
}

static GBytes *
decode_lines(BaseBytes text, size_t chunk)
{
	g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) decoder = base64_new_decoder(memory);

	feed(decoder, text, chunk);
	return base_sink_take_bytes(memory);
}

/* Lines by the rule alone, as a check on the encoder. */
static GBytes *
expected_lines(BaseBytes data, const char *end)
{
	g_autofree char *text = g_base64_encode(data.p, data.n);
	GString *out = g_string_new(NULL);

	for (size_t i = 0; data.n > 0 && text[i] != '\0'; i++) {
		g_string_append_c(out, text[i]);
		if (i % 64 == 63 || text[i + 1] == '\0') {
			g_string_append(out, end);
		}
	}
	return g_string_free_to_bytes(out);
}

static void
fill_random(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		p[i] = (uint8_t)g_test_rand_int_range(0, 256);
	}
}

static void
test_lines(void)
{
	static const size_t sizes[] = {0,  1,  2,   3,    47,    48,    49,    95,   96,
				       97, 99, 144, 1000, 11903, 11904, 11905, 30000};
	static const size_t chunks[] = {1, 7, 48, 1000, SIZE_MAX};
	g_autofree uint8_t *data = g_malloc(30000);

	fill_random(data, 30000);
	for (size_t i = 0; i < G_N_ELEMENTS(sizes) * G_N_ELEMENTS(chunks) * 2; i++) {
		BaseBytes in = base_bytes(data, sizes[i / 2 % G_N_ELEMENTS(sizes)]);
		size_t chunk = chunks[i / 2 / G_N_ELEMENTS(sizes)];
		g_autoptr(GBytes) want = expected_lines(in, i % 2 == 0 ? "\r\n" : "\n");
		g_autoptr(GBytes) text = encode_lines(in, i % 2 == 0, chunk);
		g_autoptr(GBytes) back = decode_lines(base_bytes_of(text), chunk);

		g_assert_true(g_bytes_equal(text, want));
		g_assert_true(base_bytes_equal(base_bytes_of(back), in));
	}
}

static void
test_decoder_stops(void)
{
	static const size_t chunks[] = {1, 3, SIZE_MAX};

	for (size_t i = 0; i < G_N_ELEMENTS(chunks); i++) {
		g_autoptr(GBytes) got =
			decode_lines(BASE_LIT("--Zm9v\x80YmFy\r\nZg=\r\n=\r\nZm9v"), chunks[i]);

		T_ASSERT_STR_BYTES(base_bytes_of(got), "foobarf");
	}
}

static bool
refuse(BaseSink *sink G_GNUC_UNUSED, BaseBytes data G_GNUC_UNUSED, GError **error)
{
	g_set_error_literal(error, g_quark_from_static_string("t"), 1, "refused");
	return false;
}

static void
test_next_fails(void)
{
	static const BaseSinkClass klass = {refuse, NULL, NULL};
	BaseSink refusing = {&klass};
	g_autoptr(BaseSink) encoder = base64_new_encoder(&refusing, true);
	g_autoptr(BaseSink) decoder = base64_new_decoder(&refusing);
	g_autoptr(GError) first = NULL;
	g_autoptr(GError) second = NULL;

	g_assert_true(base_sink_write_str(encoder, "x", NULL));
	g_assert_false(base_sink_finish(encoder, &first));
	g_assert_nonnull(first);
	g_assert_false(base_sink_write_str(decoder, "Zm9v", &second));
	g_assert_nonnull(second);
}

/* Text in lines of @columns, with some junk in it if @junk. */
static GByteArray *
random_text(size_t n, size_t columns, const char *end, bool junk)
{
	static const char odd[] = "=-_ \t\r\n\x80\xff!";
	GByteArray *text = g_byte_array_new();
	g_autofree uint8_t *data = g_malloc(n + 1);
	g_autofree char *plain = NULL;
	size_t column = 0;

	fill_random(data, n);
	plain = g_base64_encode(data, n);
	for (size_t i = 0; plain[i] != '\0'; i++) {
		if (junk && g_test_rand_int_range(0, 200) == 0) {
			int at = g_test_rand_int_range(0, (int)sizeof odd - 1);

			g_byte_array_append(text, (const uint8_t *)odd + at, 1);
		}
		g_byte_array_append(text, (const uint8_t *)plain + i, 1);
		if (++column == columns) {
			g_byte_array_append(text, (const uint8_t *)end, (guint)strlen(end));
			column = 0;
		}
	}
	return text;
}

typedef struct {
	GBytes *stream;
	uint8_t *whole;
	size_t n;
	bool strict;
} Decoded;

static Decoded
decode_with(const Base64Kernel *kernel, BaseBytes text, size_t chunk)
{
	Decoded d = {0};
	size_t ignored = 0;

	base64_kernel_force(kernel);
	d.stream = decode_lines(text, chunk);
	/* Exactly the room that was promised, so that a sanitizer sees one octet too many. */
	d.whole = g_malloc(text.n / 4 * 3 + 3);
	d.strict = base64_decode(text, true, d.whole, &ignored);
	g_assert_true(base64_decode(text, false, d.whole, &d.n));
	base64_kernel_force(NULL);
	return d;
}

static void
decoded_clear(Decoded *d)
{
	g_bytes_unref(d->stream);
	g_free(d->whole);
}

static void
test_decode_kernels(void)
{
	static const size_t columns[] = {64, 76, 64, 76, 60, 72, 4, 1, 77, 100000};

	if (base64_kernel_avx2() == NULL) {
		g_test_skip("this processor has no AVX2");
		return;
	}
	for (int i = 0; i < 3000; i++) {
		size_t n = (size_t)g_test_rand_int_range(0, i % 50 == 0 ? 40000 : 700);
		size_t chunk = i % 3 == 0 ? SIZE_MAX : (size_t)g_test_rand_int_range(1, 300);
		g_autoptr(GByteArray) text =
			random_text(n, columns[(size_t)i % G_N_ELEMENTS(columns)],
				    i % 2 == 0 ? "\r\n" : "\n", i % 4 == 0);
		Decoded fast = decode_with(base64_kernel_avx2(), base_bytes_of_array(text), chunk);
		Decoded plain =
			decode_with(&base64_kernel_table, base_bytes_of_array(text), SIZE_MAX);

		g_assert_true(g_bytes_equal(fast.stream, plain.stream));
		t_assert_bytes(fast.whole, fast.n, plain.whole, plain.n);
		g_assert_true(base_bytes_equal(base_bytes_of(fast.stream),
					       base_bytes(plain.whole, plain.n)));
		g_assert_cmpint(fast.strict, ==, plain.strict);
		decoded_clear(&fast);
		decoded_clear(&plain);
	}
}

/* Each octet at each place of a vector is taken or refused as the table says. */
static void
test_decode_every_octet(void)
{
	const Base64Kernel *fast = base64_kernel_avx2();
	uint8_t text[100], want[80], got[80];

	if (fast == NULL) {
		g_test_skip("this processor has no AVX2");
		return;
	}
	for (size_t i = 0; i < 256 * sizeof text; i++) {
		BaseBytes in = base_bytes(text, sizeof text);
		Base64Run a, b;

		memset(text, 'A', sizeof text);
		text[i / 256] = (uint8_t)i;
		a = fast->decode(in, got);
		b = base64_kernel_table.decode(in, want);
		/* A line end is the one thing that a fast loop may pass and the other not. */
		if ((i & 255) != '\n' || a.taken < 64) {
			g_assert_cmpuint(a.taken, ==, b.taken);
			t_assert_bytes(got, a.given, want, b.given);
		}
	}
}

static void
test_encode_kernels(void)
{
	const Base64Kernel *fast = base64_kernel_avx2();

	if (fast == NULL) {
		g_test_skip("this processor has no AVX2");
		return;
	}
	for (int i = 0; i < 2000; i++) {
		size_t n = (size_t)g_test_rand_int_range(0, 800);
		g_autofree uint8_t *data = g_malloc(n);
		g_autofree char *a = NULL, *b = NULL;
		g_autoptr(GBytes) lines_a = NULL;
		g_autoptr(GBytes) lines_b = NULL;

		fill_random(data, n);
		base64_kernel_force(fast);
		a = base64_encode_string(base_bytes(data, n));
		lines_a = encode_lines(base_bytes(data, n), i % 2 == 0, SIZE_MAX);
		base64_kernel_force(&base64_kernel_table);
		b = base64_encode_string(base_bytes(data, n));
		lines_b = encode_lines(base_bytes(data, n), i % 2 == 0, 31);
		base64_kernel_force(NULL);
		g_assert_cmpstr(a, ==, b);
		g_assert_true(g_bytes_equal(lines_a, lines_b));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/base64/vectors", test_vectors);
	g_test_add_func("/base64/alphabet", test_alphabet);
	g_test_add_func("/base64/decode-text", test_decode_text);
	g_test_add_func("/base64/lines", test_lines);
	g_test_add_func("/base64/decoder-stops", test_decoder_stops);
	g_test_add_func("/base64/next-fails", test_next_fails);
	g_test_add_func("/base64/decode-kernels", test_decode_kernels);
	g_test_add_func("/base64/decode-every-octet", test_decode_every_octet);
	g_test_add_func("/base64/encode-kernels", test_encode_kernels);
	return g_test_run();
}
