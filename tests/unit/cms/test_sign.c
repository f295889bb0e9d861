/* SPDX-License-Identifier: MPL-2.0 */
/* What we sign is read by libcrypto's CMS and by ourselves. */
#include "fixture.h"

#include "cms/attr.h"
#include "cms/caps.h"
#include "cms/reader.h"
#include "cms/sign.h"
#include "cms/verify.h"
#include <openssl/cms.h>
#include <openssl/err.h>

#define WHEN (G_GINT64_CONSTANT(1795255200)) /* 2026-11-21T10:00:00Z */

static const size_t sizes[] = {0, 1, 63, 64, 65, 1023, 1024, 10000, 32767, 32768, 32769, 100001};

typedef struct {
	const char *name;
	FxKind key;
	CmsScheme scheme;
	CmsDigest digest;
	gboolean peer; /* libcrypto 3.0 can read it */
} Case;

static const Case cases[] = {
	{"rsa", FX_RSA, CMS_SCHEME_UNKNOWN, CMS_DIGEST_SHA256, TRUE},
	{"rsa-pss", FX_RSA, CMS_SCHEME_RSA_PSS, CMS_DIGEST_SHA256, TRUE},
	{"p256", FX_P256, CMS_SCHEME_UNKNOWN, CMS_DIGEST_SHA256, TRUE},
	{"p384", FX_P384, CMS_SCHEME_UNKNOWN, CMS_DIGEST_SHA384, TRUE},
	{"p521", FX_P521, CMS_SCHEME_UNKNOWN, CMS_DIGEST_SHA512, TRUE},
	{"ed25519", FX_ED25519, CMS_SCHEME_UNKNOWN, CMS_DIGEST_SHA512, FALSE},
};

static CmsSigner *
make_signer(const Case *c)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) leaf = fx_cert(fx_key(c->key), c->name, 7);
	g_autoptr(GBytes) other = fx_cert(fx_key(FX_P256), "other", 8);
	g_autoptr(GBytes) caps = cms_caps_build(true);
	g_autoptr(GPtrArray) others = g_ptr_array_new();
	g_ptr_array_add(others, other);
	g_ptr_array_add(others, leaf);
	const CmsSignerOptions options = {
		.scheme = c->scheme, .capabilities = caps, .encryption_cert = other};
	CmsSigner *signer = cms_signer_new(fx_key(c->key), leaf, others, &options, &error);
	g_assert_no_error(error);
	g_assert_cmpint(cms_signer_digest(signer), ==, c->digest);
	return signer;
}

/* libcrypto accepts @cms over @content (@detached: given apart). */
static void
check_peer(GBytes *cms, GBytes *content, gboolean detached)
{
	gsize n = 0;
	const guint8 *p = g_bytes_get_data(cms, &n);
	const guint8 *end = p;
	CMS_ContentInfo *info = d2i_CMS_ContentInfo(NULL, &end, (long)n);
	g_assert_nonnull(info);
	g_assert_true(end == p + n);
	gsize content_n = 0;
	const void *content_p = g_bytes_get_data(content, &content_n);
	BIO *in =
		detached ? BIO_new_mem_buf(content_n == 0 ? "" : content_p, (int)content_n) : NULL;
	BIO *out = BIO_new(BIO_s_mem());
	int ok = CMS_verify(info, NULL, NULL, in, out, CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY);
	if (ok != 1) {
		ERR_print_errors_fp(stderr);
	}
	g_assert_cmpint(ok, ==, 1);
	char *got = NULL;
	long got_n = BIO_get_mem_data(out, &got);
	t_assert_bytes(got, (size_t)got_n, content_p, content_n);
	BIO_free(in);
	BIO_free(out);
	CMS_ContentInfo_free(info);
}

static void
check_ours(GBytes *cms, GBytes *content, CmsDigest digest, gboolean detached)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(CmsSignedData) sd = cms_signed_parse(cms, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(sd->n_signers, ==, 1);
	g_assert_cmpuint(sd->n_certs, ==, 2);
	g_assert_true(sd->has_content == !detached);
	const CmsSignerInfo *si = &sd->signers[0];
	g_assert_false(si->malformed);
	g_assert_cmpint(si->attrs.signing_time, ==, WHEN);
	g_assert_cmpuint(si->attrs.unknown, ==, 0);
	g_assert_true(si->attrs.has_key_preference);
	g_assert_true((si->attrs.caps & CMS_CAP_POSTSEAL) != 0);
	guint8 md[CMS_DIGEST_MAX];
	g_assert_true(cms_digest_compute(digest, base_bytes_of(content), md));
	g_autoptr(CmsKeyCache) cache = cms_key_cache_new(4);
	g_autoptr(GBytes) certificate = NULL;
	CmsSignatureReason reason =
		cms_verify(sd, si, base_bytes(md, cms_digest_size(digest)), cache, &certificate);
	g_assert_cmpstr(cms_signature_reason_name(reason), ==, "ok");
	g_assert_nonnull(certificate);
}

