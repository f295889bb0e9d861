/* SPDX-License-Identifier: MPL-2.0 */
/* Copy and free functions of boxed types that the public API does not offer. */
#pragma once

#include <postseal/postseal.h>

PsIdentity *data_identity_copy(const PsIdentity *identity);
void data_identity_free(PsIdentity *identity);
PsLearned *data_learned_copy(const PsLearned *learned);
