/* SPDX-License-Identifier: MPL-2.0 */
/* What libcrypto seals is opened by us; every algorithm that we read; every fault that we refuse.
 */
#include "cms/decrypt.h"

#include "base/hex.h"
#include "base/limits.h"
#include "cms/kdf.h"
#include "sealed.h"

/* ---- libcrypto's CMS writes ---- */

static GBytes *
seal_with_libcrypto(GBytes *content, const Person *person, const EVP_CIPHER *cipher, bool oaep,
		    bool stream)
{
	gsize n = 0;
	const void *data = g_bytes_get_data(content, &n);
	BIO *in = BIO_new_mem_buf(data == NULL ? "" : data, (int)n);
	BIO *out = BIO_new(BIO_s_mem());
	unsigned flags = CMS_BINARY | CMS_PARTIAL | (stream ? CMS_STREAM : 0);
	CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, cipher, flags);
	CMS_RecipientInfo *info =
		CMS_add1_recipient_cert(cms, person->cert, CMS_BINARY | (oaep ? CMS_KEY_PARAM : 0));
	g_assert_nonnull(info);
	if (oaep) {
		EVP_PKEY_CTX *ctx = CMS_RecipientInfo_get0_pkey_ctx(info);
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING);
		EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256());
	}
	if (stream) {
		g_assert_cmpint(i2d_CMS_bio_stream(out, cms, in, (int)flags), ==, 1);
	} else {
		g_assert_cmpint(CMS_final(cms, in, NULL, flags), ==, 1);
		g_assert_cmpint(i2d_CMS_bio(out, cms), ==, 1);
	}
	char *p = NULL;
	long length = BIO_get_mem_data(out, &p);
	GBytes *sealed = g_bytes_new(p, (gsize)length);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	BIO_free(out);
	ERR_clear_error();
	return sealed;
}

static void
opens_what_libcrypto_seals(void)
{
	static const size_t sizes[] = {0,  1,    15,    16,    17,    47,
				       48, 1023, 65535, 65536, 65537, 1000000};
	const EVP_CIPHER *const ciphers[] = {EVP_aes_128_cbc(), EVP_aes_256_cbc(),
					     EVP_aes_128_gcm(), EVP_aes_256_gcm()};
	Person p384 = person_new("P-384", 4);

	const struct {
		Person *person;
		bool oaep;
	} ways[] = {{&rsa, false}, {&rsa, true}, {&p256, false}, {&p384, false}};

	for (size_t w = 0; w < G_N_ELEMENTS(ways); w++) {
		Person *people[] = {ways[w].person, NULL};
		for (size_t i = 0; i < G_N_ELEMENTS(sizes) * G_N_ELEMENTS(ciphers); i++) {
			g_autoptr(GBytes) content = random_bytes(sizes[i % G_N_ELEMENTS(sizes)]);
			g_autoptr(GBytes) plain = NULL;
			g_autoptr(GBytes) sealed = seal_with_libcrypto(
				content, ways[w].person, ciphers[i / G_N_ELEMENTS(sizes)],
				ways[w].oaep,
				g_bytes_get_size(content) > 0 && (i + i / 12) % 2 == 1);
			g_assert_cmpint(envelope_open(base_bytes_of(sealed), people,
						      1 + 4099 * (i % 30), &plain),
					==, CMS_ENCRYPTION_OK);
			assert_same(plain, content);
		}
	}
	person_clear(&p384);
}

