/* SPDX-License-Identifier: MPL-2.0 */
#include "base/clock.h"
#include "store/peer.h"
#include "store/sqlite.h"

static const char *const kinds[] = {
	[STORE_KIND_PERSONAL] = "personal",
	[STORE_KIND_SELF_SIGNED] = "self-signed",
	[STORE_KIND_PRIVATE_CA] = "private-ca",
	[STORE_KIND_CA] = "ca",
};

static const char *const hows[] = {
	[STORE_HOW_SIGNATURE] = "signature", [STORE_HOW_KEY_HEADER] = "key-header",
	[STORE_HOW_GOSSIP] = "gossip",       [STORE_HOW_IMPORT] = "import",
	[STORE_HOW_ACCEPTED] = "accepted",   [STORE_HOW_CA] = "ca",
};

const char *
store_kind_name(StoreKind kind)
{
	return kinds[kind];
}

const char *
store_how_name(StoreHow how)
{
	return hows[how];
}

void
store_identity_free(StoreIdentity *identity)
{
	if (identity == NULL) {
		return;
	}
	g_free(identity->address);
	g_free(identity->root_fingerprint);
	g_free(identity->leaf_fingerprint);
	g_clear_pointer(&identity->caps_raw, g_bytes_unref);
	g_free(identity->sealed_to);
	g_free(identity->organization);
	g_free(identity);
}

/* What an identity is asked for; the newest leaf comes along. */
#define SELECT                                                                                               \
	"SELECT i.id, p.address, i.root,"                                                                    \
	" (SELECT c.fingerprint FROM leaf l JOIN certificate c ON c.id=l.certificate"                        \
	"  WHERE l.identity=i.id AND NOT l.revoked ORDER BY l.not_before DESC, l.certificate DESC LIMIT 1)," \
	" i.kind, i.how, i.first_seen, i.last_seen, i.newest_time, i.pinned, i.used,"                        \
	" i.verified, i.accepted, i.refused, i.pin_until, i.caps, i.caps_raw, i.runs_postseal,"              \
	" i.sealed_to, i.sealed, i.messages, i.days, i.first_signed, i.last_signed,"                         \
	" i.direct_messages, i.direct_days, i.direct_first, i.direct_last, i.vouched,"                       \
	" i.organization, (SELECT s.aligned FROM sighting s WHERE s.peer=i.peer"                             \
	"  AND s.seen=i.first_signed AND s.identity=i.id ORDER BY s.id LIMIT 1), i.pin_until_id,"            \
	" i.bound, i.bound_id"                                                                               \
	" FROM peer p JOIN identity i ON i.peer=p.id "

static void
read_counts(StoreRows *row, StoreIdentity *identity)
{
	identity->messages = store_column_int(row, 20);
	identity->days = store_column_int(row, 21);
	identity->first_signed = store_column_int(row, 22);
	identity->last_signed = store_column_int(row, 23);
	identity->direct_messages = store_column_int(row, 24);
	identity->direct_days = store_column_int(row, 25);
	identity->direct_first = store_column_int(row, 26);
	identity->direct_last = store_column_int(row, 27);
}

static gpointer
read_identity(StoreRows *row)
{
	StoreIdentity *identity = g_new0(StoreIdentity, 1);
	identity->id = store_column_int(row, 0);
	identity->address = store_column_text(row, 1);
	identity->root_fingerprint = store_column_hex(row, 2);
	identity->leaf_fingerprint = store_column_hex(row, 3);
	identity->kind = store_column_enum(row, 4, kinds, G_N_ELEMENTS(kinds));
	identity->how = store_column_enum(row, 5, hows, G_N_ELEMENTS(hows));
	identity->first_seen = store_column_int(row, 6);
	identity->last_seen = store_column_int(row, 7);
	identity->newest_time = store_column_int(row, 8);
	identity->pinned = store_column_bool(row, 9);
	identity->used = store_column_bool(row, 10);
	identity->verified = store_column_bool(row, 11);
	identity->accepted = store_column_bool(row, 12);
	identity->refused = store_column_bool(row, 13);
	identity->pin_until = store_column_int(row, 14);
	identity->caps = (uint32_t)store_column_int(row, 15);
	identity->caps_raw = store_column_bytes(row, 16);
	identity->runs_postseal = store_column_bool(row, 17);
	identity->sealed_to = store_column_hex(row, 18);
	identity->sealed = store_column_int(row, 19);
	read_counts(row, identity);
	identity->vouched = store_column_bool(row, 28);
	identity->organization = store_column_text(row, 29);
	identity->first_aligned = store_column_bool(row, 30);
	identity->pin_until_id = store_column_int(row, 31);
	identity->bound = store_column_int(row, 32);
	identity->bound_id = store_column_int(row, 33);
	return identity;
}

