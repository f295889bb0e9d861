/* SPDX-License-Identifier: MPL-2.0 */
/* PsMessage: octets that can be read more than once. */
#include "engine/message.h"

#include "base/error.h"
#include "base/limits.h"

struct _PsMessage {
	GObject parent;
	BaseSource *source;
};

G_DEFINE_TYPE(PsMessage, ps_message, G_TYPE_OBJECT)

static void
ps_message_finalize(GObject *object)
{
	base_source_free(PS_MESSAGE(object)->source);
	G_OBJECT_CLASS(ps_message_parent_class)->finalize(object);
}

static void
ps_message_class_init(PsMessageClass *klass)
{
	G_OBJECT_CLASS(klass)->finalize = ps_message_finalize;
}

static void
ps_message_init(G_GNUC_UNUSED PsMessage *message)
{
}

static PsMessage *
message_new(BaseSource *source)
{
	PsMessage *message = g_object_new(PS_TYPE_MESSAGE, NULL);
	message->source = source;
	return message;
}

PsMessage *
ps_message_new_from_bytes(GBytes *bytes)
{
	return message_new(base_source_new_bytes(bytes));
}

PsMessage *
message_new_view(BaseBytes octets)
{
	return message_new(base_source_new_view(octets));
}

PsMessage *
ps_message_new_from_path(const char *path, GError **error)
{
	BaseSource *source = base_source_new_path(path, error);
	return source == NULL ? NULL : message_new(source);
}

guint64
ps_message_get_size(PsMessage *message)
{
	return base_source_size(message->source);
}

GBytes *
ps_message_get_octets(PsMessage *message, GError **error)
{
	g_autoptr(BaseSink) all = base_sink_new_memory(G_MAXINT32);
	return base_source_copy(message->source, 0, UINT64_MAX, all, error)
		       ? base_sink_take_bytes(all)
		       : NULL;
}

BaseSource *
message_source(PsMessage *message)
{
	return message->source;
}

bool
message_has_fields(const MimeHeader *header)
{
	for (guint i = 0; i < mime_header_length(header); i++) {
		if (mime_header_at(header, i)->name[0] != '\0') {
			return true;
		}
	}
	return false;
}

/* The header block, however the source gives its octets. */
static bool
read_block(BaseSource *source, GByteArray *block, size_t *n, GError **error)
{
	uint64_t size = base_source_size(source);
	size_t from = 0;
	while (!mime_header_find_end(base_bytes_of_array(block), block->len == size, &from, n)) {
		BaseBytes more;
		if (block->len > BASE_LIMIT_HEADER) {
			return base_fail(error, PS_ERROR_LIMIT,
					 "the header is larger than %u octets", BASE_LIMIT_HEADER);
		}
		if (!base_source_peek(source, block->len, &more, error)) {
			return false;
		}
		g_byte_array_append(block, more.p, (guint)MIN(more.n, BASE_LIMIT_BLOCK));
	}
	return true;
}

bool
message_read_header(BaseSource *source, MimeHeader **header, uint64_t *body, GError **error)
{
	g_autoptr(GByteArray) block = g_byte_array_new();
	g_autoptr(MimeHeader) read = NULL;
	size_t n = 0;
	if (!read_block(source, block, &n, error) ||
	    !mime_header_parse(base_bytes(block->data, n), &read, error)) {
		return false;
	}
	if (!message_has_fields(read)) {
		return base_fail(error, PS_ERROR_MALFORMED,
				 "this is not a mail message: it has no header field");
	}
	*header = g_steal_pointer(&read);
	*body = n;
	return true;
}

char *
ps_message_get_field(PsMessage *message, const char *name)
{
	g_autoptr(MimeHeader) header = NULL;
	uint64_t body = 0;
	return message_read_header(message->source, &header, &body, NULL)
		       ? g_strdup(mime_header_value(header, name))
		       : NULL;
}
