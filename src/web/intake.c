/* SPDX-License-Identifier: MPL-2.0 */
/* Looks at what came, and takes it only as far as the header goes. */
#include "web/intake.h"

#include "base/secret.h"
#include <stdbool.h>
#include <sys/socket.h>

/* ---- reading ---- */

/* What came so far of the only request that a connection brings. */
typedef struct {
	bool line; /* a line ended, and no other began */
	bool over; /* the header ended */
} Progress;

G_DECLARE_FINAL_TYPE(WebHeaderFirst, web_header_first, WEB, HEADER_FIRST, GFilterInputStream)

struct _WebHeaderFirst {
	GFilterInputStream parent;
	GSocket *socket; /* the connection's */
	Progress progress;
};

/* How many of the @n octets at @p belong to the header. */
static gsize
follow(Progress *progress, const char *p, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		if (p[i] == '\n' && progress->line) {
			progress->over = true;
			return i + 1;
		}
		progress->line = p[i] == '\n' || (progress->line && p[i] == '\r');
	}
	return n;
}

static GPollableInputStream *
base_of(GPollableInputStream *stream)
{
	return G_POLLABLE_INPUT_STREAM(
		g_filter_input_stream_get_base_stream(G_FILTER_INPUT_STREAM(stream)));
}

static gssize
read_now(GPollableInputStream *stream, void *buffer, gsize room, GError **error)
{
	WebHeaderFirst *self = WEB_HEADER_FIRST(stream);
	int fd = g_socket_get_fd(self->socket);
	ssize_t seen = self->progress.over ? 0 : recv(fd, buffer, room, MSG_PEEK | MSG_DONTWAIT);
	if (seen <= 0) {
		return g_pollable_input_stream_read_nonblocking(base_of(stream), buffer, room, NULL,
								error);
	}
	Progress ahead = self->progress;
	gsize wanted = follow(&ahead, buffer, (gsize)seen);
	base_wipe((char *)buffer + wanted, (gsize)seen - wanted);
	gssize n = g_pollable_input_stream_read_nonblocking(base_of(stream), buffer, wanted, NULL,
							    error);
	(void)follow(&self->progress, buffer, n > 0 ? (gsize)n : 0);
	return n;
}

static gboolean
is_readable(GPollableInputStream *stream)
{
	return g_pollable_input_stream_is_readable(base_of(stream));
}

static GSource *
create_source(GPollableInputStream *stream, GCancellable *cancellable)
{
	g_autoptr(GSource) base = g_pollable_input_stream_create_source(base_of(stream), NULL);
	return g_pollable_source_new_full(stream, base, cancellable);
}

static void
pollable_init(GPollableInputStreamInterface *interface, gpointer data G_GNUC_UNUSED)
{
	interface->is_readable = is_readable;
	interface->create_source = create_source;
	interface->read_nonblocking = read_now;
}

G_DEFINE_FINAL_TYPE_WITH_CODE(WebHeaderFirst, web_header_first, G_TYPE_FILTER_INPUT_STREAM,
			      G_IMPLEMENT_INTERFACE(G_TYPE_POLLABLE_INPUT_STREAM, pollable_init))

static void
web_header_first_class_init(WebHeaderFirstClass *klass G_GNUC_UNUSED)
{
}

static void
web_header_first_init(WebHeaderFirst *self G_GNUC_UNUSED)
{
}

/* ---- the connection ---- */

G_DECLARE_FINAL_TYPE(WebIntake, web_intake, WEB, INTAKE, GIOStream)

struct _WebIntake {
	GIOStream parent;
	GIOStream *connection;
	GInputStream *input;
};

G_DEFINE_FINAL_TYPE(WebIntake, web_intake, G_TYPE_IO_STREAM)

static GInputStream *
input_of(GIOStream *stream)
{
	return WEB_INTAKE(stream)->input;
}

static GOutputStream *
output_of(GIOStream *stream)
{
	return g_io_stream_get_output_stream(WEB_INTAKE(stream)->connection);
}

static gboolean
close_now(GIOStream *stream, GCancellable *cancellable, GError **error)
{
	return g_io_stream_close(WEB_INTAKE(stream)->connection, cancellable, error);
}

static void
web_intake_finalize(GObject *object)
{
	WebIntake *self = WEB_INTAKE(object);
	g_clear_object(&self->input);
	g_clear_object(&self->connection);
	G_OBJECT_CLASS(web_intake_parent_class)->finalize(object);
}

static void
web_intake_class_init(WebIntakeClass *klass)
{
	GIOStreamClass *stream = G_IO_STREAM_CLASS(klass);
	stream->get_input_stream = input_of;
	stream->get_output_stream = output_of;
	stream->close_fn = close_now;
	G_OBJECT_CLASS(klass)->finalize = web_intake_finalize;
}

static void
web_intake_init(WebIntake *self G_GNUC_UNUSED)
{
}

GIOStream *
web_intake_new(GSocketConnection *connection)
{
	WebIntake *self = g_object_new(web_intake_get_type(), NULL);
	self->connection = g_object_ref(G_IO_STREAM(connection));
	WebHeaderFirst *input = g_object_new(web_header_first_get_type(), "base-stream",
					     g_io_stream_get_input_stream(self->connection), NULL);
	input->socket = g_socket_connection_get_socket(connection);
	self->input = G_INPUT_STREAM(input);
	return G_IO_STREAM(self);
}
