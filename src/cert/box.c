/* SPDX-License-Identifier: MPL-2.0 */
/* Passphrase boxes: scrypt (RFC 7914) makes the key, AES-256-GCM locks. */
#include "cert/box.h"

#include "base/error.h"
#include "base/secret.h"
#include "cert/info_private.h"
#include "cert/openssl_auto.h"
#include <openssl/rand.h>

#define DATA_MAX     (1U << 30)
#define MEMORY_MAX   (G_GUINT64_CONSTANT(256) << 20) /* octets scrypt may take */
#define LOG2N        15                              /* 32 MiB with r = 8: a tenth of a second */
#define BLOCK        8
#define PARALLEL     1
#define PARALLEL_MAX 16

enum {
	MAGIC_OCTETS = 16,
	SALT_OCTETS = 16,
	NONCE_OCTETS = 12,
	TAG_OCTETS = 16,
	KEY_OCTETS = 32,
};

typedef struct {
	uint8_t magic[MAGIC_OCTETS];
	uint8_t log2n;
	uint8_t r;
	uint8_t p;
	uint8_t zero;
	uint8_t salt[SALT_OCTETS];
	uint8_t nonce[NONCE_OCTETS];
} Header;

G_STATIC_ASSERT(sizeof(Header) == 48);
G_STATIC_ASSERT(sizeof(CERT_BOX_MAGIC) - 1 == MAGIC_OCTETS);

static bool
check_passphrase(const char *passphrase, GError **error)
{
	return (passphrase != NULL && *passphrase != '\0') ||
	       base_fail(error, PS_ERROR_PASSPHRASE, "a passphrase is needed");
}

static bool
derive_key(const char *passphrase, const Header *h, uint8_t key[KEY_OCTETS], GError **error)
{
	uint64_t n = UINT64_C(1) << h->log2n;
	int ok = EVP_PBE_scrypt(passphrase, strlen(passphrase), h->salt, sizeof(h->salt), n, h->r,
				h->p, MEMORY_MAX + (1U << 20), key, KEY_OCTETS);
	return ok == 1 || cert_fail_crypto(error, "cannot make a key from the passphrase");
}

/* Encrypts or, with @seal false, decrypts and checks @tag. */
static bool
run_gcm(bool seal, const uint8_t *key, const Header *h, BaseBytes in, uint8_t *out, uint8_t *tag)
{
	int n = 0;
	g_autoptr(EVP_CIPHER_CTX) ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL ||
	    EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, h->nonce, seal ? 1 : 0) != 1 ||
	    EVP_CipherUpdate(ctx, NULL, &n, (const uint8_t *)h, sizeof(*h)) != 1 ||
	    EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.n) != 1) {
		return false;
	}
	if (!seal && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_OCTETS, tag) != 1) {
		return false;
	}
	if (EVP_CipherFinal_ex(ctx, out + n, &n) != 1) {
		return false;
	}
	return !seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_OCTETS, tag) == 1;
}

static bool
fill_header(Header *h, GError **error)
{
	memcpy(h->magic, CERT_BOX_MAGIC, MAGIC_OCTETS);
	h->log2n = LOG2N;
	h->r = BLOCK;
	h->p = PARALLEL;
	h->zero = 0;
	return (RAND_bytes(h->salt, SALT_OCTETS) == 1 && RAND_bytes(h->nonce, NONCE_OCTETS) == 1) ||
	       cert_fail_crypto(error, "no random numbers");
}

GBytes *
cert_box_seal(const char *passphrase, BaseBytes data, GError **error)
{
	Header h = {0};
	uint8_t key[KEY_OCTETS];
	if (data.n > DATA_MAX) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT, "too much for one box");
	}
	if (!check_passphrase(passphrase, error) || !fill_header(&h, error) ||
	    !derive_key(passphrase, &h, key, error)) {
		return NULL;
	}
	size_t n = sizeof(h) + data.n + TAG_OCTETS;
	g_autofree uint8_t *box = g_malloc(n);
	memcpy(box, &h, sizeof(h));
	bool ok = run_gcm(true, key, &h, data, box + sizeof(h), box + sizeof(h) + data.n);
	base_wipe(key, sizeof(key));
	if (!ok) {
		return cert_fail_crypto_null(error, "cannot lock the box");
	}
	return g_bytes_new_take(g_steal_pointer(&box), n);
}

/* 128 * N * r octets, RFC 7914 section 2. */
static bool
read_header(BaseBytes box, Header *h, GError **error)
{
	if (box.n < sizeof(*h) + TAG_OCTETS || memcmp(box.p, CERT_BOX_MAGIC, MAGIC_OCTETS) != 0) {
		return base_fail(error, PS_ERROR_MALFORMED, "this is not a backup of postseal");
	}
	memcpy(h, box.p, sizeof(*h));
	if (h->log2n == 0 || h->r == 0 || h->p == 0 || h->zero != 0) {
		return base_fail(error, PS_ERROR_MALFORMED, "the backup is damaged");
	}
	if (h->log2n > 24 || h->p > PARALLEL_MAX || box.n > DATA_MAX + sizeof(*h) + TAG_OCTETS ||
	    (UINT64_C(128) * h->r << h->log2n) > MEMORY_MAX) {
		return base_fail(error, PS_ERROR_LIMIT, "the box asks for too much memory or time");
	}
	return true;
}

GBytes *
cert_box_open(const char *passphrase, BaseBytes box, GError **error)
{
	Header h = {0};
	uint8_t key[KEY_OCTETS];
	uint8_t tag[TAG_OCTETS];
	if (!read_header(box, &h, error) || !check_passphrase(passphrase, error) ||
	    !derive_key(passphrase, &h, key, error)) {
		return NULL;
	}
	BaseBytes sealed = base_bytes(box.p + sizeof(h), box.n - sizeof(h) - TAG_OCTETS);
	memcpy(tag, box.p + box.n - TAG_OCTETS, TAG_OCTETS);
	g_autofree uint8_t *plain = g_malloc(sealed.n + 1);
	bool ok = run_gcm(false, key, &h, sealed, plain, tag);
	base_wipe(key, sizeof(key));
	GBytes *out = ok ? base_secret_bytes(base_bytes(plain, sealed.n)) : NULL;
	base_wipe(plain, sealed.n);
	if (!ok) {
		ERR_clear_error();
		return BASE_FAIL_NULL(error, PS_ERROR_PASSPHRASE,
				      "the passphrase is wrong, or the box is damaged");
	}
	return out;
}
