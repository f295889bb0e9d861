/* SPDX-License-Identifier: MPL-2.0 */
/* The certificate of this machine's own listeners. */
#include "cert/local.h"

#include "base/clock.h"
#include "base/secret.h"
#include "cert/info_private.h"
#include "cert/make.h"
#include "cert/openssl_auto.h"
#include <openssl/pem.h>

#define LOCAL_LIFE (10 * BASE_YEAR)
#define LOCAL_NAME "postseal on this machine"

/* RFC 9525 section 4.1: clients compare the SAN with what they connected to. */
static const struct {
	int nid;
	const char *value;
} EXTENSIONS[] = {
	{NID_basic_constraints, "critical,CA:FALSE"},
	{NID_key_usage, "critical,digitalSignature"},
	{NID_ext_key_usage, "serverAuth"},
	{NID_subject_alt_name, "IP:127.0.0.1,IP:::1,DNS:localhost"},
	{NID_subject_key_identifier, "hash"},
};

static bool
add_extensions(X509 *x)
{
	X509V3_CTX context;
	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
	bool done = true;
	for (size_t i = 0; done && i < G_N_ELEMENTS(EXTENSIONS); i++) {
		X509_EXTENSION *extension =
			X509V3_EXT_conf_nid(NULL, &context, EXTENSIONS[i].nid, EXTENSIONS[i].value);
		done = extension != NULL && X509_add_ext(x, extension, -1) == 1;
		X509_EXTENSION_free(extension);
	}
	return done;
}

static bool
fill(X509 *x, EVP_PKEY *key, int64_t now)
{
	g_autoptr(X509_NAME) name = X509_NAME_new();
	g_autoptr(ASN1_INTEGER) serial = cert_make_serial();
	g_autoptr(ASN1_TIME) from = cert_make_time(now - BASE_DAY);
	g_autoptr(ASN1_TIME) to = cert_make_time(now + LOCAL_LIFE);
	return name != NULL && serial != NULL && from != NULL && to != NULL &&
	       X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
					  (const unsigned char *)LOCAL_NAME, -1, -1, 0) == 1 &&
	       X509_set_version(x, X509_VERSION_3) == 1 && X509_set_serialNumber(x, serial) == 1 &&
	       X509_set1_notBefore(x, from) == 1 && X509_set1_notAfter(x, to) == 1 &&
	       X509_set_pubkey(x, key) == 1 && X509_set_subject_name(x, name) == 1 &&
	       X509_set_issuer_name(x, name) == 1 && add_extensions(x) &&
	       X509_sign(x, key, EVP_sha256()) > 0;
}

GBytes *
cert_local_new(int64_t now, GError **error)
{
	g_autoptr(EVP_PKEY) key = EVP_EC_gen("P-256");
	g_autoptr(X509) x = X509_new();
	BIO *pem = BIO_new(BIO_s_secmem());
	GBytes *out = NULL;
	if (key != NULL && x != NULL && pem != NULL && fill(x, key, now) &&
	    PEM_write_bio_X509(pem, x) == 1 &&
	    PEM_write_bio_PKCS8PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL) == 1) {
		char *text = NULL;
		long n = BIO_get_mem_data(pem, &text);
		out = base_secret_bytes(base_bytes(text, (size_t)n));
	}
	BIO_free(pem);
	return out != NULL ? out : cert_fail_crypto_null(error, "cannot make a certificate");
}
