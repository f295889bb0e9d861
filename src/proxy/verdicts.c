/* SPDX-License-Identifier: MPL-2.0 */
#include "proxy/verdicts.h"

#include <stdbool.h>
#include <string.h>

#define VERDICTS_MAX 1000U
#define JSON_MAX     (64U << 10) /* octets of one; longer ones are not kept */
#define DIGEST_MAX   (64U << 20) /* octets of a message that is looked at whole */

/* Of several messages nobody knows which one is meant. */
static const char ambiguous[] =
	"{\"summary\":\"unprotected\",\"ambiguous\":true,"
	"\"sentence\":\"Several messages have this Message-ID: no verdict.\","
	"\"signature\":{\"present\":false,\"valid\":false,\"form\":\"none\",\"reason\":\"none\"},"
	"\"encryption\":{\"present\":false,\"reason\":\"none\"},\"warnings\":[]}";

typedef struct {
	char *digest;
	char *json; /* NULL: not known */
	bool ambiguous;
} Said;

struct Verdicts {
	GMutex lock;
	GHashTable *known; /* address, newline, id -> Said */
	GQueue order;      /* of keys, owned by known; the oldest first */
};

static void
said_free(gpointer data)
{
	Said *said = data;
	g_free(said->digest);
	g_free(said->json);
	g_free(said);
}

Verdicts *
verdicts_new(void)
{
	Verdicts *verdicts = g_new0(Verdicts, 1);
	g_mutex_init(&verdicts->lock);
	g_queue_init(&verdicts->order);
	verdicts->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, said_free);
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

char *
verdicts_digest(PsMessage *message)
{
	guint64 size = ps_message_get_size(message);
	g_autoptr(GBytes) octets = size > DIGEST_MAX ? NULL : ps_message_get_octets(message, NULL);
	return octets == NULL ? g_strdup_printf("%" G_GUINT64_FORMAT, size)
			      : g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, octets);
}

static bool
differs(const Said *before, const Said *now)
{
	return strcmp(before->digest, now->digest) != 0 &&
	       (before->json == NULL || g_strcmp0(before->json, now->json) != 0);
}

void
verdicts_note(Verdicts *verdicts, const char *address, const VerdictsEntry *entry)
{
	if (entry->message_id == NULL) {
		return;
	}
	bool kept = entry->json != NULL && strlen(entry->json) <= JSON_MAX;
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&verdicts->lock);
	char *key = key_of(address, entry->message_id);
	gpointer old = NULL;
	gpointer before = NULL;
	Said *said = g_new0(Said, 1);
	said->digest = g_strdup(entry->digest);
	said->json = kept ? g_strdup(entry->json) : NULL;
	if (g_hash_table_lookup_extended(verdicts->known, key, &old, &before)) {
		const Said *was = before;
		said->ambiguous = was->ambiguous || differs(was, said);
		said->json = said->json == NULL ? g_strdup(was->json) : said->json;
		g_queue_remove(&verdicts->order, old);
	} else if (g_queue_get_length(&verdicts->order) == VERDICTS_MAX) {
		g_hash_table_remove(verdicts->known, g_queue_pop_head(&verdicts->order));
	}
	g_hash_table_replace(verdicts->known, key, said);
	g_queue_push_tail(&verdicts->order, key);
}

char *
verdicts_find(Verdicts *verdicts, const char *address, const char *message_id)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&verdicts->lock);
	g_autofree char *key = key_of(address, message_id);
	const Said *said = g_hash_table_lookup(verdicts->known, key);
	return said == NULL ? NULL : g_strdup(said->ambiguous ? ambiguous : said->json);
}
