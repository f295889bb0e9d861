/* SPDX-License-Identifier: MPL-2.0 */
/* A connection as a GOutputStream; closing the stream flushes and closes nothing. */
#include "conn_private.h"

#define CONN_TYPE_STREAM (conn_stream_get_type())
G_DECLARE_FINAL_TYPE(ConnStream, conn_stream, CONN, STREAM, GOutputStream)

struct _ConnStream {
	GOutputStream parent;
	NetConn *conn; /* NULL once the connection is gone */
};

G_DEFINE_FINAL_TYPE(ConnStream, conn_stream, G_TYPE_OUTPUT_STREAM)

static gssize
stream_write(GOutputStream *stream, const void *data, gsize n, GCancellable *cancellable,
	     GError **error)
{
	(void)cancellable;
	ConnStream *self = CONN_STREAM(stream);
	if (self->conn == NULL) {
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CLOSED,
				    "the connection is closed");
		return -1;
	}
	return net_conn_write(self->conn, base_bytes(data, n), error) ? (gssize)n : -1;
}

static gboolean
stream_flush(GOutputStream *stream, GCancellable *cancellable, GError **error)
{
	(void)cancellable;
	ConnStream *self = CONN_STREAM(stream);
	return self->conn == NULL || net_conn_flush(self->conn, error);
}

static void
conn_stream_class_init(ConnStreamClass *klass)
{
	GOutputStreamClass *output = G_OUTPUT_STREAM_CLASS(klass);
	output->write_fn = stream_write;
	output->flush = stream_flush;
}

static void
conn_stream_init(ConnStream *self)
{
	self->conn = NULL;
}

GOutputStream *
conn_stream_new(NetConn *conn)
{
	ConnStream *self = g_object_new(CONN_TYPE_STREAM, NULL);
	self->conn = conn;
	return G_OUTPUT_STREAM(self);
}

void
conn_stream_detach(GOutputStream *stream)
{
	CONN_STREAM(stream)->conn = NULL;
}
