/* SPDX-License-Identifier: MPL-2.0 */
/* Writing PKCS#12 (RFC 7292). */
#include "base/error.h"
#include "base/secret.h"
#include "cert/info_private.h"
#include "cert/openssl_auto.h"
#include "cert/p12.h"
#include "cert/p12_salt.h"
#include "cert/p12_stacks.h"

#define DRAWS_MAX 16 /* one salt in a hundred does not suit */

/* Measured: gpgsm 2.2 and Android read only the old one. */
typedef struct {
	int key_nid;
	int cert_nid;
	int rounds;
	const char *mac;
} Flavour;

static const Flavour old_flavour = {
	.key_nid = NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
	.cert_nid = NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
	.rounds = 10000,
	.mac = "SHA1",
};

static const Flavour modern_flavour = {
	.key_nid = NID_aes_256_cbc,
	.cert_nid = NID_aes_256_cbc,
	.rounds = 100000,
	.mac = "SHA256",
};

typedef struct {
	const Flavour *flavour;
	const char *passphrase;
	const char *name;
	Bags *keys;
	Bags *certs;
} Writer;

static void
writer_clear(Writer *w)
{
	free_bags(w->keys);
	free_bags(w->certs);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Writer, writer_clear)

/* localKeyID ties a key to its certificate: SHA-1 of the certificate, as everybody does. */
static bool
mark_bag(const Writer *w, PKCS12_SAFEBAG *bag, const CertInfo *cert)
{
	unsigned char id[EVP_MAX_MD_SIZE];
	size_t n = 0;
	BaseBytes der = base_bytes_of(cert->der);
	return bag != NULL && EVP_Q_digest(NULL, "SHA1", NULL, der.p, der.n, id, &n) == 1 &&
	       PKCS12_add_localkeyid(bag, id, (int)n) == 1 &&
	       PKCS12_add_friendlyname_utf8(bag, w->name, -1) == 1;
}

static PKCS12_SAFEBAG *
add_certificate(Writer *w, const CertInfo *cert)
{
	g_autoptr(X509) x509 = cert_info_to_x509(cert);
	return x509 == NULL ? NULL : PKCS12_add_cert(&w->certs, x509);
}

static bool
add_pair(Writer *w, const CertInfo *cert, EVP_PKEY *key)
{
	return mark_bag(w, add_certificate(w, cert), cert) &&
	       mark_bag(w,
			PKCS12_add_key(&w->keys, key, 0, w->flavour->rounds, w->flavour->key_nid,
				       w->passphrase),
			cert);
}

static bool
add_identity(Writer *w, const CertIdentity *identity)
{
	bool ok = add_pair(w, identity->sign, identity->sign_key);
	if (ok && !cert_info_equal(identity->sign, identity->encrypt)) {
		ok = add_pair(w, identity->encrypt, identity->encrypt_key);
	}
	for (unsigned i = 0; ok && i < identity->others->len; i++) {
		ok = add_certificate(w, g_ptr_array_index(identity->others, i)) != NULL;
	}
	return ok && (identity->root == NULL || cert_info_equal(identity->root, identity->sign) ||
		      add_certificate(w, identity->root) != NULL);
}

static GBytes *
write_p12(PKCS12 *p12)
{
	unsigned char *der = NULL;
	int n = i2d_PKCS12(p12, &der);
	GBytes *bytes = n <= 0 ? NULL : base_secret_bytes(base_bytes(der, (size_t)n));
	OPENSSL_clear_free(der, n <= 0 ? 0 : (size_t)n);
	return bytes;
}

/* Certificates in an encrypted safe, the shrouded keys in a plain one. */
static GBytes *
close_safes(Writer *w)
{
	Safes *raw = NULL;
	const Flavour *f = w->flavour;
	bool ok = PKCS12_add_safe(&raw, w->certs, f->cert_nid, f->rounds, w->passphrase) == 1 &&
		  PKCS12_add_safe(&raw, w->keys, -1, 0, NULL) == 1;
	g_autoptr(Safes) safes = raw;
	g_autoptr(PKCS12) p12 = ok ? PKCS12_add_safes(safes, 0) : NULL;
	if (p12 == NULL || PKCS12_set_mac(p12, w->passphrase, -1, NULL, 0, f->rounds,
					  EVP_get_digestbyname(f->mac)) != 1) {
		return NULL;
	}
	return write_p12(p12);
}

/* One file; the salts are drawn by libcrypto. */
static GBytes *
write_once(const CertIdentity *identity, const Writer *like)
{
	g_auto(Writer)
		w = {.flavour = like->flavour, .passphrase = like->passphrase, .name = like->name};
	return add_identity(&w, identity) ? close_safes(&w) : NULL;
}

GBytes *
cert_p12_write(const CertIdentity *identity, const char *passphrase, bool modern,
	       const char *friendly_name, GError **error)
{
	if (passphrase == NULL || *passphrase == '\0' || !g_utf8_validate(passphrase, -1, NULL)) {
		return BASE_FAIL_NULL(error, PS_ERROR_PASSPHRASE,
				      "a passphrase in UTF-8 is needed");
	}
	if (identity->sign_key == NULL || identity->encrypt_key == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE, "the private keys are not here");
	}
	Writer like = {
		.flavour = modern ? &modern_flavour : &old_flavour,
		.passphrase = passphrase,
		.name = friendly_name != NULL ? friendly_name : identity->address,
	};
	GBytes *bytes = write_once(identity, &like);
	for (int draw = 1; bytes != NULL && !modern && draw < DRAWS_MAX; draw++) {
		if (cert_p12_salts_suit(base_bytes_of(bytes), passphrase, like.flavour->rounds)) {
			break;
		}
		g_bytes_unref(bytes);
		bytes = write_once(identity, &like);
	}
	if (bytes == NULL) {
		cert_fail_crypto(error, "cannot write PKCS#12");
	}
	return bytes;
}
