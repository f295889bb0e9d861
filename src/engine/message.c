/* SPDX-License-Identifier: MPL-2.0 */
/* PsMessage: octets that can be read more than once. */
#include "engine/message.h"

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

BaseSource *
message_source(PsMessage *message)
{
	return message->source;
}
