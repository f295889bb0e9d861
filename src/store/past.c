/* SPDX-License-Identifier: MPL-2.0 */
/* What had been seen before one message. */
#include "store/sighting.h"
#include "store/sqlite.h"

/* A place in the order of sightings: time, then the order in which they became known. */
typedef struct {
	bool known;
	int64_t seen;
	int64_t id;
	bool aligned;
} Place;

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
	out->aligned = out->known && store_column_bool(known, 2);
	return true;
}

static bool
find_signed(Store *store, int64_t identity, const char *message, int64_t seen, Place *out,
	    GError **error)
{
	static const char sql[] = "SELECT seen, id, aligned FROM sighting"
				  " WHERE message=?2 AND identity=?1"
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
	tally.id = place.id;
	tally.aligned = place.aligned;
	*out = tally;
	return true;
}

static bool
find_any(Store *store, const StoreSighting *s, Place *out, GError **error)
{
	static const char sql[] = "SELECT seen, id, aligned FROM sighting WHERE message=?2"
				  " AND peer=(SELECT id FROM peer WHERE address=?1)"
				  " ORDER BY id LIMIT 1";
	g_autoptr(GBytes) digest = store_digest(s->message);
	g_autoptr(StoreRows) rows =
		store_query(store, sql, ARGS(TEXT(s->address), BYTES(digest)), error);
	return find_place(rows, s->seen, out, error);
}

bool
store_sighting_habit(Store *store, const StoreSighting *message, const StoreHabitQuestion *question,
		     StoreHabit *out, GError **error)
{
	static const char sql[] =
		"SELECT sum(good), count(DISTINCT iif(good, day, NULL)), sum(good AND is_signed),"
		" count(DISTINCT iif(sure OR NOT is_signed, day, NULL)),"
		" count(DISTINCT iif(sure, day, NULL)) FROM"
		" (SELECT seen/86400 AS day, identity<>0 AS is_signed,"
		"  (identity<>0 AND proven) AS sure, aligned AS good"
		"  FROM sighting WHERE peer=(SELECT id FROM peer WHERE address=?1)"
		"  AND seen>=?2 AND seen<=?3 AND (seen<?3 OR id<?4) AND direct"
		"  AND (NOT ?5 OR program IS ?6))";
	Place place = {0};
	if (!find_any(store, message, &place, error)) {
		return false;
	}
	g_autoptr(StoreRows) rows = store_query(
		store, sql,
		ARGS(TEXT(message->address), INT(place.seen - question->window), INT(place.seen),
		     INT(place.id), INT(question->by_program), TEXT(message->program)),
		error);
	if (rows == NULL || store_next(rows, error) == STORE_FAILED) {
		return false;
	}
	*out = (StoreHabit){
		.messages = store_column_int(rows, 0),
		.days = store_column_int(rows, 1),
		.n_signed = store_column_int(rows, 2),
		.all_days = store_column_int(rows, 3),
		.proven_days = store_column_int(rows, 4),
	};
	return true;
}

bool
store_sighting_evidence(Store *store, const StoreSpan *span, StoreEvidence *out, GError **error)
{
	static const char sql[] =
		"SELECT count(*), count(DISTINCT s.seen/86400), sum(s.aligned)"
		" FROM identity i CROSS JOIN sighting s ON s.peer=i.peer AND s.identity=i.id"
		" WHERE i.id=?1 AND s.seen>=i.first_signed AND s.seen<=i.last_signed"
		" AND s.seen>?2 AND s.seen<=?3 AND (s.seen<?3 OR s.id<?4)";
	Place place = {.seen = INT64_MAX, .id = INT64_MAX};
	if (span->message != NULL &&
	    !find_signed(store, span->identity, span->message, span->seen, &place, error)) {
		return false;
	}
	g_autoptr(StoreRows) rows = store_query(
		store, sql,
		ARGS(INT(span->identity), INT(span->after), INT(place.seen), INT(place.id)), error);
	if (rows == NULL || store_next(rows, error) == STORE_FAILED) {
		return false;
	}
	*out = (StoreEvidence){
		.messages = store_column_int(rows, 0),
		.days = store_column_int(rows, 1),
		.n_aligned = store_column_int(rows, 2),
	};
	return true;
}

/* How many messages are looked at for the days of an organization. */
#define ORGANIZATION_MESSAGES 4096