/* OAEP as libcrypto writes it: nothing for SHA-1, and each digest alone and mixed. */
static void
reads_every_oaep(void)
{
	const struct {
		const EVP_MD *hash;
		const EVP_MD *mgf;
		const char *label;
	} rows[] = {{NULL, NULL, NULL},
		    {EVP_sha256(), EVP_sha256(), NULL},
		    {EVP_sha384(), EVP_sha384(), NULL},
		    {EVP_sha512(), EVP_sha512(), NULL},
		    {EVP_sha256(), EVP_sha1(), NULL},
		    {EVP_sha1(), EVP_sha512(), "a label"}};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		BIO *in = BIO_new_mem_buf(HELLO.p, (int)HELLO.n);
		CMS_ContentInfo *cms =
			CMS_encrypt(NULL, NULL, EVP_aes_256_gcm(), CMS_BINARY | CMS_PARTIAL);
		CMS_RecipientInfo *info = CMS_add1_recipient_cert(cms, rsa.cert, CMS_KEY_PARAM);
		EVP_PKEY_CTX *ctx = CMS_RecipientInfo_get0_pkey_ctx(info);
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING);
		if (rows[i].hash != NULL) {
			EVP_PKEY_CTX_set_rsa_oaep_md(ctx, rows[i].hash);
			EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, rows[i].mgf);
		}
		if (rows[i].label != NULL) {
			EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, OPENSSL_strdup(rows[i].label),
							 (int)strlen(rows[i].label));
		}
		g_assert_cmpint(CMS_final(cms, in, NULL, CMS_BINARY), ==, 1);
		unsigned char *der = NULL;
		int n = i2d_CMS_ContentInfo(cms, &der);
		g_autoptr(GBytes) sealed = g_bytes_new(der, (gsize)n);
		OPENSSL_free(der);
		CMS_ContentInfo_free(cms);
		BIO_free(in);
		ERR_clear_error();
		assert_opens(sealed, HELLO);
	}
}

/* ---- values built by hand ---- */

static void
reads_every_agreement(void)
{
	static const char hkdf256[] = "2a864886f70d0109100313";
	static const Agreement rows[] = {
		{"2b8105108648"
		 "3f0002",
		 "X963KDF", "SHA1", CMS_OID_AES128_WRAP, 16, .ukm = NULL},
		{"2b81040b00", "X963KDF", "SHA224", CMS_OID_AES256_WRAP, 32, .ukm = "material"},
		{"2b8104010b00", "X963KDF", "SHA224", CMS_OID_AES256_WRAP, 32, .ukm = "material"},
		{"2b8104010b01", "X963KDF", "SHA256", CMS_OID_AES192_WRAP, 24, .ukm = NULL},
		{"2b8104010b01", "X963KDF", "SHA256", CMS_OID_AES256_WRAP, 32, .ukm = ""},
		{"2b8104010b02", "X963KDF", "SHA384", CMS_OID_AES256_WRAP, 32, .sends_null = true},
		{"2b8104010b03", "X963KDF", "SHA512", CMS_OID_AES256_WRAP, 32, .binds_null = true},
		{"2b8104010b03", "X963KDF", "SHA512", CMS_OID_AES128_WRAP, 16, .sends_null = true,
		 .binds_null = true, .curve_params = true},
		{"2b8105108648"
		 "3f0003",
		 "X963KDF", "SHA1", CMS_OID_AES128_WRAP, 16, .by_key_id = true},
		{"2b8104010e00", "X963KDF", "SHA224", CMS_OID_AES128_WRAP, 16, .ukm = NULL},
		{"2b8104010e01", "X963KDF", "SHA256", CMS_OID_AES128_WRAP, 16, .ukm = NULL},
		{"2b8104010e02", "X963KDF", "SHA384", CMS_OID_AES128_WRAP, 16, .ukm = NULL},
		{"2b8104010e03", "X963KDF", "SHA512", CMS_OID_AES128_WRAP, 16, .ukm = NULL},
		{hkdf256, "HKDF", "SHA256", CMS_OID_AES128_WRAP, 16, .ukm = NULL},
		{hkdf256, "HKDF", "SHA256", CMS_OID_AES256_WRAP, 32,
		 .ukm = "used as the salt as well"},
		{"2a864886f70d0109100314", "HKDF", "SHA384", CMS_OID_AES256_WRAP, 32, .ukm = "x"},
		{"2a864886f70d0109100315", "HKDF", "SHA512", CMS_OID_AES256_WRAP, 32,
		 .by_key_id = true},
	};
	const Person *const people[] = {&p256, &x25519};
	for (size_t i = 0; i < 2 * G_N_ELEMENTS(rows); i++) {
		const Agreement *a = &rows[i / 2];
		g_autoptr(GBytes) parameters = NULL;
		Recipe recipe = gcm_recipe(&parameters);
		g_autoptr(GBytes) info = kari(people[i % 2], a, recipe.cek);
		recipe.infos = base_bytes_of(info);
		g_autoptr(GBytes) sealed = build(&recipe, HELLO);
		Person *just[] = {i % 2 == 0 ? &p256 : &x25519, NULL};
		g_autoptr(GBytes) plain = NULL;
		CmsEncryptionReason reason =
			envelope_open(base_bytes_of(sealed), just, SIZE_MAX / 2, &plain);
		bool unknown = strcmp(a->scheme, "2b81040b00") == 0;
		g_assert_cmpint(reason, ==,
				unknown ? CMS_ENCRYPTION_UNSUPPORTED_ALGORITHM : CMS_ENCRYPTION_OK);
	}
}

