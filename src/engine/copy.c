/* SPDX-License-Identifier: MPL-2.0 */
/* PsCopy: one message as it leaves, made when it is written. */
#include "engine/copy.h"

#include "base/error.h"
#include "engine/json.h"
#include "engine/remember.h"
#include "engine/stream.h"

struct _PsCopy {
	GObject parent;
	Sending *sending;
	char **recipients;
	ComposeSeal *seal; /* NULL: not sealed */
};

G_DEFINE_TYPE(PsCopy, ps_copy, G_TYPE_OBJECT)

void
compose_seal_free(ComposeSeal *seal)
{
	if (seal == NULL) {
		return;
	}
	g_ptr_array_unref(seal->recipients);
	g_ptr_array_unref(seal->introduced);
	g_free(seal);
}

Sending *
sending_new(PsEngine *engine, PsMessage *message, Draft *draft)
{
	Sending *sending = g_new0(Sending, 1);
	g_atomic_ref_count_init(&sending->refs);
	sending->engine = g_object_ref(engine);
	sending->message = g_object_ref(message);
	sending->draft = draft;
	return sending;
}

Sending *
sending_ref(Sending *sending)
{
	g_atomic_ref_count_inc(&sending->refs);
	return sending;
}

void
sending_unref(Sending *sending)
{
	if (!g_atomic_ref_count_dec(&sending->refs)) {
		return;
	}
	draft_free(sending->draft);
	g_clear_pointer(&sending->own, own_account_unref);
	g_clear_pointer(&sending->response, mime_response_free);
	g_free(sending->key_field);
	g_object_unref(sending->message);
	g_object_unref(sending->engine);
	g_free(sending);
}

static void
ps_copy_finalize(GObject *object)
{
	PsCopy *copy = PS_COPY(object);
	sending_unref(copy->sending);
	compose_seal_free(copy->seal);
	g_strfreev(copy->recipients);
	G_OBJECT_CLASS(ps_copy_parent_class)->finalize(object);
}

static void
ps_copy_class_init(PsCopyClass *klass)
{
	G_OBJECT_CLASS(klass)->finalize = ps_copy_finalize;
}

static void
ps_copy_init(G_GNUC_UNUSED PsCopy *copy)
{
}

PsCopy *
copy_new(Sending *sending, GPtrArray *recipients, ComposeSeal *seal)
{
	PsCopy *copy = g_object_new(PS_TYPE_COPY, NULL);
	copy->sending = sending_ref(sending);
	copy->seal = seal;
	copy->recipients = g_new0(char *, recipients->len + 1);
	for (guint i = 0; i < recipients->len; i++) {
		copy->recipients[i] = g_strdup(g_ptr_array_index(recipients, i));
	}
	return copy;
}

static bool
write_octets(const PsCopy *copy, BaseSink *out, GError **error)
{
	const Sending *sending = copy->sending;
	if (copy->seal != NULL) {
		return compose_sealed(&sending->plan, copy->seal, out, error);
	}
	return sending->level == POLICY_LEVEL_PLAIN ? compose_untouched(sending->draft, out, error)
						    : compose_signed(&sending->plan, out, error);
}

gboolean
ps_copy_write(PsCopy *copy, GOutputStream *stream, GError **error)
{
	g_autoptr(BaseSink) out = stream_sink_new(stream);
	if (!write_octets(copy, out, error) || !base_sink_finish(out, error)) {
		return FALSE;
	}
	Sending *sending = copy->sending;
	if (copy->seal != NULL && !sending->noted) {
		remember_sealed(sending->engine, sending->draft);
		sending->noted = true;
	}
	return TRUE;
}

void
ps_engine_note_sent(PsEngine *engine, PsCopy *copy)
{
	remember_sent(engine, copy->sending->draft, (const char *const *)copy->recipients);
}

const char *const *
ps_copy_get_recipients(PsCopy *copy)
{
	return (const char *const *)copy->recipients;
}

static const char *
cipher_name(const ComposeSeal *seal)
{
	return seal->gcm ? "aes-256-gcm" : "aes-256-cbc";
}

char *
ps_copy_to_json(PsCopy *copy)
{
	const Sending *sending = copy->sending;
	bool is_signed = copy->seal == NULL && sending->level == POLICY_LEVEL_SIGNED;
	g_autoptr(Json) json = json_new();
	json_string(json, "from", sending->draft->from);
	json_strings(json, "to", (const char *const *)copy->recipients);
	json_string(json, "level", policy_level_name(sending->level));
	json_string(json, "form",
		    policy_form_name(is_signed ? sending->plan.form : POLICY_FORM_NONE));
	json_string(json, "cipher", copy->seal == NULL ? NULL : cipher_name(copy->seal));
	return json_end(json);
}
