/* SPDX-License-Identifier: MPL-2.0 */
/* Public keys from SubjectPublicKeyInfo, and signatures checked under them. */
#include "cms/key.h"
#include "base/error.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/* A context after verify_init, for the algorithm that was last asked for. */
typedef struct {
	CmsSignatureAlg alg;
	EVP_PKEY_CTX *context;
	EVP_MD_CTX *message; /* Ed25519 */
} Prepared;

struct CmsKey {
	gint refs;
	CmsKeyType type;
	int bits;
	EVP_PKEY *evp;
	Prepared *prepared;
};

static CmsKey *
key_wrap(EVP_PKEY *evp, CmsKeyType type)
{
	CmsKey *key = g_new0(CmsKey, 1);
	key->refs = 1;
	key->type = type;
	key->evp = evp;
	key->bits = EVP_PKEY_get_bits(evp);
	key->prepared = g_new0(Prepared, 1);
	return key;
}

CmsKey *
cms_key_ref(CmsKey *key)
{
	g_atomic_int_inc(&key->refs);
	return key;
}

void
cms_key_unref(CmsKey *key)
{
	if (key != NULL && g_atomic_int_dec_and_test(&key->refs)) {
		EVP_PKEY_CTX_free(key->prepared->context);
		EVP_MD_CTX_free(key->prepared->message);
		EVP_PKEY_free(key->evp);
		g_free(key->prepared);
		g_free(key);
	}
}

CmsKeyType
cms_key_type(const CmsKey *key)
{
	return key->type;
}

int
cms_key_bits(const CmsKey *key)
{
	return key->bits;
}

EVP_PKEY *
cms_key_evp(const CmsKey *key)
{
	return key->evp;
}

bool
cms_key_is_weak(const CmsKey *key)
{
	switch (key->type) {
	case CMS_KEY_RSA:
	case CMS_KEY_RSA_PSS:
		return key->bits < CMS_RSA_MIN_BITS;
	case CMS_KEY_EC:
		return key->bits < 224;
	case CMS_KEY_DSA:
		return true;
	case CMS_KEY_ED25519:
	case CMS_KEY_X25519:
	case CMS_KEY_OTHER:
	default:
		return false;
	}
}

CmsKeyType
cms_key_type_of(EVP_PKEY *key)
{
	static const struct {
		int id;
		CmsKeyType type;
	} types[] = {
		{EVP_PKEY_RSA, CMS_KEY_RSA},       {EVP_PKEY_RSA_PSS, CMS_KEY_RSA_PSS},
		{EVP_PKEY_EC, CMS_KEY_EC},         {EVP_PKEY_ED25519, CMS_KEY_ED25519},
		{EVP_PKEY_X25519, CMS_KEY_X25519}, {EVP_PKEY_DSA, CMS_KEY_DSA},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
		if (EVP_PKEY_get_base_id(key) == types[i].id) {
			return types[i].type;
		}
	}
	return CMS_KEY_OTHER;
}

/* ---- import ---- */

static EVP_PKEY *
from_parameters(const char *type, OSSL_PARAM *parameters)
{
	EVP_PKEY *evp = NULL;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &evp, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
		evp = NULL;
		ERR_clear_error();
	}
	EVP_PKEY_CTX_free(context);
	return evp;
}

/* The octets of a positive INTEGER without leading zeros; empty if it is none. */
static BaseBytes
positive(BaseBytes *in)
{
	BaseBytes v = {0};
	if (!cms_ber_value(in, CMS_TAG_INTEGER, &v) || v.n == 0 || (v.p[0] & 0x80) != 0) {
		return (BaseBytes){0};
	}
	while (v.n > 0 && v.p[0] == 0) {
		v = base_bytes(v.p + 1, v.n - 1);
	}
	return v;
}

/* OSSL_PARAM wants the byte order of the machine. */
static OSSL_PARAM
integer_parameter(const char *name, BaseBytes big_endian, uint8_t *room)
{
	for (size_t i = 0; i < big_endian.n; i++) {
		size_t to = G_BYTE_ORDER == G_LITTLE_ENDIAN ? big_endian.n - 1 - i : i;
		room[to] = big_endian.p[i];
	}
	return OSSL_PARAM_construct_BN(name, room, big_endian.n);
}

