/* SPDX-License-Identifier: MPL-2.0 */
/* Multi-line responses, read and written, whole and octet by octet. */
#include "t.h"
#include "base/error.h"
#include "pop3/dot.h"

static const struct {
	const char *wire;
	const char *content;
	const char *after; /* what the response leaves alone */
} responses[] = {
	{".\r\n", "", ""},
	{".\r\n+OK\r\n", "", "+OK\r\n"},
	{"a\r\n.\r\n+OK\r\n", "a\r\n", "+OK\r\n"},
	{"a\r\nb\r\n.\r\n.\r\n", "a\r\nb\r\n", ".\r\n"},
	{"..\r\n.\r\n", ".\r\n", ""},
	{"...\r\n.\r\n", "..\r\n", ""},
	{"..a\r\n..b\r\n.\r\n", ".a\r\n.b\r\n", ""},
	{"a.\r\n.\r\n", "a.\r\n", ""},
	{"\r\n\r\n.\r\n", "\r\n\r\n", ""},
	/* a dot that nobody doubled is taken off all the same (RFC 1939 section 3) */
	{".a\r\n.\r\n", "a\r\n", ""},
	/* only CRLF ends a line */
	{"a\n.\n.\r\n\r\n.\r\n", "a\n.\n.\r\n\r\n", ""},
	{"a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n", ""},
	{"a\r.\r\n.\r\n", "a\r.\r\n", ""},
	{"a\r\r\n.\r\n", "a\r\r\n", ""},
	{".\n.\r\n\r\n.\r\n", "\n.\r\n\r\n", ""},
	{".\rx\r\n.\r\n", "\rx\r\n", ""},
	{".\r\r\n.\r\n", "\r\r\n", ""},
	{".\r.\r\n.\r\n", "\r.\r\n", ""},
};

static void
check_undot(guint i, size_t chunk)
{
	g_autoptr(BaseSink) out = base_sink_new_memory(1000);
	BaseBytes wire = base_bytes_str(responses[i].wire);
	Pop3Undot undot = {0};
	bool end = false;
	size_t at = 0;

	g_test_message("response %u by %" G_GSIZE_FORMAT, i, chunk);
	while (at < wire.n && !end) {
		BaseBytes piece = base_bytes_slice(wire, at, chunk);
		size_t used = SIZE_MAX;

		g_assert_true(pop3_undot(&undot, piece, out, &used, &end, NULL));
		g_assert_true(end ? used <= piece.n : used == piece.n);
		at += used;
	}
	g_assert_true(end);
	T_ASSERT_STR_BYTES(base_sink_peek_bytes(out), responses[i].content);
	T_ASSERT_STR_BYTES(base_bytes_slice(wire, at, SIZE_MAX), responses[i].after);
}

static void
test_undot(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(responses); i++) {
		for (size_t chunk = 1; chunk <= strlen(responses[i].wire); chunk++) {
			check_undot(i, chunk);
		}
	}
}

static void
test_unended(void)
{
	static const char *const pieces[] = {"", ".", ".\r", "a\r\n.", "a\r\n.\r", "a\r\n..\r\n"};

	for (guint i = 0; i < G_N_ELEMENTS(pieces); i++) {
		Pop3Undot undot = {0};
		bool end = true;
		size_t used = 0;

		g_assert_true(pop3_undot(&undot, base_bytes_str(pieces[i]), base_sink_null(), &used,
					 &end, NULL));
		g_assert_false(end);
		g_assert_cmpuint(used, ==, strlen(pieces[i]));
	}
}

static void
test_full(void)
{
	g_autoptr(BaseSink) out = base_sink_new_memory(2);
	g_autoptr(GError) error = NULL;
	Pop3Undot undot = {0};
	bool end = false;
	size_t used = 0;

	g_assert_false(pop3_undot(&undot, BASE_LIT("abc\r\n"), out, &used, &end, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
}

static const struct {
	const char *content;
	const char *wire;
} contents[] = {
	{"", ".\r\n"},
	{"a\r\n", "a\r\n.\r\n"},
	{"a", "a\r\n.\r\n"},
	{".\r\n", "..\r\n.\r\n"},
	{".", "..\r\n.\r\n"},
	{"..\r\n", "...\r\n.\r\n"},
	{"a\r\n.b\r\n\r\n.\r\n", "a\r\n..b\r\n\r\n..\r\n.\r\n"},
	{"a.b\r\n", "a.b\r\n.\r\n"},
	{"a\n.b\r\n", "a\n.b\r\n.\r\n"},
	{"a\r", "a\r\r\n.\r\n"},
	{"a\r.\r\n", "a\r.\r\n.\r\n"},
};

static void
test_dot(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(contents); i++) {
		BaseBytes content = base_bytes_str(contents[i].content);

		for (size_t chunk = 1; chunk <= content.n + 1; chunk++) {
			g_autoptr(BaseSink) memory = base_sink_new_memory(100);
			g_autoptr(BaseSink) dot = pop3_new_dot(memory);

			for (size_t at = 0; at < content.n; at += chunk) {
				g_assert_true(base_sink_write(
					dot, base_bytes_slice(content, at, chunk), NULL));
			}
			g_assert_true(base_sink_finish(dot, NULL));
			T_ASSERT_STR_BYTES(base_sink_peek_bytes(memory), contents[i].wire);
		}
	}
}

/* The size that is told is that of what comes out at the other end. */
static void
test_size(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(contents); i++) {
		g_autoptr(BaseSink) count = base_sink_new_count(NULL);
		Pop3Undot undot = {0};
		bool end = false;
		size_t used = 0;

		g_assert_true(pop3_undot(&undot, base_bytes_str(contents[i].wire), count, &used,
					 &end, NULL));
		g_assert_true(end);
		g_assert_cmpuint(pop3_dot_size(base_bytes_str(contents[i].content)), ==,
				 base_sink_count(count));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pop3/dot/undot", test_undot);
	g_test_add_func("/pop3/dot/unended", test_unended);
	g_test_add_func("/pop3/dot/full", test_full);
	g_test_add_func("/pop3/dot/dot", test_dot);
	g_test_add_func("/pop3/dot/size", test_size);
	return g_test_run();
}
