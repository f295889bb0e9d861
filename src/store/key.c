/* SPDX-License-Identifier: MPL-2.0 */
#include "store/key.h"

#include "base/secret.h"
#include "store/sqlite.h"

static const char *const roles[] = {
	[STORE_ROLE_ROOT] = "root",       [STORE_ROLE_SIGN] = "sign",
	[STORE_ROLE_ENCRYPT] = "encrypt", [STORE_ROLE_BOTH] = "both",
	[STORE_ROLE_DRAFTS] = "drafts",
};

/* A new current key of one role puts these out of use. */
static const char *const displaced[][3] = {
	[STORE_ROLE_ROOT] = {"root"},
	[STORE_ROLE_SIGN] = {"sign", "both"},
	[STORE_ROLE_ENCRYPT] = {"encrypt", "both"},
	[STORE_ROLE_BOTH] = {"both", "sign", "encrypt"},
	[STORE_ROLE_DRAFTS] = {"drafts"},
};

static const char *const origins[] = {
	[STORE_ORIGIN_GENERATED] = "generated",
	[STORE_ORIGIN_IMPORTED] = "imported",
};

void
store_key_free(StoreKey *key)
{
	if (key == NULL) {
		return;
	}
	g_free(key->address);
	g_clear_pointer(&key->certificate, g_bytes_unref);
	g_clear_pointer(&key->private_key, g_bytes_unref);
	g_clear_pointer(&key->chain, g_ptr_array_unref);
	g_clear_pointer(&key->issuer, g_bytes_unref);
	g_clear_pointer(&key->serial, g_bytes_unref);
	g_clear_pointer(&key->ski, g_bytes_unref);
	g_free(key->fingerprint);
	g_free(key->root_fingerprint);
	g_free(key);
}

const char *
store_role_name(StoreRole role)
{
	return roles[role];
}

const char *
store_origin_name(StoreOrigin origin)
{
	return origins[origin];
}

static bool
displace(Store *store, const char *address, StoreRole role, int64_t now, GError **error)
{
	static const char sql[] = "UPDATE own_key SET current=0, retired_at=?2"
				  " WHERE address=?1 AND role IN (?3, ?4, ?5) AND current";
	const char *const *names = displaced[role];
	return store_run(
		store, sql,
		ARGS(TEXT(address), INT(now), TEXT(names[0]), TEXT(names[1]), TEXT(names[2])),
		error);
}

static bool
insert_key(Store *store, const StoreKey *key, int64_t *id, GError **error)
{
	static const char sql[] =
		"INSERT INTO own_key(address, role, certificate, private_key, issuer, serial, ski,"
		" fingerprint, root_fingerprint, not_before, not_after, current, origin, compromised,"
		" created, retired_at) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
		" ON CONFLICT(address, fingerprint, role) DO UPDATE SET"
		" private_key=coalesce(excluded.private_key, private_key),"
		" current=max(current, excluded.current),"
		" retired_at=iif(excluded.current, 0, retired_at) RETURNING id";
	int64_t retired = key->retired_at != 0 || key->current ? key->retired_at : key->created;
	return store_number(store, sql,
			    ARGS(TEXT(key->address), TEXT(roles[key->role]),
				 BYTES(key->certificate), BYTES(key->private_key),
				 BYTES(key->issuer), BYTES(key->serial), BYTES(key->ski),
				 HEX(key->fingerprint), HEX(key->root_fingerprint),
				 INT(key->not_before), INT(key->not_after), INT(key->current),
				 TEXT(origins[key->origin]), INT(key->compromised),
				 INT(key->created), INT(retired)),
			    id, error);
}

static bool
insert_chain(Store *store, int64_t id, const GPtrArray *chain, GError **error)
{
	static const char clear[] = "DELETE FROM own_chain WHERE key=?";
	static const char insert[] = "INSERT INTO own_chain(key, n, certificate) VALUES(?,?,?)";
	if (chain == NULL) {
		return true;
	}
	bool ok = store_run(store, clear, ARGS(INT(id)), error);
	for (guint i = 0; ok && i < chain->len; i++) {
		ok = store_run(store, insert, ARGS(INT(id), INT(i), BYTES(chain->pdata[i])), error);
	}
	return ok;
}

