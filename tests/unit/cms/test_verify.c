/* SPDX-License-Identifier: MPL-2.0 */
/* What others sign is judged as it deserves, and what was touched is never called good. */
#include "fixture.h"

#include "cms/attr.h"
#include "cms/sign.h"
#include "cms/verify.h"
#include <openssl/cms.h>

#define WHEN (G_GINT64_CONSTANT(1795255200))

static GBytes *
to_der(CMS_ContentInfo *info)
{
	unsigned char *der = NULL;
	int n = i2d_CMS_ContentInfo(info, &der);
	g_assert_cmpint(n, >, 0);
	GBytes *bytes = g_bytes_new(der, (gsize)n);
	OPENSSL_free(der);
	return bytes;
}

/* Parses @cms and judges its first signer over @content. */
static const char *
judge(GBytes *cms, BaseBytes content)
{
	static CmsKeyCache *cache;
	if (cache == NULL) {
		cache = cms_key_cache_new(16);
	}
	g_autoptr(CmsSignedData) sd = cms_signed_parse(cms, NULL);
	if (sd == NULL) {
		return "unreadable";
	}
	const CmsSignerInfo *si = sd->n_signers == 0 ? NULL : &sd->signers[0];
	guint8 md[CMS_DIGEST_MAX];
	BaseBytes digest = {0};
	if (si != NULL &&
	    cms_digest_compute(si->digest, sd->has_content ? sd->content : content, md)) {
		digest = base_bytes(md, cms_digest_size(si->digest));
	}
	return cms_signature_reason_name(cms_verify(sd, si, digest, cache, NULL));
}

/* ---- libcrypto's signatures ---- */

typedef struct {
	const char *want;
	FxKind key;
	unsigned flags;
	const char *md;
	bool pss;
} Peer;

static const Peer peers[] = {
	{"ok", FX_RSA, 0, "SHA256", false},
	{"ok", FX_RSA, 0, "SHA384", false},
	{"ok", FX_RSA, 0, "SHA512", false},
	{"ok", FX_RSA, 0, "SHA224", false},
	{"ok", FX_RSA, 0, "SHA256", true},
	{"ok", FX_RSA, 0, "SHA512", true},
	{"ok", FX_P256, 0, "SHA256", false},
	{"ok", FX_P256, 0, "SHA512", false},
	{"ok", FX_P384, 0, "SHA384", false},
	{"ok", FX_P521, 0, "SHA512", false},
	{"ok", FX_P256, CMS_USE_KEYID, "SHA256", false},
	{"ok", FX_RSA, CMS_USE_KEYID | CMS_NOSMIMECAP, "SHA256", false},
	{"ok", FX_RSA, CMS_CADES, "SHA256", false},
	{"weak-algorithm", FX_RSA, 0, "SHA1", false},
	{"weak-algorithm", FX_RSA, 0, "MD5", false},
	{"weak-algorithm", FX_P256, 0, "SHA1", false},
	{"weak-algorithm", FX_RSA_1024, 0, "SHA256", false},
	{"weak-algorithm", FX_RSA_1024, CMS_NOATTR, "SHA1", false},
	{"malformed", FX_RSA, CMS_NOATTR, "SHA256", false},
	{"no-signer-certificate", FX_RSA, CMS_NOCERTS, "SHA256", false},
};

static GBytes *
peer_sign(const Peer *p, BaseBytes content, unsigned flags)
{
	flags |= p->flags | CMS_BINARY;
	EVP_PKEY *key = fx_key(p->key);
	X509 *x = fx_x509(key, fx_names[p->key], 5);
	BIO *in = BIO_new_mem_buf(content.n == 0 ? (const void *)"" : content.p, (int)content.n);
	CMS_ContentInfo *info = CMS_sign(NULL, NULL, NULL, in, flags | CMS_PARTIAL);
	CMS_SignerInfo *si = CMS_add1_signer(info, x, key, EVP_get_digestbyname(p->md),
					     flags | CMS_PARTIAL | (p->pss ? CMS_KEY_PARAM : 0U));
	g_assert_nonnull(si);
	if (p->pss) {
		EVP_PKEY_CTX *context = CMS_SignerInfo_get0_pkey_ctx(si);
		EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING);
	}
	g_assert_cmpint(CMS_final(info, in, NULL, flags), ==, 1);
	GBytes *der = to_der(info);
	BIO_free(in);
	X509_free(x);
	CMS_ContentInfo_free(info);
	return der;
}

