/* SPDX-License-Identifier: MPL-2.0 */
/* Certificates (RFC 5280 section 4.1), read once from DER. */
#include "cert/info.h"

#include "base/error.h"
#include "base/hex.h"
#include "base/limits.h"
#include "cert/address.h"
#include "cert/der.h"
#include "cert/info_private.h"
#include "cert/name.h"
#include "cert/openssl_auto.h"

static const BaseBytes oid_common_name = {(const uint8_t *)"\x55\x04\x03", 3};
static const BaseBytes oid_organization = {(const uint8_t *)"\x55\x04\x0a", 3};
static const BaseBytes oid_email = {(const uint8_t *)"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9};

static bool
malformed(GError **error, const char *what)
{
	return base_fail(error, PS_ERROR_MALFORMED, "not a certificate: %s", what);
}

bool
cert_fail_crypto(GError **error, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	ERR_clear_error();
	return base_fail(error, PS_ERROR_CRYPTO, "%s: %s", what,
			 reason != NULL ? reason : "refused");
}

static bool
read_names(CertInfo *info, GError **error)
{
	info->subject = cert_name_text(info->subject_name);
	info->issuer = cert_name_text(info->issuer_name);
	if (info->subject == NULL || info->issuer == NULL) {
		return malformed(error, "a name is broken");
	}
	info->common_name = cert_name_attribute(info->subject_name, oid_common_name);
	info->organization = cert_name_attribute(info->subject_name, oid_organization);
	/* An attribute with a mailbox takes 18 octets at least. */
	info->priv->names = (unsigned)(info->subject_name.n / 18);
	info->self_issued = base_bytes_equal(info->subject_name, info->issuer_name);
	return true;
}

/* The optional fields after the key: unique identifiers [1] and [2], extensions [3]. */
static bool
read_tail(CertInfo *info, BaseBytes tbs, unsigned version, GError **error)
{
	BaseBytes skipped;
	BaseBytes wrapped;
	BaseBytes extensions;
	cert_der_take(&tbs, CERT_DER_CONTEXT(1), &skipped);
	cert_der_take(&tbs, CERT_DER_CONTEXT(2), &skipped);
	if (tbs.n == 0) {
		return true;
	}
	if (version != 3 || !cert_der_take(&tbs, CERT_DER_CONSTRUCTED(3), &wrapped) || tbs.n != 0 ||
	    !cert_der_take(&wrapped, CERT_DER_SEQUENCE, &extensions) || wrapped.n != 0) {
		return malformed(error, "something foreign after the key");
	}
	return cert_info_read_extensions(info, extensions, error);
}

static bool
read_version(BaseBytes *tbs, unsigned *version)
{
	BaseBytes wrapped;
	BaseBytes number;
	*version = 1;
	if (!cert_der_take(tbs, CERT_DER_CONSTRUCTED(0), &wrapped)) {
		return true;
	}
	if (!cert_der_take(&wrapped, CERT_DER_INTEGER, &number) || wrapped.n != 0 ||
	    number.n != 1 || number.p[0] > 2) {
		return false;
	}
	*version = number.p[0] + 1U;
	return true;
}

static bool
read_validity(CertInfo *info, BaseBytes *tbs)
{
	BaseBytes validity;
	return cert_der_take(tbs, CERT_DER_SEQUENCE, &validity) &&
	       cert_der_take_time(&validity, &info->not_before) &&
	       cert_der_take_time(&validity, &info->not_after) && validity.n == 0;
}

/*
 * TBSCertificate ::= SEQUENCE {
 *   version [0] EXPLICIT INTEGER DEFAULT v1, serialNumber INTEGER, signature AlgorithmIdentifier,
 *   issuer Name, validity SEQUENCE { notBefore Time, notAfter Time }, subject Name,
 *   subjectPublicKeyInfo SEQUENCE, issuerUniqueID [1], subjectUniqueID [2], extensions [3] EXPLICIT
 * }
 */
static bool
read_tbs(CertInfo *info, BaseBytes tbs, GError **error)
{
	unsigned version = 0;
	if (!read_version(&tbs, &version) ||
	    !cert_der_take(&tbs, CERT_DER_INTEGER, &info->serial) ||
	    !cert_der_take_whole(&tbs, CERT_DER_SEQUENCE, &info->priv->inner_algorithm) ||
	    !cert_der_take_whole(&tbs, CERT_DER_SEQUENCE, &info->issuer_name)) {
		return malformed(error, "its head is broken");
	}
	if (!read_validity(info, &tbs)) {
		return malformed(error, "its life time is broken");
	}
	if (!cert_der_take_whole(&tbs, CERT_DER_SEQUENCE, &info->subject_name) ||
	    !cert_der_take_whole(&tbs, CERT_DER_SEQUENCE, &info->spki)) {
		return malformed(error, "its subject or key is broken");
	}
	return read_names(info, error) && cert_info_read_key(info, error) &&
	       read_tail(info, tbs, version, error);
}

/* Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue BIT STRING } */
static bool
read_certificate(CertInfo *info, GError **error)
{
	CertInfoPrivate *priv = info->priv;
	BaseBytes in = base_bytes_of(info->der);
	BaseBytes outer;
	if (!cert_der_take(&in, CERT_DER_SEQUENCE, &outer) || in.n != 0 ||
	    !cert_der_take_whole(&outer, CERT_DER_SEQUENCE, &priv->tbs) ||
	    !cert_der_take_whole(&outer, CERT_DER_SEQUENCE, &priv->algorithm) ||
	    !cert_der_take_octet_bits(&outer, &priv->signature) || outer.n != 0) {
		return malformed(error, "the outer form is broken");
	}
	BaseBytes whole = priv->tbs;
	BaseBytes tbs;
	return cert_der_take(&whole, CERT_DER_SEQUENCE, &tbs) && read_tbs(info, tbs, error);
}

/* emailAddress of the subject, where the SAN names nobody. */
static void
add_legacy_address(CertInfo *info)
{
	if (info->addresses->len > 0) {
		return;
	}
	g_autofree char *email = cert_name_attribute(info->subject_name, oid_email);
	cert_info_add_address(info, base_bytes_str(email), true);
	info->addresses_legacy = info->addresses->len > 0;
}

static void
derive(CertInfo *info)
{
	CertKeyKind kind = info->key_kind;
	bool agrees = kind != CERT_KEY_RSA;
	unsigned wanted = agrees ? CERT_USAGE_KEY_AGREEMENT : CERT_USAGE_KEY_ENCIPHERMENT;
	unsigned signs = CERT_USAGE_DIGITAL_SIGNATURE | CERT_USAGE_NON_REPUDIATION;
	bool mail = info->priv->eku_allows_mail;
	info->may_sign_mail = mail && (info->usage & signs) != 0 && kind != CERT_KEY_X25519;
	info->may_encrypt = mail && (info->usage & wanted) != 0 && kind != CERT_KEY_ED25519 &&
			    !info->priv->pss_only;
	info->weak = (kind == CERT_KEY_RSA && info->key_bits < 2048) ||
		     (!info->self_issued && cert_info_weak_digest(info));
	add_legacy_address(info);
}

static CertInfo *
new_empty(GBytes *der)
{
	CertInfo *info = g_new0(CertInfo, 1);
	info->priv = g_new0(CertInfoPrivate, 1);
	info->der = g_bytes_ref(der);
	info->addresses = g_ptr_array_new_with_free_func(g_free);
	info->policies = g_ptr_array_new_with_free_func(g_free);
	info->usage = CERT_USAGE_ANY;
	info->priv->eku_allows_mail = true;
	info->priv->distrust_after = INT64_MAX;
	info->priv->address_keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_atomic_ref_count_init(&info->priv->refs);
	g_mutex_init(&info->priv->lock);
	return info;
}

static bool
set_fingerprint(CertInfo *info, GError **error)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t n = 0;
	BaseBytes der = base_bytes_of(info->der);
	if (EVP_Q_digest(NULL, "SHA256", NULL, der.p, der.n, digest, &n) != 1) {
		return cert_fail_crypto(error, "SHA-256");
	}
	info->fingerprint = base_hex(base_bytes(digest, n));
	return true;
}

