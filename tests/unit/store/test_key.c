/* SPDX-License-Identifier: MPL-2.0 */
#include "store/account.h"
#include "store/key.h"
#include "temp.h"

static GBytes *
text_bytes(const char *text)
{
	return g_bytes_new(text, strlen(text));
}

static StoreKey *
make_key(const char *address, StoreRole role, unsigned n, bool current)
{
	StoreKey *key = g_new0(StoreKey, 1);
	g_autofree char *name = g_strdup_printf("certificate %u", n);
	key->address = g_strdup(address);
	key->role = role;
	key->certificate = text_bytes(name);
	key->private_key = text_bytes("secret");
	key->chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_ptr_array_add(key->chain, text_bytes("issuer certificate"));
	g_ptr_array_add(key->chain, text_bytes("its issuer"));
	key->issuer = text_bytes("issuer");
	key->serial = text_bytes("7");
	key->ski = role == STORE_ROLE_ROOT ? NULL : text_bytes(name);
	key->fingerprint = g_strdup(temp_fingerprint(n));
	key->root_fingerprint = g_strdup(temp_fingerprint(1));
	key->not_before = 100 + n;
	key->not_after = 1000;
	key->current = current;
	key->origin = STORE_ORIGIN_IMPORTED;
	key->created = 500 + n;
	return key;
}

static void
add_one(Store *store, const char *address, StoreRole role, unsigned n, bool current)
{
	g_autoptr(StoreKey) key = make_key(address, role, n, current);
	const StoreKey *const keys[] = {key};
	g_autoptr(GError) error = NULL;
	store_key_add(store, keys, 1, &error);
	g_assert_no_error(error);
}

static unsigned
current_of(Store *store, const char *address, StoreRole role)
{
	g_autoptr(StoreKey) key = NULL;
	g_assert_true(store_key_current(store, address, role, &key, NULL));
	return key == NULL ? 0 : (unsigned)g_ascii_strtoull(key->fingerprint, NULL, 16);
}

