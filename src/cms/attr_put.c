/* SPDX-License-Identifier: MPL-2.0 */
/* Signed attributes, written. */
#include "cms/attr.h"

/* Attribute ::= SEQUENCE { attrType OID, attrValues SET OF AttributeValue }, open for its one value
 */
typedef struct {
	guint sequence;
	guint set;
} Open;

static Open
begin(GByteArray *out, CmsOid oid)
{
	Open open;
	open.sequence = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_oid(out, oid);
	open.set = cms_der_begin(out, CMS_TAG_SET);
	return open;
}

static void
end(GByteArray *out, Open open)
{
	cms_der_end(out, open.set);
	cms_der_end(out, open.sequence);
}

void
cms_attr_put_content_type(GByteArray *out, CmsOid content_type)
{
	Open open = begin(out, CMS_OID_CONTENT_TYPE);
	cms_der_oid(out, content_type);
	end(out, open);
}

void
cms_attr_put_message_digest(GByteArray *out, BaseBytes digest)
{
	Open open = begin(out, CMS_OID_MESSAGE_DIGEST);
	cms_der_octets(out, digest);
	end(out, open);
}

void
cms_attr_put_signing_time(GByteArray *out, int64_t time)
{
	Open open = begin(out, CMS_OID_SIGNING_TIME);
	cms_der_time(out, time);
	end(out, open);
}

void
cms_attr_put_capabilities(GByteArray *out, BaseBytes capabilities)
{
	Open open = begin(out, CMS_OID_SMIME_CAPABILITIES);
	cms_der_raw(out, capabilities);
	end(out, open);
}

/*
 * SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2 }           RFC 5035 section 3
 * ESSCertIDv2 ::= SEQUENCE { certHash (SHA-256, the default), issuerSerial { GeneralNames, serial }
 * }
 */
bool
cms_attr_put_signing_certificate(GByteArray *out, BaseBytes certificate)
{
	CmsCertificateId id;
	uint8_t digest[CMS_DIGEST_MAX];
	if (!cms_certificate_id(certificate, &id) ||
	    !cms_digest_compute(CMS_DIGEST_SHA256, certificate, digest)) {
		return false;
	}
	Open open = begin(out, CMS_OID_SIGNING_CERTIFICATE_V2);
	guint marks[6];
	marks[0] = cms_der_begin(out, CMS_TAG_SEQUENCE);
	marks[1] = cms_der_begin(out, CMS_TAG_SEQUENCE);
	marks[2] = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_octets(out, base_bytes(digest, cms_digest_size(CMS_DIGEST_SHA256)));
	marks[3] = cms_der_begin(out, CMS_TAG_SEQUENCE);
	marks[4] = cms_der_begin(out, CMS_TAG_SEQUENCE);
	marks[5] = cms_der_begin(out, CMS_TAG_CONTEXT_CONSTRUCTED(4)); /* directoryName */
	cms_der_raw(out, id.issuer);
	cms_der_end(out, marks[5]);
	cms_der_end(out, marks[4]);
	cms_der_tlv(out, CMS_TAG_INTEGER, id.serial);
	for (int i = 3; i >= 0; i--) {
		cms_der_end(out, marks[i]);
	}
	end(out, open);
	return true;
}

bool
cms_attr_put_key_preference(GByteArray *out, BaseBytes certificate)
{
	CmsCertificateId id;
	if (!cms_certificate_id(certificate, &id)) {
		return false;
	}
	Open open = begin(out, CMS_OID_ENCRYPTION_KEY_PREFERENCE);
	guint mark = cms_der_begin(out, CMS_TAG_CONTEXT_CONSTRUCTED(0));
	cms_der_raw(out, id.issuer);
	cms_der_tlv(out, CMS_TAG_INTEGER, id.serial);
	cms_der_end(out, mark);
	end(out, open);
	return true;
}

void
cms_attr_put_protection(GByteArray *out, const CmsSignatureAlg *alg)
{
	Open open = begin(out, CMS_OID_ALGORITHM_PROTECTION);
	guint mark = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_alg_put_digest(out, alg->digest);
	guint at = out->len;
	cms_alg_put_signature(out, alg);
	out->data[at] = CMS_TAG_CONTEXT_CONSTRUCTED(1);
	cms_der_end(out, mark);
	end(out, open);
}

void
cms_attr_put(GByteArray *out, BaseBytes oid, BaseBytes value)
{
	guint sequence = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_tlv(out, CMS_TAG_OID, oid);
	guint set = cms_der_begin(out, CMS_TAG_SET);
	cms_der_raw(out, value);
	cms_der_end(out, set);
	cms_der_end(out, sequence);
}
