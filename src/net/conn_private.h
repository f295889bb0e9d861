/* SPDX-License-Identifier: MPL-2.0 */
/* What the files behind net/conn.h share. */
#pragma once

#include "net/conn.h"

#include "base/error.h"

#define CONN_READ    (64U << 10) /* octets read at once */
#define CONN_HOLD    (16U << 10) /* octets held back for writing: one TLS record */
#define CONN_TIMEOUT 60U         /* seconds */

struct NetConn {
	GIOStream *base;    /* the connection below TLS */
	GIOStream *stream;  /* TLS, or the same as @base */
	GSocket *socket;    /* borrowed from @base */
	guint timeout;      /* seconds */
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
	GOutputStream *adapter; /* made when first asked for */
};

/* A GIO error as one of ours, with what was tried ("read"); always false. */
bool conn_fail(NetConn *conn, const char *what, const GError *reason, GError **error);

/* Whether net_conn_peek() would not wait. */
bool conn_is_ready(const NetConn *conn);
/* Reads what is there without waiting, if there is nothing to peek at; what went wrong is kept for
 * the next read. The buffer stays only if it holds something. */
void conn_fill(NetConn *conn);

/* A stream into @conn; it fails once conn_stream_detach() was called. */
GOutputStream *conn_stream_new(NetConn *conn);
void conn_stream_detach(GOutputStream *stream);
