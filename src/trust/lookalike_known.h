/* SPDX-License-Identifier: MPL-2.0 */
/* What the store knows of senders: standing, and the keys they are filed under. */
#pragma once

#include "store/domain.h"
#include "trust/lookalike_compare.h"

/* Standing of a domain as it was before a message that came from there at @received (0: now). */
TrustStanding trust_standing_before(const StoreDomain *domain, int64_t received);
/* The same of one address; at hosts where everybody has a mailbox the domain tells nothing. */
bool trust_caller_established(const StoreCaller *caller, int64_t received);

/* Is it a host where everybody may have a mailbox? */
bool trust_domain_is_public(const char *domain);

/* The key of an address: its local part folded (0 as o, rn as m), its domain as it is. */
char *trust_address_key(const char *address, bool *unchecked);