/* Odd, at least 3, at most 64 bits: everything else is an attack on whoever verifies. */
static bool
exponent_is_sane(BaseBytes e)
{
	return e.n > 0 && e.n <= 8 && (e.p[e.n - 1] & 1) != 0 && (e.n > 1 || e.p[0] >= 3);
}

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } (RFC 8017 A.1.1) */
static CmsKey *
import_rsa(BaseBytes point, GError **error)
{
	uint8_t n_room[BASE_LIMIT_RSA_BITS / 8];
	uint8_t e_room[8];
	BaseBytes in;
	if (!cms_ber_only(point, CMS_TAG_SEQUENCE, &in)) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "an RSA key is malformed");
	}
	BaseBytes n = positive(&in);
	BaseBytes e = positive(&in);
	if (n.n == 0 || in.n != 0 || !exponent_is_sane(e) || (n.p[n.n - 1] & 1) == 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "an RSA key makes no sense");
	}
	if (n.n > sizeof(n_room)) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT, "an RSA key is larger than %d bits",
				      BASE_LIMIT_RSA_BITS);
	}
	OSSL_PARAM parameters[] = {integer_parameter(OSSL_PKEY_PARAM_RSA_N, n, n_room),
				   integer_parameter(OSSL_PKEY_PARAM_RSA_E, e, e_room),
				   OSSL_PARAM_construct_end()};
	EVP_PKEY *evp = from_parameters("RSA", parameters);
	if (evp == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "an RSA key makes no sense");
	}
	return key_wrap(evp, CMS_KEY_RSA);
}

static const struct {
	CmsOid oid;
	const char *name;
} curves[] = {
	{CMS_OID_P256, "P-256"},
	{CMS_OID_P384, "P-384"},
	{CMS_OID_P521, "P-521"},
	{CMS_OID_BRAINPOOL_P256R1, "brainpoolP256r1"},
	{CMS_OID_BRAINPOOL_P384R1, "brainpoolP384r1"},
	{CMS_OID_BRAINPOOL_P512R1, "brainpoolP512r1"},
};

/* Only named curves (RFC 5480 section 2.1.1); libcrypto refuses points that are not on them. */
static CmsKey *
import_ec(BaseBytes parameters, BaseBytes point, GError **error)
{
	BaseBytes curve = {0};
	const char *name = NULL;
	CmsOid oid = cms_ber_oid(&parameters, &curve) ? cms_oid_find(curve) : CMS_OID_UNKNOWN;
	for (size_t i = 0; i < G_N_ELEMENTS(curves); i++) {
		name = curves[i].oid == oid ? curves[i].name : name;
	}
	if (name == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNSUPPORTED, "a key is on an unknown curve");
	}
	g_autofree char *group = g_strdup(name);
	g_autofree void *octets = g_memdup2(point.p, point.n);
	OSSL_PARAM list[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets, point.n),
		OSSL_PARAM_construct_end()};
	EVP_PKEY *evp = point.n == 0 ? NULL : from_parameters("EC", list);
	if (evp == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
				      "a public key is not on its curve");
	}
	return key_wrap(evp, CMS_KEY_EC);
}

/* RFC 8410: the octets are the key, parameters are absent. */
static CmsKey *
import_raw(CmsOid oid, BaseBytes parameters, BaseBytes point, GError **error)
{
	const char *name = oid == CMS_OID_ED25519 ? "ED25519" : "X25519";
	EVP_PKEY *evp = parameters.n != 0 ? NULL
					  : EVP_PKEY_new_raw_public_key_ex(NULL, name, NULL,
									   point.p, point.n);
	if (evp == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "an %s key is malformed", name);
	}
	return key_wrap(evp, oid == CMS_OID_ED25519 ? CMS_KEY_ED25519 : CMS_KEY_X25519);
}

