/* SPDX-License-Identifier: MPL-2.0 */
/* Dots and line ends of the message (RFC 5321 sections 4.1.1.4, 4.5.2), and what smugglers try. */
#include "smtp/data.h"
#include "t.h"

#define LIMIT 40U

static const struct {
	const char *in;
	const char *out;  /* NULL: not at its end yet, or not good */
	const char *rest; /* what is left after the end; NULL: no end */
	SmtpDataFault fault;
} rows[] = {
	{".\r\n", "", "", SMTP_DATA_GOOD},
	{"a\r\n.\r\n", "a\r\n", "", SMTP_DATA_GOOD},
	{"a\r\n.\r\nQUIT\r\n", "a\r\n", "QUIT\r\n", SMTP_DATA_GOOD},
	{"..\r\n.\r\n", ".\r\n", "", SMTP_DATA_GOOD},
	{"...a\r\n.\r\n", "..a\r\n", "", SMTP_DATA_GOOD},
	{".a\r\n.\r\n", "a\r\n", "", SMTP_DATA_GOOD},
	{"a.\r\nb.c\r\n.\r\n", "a.\r\nb.c\r\n", "", SMTP_DATA_GOOD},
	{"\r\n\r\n.\r\n", "\r\n\r\n", "", SMTP_DATA_GOOD},
	{"a\r\n.", NULL, NULL, SMTP_DATA_GOOD},
	{"a\r\n.\r", NULL, NULL, SMTP_DATA_GOOD},
	{"a.\r\n", NULL, NULL, SMTP_DATA_GOOD},
	{"a\n.\nb\r\n.\r\n", NULL, "", SMTP_DATA_BARE},
	{"a\n.\r\nb\r\n.\r\n", NULL, "", SMTP_DATA_BARE},
	{"a\r\n.\nb\r\n.\r\n", NULL, "", SMTP_DATA_BARE},
	{"a\r.\rb\r\n.\r\n", NULL, "", SMTP_DATA_BARE},
	{"a\r\n.\rb\r\n.\r\n", NULL, "", SMTP_DATA_BARE},
	{"a\r\n.\r.\r\nb\r\n.\r\n", NULL, "", SMTP_DATA_BARE},
	{"a\r\r\n.\r\nb", NULL, "b", SMTP_DATA_BARE},
	{"a\r\n\n.\r\nb\r\n.\r\n", NULL, "", SMTP_DATA_BARE},
	{"a\n\r\n.\r\n", "a\r\n\r\n", "", SMTP_DATA_GOOD},
	{"a\nb\n\r\n.\r\n", "a\r\nb\r\n\r\n", "", SMTP_DATA_GOOD},
	{"a\n..b\n.c\n...\r\n.\r\n", "a\r\n.b\r\n.c\r\n..\r\n", "", SMTP_DATA_GOOD},
	{"a\r\n.b\n..\n\r\n.\r\n", "a\r\nb\r\n.\r\n\r\n", "", SMTP_DATA_GOOD},
	{"\n.\r\n\r\n.\r\n", NULL, "", SMTP_DATA_BARE},
	{"0123456789012345678901234567890123456\r\n.\r\n",
	 "0123456789012345678901234567890123456\r\n", "", SMTP_DATA_GOOD},
	{"012345678901234567890123456789012345678\r\n.\r\nb", NULL, "b", SMTP_DATA_LONG},
};

/* Feeds up to the end; how many octets of @in that took, SIZE_MAX if there is none. */
static size_t
feed(SmtpData *data, BaseBytes in, size_t chunk)
{
	SmtpDataState state = SMTP_DATA_MORE;
	size_t at = 0;
	while (at < in.n && state == SMTP_DATA_MORE) {
		size_t used = 0;
		BaseBytes piece = base_bytes_slice(in, at, chunk);
		g_assert_true(smtp_data_feed(data, piece, &used, &state, NULL));
		g_assert_true(used == piece.n || state == SMTP_DATA_END);
		at += used;
	}
	return state == SMTP_DATA_END ? at : SIZE_MAX;
}

static void
test_rows(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows) * 3; i++) {
		size_t row = i / 3;
		BaseBytes in = base_bytes_str(rows[row].in);
		g_autoptr(BaseSink) out = base_sink_new_memory(SIZE_MAX);
		g_autoptr(SmtpData) data = smtp_data_new(out, LIMIT);
		size_t end = feed(data, in, i % 3 == 0 ? SIZE_MAX : i % 3);
		g_assert_cmpint(smtp_data_fault(data), ==, rows[row].fault);
		g_assert_cmpint(end == SIZE_MAX, ==, rows[row].rest == NULL);
		if (rows[row].rest != NULL) {
			g_assert_cmpstr(rows[row].in + end, ==, rows[row].rest);
		}
		if (rows[row].out != NULL) {
			T_ASSERT_STR_BYTES(base_sink_peek_bytes(out), rows[row].out);
		}
	}
}

static GBytes *
stuff(BaseBytes in, size_t chunk)
{
	g_autoptr(BaseSink) out = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) stuffer = smtp_data_new_stuffer(out);
	for (size_t at = 0; at < in.n; at += chunk) {
		g_assert_true(base_sink_write(stuffer, base_bytes_slice(in, at, chunk), NULL));
	}
	g_assert_true(base_sink_finish(stuffer, NULL));
	return base_sink_take_bytes(out);
}

static void
test_stuff(void)
{
	static const struct {
		const char *in, *out;
	} messages[] = {
		{"", ".\r\n"},
		{"a", "a\r\n.\r\n"},
		{"a\r\n", "a\r\n.\r\n"},
		{".", "..\r\n.\r\n"},
		{".\r\n", "..\r\n.\r\n"},
		{"a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n"},
		{"..\r\n\r\n.b", "...\r\n\r\n..b\r\n.\r\n"},
		{"a.b\r\n", "a.b\r\n.\r\n"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(messages) * 3; i++) {
		BaseBytes in = base_bytes_str(messages[i / 3].in);
		g_autoptr(GBytes) out = stuff(in, i % 3 == 0 ? in.n + 1 : i % 3);
		T_ASSERT_STR_BYTES(base_bytes_of(out), messages[i / 3].out);
	}
}

/* What is stuffed comes back as it was. */
static void
test_back(void)
{
	static const char letters[] = {'.', 'a', '\r'};
	for (guint number = 0; number < 6561; number++) { /* all of 8 out of ".", "a", CRLF */
		g_autoptr(GString) text = g_string_new(NULL);
		for (guint rest = number, i = 0; i < 8; i++, rest /= 3) {
			g_string_append_c(text, letters[rest % 3]);
			if (rest % 3 == 2) {
				g_string_append_c(text, '\n');
			}
		}
		g_string_append(text, "\r\n");
		g_autoptr(GBytes) wire = stuff(base_bytes(text->str, text->len), 3);
		g_autoptr(BaseSink) out = base_sink_new_memory(SIZE_MAX);
		g_autoptr(SmtpData) data = smtp_data_new(out, LIMIT);
		g_assert_cmpuint(feed(data, base_bytes_of(wire), 5), ==, g_bytes_get_size(wire));
		T_ASSERT_STR_BYTES(base_sink_peek_bytes(out), text->str);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/smtp/data/rows", test_rows);
	g_test_add_func("/smtp/data/stuff", test_stuff);
	g_test_add_func("/smtp/data/back", test_back);
	return g_test_run();
}
