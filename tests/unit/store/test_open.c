/* SPDX-License-Identifier: MPL-2.0 */
#include "store/account.h"
#include "store/setting.h"
#include "store/sqlite.h"
#include "temp.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned
rights(const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	GStatBuf status;
	g_assert_cmpint(g_stat(path, &status), ==, 0);
	return status.st_mode & 0777;
}

static void
test_private(void)
{
	static const mode_t masks[] = {0, 022, 0777};
	for (size_t i = 0; i < G_N_ELEMENTS(masks); i++) {
		g_autoptr(TempDir) top = temp_dir();
		g_autofree char *dir = g_build_filename(top, "home", NULL);
		mode_t before = umask(masks[i]);
		{
			g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
			g_assert_true(store_setting_set(store, "a", "b", NULL));
			g_assert_cmpuint(rights(dir, "."), ==, 0700);
			g_assert_cmpuint(rights(dir, STORE_FILE), ==, 0600);
			g_assert_cmpuint(rights(dir, STORE_FILE "-wal"), ==, 0600);
			g_assert_cmpuint(rights(dir, STORE_FILE "-shm"), ==, 0600);
		}
		umask(before);
	}
}

static void
test_file_made_private_again(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	store_close(temp_open(dir, STORE_READ_WRITE_CREATE));
	g_autofree char *path = g_build_filename(dir, STORE_FILE, NULL);
	g_assert_cmpint(g_chmod(path, 0644), ==, 0);
	store_close(temp_open(dir, STORE_READ_WRITE));
	g_assert_cmpuint(rights(dir, STORE_FILE), ==, 0600);
}

static void
test_missing(void)
{
	g_autoptr(TempDir) top = temp_dir();
	g_autofree char *dir = g_build_filename(top, "home", NULL);
	g_autoptr(GError) error = NULL;
	g_assert_null(store_open(dir, STORE_READ_WRITE, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_NOT_FOUND);
	g_autoptr(Store) store = temp_open(dir, STORE_READ_ONLY);
	g_autoptr(GPtrArray) accounts = store_account_list(store, NULL);
	g_assert_cmpuint(accounts->len, ==, 0);
	g_assert_false(store_setting_set(store, "a", "b", NULL));
	g_assert_false(g_file_test(dir, G_FILE_TEST_EXISTS));
}

static void
test_read_only_changes_nothing(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	{
		g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
		g_assert_true(store_setting_set(store, "a", "b", NULL));
	}
	g_autoptr(Store) store = temp_open(dir, STORE_READ_ONLY);
	g_autoptr(GError) error = NULL;
	g_autofree char *value = NULL;
	g_assert_true(store_setting_get(store, "a", &value, NULL));
	g_assert_cmpstr(value, ==, "b");
	g_assert_false(store_setting_set(store, "a", "c", &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_CREATE);
}

static sqlite3 *
raw_open(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, STORE_FILE, NULL);
	sqlite3 *db = NULL;
	g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
	return db;
}

static void
raw_run(const char *dir, const char *sql)
{
	sqlite3 *db = raw_open(dir);
	g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_close(db);
}

/* A file as the first version of the schema left it, with something in it. */
static void
make_version_1(const char *dir)
{
	sqlite3 *db = raw_open(dir);
	g_autoptr(GError) error = NULL;
	store_migrate_to(db, 1, &error);
	g_assert_no_error(error);
	sqlite3_close(db);
	raw_run(dir, "INSERT INTO account VALUES"
		     "('a@example.org','A','modern','header','waiting',1,1700000000)");
}

static void
check_version_1(Store *store)
{
	g_autoptr(StoreAccount) account = NULL;
	g_assert_true(store_account_get(store, "a@example.org", &account, NULL));
	g_assert_nonnull(account);
	g_assert_cmpstr(account->profile, ==, "modern");
	g_assert_cmpint(account->mode, ==, STORE_FORM_HEADER);
	g_assert_cmpint(account->state, ==, STORE_ACCOUNT_WAITING);
	int64_t version = 0;
	g_assert_true(store_version(store->db, &version, NULL));
	g_assert_cmpint(version, ==, store_schema_version());
	g_assert_true(store_check(store, NULL));
}

static void
test_migrate(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	make_version_1(dir);
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE);
	check_version_1(store);
}

static void
test_migrate_read_only(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	make_version_1(dir);
	g_autoptr(Store) store = temp_open(dir, STORE_READ_ONLY);
	check_version_1(store);
	int64_t version = 0;
	sqlite3 *db = raw_open(dir);
	g_assert_true(store_version(db, &version, NULL));
	sqlite3_close(db);
	g_assert_cmpint(version, ==, 1);
}

static void
test_strange_files(void)
{
	static const struct {
		const char *sql;
		PsError error;
	} table[] = {
		{"PRAGMA application_id=0x5073656c; PRAGMA user_version=99", PS_ERROR_UNSUPPORTED},
		{"CREATE TABLE other(a)", PS_ERROR_MALFORMED},
		{"PRAGMA user_version=1", PS_ERROR_MALFORMED},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		for (int mode = STORE_READ_WRITE_CREATE; mode <= STORE_READ_ONLY; mode++) {
			g_autoptr(TempDir) dir = temp_dir();
			g_autoptr(GError) error = NULL;
			raw_run(dir, table[i].sql);
			g_assert_null(store_open(dir, (StoreMode)mode, &error));
			g_assert_error(error, PS_ERROR, (int)table[i].error);
			g_assert_null(strchr(error->message, '\n'));
		}
	}
}