/* The RSA limits for keys that libcrypto has read. */
static bool
rsa_is_sane(EVP_PKEY *evp)
{
	BIGNUM *e = NULL;
	uint8_t octets[8] = {0};
	bool ok = EVP_PKEY_get_bits(evp) <= BASE_LIMIT_RSA_BITS &&
		  EVP_PKEY_get_bn_param(evp, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
		  BN_bn2binpad(e, octets, sizeof(octets)) == sizeof(octets) && BN_is_odd(e) &&
		  !BN_is_one(e);
	BN_free(e);
	return ok;
}

/* Odd ones (RSA-PSS keys, DSA, Ed448) take the long way through libcrypto. */
static CmsKey *
import_other(BaseBytes spki, GError **error)
{
	const uint8_t *p = spki.p;
	EVP_PKEY *evp = spki.n > BASE_LIMIT_CERT ? NULL : d2i_PUBKEY(NULL, &p, (long)spki.n);
	if (evp == NULL) {
		ERR_clear_error();
		return BASE_FAIL_NULL(error, PS_ERROR_UNSUPPORTED,
				      "a public key is of an unknown kind");
	}
	CmsKeyType type = cms_key_type_of(evp);
	if (type == CMS_KEY_EC ||
	    ((type == CMS_KEY_RSA || type == CMS_KEY_RSA_PSS) && !rsa_is_sane(evp))) {
		EVP_PKEY_free(evp);
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "a public key makes no sense");
	}
	return key_wrap(evp, type);
}

CmsKey *
cms_key_new(BaseBytes spki, GError **error)
{
	BaseBytes in;
	BaseBytes octets;
	BaseBytes parameters;
	BaseBytes bits;
	if (!cms_ber_only(spki, CMS_TAG_SEQUENCE, &in) ||
	    !cms_ber_algorithm(&in, &octets, &parameters) ||
	    !cms_ber_value(&in, CMS_TAG_BIT_STRING, &bits) || in.n != 0 || bits.n < 1 ||
	    bits.p[0] != 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "a public key is malformed");
	}
	BaseBytes point = base_bytes(bits.p + 1, bits.n - 1);
	CmsOid oid = cms_oid_find(octets);
	if (oid == CMS_OID_RSA) {
		return import_rsa(point, error);
	}
	if (oid == CMS_OID_EC_PUBLIC_KEY) {
		return import_ec(parameters, point, error);
	}
	if (oid == CMS_OID_ED25519 || oid == CMS_OID_X25519) {
		return import_raw(oid, parameters, point, error);
	}
	return import_other(spki, error);
}

CmsKey *
cms_key_new_certificate(BaseBytes certificate, GError **error)
{
	CmsCertificateId id;
	if (!cms_certificate_id(certificate, &id)) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "a certificate is malformed");
	}
	return cms_key_new(id.spki, error);
}

/* ---- verification ---- */

/* What does not hold is a result: libcrypto's queue of errors must not tell it to somebody else. */
static CmsMaths
outcome(int verified)
{
	if (verified == 1) {
		return CMS_MATHS_HOLD;
	}
	ERR_clear_error();
	return CMS_MATHS_FAIL;
}

static bool
fits(const CmsKey *key, CmsScheme scheme)
{
	static const CmsKeyType wanted[] = {
		[CMS_SCHEME_UNKNOWN] = CMS_KEY_OTHER,   [CMS_SCHEME_RSA] = CMS_KEY_RSA,
		[CMS_SCHEME_RSA_PSS] = CMS_KEY_RSA,     [CMS_SCHEME_ECDSA] = CMS_KEY_EC,
		[CMS_SCHEME_ED25519] = CMS_KEY_ED25519, [CMS_SCHEME_DSA] = CMS_KEY_DSA,
	};
	return scheme != CMS_SCHEME_UNKNOWN &&
	       (wanted[scheme] == key->type ||
		(scheme == CMS_SCHEME_RSA_PSS && key->type == CMS_KEY_RSA_PSS));
}

static bool
set_up(EVP_PKEY_CTX *context, const CmsSignatureAlg *alg)
{
	const EVP_MD *md = cms_digest_md(alg->digest);
	if (md == NULL || EVP_PKEY_verify_init(context) != 1) {
		return false;
	}
	if (alg->scheme == CMS_SCHEME_RSA &&
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) != 1) {
		return false;
	}
	if (alg->scheme == CMS_SCHEME_RSA_PSS &&
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) != 1) {
		return false;
	}
	if (EVP_PKEY_CTX_set_signature_md(context, md) != 1) {
		return false;
	}
	return alg->scheme != CMS_SCHEME_RSA_PSS ||
	       (EVP_PKEY_CTX_set_rsa_mgf1_md(context, md) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)alg->salt) == 1);
}

