/* SPDX-License-Identifier: MPL-2.0 */
/* Keys and certificates as files. */
#include "cert/keyfile.h"

#include "cert_t.h"
#include "rsa.h"
#include <openssl/pem.h>
#include <postseal/error.h>

static void
keys_come_back(void)
{
	static const char *const TYPES[] = {"RSA", "P-256", "P-384", "ED25519", "X25519"};
	for (size_t i = 0; i < G_N_ELEMENTS(TYPES); i++) {
		g_autoptr(GError) error = NULL;
		EVP_PKEY *key = TYPES[i][0] == 'R'   ? t_rsa_key(T_RSA_2048)
				: TYPES[i][0] == 'P' ? EVP_EC_gen(TYPES[i])
						     : EVP_PKEY_Q_keygen(NULL, NULL, TYPES[i]);
		g_autoptr(GBytes) der = cert_key_to_der(key, &error);
		g_assert_no_error(error);
		EVP_PKEY *back = cert_key_from_der(base_bytes_of(der), &error);
		g_assert_no_error(error);
		g_assert_cmpint(EVP_PKEY_eq(key, back), ==, 1);
		for (size_t cut = 0; cut < g_bytes_get_size(der); cut += 5) {
			g_assert_null(cert_key_from_der(
				base_bytes_slice(base_bytes_of(der), 0, cut), NULL));
		}
		EVP_PKEY_free(back);
		EVP_PKEY_free(key);
	}
}

static void
refuses_other_keys(void)
{
	g_autoptr(GError) error = NULL;
	g_assert_null(cert_key_from_der(BASE_LIT("rubbish"), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
	g_clear_error(&error);
	g_autofree uint8_t *huge = g_malloc0(70000);
	g_assert_null(cert_key_from_der(base_bytes(huge, 70000), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
}

/* libcrypto reads our PEM. */
static void
writes_pem(void)
{
	g_autoptr(CertIdentity) id = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	g_autofree char *pem = cert_to_pem(id->root);
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	g_assert_nonnull(x);
	g_assert_true(g_str_has_suffix(pem, "-----END CERTIFICATE-----\n"));
	X509_free(x);
	BIO_free(bio);
}

static void
reads_pem_and_der(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(CertIdentity) id = cert_t_identity("alice@example.org", CERT_PROFILE_MODERN);
	g_autofree char *a = cert_to_pem(id->root);
	g_autofree char *b = cert_to_pem(id->sign);
	g_auto(GStrv) lines = g_strsplit(b, "\n", -1);
	g_autofree char *crlf = g_strjoinv("\r\n", lines);
	g_autofree char *text =
		g_strdup_printf("Root:\n%s\nkey below\n-----BEGIN X-----\n%s", a, crlf);
	g_autoptr(GPtrArray) both = cert_from_pem_or_der(base_bytes_str(text), &error);
	g_assert_no_error(error);
	g_assert_cmpuint(both->len, ==, 2);
	g_assert_true(cert_info_equal(g_ptr_array_index(both, 0), id->root));
	g_assert_true(cert_info_equal(g_ptr_array_index(both, 1), id->sign));
	g_autoptr(GPtrArray) one = cert_from_pem_or_der(base_bytes_of(id->encrypt->der), &error);
	g_assert_cmpuint(one->len, ==, 1);
}

static void
refuses_other_files(void)
{
	static const struct {
		const char *text;
		int code;
	} BAD[] = {
		{"", PS_ERROR_MALFORMED},
		{"hello", PS_ERROR_MALFORMED},
		{"0", PS_ERROR_MALFORMED},
		{"-----BEGIN CERTIFICATE-----\nAAAA\n", PS_ERROR_MALFORMED},
		{"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", PS_ERROR_MALFORMED},
		{"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
		 PS_ERROR_MALFORMED},
		{"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		 PS_ERROR_MALFORMED},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(cert_from_pem_or_der(base_bytes_str(BAD[i].text), &error));
		g_assert_error(error, PS_ERROR, BAD[i].code);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/keyfile/keys_come_back", keys_come_back);
	g_test_add_func("/cert/keyfile/refuses_other_keys", refuses_other_keys);
	g_test_add_func("/cert/keyfile/writes_pem", writes_pem);
	g_test_add_func("/cert/keyfile/reads_pem_and_der", reads_pem_and_der);
	g_test_add_func("/cert/keyfile/refuses_other_files", refuses_other_files);
	return g_test_run();
}
