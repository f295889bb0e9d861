/* SPDX-License-Identifier: MPL-2.0 */
/* Listeners: where they may listen, how many they serve, how they end. */
#include "pair.h"

#include "base/error.h"
#include "net/listen.h"
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

/* Answers "hi" to whom it knows, and stays until the client closes. */
static void
serve(NetConn *client, gpointer user)
{
	g_autoptr(NetConn) conn = client;
	net_conn_set_deadline(conn, 0);
	BaseBytes data = {NULL, 0};
	g_atomic_int_inc((gint *)user);
	if (net_conn_write_str(conn, "hi", NULL) && net_conn_peek(conn, &data, NULL)) {
		g_atomic_int_inc((gint *)user);
	}
}

static NetListener *
listen_on(const char *address, guint tries, guint max, gint *count)
{
	NetListenOptions options = {address, NULL, tries, max, serve, count, 0};
	g_autoptr(GError) error = NULL;
	NetListener *listener = net_listener_new(&options, &error);
	g_assert_no_error(error);
	return listener;
}

static NetConn *
call(const NetListener *listener)
{
	g_autofree char *text = g_strdup_printf("imap://%s", net_listener_address(listener));
	g_autoptr(NetServer) server = net_server_parse(text, NULL);
	g_autoptr(GError) error = NULL;
	NetConn *conn = net_conn_dial(server, NULL, 5, NULL, &error);
	g_assert_no_error(error);
	return conn;
}

static void
test_serve(gconstpointer data)
{
	gint count = 0;
	NetListener *listener = listen_on(data, 1, 10, &count);
	NetConn *conns[5];
	for (size_t i = 0; i < G_N_ELEMENTS(conns); i++) {
		conns[i] = call(listener);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(conns); i++) {
		pair_expect(conns[i], "hi");
		net_conn_free(conns[i]);
	}
	g_assert_true(net_listener_join(listener, 10));
	g_assert_cmpint(count, ==, 10);
	net_listener_free(listener);
}

static const char *const REFUSED[] = {
	"",
	"127.0.0.1",
	"127.0.0.1:",
	"127.0.0.1:65536",
	"127.0.0.1:x",
	"0.0.0.0:0",
	"[::]:0",
	"192.0.2.1:0",
	"[2001:db8::1]:0",
	"::1:0",
	"example:25",
	"[127.0.0.1]:25",
	"[localhost]:25",
	":25",
	"[]:25",
};

