/* SPDX-License-Identifier: MPL-2.0 */
/* A certificate, read once: what the other layers want to know about it. */
#pragma once

#include "base/bytes.h"
#include <openssl/evp.h>

typedef enum {
	CERT_KEY_OTHER, /* a kind that is not handled: DSA, Ed448, brainpool ... */
	CERT_KEY_RSA,
	CERT_KEY_EC_P256,
	CERT_KEY_EC_P384,
	CERT_KEY_EC_P521,
	CERT_KEY_ED25519,
	CERT_KEY_X25519,
} CertKeyKind;

/* "rsa", "p256", ..., "other"; static. */
const char *cert_key_kind_name(CertKeyKind kind);

/* keyUsage of RFC 5280 section 4.2.1.3, bit n as 1 << n. */
typedef enum {
	CERT_USAGE_DIGITAL_SIGNATURE = 1 << 0,
	CERT_USAGE_NON_REPUDIATION = 1 << 1,
	CERT_USAGE_KEY_ENCIPHERMENT = 1 << 2,
	CERT_USAGE_DATA_ENCIPHERMENT = 1 << 3,
	CERT_USAGE_KEY_AGREEMENT = 1 << 4,
	CERT_USAGE_KEY_CERT_SIGN = 1 << 5,
	CERT_USAGE_CRL_SIGN = 1 << 6,
} CertUsage;

/* Addresses of one certificate; with more it is refused, for whom would it name? */
#define CERT_ADDRESSES_MAX 1000U

#define CERT_USAGE_ANY     0x1ffU /* what a certificate without keyUsage may do */

typedef struct CertInfoPrivate CertInfoPrivate;

/*
 * Immutable and shared between threads; all fields are read-only. Every BaseBytes lies in @der.
 * Parsing is strict DER and does no cryptography; keep the object instead of parsing again.
 */
typedef struct {
	GBytes *der;
	char *fingerprint; /* SHA-256 of @der, lower-case hex */

	/* RFC 4514 order and escapes, UTF-8, control characters as \XX: for people, never compared
	 */
	char *subject;
	char *issuer;
	char *common_name;  /* first CN of the subject, or NULL */
	char *organization; /* first O of the subject, or NULL */

	BaseBytes subject_name; /* Name, complete DER */
	BaseBytes issuer_name;  /* Name, complete DER */
	BaseBytes serial;       /* contents of the INTEGER, as encoded */
	BaseBytes spki;         /* SubjectPublicKeyInfo, complete DER */
	BaseBytes ski;          /* subjectKeyIdentifier, n 0 if absent */
	BaseBytes aki;          /* keyIdentifier of authorityKeyIdentifier, n 0 if absent */
	int64_t not_before;
	int64_t not_after;

	CertKeyKind key_kind;
	unsigned key_bits;  /* of the RSA modulus or the curve; 0 for CERT_KEY_OTHER */
	unsigned usage;     /* CertUsage bits; CERT_USAGE_ANY without the extension */
	bool has_usage;     /* keyUsage is there */
	bool is_ca;         /* basicConstraints cA */
	bool self_issued;   /* subject and issuer are the same octets */
	bool may_sign_mail; /* KU digitalSignature or nonRepudiation, EKU emailProtection or any,
			       not X25519 */
	bool may_encrypt; /* KU keyEncipherment (RSA) or keyAgreement (EC, X25519), EKU, not Ed25519
			   */
	bool unknown_critical; /* has a critical extension that we do not know (RFC 5280
				  section 4.2) */
	bool weak; /* RSA below 2048 bits, or signed with MD5 or SHA-1 (self-signed: key only) */

	/* Addresses it vouches for, as written, each an addr-spec: SAN rfc822Name (ASCII local
	 * part) and SmtpUTF8Mailbox (other local parts). Names that are not addresses are left out.
	 * emailAddress of the subject counts only if the SAN holds none (RFC 8550 section 3): then
	 * @addresses_legacy. */
	GPtrArray *addresses; /* char * */
	bool addresses_legacy;
	GPtrArray *policies; /* char *: dotted OIDs of certificatePolicies */

	CertInfoPrivate *priv;
} CertInfo;

/*
 * @der is copied. PS_ERROR_LIMIT beyond BASE_LIMIT_CERT octets or CERT_ADDRESSES_MAX,
 * PS_ERROR_MALFORMED for anything that is not exactly one certificate in DER, repeated extensions
 * included.
 */
CertInfo *cert_info_new(BaseBytes der, GError **error);
/* The same without a copy; @der is referenced. */
CertInfo *cert_info_new_bytes(GBytes *der, GError **error);
CertInfo *cert_info_ref(const CertInfo *info);
void cert_info_unref(CertInfo *info); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertInfo, cert_info_unref)

/*
 * The public key, made at the first call; borrowed. PS_ERROR_LIMIT for RSA beyond
 * BASE_LIMIT_RSA_BITS or with an odd exponent, PS_ERROR_UNSUPPORTED if libcrypto cannot use it.
 */
EVP_PKEY *cert_info_key(const CertInfo *info, GError **error);

/* True if @key (private or public) is the key of this certificate. */
bool cert_info_has_key(const CertInfo *info, const EVP_PKEY *key);

/* True if the key of @issuer signed @info (names compared too); cached. Says nothing about time or
 * CA. */
bool cert_info_issued_by(const CertInfo *info, const CertInfo *issuer);

/* True if it signed itself; cached. */
bool cert_info_self_signed(const CertInfo *info);

/* The same octets. */
bool cert_info_equal(const CertInfo *a, const CertInfo *b);

/* True if IssuerAndSerialNumber (Name DER, contents of the INTEGER) mean this certificate. */
bool cert_info_is(const CertInfo *info, BaseBytes issuer_name, BaseBytes serial);
