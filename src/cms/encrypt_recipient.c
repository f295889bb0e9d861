/* SPDX-License-Identifier: MPL-2.0 */
/* Recipients of sealed mail: everything that does not depend on the message is done beforehand. */
#include "cms/encrypt_recipient.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/error.h"
#include "base/secret.h"
#include "cms/evp_auto.h"
#include "cms/kari.h"
#include "cms/key.h"
#include "cms/wrap.h"

#define MAX_POINT  160 /* octets of an uncompressed point: P-521 has 133 */
#define MAX_SECRET 66  /* octets of a P-521 coordinate */

/* A RecipientInfo whose encrypted key, and ephemeral public key, are still zeros. */
typedef struct {
	GByteArray *der;
	size_t key_at;
	size_t key_n;
	size_t public_at;
	GByteArray *shared_info; /* NULL for ktri */
} Template;

struct CmsRecipient {
	gatomicrefcount refs;
	CmsKey *key;
	bool ktri;
	CmsKdf kdf;
	size_t public_n;
	EVP_PKEY_CTX *encrypt; /* ktri */
	EVP_PKEY_CTX *keygen;  /* kari: makes ephemeral keys on the recipient's curve */
	Template templates[2]; /* for content keys of 16 and 32 octets */
};

static const Template *
template_for(const CmsRecipient *recipient, size_t cek_n)
{
	return &recipient->templates[cek_n == 16 ? 0 : 1];
}

/* @n zeros in place of what each message fills in; returns where they are. */
static size_t
put_hole(GByteArray *out, size_t n)
{
	static const uint8_t zeros[BASE_LIMIT_RSA_BITS / 8];
	g_byte_array_append(out, zeros, (guint)n);
	return out->len - n;
}

static void
put_rid(GByteArray *out, const CmsCertificateId *id)
{
	guint rid = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_raw(out, id->issuer);
	cms_der_tlv(out, CMS_TAG_INTEGER, id->serial);
	cms_der_end(out, rid);
}

/* RFC 3560 section 3: OAEP with SHA-256 for both hash functions, parameters as RFC 4055
 * section 4.1. */
static void
put_oaep(GByteArray *out)
{
	guint algorithm = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_oid(out, CMS_OID_RSA_OAEP);
	guint parameters = cms_der_begin(out, CMS_TAG_SEQUENCE);
	guint hash = cms_der_begin(out, CMS_TAG_CONTEXT_CONSTRUCTED(0));
	cms_der_algorithm(out, CMS_OID_SHA256, true);
	cms_der_end(out, hash);
	guint mgf = cms_der_begin(out, CMS_TAG_CONTEXT_CONSTRUCTED(1));
	guint mgf_algorithm = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_oid(out, CMS_OID_MGF1);
	cms_der_algorithm(out, CMS_OID_SHA256, true);
	cms_der_end(out, mgf_algorithm);
	cms_der_end(out, mgf);
	cms_der_end(out, parameters);
	cms_der_end(out, algorithm);
}

/* Lengths written by cms_der_end() move what is inside, so holes are looked up from the end. */
static void
make_ktri(CmsRecipient *recipient, Template *template, const CmsCertificateId *id, bool oaep)
{
	GByteArray *der = g_byte_array_new();
	size_t n = (size_t)EVP_PKEY_get_size(cms_key_evp(recipient->key));
	guint outer = cms_der_begin(der, CMS_TAG_SEQUENCE);
	cms_der_uint(der, 0);
	put_rid(der, id);
	if (oaep) {
		put_oaep(der);
	} else {
		cms_der_algorithm(der, CMS_OID_RSA, true);
	}
	cms_der_header(der, CMS_TAG_OCTET_STRING, n);
	put_hole(der, n);
	cms_der_end(der, outer);
	*template = (Template){.der = der, .key_n = n, .key_at = der->len - n};
}

/* [0] EXPLICIT [1] OriginatorPublicKey, which ends with the hole for the key. */
static void
put_originator(GByteArray *out, CmsOid algorithm, size_t public_n)
{
	guint originator = cms_der_begin(out, CMS_TAG_CONTEXT_CONSTRUCTED(0));
	guint key = cms_der_begin(out, CMS_TAG_CONTEXT_CONSTRUCTED(1));
	cms_der_algorithm(out, algorithm, false);
	cms_der_header(out, CMS_TAG_BIT_STRING, public_n + 1);
	put_hole(out, public_n + 1);
	cms_der_end(out, key);
	cms_der_end(out, originator);
}

