/* SPDX-License-Identifier: MPL-2.0 */
/* Messages that bind their answers: sealed ones, which hide something (RFC 9788 section 6), and
 * those with rules of their authors. */
#pragma once

#include "store/store.h"

#define STORE_SEALED_DAYS   1200 /* older ones are forgotten */
#define STORE_SEALED_RECENT 500  /* of them hidden Subjects are looked for */

typedef struct {
	char *message_id;
	char *subject;  /* hidden Subject; NULL if none */
	char *bare;     /* its words alone, which others are searched for; NULL if not known */
	GBytes *header; /* header block of the payload root, HP-Outer included */
	bool sealed;    /* false: only signed, with rules of its author */
} StoreSealed;

void store_sealed_free(StoreSealed *sealed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreSealed, store_sealed_free)

#define STORE_SEALED_MAX 16 /* different ones with one Message-ID, which anybody can copy */

/* Each different one once. */
bool store_sealed_put(Store *store, const StoreSealed *sealed, int64_t now, GError **error);
/* All with this Message-ID, sealed ones first; of StoreSealed, without id and bare Subject. */
GPtrArray *store_sealed_list(Store *store, const char *message_id, GError **error);
/* Of the newest STORE_SEALED_RECENT those whose bare Subject is part of @bare, or not known; newest
 * first; of StoreSealed, without id and bare Subject. */
GPtrArray *store_sealed_recent(Store *store, const char *bare, GError **error);
