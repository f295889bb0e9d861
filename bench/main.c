/* SPDX-License-Identifier: MPL-2.0 */
/* bench: how close postseal comes to the bare primitives, and how far ahead of others it is. */
#include "suite.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One processor for everything in process; its number is that of where we are. */
static void
pin(bool to_one)
{
	cpu_set_t set;
	int here = sched_getcpu();

	CPU_ZERO(&set);
	for (size_t i = 0; i < CPU_SETSIZE; i++) {
		if (!to_one || i == (size_t)MAX(here, 0)) {
			CPU_SET(i, &set);
		}
	}
	(void)sched_setaffinity(0, sizeof set, &set);
}

static char *
find_postseal(void)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *dir = g_path_get_dirname(self == NULL ? "." : self);
	g_autofree char *built = g_build_filename(dir, "..", "src", "cli", "postseal", NULL);
	const char *given = g_getenv("POSTSEAL");

	if (given != NULL) {
		return g_strdup(given);
	}
	return g_file_test(built, G_FILE_TEST_IS_EXECUTABLE) ? g_canonicalize_filename(built, NULL)
							     : NULL;
}

/* CPU time bears company, the clock on the wall does not. */
static void
note_load(BenchReport *report)
{
	double load = 0;

	if (getloadavg(&load, 1) == 1 && load > 1) {
		bench_report_note(
			report,
			"the machine is busy (load %.1f): start and threads, taken from the "
			"clock on the wall, are worse than they are",
			load);
	}
}

static void
run_all(const BenchOptions *options, BenchReport *report)
{
	note_load(report);
	/* Programs first: what they do must not depend on the heat of the rest. */
	bench_suite_programs(options, report);
	bench_suite_threads(options, report);
	bench_suite_learn(options, report);
	pin(true);
	bench_suite_cms(options, report);
	bench_suite_text(options, report);
	bench_suite_issuer(options, report);
	bench_suite_store(options, report);
	pin(false);
}

int
main(int argc, char **argv)
{
	gboolean json = FALSE;
	gboolean quick = FALSE;
	gboolean ours = FALSE;
	gint64 addresses = 200000;
	g_autofree char *filter = NULL;
	g_autofree char *postseal = find_postseal();
	const GOptionEntry entries[] = {
		{"json", 0, 0, G_OPTION_ARG_NONE, &json, "print one JSON object", NULL},
		{"quick", 0, 0, G_OPTION_ARG_NONE, &quick, "fewer rounds, smaller files", NULL},
		{"ours", 0, 0, G_OPTION_ARG_NONE, &ours, "time postseal alone, for a profiler",
		 NULL},
		{"filter", 0, 0, G_OPTION_ARG_STRING, &filter, "only what has TEXT in its name",
		 "TEXT"},
		{"addresses", 0, 0, G_OPTION_ARG_INT64, &addresses,
		 "people in the store that is asked (200000)", "N"},
		{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(BenchReport) report = bench_report_new();
	g_autoptr(GError) error = NULL;
	BenchOptions options = {0};

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		(void)fprintf(stderr, "bench: %s\n", error->message);
		return 64;
	}
	options.quick = quick;
	options.ours_only = ours;
	options.addresses = (guint64)MAX(addresses, 1000);
	options.pace = quick ? (BenchPace){3, 0.010, false} : (BenchPace){9, 0.040, false};
	options.filter = filter;
	options.postseal = postseal;
	run_all(&options, report);
	if (json) {
		bench_report_print_json(report);
	} else {
		bench_report_print(report);
	}
	return report->broken ? 1 : 0;
}
