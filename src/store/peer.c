/* SPDX-License-Identifier: MPL-2.0 */
#include "store/peer.h"

#include "store/sqlite.h"

void
store_peer_free(StorePeer *peer)
{
	if (peer == NULL) {
		return;
	}
	g_free(peer->address);
	g_free(peer->program);
	g_free(peer->version);
	g_free(peer);
}

#define COLUMNS                                                                              \
	"id, address, program, version, program_seen, first_seen, last_seen, first_written," \
	" first_signed, n_signed, n_unsigned, decided, decided_id"

static gpointer
read_peer(StoreRows *row)
{
	StorePeer *peer = g_new0(StorePeer, 1);
	peer->id = store_column_int(row, 0);
	peer->address = store_column_text(row, 1);
	peer->program = store_column_text(row, 2);
	peer->version = store_column_text(row, 3);
	peer->program_seen = store_column_int(row, 4);
	peer->first_seen = store_column_int(row, 5);
	peer->last_seen = store_column_int(row, 6);
	peer->first_written = store_column_int(row, 7);
	peer->first_signed = store_column_int(row, 8);
	peer->n_signed = store_column_int(row, 9);
	peer->n_unsigned = store_column_int(row, 10);
	peer->decided = store_column_int(row, 11);
	peer->decided_id = store_column_int(row, 12);
	return peer;
}

bool
store_peer_get(Store *store, const char *address, StorePeer **out, GError **error)
{
	static const char sql[] = "SELECT " COLUMNS " FROM peer WHERE address=?";
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(TEXT(address)), error);
	gpointer peer = NULL;
	if (!store_first(rows, read_peer, &peer, error)) {
		return false;
	}
	*out = peer;
	return true;
}

bool
store_peer_ensure(Store *store, const char *address, int64_t *id, GError **error)
{
	static const char find[] = "SELECT id FROM peer WHERE address=?";
	static const char insert[] = "INSERT INTO peer(address) VALUES(?)"
				     " ON CONFLICT(address) DO UPDATE SET address=address"
				     " RETURNING id";
	int64_t found = 0;
	if (!store_number(store, find, ARGS(TEXT(address)), &found, error)) {
		return false;
	}
	if (found == 0 && !store_number(store, insert, ARGS(TEXT(address)), &found, error)) {
		return false;
	}
	*id = found;
	return true;
}

bool
store_peer_foreach(Store *store, StorePeerFunc func, gpointer data, GError **error)
{
	static const char sql[] = "SELECT " COLUMNS " FROM peer ORDER BY address";
	g_autoptr(StoreRows) rows = store_query(store, sql, NO_ARGS, error);
	StoreStep step = rows == NULL ? STORE_FAILED : store_next(rows, error);
	for (; step == STORE_ROW; step = store_next(rows, error)) {
		g_autoptr(StorePeer) peer = read_peer(rows);
		g_autoptr(GError) stop = NULL;
		if (!func(peer, data, &stop)) {
			if (stop == NULL) {
				return true;
			}
			g_propagate_error(error, g_steal_pointer(&stop));
			return false;
		}
	}
	return step == STORE_END;
}

bool
store_peer_program(Store *store, const char *address, const StoreProgram *program, GError **error)
{
	static const char sql[] = "UPDATE peer SET program=?2, version=?3, program_seen=?4"
				  " WHERE id=?1 AND program_seen<=?4";
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	int64_t id = 0;
	return tx != NULL && store_peer_ensure(store, address, &id, error) &&
	       store_run(store, sql,
			 ARGS(INT(id), TEXT(program->name), TEXT(program->version),
			      INT(program->seen)),
			 error) &&
	       store_commit(tx, error);
}

bool
store_peer_written(Store *store, const char *address, int64_t now, GError **error)
{
	static const char sql[] = "UPDATE peer SET first_written=?2"
				  " WHERE id=?1 AND (first_written=0 OR first_written>?2)";
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	int64_t id = 0;
	return tx != NULL && store_peer_ensure(store, address, &id, error) &&
	       store_run(store, sql, ARGS(INT(id), INT(now)), error) && store_commit(tx, error);
}

bool
store_peer_decided(Store *store, const char *address, int64_t now, GError **error)
{
	static const char sql[] =
		"UPDATE peer SET decided=max(decided, ?2),"
		" decided_id=ifnull((SELECT max(id) FROM sighting), 0) WHERE id=?1";
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	int64_t id = 0;
	return tx != NULL && store_peer_ensure(store, address, &id, error) &&
	       store_run(store, sql, ARGS(INT(id), INT(now)), error) && store_commit(tx, error);
}
