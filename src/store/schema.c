/* SPDX-License-Identifier: MPL-2.0 */
/* The schema and how it came about: one numbered step per version, each in one transaction. */
#include "store/sqlite.h"

/*
 * Fingerprints are 32 octets, times seconds since 1970, flags 0 or 1. STRICT tables, so that a
 * wrong type is an error and no surprise later. What has a released version is never edited: add a
 * step.
 */
static const char own[] =
	"CREATE TABLE account("
	" address TEXT PRIMARY KEY, name TEXT NOT NULL, profile TEXT NOT NULL, mode TEXT NOT NULL,"
	" state TEXT NOT NULL, modern_announce INTEGER NOT NULL, created INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"

	/* No foreign key to account: keys outlive it. */
	"CREATE TABLE own_key("
	" id INTEGER PRIMARY KEY, address TEXT NOT NULL, role TEXT NOT NULL,"
	" certificate BLOB NOT NULL, private_key BLOB, issuer BLOB NOT NULL, serial BLOB NOT NULL,"
	" ski BLOB, fingerprint BLOB NOT NULL, root_fingerprint BLOB NOT NULL,"
	" not_before INTEGER NOT NULL, not_after INTEGER NOT NULL, current INTEGER NOT NULL,"
	" origin TEXT NOT NULL, compromised INTEGER NOT NULL, created INTEGER NOT NULL,"
	" retired_at INTEGER NOT NULL, UNIQUE(address, fingerprint, role)"
	") STRICT;"
	"CREATE INDEX own_key_issuer_serial ON own_key(serial, issuer);"
	"CREATE INDEX own_key_ski ON own_key(ski);"
	"CREATE INDEX own_key_fingerprint ON own_key(fingerprint);"
	"CREATE UNIQUE INDEX own_key_current ON own_key(address, role) WHERE current;"

	"CREATE TABLE own_chain("
	" key INTEGER NOT NULL REFERENCES own_key(id) ON DELETE CASCADE, n INTEGER NOT NULL,"
	" certificate BLOB NOT NULL, PRIMARY KEY(key, n)"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE setting(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE rule(pattern TEXT PRIMARY KEY, level TEXT NOT NULL) STRICT, WITHOUT ROWID;";

static const char peers[] =
	"CREATE TABLE peer("
	" id INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE, program TEXT, version TEXT,"
	" program_seen INTEGER NOT NULL DEFAULT 0, first_seen INTEGER NOT NULL DEFAULT 0,"
	" last_seen INTEGER NOT NULL DEFAULT 0, first_written INTEGER NOT NULL DEFAULT 0,"
	" first_signed INTEGER NOT NULL DEFAULT 0, n_signed INTEGER NOT NULL DEFAULT 0, n_unsigned INTEGER NOT NULL DEFAULT 0"
	") STRICT;"

	"CREATE TABLE certificate("
	" id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE, der BLOB NOT NULL"
	") STRICT;"

	"CREATE TABLE identity("
	" id INTEGER PRIMARY KEY, peer INTEGER NOT NULL REFERENCES peer(id), root BLOB NOT NULL,"
	" kind TEXT NOT NULL, how TEXT NOT NULL, first_seen INTEGER NOT NULL,"
	" last_seen INTEGER NOT NULL, newest_time INTEGER NOT NULL, pinned INTEGER NOT NULL,"
	" used INTEGER NOT NULL, verified INTEGER NOT NULL, accepted INTEGER NOT NULL,"
	" refused INTEGER NOT NULL, pin_until INTEGER NOT NULL, caps INTEGER NOT NULL,"
	" caps_raw BLOB, runs_postseal INTEGER NOT NULL, sealed_to BLOB, sealed INTEGER NOT NULL,"
	" messages INTEGER NOT NULL DEFAULT 0, days INTEGER NOT NULL DEFAULT 0,"
	" first_signed INTEGER NOT NULL DEFAULT 0, last_signed INTEGER NOT NULL DEFAULT 0,"
	" direct_messages INTEGER NOT NULL DEFAULT 0,"
	" direct_days INTEGER NOT NULL DEFAULT 0, direct_first INTEGER NOT NULL DEFAULT 0,"
	" direct_last INTEGER NOT NULL DEFAULT 0, UNIQUE(peer, root)"
	") STRICT;"
	"CREATE INDEX identity_root ON identity(root);"
	/* The law of the house: one pin for one address. */
	"CREATE UNIQUE INDEX identity_pin ON identity(peer) WHERE pinned;"

	"CREATE TABLE leaf("
	" identity INTEGER NOT NULL REFERENCES identity(id) ON DELETE CASCADE,"
	" certificate INTEGER NOT NULL REFERENCES certificate(id), not_before INTEGER NOT NULL,"
	" not_after INTEGER NOT NULL, encrypts INTEGER NOT NULL, PRIMARY KEY(identity, certificate)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX leaf_certificate ON leaf(certificate);"

	"CREATE TABLE leaf_chain("
	" identity INTEGER NOT NULL, leaf INTEGER NOT NULL, n INTEGER NOT NULL,"
	" certificate INTEGER NOT NULL REFERENCES certificate(id), PRIMARY KEY(identity, leaf, n),"
	" FOREIGN KEY(identity, leaf) REFERENCES leaf(identity, certificate) ON DELETE CASCADE"
	") STRICT, WITHOUT ROWID;"

	"CREATE INDEX leaf_chain_certificate ON leaf_chain(certificate);"

	"CREATE TABLE introduction("
	" identity INTEGER NOT NULL REFERENCES identity(id) ON DELETE CASCADE, thread BLOB NOT NULL,"
	" time INTEGER NOT NULL, PRIMARY KEY(identity, thread)"
	") STRICT, WITHOUT ROWID;"

	/* One row per message (two if one address signs it with two identities); identity 0:
	 * unsigned. The order of ids is the order in which messages became known. */
	"CREATE TABLE sighting("
	" id INTEGER PRIMARY KEY, peer INTEGER NOT NULL REFERENCES peer(id),"
	" message BLOB NOT NULL, identity INTEGER NOT NULL, seen INTEGER NOT NULL,"
	" direct INTEGER NOT NULL, aligned INTEGER NOT NULL, program TEXT,"
	" UNIQUE(peer, message, identity)"
	") STRICT;"
	"CREATE INDEX sighting_time ON sighting(peer, seen, identity, direct, aligned);"

	"CREATE TABLE sent("
	" message BLOB NOT NULL, address TEXT NOT NULL, time INTEGER NOT NULL,"
	" PRIMARY KEY(message, address)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX sent_time ON sent(time);";

static const char answers[] =
	"CREATE TABLE sealed("
	" message BLOB PRIMARY KEY, subject TEXT, header BLOB NOT NULL, sealed INTEGER NOT NULL, time INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX sealed_time ON sealed(time);";

/* What a changed key, a habit and a frozen verdict are judged by. */
static const char changes[] =
	/* When the person last decided about a key of this address; how it calls itself, and keys
	 * under which look-alikes of name and address are found. */
	"ALTER TABLE peer ADD COLUMN decided INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE peer ADD COLUMN display TEXT;"
	"ALTER TABLE peer ADD COLUMN display_key TEXT;"
	"ALTER TABLE peer ADD COLUMN address_key TEXT;"
	"CREATE INDEX peer_display ON peer(display_key) WHERE display_key IS NOT NULL;"
	"CREATE INDEX peer_alike ON peer(address_key) WHERE address_key IS NOT NULL;"
	/* vouched: the pin before, which bound, handed over to it. organization: proven by a CA. */
	"ALTER TABLE identity ADD COLUMN vouched INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE identity ADD COLUMN organization TEXT;"
	"CREATE INDEX identity_organization ON identity(organization)"
	" WHERE organization IS NOT NULL;"
	"ALTER TABLE leaf ADD COLUMN revoked INTEGER NOT NULL DEFAULT 0;"
	/* learned: our clock when it became known; proven: by a trusted chain or a pin that bound.
	 */
	"ALTER TABLE sighting ADD COLUMN learned INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE sighting ADD COLUMN proven INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE handover("
	" peer INTEGER NOT NULL REFERENCES peer(id), old_root BLOB NOT NULL,"
	" new_root BLOB NOT NULL, time INTEGER NOT NULL, first_seen INTEGER NOT NULL,"
	" last_seen INTEGER NOT NULL, PRIMARY KEY(peer, old_root, new_root)"
	") STRICT, WITHOUT ROWID;"
	/* When exactly is not known: nothing seen so far reopens what the person decided. */
	"UPDATE peer SET decided=last_seen WHERE id IN"
	" (SELECT peer FROM identity WHERE verified OR accepted OR refused);"
	/* The same moments in the order of sightings, since much is learned within one second: the
	 * last sighting before them. */
	"ALTER TABLE identity ADD COLUMN pin_until_id INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE peer ADD COLUMN decided_id INTEGER NOT NULL DEFAULT 0;"
	/* The first message that it bound for: when it was seen, and its place. */
	"ALTER TABLE identity ADD COLUMN bound INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE identity ADD COLUMN bound_id INTEGER NOT NULL DEFAULT 0;"
	"UPDATE identity SET pin_until_id=ifnull((SELECT max(s.id) FROM sighting s"
	" WHERE s.peer=identity.peer AND s.seen<=identity.pin_until), 0) WHERE pin_until>0;"
	"UPDATE peer SET decided_id=ifnull((SELECT max(id) FROM sighting), 0) WHERE decided>0;";

/* Registrable domains that mail came from or went to, and where links in it led. */
static const char domains[] =
	"CREATE TABLE domain("
	" id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, skeleton TEXT NOT NULL,"
	" messages INTEGER NOT NULL, days INTEGER NOT NULL, first_seen INTEGER NOT NULL,"
	" last_seen INTEGER NOT NULL, written INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX domain_skeleton ON domain(skeleton);"
	"CREATE TABLE link("
	" domain INTEGER NOT NULL REFERENCES domain(id), target TEXT NOT NULL,"
	" time INTEGER NOT NULL, PRIMARY KEY(domain, target)"
	") STRICT, WITHOUT ROWID;";

/* The person's own certificate authorities, those taken away from the default ones, and lists of
 * revoked certificates (authority: authorityKeyIdentifier, may be empty). */
static const char anchors[] =
	"CREATE TABLE anchor("
	" fingerprint BLOB PRIMARY KEY, certificate BLOB NOT NULL, trusted INTEGER NOT NULL,"
	" added INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE crl("
	" issuer BLOB NOT NULL, authority BLOB NOT NULL, this_update INTEGER NOT NULL,"
	" crl BLOB NOT NULL, PRIMARY KEY(issuer, authority)"
	") STRICT, WITHOUT ROWID;";

/* How far an unfinished run of `learn` got: octets of each file, and what was found. */
static const char learning[] =
	"CREATE TABLE learning("
	" run BLOB NOT NULL, file BLOB NOT NULL, octets INTEGER NOT NULL, PRIMARY KEY(run, file)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE learning_sum("
	" run BLOB PRIMARY KEY, messages INTEGER NOT NULL, signed INTEGER NOT NULL,"
	" keys_new INTEGER NOT NULL, keys_seen INTEGER NOT NULL, errors INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;";

/* Anybody can use the Message-ID of another message, so one id may bind in several ways; payload:
 * digest of the header, empty for what was kept by an earlier version. */
static const char bindings[] =
	"CREATE TABLE binding("
	" id INTEGER PRIMARY KEY, message BLOB NOT NULL, payload BLOB NOT NULL, subject TEXT,"
	" header BLOB NOT NULL, sealed INTEGER NOT NULL, time INTEGER NOT NULL,"
	" UNIQUE(message, payload)"
	") STRICT;"
	"CREATE INDEX binding_time ON binding(time);"
	"INSERT INTO binding(message, payload, subject, header, sealed, time)"
	" SELECT message, x'', subject, header, sealed, time FROM sealed;"
	"DROP TABLE sealed;"
	/* The answer that told others of the Message-ID: since then it proves nothing. */
	"ALTER TABLE sent ADD COLUMN told BLOB;";

/* How messages are shown, decided once; message: SHA-256 of its octets. */
static const char views[] =
	"CREATE TABLE view("
	" message BLOB NOT NULL, account TEXT NOT NULL, opened INTEGER NOT NULL,"
	" outer_from INTEGER NOT NULL, status TEXT, summary TEXT NOT NULL, size INTEGER NOT NULL,"
	" time INTEGER NOT NULL, PRIMARY KEY(message, account)"
	") STRICT, WITHOUT ROWID;";

/* The hidden Subject as it is looked for in others; NULL for what was kept by an earlier version.
 */
static const char subjects[] =
	"ALTER TABLE binding ADD COLUMN bare TEXT;"
	"CREATE INDEX binding_bare ON binding(time, bare) WHERE sealed AND subject IS NOT NULL;";

/* A message that was put aside as junk when its view was decided teaches later, if it is moved. */
static const char taught[] = "ALTER TABLE view ADD COLUMN taught INTEGER NOT NULL DEFAULT 1;";

static const char *const steps[] = {own,      peers,    answers, changes,  domains, anchors,
				    learning, bindings, views,   subjects, taught};

int64_t
store_schema_version(void)
{
	return G_N_ELEMENTS(steps);
}

static bool
read_pragma(sqlite3 *db, const char *sql, int64_t *out, GError **error)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	if (code == SQLITE_OK) {
		code = sqlite3_step(stmt);
	}
	bool ok = code == SQLITE_ROW;
	int64_t value = ok ? sqlite3_column_int64(stmt, 0) : 0;
	sqlite3_finalize(stmt);
	if (!ok) {
		return store_fail(db, code, error);
	}
	*out = value;
	return true;
}

