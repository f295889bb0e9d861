/* SPDX-License-Identifier: MPL-2.0 */
/* The table of content ciphers and their AlgorithmIdentifiers (RFC 3565, 5084, 8103, 3370, 9709).
 */
#include "cms/cipher.h"

#include "base/secret.h"
#include "cms/ber.h"
#include "cms/kdf.h"

static const struct {
	CmsOid oid;
	const char *name;
	const char *evp;
	uint8_t key;
	uint8_t iv; /* octets of the only IV, or of the only nonce; 0: 1 to CMS_CIPHER_MAX_IV */
	uint8_t block;
	bool gcm; /* parameters are GCMParameters */
	bool weak;
} ciphers[CMS_N_CIPHERS] = {
	[CMS_CIPHER_AES_128_CBC] = {CMS_OID_AES128_CBC, "aes-128-cbc", "AES-128-CBC", 16, 16, 16,
				    false, false},
	[CMS_CIPHER_AES_192_CBC] = {CMS_OID_AES192_CBC, "aes-192-cbc", "AES-192-CBC", 24, 16, 16,
				    false, false},
	[CMS_CIPHER_AES_256_CBC] = {CMS_OID_AES256_CBC, "aes-256-cbc", "AES-256-CBC", 32, 16, 16,
				    false, false},
	[CMS_CIPHER_AES_128_GCM] = {CMS_OID_AES128_GCM, "aes-128-gcm", "AES-128-GCM", 16, 0, 1,
				    true, false},
	[CMS_CIPHER_AES_192_GCM] = {CMS_OID_AES192_GCM, "aes-192-gcm", "AES-192-GCM", 24, 0, 1,
				    true, false},
	[CMS_CIPHER_AES_256_GCM] = {CMS_OID_AES256_GCM, "aes-256-gcm", "AES-256-GCM", 32, 0, 1,
				    true, false},
	[CMS_CIPHER_CHACHA20_POLY1305] = {CMS_OID_CHACHA20_POLY1305, "chacha20-poly1305",
					  "ChaCha20-Poly1305", 32, 12, 1, false, false},
	[CMS_CIPHER_DES_EDE3_CBC] = {CMS_OID_DES_EDE3_CBC, "des-ede3-cbc", "DES-EDE3-CBC", 24, 8, 8,
				     false, true},
};

CmsOid
cms_cipher_oid(CmsCipher cipher)
{
	return ciphers[cipher].oid;
}

const char *
cms_cipher_name(CmsCipher cipher)
{
	return ciphers[cipher].name;
}

size_t
cms_cipher_key_size(CmsCipher cipher)
{
	return ciphers[cipher].key;
}

size_t
cms_cipher_block_size(CmsCipher cipher)
{
	return ciphers[cipher].block;
}

bool
cms_cipher_is_aead(CmsCipher cipher)
{
	return ciphers[cipher].block == 1;
}

bool
cms_cipher_is_weak(CmsCipher cipher)
{
	return ciphers[cipher].weak;
}

uint64_t
cms_cipher_length(CmsCipher cipher, uint64_t n)
{
	uint64_t block = ciphers[cipher].block;
	return block == 1 ? n : n - n % block + block;
}

const EVP_CIPHER *
cms_cipher_evp(CmsCipher cipher)
{
	static EVP_CIPHER *fetched[CMS_N_CIPHERS];
	EVP_CIPHER *evp = g_atomic_pointer_get(&fetched[cipher]);
	if (evp != NULL) {
		return evp;
	}
	evp = EVP_CIPHER_fetch(NULL, ciphers[cipher].evp, NULL);
	if (evp != NULL && !g_atomic_pointer_compare_and_exchange(&fetched[cipher], NULL, evp)) {
		EVP_CIPHER_free(evp);
		evp = g_atomic_pointer_get(&fetched[cipher]);
	}
	return evp;
}

/* False if we do not know the cipher. */
static bool
find(CmsOid oid, CmsCipher *out)
{
	for (size_t i = 0; i < CMS_N_CIPHERS; i++) {
		if (ciphers[i].oid == oid) {
			*out = (CmsCipher)i;
			return true;
		}
	}
	return false;
}

/*
 * RFC 5084 section 3.2:
 *	GCMParameters ::= SEQUENCE { aes-nonce OCTET STRING, aes-ICVlen AES-GCM-ICVlen DEFAULT 12 }
 *	AES-GCM-ICVlen ::= INTEGER (12 | 13 | 14 | 15 | 16)
 */
static bool
parse_gcm(BaseBytes parameters, BaseBytes *nonce, size_t *tag)
{
	BaseBytes in;
	uint64_t icv = 12;
	if (!cms_ber_only(parameters, CMS_TAG_SEQUENCE, &in) ||
	    !cms_ber_value(&in, CMS_TAG_OCTET_STRING, nonce)) {
		return false;
	}
	if (in.n > 0 && (!cms_ber_uint(&in, &icv) || in.n > 0)) {
		return false;
	}
	*tag = (size_t)icv;
	return icv >= 12 && icv <= CMS_CIPHER_MAX_TAG;
}