static bool
one_identity(Store *store, const char *sql, const StoreArg *args, StoreIdentity **out,
	     GError **error)
{
	g_autoptr(StoreRows) rows = store_query(store, sql, args, error);
	gpointer identity = NULL;
	if (!store_first(rows, read_identity, &identity, error)) {
		return false;
	}
	*out = identity;
	return true;
}

GPtrArray *
store_identity_list(Store *store, const char *address, GError **error)
{
	static const char sql[] =
		SELECT "WHERE p.address=? ORDER BY i.pinned DESC, i.first_seen, i.id";
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(TEXT(address)), error);
	return store_collect(rows, read_identity, (GDestroyNotify)store_identity_free, error);
}

bool
store_identity_pin(Store *store, const char *address, StoreIdentity **out, GError **error)
{
	static const char sql[] = SELECT "WHERE p.address=? AND i.pinned";
	return one_identity(store, sql, ARGS(TEXT(address)), out, error);
}

bool
store_identity_by_root(Store *store, const char *address, const char *root_fingerprint,
		       StoreIdentity **out, GError **error)
{
	static const char sql[] = SELECT "WHERE p.address=? AND i.root=?";
	return one_identity(store, sql, ARGS(TEXT(address), HEX(root_fingerprint)), out, error);
}

bool
store_identity_find(Store *store, const char *address, const char *fingerprint, StoreIdentity **out,
		    GError **error)
{
	static const char by_leaf[] =
		SELECT "WHERE p.address=? AND i.id IN (SELECT l.identity FROM leaf l"
		       " JOIN certificate c ON c.id=l.certificate WHERE c.fingerprint=?)"
		       " ORDER BY i.pinned DESC, i.first_seen, i.id LIMIT 1";
	StoreIdentity *found = NULL;
	if (!store_identity_by_root(store, address, fingerprint, &found, error) ||
	    (found == NULL &&
	     !one_identity(store, by_leaf, ARGS(TEXT(address), HEX(fingerprint)), &found, error))) {
		return false;
	}
	*out = found;
	return true;
}

bool
store_introduced(Store *store, const char *address, const char *thread, StoreIdentity **out,
		 GError **error)
{
	static const char sql[] =
		SELECT "JOIN introduction n ON n.identity=i.id WHERE p.address=? AND n.thread=?"
		       " ORDER BY n.time, i.id LIMIT 1";
	g_autoptr(GBytes) key = store_digest(thread);
	return one_identity(store, sql, ARGS(TEXT(address), BYTES(key)), out, error);
}

bool
store_introduce(Store *store, int64_t identity, const char *thread, int64_t now, bool *added,
		GError **error)
{
	static const char prune[] = "DELETE FROM introduction WHERE identity=? AND time<?";
	static const char insert[] =
		"INSERT OR IGNORE INTO introduction(identity, thread, time) SELECT ?1,?2,?3"
		" WHERE ?4>(SELECT count(*) FROM introduction WHERE identity=?1)"
		" AND NOT EXISTS(SELECT 1 FROM identity i JOIN introduction n ON n.identity=i.id"
		"  WHERE i.peer=(SELECT peer FROM identity WHERE id=?1) AND n.thread=?2)";
	static const char find[] =
		"SELECT count(*) FROM introduction WHERE identity=? AND thread=?";
	g_autoptr(GBytes) key = store_digest(thread);
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	int64_t n = 0;
	if (tx == NULL ||
	    !store_run(store, prune, ARGS(INT(identity), INT(now - STORE_GOSSIP_DAYS * BASE_DAY)),
		       error) ||
	    !store_run(store, insert,
		       ARGS(INT(identity), BYTES(key), INT(now), INT(STORE_LIMIT_THREADS)),
		       error) ||
	    !store_number(store, find, ARGS(INT(identity), BYTES(key)), &n, error) ||
	    !store_commit(tx, error)) {
		return false;
	}
	*added = n > 0;
	return true;
}

