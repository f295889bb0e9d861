/* SPDX-License-Identifier: MPL-2.0 */
/* The whole store as octets, for backup and restore; and the search for damage. */
#include "base/secret.h"
#include "store/sqlite.h"

/* Octets 18 and 19 of a database file: 2 is WAL, which a database in memory does not know. */
#define FORMAT_WRITE 18
#define FORMAT_READ  19
#define HEADER_SIZE  100

typedef struct {
	unsigned char *data;
	size_t size;
} Image;

static void
free_image(gpointer data)
{
	Image *image = data;
	base_wipe(image->data, image->size);
	sqlite3_free(image->data);
	g_free(image);
}

GBytes *
store_export(Store *store, GError **error)
{
	/* The transaction keeps writers out, so that the image is of one moment. */
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	if (tx == NULL) {
		return NULL;
	}
	sqlite3_int64 size = 0;
	unsigned char *data = sqlite3_serialize(store->db, "main", &size, 0);
	if (data == NULL || size < HEADER_SIZE) {
		sqlite3_free(data);
		return BASE_FAIL_NULL(error, PS_ERROR_IO, "the store cannot be copied");
	}
	data[FORMAT_WRITE] = 1;
	data[FORMAT_READ] = 1;
	Image *image = g_new(Image, 1);
	*image = (Image){data, (size_t)size};
	return g_bytes_new_with_free_func(data, image->size, free_image, image);
}

/* True if the one column says "ok". */
static bool
check_database(sqlite3 *db, GError **error)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &stmt, NULL);
	if (code == SQLITE_OK) {
		code = sqlite3_step(stmt);
	}
	bool whole = code == SQLITE_ROW &&
		     g_strcmp0((const char *)sqlite3_column_text(stmt, 0), "ok") == 0;
	sqlite3_finalize(stmt);
	if (!whole && code != SQLITE_ROW && (code & 0xff) != SQLITE_CORRUPT) {
		return store_fail(db, code, error);
	}
	return whole ||
	       base_fail(error, PS_ERROR_MALFORMED, "the store is damaged: restore a backup");
}

bool
store_check(Store *store, GError **error)
{
	return check_database(store->db, error);
}

static char *
read_schema(sqlite3 *db)
{
	static const char sql[] =
		"SELECT group_concat(sql, ';') FROM (SELECT type || name || tbl_name ||"
		" coalesce(sql, '') AS sql FROM sqlite_schema ORDER BY type, name)";
	sqlite3_stmt *stmt = NULL;
	char *text = NULL;
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		text = g_strdup((const char *)sqlite3_column_text(stmt, 0));
	}
	sqlite3_finalize(stmt);
	return text;
}

/* An image from elsewhere may hold tables, views or triggers of its own: only our schema is let in.
 */
static bool
check_schema(sqlite3 *db, GError **error)
{
	sqlite3 *fresh = NULL;
	if (!store_memory(&fresh, error)) {
		return false;
	}
	bool ok = store_migrate(fresh, error);
	g_autofree char *want = ok ? read_schema(fresh) : NULL;
	g_autofree char *have = ok ? read_schema(db) : NULL;
	sqlite3_close_v2(fresh);
	if (!ok) {
		return false;
	}
	return (have != NULL && g_strcmp0(want, have) == 0) ||
	       base_fail(error, PS_ERROR_MALFORMED, "this is not a backup of postseal");
}

static bool
load_image(sqlite3 *db, BaseBytes image, GError **error)
{
	static const char magic[16] = "SQLite format 3";
	if (image.n < HEADER_SIZE || memcmp(image.p, magic, sizeof magic) != 0) {
		return base_fail(error, PS_ERROR_MALFORMED, "this is not a backup of postseal");
	}
	unsigned char *copy = sqlite3_malloc64(image.n);
	if (copy == NULL) {
		return base_fail(error, PS_ERROR_INTERNAL, "out of memory");
	}
	memcpy(copy, image.p, image.n);
	int code = sqlite3_deserialize(
		db, "main", copy, (sqlite3_int64)image.n, (sqlite3_int64)image.n,
		SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
	if (code != SQLITE_OK) {
		return store_fail(db, code, error);
	}
	int64_t version = 0;
	if (!store_version(db, &version, error)) {
		return false;
	}
	return (version > 0 || base_fail(error, PS_ERROR_MALFORMED, "the backup is empty")) &&
	       check_database(db, error) && store_migrate(db, error) && check_schema(db, error);
}

static bool
is_empty(Store *store, GError **error)
{
	static const char sql[] =
		"SELECT EXISTS(SELECT 1 FROM account) OR EXISTS(SELECT 1 FROM own_key)"
		" OR EXISTS(SELECT 1 FROM peer) OR EXISTS(SELECT 1 FROM setting)"
		" OR EXISTS(SELECT 1 FROM anchor) OR EXISTS(SELECT 1 FROM rule) OR EXISTS(SELECT 1 FROM binding)"
		" OR EXISTS(SELECT 1 FROM sent)";
	int64_t any = 0;
	if (!store_number(store, sql, NO_ARGS, &any, error)) {
		return false;
	}
	return any == 0 || base_fail(error, PS_ERROR_EXISTS,
				     "there is a store already: restore into an empty home");
}

/* SQLite's own copy runs in one transaction of the target: all or nothing, also when killed. */
static bool
copy_all(sqlite3 *to, sqlite3 *from, GError **error)
{
	sqlite3_backup *copy = sqlite3_backup_init(to, "main", from, "main");
	if (copy == NULL) {
		return store_fail(to, sqlite3_errcode(to), error);
	}
	int step = sqlite3_backup_step(copy, -1);
	int code = sqlite3_backup_finish(copy);
	if (code == SQLITE_OK && step != SQLITE_DONE) {
		code = step;
	}
	return code == SQLITE_OK || store_fail(to, code, error);
}

Store *
store_open_image(BaseBytes image, GError **error)
{
	sqlite3 *db = NULL;
	if (!store_memory(&db, error)) {
		return NULL;
	}
	if (!load_image(db, image, error)) {
		sqlite3_close_v2(db);
		return NULL;
	}
	return store_wrap(db, true);
}

bool
store_import(const char *dir, BaseBytes image, GError **error)
{
	sqlite3 *from = NULL;
	if (!store_memory(&from, error)) {
		return false;
	}
	bool ok = load_image(from, image, error);
	if (ok) {
		g_autoptr(Store) store = store_open(dir, STORE_READ_WRITE_CREATE, error);
		ok = store != NULL && is_empty(store, error) && copy_all(store->db, from, error);
	}
	sqlite3_close_v2(from);
	return ok;
}
