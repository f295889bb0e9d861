/* SPDX-License-Identifier: MPL-2.0 */
/* For tests of decrypting: sealed values built by hand on libcrypto, right or wrong in every field.
 */
#pragma once

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/rsa.h>

#include "base/hex.h"
#include "cms/kdf.h"
#include "cms/wrap.h"
#include "envelope.h"

/* One value to build; what is left out is usual. */
typedef struct {
	CmsKind kind;
	const char *evp;      /* content cipher by libcrypto's name */
	CmsOid oid;           /* its AlgorithmIdentifier */
	BaseBytes parameters; /* whole TLV */
	BaseBytes cek;
	BaseBytes iv;
	BaseBytes attrs; /* content of authAttrs */
	BaseBytes infos; /* RecipientInfo TLVs, one after the other */
	int tag_n;       /* of the mac; 0: no AEAD */
	bool raw;        /* the plaintext is whole blocks with its padding */
	bool cek_hkdf;
} Recipe;

static inline GBytes *
bytes_of(GByteArray *array)
{
	return g_byte_array_free_to_bytes(array);
}

static inline GBytes *
tlv(uint8_t tag, BaseBytes value)
{
	GByteArray *out = g_byte_array_new();
	cms_der_tlv(out, tag, value);
	return bytes_of(out);
}

/* GCMParameters; @icv 0: the field is left out. */
static inline GBytes *
gcm_parameters(BaseBytes nonce, unsigned icv)
{
	GByteArray *out = g_byte_array_new();
	guint mark = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_octets(out, nonce);
	if (icv != 0) {
		cms_der_uint(out, icv);
	}
	cms_der_end(out, mark);
	return bytes_of(out);
}

/* The ciphertext and the tag of @recipe under @key. */
static inline GByteArray *
run_cipher(const Recipe *recipe, const uint8_t *key, BaseBytes plain, uint8_t tag[16])
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, recipe->evp, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	GByteArray *out = g_byte_array_sized_new((guint)plain.n + 32);
	int n = 0;
	g_byte_array_set_size(out, (guint)plain.n + 32);
	g_assert_cmpint(EVP_EncryptInit_ex2(ctx, cipher, NULL, NULL, NULL), ==, 1);
	if (recipe->tag_n > 0) {
		g_assert_cmpint(
			EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)recipe->iv.n, NULL),
			==, 1);
	}
	g_assert_cmpint(EVP_EncryptInit_ex2(ctx, NULL, key, recipe->iv.p, NULL), ==, 1);
	EVP_CIPHER_CTX_set_padding(ctx, recipe->raw ? 0 : 1);
	if (recipe->attrs.n > 0) {
		g_autoptr(GBytes) aad = tlv(CMS_TAG_SET, recipe->attrs);
		BaseBytes a = base_bytes_of(aad);
		g_assert_cmpint(EVP_EncryptUpdate(ctx, NULL, &n, a.p, (int)a.n), ==, 1);
	}
	g_assert_cmpint(EVP_EncryptUpdate(ctx, out->data, &n, plain.p, (int)plain.n), ==, 1);
	int last = 0;
	g_assert_cmpint(EVP_EncryptFinal_ex(ctx, out->data + n, &last), ==, 1);
	g_byte_array_set_size(out, (guint)(n + last));
	if (recipe->tag_n > 0) {
		g_assert_cmpint(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, tag), ==, 1);
	}
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return out;
}

static inline GBytes *
algorithm_of(const Recipe *recipe)
{
	GByteArray *out = g_byte_array_new();
	guint mark = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_oid(out, recipe->oid);
	cms_der_raw(out, recipe->parameters);
	cms_der_end(out, mark);
	return bytes_of(out);
}

static inline void
put_algorithm(GByteArray *out, const Recipe *recipe, BaseBytes inner)
{
	if (recipe->cek_hkdf) {
		guint mark = cms_der_begin(out, CMS_TAG_SEQUENCE);
		cms_der_oid(out, CMS_OID_CEK_HKDF_SHA256);
		cms_der_raw(out, inner);
		cms_der_end(out, mark);
	} else {
		cms_der_raw(out, inner);
	}
}