CertInfo *
cert_info_new_bytes(GBytes *der, GError **error)
{
	size_t n = g_bytes_get_size(der);
	if (n > BASE_LIMIT_CERT) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT,
				      "a certificate of %" G_GSIZE_FORMAT " octets is too large",
				      n);
	}
	g_autoptr(CertInfo) info = new_empty(der);
	if (!read_certificate(info, error) || !set_fingerprint(info, error)) {
		return NULL;
	}
	if (info->addresses->len > CERT_ADDRESSES_MAX) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT,
				      "a certificate names more than %u addresses",
				      CERT_ADDRESSES_MAX);
	}
	derive(info);
	return g_steal_pointer(&info);
}

CertInfo *
cert_info_new(BaseBytes der, GError **error)
{
	if (der.n > BASE_LIMIT_CERT) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT,
				      "a certificate of %" G_GSIZE_FORMAT " octets is too large",
				      der.n);
	}
	g_autoptr(GBytes) copy = base_bytes_dup(der);
	return cert_info_new_bytes(copy, error);
}

/* Reference counting is the one change that a const object allows. */
static CertInfo *
writable(const CertInfo *info)
{
	union {
		const CertInfo *from;
		CertInfo *to;
	} u = {.from = info};

	return u.to;
}

CertInfo *
cert_info_ref(const CertInfo *info)
{
	g_atomic_ref_count_inc(&info->priv->refs);
	return writable(info);
}

