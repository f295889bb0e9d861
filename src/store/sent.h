/* SPDX-License-Identifier: MPL-2.0 */
/* Which Message-IDs we sent to whom: an answer to one proves that its sender got it. */
#pragma once

#include "store/store.h"

#define STORE_SENT_DAYS 400 /* older ones are forgotten */

/* Once per recipient. */
bool store_sent_add(Store *store, const char *message_id, const char *address, int64_t now,
		    GError **error);

/* A message of @address that answers @message_id; its key as in StoreSighting. */
typedef struct {
	const char *message_id;
	const char *address;
	const char *message_key;
} StoreAnswer;

/* *@out: the id went to this address and to nobody else, and no other answer told others of it. */
bool store_sent_only_to(Store *store, const StoreAnswer *answer, bool *out, GError **error);
/* This answer went to others, too: from now on they know the id. */
bool store_sent_told(Store *store, const StoreAnswer *answer, GError **error);
