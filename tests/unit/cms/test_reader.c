/* SPDX-License-Identifier: MPL-2.0 */
/* The streaming reader: every kind of CMS, whole and octet by octet, good and broken. */
#include "pass.h"

#include <openssl/cms.h>
#include <zlib.h>

#define WHEN (G_GINT64_CONSTANT(1795255200))

static GBytes *
from_bio(BIO *bio)
{
	char *p = NULL;
	long n = BIO_get_mem_data(bio, &p);
	GBytes *bytes = g_bytes_new(p, (gsize)n);
	BIO_free(bio);
	return bytes;
}

/* ---- signed ---- */

static void
check_signed(GBytes *cms, GBytes *content)
{
	for (size_t i = 0; i < G_N_ELEMENTS(chunks); i++) {
		g_autoptr(Pass) pass = run(base_bytes_of(cms), chunks[i], NULL, NULL);
		g_assert_false(pass->result->malformed);
		g_assert_cmpint(pass->result->kind, ==, CMS_KIND_SIGNED);
		g_assert_cmpint(pass->result->inner, ==, CMS_OID_DATA);
		g_assert_cmpint(pass->info.kind, ==, CMS_KIND_SIGNED);
		g_assert_cmpuint(pass->asked, ==, 1);
		g_assert_cmpint(pass->result->encryption.reason, ==, CMS_ENCRYPTION_NONE);
		BaseBytes got = base_sink_peek_bytes(pass->out);
		t_assert_bytes(got.p, got.n, g_bytes_get_data(content, NULL),
			       g_bytes_get_size(content));
		g_assert_cmpstr(judge(pass->result, NULL), ==, "ok");
	}
}

/* libcrypto's BER with indefinite lengths. */
static GBytes *
peer_stream(GBytes *content, FxKind kind)
{
	X509 *x = fx_x509(fx_key(kind), "stream", 5);
	gsize n = 0;
	const void *p = g_bytes_get_data(content, &n);
	BIO *in = BIO_new_mem_buf(n == 0 ? "" : p, (int)n);
	BIO *out = BIO_new(BIO_s_mem());
	unsigned flags = CMS_BINARY | CMS_STREAM;
	CMS_ContentInfo *info = CMS_sign(x, fx_key(kind), NULL, in, flags);
	g_assert_cmpint(i2d_CMS_bio_stream(out, info, in, (int)flags), ==, 1);
	CMS_ContentInfo_free(info);
	BIO_free(in);
	X509_free(x);
	return from_bio(out);
}

static CmsSigner *
make_signer(FxKind kind)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) leaf = fx_cert(fx_key(kind), "reader", 3);
	CmsSigner *signer = cms_signer_new(fx_key(kind), leaf, NULL, NULL, &error);
	g_assert_no_error(error);
	return signer;
}

static void
test_signed(void)
{
	const size_t sizes[] = {0, 1, 64, 1023, 4096, 40000};
	g_autoptr(CmsSigner) signer = make_signer(FX_P256);
	g_autoptr(CmsSigner) edwards = make_signer(FX_ED25519);
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autoptr(GBytes) content = fx_content(sizes[i]);
		g_autoptr(GBytes) der =
			cms_signer_sign_opaque(signer, base_bytes_of(content), WHEN, NULL);
		check_signed(der, content);
		g_autoptr(GBytes) ed =
			cms_signer_sign_opaque(edwards, base_bytes_of(content), WHEN, NULL);
		check_signed(ed, content);
		g_autoptr(BaseSink) memory = base_sink_new_memory(1 << 20);
		g_autoptr(BaseSink) sink = cms_signer_new_opaque(signer, memory, WHEN, -1, NULL);
		base_sink_write(sink, base_bytes_of(content), NULL);
		g_assert_true(base_sink_finish(sink, NULL));
		g_autoptr(GBytes) ber = base_sink_take_bytes(memory);
		check_signed(ber, content);
		if (sizes[i] > 0) { /* libcrypto cannot stream nothing */
			g_autoptr(GBytes) peer = peer_stream(content, FX_RSA);
			check_signed(peer, content);
		}
	}
}

static void
test_detached(void)
{
	g_autoptr(CmsSigner) signer = make_signer(FX_P256);
	guint8 md[CMS_DIGEST_MAX];
	cms_digest_compute(CMS_DIGEST_SHA256, BASE_LIT("abc"), md);
	g_autoptr(GBytes) cms = cms_signer_sign(signer, base_bytes(md, 32), WHEN, NULL);
	g_autoptr(Pass) pass = run(base_bytes_of(cms), 1, NULL, NULL);
	g_assert_false(pass->result->has_content);
	g_assert_cmpuint(pass->asked, ==, 0);
	g_assert_cmpuint(pass->result->digests, ==, 0);
	g_assert_cmpuint(pass->result->signed_data->digests, ==, CMS_DIGEST_BIT(CMS_DIGEST_SHA256));
	g_autoptr(CmsSignedData) kept = cms_signed_ref(pass->result->signed_data);
	g_assert_cmpuint(kept->n_signers, ==, 1);
}

