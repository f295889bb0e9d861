/* SPDX-License-Identifier: MPL-2.0 */
/* Reading PKCS#12 (RFC 7292), as browsers, Windows, Apple and CAs write it. */
#include "base/error.h"
#include "base/limits.h"
#include "cert/address.h"
#include "cert/info_private.h"
#include "cert/keyfile.h"
#include "cert/openssl_auto.h"
#include "cert/p12.h"
#include "cert/p12_stacks.h"
#include <openssl/provider.h>

#define P12_MAX     (4U << 20)        /* octets */
#define OBJECTS_MAX 64U               /* keys, and certificates, of one file */
#define ROUNDS_MAX  INT64_C(10000000) /* of key derivation, over everything in the file */
#define NESTING_MAX 4U                /* SafeContents within SafeContents */

typedef struct {
	const char *passphrase; /* NULL where the file was made with none at all */
	int passphrase_n;
	int64_t rounds_left;
	GPtrArray *keys;  /* EVP_PKEY */
	GPtrArray *certs; /* CertInfo */
} Reader;

static void
reader_clear(Reader *r)
{
	g_ptr_array_unref(r->keys);
	g_ptr_array_unref(r->certs);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reader, reader_clear)

static void
unref_info(void *info)
{
	cert_info_unref(info);
}

static void
free_key(void *key)
{
	EVP_PKEY_free(key);
}

/* RC2 lives in libcrypto's legacy provider: loaded at the first need, into a context of its own, so
 * that nothing else ever meets an old algorithm. */
static OSSL_LIB_CTX *
legacy_context(void)
{
	static gsize once;
	static OSSL_LIB_CTX *context;
	if (g_once_init_enter(&once)) {
		OSSL_LIB_CTX *ctx = OSSL_LIB_CTX_new();
		bool loaded = ctx != NULL && OSSL_PROVIDER_load(ctx, "legacy") != NULL &&
			      OSSL_PROVIDER_load(ctx, "default") != NULL;
		context = loaded ? ctx : NULL;
		if (!loaded) {
			OSSL_LIB_CTX_free(ctx);
		}
		ERR_clear_error();
		g_once_init_leave(&once, 1);
	}
	return context;
}

/* The old schemes of RFC 7292 appendix C that are not 3DES. */
static bool
needs_legacy(int nid)
{
	return nid == NID_pbe_WithSHA1And40BitRC2_CBC || nid == NID_pbe_WithSHA1And128BitRC2_CBC ||
	       nid == NID_pbe_WithSHA1And128BitRC4 || nid == NID_pbe_WithSHA1And40BitRC4;
}

static int64_t
read_number(const ASN1_INTEGER *number)
{
	int64_t value = 0;
	bool ok = number != NULL && ASN1_INTEGER_get_int64(&value, number) == 1 && value > 0;
	ERR_clear_error();
	return ok ? value : ROUNDS_MAX + 1;
}

/* Rounds of PBES2 (RFC 8018 appendix A.4); scrypt is bounded by libcrypto's own memory limit. */
static int64_t
pbes2_rounds(const ASN1_TYPE *parameter)
{
	PBE2PARAM *pbe2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), parameter);
	int64_t rounds = ROUNDS_MAX + 1;
	if (pbe2 != NULL && OBJ_obj2nid(pbe2->keyfunc->algorithm) == NID_id_pbkdf2) {
		PBKDF2PARAM *kdf = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM),
							     pbe2->keyfunc->parameter);
		rounds = kdf == NULL ? rounds : read_number(kdf->iter);
		PBKDF2PARAM_free(kdf);
	} else if (pbe2 != NULL && OBJ_obj2nid(pbe2->keyfunc->algorithm) == NID_id_scrypt) {
		rounds = 1;
	}
	PBE2PARAM_free(pbe2);
	return rounds;
}

/* Takes the work that @algorithm asks for off what is left. */
static bool
spend_rounds(Reader *r, const X509_ALGOR *algorithm, GError **error)
{
	const ASN1_OBJECT *oid = NULL;
	int64_t rounds = ROUNDS_MAX + 1;
	X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
	if (OBJ_obj2nid(oid) == NID_pbes2) {
		rounds = pbes2_rounds(algorithm->parameter);
	} else {
		PBEPARAM *pbe =
			ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
		rounds = pbe == NULL ? rounds : read_number(pbe->iter);
		PBEPARAM_free(pbe);
	}
	ERR_clear_error();
	r->rounds_left -= MIN(rounds, ROUNDS_MAX + 1);
	return r->rounds_left >= 0 ||
	       base_fail(error, PS_ERROR_LIMIT,
			 "the PKCS#12 file asks for too much key derivation");
}

/* Where @algorithm is to run; false if it cannot. */
static bool
choose_context(const X509_ALGOR *algorithm, OSSL_LIB_CTX **context, GError **error)
{
	const ASN1_OBJECT *oid = NULL;
	X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
	*context = NULL;
	if (!needs_legacy(OBJ_obj2nid(oid))) {
		return true;
	}
	*context = legacy_context();
	return *context != NULL ||
	       base_fail(
		       error, PS_ERROR_UNSUPPORTED,
		       "the PKCS#12 file is encrypted with RC2: install libcrypto's legacy provider, "
		       "or export the file again with AES");
}

