/* SPDX-License-Identifier: MPL-2.0 */
/* Signers whom an authority vouches for: its path remembered or not, beside a personal key. */
#include "bench.h"
#include "mailbox.h"
#include "process.h"
#include "suite.h"

#include <openssl/pem.h>
#include <postseal/postseal.h>
#include <string.h>

#define FORGETS 3700 /* seconds after which a path is looked at again */
#define RUNS    15

static const BenchSpec spec = {"verify P-256 10 KB",
			       BENCH_VERIFY,
			       BENCH_KEY_P256,
			       10240,
			       CMS_CIPHER_AES_256_GCM,
			       0,
			       false,
			       false,
			       0,
			       0};

typedef struct {
	const BenchOptions *options;
	BenchReport *report;
	char *dir;
	BenchJob *job; /* the message of libcrypto, its limit and its verifying */
	GBytes *mail;  /* the same with a header */
	GBytes *own;   /* a message signed with a personal key */
	GBytes *root;
} Suite;

/* One engine and what it is asked. */
typedef struct {
	Suite *s;
	PsEngine *engine;
	GBytes *mail;
	gint64 time; /* -1: the clock's */
} Judge;

static GBytes *
with_header(const BenchJob *job)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *date = g_date_time_format(now, "%a, %d %b %Y %H:%M:%S +0000");
	g_autofree char *header =
		g_strdup_printf("From: Bench <bench@example.org>\r\nTo: Bob <bob@example.org>\r\n"
				"Subject: Bench\r\nDate: %s\r\n"
				"Message-ID: <bench@example.org>\r\n",
				date);
	BaseBytes body = base_bytes_of(job->message);
	GByteArray *out = g_byte_array_new();

	g_byte_array_append(out, (const guint8 *)header, (guint)strlen(header));
	g_byte_array_append(out, body.p, (guint)body.n);
	return g_byte_array_free_to_bytes(out);
}

static GBytes *
root_of(const BenchIdentity *id)
{
	unsigned char *der = NULL;
	int n = i2d_X509(id->root, &der);
	GBytes *bytes = g_bytes_new(der, (gsize)MAX(n, 0));

	OPENSSL_free(der);
	return bytes;
}

static PsEngine *
engine_of(const Suite *s, const char *name, bool with_root)
{
	g_autofree char *home = g_build_filename(s->dir, name, NULL);
	PsEngine *engine = ps_engine_new(home);

	bench_must(!with_root || ps_engine_add_authorities(engine, s->root, NULL) == 1,
		   "cannot add an authority");
	return engine;
}

static bool
verify(Judge *j)
{
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(j->mail);
	g_autoptr(PsVerdict) verdict = ps_engine_verify(j->engine, message, NULL);

	return verdict != NULL && ps_verdict_get_signature_valid(verdict);
}

static bool
run_verify(void *data)
{
	return verify(data);
}

/* So much later that the path must be looked at again. */
static bool
run_forgetful(void *data)
{
	Judge *j = data;

	ps_engine_set_time(j->engine, j->time += FORGETS);
	return verify(j);
}

/* As a program does it: everything is new, Mozilla's roots too. */
static bool
run_new(void *data)
{
	Judge *j = data;
	Judge anew = {j->s, engine_of(j->s, "ca", false), j->mail, -1};
	bool done = verify(&anew);

	g_object_unref(anew.engine);
	return done;
}

static bool
run_limit(void *data)
{
	return bench_limit_run(((Judge *)data)->s->job);
}

static bool
run_peer(void *data)
{
	BenchJob *job = ((Judge *)data)->s->job;
	BIO *out = BIO_new(BIO_s_null());
	bool done = bench_cms_run(job, base_bytes_of(job->message), out);

	BIO_free(out);
	return done;
}

static void
compare(Suite *s, const char *name, bool (*run)(void *data), Judge *judge)
{
	BenchContender sides[3] = {{.run = run, .data = judge},
				   {.run = run_limit, .data = judge},
				   {.run = run_peer, .data = judge}};

	bench_must(bench_measure(sides, 3, &s->options->pace), name);
	bench_add_row(s->report, name, sides, 1);
}

/* Does the verdict rest on what it should? */
static bool
is_right(const Judge *j, const char *want)
{
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(j->mail);
	g_autoptr(PsVerdict) verdict = ps_engine_verify(j->engine, message, NULL);
	g_autofree char *json = verdict == NULL ? NULL : ps_verdict_to_json(verdict);

	if (json != NULL && ps_verdict_get_signature_valid(verdict) && strstr(json, want) != NULL) {
		return true;
	}
	bench_report_note(j->s->report, "issuer: not %s: %s", want, json == NULL ? "-" : json);
	j->s->report->broken = true;
	return false;
}

static void
write_file(const Suite *s, const char *name, GBytes *bytes)
{
	g_autofree char *path = g_build_filename(s->dir, name, NULL);
	BaseBytes octets = base_bytes_of(bytes);

	bench_must(g_file_set_contents(path, (const char *)octets.p, (gssize)octets.n, NULL),
		   "cannot write a file");
}

