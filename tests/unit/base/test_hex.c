/* SPDX-License-Identifier: MPL-2.0 */
/* Hex both ways. */
#include "base/hex.h"
#include "t.h"

static void
test_write(void)
{
	g_autofree char *some = base_hex(BASE_LIT("\x00\x01\xab\xff"));
	g_autofree char *none = base_hex(base_bytes(NULL, 0));

	g_assert_cmpstr(some, ==, "0001abff");
	g_assert_cmpstr(none, ==, "");
}

static void
test_parse(void)
{
	static const struct {
		const char *text, *want; /* NULL: refused */
	} rows[] = {
		{"0aFF", "\x0a\xff"},
		{"0A:FF", "\x0a\xff"},
		{" 0a ff\n", "\x0a\xff"},
		{"AB CD: 12", "\xab\xcd\x12"},
		{"", NULL},
		{" : ", NULL},
		{"a", NULL},
		{"abc", NULL},
		{"a:b", NULL},
		{"0x12", NULL},
		{"zz", NULL},
		{"12-34", NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GBytes) got = base_hex_parse(rows[i].text);

		if (rows[i].want == NULL) {
			g_assert_null(got);
		} else {
			T_ASSERT_STR_BYTES(base_bytes_of(got), rows[i].want);
		}
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/hex/write", test_write);
	g_test_add_func("/hex/parse", test_parse);
	return g_test_run();
}