static void
test_garbage(void)
{
	for (int mode = STORE_READ_WRITE_CREATE; mode <= STORE_READ_ONLY; mode++) {
		g_autoptr(TempDir) dir = temp_dir();
		g_autofree char *path = g_build_filename(dir, STORE_FILE, NULL);
		g_autofree char *noise = g_strnfill(5000, 'x');
		g_autoptr(GError) error = NULL;
		g_assert_true(g_file_set_contents(path, noise, -1, NULL));
		g_assert_null(store_open(dir, (StoreMode)mode, &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
	}
}

static void
test_link_is_not_followed(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autofree char *path = g_build_filename(dir, STORE_FILE, NULL);
	g_autofree char *target = g_build_filename(dir, "elsewhere", NULL);
	g_autoptr(GError) error = NULL;
	g_assert_cmpint(symlink(target, path), ==, 0);
	g_assert_null(store_open(dir, STORE_READ_WRITE_CREATE, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_CREATE);
	g_assert_false(g_file_test(target, G_FILE_TEST_EXISTS));
}

static int
error_code(const char *dir, StoreMode mode)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Store) store = store_open(dir, mode, &error);
	return store != NULL ? 100 : error->code;
}

/* What store_open() says to somebody who is not root; 100 is success. */
static int
as_nobody(const char *dir, StoreMode mode)
{
	pid_t child = fork();
	if (child == 0) {
		if (geteuid() == 0 &&
		    (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0)) {
			_exit(101);
		}
		_exit(error_code(dir, mode));
	}
	int status = 0;
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
give_to_nobody(const char *path, mode_t mode)
{
	if (geteuid() == 0) {
		g_assert_cmpint(chown(path, 65534, 65534), ==, 0);
	}
	g_assert_cmpint(chmod(path, mode), ==, 0);
}

static void
test_read_only_folder(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autofree char *top = g_path_get_dirname(dir);
	g_assert_cmpint(g_chmod(top, 0711), ==, 0); /* they must get as far as this folder */
	give_to_nobody(dir, 0500);
	g_assert_cmpint(as_nobody(dir, STORE_READ_WRITE_CREATE), ==, PS_ERROR_CREATE);
	g_assert_cmpint(as_nobody(dir, STORE_READ_ONLY), ==, 100);
	g_assert_cmpint(g_chmod(dir, 0700), ==, 0);
	store_close(temp_open(dir, STORE_READ_WRITE_CREATE));
	g_autofree char *path = g_build_filename(dir, STORE_FILE, NULL);
	give_to_nobody(path, 0400);
	g_assert_cmpint(g_chmod(dir, 0500), ==, 0);
	g_assert_cmpint(as_nobody(dir, STORE_READ_WRITE), ==, PS_ERROR_CREATE);
	g_assert_cmpint(as_nobody(dir, STORE_READ_ONLY), ==, 100);
	g_assert_cmpint(g_chmod(dir, 0700), ==, 0);
}

static void
test_folder_is_a_file(void)
{
	g_autoptr(TempDir) top = temp_dir();
	g_autofree char *file = g_build_filename(top, "file", NULL);
	g_autofree char *dir = g_build_filename(file, "home", NULL);
	g_assert_true(g_file_set_contents(file, "x", 1, NULL));
	g_assert_cmpint(error_code(dir, STORE_READ_WRITE_CREATE), ==, PS_ERROR_CREATE);
	g_assert_cmpint(error_code(file, STORE_READ_WRITE_CREATE), ==, PS_ERROR_CREATE);
}

/* Whether another process could lock the whole file, as it would to take the log away. */
static bool
is_unlocked(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, STORE_FILE, NULL);
	pid_t child = fork();
	if (child == 0) {
		struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
		int fd = open(path, O_RDWR | O_CLOEXEC);
		_exit(fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK);
	}
	int status = 0;
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	return WEXITSTATUS(status) == 1;
}

/* Several engines of one process use one store: opening it once more takes no lock from another. */
static void
test_locks_stay(void)
{
	static const StoreMode modes[] = {STORE_READ_WRITE_CREATE, STORE_READ_WRITE,
					  STORE_READ_ONLY};
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_assert_true(store_setting_set(store, "a", "b", NULL));
	g_assert_false(is_unlocked(dir));
	for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
		store_close(temp_open(dir, modes[i]));
		g_assert_false(is_unlocked(dir));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/store/open/private", test_private);
	g_test_add_func("/store/open/made-private-again", test_file_made_private_again);
	g_test_add_func("/store/open/missing", test_missing);
	g_test_add_func("/store/open/read-only", test_read_only_changes_nothing);
	g_test_add_func("/store/open/migrate", test_migrate);
	g_test_add_func("/store/open/migrate-read-only", test_migrate_read_only);
	g_test_add_func("/store/open/strange-files", test_strange_files);
	g_test_add_func("/store/open/garbage", test_garbage);
	g_test_add_func("/store/open/link", test_link_is_not_followed);
	g_test_add_func("/store/open/read-only-folder", test_read_only_folder);
	g_test_add_func("/store/open/locks-stay", test_locks_stay);
	g_test_add_func("/store/open/folder-is-a-file", test_folder_is_a_file);
	return g_test_run();
}