static void
test_peers(void)
{
	const size_t sizes[] = {0, 1, 55, 64, 4097};
	for (size_t i = 0; i < G_N_ELEMENTS(peers); i++) {
		for (size_t s = 0; s < G_N_ELEMENTS(sizes); s++) {
			g_autoptr(GBytes) content = fx_content(sizes[s]);
			BaseBytes octets = base_bytes_of(content);
			g_test_message("peer %zu size %zu", i, sizes[s]);
			g_autoptr(GBytes) detached = peer_sign(&peers[i], octets, CMS_DETACHED);
			g_autoptr(GBytes) opaque = peer_sign(&peers[i], octets, 0);
			g_assert_cmpstr(judge(detached, octets), ==, peers[i].want);
			g_assert_cmpstr(judge(opaque, octets), ==, peers[i].want);
			const char *other = judge(detached, BASE_LIT("something else"));
			g_assert_cmpstr(other, !=, "ok");
			g_assert_cmpstr(other, !=, "weak-algorithm");
		}
	}
}

static void
test_several_and_none(void)
{
	g_autoptr(GPtrArray) certs = g_ptr_array_new();
	g_autoptr(GBytes) none = cms_certs_only(certs);
	g_assert_cmpstr(judge(none, BASE_LIT("")), ==, "none");
	EVP_PKEY *keys[] = {fx_key(FX_P256), fx_key(FX_P384)};
	BIO *in = BIO_new_mem_buf("abc", 3);
	CMS_ContentInfo *info = CMS_sign(NULL, NULL, NULL, in, CMS_PARTIAL | CMS_BINARY);
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		X509 *x = fx_x509(keys[i], "s", (long)i + 1);
		g_assert_nonnull(CMS_add1_signer(info, x, keys[i], EVP_sha256(), CMS_PARTIAL));
		X509_free(x);
	}
	CMS_final(info, in, NULL, CMS_BINARY);
	g_autoptr(GBytes) two = to_der(info);
	g_assert_cmpstr(judge(two, BASE_LIT("")), ==, "several-signers");
	BIO_free(in);
	CMS_ContentInfo_free(info);
}

/* A signing time that nobody signed is refused, as others refuse it (RFC 5652 section 11.3). */
static void
test_unsigned(void)
{
	static const struct {
		int nid;
		int type;
		const char *value;
		const char *want;
	} rows[] = {
		{NID_pkcs9_signingTime, V_ASN1_UTCTIME, "190526120821Z", "malformed"},
		{NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, "digest", "malformed"},
		{NID_pkcs9_unstructuredName, V_ASN1_UTF8STRING, "name", "ok"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GBytes) signed_data = peer_sign(&peers[0], BASE_LIT("abc"), 0);
		BIO *in = BIO_new_mem_buf(g_bytes_get_data(signed_data, NULL),
					  (int)g_bytes_get_size(signed_data));
		CMS_ContentInfo *info = d2i_CMS_bio(in, NULL);
		CMS_SignerInfo *si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(info), 0);
		g_assert_cmpint(CMS_unsigned_add1_attr_by_NID(si, rows[i].nid, rows[i].type,
							      (const unsigned char *)rows[i].value,
							      (int)strlen(rows[i].value)),
				==, 1);
		g_autoptr(GBytes) with = to_der(info);
		g_assert_cmpstr(judge(with, BASE_LIT("")), ==, rows[i].want);
		CMS_ContentInfo_free(info);
		BIO_free(in);
	}
}

/* ---- a flipped bit is never good ---- */

static CmsSigner *
signer_of(FxKind kind)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) leaf = fx_cert(fx_key(kind), "flip", 3);
	CmsSigner *signer = cms_signer_new(fx_key(kind), leaf, NULL, NULL, &error);
	g_assert_no_error(error);
	return signer;
}

