/* SPDX-License-Identifier: MPL-2.0 */
/* The bare primitives of a job: what any implementation on libcrypto has to do, and nothing else.
 */
#include "bench.h"

#include "base/base64.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

/* Octets that go through cipher and base64 at once: they stay in the cache and are whole lines of
 * both. */
#define BLOCK ((size_t)16368)

struct BenchLimit {
	EVP_MD_CTX *md_ctx;
	EVP_MD_CTX *sign_ctx; /* Ed25519 */
	const EVP_MD *md;
	EVP_PKEY_CTX *pkey; /* initialised for the job's operation */
	EVP_PKEY_CTX *keygen;
	EVP_CIPHER_CTX *cipher_ctx;
	const EVP_CIPHER *cipher;
	uint8_t digest[64];
	uint8_t signature[1024];
	size_t signature_n;
	uint8_t wrapped[1024]; /* the content key for RSA */
	size_t wrapped_n;
	uint8_t key[32], iv[16], tag[16];
	char *text; /* base64 of what VERIFY and OPEN decode */
	size_t text_n;
	uint8_t block[2 * BLOCK];
	uint8_t cipher_block[2 * BLOCK];
};

static bool
hash(BenchLimit *l, BaseBytes data)
{
	return EVP_DigestInit_ex2(l->md_ctx, l->md, NULL) == 1 &&
	       EVP_DigestUpdate(l->md_ctx, data.p, data.n) == 1 &&
	       EVP_DigestFinal_ex(l->md_ctx, l->digest, NULL) == 1;
}

static bool
is_rsa(const BenchJob *job)
{
	return job->spec->key == BENCH_KEY_RSA_2048 || job->spec->key == BENCH_KEY_RSA_3072;
}

static bool
is_aead(const BenchJob *job)
{
	return cms_cipher_is_aead(job->spec->cipher);
}

/* The signature's operation alone: over the digest, or for Ed25519 over as much text as the
 * attributes. */
static bool
sign_once(const BenchJob *job)
{
	BenchLimit *l = job->limit;

	l->signature_n = sizeof l->signature;
	if (job->spec->key == BENCH_KEY_ED25519) {
		return EVP_DigestSignInit(l->sign_ctx, NULL, NULL, NULL, job->id->key) == 1 &&
		       EVP_DigestSign(l->sign_ctx, l->signature, &l->signature_n, job->content.p,
				      250) == 1;
	}
	return EVP_PKEY_sign(l->pkey, l->signature, &l->signature_n, l->digest, 32) == 1;
}

static bool
run_sign(const BenchJob *job)
{
	BenchLimit *l = job->limit;
	size_t n = g_bytes_get_size(job->id->der) + l->signature_n + 400;

	return hash(l, job->content) && hash(l, base_bytes(job->content.p, 250)) &&
	       sign_once(job) &&
	       base64_encode(base_bytes(l->block, n), (char *)l->cipher_block) > 0;
}

static bool
run_verify(const BenchJob *job)
{
	BenchLimit *l = job->limit;
	size_t n = 0;

	return hash(l, base_bytes(job->content.p, 250)) &&
	       base64_decode(base_bytes(l->text, l->text_n), false, l->block, &n) &&
	       EVP_PKEY_verify(l->pkey, l->signature, l->signature_n, l->digest, 32) == 1 &&
	       hash(l, job->content);
}

static bool
wrap_once(BenchLimit *l, bool rsa)
{
	EVP_PKEY *ephemeral = NULL;
	size_t n = sizeof l->wrapped;
	bool done;

	if (rsa) {
		return EVP_PKEY_encrypt(l->pkey, l->wrapped, &n, l->key, 32) == 1;
	}
	/* The recipient's key stands for the fresh one in the derivation: the work is the same. */
	done = EVP_PKEY_keygen(l->keygen, &ephemeral) == 1 &&
	       EVP_PKEY_derive(l->pkey, l->wrapped, &n) == 1;
	EVP_PKEY_free(ephemeral);
	return done;
}

/* Encrypts and encodes the content block by block. */
static bool
encrypt_content(const BenchJob *job)
{
	BenchLimit *l = job->limit;
	BaseBytes left = job->content;
	int n = 0;

	for (; left.n > 0; left = base_bytes_slice(left, BLOCK, SIZE_MAX)) {
		if (EVP_EncryptUpdate(l->cipher_ctx, l->cipher_block, &n, left.p,
				      (int)MIN(left.n, BLOCK)) != 1) {
			return false;
		}
		(void)base64_encode(base_bytes(l->cipher_block, (size_t)n), (char *)l->block);
	}
	return EVP_EncryptFinal_ex(l->cipher_ctx, l->cipher_block, &n) == 1;
}

static bool
run_seal(const BenchJob *job)
{
	BenchLimit *l = job->limit;
	size_t per_recipient = is_rsa(job) ? 340 : 250;
	bool done = RAND_bytes(l->key, 32) == 1 && RAND_bytes(l->iv, 16) == 1;

	for (guint i = 0; done && i < job->spec->recipients; i++) {
		done = wrap_once(l, is_rsa(job)) &&
		       base64_encode(base_bytes(l->cipher_block, per_recipient), (char *)l->block) >
			       0;
	}
	return done && EVP_EncryptInit_ex2(l->cipher_ctx, l->cipher, l->key, l->iv, NULL) == 1 &&
	       encrypt_content(job) &&
	       (!is_aead(job) ||
		EVP_CIPHER_CTX_ctrl(l->cipher_ctx, EVP_CTRL_AEAD_GET_TAG, 16, l->tag) == 1);
}

