/* SPDX-License-Identifier: MPL-2.0 */
/* What a server says, before it is parsed. */
#include "mail/guard.h"
#include "t.h"

static char *
repeat(const char *piece, guint n, const char *end)
{
	GString *out = g_string_new(NULL);
	for (guint i = 0; i < n; i++) {
		g_string_append(out, piece);
	}
	g_string_append(out, end);
	return g_string_free(out, FALSE);
}

/* Whole, and then octet by octet. */
static void
check(bool imap, const char *text, bool passes)
{
	BaseBytes all = base_bytes_str(text);
	size_t chunks[] = {all.n + 1, 1};
	for (size_t c = 0; c < G_N_ELEMENTS(chunks); c++) {
		g_autoptr(GError) error = NULL;
		MailGuard guard = {.imap = imap};
		bool passed = true;
		mail_guard_allow(&guard, 4U << 20, 1000);
		for (size_t at = 0; at < all.n && passed; at += chunks[c]) {
			passed = mail_guard_feed(&guard, base_bytes_slice(all, at, chunks[c]),
						 &error);
		}
		g_assert_cmpint(passed, ==, passes);
		if (!passes) {
			g_assert_error(error, PS_ERROR, (int)PS_ERROR_LIMIT);
		}
	}
}

static void
test_literals(void)
{
	static const struct {
		const char *text;
		bool passes;
	} cases[] = {
		{"* 1 FETCH (BODY[] {5}\r\nab(\"c FLAGS ())\r\na OK\r\n", true},
		{"* 1 FETCH (BODY[] {1000}\r\n", true},
		{"* 1 FETCH (BODY[] {1001}\r\n", false},
		{"* 1 FETCH (BODY[] {1001}\n", false},
		{"* 1 FETCH (BODY[] {1001+}\r\n", false},
		{"* 1 FETCH (BODY[] {99999999999999999999999}\r\n", false},
		{"* OK {1001} is not at the end\r\n", true},
		{"* OK \"{1001}\"\r\n", true},
		{"* LIST () \"{1001}\r\n", false}, /* who knows where the string ends */
		/* a literal's own lines announce nothing */
		{"* 1 FETCH (BODY[] {8}\r\n{9999}\r\n)\r\n", true},
		{"{1001}\r\n", false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		check(true, cases[i].text, cases[i].passes);
	}
	check(false, "250-{9999}\r\n250 ((((\r\n", true);
}

static void
test_lines_and_depth(void)
{
	g_autofree char *deep = repeat("(", 51, "\r\n");
	g_autofree char *deep_enough = repeat("(", 50, ")\r\n");
	g_autofree char *many = repeat("()", 1000, "\r\n");
	g_autofree char *quoted = repeat("(", 60, "\"\r\n");
	g_autofree char *string = g_strconcat("\"", quoted, NULL);
	g_autofree char *escaped = g_strconcat("\"\\\"", quoted, NULL);
	g_autofree char *over_lines = repeat("({1}\r\nx", 51, "\r\n");
	g_autofree char *new_lines = repeat("(\r\n", 100, "");
	g_autofree char *line = repeat("x", (1U << 20) + 1, "\r\n");
	g_autofree char *lines = repeat("x\r\n", 1U << 20, "");
	g_autofree char *too_much = repeat("xxxxxxx\r\n", 1U << 19, "");
	check(true, deep, false);
	check(true, deep_enough, true);
	check(true, many, true);
	check(true, string, true);
	check(true, escaped, true);
	check(true, over_lines, false);
	check(true, new_lines, true);
	check(true, line, false);
	check(false, line, false);
	check(true, lines, true);
	check(true, too_much, false);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mail/guard/literals", test_literals);
	g_test_add_func("/mail/guard/lines-and-depth", test_lines_and_depth);
	return g_test_run();
}
