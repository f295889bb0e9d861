/* SPDX-License-Identifier: MPL-2.0 */
/* Timing: contenders in turn, in slices of the same length. */
#include "runner.h"

#include <stdlib.h>
#include <time.h>

static double
seconds_of(clockid_t clock)
{
	struct timespec t = {0};

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double
bench_cpu_seconds(void)
{
	return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

double
bench_wall_seconds(void)
{
	return seconds_of(CLOCK_MONOTONIC);
}

/* Seconds that a batch takes; a negative number if a run fails. */
static double
time_batch(const BenchContender *c, const BenchPace *pace)
{
	double (*clock)(void) = pace->wall ? bench_wall_seconds : bench_cpu_seconds;
	double start = clock();

	for (guint64 i = 0; i < c->batch; i++) {
		if (!c->run(c->data)) {
			return -1;
		}
	}
	return clock() - start;
}

/* Finds how many runs fill a slice; the runs that this takes warm everything up. */
static bool
calibrate(BenchContender *c, const BenchPace *pace)
{
	double seconds;

	c->batch = 1;
	while ((seconds = time_batch(c, pace)) < pace->slice / 4) {
		if (seconds < 0) {
			return false;
		}
		c->batch *= 2;
	}
	c->batch = MAX(1, (guint64)((double)c->batch * pace->slice / seconds));
	return true;
}

bool
bench_measure(BenchContender *contenders, size_t n, const BenchPace *pace)
{
	for (size_t i = 0; i < n; i++) {
		contenders[i].rounds = g_array_new(FALSE, FALSE, sizeof(double));
		if (contenders[i].run != NULL && !calibrate(&contenders[i], pace)) {
			return false;
		}
	}
	for (size_t i = 0; i < n * pace->rounds; i++) {
		BenchContender *c = &contenders[i % n];
		double seconds = c->run == NULL ? 0 : time_batch(c, pace);
		double rate = (double)c->batch / seconds;

		if (seconds < 0) {
			return false;
		}
		if (c->run != NULL) {
			g_array_append_val(c->rounds, rate);
		}
	}
	return true;
}

void
bench_contender_clear(BenchContender *contender)
{
	g_clear_pointer(&contender->rounds, g_array_unref);
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double
bench_quantile_of(double *values, size_t n, double q)
{
	if (n == 0) {
		return 0;
	}
	qsort(values, n, sizeof *values, compare_doubles);
	return values[(size_t)(q * (double)(n - 1) + 0.5)];
}

double
bench_quantile(const BenchContender *contender, double q)
{
	guint n = contender->rounds == NULL ? 0 : contender->rounds->len;
	g_autofree double *values = g_new(double, n + 1);

	for (guint i = 0; i < n; i++) {
		values[i] = g_array_index(contender->rounds, double, i);
	}
	return bench_quantile_of(values, n, q);
}

double
bench_ratio(const BenchContender *a, const BenchContender *b)
{
	guint n = a->rounds == NULL || b->rounds == NULL ? 0 : MIN(a->rounds->len, b->rounds->len);
	g_autofree double *ratios = g_new(double, n + 1);

	for (guint i = 0; i < n; i++) {
		ratios[i] =
			g_array_index(a->rounds, double, i) / g_array_index(b->rounds, double, i);
	}
	return bench_quantile_of(ratios, n, 0.5);
}
