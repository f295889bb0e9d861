/* SPDX-License-Identifier: MPL-2.0 */
/* What the payload's tree holds: its structure, protected parts where they mean nothing, references
 * outside. */
#pragma once

#include "engine/layers.h"

typedef struct Inspect Inspect;

/* Notes what it finds in @layers. */
Inspect *inspect_new(Layers *layers);
void inspect_free(Inspect *inspect); /* NULL is fine */

/* The root's header first, then its raw body through the sink. */
bool inspect_header(Inspect *inspect, const MimeHeader *header, GError **error);
BaseSink *inspect_sink(Inspect *inspect);
bool inspect_finish(Inspect *inspect, GError **error);

/* The header of the first entity below the root; NULL if there is none. Borrowed. */
const MimeHeader *inspect_first_child(const Inspect *inspect);