static void
test_flips(void)
{
	const FxKind kinds[] = {FX_RSA, FX_P256, FX_ED25519};
	for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++) {
		g_autoptr(CmsSigner) signer = signer_of(kinds[k]);
		g_autoptr(GBytes) cms =
			cms_signer_sign_opaque(signer, BASE_LIT("content"), WHEN, NULL);
		g_assert_cmpstr(judge(cms, BASE_LIT("")), ==, "ok");
		gsize n = 0;
		const guint8 *p = g_bytes_get_data(cms, &n);
		for (gsize bit = 0; bit < n * 8; bit++) {
			guint8 *copy = g_memdup2(p, n);
			copy[bit / 8] ^= (guint8)(1U << (bit % 8));
			g_autoptr(GBytes) flipped = g_bytes_new_take(copy, n);
			const char *reason = judge(flipped, BASE_LIT(""));
			if (g_str_equal(reason, "ok") || g_str_equal(reason, "weak-algorithm")) {
				g_error("%s: bit %zu flipped is %s", fx_names[kinds[k]], bit,
					reason);
			}
		}
		for (gsize cut = 0; cut < n; cut++) {
			g_autoptr(GBytes) part = g_bytes_new(p, cut);
			g_assert_cmpstr(judge(part, BASE_LIT("")), ==, "unreadable");
		}
	}
}

/* ---- attributes that break the rules, under a good signature ---- */

typedef struct {
	const char *name;
	void (*put)(GByteArray *set, BaseBytes certificate, const CmsSignatureAlg *alg);
	const char *want;
	bool no_type;
	bool no_digest;
} Rule;

static void
put_nothing(GByteArray *set, BaseBytes certificate, const CmsSignatureAlg *alg)
{
	(void)set;
	(void)certificate;
	(void)alg;
}

static void
put_second_type(GByteArray *set, BaseBytes certificate, const CmsSignatureAlg *alg)
{
	(void)certificate;
	(void)alg;
	cms_attr_put_content_type(set, CMS_OID_DATA);
}

static void
put_other_type(GByteArray *set, BaseBytes certificate, const CmsSignatureAlg *alg)
{
	(void)certificate;
	(void)alg;
	cms_attr_put_content_type(set, CMS_OID_ENVELOPED_DATA);
}

static void
put_two_times(GByteArray *set, BaseBytes certificate, const CmsSignatureAlg *alg)
{
	(void)certificate;
	(void)alg;
	cms_attr_put_signing_time(set, WHEN);
	cms_attr_put_signing_time(set, WHEN);
}

static void
put_two_values(GByteArray *set, BaseBytes certificate, const CmsSignatureAlg *alg)
{
	(void)certificate;
	(void)alg;
	cms_attr_put(set, cms_oid_bytes(CMS_OID_SMIME_CAPABILITIES), BASE_LIT("\x30\x00\x30\x00"));
}

static void
put_two_preferences(GByteArray *set, BaseBytes certificate, const CmsSignatureAlg *alg)
{
	(void)alg;
	cms_attr_put_key_preference(set, certificate);
	cms_attr_put(set, cms_oid_bytes(CMS_OID_ENCRYPTION_KEY_PREFERENCE),
		     BASE_LIT("\x82\x03"
			      "abc"));
}

static void
put_certificate(GByteArray *set, BaseBytes certificate, const CmsSignatureAlg *alg)
{
	(void)alg;
	cms_attr_put_signing_certificate(set, certificate);
}

static void
put_other_certificate(GByteArray *set, BaseBytes certificate, const CmsSignatureAlg *alg)
{
	(void)certificate;
	(void)alg;
	g_autoptr(GBytes) other = fx_cert(fx_key(FX_P384), "other", 9);
	cms_attr_put_signing_certificate(set, base_bytes_of(other));
}

