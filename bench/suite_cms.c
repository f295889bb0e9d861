/* SPDX-License-Identifier: MPL-2.0 */
/* The jobs on CMS, and timing them. */
#include "bench.h"
#include "suite.h"

#define KB10 ((size_t)10240)
#define MB25 ((size_t)25 << 20)

#define GCM  CMS_CIPHER_AES_256_GCM
#define CBC  CMS_CIPHER_AES_256_CBC

/* Targets: design.md section 5; where that is silent, the gates of the performance notes. */
static const BenchSpec specs[] = {
	{"sign RSA-2048 10 KB", BENCH_SIGN, BENCH_KEY_RSA_2048, KB10, GCM, 0, false, false, 0.95,
	 1.1},
	{"sign RSA-3072 10 KB", BENCH_SIGN, BENCH_KEY_RSA_3072, KB10, GCM, 0, false, false, 0.95,
	 0},
	{"sign P-256 10 KB", BENCH_SIGN, BENCH_KEY_P256, KB10, GCM, 0, false, false, 0.85, 2.2},
	{"sign Ed25519 10 KB", BENCH_SIGN, BENCH_KEY_ED25519, KB10, GCM, 0, false, true, 0, 0},
	{"verify RSA-2048 10 KB", BENCH_VERIFY, BENCH_KEY_RSA_2048, KB10, GCM, 0, false, false,
	 0.90, 13},
	{"verify RSA-3072 10 KB", BENCH_VERIFY, BENCH_KEY_RSA_3072, KB10, GCM, 0, false, false,
	 0.90, 0},
	{"verify P-256 10 KB", BENCH_VERIFY, BENCH_KEY_P256, KB10, GCM, 0, false, false, 0.90, 6},
	{"verify new signer RSA-2048 10 KB", BENCH_VERIFY, BENCH_KEY_RSA_2048, KB10, GCM, 0, true,
	 false, 0, 0},
	{"verify new signer P-256 10 KB", BENCH_VERIFY, BENCH_KEY_P256, KB10, GCM, 0, true, false,
	 0, 0},
	{"seal RSA-2048 GCM 10 KB", BENCH_SEAL, BENCH_KEY_RSA_2048, KB10, GCM, 1, false, false,
	 0.90, 1.7},
	{"seal RSA-2048 CBC 10 KB", BENCH_SEAL, BENCH_KEY_RSA_2048, KB10, CBC, 1, false, false,
	 0.90, 0},
	{"seal P-256 GCM 10 KB", BENCH_SEAL, BENCH_KEY_P256, KB10, GCM, 1, false, false, 0, 0},
	{"open RSA-2048 GCM 10 KB", BENCH_OPEN, BENCH_KEY_RSA_2048, KB10, GCM, 1, false, false,
	 0.95, 1.1},
	{"open RSA-2048 CBC 10 KB", BENCH_OPEN, BENCH_KEY_RSA_2048, KB10, CBC, 1, false, false,
	 0.95, 1.1},
	{"open P-256 GCM 10 KB", BENCH_OPEN, BENCH_KEY_P256, KB10, GCM, 1, false, false, 0, 0},
	{"seal RSA-2048 GCM, 10 recipients", BENCH_SEAL, BENCH_KEY_RSA_2048, KB10, GCM, 10, false,
	 false, 0.90, 0},
	{"seal RSA-2048 GCM, 100 recipients", BENCH_SEAL, BENCH_KEY_RSA_2048, KB10, GCM, 100, false,
	 false, 0.90, 0},
	{"seal RSA-2048 GCM, 1000 recipients", BENCH_SEAL, BENCH_KEY_RSA_2048, KB10, GCM, 1000,
	 false, false, 0.90, 0},
	{"sign P-256 25 MB", BENCH_SIGN, BENCH_KEY_P256, MB25, GCM, 0, false, false, 0.88, 1.9},
	{"verify RSA-2048 25 MB", BENCH_VERIFY, BENCH_KEY_RSA_2048, MB25, GCM, 0, false, false, 0,
	 20},
	{"seal RSA-2048 GCM 25 MB", BENCH_SEAL, BENCH_KEY_RSA_2048, MB25, GCM, 1, false, false,
	 0.85, 2.5},
	{"seal RSA-2048 CBC 25 MB", BENCH_SEAL, BENCH_KEY_RSA_2048, MB25, CBC, 1, false, false,
	 0.85, 0},
	{"open RSA-2048 GCM 25 MB", BENCH_OPEN, BENCH_KEY_RSA_2048, MB25, GCM, 1, false, false,
	 0.45, 5},
	{"open RSA-2048 CBC 25 MB", BENCH_OPEN, BENCH_KEY_RSA_2048, MB25, CBC, 1, false, false, 0,
	 5},
};

