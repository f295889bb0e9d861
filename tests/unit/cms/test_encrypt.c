/* SPDX-License-Identifier: MPL-2.0 */
/* What we seal is opened by libcrypto's CMS, and by us. */
#include "cms/encrypt.h"

#include "base/error.h"
#include "base/limits.h"
#include "envelope.h"

static const size_t sizes[] = {0, 1, 15, 16, 17, 47, 48, 1023, 65535, 65536, 65537, 1000000};

static const struct {
	const char *key;
	CmsKeyTransport how;
} ways[] = {
	{"RSA", CMS_KEY_TRANSPORT_DEFAULT},
	{"RSA", CMS_KEY_TRANSPORT_OAEP},
	{"P-256", CMS_KEY_TRANSPORT_DEFAULT},
	{"P-384", CMS_KEY_TRANSPORT_DEFAULT},
};

static GPtrArray *
recipients_of(Person *person, CmsKeyTransport how)
{
	g_autoptr(GError) error = NULL;
	GPtrArray *recipients = g_ptr_array_new_with_free_func((GDestroyNotify)cms_recipient_unref);
	CmsRecipient *recipient = cms_recipient_new(base_bytes_of(person->der), how, &error);
	g_assert_no_error(error);
	g_ptr_array_add(recipients, recipient);
	return recipients;
}

static GBytes *
open_with_libcrypto(GBytes *sealed, Person *person)
{
	const unsigned char *p = g_bytes_get_data(sealed, NULL);
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)g_bytes_get_size(sealed));
	g_assert_nonnull(cms);
	BIO *out = BIO_new(BIO_s_mem());
	if (CMS_decrypt(cms, person->key, person->cert, NULL, out, CMS_BINARY) != 1) {
		ERR_print_errors_fp(stderr);
		g_assert_not_reached();
	}
	char *data = NULL;
	long n = BIO_get_mem_data(out, &data);
	GBytes *plain = g_bytes_new(data, (gsize)n);
	BIO_free(out);
	CMS_ContentInfo_free(cms);
	return plain;
}

static GBytes *
seal_in_chunks(GBytes *content, GPtrArray *recipients, const CmsEncryptOptions *options,
	       gint64 length, size_t chunk)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) sink = cms_encrypt_new(memory, recipients, options, length, &error);
	g_assert_no_error(error);
	BaseBytes data = base_bytes_of(content);
	for (size_t at = 0; at < data.n; at += chunk) {
		g_assert_true(base_sink_write(sink, base_bytes_slice(data, at, chunk), &error));
	}
	g_assert_true(base_sink_finish(sink, &error));
	return base_sink_take_bytes(memory);
}

static void
libcrypto_opens(void)
{
	for (size_t w = 0; w < G_N_ELEMENTS(ways); w++) {
		Person person = person_new(ways[w].key, 7);
		g_autoptr(GPtrArray) recipients = recipients_of(&person, ways[w].how);
		for (size_t s = 0; s < G_N_ELEMENTS(sizes); s++) {
			g_autoptr(GBytes) content = random_bytes(sizes[s]);
			for (int c = 0; c < CMS_N_WRITE_CIPHERS; c++) {
				CmsEncryptOptions options = {.cipher = (CmsCipher)c};
				g_autoptr(GBytes) sealed = cms_encrypt(base_bytes_of(content),
								       recipients, &options, NULL);
				g_autoptr(GBytes) plain = open_with_libcrypto(sealed, &person);
				assert_same(plain, content);
			}
		}
		person_clear(&person);
	}
}

/* DER of libcrypto from the parsed value is what we wrote. */
static void
known_length_is_der(void)
{
	Person rsa = person_new("RSA", 1);
	Person ec = person_new("P-256", 2);
	g_autoptr(GPtrArray) recipients = recipients_of(&ec, CMS_KEY_TRANSPORT_DEFAULT);
	g_ptr_array_add(recipients,
			cms_recipient_new(base_bytes_of(rsa.der), CMS_KEY_TRANSPORT_DEFAULT, NULL));
	g_ptr_array_add(recipients,
			cms_recipient_new(base_bytes_of(rsa.der), CMS_KEY_TRANSPORT_OAEP, NULL));
	for (int c = 0; c < CMS_N_WRITE_CIPHERS; c++) {
		CmsEncryptOptions options = {.cipher = (CmsCipher)c};
		g_autoptr(GBytes) content = random_bytes(70000);
		g_autoptr(GBytes) sealed =
			cms_encrypt(base_bytes_of(content), recipients, &options, NULL);
		const unsigned char *p = g_bytes_get_data(sealed, NULL);
		CMS_ContentInfo *cms =
			d2i_CMS_ContentInfo(NULL, &p, (long)g_bytes_get_size(sealed));
		unsigned char *der = NULL;
		int n = i2d_CMS_ContentInfo(cms, &der);
		t_assert_bytes(der, (size_t)n, g_bytes_get_data(sealed, NULL),
			       g_bytes_get_size(sealed));
		OPENSSL_free(der);
		CMS_ContentInfo_free(cms);
		g_autoptr(GBytes) by_rsa = open_with_libcrypto(sealed, &rsa);
		g_autoptr(GBytes) by_ec = open_with_libcrypto(sealed, &ec);
		assert_same(by_rsa, content);
		assert_same(by_ec, content);
	}
	person_clear(&rsa);
	person_clear(&ec);
}

