/* SPDX-License-Identifier: MPL-2.0 */
/* A known name as a part of another domain. */
#pragma once

#include "trust/lookalike_compare.h"

/*
 * paypal.com.example.net or paypal.com-x.net (any standing), and what stands with the name in one
 * label: paypal-support.com. @distinctive: a name that is no word of a language, so anything may
 * stand with it, without hyphen too where it is bait (paypalsupport.com).
 */
bool trust_domain_inside(const TrustDomain *sender, const TrustDomain *original,
			 TrustStanding standing, bool distinctive);

/* The domains that @sender's host begins with (of char *), at most TRUST_INSIDE_MAX. */
#define TRUST_INSIDE_MAX 8
GPtrArray *trust_domain_beginnings(const TrustDomain *sender);
/* What the hyphens of its label let stand alone (of char *, strict texts). */
#define TRUST_TOKENS_MAX 6
GPtrArray *trust_domain_tokens(const TrustDomain *sender);

/* Words that say nothing about who it is: support, secure, com. */
bool trust_word_is_bait(const char *word, size_t n);