static void
test_only_loopback(void)
{
	gint count = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(REFUSED); i++) {
		NetListenOptions options = {REFUSED[i], NULL, 1, 1, serve, &count, 0};
		g_autoptr(GError) error = NULL;
		g_assert_null(net_listener_new(&options, &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	}
}

static void
test_next_port(void)
{
	gint count = 0;
	g_autoptr(GError) error = NULL;
	NetListener *first = listen_on("localhost:0", 1, 1, &count);
	NetListenOptions same = {net_listener_address(first), NULL, 1, 1, serve, &count, 0};
	g_assert_null(net_listener_new(&same, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_CREATE);
	NetListener *second = listen_on(net_listener_address(first), 20, 1, &count);
	g_assert_cmpstr(net_listener_address(first), !=, net_listener_address(second));
	g_assert_true(g_str_has_prefix(net_listener_address(second), "127.0.0.1:"));
	net_listener_free(first);
	net_listener_free(second);
}

/* The third waits until one of the two is gone. */
static void
test_max_clients(void)
{
	gint count = 0;
	NetReady ready = NET_READY_FIRST;
	NetListener *listener = listen_on("127.0.0.1:0", 1, 2, &count);
	g_autoptr(NetConn) first = call(listener);
	g_autoptr(NetConn) second = call(listener);
	g_autoptr(NetConn) third = call(listener);
	pair_expect(first, "hi");
	pair_expect(second, "hi");
	g_assert_true(net_wait(third, NULL, 0, NULL, &ready, NULL));
	g_assert_cmpuint(ready, ==, NET_READY_NONE);
	g_clear_pointer(&first, net_conn_free);
	pair_expect(third, "hi");
	g_clear_pointer(&second, net_conn_free);
	g_clear_pointer(&third, net_conn_free);
	g_assert_true(net_listener_join(listener, 10));
	net_listener_free(listener);
}

/* Stopping takes nobody new and leaves whom there is; a full listener stops too. */
static void
test_stop(void)
{
	gint count = 0;
	NetListener *listener = listen_on("127.0.0.1:0", 1, 1, &count);
	g_autofree char *text = g_strdup_printf("imap://%s", net_listener_address(listener));
	g_autoptr(NetServer) server = net_server_parse(text, NULL);
	g_autoptr(NetConn) conn = call(listener);
	pair_expect(conn, "hi");
	net_listener_stop(listener);
	g_assert_null(net_conn_dial(server, NULL, 2, NULL, NULL));
	g_assert_false(net_listener_join(listener, 0));
	g_assert_true(net_conn_write_str(conn, "bye", NULL));
	g_assert_true(net_conn_flush(conn, NULL));
	g_assert_true(net_listener_join(listener, 10));
	net_listener_free(listener);
}

/* Says "hi", and counts how its wait ended. */
static void
serve_stranger(NetConn *client, gpointer user)
{
	g_autoptr(NetConn) conn = client;
	g_autoptr(GError) error = NULL;
	BaseBytes data = {NULL, 0};
	g_assert_true(net_conn_write_str(conn, "hi", NULL));
	if (!net_conn_peek(conn, &data, &error) &&
	    g_error_matches(error, PS_ERROR, PS_ERROR_BUSY)) {
		g_atomic_int_inc((gint *)user);
	}
}

/* Nobody waits for the next octet of a client that has not logged in. */
static void
test_stop_strangers(void)
{
	gint count = 0;
	NetListenOptions options = {"127.0.0.1:0", NULL, 1, 2, serve_stranger, &count, 60000};
	NetListener *listener = net_listener_new(&options, NULL);
	g_autoptr(NetConn) first = call(listener);
	g_autoptr(NetConn) second = call(listener);
	pair_expect(first, "hi");
	pair_expect(second, "hi");
	g_assert_true(net_listener_join(listener, 5));
	g_assert_cmpint(count, ==, 2);
	net_listener_free(listener);
}

/* Freed while somebody is served: the last client takes the listener with it. */
static void
test_free_early(void)
{
	gint count = 0;
	NetListener *listener = listen_on("127.0.0.1:0", 1, 1, &count);
	g_autoptr(NetConn) conn = call(listener);
	pair_expect(conn, "hi");
	net_listener_free(listener);
	g_clear_pointer(&conn, net_conn_free);
	for (int i = 0; i < 500 && g_atomic_int_get(&count) < 2; i++) {
		g_usleep(10 * 1000);
	}
	g_assert_cmpint(g_atomic_int_get(&count), ==, 2);
}

/* Reads until it may no longer; who says "in" has logged in. */
static void
serve_patiently(NetConn *client, gpointer user)
{
	g_autoptr(NetConn) conn = client;
	g_autoptr(GError) error = NULL;
	BaseBytes data = {NULL, 0};
	while (net_conn_peek(conn, &data, &error) && data.n > 0) {
		if (base_bytes_find(data, BASE_LIT("in")) != SIZE_MAX) {
			net_conn_set_deadline(conn, 0);
		}
		net_conn_consume(conn, data.n);
	}
	if (g_error_matches(error, PS_ERROR, PS_ERROR_BUSY)) {
		g_atomic_int_inc((gint *)user);
	}
}

/* Two clients talk all the time; who does not log in is cut. */
static void
test_deadline(void)
{
	gint cut = 0;
	NetListenOptions options = {"127.0.0.1:0", NULL, 1, 5, serve_patiently, &cut, PAIR_MS};
	NetListener *listener = net_listener_new(&options, NULL);
	g_autoptr(NetConn) known = call(listener);
	g_autoptr(NetConn) unknown = call(listener);
	g_assert_true(net_conn_write_str(known, "in", NULL));
	for (gint64 end = g_get_monotonic_time() + 2 * PAIR_USEC; g_get_monotonic_time() < end;) {
		g_assert_true(net_conn_write_str(known, "x", NULL));
		g_assert_true(net_conn_flush(known, NULL));
		(void)(net_conn_write_str(unknown, "x", NULL) && net_conn_flush(unknown, NULL));
		g_usleep(10 * 1000);
	}
	g_assert_cmpint(g_atomic_int_get(&cut), ==, 1);
	g_clear_pointer(&known, net_conn_free);
	g_assert_true(net_listener_join(listener, 10));
	g_assert_cmpint(cut, ==, 1);
	net_listener_free(listener);
}

static NetConn *
call_unix(const char *path)
{
	g_autoptr(GSocketClient) client = g_socket_client_new();
	g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
	GSocketConnection *connection =
		g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL, NULL);
	return connection == NULL ? NULL : net_conn_new(connection);
}

static void
check_mode(const char *path, guint mode)
{
	GStatBuf info;
	g_assert_cmpint(g_stat(path, &info), ==, 0);
	g_assert_cmpuint(info.st_mode & 07777, ==, mode);
}

static void
test_unix(void)
{
	g_autofree char *top = g_dir_make_tmp("postseal-net-XXXXXX", NULL);
	g_autofree char *folder = g_build_filename(top, "run", NULL);
	g_autofree char *path = g_build_filename(folder, "socket", NULL);
	gint count = 0;
	NetListenOptions options = {NULL, path, 1, 10, serve, &count, 0};
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) twice = NULL;
	NetListener *listener = net_listener_new(&options, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(net_listener_address(listener), ==, path);
	check_mode(folder, 0700);
	check_mode(path, 0600);
	NetConn *conn = call_unix(path);
	pair_expect(conn, "hi");
	g_assert_null(net_listener_new(&options, &twice));
	g_assert_error(twice, PS_ERROR, PS_ERROR_CREATE);
	net_conn_free(conn);
	g_assert_true(net_listener_join(listener, 10));
	net_listener_free(listener);
	g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
	g_assert_cmpint(g_rmdir(folder), ==, 0);
	g_assert_cmpint(g_rmdir(top), ==, 0);
}

/* A socket that a killed daemon left is replaced; a file and an open folder are refused. */
static void
test_unix_stale(void)
{
	g_autofree char *folder = g_dir_make_tmp("postseal-net-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "socket", NULL);
	gint count = 0;
	NetListenOptions options = {NULL, path, 1, 10, serve, &count, 0};
	g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
	GSocket *left = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
				     G_SOCKET_PROTOCOL_DEFAULT, NULL);
	g_assert_true(g_socket_bind(left, address, FALSE, NULL));
	g_object_unref(left);
	g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
	NetListener *listener = net_listener_new(&options, NULL);
	g_assert_nonnull(listener);
	net_listener_free(listener);
	g_assert_true(g_file_set_contents(path, "", 0, NULL));
	g_autoptr(GError) file_error = NULL;
	g_assert_null(net_listener_new(&options, &file_error));
	g_assert_error(file_error, PS_ERROR, PS_ERROR_CREATE);
	g_assert_cmpint(g_unlink(path), ==, 0);
	g_assert_cmpint(g_chmod(folder, 0755), ==, 0);
	g_autoptr(GError) folder_error = NULL;
	g_assert_null(net_listener_new(&options, &folder_error));
	g_assert_error(folder_error, PS_ERROR, PS_ERROR_CREATE);
	g_assert_cmpint(g_rmdir(folder), ==, 0);
	options.path = "run/socket";
	g_autoptr(GError) relative = NULL;
	g_assert_null(net_listener_new(&options, &relative));
	g_assert_error(relative, PS_ERROR, PS_ERROR_ARGUMENT);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/net/listen/serve", "127.0.0.1:0", test_serve);
	g_test_add_func("/net/listen/only-loopback", test_only_loopback);
	g_test_add_func("/net/listen/next-port", test_next_port);
	g_test_add_func("/net/listen/max-clients", test_max_clients);
	g_test_add_func("/net/listen/stop", test_stop);
	g_test_add_func("/net/listen/stop-strangers", test_stop_strangers);
	g_test_add_func("/net/listen/free-early", test_free_early);
	g_test_add_func("/net/listen/deadline", test_deadline);
	g_test_add_func("/net/listen/unix", test_unix);
	g_test_add_func("/net/listen/unix-stale", test_unix_stale);
	return g_test_run();
}