static void
indefinite_lengths_and_chunks(void)
{
	static const size_t few[] = {0, 1, 16, 32767, 32768, 32769, 100000};
	static const size_t chunks[] = {1, 7, 32768, SIZE_MAX / 2};
	Person person = person_new("P-256", 3);
	Person *people[] = {&person, NULL};
	g_autoptr(GPtrArray) recipients = recipients_of(&person, CMS_KEY_TRANSPORT_DEFAULT);
	for (size_t s = 0; s < G_N_ELEMENTS(few); s++) {
		g_autoptr(GBytes) content = random_bytes(few[s]);
		for (int c = 0; c < 2 * CMS_N_WRITE_CIPHERS; c++) {
			CmsEncryptOptions options = {.cipher = (CmsCipher)(c / 2)};
			gint64 length = c % 2 == 0 ? -1 : (gint64)few[s];
			size_t chunk = chunks[(s + (size_t)c) % G_N_ELEMENTS(chunks)];
			g_autoptr(GBytes) sealed =
				seal_in_chunks(content, recipients, &options, length, chunk);
			g_autoptr(GBytes) plain = open_with_libcrypto(sealed, &person);
			assert_same(plain, content);
			g_autoptr(GBytes) ours = NULL;
			g_assert_cmpint(envelope_open(base_bytes_of(sealed), people, 4096, &ours),
					==, CMS_ENCRYPTION_OK);
			assert_same(ours, content);
		}
	}
	person_clear(&person);
}

/* What libcrypto 3.0 cannot read is read by us: X25519 and CEK-HKDF. */
static void
x25519_and_cek_hkdf(void)
{
	static const char *const keys[] = {"RSA", "P-521", "X25519"};
	for (size_t k = 0; k < G_N_ELEMENTS(keys); k++) {
		Person person = person_new(keys[k], 9);
		Person *people[] = {&person, NULL};
		g_autoptr(GPtrArray) recipients = recipients_of(&person, CMS_KEY_TRANSPORT_DEFAULT);
		for (int c = 0; c < 2 * CMS_N_WRITE_CIPHERS; c++) {
			CmsEncryptOptions options = {.cipher = (CmsCipher)(c / 2),
						     .cek_hkdf = c % 2 == 1};
			g_autoptr(GBytes) content = random_bytes(1000);
			g_autoptr(GBytes) plain = NULL;
			g_autoptr(GBytes) sealed =
				cms_encrypt(base_bytes_of(content), recipients, &options, NULL);
			g_assert_cmpint(
				envelope_open(base_bytes_of(sealed), people, SIZE_MAX / 2, &plain),
				==, CMS_ENCRYPTION_OK);
			assert_same(plain, content);
		}
		person_clear(&person);
	}
}

/* The octets of an AES-256-GCM message around one X25519 recipient, field by field. */
static void
x25519_looks_as_rfc8418_says(void)
{
	Person person = person_new("X25519", 5);
	g_autoptr(GPtrArray) recipients = recipients_of(&person, CMS_KEY_TRANSPORT_DEFAULT);
	CmsEncryptOptions options = {.cipher = CMS_CIPHER_AES_256_GCM};
	g_autoptr(GBytes) sealed = cms_encrypt(BASE_LIT("hello"), recipients, &options, NULL);
	Envelope envelope;
	g_assert_true(envelope_split(base_bytes_of(sealed), &envelope));
	static const uint8_t originator[] = {0x02, 0x01, 0x03, 0xa0, 0x2c, 0xa1, 0x2a, 0x30, 0x05,
					     0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00};
	static const uint8_t algorithm[] = {
		0x30, 0x1a, 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x03,
		0x13, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2d};
	size_t at = base_bytes_find(envelope.infos, base_bytes(originator, sizeof(originator)));
	g_assert_cmpuint(at, !=, SIZE_MAX);
	BaseBytes rest = base_bytes_slice(envelope.infos, at + sizeof(originator) + 32, SIZE_MAX);
	g_assert_cmpuint(base_bytes_find(rest, base_bytes(algorithm, sizeof(algorithm))), ==, 0);
	envelope_clear(&envelope);
	person_clear(&person);
}

