/* SPDX-License-Identifier: MPL-2.0 */
/* Algorithm identifiers, digests and their names. */
#include "fixture.h"

#include "cms/alg.h"

/* RSASSA-PSS with SHA-256 for both and 32 octets of salt, as RFC 4055 writes it. */
#define PSS_256                                                                                        \
	"\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34\xa0\x0f\x30\x0d\x06\x09\x60\x86" \
	"\x48\x01\x65\x03\x04\x02\x01\x05\x00\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" \
	"\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\xa2\x03\x02\x01\x20"

static void
test_digest_identifiers(void)
{
	const struct {
		BaseBytes in;
		CmsDigest want;
	} table[] = {
		{BASE_LIT("\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"),
		 CMS_DIGEST_SHA256},
		{BASE_LIT("\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00"),
		 CMS_DIGEST_SHA512},
		{BASE_LIT("\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00"), CMS_DIGEST_SHA1},
		{BASE_LIT("\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00"),
		 CMS_DIGEST_MD5},
		{BASE_LIT("\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x02\x00"),
		 CMS_DIGEST_UNKNOWN},
		{BASE_LIT("\x30\x0f\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x05\x00"),
		 CMS_DIGEST_UNKNOWN},
		{BASE_LIT("\x30\x00"), CMS_DIGEST_UNKNOWN},
		{BASE_LIT(""), CMS_DIGEST_UNKNOWN},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_assert_cmpint(cms_alg_digest(table[i].in), ==, table[i].want);
	}
}

static const struct {
	BaseBytes in;
	bool ok;
	CmsScheme scheme;
	CmsDigest digest;
	unsigned salt;
} signatures[] = {
	{BASE_LIT("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"), true,
	 CMS_SCHEME_RSA, CMS_DIGEST_UNKNOWN, 0},
	{BASE_LIT("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"), true,
	 CMS_SCHEME_RSA, CMS_DIGEST_SHA256, 0},
	{BASE_LIT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"), true, CMS_SCHEME_ECDSA,
	 CMS_DIGEST_SHA384, 0},
	{BASE_LIT("\x30\x05\x06\x03\x2b\x65\x70"), true, CMS_SCHEME_ED25519, CMS_DIGEST_SHA512, 0},
	{BASE_LIT("\x30\x07\x06\x03\x2b\x65\x70\x05\x00"), false, CMS_SCHEME_UNKNOWN,
	 CMS_DIGEST_UNKNOWN, 0},
	{BASE_LIT(PSS_256), true, CMS_SCHEME_RSA_PSS, CMS_DIGEST_SHA256, 32},
	/* all defaults: SHA-1 */
	{BASE_LIT("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x00"), true,
	 CMS_SCHEME_RSA_PSS, CMS_DIGEST_SHA1, 20},
	/* parameters absent; a trailer field of 2; a salt too long */
	{BASE_LIT("\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"), false,
	 CMS_SCHEME_UNKNOWN, CMS_DIGEST_UNKNOWN, 0},
	{BASE_LIT(
		 "\x30\x12\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x05\xa3\x03\x02\x01\x02"),
	 false, CMS_SCHEME_UNKNOWN, CMS_DIGEST_UNKNOWN, 0},
	{BASE_LIT(
		 "\x30\x13\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x06\xa2\x04\x02\x02\x7f\xff"),
	 false, CMS_SCHEME_UNKNOWN, CMS_DIGEST_UNKNOWN, 0},
	{BASE_LIT("\x30\x04\x06\x02\x2a\x03"), true, CMS_SCHEME_UNKNOWN, CMS_DIGEST_UNKNOWN, 0},
	{BASE_LIT("\x30\x09\x06\x07\x2a\x86\x48\xce\x38\x04\x03"), true, CMS_SCHEME_DSA,
	 CMS_DIGEST_SHA1, 0},
	{BASE_LIT("\x31\x00"), false, CMS_SCHEME_UNKNOWN, CMS_DIGEST_UNKNOWN, 0},
};

static void
test_signature_identifiers(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(signatures); i++) {
		CmsSignatureAlg alg = {0};
		g_assert_true(cms_alg_signature(signatures[i].in, &alg) == signatures[i].ok);
		g_assert_cmpint(alg.scheme, ==, signatures[i].scheme);
		g_assert_cmpint(alg.digest, ==, signatures[i].digest);
		g_assert_cmpuint(alg.salt, ==, signatures[i].salt);
	}
}

