/* SPDX-License-Identifier: MPL-2.0 */
/* The parts of a run; each adds to the report what it measured. */
#pragma once

#include "report.h"
#include "runner.h"

typedef struct {
	BenchPace pace;
	bool ours_only;       /* nobody to compare with: for a profiler */
	bool quick;           /* fewer rounds, no file of 250 MB */
	guint64 addresses;    /* people in the store */
	const char *filter;   /* only what has this in its name; NULL: all */
	const char *postseal; /* path of the command; NULL: not built */
} BenchOptions;

bool bench_wanted(const BenchOptions *options, const char *name);

/* Sign, verify, seal, open: in process, against primitives and libcrypto's CMS. */
void bench_suite_cms(const BenchOptions *options, BenchReport *report);
/* base64 and line ends. */
void bench_suite_text(const BenchOptions *options, BenchReport *report);
/* Two threads against one. */
void bench_suite_threads(const BenchOptions *options, BenchReport *report);
/* Whole programs: postseal, openssl, gpgsm, cmsutil; memory and start. */
void bench_suite_programs(const BenchOptions *options, BenchReport *report);
/* Questions of a store with many people, and noting messages in it. */
void bench_suite_store(const BenchOptions *options, BenchReport *report);
/* `learn` over mailboxes: speed and memory. */
void bench_suite_learn(const BenchOptions *options, BenchReport *report);
/* Signers whom an authority vouches for, beside those who vouch for themselves. */
void bench_suite_issuer(const BenchOptions *options, BenchReport *report);

/* A row of three sides: ours, the limit, libcrypto; @scale: things done in one run. */
void bench_add_row(BenchReport *report, const char *name, BenchContender sides[3], double scale);
