/* SPDX-License-Identifier: MPL-2.0 */
/* Opening: a private folder and file, a careful connection, the newest schema. */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Foreign files could carry triggers or functions: nothing in the schema is believed. */
static const char careful[] = "PRAGMA trusted_schema=OFF;"
			      "PRAGMA foreign_keys=ON;"
			      "PRAGMA cell_size_check=ON;"
			      "PRAGMA temp_store=MEMORY;";

void
store_configure(sqlite3 *db)
{
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, STORE_BUSY_MS);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_exec(db, careful, NULL, NULL, NULL);
}

static void
finalize(gpointer statement)
{
	sqlite3_finalize(statement);
}

Store *
store_wrap(sqlite3 *db, bool read_only)
{
	Store *store = g_new0(Store, 1);
	store->db = db;
	store->read_only = read_only;
	store->statements = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, finalize);
	return store;
}

void
store_close(Store *store)
{
	if (store == NULL) {
		return;
	}
	g_hash_table_destroy(store->statements);
	sqlite3_close_v2(store->db);
	g_free(store);
}

/* Opens @path; on failure nothing is left open. */
static bool
open_database(const char *path, int flags, sqlite3 **out, GError **error)
{
	sqlite3 *db = NULL;
	int code = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
				   NULL);
	if (code != SQLITE_OK) {
		store_fail(db, code, error);
		sqlite3_close_v2(db);
		return false;
	}
	store_configure(db);
	*out = db;
	return true;
}

bool
store_memory(sqlite3 **out, GError **error)
{
	return open_database(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, out, error);
}

static bool
fail_path(GError **error, const char *path, int number)
{
	g_autofree char *name = g_filename_display_name(path);
	g_strdelimit(name, "\r\n", ' ');
	PsError code = number == ENOSPC || number == EIO ? PS_ERROR_IO : PS_ERROR_CREATE;
	return base_fail(error, code, "%s: %s", name, g_strerror(number));
}

/* The folder, private if we make it (whatever the umask says). */
static bool
make_folder(const char *dir, GError **error)
{
	if (g_file_test(dir, G_FILE_TEST_IS_DIR)) {
		return true;
	}
	if (g_mkdir_with_parents(dir, 0700) != 0 || g_chmod(dir, 0700) != 0) {
		return fail_path(error, dir, errno);
	}
	return true;
}

/* A new file, private before anything is in it; SQLite gives its rights to -wal and -shm. */
static bool
create_file(const char *path, GError **error)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (fd < 0) {
		return errno == EEXIST || fail_path(error, path, errno);
	}
	bool ok = fchmod(fd, 0600) == 0;
	int number = errno;
	close(fd);
	return ok || fail_path(error, path, number);
}

/*
 * It is not opened for that: whoever closes a file gives up all locks that the process has on it
 * (fcntl(2)), also those of other threads' connections, and another process would then take away
 * the write-ahead log that they write to.
 */
static bool
make_file(const char *path, bool create, GError **error)
{
	GStatBuf status;
	if (g_lstat(path, &status) != 0 && errno == ENOENT) {
		return create ? create_file(path, error)
			      : base_fail(error, PS_ERROR_NOT_FOUND, "there is no store here yet");
	}
	if (g_lstat(path, &status) == 0 && S_ISLNK(status.st_mode)) {
		return fail_path(error, path, ELOOP);
	}
	bool ok = g_access(path, R_OK | W_OK) == 0 &&
		  ((status.st_mode & 0777) == 0600 || g_chmod(path, 0600) == 0);
	return ok || fail_path(error, path, errno);
}

/* WAL cannot be switched on while another process does the same, and SQLite does not wait then. */
static bool
switch_to_wal(sqlite3 *db, GError **error)
{
	int code = SQLITE_BUSY;
	for (int waited = 0; (code & 0xff) == SQLITE_BUSY && waited < STORE_BUSY_MS; waited += 10) {
		code = sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", NULL,
				    NULL, NULL);
		if ((code & 0xff) == SQLITE_BUSY) {
			g_usleep(10000);
		}
	}
	return code == SQLITE_OK || store_fail(db, code, error);
}

