/* SPDX-License-Identifier: MPL-2.0 */
/* What the files behind net/conn.h share. */
#pragma once

#include "net/conn.h"

#include "base/error.h"

#define CONN_READ    (64U << 10) /* octets read at once */
#define CONN_HOLD    (16U << 10) /* octets held back for writing: one TLS record */
#define CONN_TIMEOUT 60U         /* seconds */
#define CONN_SECOND  1000U       /* milliseconds: inside, all times are counted in these */

struct NetConn {
	GIOStream *base;    /* the connection below TLS */
	GIOStream *stream;  /* TLS, or the same as @base */
	GSocket *socket;    /* borrowed from @base */
	guint timeout;      /* milliseconds, of one wait */
	gint64 deadline;    /* of all that is read: monotonic microseconds; 0: none */
	GCancellable *stop; /* ends a wait for octets; NULL: nothing does */
	bool tls;
	bool failed;     /* nothing may be said to the other side any more */
	bool ended;      /* the other side closed in order */
	GError *trouble; /* what the next read reports */
	uint8_t *read;   /* CONN_READ octets, or NULL while there are none to hold */
	size_t read_at;  /* first octet that was not consumed */
	size_t read_end;
	uint8_t *held; /* CONN_HOLD octets, or NULL while nothing is held */
	size_t held_n;
	BaseSink sink;
};

/* The same as without "_ms", in milliseconds. */
void conn_set_timeout_ms(NetConn *conn, guint ms);
void conn_set_deadline_ms(NetConn *conn, guint ms);
bool conn_wait_ms(NetConn *first, NetConn *second, guint ms, GCancellable *stop, NetReady *out,
		  GError **error);
NetConn *conn_dial_ms(const NetServer *server, NetTrust *trust, guint ms, GCancellable *stop,
		      GError **error);

/*
 * For GIO's asynchronous calls, waited for in this thread: they are begun and awaited in @context,
 * which is the thread's default one meanwhile, with @enough, which ends them after @ms or when
 * @stop (or NULL) does.
 */
typedef struct {
	GMainContext *context;
	GCancellable *enough;
	GSource *timer;
	GCancellable *stop; /* borrowed */
	gulong stopper;
} ConnPatience;

void conn_patience_begin(ConnPatience *patience, guint ms, GCancellable *stop);
void conn_patience_end(ConnPatience *patience);

/* How long a wait that may take @ms may take, since there is a deadline too. */
guint conn_left_ms(const NetConn *conn, guint ms);

/* A GIO error as one of ours, with what was tried ("read"); always false. */
bool conn_fail(NetConn *conn, const char *what, const GError *reason, GError **error);

/* Whether net_conn_peek() would not wait. */
bool conn_is_ready(const NetConn *conn);
/* Reads what is there without waiting, if there is nothing to peek at; what went wrong is kept for
 * the next read. The buffer stays only if it holds something. */
void conn_fill(NetConn *conn);