static void
test_round_trip(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	add_one(store, "a@example.org", STORE_ROLE_BOTH, 2, true);
	g_autoptr(StoreKey) key = NULL;
	g_assert_true(store_key_by_fingerprint(store, temp_fingerprint(2), &key, NULL));
	g_assert_cmpstr(key->address, ==, "a@example.org");
	g_assert_cmpint(key->role, ==, STORE_ROLE_BOTH);
	T_ASSERT_STR_BYTES(base_bytes_of(key->certificate), "certificate 2");
	T_ASSERT_STR_BYTES(base_bytes_of(key->private_key), "secret");
	T_ASSERT_STR_BYTES(base_bytes_of(key->issuer), "issuer");
	T_ASSERT_STR_BYTES(base_bytes_of(key->serial), "7");
	T_ASSERT_STR_BYTES(base_bytes_of(key->ski), "certificate 2");
	g_assert_cmpuint(key->chain->len, ==, 2);
	T_ASSERT_STR_BYTES(base_bytes_of(key->chain->pdata[1]), "its issuer");
	g_assert_cmpstr(key->root_fingerprint, ==, temp_fingerprint(1));
	g_assert_cmpint(key->not_before, ==, 102);
	g_assert_cmpint(key->not_after, ==, 1000);
	g_assert_true(key->current);
	g_assert_cmpint(key->origin, ==, STORE_ORIGIN_IMPORTED);
	g_assert_false(key->compromised);
	g_assert_cmpint(key->created, ==, 502);
	g_assert_cmpint(key->retired_at, ==, 0);
	g_clear_pointer(&key, store_key_free);
	g_assert_true(store_key_by_fingerprint(store, temp_fingerprint(9), &key, NULL));
	g_assert_null(key);
	g_autoptr(GError) error = NULL;
	g_assert_false(store_key_by_fingerprint(store, "no hex", &key, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
}

/* Which keys are current after keys 2, 3, 4 were added in this order. */
static void
test_current(void)
{
	static const struct {
		StoreRole roles[3];
		unsigned sign;
		unsigned encrypt;
		unsigned root;
	} table[] = {
		{{STORE_ROLE_ROOT, STORE_ROLE_BOTH, STORE_ROLE_BOTH}, 4, 4, 2},
		{{STORE_ROLE_BOTH, STORE_ROLE_SIGN, STORE_ROLE_ENCRYPT}, 3, 4, 0},
		{{STORE_ROLE_SIGN, STORE_ROLE_ENCRYPT, STORE_ROLE_BOTH}, 4, 4, 0},
		{{STORE_ROLE_ROOT, STORE_ROLE_ROOT, STORE_ROLE_DRAFTS}, 0, 0, 3},
		{{STORE_ROLE_BOTH, STORE_ROLE_DRAFTS, STORE_ROLE_ROOT}, 2, 2, 4},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(TempDir) dir = temp_dir();
		g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
		add_one(store, "b@example.org", STORE_ROLE_BOTH, 20, true);
		for (unsigned n = 0; n < 3; n++) {
			add_one(store, "a@example.org", table[i].roles[n], n + 2, true);
		}
		g_assert_cmpuint(current_of(store, "a@example.org", STORE_ROLE_SIGN), ==,
				 table[i].sign);
		g_assert_cmpuint(current_of(store, "a@example.org", STORE_ROLE_ENCRYPT), ==,
				 table[i].encrypt);
		g_assert_cmpuint(current_of(store, "a@example.org", STORE_ROLE_ROOT), ==,
				 table[i].root);
		g_assert_cmpuint(current_of(store, "b@example.org", STORE_ROLE_SIGN), ==, 20);
		g_autoptr(GPtrArray) all = store_key_list(store, "a@example.org", NULL);
		g_assert_cmpuint(all->len, ==, 3);
	}
}

static void
test_all_or_none(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(StoreKey) good = make_key("a@example.org", STORE_ROLE_ROOT, 2, true);
	g_autoptr(StoreKey) bad = make_key("a@example.org", STORE_ROLE_BOTH, 3, true);
	g_clear_pointer(&bad->issuer, g_bytes_unref);
	const StoreKey *const keys[] = {good, bad};
	g_autoptr(GError) error = NULL;
	g_assert_false(store_key_add(store, keys, 2, &error));
	g_assert_nonnull(error);
	g_autoptr(GPtrArray) all = store_key_list(store, NULL, NULL);
	g_assert_cmpuint(all->len, ==, 0);
}

static void
test_find(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	add_one(store, "a@example.org", STORE_ROLE_BOTH, 2, true);
	add_one(store, "a@example.org", STORE_ROLE_BOTH, 3, true);
	add_one(store, "b@example.org", STORE_ROLE_BOTH, 4, true);
	g_autoptr(StoreKey) bare = make_key("c@example.org", STORE_ROLE_BOTH, 5, false);
	g_clear_pointer(&bare->private_key, g_bytes_unref);
	const StoreKey *const keys[] = {bare};
	g_assert_true(store_key_add(store, keys, 1, NULL));

	g_autoptr(GPtrArray) same =
		store_key_find_issuer_serial(store, BASE_LIT("issuer"), BASE_LIT("7"), NULL);
	g_assert_cmpuint(same->len, ==, 3);
	g_autoptr(GPtrArray) none =
		store_key_find_issuer_serial(store, BASE_LIT("issuer"), BASE_LIT("8"), NULL);
	g_assert_cmpuint(none->len, ==, 0);
	g_autoptr(GPtrArray) one = store_key_find_ski(store, BASE_LIT("certificate 2"), NULL);
	g_assert_cmpuint(one->len, ==, 1);
	g_assert_false(((StoreKey *)one->pdata[0])->current);
	g_assert_cmpint(((StoreKey *)one->pdata[0])->retired_at, ==, 503);

	/* The private key arrives later. */
	add_one(store, "c@example.org", STORE_ROLE_BOTH, 5, false);
	g_autoptr(StoreKey) whole = NULL;
	g_assert_true(store_key_by_fingerprint(store, temp_fingerprint(5), &whole, NULL));
	T_ASSERT_STR_BYTES(base_bytes_of(whole->private_key), "secret");
}

static void
test_retire(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	StoreAccount account = {.address = (char *)(guintptr) "a@example.org",
				.profile = (char *)(guintptr) "compatible"};
	g_assert_true(store_account_put(store, &account, NULL));
	add_one(store, "a@example.org", STORE_ROLE_BOTH, 2, true);
	add_one(store, "a@example.org", STORE_ROLE_BOTH, 3, true);
	g_assert_true(store_key_set_current(store, temp_fingerprint(2), 700, NULL));
	g_assert_cmpuint(current_of(store, "a@example.org", STORE_ROLE_SIGN), ==, 2);
	g_assert_true(store_key_set_compromised(store, temp_fingerprint(2), 800, NULL));
	g_assert_cmpuint(current_of(store, "a@example.org", STORE_ROLE_SIGN), ==, 0);
	g_autoptr(GError) error = NULL;
	g_assert_false(store_key_set_compromised(store, temp_fingerprint(8), 800, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_NOT_FOUND);

	g_assert_true(store_key_set_current(store, temp_fingerprint(3), 900, NULL));
	g_assert_true(store_account_remove(store, "a@example.org", 1000, NULL));
	g_assert_cmpuint(current_of(store, "a@example.org", STORE_ROLE_SIGN), ==, 0);
	g_autoptr(GPtrArray) kept =
		store_key_find_issuer_serial(store, BASE_LIT("issuer"), BASE_LIT("7"), NULL);
	g_assert_cmpuint(kept->len, ==, 2);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/store/key/round-trip", test_round_trip);
	g_test_add_func("/store/key/current", test_current);
	g_test_add_func("/store/key/all-or-none", test_all_or_none);
	g_test_add_func("/store/key/find", test_find);
	g_test_add_func("/store/key/retire", test_retire);
	return g_test_run();
}