/* ---- sealed ---- */

typedef struct {
	const char *cipher;
	const EVP_CIPHER *(*evp)(void);
	CmsKind kind;
	bool weak;
} Sealed;

static const Sealed sealed[] = {
	{"aes-256-cbc", EVP_aes_256_cbc, CMS_KIND_ENVELOPED, false},
	{"aes-128-gcm", EVP_aes_128_gcm, CMS_KIND_AUTH_ENVELOPED, false},
	{"aes-256-gcm", EVP_aes_256_gcm, CMS_KIND_AUTH_ENVELOPED, false},
	{"des-ede3-cbc", EVP_des_ede3_cbc, CMS_KIND_ENVELOPED, true},
};

static GBytes *
seal(const Sealed *s, GBytes *content, FxKind kind, unsigned flags)
{
	STACK_OF(X509) *to = sk_X509_new_null();
	X509 *x = fx_x509(fx_key(kind), "recipient", 6);
	sk_X509_push(to, x);
	gsize n = 0;
	const void *p = g_bytes_get_data(content, &n);
	BIO *in = BIO_new_mem_buf(n == 0 ? "" : p, (int)n);
	BIO *out = BIO_new(BIO_s_mem());
	flags |= CMS_BINARY;
	CMS_ContentInfo *info = CMS_encrypt(to, in, s->evp(), flags);
	g_assert_nonnull(info);
	g_assert_cmpint(i2d_CMS_bio_stream(out, info, in, (int)flags), ==, 1);
	CMS_ContentInfo_free(info);
	BIO_free(in);
	sk_X509_pop_free(to, X509_free);
	return from_bio(out);
}

static void
check_sealed(const Sealed *s, GBytes *cms, GBytes *content, EVP_PKEY *key)
{
	for (size_t i = 0; i < G_N_ELEMENTS(chunks); i++) {
		g_autoptr(CmsRecall) recall = cms_recall_new();
		for (guint round = 0; round < 2; round++) {
			g_test_message("%s pass %u", s->cipher, round);
			g_autoptr(Pass) pass = run(base_bytes_of(cms), chunks[i], recall, key);
			const CmsReaderEncryption *e = &pass->result->encryption;
			g_assert_false(pass->result->malformed);
			g_assert_cmpstr(cms_encryption_reason_name(e->reason), ==, "ok");
			g_assert_cmpstr(e->cipher, ==, s->cipher);
			g_assert_cmpint(e->kind, ==, s->kind);
			g_assert_true(e->weak == s->weak);
			g_assert_true(e->authenticated == (s->kind == CMS_KIND_AUTH_ENVELOPED));
			g_assert_cmpuint(pass->asked, ==, 1);
			BaseBytes got = base_sink_peek_bytes(pass->out);
			t_assert_bytes(got.p, got.n, g_bytes_get_data(content, NULL),
				       g_bytes_get_size(content));
		}
	}
}

static void
test_sealed(void)
{
	g_autoptr(GBytes) content = fx_content(5000);
	for (size_t i = 0; i < G_N_ELEMENTS(sealed); i++) {
		g_autoptr(GBytes) der = seal(&sealed[i], content, FX_RSA, 0);
		check_sealed(&sealed[i], der, content, fx_key(FX_RSA));
		FxKind kind = sealed[i].weak ? FX_RSA : FX_P256; /* no Triple-DES key wrap */
		g_autoptr(GBytes) ber = seal(&sealed[i], content, kind, CMS_STREAM);
		check_sealed(&sealed[i], ber, content, fx_key(kind));
	}
}

static void
test_no_key(void)
{
	g_autoptr(GBytes) content = fx_content(100);
	g_autoptr(GBytes) cms = seal(&sealed[1], content, FX_RSA, 0);
	g_autoptr(Pass) pass = run(base_bytes_of(cms), 0, NULL, NULL);
	g_assert_cmpstr(cms_encryption_reason_name(pass->result->encryption.reason), ==, "no-key");
	g_assert_cmpuint(pass->asked, ==, 0);
	g_assert_cmpuint(base_sink_peek_bytes(pass->out).n, ==, 0);
}

/* A cipher of the wrong kind, or a tag too short, is refused before the first octet of plaintext.
 */
