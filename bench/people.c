/* SPDX-License-Identifier: MPL-2.0 */
/* A store full of people: prepared statements in one transaction, indexes at the end. */
#include "people.h"

#include "base/hex.h"
#include "bench.h"
#include "store/store.h"
#include "trust/lookalike_compare.h"
#include "trust/lookalike_known.h"
#include "trust/lookalike_name.h"

#include <sqlite3.h>
#include <string.h>

#define AT_A_DOMAIN 50 /* people */
#define SIGNED      3  /* messages of who has a key, a week between them */
#define FIRST       (BENCH_PEOPLE_NOW - 100 * BASE_DAY)
#define WEEK        (7 * BASE_DAY)

guint64
bench_mix(guint64 seed)
{
	guint64 z = seed + G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Something that can be said aloud, of @syllables. */
static void
add_word(GString *out, guint64 random, guint syllables)
{
	for (guint i = 0; i < syllables; i++) {
		g_string_append_c(out, "bcdfghklmnprstvw"[random & 15]);
		g_string_append_c(out, "aeiouaei"[random >> 4 & 7]);
		random >>= 7;
	}
}

char *
bench_people_domain(guint64 i)
{
	static const char *const suffixes[] = {"com", "org",   "net", "de",
					       "fr",  "co.uk", "it",  "com"};
	guint64 random = bench_mix(i / AT_A_DOMAIN + (G_GUINT64_CONSTANT(1) << 60));
	GString *out = g_string_new(NULL);

	add_word(out, random, 3 + (random >> 60 & 1));
	g_string_append_printf(out, "%" G_GUINT64_FORMAT ".%s", i / AT_A_DOMAIN,
			       suffixes[random >> 61]);
	return g_string_free(out, FALSE);
}

/* "Bo Ra" of bo.ra7@... */
static char *
name_of(guint64 i)
{
	guint64 random = bench_mix(i);
	GString *out = g_string_new(NULL);

	add_word(out, random, 2);
	g_string_append_c(out, ' ');
	add_word(out, random >> 16, 3);
	out->str[0] = g_ascii_toupper(out->str[0]);
	out->str[5] = g_ascii_toupper(out->str[5]);
	return g_string_free(out, FALSE);
}

char *
bench_people_address(guint64 i)
{
	g_autofree char *name = name_of(i);
	g_autofree char *local = g_ascii_strdown(g_strdelimit(name, " ", '.'), -1);
	g_autofree char *domain = bench_people_domain(i);

	return g_strdup_printf("%s%" G_GUINT64_FORMAT "@%s", local, i % AT_A_DOMAIN, domain);
}

/* 32 octets that nobody else has. */
static void
fingerprint_of(guint64 i, guint which, guint8 out[32])
{
	for (guint64 k = 0; k < 4; k++) {
		guint64 part = bench_mix(i * 8 + which * 4 + k + (G_GUINT64_CONSTANT(3) << 60));

		memcpy(out + k * 8, &part, sizeof part);
	}
}

char *
bench_people_root(guint64 i)
{
	guint8 root[32];

	fingerprint_of(i, 0, root);
	return base_hex(base_bytes(root, sizeof root));
}

typedef struct {
	sqlite3 *db;
	sqlite3_stmt *peer, *domain, *certificate, *identity, *leaf, *sighting;
	GString *indexes; /* what makes them again */
} Maker;

static void
run_script(sqlite3 *db, const char *sql)
{
	bench_must(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "cannot fill a store");
}

static sqlite3_stmt *
prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;

	bench_must(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK,
		   "the schema of the store is another one");
	return stmt;
}

static void
step(sqlite3_stmt *stmt)
{
	bench_must(sqlite3_step(stmt) == SQLITE_DONE && sqlite3_reset(stmt) == SQLITE_OK,
		   "cannot fill a store");
}

static void
bind_text(sqlite3_stmt *stmt, int column, const char *text)
{
	(void)sqlite3_bind_text(stmt, column, text, -1, SQLITE_TRANSIENT);
}

