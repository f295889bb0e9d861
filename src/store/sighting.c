/* SPDX-License-Identifier: MPL-2.0 */
#include "store/sighting.h"

#include "base/clock.h"
#include "store/peer.h"
#include "store/sqlite.h"

/* Later than all there are and all there were when the pin changed or the person decided: the one
 * that was the last one then may be forgotten. */
#define NEXT_ID                                                                         \
	"(SELECT 1+max(decided_id, ifnull((SELECT max(id) FROM sighting), 0),"          \
	" ifnull((SELECT max(pin_until_id) FROM identity WHERE peer=?1), 0)) FROM peer" \
	" WHERE id=?1)"

static bool
insert_sighting(Store *store, int64_t peer, BaseBytes message, const StoreSighting *s, bool *added,
		GError **error)
{
	static const char signed_one[] =
		"INSERT OR IGNORE INTO sighting(id, peer, message, identity, seen, direct,"
		" aligned, program, learned, proven) VALUES(" NEXT_ID
		",?1,?2,?3,?4,?5,?6,?7,?8,?9)";
	/* An unsigned copy of a message that was signed is no other message. */
	static const char unsigned_one[] =
		"INSERT INTO sighting(id, peer, message, identity, seen, direct, aligned, program,"
		" learned, proven) SELECT " NEXT_ID ",?1,?2,?3,?4,?5,?6,?7,?8,?9"
		" WHERE NOT EXISTS(SELECT 1 FROM sighting WHERE peer=?1 AND message=?2)";
	int64_t n = 0;
	if (!store_run_count(store, s->identity == 0 ? unsigned_one : signed_one,
			     ARGS(INT(peer), BLOB(message), INT(s->identity), INT(s->seen),
				  INT(s->direct), INT(s->aligned), TEXT(s->program),
				  INT(s->learned != 0 ? s->learned : s->seen), INT(s->proven)),
			     &n, error)) {
		return false;
	}
	*added = n > 0;
	return true;
}

/* The message was known as unsigned: that no longer counts. */
static bool
drop_unsigned(Store *store, int64_t peer, BaseBytes message, GError **error)
{
	static const char drop[] = "DELETE FROM sighting WHERE peer=? AND message=? AND identity=0";
	static const char uncount[] = "UPDATE peer SET n_unsigned=n_unsigned-1 WHERE id=?";
	int64_t n = 0;
	return store_run_count(store, drop, ARGS(INT(peer), BLOB(message)), &n, error) &&
	       (n == 0 || store_run(store, uncount, ARGS(INT(peer)), error));
}

static bool
count_peer(Store *store, int64_t peer, const StoreSighting *s, GError **error)
{
	static const char sql[] =
		"UPDATE peer SET n_signed=n_signed+(?2 AND NOT ?4), n_unsigned=n_unsigned+1-?2,"
		" first_seen=iif(first_seen=0, ?3, min(first_seen, ?3)),"
		" last_seen=max(last_seen, ?3),"
		" first_signed=iif(NOT ?2 OR ?4, first_signed,"
		"  iif(first_signed=0, ?3, min(first_signed, ?3))) WHERE id=?1";
	return store_run(store, sql,
			 ARGS(INT(peer), INT(s->identity != 0), INT(s->seen), INT(s->candidate)),
			 error);
}

/* Runs before the sighting is in: is its day a new one? */
static bool
count_identity(Store *store, int64_t peer, const StoreSighting *s, GError **error)
{
	static const char sql[] =
		"UPDATE identity SET messages=messages+1, direct_messages=direct_messages+?3,"
		" days=days+NOT EXISTS(SELECT 1 FROM sighting WHERE peer=?5 AND identity=?1"
		"  AND seen>=?4 AND seen<?4+86400),"
		" direct_days=direct_days+(?3 AND NOT EXISTS(SELECT 1 FROM sighting WHERE peer=?5"
		"  AND identity=?1 AND seen>=?4 AND seen<?4+86400 AND direct)),"
		" first_seen=iif(first_seen=0, ?2, min(first_seen, ?2)),"
		" last_seen=max(last_seen, ?2),"
		" first_signed=iif(first_signed=0, ?2, min(first_signed, ?2)),"
		" last_signed=max(last_signed, ?2),"
		" direct_first=iif(NOT ?3, direct_first,"
		"  iif(direct_first=0, ?2, min(direct_first, ?2))),"
		" direct_last=iif(NOT ?3, direct_last, max(direct_last, ?2))"
		" WHERE id=?1 AND NOT EXISTS(SELECT 1 FROM sighting WHERE peer=?5 AND message=?6"
		"  AND identity=?1)";
	int64_t day = s->seen - s->seen % BASE_DAY;
	g_autoptr(GBytes) message = store_digest(s->message);
	return store_run(store, sql,
			 ARGS(INT(s->identity), INT(s->seen), INT(s->direct), INT(day), INT(peer),
			      BYTES(message)),
			 error);
}

/*
 * A copy that came first may have lost what the server found, or look as if a list had sent it: the
 * best of all copies counts, at the time of the first. An unsigned one that a list sent stays so:
 * anybody on it can send what looks direct.
 */
static bool
improve(Store *store, int64_t peer, BaseBytes message, const StoreSighting *s, GError **error)
{
	static const char count[] =
		"UPDATE identity SET direct_messages=direct_messages+1,"
		" direct_days=direct_days+NOT EXISTS(SELECT 1 FROM sighting WHERE peer=?1"
		"  AND identity=?3 AND seen>=m.day AND seen<m.day+86400 AND direct),"
		" direct_first=iif(direct_first=0, m.seen, min(direct_first, m.seen)),"
		" direct_last=max(direct_last, m.seen)"
		" FROM (SELECT seen, seen-seen%86400 AS day FROM sighting"
		"  WHERE peer=?1 AND message=?2 AND identity=?3 AND NOT direct) m"
		" WHERE identity.id=?3";
	static const char raise[] =
		"UPDATE sighting SET direct=max(direct, ?4), aligned=max(aligned, ?5)"
		" WHERE peer=?1 AND message=?2 AND identity=?3 AND (direct<?4 OR aligned<?5)";
	bool direct = s->direct && s->identity != 0;
	return (!direct ||
		store_run(store, count, ARGS(INT(peer), BLOB(message), INT(s->identity)), error)) &&
	       store_run(store, raise,
			 ARGS(INT(peer), BLOB(message), INT(s->identity), INT(direct),
			      INT(s->aligned)),
			 error);
}

bool
store_sighting_add(Store *store, const StoreSighting *s, bool *added, GError **error)
{
	g_autoptr(GBytes) digest = store_digest(s->message);
	BaseBytes message = base_bytes_of(digest);
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	int64_t peer = 0;
	bool fresh = false;
	if (tx == NULL || !store_peer_ensure(store, s->address, &peer, error)) {
		return false;
	}
	if (s->identity != 0 && !count_identity(store, peer, s, error)) {
		return false;
	}
	if (!insert_sighting(store, peer, message, s, &fresh, error) ||
	    !(fresh ? count_peer(store, peer, s, error)
		    : improve(store, peer, message, s, error)) ||
	    (s->identity != 0 && !drop_unsigned(store, peer, message, error)) ||
	    !store_commit(tx, error)) {
		return false;
	}
	*added = fresh;
	return true;
}