bool
bench_wanted(const BenchOptions *options, const char *name)
{
	return options->filter == NULL || strstr(name, options->filter) != NULL;
}

static BaseBytes
message_of(const BenchJob *job)
{
	return base_bytes_of(job->message);
}

static bool
run_ours(void *data)
{
	BenchJob *job = data;

	return bench_ours_run(job, message_of(job), base_sink_null());
}

static bool
run_limit(void *data)
{
	return bench_limit_run(data);
}

static bool
run_peer(void *data)
{
	BenchJob *job = data;
	BIO *out = BIO_new(BIO_s_null());
	bool done = bench_cms_run(job, message_of(job), out);

	BIO_free(out);
	return done;
}

static BenchRow
row_of(const char *name, BenchContender sides[3], double scale)
{
	return (BenchRow){
		.name = name,
		.unit = "/s",
		.ours = bench_quantile(&sides[0], 0.5) * scale,
		.ours_low = bench_quantile(&sides[0], 0.25) * scale,
		.ours_high = bench_quantile(&sides[0], 0.75) * scale,
		.limit = bench_quantile(&sides[1], 0.5) * scale,
		.peer = bench_quantile(&sides[2], 0.5) * scale,
		.ratio_limit = bench_ratio(&sides[0], &sides[1]),
		.ratio_peer = bench_ratio(&sides[0], &sides[2]),
	};
}

void
bench_add_row(BenchReport *report, const char *name, BenchContender sides[3], double scale)
{
	BenchRow row = row_of(name, sides, scale);

	g_array_append_val(report->rows, row);
	for (size_t i = 0; i < 3; i++) {
		bench_contender_clear(&sides[i]);
	}
}

static void
add_row(BenchReport *report, const BenchSpec *spec, BenchContender sides[3])
{
	bool large = spec->octets > KB10;
	BenchRow row = row_of(spec->name, sides, large ? (double)spec->octets / 1e6 : 1);

	row.unit = large ? "MB/s" : "/s";
	row.want_limit = spec->want_limit;
	row.want_peer = spec->want_peer;
	g_array_append_val(report->rows, row);
}

static void
measure(const BenchSpec *spec, const BenchOptions *options, BenchReport *report)
{
	g_autoptr(BenchJob) job = bench_job_new(spec);
	BenchContender sides[3] = {
		{.run = run_ours, .data = job},
		{.run = options->ours_only ? NULL : run_limit, .data = job},
		{.run = options->ours_only || spec->no_peer ? NULL : run_peer, .data = job},
	};

	if (!bench_job_check(job)) {
		bench_report_note(report, "%s: postseal and libcrypto do not agree; not timed",
				  spec->name);
		report->broken = true;
		return;
	}
	if (bench_measure(sides, G_N_ELEMENTS(sides), &options->pace)) {
		add_row(report, spec, sides);
	} else {
		bench_report_note(report, "%s: failed while it was timed", spec->name);
		report->broken = true;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(sides); i++) {
		bench_contender_clear(&sides[i]);
	}
}

void
bench_suite_cms(const BenchOptions *options, BenchReport *report)
{
	for (size_t i = 0; i < G_N_ELEMENTS(specs); i++) {
		if (bench_wanted(options, specs[i].name)) {
			measure(&specs[i], options, report);
		}
	}
}
