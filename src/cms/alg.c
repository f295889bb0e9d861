/* SPDX-License-Identifier: MPL-2.0 */
/* AlgorithmIdentifiers of digests and signatures. */
#include "cms/alg.h"

/* What the parameters of an algorithm may be. */
typedef enum {
	PARAMETERS_NONE,    /* absent */
	PARAMETERS_NULL,    /* absent or NULL */
	PARAMETERS_ANY,     /* not looked at */
	PARAMETERS_RSA_PSS, /* RSASSA-PSS-params */
} Parameters;

typedef struct {
	CmsOid oid;
	CmsScheme scheme;
	CmsDigest digest;
	Parameters parameters;
} Entry;

static const Entry entries[] = {
	{CMS_OID_RSA, CMS_SCHEME_RSA, CMS_DIGEST_UNKNOWN, PARAMETERS_NULL},
	{CMS_OID_RSA_SHA256, CMS_SCHEME_RSA, CMS_DIGEST_SHA256, PARAMETERS_NULL},
	{CMS_OID_ECDSA_SHA256, CMS_SCHEME_ECDSA, CMS_DIGEST_SHA256, PARAMETERS_NULL},
	{CMS_OID_RSA_PSS, CMS_SCHEME_RSA_PSS, CMS_DIGEST_UNKNOWN, PARAMETERS_RSA_PSS},
	{CMS_OID_ED25519, CMS_SCHEME_ED25519, CMS_DIGEST_SHA512, PARAMETERS_NONE},
	{CMS_OID_RSA_MD5, CMS_SCHEME_RSA, CMS_DIGEST_MD5, PARAMETERS_NULL},
	{CMS_OID_RSA_SHA1, CMS_SCHEME_RSA, CMS_DIGEST_SHA1, PARAMETERS_NULL},
	{CMS_OID_RSA_SHA224, CMS_SCHEME_RSA, CMS_DIGEST_SHA224, PARAMETERS_NULL},
	{CMS_OID_RSA_SHA384, CMS_SCHEME_RSA, CMS_DIGEST_SHA384, PARAMETERS_NULL},
	{CMS_OID_RSA_SHA512, CMS_SCHEME_RSA, CMS_DIGEST_SHA512, PARAMETERS_NULL},
	{CMS_OID_EC_PUBLIC_KEY, CMS_SCHEME_ECDSA, CMS_DIGEST_UNKNOWN, PARAMETERS_ANY},
	{CMS_OID_ECDSA_SHA1, CMS_SCHEME_ECDSA, CMS_DIGEST_SHA1, PARAMETERS_NULL},
	{CMS_OID_ECDSA_SHA224, CMS_SCHEME_ECDSA, CMS_DIGEST_SHA224, PARAMETERS_NULL},
	{CMS_OID_ECDSA_SHA384, CMS_SCHEME_ECDSA, CMS_DIGEST_SHA384, PARAMETERS_NULL},
	{CMS_OID_ECDSA_SHA512, CMS_SCHEME_ECDSA, CMS_DIGEST_SHA512, PARAMETERS_NULL},
	{CMS_OID_DSA, CMS_SCHEME_DSA, CMS_DIGEST_UNKNOWN, PARAMETERS_ANY},
	{CMS_OID_DSA_SHA1, CMS_SCHEME_DSA, CMS_DIGEST_SHA1, PARAMETERS_ANY},
	{CMS_OID_DSA_SHA256, CMS_SCHEME_DSA, CMS_DIGEST_SHA256, PARAMETERS_ANY},
};

static const char *const scheme_names[] = {
	[CMS_SCHEME_UNKNOWN] = "unknown", [CMS_SCHEME_RSA] = "rsa",
	[CMS_SCHEME_RSA_PSS] = "rsa-pss", [CMS_SCHEME_ECDSA] = "ecdsa",
	[CMS_SCHEME_ED25519] = "ed25519", [CMS_SCHEME_DSA] = "dsa",
};

