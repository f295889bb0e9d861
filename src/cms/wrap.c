/* SPDX-License-Identifier: MPL-2.0 */
/*
 * AES key wrap on single AES blocks: EVP's own wrap ciphers do without the processor's AES and take
 * five times as long, which counts when a message has many recipients.
 */
#include "cms/wrap.h"

#include <openssl/err.h>

#include "base/secret.h"
#include "cms/evp_auto.h"

#define HALF 8 /* octets of a register */

/* RFC 3394 section 2.2.3.1 */
static const uint8_t default_iv[HALF] = {0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6};

/* The block cipher for a key of @n octets; NULL if there is none. */
static EVP_CIPHER *
block_cipher(size_t n)
{
	static const char *const names[3] = {"AES-128-ECB", "AES-192-ECB", "AES-256-ECB"};
	static EVP_CIPHER *ciphers[3];
	if (n != 16 && n != 24 && n != 32) {
		return NULL;
	}
	size_t i = n / 8 - 2;
	EVP_CIPHER *cipher = g_atomic_pointer_get(&ciphers[i]);
	if (cipher != NULL) {
		return cipher;
	}
	cipher = EVP_CIPHER_fetch(NULL, names[i], NULL);
	if (cipher != NULL && !g_atomic_pointer_compare_and_exchange(&ciphers[i], NULL, cipher)) {
		EVP_CIPHER_free(cipher);
		cipher = g_atomic_pointer_get(&ciphers[i]);
	}
	return cipher;
}

static EVP_CIPHER_CTX *
new_ctx(BaseBytes kek, bool encrypting)
{
	EVP_CIPHER *cipher = block_cipher(kek.n);
	g_autoptr(EVP_CIPHER_CTX) ctx = EVP_CIPHER_CTX_new();
	if (cipher == NULL || ctx == NULL ||
	    EVP_CipherInit_ex2(ctx, cipher, kek.p, NULL, encrypting ? 1 : 0, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1) {
		ERR_clear_error();
		return NULL;
	}
	return g_steal_pointer(&ctx);
}

/* One step on the register @r: the block is A, its octets in front, and R[i]. */
static bool
step(EVP_CIPHER_CTX *ctx, uint8_t block[2 * HALF], uint8_t *r)
{
	int n = 0;
	memcpy(block + HALF, r, HALF);
	bool ok = EVP_CipherUpdate(ctx, block, &n, block, 2 * HALF) == 1 && n == 2 * HALF;
	memcpy(r, block + HALF, HALF);
	return ok;
}

/* RFC 3394 section 2.2.1; @registers hold the key and A goes to @block. The counter fits an octet.
 */
static bool
run_forward(EVP_CIPHER_CTX *ctx, uint8_t *registers, size_t n, uint8_t block[2 * HALF])
{
	bool ok = true;
	for (uint8_t t = 1; ok && t <= 6 * n; t++) {
		ok = step(ctx, block, registers + (size_t)(t - 1) % n * HALF);
		block[HALF - 1] ^= t;
	}
	return ok;
}

/* RFC 3394 section 2.2.2 */
static bool
run_backward(EVP_CIPHER_CTX *ctx, uint8_t *registers, size_t n, uint8_t block[2 * HALF])
{
	bool ok = true;
	for (uint8_t t = (uint8_t)(6 * n); ok && t > 0; t--) {
		block[HALF - 1] ^= t;
		ok = step(ctx, block, registers + (size_t)(t - 1) % n * HALF);
	}
	return ok;
}

static bool
is_key_length(size_t n)
{
	return n >= 16 && n <= CMS_WRAP_MAX_KEY && n % HALF == 0;
}

bool
cms_wrap(BaseBytes kek, BaseBytes key, uint8_t *out)
{
	uint8_t registers[CMS_WRAP_MAX_KEY];
	uint8_t block[2 * HALF];
	g_autoptr(EVP_CIPHER_CTX) ctx = new_ctx(kek, true);
	if (ctx == NULL || !is_key_length(key.n)) {
		return false;
	}
	memcpy(registers, key.p, key.n);
	memcpy(block, default_iv, HALF);
	bool ok = run_forward(ctx, registers, key.n / HALF, block);
	if (ok) {
		memcpy(out, block, HALF);
		memcpy(out + HALF, registers, key.n);
	}
	base_wipe(registers, sizeof(registers));
	base_wipe(block, sizeof(block));
	return ok;
}

bool
cms_unwrap(BaseBytes kek, BaseBytes wrapped, uint8_t *out)
{
	uint8_t registers[CMS_WRAP_MAX_KEY];
	uint8_t block[2 * HALF];
	g_autoptr(EVP_CIPHER_CTX) ctx = new_ctx(kek, false);
	if (ctx == NULL || wrapped.n < CMS_WRAP_OVERHEAD ||
	    !is_key_length(wrapped.n - CMS_WRAP_OVERHEAD)) {
		return false;
	}
	size_t n = wrapped.n - CMS_WRAP_OVERHEAD;
	memcpy(block, wrapped.p, HALF);
	memcpy(registers, wrapped.p + HALF, n);
	bool ok = run_backward(ctx, registers, n / HALF, block) &&
		  base_secret_equal(base_bytes(block, HALF), base_bytes(default_iv, HALF));
	if (ok) {
		memcpy(out, registers, n);
	}
	base_wipe(registers, sizeof(registers));
	base_wipe(block, sizeof(block));
	return ok;
}
