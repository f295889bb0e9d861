/* SPDX-License-Identifier: MPL-2.0 */
/* Signatures on certificates (RFC 5280 section 4.1.1.3). */
#include "cert/der.h"
#include "cert/info_private.h"
#include "cert/openssl_auto.h"

#define OID(s)                                      \
	{                                           \
		(const uint8_t *)(s), sizeof(s) - 1 \
	}

typedef enum {
	FAMILY_RSA,
	FAMILY_EC,
	FAMILY_ED25519,
} Family;

/* What is checked by hand, without libcrypto's slow certificate parser. */
static const struct {
	BaseBytes oid;
	const char *digest; /* NULL: the algorithm brings its own */
	Family family;
} algorithms[] = {
	{OID("\x2a\x86\x48\xce\x3d\x04\x03\x02"), "SHA256", FAMILY_EC},
	{OID("\x2a\x86\x48\xce\x3d\x04\x03\x03"), "SHA384", FAMILY_EC},
	{OID("\x2a\x86\x48\xce\x3d\x04\x03\x04"), "SHA512", FAMILY_EC},
	{OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"), "SHA256", FAMILY_RSA},
	{OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"), "SHA384", FAMILY_RSA},
	{OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"), "SHA512", FAMILY_RSA},
	{OID("\x2b\x65\x70"), NULL, FAMILY_ED25519},
};

static const BaseBytes weak_algorithms[] = {
	OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02"), /* md2WithRSAEncryption */
	OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x03"), /* md4WithRSAEncryption */
	OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04"), /* md5WithRSAEncryption */
	OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"), /* sha1WithRSAEncryption */
	OID("\x2b\x0e\x03\x02\x1d"),                 /* sha1WithRSA of OIW */
	OID("\x2a\x86\x48\xce\x3d\x04\x01"),         /* ecdsa-with-SHA1 */
	OID("\x2a\x86\x48\xce\x38\x04\x03"),         /* dsa-with-sha1 */
};

static BaseBytes
algorithm_oid(BaseBytes whole)
{
	BaseBytes fields;
	BaseBytes oid = {0};
	if (cert_der_take(&whole, CERT_DER_SEQUENCE, &fields)) {
		cert_der_take(&fields, CERT_DER_OID, &oid);
	}
	return oid;
}

bool
cert_info_weak_digest(const CertInfo *info)
{
	BaseBytes oid = algorithm_oid(info->priv->algorithm);
	size_t i = 0;
	while (i < G_N_ELEMENTS(weak_algorithms) && !base_bytes_equal(weak_algorithms[i], oid)) {
		i++;
	}
	return i < G_N_ELEMENTS(weak_algorithms);
}

static bool
family_fits(Family family, CertKeyKind kind)
{
	bool ec = kind == CERT_KEY_EC_P256 || kind == CERT_KEY_EC_P384 || kind == CERT_KEY_EC_P521;
	return (family == FAMILY_RSA && kind == CERT_KEY_RSA) || (family == FAMILY_EC && ec) ||
	       (family == FAMILY_ED25519 && kind == CERT_KEY_ED25519);
}

static bool
verify_octets(EVP_PKEY *key, const char *digest, BaseBytes tbs, BaseBytes signature)
{
	g_autoptr(EVP_MD_CTX) ctx = EVP_MD_CTX_new();
	return ctx != NULL &&
	       EVP_DigestVerifyInit_ex(ctx, NULL, digest, NULL, NULL, key, NULL) == 1 &&
	       EVP_DigestVerify(ctx, signature.p, signature.n, tbs.p, tbs.n) == 1;
}

bool
cert_info_verifies(const CertInfo *issuer, BaseBytes algorithm, BaseBytes tbs, BaseBytes signature,
		   bool *known)
{
	EVP_PKEY *key = cert_info_key(issuer, NULL);
	BaseBytes oid = algorithm_oid(algorithm);
	*known = key == NULL;
	for (size_t i = 0; key != NULL && i < G_N_ELEMENTS(algorithms); i++) {
		if (base_bytes_equal(algorithms[i].oid, oid)) {
			*known = true;
			return family_fits(algorithms[i].family, issuer->key_kind) &&
			       verify_octets(key, algorithms[i].digest, tbs, signature);
		}
	}
	return false;
}

/* PSS, SHA-1 and what else libcrypto knows. */
static bool
verify_certificate(const CertInfo *info, EVP_PKEY *key)
{
	g_autoptr(X509) x509 = cert_info_to_x509(info);
	return x509 != NULL && X509_verify(x509, key) == 1;
}

static bool
verify_signature(const CertInfo *info, const CertInfo *issuer)
{
	const CertInfoPrivate *p = info->priv;
	bool known = false;
	if (!base_bytes_equal(p->algorithm, p->inner_algorithm)) {
		return false;
	}
	bool good = cert_info_verifies(issuer, p->algorithm, p->tbs, p->signature, &known);
	return known ? good : verify_certificate(info, cert_info_key(issuer, NULL));
}

static bool
read_cache(const CertInfo *info, const char *issuer, bool *result)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&info->priv->lock);
	*result = info->priv->issuer_signed;
	return g_strcmp0(info->priv->issuer_checked, issuer) == 0;
}

static void
write_cache(const CertInfo *info, const char *issuer, bool result)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&info->priv->lock);
	g_free(info->priv->issuer_checked);
	info->priv->issuer_checked = g_strdup(issuer);
	info->priv->issuer_signed = result;
}

#define MEMO_MAX 4096U /* pairs of certificates, 200 octets each */

/* Certificates come again with every message, each time as new objects. That one signed the other
 * stays true for ever, since the fingerprints cover every octet; only that is remembered. */
static GMutex memo_lock;
static GHashTable *memo; /* fingerprint of a certificate and of its issuer, as one text */

static bool
is_remembered(const char *pair)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&memo_lock);
	return memo != NULL && g_hash_table_contains(memo, pair);
}

static void
remember(const char *pair)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&memo_lock);
	if (memo == NULL) {
		memo = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	}
	if (g_hash_table_size(memo) >= MEMO_MAX) {
		g_hash_table_remove_all(memo);
	}
	g_hash_table_add(memo, g_strdup(pair));
}

static bool
signed_by(const CertInfo *info, const CertInfo *issuer)
{
	g_autofree char *pair = g_strconcat(info->fingerprint, issuer->fingerprint, NULL);
	if (is_remembered(pair)) {
		return true;
	}
	bool result = verify_signature(info, issuer);
	ERR_clear_error();
	if (result) {
		remember(pair);
	}
	return result;
}

bool
cert_info_signed_by(const CertInfo *info, const CertInfo *issuer)
{
	bool result = false;
	if (!read_cache(info, issuer->fingerprint, &result)) {
		result = signed_by(info, issuer);
		write_cache(info, issuer->fingerprint, result);
	}
	return result;
}

bool
cert_info_issued_by(const CertInfo *info, const CertInfo *issuer)
{
	return base_bytes_equal(info->issuer_name, issuer->subject_name) &&
	       cert_info_signed_by(info, issuer);
}

bool
cert_info_self_signed(const CertInfo *info)
{
	return info->self_issued && cert_info_issued_by(info, info);
}
