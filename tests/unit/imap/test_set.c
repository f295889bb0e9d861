/* SPDX-License-Identifier: MPL-2.0 */
/* Sequence sets; examples of RFC 9051 section 9. */
#include "t.h"
#include "imap/set.h"

static const struct {
	const char *text;
	guint32 last;
	const char *members; /* of 1 to 16 */
	const char *again;
} sets[] = {
	{"2,4:7,9,12:*", 15, "2 4 5 6 7 9 12 13 14 15", "2,4:7,9,12:*"},
	{"*:4,5:7", 10, "4 5 6 7 8 9 10", "5:7,4:*"},
	{"4:2", 10, "2 3 4", "2:4"},
	{"3291:*", 12, "12 13 14 15 16", "3291:*"},
	{"*", 7, "7", "*"},
	{"*:*", 7, "7", "*"},
	{"12:*,3:*", 7, "3 4 5 6 7 8 9 10 11 12", "3:*,12:*"},
	{"12:*,14:*", 7, "7 8 9 10 11 12 13 14", "12:*,14:*"},
	{"*,3", 7, "3 7", "3,*"},
	{"*,9:*", 7, "7 8 9", "9:*"},
	{"5,4,3,2,1", 16, "1 2 3 4 5", "1:5"},
	{"5,7,6", 16, "5 6 7", "5:7"},
	{"1:9,2:3,16", 16, "1 2 3 4 5 6 7 8 9 16", "1:9,16"},
	{"16,1:9,2:3", 16, "1 2 3 4 5 6 7 8 9 16", "1:9,16"},
	{"4294967295", 1, "", "4294967295"},
	{"4294967295,1,4294967294", 1, "1", "1,4294967294:4294967295"},
};

static const char *const broken[] = {
	"",  "0",   "1,", ",1",         "1:",   ":1",    "1:2:3",
	"a", "1 ",  " 1", "-1",         "1,,2", "1:0",   "0:*",
	"$", "1;2", "**", "4294967296", "1\r",  "1\r\n", "99999999999999999999999999",
};

static void
test_members(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(sets); i++) {
		g_autoptr(ImapSet) set = imap_set_parse(base_bytes_str(sets[i].text), NULL);
		g_autoptr(GString) members = g_string_new(NULL);
		g_assert_nonnull(set);
		for (guint32 n = 1; n <= 16; n++) {
			if (imap_set_contains(set, n, sets[i].last)) {
				g_string_append_printf(members, "%s%u", members->len > 0 ? " " : "",
						       n);
			}
		}
		g_assert_cmpstr(members->str, ==, sets[i].members);
		g_autofree char *again = imap_set_to_string(set);
		g_assert_cmpstr(again, ==, sets[i].again);
		g_assert_false(imap_set_is_empty(set));
	}
}

static void
test_broken(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(imap_set_parse(base_bytes_str(broken[i]), &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
	}
}

static void
test_added(void)
{
	g_autoptr(ImapSet) set = imap_set_new();
	g_autofree char *empty = imap_set_to_string(set);

	g_assert_true(imap_set_is_empty(set));
	g_assert_cmpstr(empty, ==, "");
	g_assert_false(imap_set_contains(set, 1, 1));
	for (guint32 n = 300000; n > 0; n -= 3) { /* backwards, with gaps */
		imap_set_add(set, n);
		imap_set_add(set, n);
	}
	g_assert_true(imap_set_contains(set, 3, 1));
	g_assert_false(imap_set_contains(set, 4, 1));
	for (guint32 n = 1; n <= 300000; n++) {
		imap_set_add(set, n);
	}
	g_autofree char *all = imap_set_to_string(set);
	g_assert_cmpstr(all, ==, "1:300000");
}

static void
test_limit(void)
{
	g_autoptr(GString) many = g_string_new("1");
	g_autoptr(GError) error = NULL;

	for (guint n = 3; n <= 200001; n += 2) {
		g_string_append_printf(many, ",%u", n);
	}
	g_assert_null(imap_set_parse(base_bytes(many->str, many->len), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/imap/set/members", test_members);
	g_test_add_func("/imap/set/broken", test_broken);
	g_test_add_func("/imap/set/added", test_added);
	g_test_add_func("/imap/set/limit", test_limit);
	return g_test_run();
}
