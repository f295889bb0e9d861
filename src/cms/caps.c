/* SPDX-License-Identifier: MPL-2.0 */
/* SMIMECapabilities ::= SEQUENCE OF SEQUENCE { capabilityID OID, parameters ANY OPTIONAL } */
#include "cms/caps.h"
#include "cms/ber.h"

static const guint flags_of[CMS_N_OIDS] = {
	[CMS_OID_AES256_GCM] = CMS_CAP_AES256_GCM,
	[CMS_OID_AES128_GCM] = CMS_CAP_AES128_GCM,
	[CMS_OID_AES256_CBC] = CMS_CAP_AES256_CBC,
	[CMS_OID_AES128_CBC] = CMS_CAP_AES128_CBC,
	[CMS_OID_CHACHA20_POLY1305] = CMS_CAP_CHACHA20,
	[CMS_OID_RSA_OAEP] = CMS_CAP_RSA_OAEP,
	[CMS_OID_ECDH_SHA256_KDF] = CMS_CAP_ECDH_SHA256,
	[CMS_OID_ECDH_HKDF_SHA256] = CMS_CAP_X25519,
	[CMS_OID_CEK_HKDF_SHA256] = CMS_CAP_CEK_HKDF,
	[CMS_OID_PREFER_BINARY_INSIDE] = CMS_CAP_PREFER_BINARY,
	[CMS_OID_DES_EDE3_CBC] = CMS_CAP_DES_EDE3,
	[CMS_OID_POSTSEAL] = CMS_CAP_POSTSEAL,
};

static void
put_ecdh(GByteArray *out, CmsOid scheme)
{
	static const CmsOid wraps[] = {CMS_OID_AES256_WRAP, CMS_OID_AES128_WRAP};
	for (size_t i = 0; i < G_N_ELEMENTS(wraps); i++) {
		guint mark = cms_der_begin(out, CMS_TAG_SEQUENCE);
		cms_der_oid(out, scheme);
		cms_der_algorithm(out, wraps[i], false);
		cms_der_end(out, mark);
	}
}

/* RSAES-OAEP with SHA-256 for both: these very octets, by RFC 3560 section 5, although its
 * parameters lack the tags that section 3 gives them. */
static const char oaep_sha256[] =
	"\x30\x38\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07\x30\x2b\x30\x0d\x06\x09\x60"
	"\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d"
	"\x01\x01\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00";

GBytes *
cms_caps_build(bool modern)
{
	GByteArray *out = g_byte_array_new();
	guint mark = cms_der_begin(out, CMS_TAG_SEQUENCE);
	if (modern) {
		cms_der_algorithm(out, CMS_OID_AES256_GCM, false);
		cms_der_algorithm(out, CMS_OID_AES128_GCM, false);
	}
	cms_der_algorithm(out, CMS_OID_AES256_CBC, false);
	cms_der_algorithm(out, CMS_OID_AES128_CBC, false);
	if (modern) {
		cms_der_algorithm(out, CMS_OID_CEK_HKDF_SHA256, false);
		cms_der_raw(out, base_bytes(oaep_sha256, sizeof(oaep_sha256) - 1));
		put_ecdh(out, CMS_OID_ECDH_SHA256_KDF);
		put_ecdh(out, CMS_OID_ECDH_HKDF_SHA256);
	}
	cms_der_algorithm(out, CMS_OID_POSTSEAL, false);
	cms_der_end(out, mark);
	return g_byte_array_free_to_bytes(out);
}

guint
cms_caps_parse(BaseBytes capabilities)
{
	guint flags = 0;
	BaseBytes in;
	BaseBytes one;
	BaseBytes octets;
	if (!cms_ber_only(capabilities, CMS_TAG_SEQUENCE, &in)) {
		return 0;
	}
	while (cms_ber_value(&in, CMS_TAG_SEQUENCE, &one) && cms_ber_oid(&one, &octets)) {
		flags |= flags_of[cms_oid_find(octets)];
	}
	return flags;
}
