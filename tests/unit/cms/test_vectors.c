/* SPDX-License-Identifier: MPL-2.0 */
/* The reader and the judge on messages that others published. */
#include "pass.h"

#include <openssl/pem.h>

static EVP_PKEY *
load_key(const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	BIO *bio = BIO_new_file(path, "r");
	EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return key;
}

/* RFC 4134: all of it old, so what holds is called weak. */
static const struct {
	const char *name;
	CmsKind kind;
	const char *want;
	bool content;
} old[] = {
	{"4.1.bin", CMS_KIND_SIGNED, "weak-algorithm", true},
	{"4.2.bin", CMS_KIND_SIGNED, "weak-algorithm", true},
	{"4.4.bin", CMS_KIND_SIGNED, "weak-algorithm", true},
	{"4.5.bin", CMS_KIND_SIGNED, "weak-algorithm", true},
	{"4.6.bin", CMS_KIND_SIGNED, "several-signers", true},
	{"4.7.bin", CMS_KIND_SIGNED, "weak-algorithm", true},
	{"4.10.bin", CMS_KIND_SIGNED, "weak-algorithm", true},
	{"4.11.bin", CMS_KIND_SIGNED, "none", false},
	{"5.1.bin", CMS_KIND_ENVELOPED, "ok", true},
	{"5.2.bin", CMS_KIND_ENVELOPED, NULL, true},
};

static void
check_old(const char *dir, size_t i, EVP_PKEY *bob)
{
	g_autoptr(GBytes) cms = fx_file(dir, old[i].name);
	g_assert_nonnull(cms);
	g_test_message("%s", old[i].name);
	for (size_t k = 0; k < G_N_ELEMENTS(chunks); k++) {
		g_autoptr(Pass) pass = run(base_bytes_of(cms), chunks[k], NULL, bob);
		g_assert_false(pass->result->malformed);
		g_assert_cmpint(pass->result->kind, ==, old[i].kind);
		g_assert_true(pass->result->has_content == old[i].content);
		if (old[i].kind == CMS_KIND_SIGNED) {
			g_assert_cmpstr(judge(pass->result, NULL), ==, old[i].want);
		} else if (old[i].want != NULL) {
			const CmsReaderEncryption *e = &pass->result->encryption;
			g_assert_cmpstr(cms_encryption_reason_name(e->reason), ==, old[i].want);
			g_assert_true(e->weak);
			T_ASSERT_STR_BYTES(base_sink_peek_bytes(pass->out),
					   "This is some sample content.");
		}
	}
}

static void
test_rfc4134(void)
{
	g_autofree char *dir = fx_vectors("rfc4134/rfc4134");
	if (dir == NULL) {
		g_test_skip("no shared test vectors (POSTSEAL_SHARED)");
		return;
	}
	g_autofree char *pem = fx_vectors("rfc4134/pem");
	EVP_PKEY *bob = load_key(pem, "BobPrivRSAEncrypt.key.pem");
	g_assert_nonnull(bob);
	for (size_t i = 0; i < G_N_ELEMENTS(old); i++) {
		check_old(dir, i, bob);
	}
	EVP_PKEY_free(bob);
}

/* What libcrypto says of them too (the folder's index), but for content that is not a message. */
static const struct {
	const char *name;
	const char *want;
} ess[] = {
	{"rfc2634_SignedMessageTestCase.der", "ok"},
	{"rfc2634_SignedReceiptTestCase.der", "ok"},
	{"rfc5035_SignedMessageTestCase.der", "ok"},
	{"rfc6211_SignedMessageTestCase.der", "ok"},
	{"rfc7508_SignedMessageTestCase.der", "ok"},
	{"rfc5940_CRLandOCSPResponseTestCase.der", "ok"},
	{"rfc5751_SignedMessageTestCase.der", "bad-signature"},
	{"rfc2315_Pkcs7TestCase.der", "none"},
	{"rfc3114_SecurityLabelTestCase.der", "malformed"},
	{"rfc8708_HashSigSignedDataTestCase.der", "unsupported-algorithm"},
};

static void
check_ess(const char *name, const CmsReaderResult *result)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ess); i++) {
		if (g_str_equal(ess[i].name, name)) {
			g_assert_cmpstr(judge(result, NULL), ==, ess[i].want);
		}
	}
	if (g_str_equal(name, "rfc2634_SignedMessageTestCase.der")) {
		const CmsAttributes *a = &result->signed_data->signers[0].attrs;
		g_assert_cmpuint(a->security_label.n, >, 0);
		g_assert_cmpuint(a->receipt_request.n, >, 0);
	}
}

/* Nothing in there crashes, and how it comes makes no difference. */
static void
test_ess(void)
{
	g_autofree char *dir = fx_vectors("ess-vectors");
	if (dir == NULL) {
		g_test_skip("no shared test vectors (POSTSEAL_SHARED)");
		return;
	}
	g_autoptr(GDir) list = g_dir_open(dir, 0, NULL);
	const char *name = NULL;
	guint signed_n = 0;
	while ((name = g_dir_read_name(list)) != NULL) {
		if (!g_str_has_suffix(name, ".der")) {
			continue;
		}
		g_autoptr(GBytes) cms = fx_file(dir, name);
		g_autoptr(Pass) whole = run(base_bytes_of(cms), 0, NULL, fx_key(FX_RSA));
		g_autoptr(Pass) pieces = run(base_bytes_of(cms), 1, NULL, fx_key(FX_RSA));
		g_assert_true(whole->result->malformed == pieces->result->malformed);
		g_assert_cmpint(whole->result->kind, ==, pieces->result->kind);
		g_assert_cmpint(whole->result->encryption.reason, ==,
				pieces->result->encryption.reason);
		if (whole->result->signed_data != NULL) {
			signed_n++;
			check_ess(name, whole->result);
		}
	}
	g_assert_cmpuint(signed_n, >, 10);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cms/vectors/rfc4134", test_rfc4134);
	g_test_add_func("/cms/vectors/ess", test_ess);
	return g_test_run();
}
