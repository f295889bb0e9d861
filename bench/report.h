/* SPDX-License-Identifier: MPL-2.0 */
/* What came out, as tables for people and as one JSON object for programs. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* One job that was timed in process. */
typedef struct {
	const char *name;
	const char *unit;                 /* "/s" or "MB/s" */
	double ours, ours_low, ours_high; /* median and quartiles */
	double limit, peer;               /* 0: did not take part */
	double ratio_limit, ratio_peer;
	double want_limit, want_peer; /* 0: no target */
} BenchRow;

/* One whole program's run. */
typedef struct {
	const char *program, *act, *size;
	double wall_ms, cpu_ms, rss_mib;
	double best_ms; /* on the wall */
} BenchProgramRow;

/* How long one question takes, in microseconds on the wall. */
typedef struct {
	char *name;          /* owned by the report */
	double median, high; /* of a hundred, one takes longer than the second */
	double want;         /* for the median; 0: no target */
} BenchWait;

/* A figure with a bound of its own. */
typedef struct {
	const char *name, *unit;
	double value, bound; /* 0: no target */
	bool at_least;       /* the bound is the least; else the most */
} BenchFigure;

typedef struct {
	GArray *rows;     /* of BenchRow */
	GArray *programs; /* of BenchProgramRow */
	GArray *figures;  /* of BenchFigure */
	GArray *waits;    /* of BenchWait */
	GPtrArray *notes; /* of char *: what could not be measured, and why */
	bool broken;      /* something did not do its work, so that its time means nothing */
} BenchReport;

BenchReport *bench_report_new(void);
void bench_report_free(BenchReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchReport, bench_report_free)

void bench_report_note(BenchReport *report, const char *format, ...) G_GNUC_PRINTF(2, 3);

void bench_report_print(const BenchReport *report);
void bench_report_print_json(const BenchReport *report);

/* Figures under their target. */
guint bench_report_missed(const BenchReport *report);
