/* SPDX-License-Identifier: MPL-2.0 */
/* Revocation lists of personal roots (RFC 5280 section 5). */
#include "cert/crl.h"

#include "base/error.h"
#include "base/limits.h"
#include "cert/info_private.h"
#include "cert/make.h"
#include "cert/openssl_auto.h"

/* RFC 5280 section 5.3.1 */
#define REASON_KEY_COMPROMISE 1

static ASN1_INTEGER *
read_serial(const CertInfo *leaf)
{
	const unsigned char *p = leaf->serial.p;
	g_autoptr(BIGNUM) number = BN_bin2bn(p, (int)leaf->serial.n, NULL);
	return number == NULL ? NULL : BN_to_ASN1_INTEGER(number, NULL);
}

static bool
add_entry(X509_CRL *crl, const CertInfo *leaf, ASN1_TIME *when)
{
	g_autoptr(X509_REVOKED) entry = X509_REVOKED_new();
	g_autoptr(ASN1_INTEGER) serial = read_serial(leaf);
	g_autoptr(ASN1_ENUMERATED) reason = ASN1_ENUMERATED_new();
	if (entry == NULL || serial == NULL || reason == NULL ||
	    ASN1_ENUMERATED_set(reason, REASON_KEY_COMPROMISE) != 1 ||
	    X509_REVOKED_set_serialNumber(entry, serial) != 1 ||
	    X509_REVOKED_set_revocationDate(entry, when) != 1 ||
	    X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0) != 1 ||
	    X509_CRL_add0_revoked(crl, entry) != 1) {
		return false;
	}
	g_steal_pointer(&entry);
	return true;
}

/* CRL number: seconds since 1970 only ever grow. */
static bool
add_extensions(X509_CRL *crl, const CertInfo *root, int64_t now)
{
	g_autoptr(ASN1_INTEGER) number = ASN1_INTEGER_new();
	g_autoptr(AUTHORITY_KEYID) aki = cert_make_authority(root->ski);
	return number != NULL && aki != NULL && ASN1_INTEGER_set_int64(number, now) == 1 &&
	       X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) == 1 &&
	       X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier, aki, 0, 0) == 1;
}

static bool
set_head(X509_CRL *crl, const CertInfo *root, ASN1_TIME *now)
{
	g_autoptr(X509_NAME) issuer = cert_make_name(root->subject_name);
	g_autoptr(ASN1_TIME) end = cert_make_time(root->not_after);
	return issuer != NULL && end != NULL &&
	       X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
	       X509_CRL_set_issuer_name(crl, issuer) == 1 &&
	       X509_CRL_set1_lastUpdate(crl, now) == 1 && X509_CRL_set1_nextUpdate(crl, end) == 1;
}

static GBytes *
write_crl(X509_CRL *crl, GError **error)
{
	unsigned char *der = NULL;
	int n = i2d_X509_CRL(crl, &der);
	if (n <= 0) {
		return cert_fail_crypto_null(error, "cannot write a revocation list");
	}
	GBytes *bytes = g_bytes_new(der, (size_t)n);
	OPENSSL_free(der);
	return bytes;
}

GBytes *
cert_crl_new(const CertIdentity *identity, GPtrArray *leaves, int64_t now, GError **error)
{
	if (identity->root == NULL || identity->root_key == NULL) {
		return BASE_FAIL_NULL(
			error, PS_ERROR_UNAVAILABLE,
			"the key of the personal root is not here: nothing can be revoked");
	}
	g_autoptr(X509_CRL) crl = X509_CRL_new();
	g_autoptr(ASN1_TIME) when = cert_make_time(now);
	bool ok = crl != NULL && when != NULL && set_head(crl, identity->root, when) &&
		  add_extensions(crl, identity->root, now);
	for (unsigned i = 0; ok && i < leaves->len; i++) {
		ok = add_entry(crl, g_ptr_array_index(leaves, i), when);
	}
	if (!ok || X509_CRL_sort(crl) != 1 ||
	    X509_CRL_sign(crl, identity->root_key, EVP_sha256()) <= 0) {
		return cert_fail_crypto_null(error, "cannot make a revocation list");
	}
	return write_crl(crl, error);
}

/* False if @time is not known to be at or before @at. */
static bool
is_before(const ASN1_TIME *time, int64_t at)
{
	time_t t = (time_t)at;
	return time != NULL && X509_cmp_time(time, &t) < 0;
}

static X509_CRL *
read_crl(BaseBytes der, const CertInfo *root)
{
	const unsigned char *p = der.p;
	EVP_PKEY *key = cert_info_key(root, NULL);
	if (key == NULL || der.n == 0 || der.n > BASE_LIMIT_CRL) {
		return NULL;
	}
	g_autoptr(X509_NAME) name = cert_make_name(root->subject_name);
	g_autoptr(X509_CRL) crl = d2i_X509_CRL(NULL, &p, (long)der.n);
	if (crl == NULL || name == NULL || X509_NAME_cmp(X509_CRL_get_issuer(crl), name) != 0 ||
	    (root->usage & CERT_USAGE_CRL_SIGN) == 0 || X509_CRL_verify(crl, key) != 1) {
		return NULL;
	}
	return g_steal_pointer(&crl);
}

CertCrl
cert_crl_revokes(BaseBytes crl, const CertInfo *root, const CertInfo *leaf, int64_t at)
{
	g_autoptr(X509_CRL) list = read_crl(crl, root);
	g_autoptr(ASN1_INTEGER) serial = read_serial(leaf);
	ERR_clear_error();
	if (list == NULL || serial == NULL || !is_before(X509_CRL_get0_lastUpdate(list), at) ||
	    !base_bytes_equal(leaf->issuer_name, root->subject_name)) {
		return CERT_CRL_UNUSABLE;
	}
	X509_REVOKED *entry = NULL;
	bool listed = X509_CRL_get0_by_serial(list, &entry, serial) == 1;
	return listed && is_before(X509_REVOKED_get0_revocationDate(entry), at) ? CERT_CRL_REVOKED
										: CERT_CRL_CLEAR;
}
