/* SPDX-License-Identifier: MPL-2.0 */
/* ChaCha20 (RFC 8439 section 2.4), for temporary files that only this process can read. */
#pragma once

#include "base/bytes.h"

#define SPOOL_CIPHER_KEY   32U
#define SPOOL_CIPHER_NONCE 12U
#define SPOOL_CIPHER_BLOCK 64U

typedef struct {
	uint32_t state[16]; /* constants, key, counter, nonce */
} SpoolCipher;

void spool_cipher_init(SpoolCipher *cipher, const uint8_t key[SPOOL_CIPHER_KEY],
		       const uint8_t nonce[SPOOL_CIPHER_NONCE]);

/* Encrypts or decrypts @n octets of @data where they lie; the first one is the first of block
 * @counter. */
void spool_cipher_apply(const SpoolCipher *cipher, uint32_t counter, uint8_t *data, size_t n);