static void
private_free(CertInfoPrivate *priv)
{
	g_hash_table_unref(priv->address_keys);
	g_mutex_clear(&priv->lock);
	EVP_PKEY_free(priv->key);
	g_free(priv->issuer_checked);
	g_free(priv);
}

void
cert_info_unref(CertInfo *info)
{
	if (info == NULL || !g_atomic_ref_count_dec(&info->priv->refs)) {
		return;
	}
	private_free(info->priv);
	g_bytes_unref(info->der);
	g_free(info->fingerprint);
	g_free(info->subject);
	g_free(info->issuer);
	g_free(info->common_name);
	g_free(info->organization);
	g_ptr_array_unref(info->addresses);
	g_ptr_array_unref(info->policies);
	g_free(info);
}

void
cert_info_add_address(CertInfo *info, BaseBytes address, bool ascii)
{
	g_autofree char *key = cert_address_normalise_bytes(address);
	if (key == NULL) {
		return;
	}
	const char *at = strrchr(key, '@');
	bool local_ascii = true;
	for (const char *p = key; p < at; p++) {
		local_ascii = local_ascii && (unsigned char)*p < 0x80;
	}
	if (local_ascii == ascii &&
	    g_hash_table_add(info->priv->address_keys, g_steal_pointer(&key))) {
		g_ptr_array_add(info->addresses, base_bytes_strdup(address));
	}
}

bool
cert_info_names(const CertInfo *info, const char *address)
{
	g_autofree char *key = cert_address_normalise(address);
	return key != NULL && g_hash_table_contains(info->priv->address_keys, key);
}

bool
cert_info_equal(const CertInfo *a, const CertInfo *b)
{
	return a == b || strcmp(a->fingerprint, b->fingerprint) == 0;
}

bool
cert_info_is(const CertInfo *info, BaseBytes issuer_name, BaseBytes serial)
{
	return base_bytes_equal(info->serial, serial) &&
	       base_bytes_equal(info->issuer_name, issuer_name);
}

int64_t
cert_asn1_time(const ASN1_TIME *time)
{
	struct tm tm = {0};
	return time != NULL && ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : INT64_MIN;
}

X509 *
cert_info_to_x509(const CertInfo *info)
{
	BaseBytes der = base_bytes_of(info->der);
	const unsigned char *p = der.p;
	X509 *x509 = d2i_X509(NULL, &p, (long)der.n);
	if (x509 == NULL) {
		ERR_clear_error();
	}
	return x509;
}

CertInfo *
cert_info_from_x509(X509 *x509, GError **error)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x509, &der);
	if (n <= 0) {
		return cert_fail_crypto_null(error, "cannot write a certificate");
	}
	CertInfo *info = cert_info_new(base_bytes(der, (size_t)n), error);
	OPENSSL_free(der);
	return info;
}
