/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Public keys, imported straight from SubjectPublicKeyInfo (RFC 5280, 8017, 5480, 8410) without the
 * decoder machinery of libcrypto, with prepared verification contexts; and a cache of them, so that
 * a signer seen before costs nothing. None of this is for more than one thread at a time.
 */
#pragma once

#include "base/limits.h"
#include "cms/alg.h"

typedef enum {
	CMS_KEY_OTHER,
	CMS_KEY_RSA,
	CMS_KEY_RSA_PSS, /* a key that may only sign PSS */
	CMS_KEY_EC,
	CMS_KEY_ED25519,
	CMS_KEY_X25519,
	CMS_KEY_DSA,
} CmsKeyType;

typedef struct CmsKey CmsKey;

/*
 * Imports a key. @spki is the DER SubjectPublicKeyInfo, @certificate a DER Certificate.
 * PS_ERROR_MALFORMED: broken, or an RSA exponent even, < 3 or > 64 bits, or a point off its curve;
 * PS_ERROR_LIMIT: RSA over BASE_LIMIT_RSA_BITS; PS_ERROR_UNSUPPORTED.
 */
CmsKey *cms_key_new(BaseBytes spki, GError **error);
CmsKey *cms_key_new_certificate(BaseBytes certificate, GError **error);
CmsKey *cms_key_ref(CmsKey *key);
void cms_key_unref(CmsKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CmsKey, cms_key_unref)

CmsKeyType cms_key_type(const CmsKey *key);
/* Of the modulus, or of the group's order. */
int cms_key_bits(const CmsKey *key);
/* RSA under CMS_RSA_MIN_BITS, EC under 224 bits, DSA. */
bool cms_key_is_weak(const CmsKey *key);
/* Borrowed. */
EVP_PKEY *cms_key_evp(const CmsKey *key);
/* The type of a private or public key of libcrypto. */
CmsKeyType cms_key_type_of(EVP_PKEY *key);

typedef enum {
	CMS_MATHS_HOLD,
	CMS_MATHS_FAIL,
	CMS_MATHS_UNSUPPORTED, /* scheme and key do not go together, or libcrypto has it not */
} CmsMaths;

/* Does @signature hold over the octets of @message? @alg->digest must be set (ignored for Ed25519).
 */
CmsMaths cms_key_verify(const CmsKey *key, const CmsSignatureAlg *alg, BaseBytes message,
			BaseBytes signature);
/* The same over a digest that was computed before; CMS_MATHS_UNSUPPORTED for Ed25519. */
CmsMaths cms_key_verify_digest(const CmsKey *key, const CmsSignatureAlg *alg, BaseBytes digest,
			       BaseBytes signature);

/* SHA-256 with RSA PKCS #1 or ECDSA; Ed25519 pure. For proofs outside CMS (Postseal-Key,
 * hand-over). */
bool cms_raw_sign(EVP_PKEY *key, BaseBytes message, GBytes **signature, GError **error);
bool cms_raw_verify(const CmsKey *key, BaseBytes message, BaseBytes signature);

/* Parts of a certificate that identify it; borrowed from the DER. */
typedef struct {
	BaseBytes issuer;  /* DER Name, tag included */
	BaseBytes subject; /* DER Name, tag included */
	BaseBytes serial;  /* content octets of the INTEGER */
	BaseBytes spki;    /* DER, tag included */
	BaseBytes ski;     /* of the extension; empty if there is none */
} CmsCertificateId;

/* Reads just that much of @certificate; false if it is malformed. */
bool cms_certificate_id(BaseBytes certificate, CmsCertificateId *out);

/* ------------------------------------------------------------------------------------------------
 */

/* A certificate as the cache keeps it; lives until the next cms_key_cache_get() or free. */
typedef struct {
	GBytes *der;
	CmsCertificateId id; /* borrowed from @der */
	CmsKey *key;         /* NULL: the key cannot be used */
	uint8_t sha256[32];  /* the fingerprint */
} CmsCacheEntry;

typedef struct CmsKeyCache CmsKeyCache;

/* At most @max certificates stay (at least 1), the least recently used goes first. */
CmsKeyCache *cms_key_cache_new(guint max);
void cms_key_cache_free(CmsKeyCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CmsKeyCache, cms_key_cache_free)

/* The entry of @certificate, made if need be; NULL if it is malformed. */
const CmsCacheEntry *cms_key_cache_get(CmsKeyCache *cache, BaseBytes certificate);
