/* SPDX-License-Identifier: MPL-2.0 */
/* Noting messages: many in one transaction, or each in its own, against bare inserts. */
#include "suite_sightings.h"

#include "bench.h"
#include "people.h"
#include "trust/harvest.h"

#include <sqlite3.h>

#define BATCH 500  /* as learning does */
#define HOT   1000 /* people who write all the time */

typedef struct {
	Store *store;
	sqlite3 *db;
	sqlite3_stmt *insert;
	char **addresses; /* HOT of them */
	char **roots;
	guint batch;
	bool is_signed;
	guint64 n;
} Notes;

static TrustSighting
sighting_of(guint64 n, const char *address, const char *root, const char *key)
{
	BaseBytes der = base_bytes_of(bench_identity(BENCH_KEY_RSA_2048)->der);

	return (TrustSighting){
		.address = address,
		.kind = STORE_KIND_PERSONAL,
		.how = STORE_HOW_SIGNATURE,
		.signer = {root, der, BENCH_PEOPLE_NOW - BASE_YEAR / 2,
			   BENCH_PEOPLE_NOW + BASE_YEAR, true},
		.root_fingerprint = root,
		.root = der,
		.signing_time = BENCH_PEOPLE_NOW + (gint64)n,
		.received = BENCH_PEOPLE_NOW + (gint64)n,
		.now = BENCH_PEOPLE_NOW + (gint64)n,
		.message_key = key,
		.direct = true,
		.aligned = true,
		.program = "thunderbird",
	};
}

static bool
note(Notes *notes)
{
	guint64 who = bench_mix(++notes->n) % HOT;
	g_autofree char *key = g_strdup_printf("%p-%" G_GUINT64_FORMAT, (void *)notes, notes->n);
	TrustSighting sighting =
		sighting_of(notes->n, notes->addresses[who], notes->roots[who], key);
	TrustHarvest harvest;

	return notes->is_signed ? trust_harvest(notes->store, &sighting, &harvest, NULL) &&
					  harvest.outcome != TRUST_IGNORED && harvest.counted
				: trust_note_unsigned(notes->store, &sighting, NULL);
}

static bool
run_notes(void *data)
{
	Notes *notes = data;
	g_autoptr(StoreTransaction) tx = store_begin(notes->store, NULL);
	bool done = tx != NULL;

	for (guint i = 0; done && i < notes->batch; i++) {
		done = note(notes);
	}
	return done && store_commit(tx, NULL);
}

static bool
insert(Notes *notes)
{
	guint64 who = bench_mix(++notes->n) % HOT * BENCH_PEOPLE_KEYED;
	guint64 message[2] = {bench_mix(notes->n), (guint64)(guintptr)notes};

	(void)sqlite3_bind_int64(notes->insert, 1, (gint64)who + 1);
	(void)sqlite3_bind_blob(notes->insert, 2, message, sizeof message, SQLITE_STATIC);
	(void)sqlite3_bind_int64(notes->insert, 3, BENCH_PEOPLE_NOW + (gint64)notes->n);
	return sqlite3_step(notes->insert) == SQLITE_DONE &&
	       sqlite3_reset(notes->insert) == SQLITE_OK;
}

static bool
run_inserts(void *data)
{
	Notes *notes = data;
	bool done = sqlite3_exec(notes->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;

	for (guint i = 0; done && i < notes->batch; i++) {
		done = insert(notes);
	}
	return done && sqlite3_exec(notes->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
}

static void
compare(const BenchOptions *options, BenchReport *report, const Notes *with, const char *name)
{
	BenchPace pace = options->pace;
	Notes ours = *with;
	Notes raw = *with;
	BenchContender sides[3] = {{.run = run_notes, .data = &ours},
				   {.run = run_inserts, .data = &raw}};

	pace.wall = true;
	bench_must(bench_measure(sides, 2, &pace), "a message could not be noted");
	bench_add_row(report, name, sides, with->batch);
}

void
bench_sightings(const BenchOptions *options, const char *dir, BenchReport *report)
{
	static const struct {
		const char *name;
		guint batch;
		bool is_signed;
	} cases[] = {
		{"note unsigned, 500 at once (wall)", BATCH, false},
		{"note unsigned, each alone (wall)", 1, false},
		{"harvest a signer, 500 at once (wall)", BATCH, true},
		{"harvest a signer, each alone (wall)", 1, true},
	};

	static const char sql[] =
		"INSERT INTO sighting(peer, message, identity, seen, direct, aligned, program,"
		" learned, proven) VALUES(?1,?2,0,?3,1,1,'thunderbird',?3,0)";
	g_autofree char *path = g_build_filename(dir, "postseal.db", NULL);
	g_autoptr(Store) store = store_open(dir, STORE_READ_WRITE, NULL);
	Notes notes = {.store = store};

	bench_must(store != NULL && sqlite3_open(path, &notes.db) == SQLITE_OK &&
			   sqlite3_exec(notes.db, "PRAGMA synchronous=FULL", NULL, NULL, NULL) ==
				   SQLITE_OK &&
			   sqlite3_prepare_v2(notes.db, sql, -1, &notes.insert, NULL) == SQLITE_OK,
		   "cannot write to the store");
	notes.addresses = g_new0(char *, HOT + 1);
	notes.roots = g_new0(char *, HOT + 1);
	for (guint64 i = 0; i < HOT; i++) {
		notes.addresses[i] = bench_people_address(i * BENCH_PEOPLE_KEYED);
		notes.roots[i] = bench_people_root(i * BENCH_PEOPLE_KEYED);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		notes.batch = cases[i].batch;
		notes.is_signed = cases[i].is_signed;
		notes.n = (i + 1) << 32;
		compare(options, report, &notes, cases[i].name);
	}
	g_strfreev(notes.addresses);
	g_strfreev(notes.roots);
	(void)sqlite3_finalize(notes.insert);
	(void)sqlite3_close(notes.db);
}
