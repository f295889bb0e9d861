/* SPDX-License-Identifier: MPL-2.0 */
#include "store/account.h"
#include "store/key.h"
#include "store/peer.h"
#include "store/setting.h"
#include "store/sqlite.h"
#include "temp.h"

static GBytes *
make_image(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(GError) error = NULL;
	StoreAccount account = {.address = (char *)(guintptr) "a@example.org",
				.profile = (char *)(guintptr) "p256"};
	g_assert_true(store_account_put(store, &account, NULL));
	g_assert_true(store_setting_set(store, "colour", "blue", NULL));
	g_assert_true(store_peer_written(store, "b@example.org", 77, NULL));
	GBytes *image = store_export(store, &error);
	g_assert_no_error(error);
	return image;
}

static void
check_restored(const char *dir)
{
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE);
	g_autoptr(StoreAccount) account = NULL;
	g_autoptr(StorePeer) peer = NULL;
	g_autofree char *colour = NULL;
	g_assert_true(store_account_get(store, "a@example.org", &account, NULL));
	g_assert_cmpstr(account->profile, ==, "p256");
	g_assert_true(store_setting_get(store, "colour", &colour, NULL));
	g_assert_cmpstr(colour, ==, "blue");
	g_assert_true(store_peer_get(store, "b@example.org", &peer, NULL));
	g_assert_cmpint(peer->first_written, ==, 77);
	g_assert_true(store_setting_set(store, "can be", "written", NULL));
	g_assert_true(store_check(store, NULL));
}

static void
test_round_trip(void)
{
	g_autoptr(GBytes) image = make_image();
	g_autoptr(TempDir) top = temp_dir();
	g_autofree char *dir = g_build_filename(top, "home", NULL);
	g_autoptr(GError) error = NULL;
	store_import(dir, base_bytes_of(image), &error);
	g_assert_no_error(error);
	check_restored(dir);
	g_assert_false(store_import(dir, base_bytes_of(image), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_EXISTS);
	check_restored(dir);
}

static void
test_into_empty(void)
{
	g_autoptr(GBytes) image = make_image();
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) open G_GNUC_UNUSED = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(GError) error = NULL;
	store_import(dir, base_bytes_of(image), &error);
	g_assert_no_error(error);
	check_restored(dir);
}

/* Runs @sql on the image. */
static GBytes *
tamper(GBytes *image, const char *sql)
{
	gsize n = 0;
	gconstpointer data = g_bytes_get_data(image, &n);
	unsigned char *copy = sqlite3_malloc64(n);
	memcpy(copy, data, n);
	sqlite3 *db = NULL;
	g_assert_cmpint(sqlite3_open(":memory:", &db), ==, SQLITE_OK);
	g_assert_cmpint(
		sqlite3_deserialize(db, "main", copy, (gint64)n, (gint64)n,
				    SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE),
		==, SQLITE_OK);
	g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_int64 size = 0;
	unsigned char *out = sqlite3_serialize(db, "main", &size, 0);
	GBytes *bytes = g_bytes_new(out, (gsize)size);
	sqlite3_free(out);
	sqlite3_close(db);
	return bytes;
}

static void
refuse(BaseBytes image, PsError code)
{
	g_autoptr(TempDir) top = temp_dir();
	g_autofree char *dir = g_build_filename(top, "home", NULL);
	g_autoptr(GError) error = NULL;
	g_assert_false(store_import(dir, image, &error));
	g_assert_error(error, PS_ERROR, (int)code);
	g_assert_false(g_file_test(dir, G_FILE_TEST_EXISTS));
}

static void
test_tampered(void)
{
	static const struct {
		const char *sql;
		PsError error;
	} table[] = {
		{"PRAGMA user_version=99", PS_ERROR_UNSUPPORTED},
		{"PRAGMA application_id=1", PS_ERROR_MALFORMED},
		{"CREATE TRIGGER t AFTER INSERT ON setting BEGIN DELETE FROM own_key; END",
		 PS_ERROR_MALFORMED},
		{"DROP TABLE rule; CREATE VIEW rule AS SELECT 1 AS pattern, 2 AS level",
		 PS_ERROR_MALFORMED},
		{"DROP INDEX identity_pin", PS_ERROR_MALFORMED},
	};

	g_autoptr(GBytes) image = make_image();
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(GBytes) bad = tamper(image, table[i].sql);
		refuse(base_bytes_of(bad), table[i].error);
	}
}

static void
test_damaged(void)
{
	g_autoptr(GBytes) image = make_image();
	BaseBytes good = base_bytes_of(image);
	refuse(BASE_LIT(""), PS_ERROR_MALFORMED);
	refuse(BASE_LIT("SQLite format 3"), PS_ERROR_MALFORMED);
	refuse(base_bytes_slice(good, 0, 100), PS_ERROR_MALFORMED);
	refuse(base_bytes_slice(good, 0, 5000), PS_ERROR_MALFORMED);
	g_autofree uint8_t *copy = g_memdup2(good.p, good.n);
	for (size_t i = 4096; i < good.n; i += 4096) {
		memset(copy + i, 0xff, 64);
	}
	refuse(base_bytes(copy, good.n), PS_ERROR_MALFORMED);
}

/* Random damage: refused or taken, but no crash and nothing half. */
static void
test_flipped(void)
{
	g_autoptr(GBytes) image = make_image();
	BaseBytes good = base_bytes_of(image);
	for (unsigned i = 0; i < 60; i++) {
		g_autoptr(TempDir) dir = temp_dir();
		g_autofree uint8_t *copy = g_memdup2(good.p, good.n);
		copy[g_test_rand_int_range(0, (gint32)good.n)] ^= 0x41;
		g_autoptr(GError) error = NULL;
		if (store_import(dir, base_bytes(copy, good.n), &error)) {
			g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE);
			g_assert_true(store_check(store, NULL));
		}
	}
}

/* A backup made by the first version of the schema. */
static void
test_older(void)
{
	sqlite3 *db = NULL;
	g_assert_true(store_memory(&db, NULL));
	g_assert_true(store_migrate_to(db, 1, NULL));
	g_assert_cmpint(sqlite3_exec(db, "INSERT INTO setting VALUES('a','b')", NULL, NULL, NULL),
			==, SQLITE_OK);
	sqlite3_int64 size = 0;
	unsigned char *image = sqlite3_serialize(db, "main", &size, 0);
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(GError) error = NULL;
	store_import(dir, base_bytes(image, (size_t)size), &error);
	g_assert_no_error(error);
	sqlite3_free(image);
	sqlite3_close(db);
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE);
	g_autofree char *value = NULL;
	g_assert_true(store_setting_get(store, "a", &value, NULL));
	g_assert_cmpstr(value, ==, "b");
	g_assert_true(store_peer_written(store, "b@example.org", 1, NULL));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/store/image/round-trip", test_round_trip);
	g_test_add_func("/store/image/into-empty", test_into_empty);
	g_test_add_func("/store/image/tampered", test_tampered);
	g_test_add_func("/store/image/damaged", test_damaged);
	g_test_add_func("/store/image/flipped", test_flipped);
	g_test_add_func("/store/image/older", test_older);
	return g_test_run();
}