const char *
cms_scheme_name(CmsScheme scheme)
{
	return scheme_names[scheme];
}

static bool
read_whole(BaseBytes algorithm, CmsOid *oid, BaseBytes *parameters)
{
	BaseBytes octets;
	if (!cms_ber_algorithm(&algorithm, &octets, parameters) || algorithm.n != 0) {
		return false;
	}
	*oid = cms_oid_find(octets);
	return true;
}

CmsOid
cms_alg_oid(BaseBytes algorithm)
{
	CmsOid oid = CMS_OID_UNKNOWN;
	BaseBytes parameters;
	return read_whole(algorithm, &oid, &parameters) ? oid : CMS_OID_UNKNOWN;
}

static bool
is_null(BaseBytes parameters)
{
	return base_bytes_equal(parameters, BASE_LIT("\x05\x00"));
}

CmsDigest
cms_alg_digest(BaseBytes algorithm)
{
	CmsOid oid;
	BaseBytes parameters;
	if (!read_whole(algorithm, &oid, &parameters) ||
	    (parameters.n != 0 && !is_null(parameters))) {
		return CMS_DIGEST_UNKNOWN;
	}
	return cms_digest_from_oid(oid);
}

/* MGF1 with @digest: SEQUENCE { id-mgf1, HashAlgorithm } */
static bool
mgf1_digest(BaseBytes algorithm, CmsDigest *digest)
{
	CmsOid oid;
	BaseBytes hash;
	if (!read_whole(algorithm, &oid, &hash) || oid != CMS_OID_MGF1) {
		return false;
	}
	*digest = cms_alg_digest(hash);
	return true;
}

/*
 * RSASSA-PSS-params ::= SEQUENCE {                            RFC 4055 section 3.1
 *	hashAlgorithm     [0] HashAlgorithm DEFAULT sha1,
 *	maskGenAlgorithm  [1] MaskGenAlgorithm DEFAULT mgf1SHA1,
 *	saltLength        [2] INTEGER DEFAULT 20,
 *	trailerField      [3] INTEGER DEFAULT 1 }
 */
static bool
pss_parameters(BaseBytes parameters, CmsSignatureAlg *out)
{
	BaseBytes in;
	BaseBytes field;
	CmsDigest digest = CMS_DIGEST_SHA1;
	CmsDigest mask = CMS_DIGEST_SHA1;
	uint64_t salt = 20;
	uint64_t trailer = 1;
	if (!cms_ber_only(parameters, CMS_TAG_SEQUENCE, &in)) {
		return false;
	}
	if (cms_ber_value(&in, CMS_TAG_CONTEXT_CONSTRUCTED(0), &field)) {
		digest = cms_alg_digest(field);
	}
	if (cms_ber_value(&in, CMS_TAG_CONTEXT_CONSTRUCTED(1), &field) &&
	    !mgf1_digest(field, &mask)) {
		return false;
	}
	if (cms_ber_value(&in, CMS_TAG_CONTEXT_CONSTRUCTED(2), &field) &&
	    !cms_ber_uint(&field, &salt)) {
		return false;
	}
	if (cms_ber_value(&in, CMS_TAG_CONTEXT_CONSTRUCTED(3), &field) &&
	    !cms_ber_uint(&field, &trailer)) {
		return false;
	}
	if (in.n != 0 || trailer != 1 || salt > BASE_LIMIT_RSA_BITS / 8) {
		return false;
	}
	bool known = digest != CMS_DIGEST_UNKNOWN && digest == mask;
	out->scheme = known ? CMS_SCHEME_RSA_PSS : CMS_SCHEME_UNKNOWN;
	out->digest = digest;
	out->salt = (unsigned)salt;
	return true;
}

static bool
check_parameters(Parameters kind, BaseBytes parameters, CmsSignatureAlg *out)
{
	switch (kind) {
	case PARAMETERS_NONE:
		return parameters.n == 0;
	case PARAMETERS_NULL:
		return parameters.n == 0 || is_null(parameters);
	case PARAMETERS_RSA_PSS:
		return pss_parameters(parameters, out);
	case PARAMETERS_ANY:
	default:
		return true;
	}
}

