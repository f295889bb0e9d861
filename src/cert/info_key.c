/* SPDX-License-Identifier: MPL-2.0 */
/* Public keys of certificates (RFC 3279, 5480, 8410) and the signatures made with them. */
#include "base/error.h"
#include "base/limits.h"
#include "cert/der.h"
#include "cert/info_private.h"
#include "cert/openssl_auto.h"

#define OID(s)                                      \
	{                                           \
		(const uint8_t *)(s), sizeof(s) - 1 \
	}

/* Octets of a public exponent, its sign included: 64 bits, as libcrypto has it for large moduli. */
#define RSA_EXPONENT_MAX 9U

typedef struct {
	BaseBytes oid; /* of the key, or of the named curve */
	CertKeyKind kind;
	unsigned bits;
	const char *libcrypto; /* name of the group or key type */
} KeyType;

static const BaseBytes oid_rsa = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");
static const BaseBytes oid_rsa_pss = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a");
static const BaseBytes oid_ec = OID("\x2a\x86\x48\xce\x3d\x02\x01");

static const KeyType named_curves[] = {
	{OID("\x2a\x86\x48\xce\x3d\x03\x01\x07"), CERT_KEY_EC_P256, 256, "P-256"},
	{OID("\x2b\x81\x04\x00\x22"), CERT_KEY_EC_P384, 384, "P-384"},
	{OID("\x2b\x81\x04\x00\x23"), CERT_KEY_EC_P521, 521, "P-521"},
};

static const KeyType raw_keys[] = {
	{OID("\x2b\x65\x70"), CERT_KEY_ED25519, 256, "ED25519"},
	{OID("\x2b\x65\x6e"), CERT_KEY_X25519, 256, "X25519"},
};

const char *
cert_key_kind_name(CertKeyKind kind)
{
	static const char *const kind_names[] = {
		[CERT_KEY_OTHER] = "other",   [CERT_KEY_RSA] = "rsa",
		[CERT_KEY_EC_P256] = "p256",  [CERT_KEY_EC_P384] = "p384",
		[CERT_KEY_EC_P521] = "p521",  [CERT_KEY_ED25519] = "ed25519",
		[CERT_KEY_X25519] = "x25519",
	};
	return (size_t)kind < G_N_ELEMENTS(kind_names) ? kind_names[kind] : "other";
}

static const KeyType *
find_type(const KeyType *types, size_t n, BaseBytes oid)
{
	for (size_t i = 0; i < n; i++) {
		if (base_bytes_equal(types[i].oid, oid)) {
			return &types[i];
		}
	}
	return NULL;
}

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } */
static bool
split_rsa(BaseBytes bits, BaseBytes *modulus, BaseBytes *exponent)
{
	BaseBytes key;
	if (!cert_der_take(&bits, CERT_DER_SEQUENCE, &key) || bits.n != 0 ||
	    !cert_der_take(&key, CERT_DER_INTEGER, modulus) ||
	    !cert_der_take(&key, CERT_DER_INTEGER, exponent) || key.n != 0) {
		return false;
	}
	while (modulus->n > 0 && modulus->p[0] == 0) {
		*modulus = base_bytes(modulus->p + 1, modulus->n - 1);
	}
	return modulus->n > 0 && exponent->n > 0;
}

static bool
read_rsa(CertInfo *info)
{
	BaseBytes modulus;
	BaseBytes exponent;
	if (!split_rsa(info->priv->key_bits, &modulus, &exponent)) {
		return false;
	}
	info->key_kind = CERT_KEY_RSA;
	info->key_bits = (unsigned)(modulus.n - 1) * 8 + g_bit_storage(modulus.p[0]);
	return true;
}

static void
read_type(CertInfo *info, const KeyType *type)
{
	if (type != NULL) {
		info->key_kind = type->kind;
		info->key_bits = type->bits;
	}
}

/* SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
 */
bool
cert_info_read_key(CertInfo *info, GError **error)
{
	CertInfoPrivate *priv = info->priv;
	BaseBytes whole = info->spki;
	BaseBytes spki;
	BaseBytes algorithm;
	BaseBytes curve;
	if (!cert_der_take(&whole, CERT_DER_SEQUENCE, &spki) ||
	    !cert_der_take(&spki, CERT_DER_SEQUENCE, &algorithm) ||
	    !cert_der_take(&algorithm, CERT_DER_OID, &priv->key_algorithm) ||
	    !cert_der_take_octet_bits(&spki, &priv->key_bits) || spki.n != 0) {
		return base_fail(error, PS_ERROR_MALFORMED, "not a certificate: the key is broken");
	}
	priv->pss_only = base_bytes_equal(priv->key_algorithm, oid_rsa_pss);
	bool rsa = priv->pss_only || base_bytes_equal(priv->key_algorithm, oid_rsa);
	if (rsa && !read_rsa(info)) {
		return base_fail(error, PS_ERROR_MALFORMED,
				 "not a certificate: the RSA key is broken");
	}
	if (base_bytes_equal(priv->key_algorithm, oid_ec) &&
	    cert_der_take(&algorithm, CERT_DER_OID, &curve)) {
		read_type(info, find_type(named_curves, G_N_ELEMENTS(named_curves), curve));
	}
	read_type(info, find_type(raw_keys, G_N_ELEMENTS(raw_keys), priv->key_algorithm));
	return true;
}

/* From parameters, which is forty times quicker than libcrypto's decoder (doc/performance.md). */
static EVP_PKEY *
make_key(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY *key = NULL;
	g_autoptr(EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
		return NULL;
	}
	return key;
}

