/* SPDX-License-Identifier: MPL-2.0 */
/* One level of the envelope while octets are pushed through it: a MIME entity that is a layer or
 * the payload. */
#pragma once

#include "engine/layers.h"

typedef struct Level Level;

/* @release: where the payload's body goes; NULL in a checking pass. */
Level *level_new(Layers *layers, guint depth, BaseSink *release);
void level_free(Level *level);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Level, level_free)

/* Takes the octets of the entity. */
BaseSink *level_sink(Level *level);
/* Ends it and all inside it; then the results are in the layers. */
bool level_finish(Level *root, GError **error);
/* The depth of the outermost layer that asks for another pass; G_MAXUINT if none does. */
guint level_again(const Level *root);

/* The layer at @depth, made if need be, its results of an earlier pass forgotten. */
Layer *layers_at(Layers *layers, guint depth, LayerForm form);
