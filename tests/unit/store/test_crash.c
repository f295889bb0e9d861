/* SPDX-License-Identifier: MPL-2.0 */
/* Other processes, sudden death and a full disk. */
#include "store/key.h"
#include "store/peer.h"
#include "store/setting.h"
#include "store/sighting.h"
#include "store/sqlite.h"
#include "temp.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WRITERS  3
#define MESSAGES 60
#define KILLS    12

static bool
note(Store *store, unsigned writer, unsigned n)
{
	g_autofree char *message = g_strdup_printf("%u-%u", writer, n);
	StoreSighting sighting = {.address = "a@example.org",
				  .message = message,
				  .seen = 1000 + n,
				  .direct = true,
				  .aligned = true};
	bool added = false;
	return store_sighting_add(store, &sighting, &added, NULL) && added;
}

static int
write_many(const char *dir, unsigned writer)
{
	g_autoptr(Store) store = store_open(dir, STORE_READ_WRITE_CREATE, NULL);
	bool ok = store != NULL;
	for (unsigned n = 0; ok && n < MESSAGES; n++) {
		ok = note(store, writer, n);
	}
	return ok ? 0 : 1;
}

/* The store is created, migrated and written by several at the same moment. */
static void
test_writers(void)
{
	g_autoptr(TempDir) top = temp_dir();
	g_autofree char *dir = g_build_filename(top, "home", NULL);
	pid_t children[WRITERS];
	for (unsigned i = 0; i < WRITERS; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			_exit(write_many(dir, i));
		}
	}
	for (unsigned i = 0; i < WRITERS; i++) {
		int status = 0;
		g_assert_cmpint(waitpid(children[i], &status, 0), ==, children[i]);
		g_assert_cmpint(status, ==, 0);
	}
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE);
	g_autoptr(StorePeer) peer = NULL;
	g_assert_true(store_peer_get(store, "a@example.org", &peer, NULL));
	g_assert_cmpint(peer->n_unsigned, ==, WRITERS * MESSAGES);
	g_assert_true(store_check(store, NULL));
}