/* SigningCertificate of RFC 2634: SHA-1. */
static void
put_old_certificate(GByteArray *set, BaseBytes certificate, const CmsSignatureAlg *alg)
{
	(void)alg;
	guint8 md[CMS_DIGEST_MAX];
	cms_digest_compute(CMS_DIGEST_SHA1, certificate, md);
	g_autoptr(GByteArray) value = g_byte_array_new();
	guint a = cms_der_begin(value, CMS_TAG_SEQUENCE);
	guint b = cms_der_begin(value, CMS_TAG_SEQUENCE);
	guint c = cms_der_begin(value, CMS_TAG_SEQUENCE);
	cms_der_octets(value, base_bytes(md, 20));
	cms_der_end(value, c);
	cms_der_end(value, b);
	cms_der_end(value, a);
	cms_attr_put(set, cms_oid_bytes(CMS_OID_SIGNING_CERTIFICATE), base_bytes_of_array(value));
}

static void
put_protection(GByteArray *set, BaseBytes certificate, const CmsSignatureAlg *alg)
{
	(void)certificate;
	cms_attr_put_protection(set, alg);
}

static void
put_wrong_protection(GByteArray *set, BaseBytes certificate, const CmsSignatureAlg *alg)
{
	(void)certificate;
	CmsSignatureAlg other = *alg;
	other.digest = CMS_DIGEST_SHA512;
	cms_attr_put_protection(set, &other);
}

static void
put_bad_time(GByteArray *set, BaseBytes certificate, const CmsSignatureAlg *alg)
{
	(void)certificate;
	(void)alg;
	cms_attr_put(set, cms_oid_bytes(CMS_OID_SIGNING_TIME),
		     BASE_LIT("\x17\x0d"
			      "261332100000Z"));
}

static void
put_unknown(GByteArray *set, BaseBytes certificate, const CmsSignatureAlg *alg)
{
	(void)certificate;
	(void)alg;
	cms_attr_put(set, BASE_LIT("\x2a\x03\x04"), BASE_LIT("\x05\x00\x05\x00"));
	cms_attr_put(set, BASE_LIT("\x2a\x03\x04"), BASE_LIT("\x05\x00"));
}

static const Rule rules[] = {
	{"plain", put_nothing, "ok", false, false},
	{"no content type", put_nothing, "malformed", true, false},
	{"no digest", put_nothing, "malformed", false, true},
	{"content type twice", put_second_type, "malformed", false, false},
	{"another content type", put_other_type, "malformed", true, false},
	{"time twice", put_two_times, "malformed", false, false},
	{"two capability values", put_two_values, "malformed", false, false},
	{"preference twice", put_two_preferences, "malformed", false, false},
	{"signing certificate", put_certificate, "ok", false, false},
	{"another signing certificate", put_other_certificate, "bad-signature", false, false},
	{"old signing certificate", put_old_certificate, "ok", false, false},
	{"protection", put_protection, "ok", false, false},
	{"wrong protection", put_wrong_protection, "bad-signature", false, false},
	{"impossible time", put_bad_time, "malformed", false, false},
	{"unknown", put_unknown, "ok", false, false},
};

/* SignedData written by hand from the set of attributes. */
static GBytes *
assemble(const GByteArray *list, GBytes *leaf, const CmsSignatureAlg *alg)
{
	g_autoptr(GByteArray) set = g_byte_array_new();
	cms_der_tlv(set, CMS_TAG_SET, base_bytes_of_array(list));
	GBytes *signature = NULL;
	g_assert_true(cms_raw_sign(fx_key(FX_P256), base_bytes_of_array(set), &signature, NULL));
	CmsCertificateId id;
	g_assert_true(cms_certificate_id(base_bytes_of(leaf), &id));
	GByteArray *out = g_byte_array_new();
	guint info = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_oid(out, CMS_OID_SIGNED_DATA);
	guint explicit = cms_der_begin(out, CMS_TAG_CONTEXT_CONSTRUCTED(0));
	guint body = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_uint(out, 1);
	guint mark = cms_der_begin(out, CMS_TAG_SET);
	cms_alg_put_digest(out, CMS_DIGEST_SHA256);
	cms_der_end(out, mark);
	cms_der_algorithm(out, CMS_OID_DATA, false);
	cms_der_tlv(out, CMS_TAG_CONTEXT_CONSTRUCTED(0), base_bytes_of(leaf));
	guint signers = cms_der_begin(out, CMS_TAG_SET);
	guint signer = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_uint(out, 1);
	mark = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_raw(out, id.issuer);
	cms_der_tlv(out, CMS_TAG_INTEGER, id.serial);
	cms_der_end(out, mark);
	cms_alg_put_digest(out, CMS_DIGEST_SHA256);
	cms_der_tlv(out, CMS_TAG_CONTEXT_CONSTRUCTED(0), base_bytes_of_array(list));
	cms_alg_put_signature(out, alg);
	cms_der_octets(out, base_bytes_of(signature));
	cms_der_end(out, signer);
	cms_der_end(out, signers);
	cms_der_end(out, body);
	cms_der_end(out, explicit);
	cms_der_end(out, info);
	g_bytes_unref(signature);
	return g_byte_array_free_to_bytes(out);
}