bool
cms_alg_signature(BaseBytes algorithm, CmsSignatureAlg *out)
{
	CmsOid oid;
	BaseBytes parameters;
	if (!read_whole(algorithm, &oid, &parameters)) {
		return false;
	}
	CmsSignatureAlg alg = {0};
	for (size_t i = 0; i < G_N_ELEMENTS(entries); i++) {
		const Entry *e = &entries[i];
		if (e->oid != oid) {
			continue;
		}
		alg.scheme = e->scheme;
		alg.digest = e->digest;
		if (!check_parameters(e->parameters, parameters, &alg)) {
			return false;
		}
		break;
	}
	*out = alg;
	return true;
}

void
cms_alg_put_digest(GByteArray *out, CmsDigest digest)
{
	cms_der_algorithm(out, cms_digest_oid(digest), false);
}

/* The hash inside RSASSA-PSS-params carries NULL, as RFC 4055 section 2.1 writes it. */
static void
put_pss(GByteArray *out, const CmsSignatureAlg *alg)
{
	guint parameters = cms_der_begin(out, CMS_TAG_SEQUENCE);
	guint mark = cms_der_begin(out, CMS_TAG_CONTEXT_CONSTRUCTED(0));
	cms_der_algorithm(out, cms_digest_oid(alg->digest), true);
	cms_der_end(out, mark);
	mark = cms_der_begin(out, CMS_TAG_CONTEXT_CONSTRUCTED(1));
	guint mgf = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_oid(out, CMS_OID_MGF1);
	cms_der_algorithm(out, cms_digest_oid(alg->digest), true);
	cms_der_end(out, mgf);
	cms_der_end(out, mark);
	mark = cms_der_begin(out, CMS_TAG_CONTEXT_CONSTRUCTED(2));
	cms_der_uint(out, alg->salt);
	cms_der_end(out, mark);
	cms_der_end(out, parameters);
}

static CmsOid
ecdsa_oid(CmsDigest digest)
{
	for (size_t i = 0; i < G_N_ELEMENTS(entries); i++) {
		if (entries[i].scheme == CMS_SCHEME_ECDSA && entries[i].digest == digest) {
			return entries[i].oid;
		}
	}
	return CMS_OID_UNKNOWN;
}

void
cms_alg_put_signature(GByteArray *out, const CmsSignatureAlg *alg)
{
	guint mark = cms_der_begin(out, CMS_TAG_SEQUENCE);
	switch (alg->scheme) {
	case CMS_SCHEME_RSA_PSS:
		cms_der_oid(out, CMS_OID_RSA_PSS);
		put_pss(out, alg);
		break;
	case CMS_SCHEME_ECDSA:
		cms_der_oid(out, ecdsa_oid(alg->digest));
		break;
	case CMS_SCHEME_ED25519:
		cms_der_oid(out, CMS_OID_ED25519);
		break;
	case CMS_SCHEME_RSA:
	case CMS_SCHEME_DSA:
	case CMS_SCHEME_UNKNOWN:
	default:
		cms_der_oid(out, CMS_OID_RSA);
		cms_der_null(out);
		break;
	}
	cms_der_end(out, mark);
}

bool
cms_alg_equal(BaseBytes a, BaseBytes b)
{
	BaseBytes a_oid;
	BaseBytes a_parameters;
	BaseBytes b_oid;
	BaseBytes b_parameters;
	if (!cms_ber_algorithm(&a, &a_oid, &a_parameters) ||
	    !cms_ber_algorithm(&b, &b_oid, &b_parameters) || !base_bytes_equal(a_oid, b_oid)) {
		return false;
	}
	bool a_empty = a_parameters.n == 0 || is_null(a_parameters);
	bool b_empty = b_parameters.n == 0 || is_null(b_parameters);
	return (a_empty && b_empty) || base_bytes_equal(a_parameters, b_parameters);
}