/* The MAC held, so whatever does not decrypt now is not the passphrase's fault. */
static bool
undecryptable(GError **error)
{
	ERR_clear_error();
	return base_fail(error, PS_ERROR_UNSUPPORTED,
			 "the PKCS#12 file is encrypted in a way that is not handled");
}

static bool
add_key(Reader *r, const PKCS8_PRIV_KEY_INFO *info, GError **error)
{
	if (r->keys->len == OBJECTS_MAX) {
		return base_fail(error, PS_ERROR_LIMIT, "too many keys in the PKCS#12 file");
	}
	EVP_PKEY *key = info == NULL ? NULL : EVP_PKCS82PKEY(info);
	ERR_clear_error();
	if (key != NULL) {
		g_ptr_array_add(r->keys, key);
	}
	return true;
}

static bool
add_shrouded(Reader *r, PKCS12_SAFEBAG *bag, GError **error)
{
	const X509_ALGOR *algorithm = NULL;
	OSSL_LIB_CTX *context = NULL;
	const X509_SIG *sealed = PKCS12_SAFEBAG_get0_pkcs8(bag);
	X509_SIG_get0(sealed, &algorithm, NULL);
	if (!spend_rounds(r, algorithm, error) || !choose_context(algorithm, &context, error)) {
		return false;
	}
	g_autoptr(PKCS8_PRIV_KEY_INFO) info =
		PKCS12_decrypt_skey_ex(bag, r->passphrase, r->passphrase_n, context, NULL);
	return info == NULL ? undecryptable(error) : add_key(r, info, error);
}

static bool
add_certificate(Reader *r, PKCS12_SAFEBAG *bag, GError **error)
{
	if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate) {
		return true;
	}
	if (r->certs->len == OBJECTS_MAX) {
		return base_fail(error, PS_ERROR_LIMIT,
				 "too many certificates in the PKCS#12 file");
	}
	g_autoptr(X509) x509 = PKCS12_SAFEBAG_get1_cert(bag);
	CertInfo *info = x509 == NULL ? NULL : cert_info_from_x509(x509, NULL);
	ERR_clear_error();
	if (info != NULL) {
		g_ptr_array_add(r->certs, info);
	}
	return true;
}

static bool
add_bag(Reader *r, PKCS12_SAFEBAG *bag, GError **error)
{
	switch (PKCS12_SAFEBAG_get_nid(bag)) {
	case NID_keyBag:
		return add_key(r, PKCS12_SAFEBAG_get0_p8inf(bag), error);
	case NID_pkcs8ShroudedKeyBag:
		return add_shrouded(r, bag, error);
	case NID_certBag:
		return add_certificate(r, bag, error);
	default:
		return true;
	}
}

/* SafeContents may hold SafeContents (RFC 7292 section 4.2.6): breadth first, @depth levels down.
 */
static bool
add_bags(Reader *r, const Bags *bags, unsigned depth, GError **error)
{
	if (depth == NESTING_MAX) {
		return base_fail(error, PS_ERROR_LIMIT, "the PKCS#12 file is nested too deep");
	}
	for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
		bool nested = PKCS12_SAFEBAG_get_nid(bag) == NID_safeContentsBag;
		if (nested ? !add_bags(r, PKCS12_SAFEBAG_get0_safes(bag), depth + 1, error)
			   : !add_bag(r, bag, error)) {
			return false;
		}
	}
	return true;
}

static Bags *
decrypt_safe(Reader *r, PKCS7 *safe, GError **error)
{
	OSSL_LIB_CTX *context = NULL;
	const PKCS7_ENC_CONTENT *content = safe->d.encrypted->enc_data;
	if (content->enc_data == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "the PKCS#12 file is broken");
	}
	if (!spend_rounds(r, content->algorithm, error) ||
	    !choose_context(content->algorithm, &context, error)) {
		return NULL;
	}
	Bags *bags = PKCS12_item_decrypt_d2i_ex(content->algorithm, ASN1_ITEM_rptr(PKCS12_SAFEBAGS),
						r->passphrase, r->passphrase_n, content->enc_data,
						1, context, NULL);
	return bags != NULL ? bags : (undecryptable(error), NULL);
}

static bool
add_safe(Reader *r, PKCS7 *safe, GError **error)
{
	g_autoptr(Bags) bags = NULL;
	if (PKCS7_type_is_data(safe)) {
		bags = PKCS12_unpack_p7data(safe);
		if (bags == NULL) {
			ERR_clear_error();
			return base_fail(error, PS_ERROR_MALFORMED, "the PKCS#12 file is broken");
		}
	} else if (PKCS7_type_is_encrypted(safe)) {
		bags = decrypt_safe(r, safe, error);
		if (bags == NULL) {
			return false;
		}
	} else {
		return base_fail(
			error, PS_ERROR_UNSUPPORTED,
			"the PKCS#12 file is encrypted to a certificate, not with a passphrase");
	}
	return add_bags(r, bags, 0, error);
}

