/* SPDX-License-Identifier: MPL-2.0 */
/* Two domains side by side: may one be taken for the other? */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Standing of the domain that may be imitated. */
typedef enum {
	TRUST_STANDING_NONE,
	TRUST_STANDING_SEEN,
	TRUST_STANDING_ESTABLISHED,
	TRUST_STANDING_IMITATED, /* on the list of often-imitated names */
	TRUST_STANDING_OWN,
} TrustStanding;

typedef struct {
	char *host;         /* as it came; A-labels, lower case, no dot at the end */
	const char *domain; /* the registrable part of host */
	const char *suffix; /* what follows its first label, "" if nothing does */
	char *label;        /* the first label as U-label */
	char *strict;       /* of label, and so on (lookalike_fold.h) */
	char *plain;        /* strict without hyphens */
	char *loose;
	char *coarse;
	char *contracted;   /* coarse key of the contracted text */
	bool international; /* label is not ASCII */
	bool mixed; /* scripts mix in a label of the host, or whole labels are of letters that
		       are confusable with ASCII ones */
	bool unchecked;
} TrustDomain;

/* NULL if @host is none: too long, empty labels, an address literal. */
TrustDomain *trust_domain_new(const char *host);
void trust_domain_free(TrustDomain *domain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TrustDomain, trust_domain_free)

/* The registrable domain of @host (after the @ of an address as well); NULL as above, or libpsl is
 * missing (*@unchecked becomes true). */
char *trust_domain_registrable(const char *host, bool *unchecked);
/* What a link to @host leads to: its registrable domain, or the host where it has none (an address
 * literal); NULL: it is no host, or libpsl is missing. */
char *trust_link_target(const char *host);
/* The host of an address; "" if it has none. */
const char *trust_domain_host(const char *address);

/* How @sender resembles @original (both not the same), a static string; NULL: it does not. */
const char *trust_domain_resembles(const TrustDomain *sender, const TrustDomain *original,
				   TrustStanding standing);

/* Both suffixes are countries' (or com): one company has often all of them. */
bool trust_domain_family(const TrustDomain *a, const TrustDomain *b);

/* Edits (insert, delete, replace, swap of neighbours) between two texts, cut at @limit + 1. */
unsigned trust_edits(const char *a, const char *b, unsigned limit);
