/* SPDX-License-Identifier: MPL-2.0 */
/* AlgorithmIdentifiers of digests and signatures, read and written (RFC 3370, 4056, 5754, 5753,
 * 8419). */
#pragma once

#include "cms/ber.h"
#include "cms/digest.h"

typedef enum {
	CMS_SCHEME_UNKNOWN,
	CMS_SCHEME_RSA, /* PKCS #1 v1.5 */
	CMS_SCHEME_RSA_PSS,
	CMS_SCHEME_ECDSA,
	CMS_SCHEME_ED25519,
	CMS_SCHEME_DSA, /* recognised, never accepted */
} CmsScheme;

/* "rsa", "rsa-pss", "ecdsa", "ed25519", "dsa", "unknown": signature.algorithm of the verdict. */
const char *cms_scheme_name(CmsScheme scheme);

typedef struct {
	CmsScheme scheme;
	CmsDigest digest; /* named by the algorithm itself; UNKNOWN: the digestAlgorithm beside it
			     counts */
	unsigned salt;    /* RSA-PSS: octets of salt */
} CmsSignatureAlg;

/* Weakest that is accepted. */
#define CMS_RSA_MIN_BITS 2048

/* Octets [from tag] of one AlgorithmIdentifier -> what it names. CMS_OID_UNKNOWN if malformed. */
CmsOid cms_alg_oid(BaseBytes algorithm);

/* A digest AlgorithmIdentifier; parameters absent or NULL. CMS_DIGEST_UNKNOWN otherwise. */
CmsDigest cms_alg_digest(BaseBytes algorithm);

/*
 * A signature AlgorithmIdentifier. False if malformed (wrong parameters included); an algorithm
 * that we do not know is true with CMS_SCHEME_UNKNOWN. RSA-PSS must use MGF1 with the same digest
 * and trailer 1.
 */
bool cms_alg_signature(BaseBytes algorithm, CmsSignatureAlg *out);

/* Parameters are absent for SHA-2 (RFC 5754 section 2). */
void cms_alg_put_digest(GByteArray *out, CmsDigest digest);
/* As signatureAlgorithm of a SignerInfo; @alg->digest must be set. RSA is written as rsaEncryption
 * with NULL. */
void cms_alg_put_signature(GByteArray *out, const CmsSignatureAlg *alg);

/* True for two AlgorithmIdentifiers that mean the same: octets equal, or absent against NULL
 * parameters. */
bool cms_alg_equal(BaseBytes a, BaseBytes b);
