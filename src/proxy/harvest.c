/* SPDX-License-Identifier: MPL-2.0 */
/* One thread that learns from what the sessions saw. */
#include "proxy/harvest.h"

#include <sys/resource.h>
#include <unistd.h>

#define WAITING_MAX (8U << 20) /* octets; who brings more waits */
#define NICENESS    10
#define KNOWN_MAX   20000U /* places remembered; after that all over again */

typedef struct {
	Login *login;
	GBytes *octets; /* NULL: the end */
	bool header_only;
} Sheaf;

struct Harvest {
	House *house;
	GThread *thread;
	GAsyncQueue *queue; /* of Sheaf */
	GMutex lock;
	GCond done;
	size_t waiting;    /* octets in the queue */
	GHashTable *known; /* places that were learned from; "h" before those with headers only */
};

static void
sheaf_free(Sheaf *sheaf)
{
	g_clear_pointer(&sheaf->login, login_free);
	g_clear_pointer(&sheaf->octets, g_bytes_unref);
	g_free(sheaf);
}

/* What this account's mail says: a verdict that people may ask for, and keys. */
static void
learn(Harvest *harvest, const Sheaf *sheaf)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(sheaf->octets);
	PsEngine *engine = house_lend(harvest->house, sheaf->login);
	g_autoptr(PsVerdict) verdict =
		ps_engine_learn_message(engine, message, sheaf->header_only, &reason);
	house_give_back(harvest->house, sheaf->login, engine);
	if (verdict == NULL) {
		house_log(harvest->house, "nothing learned from a message: %s", reason->message);
		return;
	}
	if (!sheaf->header_only) {
		g_autofree char *id = ps_message_get_field(message, "Message-ID");
		g_autofree char *json = ps_verdict_to_json(verdict);
		house_note_verdict(harvest->house, sheaf->login, id, json);
	}
}

static gpointer
work(gpointer data)
{
	Harvest *harvest = data;
	/* Who waits for mail comes first; on Linux this is the thread's alone. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS);
	for (;;) {
		Sheaf *sheaf = g_async_queue_pop(harvest->queue);
		bool last = sheaf->octets == NULL;
		if (!last) {
			learn(harvest, sheaf);
			g_mutex_lock(&harvest->lock);
			harvest->waiting -= g_bytes_get_size(sheaf->octets);
			g_cond_broadcast(&harvest->done);
			g_mutex_unlock(&harvest->lock);
		}
		sheaf_free(sheaf);
		if (last) {
			return NULL;
		}
	}
}

Harvest *
harvest_new(House *house)
{
	Harvest *harvest = g_new0(Harvest, 1);
	harvest->house = house;
	g_mutex_init(&harvest->lock);
	g_cond_init(&harvest->done);
	harvest->queue = g_async_queue_new();
	harvest->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	harvest->thread = g_thread_new("harvest", work, harvest);
	return harvest;
}

void
harvest_free(Harvest *harvest)
{
	if (harvest == NULL) {
		return;
	}
	g_async_queue_push(harvest->queue, g_new0(Sheaf, 1));
	g_thread_join(harvest->thread);
	g_async_queue_unref(harvest->queue);
	g_hash_table_unref(harvest->known);
	g_mutex_clear(&harvest->lock);
	g_cond_clear(&harvest->done);
	g_free(harvest);
}

bool
harvest_wants(Harvest *harvest, const char *place, bool header_only)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&harvest->lock);
	if (place == NULL) {
		return true;
	}
	if (g_hash_table_size(harvest->known) >= KNOWN_MAX) {
		g_hash_table_remove_all(harvest->known);
	}
	return g_hash_table_add(harvest->known, g_strconcat(header_only ? "h" : "", place, NULL));
}

void
harvest_add(Harvest *harvest, const Login *login, GBytes *octets, bool header_only)
{
	size_t n = g_bytes_get_size(octets);
	g_mutex_lock(&harvest->lock);
	while (harvest->waiting > WAITING_MAX) {
		g_cond_wait(&harvest->done, &harvest->lock);
	}
	harvest->waiting += n;
	g_mutex_unlock(&harvest->lock);
	Sheaf *sheaf = g_new0(Sheaf, 1);
	sheaf->login = login_copy(login);
	sheaf->octets = g_bytes_ref(octets);
	sheaf->header_only = header_only;
	g_async_queue_push(harvest->queue, sheaf);
}