static bool
add_safes(Reader *r, const PKCS12 *p12, GError **error)
{
	g_autoptr(Safes) safes = PKCS12_unpack_authsafes(p12);
	if (safes == NULL) {
		ERR_clear_error();
		return base_fail(error, PS_ERROR_MALFORMED, "the PKCS#12 file is broken");
	}
	for (int i = 0; i < sk_PKCS7_num(safes); i++) {
		if (!add_safe(r, sk_PKCS7_value(safes, i), error)) {
			return false;
		}
	}
	return true;
}

/* An empty passphrase is written in two ways: none, and an empty string (RFC 7292 appendix B.1). */
static bool
check_mac(Reader *r, PKCS12 *p12, const char *passphrase, GError **error)
{
	const ASN1_INTEGER *rounds = NULL;
	if (PKCS12_mac_present(p12) != 1) {
		return base_fail(error, PS_ERROR_UNSUPPORTED,
				 "the PKCS#12 file is not protected by a passphrase");
	}
	PKCS12_get0_mac(NULL, NULL, NULL, &rounds, p12);
	r->rounds_left -= rounds == NULL ? 1 : MIN(read_number(rounds), ROUNDS_MAX + 1);
	if (r->rounds_left < 0) {
		return base_fail(error, PS_ERROR_LIMIT,
				 "the PKCS#12 file asks for too much key derivation");
	}
	bool empty = passphrase == NULL || *passphrase == '\0';
	bool ok = PKCS12_verify_mac(p12, empty ? "" : passphrase, -1) == 1;
	r->passphrase = empty ? "" : passphrase;
	r->passphrase_n = -1;
	if (!ok && empty && PKCS12_verify_mac(p12, NULL, 0) == 1) {
		r->passphrase = NULL;
		r->passphrase_n = 0;
		ok = true;
	}
	ERR_clear_error();
	return ok || base_fail(error, PS_ERROR_PASSPHRASE, "wrong passphrase for the PKCS#12 file");
}

static void
free_entry(void *data)
{
	CertP12Entry *entry = data;
	cert_info_unref(entry->cert);
	EVP_PKEY_free(entry->key);
	g_free(entry);
}

/* True if @cert belongs to one of the keys; every such pair becomes an entry. */
static bool
pair_certificate(const Reader *r, const CertInfo *cert, CertP12 *p12)
{
	for (unsigned i = 0; i < r->keys->len; i++) {
		EVP_PKEY *key = g_ptr_array_index(r->keys, i);
		if (cert_info_has_key(cert, key)) {
			CertP12Entry *entry = g_new0(CertP12Entry, 1);
			EVP_PKEY_up_ref(key);
			entry->cert = cert_info_ref(cert);
			entry->key = key;
			g_ptr_array_add(p12->entries, entry);
			return true;
		}
	}
	return false;
}

/* localKeyID is not looked at: a key belongs where it fits. */
static CertP12 *
pair_all(const Reader *r)
{
	CertP12 *p12 = g_new0(CertP12, 1);
	p12->entries = g_ptr_array_new_with_free_func(free_entry);
	p12->others = g_ptr_array_new_with_free_func(unref_info);
	for (unsigned i = 0; i < r->certs->len; i++) {
		const CertInfo *cert = g_ptr_array_index(r->certs, i);
		if (!pair_certificate(r, cert, p12)) {
			g_ptr_array_add(p12->others, cert_info_ref(cert));
		}
	}
	return p12;
}

static PKCS12 *
parse(BaseBytes data, GError **error)
{
	const unsigned char *p = data.p;
	if (data.n > P12_MAX) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT, "the PKCS#12 file is too large");
	}
	PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)data.n);
	ERR_clear_error();
	return p12 != NULL ? p12 : BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "not a PKCS#12 file");
}

bool
cert_p12_read(BaseBytes data, const char *passphrase, CertP12 **out, GError **error)
{
	g_auto(Reader) r = {
		.rounds_left = ROUNDS_MAX,
		.keys = g_ptr_array_new_with_free_func(free_key),
		.certs = g_ptr_array_new_with_free_func(unref_info),
	};
	g_autoptr(PKCS12) p12 = parse(data, error);
	if (p12 == NULL || !check_mac(&r, p12, passphrase, error) || !add_safes(&r, p12, error)) {
		return false;
	}
	g_autoptr(CertP12) result = pair_all(&r);
	if (result->entries->len == 0) {
		return base_fail(error, PS_ERROR_UNAVAILABLE,
				 "the PKCS#12 file holds no private key with its certificate");
	}
	*out = g_steal_pointer(&result);
	return true;
}

void
cert_p12_free(CertP12 *p12)
{
	if (p12 != NULL) {
		g_ptr_array_unref(p12->entries);
		g_ptr_array_unref(p12->others);
		g_free(p12);
	}
}