static inline GBytes *
build(const Recipe *recipe, BaseBytes plain)
{
	bool auth = recipe->kind == CMS_KIND_AUTH_ENVELOPED;
	g_autoptr(GBytes) algorithm = algorithm_of(recipe);
	uint8_t key[32];
	uint8_t tag[16] = {0};
	memcpy(key, recipe->cek.p, recipe->cek.n);
	if (recipe->cek_hkdf) {
		g_assert_true(cms_kdf_cek(recipe->cek, base_bytes_of(algorithm), key));
	}
	g_autoptr(GByteArray) content = run_cipher(recipe, key, plain, tag);
	GByteArray *out = g_byte_array_new();
	guint top = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_oid(out, auth ? CMS_OID_AUTH_ENVELOPED_DATA : CMS_OID_ENVELOPED_DATA);
	guint expl = cms_der_begin(out, 0xa0);
	guint data = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_uint(out, 0);
	cms_der_tlv(out, CMS_TAG_SET, recipe->infos);
	guint info = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_oid(out, CMS_OID_DATA);
	put_algorithm(out, recipe, base_bytes_of(algorithm));
	cms_der_tlv(out, 0x80, base_bytes_of_array(content));
	cms_der_end(out, info);
	if (auth) {
		if (recipe->attrs.n > 0) {
			cms_der_tlv(out, 0xa1, recipe->attrs);
		}
		cms_der_octets(out, base_bytes(tag, (size_t)recipe->tag_n));
	}
	cms_der_end(out, data);
	cms_der_end(out, expl);
	cms_der_end(out, top);
	return bytes_of(out);
}

static inline void
put_rid(GByteArray *out, const Person *person)
{
	CmsCertificateId id;
	g_assert_true(cms_certificate_id(base_bytes_of(person->der), &id));
	guint mark = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_raw(out, id.issuer);
	cms_der_tlv(out, CMS_TAG_INTEGER, id.serial);
	cms_der_end(out, mark);
}

/* A KeyTransRecipientInfo around any octets. */
static inline GBytes *
ktri_around(const Person *person, BaseBytes encrypted_key)
{
	GByteArray *out = g_byte_array_new();
	guint mark = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_uint(out, 0);
	put_rid(out, person);
	cms_der_algorithm(out, CMS_OID_RSA, true);
	cms_der_octets(out, encrypted_key);
	cms_der_end(out, mark);
	return bytes_of(out);
}

/* PKCS #1 v1.5, or with @raw the block as it is. */
static inline GBytes *
ktri(const Person *person, BaseBytes block, bool raw)
{
	uint8_t encrypted[512];
	size_t n = sizeof(encrypted);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(person->key, NULL);
	g_assert_cmpint(EVP_PKEY_encrypt_init(ctx), ==, 1);
	EVP_PKEY_CTX_set_rsa_padding(ctx, raw ? RSA_NO_PADDING : RSA_PKCS1_PADDING);
	g_assert_cmpint(EVP_PKEY_encrypt(ctx, encrypted, &n, block.p, block.n), ==, 1);
	EVP_PKEY_CTX_free(ctx);
	return ktri_around(person, base_bytes(encrypted, n));
}

/* A KeyAgreeRecipientInfo to build. */
typedef struct {
	const char *scheme; /* OID in hex */
	const char *kdf;    /* libcrypto's name */
	const char *hash;
	CmsOid wrap;
	size_t kek_n;
	const char *ukm;   /* NULL: absent */
	bool sends_null;   /* parameters NULL in the message */
	bool binds_null;   /* parameters NULL in the shared info */
	bool by_key_id;    /* rKeyId in place of issuerAndSerialNumber */
	bool curve_params; /* ECParameters in originatorKey */
} Agreement;