static void
bind_blob(sqlite3_stmt *stmt, int column, const void *data, size_t n)
{
	(void)sqlite3_bind_blob64(stmt, column, data, n, SQLITE_TRANSIENT);
}

static void
add_certificate(Maker *m, guint64 i, guint which)
{
	BaseBytes der = base_bytes_of(bench_identity(BENCH_KEY_RSA_2048)->der);
	guint8 fingerprint[32];

	fingerprint_of(i, which, fingerprint);
	(void)sqlite3_bind_int64(m->certificate, 1,
				 (gint64)(i / BENCH_PEOPLE_KEYED * 2 + which + 1));
	bind_blob(m->certificate, 2, fingerprint, sizeof fingerprint);
	bind_blob(m->certificate, 3, der.p, der.n);
	step(m->certificate);
}

static void
add_sighting(Maker *m, guint64 i, gint64 identity, guint64 n)
{
	guint64 message[2] = {bench_mix(i * 16 + n), bench_mix(i * 16 + n + 8)};

	(void)sqlite3_bind_int64(m->sighting, 1, (gint64)i + 1);
	bind_blob(m->sighting, 2, message, sizeof message);
	(void)sqlite3_bind_int64(m->sighting, 3, identity);
	(void)sqlite3_bind_int64(m->sighting, 4, FIRST + (gint64)n * WEEK);
	step(m->sighting);
}

static void
add_key(Maker *m, guint64 i)
{
	gint64 id = (gint64)(i / BENCH_PEOPLE_KEYED) + 1;
	guint8 root[32];

	fingerprint_of(i, 0, root);
	add_certificate(m, i, 0);
	add_certificate(m, i, 1);
	(void)sqlite3_bind_int64(m->identity, 1, id);
	(void)sqlite3_bind_int64(m->identity, 2, (gint64)i + 1);
	bind_blob(m->identity, 3, root, sizeof root);
	(void)sqlite3_bind_int64(m->identity, 4, FIRST);
	(void)sqlite3_bind_int64(m->identity, 5, FIRST + (SIGNED - 1) * WEEK);
	step(m->identity);
	(void)sqlite3_bind_int64(m->leaf, 1, id);
	(void)sqlite3_bind_int64(m->leaf, 2, id * 2);
	(void)sqlite3_bind_int64(m->leaf, 3, FIRST - BASE_DAY);
	(void)sqlite3_bind_int64(m->leaf, 4, FIRST + BASE_YEAR);
	step(m->leaf);
	for (guint64 n = 0; n < SIGNED; n++) {
		add_sighting(m, i, id, n);
	}
}

static void
add_domain(Maker *m, guint64 i)
{
	g_autofree char *name = bench_people_domain(i);
	g_autoptr(TrustDomain) domain = trust_domain_new(name);

	bind_text(m->domain, 1, name);
	bind_text(m->domain, 2, domain == NULL ? name : domain->coarse);
	step(m->domain);
}

static void
add_person(Maker *m, guint64 i)
{
	bool keyed = i % BENCH_PEOPLE_KEYED == 0;
	bool unchecked = false;
	g_autofree char *address = bench_people_address(i);
	g_autofree char *name = name_of(i);
	g_autofree char *name_key = trust_name_key(name, &unchecked);
	g_autofree char *address_key = trust_address_key(address, &unchecked);

	(void)sqlite3_bind_int64(m->peer, 1, (gint64)i + 1);
	bind_text(m->peer, 2, address);
	bind_text(m->peer, 3, name);
	bind_text(m->peer, 4, name_key);
	bind_text(m->peer, 5, address_key);
	(void)sqlite3_bind_int64(m->peer, 6, keyed ? SIGNED : 0);
	(void)sqlite3_bind_int64(m->peer, 7, FIRST);
	step(m->peer);
	if (keyed) {
		add_key(m, i);
	} else {
		add_sighting(m, i, 0, 0);
	}
	if (i % AT_A_DOMAIN == 0) {
		add_domain(m, i);
	}
}

