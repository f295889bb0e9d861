/* SPDX-License-Identifier: MPL-2.0 */
/* Reading, writing and waiting in clear text. */
#include "pair.h"

#include "base/error.h"
#include <glib/gstdio.h>

static void
test_peek_and_consume(void)
{
	g_auto(Pair) pair = pair_new();
	BaseBytes data = {NULL, 0};
	g_assert_cmpuint(net_conn_buffered(pair.here).n, ==, 0);
	g_assert_true(net_conn_write_str(pair.there, "one two", NULL));
	g_assert_true(net_conn_flush(pair.there, NULL));
	g_assert_true(net_conn_peek(pair.here, &data, NULL));
	T_ASSERT_STR_BYTES(data, "one two");
	net_conn_consume(pair.here, 4);
	T_ASSERT_STR_BYTES(net_conn_buffered(pair.here), "two");
	g_assert_true(net_conn_peek(pair.here, &data, NULL));
	T_ASSERT_STR_BYTES(data, "two");
	net_conn_consume(pair.here, 3);
	g_assert_cmpuint(net_conn_buffered(pair.here).n, ==, 0);
	g_clear_pointer(&pair.there, net_conn_free);
	g_assert_true(net_conn_peek(pair.here, &data, NULL));
	g_assert_cmpuint(data.n, ==, 0);
	g_assert_true(net_conn_peek(pair.here, &data, NULL));
	g_assert_cmpuint(data.n, ==, 0);
}

/* What is held goes out before the wait, or both sides would wait for ever. */
static gpointer
echo_thread(gpointer data)
{
	NetConn *conn = data;
	BaseBytes got = {NULL, 0};
	while (net_conn_peek(conn, &got, NULL) && got.n > 0) {
		g_assert_true(net_conn_write(conn, got, NULL));
		net_conn_consume(conn, got.n);
	}
	net_conn_free(conn);
	return NULL;
}

static void
test_flush_before_wait(void)
{
	g_auto(Pair) pair = pair_new();
	GThread *thread = g_thread_new("echo", echo_thread, g_steal_pointer(&pair.there));
	for (int i = 0; i < 20; i++) {
		g_assert_true(net_conn_print(pair.here, NULL, "%s %d\r\n", "line", i));
		g_autofree char *want = g_strdup_printf("line %d\r\n", i);
		pair_expect(pair.here, want);
	}
	g_clear_pointer(&pair.here, net_conn_free);
	g_thread_join(thread);
}

typedef struct {
	NetConn *conn;
	GBytes *got;
} Reader;

static gpointer
reader_thread(gpointer data)
{
	Reader *reader = data;
	reader->got = pair_read(reader->conn, 0);
	return NULL;
}

/* Any sizes of writes, through all three doors, arrive as one run of octets. */
static void
test_sizes(void)
{
	static const size_t SIZES[] = {0, 1, 16383, 16384, 16385, 3, 200000, 7, 16380, 10, 65536};
	g_auto(Pair) pair = pair_new();
	Reader reader = {pair.there, NULL};
	GThread *thread = g_thread_new("reader", reader_thread, &reader);
	g_autoptr(GByteArray) want = g_byte_array_new();
	for (size_t i = 0; i < G_N_ELEMENTS(SIZES) * 3; i++) {
		size_t n = SIZES[i % G_N_ELEMENTS(SIZES)];
		g_autofree uint8_t *data = g_malloc(n + 1);
		memset(data, (int)('a' + i % 26), n);
		g_byte_array_append(want, data, (guint)n);
		BaseBytes bytes = base_bytes(data, n);
		bool done = i % 2 == 0 ? net_conn_write(pair.here, bytes, NULL)
				       : base_sink_write(net_conn_sink(pair.here), bytes, NULL);
		g_assert_true(done);
	}
	g_assert_true(base_sink_finish(net_conn_sink(pair.here), NULL));
	g_clear_pointer(&pair.here, net_conn_free);
	g_thread_join(thread);
	t_assert_bytes(base_bytes_of(reader.got).p, base_bytes_of(reader.got).n, want->data,
		       want->len);
	g_bytes_unref(reader.got);
}

/* What was not flushed was not said: a session that failed must not complete a command. */
static void
test_free_says_nothing(void)
{
	g_auto(Pair) pair = pair_new();
	g_assert_true(net_conn_write_str(pair.here, "said", NULL));
	g_assert_true(net_conn_flush(pair.here, NULL));
	g_assert_true(net_conn_write_str(pair.here, "not said", NULL));
	g_clear_pointer(&pair.here, net_conn_free);
	g_autoptr(GBytes) got = pair_read(pair.there, 0);
	T_ASSERT_STR_BYTES(base_bytes_of(got), "said");
}

