/* SPDX-License-Identifier: MPL-2.0 */
/* Connecting to a provider: each of its addresses in turn, within one time. */
#include "conn_private.h"

typedef struct {
	GList *addresses;
	GError *reason;
	bool done;
} Lookup;

static void
on_addresses(GObject *source, GAsyncResult *result, gpointer user)
{
	Lookup *lookup = user;
	lookup->addresses =
		g_resolver_lookup_by_name_finish(G_RESOLVER(source), result, &lookup->reason);
	lookup->done = true;
}

static gboolean
on_late(gpointer user)
{
	GCancellable *cancellable = user;
	g_cancellable_cancel(cancellable);
	return G_SOURCE_REMOVE;
}

/* The system's resolver may take minutes, so it is asked in its own thread and left after
 * @seconds. */
static GList *
look_up(const char *host, guint seconds, GError **reason)
{
	g_autoptr(GMainContext) context = g_main_context_new();
	g_autoptr(GResolver) resolver = g_resolver_get_default();
	g_autoptr(GCancellable) cancellable = g_cancellable_new();
	g_autoptr(GSource) timer = g_timeout_source_new_seconds(seconds);
	Lookup lookup = {NULL, NULL, false};
	g_source_set_callback(timer, on_late, cancellable, NULL);
	g_source_attach(timer, context);
	g_main_context_push_thread_default(context);
	g_resolver_lookup_by_name_async(resolver, host, cancellable, on_addresses, &lookup);
	while (!lookup.done) {
		g_main_context_iteration(context, TRUE);
	}
	g_main_context_pop_thread_default(context);
	g_source_destroy(timer);
	if (lookup.reason != NULL) {
		g_propagate_error(reason, lookup.reason);
	}
	return lookup.addresses;
}

static GSocketConnection *
connect_one(GInetAddress *address, guint16 port, guint seconds, GCancellable *stop, GError **reason)
{
	g_autoptr(GSocketAddress) end = g_inet_socket_address_new(address, port);
	g_autoptr(GSocket) socket =
		g_socket_new(g_inet_address_get_family(address), G_SOCKET_TYPE_STREAM,
			     G_SOCKET_PROTOCOL_TCP, reason);
	if (socket == NULL) {
		return NULL;
	}
	g_socket_set_timeout(socket, MAX(seconds, 1));
	return g_socket_connect(socket, end, stop, reason)
		       ? g_socket_connection_factory_create_connection(socket)
		       : NULL;
}

/* What is left of the time is shared by the addresses that are left, so that one that is dead
 * cannot eat all of it. */
static GSocketConnection *
connect_any(GList *addresses, guint16 port, gint64 deadline, GCancellable *stop, GError **reason)
{
	GSocketConnection *connection = NULL;
	guint count = g_list_length(addresses);
	for (GList *l = addresses; l != NULL && connection == NULL; l = l->next, count--) {
		gint64 left = (deadline - g_get_monotonic_time()) / G_USEC_PER_SEC;
		if (l != addresses && left <= 0) {
			break;
		}
		g_clear_error(reason);
		connection =
			connect_one(l->data, port, (guint)(MAX(left, 1) / count), stop, reason);
	}
	return connection;
}

static bool
fail_dial(const NetServer *server, const GError *reason, GError **error)
{
	bool late = g_error_matches(reason, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
		    g_error_matches(reason, G_IO_ERROR, G_IO_ERROR_CANCELLED);
	const char *why = late || reason == NULL ? "it does not answer" : reason->message;
	return base_fail(error, late ? PS_ERROR_BUSY : PS_ERROR_IO, "cannot reach %s port %u: %s",
			 server->host, server->port, why);
}

NetConn *
net_conn_dial(const NetServer *server, NetTrust *trust, guint seconds, GCancellable *stop,
	      GError **error)
{
	g_autoptr(GError) reason = NULL;
	gint64 deadline = g_get_monotonic_time() + (gint64)MAX(seconds, 1) * G_USEC_PER_SEC;
	GList *addresses = look_up(server->host, MAX(seconds, 1), &reason);
	GSocketConnection *connection =
		addresses == NULL ? NULL
				  : connect_any(addresses, server->port, deadline, stop, &reason);
	g_resolver_free_addresses(addresses);
	if (connection == NULL) {
		fail_dial(server, reason, error);
		return NULL;
	}
	g_autoptr(NetConn) conn = net_conn_new(connection);
	gint64 left = (deadline - g_get_monotonic_time()) / G_USEC_PER_SEC;
	net_conn_set_stop(conn, stop);
	net_conn_set_timeout(conn, (guint)MAX(left, 1));
	if (server->implicit_tls && !net_conn_start_client_tls(conn, server->host, trust, error)) {
		return NULL;
	}
	net_conn_set_timeout(conn, CONN_TIMEOUT);
	return g_steal_pointer(&conn);
}