/* OSSL_PARAM wants native order; certificates are big-endian. The result must outlive the key's
 * making. */
static OSSL_PARAM
number_param(const char *name, BaseBytes big_endian, uint8_t *native)
{
	for (size_t i = 0; i < big_endian.n; i++) {
		size_t to = G_BYTE_ORDER == G_LITTLE_ENDIAN ? big_endian.n - 1 - i : i;
		native[to] = big_endian.p[i];
	}
	return OSSL_PARAM_construct_BN(name, native, big_endian.n);
}

/* Odd, positive, at least 3. */
static bool
is_exponent(BaseBytes e)
{
	return (e.p[0] & 0x80) == 0 && (e.p[e.n - 1] & 1) != 0 && (e.n > 1 || e.p[0] >= 3);
}

/* EC keys name their curve; anything else would be its parameters. */
static bool
names_curve(const CertInfo *info)
{
	BaseBytes whole = info->spki;
	BaseBytes spki;
	BaseBytes algorithm;
	BaseBytes oid;
	BaseBytes curve;
	return cert_der_take(&whole, CERT_DER_SEQUENCE, &spki) &&
	       cert_der_take(&spki, CERT_DER_SEQUENCE, &algorithm) &&
	       cert_der_take(&algorithm, CERT_DER_OID, &oid) &&
	       cert_der_take(&algorithm, CERT_DER_OID, &curve);
}

static bool
is_handled_rsa(const CertInfo *info)
{
	BaseBytes modulus;
	BaseBytes exponent;
	return split_rsa(info->priv->key_bits, &modulus, &exponent) &&
	       info->key_bits <= BASE_LIMIT_RSA_BITS && exponent.n <= RSA_EXPONENT_MAX &&
	       is_exponent(exponent);
}

bool
cert_info_key_is_handled(const CertInfo *info)
{
	if (info->key_kind == CERT_KEY_RSA) {
		return is_handled_rsa(info);
	}
	return !base_bytes_equal(info->priv->key_algorithm, oid_ec) || names_curve(info);
}

static EVP_PKEY *
make_any(const CertInfo *info)
{
	const unsigned char *p = info->spki.p;
	return d2i_PUBKEY(NULL, &p, (long)info->spki.n);
}

static EVP_PKEY *
make_rsa(const CertInfo *info, GError **error)
{
	BaseBytes modulus = {0};
	BaseBytes exponent = {0};
	uint8_t n[BASE_LIMIT_RSA_BITS / 8];
	uint8_t e[RSA_EXPONENT_MAX];
	if (!is_handled_rsa(info)) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT,
				      "an RSA key of %u bits is beyond what is handled",
				      info->key_bits);
	}
	if (info->priv->pss_only) {
		return make_any(info);
	}
	split_rsa(info->priv->key_bits, &modulus, &exponent);
	OSSL_PARAM params[] = {
		number_param(OSSL_PKEY_PARAM_RSA_N, modulus, n),
		number_param(OSSL_PKEY_PARAM_RSA_E, exponent, e),
		OSSL_PARAM_construct_end(),
	};
	return make_key("RSA", params);
}

static EVP_PKEY *
make_ec(const CertInfo *info)
{
	/* libcrypto copies both before it returns; it only lacks the const. */
	BaseBytes point = info->priv->key_bits;
	g_autofree uint8_t *copy = g_memdup2(point.p, point.n);
	char group[8] = "";
	for (size_t i = 0; i < G_N_ELEMENTS(named_curves); i++) {
		if (named_curves[i].kind == info->key_kind) {
			g_strlcpy(group, named_curves[i].libcrypto, sizeof(group));
		}
	}
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy, point.n),
		OSSL_PARAM_construct_end(),
	};
	return make_key("EC", params);
}

static EVP_PKEY *
make_public_key(const CertInfo *info, GError **error)
{
	const CertInfoPrivate *priv = info->priv;
	EVP_PKEY *key = NULL;
	g_autoptr(GError) limit = NULL;
	switch (info->key_kind) {
	case CERT_KEY_RSA:
		key = make_rsa(info, &limit);
		break;
	case CERT_KEY_EC_P256:
	case CERT_KEY_EC_P384:
	case CERT_KEY_EC_P521:
		key = make_ec(info);
		break;
	case CERT_KEY_ED25519:
	case CERT_KEY_X25519:
		key = EVP_PKEY_new_raw_public_key_ex(NULL, cert_key_kind_name(info->key_kind), NULL,
						     priv->key_bits.p, priv->key_bits.n);
		break;
	case CERT_KEY_OTHER:
		key = cert_info_key_is_handled(info) ? make_any(info) : NULL;
		break;
	}
	if (limit != NULL) {
		g_propagate_error(error, g_steal_pointer(&limit));
	} else if (key == NULL) {
		base_fail(error, PS_ERROR_UNSUPPORTED, "the key of the certificate cannot be used");
	}
	ERR_clear_error();
	return key;
}

EVP_PKEY *
cert_info_key(const CertInfo *info, GError **error)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&info->priv->lock);
	if (info->priv->key == NULL) {
		info->priv->key = make_public_key(info, error);
	}
	return info->priv->key;
}

bool
cert_info_has_key(const CertInfo *info, const EVP_PKEY *key)
{
	const EVP_PKEY *own = cert_info_key(info, NULL);
	bool same = own != NULL && key != NULL && EVP_PKEY_eq(own, key) == 1;
	ERR_clear_error();
	return same;
}