#define MEMBERS                                                               \
	"SELECT id, peer FROM identity WHERE id=?2 UNION ALL SELECT * FROM"   \
	" (SELECT id, peer FROM identity WHERE organization=?1 AND kind='ca'" \
	"  AND id<>?2 ORDER BY id LIMIT ?3)"

static bool
organization_days(Store *store, const char *organization, int64_t identity, const Place *place,
		  int64_t *out, GError **error)
{
	static const char sql[] =
		"SELECT count(DISTINCT day) FROM (SELECT s.seen/86400 AS day FROM (" MEMBERS ") i"
		" CROSS JOIN sighting s ON s.peer=i.peer AND s.identity=i.id"
		" WHERE s.seen<=?4 AND (s.seen<?4 OR s.id<?5) LIMIT ?6)";
	return store_number(store, sql,
			    ARGS(TEXT(organization), INT(identity),
				 INT(STORE_LIMIT_ORGANIZATION - 1), INT(place->seen),
				 INT(place->id), INT(ORGANIZATION_MESSAGES)),
			    out, error);
}

static GArray *
organization_members(Store *store, const char *organization, int64_t identity, GError **error)
{
	static const char sql[] = "SELECT id FROM (" MEMBERS ")";
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
	g_autoptr(StoreRows) rows = store_query(
		store, sql,
		ARGS(TEXT(organization), INT(identity), INT(STORE_LIMIT_ORGANIZATION - 1)), error);
	StoreStep step = rows == NULL ? STORE_FAILED : store_next(rows, error);
	for (; step == STORE_ROW; step = store_next(rows, error)) {
		int64_t id = store_column_int(rows, 0);
		g_array_append_val(ids, id);
	}
	return step == STORE_END ? g_steal_pointer(&ids) : NULL;
}

bool
store_sighting_organization(Store *store, const char *organization, int64_t identity,
			    const StoreSighting *message, StoreTally *out, GError **error)
{
	g_autoptr(GArray) ids = organization_members(store, organization, identity, error);
	StoreTally sum = {0};
	Place place = {0};
	if (ids == NULL ||
	    !find_signed(store, identity, message->message, message->seen, &place, error)) {
		return false;
	}
	for (guint i = 0; i < ids->len; i++) {
		StoreTally one = {0};
		if (!store_sighting_tally(store, g_array_index(ids, int64_t, i), message->message,
					  place.seen, &one, error)) {
			return false;
		}
		sum.messages += one.messages;
		sum.first = one.first != 0 && (sum.first == 0 || one.first < sum.first) ? one.first
											: sum.first;
	}
	if (!organization_days(store, organization, identity, &place, &sum.days, error)) {
		return false;
	}
	*out = sum;
	return true;
}

bool
store_sighting_learned(Store *store, const char *address, const char *message, int64_t *out,
		       GError **error)
{
	static const char sql[] =
		"SELECT min(iif(learned=0, seen, learned)) FROM sighting WHERE message=?2"
		" AND peer=(SELECT id FROM peer WHERE address=?1) AND identity<>0";
	g_autoptr(GBytes) digest = store_digest(message);
	return store_number(store, sql, ARGS(TEXT(address), BYTES(digest)), out, error);
}

void
store_program_count_free(StoreProgramCount *count)
{
	if (count != NULL) {
		g_free(count->program);
		g_free(count);
	}
}

static gpointer
read_program(StoreRows *row)
{
	StoreProgramCount *count = g_new0(StoreProgramCount, 1);
	count->program = store_column_text(row, 0);
	count->messages = store_column_int(row, 1);
	count->last_seen = store_column_int(row, 2);
	return count;
}

GPtrArray *
store_sighting_programs(Store *store, int64_t identity, GError **error)
{
	static const char sql[] =
		"SELECT program, count(*), max(seen) FROM sighting"
		" WHERE peer=(SELECT peer FROM identity WHERE id=?1) AND identity=?1"
		" GROUP BY program ORDER BY 2 DESC, 3 DESC LIMIT ?2";
	g_autoptr(StoreRows) rows =
		store_query(store, sql, ARGS(INT(identity), INT(STORE_LIMIT_PROGRAMS)), error);
	return store_collect(rows, read_program, (GDestroyNotify)store_program_count_free, error);
}
