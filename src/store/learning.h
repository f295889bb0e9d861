/* SPDX-License-Identifier: MPL-2.0 */
/* How far an unfinished run of `learn` got, so that it can go on after an interruption. */
#pragma once

#include "store/store.h"

typedef struct {
	int64_t messages;
	int64_t n_signed;
	int64_t keys_new;
	int64_t keys_seen;
	int64_t errors;
} StoreLearningSum;

/* *@found: a run named @run (any string) was interrupted; then *@sum is what it had found. */
bool store_learning_get(Store *store, const char *run, bool *found, StoreLearningSum *sum,
			GError **error);
bool store_learning_put(Store *store, const char *run, const StoreLearningSum *sum, GError **error);

/* The octets of @file (any string) that were read, 0: none. */
bool store_learning_octets(Store *store, const char *run, const char *file, int64_t *octets,
			   GError **error);
bool store_learning_note(Store *store, const char *run, const char *file, int64_t octets,
			 GError **error);

/* The run is complete. */
bool store_learning_finish(Store *store, const char *run, GError **error);
