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

/* The system's resolver may take minutes, so it is asked in its own thread and left after
 * @ms, or when @stop says so. */
static GList *
look_up(const char *host, guint ms, GCancellable *stop, GError **reason)
{
	g_autoptr(GResolver) resolver = g_resolver_get_default();
	ConnPatience patience;
	Lookup lookup = {NULL, NULL, false};
	conn_patience_begin(&patience, ms, stop);
	g_resolver_lookup_by_name_async(resolver, host, patience.enough, on_addresses, &lookup);
	while (!lookup.done) {
		g_main_context_iteration(patience.context, TRUE);
	}
	conn_patience_end(&patience);
	if (lookup.reason != NULL) {
		g_propagate_error(reason, lookup.reason);
	}
	return lookup.addresses;
}

static GSocketConnection *
connect_one(GInetAddress *address, guint16 port, guint ms, GCancellable *stop, GError **reason)
{
	g_autoptr(GSocketAddress) end = g_inet_socket_address_new(address, port);
	g_autoptr(GSocket) socket =
		g_socket_new(g_inet_address_get_family(address), G_SOCKET_TYPE_STREAM,
			     G_SOCKET_PROTOCOL_TCP, reason);
	if (socket == NULL) {
		return NULL;
	}
	g_autoptr(GError) pending = NULL;
	g_socket_set_blocking(socket, FALSE);
	bool done = g_socket_connect(socket, end, stop, &pending);
	if (!done && g_error_matches(pending, G_IO_ERROR, G_IO_ERROR_PENDING)) {
		g_clear_error(&pending);
		done = g_socket_condition_timed_wait(socket, G_IO_OUT, (gint64)ms * 1000, stop,
						     &pending) &&
		       g_socket_check_connect_result(socket, &pending);
	}
	if (!done) {
		g_propagate_error(reason, g_steal_pointer(&pending));
		return NULL;
	}
	g_socket_set_blocking(socket, TRUE);
	return g_socket_connection_factory_create_connection(socket);
}

/* Milliseconds. */
static guint
left_until(gint64 deadline)
{
	return (guint)MAX((deadline - g_get_monotonic_time()) / 1000, 0);
}

/* What is left of the time is shared by the addresses that are left, so that one that is dead
 * cannot eat all of it. */
static GSocketConnection *
connect_any(GList *addresses, guint16 port, gint64 deadline, GCancellable *stop, GError **reason)
{
	GSocketConnection *connection = NULL;
	guint count = g_list_length(addresses);
	for (GList *l = addresses; l != NULL && connection == NULL; l = l->next, count--) {
		guint left = left_until(deadline);
		if (l != addresses && left == 0) {
			break;
		}
		g_clear_error(reason);
		connection = connect_one(l->data, port, left / count, stop, reason);
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
conn_dial_ms(const NetServer *server, NetTrust *trust, guint ms, GCancellable *stop, GError **error)
{
	g_autoptr(GError) reason = NULL;
	gint64 deadline = g_get_monotonic_time() + (gint64)ms * 1000;
	GList *addresses = look_up(server->host, ms, stop, &reason);
	GSocketConnection *connection =
		addresses == NULL ? NULL
				  : connect_any(addresses, server->port, deadline, stop, &reason);
	g_resolver_free_addresses(addresses);
	if (connection == NULL) {
		fail_dial(server, reason, error);
		return NULL;
	}
	g_autoptr(NetConn) conn = net_conn_new(connection);
	net_conn_set_stop(conn, stop);
	conn_set_timeout_ms(conn, left_until(deadline));
	if (server->implicit_tls && !net_conn_start_client_tls(conn, server->host, trust, error)) {
		return NULL;
	}
	net_conn_set_timeout(conn, CONN_TIMEOUT);
	return g_steal_pointer(&conn);
}

NetConn *
net_conn_dial(const NetServer *server, NetTrust *trust, guint seconds, GCancellable *stop,
	      GError **error)
{
	return conn_dial_ms(server, trust, MAX(seconds, 1) * CONN_SECOND, stop, error);
}
