/* SPDX-License-Identifier: MPL-2.0 */
/* The rules by which a signature holds. */
#include "cms/verify.h"

static const char *const names[] = {
	[CMS_SIGNATURE_OK] = "ok",
	[CMS_SIGNATURE_NONE] = "none",
	[CMS_SIGNATURE_DIGEST_MISMATCH] = "digest-mismatch",
	[CMS_SIGNATURE_BAD] = "bad-signature",
	[CMS_SIGNATURE_NO_SIGNER_CERTIFICATE] = "no-signer-certificate",
	[CMS_SIGNATURE_MALFORMED] = "malformed",
	[CMS_SIGNATURE_WEAK_ALGORITHM] = "weak-algorithm",
	[CMS_SIGNATURE_SEVERAL_SIGNERS] = "several-signers",
	[CMS_SIGNATURE_CONTENT_CONFLICT] = "content-conflict",
	[CMS_SIGNATURE_NOT_AT_ROOT] = "not-at-root",
	[CMS_SIGNATURE_WRONG_USAGE] = "wrong-usage",
	[CMS_SIGNATURE_SIGNING_TIME_MISMATCH] = "signing-time-mismatch",
	[CMS_SIGNATURE_UNSUPPORTED_ALGORITHM] = "unsupported-algorithm",
};

/* Certificates tried for one signer: several may share issuer and serial, or an identifier. */
#define MAX_TRIES 8

const char *
cms_signature_reason_name(CmsSignatureReason reason)
{
	return names[reason];
}

/* RFC 5652 section 5.6 and 11, RFC 6211 section 2, apart from the digest. */
static CmsSignatureReason
check_attributes(const CmsSignedData *sd, const CmsSignerInfo *si)
{
	const CmsAttributes *a = &si->attrs;
	if (!base_bytes_equal(a->content_type, sd->content_type) || a->message_digest.n == 0) {
		return CMS_SIGNATURE_MALFORMED;
	}
	if (!a->has_protection) {
		return CMS_SIGNATURE_OK;
	}
	/* the tag is [1] there and SEQUENCE here: compare behind it */
	BaseBytes protected = a->protected_signature;
	BaseBytes used = si->signature_algorithm;
	if (protected.n < 2 || !cms_alg_equal(a->protected_digest, si->digest_algorithm) ||
	    !base_bytes_equal(base_bytes(protected.p + 1, protected.n - 1),
			      base_bytes(used.p + 1, used.n - 1))) {
		return CMS_SIGNATURE_BAD;
	}
	return CMS_SIGNATURE_OK;
}

/* The algorithm with its digest, which must not contradict digestAlgorithm. */
static bool
effective_algorithm(const CmsSignerInfo *si, CmsSignatureAlg *alg)
{
	*alg = si->alg;
	if (alg->digest == CMS_DIGEST_UNKNOWN) {
		alg->digest = si->digest;
	}
	return alg->digest == si->digest;
}

static CmsSignatureReason
check_form(const CmsSignedData *sd, const CmsSignerInfo *si, BaseBytes content_digest,
	   CmsSignatureAlg *alg)
{
	if (sd->content_oid != CMS_OID_DATA && sd->content_oid != CMS_OID_RECEIPT) {
		return CMS_SIGNATURE_MALFORMED;
	}
	if (si->scheme == CMS_SCHEME_UNKNOWN || si->digest == CMS_DIGEST_UNKNOWN) {
		return CMS_SIGNATURE_UNSUPPORTED_ALGORITHM;
	}
	/* digestAlgorithms exists to name it (RFC 5652 section 5.1) */
	if (!effective_algorithm(si, alg) || (sd->digests & CMS_DIGEST_BIT(si->digest)) == 0) {
		return CMS_SIGNATURE_MALFORMED;
	}
	if (content_digest.n != cms_digest_size(si->digest)) {
		return CMS_SIGNATURE_UNSUPPORTED_ALGORITHM;
	}
	if (!si->has_signed_attrs) {
		/* without them only the mathematics of old, weak signatures are of interest */
		return si->scheme == CMS_SCHEME_ED25519 ? CMS_SIGNATURE_MALFORMED
							: CMS_SIGNATURE_OK;
	}
	CmsSignatureReason reason = check_attributes(sd, si);
	if (reason == CMS_SIGNATURE_OK &&
	    !base_bytes_equal(content_digest, si->attrs.message_digest)) {
		return CMS_SIGNATURE_DIGEST_MISMATCH;
	}
	return reason;
}

/* The serial number comes first in a certificate: most are told apart without reading on. */
static bool
has_serial(BaseBytes certificate, BaseBytes serial)
{
	BaseBytes in;
	BaseBytes tbs;
	BaseBytes found;
	if (!cms_ber_value(&certificate, CMS_TAG_SEQUENCE, &in) ||
	    !cms_ber_value(&in, CMS_TAG_SEQUENCE, &tbs)) {
		return false;
	}
	cms_ber_value(&tbs, CMS_TAG_CONTEXT_CONSTRUCTED(0), NULL);
	return cms_ber_value(&tbs, CMS_TAG_INTEGER, &found) && base_bytes_equal(found, serial);
}

