/* SPDX-License-Identifier: MPL-2.0 */
/* The history of a correspondent, as a list and as a line. */
#pragma once

#include "web/json.h"
#include <postseal/peer.h>

/* Adds "timeline": [{"at","at_text","what","text"}] and "chart": {"marks":[{"what","x","text"}]},
 * null if there is nothing to draw. */
void web_timeline_add(JsonObject *object, const PsPeer *peer);