static GBytes *
stream(CmsSigner *signer, GBytes *content, gint64 length, size_t chunk)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(BaseSink) memory = base_sink_new_memory(1 << 20);
	g_autoptr(BaseSink) sink = cms_signer_new_opaque(signer, memory, WHEN, length, &error);
	g_assert_no_error(error);
	g_assert_true(fx_feed(sink, base_bytes_of(content), chunk, &error));
	base_sink_finish(sink, &error);
	g_assert_no_error(error);
	return base_sink_take_bytes(memory);
}

static void
check_one(const Case *c, CmsSigner *signer, size_t size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) content = fx_content(size);
	guint8 md[CMS_DIGEST_MAX];
	cms_digest_compute(c->digest, base_bytes_of(content), md);
	g_autoptr(GBytes) detached =
		cms_signer_sign(signer, base_bytes(md, cms_digest_size(c->digest)), WHEN, &error);
	g_assert_no_error(error);
	g_autoptr(GBytes) opaque =
		cms_signer_sign_opaque(signer, base_bytes_of(content), WHEN, &error);
	g_assert_no_error(error);
	g_autoptr(GBytes) der = stream(signer, content, (gint64)size, 1000);
	g_autoptr(GBytes) ber = stream(signer, content, -1, 977);
	GBytes *all[] = {detached, opaque, der, ber};
	for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
		check_ours(all[i], content, c->digest, i == 0);
		if (c->peer) {
			check_peer(all[i], content, i == 0);
		}
	}
}

static void
test_peers(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(CmsSigner) signer = make_signer(&cases[i]);
		for (size_t s = 0; s < G_N_ELEMENTS(sizes); s++) {
			check_one(&cases[i], signer, sizes[s]);
		}
	}
}

/* Streams do not depend on how the content comes, apart from the random part of the signature. */
static void
test_chunks(void)
{
	g_autoptr(CmsSigner) signer = make_signer(&cases[0]);
	g_autoptr(GBytes) content = fx_content(70000);
	const gint64 lengths[] = {70000, -1};
	const size_t chunks[] = {1, 4096, 32768, 69999};
	for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
		g_autoptr(GBytes) whole = stream(signer, content, lengths[i], 0);
		for (size_t k = 0; k < G_N_ELEMENTS(chunks); k++) {
			g_autoptr(GBytes) pieces = stream(signer, content, lengths[i], chunks[k]);
			g_assert_true(g_bytes_equal(whole, pieces));
		}
	}
}

static void
test_wrong_length(void)
{
	g_autoptr(CmsSigner) signer = make_signer(&cases[2]);
	for (gint64 announced = 9; announced <= 11; announced += 2) {
		g_autoptr(GError) error = NULL;
		g_autoptr(BaseSink) sink =
			cms_signer_new_opaque(signer, base_sink_null(), WHEN, announced, &error);
		gboolean ok = base_sink_write(sink, BASE_LIT("0123456789"), &error) &&
			      base_sink_finish(sink, &error);
		g_assert_false(ok);
		g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	}
}

/* RFC 5652 section 11.3: GeneralizedTime from 2050 on. */
static void
test_late(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(CmsSigner) signer = make_signer(&cases[2]);
	const gint64 times[] = {G_GINT64_CONSTANT(2524607999), G_GINT64_CONSTANT(2524608000),
				G_GINT64_CONSTANT(-631152001), 0, G_GINT64_CONSTANT(253402300799)};
	for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
		g_autoptr(GBytes) cms =
			cms_signer_sign_opaque(signer, BASE_LIT("x"), times[i], &error);
		g_assert_no_error(error);
		g_autoptr(CmsSignedData) sd = cms_signed_parse(cms, &error);
		g_assert_cmpint(sd->signers[0].attrs.signing_time, ==, times[i]);
		g_autoptr(GBytes) content = g_bytes_new_static("x", 1);
		check_peer(cms, content, FALSE);
	}
}

