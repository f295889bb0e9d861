/* SPDX-License-Identifier: MPL-2.0 */
/* What is said to people: every text of a verdict, in the language of the program. */
#pragma once

#include "engine/verdict.h"

/* The verdict in one sentence that ends with a full stop. (transfer full), UTF-8 without control
 * characters. */
char *sentence_verdict(const PsVerdict *verdict);

/* What is known of the signer's name: who vouches for which, or what is only claimed. (transfer
 * full), NULL without a name. */
char *sentence_signer(const PsVerdict *verdict);