static bool
forget_identity(Store *store, int64_t id, GError **error)
{
	static const char sightings[] = "DELETE FROM sighting WHERE identity=?1"
					" AND peer=(SELECT peer FROM identity WHERE id=?1)";
	static const char row[] = "DELETE FROM identity WHERE id=?";
	g_autoptr(GArray) certificates = store_certificates_of(store, id, error);
	return certificates != NULL && store_run(store, sightings, ARGS(INT(id)), error) &&
	       store_run(store, row, ARGS(INT(id)), error) &&
	       store_certificates_sweep(store, certificates, error);
}

/* Unused ones, what matters least first; see StoreRoom. Of ?1: the address, ?2: now minus
 * STORE_GOSSIP_DAYS. */
#define IS_INTRODUCED \
	"EXISTS(SELECT 1 FROM introduction n WHERE n.identity=identity.id AND n.time>=?2)"
#define MATTERS                                                                  \
	"(days>2 OR kind='ca' OR EXISTS(SELECT 1 FROM sighting s"                \
	"  WHERE s.peer=identity.peer AND s.identity=identity.id AND s.aligned"  \
	"  AND s.seen BETWEEN identity.first_signed AND identity.last_signed)"   \
	" OR EXISTS(SELECT 1 FROM handover h WHERE h.peer=identity.peer"         \
	"  AND h.new_root=identity.root AND NOT EXISTS(SELECT 1 FROM identity r" \
	"   WHERE r.peer=h.peer AND r.root=h.old_root AND r.refused)))"
#define VICTIM                                   \
	"SELECT id FROM identity WHERE NOT used" \
	" AND peer=(SELECT id FROM peer WHERE address=?1)"
#define LEAST " days, last_seen, id LIMIT 1"

static bool
find_victim(Store *store, const char *address, StoreRoom whose, int64_t now, int64_t *out,
	    GError **error)
{
	static const char *const victims[] = {
		[STORE_ROOM_GOSSIP] =
			VICTIM " AND NOT " MATTERS " AND NOT " IS_INTRODUCED " ORDER BY" LEAST,
		[STORE_ROOM_MESSAGE] =
			VICTIM " AND NOT " MATTERS " ORDER BY " IS_INTRODUCED "," LEAST,
		[STORE_ROOM_HEIR] = VICTIM " ORDER BY " MATTERS "," IS_INTRODUCED "," LEAST,
	};
	return store_number(store, victims[whose],
			    ARGS(TEXT(address), INT(now - STORE_GOSSIP_DAYS * BASE_DAY)), out,
			    error);
}

/* Those of gossip have a few places of their own: one of them that is no longer introduced. */
static bool
find_gossip(Store *store, const char *address, int64_t now, int64_t *out, GError **error)
{
	static const char sql[] =
		VICTIM " AND how='gossip' AND NOT " IS_INTRODUCED " ORDER BY" LEAST;
	return store_number(store, sql,
			    ARGS(TEXT(address), INT(now - STORE_GOSSIP_DAYS * BASE_DAY)), out,
			    error);
}

bool
store_identity_make_room(Store *store, const char *address, StoreRoom whose, int64_t now, bool *out,
			 GError **error)
{
	static const char count[] = "SELECT count(*) FROM identity"
				    " WHERE peer=(SELECT id FROM peer WHERE address=?)";
	static const char gossip[] = "SELECT count(*) FROM identity WHERE NOT used AND how='gossip'"
				     " AND peer=(SELECT id FROM peer WHERE address=?)";
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	int64_t n = 0;
	int64_t n_gossip = 0;
	int64_t id = 0;
	if (tx == NULL || !store_number(store, count, ARGS(TEXT(address)), &n, error) ||
	    (whose == STORE_ROOM_GOSSIP &&
	     !store_number(store, gossip, ARGS(TEXT(address)), &n_gossip, error))) {
		return false;
	}
	bool crowded = n_gossip >= STORE_LIMIT_GOSSIP;
	bool full = crowded || n >= STORE_LIMIT_IDENTITIES;
	if (full && !(crowded ? find_gossip(store, address, now, &id, error)
			      : find_victim(store, address, whose, now, &id, error))) {
		return false;
	}
	if (full && id != 0 && !forget_identity(store, id, error)) {
		return false;
	}
	if (!store_commit(tx, error)) {
		return false;
	}
	*out = !full || id != 0;
	return true;
}

