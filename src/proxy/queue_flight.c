/* SPDX-License-Identifier: MPL-2.0 */
/* Which submissions are on their way: all sessions of the process. */
#include "proxy/queue_private.h"

#define WAIT_SECONDS 900 /* the provider has ten minutes for its last word on the first try */

struct QueueFlight {
	char *key;
};

static GMutex lock;
static GCond changed;
static GHashTable *keys; /* of char *, borrowed from the QueueFlight */

static void
wake(GCancellable *stop G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&lock);
	g_cond_broadcast(&changed);
}

/* Puts it among those on their way, if no other of its name is there. */
static bool
enter_at_once(QueueFlight *flight)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&lock);
	if (keys == NULL) {
		keys = g_hash_table_new(g_str_hash, g_str_equal);
	}
	return !g_hash_table_contains(keys, flight->key) && g_hash_table_add(keys, flight->key);
}

/* The same when the other is gone; false if it stays there. */
static bool
enter(QueueFlight *flight, GCancellable *stop)
{
	gint64 end = g_get_monotonic_time() + WAIT_SECONDS * G_TIME_SPAN_SECOND;
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&lock);
	while (g_hash_table_contains(keys, flight->key)) {
		if (g_cancellable_is_cancelled(stop) || !g_cond_wait_until(&changed, &lock, end)) {
			return false;
		}
	}
	return g_hash_table_add(keys, flight->key);
}

static void
flight_free(QueueFlight *flight)
{
	g_free(flight->key);
	g_free(flight);
}

QueueFlight *
queue_flight_begin(const Login *login, const char *name)
{
	g_autofree char *folder = queue_folder(login);
	QueueFlight *flight = g_new0(QueueFlight, 1);
	flight->key = g_build_filename(folder, name, NULL);
	if (enter_at_once(flight)) {
		return flight;
	}
	gulong id = g_cancellable_connect(login->stop, G_CALLBACK(wake), NULL, NULL);
	bool entered = enter(flight, login->stop);
	g_cancellable_disconnect(login->stop, id);
	if (!entered) {
		g_clear_pointer(&flight, flight_free);
	}
	return flight;
}

void
queue_flight_end(QueueFlight *flight)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&lock);
	g_hash_table_remove(keys, flight->key);
	g_cond_broadcast(&changed);
	flight_free(flight);
}
