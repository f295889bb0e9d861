/* SPDX-License-Identifier: MPL-2.0 */
/* TLS on both sides: who is believed, what is not taken over from clear text, and times. */
#include "pair.h"

#include "base/error.h"
#include <unistd.h>

typedef struct {
	NetConn *conn;
	const char *pem;
	bool done;
} Server;

static gpointer
server_thread(gpointer data)
{
	Server *server = data;
	g_autoptr(GTlsCertificate) certificate = net_tls_certificate(server->pem, NULL);
	g_assert_nonnull(certificate);
	server->done = net_conn_start_server_tls(server->conn, certificate, NULL);
	return NULL;
}

/* Both ends shake hands; whether the client believed, and why not. */
static bool
shake(Pair *pair, const char *pem, const char *ca, const char *host, GError **error)
{
	g_autoptr(NetTrust) trust = pair_trust(ca);
	Server server = {pair->there, pem, false};
	GThread *thread = g_thread_new("server", server_thread, &server);
	bool done = net_conn_start_client_tls(pair->here, host, trust, error);
	if (!done) {
		g_clear_pointer(&pair->here, net_conn_free);
	}
	g_thread_join(thread);
	g_assert_true(!done || server.done);
	return done;
}

static Pair
tls_pair(void)
{
	Pair pair = pair_new();
	g_autoptr(GError) error = NULL;
	g_assert_true(shake(&pair, PKI_SERVER, PKI_CA, "mail.example.org", &error));
	g_assert_true(net_conn_is_tls(pair.here) && net_conn_is_tls(pair.there));
	return pair;
}

typedef struct {
	const char *pem;
	const char *ca;
	const char *host;
	const char *why; /* NULL: believed */
} Row;

static const Row ROWS[] = {
	{PKI_SERVER, PKI_CA, "mail.example.org", NULL},
	{PKI_SERVER, PKI_CA, "MAIL.example.org", NULL},
	{PKI_SERVER, PKI_CA, "127.0.0.1", NULL},
	{PKI_SERVER, PKI_CA, "127.0.0.2", "names another server"},
	{PKI_SERVER, PKI_CA, "::1", "names another server"},
	{PKI_SERVER, PKI_CA, "example.org", "names another server"},
	{PKI_SERVER, PKI_CA, "a.mail.example.org", "names another server"},
	{PKI_SERVER, PKI_CA, "mail", "names another server"},
	{PKI_SERVER, PKI_OTHER_CA, "mail.example.org", "from nobody who is trusted"},
	{PKI_SERVER, PKI_OTHER_CA, "other.example.org", "from nobody who is trusted"},
	{PKI_COMMON_NAME, PKI_CA, "localhost", "names another server"},
	{PKI_EXPIRED, PKI_CA, "mail.example.org", "has expired"},
};

static void
test_belief(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		g_auto(Pair) pair = pair_new();
		g_autoptr(GError) error = NULL;
		bool done = shake(&pair, ROWS[i].pem, ROWS[i].ca, ROWS[i].host, &error);
		g_test_message("%zu %s: %s", i, ROWS[i].host, done ? "" : error->message);
		g_assert_cmpint(done, ==, ROWS[i].why == NULL);
		if (!done) {
			g_assert_error(error, PS_ERROR, PS_ERROR_IO);
			g_assert_nonnull(strstr(error->message, ROWS[i].why));
			g_assert_nonnull(strstr(error->message, ROWS[i].host));
		}
	}
}

