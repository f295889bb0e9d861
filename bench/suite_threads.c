/* SPDX-License-Identifier: MPL-2.0 */
/* Two threads, each with its own signer, against one. */
#include "bench.h"
#include "suite.h"

#include <unistd.h>

typedef struct {
	BenchJob *job;
	double until; /* on the wall */
	guint64 done;
} Worker;

static const BenchSpec spec = {"sign P-256 10 KB",
			       BENCH_SIGN,
			       BENCH_KEY_P256,
			       10240,
			       CMS_CIPHER_AES_256_GCM,
			       0,
			       false,
			       false,
			       0,
			       0};

static gpointer
work(gpointer data)
{
	Worker *worker = data;

	while (bench_wall_seconds() < worker->until) {
		for (int i = 0; i < 20; i++) {
			bench_must(bench_ours_run(worker->job, (BaseBytes){0}, base_sink_null()),
				   "signing failed in a thread");
		}
		worker->done += 20;
	}
	return NULL;
}

/* Messages that @n threads sign in @seconds. */
static double
signed_by(Worker *workers, guint n, double seconds)
{
	g_autofree GThread **threads = g_new0(GThread *, n);
	double until = bench_wall_seconds() + seconds;
	double sum = 0;

	for (guint i = 0; i < n; i++) {
		workers[i].until = until;
		workers[i].done = 0;
		threads[i] = g_thread_new("bench", work, &workers[i]);
	}
	for (guint i = 0; i < n; i++) {
		g_thread_join(threads[i]);
		sum += (double)workers[i].done;
	}
	return sum;
}

void
bench_suite_threads(const BenchOptions *options, BenchReport *report)
{
	Worker workers[2] = {{0}};
	double ratios[7];
	BenchFigure figure = {"2 threads signing P-256, against one", "x", 0, 1.85, true};

	if (!bench_wanted(options, "threads")) {
		return;
	}
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		bench_report_note(report, "threads: there is one processor only");
		return;
	}
	workers[0].job = bench_job_new(&spec);
	workers[1].job = bench_job_new(&spec);
	for (size_t i = 0; i < G_N_ELEMENTS(ratios); i++) {
		double one = signed_by(workers, 1, options->pace.slice * 4);

		ratios[i] = signed_by(workers, 2, options->pace.slice * 4) / one;
	}
	figure.value = bench_quantile_of(ratios, G_N_ELEMENTS(ratios), 0.5);
	g_array_append_val(report->figures, figure);
	bench_job_free(workers[0].job);
	bench_job_free(workers[1].job);
}
