/* SPDX-License-Identifier: MPL-2.0 */
/* One thread that learns from what the sessions saw. */
#include "proxy/harvest.h"
#include "proxy/views.h"

#include <sys/resource.h>
#include <unistd.h>

#define WAITING_MAX (16U << 20)           /* octets; who brings more waits */
#define HURRY       (12U << 20)           /* octets that are learned at once */
#define QUIET       (G_USEC_PER_SEC / 10) /* without new mail, before learning begins */
#define PATIENCE    (2 * G_USEC_PER_SEC)  /* that the oldest waits for such quiet */
#define TOGETHER    50U                   /* messages learned in one transaction */
#define NICENESS    10
#define KNOWN_MAX   20000U /* places remembered; after that all over again */

typedef struct {
	Login *login;
	char *place;
	PsMessage *message;
	bool header_only;
	gint64 time; /* when it came, monotonic */
} Sheaf;

struct Harvest {
	House *house;
	GThread *thread;
	GMutex lock;
	GCond changed;
	GQueue queue;   /* of Sheaf */
	guint64 octets; /* in the queue, and of what is being learned */
	bool ending;
	GHashTable *known; /* places that were learned from; "h" before those with headers only */
};

static void
sheaf_free(Sheaf *sheaf)
{
	login_free(sheaf->login);
	g_free(sheaf->place);
	g_object_unref(sheaf->message);
	g_free(sheaf);
}

/* The sheaves of one turn. */
typedef struct {
	Harvest *harvest;
	GPtrArray *sheaves;  /* of Sheaf, of one login */
	GPtrArray *messages; /* of PsMessage, one for each; borrowed */
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
	house_note_verdict(house, login_of(turn), message, id, json);
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
		g_autoptr(PsVerdict) verdict = ps_engine_learn_message(engine, sheaf->message,
								       sheaf->header_only, &reason);
		if (verdict == NULL) {
			house_log(turn->harvest->house, "nothing learned from a message: %s",
				  reason->message);
		} else if (!sheaf->header_only) {
			note(sheaf->message, verdict, turn);
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
		g_ptr_array_add(turn->messages, sheaf->message);
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
	return !first->header_only && !next->header_only &&
	       first->login->accounts->len == next->login->accounts->len &&
	       first->login->home == next->login->home &&
	       g_ptr_array_index(first->login->accounts, 0) ==
		       g_ptr_array_index(next->login->accounts, 0);
}

/*
 * Who fetches a mailbox wants it now, and has both processors busy: learning begins when nothing
 * came for a moment, unless there is too much of it, or it has waited for long. The lock is held.
 */
static bool
should_wait(Harvest *harvest, gint64 *until)
{
	if (harvest->ending || harvest->octets > HURRY) {
		return false;
	}
	const Sheaf *oldest = g_queue_peek_head(&harvest->queue);
	const Sheaf *newest = g_queue_peek_tail(&harvest->queue);
	*until = MIN(oldest->time + PATIENCE, newest->time + QUIET);
	return g_get_monotonic_time() < *until;
}

/* What waits together, as far as it is of one login; nothing at the end. */
static void
gather(Turn *turn)
{
	Harvest *harvest = turn->harvest;
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&harvest->lock);
	gint64 until = 0;
	while (g_queue_is_empty(&harvest->queue) && !harvest->ending) {
		g_cond_wait(&harvest->changed, &harvest->lock);
	}
	while (!g_queue_is_empty(&harvest->queue) && should_wait(harvest, &until)) {
		(void)g_cond_wait_until(&harvest->changed, &harvest->lock, until);
	}
	const Sheaf *first = g_queue_peek_head(&harvest->queue);
	Sheaf *next = NULL;
	while (turn->sheaves->len < TOGETHER &&
	       (next = g_queue_peek_head(&harvest->queue)) != NULL &&
	       (next == first || goes_with(first, next))) {
		g_ptr_array_add(turn->sheaves, g_queue_pop_head(&harvest->queue));
	}
}

/* The octets no longer wait. */
static void
settle(const Turn *turn)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&turn->harvest->lock);
	for (guint i = 0; i < turn->sheaves->len; i++) {
		const Sheaf *sheaf = g_ptr_array_index(turn->sheaves, i);
		turn->harvest->octets -= ps_message_get_size(sheaf->message);
	}
	g_cond_broadcast(&turn->harvest->changed);
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
			.messages = g_ptr_array_new()};
		gather(&turn);
		if (turn.sheaves->len == 0) {
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
	g_cond_init(&harvest->changed);
	g_queue_init(&harvest->queue);
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
	g_mutex_lock(&harvest->lock);
	harvest->ending = true;
	g_cond_broadcast(&harvest->changed);
	g_mutex_unlock(&harvest->lock);
	g_thread_join(harvest->thread);
	g_hash_table_unref(harvest->known);
	g_mutex_clear(&harvest->lock);
	g_cond_clear(&harvest->changed);
	g_free(harvest);
}

static char *
known_as(const char *place, bool header_only)
{
	return g_strconcat(header_only ? "h" : "", place, NULL);
}

bool
harvest_wants(Harvest *harvest, const char *place, bool header_only)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&harvest->lock);
	g_autofree char *name = known_as(place, header_only);
	return place == NULL || !g_hash_table_contains(harvest->known, name);
}

/* The lock is held. */
static void
note_known(Harvest *harvest, const char *place, bool header_only)
{
	if (place == NULL) {
		return;
	}
	if (g_hash_table_size(harvest->known) >= KNOWN_MAX) {
		g_hash_table_remove_all(harvest->known);
	}
	g_hash_table_add(harvest->known, known_as(place, header_only));
}

void
harvest_add(Harvest *harvest, const Login *login, const char *place, PsMessage *message,
	    bool header_only)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&harvest->lock);
	while (harvest->octets > WAITING_MAX) {
		g_cond_wait(&harvest->changed, &harvest->lock);
	}
	Sheaf *sheaf = g_new0(Sheaf, 1);
	sheaf->login = login_copy(login);
	sheaf->place = g_strdup(place);
	sheaf->message = message;
	sheaf->header_only = header_only;
	sheaf->time = g_get_monotonic_time();
	note_known(harvest, place, header_only);
	harvest->octets += ps_message_get_size(message);
	bool wakes = g_queue_is_empty(&harvest->queue) || harvest->octets > HURRY;
	g_queue_push_tail(&harvest->queue, sheaf);
	if (wakes) {
		g_cond_broadcast(&harvest->changed);
	}
}
