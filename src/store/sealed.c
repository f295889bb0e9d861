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
	g_clear_pointer(&sealed->header, g_bytes_unref);
	g_free(sealed);
}

bool
store_sealed_put(Store *store, const StoreSealed *sealed, int64_t now, GError **error)
{
	static const char insert[] =
		"INSERT OR IGNORE INTO sealed(message, subject, header, sealed, time) VALUES(?,?,?,?,?)";
	static const char prune[] = "DELETE FROM sealed WHERE time<?";
	g_autoptr(GBytes) message = store_digest(sealed->message_id);
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	return tx != NULL &&
	       store_run(store, insert,
			 ARGS(BYTES(message), TEXT(sealed->subject), BYTES(sealed->header),
			      INT(sealed->sealed), INT(now)),
			 error) &&
	       store_run(store, prune, ARGS(INT(now - STORE_SEALED_DAYS * BASE_DAY)), error) &&
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

bool
store_sealed_get(Store *store, const char *message_id, StoreSealed **out, GError **error)
{
	static const char sql[] = "SELECT subject, header, sealed FROM sealed WHERE message=?";
	g_autoptr(GBytes) message = store_digest(message_id);
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(BYTES(message)), error);
	gpointer found = NULL;
	if (rows == NULL || !store_first(rows, read_sealed, &found, error)) {
		return false;
	}
	*out = found;
	if (*out != NULL) {
		(*out)->message_id = g_strdup(message_id);
	}
	return true;
}

GPtrArray *
store_sealed_recent(Store *store, GError **error)
{
	static const char sql[] =
		"SELECT subject, header, sealed FROM sealed WHERE subject IS NOT NULL AND sealed"
		" ORDER BY time DESC LIMIT ?";
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(INT(STORE_SEALED_RECENT)), error);
	return rows == NULL
		       ? NULL
		       : store_collect(rows, read_sealed, (GDestroyNotify)store_sealed_free, error);
}
