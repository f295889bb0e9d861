/* SPDX-License-Identifier: MPL-2.0 */
/* How a message is shown: decided once, for ever. */
#pragma once

#include "store/store.h"

typedef struct {
	bool opened;
	bool outer_from; /* opened: with the From that carriers saw */
	char *status;    /* opened: its first line */
	char *summary;   /* a word */
	int64_t size;    /* opened: octets of what is shown */
	int64_t time;    /* of the decision */
	bool taught;     /* something was learned from it, or nothing could be */
} StoreView;

void store_view_free(StoreView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreView, store_view_free)

/* @message: SHA-256 of its octets; @account: for whom, "" for the whole home. */
bool store_view_get(Store *store, BaseBytes message, const char *account, StoreView **out,
		    GError **error);
/* Once for each message and account. */
bool store_view_put(Store *store, BaseBytes message, const char *account, const StoreView *view,
		    GError **error);
/* From now on it is @taught, whoever asks. */
bool store_view_teach(Store *store, BaseBytes message, GError **error);