static void
test_wrong_cipher(void)
{
	const struct {
		const Sealed *made;
		BaseBytes from;
		BaseBytes to;
	} table[] = {
		{&sealed[2], BASE_LIT("\x03\x04\x01\x2e"), BASE_LIT("\x03\x04\x01\x2a")},
		{&sealed[0], BASE_LIT("\x03\x04\x01\x2a"), BASE_LIT("\x03\x04\x01\x2e")},
		{&sealed[2], BASE_LIT("\x02\x01\x10"), BASE_LIT("\x02\x01\x04")},
	};

	g_autoptr(GBytes) content = fx_content(100);
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(GBytes) cms = seal(table[i].made, content, FX_RSA, 0);
		BaseBytes view = base_bytes_of(cms);
		g_autofree guint8 *copy = g_memdup2(view.p, view.n);
		size_t at = base_bytes_find(view, table[i].from);
		g_assert_cmpuint(at, <, view.n);
		memcpy(copy + at, table[i].to.p, table[i].to.n);
		g_autoptr(Pass) pass = run(base_bytes(copy, view.n), 0, NULL, fx_key(FX_RSA));
		g_assert_cmpint(pass->result->encryption.reason, !=, CMS_ENCRYPTION_OK);
		g_assert_false(pass->result->encryption.authenticated);
		g_assert_cmpuint(pass->asked, ==, 0);
	}
}

/* ---- compressed ---- */

static GBytes *
compressed(BaseBytes content, BaseBytes zlib_oid, uint8_t version)
{
	g_autofree guint8 *packed = g_malloc(compressBound(content.n));
	uLongf n = compressBound(content.n);
	g_assert_cmpint(compress(packed, &n, content.p, content.n), ==, Z_OK);
	GByteArray *out = g_byte_array_new();
	guint info = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_oid(out, CMS_OID_COMPRESSED_DATA);
	guint explicit = cms_der_begin(out, CMS_TAG_CONTEXT_CONSTRUCTED(0));
	guint body = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_uint(out, version);
	guint algorithm = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_tlv(out, CMS_TAG_OID, zlib_oid);
	cms_der_end(out, algorithm);
	guint encap = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_oid(out, CMS_OID_DATA);
	guint octets = cms_der_begin(out, CMS_TAG_CONTEXT_CONSTRUCTED(0));
	cms_der_octets(out, base_bytes(packed, n));
	cms_der_end(out, octets);
	cms_der_end(out, encap);
	cms_der_end(out, body);
	cms_der_end(out, explicit);
	cms_der_end(out, info);
	return g_byte_array_free_to_bytes(out);
}

static void
test_compressed(void)
{
	BaseBytes oid = cms_oid_bytes(CMS_OID_ZLIB_COMPRESS);
	g_autoptr(GBytes) content = fx_content(30000);
	g_autoptr(GBytes) cms = compressed(base_bytes_of(content), oid, 0);
	for (size_t i = 0; i < G_N_ELEMENTS(chunks); i++) {
		g_autoptr(Pass) pass = run(base_bytes_of(cms), chunks[i], NULL, NULL);
		g_assert_false(pass->result->malformed);
		g_assert_cmpint(pass->result->kind, ==, CMS_KIND_COMPRESSED);
		BaseBytes got = base_sink_peek_bytes(pass->out);
		t_assert_bytes(got.p, got.n, g_bytes_get_data(content, NULL), 30000);
	}
	g_autofree guint8 *zeros = g_malloc0(10U << 20);
	g_autoptr(GBytes) bomb = compressed(base_bytes(zeros, 10U << 20), oid, 0);
	g_autoptr(Pass) bombed = run(base_bytes_of(bomb), 0, NULL, NULL);
	g_assert_true(bombed->result->malformed);
	g_assert_true(bombed->result->too_large);
	g_autoptr(GBytes) foreign = compressed(base_bytes_of(content), BASE_LIT("\x2a\x03"), 0);
	g_autoptr(Pass) other = run(base_bytes_of(foreign), 0, NULL, NULL);
	g_assert_true(other->result->malformed);
	g_assert_cmpuint(other->asked, ==, 0);
	g_autoptr(GBytes) versioned = compressed(base_bytes_of(content), oid, 1);
	g_autoptr(Pass) wrong = run(base_bytes_of(versioned), 0, NULL, NULL);
	g_assert_true(wrong->result->malformed);
}

/* ---- broken ---- */

static void
test_malformed(void)
{
	const BaseBytes table[] = {
		BASE_LIT(""),
		BASE_LIT("hello"),
		BASE_LIT("\x30\x00"),
		BASE_LIT("\x30\x80\x00\x00"),
		BASE_LIT("\x30\x84\x7f\xff\xff\xff"),
		BASE_LIT("\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff"),
		BASE_LIT("\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"),
		BASE_LIT("\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x02\x30\x00"),
		BASE_LIT("\x31\x00"),
		BASE_LIT("\x30\x03\x06\x09\x2a"),
		BASE_LIT("\x1f\x81\x00\x00"),
	};
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		for (size_t k = 0; k < 2; k++) {
			g_autoptr(Pass) pass = run(table[i], chunks[k], NULL, NULL);
			g_assert_true(pass->result->malformed);
			g_assert_null(pass->result->signed_data);
		}
	}
}

