/* SPDX-License-Identifier: MPL-2.0 */
/* Revocation lists (RFC 5280 section 5): those of personal roots, and reading any. */
#pragma once

#include "cert/identity.h"

typedef enum {
	CERT_CRL_UNUSABLE, /* no CRL, not by this root, broken, or from the future */
	CERT_CRL_CLEAR,
	CERT_CRL_REVOKED,
} CertCrl;

/*
 * A CRL v2 by the root of @identity that revokes @leaves (CertInfo) for keyCompromise at @now; good
 * until the end of the root. PS_ERROR_UNAVAILABLE without the root's key.
 */
GBytes *cert_crl_new(const CertIdentity *identity, GPtrArray *leaves, int64_t now, GError **error);

/*
 * What @crl says about @leaf at @at; checked with the key of @root. An old CRL still revokes.
 */
CertCrl cert_crl_revokes(BaseBytes crl, const CertInfo *root, const CertInfo *leaf, int64_t at);

/* The head of a CRL; every BaseBytes lies in the octets it was read from. */
typedef struct {
	BaseBytes issuer_name; /* Name, complete DER */
	BaseBytes aki;         /* keyIdentifier of authorityKeyIdentifier, n 0 if absent */
	BaseBytes number;      /* contents of cRLNumber without leading zeros, n 0 if absent */
	int64_t this_update;
	int64_t next_update;   /* INT64_MAX if it names none */
	BaseBytes scope;       /* extnValue of issuingDistributionPoint, n 0 if absent */
	bool delta;            /* only tells what changed */
	bool partial;          /* a delta CRL, or one that an issuingDistributionPoint narrows */
	bool unknown_critical; /* has a critical extension that we do not know, or an entry has one:
				  nothing may be concluded from it (RFC 5280 sections 5.2, 5.3) */
} CertCrlInfo;

/* PS_ERROR_LIMIT beyond BASE_LIMIT_CRL octets, PS_ERROR_MALFORMED for what is not exactly one CRL
 * in DER. No cryptography. */
bool cert_crl_read(BaseBytes crl, CertCrlInfo *out, GError **error);

/* True if @crl is worth keeping for later: no delta, without critical extensions that we do not
 * know, and not from after @now. Says nothing about the signature. */
bool cert_crl_usable(BaseBytes crl, int64_t now);

/*
 * Under what to keep @crl, of its issuer's lists, so that none takes the place of another that it
 * cannot replace: SHA-256 of the key of @signer, who signed it, and of the scope; with @signer NULL
 * (nobody known did) of the list itself. NULL if it cannot be read; (transfer full)
 */
GBytes *cert_crl_slot(BaseBytes crl, const CertInfo *signer);

/* By age: less than 0 if @a is older than @b, more than 0 if newer; thisUpdate counts, then the
 * number. */
int cert_crl_compare(const CertCrlInfo *a, const CertCrlInfo *b);

/* True if @issuer (its name, its key, cRLSign) signed @crl. Says nothing about time. */
bool cert_crl_issued_by(BaseBytes crl, const CertInfo *issuer);
