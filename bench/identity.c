/* SPDX-License-Identifier: MPL-2.0 */
/* Keys, certificates and content for the benchmark. */
#include "bench.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void
bench_must(bool ok, const char *what)
{
	if (!ok) {
		(void)fprintf(stderr, "bench: %s\n", what);
		exit(70);
	}
}

static EVP_PKEY *
make_key(BenchKeyKind kind)
{
	static const struct {
		const char *type;
		size_t bits;       /* RSA */
		const char *curve; /* EC */
	} keys[] = {
		[BENCH_KEY_RSA_2048] = {"RSA", 2048, NULL},
		[BENCH_KEY_RSA_3072] = {"RSA", 3072, NULL},
		[BENCH_KEY_P256] = {"EC", 0, "P-256"},
		[BENCH_KEY_ED25519] = {"ED25519", 0, NULL},
	};

	return keys[kind].bits > 0
		       ? EVP_PKEY_Q_keygen(NULL, NULL, keys[kind].type, keys[kind].bits)
		       : EVP_PKEY_Q_keygen(NULL, NULL, keys[kind].type, keys[kind].curve);
}

static void
add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	bench_must(ext != NULL && X509_add_ext(cert, ext, -1) == 1, "cannot make an extension");
	X509_EXTENSION_free(ext);
}

static X509 *
make_cert(EVP_PKEY *key, const char *name, long serial)
{
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);

	bench_must(X509_set_version(cert, X509_VERSION_3) == 1 &&
			   ASN1_INTEGER_set(X509_get_serialNumber(cert), serial) == 1 &&
			   X509_gmtime_adj(X509_getm_notBefore(cert), -86400) != NULL &&
			   X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * 365) != NULL &&
			   X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
						      (const unsigned char *)name, -1, -1,
						      0) == 1 &&
			   X509_set_pubkey(cert, key) == 1,
		   "cannot make a certificate");
	return cert;
}

static GBytes *
der_of(const X509 *cert)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);
	GBytes *bytes;

	bench_must(n > 0, "cannot encode a certificate");
	bytes = g_bytes_new(der, (gsize)n);
	OPENSSL_free(der);
	return bytes;
}

static void
make_identity(BenchIdentity *id, BenchKeyKind kind)
{
	EVP_PKEY *root_key = EVP_EC_gen("P-256");

	id->key = make_key(kind);
	bench_must(root_key != NULL && id->key != NULL, "cannot make a key");
	id->root = make_cert(root_key, "Bench Root", 1);
	add_extension(id->root, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
	add_extension(id->root, NID_key_usage, "critical,keyCertSign,cRLSign");
	bench_must(X509_set_issuer_name(id->root, X509_get_subject_name(id->root)) == 1 &&
			   X509_sign(id->root, root_key, EVP_sha256()) > 0,
		   "cannot sign a certificate");
	id->cert = make_cert(id->key, "Bench", 2 + (long)kind);
	add_extension(id->cert, NID_key_usage,
		      kind == BENCH_KEY_P256 ? "critical,digitalSignature,keyAgreement"
					     : "critical,digitalSignature,keyEncipherment");
	add_extension(id->cert, NID_ext_key_usage, "emailProtection");
	add_extension(id->cert, NID_subject_alt_name, "email:bench@example.org");
	bench_must(X509_set_issuer_name(id->cert, X509_get_subject_name(id->root)) == 1 &&
			   X509_sign(id->cert, root_key, EVP_sha256()) > 0,
		   "cannot sign a certificate");
	EVP_PKEY_free(root_key);
	id->der = der_of(id->cert);
	id->store = X509_STORE_new();
	bench_must(X509_STORE_add_cert(id->store, id->root) == 1, "cannot trust a certificate");
}

const BenchIdentity *
bench_identity(BenchKeyKind kind)
{
	static BenchIdentity identities[BENCH_N_KEYS];

	if (identities[kind].key == NULL) {
		make_identity(&identities[kind], kind);
	}
	return &identities[kind];
}

#define CONTENT_MAX ((size_t)25 << 20)

BaseBytes
bench_content(size_t n)
{
	static const char header[] = "Content-Type: text/plain; charset=us-ascii\r\n\r\n";
	static uint8_t *content;

	if (content == NULL) {
		content = g_malloc(CONTENT_MAX);
		for (size_t i = 0; i < CONTENT_MAX; i++) {
			size_t column = i % 74;

			content[i] = column == 72      ? (uint8_t)'\r'
				     : column == 73    ? (uint8_t)'\n'
				     : column % 7 == 6 ? (uint8_t)' '
						       : (uint8_t)('a' + (i * 7 + i / 74) % 26);
		}
		memcpy(content, header, sizeof header - 1);
	}
	/* Whole lines, so that the last octets are a line end. */
	return base_bytes(content, MIN(n, CONTENT_MAX) / 74 * 74);
}