static inline size_t
agree_by_peer(EVP_PKEY *ephemeral, EVP_PKEY *peer, uint8_t secret[66])
{
	size_t n = 66;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(ephemeral, NULL);
	g_assert_cmpint(EVP_PKEY_derive_init(ctx), ==, 1);
	g_assert_cmpint(EVP_PKEY_derive_set_peer(ctx, peer), ==, 1);
	g_assert_cmpint(EVP_PKEY_derive(ctx, secret, &n), ==, 1);
	EVP_PKEY_CTX_free(ctx);
	return n;
}

static inline void
kek_by_peer(const Agreement *a, BaseBytes secret, uint8_t *kek)
{
	/* ECC-CMS-SharedInfo, put together without the code under test. */
	g_autoptr(GByteArray) info = g_byte_array_new();
	const uint8_t bits[8] = {
		0xa2, 6, 4, 4, 0, 0, (uint8_t)(a->kek_n * 8 >> 8), (uint8_t)(a->kek_n * 8)};
	guint mark = cms_der_begin(info, CMS_TAG_SEQUENCE);
	cms_der_algorithm(info, a->wrap, a->binds_null);
	if (a->ukm != NULL) {
		g_autoptr(GBytes) ukm = tlv(CMS_TAG_OCTET_STRING, base_bytes_str(a->ukm));
		cms_der_tlv(info, 0xa0, base_bytes_of(ukm));
	}
	cms_der_raw(info, base_bytes(bits, sizeof(bits)));
	cms_der_end(info, mark);
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, a->kdf, NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[5];
	OSSL_PARAM *p = params;
	*p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)a->hash,
						0);
	*p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)secret.p,
						 secret.n);
	*p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info->data, info->len);
	if (a->ukm != NULL && strcmp(a->kdf, "HKDF") == 0) {
		*p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT,
							 (void *)(uintptr_t)a->ukm, strlen(a->ukm));
	}
	*p = OSSL_PARAM_construct_end();
	g_assert_cmpint(EVP_KDF_derive(ctx, kek, a->kek_n, params), ==, 1);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

static inline void
put_originator(GByteArray *out, EVP_PKEY *ephemeral, bool x25519, bool curve_params)
{
	uint8_t point[161] = {0};
	size_t n = 0;
	g_assert_cmpint(EVP_PKEY_get_octet_string_param(
				ephemeral, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point + 1, 160, &n),
			==, 1);
	guint a0 = cms_der_begin(out, 0xa0);
	guint a1 = cms_der_begin(out, 0xa1);
	guint algorithm = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_oid(out, x25519 ? CMS_OID_X25519 : CMS_OID_EC_PUBLIC_KEY);
	if (curve_params) {
		cms_der_oid(out, CMS_OID_P256);
	}
	cms_der_end(out, algorithm);
	cms_der_tlv(out, CMS_TAG_BIT_STRING, base_bytes(point, n + 1));
	cms_der_end(out, a1);
	cms_der_end(out, a0);
}

static inline void
put_agreement_algorithm(GByteArray *out, const Agreement *a)
{
	g_autoptr(GBytes) scheme = base_hex_parse(a->scheme);
	guint mark = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_tlv(out, CMS_TAG_OID, base_bytes_of(scheme));
	cms_der_algorithm(out, a->wrap, a->sends_null);
	cms_der_end(out, mark);
}

