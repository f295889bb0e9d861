/* SPDX-License-Identifier: MPL-2.0 */
/* The parts of a run; each adds to the report what it measured. */
#pragma once

#include "report.h"
#include "runner.h"

typedef struct {
	BenchPace pace;
	bool ours_only;       /* nobody to compare with: for a profiler */
	bool quick;           /* fewer rounds, no file of 250 MB */
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