static void
test_extra(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(CmsSigner) signer = make_signer(&cases[2]);
	g_autoptr(GByteArray) attribute = g_byte_array_new();
	BaseBytes oid = cms_oid_bytes(CMS_OID_ORIGINATOR_RULES);
	cms_attr_put(attribute, oid, BASE_LIT("\x0c\x0dlists=reseal,"));
	g_autoptr(GPtrArray) extra = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_ptr_array_add(extra, base_bytes_dup(base_bytes_of_array(attribute)));
	cms_signer_set_extra(signer, extra);
	g_autoptr(GBytes) with = cms_signer_sign_opaque(signer, BASE_LIT("abc"), WHEN, &error);
	cms_signer_set_extra(signer, NULL);
	g_autoptr(GBytes) without = cms_signer_sign_opaque(signer, BASE_LIT("abc"), WHEN, &error);
	g_autoptr(GBytes) content = g_bytes_new_static("abc", 3);
	check_peer(with, content, FALSE);
	check_peer(without, content, FALSE);
	g_autoptr(CmsSignedData) sd = cms_signed_parse(with, &error);
	BaseBytes value = {0};
	g_assert_true(cms_attr_find(sd->signers[0].signed_attrs, oid, &value));
	T_ASSERT_STR_BYTES(value, "\x0c\x0dlists=reseal,");
	g_autoptr(CmsSignedData) bare = cms_signed_parse(without, &error);
	g_assert_false(cms_attr_find(bare->signers[0].signed_attrs, oid, &value));
}

static void
test_refused(void)
{
	g_autoptr(GBytes) leaf = fx_cert(fx_key(FX_P256), "a", 1);
	g_autoptr(GBytes) junk = g_bytes_new_static("junk", 4);
	EVP_PKEY *x25519 = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	const CmsSignerOptions pss = {.scheme = CMS_SCHEME_RSA_PSS};

	const struct {
		EVP_PKEY *key;
		GBytes *leaf;
		const CmsSignerOptions *options;
		PsError code;
	} table[] = {
		{fx_key(FX_P384), leaf, NULL, PS_ERROR_ARGUMENT},
		{fx_key(FX_P256), leaf, &pss, PS_ERROR_ARGUMENT},
		{fx_key(FX_P256), junk, NULL, PS_ERROR_MALFORMED},
		{x25519, leaf, NULL, PS_ERROR_UNSUPPORTED},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(GError) error = NULL;
		CmsSigner *signer =
			cms_signer_new(table[i].key, table[i].leaf, NULL, table[i].options, &error);
		g_assert_null(signer);
		g_assert_error(error, PS_ERROR, (gint)table[i].code);
	}
	EVP_PKEY_free(x25519);
	g_autoptr(GError) error = NULL;
	g_autoptr(CmsSigner) signer = make_signer(&cases[2]);
	g_assert_null(cms_signer_sign(signer, BASE_LIT("short"), WHEN, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
}

static void
test_certs_only(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) certs = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_ptr_array_add(certs, fx_cert(fx_key(FX_P256), "a", 1));
	g_ptr_array_add(certs, fx_cert(fx_key(FX_P384), "b", 2));
	g_autoptr(GBytes) cms = cms_certs_only(certs);
	g_autoptr(CmsSignedData) sd = cms_signed_parse(cms, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(sd->n_signers, ==, 0);
	g_assert_cmpuint(sd->n_certs, ==, 2);
	g_assert_false(sd->has_content);
	const guint8 *p = g_bytes_get_data(cms, NULL);
	CMS_ContentInfo *info = d2i_CMS_ContentInfo(NULL, &p, (long)g_bytes_get_size(cms));
	STACK_OF(X509) *list = CMS_get1_certs(info);
	g_assert_cmpint(sk_X509_num(list), ==, 2);
	sk_X509_pop_free(list, X509_free);
	CMS_ContentInfo_free(info);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cms/sign/peers", test_peers);
	g_test_add_func("/cms/sign/chunks", test_chunks);
	g_test_add_func("/cms/sign/wrong-length", test_wrong_length);
	g_test_add_func("/cms/sign/late", test_late);
	g_test_add_func("/cms/sign/extra", test_extra);
	g_test_add_func("/cms/sign/refused", test_refused);
	g_test_add_func("/cms/sign/certs-only", test_certs_only);
	return g_test_run();
}
