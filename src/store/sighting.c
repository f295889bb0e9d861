/* SPDX-License-Identifier: MPL-2.0 */
#include "store/sighting.h"

#include "base/clock.h"
#include "store/peer.h"
#include "store/sqlite.h"

/* A place in the order of sightings: time, then the order in which they became known. */
typedef struct {
	bool known;
	int64_t seen;
	int64_t id;
} Place;

static bool
insert_sighting(Store *store, int64_t peer, BaseBytes message, const StoreSighting *s, bool *added,
		GError **error)
{
	static const char signed_one[] =
		"INSERT OR IGNORE INTO sighting(peer, message, identity, seen, direct, aligned,"
		" program) VALUES(?,?,?,?,?,?,?)";
	/* An unsigned copy of a message that was signed is no other message. */
	static const char unsigned_one[] =
		"INSERT INTO sighting(peer, message, identity, seen, direct, aligned, program)"
		" SELECT ?1,?2,?3,?4,?5,?6,?7"
		" WHERE NOT EXISTS(SELECT 1 FROM sighting WHERE peer=?1 AND message=?2)";
	int64_t n = 0;
	if (!store_run_count(store, s->identity == 0 ? unsigned_one : signed_one,
			     ARGS(INT(peer), BLOB(message), INT(s->identity), INT(s->seen),
				  INT(s->direct), INT(s->aligned), TEXT(s->program)),
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
		"UPDATE peer SET n_signed=n_signed+?2, n_unsigned=n_unsigned+1-?2,"
		" first_seen=iif(first_seen=0, ?3, min(first_seen, ?3)),"
		" last_seen=max(last_seen, ?3),"
		" first_signed=iif(NOT ?2, first_signed,"
		"  iif(first_signed=0, ?3, min(first_signed, ?3))) WHERE id=?1";
	return store_run(store, sql, ARGS(INT(peer), INT(s->identity != 0), INT(s->seen)), error);
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
	if (s->identity != 0 && (!drop_unsigned(store, peer, message, error) ||
				 !count_identity(store, peer, s, error))) {
		return false;
	}
	if (!insert_sighting(store, peer, message, s, &fresh, error) ||
	    (fresh && !count_peer(store, peer, s, error)) || !store_commit(tx, error)) {
		return false;
	}
	*added = fresh;
	return true;
}

/* Where the message stands; one that is not known comes after all that came up to @seen. */
static bool
find_place(StoreRows *known, int64_t seen, Place *out, GError **error)
{
	StoreStep step = known == NULL ? STORE_FAILED : store_next(known, error);
	if (step == STORE_FAILED) {
		return false;
	}
	out->known = step == STORE_ROW;
	out->seen = out->known ? store_column_int(known, 0) : seen;
	out->id = out->known ? store_column_int(known, 1) : INT64_MAX;
	return true;
}

static bool
find_signed(Store *store, int64_t identity, const char *message, int64_t seen, Place *out,
	    GError **error)
{
	static const char sql[] = "SELECT seen, id FROM sighting WHERE message=?2 AND identity=?1"
				  " AND peer=(SELECT peer FROM identity WHERE id=?1)";
	g_autoptr(GBytes) digest = store_digest(message);
	g_autoptr(StoreRows) rows =
		store_query(store, sql, ARGS(INT(identity), BYTES(digest)), error);
	return find_place(rows, seen, out, error);
}

static void
read_tally(StoreRows *row, StoreTally *tally)
{
	tally->messages = store_column_int(row, 0);
	tally->days = store_column_int(row, 1);
	tally->first = store_column_int(row, 2);
	tally->last = store_column_int(row, 3);
	tally->direct_messages = store_column_int(row, 4);
	tally->direct_days = store_column_int(row, 5);
	tally->direct_first = store_column_int(row, 6);
	tally->direct_last = store_column_int(row, 7);
}

/* The one row of @rows; a @tally without any when there is none. */
static StoreStep
step_tally(StoreRows *rows, StoreTally *tally, GError **error)
{
	StoreStep step = rows == NULL ? STORE_FAILED : store_next(rows, error);
	if (step == STORE_ROW) {
		read_tally(rows, tally);
	}
	return step;
}

/* The counters tell the same without a scan when all of the identity's messages came before. */
static StoreStep
tally_from_counters(Store *store, int64_t identity, const Place *place, StoreTally *out,
		    GError **error)
{
	static const char sql[] =
		"SELECT messages, days, first_signed, last_signed, direct_messages, direct_days,"
		" direct_first, direct_last FROM identity WHERE id=? AND last_signed<=?";
	g_autoptr(StoreRows) rows =
		store_query(store, sql, ARGS(INT(identity), INT(place->seen)), error);
	return step_tally(rows, out, error);
}

static StoreStep
tally_from_sightings(Store *store, int64_t identity, const Place *place, StoreTally *out,
		     GError **error)
{
	static const char sql[] =
		"SELECT count(*), count(DISTINCT seen/86400), min(seen), max(seen), sum(direct),"
		" count(DISTINCT iif(direct, seen/86400, NULL)), min(iif(direct, seen, NULL)),"
		" max(iif(direct, seen, NULL)) FROM sighting"
		" WHERE peer=(SELECT peer FROM identity WHERE id=?1) AND identity=?1"
		" AND seen<=?2 AND (seen<?2 OR id<?3)";
	g_autoptr(StoreRows) rows = store_query(
		store, sql, ARGS(INT(identity), INT(place->seen), INT(place->id)), error);
	return step_tally(rows, out, error);
}

bool
store_sighting_tally(Store *store, int64_t identity, const char *message, int64_t seen,
		     StoreTally *out, GError **error)
{
	Place place = {0};
	StoreTally tally = {0};
	if (!find_signed(store, identity, message, seen, &place, error)) {
		return false;
	}
	StoreStep step = STORE_END;
	if (!place.known) {
		step = tally_from_counters(store, identity, &place, &tally, error);
	}
	if (step == STORE_END) {
		step = tally_from_sightings(store, identity, &place, &tally, error);
	}
	if (step == STORE_FAILED) {
		return false;
	}
	tally.seen = place.known ? place.seen : 0;
	*out = tally;
	return true;
}

static bool
find_any(Store *store, const StoreSighting *s, Place *out, GError **error)
{
	static const char sql[] = "SELECT seen, id FROM sighting WHERE message=?2"
				  " AND peer=(SELECT id FROM peer WHERE address=?1)"
				  " ORDER BY id LIMIT 1";
	g_autoptr(GBytes) digest = store_digest(s->message);
	g_autoptr(StoreRows) rows =
		store_query(store, sql, ARGS(TEXT(s->address), BYTES(digest)), error);
	return find_place(rows, s->seen, out, error);
}

bool
store_sighting_habit(Store *store, const StoreSighting *message, int64_t window, StoreHabit *out,
		     GError **error)
{
	static const char sql[] =
		"SELECT count(*), count(DISTINCT seen/86400), count(iif(identity<>0, 1, NULL))"
		" FROM sighting WHERE peer=(SELECT id FROM peer WHERE address=?1)"
		" AND seen>=?2 AND seen<=?3 AND (seen<?3 OR id<?4) AND direct AND aligned";
	Place place = {0};
	if (!find_any(store, message, &place, error)) {
		return false;
	}
	g_autoptr(StoreRows) rows =
		store_query(store, sql,
			    ARGS(TEXT(message->address), INT(place.seen - window), INT(place.seen),
				 INT(place.id)),
			    error);
	if (rows == NULL || store_next(rows, error) == STORE_FAILED) {
		return false;
	}
	out->messages = store_column_int(rows, 0);
	out->days = store_column_int(rows, 1);
	out->n_signed = store_column_int(rows, 2);
	return true;
}
