/* SPDX-License-Identifier: MPL-2.0 */
/* One thread accepts; each client has its own, which nobody joins but everybody counts. */
#include "listen_private.h"

#include "base/error.h"
#include "conn_private.h"
#include <glib/gstdio.h>
#include <unistd.h>

#define LISTEN_BACKLOG 128
#define LISTEN_PAUSE   100000UL /* microseconds, when there are no descriptors or threads */

struct NetListener {
	gatomicrefcount refs; /* the owner's and one for each client thread */
	GSocket *socket;
	char *address;
	char *path; /* NULL: TCP */
	guint max_clients;
	guint deadline_ms;
	NetServe serve;
	gpointer user;
	GThread *thread;
	GCancellable *stop;
	GMutex mutex;
	GCond change; /* of @clients, or stopped */
	guint clients;
};

typedef struct {
	NetListener *listener;
	NetConn *conn;
} Client;

static void
listener_unref(NetListener *listener)
{
	if (!g_atomic_ref_count_dec(&listener->refs)) {
		return;
	}
	g_clear_object(&listener->socket);
	g_clear_object(&listener->stop);
	g_mutex_clear(&listener->mutex);
	g_cond_clear(&listener->change);
	g_free(listener->address);
	g_free(listener->path);
	g_free(listener);
}

static void
count(NetListener *listener, bool more)
{
	g_mutex_lock(&listener->mutex);
	listener->clients = more ? listener->clients + 1 : listener->clients - 1;
	g_cond_broadcast(&listener->change);
	g_mutex_unlock(&listener->mutex);
}

static gpointer
client_thread(gpointer data)
{
	g_autofree Client *client = data;
	NetListener *listener = client->listener;
	listener->serve(g_steal_pointer(&client->conn), listener->user);
	count(listener, false);
	listener_unref(listener);
	return NULL;
}

static void
serve_client(NetListener *listener, GSocket *socket)
{
	g_autoptr(GError) reason = NULL;
	Client *client = g_new0(Client, 1);
	client->listener = listener;
	client->conn = net_conn_new(g_socket_connection_factory_create_connection(socket));
	conn_set_deadline_ms(client->conn, listener->deadline_ms);
	net_conn_set_stop(client->conn, listener->stop);
	g_atomic_ref_count_inc(&listener->refs);
	count(listener, true);
	GThread *thread = g_thread_try_new("client", client_thread, client, &reason);
	if (thread != NULL) {
		g_thread_unref(thread);
		return;
	}
	net_conn_free(client->conn);
	g_free(client);
	count(listener, false);
	listener_unref(listener);
	g_usleep(LISTEN_PAUSE);
}

/* Until there is room for one more client; false: stopped. */
static bool
wait_for_room(NetListener *listener)
{
	g_mutex_lock(&listener->mutex);
	while (listener->clients >= listener->max_clients &&
	       !g_cancellable_is_cancelled(listener->stop)) {
		g_cond_wait(&listener->change, &listener->mutex);
	}
	g_mutex_unlock(&listener->mutex);
	return !g_cancellable_is_cancelled(listener->stop);
}

/* A Unix socket is for its owner alone, whatever became of the modes of its folder. */
static bool
is_welcome(const NetListener *listener, GSocket *socket)
{
	g_autoptr(GCredentials) peer = NULL;
	if (listener->path == NULL) {
		return true;
	}
	peer = g_socket_get_credentials(socket, NULL);
	return peer != NULL && g_credentials_get_unix_user(peer, NULL) == geteuid();
}

static gpointer
accept_thread(gpointer data)
{
	NetListener *listener = data;
	while (wait_for_room(listener)) {
		g_autoptr(GError) reason = NULL;
		g_autoptr(GSocket) socket =
			g_socket_accept(listener->socket, listener->stop, &reason);
		if (socket != NULL && is_welcome(listener, socket)) {
			serve_client(listener, socket);
		} else if (socket != NULL) {
			(void)g_socket_close(socket, NULL);
		} else if (!g_cancellable_is_cancelled(listener->stop)) {
			g_usleep(LISTEN_PAUSE);
		}
	}
	return NULL;
}

/* "127.0.0.1:1143", "[::1]:1143", "localhost:1143"; NULL if it is anything else. */
static GInetSocketAddress *
parse_loopback(const char *text)
{
	const char *colon = strrchr(text, ':');
	guint64 port = 0;
	if (colon == NULL ||
	    !g_ascii_string_to_unsigned(colon + 1, 10, 0, G_MAXUINT16, &port, NULL)) {
		return NULL;
	}
	g_autofree char *host = g_strndup(text, (size_t)(colon - text));
	size_t n = strlen(host);
	bool bracket = n > 2 && host[0] == '[' && host[n - 1] == ']';
	if (bracket) {
		host[n - 1] = '\0';
	}
	bool name = g_ascii_strcasecmp(host, "localhost") == 0;
	g_autoptr(GInetAddress) address =
		g_inet_address_new_from_string(name ? "127.0.0.1" : host + (bracket ? 1 : 0));
	bool six = address != NULL && g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV6;
	if (address == NULL || !g_inet_address_get_is_loopback(address) || six != bracket) {
		return NULL;
	}
	return G_INET_SOCKET_ADDRESS(g_inet_socket_address_new(address, (guint16)port));
}

