/* SPDX-License-Identifier: MPL-2.0 */
/* Names that are often imitated: our list and the user's. */
#pragma once

#include "trust/lookalike_compare.h"

typedef struct {
	char *name;         /* as people write it */
	char *key;          /* its trust_name_key(); NULL: it is no name to compare */
	char *label;        /* the folded name without blanks, as it would be in a domain */
	GPtrArray *domains; /* of TrustDomain: the true ones, the best known first */
	bool nowhere;       /* a name only: the one domain is a stand-in */
	bool everywhere;    /* has its label under most countries and com */
	bool part;          /* a part of other names, too */
	bool word;          /* of a language: other words come near it */
	bool group;         /* of houses that have it in their own names: sparkasse-bremen.de */
	bool person;        /* a first name, too */
} TrustBrand;

/* Of TrustBrand. @path: the user's file, NULL or missing: none. One name or domain per line, # for
 * comments, -name takes one of ours away. */
GPtrArray *trust_brands(const char *path);

/* The domain to name when somebody poses as the brand, or its name. */
const char *trust_brand_original(const TrustBrand *brand, const TrustDomain *domain);
/* True if @domain is the brand's own. */
bool trust_brand_owns(const TrustBrand *brand, const TrustDomain *domain);
/* The same, or mail from there may well have the brand's name. */
bool trust_brand_may_use(const TrustBrand *brand, const TrustDomain *domain);
