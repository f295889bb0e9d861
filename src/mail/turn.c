/* SPDX-License-Identifier: MPL-2.0 */
/* One caller at a time; who waits can be told to give up. */
#include "mail/turn.h"

#define PATIENCE (120 * G_USEC_PER_SEC)

void
mail_turn_init(MailTurn *turn)
{
	g_mutex_init(&turn->lock);
	g_cond_init(&turn->freed);
	turn->taken = false;
}

void
mail_turn_clear(MailTurn *turn)
{
	g_mutex_clear(&turn->lock);
	g_cond_clear(&turn->freed);
}

bool
mail_is_stopped(GCancellable *stop, GError **error)
{
	return g_cancellable_is_cancelled(stop) &&
	       !base_fail(error, PS_ERROR_BUSY, "It was stopped");
}

static void
wake(G_GNUC_UNUSED GCancellable *stop, gpointer user)
{
	MailTurn *turn = user;
	g_mutex_lock(&turn->lock);
	g_cond_broadcast(&turn->freed);
	g_mutex_unlock(&turn->lock);
}

static bool
take(MailTurn *turn, GCancellable *stop)
{
	gint64 end = g_get_monotonic_time() + PATIENCE;
	bool waits = true;
	g_mutex_lock(&turn->lock);
	while (turn->taken && waits && !g_cancellable_is_cancelled(stop)) {
		waits = g_cond_wait_until(&turn->freed, &turn->lock, end);
	}
	bool ours = !turn->taken && !g_cancellable_is_cancelled(stop);
	turn->taken = turn->taken || ours;
	g_mutex_unlock(&turn->lock);
	return ours;
}

MailTurn *
mail_turn_take(MailTurn *turn, GCancellable *stop, GError **error)
{
	/* It takes the lock itself, and disconnecting waits for it: neither is done under the lock.
	 */
	gulong id = stop == NULL ? 0 : g_cancellable_connect(stop, G_CALLBACK(wake), turn, NULL);
	bool ours = take(turn, stop);
	g_cancellable_disconnect(stop, id);
	if (ours) {
		return turn;
	}
	return mail_is_stopped(stop, error)
		       ? NULL
		       : BASE_FAIL_NULL(error, PS_ERROR_BUSY, "The mailbox is busy: try again");
}

void
mail_turn_leave(MailTurn *turn)
{
	g_mutex_lock(&turn->lock);
	turn->taken = false;
	g_cond_broadcast(&turn->freed);
	g_mutex_unlock(&turn->lock);
}