static bool
names_signer(const CmsSignerInfo *si, BaseBytes certificate)
{
	CmsCertificateId id;
	if (si->ski.n == 0 && !has_serial(certificate, si->serial)) {
		return false;
	}
	if (!cms_certificate_id(certificate, &id)) {
		return false;
	}
	if (si->ski.n > 0) {
		return base_bytes_equal(si->ski, id.ski);
	}
	return base_bytes_equal(si->issuer, id.issuer);
}

/* signingCertificate(V2), if present, picks the certificate (RFC 5035 section 3). */
static bool
is_picked(const CmsSignerInfo *si, const CmsCacheEntry *entry)
{
	const CmsAttributes *a = &si->attrs;
	uint8_t digest[CMS_DIGEST_MAX];
	if (!si->has_signed_attrs || a->cert_hash.n == 0) {
		return true;
	}
	if (a->cert_digest == CMS_DIGEST_SHA256) {
		return base_bytes_equal(a->cert_hash,
					base_bytes(entry->sha256, sizeof(entry->sha256)));
	}
	return cms_digest_compute(a->cert_digest, base_bytes_of(entry->der), digest) &&
	       base_bytes_equal(a->cert_hash, base_bytes(digest, cms_digest_size(a->cert_digest)));
}

/* What is signed: signedAttrs under the tag SET OF instead of [0] (RFC 5652 section 5.4). */
static CmsMaths
maths(const CmsSignerInfo *si, const CmsSignatureAlg *alg, BaseBytes content_digest,
      const CmsKey *key)
{
	uint8_t room[4096];
	g_autofree uint8_t *large = NULL;
	uint8_t *set = room;
	if (!si->has_signed_attrs) {
		return cms_key_verify_digest(key, alg, content_digest, si->signature);
	}
	size_t n = si->signed_attrs.n;
	if (n > sizeof(room) - 16) {
		set = large = g_malloc(n + 16);
	}
	set[0] = CMS_TAG_SET;
	size_t head = 1 + cms_der_put_length(set + 1, n);
	memcpy(set + head, si->signed_attrs.p, n);
	return cms_key_verify(key, alg, base_bytes(set, head + n), si->signature);
}

typedef struct {
	bool named;  /* a certificate is what sid names */
	bool picked; /* and what signingCertificate picks */
	CmsMaths maths;
	bool weak;
	GBytes *certificate;
} Outcome;

static bool
try_certificate(const CmsSignerInfo *si, const CmsSignatureAlg *alg, BaseBytes content_digest,
		const CmsCacheEntry *entry, Outcome *out)
{
	out->named = true;
	if (entry == NULL || !is_picked(si, entry)) {
		return false;
	}
	out->picked = true;
	CmsMaths result = entry->key == NULL ? CMS_MATHS_UNSUPPORTED
					     : maths(si, alg, content_digest, entry->key);
	if (result == CMS_MATHS_UNSUPPORTED) {
		return false;
	}
	out->maths = result;
	if (result == CMS_MATHS_FAIL) {
		return false;
	}
	out->weak = cms_digest_is_weak(alg->digest) || cms_key_is_weak(entry->key);
	out->certificate = g_bytes_ref(entry->der);
	return true;
}

static CmsSignatureReason
judge(const CmsSignerInfo *si, const Outcome *out)
{
	if (!out->named) {
		return CMS_SIGNATURE_NO_SIGNER_CERTIFICATE;
	}
	if (!out->picked || out->maths == CMS_MATHS_FAIL) {
		return CMS_SIGNATURE_BAD;
	}
	if (out->maths == CMS_MATHS_UNSUPPORTED) {
		return CMS_SIGNATURE_UNSUPPORTED_ALGORITHM;
	}
	if (out->weak) {
		return CMS_SIGNATURE_WEAK_ALGORITHM;
	}
	return si->has_signed_attrs ? CMS_SIGNATURE_OK : CMS_SIGNATURE_MALFORMED;
}

CmsSignatureReason
cms_verify(const CmsSignedData *sd, const CmsSignerInfo *si, BaseBytes content_digest,
	   CmsKeyCache *cache, GBytes **signer_cert)
{
	CmsSignatureAlg alg;
	if (sd->n_signers > 1) {
		return CMS_SIGNATURE_SEVERAL_SIGNERS;
	}
	if (si == NULL) {
		return CMS_SIGNATURE_NONE;
	}
	CmsSignatureReason reason =
		si->malformed ? CMS_SIGNATURE_MALFORMED : check_form(sd, si, content_digest, &alg);
	if (reason != CMS_SIGNATURE_OK) {
		return reason;
	}
	Outcome out = {.maths = CMS_MATHS_UNSUPPORTED};
	guint tries = 0;
	for (guint i = 0; i < sd->n_certs && tries < MAX_TRIES; i++) {
		if (!names_signer(si, sd->certs[i])) {
			continue;
		}
		tries++;
		const CmsCacheEntry *entry = cms_key_cache_get(cache, sd->certs[i]);
		if (try_certificate(si, &alg, content_digest, entry, &out)) {
			break;
		}
	}
	reason = judge(si, &out);
	g_autoptr(GBytes) certificate = out.certificate;
	if (signer_cert != NULL &&
	    (reason == CMS_SIGNATURE_OK || reason == CMS_SIGNATURE_WEAK_ALGORITHM)) {
		*signer_cert = g_steal_pointer(&certificate);
	}
	return reason;
}
