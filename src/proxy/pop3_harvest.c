/* SPDX-License-Identifier: MPL-2.0 */
/* Learning in passing. */
#include "proxy/pop3_harvest.h"

#include <postseal/view.h>

/* Learning takes longer than passing on: a mailbox that is fetched at once should not wait for it,
 * as long as what waits is no matter. */
#define WAITING_MAX (16U << 20) /* octets */

typedef struct {
	PsMessage *message;
	bool header_only;
} Item;

struct Pop3Harvest {
	House *house;
	const Login *login;
	GThread *thread; /* NULL until there is something to do */
	GMutex lock;
	GCond changed;
	GQueue waiting; /* of Item */
	guint64 octets; /* of them */
	bool ending;
};

static void
item_free(gpointer data)
{
	Item *item = data;

	g_object_unref(item->message);
	g_free(item);
}

static void
learn(Pop3Harvest *harvest, const Item *item)
{
	g_autoptr(GError) error = NULL;
	PsEngine *engine = house_lend(harvest->house, harvest->login);
	g_autoptr(PsVerdict) verdict =
		ps_engine_learn_message(engine, item->message, item->header_only, &error);
	g_autofree char *id = ps_message_get_field(item->message, "Message-ID");
	bool whole = verdict != NULL && !item->header_only && id != NULL;
	g_autofree char *json = whole ? ps_verdict_to_json(verdict) : NULL;

	house_give_back(harvest->house, harvest->login, engine);
	if (verdict == NULL) {
		house_log(harvest->house, "pop3: nothing learned from a message: %s",
			  error->message);
	} else if (json != NULL) {
		house_note_verdict(harvest->house, harvest->login, id, json);
	}
}

/* NULL: no more will come. */
static Item *
next(Pop3Harvest *harvest)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&harvest->lock);
	Item *item;

	while (g_queue_is_empty(&harvest->waiting) && !harvest->ending) {
		g_cond_wait(&harvest->changed, &harvest->lock);
	}
	item = g_queue_pop_head(&harvest->waiting);
	harvest->octets -= item == NULL ? 0 : ps_message_get_size(item->message);
	g_cond_broadcast(&harvest->changed);
	return item;
}

static gpointer
run(gpointer data)
{
	Pop3Harvest *harvest = data;
	Item *item;

	while ((item = next(harvest)) != NULL) {
		learn(harvest, item);
		item_free(item);
	}
	return NULL;
}

Pop3Harvest *
pop3_harvest_new(House *house, const Login *login)
{
	Pop3Harvest *harvest = g_new0(Pop3Harvest, 1);

	harvest->house = house;
	harvest->login = login;
	g_mutex_init(&harvest->lock);
	g_cond_init(&harvest->changed);
	g_queue_init(&harvest->waiting);
	return harvest;
}

void
pop3_harvest_free(Pop3Harvest *harvest)
{
	if (harvest == NULL) {
		return;
	}
	g_mutex_lock(&harvest->lock);
	harvest->ending = true;
	g_cond_broadcast(&harvest->changed);
	g_mutex_unlock(&harvest->lock);
	if (harvest->thread != NULL) {
		g_thread_join(harvest->thread);
	}
	g_queue_clear_full(&harvest->waiting, item_free);
	g_mutex_clear(&harvest->lock);
	g_cond_clear(&harvest->changed);
	g_free(harvest);
}

void
pop3_harvest_add(Pop3Harvest *harvest, PsMessage *message, bool header_only)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&harvest->lock);
	Item *item = g_new(Item, 1);

	while (harvest->octets > WAITING_MAX) {
		g_cond_wait(&harvest->changed, &harvest->lock);
	}
	harvest->octets += ps_message_get_size(message);
	*item = (Item){message, header_only};
	g_queue_push_tail(&harvest->waiting, item);
	if (harvest->thread == NULL) {
		harvest->thread = g_thread_new("pop3-harvest", run, harvest);
	}
	g_cond_broadcast(&harvest->changed);
}
