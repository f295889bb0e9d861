/* SPDX-License-Identifier: MPL-2.0 */
/* Message digests: names, sizes, one-shot hashing and a filter that hashes what passes through it.
 */
#pragma once

#include "base/sink.h"
#include "cms/oid.h"
#include <openssl/evp.h>

typedef enum {
	CMS_DIGEST_UNKNOWN,
	CMS_DIGEST_MD5,
	CMS_DIGEST_SHA1,
	CMS_DIGEST_SHA224,
	CMS_DIGEST_SHA256,
	CMS_DIGEST_SHA384,
	CMS_DIGEST_SHA512,
	CMS_N_DIGESTS
} CmsDigest;

#define CMS_DIGEST_MAX         64 /* octets of the largest */
#define CMS_DIGEST_BIT(digest) (1U << (digest))

/* "sha256" as in verdicts; "unknown". */
const char *cms_digest_name(CmsDigest digest);
/* "sha-256" as in micalg (RFC 8551 section 3.5.3.2). */
const char *cms_digest_micalg(CmsDigest digest);
/* The reverse, without case, also "sha256" and quoted values; CMS_DIGEST_UNKNOWN. */
CmsDigest cms_digest_from_micalg(BaseBytes micalg);
/* Octets; 0 for CMS_DIGEST_UNKNOWN. */
size_t cms_digest_size(CmsDigest digest);
CmsOid cms_digest_oid(CmsDigest digest);
CmsDigest cms_digest_from_oid(CmsOid oid);
/* MD5 and SHA-1 are weak; unknown is not called weak. */
bool cms_digest_is_weak(CmsDigest digest);
/* Fetched once for the process; NULL for CMS_DIGEST_UNKNOWN or if libcrypto has it not. Borrowed.
 */
const EVP_MD *cms_digest_md(CmsDigest digest);

/* One shot with a context kept per thread; false if libcrypto has no such digest. @out:
 * CMS_DIGEST_MAX. */
bool cms_digest_compute(CmsDigest digest, BaseBytes data, uint8_t out[CMS_DIGEST_MAX]);

/*
 * A filter computing every digest of @mask (CMS_DIGEST_BIT each) of what is written; passes
 * everything on to @next (NULL: to nobody). Digests that libcrypto does not have are left out.
 */
BaseSink *cms_hash_new(guint mask, BaseSink *next);

/* The digest of all that was written, into @out; cms_digest_size() octets. May be asked again, but
 * nothing more may be written after it, until reset. False if @digest is not among the computed. */
bool cms_hash_take(BaseSink *hash, CmsDigest digest, uint8_t out[CMS_DIGEST_MAX]);

/* Starts over, keeping all contexts; @next as in cms_hash_new(). */
void cms_hash_reset(BaseSink *hash, BaseSink *next);