static void
refuses_wrong_lengths(void)
{
	Person person = person_new("P-256", 3);
	g_autoptr(GPtrArray) recipients = recipients_of(&person, CMS_KEY_TRANSPORT_DEFAULT);
	CmsEncryptOptions options = {.cipher = CMS_CIPHER_AES_128_CBC};
	g_autoptr(BaseSink) more = cms_encrypt_new(base_sink_null(), recipients, &options, 3, NULL);
	g_autoptr(BaseSink) less = cms_encrypt_new(base_sink_null(), recipients, &options, 3, NULL);
	g_autoptr(GError) error = NULL;
	g_assert_false(base_sink_write(more, BASE_LIT("four"), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	g_clear_error(&error);
	g_assert_true(base_sink_write(less, BASE_LIT("2!"), &error));
	g_assert_false(base_sink_finish(less, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	person_clear(&person);
}

static void
refuses_wrong_arguments(void)
{
	Person person = person_new("P-256", 3);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) nobody = g_ptr_array_new();
	g_autoptr(GPtrArray) recipients = recipients_of(&person, CMS_KEY_TRANSPORT_DEFAULT);
	CmsEncryptOptions options = {.cipher = CMS_CIPHER_AES_128_CBC};
	g_assert_null(cms_encrypt(BASE_LIT("x"), nobody, &options, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	g_clear_error(&error);
	options.cipher = CMS_CIPHER_DES_EDE3_CBC;
	g_assert_null(cms_encrypt(BASE_LIT("x"), recipients, &options, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	g_clear_error(&error);
	g_assert_null(cms_recipient_new(base_bytes_of(person.der), CMS_KEY_TRANSPORT_OAEP, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_UNSUPPORTED);
	g_clear_error(&error);
	g_assert_null(cms_recipient_new(BASE_LIT("0123"), CMS_KEY_TRANSPORT_DEFAULT, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
	g_clear_error(&error);
	g_ptr_array_set_size(nobody, (gint)BASE_LIMIT_RECIPIENTS + 1);
	options.cipher = CMS_CIPHER_AES_128_CBC;
	g_assert_null(cms_encrypt(BASE_LIT("x"), nobody, &options, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
	person_clear(&person);
}

/* Nothing of one message comes back in the next: keys, nonces, ephemeral keys. */
static void
every_message_is_fresh(void)
{
	Person person = person_new("P-256", 3);
	g_autoptr(GPtrArray) recipients = recipients_of(&person, CMS_KEY_TRANSPORT_DEFAULT);
	CmsEncryptOptions options = {.cipher = CMS_CIPHER_AES_256_GCM};
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_bytes_hash, g_bytes_equal,
							   (GDestroyNotify)g_bytes_unref, NULL);
	for (int i = 0; i < 50; i++) {
		g_autoptr(GBytes) sealed =
			cms_encrypt(BASE_LIT("same content"), recipients, &options, NULL);
		Envelope envelope;
		g_assert_true(envelope_split(base_bytes_of(sealed), &envelope));
		g_assert_true(g_hash_table_add(seen, base_bytes_dup(envelope.algorithm)));
		g_assert_true(g_hash_table_add(seen, base_bytes_dup(envelope.infos)));
		g_assert_true(g_hash_table_add(seen, g_bytes_ref(envelope.content)));
		envelope_clear(&envelope);
	}
	person_clear(&person);
}

/* A full sink ends it, at the head as well as in the middle. */
static void
passes_on_failures(void)
{
	Person person = person_new("P-256", 3);
	g_autoptr(GPtrArray) recipients = recipients_of(&person, CMS_KEY_TRANSPORT_DEFAULT);
	g_autoptr(GBytes) content = random_bytes(100000);
	CmsEncryptOptions options = {.cipher = CMS_CIPHER_AES_256_GCM};
	static const size_t limits[] = {10, 40000, 100100};
	for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(BaseSink) memory = base_sink_new_memory(limits[i]);
		g_autoptr(BaseSink) sink =
			cms_encrypt_new(memory, recipients, &options, 100000, &error);
		g_assert_false(base_sink_write(sink, base_bytes_of(content), &error) &&
			       base_sink_finish(sink, &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
	}
	person_clear(&person);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/encrypt/libcrypto-opens", libcrypto_opens);
	g_test_add_func("/encrypt/known-length-is-der", known_length_is_der);
	g_test_add_func("/encrypt/indefinite", indefinite_lengths_and_chunks);
	g_test_add_func("/encrypt/x25519-and-cek-hkdf", x25519_and_cek_hkdf);
	g_test_add_func("/encrypt/rfc8418", x25519_looks_as_rfc8418_says);
	g_test_add_func("/encrypt/wrong-lengths", refuses_wrong_lengths);
	g_test_add_func("/encrypt/wrong-arguments", refuses_wrong_arguments);
	g_test_add_func("/encrypt/fresh", every_message_is_fresh);
	g_test_add_func("/encrypt/failures", passes_on_failures);
	return g_test_run();
}
