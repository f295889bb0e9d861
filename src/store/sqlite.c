/* SPDX-License-Identifier: MPL-2.0 */
/* Statements with typed arguments, prepared once; SQLite's failures in our words. */
#include "store/sqlite.h"

#include "base/hex.h"
#include "base/secret.h"

static const struct {
	int code; /* primary or extended result code */
	PsError error;
	const char *text;
} failures[] = {
	{SQLITE_BUSY, PS_ERROR_BUSY, "the store: somebody else is writing; try again"},
	{SQLITE_LOCKED, PS_ERROR_BUSY, "the store: somebody else is writing; try again"},
	{SQLITE_READONLY, PS_ERROR_CREATE, "the store cannot be written: it is read-only"},
	{SQLITE_CANTOPEN, PS_ERROR_CREATE,
	 "the store cannot be opened: check the rights of its folder"},
	{SQLITE_PERM, PS_ERROR_CREATE,
	 "the store cannot be opened: check the rights of its folder"},
	{SQLITE_FULL, PS_ERROR_IO, "the store cannot be written: the disk is full"},
	{SQLITE_IOERR, PS_ERROR_IO, "the store cannot be read or written: check the disk"},
	{SQLITE_CORRUPT, PS_ERROR_MALFORMED, "the store is damaged: restore a backup"},
	{SQLITE_NOTADB, PS_ERROR_MALFORMED, "the store is damaged: restore a backup"},
	{SQLITE_TOOBIG, PS_ERROR_LIMIT, "too large for the store"},
};

bool
store_fail(sqlite3 *db, int code, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
		if (failures[i].code == (code & 0xff)) {
			return base_fail(error, failures[i].error, "%s", failures[i].text);
		}
	}
	return base_fail(error, PS_ERROR_INTERNAL, "the store failed: %s",
			 db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(db));
}

void
store_rows_reset(StoreRows *rows)
{
	sqlite3_reset(rows);
	sqlite3_clear_bindings(rows);
}

static StoreRows *
prepare(Store *store, const char *sql, GError **error)
{
	StoreRows *rows = g_hash_table_lookup(store->statements, sql);
	if (rows == NULL) {
		int code = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &rows,
					      NULL);
		if (code != SQLITE_OK) {
			store_fail(store->db, code, error);
			return NULL;
		}

		union {
			const char *sql;
			gpointer key;
		} name = {sql};

		g_hash_table_insert(store->statements, name.key, rows);
	}
	g_assert(!sqlite3_stmt_busy(rows));
	return rows;
}

static int
bind_bytes(StoreRows *rows, int index, BaseBytes bytes)
{
	if (bytes.p == NULL) {
		return sqlite3_bind_null(rows, index);
	}
	return sqlite3_bind_blob64(rows, index, bytes.p, bytes.n, SQLITE_STATIC);
}

static int
bind_hex(StoreRows *rows, int index, const char *text)
{
	g_autoptr(GBytes) bytes = text == NULL ? NULL : base_hex_parse(text);
	BaseBytes b = base_bytes_of(bytes);
	if (b.p == NULL) {
		return text == NULL ? sqlite3_bind_null(rows, index) : SQLITE_MISMATCH;
	}
	return sqlite3_bind_blob64(rows, index, b.p, b.n, SQLITE_TRANSIENT);
}

static int
bind(StoreRows *rows, int index, const StoreArg *arg)
{
	switch (arg->type) {
	case STORE_ARG_INT:
		return sqlite3_bind_int64(rows, index, arg->number);
	case STORE_ARG_TEXT:
		return sqlite3_bind_text(rows, index, arg->text, -1, SQLITE_STATIC);
	case STORE_ARG_BLOB:
		return bind_bytes(rows, index, arg->bytes);
	case STORE_ARG_HEX:
		return bind_hex(rows, index, arg->text);
	case STORE_ARG_END:
		break;
	}
	return SQLITE_MISUSE;
}

StoreRows *
store_query(Store *store, const char *sql, const StoreArg *args, GError **error)
{
	g_autoptr(StoreRows) rows = prepare(store, sql, error);
	if (rows == NULL) {
		return NULL;
	}
	int n = 0;
	for (; args[n].type != STORE_ARG_END; n++) {
		int code = bind(rows, n + 1, &args[n]);
		if (code == SQLITE_MISMATCH) {
			return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT, "not a fingerprint");
		}
		if (code != SQLITE_OK) {
			store_fail(store->db, code, error);
			return NULL;
		}
	}
	g_assert(n == sqlite3_bind_parameter_count(rows));
	return g_steal_pointer(&rows);
}

