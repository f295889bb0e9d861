/* SPDX-License-Identifier: MPL-2.0 */
/* Lines, in any pieces. */
#include "base/error.h"
#include "pop3/line.h"
#include "t.h"

static void
test_feed(void)
{
	static const struct {
		const char *data;
		const char *line;
		const char *after;
	} cases[] = {
		{"STAT\r\nLIST\r\n", "STAT", "LIST\r\n"},
		{"STAT\n", "STAT", ""},
		{"\r\n", "", ""},
		{"\n\n", "", "\n"},
		{"a\rb\r\n", "a\rb", ""},
		{"a\r\r\n", "a\r", ""},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		BaseBytes data = base_bytes_str(cases[i].data);

		for (size_t chunk = 1; chunk <= data.n; chunk++) {
			g_autoptr(GByteArray) line = g_byte_array_new();
			Pop3LineState state = POP3_LINE_MORE;
			size_t at = 0;

			while (state == POP3_LINE_MORE) {
				size_t used = 0;

				g_assert_cmpuint(at, <, data.n);
				state = pop3_line_feed(line, base_bytes_slice(data, at, chunk), 20,
						       &used);
				at += used;
			}
			g_assert_cmpint(state, ==, POP3_LINE_DONE);
			T_ASSERT_STR_BYTES(base_bytes_of_array(line), cases[i].line);
			T_ASSERT_STR_BYTES(base_bytes_slice(data, at, SIZE_MAX), cases[i].after);
		}
	}
}

static void
test_long(void)
{
	g_autoptr(GByteArray) line = g_byte_array_new();
	size_t used = 0;

	g_assert_cmpint(pop3_line_feed(line, BASE_LIT("abc"), 5, &used), ==, POP3_LINE_MORE);
	g_assert_cmpint(pop3_line_feed(line, BASE_LIT(""), 5, &used), ==, POP3_LINE_MORE);
	g_assert_cmpint(pop3_line_feed(line, BASE_LIT("\r\n"), 5, &used), ==, POP3_LINE_DONE);
	T_ASSERT_STR_BYTES(base_bytes_of_array(line), "abc");
	g_assert_cmpint(pop3_line_feed(line, BASE_LIT("de\r\n"), 5, &used), ==, POP3_LINE_LONG);
	g_assert_cmpint(pop3_line_feed(line, BASE_LIT("defghi"), 5, &used), ==, POP3_LINE_LONG);
	T_ASSERT_STR_BYTES(base_bytes_of_array(line), "abc");
}

static bool
on_line(BaseBytes line, gpointer user, GError **error G_GNUC_UNUSED)
{
	g_string_append_len(user, (const char *)line.p, (gssize)line.n);
	g_string_append_c(user, '|');
	return true;
}

static bool
on_line_fails(BaseBytes line G_GNUC_UNUSED, gpointer user G_GNUC_UNUSED, GError **error)
{
	return base_fail(error, PS_ERROR_IO, "no");
}

static void
test_lines(void)
{
	static const char data[] = "one\r\ntwo\n\r\nlong enough to be cut\r\nlast";

	for (size_t chunk = 1; chunk <= strlen(data); chunk++) {
		g_autoptr(GString) seen = g_string_new(NULL);
		g_autoptr(BaseSink) lines = pop3_new_lines(on_line, seen, 8);

		for (size_t at = 0; at < strlen(data); at += chunk) {
			g_assert_true(base_sink_write(
				lines, base_bytes_slice(base_bytes_str(data), at, chunk), NULL));
		}
		g_assert_true(base_sink_finish(lines, NULL));
		g_assert_cmpstr(seen->str, ==, "one|two||long eno|last|");
	}
}

static void
test_lines_fail(void)
{
	g_autoptr(BaseSink) lines = pop3_new_lines(on_line_fails, NULL, 8);
	g_autoptr(GError) error = NULL;

	g_assert_true(base_sink_write_str(lines, "a", NULL));
	g_assert_false(base_sink_write_str(lines, "\n", &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_IO);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pop3/line/feed", test_feed);
	g_test_add_func("/pop3/line/long", test_long);
	g_test_add_func("/pop3/line/lines", test_lines);
	g_test_add_func("/pop3/line/lines-fail", test_lines_fail);
	return g_test_run();
}
