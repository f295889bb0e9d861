/* SPDX-License-Identifier: MPL-2.0 */
#include "engine/workers.h"

#define THREADS_MAX 16U
#define JOBS_MAX    64U         /* read ahead */
#define JOB_OCTETS  (64U << 20) /* of messages in memory, read ahead */

struct Workers {
	PsEngine *engine; /* whose home and time the threads' engines have; borrowed */
	GMutex lock;
	GCond changed;
	GQueue todo;  /* Job, borrowed from order */
	GQueue order; /* Job, owned, the oldest first */
	size_t octets;
	bool ending;
	guint n_threads;
	GThread *threads[THREADS_MAX];
};

void
job_free(Job *job)
{
	if (job == NULL) {
		return;
	}
	reading_clear(&job->reading);
	g_clear_error(&job->error);
	g_clear_pointer(&job->octets, g_bytes_unref);
	g_clear_pointer(&job->source, base_source_free);
	g_free(job->path);
	g_free(job->file);
	g_free(job);
}

static BaseSource *
source_of(Job *job, GError **error)
{
	if (job->source != NULL) {
		return g_steal_pointer(&job->source);
	}
	return job->path != NULL ? base_source_new_path(job->path, error)
				 : base_source_new_view(base_bytes_of(job->octets));
}

static void
run(PsEngine *engine, Job *job)
{
	g_autoptr(BaseSource) source = source_of(job, &job->error);
	job->size = source == NULL ? 0 : base_source_size(source);
	if (job->size > 0) {
		(void)incoming_read(engine, source, &job->reading, &job->error);
	}
}

/* The next job; NULL when it is time to end. */
static Job *
wait_for_job(Workers *workers)
{
	g_mutex_lock(&workers->lock);
	while (!workers->ending && g_queue_is_empty(&workers->todo)) {
		g_cond_wait(&workers->changed, &workers->lock);
	}
	Job *job = workers->ending ? NULL : g_queue_pop_head(&workers->todo);
	g_mutex_unlock(&workers->lock);
	return job;
}

static gpointer
work(gpointer data)
{
	Workers *workers = data;
	g_autoptr(PsEngine) engine = core_twin(workers->engine);
	for (Job *job = wait_for_job(workers); job != NULL; job = wait_for_job(workers)) {
		run(engine, job);
		g_mutex_lock(&workers->lock);
		job->done = true;
		g_cond_broadcast(&workers->changed);
		g_mutex_unlock(&workers->lock);
	}
	return NULL;
}

Workers *
workers_new(PsEngine *engine)
{
	Workers *workers = g_new0(Workers, 1);
	workers->engine = engine;
	g_mutex_init(&workers->lock);
	g_cond_init(&workers->changed);
	g_queue_init(&workers->todo);
	g_queue_init(&workers->order);
	guint wanted = MIN(g_get_num_processors(), THREADS_MAX);
	bool more = true;
	while (more && workers->n_threads < wanted) { /* there may be a limit */
		GThread *thread = g_thread_try_new("reader", work, workers, NULL);
		more = thread != NULL;
		if (more) {
			workers->threads[workers->n_threads++] = thread;
		}
	}
	return workers;
}

void
workers_free(Workers *workers)
{
	if (workers == NULL) {
		return;
	}
	g_mutex_lock(&workers->lock);
	workers->ending = true;
	g_cond_broadcast(&workers->changed);
	g_mutex_unlock(&workers->lock);
	for (guint i = 0; i < workers->n_threads; i++) {
		g_thread_join(workers->threads[i]);
	}
	g_queue_clear(&workers->todo);
	g_queue_clear_full(&workers->order, (GDestroyNotify)job_free);
	g_mutex_clear(&workers->lock);
	g_cond_clear(&workers->changed);
	g_free(workers);
}

static size_t
weight(const Job *job)
{
	return job->octets == NULL ? 0 : g_bytes_get_size(job->octets);
}

void
workers_push(Workers *workers, Job *job)
{
	g_mutex_lock(&workers->lock);
	workers->octets += weight(job);
	g_queue_push_tail(&workers->order, job);
	g_queue_push_tail(&workers->todo, job);
	g_cond_broadcast(&workers->changed);
	g_mutex_unlock(&workers->lock);
}

bool
workers_are_full(const Workers *workers)
{
	return workers->order.length >= JOBS_MAX || workers->octets >= JOB_OCTETS;
}

bool
workers_are_idle(const Workers *workers)
{
	return workers->order.length == 0;
}

Job *
workers_pop(Workers *workers)
{
	g_mutex_lock(&workers->lock);
	Job *job = g_queue_pop_head(&workers->order);
	if (job != NULL && workers->n_threads == 0) {
		g_autoptr(PsEngine) engine = core_twin(workers->engine);
		run(engine, job);
		job->done = true;
	}
	while (job != NULL && !job->done) {
		g_cond_wait(&workers->changed, &workers->lock);
	}
	if (job != NULL) {
		workers->octets -= weight(job);
	}
	g_mutex_unlock(&workers->lock);
	return job;
}
