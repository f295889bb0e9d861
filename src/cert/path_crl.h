/* SPDX-License-Identifier: MPL-2.0 */
/* Which revocation lists count for a path, and what they say; private to this folder. */
#pragma once

#include "cert/path.h"
#include <openssl/x509.h>

typedef struct {
	GPtrArray *lists;          /* the genuine ones */
	STACK_OF(X509_CRL) *shown; /* those that libcrypto is to look at */
	STACK_OF(X509) *signers;   /* those of the lists that are not on the path */
	int64_t at;                /* the time that is asked about */
	int64_t change;            /* when the next one begins to count; INT64_MAX if none does */
} CertPathCrls;

void cert_path_crls_clear(CertPathCrls *crls);

/*
 * Genuine are those of @crls (GBytes DER, may be NULL) that a certificate of @chain signed, or one
 * of @others that a certificate of @chain issued (RFC 5280 section 6.3.3 f). libcrypto picks a CRL
 * by name and date before it looks at the signature, so a forged one would hide the true one; and
 * it prefers one that has not run out, so an old one with a long life would hide a newer one. It is
 * shown only the newest of each issuer, key and scope at @at.
 */
void cert_path_choose_crls(GPtrArray *crls, const STACK_OF(X509) *chain,
			   const STACK_OF(X509) *others, int64_t at, CertPathCrls *out);

/* True if a complete list by the key above it names a certificate of @chain, and no newer one of
 * the same issuer and key leaves it out: what was revoked stays so, also when the list runs out. */
bool cert_path_crls_revoke(const CertPathCrls *crls, const STACK_OF(X509) *chain);