static bool
read_version(sqlite3 *db, int64_t *out, GError **error)
{
	int64_t version = 0;
	int64_t application = 0;
	int64_t tables = 0;
	if (!read_pragma(db, "PRAGMA user_version", &version, error) ||
	    !read_pragma(db, "PRAGMA application_id", &application, error) ||
	    !read_pragma(db, "SELECT count(*) FROM sqlite_schema", &tables, error)) {
		return false;
	}
	bool empty = version == 0 && application == 0 && tables == 0;
	if (!empty && application != STORE_APPLICATION_ID) {
		return base_fail(error, PS_ERROR_MALFORMED, "this is not a store of postseal");
	}
	if (version > store_schema_version()) {
		return base_fail(error, PS_ERROR_UNSUPPORTED,
				 "the store was written by a newer version of postseal: upgrade");
	}
	*out = version;
	return true;
}

/* Several questions about one state: another process may be taking a step right now. */
bool
store_version(sqlite3 *db, int64_t *out, GError **error)
{
	if (sqlite3_get_autocommit(db) == 0) {
		return read_version(db, out, error);
	}
	bool ok = store_script(db, "BEGIN", error) && read_version(db, out, error);
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL); /* it changed nothing */
	return ok;
}

static bool
take_step(sqlite3 *db, int64_t version, GError **error)
{
	g_autofree char *numbers = g_strdup_printf("PRAGMA application_id=%" G_GINT64_FORMAT
						   "; PRAGMA user_version=%" G_GINT64_FORMAT,
						   STORE_APPLICATION_ID, version);
	return store_script(db, steps[version - 1], error) && store_script(db, numbers, error);
}

/* One step, unless another process was quicker; *@version is what it is then. */
static bool
migrate_once(sqlite3 *db, int64_t *version, GError **error)
{
	if (!store_script(db, "BEGIN IMMEDIATE", error)) {
		return false;
	}
	int64_t now = 0;
	bool ok = store_version(db, &now, error);
	if (ok && now == *version) {
		ok = take_step(db, ++now, error);
	}
	if (!ok || !store_script(db, "COMMIT", error)) {
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		return false;
	}
	*version = now;
	return true;
}

bool
store_migrate_to(sqlite3 *db, int64_t version, GError **error)
{
	int64_t now = 0;
	if (!store_version(db, &now, error)) {
		return false;
	}
	while (now < version) {
		if (!migrate_once(db, &now, error)) {
			return false;
		}
	}
	return true;
}

bool
store_migrate(sqlite3 *db, GError **error)
{
	return store_migrate_to(db, store_schema_version(), error);
}
