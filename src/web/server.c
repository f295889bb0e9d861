/* SPDX-License-Identifier: MPL-2.0 */
/* libsoup in a thread of its own, with sockets that we bound and count. */
#include "web/server.h"

#include "net/listen.h"
#include "web/intake.h"
#include "web/marks.h"
#include "web/peer.h"
#include "web/serve.h"
#include "web/token.h"
#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define CLIENTS_MAX  64U /* or an eighth of all descriptors that the system gives */
#define BACKLOG      128
#define IDLE         60U /* seconds that a client may say nothing */
#define DRAIN_OCTETS 4096U
#define DRAIN_PIECES 16U
#define TRIES        50U /* ports, from the one asked for on */

struct WebServer {
	WebSite site;
	WebServe *serve; /* only while the thread runs */
	GSocketListener *listener;
	GMainContext *context;
	GMainLoop *loop;
	GThread *thread;
	GCancellable *stop;
	SoupServer *soup;
	GPtrArray *clients; /* of Client */
	guint clients_max;
	bool accepting;
};

typedef struct {
	WebServer *server;
	GSocketConnection *connection; /* libsoup's; only until it is gone */
	GSocketAddress *remote;
	gint64 quiet;   /* monotonic: since when nothing whole came; 0: it is being answered */
	GSource *watch; /* while it is being answered: whether it still waits; NULL: not watched */
	bool closing;
} Client;

static void accept_next(WebServer *server);

/* ---- in the thread ---- */

static void
unwatch(Client *client)
{
	if (client->watch != NULL) {
		g_source_destroy(client->watch);
		g_clear_pointer(&client->watch, g_source_unref);
	}
}

static void
client_free(gpointer data)
{
	Client *client = data;
	unwatch(client);
	g_object_unref(client->remote);
	g_free(client);
}

static void
on_client_gone(gpointer user, GObject *gone G_GNUC_UNUSED)
{
	Client *client = user;
	WebServer *server = client->server;
	g_ptr_array_remove_fast(server->clients, client);
	accept_next(server);
}

/* Whoever has said nothing for longest makes room: connections that only stay open keep nobody
 * out. */
static void
make_room(WebServer *server)
{
	Client *quietest = NULL;
	guint closing = 0;
	for (guint i = 0; i < server->clients->len; i++) {
		Client *client = g_ptr_array_index(server->clients, i);
		closing += client->closing ? 1 : 0;
		if (client->quiet != 0 && !client->closing &&
		    (quietest == NULL || client->quiet < quietest->quiet)) {
			quietest = client;
		}
	}
	if (quietest != NULL && server->clients->len - closing >= server->clients_max) {
		quietest->closing = true;
		(void)g_socket_shutdown(g_socket_connection_get_socket(quietest->connection), TRUE,
					TRUE, NULL);
	}
}

/* libsoup reads nothing while an answer is being made, so it would not see an end. */
static gboolean
on_readable(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer user)
{
	Client *client = user;
	char octet;
	ssize_t n = recv(fd, &octet, sizeof octet, MSG_PEEK | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return G_SOURCE_CONTINUE;
	}
	if (n <= 0) {
		web_serve_leave(client->server->serve, client->remote);
	}
	unwatch(client);
	return G_SOURCE_REMOVE;
}

static void
watch(Client *client)
{
	int fd = g_socket_get_fd(g_socket_connection_get_socket(client->connection));
	unwatch(client);
	client->watch = g_unix_fd_source_new(fd, G_IO_IN | G_IO_HUP | G_IO_ERR);
	g_source_set_callback(client->watch, G_SOURCE_FUNC(on_readable), client, NULL);
	g_source_attach(client->watch, client->server->context);
}

/* What came behind the request is not read: the system would then tear the connection down, and
 * the answer with it. */
static void
drain(Client *client)
{
	int fd = g_socket_get_fd(g_socket_connection_get_socket(client->connection));
	char rest[DRAIN_OCTETS];
	unwatch(client);
	for (guint i = 0; i < DRAIN_PIECES; i++) {
		if (recv(fd, rest, sizeof rest, MSG_DONTWAIT) <= 0) {
			break;
		}
	}
	base_wipe(rest, sizeof rest);
}

/* A whole request came, or its answer has left. */
static void
note_client(WebServer *server, SoupServerMessage *message, gint64 quiet)
{
	const GSocketAddress *remote = soup_server_message_get_remote_address(message);
	for (guint i = 0; i < server->clients->len; i++) {
		Client *client = g_ptr_array_index(server->clients, i);
		if (client->remote == remote) {
			client->quiet = quiet;
			(quiet == 0 ? watch : drain)(client);
		}
	}
	make_room(server);
}

static void
on_request(SoupServer *soup G_GNUC_UNUSED, SoupServerMessage *message, gpointer server)
{
	note_client(server, message, 0);
}

static void
on_answered(SoupServer *soup G_GNUC_UNUSED, SoupServerMessage *message, gpointer server)
{
	note_client(server, message, g_get_monotonic_time());
}

