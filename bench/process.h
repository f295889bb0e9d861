/* SPDX-License-Identifier: MPL-2.0 */
/* Whole programs: run by bench-run, so that time and memory are theirs alone. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
	double wall; /* median, seconds */
	double best; /* the least, seconds on the wall */
	double cpu;  /* median, seconds */
	double rss;  /* the most of all runs, MiB */
} BenchUsage;

/* A shell-like @command, "{d}" in it being the working folder @dir and "{n}" @size. @input and
 * @output are files in the same notation, NULL: /dev/null. False if a run does not exit with 0. */
typedef struct {
	const char *command;
	const char *input;
	const char *output;
} BenchCommand;

typedef struct {
	const char *dir;
	const char *size;
	guint count;
} BenchPlace;

bool bench_process_run(const BenchCommand *command, const BenchPlace *place, BenchUsage *out);

/* @text with its {d} and {n} replaced; (transfer full). */
char *bench_process_expand(const char *text, const BenchPlace *place);