static void
test_read_timeout(void)
{
	g_auto(Pair) pair = pair_new();
	g_autoptr(GError) error = NULL;
	BaseBytes data = {NULL, 0};
	gint64 start = g_get_monotonic_time();
	conn_set_timeout_ms(pair.here, PAIR_MS);
	g_assert_false(net_conn_peek(pair.here, &data, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_BUSY);
	g_assert_cmpint(g_get_monotonic_time() - start, >=, PAIR_USEC * 9 / 10);
	g_assert_cmpint(g_get_monotonic_time() - start, <, 5 * G_USEC_PER_SEC);
}

/* The other side reads nothing: the write ends, and so does closing. */
static void
test_write_timeout(void)
{
	g_auto(Pair) pair = pair_new();
	g_autoptr(GError) error = NULL;
	g_autofree uint8_t *data = g_malloc0(4 << 20);
	gint64 start = g_get_monotonic_time();
	conn_set_timeout_ms(pair.here, PAIR_MS);
	g_assert_false(net_conn_write(pair.here, base_bytes(data, 4 << 20), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_BUSY);
	g_clear_pointer(&pair.here, net_conn_free);
	g_assert_cmpint(g_get_monotonic_time() - start, <, 5 * G_USEC_PER_SEC);
}

static void
test_write_to_nobody(void)
{
	g_auto(Pair) pair = pair_new();
	g_autoptr(GError) error = NULL;
	g_clear_pointer(&pair.there, net_conn_free);
	g_assert_true(net_conn_write_str(pair.here, "x", &error));
	g_assert_false(net_conn_flush(pair.here, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_IO);
}

static void
check_wait(const Pair *a, const Pair *b, GCancellable *stop, guint want)
{
	NetReady ready = NET_READY_NONE;
	g_autoptr(GError) error = NULL;
	g_assert_true(net_wait(a->here, b == NULL ? NULL : b->here, 0, stop, &ready, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(ready, ==, want);
}

static void
test_wait(void)
{
	g_auto(Pair) a = pair_new();
	g_auto(Pair) b = pair_new();
	g_autoptr(GCancellable) stop = g_cancellable_new();
	check_wait(&a, &b, stop, NET_READY_NONE);
	check_wait(&a, NULL, NULL, NET_READY_NONE);
	g_assert_true(net_conn_write_str(b.there, "x", NULL));
	check_wait(&a, &b, stop, NET_READY_NONE);
	g_assert_true(net_conn_flush(b.there, NULL));
	check_wait(&a, &b, stop, NET_READY_SECOND);
	g_clear_pointer(&a.there, net_conn_free);
	check_wait(&a, &b, stop, NET_READY_FIRST | NET_READY_SECOND);
	net_conn_consume(b.here, 1);
	check_wait(&a, &b, stop, NET_READY_FIRST);
	check_wait(&b, NULL, stop, NET_READY_NONE);
	g_cancellable_cancel(stop);
	check_wait(&b, NULL, stop, NET_READY_STOP);
	check_wait(&a, NULL, stop, NET_READY_FIRST | NET_READY_STOP);
}

/* Waiting flushes both sides. */
static void
test_wait_flushes(void)
{
	g_auto(Pair) a = pair_new();
	g_auto(Pair) b = pair_new();
	g_assert_true(net_conn_write_str(a.here, "to a", NULL));
	g_assert_true(net_conn_write_str(b.here, "to b", NULL));
	check_wait(&a, &b, NULL, NET_READY_NONE);
	pair_expect(a.there, "to a");
	pair_expect(b.there, "to b");
}

static gpointer
cancel_thread(gpointer data)
{
	g_usleep(PAIR_USEC);
	g_cancellable_cancel(data);
	return NULL;
}

static void
test_wait_stopped(void)
{
	g_auto(Pair) pair = pair_new();
	g_autoptr(GCancellable) stop = g_cancellable_new();
	NetReady ready = NET_READY_NONE;
	gint64 start = g_get_monotonic_time();
	GThread *thread = g_thread_new("cancel", cancel_thread, stop);
	g_assert_true(net_wait(pair.here, NULL, 60, stop, &ready, NULL));
	g_assert_cmpuint(ready, ==, NET_READY_STOP);
	g_assert_cmpint(g_get_monotonic_time() - start, <, 5 * G_USEC_PER_SEC);
	g_thread_join(thread);
}

static void
test_wait_timeout(void)
{
	g_auto(Pair) pair = pair_new();
	NetReady ready = NET_READY_FIRST;
	gint64 start = g_get_monotonic_time();
	g_assert_true(conn_wait_ms(pair.here, NULL, PAIR_MS, NULL, &ready, NULL));
	g_assert_cmpuint(ready, ==, NET_READY_NONE);
	g_assert_cmpint(g_get_monotonic_time() - start, >=, PAIR_USEC * 9 / 10);
}

typedef struct {
	NetConn *conn;
	GCancellable *stop;
	const uint8_t *text;
	size_t n;
} Dripper;

/* An octet each 10 ms, over and over, until it is told to end or nobody takes them. */
static gpointer
drip_thread(gpointer data)
{
	Dripper *dripper = data;
	for (size_t i = 0; !g_cancellable_is_cancelled(dripper->stop); i++) {
		if (!net_conn_write(dripper->conn, base_bytes(&dripper->text[i % dripper->n], 1),
				    NULL) ||
		    !net_conn_flush(dripper->conn, NULL)) {
			break;
		}
		g_usleep(10 * 1000);
	}
	return NULL;
}

typedef enum {
	DRIP_PEEK,
	DRIP_WAIT,
	DRIP_TLS,
	DRIP_FREED, /* the deadline is taken away in time */
} DripKind;

/* Reads for as long as it may; whether it was cut. */
static bool
read_drips(NetConn *conn, DripKind kind, gint64 until)
{
	while (g_get_monotonic_time() < until) {
		BaseBytes data = {NULL, 0};
		NetReady ready = NET_READY_NONE;
		g_autoptr(GError) error = NULL;
		if (kind == DRIP_WAIT) {
			g_assert_true(net_wait(conn, NULL, 60, NULL, &ready, NULL));
			if (ready == NET_READY_NONE) {
				return true;
			}
		}
		if (!net_conn_peek(conn, &data, &error)) {
			g_assert_error(error, PS_ERROR, PS_ERROR_BUSY);
			g_assert_true(net_conn_is_gone(conn));
			return true;
		}
		net_conn_consume(conn, data.n);
	}
	return false;
}

static bool
shake_drips(NetConn *conn)
{
	g_autoptr(GTlsCertificate) certificate = net_tls_certificate(PKI_SERVER, NULL);
	g_autoptr(GError) error = NULL;
	g_assert_false(net_conn_start_server_tls(conn, certificate, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_BUSY);
	return true;
}

/* The beginning of a TLS record of 16384 octets: as a handshake it is not complete for long. */
static const uint8_t DRIPS[] = {0x16, 3, 1, 0x40, 0};

/* Each octet comes in time, and yet the whole takes too long. */
static void
test_deadline(gconstpointer data)
{
	DripKind kind = (DripKind)GPOINTER_TO_INT(data);
	g_auto(Pair) pair = pair_new();
	g_autoptr(GCancellable) stop = g_cancellable_new();
	Dripper dripper = {pair.there, stop, DRIPS, sizeof DRIPS};
	gint64 start = g_get_monotonic_time();
	conn_set_deadline_ms(pair.here, PAIR_MS);
	GThread *thread = g_thread_new("drip", drip_thread, &dripper);
	if (kind == DRIP_FREED) {
		net_conn_set_deadline(pair.here, 0);
	}
	bool cut = kind == DRIP_TLS ? shake_drips(pair.here)
				    : read_drips(pair.here, kind, start + 3 * PAIR_USEC);
	gint64 took = g_get_monotonic_time() - start;
	g_assert_cmpint(cut, ==, kind != DRIP_FREED);
	g_assert_cmpint(took, >=, PAIR_USEC * 9 / 10);
	g_assert_cmpint(took, <, 5 * G_USEC_PER_SEC);
	g_cancellable_cancel(stop);
	g_thread_join(thread);
}

/* Who is cut is told so. */
static void
test_last_words(void)
{
	g_auto(Pair) pair = pair_new();
	NetReady ready = NET_READY_FIRST;
	conn_set_deadline_ms(pair.here, 1);
	g_usleep(2000);
	g_assert_true(net_conn_write_str(pair.there, "x", NULL));
	g_assert_true(net_conn_flush(pair.there, NULL));
	g_assert_true(net_wait(pair.here, NULL, 60, NULL, &ready, NULL));
	g_assert_cmpuint(ready, ==, NET_READY_NONE);
	g_assert_true(net_conn_write_str(pair.here, "bye", NULL));
	g_assert_true(net_conn_flush(pair.here, NULL));
	pair_expect(pair.there, "bye");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/net/conn/peek-and-consume", test_peek_and_consume);
	g_test_add_func("/net/conn/flush-before-wait", test_flush_before_wait);
	g_test_add_func("/net/conn/sizes", test_sizes);
	g_test_add_func("/net/conn/free-says-nothing", test_free_says_nothing);
	g_test_add_func("/net/conn/read-timeout", test_read_timeout);
	g_test_add_func("/net/conn/write-timeout", test_write_timeout);
	g_test_add_func("/net/conn/write-to-nobody", test_write_to_nobody);
	g_test_add_func("/net/wait/ready", test_wait);
	g_test_add_func("/net/wait/flushes", test_wait_flushes);
	g_test_add_func("/net/wait/stopped", test_wait_stopped);
	g_test_add_func("/net/wait/timeout", test_wait_timeout);
	g_test_add_data_func("/net/deadline/peek", GINT_TO_POINTER(DRIP_PEEK), test_deadline);
	g_test_add_data_func("/net/deadline/wait", GINT_TO_POINTER(DRIP_WAIT), test_deadline);
	g_test_add_data_func("/net/deadline/tls", GINT_TO_POINTER(DRIP_TLS), test_deadline);
	g_test_add_data_func("/net/deadline/freed", GINT_TO_POINTER(DRIP_FREED), test_deadline);
	g_test_add_func("/net/deadline/last-words", test_last_words);
	return g_test_run();
}