/* Indexes in random order would take longer than all else; those that are constraints stay. */
static void
drop_indexes(Maker *m)
{
	sqlite3_stmt *list = prepare(m->db, "SELECT name, sql FROM sqlite_schema"
					    " WHERE type='index' AND sql IS NOT NULL");
	g_autoptr(GString) drop = g_string_new(NULL);

	m->indexes = g_string_new("COMMIT;");
	while (sqlite3_step(list) == SQLITE_ROW) {
		g_string_append_printf(drop, "DROP INDEX %s;", sqlite3_column_text(list, 0));
		g_string_append_printf(m->indexes, "%s;", sqlite3_column_text(list, 1));
	}
	(void)sqlite3_finalize(list);
	run_script(m->db, drop->str);
}

static void
open_maker(Maker *m, const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "postseal.db", NULL);

	bench_must(sqlite3_open(path, &m->db) == SQLITE_OK, "cannot open a store");
	run_script(m->db, "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF;"
			  "PRAGMA foreign_keys=OFF; PRAGMA cache_size=-4000000");
	drop_indexes(m);
	run_script(m->db, "BEGIN");
	m->peer = prepare(
		m->db,
		"INSERT INTO peer(id, address, program, version, program_seen, first_seen, last_seen,"
		" display, display_key, address_key, n_signed, first_signed, n_unsigned)"
		" VALUES(?1,?2,'thunderbird','115.0',?7,?7,?7,?3,?4,?5,?6,?7*(?6>0),?6=0)");
	m->domain =
		prepare(m->db, "INSERT INTO domain(name, skeleton, messages, days, first_seen,"
			       " last_seen, written) VALUES(?1,?2,60,5,1780000000,1781000000,0)");
	m->certificate =
		prepare(m->db, "INSERT INTO certificate(id, fingerprint, der) VALUES(?,?,?)");
	m->identity = prepare(
		m->db,
		"INSERT INTO identity(id, peer, root, kind, how, first_seen, last_seen, newest_time,"
		" pinned, used, verified, accepted, refused, pin_until, caps, runs_postseal, sealed,"
		" messages, days, first_signed, last_signed, direct_messages, direct_days,"
		" direct_first, direct_last) VALUES(?1,?2,?3,'personal','signature',?4,?5,?5,1,1,0,0,0,"
		"0,1,1,0,3,3,?4,?5,3,3,?4,?5)");
	m->leaf = prepare(m->db, "INSERT INTO leaf(identity, certificate, not_before, not_after,"
				 " encrypts) VALUES(?,?,?,?,1)");
	m->sighting = prepare(
		m->db, "INSERT INTO sighting(peer, message, identity, seen, direct, aligned,"
		       " program, learned, proven) VALUES(?1,?2,?3,?4,1,1,'thunderbird',?4,0)");
}

static void
close_maker(Maker *m)
{
	sqlite3_stmt *all[] = {m->peer,     m->domain, m->certificate,
			       m->identity, m->leaf,   m->sighting};

	for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
		(void)sqlite3_finalize(all[i]);
	}
	g_string_append(m->indexes, "PRAGMA journal_mode=WAL");
	run_script(m->db, m->indexes->str);
	(void)g_string_free(m->indexes, TRUE);
	bench_must(sqlite3_close(m->db) == SQLITE_OK, "cannot close a store");
}

void
bench_people_make(const char *dir, guint64 n)
{
	Maker m = {0};
	g_autoptr(Store) store = store_open(dir, STORE_READ_WRITE_CREATE, NULL);

	bench_must(store != NULL, "cannot make a store");
	g_clear_pointer(&store, store_close);
	open_maker(&m, dir);
	for (guint64 i = 0; i < n; i++) {
		add_person(&m, i);
	}
	close_maker(&m);
}