static bool
add_key(Store *store, const StoreKey *key, GError **error)
{
	int64_t id = 0;
	return (!key->current || displace(store, key->address, key->role, key->created, error)) &&
	       insert_key(store, key, &id, error) && insert_chain(store, id, key->chain, error);
}

bool
store_key_add(Store *store, const StoreKey *const *keys, size_t n, GError **error)
{
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	bool ok = tx != NULL;
	for (size_t i = 0; ok && i < n; i++) {
		ok = add_key(store, keys[i], error);
	}
	return ok && store_commit(tx, error);
}

#define COLUMNS                                                                             \
	"id, address, role, certificate, private_key, issuer, serial, ski, fingerprint,"    \
	" root_fingerprint, not_before, not_after, current, origin, compromised, created, " \
	"retired_at"

/* SQLite's own copy of the key is out of our hands; ours is wiped. */
static GBytes *
read_secret(StoreRows *row, int column)
{
	const void *p = sqlite3_column_blob(row, column);
	size_t n = (size_t)sqlite3_column_bytes(row, column);
	return p == NULL ? NULL : base_secret_bytes(base_bytes(p, n));
}

static gpointer
read_key(StoreRows *row)
{
	StoreKey *key = g_new0(StoreKey, 1);
	key->id = store_column_int(row, 0);
	key->address = store_column_text(row, 1);
	key->role = store_column_enum(row, 2, roles, G_N_ELEMENTS(roles));
	key->certificate = store_column_bytes(row, 3);
	key->private_key = read_secret(row, 4);
	key->issuer = store_column_bytes(row, 5);
	key->serial = store_column_bytes(row, 6);
	key->ski = store_column_bytes(row, 7);
	key->fingerprint = store_column_hex(row, 8);
	key->root_fingerprint = store_column_hex(row, 9);
	key->not_before = store_column_int(row, 10);
	key->not_after = store_column_int(row, 11);
	key->current = store_column_bool(row, 12);
	key->origin = store_column_enum(row, 13, origins, G_N_ELEMENTS(origins));
	key->compromised = store_column_bool(row, 14);
	key->created = store_column_int(row, 15);
	key->retired_at = store_column_int(row, 16);
	key->chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	return key;
}

static bool
read_chain(Store *store, StoreKey *key, GError **error)
{
	static const char sql[] = "SELECT certificate FROM own_chain WHERE key=? ORDER BY n";
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(INT(key->id)), error);
	StoreStep step = rows == NULL ? STORE_FAILED : store_next(rows, error);
	for (; step == STORE_ROW; step = store_next(rows, error)) {
		g_ptr_array_add(key->chain, store_column_bytes(rows, 0));
	}
	return step == STORE_END;
}

static GPtrArray *
list_keys(Store *store, const char *sql, const StoreArg *args, GError **error)
{
	g_autoptr(StoreRows) rows = store_query(store, sql, args, error);
	g_autoptr(GPtrArray) keys =
		store_collect(rows, read_key, (GDestroyNotify)store_key_free, error);
	for (guint i = 0; keys != NULL && i < keys->len; i++) {
		if (!read_chain(store, keys->pdata[i], error)) {
			return NULL;
		}
	}
	return g_steal_pointer(&keys);
}

static bool
one_key(Store *store, const char *sql, const StoreArg *args, StoreKey **out, GError **error)
{
	g_autoptr(GPtrArray) keys = list_keys(store, sql, args, error);
	if (keys == NULL) {
		return false;
	}
	*out = keys->len == 0 ? NULL : g_ptr_array_steal_index(keys, 0);
	return true;
}

