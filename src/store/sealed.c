/* SPDX-License-Identifier: MPL-2.0 */
/* Messages that bind their answers. */
#include "store/sealed.h"

#include "base/clock.h"
#include "store/sqlite.h"

void
store_sealed_free(StoreSealed *sealed)
{
	g_free(sealed->message_id);
	g_free(sealed->subject);
	g_free(sealed->bare);
	g_clear_pointer(&sealed->header, g_bytes_unref);
	g_free(sealed);
}

/* One that only has rules gives way to a sealed one; that is enough for the strictest to be there.
 */
static bool
make_room(Store *store, BaseBytes message, bool sealed, bool *room, GError **error)
{
	static const char count[] = "SELECT count(*) FROM binding WHERE message=?";
	static const char evict[] =
		"DELETE FROM binding WHERE id=(SELECT id FROM binding WHERE message=? AND NOT sealed"
		" ORDER BY id DESC LIMIT 1)";
	int64_t n = 0;
	int64_t gone = 0;
	if (!store_number(store, count, ARGS(BLOB(message)), &n, error) ||
	    (n >= STORE_SEALED_MAX && sealed &&
	     !store_run_count(store, evict, ARGS(BLOB(message)), &gone, error))) {
		return false;
	}
	*room = n < STORE_SEALED_MAX || gone > 0;
	return true;
}

bool
store_sealed_put(Store *store, const StoreSealed *sealed, int64_t now, GError **error)
{
	static const char insert[] =
		"INSERT OR IGNORE INTO binding(message, payload, subject, bare, header, sealed,"
		" time) VALUES(?,?,?,?,?,?,?)";
	static const char prune[] = "DELETE FROM binding WHERE time<?";
	g_autoptr(GBytes) message = store_digest(sealed->message_id);
	g_autofree char *text = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, sealed->header);
	g_autoptr(GBytes) payload = store_digest(text);
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	bool room = false;
	if (tx == NULL || !make_room(store, base_bytes_of(message), sealed->sealed, &room, error) ||
	    (room && !store_run(store, insert,
				ARGS(BYTES(message), BYTES(payload), TEXT(sealed->subject),
				     TEXT(sealed->bare), BYTES(sealed->header), INT(sealed->sealed),
				     INT(now)),
				error))) {
		return false;
	}
	return store_run(store, prune, ARGS(INT(now - STORE_SEALED_DAYS * BASE_DAY)), error) &&
	       store_commit(tx, error);
}

static gpointer
read_sealed(StoreRows *row)
{
	StoreSealed *sealed = g_new0(StoreSealed, 1);
	sealed->subject = store_column_text(row, 0);
	sealed->header = store_column_bytes(row, 1);
	sealed->sealed = store_column_bool(row, 2);
	return sealed;
}

GPtrArray *
store_sealed_list(Store *store, const char *message_id, GError **error)
{
	static const char sql[] =
		"SELECT subject, header, sealed FROM binding WHERE message=? ORDER BY sealed DESC, id";
	g_autoptr(GBytes) message = store_digest(message_id);
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(BYTES(message)), error);
	return store_collect(rows, read_sealed, (GDestroyNotify)store_sealed_free, error);
}

GPtrArray *
store_sealed_recent(Store *store, const char *bare, GError **error)
{
	/* What is looked through lies in the index; the row is read only if it is wanted. */
	static const char sql[] =
		"SELECT b.subject, b.header, b.sealed FROM"
		" (SELECT id, bare, time FROM binding INDEXED BY binding_bare"
		"  WHERE sealed AND subject IS NOT NULL ORDER BY time DESC LIMIT ?) AS r"
		" CROSS JOIN binding AS b ON b.id=r.id"
		" WHERE r.bare IS NULL OR instr(?, r.bare) > 0 ORDER BY r.time DESC";
	g_autoptr(StoreRows) rows =
		store_query(store, sql, ARGS(INT(STORE_SEALED_RECENT), TEXT(bare)), error);
	return rows == NULL
		       ? NULL
		       : store_collect(rows, read_sealed, (GDestroyNotify)store_sealed_free, error);
}
