/* SPDX-License-Identifier: MPL-2.0 */
/* Connecting: clear, with TLS at once, to nobody, to one who never answers. */
#include "pair.h"

#include "base/error.h"
#include "net/listen.h"

typedef struct {
	NetListener *listener;
	NetServer *server;
	GTlsCertificate *certificate; /* NULL: clear */
} Provider;

static void
greet(NetConn *client, gpointer user)
{
	g_autoptr(NetConn) conn = client;
	Provider *provider = user;
	if (provider->certificate == NULL ||
	    net_conn_start_server_tls(conn, provider->certificate, NULL)) {
		(void)(net_conn_write_str(conn, "* OK\r\n", NULL) && net_conn_flush(conn, NULL));
	}
}

static void
start(Provider *provider, bool tls)
{
	NetListenOptions options = {"127.0.0.1:0", NULL, 1, 100, greet, provider, 0};
	provider->certificate = tls ? net_tls_certificate(PKI_SERVER, NULL) : NULL;
	provider->listener = net_listener_new(&options, NULL);
	g_assert_nonnull(provider->listener);
	g_autofree char *text = g_strdup_printf("%s://%s", tls ? "imaps" : "imap",
						net_listener_address(provider->listener));
	provider->server = net_server_parse(text, NULL);
}

static void
end(Provider *provider)
{
	g_assert_true(net_listener_join(provider->listener, 10));
	net_listener_free(provider->listener);
	net_server_free(provider->server);
	g_clear_object(&provider->certificate);
}

static void
test_dial(gconstpointer data)
{
	bool tls = GPOINTER_TO_INT(data) != 0;
	g_autoptr(NetTrust) trust = pair_trust(PKI_CA);
	g_autoptr(GError) error = NULL;
	Provider provider = {NULL, NULL, NULL};
	start(&provider, tls);
	NetConn *conn = net_conn_dial(provider.server, trust, 5, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpint(net_conn_is_tls(conn), ==, tls);
	pair_expect(conn, "* OK\r\n");
	net_conn_free(conn);
	end(&provider);
}

static void
test_not_believed(void)
{
	g_autoptr(NetTrust) trust = pair_trust(PKI_OTHER_CA);
	g_autoptr(GError) error = NULL;
	Provider provider = {NULL, NULL, NULL};
	start(&provider, true);
	g_assert_null(net_conn_dial(provider.server, trust, 5, NULL, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_IO);
	end(&provider);
}

static void
test_nobody(void)
{
	g_autoptr(NetTrust) trust = pair_trust(PKI_CA);
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) name_error = NULL;
	g_autoptr(NetServer) server = net_server_parse("imaps://127.0.0.1:1", NULL);
	g_autoptr(NetServer) unknown = net_server_parse("imaps://nobody.invalid", NULL);
	g_assert_null(net_conn_dial(server, trust, 5, NULL, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_IO);
	g_assert_null(net_conn_dial(unknown, trust, 2, NULL, &name_error));
	g_assert_true(g_error_matches(name_error, PS_ERROR, PS_ERROR_IO) ||
		      g_error_matches(name_error, PS_ERROR, PS_ERROR_BUSY));
}

static NetConn *
call_silently(const Provider *provider)
{
	g_autoptr(NetServer) clear = net_server_parse("imap://127.0.0.1", NULL);
	clear->port = provider->server->port;
	return net_conn_dial(clear, NULL, 5, NULL, NULL);
}

static gpointer
dial_thread(gpointer data)
{
	Provider *provider = data;
	g_autoptr(NetTrust) trust = pair_trust(PKI_CA);
	g_autoptr(GError) error = NULL;
	g_autoptr(NetConn) conn = net_conn_dial(provider->server, trust, 20, NULL, &error);
	g_assert_no_error(error);
	pair_expect(conn, "* OK\r\n");
	return NULL;
}

/* Some at once, and many more who say nothing, which holds up nobody. Both sides of a handshake are
 * in this process and want a thread of the ten that GLib begins with. */
static void
test_many(void)
{
	GThread *threads[4];
	NetConn *silent[50];
	Provider provider = {NULL, NULL, NULL};
	gint64 begin = g_get_monotonic_time();
	start(&provider, true);
	for (size_t i = 0; i < G_N_ELEMENTS(silent); i++) {
		silent[i] = call_silently(&provider);
		g_assert_nonnull(silent[i]);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
		threads[i] = g_thread_new("dial", dial_thread, &provider);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
		g_thread_join(threads[i]);
	}
	g_assert_cmpint(g_get_monotonic_time() - begin, <, 5 * G_USEC_PER_SEC);
	for (size_t i = 0; i < G_N_ELEMENTS(silent); i++) {
		net_conn_free(silent[i]);
	}
	end(&provider);
}

/* One who takes the connection and says nothing, though TLS should begin. */
static void
test_silent(void)
{
	g_autoptr(NetTrust) trust = pair_trust(PKI_CA);
	g_autoptr(GError) error = NULL;
	g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
	g_autoptr(GSocketAddress) any = g_inet_socket_address_new(loopback, 0);
	g_autoptr(GSocket) silent = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
						 G_SOCKET_PROTOCOL_TCP, NULL);
	gint64 begin = g_get_monotonic_time();
	g_assert_true(g_socket_bind(silent, any, FALSE, NULL));
	g_assert_true(g_socket_listen(silent, NULL));
	g_autoptr(GSocketAddress) local = g_socket_get_local_address(silent, NULL);
	g_autofree char *text =
		g_strdup_printf("imaps://127.0.0.1:%u",
				g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(local)));
	g_autoptr(NetServer) server = net_server_parse(text, NULL);
	g_assert_null(conn_dial_ms(server, trust, PAIR_MS, NULL, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_BUSY);
	g_assert_cmpint(g_get_monotonic_time() - begin, <, 5 * G_USEC_PER_SEC);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/net/dial/clear", GINT_TO_POINTER(0), test_dial);
	g_test_add_data_func("/net/dial/tls", GINT_TO_POINTER(1), test_dial);
	g_test_add_func("/net/dial/not-believed", test_not_believed);
	g_test_add_func("/net/dial/nobody", test_nobody);
	g_test_add_func("/net/dial/many", test_many);
	g_test_add_func("/net/dial/silent", test_silent);
	return g_test_run();
}
