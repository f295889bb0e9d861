/* SPDX-License-Identifier: MPL-2.0 */
/* One question about a sender while it is answered. Inside of trust/lookalike*.c only. */
#pragma once

#include "trust/lookalike.h"
#include "trust/lookalike_brands.h"
#include "trust/lookalike_known.h"

typedef struct {
	Store *store;
	const TrustAlikeQuestion *question;
	TrustAlike out;
	TrustDomain *sender;  /* NULL: the address has no domain, or libpsl is missing; or the
				 sender is established and shown as it is */
	char *domain;         /* registrable; NULL as above */
	StoreDomain *row;     /* NULL: the domain is unknown */
	GPtrArray *own;       /* our registrable domains (of char *) */
	GPtrArray *brands;    /* of TrustBrand; empty for an established sender */
	int64_t since;        /* when the domain was first seen, this message included */
	int64_t caller_since; /* the same of the address */
	bool established;     /* the domain */
	bool caller_established;
	bool public;        /* everybody may have a mailbox there */
	bool is_own;        /* an address of ours */
	bool own_domain;    /* not public */
	bool standing_only; /* compare with domains of standing alone, known before */
} TrustSuspect;

bool trust_suspect_open(TrustSuspect *c, GError **error);
void trust_suspect_clear(TrustSuspect *c);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TrustSuspect, trust_suspect_clear)

const char *trust_suspect_own(const TrustSuspect *c, size_t i); /* NULL: no more */
/* Did a trusted CA certify @domain for the sender's organization? */
bool trust_suspect_certified(const TrustSuspect *c, const char *domain, bool *out, GError **error);

/*
 * May mail of one more day establish the domain? Not if it looks like another that was known before
 * (lookalike.h). @question: about its mail, as ever.
 */
bool trust_suspect_rises(Store *store, const TrustAlikeQuestion *question, bool *out,
			 GError **error);

bool trust_suspect_name(TrustSuspect *c, GError **error);
bool trust_suspect_links(TrustSuspect *c, GError **error);
