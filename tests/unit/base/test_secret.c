/* SPDX-License-Identifier: MPL-2.0 */
/* Memory that is wiped. */
#include "t.h"
#include "base/secret.h"

static void
test_wipe(void)
{
	uint8_t key[4] = {1, 2, 3, 4};

	base_wipe(key, 3);
	t_assert_bytes(key, 4, "\0\0\0\4", 4);
	base_wipe(NULL, 0);
}

static void
test_bytes(void)
{
	uint8_t key[4] = {1, 2, 3, 4};
	g_autoptr(GBytes) secret = base_secret_bytes(base_bytes(key, 4));
	g_autoptr(GBytes) empty = base_secret_bytes(base_bytes(NULL, 0));

	key[0] = 9;
	t_assert_bytes(base_bytes_of(secret).p, base_bytes_of(secret).n, "\1\2\3\4", 4);
	g_assert_cmpuint(g_bytes_get_size(empty), ==, 0);
}

static void
test_string(void)
{
	g_autoptr(BaseSecretString) secret = g_strdup("passphrase");

	g_assert_cmpstr(secret, ==, "passphrase");
	base_secret_free(NULL);
}

static void
test_equal(void)
{
	g_assert_true(base_secret_equal(BASE_LIT("a\0b"), BASE_LIT("a\0b")));
	g_assert_true(base_secret_equal(BASE_LIT(""), base_bytes(NULL, 0)));
	g_assert_false(base_secret_equal(BASE_LIT("a\0b"), BASE_LIT("a\0c")));
	g_assert_false(base_secret_equal(BASE_LIT("xbc"), BASE_LIT("abc")));
	g_assert_false(base_secret_equal(BASE_LIT("ab"), BASE_LIT("abc")));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/secret/wipe", test_wipe);
	g_test_add_func("/secret/bytes", test_bytes);
	g_test_add_func("/secret/string", test_string);
	g_test_add_func("/secret/equal", test_equal);
	return g_test_run();
}
