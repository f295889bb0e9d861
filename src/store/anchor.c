/* SPDX-License-Identifier: MPL-2.0 */
#include "store/anchor.h"

#include "store/sqlite.h"

void
store_anchor_free(StoreAnchor *anchor)
{
	if (anchor == NULL) {
		return;
	}
	g_free(anchor->fingerprint);
	g_clear_pointer(&anchor->certificate, g_bytes_unref);
	g_free(anchor);
}

bool
store_anchor_put(Store *store, const StoreAnchor *anchor, GError **error)
{
	static const char sql[] =
		"INSERT OR REPLACE INTO anchor(fingerprint, certificate, trusted, added)"
		" VALUES(?,?,?,?)";
	return store_run(store, sql,
			 ARGS(HEX(anchor->fingerprint), BYTES(anchor->certificate),
			      INT(anchor->trusted), INT(anchor->added)),
			 error);
}

bool
store_anchor_remove(Store *store, const char *fingerprint, bool *removed, GError **error)
{
	static const char sql[] = "DELETE FROM anchor WHERE fingerprint=?";
	int64_t n = 0;
	if (!store_run_count(store, sql, ARGS(HEX(fingerprint)), &n, error)) {
		return false;
	}
	*removed = n > 0;
	return true;
}

static gpointer
read_anchor(StoreRows *row)
{
	StoreAnchor *anchor = g_new0(StoreAnchor, 1);
	anchor->fingerprint = store_column_hex(row, 0);
	anchor->certificate = store_column_bytes(row, 1);
	anchor->trusted = store_column_bool(row, 2);
	anchor->added = store_column_int(row, 3);
	return anchor;
}

GPtrArray *
store_anchor_list(Store *store, GError **error)
{
	static const char sql[] =
		"SELECT fingerprint, certificate, trusted, added FROM anchor ORDER BY fingerprint";
	g_autoptr(StoreRows) rows = store_query(store, sql, NO_ARGS, error);
	return store_collect(rows, read_anchor, (GDestroyNotify)store_anchor_free, error);
}

/* No authority is an empty blob, since NULLs are never equal in a key. */
static BaseBytes
key_of(BaseBytes authority)
{
	static const uint8_t nothing[1];
	return authority.n == 0 ? base_bytes(nothing, 0) : authority;
}

bool
store_crl_put(Store *store, const StoreCrl *crl, bool *kept, GError **error)
{
	static const char sql[] =
		"INSERT INTO crl(issuer, authority, this_update, crl) VALUES(?,?,?,?)"
		" ON CONFLICT(issuer, authority) DO UPDATE"
		" SET this_update=excluded.this_update, crl=excluded.crl"
		" WHERE excluded.this_update>this_update";
	static const char prune[] =
		"DELETE FROM crl WHERE issuer=?1 AND authority IN (SELECT authority FROM crl"
		" WHERE issuer=?1 ORDER BY this_update DESC LIMIT -1 OFFSET ?2)";
	int64_t n = 0;
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	if (tx == NULL ||
	    !store_run_count(store, sql,
			     ARGS(BLOB(crl->issuer), BLOB(key_of(crl->authority)),
				  INT(crl->this_update), BLOB(crl->der)),
			     &n, error) ||
	    !store_run(store, prune, ARGS(BLOB(crl->issuer), INT(STORE_LIMIT_CRLS)), error) ||
	    !store_commit(tx, error)) {
		return false;
	}
	*kept = n > 0;
	return true;
}

static gpointer
read_crl(StoreRows *row)
{
	return store_column_bytes(row, 0);
}

GPtrArray *
store_crl_list(Store *store, BaseBytes issuer, GError **error)
{
	static const char sql[] = "SELECT crl FROM crl WHERE issuer=? ORDER BY this_update DESC";
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(BLOB(issuer)), error);
	return store_collect(rows, read_crl, (GDestroyNotify)g_bytes_unref, error);
}
