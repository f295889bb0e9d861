/* SPDX-License-Identifier: MPL-2.0 */
#include "feed.h"
#include "mime/qp.h"

static char *
encode(BaseBytes data, MimeQpMode mode, size_t chunk)
{
	g_autoptr(BaseSink) out = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) qp = mime_qp_new_encoder(out, mode);
	feed(qp, data, chunk);
	return base_bytes_strdup(base_sink_peek_bytes(out));
}

static GBytes *
decode(BaseBytes data, size_t chunk)
{
	g_autoptr(BaseSink) out = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) qp = mime_qp_new_decoder(out);
	feed(qp, data, chunk);
	return base_sink_take_bytes(out);
}

#define X70 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	MimeQpMode mode;
	const char *data;
	const char *text;
} encodings[] = {
	{MIME_QP_TEXT, "", ""},
	{MIME_QP_TEXT, "plain", "plain"},
	{MIME_QP_TEXT, "caf\xe9 = 1\r\n", "caf=E9 =3D 1\r\n"},
	{MIME_QP_TEXT, "a\nb\r\n", "a\r\nb\r\n"},
	{MIME_QP_TEXT, "a\rb", "a=0Db"},
	{MIME_QP_TEXT, "blank \r\ntab\t\nend ", "blank=20\r\ntab=09\r\nend=20"},
	{MIME_QP_TEXT, "two  \r\n", "two =20\r\n"},
	{MIME_QP_TEXT, "From me\r\n>From\r\nFrom\r\nFromm e",
	 "=46rom me\r\n>From\r\nFrom\r\nFromm e"},
	{MIME_QP_TEXT, ".\r\n..\r\n.x\r\n.", "=2E\r\n..\r\n.x\r\n=2E"},
	{MIME_QP_TEXT, "--\r\n-x\r\n-- \r\n--b", "=2D-\r\n-x\r\n=2D-=20\r\n=2D-b"},
	{MIME_QP_TEXT, X70 "12345", X70 "12345"},
	{MIME_QP_TEXT, X70 "123456", X70 "12345=\r\n6"},
	{MIME_QP_TEXT, X70 "12345--b", X70 "12345=\r\n=2D-b"},
	{MIME_QP_TEXT, X70 "123\xe9", X70 "123=\r\n=E9"},
	{MIME_QP_TEXT, X70 "1234 \r\n", X70 "1234=\r\n=20\r\n"},
	{MIME_QP_CRLF, "a\nb\r\n\r", "a=0Ab\r\n=0D"},
	{MIME_QP_BINARY, "a\r\nb\n", "a=0D=0Ab=0A"},
	{MIME_QP_BINARY, "a \r\n", "a =0D=0A"},
	{MIME_QP_REPAIR, "=E9=20=\r\n=zz =\r\n", "=E9=20=\r\n=zz =\r\n"},
	{MIME_QP_REPAIR, "= \t\r\nx= \r\n==  ", "=\r\nx=\r\n=="},
	{MIME_QP_REPAIR, "\xe9 \r\nFrom x\r\n", "=E9=20\r\n=46rom x\r\n"},
	{MIME_QP_REPAIR,
	 "=\xe9"
	 "A",
	 "==E9A"},
};

static void
test_encode(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(encodings); i++) {
		for (guint k = 0; k < G_N_ELEMENTS(feed_chunks); k++) {
			g_autofree char *text = encode(base_bytes_str(encodings[i].data),
						       encodings[i].mode, feed_chunks[k]);
			g_assert_cmpstr(text, ==, encodings[i].text);
		}
	}
}

static const struct {
	const char *text;
	const char *data;
} decodings[] = {
	{"", ""},
	{"caf=E9=3d", "caf\xe9="},
	{"soft=\r\nbreak=\nhere= \t\r\n!", "softbreakhere!"},
	{"end=", "end"},
	{"end= ", "end"},
	{"end=4", "end=4"},
	{"=4x=x4==41", "=4x=x4=A"},
	{"blank \r\ntab\t\n end ", "blank \r\ntab\t\n end "},
	{"= x", "= x"},
	{"=\rx", "=\rx"},
	{"\xe9=E9", "\xe9\xe9"},
	/* RFC 2045 section 6.7: its own example */
	{"Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.",
	 "Now's the time for all folk to come to the aid of their country."},
};

static void
test_decode(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(decodings); i++) {
		for (guint k = 0; k < G_N_ELEMENTS(feed_chunks); k++) {
			g_autoptr(GBytes) data =
				decode(base_bytes_str(decodings[i].text), feed_chunks[k]);
			T_ASSERT_STR_BYTES(base_bytes_of(data), decodings[i].data);
		}
	}
}

/* Any octets come back; the lines are short, ASCII and without anything a relay would touch. */
static void
test_random(void)
{
	static const char soup[] = "aF \t\r\n=.-\xe9x";
	for (guint round = 0; round < 1000; round++) {
		uint8_t data[600];
		size_t n = (size_t)g_test_rand_int_range(0, sizeof data);
		for (size_t i = 0; i < n; i++) {
			bool any = g_test_rand_bit();
			data[i] = (uint8_t)(any ? g_test_rand_int_range(0, 256)
						: soup[g_test_rand_int_range(0, sizeof soup - 1)]);
		}
		g_autofree char *text = encode(base_bytes(data, n), MIME_QP_BINARY, SIZE_MAX);
		g_autofree char *pieces = encode(base_bytes(data, n), MIME_QP_BINARY, 7);
		g_assert_cmpstr(text, ==, pieces);
		g_autoptr(GBytes) back = decode(base_bytes_str(text), 1);
		t_assert_bytes(base_bytes_of(back).p, base_bytes_of(back).n, data, n);
		g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
		for (guint i = 0; lines[i] != NULL; i++) {
			size_t len = strlen(lines[i]);
			g_assert_cmpuint(len, <=, 76);
			g_assert_true(g_str_is_ascii(lines[i]));
			g_assert_false(g_str_has_prefix(lines[i], "From ") ||
				       g_str_has_prefix(lines[i], "--"));
			g_assert_true(len == 0 || !g_ascii_isspace(lines[i][len - 1]));
		}
	}
}

/* Endless blanks after "=" are not held back for ever. */
static void
test_blanks(void)
{
	g_autofree char *blanks = g_strnfill(100000, ' ');
	g_autofree char *text = g_strconcat("=", blanks, "x", NULL);
	g_autoptr(GBytes) data = decode(base_bytes_str(text), 7);
	T_ASSERT_STR_BYTES(base_bytes_of(data), text);
	g_autofree char *repaired = encode(base_bytes_str(text), MIME_QP_REPAIR, 1000);
	g_autoptr(GBytes) again = decode(base_bytes_str(repaired), SIZE_MAX);
	T_ASSERT_STR_BYTES(base_bytes_of(again), text);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/qp/encode", test_encode);
	g_test_add_func("/mime/qp/decode", test_decode);
	g_test_add_func("/mime/qp/random", test_random);
	g_test_add_func("/mime/qp/blanks", test_blanks);
	return g_test_run();
}