static void
make_kari(CmsRecipient *recipient, Template *template, const CmsCertificateId *id, size_t cek_n)
{
	bool x25519 = cms_key_type(recipient->key) == CMS_KEY_X25519;
	CmsOid wrap = cek_n == 16 ? CMS_OID_AES128_WRAP : CMS_OID_AES256_WRAP;
	GByteArray *der = g_byte_array_new();
	GByteArray *key_info = g_byte_array_new();
	cms_der_algorithm(key_info, wrap, false);
	template->shared_info = g_byte_array_new();
	cms_kari_shared_info(template->shared_info, base_bytes_of_array(key_info), NULL, cek_n);
	guint outer = cms_der_begin(der, CMS_TAG_CONTEXT_CONSTRUCTED(1));
	cms_der_uint(der, 3);
	put_originator(der, x25519 ? CMS_OID_X25519 : CMS_OID_EC_PUBLIC_KEY, recipient->public_n);
	size_t public_end = der->len;
	guint algorithm = cms_der_begin(der, CMS_TAG_SEQUENCE);
	cms_der_oid(der, x25519 ? CMS_OID_ECDH_HKDF_SHA256 : CMS_OID_ECDH_SHA256_KDF);
	cms_der_raw(der, base_bytes_of_array(key_info));
	cms_der_end(der, algorithm);
	guint keys = cms_der_begin(der, CMS_TAG_SEQUENCE);
	guint key = cms_der_begin(der, CMS_TAG_SEQUENCE);
	put_rid(der, id);
	template->key_n = cek_n + CMS_WRAP_OVERHEAD;
	cms_der_header(der, CMS_TAG_OCTET_STRING, template->key_n);
	put_hole(der, template->key_n);
	cms_der_end(der, key);
	cms_der_end(der, keys);
	size_t before = der->len;
	cms_der_end(der, outer);
	template->der = der;
	template->key_at = der->len - template->key_n;
	template->public_at = public_end + (der->len - before) - recipient->public_n;
	g_byte_array_unref(key_info);
}

static EVP_PKEY_CTX *
new_encrypt_ctx(EVP_PKEY *key, bool oaep)
{
	g_autoptr(EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	const EVP_MD *md = cms_digest_md(CMS_DIGEST_SHA256);
	int padding = oaep ? RSA_PKCS1_OAEP_PADDING : RSA_PKCS1_PADDING;
	bool ok = ctx != NULL && EVP_PKEY_encrypt_init(ctx) == 1 &&
		  EVP_PKEY_CTX_set_rsa_padding(ctx, padding) == 1;
	if (ok && oaep) {
		ok = EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) == 1 &&
		     EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1;
	}
	return ok ? g_steal_pointer(&ctx) : NULL;
}

static bool
prepare_ktri(CmsRecipient *recipient, const CmsCertificateId *id, bool oaep, GError **error)
{
	recipient->ktri = true;
	recipient->encrypt = new_encrypt_ctx(cms_key_evp(recipient->key), oaep);
	for (size_t i = 0; i < G_N_ELEMENTS(recipient->templates); i++) {
		make_ktri(recipient, &recipient->templates[i], id, oaep);
	}
	ERR_clear_error();
	return recipient->encrypt != NULL ||
	       base_fail(error, PS_ERROR_CRYPTO, "the RSA key of the certificate cannot encrypt");
}

/* The octets of a public key, as they go into a BIT STRING. */
static bool
get_public(EVP_PKEY *key, uint8_t out[MAX_POINT], size_t *n)
{
	return EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, out,
					       MAX_POINT, n) == 1;
}

/* Ephemeral points are always written uncompressed (RFC 5753 section 7.1.1). */
static size_t
public_size(const CmsKey *key)
{
	size_t coordinate = ((size_t)cms_key_bits(key) + 7) / 8;
	return cms_key_type(key) == CMS_KEY_X25519 ? 32 : 1 + 2 * coordinate;
}

static bool
prepare_kari(CmsRecipient *recipient, const CmsCertificateId *id, GError **error)
{
	EVP_PKEY *key = cms_key_evp(recipient->key);
	bool x25519 = cms_key_type(recipient->key) == CMS_KEY_X25519;
	recipient->kdf = x25519 ? CMS_KDF_HKDF_SHA256 : CMS_KDF_X963_SHA256;
	recipient->public_n = public_size(recipient->key);
	for (size_t i = 0; i < G_N_ELEMENTS(recipient->templates); i++) {
		make_kari(recipient, &recipient->templates[i], id, 16 * (i + 1));
	}
	recipient->keygen = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	bool ok = recipient->keygen != NULL && EVP_PKEY_keygen_init(recipient->keygen) == 1;
	ERR_clear_error();
	return ok ||
	       base_fail(error, PS_ERROR_CRYPTO, "the key of the certificate cannot agree on keys");
}

