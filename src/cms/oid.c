/* SPDX-License-Identifier: MPL-2.0 */
/* The table of object identifiers and its index. */
#include "cms/oid.h"
#include "cms/der.h"

#define OID(octets, name)                                             \
	{                                                             \
		{(const uint8_t *)(octets), sizeof(octets) - 1}, name \
	}

typedef struct {
	BaseBytes octets;
	const char *name;
} Entry;

/* clang-format off */
static const Entry entries[CMS_N_OIDS] = {
	[CMS_OID_UNKNOWN] = {{NULL, 0}, "unknown"},
	[CMS_OID_DATA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", "data"), /* 1.2.840.113549.1.7.1 */
	[CMS_OID_SIGNED_DATA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", "signed-data"), /* 1.2.840.113549.1.7.2 */
	[CMS_OID_ENVELOPED_DATA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", "enveloped-data"), /* 1.2.840.113549.1.7.3 */
	[CMS_OID_DIGESTED_DATA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x05", "digested-data"), /* 1.2.840.113549.1.7.5 */
	[CMS_OID_ENCRYPTED_DATA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06", "encrypted-data"), /* 1.2.840.113549.1.7.6 */
	[CMS_OID_AUTH_ENVELOPED_DATA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17", "auth-enveloped-data"), /* 1.2.840.113549.1.9.16.1.23 */
	[CMS_OID_COMPRESSED_DATA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09", "compressed-data"), /* 1.2.840.113549.1.9.16.1.9 */
	[CMS_OID_RECEIPT] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x01", "receipt"), /* 1.2.840.113549.1.9.16.1.1 */
	[CMS_OID_CONTENT_TYPE] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03", "content-type"), /* 1.2.840.113549.1.9.3 */
	[CMS_OID_MESSAGE_DIGEST] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04", "message-digest"), /* 1.2.840.113549.1.9.4 */
	[CMS_OID_SIGNING_TIME] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05", "signing-time"), /* 1.2.840.113549.1.9.5 */
	[CMS_OID_SMIME_CAPABILITIES] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0f", "smime-capabilities"), /* 1.2.840.113549.1.9.15 */
	[CMS_OID_ENCRYPTION_KEY_PREFERENCE] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0b", "encryption-key-preference"), /* 1.2.840.113549.1.9.16.2.11 */
	[CMS_OID_MS_ENCRYPTION_KEY_PREFERENCE] = OID("\x2b\x06\x01\x04\x01\x82\x37\x10\x04", "ms-encryption-key-preference"), /* 1.3.6.1.4.1.311.16.4 */
	[CMS_OID_SIGNING_CERTIFICATE] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c", "signing-certificate"), /* 1.2.840.113549.1.9.16.2.12 */
	[CMS_OID_SIGNING_CERTIFICATE_V2] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f", "signing-certificate-v2"), /* 1.2.840.113549.1.9.16.2.47 */
	[CMS_OID_ALGORITHM_PROTECTION] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x34", "algorithm-protection"), /* 1.2.840.113549.1.9.52 */
	[CMS_OID_RECEIPT_REQUEST] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x01", "receipt-request"), /* 1.2.840.113549.1.9.16.2.1 */
	[CMS_OID_SECURITY_LABEL] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x02", "security-label"), /* 1.2.840.113549.1.9.16.2.2 */
	[CMS_OID_ML_EXPANSION_HISTORY] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x03", "ml-expansion-history"), /* 1.2.840.113549.1.9.16.2.3 */
	[CMS_OID_CONTENT_HINT] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x04", "content-hint"), /* 1.2.840.113549.1.9.16.2.4 */
	[CMS_OID_MSG_SIG_DIGEST] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x05", "msg-sig-digest"), /* 1.2.840.113549.1.9.16.2.5 */
	[CMS_OID_CONTENT_IDENTIFIER] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x07", "content-identifier"), /* 1.2.840.113549.1.9.16.2.7 */
	[CMS_OID_EQUIVALENT_LABELS] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x09", "equivalent-labels"), /* 1.2.840.113549.1.9.16.2.9 */
	[CMS_OID_CONTENT_REFERENCE] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0a", "content-reference"), /* 1.2.840.113549.1.9.16.2.10 */
	[CMS_OID_COUNTER_SIGNATURE] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x06", "counter-signature"), /* 1.2.840.113549.1.9.6 */
	[CMS_OID_MD5] = OID("\x2a\x86\x48\x86\xf7\x0d\x02\x05", "md5"), /* 1.2.840.113549.2.5 */
	[CMS_OID_SHA1] = OID("\x2b\x0e\x03\x02\x1a", "sha1"), /* 1.3.14.3.2.26 */
	[CMS_OID_SHA224] = OID("\x60\x86\x48\x01\x65\x03\x04\x02\x04", "sha224"), /* 2.16.840.1.101.3.4.2.4 */
	[CMS_OID_SHA256] = OID("\x60\x86\x48\x01\x65\x03\x04\x02\x01", "sha256"), /* 2.16.840.1.101.3.4.2.1 */
	[CMS_OID_SHA384] = OID("\x60\x86\x48\x01\x65\x03\x04\x02\x02", "sha384"), /* 2.16.840.1.101.3.4.2.2 */
	[CMS_OID_SHA512] = OID("\x60\x86\x48\x01\x65\x03\x04\x02\x03", "sha512"), /* 2.16.840.1.101.3.4.2.3 */
	[CMS_OID_RSA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "rsa"), /* 1.2.840.113549.1.1.1 */
	[CMS_OID_RSA_PSS] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", "rsa-pss"), /* 1.2.840.113549.1.1.10 */
	[CMS_OID_RSA_OAEP] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07", "rsa-oaep"), /* 1.2.840.113549.1.1.7 */
	[CMS_OID_MGF1] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08", "mgf1"), /* 1.2.840.113549.1.1.8 */
	[CMS_OID_P_SPECIFIED] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x09", "p-specified"), /* 1.2.840.113549.1.1.9 */
	[CMS_OID_RSA_MD5] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", "rsa-md5"), /* 1.2.840.113549.1.1.4 */
	[CMS_OID_RSA_SHA1] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", "rsa-sha1"), /* 1.2.840.113549.1.1.5 */
	[CMS_OID_RSA_SHA224] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e", "rsa-sha224"), /* 1.2.840.113549.1.1.14 */
	[CMS_OID_RSA_SHA256] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", "rsa-sha256"), /* 1.2.840.113549.1.1.11 */
	[CMS_OID_RSA_SHA384] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", "rsa-sha384"), /* 1.2.840.113549.1.1.12 */
	[CMS_OID_RSA_SHA512] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", "rsa-sha512"), /* 1.2.840.113549.1.1.13 */
	[CMS_OID_DSA] = OID("\x2a\x86\x48\xce\x38\x04\x01", "dsa"), /* 1.2.840.10040.4.1 */
	[CMS_OID_DSA_SHA1] = OID("\x2a\x86\x48\xce\x38\x04\x03", "dsa-sha1"), /* 1.2.840.10040.4.3 */
	[CMS_OID_DSA_SHA256] = OID("\x60\x86\x48\x01\x65\x03\x04\x03\x02", "dsa-sha256"), /* 2.16.840.1.101.3.4.3.2 */
	[CMS_OID_EC_PUBLIC_KEY] = OID("\x2a\x86\x48\xce\x3d\x02\x01", "ec"), /* 1.2.840.10045.2.1 */
	[CMS_OID_ECDSA_SHA1] = OID("\x2a\x86\x48\xce\x3d\x04\x01", "ecdsa-sha1"), /* 1.2.840.10045.4.1 */
	[CMS_OID_ECDSA_SHA224] = OID("\x2a\x86\x48\xce\x3d\x04\x03\x01", "ecdsa-sha224"), /* 1.2.840.10045.4.3.1 */
	[CMS_OID_ECDSA_SHA256] = OID("\x2a\x86\x48\xce\x3d\x04\x03\x02", "ecdsa-sha256"), /* 1.2.840.10045.4.3.2 */
	[CMS_OID_ECDSA_SHA384] = OID("\x2a\x86\x48\xce\x3d\x04\x03\x03", "ecdsa-sha384"), /* 1.2.840.10045.4.3.3 */
	[CMS_OID_ECDSA_SHA512] = OID("\x2a\x86\x48\xce\x3d\x04\x03\x04", "ecdsa-sha512"), /* 1.2.840.10045.4.3.4 */
	[CMS_OID_P256] = OID("\x2a\x86\x48\xce\x3d\x03\x01\x07", "p-256"), /* 1.2.840.10045.3.1.7 */
	[CMS_OID_P384] = OID("\x2b\x81\x04\x00\x22", "p-384"), /* 1.3.132.0.34 */
	[CMS_OID_P521] = OID("\x2b\x81\x04\x00\x23", "p-521"), /* 1.3.132.0.35 */
	[CMS_OID_BRAINPOOL_P256R1] = OID("\x2b\x24\x03\x03\x02\x08\x01\x01\x07", "brainpool-p256r1"), /* 1.3.36.3.3.2.8.1.1.7 */
	[CMS_OID_BRAINPOOL_P384R1] = OID("\x2b\x24\x03\x03\x02\x08\x01\x01\x0b", "brainpool-p384r1"), /* 1.3.36.3.3.2.8.1.1.11 */
	[CMS_OID_BRAINPOOL_P512R1] = OID("\x2b\x24\x03\x03\x02\x08\x01\x01\x0d", "brainpool-p512r1"), /* 1.3.36.3.3.2.8.1.1.13 */
	[CMS_OID_X25519] = OID("\x2b\x65\x6e", "x25519"), /* 1.3.101.110 */
	[CMS_OID_X448] = OID("\x2b\x65\x6f", "x448"), /* 1.3.101.111 */
	[CMS_OID_ED25519] = OID("\x2b\x65\x70", "ed25519"), /* 1.3.101.112 */
	[CMS_OID_ED448] = OID("\x2b\x65\x71", "ed448"), /* 1.3.101.113 */
	[CMS_OID_AES128_CBC] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x02", "aes-128-cbc"), /* 2.16.840.1.101.3.4.1.2 */
	[CMS_OID_AES192_CBC] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x16", "aes-192-cbc"), /* 2.16.840.1.101.3.4.1.22 */
	[CMS_OID_AES256_CBC] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x2a", "aes-256-cbc"), /* 2.16.840.1.101.3.4.1.42 */
	[CMS_OID_AES128_GCM] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x06", "aes-128-gcm"), /* 2.16.840.1.101.3.4.1.6 */
	[CMS_OID_AES192_GCM] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x1a", "aes-192-gcm"), /* 2.16.840.1.101.3.4.1.26 */
	[CMS_OID_AES256_GCM] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x2e", "aes-256-gcm"), /* 2.16.840.1.101.3.4.1.46 */
	[CMS_OID_AES128_CCM] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x07", "aes-128-ccm"), /* 2.16.840.1.101.3.4.1.7 */
	[CMS_OID_AES192_CCM] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x1b", "aes-192-ccm"), /* 2.16.840.1.101.3.4.1.27 */
	[CMS_OID_AES256_CCM] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x2f", "aes-256-ccm"), /* 2.16.840.1.101.3.4.1.47 */
	[CMS_OID_CHACHA20_POLY1305] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x12", "chacha20-poly1305"), /* 1.2.840.113549.1.9.16.3.18 */
	[CMS_OID_DES_EDE3_CBC] = OID("\x2a\x86\x48\x86\xf7\x0d\x03\x07", "des-ede3-cbc"), /* 1.2.840.113549.3.7 */
	[CMS_OID_DES_CBC] = OID("\x2b\x0e\x03\x02\x07", "des-cbc"), /* 1.3.14.3.2.7 */
	[CMS_OID_RC2_CBC] = OID("\x2a\x86\x48\x86\xf7\x0d\x03\x02", "rc2-cbc"), /* 1.2.840.113549.3.2 */
	[CMS_OID_AES128_WRAP] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x05", "aes-128-wrap"), /* 2.16.840.1.101.3.4.1.5 */
	[CMS_OID_AES192_WRAP] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x19", "aes-192-wrap"), /* 2.16.840.1.101.3.4.1.25 */
	[CMS_OID_AES256_WRAP] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x2d", "aes-256-wrap"), /* 2.16.840.1.101.3.4.1.45 */
	[CMS_OID_DES_EDE3_WRAP] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x06", "des-ede3-wrap"), /* 1.2.840.113549.1.9.16.3.6 */
	[CMS_OID_ECDH_SHA1_KDF] = OID("\x2b\x81\x05\x10\x86\x48\x3f\x00\x02", "ecdh-sha1-kdf"), /* 1.3.133.16.840.63.0.2 */
	[CMS_OID_ECDH_SHA224_KDF] = OID("\x2b\x81\x04\x01\x0b\x00", "ecdh-sha224-kdf"), /* 1.3.132.1.11.0 */
	[CMS_OID_ECDH_SHA256_KDF] = OID("\x2b\x81\x04\x01\x0b\x01", "ecdh-sha256-kdf"), /* 1.3.132.1.11.1 */
	[CMS_OID_ECDH_SHA384_KDF] = OID("\x2b\x81\x04\x01\x0b\x02", "ecdh-sha384-kdf"), /* 1.3.132.1.11.2 */
	[CMS_OID_ECDH_SHA512_KDF] = OID("\x2b\x81\x04\x01\x0b\x03", "ecdh-sha512-kdf"), /* 1.3.132.1.11.3 */
	[CMS_OID_ECDH_HKDF_SHA256] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x13", "ecdh-hkdf-sha256"), /* 1.2.840.113549.1.9.16.3.19 */
	[CMS_OID_ECDH_HKDF_SHA384] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x14", "ecdh-hkdf-sha384"), /* 1.2.840.113549.1.9.16.3.20 */
	[CMS_OID_ECDH_HKDF_SHA512] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x15", "ecdh-hkdf-sha512"), /* 1.2.840.113549.1.9.16.3.21 */
	[CMS_OID_CEK_HKDF_SHA256] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x1f", "cek-hkdf-sha256"), /* 1.2.840.113549.1.9.16.3.31 */
	[CMS_OID_HKDF_SHA256] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x1c", "hkdf-sha256"), /* 1.2.840.113549.1.9.16.3.28 */
	[CMS_OID_HKDF_SHA384] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x1d", "hkdf-sha384"), /* 1.2.840.113549.1.9.16.3.29 */
	[CMS_OID_HKDF_SHA512] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x1e", "hkdf-sha512"), /* 1.2.840.113549.1.9.16.3.30 */
	[CMS_OID_ORI_KEM] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x0d\x03", "ori-kem"), /* 1.2.840.113549.1.9.16.13.3 */
	[CMS_OID_ML_KEM_512] = OID("\x60\x86\x48\x01\x65\x03\x04\x04\x01", "ml-kem-512"), /* 2.16.840.1.101.3.4.4.1 */
	[CMS_OID_ML_KEM_768] = OID("\x60\x86\x48\x01\x65\x03\x04\x04\x02", "ml-kem-768"), /* 2.16.840.1.101.3.4.4.2 */
	[CMS_OID_ML_KEM_1024] = OID("\x60\x86\x48\x01\x65\x03\x04\x04\x03", "ml-kem-1024"), /* 2.16.840.1.101.3.4.4.3 */
	[CMS_OID_ML_DSA_44] = OID("\x60\x86\x48\x01\x65\x03\x04\x03\x11", "ml-dsa-44"), /* 2.16.840.1.101.3.4.3.17 */
	[CMS_OID_ML_DSA_65] = OID("\x60\x86\x48\x01\x65\x03\x04\x03\x12", "ml-dsa-65"), /* 2.16.840.1.101.3.4.3.18 */
	[CMS_OID_ML_DSA_87] = OID("\x60\x86\x48\x01\x65\x03\x04\x03\x13", "ml-dsa-87"), /* 2.16.840.1.101.3.4.3.19 */
	[CMS_OID_ZLIB_COMPRESS] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x08", "zlib"), /* 1.2.840.113549.1.9.16.3.8 */
	[CMS_OID_PREFER_BINARY_INSIDE] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x0b\x01", "prefer-binary-inside"), /* 1.2.840.113549.1.9.16.11.1 */
	[CMS_OID_POSTSEAL] = OID("\x69\xba\xd9\xfe\x95\xef\xbf\xda\xa2\x99\xae\xa6\xa5\xc4\xe5\xee\xf8\x85\x70\x01", "postseal"), /* 2.25.39014844396612858129333055129227494128.1 */
	[CMS_OID_ORIGINATOR_RULES] = OID("\x69\xba\xd9\xfe\x95\xef\xbf\xda\xa2\x99\xae\xa6\xa5\xc4\xe5\xee\xf8\x85\x70\x02", "originator-rules"), /* 2.25.39014844396612858129333055129227494128.2 */
	[CMS_OID_SUBJECT_KEY_IDENTIFIER] = OID("\x55\x1d\x0e", "subject-key-identifier"), /* 2.5.29.14 */
};
/* clang-format on */

#define N_BUCKETS 256

/* Chains by the last octets, where identifiers differ most; 0 ends a chain. */
typedef struct {
	uint8_t first[N_BUCKETS];
	uint8_t next[CMS_N_OIDS];
} Index;

G_STATIC_ASSERT(CMS_N_OIDS <= UINT8_MAX);

static size_t
bucket(BaseBytes b)
{
	return (b.p[b.n - 1] * 31U + b.p[b.n / 2] * 7U + b.n) % N_BUCKETS;
}

static const Index *
index_get(void)
{
	static Index index;
	static gsize once;
	if (g_once_init_enter(&once)) {
		for (unsigned i = CMS_N_OIDS - 1; i > CMS_OID_UNKNOWN; i--) {
			size_t at = bucket(entries[i].octets);
			index.next[i] = index.first[at];
			index.first[at] = (uint8_t)i;
		}
		g_once_init_leave(&once, 1);
	}
	return &index;
}

BaseBytes
cms_oid_bytes(CmsOid oid)
{
	return entries[oid].octets;
}

const char *
cms_oid_name(CmsOid oid)
{
	return entries[oid].name;
}

CmsOid
cms_oid_find(BaseBytes content)
{
	if (content.n == 0) {
		return CMS_OID_UNKNOWN;
	}
	const Index *index = index_get();
	unsigned i = index->first[bucket(content)];
	while (i != CMS_OID_UNKNOWN && !base_bytes_equal(entries[i].octets, content)) {
		i = index->next[i];
	}
	return (CmsOid)i;
}

/* One subidentifier, base 128 (X.690 section 8.19.2), as decimal digits: 2.25 carries 128 bits. */
static bool
append_arc(GString *out, BaseBytes *in, bool first)
{
	unsigned __int128 v = 0;
	size_t i = 0;
	do {
		if (i == in->n || i > 18 || (i == 0 && in->p[0] == 0x80)) {
			return false;
		}
		v = (v << 7) | (in->p[i] & 0x7fU);
	} while ((in->p[i++] & 0x80) != 0);
	*in = base_bytes(in->p + i, in->n - i);
	if (first) {
		unsigned root = v < 40 ? 0 : v < 80 ? 1 : 2;
		g_string_append_printf(out, "%u", root);
		v -= (unsigned __int128)root * 40U;
	}
	char digits[48];
	size_t at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + (int)(v % 10));
		v /= 10;
	} while (v != 0);
	g_string_append_c(out, '.');
	g_string_append_len(out, digits + at, (gssize)(sizeof(digits) - at));
	return true;
}

char *
cms_oid_dotted(BaseBytes content)
{
	g_autoptr(GString) out = g_string_new(NULL);
	bool first = true;
	while (content.n > 0) {
		if (!append_arc(out, &content, first)) {
			return NULL;
		}
		first = false;
	}
	return first ? NULL : g_string_free(g_steal_pointer(&out), FALSE);
}