static bool
unwrap_once(BenchLimit *l, bool rsa)
{
	uint8_t out[1024];
	size_t n = sizeof out;

	return rsa ? EVP_PKEY_decrypt(l->pkey, out, &n, l->wrapped, l->wrapped_n) == 1
		   : EVP_PKEY_derive(l->pkey, out, &n) == 1;
}

/* Decodes and decrypts in one pass; what comes out is noise and takes as long as text. */
static bool
run_open(const BenchJob *job)
{
	BenchLimit *l = job->limit;
	int got = 0;

	if (!unwrap_once(l, is_rsa(job)) ||
	    EVP_DecryptInit_ex2(l->cipher_ctx, l->cipher, l->key, l->iv, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(l->cipher_ctx, 0) != 1) {
		return false;
	}
	for (size_t at = 0; at < l->text_n; at += BLOCK / 65 * 65) {
		BaseBytes some =
			base_bytes_slice(base_bytes(l->text, l->text_n), at, BLOCK / 65 * 65);
		size_t n = 0;

		if (!base64_decode(some, false, l->block, &n) ||
		    EVP_DecryptUpdate(l->cipher_ctx, l->cipher_block, &got, l->block, (int)n) !=
			    1) {
			return false;
		}
	}
	return true;
}

bool
bench_limit_run(BenchJob *job)
{
	static bool (*const runs[])(const BenchJob *) = {
		[BENCH_SIGN] = run_sign,
		[BENCH_VERIFY] = run_verify,
		[BENCH_SEAL] = run_seal,
		[BENCH_OPEN] = run_open,
	};

	return runs[job->spec->act](job);
}

/* Contexts for the operation of the key that the job is about. */
static bool
init_pkey(const BenchJob *job, BenchLimit *l)
{
	bool rsa = is_rsa(job);
	int (*const inits[])(EVP_PKEY_CTX *) = {
		[BENCH_SIGN] = EVP_PKEY_sign_init,
		[BENCH_VERIFY] = EVP_PKEY_verify_init,
		[BENCH_SEAL] = rsa ? EVP_PKEY_encrypt_init : EVP_PKEY_derive_init,
		[BENCH_OPEN] = rsa ? EVP_PKEY_decrypt_init : EVP_PKEY_derive_init,
	};
	bool signs = job->spec->act == BENCH_SIGN || job->spec->act == BENCH_VERIFY;

	if (job->spec->key == BENCH_KEY_ED25519) {
		return true;
	}
	l->pkey = EVP_PKEY_CTX_new(job->id->key, NULL);
	if (inits[job->spec->act](l->pkey) != 1 ||
	    (rsa && EVP_PKEY_CTX_set_rsa_padding(l->pkey, RSA_PKCS1_PADDING) != 1)) {
		return false;
	}
	if (signs) {
		return EVP_PKEY_CTX_set_signature_md(l->pkey, EVP_sha256()) == 1;
	}
	if (rsa) {
		return true;
	}
	l->keygen = EVP_PKEY_CTX_new(job->id->key, NULL);
	return EVP_PKEY_derive_set_peer(l->pkey, job->id->key) == 1 &&
	       EVP_PKEY_keygen_init(l->keygen) == 1;
}

/* A signature to verify, or a wrapped key to unwrap. */
static bool
init_input(const BenchJob *job, BenchLimit *l)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(job->id->key, NULL);
	bool done = true;

	if (job->spec->act == BENCH_VERIFY) {
		l->signature_n = sizeof l->signature;
		done = hash(l, base_bytes(job->content.p, 250)) && EVP_PKEY_sign_init(ctx) == 1 &&
		       (!is_rsa(job) ||
			EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1) &&
		       EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
		       EVP_PKEY_sign(ctx, l->signature, &l->signature_n, l->digest, 32) == 1;
	} else if (job->spec->act == BENCH_OPEN && is_rsa(job)) {
		l->wrapped_n = sizeof l->wrapped;
		done = EVP_PKEY_encrypt_init(ctx) == 1 &&
		       EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		       EVP_PKEY_encrypt(ctx, l->wrapped, &l->wrapped_n, l->key, 32) == 1;
	}
	EVP_PKEY_CTX_free(ctx);
	/* As many lines of base64 as the CMS of the job has. */
	l->text_n = job->spec->act == BENCH_OPEN ? (job->content.n / 48 + 8) * 65
						 : (g_bytes_get_size(job->id->der) + 700) / 48 * 65;
	l->text = g_malloc(l->text_n);
	for (size_t i = 0; i < l->text_n; i++) {
		l->text[i] = i % 65 == 64 ? '\n' : "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i * 11 % 26];
	}
	return done;
}

BenchLimit *
bench_limit_new(const BenchJob *job)
{
	BenchLimit *l = g_new0(BenchLimit, 1);

	l->md_ctx = EVP_MD_CTX_new();
	l->sign_ctx = EVP_MD_CTX_new();
	l->md = EVP_MD_fetch(NULL, job->spec->key == BENCH_KEY_ED25519 ? "SHA512" : "SHA256", NULL);
	l->cipher_ctx = EVP_CIPHER_CTX_new();
	l->cipher = cms_cipher_evp(job->spec->cipher);
	bench_must(l->md != NULL && l->cipher != NULL && init_pkey(job, l) && init_input(job, l),
		   "cannot prepare the primitives");
	return l;
}

void
bench_limit_free(BenchLimit *l)
{
	EVP_MD_CTX_free(l->md_ctx);
	EVP_MD_CTX_free(l->sign_ctx);
	EVP_CIPHER_CTX_free(l->cipher_ctx);
	EVP_PKEY_CTX_free(l->pkey);
	EVP_PKEY_CTX_free(l->keygen);
	g_free(l->text);
	g_free(l);
}
