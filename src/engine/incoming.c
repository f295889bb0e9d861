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

static bool
is_a_message(const MimeHeader *header)
{
	for (guint i = 0; i < mime_header_length(header); i++) {
		if (mime_header_at(header, i)->name[0] != '\0') {
			return true;
		}
	}
	return false;
}

/* Reads and checks all layers. */
static Layers *
read_message(PsEngine *engine, BaseSource *source, bool deep, GError **error)
{
	g_autoptr(Layers) layers = layers_new(engine);
	layers->deep = deep;
	if (!layers_check(layers, source, error)) {
		return NULL;
	}
	if (layers->outer == NULL || !is_a_message(layers->outer)) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
				      "this is not a mail message: it has no header field");
	}
	return g_steal_pointer(&layers);
}

PsVerdict *
ps_engine_verify(PsEngine *engine, PsMessage *message, GError **error)
{
	g_autoptr(Layers) layers = read_message(engine, message_source(message), true, error);
	g_autoptr(Judgement) judgement = layers == NULL ? NULL : judge(layers, error);
	return judgement == NULL ? NULL : judgement_verdict(judgement);
}

PsVerdict *
ps_engine_open(PsEngine *engine, PsMessage *message, GOutputStream *stream, gboolean learn,
	       GError **error)
{
	g_autoptr(Layers) layers = read_message(engine, message_source(message), true, error);
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
	bool written = view_write(judgement, verdict, message_source(message), out, error) &&
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
	out->layers = read_message(engine, source, false, error);
	out->judgement = out->layers == NULL ? NULL : judge_signature(out->layers);
	return out->judgement != NULL;
}

bool
incoming_learn(PsEngine *engine, Reading *reading, HarvestResult *out, GError **error)
{
	reading->layers->engine = engine;
	return judge_sender(reading->judgement, error) && harvest(reading->judgement, out, error);
}
