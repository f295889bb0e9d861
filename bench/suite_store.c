/* SPDX-License-Identifier: MPL-2.0 */
/* Questions of a store with many people. */
#include "bench.h"
#include "people.h"
#include "suite.h"
#include "suite_sightings.h"
#include "trust/history.h"
#include "trust/lookalike.h"
#include "trust/recipient.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#define WARM_MAX     20000
#define WARM_SECONDS 1.0
#define NEW_MAX      300
#define WANTED       50 /* microseconds: issue and design */

typedef struct {
	const BenchOptions *options;
	BenchReport *report;
	const char *dir;
	guint64 random;
} Asking;

/* Of whom a question is asked: the number of a person in the store, or of a stranger. */
typedef enum {
	WHO_ANY,
	WHO_KEYED,
	WHO_STRANGER,
} Who;

typedef bool (*Ask)(Store *store, guint64 who, const char *address);

static guint64
choose(Asking *a, Who who)
{
	guint64 n = a->options->addresses;
	guint64 i = bench_mix(++a->random) % n;

	return who == WHO_KEYED      ? i / BENCH_PEOPLE_KEYED * BENCH_PEOPLE_KEYED
	       : who == WHO_STRANGER ? n + i + 1000
				     : i;
}

static bool
ask_peer(Store *store, guint64 who G_GNUC_UNUSED, const char *address)
{
	g_autoptr(StorePeer) peer = NULL;

	return store_peer_get(store, address, &peer, NULL) && peer != NULL;
}

static bool
ask_stranger(Store *store, guint64 who G_GNUC_UNUSED, const char *address)
{
	g_autoptr(StorePeer) peer = NULL;

	return store_peer_get(store, address, &peer, NULL) && peer == NULL;
}

/* Who has a key is ready, and nobody else. */
static bool
ask_recipient(Store *store, guint64 who, const char *address)
{
	const TrustQuestion question = {.now = BENCH_PEOPLE_NOW};
	g_autoptr(TrustRecipient) known = trust_recipient(store, address, &question, NULL);
	TrustState want = who % BENCH_PEOPLE_KEYED == 0 ? TRUST_READY : TRUST_NONE;

	return known != NULL && known->state == want &&
	       (known->leaf != NULL) == (want == TRUST_READY);
}

/* Of a message that is not known yet. */
static bool
ask_history(Store *store, guint64 who, const char *address)
{
	g_autofree char *root = bench_people_root(who);
	TrustHistory history;
	const TrustMessage message = {
		.address = address,
		.root_fingerprint = root,
		.message_key = "a new one",
		.received = BENCH_PEOPLE_NOW,
		.kind = STORE_KIND_PERSONAL,
	};

	return trust_history(store, &message, &history, NULL) &&
	       history.state == TRUST_HISTORY_SAME && history.messages == 3;
}

static bool
ask_alike(Store *store, guint64 who G_GNUC_UNUSED, const char *address)
{
	const TrustAlikeQuestion question = {
		.address = address, .display = "Rolanda Kuvira", .received = BENCH_PEOPLE_NOW};
	g_auto(TrustAlike) alike = {0};

	return trust_lookalike(store, &question, &alike, NULL) && alike.shown != NULL;
}

static const struct {
	const char *name;
	Ask ask;
	Who who;
	double want;
} questions[] = {
	{"a peer's row", ask_peer, WHO_ANY, WANTED},
	{"a stranger's row", ask_stranger, WHO_STRANGER, WANTED},
	{"can-seal, anybody", ask_recipient, WHO_ANY, WANTED},
	{"can-seal, one with a key", ask_recipient, WHO_KEYED, WANTED},
	{"history of a signer", ask_history, WHO_KEYED, 0},
	{"look-alike, known sender", ask_alike, WHO_ANY, 0},
	{"look-alike, new sender and domain", ask_alike, WHO_STRANGER, 0},
};

/* Seconds that one question takes. */
static double
time_one(Asking *a, Store *store, size_t q)
{
	guint64 who = choose(a, questions[q].who);
	g_autofree char *address = bench_people_address(who);
	double start = bench_wall_seconds();

	bench_must(questions[q].ask(store, who, address), questions[q].name);
	return bench_wall_seconds() - start;
}

static Store *
open_store(const Asking *a)
{
	Store *store = store_open(a->dir, STORE_READ_ONLY, NULL);

	bench_must(store != NULL, "cannot open the store");
	return store;
}

static void
add_wait(Asking *a, size_t q, const char *state, double want, GArray *seconds)
{
	BenchWait wait = {
		.name = g_strdup_printf("%s, %s", questions[q].name, state),
		.median = bench_quantile_of((double *)(gpointer)seconds->data, seconds->len, 0.5) *
			  1e6,
		.high = bench_quantile_of((double *)(gpointer)seconds->data, seconds->len, 0.99) *
			1e6,
		.want = want,
	};

	g_array_append_val(a->report->waits, wait);
}

/* SQLite's own cache is 2 MB, so that most pages come from the kernel's. */
static void
ask_warm(Asking *a, size_t q)
{
	g_autoptr(Store) store = open_store(a);
	g_autoptr(GArray) seconds = g_array_new(FALSE, FALSE, sizeof(double));
	double start = bench_wall_seconds();
	double until = start + 1.5 * WARM_SECONDS;

	while (bench_wall_seconds() < start + WARM_SECONDS / 2) {
		(void)time_one(a, store, q);
	}
	while (seconds->len < WARM_MAX && bench_wall_seconds() < until) {
		double one = time_one(a, store, q);

		g_array_append_val(seconds, one);
	}
	add_wait(a, q, "warm", questions[q].want, seconds);
}

