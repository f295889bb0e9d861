/* SPDX-License-Identifier: MPL-2.0 */
/* Making certificates with libcrypto; private to this folder. */
#pragma once

#include "cert/info.h"
#include <openssl/x509v3.h>

typedef struct {
	const char *common_name; /* UTF-8, at most 64 characters */
	const char *address;     /* SAN of a leaf, name constraint of a root; normalised */
	EVP_PKEY *key;           /* what is certified */
	EVP_PKEY *issuer_key;    /* P-256 of the root */
	const CertInfo *issuer;  /* NULL: self-signed root */
	unsigned usage;          /* CertUsage bits */
	const char *purpose;     /* of extendedKeyUsage, an OID; NULL: emailProtection */
	int64_t not_before;
	int64_t not_after;
} CertSpec;

CertInfo *cert_make(const CertSpec *spec, GError **error);

/* SubjectKeyIdentifier of @key: 20 octets, RFC 7093 section 2 method 1. */
bool cert_make_key_id(EVP_PKEY *key, uint8_t id[20]);

/* Positive, 127 bits of which 126 are random. */
ASN1_INTEGER *cert_make_serial(void);

/* UTCTime until 2049 (RFC 5280 section 4.1.2.5). */
ASN1_TIME *cert_make_time(int64_t time);

/* The Name in @name (DER); NULL if it is none. */
X509_NAME *cert_make_name(BaseBytes name);

/* AuthorityKeyIdentifier with the keyIdentifier @id only. */
AUTHORITY_KEYID *cert_make_authority(BaseBytes id);