bool
net_listen_is_address(const char *text)
{
	g_autoptr(GInetSocketAddress) address = parse_loopback(text);
	return address != NULL;
}

static GSocket *
bind_one(GInetAddress *address, guint16 port, GError **reason)
{
	g_autoptr(GSocketAddress) end = g_inet_socket_address_new(address, port);
	g_autoptr(GSocket) socket =
		g_socket_new(g_inet_address_get_family(address), G_SOCKET_TYPE_STREAM,
			     G_SOCKET_PROTOCOL_TCP, reason);
	if (socket == NULL) {
		return NULL;
	}
	g_socket_set_listen_backlog(socket, LISTEN_BACKLOG);
	return g_socket_bind(socket, end, TRUE, reason) && g_socket_listen(socket, reason)
		       ? g_steal_pointer(&socket)
		       : NULL;
}

static GSocket *
listen_tcp(const NetListenOptions *options, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GInetSocketAddress) wanted = parse_loopback(options->address);
	if (wanted == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
				      "%s is no address on this machine alone: write "
				      "127.0.0.1:PORT or [::1]:PORT",
				      options->address);
	}
	GInetAddress *address = g_inet_socket_address_get_address(wanted);
	guint first = g_inet_socket_address_get_port(wanted);
	guint last = first == 0 ? 0 : MIN(first + MAX(options->tries, 1) - 1, G_MAXUINT16);
	GSocket *socket = NULL;
	for (guint port = first; port <= last; port++) {
		g_clear_error(&reason);
		socket = bind_one(address, (guint16)port, &reason);
		if (socket != NULL ||
		    !g_error_matches(reason, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE)) {
			break;
		}
	}
	if (socket == NULL) {
		base_fail(error, PS_ERROR_CREATE, "cannot listen on %s: %s", options->address,
			  reason != NULL ? reason->message : "no port is left");
	}
	return socket;
}

/* The address as it became. */
static char *
name_of(GSocket *socket)
{
	g_autoptr(GSocketAddress) local = g_socket_get_local_address(socket, NULL);
	return local == NULL ? g_strdup("")
			     : g_socket_connectable_to_string(G_SOCKET_CONNECTABLE(local));
}

NetListener *
net_listener_new(const NetListenOptions *options, GError **error)
{
	g_autoptr(GError) reason = NULL;
	GSocket *socket = options->path != NULL ? listen_unix(options->path, error)
						: listen_tcp(options, error);
	if (socket == NULL) {
		return NULL;
	}
	NetListener *listener = g_new0(NetListener, 1);
	g_atomic_ref_count_init(&listener->refs);
	listener->socket = socket;
	listener->path = g_strdup(options->path);
	listener->address = options->path != NULL ? g_strdup(options->path) : name_of(socket);
	listener->max_clients = MAX(options->max_clients, 1);
	listener->deadline_ms = options->deadline_ms;
	listener->serve = options->serve;
	listener->user = options->user;
	listener->stop = g_cancellable_new();
	g_mutex_init(&listener->mutex);
	g_cond_init(&listener->change);
	listener->thread = g_thread_try_new("listener", accept_thread, listener, &reason);
	if (listener->thread == NULL) {
		net_listener_free(listener);
		return BASE_FAIL_NULL(error, PS_ERROR_CREATE, "cannot listen: %s", reason->message);
	}
	return listener;
}

const char *
net_listener_address(const NetListener *listener)
{
	return listener->address;
}

void
net_listener_stop(NetListener *listener)
{
	g_mutex_lock(&listener->mutex);
	g_cancellable_cancel(listener->stop);
	g_cond_broadcast(&listener->change);
	g_mutex_unlock(&listener->mutex);
	if (listener->thread != NULL) {
		g_thread_join(g_steal_pointer(&listener->thread));
	}
	if (listener->path != NULL && !g_socket_is_closed(listener->socket)) {
		(void)g_unlink(listener->path);
	}
	(void)g_socket_close(listener->socket, NULL);
}

bool
net_listener_join(NetListener *listener, guint seconds)
{
	gint64 deadline = g_get_monotonic_time() + (gint64)seconds * G_USEC_PER_SEC;
	net_listener_stop(listener);
	g_mutex_lock(&listener->mutex);
	bool waiting = true;
	while (listener->clients > 0 && waiting) {
		waiting = g_cond_wait_until(&listener->change, &listener->mutex, deadline);
	}
	bool all = listener->clients == 0;
	g_mutex_unlock(&listener->mutex);
	return all;
}

void
net_listener_free(NetListener *listener)
{
	if (listener != NULL) {
		net_listener_stop(listener);
		listener_unref(listener);
	}
}
