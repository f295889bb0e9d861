/* SPDX-License-Identifier: MPL-2.0 */
/* Messages that bind their answers: sealed ones, which hide something (RFC 9788 section 6), and
 * those with rules of their authors. */
#pragma once

#include "store/store.h"

#define STORE_SEALED_DAYS   1200 /* older ones are forgotten */
#define STORE_SEALED_RECENT 500  /* looked through for a hidden Subject */

typedef struct {
	char *message_id;
	char *subject;  /* hidden Subject; NULL if none */
	GBytes *header; /* header block of the payload root, HP-Outer included */
	bool sealed;    /* false: only signed, with rules of its author */
} StoreSealed;

void store_sealed_free(StoreSealed *sealed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreSealed, store_sealed_free)

#define STORE_SEALED_MAX 16 /* different ones with one Message-ID, which anybody can copy */

/* Each different one once. */
bool store_sealed_put(Store *store, const StoreSealed *sealed, int64_t now, GError **error);
/* All with this Message-ID, sealed ones first; of StoreSealed, without the id. */
GPtrArray *store_sealed_list(Store *store, const char *message_id, GError **error);
/* The newest STORE_SEALED_RECENT, newest first; of StoreSealed. */
GPtrArray *store_sealed_recent(Store *store, GError **error);
