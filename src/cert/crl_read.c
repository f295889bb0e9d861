/* SPDX-License-Identifier: MPL-2.0 */
/* What a revocation list says of itself (RFC 5280 section 5.1). */
#include "base/error.h"
#include "base/limits.h"
#include "cert/crl.h"
#include "cert/der.h"
#include "cert/info_private.h"
#include "cert/openssl_auto.h"

#define EXTENSIONS_MAX 16U

/* CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm, signatureValue BIT STRING } */
typedef struct {
	BaseBytes tbs; /* complete DER */
	BaseBytes algorithm;
	BaseBytes inner_algorithm;
	BaseBytes signature;
	CertCrlInfo info;
} Crl;

static bool
read_authority_key(CertCrlInfo *info, BaseBytes value)
{
	return cert_der_read_authority_key(value, &info->aki);
}

/* CRLNumber ::= INTEGER (0..MAX) */
static bool
read_number(CertCrlInfo *info, BaseBytes value)
{
	BaseBytes number;
	if (!cert_der_take(&value, CERT_DER_INTEGER, &number) || value.n != 0 || number.n == 0 ||
	    (number.p[0] & 0x80) != 0) {
		return false;
	}
	while (number.n > 1 && number.p[0] == 0) {
		number = base_bytes(number.p + 1, number.n - 1);
	}
	info->number = number;
	return true;
}

/* deltaCRLIndicator */
static bool
read_delta(CertCrlInfo *info, BaseBytes value)
{
	info->delta = true;
	info->partial = true;
	return value.n > 0;
}

/* issuingDistributionPoint */
static bool
read_scope(CertCrlInfo *info, BaseBytes value)
{
	info->scope = value;
	info->partial = true;
	return value.n > 0;
}

/* id-ce is 2.5.29; the last octet tells the extension. */
static const struct {
	uint8_t id;
	bool (*read)(CertCrlInfo *info, BaseBytes value);
} extension_table[] = {
	{20, read_number},
	{27, read_delta},
	{28, read_scope},
	{35, read_authority_key},
};

/* certificateIssuer, the one extension of an entry that may be critical */
#define ENTRY_ISSUER 29

/* DER has one way to write TRUE; what stands for it in BER counts as well. */
static bool
is_true(BaseBytes flag)
{
	return flag.n > 0 && flag.p[0] != 0;
}

/* Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
static bool
read_extension(CertCrlInfo *info, BaseBytes extension, unsigned *seen)
{
	BaseBytes oid;
	BaseBytes flag = {0};
	BaseBytes value;
	if (!cert_der_take(&extension, CERT_DER_OID, &oid)) {
		return false;
	}
	cert_der_take(&extension, CERT_DER_BOOLEAN, &flag);
	if (!cert_der_take(&extension, CERT_DER_OCTET_STRING, &value) || extension.n != 0) {
		return false;
	}
	bool id_ce = oid.n == 3 && oid.p[0] == 0x55 && oid.p[1] == 0x1d;
	for (size_t i = 0; i < G_N_ELEMENTS(extension_table) && id_ce; i++) {
		if (extension_table[i].id != oid.p[2]) {
			continue;
		}
		bool repeated = (*seen & 1U << i) != 0;
		*seen |= 1U << i;
		return !repeated && extension_table[i].read(info, value);
	}
	info->unknown_critical = info->unknown_critical || is_true(flag);
	return true;
}

/* crlExtensions [0] EXPLICIT Extensions OPTIONAL, at the end */
static bool
read_extensions(CertCrlInfo *info, BaseBytes tbs)
{
	BaseBytes wrapped;
	BaseBytes list;
	unsigned seen = 0;
	if (tbs.n == 0) {
		return true;
	}
	if (!cert_der_take(&tbs, CERT_DER_CONSTRUCTED(0), &wrapped) || tbs.n != 0 ||
	    !cert_der_take(&wrapped, CERT_DER_SEQUENCE, &list) || wrapped.n != 0) {
		return false;
	}
	for (unsigned n = 0; list.n > 0; n++) {
		BaseBytes extension;
		if (n == EXTENSIONS_MAX || !cert_der_take(&list, CERT_DER_SEQUENCE, &extension) ||
		    !read_extension(info, extension, &seen)) {
			return false;
		}
	}
	return true;
}

/* True if an extension of the entry is critical and none that we know. */
static bool
entry_is_critical(BaseBytes extensions)
{
	BaseBytes extension;
	BaseBytes oid;
	while (cert_der_take(&extensions, CERT_DER_SEQUENCE, &extension)) {
		BaseBytes flag = {0};
		if (!cert_der_take(&extension, CERT_DER_OID, &oid)) {
			return true;
		}
		bool issuer = oid.n == 3 && oid.p[0] == 0x55 && oid.p[1] == 0x1d &&
			      oid.p[2] == ENTRY_ISSUER;
		if (cert_der_take(&extension, CERT_DER_BOOLEAN, &flag) && is_true(flag) &&
		    !issuer) {
			return true;
		}
	}
	return extensions.n > 0;
}

/* revokedCertificates ::= SEQUENCE OF SEQUENCE { userCertificate INTEGER, revocationDate Time,
 *   crlEntryExtensions Extensions OPTIONAL } */
