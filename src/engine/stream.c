/* SPDX-License-Identifier: MPL-2.0 */
/* GIO streams as sinks. */
#include "engine/stream.h"

#include "base/error.h"

#define STREAM_BLOCK (256U << 10) /* octets handed to the stream at once */

typedef struct {
	BaseSink sink;
	GOutputStream *stream;
	GByteArray *held;
} StreamSink;

static bool
write_all(StreamSink *self, BaseBytes data, GError **error)
{
	g_autoptr(GError) reason = NULL;
	if (data.n == 0 ||
	    g_output_stream_write_all(self->stream, data.p, data.n, NULL, NULL, &reason)) {
		return true;
	}
	return base_fail(error, PS_ERROR_IO, "cannot write: %s", reason->message);
}

static bool
flush_held(StreamSink *self, GError **error)
{
	bool done = write_all(self, base_bytes_of_array(self->held), error);
	g_byte_array_set_size(self->held, 0);
	return done;
}

static bool
stream_write(BaseSink *sink, BaseBytes data, GError **error)
{
	StreamSink *self = (StreamSink *)sink;
	if (self->held->len + data.n > STREAM_BLOCK && !flush_held(self, error)) {
		return false;
	}
	if (data.n >= STREAM_BLOCK) {
		return write_all(self, data, error);
	}
	if (data.n > 0) {
		g_byte_array_append(self->held, data.p, (guint)data.n);
	}
	return true;
}

static bool
stream_finish(BaseSink *sink, GError **error)
{
	StreamSink *self = (StreamSink *)sink;
	g_autoptr(GError) reason = NULL;
	if (!flush_held(self, error)) {
		return false;
	}
	return g_output_stream_flush(self->stream, NULL, &reason) ||
	       base_fail(error, PS_ERROR_IO, "cannot write: %s", reason->message);
}

static void
stream_free(BaseSink *sink)
{
	StreamSink *self = (StreamSink *)sink;
	g_byte_array_unref(self->held);
	g_object_unref(self->stream);
	g_free(self);
}

static const BaseSinkClass STREAM_CLASS = {stream_write, stream_finish, stream_free};

BaseSink *
stream_sink_new(GOutputStream *stream)
{
	StreamSink *self = g_new0(StreamSink, 1);
	self->sink.klass = &STREAM_CLASS;
	self->stream = g_object_ref(stream);
	self->held = g_byte_array_sized_new(STREAM_BLOCK);
	return &self->sink;
}