static inline GBytes *
kari(const Person *person, const Agreement *a, BaseBytes cek)
{
	bool x25519 = EVP_PKEY_is_a(person->key, "X25519") == 1;
	EVP_PKEY_CTX *gen = EVP_PKEY_CTX_new(person->key, NULL);
	EVP_PKEY *ephemeral = NULL;
	uint8_t secret[66];
	uint8_t kek[32];
	uint8_t wrapped[CMS_WRAP_MAX_KEY + 8];
	g_assert_cmpint(EVP_PKEY_keygen_init(gen), ==, 1);
	g_assert_cmpint(EVP_PKEY_keygen(gen, &ephemeral), ==, 1);
	size_t n = agree_by_peer(ephemeral, person->key, secret);
	kek_by_peer(a, base_bytes(secret, n), kek);
	g_assert_true(cms_wrap(base_bytes(kek, a->kek_n), cek, wrapped));
	GByteArray *out = g_byte_array_new();
	guint top = cms_der_begin(out, 0xa1);
	cms_der_uint(out, 3);
	put_originator(out, ephemeral, x25519, a->curve_params);
	if (a->ukm != NULL) {
		g_autoptr(GBytes) ukm = tlv(CMS_TAG_OCTET_STRING, base_bytes_str(a->ukm));
		cms_der_tlv(out, 0xa1, base_bytes_of(ukm));
	}
	put_agreement_algorithm(out, a);
	guint keys = cms_der_begin(out, CMS_TAG_SEQUENCE);
	guint key = cms_der_begin(out, CMS_TAG_SEQUENCE);
	if (a->by_key_id) {
		g_autoptr(GBytes) ski = tlv(CMS_TAG_OCTET_STRING, BASE_LIT("ski!"));
		cms_der_tlv(out, 0xa0, base_bytes_of(ski));
	} else {
		put_rid(out, person);
	}
	cms_der_octets(out, base_bytes(wrapped, cek.n + 8));
	cms_der_end(out, key);
	cms_der_end(out, keys);
	cms_der_end(out, top);
	EVP_PKEY_free(ephemeral);
	EVP_PKEY_CTX_free(gen);
	return bytes_of(out);
}

/* Everybody in these tests. */
static Person rsa;
static Person p256;
static Person x25519;
static Person *everybody[] = {&rsa, &p256, &x25519, NULL};

static const uint8_t some_key[32] = "0123456789abcdefFEDCBA987654321";
static const uint8_t some_iv[65] = "an initial value, and more of it, for the longest nonces there";

#define HELLO BASE_LIT("hello, sealed world")

static inline void
assert_opens(GBytes *sealed, BaseBytes want)
{
	static const size_t chunks[] = {SIZE_MAX / 2, 1};
	for (size_t i = 0; i < G_N_ELEMENTS(chunks); i++) {
		g_autoptr(GBytes) plain = NULL;
		g_assert_cmpint(envelope_open(base_bytes_of(sealed), everybody, chunks[i], &plain),
				==, CMS_ENCRYPTION_OK);
		t_assert_bytes(g_bytes_get_data(plain, NULL), g_bytes_get_size(plain), want.p,
			       want.n);
	}
}

static inline void
assert_refused(GBytes *sealed, CmsEncryptionReason want)
{
	g_autoptr(GBytes) plain = NULL;
	CmsEncryptionReason reason =
		envelope_open(base_bytes_of(sealed), everybody, SIZE_MAX / 2, &plain);
	g_assert_cmpstr(cms_encryption_reason_name(reason), ==, cms_encryption_reason_name(want));
	g_assert_null(plain);
}

static inline void
make_everybody(void)
{
	rsa = person_new("RSA", 1);
	p256 = person_new("P-256", 2);
	x25519 = person_new("X25519", 3);
}

static inline void
clear_everybody(void)
{
	person_clear(&rsa);
	person_clear(&p256);
	person_clear(&x25519);
}

/* AES-256-GCM with a 12-octet nonce; @infos must be set by the caller. */
static inline Recipe
gcm_recipe(GBytes **parameters)
{
	Recipe recipe = {.kind = CMS_KIND_AUTH_ENVELOPED,
			 .evp = "AES-256-GCM",
			 .oid = CMS_OID_AES256_GCM,
			 .cek = base_bytes(some_key, 32),
			 .iv = base_bytes(some_iv, 12),
			 .tag_n = 16};
	*parameters = gcm_parameters(recipe.iv, 16);
	recipe.parameters = base_bytes_of(*parameters);
	return recipe;
}

static inline Recipe
cbc_recipe(GBytes **parameters)
{
	Recipe recipe = {.kind = CMS_KIND_ENVELOPED,
			 .evp = "AES-128-CBC",
			 .oid = CMS_OID_AES128_CBC,
			 .cek = base_bytes(some_key, 16),
			 .iv = base_bytes(some_iv, 16)};
	*parameters = tlv(CMS_TAG_OCTET_STRING, recipe.iv);
	recipe.parameters = base_bytes_of(*parameters);
	return recipe;
}