/* id-data, and an unknown type: not ours to read, not malformed either. */
static void
test_other(void)
{
	const BaseBytes table[] = {
		BASE_LIT("\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x02\x04\x00"),
		BASE_LIT("\x30\x08\x06\x02\x2a\x03\xa0\x02\x05\x00"),
	};
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(Pass) pass = run(table[i], 1, NULL, NULL);
		g_assert_false(pass->result->malformed);
		g_assert_cmpint(pass->result->kind, ==, CMS_KIND_OTHER);
	}
}

/* Every cut is malformed, and says the same whole and octet by octet. */
static void
test_cut(void)
{
	g_autoptr(GBytes) content = fx_content(50);
	GBytes *all[] = {peer_stream(content, FX_P256), seal(&sealed[2], content, FX_P256, 0),
			 seal(&sealed[0], content, FX_RSA, CMS_STREAM)};
	for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
		BaseBytes cms = base_bytes_of(all[i]);
		for (size_t n = 0; n < cms.n; n += 3) {
			g_autoptr(Pass) pass =
				run(base_bytes(cms.p, n), n % 2, NULL, fx_key(FX_RSA));
			g_assert_true(pass->result->malformed);
			g_assert_cmpint(pass->result->encryption.reason, !=, CMS_ENCRYPTION_OK);
		}
		g_bytes_unref(all[i]);
	}
}

/* What follows the ContentInfo is ignored. */
static void
test_trailing(void)
{
	g_autoptr(CmsSigner) signer = make_signer(FX_P256);
	g_autoptr(GBytes) cms = cms_signer_sign_opaque(signer, BASE_LIT("abc"), WHEN, NULL);
	g_autoptr(GByteArray) longer = g_byte_array_new();
	cms_der_raw(longer, base_bytes_of(cms));
	cms_der_raw(longer, BASE_LIT("\r\n\0\0"));
	g_autoptr(Pass) pass = run(base_bytes_of_array(longer), 1, NULL, NULL);
	g_assert_false(pass->result->malformed);
	g_assert_cmpstr(judge(pass->result, NULL), ==, "ok");
}

/* Only those downstream cause a GError. */
static void
test_downstream(void)
{
	g_autoptr(CmsSigner) signer = make_signer(FX_P256);
	g_autoptr(GBytes) cms = cms_signer_sign_opaque(signer, BASE_LIT("0123456789"), WHEN, NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(BaseSink) small = base_sink_new_memory(5);
	Pass pass = {.out = small};
	g_autoptr(CmsReader) reader = cms_reader_new(NULL, &hooks, &pass);
	g_assert_false(base_sink_write(cms_reader_sink(reader), base_bytes_of(cms), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
}

/* Constructed strings nested to the limit, and one more. */
static void
test_depth(void)
{
	const guint table[] = {20, 40, 70, 5000};
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(GByteArray) in = g_byte_array_new();
		cms_der_raw(
			in,
			BASE_LIT(
				"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80"
				"\x02\x01\x01\x31\x00\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01"
				"\x07\x01\xa0\x80"));
		for (guint k = 0; k < table[i]; k++) {
			cms_der_raw(in, BASE_LIT("\x24\x80"));
		}
		cms_der_raw(in, BASE_LIT("\x04\x03"
					 "abc"));
		for (guint k = 0; k < table[i] + 2; k++) {
			cms_der_raw(in, BASE_LIT("\0\0"));
		}
		cms_der_raw(in, BASE_LIT("\x31\x00\0\0\0\0\0\0"));
		g_autoptr(Pass) pass = run(base_bytes_of_array(in), 0, NULL, NULL);
		g_assert_true(pass->result->malformed == (table[i] > 60));
		g_assert_true(pass->result->too_large == (table[i] > 60));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cms/reader/signed", test_signed);
	g_test_add_func("/cms/reader/detached", test_detached);
	g_test_add_func("/cms/reader/sealed", test_sealed);
	g_test_add_func("/cms/reader/no-key", test_no_key);
	g_test_add_func("/cms/reader/wrong-cipher", test_wrong_cipher);
	g_test_add_func("/cms/reader/compressed", test_compressed);
	g_test_add_func("/cms/reader/malformed", test_malformed);
	g_test_add_func("/cms/reader/other", test_other);
	g_test_add_func("/cms/reader/cut", test_cut);
	g_test_add_func("/cms/reader/trailing", test_trailing);
	g_test_add_func("/cms/reader/downstream", test_downstream);
	g_test_add_func("/cms/reader/depth", test_depth);
	return g_test_run();
}
