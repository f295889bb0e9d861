/* SPDX-License-Identifier: MPL-2.0 */
/* Waiting for a client and a provider at once. */
#include "conn_private.h"

static gboolean
on_late(gpointer enough)
{
	g_cancellable_cancel(enough);
	return G_SOURCE_REMOVE;
}

static void
on_stop(GCancellable *stop G_GNUC_UNUSED, gpointer enough)
{
	g_cancellable_cancel(enough);
}

void
conn_patience_begin(ConnPatience *patience, guint ms, GCancellable *stop)
{
	patience->context = g_main_context_new();
	patience->enough = g_cancellable_new();
	patience->timer = g_timeout_source_new(ms);
	patience->stop = stop;
	patience->stopper = stop == NULL ? 0
					 : g_cancellable_connect(stop, G_CALLBACK(on_stop),
								 patience->enough, NULL);
	g_source_set_callback(patience->timer, on_late, patience->enough, NULL);
	g_source_attach(patience->timer, patience->context);
	g_main_context_push_thread_default(patience->context);
}

void
conn_patience_end(ConnPatience *patience)
{
	g_main_context_pop_thread_default(patience->context);
	g_cancellable_disconnect(patience->stop, patience->stopper);
	g_source_destroy(patience->timer);
	g_source_unref(patience->timer);
	g_object_unref(patience->enough);
	g_main_context_unref(patience->context);
}

/*
 * A readable socket does not mean that there are octets (half a TLS record, a session ticket), and
 * TLS may hold octets that the socket no longer shows. So octets are read before and after each
 * wait, and only what was read counts.
 */
typedef struct {
	NetConn *conns[2]; /* the second may be NULL */
	GCancellable *stop;
	gint64 deadline; /* monotonic, microseconds */
} Wait;

static const NetReady READY[] = {NET_READY_FIRST, NET_READY_SECOND};

/* Octets that come one by one do not put off a deadline. */
static bool
is_overdue(const Wait *wait)
{
	for (size_t i = 0; i < G_N_ELEMENTS(wait->conns); i++) {
		if (wait->conns[i] != NULL && wait->conns[i]->deadline != 0 &&
		    conn_left_ms(wait->conns[i], 1) == 0) {
			return true;
		}
	}
	return false;
}

static NetReady
look(const Wait *wait)
{
	guint ready =
		wait->stop != NULL && g_cancellable_is_cancelled(wait->stop) ? NET_READY_STOP : 0;
	if (is_overdue(wait)) {
		return (NetReady)ready;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(wait->conns); i++) {
		if (wait->conns[i] == NULL) {
			continue;
		}
		conn_fill(wait->conns[i]);
		if (conn_is_ready(wait->conns[i])) {
			ready |= READY[i];
		}
	}
	return (NetReady)ready;
}

/* Until something stirs; whether there was any time left. */
static bool
sleep_once(const Wait *wait)
{
	GPollFD fds[3];
	guint n = 0;
	gint64 left = (wait->deadline - g_get_monotonic_time() + 999) / 1000;
	if (left <= 0) {
		return false;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(wait->conns); i++) {
		if (wait->conns[i] != NULL) {
			fds[n++] = (GPollFD){.fd = g_socket_get_fd(wait->conns[i]->socket),
					     .events = G_IO_IN | G_IO_HUP | G_IO_ERR};
		}
	}
	bool stoppable = wait->stop != NULL && g_cancellable_make_pollfd(wait->stop, &fds[n]);
	(void)g_poll(fds, n + (stoppable ? 1 : 0), (gint)MIN(left, G_MAXINT));
	if (stoppable) {
		g_cancellable_release_fd(wait->stop);
	}
	return true;
}

bool
conn_wait_ms(NetConn *first, NetConn *second, guint ms, GCancellable *stop, NetReady *out,
	     GError **error)
{
	guint left = conn_left_ms(first, second == NULL ? ms : conn_left_ms(second, ms));
	Wait wait = {{first, second}, stop, g_get_monotonic_time() + (gint64)left * 1000};
	if (!net_conn_flush(first, error) || (second != NULL && !net_conn_flush(second, error))) {
		return false;
	}
	NetReady ready = look(&wait);
	while (ready == NET_READY_NONE && sleep_once(&wait)) {
		ready = look(&wait);
	}
	*out = ready;
	return true;
}

bool
net_wait(NetConn *first, NetConn *second, guint seconds, GCancellable *stop, NetReady *out,
	 GError **error)
{
	return conn_wait_ms(first, second, seconds * CONN_SECOND, stop, out, error);
}