static bool
read_entries(CertCrlInfo *info, BaseBytes entries)
{
	while (entries.n > 0) {
		BaseBytes entry;
		BaseBytes serial;
		BaseBytes extensions;
		int64_t when;
		if (!cert_der_take(&entries, CERT_DER_SEQUENCE, &entry) ||
		    !cert_der_take(&entry, CERT_DER_INTEGER, &serial) ||
		    !cert_der_take_time(&entry, &when)) {
			return false;
		}
		bool more = cert_der_take(&entry, CERT_DER_SEQUENCE, &extensions);
		if (entry.n > 0) {
			return false;
		}
		info->unknown_critical =
			info->unknown_critical || (more && entry_is_critical(extensions));
	}
	return true;
}

/*
 * TBSCertList ::= SEQUENCE { version INTEGER OPTIONAL, signature AlgorithmIdentifier, issuer Name,
 *   thisUpdate Time, nextUpdate Time OPTIONAL, revokedCertificates SEQUENCE OPTIONAL,
 *   crlExtensions [0] EXPLICIT OPTIONAL }
 */
static bool
read_tbs(Crl *crl)
{
	CertCrlInfo *info = &crl->info;
	BaseBytes whole = crl->tbs;
	BaseBytes tbs;
	BaseBytes skipped;
	BaseBytes entries = {0};
	if (!cert_der_take(&whole, CERT_DER_SEQUENCE, &tbs)) {
		return false;
	}
	cert_der_take(&tbs, CERT_DER_INTEGER, &skipped);
	if (!cert_der_take_whole(&tbs, CERT_DER_SEQUENCE, &crl->inner_algorithm) ||
	    !cert_der_take_whole(&tbs, CERT_DER_SEQUENCE, &info->issuer_name) ||
	    !cert_der_take_time(&tbs, &info->this_update)) {
		return false;
	}
	if (!cert_der_take_time(&tbs, &info->next_update)) {
		info->next_update = INT64_MAX;
	}
	cert_der_take(&tbs, CERT_DER_SEQUENCE, &entries);
	return read_entries(info, entries) && read_extensions(info, tbs);
}

static bool
read_crl(BaseBytes der, Crl *crl)
{
	BaseBytes outer;
	*crl = (Crl){0};
	return cert_der_take(&der, CERT_DER_SEQUENCE, &outer) && der.n == 0 &&
	       cert_der_take_whole(&outer, CERT_DER_SEQUENCE, &crl->tbs) &&
	       cert_der_take_whole(&outer, CERT_DER_SEQUENCE, &crl->algorithm) &&
	       cert_der_take_octet_bits(&outer, &crl->signature) && outer.n == 0 && read_tbs(crl);
}

bool
cert_crl_read(BaseBytes crl, CertCrlInfo *out, GError **error)
{
	Crl c;
	if (crl.n > BASE_LIMIT_CRL) {
		return base_fail(error, PS_ERROR_LIMIT,
				 "a revocation list of %" G_GSIZE_FORMAT " octets is too large",
				 crl.n);
	}
	if (!read_crl(crl, &c)) {
		return base_fail(error, PS_ERROR_MALFORMED, "not a revocation list");
	}
	*out = c.info;
	return true;
}

bool
cert_crl_usable(BaseBytes crl, int64_t now)
{
	CertCrlInfo info = {0};
	return cert_crl_read(crl, &info, NULL) && !info.delta && !info.unknown_critical &&
	       info.this_update <= now;
}

GBytes *
cert_crl_slot(BaseBytes crl, const CertInfo *signer)
{
	CertCrlInfo info = {0};
	if (!cert_crl_read(crl, &info, NULL)) {
		return NULL;
	}
	uint8_t digest[32];
	size_t n = sizeof(digest);
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	BaseBytes from = signer != NULL ? signer->spki : crl;
	BaseBytes scope = signer != NULL ? info.scope : (BaseBytes){0};
	g_checksum_update(sum, from.p, (gssize)from.n);
	g_checksum_update(sum, scope.p, (gssize)scope.n);
	g_checksum_get_digest(sum, digest, &n);
	return g_bytes_new(digest, n);
}

/* Numbers without leading zeros: the longer is the larger. */
static int
compare_numbers(BaseBytes a, BaseBytes b)
{
	if (a.n != b.n) {
		return a.n < b.n ? -1 : 1;
	}
	return a.n == 0 ? 0 : memcmp(a.p, b.p, a.n);
}

int
cert_crl_compare(const CertCrlInfo *a, const CertCrlInfo *b)
{
	if (a->this_update != b->this_update) {
		return a->this_update < b->this_update ? -1 : 1;
	}
	return compare_numbers(a->number, b->number);
}

/* PSS, SHA-1 and what else libcrypto knows. */
static bool
verify_with_libcrypto(BaseBytes der, const CertInfo *issuer)
{
	const unsigned char *p = der.p;
	EVP_PKEY *key = cert_info_key(issuer, NULL);
	g_autoptr(X509_CRL) crl = key == NULL ? NULL : d2i_X509_CRL(NULL, &p, (long)der.n);
	return crl != NULL && X509_CRL_verify(crl, key) == 1;
}

bool
cert_crl_issued_by(BaseBytes crl, const CertInfo *issuer)
{
	Crl c;
	bool known = false;
	if (crl.n > BASE_LIMIT_CRL || !read_crl(crl, &c) ||
	    !base_bytes_equal(c.info.issuer_name, issuer->subject_name) ||
	    !base_bytes_equal(c.algorithm, c.inner_algorithm) ||
	    (issuer->usage & CERT_USAGE_CRL_SIGN) == 0) {
		return false;
	}
	bool good = cert_info_verifies(issuer, c.algorithm, c.tbs, c.signature, &known);
	good = known ? good : verify_with_libcrypto(crl, issuer);
	ERR_clear_error();
	return good;
}
