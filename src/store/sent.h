/* SPDX-License-Identifier: MPL-2.0 */
/* Which Message-IDs we sent to whom: an answer to one proves that its sender got it. */
#pragma once

#include "store/store.h"

#define STORE_SENT_DAYS 400 /* older ones are forgotten */

/* Once per recipient. */
bool store_sent_add(Store *store, const char *message_id, const char *address, int64_t now,
		    GError **error);
/* *@out: @message_id went to @address and to nobody else. */
bool store_sent_only_to(Store *store, const char *message_id, const char *address, bool *out,
			GError **error);
