/* SPDX-License-Identifier: MPL-2.0 */
/* The inside of incoming.c, for learning from existing mail in two halves. */
#pragma once

#include "base/source.h"
#include "engine/harvest.h"

/* Reads and checks all layers of @source; @deep as in Layers. PS_ERROR_MALFORMED (no message),
 * PS_ERROR_LIMIT, PS_ERROR_IO. */
Layers *incoming_layers(PsEngine *engine, BaseSource *source, bool deep, GError **error);

/* A message of which only its octets were asked. */
typedef struct {
	Layers *layers;
	Judgement *judgement;
} Reading;

void reading_clear(Reading *reading);

/* The first half, which several threads may do, each with its own @engine. PS_ERROR_MALFORMED (no
 * message), PS_ERROR_LIMIT, PS_ERROR_IO. */
bool incoming_read(PsEngine *engine, BaseSource *source, Reading *out, GError **error);
/* The second half, with the engine that writes to the store. */
bool incoming_learn(PsEngine *engine, Reading *reading, HarvestResult *out, GError **error);
