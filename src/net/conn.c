/* SPDX-License-Identifier: MPL-2.0 */
/* Reading and writing of one connection; an idle one holds no buffers. */
#include "conn_private.h"

#include "base/secret.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <sys/socket.h>

#define CONN_DRAIN      16             /* reads that are thrown away when a connection closes */
#define CONN_FAREWELL   G_USEC_PER_SEC /* at most, for the alert that ends TLS */
#define CONN_LAST_WORDS 1000U /* milliseconds that a write has though the deadline is over */

static bool
sink_write(BaseSink *sink, BaseBytes data, GError **error)
{
	NetConn *conn = (NetConn *)((char *)sink - offsetof(NetConn, sink));
	return net_conn_write(conn, data, error);
}

static bool
sink_finish(BaseSink *sink, GError **error)
{
	NetConn *conn = (NetConn *)((char *)sink - offsetof(NetConn, sink));
	return net_conn_flush(conn, error);
}

static const BaseSinkClass SINK = {sink_write, sink_finish, NULL};

NetConn *
net_conn_new(GSocketConnection *stream)
{
	NetConn *conn = g_new0(NetConn, 1);
	conn->base = G_IO_STREAM(stream);
	conn->stream = g_object_ref(conn->base);
	conn->socket = g_socket_connection_get_socket(stream);
	conn->sink.klass = &SINK;
	net_conn_set_timeout(conn, CONN_TIMEOUT);
	/* Fails on Unix sockets, which have no delay either. */
	(void)g_socket_set_option(conn->socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
	return conn;
}

void
conn_set_timeout_ms(NetConn *conn, guint ms)
{
	conn->timeout = ms;
}

void
net_conn_set_timeout(NetConn *conn, guint seconds)
{
	conn_set_timeout_ms(conn, seconds * CONN_SECOND);
}

void
conn_set_deadline_ms(NetConn *conn, guint ms)
{
	conn->deadline = ms == 0 ? 0 : g_get_monotonic_time() + (gint64)ms * 1000;
}

void
net_conn_set_deadline(NetConn *conn, guint seconds)
{
	conn_set_deadline_ms(conn, seconds * CONN_SECOND);
	if (seconds == 0) {
		g_clear_object(&conn->stop);
	}
}

guint
conn_left_ms(const NetConn *conn, guint ms)
{
	gint64 left = (conn->deadline - g_get_monotonic_time() + 999) / 1000;
	return conn->deadline == 0 ? ms : (guint)CLAMP(left, 0, (gint64)ms);
}

/* Both buffers may have held a password. */
static void
release_read(NetConn *conn)
{
	if (conn->read != NULL) {
		base_wipe(conn->read, conn->read_end);
	}
	g_clear_pointer(&conn->read, g_free);
	conn->read_at = conn->read_end = 0;
}

static void
release_held(NetConn *conn)
{
	if (conn->held != NULL) {
		base_wipe(conn->held, CONN_HOLD);
	}
	g_clear_pointer(&conn->held, g_free);
	conn->held_n = 0;
}

/* What came and nobody read would make the kernel reset the connection, and the other side might
 * never see our last words. */
static void
shut_socket(NetConn *conn)
{
	char waste[4096];
	int fd = g_socket_get_fd(conn->socket);
	(void)shutdown(fd, SHUT_WR);
	for (int i = 0; i < CONN_DRAIN && recv(fd, waste, sizeof waste, MSG_DONTWAIT) > 0; i++) {
	}
	base_wipe(waste, sizeof waste);
	(void)g_socket_close(conn->socket, NULL);
}

void
net_conn_free(NetConn *conn)
{
	if (conn == NULL) {
		return;
	}
	if (conn->tls && !conn->failed &&
	    g_socket_condition_timed_wait(conn->socket, G_IO_OUT, CONN_FAREWELL, NULL, NULL)) {
		g_socket_set_timeout(conn->socket, 1);
		(void)g_output_stream_close(g_io_stream_get_output_stream(conn->stream), NULL,
					    NULL);
	}
	shut_socket(conn);
	release_read(conn);
	release_held(conn);
	g_clear_error(&conn->trouble);
	g_clear_object(&conn->stop);
	g_object_unref(conn->stream);
	g_object_unref(conn->base);
	g_free(conn);
}

bool
conn_fail(NetConn *conn, const char *what, const GError *reason, GError **error)
{
	bool late = g_error_matches(reason, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
		    g_error_matches(reason, G_IO_ERROR, G_IO_ERROR_CANCELLED);
	conn->failed = true;
	if (late) {
		return base_fail(error, PS_ERROR_BUSY, "cannot %s: the other side does not answer",
				 what);
	}
	return base_fail(error, PS_ERROR_IO, "cannot %s: %s", what, reason->message);
}

bool
conn_is_ready(const NetConn *conn)
{
	return conn->read_end > conn->read_at || conn->ended || conn->trouble != NULL;
}

void
conn_fill(NetConn *conn)
{
	g_autoptr(GError) reason = NULL;
	if (conn_is_ready(conn)) {
		return;
	}
	GInputStream *in = g_io_stream_get_input_stream(conn->stream);
	if (conn->read == NULL) {
		conn->read = g_malloc(CONN_READ);
	}
	gssize n = g_pollable_input_stream_read_nonblocking(G_POLLABLE_INPUT_STREAM(in), conn->read,
							    CONN_READ, NULL, &reason);
	conn->read_at = 0;
	conn->read_end = n > 0 ? (size_t)n : 0;
	if (n > 0) {
		return;
	}
	release_read(conn);
	conn->ended = n == 0;
	if (n < 0 && !g_error_matches(reason, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
		conn->trouble = g_steal_pointer(&reason);
	}
}

bool
net_conn_is_gone(const NetConn *conn)
{
	return conn->failed || conn->ended;
}

void
net_conn_set_stop(NetConn *conn, GCancellable *stop)
{
	g_set_object(&conn->stop, stop);
}

bool
net_conn_peek(NetConn *conn, BaseBytes *out, GError **error)
{
	NetReady ready = NET_READY_FIRST;
	if ((!conn_is_ready(conn) || conn->deadline != 0) &&
	    !conn_wait_ms(conn, NULL, conn->timeout, conn->stop, &ready, error)) {
		return false;
	}
	if (ready == NET_READY_STOP) {
		conn->failed = true;
		return base_fail(error, PS_ERROR_BUSY, "the daemon ends");
	}
	if ((ready & NET_READY_FIRST) == 0) {
		conn->failed = true;
		return base_fail(error, PS_ERROR_BUSY, "nothing came for %u seconds",
				 conn->timeout / CONN_SECOND);
	}
	if (conn->trouble != NULL) {
		return conn_fail(conn, "read", conn->trouble, error);
	}
	*out = net_conn_buffered(conn);
	return true;
}

BaseBytes
net_conn_buffered(NetConn *conn)
{
	return conn->read == NULL
		       ? base_bytes(NULL, 0)
		       : base_bytes(conn->read + conn->read_at, conn->read_end - conn->read_at);
}

void
net_conn_consume(NetConn *conn, size_t n)
{
	g_return_if_fail(n <= conn->read_end - conn->read_at);
	conn->read_at += n;
}

/* Whether the socket takes octets in time; @reason says why not. */
static bool
wait_for_room(NetConn *conn, GError **reason)
{
	guint ms = MAX(conn_left_ms(conn, conn->timeout), MIN(conn->timeout, CONN_LAST_WORDS));
	return g_socket_condition_timed_wait(conn->socket, G_IO_OUT, (gint64)ms * 1000, NULL,
					     reason);
}

/* Each time that the other side takes something, its time begins anew. */
static bool
write_out(NetConn *conn, BaseBytes data, GError **error)
{
	GPollableOutputStream *out =
		G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(conn->stream));
	while (data.n > 0) {
		g_autoptr(GError) reason = NULL;
		gssize n = g_pollable_output_stream_write_nonblocking(out, data.p, data.n, NULL,
								      &reason);
		bool full = g_error_matches(reason, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
		if (n < 0 && full) {
			g_clear_error(&reason);
			full = wait_for_room(conn, &reason);
		}
		if (n < 0 && !full) {
			return conn_fail(conn, "write", reason, error);
		}
		data = base_bytes_slice(data, n < 0 ? 0 : (size_t)n, SIZE_MAX);
	}
	return true;
}

bool
net_conn_flush(NetConn *conn, GError **error)
{
	bool done =
		conn->held_n == 0 || write_out(conn, base_bytes(conn->held, conn->held_n), error);
	release_held(conn);
	return done;
}

bool
net_conn_write(NetConn *conn, BaseBytes data, GError **error)
{
	if (data.n > CONN_HOLD - conn->held_n && !net_conn_flush(conn, error)) {
		return false;
	}
	if (data.n >= CONN_HOLD) {
		return write_out(conn, data, error);
	}
	if (data.n > 0) {
		conn->held = conn->held == NULL ? g_malloc0(CONN_HOLD) : conn->held;
		memcpy(conn->held + conn->held_n, data.p, data.n);
		conn->held_n += data.n;
	}
	return true;
}

bool
net_conn_write_str(NetConn *conn, const char *text, GError **error)
{
	return net_conn_write(conn, base_bytes_str(text), error);
}

bool
net_conn_print(NetConn *conn, GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autoptr(BaseSecretString) text = g_strdup_vprintf(format, args);
	va_end(args);
	return net_conn_write_str(conn, text, error);
}

BaseSink *
net_conn_sink(NetConn *conn)
{
	return &conn->sink;
}
