/* SPDX-License-Identifier: MPL-2.0 */
/* Borrowed octets: slices, comparison, search, copies. */
#include "base/bytes.h"
#include "t.h"

static void
test_slice(void)
{
	static const struct {
		size_t from, n;
		const char *want;
	} rows[] = {
		{0, 5, "hello"}, {0, 9, "hello"}, {1, 2, "el"},          {5, 1, ""},
		{6, 1, ""},      {4, 0, ""},      {1, SIZE_MAX, "ello"}, {SIZE_MAX, SIZE_MAX, ""},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		BaseBytes got = base_bytes_slice(BASE_LIT("hello"), rows[i].from, rows[i].n);

		T_ASSERT_STR_BYTES(got, rows[i].want);
	}
	g_assert_cmpuint(base_bytes_slice(base_bytes(NULL, 0), 0, 1).n, ==, 0);
}

static void
test_equal(void)
{
	g_assert_true(base_bytes_equal(BASE_LIT("a\0b"), BASE_LIT("a\0b")));
	g_assert_false(base_bytes_equal(BASE_LIT("a\0b"), BASE_LIT("a\0c")));
	g_assert_false(base_bytes_equal(BASE_LIT("a"), BASE_LIT("ab")));
	g_assert_true(base_bytes_equal(base_bytes(NULL, 0), BASE_LIT("")));
	g_assert_true(base_bytes_equal_nocase(BASE_LIT("Content-TYPE"), BASE_LIT("content-type")));
	g_assert_false(base_bytes_equal_nocase(BASE_LIT("@"), BASE_LIT("`")));
	g_assert_false(base_bytes_equal_nocase(BASE_LIT("\xc4"), BASE_LIT("\xe4")));
	g_assert_true(base_bytes_starts_nocase(BASE_LIT("From: x"), "FROM:"));
	g_assert_true(base_bytes_starts_nocase(BASE_LIT("From"), ""));
	g_assert_false(base_bytes_starts_nocase(BASE_LIT("Fro"), "from"));
}

static void
test_find(void)
{
	g_assert_cmpuint(base_bytes_find(BASE_LIT("a\r\n\r\nb"), BASE_LIT("\r\n\r\n")), ==, 1);
	g_assert_cmpuint(base_bytes_find(BASE_LIT("a\0b"), BASE_LIT("\0b")), ==, 1);
	g_assert_cmpuint(base_bytes_find(BASE_LIT("abc"), BASE_LIT("bd")), ==, SIZE_MAX);
	g_assert_cmpuint(base_bytes_find(BASE_LIT("abc"), BASE_LIT("abcd")), ==, SIZE_MAX);
	g_assert_cmpuint(base_bytes_find(BASE_LIT("abc"), BASE_LIT("")), ==, 0);
	g_assert_cmpuint(base_bytes_find(base_bytes(NULL, 0), BASE_LIT("a")), ==, SIZE_MAX);
}

static void
test_trim(void)
{
	T_ASSERT_STR_BYTES(base_bytes_trim(BASE_LIT(" \t\r\n a b \r\n")), "a b");
	T_ASSERT_STR_BYTES(base_bytes_trim(BASE_LIT(" \t ")), "");
	T_ASSERT_STR_BYTES(base_bytes_trim(BASE_LIT("x")), "x");
	g_assert_cmpuint(base_bytes_trim(base_bytes(NULL, 0)).n, ==, 0);
}

static void
test_copies(void)
{
	g_autoptr(GBytes) bytes = base_bytes_dup(BASE_LIT("a\0b"));
	g_autofree char *text = base_bytes_strdup(BASE_LIT("a\0b"));
	g_autofree char *empty = base_bytes_strdup(base_bytes(NULL, 0));

	g_assert_true(base_bytes_equal(base_bytes_of(bytes), BASE_LIT("a\0b")));
	g_assert_cmpstr(text, ==, "a b");
	g_assert_cmpstr(empty, ==, "");
	g_assert_cmpuint(base_bytes_of(NULL).n, ==, 0);
	g_assert_cmpuint(base_bytes_str(NULL).n, ==, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bytes/slice", test_slice);
	g_test_add_func("/bytes/equal", test_equal);
	g_test_add_func("/bytes/find", test_find);
	g_test_add_func("/bytes/trim", test_trim);
	g_test_add_func("/bytes/copies", test_copies);
	return g_test_run();
}
