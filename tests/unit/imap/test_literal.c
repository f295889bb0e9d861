/* SPDX-License-Identifier: MPL-2.0 */
/* Announcements of literals at the end of lines; examples of RFC 9051, 3516 and 7888. */
#include "imap/literal.h"
#include "t.h"

static const struct {
	const char *line;
	uint64_t size;
	bool is;
	bool non_sync;
	bool binary;
} lines[] = {
	{"A001 LOGIN {11}\r\n", 11, true, false, false},
	{"A001 LOGIN {11+}\r\n", 11, true, true, false},
	{"* 1 FETCH (BODY[HEADER] {342}\r\n", 342, true, false, false},
	{"* 1 FETCH (BINARY[2] ~{5}\r\n", 5, true, false, true},
	{"A APPEND x UTF8 (~{29}\r\n", 29, true, false, true},
	{"A APPEND x (\\Seen) ~{29+}\r\n", 29, true, true, true},
	{"{0}\r\n", 0, true, false, false},
	{"{007}\n", 7, true, false, false},
	{"{9223372036854775807}\r\n", G_MAXINT64, true, false, false},
	{"{00000000000000000000000000000001}\r\n", 1, true, false, false},
	{"{9223372036854775808}\r\n", 0, false, false, false},
	{"{99999999999999999999999}\r\n", 0, false, false, false},
	{"{000000000000000000000000000000001}\r\n", 0, false, false, false},
	{"{5}", 0, false, false, false},
	{"{5} \r\n", 0, false, false, false},
	{"{5}\r", 0, false, false, false},
	{"{5}\r\r\n", 0, false, false, false},
	{"{5}}\r\n", 0, false, false, false},
	{"{}\r\n", 0, false, false, false},
	{"{+}\r\n", 0, false, false, false},
	{"{-5}\r\n", 0, false, false, false},
	{"{5-}\r\n", 0, false, false, false},
	{"{5++}\r\n", 0, false, false, false},
	{"{ 5}\r\n", 0, false, false, false},
	{"{0x5}\r\n", 0, false, false, false},
	{"5}\r\n", 0, false, false, false},
	{"{5}\r\nHello\r\n", 0, false, false, false},
	{"\r\n", 0, false, false, false},
	{"\n", 0, false, false, false},
	{"", 0, false, false, false},
	{"A NOOP\r\n", 0, false, false, false},
};

static void
test_at_end(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
		ImapLiteral literal = {.size = 4711};
		g_test_message("%s", lines[i].line);
		g_assert_true(imap_literal_at_end(base_bytes_str(lines[i].line), &literal) ==
			      lines[i].is);
		if (!lines[i].is) {
			g_assert_cmpuint(literal.size, ==, 4711);
			continue;
		}
		g_assert_cmpuint(literal.size, ==, lines[i].size);
		g_assert_true(literal.non_sync == lines[i].non_sync);
		g_assert_true(literal.binary == lines[i].binary);
	}
}

static void
test_at_start(void)
{
	ImapLiteral literal;
	size_t head = 0;

	g_assert_true(imap_literal_at_start(BASE_LIT("~{3+}\r\nabc"), &literal, &head));
	g_assert_cmpuint(head, ==, 7);
	g_assert_cmpuint(literal.size, ==, 3);
	g_assert_false(imap_literal_at_start(BASE_LIT(" {3}\r\nabc"), &literal, &head));
	g_assert_false(imap_literal_at_start(BASE_LIT("{3"), &literal, &head));
	g_assert_false(imap_literal_at_start(BASE_LIT("~"), &literal, &head));
	g_assert_false(imap_literal_at_start(BASE_LIT(""), &literal, &head));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/imap/literal/at-end", test_at_end);
	g_test_add_func("/imap/literal/at-start", test_at_start);
	return g_test_run();
}
