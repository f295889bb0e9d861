/* SPDX-License-Identifier: MPL-2.0 */
#include "store/sent.h"

#include "base/clock.h"
#include "store/sqlite.h"

bool
store_sent_add(Store *store, const char *message_id, const char *address, int64_t now,
	       GError **error)
{
	static const char insert[] =
		"INSERT OR IGNORE INTO sent(message, address, time) VALUES(?,?,?)";
	static const char prune[] = "DELETE FROM sent WHERE time<?";
	g_autoptr(GBytes) message = store_digest(message_id);
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	return tx != NULL &&
	       store_run(store, insert, ARGS(BYTES(message), TEXT(address), INT(now)), error) &&
	       store_run(store, prune, ARGS(INT(now - STORE_SENT_DAYS * BASE_DAY)), error) &&
	       store_commit(tx, error);
}

bool
store_sent_only_to(Store *store, const StoreAnswer *answer, bool *out, GError **error)
{
	static const char sql[] =
		"SELECT count(*)=1 AND max(address)=?2 AND (max(told) IS NULL OR max(told)=?3)"
		" FROM sent WHERE message=?1";
	g_autoptr(GBytes) message = store_digest(answer->message_id);
	g_autoptr(GBytes) key = store_digest(answer->message_key);
	int64_t only = 0;
	if (!store_number(store, sql, ARGS(BYTES(message), TEXT(answer->address), BYTES(key)),
			  &only, error)) {
		return false;
	}
	*out = only != 0;
	return true;
}

bool
store_sent_told(Store *store, const StoreAnswer *answer, GError **error)
{
	static const char sql[] =
		"UPDATE sent SET told=?3 WHERE message=?1 AND address=?2 AND told IS NULL";
	g_autoptr(GBytes) message = store_digest(answer->message_id);
	g_autoptr(GBytes) key = store_digest(answer->message_key);
	return store_run(store, sql, ARGS(BYTES(message), TEXT(answer->address), BYTES(key)),
			 error);
}