static void
test_written(void)
{
	const struct {
		CmsSignatureAlg alg;
		BaseBytes want;
	} table[] = {
		{{CMS_SCHEME_RSA, CMS_DIGEST_SHA256, 0},
		 BASE_LIT("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00")},
		{{CMS_SCHEME_RSA_PSS, CMS_DIGEST_SHA256, 32}, BASE_LIT(PSS_256)},
		{{CMS_SCHEME_ECDSA, CMS_DIGEST_SHA256, 0},
		 BASE_LIT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02")},
		{{CMS_SCHEME_ED25519, CMS_DIGEST_SHA512, 0},
		 BASE_LIT("\x30\x05\x06\x03\x2b\x65\x70")},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(GByteArray) out = g_byte_array_new();
		cms_alg_put_signature(out, &table[i].alg);
		t_assert_bytes(out->data, out->len, table[i].want.p, table[i].want.n);
	}
	g_autoptr(GByteArray) out = g_byte_array_new();
	cms_alg_put_digest(out, CMS_DIGEST_SHA256);
	t_assert_bytes(out->data, out->len, "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01",
		       13);
}

static void
test_equal(void)
{
	BaseBytes absent = BASE_LIT("\x30\x04\x06\x02\x2a\x03");
	BaseBytes null = BASE_LIT("\x30\x06\x06\x02\x2a\x03\x05\x00");
	BaseBytes other = BASE_LIT("\x30\x06\x06\x02\x2a\x03\x30\x00");
	BaseBytes foreign = BASE_LIT("\x30\x04\x06\x02\x2a\x04");
	g_assert_true(cms_alg_equal(absent, null));
	g_assert_true(cms_alg_equal(other, other));
	g_assert_false(cms_alg_equal(absent, other));
	g_assert_false(cms_alg_equal(absent, foreign));
	g_assert_false(cms_alg_equal(BASE_LIT(""), BASE_LIT("")));
}

static void
test_names(void)
{
	const struct {
		const char *micalg;
		CmsDigest want;
	} table[] = {
		{"sha-256", CMS_DIGEST_SHA256},
		{"SHA256", CMS_DIGEST_SHA256},
		{"\"sha-512\"", CMS_DIGEST_SHA512},
		{" sha1 ", CMS_DIGEST_SHA1},
		{"md5", CMS_DIGEST_MD5},
		{"sha-3", CMS_DIGEST_UNKNOWN},
		{"unknown", CMS_DIGEST_UNKNOWN},
		{"", CMS_DIGEST_UNKNOWN},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_assert_cmpint(cms_digest_from_micalg(base_bytes_str(table[i].micalg)), ==,
				table[i].want);
	}
	g_assert_cmpstr(cms_digest_name(CMS_DIGEST_SHA384), ==, "sha384");
	g_assert_cmpstr(cms_digest_micalg(CMS_DIGEST_SHA384), ==, "sha-384");
	g_assert_cmpstr(cms_scheme_name(CMS_SCHEME_RSA_PSS), ==, "rsa-pss");
	g_assert_true(cms_digest_is_weak(CMS_DIGEST_SHA1));
	g_assert_false(cms_digest_is_weak(CMS_DIGEST_SHA224));
}

/* "abc", FIPS 180-4 and RFC 1321. */
static void
test_hash(void)
{
	static const struct {
		CmsDigest digest;
		const char *start;
	} table[] = {
		{CMS_DIGEST_MD5, "\x90\x01\x50\x98"},    {CMS_DIGEST_SHA1, "\xa9\x99\x3e\x36"},
		{CMS_DIGEST_SHA224, "\x23\x09\x7d\x22"}, {CMS_DIGEST_SHA256, "\xba\x78\x16\xbf"},
		{CMS_DIGEST_SHA384, "\xcb\x00\x75\x3f"}, {CMS_DIGEST_SHA512, "\xdd\xaf\x35\xa1"},
	};

	g_autoptr(BaseSink) memory = base_sink_new_memory(10);
	g_autoptr(BaseSink) all = cms_hash_new(~0U, memory);
	for (int round = 0; round < 2; round++) {
		g_assert_true(base_sink_write(all, BASE_LIT("a"), NULL));
		g_assert_true(base_sink_write(all, BASE_LIT(""), NULL));
		g_assert_true(base_sink_write(all, BASE_LIT("bc"), NULL));
		for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
			uint8_t one[CMS_DIGEST_MAX];
			uint8_t shot[CMS_DIGEST_MAX];
			g_assert_true(cms_hash_take(all, table[i].digest, one));
			g_assert_true(cms_hash_take(all, table[i].digest, one));
			g_assert_true(cms_digest_compute(table[i].digest, BASE_LIT("abc"), shot));
			t_assert_bytes(one, 4, table[i].start, 4);
			t_assert_bytes(one, cms_digest_size(table[i].digest), shot,
				       cms_digest_size(table[i].digest));
		}
		cms_hash_reset(all, memory);
	}
	T_ASSERT_STR_BYTES(base_sink_peek_bytes(memory), "abcabc");
	uint8_t none[CMS_DIGEST_MAX];
	g_autoptr(BaseSink) few = cms_hash_new(CMS_DIGEST_BIT(CMS_DIGEST_SHA1), NULL);
	g_assert_false(cms_hash_take(few, CMS_DIGEST_SHA256, none));
	g_assert_false(cms_digest_compute(CMS_DIGEST_UNKNOWN, BASE_LIT("abc"), none));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cms/alg/digest", test_digest_identifiers);
	g_test_add_func("/cms/alg/signature", test_signature_identifiers);
	g_test_add_func("/cms/alg/written", test_written);
	g_test_add_func("/cms/alg/equal", test_equal);
	g_test_add_func("/cms/digest/names", test_names);
	g_test_add_func("/cms/digest/hash", test_hash);
	return g_test_run();
}
