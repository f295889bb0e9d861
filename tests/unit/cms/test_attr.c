/* SPDX-License-Identifier: MPL-2.0 */
/* Signed attributes written and read, and the keys and certificates that they point at. */
#include "fixture.h"

#include "cms/attr.h"
#include "cms/key.h"

#define TYPE \
	"\x30\x18\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03\x31\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define TIME                                                                   \
	"\x30\x1c\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05\x31\x0f\x17\x0d" \
	"261121100000Z"
#define PREFERENCE "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0b"
#define CERT_V2    "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f"

static void
test_written(void)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	cms_attr_put_content_type(out, CMS_OID_DATA);
	cms_attr_put_signing_time(out, G_GINT64_CONSTANT(1795255200));
	cms_attr_put_message_digest(out, BASE_LIT("abcd"));
	const char want[] =
		TYPE TIME "\x30\x13\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04\x31\x06\x04\x04"
			  "abcd";
	t_assert_bytes(out->data, out->len, want, sizeof(want) - 1);
}

static void
test_round(void)
{
	const CmsSignatureAlg alg = {CMS_SCHEME_RSA, CMS_DIGEST_SHA256, 0};
	g_autoptr(GBytes) cert = fx_cert(fx_key(FX_P256), "attributes", 300);
	g_autoptr(GByteArray) out = g_byte_array_new();
	cms_attr_put_content_type(out, CMS_OID_DATA);
	cms_attr_put_message_digest(out, BASE_LIT("digest"));
	cms_attr_put_capabilities(out, BASE_LIT("\x30\x00"));
	cms_attr_put_protection(out, &alg);
	g_assert_true(cms_attr_put_signing_certificate(out, base_bytes_of(cert)));
	g_assert_true(cms_attr_put_key_preference(out, base_bytes_of(cert)));
	cms_attr_put(out, BASE_LIT("\x2a\x03"), BASE_LIT("\x05\x00"));
	CmsAttributes a;
	g_assert_true(cms_attr_parse(base_bytes_of_array(out), &a));
	CmsCertificateId id;
	g_assert_true(cms_certificate_id(base_bytes_of(cert), &id));
	T_ASSERT_STR_BYTES(a.message_digest, "digest");
	g_assert_cmpint(a.signing_time, ==, INT64_MIN);
	g_assert_true(base_bytes_equal(a.preference_issuer, id.issuer));
	g_assert_true(base_bytes_equal(a.preference_serial, id.serial));
	T_ASSERT_STR_BYTES(a.preference_serial, "\x01\x2c");
	uint8_t hash[CMS_DIGEST_MAX];
	cms_digest_compute(CMS_DIGEST_SHA256, base_bytes_of(cert), hash);
	g_assert_cmpint(a.cert_digest, ==, CMS_DIGEST_SHA256);
	t_assert_bytes(a.cert_hash.p, a.cert_hash.n, hash, 32);
	g_assert_true(a.has_protection);
	g_assert_cmpuint(a.unknown, ==, 1);
	BaseBytes value = {0};
	g_assert_true(cms_attr_find(base_bytes_of_array(out), BASE_LIT("\x2a\x03"), &value));
	t_assert_bytes(value.p, value.n, "\x05\x00", 2);
	g_assert_false(cms_attr_put_signing_certificate(out, BASE_LIT("junk")));
	g_assert_false(cms_attr_put_key_preference(out, BASE_LIT("")));
}