/* The system's authorities do not know ours. */
static void
test_system(void)
{
	g_auto(Pair) pair = pair_new();
	g_autoptr(GError) error = NULL;
	g_autoptr(NetTrust) trust = net_trust_new(NULL, &error);
	g_assert_no_error(error);
	Server server = {pair.there, PKI_SERVER, false};
	GThread *thread = g_thread_new("server", server_thread, &server);
	g_assert_false(net_conn_start_client_tls(pair.here, "mail.example.org", trust, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_IO);
	g_clear_pointer(&pair.here, net_conn_free);
	g_thread_join(thread);
}

static void
test_talk(void)
{
	g_auto(Pair) pair = tls_pair();
	BaseBytes data = {NULL, 0};
	g_assert_true(net_conn_write_str(pair.here, "hello", NULL));
	g_assert_true(net_conn_flush(pair.here, NULL));
	pair_expect(pair.there, "hello");
	g_assert_true(net_conn_write_str(pair.there, "world", NULL));
	g_assert_true(net_conn_flush(pair.there, NULL));
	pair_expect(pair.here, "world");
	g_clear_pointer(&pair.there, net_conn_free);
	g_assert_true(net_conn_peek(pair.here, &data, NULL));
	g_assert_cmpuint(data.n, ==, 0);
}

/* The end without the alert is no end in order: somebody may have cut the line. */
static void
test_cut(void)
{
	int fds[2];
	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
	Pair pair = {pair_end(fds[0]), pair_end(fds[1])};
	g_autoptr(GError) error = NULL;
	BaseBytes data = {NULL, 0};
	g_assert_true(shake(&pair, PKI_SERVER, PKI_CA, "127.0.0.1", &error));
	g_assert_cmpint(shutdown(fds[1], SHUT_RDWR), ==, 0);
	g_assert_false(net_conn_peek(pair.here, &data, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_IO);
	pair_clear(&pair);
}

typedef struct {
	NetConn *conn;
	size_t n;
} Writer;

static gpointer
writer_thread(gpointer data)
{
	Writer *writer = data;
	g_autofree uint8_t *block = g_malloc(writer->n);
	memset(block, 'x', writer->n);
	g_assert_true(net_conn_write(writer->conn, base_bytes(block, writer->n), NULL));
	g_clear_pointer(&writer->conn, net_conn_free);
	return NULL;
}

static void
test_much(void)
{
	g_auto(Pair) pair = tls_pair();
	Writer writer = {g_steal_pointer(&pair.there), 5 << 20};
	GThread *thread = g_thread_new("writer", writer_thread, &writer);
	g_autoptr(GBytes) got = pair_read(pair.here, 0);
	g_thread_join(thread);
	g_assert_cmpuint(g_bytes_get_size(got), ==, 5 << 20);
}

static void
check_wait(NetConn *conn, guint want)
{
	NetReady ready = NET_READY_NONE;
	g_assert_true(net_wait(conn, NULL, 0, NULL, &ready, NULL));
	g_assert_cmpuint(ready, ==, want);
}

/* Session tickets make the socket readable and are no octets; decrypted octets are. */
static void
test_wait(void)
{
	g_auto(Pair) pair = tls_pair();
	check_wait(pair.here, NET_READY_NONE);
	g_assert_true(net_conn_write_str(pair.there, "abc", NULL));
	g_assert_true(net_conn_flush(pair.there, NULL));
	check_wait(pair.here, NET_READY_FIRST);
	check_wait(pair.here, NET_READY_FIRST);
	T_ASSERT_STR_BYTES(net_conn_buffered(pair.here), "abc");
	net_conn_consume(pair.here, 3);
	check_wait(pair.here, NET_READY_NONE);
	g_clear_pointer(&pair.there, net_conn_free);
	check_wait(pair.here, NET_READY_FIRST);
}

/* The other side reads nothing: neither writing nor closing waits for ever. */
static void
test_write_timeout(void)
{
	g_auto(Pair) pair = tls_pair();
	g_autoptr(GError) write_error = NULL;
	g_autofree uint8_t *block = g_malloc0(4 << 20);
	gint64 start = g_get_monotonic_time();
	conn_set_timeout_ms(pair.there, PAIR_MS);
	g_assert_false(net_conn_write(pair.there, base_bytes(block, 4 << 20), &write_error));
	g_assert_error(write_error, PS_ERROR, PS_ERROR_BUSY);
	pair_clear(&pair);
	g_assert_cmpint(g_get_monotonic_time() - start, <, 5 * G_USEC_PER_SEC);
}

static gpointer
silent_client_thread(gpointer data)
{
	g_autoptr(GTlsCertificate) certificate = net_tls_certificate(PKI_SERVER, NULL);
	g_autoptr(GError) error = NULL;
	g_assert_false(net_conn_start_server_tls(data, certificate, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_BUSY);
	return NULL;
}

/* A client that never begins, and a server that never answers. */
static void
test_handshake_timeout(void)
{
	g_autoptr(NetTrust) trust = pair_trust(PKI_CA);
	g_auto(Pair) pair = pair_new();
	g_auto(Pair) second = pair_new();
	g_autoptr(GError) client_error = NULL;
	gint64 start = g_get_monotonic_time();
	conn_set_timeout_ms(pair.here, PAIR_MS);
	conn_set_timeout_ms(second.here, PAIR_MS);
	GThread *thread = g_thread_new("server", silent_client_thread, pair.here);
	g_assert_false(net_conn_start_client_tls(second.here, "127.0.0.1", trust, &client_error));
	g_assert_error(client_error, PS_ERROR, PS_ERROR_BUSY);
	g_thread_join(thread);
	pair_clear(&pair);
	pair_clear(&second);
	g_assert_cmpint(g_get_monotonic_time() - start, <, 5 * G_USEC_PER_SEC);
}

/* CVE-2021-38371: commands or answers that came in clear are not taken for protected ones. */
static void
test_injection(void)
{
	g_autoptr(GTlsCertificate) certificate = net_tls_certificate(PKI_SERVER, NULL);
	g_autoptr(NetTrust) trust = pair_trust(PKI_CA);
	for (int side = 0; side < 2; side++) {
		g_auto(Pair) pair = pair_new();
		g_autoptr(GError) error = NULL;
		BaseBytes data = {NULL, 0};
		g_assert_true(net_conn_write_str(pair.there, "STARTTLS\r\nMAIL", NULL));
		g_assert_true(net_conn_flush(pair.there, NULL));
		g_assert_true(net_conn_peek(pair.here, &data, NULL));
		net_conn_consume(pair.here, strlen("STARTTLS\r\n"));
		bool done = side == 0 ? net_conn_start_server_tls(pair.here, certificate, &error)
				      : net_conn_start_client_tls(pair.here, "127.0.0.1", trust,
								  &error);
		g_assert_false(done);
		g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
	}
}

/* What came in clear and was not read yet is no handshake. */
static void
test_late_injection(void)
{
	g_autoptr(GTlsCertificate) certificate = net_tls_certificate(PKI_SERVER, NULL);
	g_auto(Pair) pair = pair_new();
	g_autoptr(GError) error = NULL;
	g_assert_true(net_conn_write_str(pair.there, "MAIL FROM:<a@example.org>\r\n", NULL));
	g_assert_true(net_conn_flush(pair.there, NULL));
	g_assert_false(net_conn_start_server_tls(pair.here, certificate, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_IO);
	g_assert_false(net_conn_is_tls(pair.here));
}

static void
test_files(void)
{
	g_autoptr(GError) missing = NULL;
	g_autoptr(GError) empty = NULL;
	g_autoptr(GError) no_key = NULL;
	g_autoptr(GError) broken = NULL;
	g_assert_null(net_trust_new("/nonexistent/ca.pem", &missing));
	g_assert_error(missing, PS_ERROR, PS_ERROR_NOT_FOUND);
	g_assert_null(net_trust_new("/proc/self/status", &empty));
	g_assert_error(empty, PS_ERROR, PS_ERROR_MALFORMED);
	g_assert_null(net_tls_certificate(PKI_CA, &no_key));
	g_assert_error(no_key, PS_ERROR, PS_ERROR_MALFORMED);
	g_assert_null(net_tls_certificate("-----BEGIN PRIVATE KEY-----\n", &broken));
	g_assert_error(broken, PS_ERROR, PS_ERROR_MALFORMED);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/net/tls/belief", test_belief);
	g_test_add_func("/net/tls/system", test_system);
	g_test_add_func("/net/tls/talk", test_talk);
	g_test_add_func("/net/tls/cut", test_cut);
	g_test_add_func("/net/tls/much", test_much);
	g_test_add_func("/net/tls/wait", test_wait);
	g_test_add_func("/net/tls/write-timeout", test_write_timeout);
	g_test_add_func("/net/tls/handshake-timeout", test_handshake_timeout);
	g_test_add_func("/net/tls/injection", test_injection);
	g_test_add_func("/net/tls/late-injection", test_late_injection);
	g_test_add_func("/net/tls/files", test_files);
	return g_test_run();
}
