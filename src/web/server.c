/* SPDX-License-Identifier: MPL-2.0 */
/* libsoup in a thread of its own, with sockets that we bound and count. */
#include "web/server.h"

#include "net/listen.h"
#include "web/pages.h"
#include "web/token.h"
#include <string.h>

#define CLIENTS_MAX 64U
#define BACKLOG     128
#define IDLE        60U /* seconds that a client may say nothing */
#define TRIES       50U /* ports, from the one asked for on */

struct WebServer {
	WebPages pages;
	char *address;
	GSocketListener *listener;
	GMainContext *context;
	GMainLoop *loop;
	GThread *thread;
	GCancellable *stop;
	SoupServer *soup;
	guint clients;
	bool accepting;
};

static void accept_next(WebServer *server);

/* ---- in the thread ---- */

static void
on_client_gone(gpointer user, GObject *gone G_GNUC_UNUSED)
{
	WebServer *server = user;
	server->clients--;
	accept_next(server);
}

static void
on_client(GObject *source, GAsyncResult *result, gpointer user)
{
	WebServer *server = user;
	server->accepting = false;
	g_autoptr(GSocketConnection) client =
		g_socket_listener_accept_finish(G_SOCKET_LISTENER(source), result, NULL, NULL);
	if (g_cancellable_is_cancelled(server->stop)) {
		return;
	}
	if (client != NULL) {
		GSocket *socket = g_socket_connection_get_socket(client);
		g_autoptr(GSocketAddress) local = g_socket_get_local_address(socket, NULL);
		g_autoptr(GSocketAddress) remote = g_socket_get_remote_address(socket, NULL);
		g_socket_set_timeout(socket, IDLE);
		server->clients++;
		g_object_weak_ref(G_OBJECT(client), on_client_gone, server);
		soup_server_accept_iostream(server->soup, G_IO_STREAM(client), local, remote, NULL);
	}
	accept_next(server);
}

static void
accept_next(WebServer *server)
{
	if (!server->accepting && server->clients < CLIENTS_MAX &&
	    !g_cancellable_is_cancelled(server->stop)) {
		server->accepting = true;
		g_socket_listener_accept_async(server->listener, server->stop, on_client, server);
	}
}

static gpointer
run(gpointer user)
{
	WebServer *server = user;
	g_main_context_push_thread_default(server->context);
	server->soup = soup_server_new(NULL, NULL);
	web_pages_add(server->soup, &server->pages);
	accept_next(server);
	g_main_loop_run(server->loop);
	soup_server_disconnect(server->soup);
	while (server->accepting || g_main_context_pending(server->context)) {
		g_main_context_iteration(server->context, TRUE);
	}
	g_clear_object(&server->soup);
	g_main_context_pop_thread_default(server->context);
	return NULL;
}

/* ---- from outside ---- */

/* 0: not at this port. */
static guint16
bind_port(WebServer *server, GInetAddress *host, guint16 port)
{
	g_autoptr(GSocketAddress) wanted = g_inet_socket_address_new(host, port);
	g_autoptr(GSocketAddress) became = NULL;
	return g_socket_listener_add_address(server->listener, wanted, G_SOCKET_TYPE_STREAM,
					     G_SOCKET_PROTOCOL_TCP, NULL, &became, NULL)
		       ? g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(became))
		       : 0;
}

/* "127.0.0.1:8025", "[::1]:8025", "localhost:8025" */
static bool
listen_on(WebServer *server, const char *address, GError **error)
{
	const char *colon = net_listen_is_address(address) ? strrchr(address, ':') : NULL;
	guint64 first = 0;
	if (colon == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &first, NULL)) {
		return base_fail(error, PS_ERROR_ARGUMENT,
				 "http: %s is no loopback address with a port", address);
	}
	bool six = address[0] == '[';
	g_autoptr(GInetAddress) host =
		g_inet_address_new_loopback(six ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4);
	guint16 port = 0;
	for (guint64 p = first; port == 0 && p < first + TRIES && p <= 65535; p++) {
		port = bind_port(server, host, (guint16)p);
	}
	if (port == 0) {
		return base_fail(error, PS_ERROR_CREATE,
				 "http: no port from %s on is free: name another one", address);
	}
	server->pages.port = port;
	server->address = g_strdup_printf("%s:%u", six ? "[::1]" : "127.0.0.1", port);
	return true;
}

WebServer *
web_server_new(House *house, const char *home, const char *address, GError **error)
{
	g_autoptr(WebServer) server = g_new0(WebServer, 1);
	server->pages.house = house;
	server->pages.home = g_strdup(home);
	server->stop = g_cancellable_new();
	server->listener = g_socket_listener_new();
	g_socket_listener_set_backlog(server->listener, BACKLOG);
	server->pages.token = web_token(home, error);
	if (server->pages.token == NULL || !listen_on(server, address, error)) {
		return NULL;
	}
	server->context = g_main_context_new();
	server->loop = g_main_loop_new(server->context, FALSE);
	server->thread = g_thread_new("web", run, server);
	return g_steal_pointer(&server);
}

const char *
web_server_address(const WebServer *server)
{
	return server->address;
}

static gboolean
quit(gpointer user)
{
	WebServer *server = user;
	g_cancellable_cancel(server->stop);
	g_main_loop_quit(server->loop);
	return G_SOURCE_REMOVE;
}

void
web_server_free(WebServer *server)
{
	if (server == NULL) {
		return;
	}
	if (server->thread != NULL) {
		/* Not g_main_context_invoke(), which might run it here before the loop runs. */
		g_autoptr(GSource) source = g_idle_source_new();
		g_source_set_priority(source, G_PRIORITY_HIGH);
		g_source_set_callback(source, quit, server, NULL);
		g_source_attach(source, server->context);
		g_thread_join(server->thread);
	}
	g_clear_pointer(&server->loop, g_main_loop_unref);
	g_clear_pointer(&server->context, g_main_context_unref);
	g_clear_object(&server->listener);
	g_clear_object(&server->stop);
	base_secret_free(server->pages.token);
	g_free(server->pages.home);
	g_free(server->address);
	g_free(server);
}