static void
test_forms(void)
{
	const struct {
		BaseBytes in;
		bool ok;
		const char *ski;
	} table[] = {
		{BASE_LIT(TYPE TIME), true, NULL},
		{BASE_LIT(""), true, NULL},
		{BASE_LIT("\x30\x15" PREFERENCE "\x31\x06\x82\x04"
			  "keyi"),
		 true, "keyi"},
		{BASE_LIT("\x30\x17" PREFERENCE "\x31\x08\xa1\x06\x04\x04"
			  "keyi"),
		 true, "keyi"},
		{BASE_LIT("\x30\x13" PREFERENCE "\x31\x04\x83\x02"
			  "ab"),
		 false, NULL},
		{BASE_LIT("\x30\x0f" PREFERENCE "\x31\x00"), false, NULL},
		{BASE_LIT("\x30\x1d" CERT_V2 "\x31\x0e\x30\x0c\x30\x0a\x30\x08\x04\x06"
			  "0123ab"),
		 true, NULL},
		{BASE_LIT("\x30\x13" CERT_V2 "\x31\x04\x30\x02\x30\x00"), false, NULL},
		{BASE_LIT(TIME TIME), false, NULL},
		{BASE_LIT(TYPE "\x05"), false, NULL},
		{BASE_LIT("\x30\x04\x06\x02\x2a\x03"), false, NULL},
		{BASE_LIT("\x30\x08\x06\x02\x2a\x03\x31\x00\x05\x00"), false, NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		CmsAttributes a = {0};
		g_assert_true(cms_attr_parse(table[i].in, &a) == table[i].ok);
		if (table[i].ski != NULL) {
			T_ASSERT_STR_BYTES(a.preference_ski, table[i].ski);
		}
	}
}

/* ---- keys ---- */

static void
test_import(void)
{
	const CmsKeyType types[FX_N_KEYS] = {CMS_KEY_RSA, CMS_KEY_RSA, CMS_KEY_EC,
					     CMS_KEY_EC,  CMS_KEY_EC,  CMS_KEY_ED25519};
	for (int k = 0; k < FX_N_KEYS; k++) {
		g_autoptr(GError) error = NULL;
		EVP_PKEY *private = fx_key((FxKind)k);
		g_autoptr(GBytes) cert = fx_cert(private, "key", k + 1);
		g_autoptr(CmsKey) key = cms_key_new_certificate(base_bytes_of(cert), &error);
		g_assert_no_error(error);
		g_assert_cmpint(EVP_PKEY_eq(private, cms_key_evp(key)), ==, 1);
		g_assert_cmpint(cms_key_type(key), ==, types[k]);
		g_assert_cmpint(cms_key_bits(key), ==, EVP_PKEY_get_bits(private));
		g_assert_true(cms_key_is_weak(key) == (k == FX_RSA_1024));
		GBytes *signature = NULL;
		g_assert_true(cms_raw_sign(private, BASE_LIT("proof"), &signature, &error));
		BaseBytes s = base_bytes_of(signature);
		g_assert_true(cms_raw_verify(key, BASE_LIT("proof"), s) == (k != FX_RSA_1024));
		g_assert_false(cms_raw_verify(key, BASE_LIT("Proof"), s));
		g_assert_false(cms_raw_verify(key, BASE_LIT("proof"), base_bytes(s.p, s.n - 1)));
		g_bytes_unref(signature);
	}
}

/* SubjectPublicKeyInfo of an RSA key from its two integers. */
static GBytes *
rsa_spki(BaseBytes n, BaseBytes e)
{
	GByteArray *out = g_byte_array_new();
	guint spki = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_algorithm(out, CMS_OID_RSA, true);
	guint bits = cms_der_begin(out, CMS_TAG_BIT_STRING);
	g_byte_array_append(out, (const guint8 *)"", 1);
	guint key = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_unsigned(out, n);
	cms_der_unsigned(out, e);
	cms_der_end(out, key);
	cms_der_end(out, bits);
	cms_der_end(out, spki);
	return g_byte_array_free_to_bytes(out);
}

static void
test_insane_rsa(void)
{
	uint8_t modulus[1025];
	memset(modulus, 0xff, sizeof(modulus));

	const struct {
		size_t n;
		BaseBytes e;
		int code; /* -1: fine */
	} table[] = {
		{256, BASE_LIT("\x01\x00\x01"), -1},
		{1024, BASE_LIT("\x03"), -1},
		{256, BASE_LIT("\xff\xff\xff\xff\xff\xff\xff\xff"), -1},
		{1025, BASE_LIT("\x03"), PS_ERROR_LIMIT},
		{256, BASE_LIT("\x01"), PS_ERROR_MALFORMED},
		{256, BASE_LIT("\x02"), PS_ERROR_MALFORMED},
		{256, BASE_LIT("\x00"), PS_ERROR_MALFORMED},
		{256, BASE_LIT("\x01\x00\x00"), PS_ERROR_MALFORMED},
		{256, BASE_LIT("\x01\x00\x00\x00\x00\x00\x00\x00\x01"), PS_ERROR_MALFORMED},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) spki = rsa_spki(base_bytes(modulus, table[i].n), table[i].e);
		g_autoptr(CmsKey) key = cms_key_new(base_bytes_of(spki), &error);
		if (table[i].code < 0) {
			g_assert_no_error(error);
		} else {
			g_assert_null(key);
			g_assert_error(error, PS_ERROR, table[i].code);
		}
	}
}

/* A point off the curve, and explicit or unknown curves, are refused. */
static void
test_insane_ec(void)
{
	static const char head[] =
		"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48"
		"\xce\x3d\x03\x01\x07\x03\x42\x00\x04";
	uint8_t spki[sizeof(head) - 1 + 64];
	memcpy(spki, head, sizeof(head) - 1);
	memset(spki + sizeof(head) - 1, 0x11, 64);
	g_autoptr(GError) error = NULL;
	g_assert_null(cms_key_new(base_bytes(spki, sizeof(spki)), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
	g_clear_error(&error);
	spki[22] = 0x7f;
	g_assert_null(cms_key_new(base_bytes(spki, sizeof(spki)), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_UNSUPPORTED);
}

static void
test_cache(void)
{
	g_autoptr(CmsKeyCache) cache = cms_key_cache_new(2);
	GBytes *certs[3];
	for (int i = 0; i < 3; i++) {
		certs[i] = fx_cert(fx_key(FX_P256), "cache", i + 1);
	}
	const CmsCacheEntry *a = cms_key_cache_get(cache, base_bytes_of(certs[0]));
	g_assert_nonnull(a->key);
	g_assert_true(cms_key_cache_get(cache, base_bytes_of(certs[0])) == a);
	cms_key_cache_get(cache, base_bytes_of(certs[1]));
	g_assert_true(cms_key_cache_get(cache, base_bytes_of(certs[0])) == a);
	for (int i = 0; i < 30; i++) {
		const CmsCacheEntry *e = cms_key_cache_get(cache, base_bytes_of(certs[i % 3]));
		g_assert_true(g_bytes_equal(e->der, certs[i % 3]));
		uint8_t hash[CMS_DIGEST_MAX];
		cms_digest_compute(CMS_DIGEST_SHA256, base_bytes_of(e->der), hash);
		t_assert_bytes(e->sha256, 32, hash, 32);
	}
	g_assert_null(cms_key_cache_get(cache, BASE_LIT("")));
	g_assert_null(cms_key_cache_get(cache, BASE_LIT("junk")));
	for (int i = 0; i < 3; i++) {
		g_bytes_unref(certs[i]);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cms/attr/written", test_written);
	g_test_add_func("/cms/attr/round", test_round);
	g_test_add_func("/cms/attr/forms", test_forms);
	g_test_add_func("/cms/key/import", test_import);
	g_test_add_func("/cms/key/insane-rsa", test_insane_rsa);
	g_test_add_func("/cms/key/insane-ec", test_insane_ec);
	g_test_add_func("/cms/key/cache", test_cache);
	return g_test_run();
}