static void
take_client(WebServer *server, GSocketConnection *client)
{
	GSocket *socket = g_socket_connection_get_socket(client);
	g_autoptr(GSocketAddress) local = g_socket_get_local_address(socket, NULL);
	g_autoptr(GSocketAddress) remote = g_socket_get_remote_address(socket, NULL);
	if (local == NULL || remote == NULL || !web_peer_is_welcome(remote, local)) {
		return; /* closed with its last reference */
	}
	g_socket_set_timeout(socket, IDLE);
	Client *one = g_new0(Client, 1);
	one->server = server;
	one->connection = client;
	one->remote = g_object_ref(remote);
	one->quiet = g_get_monotonic_time();
	g_ptr_array_add(server->clients, one);
	g_object_weak_ref(G_OBJECT(client), on_client_gone, one);
	g_autoptr(GIOStream) intake = web_intake_new(client);
	soup_server_accept_iostream(server->soup, intake, local, remote, NULL);
	make_room(server);
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
		take_client(server, client);
	}
	accept_next(server);
}

static void
accept_next(WebServer *server)
{
	if (!server->accepting && server->clients->len < server->clients_max &&
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
	/* A segment may have a slash of its own: the router alone decodes. */
	server->soup = soup_server_new("raw-paths", TRUE, NULL);
	g_signal_connect(server->soup, "request-read", G_CALLBACK(on_request), server);
	g_signal_connect(server->soup, "request-finished", G_CALLBACK(on_answered), server);
	g_signal_connect(server->soup, "request-aborted", G_CALLBACK(on_answered), server);
	server->serve = web_serve_new(server->soup, server->context, &server->site);
	accept_next(server);
	g_main_loop_run(server->loop);
	web_serve_wait(server->serve);
	while (g_main_context_pending(server->context)) { /* the last answers */
		g_main_context_iteration(server->context, FALSE);
	}
	soup_server_disconnect(server->soup);
	while (server->accepting || g_main_context_pending(server->context)) {
		g_main_context_iteration(server->context, TRUE);
	}
	g_clear_pointer(&server->serve, web_serve_free);
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
	server->site.port = port;
	server->site.address = g_strdup_printf("%s:%u", six ? "[::1]" : "127.0.0.1", port);
	return true;
}

/* Links lead to the pages of this daemon, wherever it became, unless the configuration names
 * others.
 */
static void
tell_how_to_base(WebServer *server, House *house)
{
	const ProxyConfig *config = house_config(house);
	g_autofree char *usual = g_strconcat("http://", config->http, NULL);
	g_autofree char *here = g_strconcat("http://", server->site.address, NULL);
	if (config->how_to_base == NULL || strcmp(config->how_to_base, usual) == 0) {
		house_set_how_to_base(house, here);
	}
}

/* For `postseal page`, which cannot know the port. */
static bool
leave_address(const WebServer *server, GError **error)
{
	g_autofree char *path = g_build_filename(server->site.home, "page", NULL);
	g_autofree char *text = g_strdup_printf("http://%s\n", server->site.address);
	g_autoptr(GError) reason = NULL;
	return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
					&reason) ||
	       base_fail(error, PS_ERROR_CREATE, "%s", reason->message);
}

static guint
clients_max(void)
{
	struct rlimit files;
	rlim_t room = getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur / 8 : CLIENTS_MAX;
	return (guint)CLAMP(room, 1, CLIENTS_MAX);
}

static bool
start(WebServer *server, GError **error)
{
	g_autoptr(GError) reason = NULL;
	server->context = g_main_context_new();
	server->loop = g_main_loop_new(server->context, FALSE);
	server->thread = g_thread_try_new("web", run, server, &reason);
	return server->thread != NULL || base_fail(error, PS_ERROR_CREATE, "%s", reason->message);
}

WebServer *
web_server_new(House *house, const char *home, const char *address, GError **error)
{
	g_autoptr(WebServer) server = g_new0(WebServer, 1);
	server->site.house = house;
	server->site.home = g_strdup(home);
	server->site.sessions = web_sessions_new();
	server->site.marks = web_marks_new();
	server->clients = g_ptr_array_new_with_free_func(client_free);
	server->clients_max = clients_max();
	server->stop = g_cancellable_new();
	server->site.stop = server->stop;
	server->listener = g_socket_listener_new();
	g_socket_listener_set_backlog(server->listener, BACKLOG);
	server->site.token = web_token(home, error);
	if (server->site.token == NULL || !listen_on(server, address, error) ||
	    !leave_address(server, error)) {
		return NULL;
	}
	tell_how_to_base(server, house);
	return start(server, error) ? g_steal_pointer(&server) : NULL;
}

const char *
web_server_address(const WebServer *server)
{
	return server->site.address;
}

static gboolean
quit(gpointer user)
{
	WebServer *server = user;
	g_cancellable_cancel(server->stop);
	web_serve_stop(server->serve);
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
	g_clear_pointer(&server->clients, g_ptr_array_unref);
	web_sessions_free(server->site.sessions);
	web_marks_free(server->site.marks);
	base_secret_free(server->site.token);
	g_free(server->site.home);
	g_free(server->site.address);
	g_free(server);
}

char *
web_server_login_link(WebServer *server)
{
	g_autoptr(BaseSecretString) code = web_sessions_make_code(server->site.sessions);
	return g_strdup_printf("http://%s/login?code=%s", server->site.address, code);
}
