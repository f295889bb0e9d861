/* SPDX-License-Identifier: MPL-2.0 */
/* Timing: contenders in turn, in slices of the same length, so that what disturbs one disturbs all.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
	bool (*run)(void *data); /* NULL: this side does not take part */
	void *data;
	guint64 batch;  /* runs in one slice */
	GArray *rounds; /* of double: runs per second of CPU time, by round */
} BenchContender;

typedef struct {
	guint rounds;
	double slice; /* seconds */
	bool wall;    /* by the clock on the wall, for what waits for a disk */
} BenchPace;

/* Runs @n contenders in turn; false if one of them fails. */
bool bench_measure(BenchContender *contenders, size_t n, const BenchPace *pace);
void bench_contender_clear(BenchContender *contender);

/* Of @n values, which are sorted by this: 0.5 is the median. 0 if there are none. */
double bench_quantile_of(double *values, size_t n, double q);
/* Of the rounds: 0.5 is the median. 0 if there are none. */
double bench_quantile(const BenchContender *contender, double q);
/* The median of a/b by round; 0 if one of them did not take part. */
double bench_ratio(const BenchContender *a, const BenchContender *b);

/* Seconds of CPU time of this thread; of the clock on the wall. */
double bench_cpu_seconds(void);
double bench_wall_seconds(void);