StoreStep
store_next(StoreRows *rows, GError **error)
{
	int code = sqlite3_step(rows);
	if (code == SQLITE_ROW) {
		return STORE_ROW;
	}
	if (code == SQLITE_DONE) {
		return STORE_END;
	}
	store_fail(sqlite3_db_handle(rows), code, error);
	return STORE_FAILED;
}

bool
store_run(Store *store, const char *sql, const StoreArg *args, GError **error)
{
	g_autoptr(StoreRows) rows = store_query(store, sql, args, error);
	return rows != NULL && store_next(rows, error) != STORE_FAILED;
}

bool
store_run_count(Store *store, const char *sql, const StoreArg *args, int64_t *changed,
		GError **error)
{
	if (!store_run(store, sql, args, error)) {
		return false;
	}
	*changed = sqlite3_changes64(store->db);
	return true;
}

bool
store_number(Store *store, const char *sql, const StoreArg *args, int64_t *out, GError **error)
{
	g_autoptr(StoreRows) rows = store_query(store, sql, args, error);
	StoreStep step = rows == NULL ? STORE_FAILED : store_next(rows, error);
	if (step == STORE_FAILED) {
		return false;
	}
	*out = step == STORE_ROW ? store_column_int(rows, 0) : 0;
	return true;
}

bool
store_script(sqlite3 *db, const char *sql, GError **error)
{
	int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
	return code == SQLITE_OK || store_fail(db, code, error);
}

char *
store_column_text(StoreRows *rows, int column)
{
	return g_strdup((const char *)sqlite3_column_text(rows, column));
}

static BaseBytes
column_blob(StoreRows *rows, int column)
{
	const void *p = sqlite3_column_blob(rows, column);
	return base_bytes(p, p == NULL ? 0 : (size_t)sqlite3_column_bytes(rows, column));
}

char *
store_column_hex(StoreRows *rows, int column)
{
	BaseBytes b = column_blob(rows, column);
	return b.p == NULL ? NULL : base_hex(b);
}

GBytes *
store_column_bytes(StoreRows *rows, int column)
{
	if (sqlite3_column_type(rows, column) == SQLITE_NULL) {
		return NULL;
	}
	BaseBytes b = column_blob(rows, column);
	return g_bytes_new(b.p, b.n);
}

int64_t
store_column_int(StoreRows *rows, int column)
{
	return sqlite3_column_int64(rows, column);
}

bool
store_column_bool(StoreRows *rows, int column)
{
	return sqlite3_column_int(rows, column) != 0;
}

bool
store_name_parse(const char *const *names, size_t n, const char *name, unsigned *out)
{
	for (unsigned i = 0; i < n; i++) {
		if (g_strcmp0(names[i], name) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

unsigned
store_column_enum(StoreRows *rows, int column, const char *const *names, size_t n)
{
	unsigned value = 0;
	store_name_parse(names, n, (const char *)sqlite3_column_text(rows, column), &value);
	return value;
}

GBytes *
store_digest(const char *text)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	guint8 digest[32];
	gsize n = sizeof digest;
	g_checksum_update(sum, (const guchar *)text, -1);
	g_checksum_get_digest(sum, digest, &n);
	return g_bytes_new(digest, 16);
}

GPtrArray *
store_collect(StoreRows *rows, StoreRead read, GDestroyNotify destroy, GError **error)
{
	if (rows == NULL) {
		return NULL;
	}
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(destroy);
	StoreStep step = store_next(rows, error);
	for (; step == STORE_ROW; step = store_next(rows, error)) {
		g_ptr_array_add(list, read(rows));
	}
	return step == STORE_END ? g_steal_pointer(&list) : NULL;
}

bool
store_first(StoreRows *rows, StoreRead read, gpointer *out, GError **error)
{
	StoreStep step = rows == NULL ? STORE_FAILED : store_next(rows, error);
	if (step == STORE_FAILED) {
		return false;
	}
	*out = step == STORE_ROW ? read(rows) : NULL;
	return true;
}
