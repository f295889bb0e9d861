/* SPDX-License-Identifier: MPL-2.0 */
/* Threads that read messages ahead; their results come back in the order in which they were asked.
 */
#pragma once

#include "engine/incoming.h"

/* One message to read. */
typedef struct {
	char *path;         /* of the file; NULL: @octets or @source */
	GBytes *octets;     /* the message itself */
	BaseSource *source; /* a message that only one can read */
	char *file;         /* where it lies, for the caller */
	int64_t end;        /* octets of @file up to its end, for the caller */
	uint64_t size;      /* set by the worker: octets of the message; 0: the file is empty */
	Reading reading;
	GError *error; /* why it could not be read; NULL if it was */
	bool done;
} Job;

void job_free(Job *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Job, job_free)

typedef struct Workers Workers;

/* As many threads as there are processors, each with an engine like @engine. */
Workers *workers_new(PsEngine *engine);
/* Waits for the threads; what was not taken is dropped. NULL is fine. */
void workers_free(Workers *workers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Workers, workers_free)

/* Hands a job over (transfer full). */
void workers_push(Workers *workers, Job *job);
/* True when no more should be pushed before one was taken: memory stays flat. */
bool workers_are_full(const Workers *workers);
bool workers_are_idle(const Workers *workers);
/* Waits for the oldest job and takes it out (transfer full); NULL if there is none. */
Job *workers_pop(Workers *workers);
