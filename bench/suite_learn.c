/* SPDX-License-Identifier: MPL-2.0 */
/* `postseal learn` over Maildirs, as a program: messages a second, and memory. */
#include "bench.h"
#include "mailbox.h"
#include "process.h"
#include "suite.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS  5
#define WANTED  5000 /* messages a second on two processors: the issue */
/* MiB: SQLite's cache fills up to 2, and the names of a folder are sorted, 55 octets each. */
#define GROWTH  4
#define READERS 2

typedef struct {
	const BenchOptions *options;
	BenchReport *report;
	char *dir;
	guint run; /* each has a home of its own */
} Suite;

typedef struct {
	const char *name;
	guint n;
	guint n_signed;
} Mailbox;

/* Half of the files, read and looked through for line ends: the least that anybody can do. */
typedef struct {
	GPtrArray *files;
	guint from, step;
	guint64 lines;
} Reader;

static gpointer
read_files(gpointer data)
{
	Reader *r = data;
	char block[65536];

	for (guint i = r->from; i < r->files->len; i += r->step) {
		int fd = open(r->files->pdata[i], O_RDONLY | O_CLOEXEC);
		ssize_t n;

		while ((n = read(fd, block, sizeof block)) > 0) {
			const char *end = block + n;
			const char *p = block;

			while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
				r->lines++;
				p++;
			}
		}
		(void)close(fd);
	}
	return NULL;
}

/* Seconds on the wall that two threads take to list and read the mailbox. */
static double
time_reading(const Suite *s, const Mailbox *box)
{
	double start = bench_wall_seconds();
	g_autofree char *folder = g_build_filename(s->dir, box->name, "cur", NULL);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	Reader readers[READERS];
	GThread *threads[READERS];
	const char *name;
	guint64 lines = 0;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_ptr_array_add(files, g_build_filename(folder, name, NULL));
	}
	for (guint i = 0; i < READERS; i++) {
		readers[i] = (Reader){files, i, READERS, 0};
		threads[i] = g_thread_new("bench", read_files, &readers[i]);
	}
	for (guint i = 0; i < READERS; i++) {
		(void)g_thread_join(threads[i]);
		lines += readers[i].lines;
	}
	bench_must(files->len == box->n && lines > (guint64)box->n * 20, "cannot read a mailbox");
	return bench_wall_seconds() - start;
}

/* Does the program say what is in the mailbox? */
static bool
is_right(const Suite *s, const Mailbox *box)
{
	g_autofree char *path = g_build_filename(s->dir, "out", NULL);
	g_autofree char *text = NULL;
	g_autofree char *want =
		g_strdup_printf("%u message(s) read, %u of them signed", box->n, box->n_signed);

	return g_file_get_contents(path, &text, NULL, NULL) && g_str_has_prefix(text, want) &&
	       strstr(text, "; 0 could not be read") != NULL;
}

/* Learns the mailbox in a new home. */
static bool
learn(Suite *s, const Mailbox *box, BenchUsage *out)
{
	g_autofree char *run = g_strdup_printf("%u", ++s->run);
	g_autofree char *line = g_strdup_printf("'%s' --home {d}/home{n} learn {d}/%s",
						s->options->postseal, box->name);
	const BenchCommand command = {line, NULL, "{d}/out"};
	const BenchPlace place = {s->dir, run, 1};

	if (bench_process_run(&command, &place, out) && is_right(s, box)) {
		return true;
	}
	bench_report_note(s->report, "learn %s: failed, or found something else", box->name);
	s->report->broken = true;
	return false;
}

static void
add_speed(Suite *s, const Mailbox *box, const char *name, double want)
{
	BenchContender sides[3] = {{0}};
	BenchFigure speed = {name, "/s", 0, want, true};
	BenchFigure work = {"the same, messages for one second of CPU time", "/s", 0, 0, true};
	guint rounds = s->options->quick ? 1 : ROUNDS;

	sides[0].rounds = g_array_new(FALSE, FALSE, sizeof(double));
	sides[1].rounds = g_array_new(FALSE, FALSE, sizeof(double));
	for (guint i = 0; i < rounds; i++) {
		BenchUsage usage;
		double ours;
		double raw;

		if (!learn(s, box, &usage)) {
			break;
		}
		ours = box->n / usage.wall;
		work.value = MAX(work.value, box->n / usage.cpu);
		raw = box->n / time_reading(s, box);
		g_array_append_val(sides[0].rounds, ours);
		g_array_append_val(sides[1].rounds, raw);
	}
	speed.value = bench_quantile(&sides[0], 0.5);
	g_array_append_val(s->report->figures, speed);
	g_array_append_val(s->report->figures, work);
	bench_add_row(s->report, name, sides, 1);
}

static void
add_memory(Suite *s, const Mailbox *small, const Mailbox *large)
{
	BenchUsage a = {0};
	BenchUsage b = {0};
	BenchFigure most = {"memory of learn, the most", "MiB", 0, 0, false};
	BenchFigure growth = {"memory of learn, ten times the messages", "MiB", 0, GROWTH, false};

	if (learn(s, small, &a) && learn(s, large, &b)) {
		most.value = b.rss;
		growth.value = b.rss - a.rss;
		g_array_append_val(s->report->figures, most);
		g_array_append_val(s->report->figures, growth);
	}
}

void
bench_suite_learn(const BenchOptions *options, BenchReport *report)
{
	guint n = options->quick ? 1000 : 10000;
	const Mailbox plain = {"plain", n, 0};
	const Mailbox mixed = {"mixed", n, n / 10};
	const Mailbox small = {"small", n / 5, n / 50};
	const Mailbox large = {"large", n * 2, n / 5};
	const Mailbox *all[] = {&plain, &mixed, &small, &large};
	const BenchCommand remove = {"rm -rf {d}", NULL, NULL};
	Suite s = {options, report, NULL, 0};
	BenchUsage ignored;

	if (!bench_wanted(options, "learn")) {
		return;
	}
	if (options->postseal == NULL) {
		bench_report_note(report, "learn: postseal is not built; POSTSEAL may name it");
		return;
	}
	s.dir = g_dir_make_tmp("bench-learn-XXXXXX", NULL);
	bench_must(s.dir != NULL, "cannot make a folder");
	for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
		bench_mailbox_make(s.dir, all[i]->name, all[i]->n, all[i]->n_signed > 0 ? 10 : 0);
	}
	/* Or else the first commits wait for all of it. */
	sync();
	add_speed(&s, &plain, "learn, nothing signed (wall, 2 cores)", WANTED);
	add_speed(&s, &mixed, "learn, 10 % signed (wall, 2 cores)", WANTED);
	add_memory(&s, &small, &large);
	(void)bench_process_run(&remove, &(BenchPlace){s.dir, "", 1}, &ignored);
	g_free(s.dir);
}
