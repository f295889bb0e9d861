/* SPDX-License-Identifier: MPL-2.0 */
/* What is said to people: every verdict and warning in one sentence, in one table. */
#pragma once

#include "engine/verdict.h"

/* The verdict in one sentence; (transfer full). */
char *sentence_verdict(const PsVerdict *verdict);

/* The sentence for a warning code; @detail (may be NULL) fills its gap; (transfer full). */
char *sentence_warning(const char *code, const char *detail);