static void
reads_every_cipher(void)
{
	static const struct {
		CmsKind kind;
		const char *evp;
		CmsOid oid;
		size_t key_n;
		size_t iv_n;
		int tag_n;
		unsigned icv; /* as written */
	} rows[] = {
		{CMS_KIND_ENVELOPED, "AES-128-CBC", CMS_OID_AES128_CBC, 16, 16, 0, 0},
		{CMS_KIND_ENVELOPED, "AES-192-CBC", CMS_OID_AES192_CBC, 24, 16, 0, 0},
		{CMS_KIND_ENVELOPED, "AES-256-CBC", CMS_OID_AES256_CBC, 32, 16, 0, 0},
		{CMS_KIND_ENVELOPED, "DES-EDE3-CBC", CMS_OID_DES_EDE3_CBC, 24, 8, 0, 0},
		{CMS_KIND_AUTH_ENVELOPED, "AES-128-GCM", CMS_OID_AES128_GCM, 16, 12, 12, 0},
		{CMS_KIND_AUTH_ENVELOPED, "AES-128-GCM", CMS_OID_AES128_GCM, 16, 12, 12, 12},
		{CMS_KIND_AUTH_ENVELOPED, "AES-192-GCM", CMS_OID_AES192_GCM, 24, 12, 13, 13},
		{CMS_KIND_AUTH_ENVELOPED, "AES-256-GCM", CMS_OID_AES256_GCM, 32, 1, 14, 14},
		{CMS_KIND_AUTH_ENVELOPED, "AES-256-GCM", CMS_OID_AES256_GCM, 32, 16, 15, 15},
		{CMS_KIND_AUTH_ENVELOPED, "AES-256-GCM", CMS_OID_AES256_GCM, 32, 64, 16, 16},
		{CMS_KIND_AUTH_ENVELOPED, "ChaCha20-Poly1305", CMS_OID_CHACHA20_POLY1305, 32, 12,
		 16, 0},
	};

	for (size_t i = 0; i < 2 * G_N_ELEMENTS(rows); i++) {
		size_t r = i / 2;
		BaseBytes iv = base_bytes(some_iv, rows[r].iv_n);
		bool gcm = strstr(rows[r].evp, "GCM") != NULL;
		g_autoptr(GBytes) parameters =
			gcm ? gcm_parameters(iv, rows[r].icv) : tlv(CMS_TAG_OCTET_STRING, iv);
		Recipe recipe = {.kind = rows[r].kind,
				 .evp = rows[r].evp,
				 .oid = rows[r].oid,
				 .parameters = base_bytes_of(parameters),
				 .cek = base_bytes(some_key, rows[r].key_n),
				 .iv = iv,
				 .tag_n = rows[r].tag_n,
				 .cek_hkdf = i % 2 == 1};
		g_autoptr(GBytes) info = ktri(&rsa, recipe.cek, false);
		recipe.infos = base_bytes_of(info);
		g_autoptr(GBytes) sealed = build(&recipe, HELLO);
		assert_opens(sealed, HELLO);
	}
}

