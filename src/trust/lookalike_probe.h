/* SPDX-License-Identifier: MPL-2.0 */
/* The keys under which a domain that a sender resembles is filed. */
#pragma once

#include "trust/lookalike_compare.h"

#define TRUST_PROBES_MAX 1500

/*
 * A set of texts (keys of trust_fold_coarse()), at most TRUST_PROBES_MAX: the sender's own, those
 * of its spellings and parts, and those one edit away, unless its label is too short for that or of
 * another script. A look-up by each finds every domain that trust_domain_resembles() knows with the
 * same suffix, however many there are.
 */
GHashTable *trust_probe_keys(const TrustDomain *sender);
