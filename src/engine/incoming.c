/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The story of one incoming message:
 * read the root and open its layers (layers.c, cms) -> judge the signer (judge.c: cert, trust) ->
 * the header sets (mime) -> the verdict (conclude.c) -> the view (view.c) -> harvest (harvest.c,
 * trust).
 */
#include "engine/incoming.h"
#include "engine/core.h"
#include "engine/harvest.h"
#include "engine/judge.h"
#include "engine/message.h"
#include "engine/stream.h"
#include "engine/view.h"

#include "base/error.h"
#include "store/store.h"

Layers *
incoming_layers(PsEngine *engine, BaseSource *source, bool deep, GError **error)
{
	g_autoptr(Layers) layers = layers_new(engine);
	layers->deep = deep;
	if (!layers_check(layers, source, error)) {
		return NULL;
	}
	if (layers->outer == NULL || !message_has_fields(layers->outer)) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
				      "this is not a mail message: it has no header field");
	}
	return g_steal_pointer(&layers);
}

PsVerdict *
ps_engine_verify(PsEngine *engine, PsMessage *message, GError **error)
{
	g_autoptr(Layers) layers = incoming_layers(engine, message_source(message), true, error);
	g_autoptr(Judgement) judgement = layers == NULL ? NULL : judge(layers, error);
	return judgement == NULL ? NULL : judgement_verdict(judgement);
}

PsVerdict *
ps_engine_open(PsEngine *engine, PsMessage *message, GOutputStream *stream, gboolean learn,
	       GError **error)
{
	g_autoptr(Layers) layers = incoming_layers(engine, message_source(message), true, error);
	g_autoptr(Judgement) judgement = layers == NULL ? NULL : judge(layers, error);
	if (judgement == NULL) {
		return NULL;
	}
	/* The verdict comes first: learning a message never changes what is said about that same
	 * message. */
	g_autoptr(PsVerdict) verdict = judgement_verdict(judgement);
	HarvestResult learned;
	if (learn && !harvest(judgement, &learned, error)) {
		return NULL;
	}
	if (!learn) {
		harvest_binding_only(judgement); /* who has read it may answer it */
	}
	const Layer *encryption = layers_encryption(layers);
	if (encryption != NULL && !layer_is_open(encryption)) {
		return g_steal_pointer(&verdict);
	}
	g_autoptr(BaseSink) out = stream_sink_new(stream);
	g_autofree char *status = view_status(verdict);
	ViewForm form = {status, mime_header_is_crlf(layers->outer)};
	bool written = view_write(judgement, &form, message_source(message), out, error) &&
		       base_sink_finish(out, error);
	return written ? g_steal_pointer(&verdict) : NULL;
}

void
reading_clear(Reading *reading)
{
	g_clear_pointer(&reading->judgement, judgement_free);
	g_clear_pointer(&reading->layers, layers_free);
}

bool
incoming_read(PsEngine *engine, BaseSource *source, Reading *out, GError **error)
{
	out->layers = incoming_layers(engine, source, false, error);
	out->judgement = out->layers == NULL ? NULL : judge_signature(out->layers);
	return out->judgement != NULL;
}

bool
incoming_learn(PsEngine *engine, Reading *reading, HarvestResult *out, GError **error)
{
	reading->layers->engine = engine;
	return judge_sender(reading->judgement, error) && harvest(reading->judgement, out, error);
}

/* A message of which only the header is known: as if it had neither layers nor a body. */
static Layers *
header_layers(PsEngine *engine, BaseSource *source, GError **error)
{
	g_autoptr(Layers) layers = layers_new(engine);
	uint64_t body = 0;
	return message_read_header(source, &layers->outer, &body, error) ? g_steal_pointer(&layers)
									 : NULL;
}

PsVerdict *
ps_engine_learn_message(PsEngine *engine, PsMessage *message, gboolean header_only, GError **error)
{
	BaseSource *source = message_source(message);
	g_autoptr(Layers) layers = header_only ? header_layers(engine, source, error)
					       : incoming_layers(engine, source, true, error);
	g_autoptr(Judgement) judgement = layers == NULL ? NULL : judge(layers, error);
	if (judgement == NULL) {
		return NULL;
	}
	judgement->header_only = header_only;
	g_autoptr(PsVerdict) verdict = judgement_verdict(judgement);
	HarvestResult learned;
	bool done = header_only ? harvest_header(judgement, &learned, error)
				: harvest(judgement, &learned, error);
	return done ? g_steal_pointer(&verdict) : NULL;
}

/* What cannot be read is left out; what cannot be learned ends the whole. */
static bool
learn_in_batch(PsEngine *engine, PsMessage *message, PsLearnFunc func, gpointer user_data,
	       GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(PsVerdict) verdict = ps_engine_learn_message(engine, message, FALSE, &reason);
	if (verdict != NULL) {
		func(message, verdict, user_data);
		return true;
	}
	if (g_error_matches(reason, PS_ERROR, PS_ERROR_MALFORMED) ||
	    g_error_matches(reason, PS_ERROR, PS_ERROR_LIMIT)) {
		return true;
	}
	g_propagate_error(error, g_steal_pointer(&reason));
	return false;
}

gboolean
ps_engine_learn_messages(PsEngine *engine, GPtrArray *messages, PsLearnFunc func,
			 gpointer user_data, GError **error)
{
	Store *store = core_store_write(engine, error);
	g_autoptr(StoreTransaction) tx = store == NULL ? NULL : store_begin(store, error);
	if (tx == NULL) {
		return FALSE;
	}
	for (guint i = 0; i < messages->len; i++) {
		if (!learn_in_batch(engine, g_ptr_array_index(messages, i), func, user_data,
				    error)) {
			return FALSE;
		}
	}
	return store_commit(tx, error);
}