/* The parameters of every other cipher are an OCTET STRING of one size: RFC 3565 section 4.1, RFC
 * 8103 section 3, RFC 3370 section 5.1. */
static bool
parse_parameters(CmsCipher cipher, BaseBytes parameters, CmsCipherSpec *spec)
{
	BaseBytes iv;
	size_t want = ciphers[cipher].iv;
	spec->tag_n = ciphers[cipher].block == 1 ? CMS_CIPHER_MAX_TAG : 0;
	bool ok = ciphers[cipher].gcm ? parse_gcm(parameters, &iv, &spec->tag_n)
				      : cms_ber_only(parameters, CMS_TAG_OCTET_STRING, &iv);
	if (!ok || iv.n == 0 || iv.n > CMS_CIPHER_MAX_IV || (want > 0 && iv.n != want)) {
		return false;
	}
	memcpy(spec->iv, iv.p, iv.n);
	spec->iv_n = iv.n;
	spec->cipher = cipher;
	return true;
}

CmsCipherParse
cms_cipher_parse(BaseBytes algorithm, CmsCipherSpec *out)
{
	CmsCipherSpec spec = {.inner = algorithm};
	BaseBytes in = algorithm;
	BaseBytes oid;
	BaseBytes parameters;
	if (!cms_ber_algorithm(&in, &oid, &parameters) || in.n > 0) {
		return CMS_CIPHER_MALFORMED;
	}
	spec.cek_hkdf = cms_oid_find(oid) == CMS_OID_CEK_HKDF_SHA256;
	if (spec.cek_hkdf) {
		in = parameters;
		spec.inner = parameters;
		if (!cms_ber_algorithm(&in, &oid, &parameters) || in.n > 0) {
			return CMS_CIPHER_MALFORMED;
		}
	}
	CmsCipher cipher;
	if (!find(cms_oid_find(oid), &cipher)) {
		return CMS_CIPHER_UNSUPPORTED;
	}
	if (!parse_parameters(cipher, parameters, &spec)) {
		return CMS_CIPHER_MALFORMED;
	}
	*out = spec;
	return CMS_CIPHER_PARSED;
}

CmsOid
cms_cipher_named(BaseBytes algorithm)
{
	BaseBytes oid;
	BaseBytes parameters;
	CmsOid found = CMS_OID_UNKNOWN;
	if (cms_ber_algorithm(&algorithm, &oid, &parameters)) {
		found = cms_oid_find(oid);
	}
	if (found == CMS_OID_CEK_HKDF_SHA256) {
		found = cms_ber_algorithm(&parameters, &oid, &parameters) ? cms_oid_find(oid)
									  : CMS_OID_UNKNOWN;
	}
	return found;
}

static void
put_inner(GByteArray *out, const CmsCipherSpec *spec)
{
	guint outer = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_oid(out, ciphers[spec->cipher].oid);
	if (ciphers[spec->cipher].gcm) {
		guint parameters = cms_der_begin(out, CMS_TAG_SEQUENCE);
		cms_der_octets(out, base_bytes(spec->iv, spec->iv_n));
		if (spec->tag_n != 12) {
			cms_der_uint(out, spec->tag_n);
		}
		cms_der_end(out, parameters);
	} else {
		cms_der_octets(out, base_bytes(spec->iv, spec->iv_n));
	}
	cms_der_end(out, outer);
}

void
cms_cipher_put(GByteArray *out, const CmsCipherSpec *spec)
{
	if (!spec->cek_hkdf) {
		put_inner(out, spec);
		return;
	}
	guint outer = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_oid(out, CMS_OID_CEK_HKDF_SHA256);
	put_inner(out, spec);
	cms_der_end(out, outer);
}

bool
cms_cipher_start(EVP_CIPHER_CTX *ctx, const CmsCipherSpec *spec, const uint8_t *cek,
		 bool encrypting)
{
	const EVP_CIPHER *cipher = cms_cipher_evp(spec->cipher);
	size_t key_n = ciphers[spec->cipher].key;
	uint8_t key[CMS_CIPHER_MAX_KEY];
	memcpy(key, cek, key_n);
	bool ok = cipher != NULL &&
		  (!spec->cek_hkdf || cms_kdf_cek(base_bytes(cek, key_n), spec->inner, key)) &&
		  EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, encrypting ? 1 : 0, NULL) == 1;
	if (ok && cms_cipher_is_aead(spec->cipher)) {
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)spec->iv_n, NULL) == 1;
	}
	ok = ok && EVP_CipherInit_ex2(ctx, NULL, key, spec->iv, encrypting ? 1 : 0, NULL) == 1 &&
	     EVP_CIPHER_CTX_set_padding(ctx, encrypting ? 1 : 0) == 1;
	base_wipe(key, sizeof(key));
	return ok;
}
