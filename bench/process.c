/* SPDX-License-Identifier: MPL-2.0 */
/* Whole programs: run by bench-run, so that time and memory are theirs alone. */
#include "process.h"

#include "runner.h"

char *
bench_process_expand(const char *text, const BenchPlace *place)
{
	GString *s = g_string_new(text == NULL ? "/dev/null" : text);

	(void)g_string_replace(s, "{d}", place->dir, 0);
	(void)g_string_replace(s, "{n}", place->size, 0);
	return g_string_free(s, FALSE);
}

static char *
runner_path(void)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *dir = g_path_get_dirname(self == NULL ? "." : self);

	return g_build_filename(dir, "bench-run", NULL);
}

/* Lines of bench-run; false if one of the runs failed. */
static bool
read_usage(const char *text, BenchUsage *out)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	guint n = g_strv_length(lines);
	g_autofree double *wall = g_new0(double, n + 1);
	g_autofree double *cpu = g_new0(double, n + 1);
	BenchUsage usage = {0};
	guint runs = 0;

	for (guint i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++) {
		g_auto(GStrv) words = g_strsplit(lines[i], " ", -1);

		if (g_strv_length(words) != 4 || g_strcmp0(words[3], "0") != 0) {
			return false;
		}
		wall[runs] = g_ascii_strtod(words[0], NULL);
		cpu[runs] = g_ascii_strtod(words[1], NULL);
		usage.rss = MAX(usage.rss, g_ascii_strtod(words[2], NULL) / 1024);
		runs++;
	}
	usage.wall = bench_quantile_of(wall, runs, 0.5);
	usage.best = wall[0];
	usage.cpu = bench_quantile_of(cpu, runs, 0.5);
	*out = usage;
	return runs > 0;
}

bool
bench_process_run(const BenchCommand *command, const BenchPlace *place, BenchUsage *out)
{
	g_autofree char *line = bench_process_expand(command->command, place);
	g_autofree char *text = NULL;
	g_auto(GStrv) words = NULL;
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);

	if (!g_shell_parse_argv(line, NULL, &words, NULL)) {
		return false;
	}
	g_ptr_array_add(argv, runner_path());
	g_ptr_array_add(argv, g_strdup_printf("%u", place->count));
	g_ptr_array_add(argv, bench_process_expand(command->input, place));
	g_ptr_array_add(argv, bench_process_expand(command->output, place));
	for (guint i = 0; words[i] != NULL; i++) {
		g_ptr_array_add(argv, g_strdup(words[i]));
	}
	g_ptr_array_add(argv, NULL);
	return g_spawn_sync(place->dir, (char **)argv->pdata, NULL, G_SPAWN_STDERR_TO_DEV_NULL,
			    NULL, NULL, &text, NULL, NULL, NULL) &&
	       read_usage(text, out);
}
