/* SPDX-License-Identifier: MPL-2.0 */
/* A known name as a part of another domain. */
#pragma once

#include "trust/lookalike_compare.h"

/*
 * paypal.com.example.net, paypal.com-x.net or paypal.com.de (any standing), what stands with the
 * name in one label: paypal-support.com, nordbank24.de, and paypal.example.net. @distinctive: a
 * name that is no word of a language, so anything may stand with it, and shorter ones count.
 */
bool trust_domain_inside(const TrustDomain *sender, const TrustDomain *original,
			 TrustStanding standing, bool distinctive);

/* The domains that @sender's host begins with (of char *), at most TRUST_INSIDE_MAX: half the
 * octets of a host. */
#define TRUST_INSIDE_MAX 127
GPtrArray *trust_domain_beginnings(const TrustDomain *sender);
/* What the hyphens of its label, or bait beside it, let stand alone (of char *, strict texts). */
#define TRUST_TOKENS_MAX 6
GPtrArray *trust_domain_tokens(const TrustDomain *sender);
/* The labels before its own domain that may be a known name (of char *, strict texts). */
#define TRUST_LABELS_MAX 16
GPtrArray *trust_domain_labels(const TrustDomain *sender);

/* Words that say nothing about who it is: support, secure, com. */
bool trust_word_is_bait(const char *word, size_t n);
