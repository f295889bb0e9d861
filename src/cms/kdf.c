/* SPDX-License-Identifier: MPL-2.0 */
/* Key derivation on prepared hash and HMAC objects: nothing is fetched per message. */
#include "cms/kdf.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/secret.h"

static const struct {
	const char *hash;
	bool hkdf;
} kdfs[CMS_KDF_COUNT] = {
	[CMS_KDF_X963_SHA1] = {"SHA1", false},     [CMS_KDF_X963_SHA224] = {"SHA224", false},
	[CMS_KDF_X963_SHA256] = {"SHA256", false}, [CMS_KDF_X963_SHA384] = {"SHA384", false},
	[CMS_KDF_X963_SHA512] = {"SHA512", false}, [CMS_KDF_HKDF_SHA256] = {"SHA256", true},
	[CMS_KDF_HKDF_SHA384] = {"SHA384", true},  [CMS_KDF_HKDF_SHA512] = {"SHA512", true},
};

/* The prepared EVP_MD of @kdf; NULL if libcrypto has none. */
static EVP_MD *
prepared_md(CmsKdf kdf)
{
	static EVP_MD *mds[CMS_KDF_COUNT];
	EVP_MD *md = g_atomic_pointer_get(&mds[kdf]);
	if (md != NULL) {
		return md;
	}
	md = EVP_MD_fetch(NULL, kdfs[kdf].hash, NULL);
	if (md != NULL && !g_atomic_pointer_compare_and_exchange(&mds[kdf], NULL, md)) {
		EVP_MD_free(md);
		md = g_atomic_pointer_get(&mds[kdf]);
	}
	return md;
}

static EVP_MAC_CTX *
new_hmac(const char *hash)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	char name[16];
	g_strlcpy(name, hash, sizeof(name));
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	if (ctx != NULL && EVP_MAC_CTX_set_params(ctx, params) == 1) {
		return ctx;
	}
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

/* A copy of the prepared HMAC of @kdf: the template is shared, its copies are not. */
static EVP_MAC_CTX *
prepared_hmac(CmsKdf kdf)
{
	static EVP_MAC_CTX *macs[CMS_KDF_COUNT];
	EVP_MAC_CTX *mac = g_atomic_pointer_get(&macs[kdf]);
	if (mac == NULL) {
		mac = new_hmac(kdfs[kdf].hash);
		if (mac != NULL && !g_atomic_pointer_compare_and_exchange(&macs[kdf], NULL, mac)) {
			EVP_MAC_CTX_free(mac);
			mac = g_atomic_pointer_get(&macs[kdf]);
		}
	}
	return mac == NULL ? NULL : EVP_MAC_CTX_dup(mac);
}

static bool
md_update(EVP_MD_CTX *ctx, BaseBytes data)
{
	return data.n == 0 || EVP_DigestUpdate(ctx, data.p, data.n) == 1;
}

/* SEC 1 section 3.6.1: Hash(Z || counter || SharedInfo) for counter 1, 2, ... */
static bool
derive_x963(CmsKdf kdf, BaseBytes secret, BaseBytes info, uint8_t *out, size_t n)
{
	EVP_MD *md = prepared_md(kdf);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t block[EVP_MAX_MD_SIZE];
	bool ok = md != NULL && ctx != NULL;
	uint8_t counter[4] = {0, 0, 0, 0};
	for (size_t done = 0; ok && done < n;) {
		unsigned int length = 0;
		counter[3]++;
		ok = EVP_DigestInit_ex2(ctx, md, NULL) == 1 && md_update(ctx, secret) &&
		     md_update(ctx, base_bytes(counter, sizeof(counter))) && md_update(ctx, info) &&
		     EVP_DigestFinal_ex(ctx, block, &length) == 1;
		if (ok) {
			size_t take = MIN((size_t)length, n - done);
			memcpy(out + done, block, take);
			done += take;
		}
	}
	base_wipe(block, sizeof(block));
	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool
mac_update(EVP_MAC_CTX *ctx, BaseBytes data)
{
	return data.n == 0 || EVP_MAC_update(ctx, data.p, data.n) == 1;
}

/* HMAC(key, a || b || c) */
static bool
hmac(EVP_MAC_CTX *ctx, BaseBytes key, const BaseBytes parts[3], uint8_t *out, size_t *n)
{
	return EVP_MAC_init(ctx, key.p, key.n, NULL) == 1 && mac_update(ctx, parts[0]) &&
	       mac_update(ctx, parts[1]) && mac_update(ctx, parts[2]) &&
	       EVP_MAC_final(ctx, out, n, EVP_MAX_MD_SIZE) == 1;
}

/* RFC 5869 section 2.3: T(i) = HMAC(PRK, T(i-1) || info || i) */
static bool
hkdf_expand(EVP_MAC_CTX *ctx, BaseBytes prk, BaseBytes info, uint8_t *out, size_t n)
{
	uint8_t block[EVP_MAX_MD_SIZE];
	size_t length = 0;
	uint8_t counter = 0;
	bool ok = true;
	for (size_t done = 0; ok && done < n;) {
		counter++;
		const BaseBytes parts[3] = {base_bytes(block, length), info,
					    base_bytes(&counter, 1)};
		ok = hmac(ctx, prk, parts, block, &length);
		if (ok) {
			size_t take = MIN(length, n - done);
			memcpy(out + done, block, take);
			done += take;
		}
	}
	base_wipe(block, sizeof(block));
	return ok;
}

static bool
derive_hkdf(CmsKdf kdf, BaseBytes secret, BaseBytes salt, BaseBytes info, uint8_t *out, size_t n)
{
	/* No salt is a salt of zeros (RFC 5869 section 2.2); for HMAC any number of them is the
	 * same key. */
	static const uint8_t zeros[32];
	EVP_MAC_CTX *ctx = prepared_hmac(kdf);
	uint8_t prk[EVP_MAX_MD_SIZE];
	size_t prk_length = 0;
	const BaseBytes parts[3] = {secret, {NULL, 0}, {NULL, 0}};
	BaseBytes key = salt.n > 0 ? salt : base_bytes(zeros, sizeof(zeros));
	bool ok = ctx != NULL && hmac(ctx, key, parts, prk, &prk_length) &&
		  hkdf_expand(ctx, base_bytes(prk, prk_length), info, out, n);
	base_wipe(prk, sizeof(prk));
	EVP_MAC_CTX_free(ctx);
	return ok;
}

bool
cms_kdf_derive(CmsKdf kdf, BaseBytes secret, BaseBytes salt, BaseBytes info, uint8_t *out, size_t n)
{
	uint8_t key[CMS_KDF_MAX];
	if (n == 0 || n > sizeof(key)) {
		return false;
	}
	bool ok = kdfs[kdf].hkdf ? derive_hkdf(kdf, secret, salt, info, key, n)
				 : derive_x963(kdf, secret, info, key, n);
	if (ok) {
		memcpy(out, key, n);
	}
	base_wipe(key, sizeof(key));
	return ok;
}

bool
cms_kdf_cek(BaseBytes cek, BaseBytes algorithm, uint8_t *out)
{
	return cms_kdf_derive(CMS_KDF_HKDF_SHA256, cek,
			      BASE_LIT("The Cryptographic Message Syntax"), algorithm, out, cek.n);
}
