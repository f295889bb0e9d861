/* SPDX-License-Identifier: MPL-2.0 */
/* What this folder alone knows about a certificate. */
#pragma once

#include "cert/info.h"
#include <openssl/x509.h>

struct CertInfoPrivate {
	BaseBytes tbs;              /* complete DER of what is signed */
	BaseBytes algorithm;        /* signatureAlgorithm, complete DER */
	BaseBytes inner_algorithm;  /* the one inside tbs */
	BaseBytes signature;        /* octets of signatureValue */
	BaseBytes key_algorithm;    /* OID of the SPKI */
	BaseBytes key_bits;         /* octets of subjectPublicKey */
	BaseBytes name_constraints; /* extnValue contents, n 0 if absent */
	unsigned names;             /* in the SAN, and at most in the subject */
	bool pss_only;              /* an RSA key that may only make PSS signatures (RFC 4055) */
	bool eku_allows_mail;
	int64_t distrust_after;   /* of an anchor: leaves that begin later are not trusted */
	GHashTable *address_keys; /* normalised addresses */

	gatomicrefcount refs;
	GMutex lock; /* the fields below */
	EVP_PKEY *key;
	char *issuer_checked; /* fingerprint of the issuer last tried */
	bool issuer_signed;   /* what came out */
};

/* Reads the Extensions SEQUENCE contents into @info; PS_ERROR_MALFORMED. */
bool cert_info_read_extensions(CertInfo *info, BaseBytes extensions, GError **error);

/* Adds @address if it is one and not yet there; @ascii tells which kind of local part it must have.
 */
void cert_info_add_address(CertInfo *info, BaseBytes address, bool ascii);

/* Sets key_kind and key_bits from the SPKI; PS_ERROR_MALFORMED. */
bool cert_info_read_key(CertInfo *info, GError **error);

/* True if signed with MD5 or SHA-1. */
bool cert_info_weak_digest(const CertInfo *info);

/* False for keys that libcrypto must not even be shown, since they only cost time: RSA beyond
 * BASE_LIMIT_RSA_BITS or with an exponent that cert_info_key() refuses, curves by their parameters
 * (RFC 5480 section 2.1.1 forbids them). */
bool cert_info_key_is_handled(const CertInfo *info);

/* Seconds since 1970; INT64_MIN for NULL and for what is no time. */
int64_t cert_asn1_time(const ASN1_TIME *time);

/* True if the key of @issuer made @signature over @tbs; @algorithm (AlgorithmIdentifier, complete
 * DER) must be one that is checked by hand: sets *@known to whether it is. */
bool cert_info_verifies(const CertInfo *issuer, BaseBytes algorithm, BaseBytes tbs,
			BaseBytes signature, bool *known);

/* True if the key of @issuer signed @info, whatever their names; remembered. */
bool cert_info_signed_by(const CertInfo *info, const CertInfo *issuer);

/* libcrypto's view of the same octets; NULL if it cannot read them. */
X509 *cert_info_to_x509(const CertInfo *info);
CertInfo *cert_info_from_x509(X509 *x509, GError **error);

/* PS_ERROR_CRYPTO with libcrypto's last reason, whose queue is emptied. */
bool cert_fail_crypto(GError **error, const char *what);

static inline void *
cert_fail_crypto_null(GError **error, const char *what)
{
	cert_fail_crypto(error, what);
	return NULL;
}
