/* SPDX-License-Identifier: MPL-2.0 */
/* Files of certificates and revocation lists. */
#include "cert/file.h"

#include "base/base64.h"
#include "cert/crl.h"
#include "cert_t.h"
#include <postseal/error.h>

typedef struct {
	CertIdentity *id;
	GBytes *crl;
	char *root_pem;
	char *leaf_pem;
	char *crl_pem;
} Fixture;

static void
set_up(Fixture *f, const void *data)
{
	(void)data;
	g_autoptr(GPtrArray) none = g_ptr_array_new();
	f->id = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	f->crl = cert_crl_new(f->id, none, CERT_T_NOW, NULL);
	f->root_pem = cert_to_pem(f->id->root);
	f->leaf_pem = cert_to_pem(f->id->sign);
	g_autofree char *text = base64_encode_string(base_bytes_of(f->crl));
	f->crl_pem =
		g_strdup_printf("-----BEGIN X509 CRL-----\n%s\n-----END X509 CRL-----\n", text);
}

static void
tear_down(Fixture *f, const void *data)
{
	(void)data;
	cert_identity_unref(f->id);
	g_bytes_unref(f->crl);
	g_free(f->root_pem);
	g_free(f->leaf_pem);
	g_free(f->crl_pem);
}

static void
expect(BaseBytes data, unsigned certs, unsigned crls)
{
	g_autoptr(GError) error = NULL;
	g_auto(CertFile) file = {0};
	g_assert_true(cert_read_file_bytes(data, &file, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(file.certs->len, ==, certs);
	g_assert_cmpuint(file.crls->len, ==, crls);
}

static void
refuse(BaseBytes data, PsError code)
{
	g_autoptr(GError) error = NULL;
	CertFile file = {0};
	g_assert_false(cert_read_file_bytes(data, &file, &error));
	g_assert_error(error, PS_ERROR, (int)code);
	g_assert_null(file.certs);
}

static void
reads_mixtures(Fixture *f, const void *data)
{
	(void)data;
	g_autofree char *mixed = g_strconcat(
		"Bag Attributes: <none>\r\n", f->leaf_pem, "subject=CN=x\n", f->crl_pem,
		"-----BEGIN PRIVATE KEY-----\nnot ours, not even base64!\n-----END PRIVATE KEY-----\n",
		f->root_pem, f->crl_pem, "the end", NULL);
	g_autofree char *other_label = g_strdup(f->root_pem);
	memcpy(strstr(other_label, "CERTIFICATE"), "CERTIFICATX", 11);
	g_auto(GStrv) parts = g_strsplit(f->root_pem, "CERTIFICATE", -1);
	g_autofree char *old_label = g_strjoinv("X509 CERTIFICATE", parts);
	expect(base_bytes_str(mixed), 2, 2);
	expect(base_bytes_str(f->root_pem), 1, 0);
	expect(base_bytes_str(f->crl_pem), 0, 1);
	expect(base_bytes_str(old_label), 1, 0);
	expect(base_bytes_of(f->id->root->der), 1, 0);
	expect(base_bytes_of(f->crl), 0, 1);
	refuse(base_bytes_str(other_label), PS_ERROR_MALFORMED);
}

static void
refuses_rubbish(Fixture *f, const void *data)
{
	(void)data;
	static const char *const RUBBISH[] = {
		"",
		"hello",
		"0",
		"-----BEGIN ",
		"-----BEGIN CERTIFICATE-----",
		"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
		"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n",
		"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nMAA=\n-----END X509 CRL-----\n",
		"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(RUBBISH); i++) {
		refuse(base_bytes_str(RUBBISH[i]), PS_ERROR_MALFORMED);
	}
	BaseBytes der = base_bytes_of(f->crl);
	for (size_t i = 0; i < der.n; i++) {
		refuse(base_bytes(der.p, i), PS_ERROR_MALFORMED);
	}
}

static void
is_bounded(Fixture *f, const void *data)
{
	(void)data;
	GString *many = g_string_new(NULL);
	for (unsigned i = 0; i <= CERT_FILE_CRLS_MAX; i++) {
		g_string_append(many, f->crl_pem);
	}
	refuse(base_bytes(many->str, many->len), PS_ERROR_LIMIT);
	g_string_truncate(many, many->len - strlen(f->crl_pem));
	expect(base_bytes(many->str, many->len), 0, CERT_FILE_CRLS_MAX);
	g_string_truncate(many, 0);
	for (unsigned i = 0; i <= CERT_FILE_CERTS_MAX; i++) {
		g_string_append(many, f->leaf_pem);
	}
	refuse(base_bytes(many->str, many->len), PS_ERROR_LIMIT);
	/* Many beginnings without an end are not quadratic. */
	g_string_truncate(many, 0);
	for (unsigned i = 0; i < 100000; i++) {
		g_string_append(many, "-----BEGIN ");
	}
	refuse(base_bytes(many->str, many->len), PS_ERROR_MALFORMED);
	g_string_truncate(many, 0);
	for (unsigned i = 0; i < 100000; i++) {
		g_string_append(many, "-----BEGIN X-----");
	}
	refuse(base_bytes(many->str, many->len), PS_ERROR_MALFORMED);
	g_string_free(many, TRUE);
	g_autofree uint8_t *large = g_malloc0((1U << 20) + 1);
	large[0] = 0x30;
	refuse(base_bytes(large, (1U << 20) + 1), PS_ERROR_LIMIT);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/cert/file/reads_mixtures", Fixture, NULL, set_up, reads_mixtures, tear_down);
	g_test_add("/cert/file/refuses_rubbish", Fixture, NULL, set_up, refuses_rubbish, tear_down);
	g_test_add("/cert/file/is_bounded", Fixture, NULL, set_up, is_bounded, tear_down);
	return g_test_run();
}