/* The kernel forgets what it can; what is left is the disk (and the disk's own cache). */
static void
forget_file(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "postseal.db", NULL);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	bench_must(fd >= 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0,
		   "cannot empty the kernel's cache");
	(void)close(fd);
}

/* The whole file into the kernel's cache, as far as there is room. */
static void
recall_file(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "postseal.db", NULL);
	g_autofree char *block = g_malloc(1 << 20);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	bench_must(fd >= 0, "cannot read the store");
	while (read(fd, block, 1 << 20) > 0) {
	}
	(void)close(fd);
}

/* The first question of a connection: statements are prepared, nothing is in SQLite's cache. */
static void
ask_new(Asking *a, size_t q, bool from_disk)
{
	g_autoptr(GArray) seconds = g_array_new(FALSE, FALSE, sizeof(double));
	guint n = a->options->quick ? NEW_MAX / 10 : NEW_MAX;

	for (guint i = 0; i < n; i++) {
		g_autoptr(Store) store = open_store(a);
		double one;

		if (from_disk) {
			forget_file(a->dir);
		}
		one = time_one(a, store, q);
		g_array_append_val(seconds, one);
	}
	add_wait(a, q, from_disk ? "new connection, from disk" : "new connection", 0, seconds);
}

#define ASKED 65536

/* One side of the comparison with SQLite. */
typedef struct {
	char **addresses; /* ASKED of them */
	guint next;
	Store *store;
	sqlite3_stmt *stmt;
} Row;

static bool
run_row(void *data)
{
	Row *row = data;

	return ask_peer(row->store, 0, row->addresses[row->next++ % ASKED]);
}

static bool
run_row_raw(void *data)
{
	Row *row = data;

	(void)sqlite3_bind_text(row->stmt, 1, row->addresses[row->next++ % ASKED], -1,
				SQLITE_STATIC);
	return sqlite3_step(row->stmt) == SQLITE_ROW && sqlite3_reset(row->stmt) == SQLITE_OK;
}

static char **
choose_many(Asking *a)
{
	char **addresses = g_new0(char *, ASKED + 1);

	for (guint i = 0; i < ASKED; i++) {
		addresses[i] = bench_people_address(choose(a, WHO_ANY));
	}
	return addresses;
}

/* Against one prepared statement that asks for the same row. */
static void
compare_row(Asking *a)
{
	static const char sql[] =
		"SELECT id, address, program, version, program_seen, first_seen, last_seen,"
		" first_written, first_signed, n_signed, n_unsigned, decided FROM peer WHERE "
		"address=?";
	g_autofree char *path = g_build_filename(a->dir, "postseal.db", NULL);
	g_auto(GStrv) addresses = choose_many(a);
	g_autoptr(Store) store = open_store(a);
	sqlite3 *db = NULL;
	Row ours = {addresses, 0, store, NULL};
	Row raw = {addresses, ASKED / 2, NULL, NULL};
	BenchContender sides[3] = {{.run = run_row, .data = &ours},
				   {.run = run_row_raw, .data = &raw}};

	bench_must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) ==
				   SQLITE_OK &&
			   sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &raw.stmt,
					      NULL) == SQLITE_OK,
		   "cannot open the store");
	bench_must(bench_measure(sides, 2, &a->options->pace), "a look-up failed");
	bench_add_row(a->report, "peer's row, against SQLite", sides, 1);
	(void)sqlite3_finalize(raw.stmt);
	(void)sqlite3_close(db);
}

static void
add_size(const Asking *a, double seconds)
{
	g_autofree char *path = g_build_filename(a->dir, "postseal.db", NULL);
	struct stat status = {0};

	bench_must(stat(path, &status) == 0, "cannot see the store");
	bench_report_note(a->report,
			  "the store: %" G_GUINT64_FORMAT " addresses, %.0f MB, made in %.1f s",
			  a->options->addresses, (double)status.st_size / 1e6, seconds);
}

void
bench_suite_store(const BenchOptions *options, BenchReport *report)
{
	g_autofree char *dir = NULL;
	g_autofree char *remove = NULL;
	Asking a = {options, report, NULL, 0};
	double start = bench_wall_seconds();

	if (!bench_wanted(options, "store")) {
		return;
	}
	dir = g_dir_make_tmp("bench-store-XXXXXX", NULL);
	bench_must(dir != NULL, "cannot make a folder");
	a.dir = dir;
	bench_people_make(dir, options->addresses);
	recall_file(dir);
	add_size(&a, bench_wall_seconds() - start);
	for (size_t q = 0; q < G_N_ELEMENTS(questions); q++) {
		ask_warm(&a, q);
		ask_new(&a, q, false);
	}
	compare_row(&a);
	for (size_t q = 0; q < G_N_ELEMENTS(questions); q++) {
		ask_new(&a, q, true);
	}
	recall_file(dir);
	bench_sightings(options, dir, report);
	remove = g_strdup_printf("rm -rf '%s'", dir);
	bench_must(g_spawn_command_line_sync(remove, NULL, NULL, NULL, NULL),
		   "cannot remove a folder");
}
