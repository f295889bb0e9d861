/* SPDX-License-Identifier: MPL-2.0 */
/* Keys and self-signed certificates for tests of the CMS layer, made by libcrypto once per process;
 * RSA keys are given. */
#pragma once

#include "rsa.h"
#include "t.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/sink.h"
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

typedef enum {
	FX_RSA,
	FX_RSA_1024,
	FX_P256,
	FX_P384,
	FX_P521,
	FX_ED25519,
	FX_N_KEYS
} FxKind;

static const char *const fx_names[FX_N_KEYS] = {"rsa",  "rsa1024", "p256",
						"p384", "p521",    "ed25519"};

static inline EVP_PKEY *
fx_make_key(FxKind kind)
{
	switch (kind) {
	case FX_RSA:
		return t_rsa_key(T_RSA_2048);
	case FX_RSA_1024:
		return t_rsa_key(T_RSA_1024);
	case FX_P256:
		return EVP_EC_gen("P-256");
	case FX_P384:
		return EVP_EC_gen("P-384");
	case FX_P521:
		return EVP_EC_gen("P-521");
	case FX_ED25519:
	case FX_N_KEYS:
	default:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	}
}

/* Borrowed; kept for the process. */
static inline EVP_PKEY *
fx_key(FxKind kind)
{
	static EVP_PKEY *keys[FX_N_KEYS];
	if (keys[kind] == NULL) {
		keys[kind] = fx_make_key(kind);
		g_assert_nonnull(keys[kind]);
	}
	return keys[kind];
}

static inline void
fx_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX context;
	X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	g_assert_nonnull(e);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

/* A new self-signed certificate of @key. */
static inline X509 *
fx_x509(EVP_PKEY *key, const char *cn, long serial)
{
	X509 *x = X509_new();
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
	X509_NAME *name = X509_get_subject_name(x);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_gmtime_adj(X509_getm_notBefore(x), -86400);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400L * 365);
	X509_set_pubkey(x, key);
	fx_extension(x, NID_subject_key_identifier, "hash");
	fx_extension(x, NID_subject_alt_name, "email:alice@example.org");
	const EVP_MD *md = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
	g_assert_cmpint(X509_sign(x, key, md), >, 0);
	return x;
}

static inline GBytes *
fx_der(X509 *x)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);
	g_assert_cmpint(n, >, 0);
	GBytes *bytes = g_bytes_new(der, (gsize)n);
	OPENSSL_free(der);
	return bytes;
}

static inline GBytes *
fx_cert(EVP_PKEY *key, const char *cn, long serial)
{
	X509 *x = fx_x509(key, cn, serial);
	GBytes *der = fx_der(x);
	X509_free(x);
	return der;
}

/* Octets that are not text: every value occurs. */
static inline GBytes *
fx_content(size_t n)
{
	guint8 *p = g_malloc(n + 1);
	for (size_t i = 0; i < n; i++) {
		p[i] = (guint8)(i * 167U + (i >> 8));
	}
	return g_bytes_new_take(p, n);
}

/* Writes @data in pieces of @chunk octets (0: all at once). */
static inline gboolean
fx_feed(BaseSink *sink, BaseBytes data, size_t chunk, GError **error)
{
	if (chunk == 0) {
		return base_sink_write(sink, data, error);
	}
	for (size_t at = 0; at < data.n; at += chunk) {
		if (!base_sink_write(sink, base_bytes(data.p + at, MIN(chunk, data.n - at)),
				     error)) {
			return FALSE;
		}
	}
	return TRUE;
}

/* The folder of shared test vectors, or NULL. */
static inline char *
fx_vectors(const char *sub)
{
	const char *env = g_getenv("POSTSEAL_SHARED");
	g_autofree char *dir =
		env != NULL ? g_strdup(env)
			    : g_test_build_filename(G_TEST_DIST, "../../../../shared", NULL);
	char *path = g_build_filename(dir, "vectors", sub, NULL);
	if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
		g_clear_pointer(&path, g_free);
	}
	return path;
}

static inline GBytes *
fx_file(const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	char *data = NULL;
	gsize n = 0;
	return g_file_get_contents(path, &data, &n, NULL) ? g_bytes_new_take(data, n) : NULL;
}