static EVP_PKEY_CTX *
prepare(const CmsKey *key, const CmsSignatureAlg *alg)
{
	Prepared *p = key->prepared;
	if (p->context != NULL && p->alg.scheme == alg->scheme && p->alg.digest == alg->digest &&
	    p->alg.salt == alg->salt) {
		return p->context;
	}
	EVP_PKEY_CTX_free(p->context);
	p->context = EVP_PKEY_CTX_new_from_pkey(NULL, key->evp, NULL);
	p->alg = *alg;
	if (p->context == NULL || !set_up(p->context, alg)) {
		EVP_PKEY_CTX_free(p->context);
		p->context = NULL;
	}
	return p->context;
}

CmsMaths
cms_key_verify_digest(const CmsKey *key, const CmsSignatureAlg *alg, BaseBytes digest,
		      BaseBytes signature)
{
	if (!fits(key, alg->scheme) || alg->scheme == CMS_SCHEME_ED25519 ||
	    digest.n != cms_digest_size(alg->digest)) {
		return CMS_MATHS_UNSUPPORTED;
	}
	EVP_PKEY_CTX *context = prepare(key, alg);
	if (context == NULL) {
		return CMS_MATHS_UNSUPPORTED;
	}
	return outcome(EVP_PKEY_verify(context, signature.p, signature.n, digest.p, digest.n));
}

static CmsMaths
verify_ed25519(const CmsKey *key, BaseBytes message, BaseBytes signature)
{
	Prepared *p = key->prepared;
	if (p->message == NULL) {
		p->message = EVP_MD_CTX_new();
	}
	EVP_MD_CTX_reset(p->message);
	if (EVP_DigestVerifyInit_ex(p->message, NULL, NULL, NULL, NULL, key->evp, NULL) != 1) {
		return CMS_MATHS_UNSUPPORTED;
	}
	return outcome(
		EVP_DigestVerify(p->message, signature.p, signature.n, message.p, message.n));
}

CmsMaths
cms_key_verify(const CmsKey *key, const CmsSignatureAlg *alg, BaseBytes message,
	       BaseBytes signature)
{
	uint8_t digest[CMS_DIGEST_MAX];
	if (!fits(key, alg->scheme)) {
		return CMS_MATHS_UNSUPPORTED;
	}
	if (alg->scheme == CMS_SCHEME_ED25519) {
		return verify_ed25519(key, message, signature);
	}
	if (!cms_digest_compute(alg->digest, message, digest)) {
		return CMS_MATHS_UNSUPPORTED;
	}
	return cms_key_verify_digest(key, alg, base_bytes(digest, cms_digest_size(alg->digest)),
				     signature);
}

bool
cms_raw_sign(EVP_PKEY *key, BaseBytes message, GBytes **signature, GError **error)
{
	const char *md = cms_key_type_of(key) == CMS_KEY_ED25519 ? NULL : "SHA2-256";
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t n = 0;
	g_autofree uint8_t *out = NULL;
	bool ok = EVP_DigestSignInit_ex(context, NULL, md, NULL, NULL, key, NULL) == 1 &&
		  EVP_DigestSign(context, NULL, &n, message.p, message.n) == 1;
	if (ok) {
		out = g_malloc(n);
		ok = EVP_DigestSign(context, out, &n, message.p, message.n) == 1;
	}
	EVP_MD_CTX_free(context);
	if (!ok) {
		return base_fail(error, PS_ERROR_CRYPTO, "this key cannot sign");
	}
	*signature = g_bytes_new(out, n);
	return true;
}

bool
cms_raw_verify(const CmsKey *key, BaseBytes message, BaseBytes signature)
{
	static const CmsScheme schemes[] = {
		[CMS_KEY_OTHER] = CMS_SCHEME_UNKNOWN,   [CMS_KEY_RSA] = CMS_SCHEME_RSA,
		[CMS_KEY_RSA_PSS] = CMS_SCHEME_UNKNOWN, [CMS_KEY_EC] = CMS_SCHEME_ECDSA,
		[CMS_KEY_ED25519] = CMS_SCHEME_ED25519, [CMS_KEY_X25519] = CMS_SCHEME_UNKNOWN,
		[CMS_KEY_DSA] = CMS_SCHEME_UNKNOWN,
	};
	const CmsSignatureAlg alg = {schemes[key->type], CMS_DIGEST_SHA256, 0};
	return !cms_key_is_weak(key) &&
	       cms_key_verify(key, &alg, message, signature) == CMS_MATHS_HOLD;
}
