/* SPDX-License-Identifier: MPL-2.0 */
/* Unwrapping content keys with RSA, without telling whether it worked. */
#include "cms/ktri.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/secret.h"
#include "cms/alg.h"
#include "cms/evp_auto.h"

/* Octets of the largest modulus whose key is used here (a 16,384-bit one by hand). */
#define MAX_MODULUS 2048

/* IssuerAndSerialNumber ::= SEQUENCE { issuer Name, serialNumber INTEGER } */
bool
cms_rid_take(BaseBytes *in, CmsRecipientId *out)
{
	BaseBytes value;
	CmsTlv issuer;
	BaseBytes serial;
	if (!cms_ber_value(in, CMS_TAG_SEQUENCE, &value) ||
	    !cms_ber_take(&value, CMS_TAG_SEQUENCE, &issuer) ||
	    !cms_ber_value(&value, CMS_TAG_INTEGER, &serial) || value.n > 0) {
		return false;
	}
	out->issuer = issuer.whole;
	out->serial = serial;
	out->ski = base_bytes(NULL, 0);
	return true;
}

static CmsKtriScheme
scheme_of(BaseBytes oid)
{
	switch ((int)cms_oid_find(oid)) {
	case CMS_OID_RSA:
		return CMS_KTRI_V15;
	case CMS_OID_RSA_OAEP:
		return CMS_KTRI_OAEP;
	default:
		return CMS_KTRI_UNKNOWN;
	}
}

/*
 * KeyTransRecipientInfo ::= SEQUENCE { version, rid RecipientIdentifier,
 *	keyEncryptionAlgorithm, encryptedKey OCTET STRING }
 * RecipientIdentifier ::= CHOICE { issuerAndSerialNumber, subjectKeyIdentifier [0] }
 */
bool
cms_ktri_parse(BaseBytes value, CmsKtri *out, CmsRecipientId *rid)
{
	uint64_t version;
	BaseBytes oid;
	CmsKtri ktri;
	CmsRecipientId id = {.kind = CMS_RECIPIENT_KTRI};
	CmsTlv key;
	if (!cms_ber_uint(&value, &version) ||
	    (!cms_ber_value(&value, CMS_TAG_CONTEXT(0), &id.ski) && !cms_rid_take(&value, &id)) ||
	    version != (id.ski.n > 0 ? 2 : 0) ||
	    !cms_ber_algorithm(&value, &oid, &ktri.parameters) || !cms_ber_next(&value, &key) ||
	    value.n > 0) {
		return false;
	}
	ktri.scheme = scheme_of(oid);
	if (ktri.scheme == CMS_KTRI_V15 && ktri.parameters.n > 0 &&
	    !base_bytes_equal(ktri.parameters, BASE_LIT("\x05\x00"))) {
		return false;
	}
	ktri.encrypted_key = key.whole;
	*out = ktri;
	*rid = id;
	return true;
}

/* RSAES-OAEP-params, each field EXPLICIT and optional (RFC 4055 section 4.1). */
typedef struct {
	CmsDigest hash;
	CmsDigest mgf;
	BaseBytes label;
} OaepParameters;

/* The AlgorithmIdentifier inside the explicit tag [@n] in front of @in, if that is there. */
static bool
take_explicit(BaseBytes *in, unsigned n, CmsTlv *out)
{
	BaseBytes value;
	if (!cms_ber_value(in, CMS_TAG_CONTEXT_CONSTRUCTED(n), &value)) {
		out->tag = 0;
		return in->n == 0 || cms_ber_peek(*in) > CMS_TAG_CONTEXT_CONSTRUCTED(n);
	}
	return cms_ber_take(&value, CMS_TAG_SEQUENCE, out) && value.n == 0;
}

/* The CmsOid of an AlgorithmIdentifier and its parameters. */
static CmsOid
algorithm_of(BaseBytes whole, BaseBytes *parameters)
{
	BaseBytes oid;
	return cms_ber_algorithm(&whole, &oid, parameters) ? cms_oid_find(oid) : CMS_OID_UNKNOWN;
}

