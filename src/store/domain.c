/* SPDX-License-Identifier: MPL-2.0 */
#include "store/domain.h"

#include "store/sqlite.h"

void
store_domain_free(StoreDomain *domain)
{
	if (domain == NULL) {
		return;
	}
	g_free(domain->name);
	g_free(domain);
}

void
store_caller_free(StoreCaller *caller)
{
	if (caller == NULL) {
		return;
	}
	g_free(caller->address);
	g_free(caller->display);
	g_free(caller);
}

static gpointer
read_domain(StoreRows *row)
{
	StoreDomain *domain = g_new0(StoreDomain, 1);
	domain->id = store_column_int(row, 0);
	domain->name = store_column_text(row, 1);
	domain->messages = store_column_int(row, 2);
	domain->days = store_column_int(row, 3);
	domain->first_seen = store_column_int(row, 4);
	domain->last_seen = store_column_int(row, 5);
	domain->written = store_column_bool(row, 6);
	return domain;
}

static gpointer
read_caller(StoreRows *row)
{
	StoreCaller *caller = g_new0(StoreCaller, 1);
	caller->address = store_column_text(row, 0);
	caller->display = store_column_text(row, 1);
	caller->first_seen = store_column_int(row, 2);
	caller->last_seen = store_column_int(row, 3);
	caller->messages = store_column_int(row, 4);
	caller->written = store_column_bool(row, 5);
	return caller;
}

#define DOMAIN_COLUMNS "id, name, messages, days, first_seen, last_seen, written"
#define CALLER_COLUMNS                                                    \
	"address, display, first_seen, last_seen, n_signed+n_unsigned n," \
	" first_written!=0 w"

bool
store_domain_get(Store *store, const char *name, StoreDomain **out, GError **error)
{
	static const char sql[] = "SELECT " DOMAIN_COLUMNS " FROM domain WHERE name=?";
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(TEXT(name)), error);
	gpointer domain = NULL;
	if (!store_first(rows, read_domain, &domain, error)) {
		return false;
	}
	*out = domain;
	return true;
}

bool
store_domain_count(Store *store, const char *name, const StoreDomainEvent *event, int64_t *id,
		   GError **error)
{
	/* A day between the first and the last is not told from one counted before: rather too few
	 * days than one burst counted as several. */
	static const char seen[] =
		"UPDATE domain SET messages=messages+?3,"
		" days=days+(NOT ?4 AND"
		"  (first_seen=0 OR ?2/86400>last_seen/86400 OR ?2/86400<first_seen/86400)),"
		" first_seen=iif(first_seen=0, ?2, min(first_seen, ?2)),"
		" last_seen=max(last_seen, ?2) WHERE name=?1 RETURNING id";
	static const char written[] = "UPDATE domain SET written=1 WHERE name=? RETURNING id";
	if (event->received == 0) {
		return store_number(store, written, ARGS(TEXT(name)), id, error);
	}
	return store_number(store, seen,
			    ARGS(TEXT(name), INT(MAX(event->received, 1)), INT(event->direct),
				 INT(event->held)),
			    id, error);
}

bool
store_domain_add(Store *store, const char *name, const char *skeleton, GError **error)
{
	static const char sql[] = "INSERT OR IGNORE INTO domain(name, skeleton, messages, days,"
				  " first_seen, last_seen, written) VALUES(?,?,0,0,0,0,0)";
	return store_run(store, sql, ARGS(TEXT(name), TEXT(skeleton)), error);
}

/* Rows that one key may give before they are put in order: a flood of them costs no more. */
#define FLOOD "256"

static bool
add_alike(Store *store, const char *skeleton, GPtrArray *out, GError **error)
{
	static const char any[] = "SELECT EXISTS(SELECT 1 FROM domain WHERE skeleton=?)";
	static const char sql[] = "SELECT * FROM (SELECT " DOMAIN_COLUMNS
				  " FROM domain WHERE skeleton=?1 LIMIT " FLOOD ")"
				  " ORDER BY written DESC, days DESC, id LIMIT ?2";
	int64_t found = 0;
	if (!store_number(store, any, ARGS(TEXT(skeleton)), &found, error)) {
		return false;
	}
	if (found == 0) {
		return true;
	}
	g_autoptr(StoreRows) rows =
		store_query(store, sql, ARGS(TEXT(skeleton), INT(STORE_LIMIT_ALIKE)), error);
	StoreStep step = rows == NULL ? STORE_FAILED : store_next(rows, error);
	for (; step == STORE_ROW; step = store_next(rows, error)) {
		g_ptr_array_add(out, read_domain(rows));
	}
	return step == STORE_END;
}

bool
store_domain_alike(Store *store, const char *const *skeletons, size_t n, GPtrArray *out,
		   GError **error)
{
	/* A statement that has not ended holds one read lock over all look-ups: to take it for each
	 * of a thousand costs more than they do. */
	static const char hold[] = "SELECT id FROM domain";
	g_autoptr(StoreRows) rows = store_query(store, hold, NO_ARGS, error);
	StoreStep step = rows == NULL ? STORE_FAILED : store_next(rows, error);
	for (size_t i = 0; step == STORE_ROW && i < n; i++) {
		if (!add_alike(store, skeletons[i], out, error)) {
			return false;
		}
	}
	return step != STORE_FAILED;
}

/* time is below 0 as long as the target is not familiar: when one message, not proven, led there.
 */