static void
names_what_it_reads(void)
{
	g_autoptr(GBytes) parameters = NULL;
	Recipe recipe = gcm_recipe(&parameters);
	recipe.cek_hkdf = true;
	g_autoptr(GBytes) info = ktri(&rsa, recipe.cek, false);
	recipe.infos = base_bytes_of(info);
	g_autoptr(GBytes) sealed = build(&recipe, HELLO);
	Envelope envelope;
	g_assert_true(envelope_split(base_bytes_of(sealed), &envelope));
	g_autoptr(CmsRecall) recall = cms_recall_new();
	g_autoptr(CmsDecrypt) decrypt = cms_decrypt_begin(
		&(CmsDecryptHead){envelope.kind, envelope.infos, envelope.algorithm}, recall,
		people_hook, everybody, NULL);
	const CmsDecryptInfo *found = cms_decrypt_info(decrypt);
	g_assert_cmpint(found->cipher, ==, CMS_OID_AES256_GCM);
	g_assert_true(found->authenticated && found->cek_hkdf && !found->weak);
	g_assert_cmpuint(found->recipients, ==, 1);
	envelope_clear(&envelope);
}

/* The attributes are authenticated before the content but follow it: the second pass knows them. */
static void
reads_authenticated_attributes(void)
{
	static const char attrs[] = "3018"
				    "06092a864886f70d010903"
				    "310b06092a864886f70d010701";
	g_autoptr(GBytes) attributes = base_hex_parse(attrs);
	g_autoptr(GBytes) parameters = NULL;
	Recipe recipe = gcm_recipe(&parameters);
	g_autoptr(GBytes) info = ktri(&rsa, recipe.cek, false);
	recipe.infos = base_bytes_of(info);
	recipe.attrs = base_bytes_of(attributes);
	g_autoptr(GBytes) sealed = build(&recipe, HELLO);
	assert_opens(sealed, HELLO);
	/* Changed by one bit. */
	g_autofree guint8 *copy =
		g_memdup2(g_bytes_get_data(sealed, NULL), g_bytes_get_size(sealed));
	size_t at = base_bytes_find(base_bytes_of(sealed), recipe.attrs);
	copy[at + recipe.attrs.n - 1] ^= 1;
	g_autoptr(GBytes) changed = g_bytes_new(copy, g_bytes_get_size(sealed));
	assert_refused(changed, CMS_ENCRYPTION_NOT_AUTHENTICATED);
}

/* Some RecipientInfos with our name, of which only the last is for our key. */
static void
tries_every_match(void)
{
	uint8_t wrong[32];
	memset(wrong, 0x77, sizeof(wrong));
	for (int cbc = 0; cbc < 2; cbc++) {
		for (guint before = 0; before <= BASE_LIMIT_RECIPIENTS_TRIED; before++) {
			g_autoptr(GBytes) parameters = NULL;
			g_autoptr(GByteArray) infos = g_byte_array_new();
			Recipe recipe =
				cbc == 1 ? cbc_recipe(&parameters) : gcm_recipe(&parameters);
			for (guint i = 0; i <= before; i++) {
				BaseBytes cek =
					i == before ? recipe.cek : base_bytes(wrong, recipe.cek.n);
				g_autoptr(GBytes) info = ktri(&rsa, cek, false);
				cms_der_raw(infos, base_bytes_of(info));
			}
			recipe.infos = base_bytes_of_array(infos);
			g_autoptr(GBytes) sealed = build(&recipe, HELLO);
			if (before == BASE_LIMIT_RECIPIENTS_TRIED) {
				assert_refused(sealed, CMS_ENCRYPTION_NOT_AUTHENTICATED);
			} else {
				assert_opens(sealed, HELLO);
			}
		}
	}
}