#define ORDER " ORDER BY current DESC, not_before DESC, id DESC"

GPtrArray *
store_key_list(Store *store, const char *address, GError **error)
{
	static const char all[] = "SELECT " COLUMNS " FROM own_key ORDER BY address, current DESC,"
				  " not_before DESC, id DESC";
	static const char of_address[] = "SELECT " COLUMNS " FROM own_key WHERE address=?" ORDER;
	return address == NULL ? list_keys(store, all, NO_ARGS, error)
			       : list_keys(store, of_address, ARGS(TEXT(address)), error);
}

bool
store_key_current(Store *store, const char *address, StoreRole role, StoreKey **out, GError **error)
{
	static const char sql[] = "SELECT " COLUMNS " FROM own_key"
				  " WHERE address=?1 AND role IN (?2, ?3) AND current" ORDER;
	bool leaf = role == STORE_ROLE_SIGN || role == STORE_ROLE_ENCRYPT;
	const char *other = leaf ? roles[STORE_ROLE_BOTH] : roles[role];
	return one_key(store, sql, ARGS(TEXT(address), TEXT(roles[role]), TEXT(other)), out, error);
}

bool
store_key_by_fingerprint(Store *store, const char *fingerprint, StoreKey **out, GError **error)
{
	static const char sql[] = "SELECT " COLUMNS " FROM own_key WHERE fingerprint=?" ORDER;
	return one_key(store, sql, ARGS(HEX(fingerprint)), out, error);
}

GPtrArray *
store_key_find_issuer_serial(Store *store, BaseBytes issuer, BaseBytes serial, GError **error)
{
	static const char sql[] = "SELECT " COLUMNS " FROM own_key WHERE serial=?2 AND issuer=?1"
				  " AND private_key IS NOT NULL" ORDER;
	return list_keys(store, sql, ARGS(BLOB(issuer), BLOB(serial)), error);
}

GPtrArray *
store_key_find_ski(Store *store, BaseBytes ski, GError **error)
{
	static const char sql[] = "SELECT " COLUMNS " FROM own_key WHERE ski=?"
				  " AND private_key IS NOT NULL" ORDER;
	return list_keys(store, sql, ARGS(BLOB(ski)), error);
}

bool
store_key_retire(Store *store, const char *address, bool compromised, int64_t now, GError **error)
{
	static const char sql[] =
		"UPDATE own_key SET current=0, retired_at=?3, compromised=max(compromised, ?2)"
		" WHERE address=?1 AND current AND role<>'drafts'";
	return store_run(store, sql, ARGS(TEXT(address), INT(compromised), INT(now)), error);
}

static bool
change_key(Store *store, const char *sql, const StoreArg *args, GError **error)
{
	int64_t changed = 0;
	if (!store_run_count(store, sql, args, &changed, error)) {
		return false;
	}
	return changed > 0 || base_fail(error, PS_ERROR_NOT_FOUND, "there is no such key");
}

bool
store_key_set_current(Store *store, const char *fingerprint, int64_t now, GError **error)
{
	static const char sql[] = "UPDATE own_key SET current=1, retired_at=0 WHERE id=?";
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	g_autoptr(StoreKey) key = NULL;
	if (tx == NULL || !store_key_by_fingerprint(store, fingerprint, &key, error)) {
		return false;
	}
	if (key == NULL) {
		return base_fail(error, PS_ERROR_NOT_FOUND, "there is no such key");
	}
	return displace(store, key->address, key->role, now, error) &&
	       store_run(store, sql, ARGS(INT(key->id)), error) && store_commit(tx, error);
}

bool
store_key_set_compromised(Store *store, const char *fingerprint, int64_t now, GError **error)
{
	static const char sql[] =
		"UPDATE own_key SET compromised=1, current=0,"
		" retired_at=iif(retired_at=0, ?2, retired_at) WHERE fingerprint=?1";
	return change_key(store, sql, ARGS(HEX(fingerprint), INT(now)), error);
}