static void
test_busy(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) one = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(Store) two = temp_open(dir, STORE_READ_WRITE);
	g_autoptr(GError) error = NULL;
	g_autofree char *value = NULL;
	sqlite3_busy_timeout(two->db, 20);
	g_autoptr(StoreTransaction) tx = store_begin(one, NULL);
	g_assert_true(store_setting_set(one, "a", "1", NULL));
	g_assert_false(store_setting_set(two, "a", "2", &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_BUSY);
	g_clear_error(&error);
	g_assert_null(store_begin(two, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_BUSY);
	g_assert_true(store_setting_get(two, "a", &value, NULL));
	g_assert_null(value);
	g_assert_true(store_commit(tx, NULL));
	g_assert_true(store_setting_set(two, "a", "2", NULL));
}

static void
fill_key(StoreKey *key, StoreRole role, unsigned n, GBytes *secret)
{
	key->address = g_strdup("a@example.org");
	key->role = role;
	key->certificate = g_bytes_new("c", 1);
	key->private_key = g_bytes_ref(secret);
	key->issuer = g_bytes_new("i", 1);
	key->serial = g_bytes_new("s", 1);
	key->fingerprint = g_strdup(temp_fingerprint(2 * n + (role == STORE_ROLE_ROOT ? 0 : 1)));
	key->root_fingerprint = g_strdup(temp_fingerprint(2 * n));
	key->current = true;
	key->created = n;
}

static bool
add_pair(Store *store, unsigned n, GBytes *secret, GError **error)
{
	g_autoptr(StoreKey) root = g_new0(StoreKey, 1);
	g_autoptr(StoreKey) leaf = g_new0(StoreKey, 1);
	fill_key(root, STORE_ROLE_ROOT, n, secret);
	fill_key(leaf, STORE_ROLE_BOTH, n, secret);
	const StoreKey *const keys[] = {root, leaf};
	return store_key_add(store, keys, 2, error);
}

/* Adds pairs until killed; tells how many were promised to be there. */
static void
add_until_killed(const char *dir, unsigned from, volatile unsigned *promised)
{
	g_autoptr(GBytes) secret = g_bytes_new_take(g_malloc0(2000), 2000);
	g_autoptr(Store) store = store_open(dir, STORE_READ_WRITE_CREATE, NULL);
	for (unsigned n = from; store != NULL && add_pair(store, n, secret, NULL); n++) {
		*promised = n + 1;
	}
	_exit(1);
}

static unsigned
check_pairs(const char *dir, unsigned promised)
{
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(StoreKey) root = NULL;
	g_autoptr(StoreKey) leaf = NULL;
	g_assert_true(store_check(store, NULL));
	g_autoptr(GPtrArray) keys = store_key_list(store, NULL, NULL);
	g_assert_cmpuint(keys->len % 2, ==, 0);
	g_assert_cmpuint(keys->len / 2, >=, promised);
	if (keys->len > 0) {
		g_assert_true(
			store_key_current(store, "a@example.org", STORE_ROLE_ROOT, &root, NULL));
		g_assert_true(
			store_key_current(store, "a@example.org", STORE_ROLE_SIGN, &leaf, NULL));
		g_assert_cmpstr(leaf->root_fingerprint, ==, root->fingerprint);
	}
	return keys->len / 2;
}

static void
test_killed(void)
{
	g_autoptr(TempDir) top = temp_dir();
	g_autofree char *dir = g_build_filename(top, "home", NULL);
	volatile unsigned *promised = mmap(NULL, sizeof *promised, PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	g_assert_true(promised != MAP_FAILED);
	unsigned have = 0;
	for (unsigned i = 0; i < KILLS; i++) {
		pid_t child = fork();
		if (child == 0) {
			add_until_killed(dir, have, promised);
		}
		g_usleep((gulong)g_test_rand_int_range(500, 25000));
		while (i == KILLS - 1 && *promised <= have) {
			g_usleep(1000); /* the last one gets as far as writing */
		}
		kill(child, SIGKILL);
		int status = 0;
		g_assert_cmpint(waitpid(child, &status, 0), ==, child);
		g_assert_true(WIFSIGNALED(status));
		have = check_pairs(dir, *promised);
	}
	g_assert_cmpuint(have, >, 0);
}

/* SQLite's own limit of pages behaves as a full disk does. */
static void
test_full(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(GBytes) small = g_bytes_new_take(g_malloc0(100), 100);
	g_autoptr(GBytes) large = g_bytes_new_take(g_malloc0(200000), 200000);
	g_autoptr(GError) error = NULL;
	g_assert_true(add_pair(store, 0, small, NULL));
	g_assert_cmpint(sqlite3_exec(store->db, "PRAGMA max_page_count=1", NULL, NULL, NULL), ==,
			SQLITE_OK);
	g_assert_false(add_pair(store, 1, large, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_IO);
	g_assert_nonnull(strstr(error->message, "full"));
	g_autoptr(StoreKey) key = NULL;
	g_assert_true(store_key_current(store, "a@example.org", STORE_ROLE_SIGN, &key, NULL));
	g_assert_cmpstr(key->fingerprint, ==, temp_fingerprint(1));
	g_assert_cmpint(sqlite3_exec(store->db, "PRAGMA max_page_count=100000", NULL, NULL, NULL),
			==, SQLITE_OK);
	g_assert_true(add_pair(store, 1, large, NULL));
	g_assert_cmpuint(check_pairs(dir, 2), ==, 2);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/store/crash/writers", test_writers);
	g_test_add_func("/store/crash/busy", test_busy);
	g_test_add_func("/store/crash/killed", test_killed);
	g_test_add_func("/store/crash/full", test_full);
	return g_test_run();
}
