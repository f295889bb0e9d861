/* SPDX-License-Identifier: MPL-2.0 */
/* Key derivation against the RFCs' vectors and against libcrypto's own functions. */
#include "cms/kdf.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "base/hex.h"
#include "cms/kari.h"
#include "t.h"

static void
assert_hex(const uint8_t *got, size_t n, const char *want)
{
	g_autofree char *hex = base_hex(base_bytes(got, n));
	g_assert_cmpstr(hex, ==, want);
}

static void
rfc9709_vectors(void)
{
	static const struct {
		const char *algorithm;
		const char *key;
	} rows[] = {
		{"301b0609608648016503040106300e040c5c79058ba2f43447639d29e2",
		 "2124ffb29fac4e0fbbc7d5d87492bff3"},
		{"301d06096086480165030401020410651f722ffd512c52fe072e507d72b377",
		 "9cd102c52f1e19ece8729b35bfeceb50"},
	};

	g_autoptr(GBytes) cek = base_hex_parse("c702e7d0a9e064b09ba55245fb733cf3");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GBytes) algorithm = base_hex_parse(rows[i].algorithm);
		uint8_t out[16];
		g_assert_true(cms_kdf_cek(base_bytes_of(cek), base_bytes_of(algorithm), out));
		assert_hex(out, sizeof(out), rows[i].key);
	}
}

/* RFC 5869 appendix A.1 and A.3. */
static void
rfc5869_vectors(void)
{
	g_autoptr(GBytes) secret = base_hex_parse("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
	g_autoptr(GBytes) salt = base_hex_parse("000102030405060708090a0b0c");
	g_autoptr(GBytes) info = base_hex_parse("f0f1f2f3f4f5f6f7f8f9");
	uint8_t out[42];
	g_assert_true(cms_kdf_derive(CMS_KDF_HKDF_SHA256, base_bytes_of(secret),
				     base_bytes_of(salt), base_bytes_of(info), out, sizeof(out)));
	assert_hex(
		out, sizeof(out),
		"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
	g_assert_true(cms_kdf_derive(CMS_KDF_HKDF_SHA256, base_bytes_of(secret),
				     base_bytes(NULL, 0), base_bytes(NULL, 0), out, sizeof(out)));
	assert_hex(
		out, sizeof(out),
		"8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

static const struct {
	CmsKdf kdf;
	const char *name;
	const char *hash;
} peers[] = {
	{CMS_KDF_X963_SHA1, "X963KDF", "SHA1"},     {CMS_KDF_X963_SHA224, "X963KDF", "SHA224"},
	{CMS_KDF_X963_SHA256, "X963KDF", "SHA256"}, {CMS_KDF_X963_SHA384, "X963KDF", "SHA384"},
	{CMS_KDF_X963_SHA512, "X963KDF", "SHA512"}, {CMS_KDF_HKDF_SHA256, "HKDF", "SHA256"},
	{CMS_KDF_HKDF_SHA384, "HKDF", "SHA384"},    {CMS_KDF_HKDF_SHA512, "HKDF", "SHA512"},
};

/* The same by libcrypto. Its X9.63 calls the shared info "info" too. */
static void
derive_by_peer(size_t i, BaseBytes secret, BaseBytes salt, BaseBytes info, uint8_t *out, size_t n)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, peers[i].name, NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	g_autofree char *hash = g_strdup(peers[i].hash);
	OSSL_PARAM params[5];
	OSSL_PARAM *p = params;
	*p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0);
	*p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)secret.p,
						 secret.n);
	*p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info.p,
						 info.n);
	if (salt.n > 0) {
		*p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT,
							 (void *)(uintptr_t)salt.p, salt.n);
	}
	*p = OSSL_PARAM_construct_end();
	g_assert_cmpint(EVP_KDF_derive(ctx, out, n, params), ==, 1);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

static void
agrees_with_libcrypto(void)
{
	static const size_t lengths[] = {1, 16, 20, 24, 28, 32, 33, 63, 64};
	uint8_t random[160];
	g_assert_cmpint(RAND_bytes(random, sizeof(random)), ==, 1);
	BaseBytes secret = base_bytes(random, 66);
	BaseBytes info = base_bytes(random + 66, 40);
	for (size_t i = 0; i < G_N_ELEMENTS(peers); i++) {
		bool hkdf = strcmp(peers[i].name, "HKDF") == 0;
		for (size_t j = 0; j < G_N_ELEMENTS(lengths); j++) {
			BaseBytes salt = base_bytes(random + 106, hkdf ? j * 6 : 0);
			uint8_t ours[CMS_KDF_MAX];
			uint8_t theirs[CMS_KDF_MAX];
			g_assert_true(
				cms_kdf_derive(peers[i].kdf, secret, salt, info, ours, lengths[j]));
			derive_by_peer(i, secret, salt, info, theirs, lengths[j]);
			t_assert_bytes(ours, lengths[j], theirs, lengths[j]);
		}
	}
}

static void
refuses_odd_lengths(void)
{
	uint8_t out[CMS_KDF_MAX + 1];
	BaseBytes none = {NULL, 0};
	g_assert_false(cms_kdf_derive(CMS_KDF_X963_SHA256, BASE_LIT("s"), none, none, out, 0));
	g_assert_false(
		cms_kdf_derive(CMS_KDF_HKDF_SHA256, BASE_LIT("s"), none, none, out, sizeof(out)));
}

/* ECC-CMS-SharedInfo by hand: keyInfo, [0] ukm, [2] bits as 32-bit number (RFC 8418 section 2). */
static void
writes_shared_info(void)
{
	static const struct {
		CmsOid wrap;
		bool null;
		const char *ukm;
		size_t kek_n;
		const char *want;
	} rows[] = {
		{CMS_OID_AES128_WRAP, false, NULL, 16,
		 "3015300b0609608648016503040105a206040400000080"},
		{CMS_OID_AES256_WRAP, false, NULL, 32,
		 "3015300b06096086480165030401"
		 "2da206040400000100"},
		{CMS_OID_AES128_WRAP, true, NULL, 16,
		 "3017300d0609608648016503040105"
		 "0500a206040400000080"},
		{CMS_OID_AES256_WRAP, false, "abcd", 32,
		 "301d300b060960864801650304012da006040461626364a206040400000100"},
		{CMS_OID_AES256_WRAP, false, "", 32,
		 "3019300b060960864801650304012da0020400a206040400000100"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GByteArray) key_info = g_byte_array_new();
		g_autoptr(GByteArray) out = g_byte_array_new();
		BaseBytes ukm = base_bytes_str(rows[i].ukm);
		cms_der_algorithm(key_info, rows[i].wrap, rows[i].null);
		cms_kari_shared_info(out, base_bytes_of_array(key_info),
				     rows[i].ukm == NULL ? NULL : &ukm, rows[i].kek_n);
		assert_hex(out->data, out->len, rows[i].want);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/kdf/rfc9709", rfc9709_vectors);
	g_test_add_func("/kdf/rfc5869", rfc5869_vectors);
	g_test_add_func("/kdf/libcrypto", agrees_with_libcrypto);
	g_test_add_func("/kdf/lengths", refuses_odd_lengths);
	g_test_add_func("/kdf/shared-info", writes_shared_info);
	return g_test_run();
}