static Store *
open_to_write(const char *path, GError **error)
{
	sqlite3 *db = NULL;
	if (!open_database(path, SQLITE_OPEN_READWRITE, &db, error)) {
		return NULL;
	}
	if (!switch_to_wal(db, error) || !store_migrate(db, error)) {
		sqlite3_close_v2(db);
		return NULL;
	}
	return store_wrap(db, false);
}

/* A read-only folder allows no -shm file; if there is no -wal either, nobody is writing. */
static bool
open_immutable(const char *path, sqlite3 **out, GError **error)
{
	g_autofree char *wal = g_strconcat(path, "-wal", NULL);
	GStatBuf status;
	if (g_stat(wal, &status) == 0 && status.st_size > 0) {
		return base_fail(
			error, PS_ERROR_CREATE,
			"the store cannot be read: its folder is read-only and its last writer "
			"was cut off");
	}
	g_autofree char *escaped = g_uri_escape_string(path, "/", TRUE);
	g_autofree char *uri = g_strconcat("file:", escaped, "?immutable=1", NULL);
	return open_database(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, out, error);
}

static bool
open_readable(const char *path, sqlite3 **out, int64_t *version, GError **error)
{
	g_autoptr(GError) why = NULL;
	sqlite3 *db = NULL;
	if (!open_database(path, SQLITE_OPEN_READONLY, &db, error)) {
		return false;
	}
	if (!store_version(db, version, &why)) {
		sqlite3_close_v2(db);
		db = NULL;
		if (!g_error_matches(why, PS_ERROR, PS_ERROR_CREATE)) {
			g_propagate_error(error, g_steal_pointer(&why));
			return false;
		}
		if (!open_immutable(path, &db, error)) {
			return false;
		}
		if (!store_version(db, version, error)) {
			sqlite3_close_v2(db);
			return false;
		}
	}
	*out = db;
	return true;
}

/* A copy in memory, brought to the newest schema there: an older file stays as it is. */
static bool
copy_to_memory(sqlite3 *from, sqlite3 **out, GError **error)
{
	sqlite3 *db = NULL;
	if (!store_memory(&db, error)) {
		return false;
	}
	bool ok = true;
	if (from != NULL) {
		sqlite3_backup *copy = sqlite3_backup_init(db, "main", from, "main");
		sqlite3_backup_step(copy, -1);
		int code = sqlite3_backup_finish(copy);
		ok = code == SQLITE_OK || store_fail(db, code, error);
	}
	if (!ok || !store_migrate(db, error)) {
		sqlite3_close_v2(db);
		return false;
	}
	*out = db;
	return true;
}

static Store *
open_to_read(const char *path, GError **error)
{
	sqlite3 *db = NULL;
	int64_t version = 0;
	GStatBuf status;
	bool exists = g_stat(path, &status) == 0;
	if (!exists && errno != ENOENT) {
		fail_path(error, path, errno);
		return NULL;
	}
	if (exists && !open_readable(path, &db, &version, error)) {
		return NULL;
	}
	if (version < store_schema_version()) {
		sqlite3 *copy = NULL;
		bool ok = copy_to_memory(db, &copy, error);
		sqlite3_close_v2(db);
		if (!ok) {
			return NULL;
		}
		db = copy;
	}
	sqlite3_exec(db, "PRAGMA query_only=ON", NULL, NULL, NULL);
	return store_wrap(db, true);
}

Store *
store_open(const char *dir, StoreMode mode, GError **error)
{
	g_autofree char *path = g_build_filename(dir, STORE_FILE, NULL);
	if (mode == STORE_READ_ONLY) {
		return open_to_read(path, error);
	}
	bool create = mode == STORE_READ_WRITE_CREATE;
	/* Nobody opens the file while it is made: see make_file(). */
	static GMutex making;
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&making);
	if ((create && !make_folder(dir, error)) || !make_file(path, create, error)) {
		return NULL;
	}
	return open_to_write(path, error);
}

Store *
store_open_memory(GError **error)
{
	sqlite3 *db = NULL;
	if (!store_memory(&db, error)) {
		return NULL;
	}
	if (!store_migrate(db, error)) {
		sqlite3_close_v2(db);
		return NULL;
	}
	return store_wrap(db, false);
}

int64_t
store_change_count(Store *store)
{
	int64_t count = 0;
	return store_number(store, "PRAGMA data_version", NO_ARGS, &count, NULL) ? count : 0;
}