static bool
parse_oaep(BaseBytes parameters, OaepParameters *out)
{
	BaseBytes in = {NULL, 0};
	BaseBytes inner;
	CmsTlv field;
	*out = (OaepParameters){.hash = CMS_DIGEST_SHA1, .mgf = CMS_DIGEST_SHA1};
	if (parameters.n > 0 && !cms_ber_only(parameters, CMS_TAG_SEQUENCE, &in)) {
		return false;
	}
	if (!take_explicit(&in, 0, &field)) {
		return false;
	}
	if (field.tag != 0) {
		out->hash = cms_alg_digest(field.whole);
	}
	if (!take_explicit(&in, 1, &field)) {
		return false;
	}
	if (field.tag != 0) {
		out->mgf = algorithm_of(field.whole, &inner) == CMS_OID_MGF1 ? cms_alg_digest(inner)
									     : CMS_DIGEST_UNKNOWN;
	}
	if (!take_explicit(&in, 2, &field)) {
		return false;
	}
	if (field.tag != 0 && (algorithm_of(field.whole, &inner) != CMS_OID_P_SPECIFIED ||
			       !cms_ber_only(inner, CMS_TAG_OCTET_STRING, &out->label))) {
		return false;
	}
	return in.n == 0 && out->hash != CMS_DIGEST_UNKNOWN && out->mgf != CMS_DIGEST_UNKNOWN;
}

static bool
set_label(EVP_PKEY_CTX *ctx, BaseBytes label)
{
	if (label.n == 0) {
		return true;
	}
	uint8_t *copy = OPENSSL_memdup(label.p, label.n);
	if (copy != NULL && EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, copy, (int)label.n) == 1) {
		return true;
	}
	OPENSSL_free(copy);
	return false;
}

static bool
prepare_oaep(EVP_PKEY_CTX *ctx, BaseBytes parameters)
{
	OaepParameters oaep;
	return parse_oaep(parameters, &oaep) &&
	       EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_oaep_md(ctx, cms_digest_md(oaep.hash)) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, cms_digest_md(oaep.mgf)) == 1 &&
	       set_label(ctx, oaep.label);
}

/* All ones if @x is zero, else zero, without a branch. */
static uint32_t
mask_if_zero(uint32_t x)
{
	volatile uint32_t top = (~x & (x - 1)) >> 31;
	return (uint32_t)0 - top;
}

static void
select_key(uint32_t mask, const uint8_t *from, uint8_t *cek, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		cek[i] = (uint8_t)((from[i] & mask) | (cek[i] & ~mask));
	}
}

/*
 * RFC 8017 section 7.2.2: 00 02 PS 00 M, with at least eight octets of PS, none zero. The length of
 * M is known, so the whole form is fixed and one mask says whether it holds; EVP's own check would
 * return early and leave its error behind.
 */
static void
take_v15(const uint8_t *em, size_t k, uint8_t *cek, size_t n)
{
	if (k < n + 11) {
		return;
	}
	uint32_t bad = (uint32_t)em[0] | (uint32_t)(em[1] ^ 2) | (uint32_t)em[k - n - 1];
	for (size_t i = 2; i < k - n - 1; i++) {
		bad |= mask_if_zero(em[i]);
	}
	select_key(mask_if_zero(bad), em + k - n, cek, n);
}

static bool
prepare(EVP_PKEY_CTX *ctx, const CmsKtri *ktri)
{
	if (EVP_PKEY_decrypt_init(ctx) != 1) {
		return false;
	}
	return ktri->scheme == CMS_KTRI_OAEP
		       ? prepare_oaep(ctx, ktri->parameters)
		       : EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1;
}

void
cms_ktri_unwrap(const CmsKtri *ktri, EVP_PKEY *key, uint8_t *cek, size_t n)
{
	uint8_t em[MAX_MODULUS];
	size_t length = sizeof(em);
	BaseBytes in = ktri->encrypted_key;
	g_autoptr(GBytes) encrypted = cms_ber_octets(&in, CMS_TAG_OCTET_STRING);
	g_autoptr(EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	BaseBytes octets = base_bytes_of(encrypted);
	memset(em, 0, sizeof(em));
	if (octets.n == 0 || ctx == NULL || EVP_PKEY_get_size(key) > MAX_MODULUS ||
	    !prepare(ctx, ktri)) {
		ERR_clear_error();
		return;
	}
	bool done = EVP_PKEY_decrypt(ctx, em, &length, octets.p, octets.n) == 1;
	uint32_t fault = (uint32_t)!done;
	if (ktri->scheme == CMS_KTRI_V15) {
		take_v15(em, (size_t)EVP_PKEY_get_size(key), cek, n);
	} else {
		select_key(mask_if_zero(fault | (uint32_t)(length ^ n)), em, cek, n);
	}
	base_wipe(em, sizeof(em));
	ERR_clear_error();
}
