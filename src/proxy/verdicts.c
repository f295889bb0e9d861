/* SPDX-License-Identifier: MPL-2.0 */
#include "proxy/verdicts.h"

#include <string.h>

#define VERDICTS_MAX 1000U
#define JSON_MAX     (64U << 10) /* octets of one; longer ones are not kept */

struct Verdicts {
	GMutex lock;
	GHashTable *known; /* address, newline, id -> JSON */
	GQueue order;      /* of keys, owned by known; the oldest first */
};

Verdicts *
verdicts_new(void)
{
	Verdicts *verdicts = g_new0(Verdicts, 1);
	g_mutex_init(&verdicts->lock);
	g_queue_init(&verdicts->order);
	verdicts->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return verdicts;
}

void
verdicts_free(Verdicts *verdicts)
{
	if (verdicts == NULL) {
		return;
	}
	g_queue_clear(&verdicts->order);
	g_hash_table_unref(verdicts->known);
	g_mutex_clear(&verdicts->lock);
	g_free(verdicts);
}

static char *
key_of(const char *address, const char *message_id)
{
	return g_strconcat(address, "\n", message_id, NULL);
}

void
verdicts_note(Verdicts *verdicts, const char *address, const char *message_id, const char *json)
{
	if (message_id == NULL || json == NULL || strlen(json) > JSON_MAX) {
		return;
	}
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&verdicts->lock);
	char *key = key_of(address, message_id);
	gpointer old = NULL;
	if (g_hash_table_lookup_extended(verdicts->known, key, &old, NULL)) {
		g_queue_remove(&verdicts->order, old);
	} else if (g_queue_get_length(&verdicts->order) == VERDICTS_MAX) {
		g_hash_table_remove(verdicts->known, g_queue_pop_head(&verdicts->order));
	}
	g_hash_table_replace(verdicts->known, key, g_strdup(json));
	g_queue_push_tail(&verdicts->order, key);
}

char *
verdicts_find(Verdicts *verdicts, const char *address, const char *message_id)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&verdicts->lock);
	g_autofree char *key = key_of(address, message_id);
	return g_strdup(g_hash_table_lookup(verdicts->known, key));
}
