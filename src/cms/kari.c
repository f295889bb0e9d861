/* SPDX-License-Identifier: MPL-2.0 */
/* Unwrapping content keys by key agreement. */
#include "cms/kari.h"

#include <openssl/ec.h>
#include <openssl/err.h>

#include "base/secret.h"
#include "cms/evp_auto.h"
#include "cms/ktri.h"
#include "cms/wrap.h"

#define MAX_SECRET 66 /* octets of a P-521 coordinate */

/*
 * RFC 5753 section 7.1.4, RFC 8418 section 2. Where the cofactor is 1, which it is for every curve
 * here, cofactor agreement is the same computation.
 */
static const struct {
	const char *oid;
	uint8_t n;
	CmsKdf kdf;
} schemes[] = {
	{"\x2b\x81\x05\x10\x86\x48\x3f\x00\x02", 9, CMS_KDF_X963_SHA1},
	{"\x2b\x81\x04\x01\x0b\x00", 6, CMS_KDF_X963_SHA224},
	{"\x2b\x81\x04\x01\x0b\x01", 6, CMS_KDF_X963_SHA256},
	{"\x2b\x81\x04\x01\x0b\x02", 6, CMS_KDF_X963_SHA384},
	{"\x2b\x81\x04\x01\x0b\x03", 6, CMS_KDF_X963_SHA512},
	{"\x2b\x81\x05\x10\x86\x48\x3f\x00\x03", 9, CMS_KDF_X963_SHA1},
	{"\x2b\x81\x04\x01\x0e\x00", 6, CMS_KDF_X963_SHA224},
	{"\x2b\x81\x04\x01\x0e\x01", 6, CMS_KDF_X963_SHA256},
	{"\x2b\x81\x04\x01\x0e\x02", 6, CMS_KDF_X963_SHA384},
	{"\x2b\x81\x04\x01\x0e\x03", 6, CMS_KDF_X963_SHA512},
	{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x13", 11, CMS_KDF_HKDF_SHA256},
	{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x14", 11, CMS_KDF_HKDF_SHA384},
	{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x15", 11, CMS_KDF_HKDF_SHA512},
};

size_t
cms_kari_kek_size(CmsOid wrap)
{
	static const struct {
		CmsOid oid;
		size_t n;
	} wraps[] = {
		{CMS_OID_AES128_WRAP, 16}, {CMS_OID_AES192_WRAP, 24}, {CMS_OID_AES256_WRAP, 32}};

	for (size_t i = 0; i < G_N_ELEMENTS(wraps); i++) {
		if (wraps[i].oid == wrap) {
			return wraps[i].n;
		}
	}
	return 0;
}

static bool
find_kdf(BaseBytes oid, CmsKdf *out)
{
	for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
		if (base_bytes_equal(oid, base_bytes(schemes[i].oid, schemes[i].n))) {
			*out = schemes[i].kdf;
			return true;
		}
	}
	return false;
}

/*
 * OriginatorIdentifierOrKey ::= CHOICE { issuerAndSerialNumber, subjectKeyIdentifier [0],
 *	originatorKey [1] SEQUENCE { algorithm, publicKey BIT STRING } }
 * Only the last is ephemeral; the others leave the public key empty. The curve is the recipient's,
 * whatever the parameters say: absent, NULL or ECParameters (RFC 5753 section 7.1.2).
 */
static bool
parse_originator(BaseBytes in, CmsKari *kari)
{
	BaseBytes value;
	BaseBytes oid;
	BaseBytes parameters;
	if (!cms_ber_value(&in, CMS_TAG_CONTEXT_CONSTRUCTED(1), &value)) {
		return in.n > 0;
	}
	if (in.n > 0 || !cms_ber_algorithm(&value, &oid, &parameters) ||
	    !cms_ber_only(value, CMS_TAG_BIT_STRING, &value) || value.n < 2 || value.p[0] != 0) {
		return false;
	}
	kari->originator = cms_oid_find(oid);
	kari->public_key = base_bytes(value.p + 1, value.n - 1);
	return true;
}

/* keyEncryptionAlgorithm: the scheme, with KeyWrapAlgorithm as its parameters. */
static bool
parse_algorithm(BaseBytes *in, CmsKari *kari)
{
	BaseBytes oid;
	BaseBytes wrap_oid;
	BaseBytes wrap_parameters;
	if (!cms_ber_algorithm(in, &oid, &kari->key_info)) {
		return false;
	}
	BaseBytes wrap = kari->key_info;
	kari->known = find_kdf(oid, &kari->kdf);
	if (!kari->known) {
		return true;
	}
	if (!cms_ber_algorithm(&wrap, &wrap_oid, &wrap_parameters) || wrap.n > 0) {
		return false;
	}
	kari->wrap = cms_oid_find(wrap_oid);
	kari->known = cms_kari_kek_size(kari->wrap) > 0;
	return true;
}

/*
 * KeyAgreeRecipientInfo ::= SEQUENCE { version, originator [0] EXPLICIT, ukm [1] EXPLICIT OPTIONAL,
 *	keyEncryptionAlgorithm, recipientEncryptedKeys SEQUENCE OF RecipientEncryptedKey }
 */
bool
cms_kari_parse(BaseBytes value, CmsKari *out, BaseBytes *keys)
{
	CmsKari kari = {.known = false};
	uint64_t version;
	BaseBytes originator;
	BaseBytes ukm;
	if (!cms_ber_uint(&value, &version) || version != 3 ||
	    !cms_ber_value(&value, CMS_TAG_CONTEXT_CONSTRUCTED(0), &originator) ||
	    !parse_originator(originator, &kari)) {
		return false;
	}
	if (cms_ber_value(&value, CMS_TAG_CONTEXT_CONSTRUCTED(1), &ukm) &&
	    (!cms_ber_next(&ukm, &kari.ukm) || ukm.n > 0)) {
		return false;
	}
	if (!parse_algorithm(&value, &kari) || !cms_ber_only(value, CMS_TAG_SEQUENCE, keys)) {
		return false;
	}
	kari.known = kari.known && kari.public_key.n > 0;
	*out = kari;
	return true;
}

/*
 * RecipientEncryptedKey ::= SEQUENCE { rid CHOICE { issuerAndSerialNumber, rKeyId [0] SEQUENCE {
 *	subjectKeyIdentifier OCTET STRING, date OPTIONAL, other OPTIONAL } }, encryptedKey }
 */
bool
cms_kari_next(BaseBytes *keys, CmsRecipientId *rid, BaseBytes *encrypted_key)
{
	CmsRecipientId id = {.kind = CMS_RECIPIENT_KARI};
	BaseBytes value;
	BaseBytes key_id;
	CmsTlv key;
	if (!cms_ber_value(keys, CMS_TAG_SEQUENCE, &value)) {
		return false;
	}
	if (cms_ber_value(&value, CMS_TAG_CONTEXT_CONSTRUCTED(0), &key_id)) {
		if (!cms_ber_value(&key_id, CMS_TAG_OCTET_STRING, &id.ski)) {
			return false;
		}
	} else if (!cms_rid_take(&value, &id)) {
		return false;
	}
	if (!cms_ber_next(&value, &key) || value.n > 0) {
		return false;
	}
	*rid = id;
	*encrypted_key = key.whole;
	return true;
}

void
cms_kari_shared_info(GByteArray *out, BaseBytes key_info, const BaseBytes *ukm, size_t kek_n)
{
	uint32_t bits = GUINT32_TO_BE((uint32_t)(kek_n * 8));
	guint outer = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_raw(out, key_info);
	if (ukm != NULL) {
		guint entity = cms_der_begin(out, CMS_TAG_CONTEXT_CONSTRUCTED(0));
		cms_der_octets(out, *ukm);
		cms_der_end(out, entity);
	}
	guint public_info = cms_der_begin(out, CMS_TAG_CONTEXT_CONSTRUCTED(2));
	cms_der_octets(out, base_bytes(&bits, sizeof(bits)));
	cms_der_end(out, public_info);
	cms_der_end(out, outer);
}

/*
 * The originator's point on the curve of @own, in its plain or compressed form: one octet is the
 * point at infinity, the hybrid forms are a second spelling of the same key. Every other point on
 * the curve is in the group, since the cofactor is 1.
 */
static EVP_PKEY *
import_point(EVP_PKEY *own, BaseBytes octets)
{
	g_autoptr(EVP_PKEY) peer = EVP_PKEY_new();
	if (octets.n < 2 || octets.p[0] < 2 || octets.p[0] > 4 || peer == NULL ||
	    EVP_PKEY_copy_parameters(peer, own) != 1 ||
	    EVP_PKEY_set1_encoded_public_key(peer, octets.p, octets.n) != 1) {
		return NULL;
	}
	return g_steal_pointer(&peer);
}

/* RFC 7748 section 5 ignores the last bit of the coordinate, so that setting it spells the same key
 * again; nobody who generates keys does. */
static EVP_PKEY *
import_x25519(BaseBytes octets)
{
	if (octets.n != 32 || (octets.p[31] & 0x80) != 0) {
		return NULL;
	}
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, octets.p, octets.n);
}

/* NULL if the originator's key does not go with @own. */
static EVP_PKEY *
import_peer(EVP_PKEY *own, const CmsKari *kari)
{
	bool x25519 = EVP_PKEY_is_a(own, "X25519") == 1;
	if (kari->originator != (x25519 ? CMS_OID_X25519 : CMS_OID_EC_PUBLIC_KEY)) {
		return NULL;
	}
	return x25519 ? import_x25519(kari->public_key) : import_point(own, kari->public_key);
}

static bool
agree(EVP_PKEY *own, const CmsKari *kari, uint8_t *secret, size_t *n)
{
	g_autoptr(EVP_PKEY) peer = import_peer(own, kari);
	g_autoptr(EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	return peer != NULL && ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
	       EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1 &&
	       EVP_PKEY_derive(ctx, secret, n) == 1;
}

/* Derives the key-encryption key with @key_info in the shared info and tries it. */
static bool
try_key_info(const CmsKari *kari, BaseBytes secret, BaseBytes key_info, BaseBytes wrapped,
	     uint8_t *out)
{
	uint8_t kek[CMS_KDF_MAX];
	size_t kek_n = cms_kari_kek_size(kari->wrap);
	g_autoptr(GByteArray) info = g_byte_array_new();
	g_autoptr(GBytes) ukm = NULL;
	BaseBytes ukm_in = kari->ukm.whole;
	BaseBytes salt = {NULL, 0};
	if (kari->ukm.tag != 0) {
		ukm = cms_ber_octets(&ukm_in, CMS_TAG_OCTET_STRING);
		salt = base_bytes_of(ukm);
	}
	cms_kari_shared_info(info, key_info, kari->ukm.tag != 0 ? &salt : NULL, kek_n);
	bool ok = cms_kdf_derive(kari->kdf, secret, salt, base_bytes_of_array(info), kek, kek_n) &&
		  cms_unwrap(base_bytes(kek, kek_n), wrapped, out);
	base_wipe(kek, sizeof(kek));
	return ok;
}

/* AES wrap has no parameters, but some write NULL and some bind one form while writing the other.
 */
static bool
try_both_forms(const CmsKari *kari, BaseBytes secret, BaseBytes wrapped, uint8_t *out)
{
	if (try_key_info(kari, secret, kari->key_info, wrapped, out)) {
		return true;
	}
	for (int null = 0; null < 2; null++) {
		g_autoptr(GByteArray) other = g_byte_array_new();
		cms_der_algorithm(other, kari->wrap, null == 1);
		BaseBytes key_info = base_bytes_of_array(other);
		if (!base_bytes_equal(key_info, kari->key_info) &&
		    try_key_info(kari, secret, key_info, wrapped, out)) {
			return true;
		}
	}
	return false;
}

void
cms_kari_unwrap(const CmsKari *kari, BaseBytes encrypted_key, EVP_PKEY *key, uint8_t *cek, size_t n)
{
	uint8_t secret[MAX_SECRET];
	size_t secret_n = sizeof(secret);
	g_autoptr(GBytes) wrapped = cms_ber_octets(&encrypted_key, CMS_TAG_OCTET_STRING);
	BaseBytes octets = base_bytes_of(wrapped);
	if (octets.n == n + CMS_WRAP_OVERHEAD && agree(key, kari, secret, &secret_n)) {
		(void)try_both_forms(kari, base_bytes(secret, secret_n), octets, cek);
	}
	base_wipe(secret, sizeof(secret));
	ERR_clear_error();
}
