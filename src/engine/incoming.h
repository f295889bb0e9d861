/* SPDX-License-Identifier: MPL-2.0 */
/* Incoming mail, for the rest of the engine. */
#pragma once

#include "engine/harvest.h"

/* Judges one message and harvests it; PS_ERROR_MALFORMED, PS_ERROR_LIMIT for one that cannot be
 * read. */
bool incoming_learn(PsEngine *engine, BaseSource *source, HarvestResult *out, GError **error);