static bool
insert_identity(Store *store, StoreIdentity *identity, int64_t now, GError **error)
{
	static const char sql[] =
		"INSERT INTO identity(peer, root, kind, how, first_seen, last_seen, newest_time,"
		" pinned, used, verified, accepted, refused, pin_until, caps, runs_postseal, sealed)"
		" VALUES(?,?,?,?,?,0,0,0,0,0,0,0,0,0,0,0) RETURNING id";
	StoreRoom whose =
		identity->how == STORE_HOW_GOSSIP ? STORE_ROOM_GOSSIP : STORE_ROOM_MESSAGE;
	int64_t peer = 0;
	int64_t id = 0;
	bool room = false;
	if (!store_peer_ensure(store, identity->address, &peer, error) ||
	    !store_identity_make_room(store, identity->address, whose, now, &room, error)) {
		return false;
	}
	if (!room) {
		return base_fail(error, PS_ERROR_LIMIT, "too many keys for this address");
	}
	if (!store_number(store, sql,
			  ARGS(INT(peer), HEX(identity->root_fingerprint),
			       TEXT(kinds[identity->kind]), TEXT(hows[identity->how]),
			       INT(identity->first_seen)),
			  &id, error)) {
		return false;
	}
	identity->id = id;
	return true;
}

static bool
unpin_others(Store *store, const StoreIdentity *identity, int64_t now, GError **error)
{
	static const char sql[] =
		"UPDATE identity SET pinned=0, pin_until=?2,"
		" pin_until_id=ifnull((SELECT max(id) FROM sighting), 0) WHERE id<>?1 AND pinned"
		" AND peer=(SELECT peer FROM identity WHERE id=?1)";
	return store_run(store, sql, ARGS(INT(identity->id), INT(now)), error);
}

static bool
update_identity(Store *store, const StoreIdentity *identity, GError **error)
{
	static const char sql[] =
		"UPDATE identity SET kind=?2, how=?3, first_seen=?4, last_seen=?5, newest_time=?6,"
		" pinned=?7, used=?8, verified=?9, accepted=?10, refused=?11, pin_until=?12,"
		" caps=?13, caps_raw=?14, runs_postseal=?15, sealed_to=?16, sealed=?17, vouched=?18,"
		" organization=?19 WHERE id=?1";
	bool used = identity->used || identity->pinned || identity->verified ||
		    identity->accepted || identity->refused;
	return store_run(
		store, sql,
		ARGS(INT(identity->id), TEXT(kinds[identity->kind]), TEXT(hows[identity->how]),
		     INT(identity->first_seen), INT(identity->last_seen),
		     INT(identity->newest_time), INT(identity->pinned), INT(used),
		     INT(identity->verified), INT(identity->accepted), INT(identity->refused),
		     INT(identity->pin_until), INT(identity->caps), BYTES(identity->caps_raw),
		     INT(identity->runs_postseal), HEX(identity->sealed_to), INT(identity->sealed),
		     INT(identity->vouched), TEXT(identity->organization)),
		error);
}

bool
store_identity_put(Store *store, StoreIdentity *identity, int64_t now, GError **error)
{
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	return tx != NULL && (identity->id != 0 || insert_identity(store, identity, now, error)) &&
	       (!identity->pinned || unpin_others(store, identity, now, error)) &&
	       update_identity(store, identity, error) && store_commit(tx, error);
}

bool
store_identity_bound(Store *store, int64_t identity, int64_t seen, GError **error)
{
	static const char sql[] =
		"UPDATE identity SET bound=?2, bound_id=(SELECT max(id) FROM sighting)"
		" WHERE id=?1 AND (bound=0 OR bound>?2)";
	return store_run(store, sql, ARGS(INT(identity), INT(seen)), error);
}
