/* SPDX-License-Identifier: MPL-2.0 */
/* Content ciphers: what an AlgorithmIdentifier says, and filters that encrypt and decrypt. */
#pragma once

#include <openssl/evp.h>

#include "cms/der.h"

typedef enum {
	CMS_CIPHER_AES_128_CBC,
	CMS_CIPHER_AES_256_CBC,
	CMS_CIPHER_AES_128_GCM,
	CMS_CIPHER_AES_256_GCM,
	CMS_N_WRITE_CIPHERS, /* those above are written, those below only read */
	CMS_CIPHER_AES_192_CBC = CMS_N_WRITE_CIPHERS,
	CMS_CIPHER_AES_192_GCM,
	CMS_CIPHER_CHACHA20_POLY1305,
	CMS_CIPHER_DES_EDE3_CBC,
	CMS_N_CIPHERS
} CmsCipher;

#define CMS_CIPHER_MAX_KEY   32
#define CMS_CIPHER_MAX_IV    64 /* octets of a nonce that are accepted */
#define CMS_CIPHER_MAX_BLOCK 16
#define CMS_CIPHER_MAX_TAG   16

CmsOid cms_cipher_oid(CmsCipher cipher);
/* "aes-256-gcm": encryption.cipher of the verdict. */
const char *cms_cipher_name(CmsCipher cipher);
size_t cms_cipher_key_size(CmsCipher cipher);
/* 16 or 8; 1 for an AEAD, whose ciphertext is as long as its plaintext. */
size_t cms_cipher_block_size(CmsCipher cipher);
bool cms_cipher_is_aead(CmsCipher cipher);
/* No longer enough for new mail. */
bool cms_cipher_is_weak(CmsCipher cipher);
/* Octets of ciphertext for @n octets, padding included. */
uint64_t cms_cipher_length(CmsCipher cipher, uint64_t n);
/* Fetched once for the process; NULL if libcrypto lacks it. */
const EVP_CIPHER *cms_cipher_evp(CmsCipher cipher);

/* A content encryption algorithm with its parameters. */
typedef struct {
	CmsCipher cipher;
	size_t iv_n;
	size_t tag_n;    /* octets of mac; 0 without authentication */
	bool cek_hkdf;   /* RFC 9709 */
	BaseBytes inner; /* DER that CEK-HKDF binds the key to; borrowed */
	uint8_t iv[CMS_CIPHER_MAX_IV];
} CmsCipherSpec;

typedef enum {
	CMS_CIPHER_PARSED,
	CMS_CIPHER_MALFORMED,
	CMS_CIPHER_UNSUPPORTED,
} CmsCipherParse;

/* Reads one AlgorithmIdentifier from tag to end; @out is written only for CMS_CIPHER_PARSED. */
CmsCipherParse cms_cipher_parse(BaseBytes algorithm, CmsCipherSpec *out);

/* The cipher that @algorithm names, the inner one for CEK-HKDF, whether we can do it or not. */
CmsOid cms_cipher_named(BaseBytes algorithm);

/* Writes the AlgorithmIdentifier of @spec; with cek_hkdf around that of the true cipher. */
void cms_cipher_put(GByteArray *out, const CmsCipherSpec *spec);

/*
 * Starts @ctx with the wrapped key @cek of cms_cipher_key_size() octets, CEK-HKDF applied where
 * @spec asks for it. EVP's own padding is on when @encrypting and off otherwise. False if libcrypto
 * refuses.
 */
bool cms_cipher_start(EVP_CIPHER_CTX *ctx, const CmsCipherSpec *spec, const uint8_t *cek,
		      bool encrypting);
