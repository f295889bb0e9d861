/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One connection, used by one thread: blocking, buffered both ways, every wait bounded.
 *
 * Errors of all calls: PS_ERROR_BUSY when the time is over, PS_ERROR_IO when the other side is gone
 * or TLS fails. After an error only net_conn_free() is allowed.
 */
#pragma once

#include "base/sink.h"
#include "net/server.h"
#include "net/tls.h"

typedef struct NetConn NetConn;

/* Takes over @stream (a GSocketConnection). TCP_NODELAY is set. */
NetConn *net_conn_new(GSocketConnection *stream);
/* Closes; what was not flushed is not said. TLS ends with its alert if that takes no longer than
 * two seconds. */
void net_conn_free(NetConn *conn);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NetConn, net_conn_free)

/* Whether the other side is gone, or was given up: nothing can be said to it any more. */
bool net_conn_is_gone(const NetConn *conn);

/* How long one read or write, or a whole handshake, may wait; 60 seconds unless told. */
void net_conn_set_timeout(NetConn *conn, guint seconds);

/*
 * All that is read from now on must be here in so many seconds, though octet after octet comes in
 * time: then net_conn_peek() and TLS end with PS_ERROR_BUSY, and net_wait() says NET_READY_NONE.
 * A farewell can still be written. 0: no such limit any more, and nothing stops a wait, which a
 * session says once its client has logged in (net/listen.h).
 */
void net_conn_set_deadline(NetConn *conn, guint seconds);

/* What ends a wait in net_conn_peek() and TLS with PS_ERROR_BUSY, while nothing is lost by that;
 * NULL: nothing, from now on. */
void net_conn_set_stop(NetConn *conn, GCancellable *stop);

/*
 * Octets that came and were not consumed yet; waits for some if there are none. *@out empty: the
 * other side closed in order. Borrowed until the next call that reads. What is held for writing is
 * flushed before it waits.
 */
bool net_conn_peek(NetConn *conn, BaseBytes *out, GError **error);
/* Octets that are here already, without waiting; may be empty. */
BaseBytes net_conn_buffered(NetConn *conn);
/* The first @n of them were dealt with. */
void net_conn_consume(NetConn *conn, size_t n);

/* Held back up to 16 KiB. */
bool net_conn_write(NetConn *conn, BaseBytes data, GError **error);
bool net_conn_write_str(NetConn *conn, const char *text, GError **error);
bool net_conn_print(NetConn *conn, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);
bool net_conn_flush(NetConn *conn, GError **error);
/* The same as a sink (its finish() flushes); borrowed from the connection. */
BaseSink *net_conn_sink(NetConn *conn);

/*
 * TLS from here on. Octets that came before the handshake would count as protected though anybody
 * could have injected them (CVE-2021-38371 and the like): PS_ERROR_MALFORMED if there are any.
 * As a server with @certificate, TLS 1.2 or later; as a client of @host, whose certificate must
 * chain to @trust and name it (RFC 9525): PS_ERROR_IO says why not.
 */
bool net_conn_start_server_tls(NetConn *conn, GTlsCertificate *certificate, GError **error);
bool net_conn_start_client_tls(NetConn *conn, const char *host, NetTrust *trust, GError **error);
bool net_conn_is_tls(const NetConn *conn);

/* Connects (@seconds at most), with TLS at once if the server has implicit TLS; else the caller
 * does STARTTLS. @stop (or NULL) ends it, as it ends waiting for octets until
 * net_conn_set_stop(). PS_ERROR_BUSY, PS_ERROR_IO. */
NetConn *net_conn_dial(const NetServer *server, NetTrust *trust, guint seconds, GCancellable *stop,
		       GError **error);

typedef enum {
	NET_READY_NONE = 0,        /* the time is over, or a deadline */
	NET_READY_FIRST = 1 << 0,  /* net_conn_peek(first) does not wait: octets, end or error */
	NET_READY_SECOND = 1 << 1, /* the same for the second */
	NET_READY_STOP = 1 << 2,   /* @stop was cancelled */
} NetReady;

/* Flushes both and waits until one can be read. @second may be NULL; @stop may be NULL; @seconds 0
 * asks without waiting. Octets that TLS has decrypted already count. */
bool net_wait(NetConn *first, NetConn *second, guint seconds, GCancellable *stop, NetReady *out,
	      GError **error);
