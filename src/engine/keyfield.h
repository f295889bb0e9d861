/* SPDX-License-Identifier: MPL-2.0 */
/* The key that travels in the header alone. */
#pragma once

#include "engine/judge.h"

/* A Postseal-Key field of the author whose proof holds (design.md 3.2), as its two certificates
 * (transfer full); false if there is none. */
bool keyfield_read(const Judgement *judgement, CertInfo **leaf, CertInfo **root);