static void
finds_itself_among_others(void)
{
	Person stranger = person_new("RSA", 99);
	static const char *const unknown[] = {"a203020100", "a303020100", "a403020100"};
	g_autoptr(GBytes) parameters = NULL;
	g_autoptr(GByteArray) infos = g_byte_array_new();
	Recipe recipe = gcm_recipe(&parameters);
	for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++) {
		g_autoptr(GBytes) odd = base_hex_parse(unknown[i]);
		cms_der_raw(infos, base_bytes_of(odd));
	}
	g_autoptr(GBytes) other = ktri(&stranger, recipe.cek, false);
	g_autoptr(GBytes) mine = ktri(&rsa, recipe.cek, false);
	cms_der_raw(infos, base_bytes_of(other));
	recipe.infos = base_bytes_of_array(infos);
	g_autoptr(GBytes) not_mine = build(&recipe, HELLO);
	assert_refused(not_mine, CMS_ENCRYPTION_NO_KEY);
	cms_der_raw(infos, base_bytes_of(mine));
	recipe.infos = base_bytes_of_array(infos);
	g_autoptr(GBytes) sealed = build(&recipe, HELLO);
	assert_opens(sealed, HELLO);
	cms_der_raw(infos, BASE_LIT("\x30\x05\x02"));
	recipe.infos = base_bytes_of_array(infos);
	g_autoptr(GBytes) broken = build(&recipe, HELLO);
	assert_refused(broken, CMS_ENCRYPTION_MALFORMED);
	person_clear(&stranger);
}

/* ---- RFC 4134 section 5 ---- */

static Person
read_bob(void)
{
	Person bob = {NULL, NULL, NULL};
	g_autoptr(GBytes) key = shared_file("vectors/rfc4134/pem/BobPrivRSAEncrypt.key.pem");
	g_autoptr(GBytes) cert = shared_file("vectors/rfc4134/rfc4134/BobRSASignByCarl.cer");
	if (key != NULL && cert != NULL) {
		BIO *in = BIO_new_mem_buf(g_bytes_get_data(key, NULL), (int)g_bytes_get_size(key));
		bob.key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
		BIO_free(in);
		bob.der = g_steal_pointer(&cert);
	}
	return bob;
}

static void
rfc4134_examples(void)
{
	static const struct {
		const char *file;
		CmsEncryptionReason reason;
	} rows[] = {
		{"vectors/rfc4134/rfc4134/5.1.bin", CMS_ENCRYPTION_OK},
		{"vectors/rfc4134/rfc4134/5.2.bin", CMS_ENCRYPTION_UNSUPPORTED_ALGORITHM},
	};

	Person bob = read_bob();
	Person *people[] = {&bob, NULL};
	if (bob.key == NULL) {
		g_test_skip("the shared test vectors are not here");
		return;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GBytes) sealed = shared_file(rows[i].file);
		g_autoptr(GBytes) plain = NULL;
		g_assert_cmpint(envelope_open(base_bytes_of(sealed), people, 3, &plain), ==,
				rows[i].reason);
		if (plain != NULL) {
			t_assert_bytes(g_bytes_get_data(plain, NULL), g_bytes_get_size(plain),
				       "This is some sample content.", 28);
		}
	}
	EVP_PKEY_free(bob.key);
	g_bytes_unref(bob.der);
}

static void
add_reading_tests(void)
{
	g_test_add_func("/decrypt/libcrypto-seals", opens_what_libcrypto_seals);
	g_test_add_func("/decrypt/oaep", reads_every_oaep);
	g_test_add_func("/decrypt/agreements", reads_every_agreement);
	g_test_add_func("/decrypt/ciphers", reads_every_cipher);
	g_test_add_func("/decrypt/info", names_what_it_reads);
	g_test_add_func("/decrypt/attributes", reads_authenticated_attributes);
	g_test_add_func("/decrypt/matches", tries_every_match);
	g_test_add_func("/decrypt/others", finds_itself_among_others);
	g_test_add_func("/decrypt/rfc4134", rfc4134_examples);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	make_everybody();
	add_reading_tests();
	int status = g_test_run();
	clear_everybody();
	return status;
}