static bool
prepare(CmsRecipient *recipient, const CmsCertificateId *id, CmsKeyTransport how, GError **error)
{
	CmsKeyType type = cms_key_type(recipient->key);
	bool oaep = how == CMS_KEY_TRANSPORT_OAEP;
	if (type == CMS_KEY_RSA) {
		return prepare_ktri(recipient, id, oaep, error);
	}
	if (!oaep && (type == CMS_KEY_EC || type == CMS_KEY_X25519)) {
		return prepare_kari(recipient, id, error);
	}
	return base_fail(error, PS_ERROR_UNSUPPORTED,
			 "mail cannot be sealed to the key of the certificate");
}

CmsRecipient *
cms_recipient_new(BaseBytes cert_der, CmsKeyTransport how, GError **error)
{
	CmsCertificateId id;
	if (!cms_certificate_id(cert_der, &id)) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "this is not a certificate");
	}
	g_autoptr(CmsKey) key = cms_key_new_certificate(cert_der, error);
	if (key == NULL) {
		return NULL;
	}
	CmsRecipient *recipient = g_new0(CmsRecipient, 1);
	g_atomic_ref_count_init(&recipient->refs);
	recipient->key = g_steal_pointer(&key);
	if (!prepare(recipient, &id, how, error)) {
		cms_recipient_unref(recipient);
		return NULL;
	}
	return recipient;
}

CmsRecipient *
cms_recipient_ref(CmsRecipient *recipient)
{
	g_atomic_ref_count_inc(&recipient->refs);
	return recipient;
}

void
cms_recipient_unref(CmsRecipient *recipient)
{
	if (recipient == NULL || !g_atomic_ref_count_dec(&recipient->refs)) {
		return;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(recipient->templates); i++) {
		g_clear_pointer(&recipient->templates[i].der, g_byte_array_unref);
		g_clear_pointer(&recipient->templates[i].shared_info, g_byte_array_unref);
	}
	EVP_PKEY_CTX_free(recipient->encrypt);
	EVP_PKEY_CTX_free(recipient->keygen);
	cms_key_unref(recipient->key);
	g_free(recipient);
}

size_t
cms_recipient_size(const CmsRecipient *recipient, size_t cek_n)
{
	return template_for(recipient, cek_n)->der->len;
}

bool
cms_recipient_is_ktri(const CmsRecipient *recipient)
{
	return recipient->ktri;
}

static bool
wrap_ktri(CmsRecipient *recipient, const Template *template, BaseBytes cek, uint8_t *out)
{
	size_t n = template->key_n;
	return EVP_PKEY_encrypt(recipient->encrypt, out + template->key_at, &n, cek.p, cek.n) ==
		       1 &&
	       n == template->key_n;
}

/* The shared secret of a new key pair, whose public half goes to @public_key. The recipient's point
 * was checked when the certificate was read, so it is not checked again. */
static bool
agree(CmsRecipient *recipient, uint8_t *public_key, uint8_t *secret, size_t *n)
{
	uint8_t point[MAX_POINT];
	size_t point_n = 0;
	EVP_PKEY *made = NULL;
	if (EVP_PKEY_generate(recipient->keygen, &made) != 1) {
		return false;
	}
	g_autoptr(EVP_PKEY) ephemeral = made;
	g_autoptr(EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ephemeral, NULL);
	if (!get_public(ephemeral, point, &point_n) || point_n != recipient->public_n) {
		return false;
	}
	memcpy(public_key, point, point_n);
	return ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
	       EVP_PKEY_derive_set_peer_ex(ctx, cms_key_evp(recipient->key), 0) == 1 &&
	       EVP_PKEY_derive(ctx, secret, n) == 1;
}

static bool
wrap_kari(CmsRecipient *recipient, const Template *template, BaseBytes cek, uint8_t *out)
{
	uint8_t secret[MAX_SECRET];
	uint8_t kek[CMS_CIPHER_MAX_KEY];
	size_t secret_n = sizeof(secret);
	bool ok = agree(recipient, out + template->public_at, secret, &secret_n) &&
		  cms_kdf_derive(recipient->kdf, base_bytes(secret, secret_n), base_bytes(NULL, 0),
				 base_bytes_of_array(template->shared_info), kek, cek.n) &&
		  cms_wrap(base_bytes(kek, cek.n), cek, out + template->key_at);
	base_wipe(secret, sizeof(secret));
	base_wipe(kek, sizeof(kek));
	return ok;
}

bool
cms_recipient_wrap(CmsRecipient *recipient, BaseBytes cek, uint8_t *out, GError **error)
{
	const Template *template = template_for(recipient, cek.n);
	memcpy(out, template->der->data, template->der->len);
	bool ok = recipient->ktri ? wrap_ktri(recipient, template, cek, out)
				  : wrap_kari(recipient, template, cek, out);
	if (!ok) {
		ERR_clear_error();
		return base_fail(error, PS_ERROR_CRYPTO, "the content key could not be wrapped");
	}
	return true;
}
