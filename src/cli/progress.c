/* SPDX-License-Identifier: MPL-2.0 */
/* One line on the terminal while long work goes on; nothing when nobody looks. */
#include "cli.h"

#include <stdio.h>
#include <unistd.h>

#define PATIENCE (G_USEC_PER_SEC) /* what is done sooner needs no line */
#define WIDTH    30

struct CliProgress {
	const char *what;
	GThread *thread; /* NULL: nobody looks */
	GMutex lock;
	GCond ended;
	gboolean over;
	gint64 start;
	guint64 done;
	guint64 total; /* 0: unknown */
	gboolean shown;
};

static void
draw(CliProgress *progress)
{
	char bar[WIDTH + 1];
	gint64 seconds = (g_get_monotonic_time() - progress->start) / G_USEC_PER_SEC;
	progress->shown = TRUE;
	if (progress->total == 0) {
		g_printerr("\r%s ... %" G_GINT64_FORMAT " s ", progress->what, seconds);
		return;
	}
	guint filled = (guint)(MIN(progress->done, progress->total) * WIDTH / progress->total);
	for (guint i = 0; i < WIDTH; i++) {
		bar[i] = i < filled ? '#' : '.';
	}
	bar[WIDTH] = '\0';
	g_printerr("\r%s [%s] %3" G_GUINT64_FORMAT "%% ", progress->what, bar,
		   MIN(progress->done, progress->total) * 100 / progress->total);
}

static gpointer
watch(gpointer data)
{
	CliProgress *progress = data;
	g_mutex_lock(&progress->lock);
	gint64 next = progress->start + PATIENCE;
	while (!progress->over) {
		if (!g_cond_wait_until(&progress->ended, &progress->lock, next)) {
			draw(progress);
			next = g_get_monotonic_time() + G_USEC_PER_SEC / 4;
		}
	}
	if (progress->shown) {
		g_printerr("\r\033[K");
	}
	g_mutex_unlock(&progress->lock);
	return NULL;
}

CliProgress *
cli_progress_new(const char *what)
{
	CliProgress *progress = g_new0(CliProgress, 1);
	progress->what = what;
	progress->start = g_get_monotonic_time();
	g_mutex_init(&progress->lock);
	g_cond_init(&progress->ended);
	if (isatty(STDERR_FILENO)) {
		progress->thread = g_thread_new("progress", watch, progress);
	}
	return progress;
}

void
cli_progress_update(guint64 done, guint64 total, gpointer user_data)
{
	CliProgress *progress = user_data;
	g_mutex_lock(&progress->lock);
	progress->done = done;
	progress->total = total;
	g_mutex_unlock(&progress->lock);
}

void
cli_progress_free(CliProgress *progress)
{
	if (progress->thread != NULL) {
		g_mutex_lock(&progress->lock);
		progress->over = TRUE;
		g_cond_signal(&progress->ended);
		g_mutex_unlock(&progress->lock);
		g_thread_join(progress->thread);
	}
	g_mutex_clear(&progress->lock);
	g_cond_clear(&progress->ended);
	g_free(progress);
}