static void
test_rules(void)
{
	const CmsSignatureAlg alg = {CMS_SCHEME_ECDSA, CMS_DIGEST_SHA256, 0};
	g_autoptr(GBytes) leaf = fx_cert(fx_key(FX_P256), "rules", 4);
	guint8 md[CMS_DIGEST_MAX];
	cms_digest_compute(CMS_DIGEST_SHA256, BASE_LIT("abc"), md);
	for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
		g_autoptr(GByteArray) list = g_byte_array_new();
		if (!rules[i].no_type) {
			cms_attr_put_content_type(list, CMS_OID_DATA);
		}
		if (!rules[i].no_digest) {
			cms_attr_put_message_digest(list, base_bytes(md, 32));
		}
		rules[i].put(list, base_bytes_of(leaf), &alg);
		g_autoptr(GBytes) cms = assemble(list, leaf, &alg);
		g_test_message("%s", rules[i].name);
		g_assert_cmpstr(judge(cms, BASE_LIT("abc")), ==, rules[i].want);
		g_assert_cmpstr(judge(cms, BASE_LIT("abd")), !=, "ok");
	}
}

/* Several certificates with the same issuer and serial: the one that fits is found, in any order.
 */
static void
test_same_serial(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	for (int i = 0; i < 4; i++) {
		EVP_PKEY *key = fx_make_key(FX_P256);
		g_ptr_array_add(others, fx_cert(key, "flip", 3));
		EVP_PKEY_free(key);
	}
	g_autoptr(GBytes) leaf = fx_cert(fx_key(FX_P256), "flip", 3);
	g_autoptr(CmsSigner) signer = cms_signer_new(fx_key(FX_P256), leaf, others, NULL, &error);
	g_autoptr(GBytes) cms = cms_signer_sign_opaque(signer, BASE_LIT("x"), WHEN, &error);
	g_autoptr(CmsSignedData) sd = cms_signed_parse(cms, &error);
	g_autoptr(CmsKeyCache) cache = cms_key_cache_new(2);
	g_autoptr(GBytes) found = NULL;
	guint8 md[CMS_DIGEST_MAX];
	cms_digest_compute(CMS_DIGEST_SHA256, BASE_LIT("x"), md);
	CmsSignatureReason reason =
		cms_verify(sd, &sd->signers[0], base_bytes(md, 32), cache, &found);
	g_assert_cmpstr(cms_signature_reason_name(reason), ==, "ok");
	g_assert_true(g_bytes_equal(found, leaf));
}

static void
test_names(void)
{
	g_assert_cmpstr(cms_signature_reason_name(CMS_SIGNATURE_UNSUPPORTED_ALGORITHM), ==,
			"unsupported-algorithm");
	g_assert_cmpstr(cms_signature_reason_name(CMS_SIGNATURE_CONTENT_CONFLICT), ==,
			"content-conflict");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cms/verify/peers", test_peers);
	g_test_add_func("/cms/verify/several-and-none", test_several_and_none);
	g_test_add_func("/cms/verify/unsigned", test_unsigned);
	g_test_add_func("/cms/verify/flips", test_flips);
	g_test_add_func("/cms/verify/rules", test_rules);
	g_test_add_func("/cms/verify/same-serial", test_same_serial);
	g_test_add_func("/cms/verify/names", test_names);
	return g_test_run();
}
