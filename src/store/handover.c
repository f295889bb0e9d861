/* SPDX-License-Identifier: MPL-2.0 */
/* Which root handed an address over to which. */
#include "store/peer.h"
#include "store/sqlite.h"

void
store_handover_free(StoreHandover *handover)
{
	if (handover == NULL) {
		return;
	}
	g_free(handover->old_root);
	g_free(handover->new_root);
	g_free(handover);
}

bool
store_handover_add(Store *store, const char *address, const StoreHandover *handover, bool always,
		   GError **error)
{
	static const char room[] =
		"DELETE FROM handover WHERE peer=?1 AND (old_root, new_root) IN"
		" (SELECT old_root, new_root FROM handover WHERE peer=?1 AND old_root<>?2"
		"  AND ?3<=(SELECT count(*) FROM handover WHERE peer=?1)"
		"  AND NOT EXISTS(SELECT 1 FROM handover"
		"   WHERE peer=?1 AND old_root=?2 AND new_root=?4)"
		"  ORDER BY last_seen, old_root, new_root LIMIT 1)";
	static const char insert[] =
		"INSERT INTO handover(peer, old_root, new_root, time, first_seen, last_seen)"
		" SELECT ?1,?2,?3,?4,?5,?5 WHERE ?6>(SELECT count(*) FROM handover WHERE peer=?1)"
		" OR EXISTS(SELECT 1 FROM handover WHERE peer=?1 AND old_root=?2 AND new_root=?3)"
		" ON CONFLICT DO UPDATE SET first_seen=min(first_seen, ?5),"
		" last_seen=max(last_seen, ?5)";
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	int64_t peer = 0;
	return tx != NULL && store_peer_ensure(store, address, &peer, error) &&
	       (!always || store_run(store, room,
				     ARGS(INT(peer), HEX(handover->old_root),
					  INT(STORE_LIMIT_HANDOVERS), HEX(handover->new_root)),
				     error)) &&
	       store_run(store, insert,
			 ARGS(INT(peer), HEX(handover->old_root), HEX(handover->new_root),
			      INT(handover->time), INT(handover->first_seen),
			      INT(STORE_LIMIT_HANDOVERS)),
			 error) &&
	       store_commit(tx, error);
}

static gpointer
read_handover(StoreRows *row)
{
	StoreHandover *handover = g_new0(StoreHandover, 1);
	handover->old_root = store_column_hex(row, 0);
	handover->new_root = store_column_hex(row, 1);
	handover->time = store_column_int(row, 2);
	handover->first_seen = store_column_int(row, 3);
	handover->last_seen = store_column_int(row, 4);
	return handover;
}

GPtrArray *
store_handover_list(Store *store, const char *address, GError **error)
{
	static const char sql[] =
		"SELECT old_root, new_root, time, first_seen, last_seen FROM handover"
		" WHERE peer=(SELECT id FROM peer WHERE address=?) ORDER BY first_seen, new_root";
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(TEXT(address)), error);
	return store_collect(rows, read_handover, (GDestroyNotify)store_handover_free, error);
}
