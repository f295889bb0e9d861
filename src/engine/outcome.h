/* SPDX-License-Identifier: MPL-2.0 */
/* Building a PsOutcome. */
#pragma once

#include "engine/copy.h"

PsOutcome *outcome_new(void);
/* Nothing leaves, and this is why. */
void outcome_refuse(PsOutcome *outcome, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* The decision as it is told; @readers of Reader. */
void outcome_fill(PsOutcome *outcome, const Sending *sending, const GPtrArray *readers);