bool
store_link_seen(Store *store, int64_t domain, const char *target, int64_t *time, GError **error)
{
	static const char sql[] = "SELECT max(time, 0) FROM link WHERE domain=? AND target=?";
	return store_number(store, sql, ARGS(INT(domain), TEXT(target)), time, error);
}

static bool
prune_links(Store *store, int64_t domain, GError **error)
{
	static const char sql[] = "DELETE FROM link WHERE domain=?1 AND target IN"
				  " (SELECT target FROM link WHERE domain=?1"
				  "  ORDER BY abs(time) DESC LIMIT -1 OFFSET ?2)";
	return store_run(store, sql, ARGS(INT(domain), INT(STORE_LIMIT_LINKS)), error);
}

bool
store_link_note(Store *store, int64_t domain, const char *target, int64_t time, bool proven,
		GError **error)
{
	static const char find[] = "SELECT count(*) FROM link WHERE domain=? AND target=?"
				   " AND time>0 AND (time<=? OR NOT ?)";
	static const char put[] = "INSERT INTO link(domain, target, time)"
				  " VALUES(?1, ?2, iif(?4, ?3, -?3)) ON CONFLICT DO UPDATE SET"
				  " time=CASE WHEN time>0 THEN iif(?4, min(time, ?3), time)"
				  "  WHEN ?4 THEN ?3"
				  "  WHEN (-time)/86400=?3/86400 THEN max(time, -?3)"
				  "  ELSE max(-time, ?3) END";
	int64_t known = 0;
	if (!store_number(store, find, ARGS(INT(domain), TEXT(target), INT(time), INT(proven)),
			  &known, error)) {
		return false;
	}
	return known != 0 ||
	       (store_run(store, put, ARGS(INT(domain), TEXT(target), INT(time), INT(proven)),
			  error) &&
		prune_links(store, domain, error));
}

bool
store_caller_get(Store *store, const char *address, StoreCaller **out, GError **error)
{
	static const char sql[] = "SELECT " CALLER_COLUMNS " FROM peer WHERE address=?";
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(TEXT(address)), error);
	gpointer caller = NULL;
	if (!store_first(rows, read_caller, &caller, error)) {
		return false;
	}
	*out = caller;
	return true;
}

bool
store_caller_known(Store *store, const char *address, const char *display, bool *known,
		   GError **error)
{
	static const char sql[] = "SELECT address_key IS NOT NULL AND (?2 IS NULL OR display IS ?2)"
				  " FROM peer WHERE address=?1";
	int64_t value = 0;
	if (!store_number(store, sql, ARGS(TEXT(address), TEXT(display)), &value, error)) {
		return false;
	}
	*known = value != 0;
	return true;
}

bool
store_caller_note(Store *store, const StoreCallerNote *note, GError **error)
{
	static const char sql[] =
		"INSERT INTO peer(address, display, display_key, address_key, first_seen)"
		" VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(address) DO UPDATE SET"
		" display=coalesce(?2, display), address_key=?4,"
		" display_key=iif(?2 IS NULL, display_key, ?3),"
		" first_seen=iif(first_seen=0 OR ?5=0, max(first_seen, ?5), min(first_seen, ?5))";
	return store_run(store, sql,
			 ARGS(TEXT(note->address), TEXT(note->display), TEXT(note->display_key),
			      TEXT(note->address_key), INT(MAX(note->received, 0))),
			 error);
}

static GPtrArray *
callers(Store *store, const char *sql, const char *key, GError **error)
{
	g_autoptr(StoreRows) rows =
		store_query(store, sql, ARGS(TEXT(key), INT(STORE_LIMIT_ALIKE)), error);
	return store_collect(rows, read_caller, (GDestroyNotify)store_caller_free, error);
}

GPtrArray *
store_caller_by_display(Store *store, const char *display_key, GError **error)
{
	static const char sql[] = "SELECT * FROM (SELECT " CALLER_COLUMNS
				  " FROM peer WHERE display_key=?1 LIMIT " FLOOD ")"
				  " ORDER BY w DESC, first_seen LIMIT ?2";
	return callers(store, sql, display_key, error);
}

GPtrArray *
store_caller_by_address(Store *store, const char *address_key, GError **error)
{
	static const char sql[] = "SELECT * FROM (SELECT " CALLER_COLUMNS
				  " FROM peer WHERE address_key=?1 LIMIT " FLOOD ")"
				  " ORDER BY w DESC, first_seen LIMIT ?2";
	return callers(store, sql, address_key, error);
}

bool
store_domain_accepted(Store *store, const char *domain, bool *out, GError **error)
{
	static const char sql[] =
		"SELECT EXISTS(SELECT 1 FROM identity JOIN peer ON peer.id=identity.peer"
		" WHERE (accepted OR verified) AND (substr(address, -length(?1)-1)='@'||?1"
		"  OR substr(address, -length(?1)-1)='.'||?1))";
	int64_t found = 0;
	if (!store_number(store, sql, ARGS(TEXT(domain)), &found, error)) {
		return false;
	}
	*out = found != 0;
	return true;
}

bool
store_domain_certified(Store *store, const char *domain, const char *organization, bool *out,
		       GError **error)
{
	static const char sql[] =
		"SELECT EXISTS(SELECT 1 FROM identity JOIN peer ON peer.id=identity.peer"
		" WHERE organization=?2 AND (substr(address, -length(?1)-1)='@'||?1"
		"  OR substr(address, -length(?1)-1)='.'||?1))";
	int64_t found = 0;
	if (!store_number(store, sql, ARGS(TEXT(domain), TEXT(organization)), &found, error)) {
		return false;
	}
	*out = found != 0;
	return true;
}
