/* SPDX-License-Identifier: MPL-2.0 */
/* Headers, and what TOP shows. */
#include "pop3/top.h"
#include "t.h"

static void
test_header_end(void)
{
	static const struct {
		const char *message;
		size_t end;
	} cases[] = {
		{"A: b\r\n\r\nbody", 8},  {"A: b\r\nC: d\r\n\r\n", 14},
		{"\r\nbody", 2},          {"\nbody", 1},
		{"A: b\n\nbody", 6},      {"A: b\r\n\nbody", 7},
		{"", SIZE_MAX},           {"A: b\r\n", SIZE_MAX},
		{"A: b\r\n\r", SIZE_MAX}, {"A: b", SIZE_MAX},
		{"\r", SIZE_MAX},         {"A: b\r\r\nx", SIZE_MAX},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		BaseBytes message = base_bytes_str(cases[i].message);
		size_t end = SIZE_MAX;

		g_test_message("%u", i);
		g_assert_cmpuint(pop3_header_end(message, 0), ==, cases[i].end);
		for (size_t n = 1; n <= message.n && end == SIZE_MAX; n++) {
			end = pop3_header_end(base_bytes_slice(message, 0, n), n - 1);
		}
		g_assert_cmpuint(end, ==, cases[i].end);
	}
}

static void
test_top(void)
{
	static const char message[] = "A: b\r\n c\r\n\r\none\r\n\r\nthree\r\nfour";

	static const struct {
		const char *message;
		guint32 lines;
		const char *shown;
	} cases[] = {
		{message, 0, "A: b\r\n c\r\n\r\n"},
		{message, 1, "A: b\r\n c\r\n\r\none\r\n"},
		{message, 2, "A: b\r\n c\r\n\r\none\r\n\r\n"},
		{message, 3, "A: b\r\n c\r\n\r\none\r\n\r\nthree\r\n"},
		{message, 4, message},
		{message, G_MAXUINT32, message},
		{"A: b\r\n", 3, "A: b\r\n"},
		{"\r\nbody\r\n", 0, "\r\n"},
		{"\r\nbody\r\nmore\r\n", 1, "\r\nbody\r\n"},
		{"A: b\n\nx\ny\n", 1, "A: b\n\nx\n"},
		{"A: b\r\n\r\r\nC: d\r\n\r\nx", 0, "A: b\r\n\r\r\nC: d\r\n\r\n"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		BaseBytes all = base_bytes_str(cases[i].message);

		for (size_t chunk = 1; chunk <= all.n; chunk++) {
			g_autoptr(BaseSink) memory = base_sink_new_memory(100);
			g_autoptr(BaseSink) top = pop3_new_top(memory, cases[i].lines);

			for (size_t at = 0; at < all.n; at += chunk) {
				g_assert_true(base_sink_write(top, base_bytes_slice(all, at, chunk),
							      NULL));
			}
			g_assert_true(base_sink_finish(top, NULL));
			T_ASSERT_STR_BYTES(base_sink_peek_bytes(memory), cases[i].shown);
		}
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pop3/top/header-end", test_header_end);
	g_test_add_func("/pop3/top/top", test_top);
	return g_test_run();
}
