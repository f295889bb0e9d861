/* SPDX-License-Identifier: MPL-2.0 */
/* PKCS#12 (RFC 7292): how keys travel to other programs and come from them. */
#pragma once

#include "cert/identity.h"

typedef struct {
	CertInfo *cert;
	EVP_PKEY *key;
} CertP12Entry;

typedef struct {
	GPtrArray *entries; /* CertP12Entry: private keys with their certificates, at least one */
	GPtrArray *others;  /* CertInfo: certificates without key */
} CertP12;

/*
 * The leaves of @identity with their keys and all certificates of the chain; never the key of the
 * root.
 * @modern: AES-256-CBC, PBKDF2 and a MAC with SHA-256; else PBE-SHA1-3DES and a SHA-1 MAC, which
 * old importers (gpgsm, Android, old Windows) read. @friendly_name NULL means the address. Secret
 * memory. PS_ERROR_PASSPHRASE if @passphrase is NULL, empty or not UTF-8.
 */
GBytes *cert_p12_write(const CertIdentity *identity, const char *passphrase, bool modern,
		       const char *friendly_name, GError **error);

/*
 * PS_ERROR_PASSPHRASE (wrong), PS_ERROR_MALFORMED, PS_ERROR_LIMIT (key derivation beyond 10 million
 * rounds in all, too many objects), PS_ERROR_UNSUPPORTED (RC2 without libcrypto's legacy provider),
 * PS_ERROR_UNAVAILABLE (no private key with a certificate in it).
 */
bool cert_p12_read(BaseBytes p12, const char *passphrase, CertP12 **out, GError **error);

void cert_p12_free(CertP12 *p12);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertP12, cert_p12_free)

/*
 * The identity in @p12 for @address (NULL: the first address of the first entry): of the entries
 * that name it the newest to sign with and the newest to encrypt to, valid ones at @now first.
 * Profile IMPORTED; no root key. PS_ERROR_UNAVAILABLE if it has no key for both uses and this
 * address.
 */
CertIdentity *cert_p12_identity(const CertP12 *p12, const char *address, int64_t now,
				GError **error);