/* The signer with the personal key becomes a correspondent whose key was accepted. */
static void
accept_own(const Judge *own)
{
	static const char field[] = "\"root_fingerprint\":\"";
	g_autofree char *mail = g_build_filename(own->s->dir, "personal.eml", NULL);
	g_autoptr(PsLearned) learned = ps_engine_learn(own->engine, mail, NULL, NULL, NULL);
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(own->mail);
	g_autoptr(PsVerdict) verdict = ps_engine_verify(own->engine, message, NULL);
	g_autofree char *json = verdict == NULL ? NULL : ps_verdict_to_json(verdict);
	const char *root = json == NULL ? NULL : strstr(json, field);
	g_autofree char *fingerprint = root == NULL ? NULL : g_strndup(root + sizeof field - 1, 64);

	bench_must(learned != NULL && learned->keys_new == 1 && fingerprint != NULL &&
			   ps_engine_decide(own->engine, PS_DECISION_ACCEPT,
					    ps_verdict_get_from(verdict), fingerprint, NULL),
		   "cannot accept a key");
}

static void
measure_engines(Suite *s)
{
	g_autoptr(PsEngine) ca = engine_of(s, "ca", true);
	g_autoptr(PsEngine) personal = engine_of(s, "personal", false);
	Judge trusted = {s, ca, s->mail, g_get_real_time() / G_USEC_PER_SEC};
	Judge unknown = {s, personal, s->mail, -1};
	Judge own = {s, personal, s->own, -1};

	write_file(s, "ca.eml", s->mail);
	write_file(s, "personal.eml", s->own);
	accept_own(&own);
	if (!is_right(&trusted, "\"chain\":\"trusted\"") ||
	    !is_right(&unknown, "\"chain\":\"untrusted\"") ||
	    !is_right(&own, "\"chain\":\"pinned\"")) {
		return;
	}
	compare(s, "engine verify, personal key", run_verify, &own);
	compare(s, "engine verify, CA, remembered", run_verify, &trusted);
	compare(s, "engine verify, CA, path anew", run_forgetful, &trusted);
	ps_engine_set_time(ca, -1);
	compare(s, "engine verify, CA, new engine", run_new, &trusted);
	compare(s, "engine verify, a CA nobody trusts", run_verify, &unknown);
}

/* What the command must not need before it needs it. */
static void
check_libraries(const Suite *s)
{
	static const char *const lazy[] = {"libicu", "libpsl", "libp11-kit", "libnss"};
	g_autofree char *line = g_strdup_printf("ldd '%s'", s->options->postseal);
	g_autofree char *text = NULL;

	if (!g_spawn_command_line_sync(line, &text, NULL, NULL, NULL)) {
		bench_report_note(s->report, "ldd: not there");
		return;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(lazy); i++) {
		if (strstr(text, lazy[i]) != NULL) {
			bench_report_note(s->report, "postseal is linked to %s", lazy[i]);
			s->report->broken = true;
		}
	}
}

static void
measure_programs(const Suite *s)
{
	static const char *const homes[] = {"ca", "personal"};
	static const char *const acts[] = {"verifyCA", "verifyPK"};
	const BenchPlace place = {s->dir, "", s->options->quick ? 3 : RUNS};

	for (size_t i = 0; i < G_N_ELEMENTS(homes); i++) {
		g_autofree char *line = g_strdup_printf("'%s' --home {d}/%s verify {d}/%s.eml",
							s->options->postseal, homes[i], homes[i]);
		const BenchCommand command = {line, NULL, NULL};
		BenchProgramRow row = {.program = "postseal", .act = acts[i], .size = "10K"};
		BenchUsage usage;

		if (!bench_process_run(&command, &place, &usage)) {
			bench_report_note(s->report, "postseal verify with home %s: failed",
					  homes[i]);
			continue;
		}
		row.wall_ms = usage.wall * 1e3;
		row.cpu_ms = usage.cpu * 1e3;
		row.rss_mib = usage.rss;
		row.best_ms = usage.best * 1e3;
		g_array_append_val(s->report->programs, row);
	}
}

void
bench_suite_issuer(const BenchOptions *options, BenchReport *report)
{
	const BenchCommand remove = {"rm -rf {d}", NULL, NULL};
	Suite s = {.options = options, .report = report};
	BenchUsage ignored;

	if (!bench_wanted(options, "issuer")) {
		return;
	}
	s.dir = g_dir_make_tmp("bench-issuer-XXXXXX", NULL);
	bench_must(s.dir != NULL, "cannot make a folder");
	s.job = bench_job_new(&spec);
	s.mail = with_header(s.job);
	s.own = bench_mailbox_signed(s.dir);
	s.root = root_of(s.job->id);
	measure_engines(&s);
	if (options->postseal != NULL) {
		check_libraries(&s);
		measure_programs(&s);
	}
	(void)bench_process_run(&remove, &(BenchPlace){s.dir, "", 1}, &ignored);
	g_bytes_unref(s.root);
	g_bytes_unref(s.mail);
	g_bytes_unref(s.own);
	bench_job_free(s.job);
	g_free(s.dir);
}
