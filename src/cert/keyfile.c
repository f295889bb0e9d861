/* SPDX-License-Identifier: MPL-2.0 */
/* PKCS#8 private keys (RFC 5958) and PEM certificates (RFC 7468). */
#include "cert/keyfile.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/secret.h"
#include "cert/file.h"
#include "cert/info_private.h"
#include "cert/openssl_auto.h"

#define KEY_MAX   (64U << 10) /* octets of a private key */

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define PEM_END   "-----END CERTIFICATE-----"
#define PEM_LINE  64U

GBytes *
cert_key_to_der(const EVP_PKEY *key, GError **error)
{
	unsigned char *der = NULL;
	g_autoptr(PKCS8_PRIV_KEY_INFO) info = EVP_PKEY2PKCS8(key);
	int n = info == NULL ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	if (n <= 0) {
		return cert_fail_crypto_null(error, "cannot write a private key");
	}
	GBytes *secret = base_secret_bytes(base_bytes(der, (size_t)n));
	OPENSSL_clear_free(der, (size_t)n);
	return secret;
}

EVP_PKEY *
cert_key_from_der(BaseBytes der, GError **error)
{
	if (der.n > KEY_MAX) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT, "a private key is too large");
	}
	const unsigned char *p = der.p;
	g_autoptr(PKCS8_PRIV_KEY_INFO) info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.n);
	if (info == NULL || p != der.p + der.n) {
		ERR_clear_error();
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
				      "not a private key in PKCS#8 form");
	}
	g_autoptr(EVP_PKEY) key = EVP_PKCS82PKEY(info);
	ERR_clear_error();
	if (key == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNSUPPORTED,
				      "this kind of private key is not handled");
	}
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
	    EVP_PKEY_get_bits(key) > BASE_LIMIT_RSA_BITS) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT,
				      "an RSA key of %d bits is beyond what is handled",
				      EVP_PKEY_get_bits(key));
	}
	return g_steal_pointer(&key);
}

char *
cert_to_pem(const CertInfo *info)
{
	g_autofree char *text = base64_encode_string(base_bytes_of(info->der));
	GString *pem = g_string_new(PEM_BEGIN "\n");
	for (const char *p = text; *p != '\0';) {
		size_t n = strnlen(p, PEM_LINE);
		g_string_append_len(pem, p, (gssize)n);
		g_string_append_c(pem, '\n');
		p += n;
	}
	g_string_append(pem, PEM_END "\n");
	return g_string_free(pem, FALSE);
}

GPtrArray *
cert_from_pem_or_der(BaseBytes data, GError **error)
{
	g_auto(CertFile) file = {0};
	if (!cert_read_file_bytes(data, &file, error)) {
		return NULL;
	}
	if (file.certs->len == 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "no certificate in it");
	}
	return g_steal_pointer(&file.certs);
}
