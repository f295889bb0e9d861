/* SPDX-License-Identifier: MPL-2.0 */
/* One thread that learns from what the sessions saw. */
#include "proxy/harvest.h"
#include "proxy/views.h"

#include <sys/resource.h>
#include <unistd.h>

#define WAITING_MAX (16U << 20) /* octets; who brings more waits */
#define TOGETHER    50U         /* messages learned in one transaction */
#define NICENESS    10
#define KNOWN_MAX   20000U /* places remembered; after that all over again */

typedef struct {
	Login *login;
	char *place;
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
	g_free(sheaf->place);
	g_clear_pointer(&sheaf->octets, g_bytes_unref);
	g_free(sheaf);
}

/* The sheaves of one turn. */
typedef struct {
	Harvest *harvest;
	GPtrArray *sheaves;  /* of Sheaf, of one login */
	GPtrArray *messages; /* of PsMessage, one for each */
	bool last;           /* the end came */
} Turn;

static void
turn_clear(Turn *turn)
{
	g_ptr_array_unref(turn->sheaves);
	g_ptr_array_unref(turn->messages);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Turn, turn_clear)

static const Login *
login_of(const Turn *turn)
{
	return ((Sheaf *)g_ptr_array_index(turn->sheaves, 0))->login;
}

/* A verdict that people may ask for. */
static void
note(PsMessage *message, PsVerdict *verdict, gpointer user)
{
	Turn *turn = user;
	g_autofree char *id = ps_message_get_field(message, "Message-ID");
	g_autofree char *json = ps_verdict_to_json(verdict);
	House *house = turn->harvest->house;
	guint index = 0;
	house_note_verdict(house, login_of(turn), id, json);
	if (g_ptr_array_find(turn->messages, message, &index)) {
		const Sheaf *sheaf = g_ptr_array_index(turn->sheaves, index);
		views_note(house_views(house), sheaf->place, ps_verdict_get_summary(verdict));
	}
}

/* One by one: a header, or where learning together failed. */
static void
learn_each(Turn *turn, PsEngine *engine)
{
	for (guint i = 0; i < turn->sheaves->len; i++) {
		const Sheaf *sheaf = g_ptr_array_index(turn->sheaves, i);
		g_autoptr(GError) reason = NULL;
		PsMessage *message = g_ptr_array_index(turn->messages, i);
		g_autoptr(PsVerdict) verdict =
			ps_engine_learn_message(engine, message, sheaf->header_only, &reason);
		if (verdict == NULL) {
			house_log(turn->harvest->house, "nothing learned from a message: %s",
				  reason->message);
		} else if (!sheaf->header_only) {
			note(message, verdict, turn);
		}
	}
}

static void
learn(Turn *turn)
{
	House *house = turn->harvest->house;
	const Sheaf *first = g_ptr_array_index(turn->sheaves, 0);
	for (guint i = 0; i < turn->sheaves->len; i++) {
		const Sheaf *sheaf = g_ptr_array_index(turn->sheaves, i);
		g_ptr_array_add(turn->messages, ps_message_new_from_bytes(sheaf->octets));
	}
	PsEngine *engine = house_lend(house, first->login);
	if (first->header_only ||
	    !ps_engine_learn_messages(engine, turn->messages, note, turn, NULL)) {
		learn_each(turn, engine);
	}
	house_give_back(house, first->login, engine);
}

static bool
goes_with(const Sheaf *first, const Sheaf *next)
{
	return next->octets != NULL && !first->header_only && !next->header_only &&
	       first->login->accounts->len == next->login->accounts->len &&
	       first->login->home == next->login->home &&
	       g_ptr_array_index(first->login->accounts, 0) ==
		       g_ptr_array_index(next->login->accounts, 0);
}

/* What waits together, as far as it is of one login; the one that is not is put back. */
static void
gather(Turn *turn)
{
	GAsyncQueue *queue = turn->harvest->queue;
	Sheaf *first = g_async_queue_pop(queue);
	turn->last = first->octets == NULL;
	if (turn->last) {
		sheaf_free(first);
		return;
	}
	g_ptr_array_add(turn->sheaves, first);
	while (turn->sheaves->len < TOGETHER) {
		Sheaf *next = g_async_queue_try_pop(queue);
		if (next != NULL && !goes_with(first, next)) {
			g_async_queue_push_front(queue, next);
			next = NULL;
		}
		if (next == NULL) {
			return;
		}
		g_ptr_array_add(turn->sheaves, next);
	}
}

/* The octets no longer wait. */
static void
settle(const Turn *turn)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&turn->harvest->lock);
	for (guint i = 0; i < turn->sheaves->len; i++) {
		const Sheaf *sheaf = g_ptr_array_index(turn->sheaves, i);
		turn->harvest->waiting -= g_bytes_get_size(sheaf->octets);
	}
	g_cond_broadcast(&turn->harvest->done);
}

static gpointer
work(gpointer data)
{
	Harvest *harvest = data;
	/* Who waits for mail comes first; on Linux this is the thread's alone. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS);
	for (;;) {
		g_auto(Turn) turn = {
			.harvest = harvest,
			.sheaves = g_ptr_array_new_with_free_func((GDestroyNotify)sheaf_free),
			.messages = g_ptr_array_new_with_free_func(g_object_unref)};
		gather(&turn);
		if (turn.last) {
			return NULL;
		}
		learn(&turn);
		settle(&turn);
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
harvest_add(Harvest *harvest, const Login *login, const char *place, GBytes *octets,
	    bool header_only)
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
	sheaf->place = g_strdup(place);
	sheaf->octets = g_bytes_ref(octets);
	sheaf->header_only = header_only;
	g_async_queue_push(harvest->queue, sheaf);
}
