/* SPDX-License-Identifier: MPL-2.0 */
/* Signed attributes, read. */
#include "cms/attr.h"
#include "cms/caps.h"

/* Reads the one value of an attribute; false if malformed. */
typedef bool (*Read)(BaseBytes value, CmsAttributes *out);

static bool
read_content_type(BaseBytes in, CmsAttributes *out)
{
	return cms_ber_oid(&in, &out->content_type);
}

static bool
read_message_digest(BaseBytes in, CmsAttributes *out)
{
	return cms_ber_only(in, CMS_TAG_OCTET_STRING, &out->message_digest);
}

static bool
read_signing_time(BaseBytes in, CmsAttributes *out)
{
	return cms_ber_time(&in, &out->signing_time);
}

static bool
read_capabilities(BaseBytes in, CmsAttributes *out)
{
	out->capabilities = in;
	out->caps = cms_caps_parse(in);
	return cms_ber_peek(in) == CMS_TAG_SEQUENCE;
}

/* IssuerAndSerialNumber ::= SEQUENCE { issuer Name, serialNumber INTEGER }, its content octets */
static bool
read_issuer_serial(BaseBytes in, CmsAttributes *out)
{
	CmsTlv issuer;
	BaseBytes serial;
	if (!cms_ber_take(&in, CMS_TAG_SEQUENCE, &issuer) ||
	    !cms_ber_value(&in, CMS_TAG_INTEGER, &serial)) {
		return false;
	}
	out->has_key_preference = true;
	out->preference_issuer = issuer.whole;
	out->preference_serial = serial;
	return true;
}

/*
 * SMIMEEncryptionKeyPreference ::= CHOICE {                       RFC 8551 section 2.5.3
 *	issuerAndSerialNumber   [0] IssuerAndSerialNumber,
 *	receipentKeyId          [1] RecipientKeyIdentifier,
 *	subjectAltKeyIdentifier [2] SubjectKeyIdentifier }          (IMPLICIT)
 */
static bool
read_key_preference(BaseBytes in, CmsAttributes *out)
{
	CmsTlv tlv;
	if (!cms_ber_next(&in, &tlv)) {
		return false;
	}
	out->has_key_preference = true;
	out->preference_issuer = out->preference_serial = out->preference_ski = (BaseBytes){0};
	switch (tlv.tag) {
	case CMS_TAG_CONTEXT_CONSTRUCTED(0):
		return read_issuer_serial(tlv.value, out);
	case CMS_TAG_CONTEXT_CONSTRUCTED(1):
		return cms_ber_value(&tlv.value, CMS_TAG_OCTET_STRING, &out->preference_ski);
	case CMS_TAG_CONTEXT(2):
		out->preference_ski = tlv.value;
		return true;
	default:
		return false;
	}
}

/* Microsoft's twin carries the bare IssuerAndSerialNumber; the standard one wins. */
static bool
read_ms_key_preference(BaseBytes in, CmsAttributes *out)
{
	BaseBytes value;
	return out->has_key_preference || !cms_ber_only(in, CMS_TAG_SEQUENCE, &value) ||
	       read_issuer_serial(value, out);
}

/* The first ESSCertID of SEQUENCE { SEQUENCE OF ESSCertID, ... } */
static bool
first_cert_id(BaseBytes in, BaseBytes *cert_id)
{
	BaseBytes list;
	return cms_ber_only(in, CMS_TAG_SEQUENCE, &in) &&
	       cms_ber_value(&in, CMS_TAG_SEQUENCE, &list) &&
	       cms_ber_value(&list, CMS_TAG_SEQUENCE, cert_id);
}

/* ESSCertID ::= SEQUENCE { certHash OCTET STRING (SHA-1), issuerSerial OPTIONAL }  RFC 5035 section
 * 5 */
static bool
read_signing_certificate(BaseBytes in, CmsAttributes *out)
{
	BaseBytes id;
	BaseBytes hash;
	if (!first_cert_id(in, &id) || !cms_ber_value(&id, CMS_TAG_OCTET_STRING, &hash)) {
		return false;
	}
	if (out->cert_hash.n == 0) {
		out->cert_digest = CMS_DIGEST_SHA1;
		out->cert_hash = hash;
	}
	return hash.n == cms_digest_size(CMS_DIGEST_SHA1);
}

/* ESSCertIDv2 ::= SEQUENCE { hashAlgorithm DEFAULT sha256, certHash, issuerSerial OPTIONAL } */
static bool
read_signing_certificate_v2(BaseBytes in, CmsAttributes *out)
{
	BaseBytes id;
	CmsTlv algorithm;
	CmsDigest digest = CMS_DIGEST_SHA256;
	if (!first_cert_id(in, &id)) {
		return false;
	}
	if (cms_ber_take(&id, CMS_TAG_SEQUENCE, &algorithm)) {
		digest = cms_alg_digest(algorithm.whole);
	}
	out->cert_digest = digest;
	return cms_ber_value(&id, CMS_TAG_OCTET_STRING, &out->cert_hash) && out->cert_hash.n > 0;
}

/* CMSAlgorithmProtection ::= SEQUENCE { digestAlgorithm, [1] signatureAlgorithm | [2] mac }  RFC
 * 6211 */
static bool
read_protection(BaseBytes in, CmsAttributes *out)
{
	CmsTlv digest;
	CmsTlv signature;
	if (!cms_ber_only(in, CMS_TAG_SEQUENCE, &in) ||
	    !cms_ber_take(&in, CMS_TAG_SEQUENCE, &digest)) {
		return false;
	}
	if (cms_ber_take(&in, CMS_TAG_CONTEXT_CONSTRUCTED(1), &signature)) {
		out->protected_signature = signature.whole;
	}
	out->has_protection = true;
	out->protected_digest = digest.whole;
	return true;
}

static bool
read_label(BaseBytes in, CmsAttributes *out)
{
	out->security_label = in;
	return cms_ber_peek(in) == CMS_TAG_SET;
}

static bool
read_receipt_request(BaseBytes in, CmsAttributes *out)
{
	out->receipt_request = in;
	return cms_ber_peek(in) == CMS_TAG_SEQUENCE;
}

static bool
read_expansion(BaseBytes in, CmsAttributes *out)
{
	(void)in;
	out->ml_expansion_history = true;
	return true;
}

/* Known, but of no use here beyond being there once. */
static bool
read_nothing(BaseBytes in, CmsAttributes *out)
{
	(void)in;
	(void)out;
	return true;
}

static const struct {
	CmsOid oid;
	Read read;
} readers[] = {
	{CMS_OID_CONTENT_TYPE, read_content_type},
	{CMS_OID_MESSAGE_DIGEST, read_message_digest},
	{CMS_OID_SIGNING_TIME, read_signing_time},
	{CMS_OID_SMIME_CAPABILITIES, read_capabilities},
	{CMS_OID_ENCRYPTION_KEY_PREFERENCE, read_key_preference},
	{CMS_OID_MS_ENCRYPTION_KEY_PREFERENCE, read_ms_key_preference},
	{CMS_OID_SIGNING_CERTIFICATE, read_signing_certificate},
	{CMS_OID_SIGNING_CERTIFICATE_V2, read_signing_certificate_v2},
	{CMS_OID_ALGORITHM_PROTECTION, read_protection},
	{CMS_OID_SECURITY_LABEL, read_label},
	{CMS_OID_RECEIPT_REQUEST, read_receipt_request},
	{CMS_OID_ML_EXPANSION_HISTORY, read_expansion},
	{CMS_OID_CONTENT_HINT, read_nothing},
	{CMS_OID_MSG_SIG_DIGEST, read_nothing},
	{CMS_OID_CONTENT_IDENTIFIER, read_nothing},
	{CMS_OID_EQUIVALENT_LABELS, read_nothing},
	{CMS_OID_CONTENT_REFERENCE, read_nothing},
	{CMS_OID_ORIGINATOR_RULES, read_nothing},
};

/* Attribute ::= SEQUENCE { attrType OID, attrValues SET OF AttributeValue } */
static bool
next_attribute(BaseBytes *in, BaseBytes *oid, BaseBytes *values)
{
	BaseBytes one;
	return cms_ber_value(in, CMS_TAG_SEQUENCE, &one) && cms_ber_oid(&one, oid) &&
	       cms_ber_value(&one, CMS_TAG_SET, values) && one.n == 0;
}

/* The whole TLV of the only value of a SET OF. */
static bool
only_value(BaseBytes values, BaseBytes *value)
{
	CmsTlv tlv;
	if (!cms_ber_next(&values, &tlv) || values.n != 0) {
		return false;
	}
	*value = tlv.whole;
	return true;
}

static bool
read_one(BaseBytes oid, BaseBytes values, guint *seen, CmsAttributes *out)
{
	CmsOid known = cms_oid_find(oid);
	for (size_t i = 0; i < G_N_ELEMENTS(readers); i++) {
		if (readers[i].oid != known) {
			continue;
		}
		BaseBytes value;
		bool again = (*seen & (1U << i)) != 0;
		*seen |= 1U << i;
		return !again && only_value(values, &value) && readers[i].read(value, out);
	}
	out->unknown++;
	return true;
}

bool
cms_attr_parse(BaseBytes attributes, CmsAttributes *out)
{
	CmsAttributes found = {.signing_time = INT64_MIN};
	guint seen = 0;
	BaseBytes oid;
	BaseBytes values;
	while (attributes.n > 0) {
		if (!next_attribute(&attributes, &oid, &values) ||
		    !read_one(oid, values, &seen, &found)) {
			return false;
		}
	}
	*out = found;
	return true;
}

bool
cms_attr_find(BaseBytes attributes, BaseBytes wanted, BaseBytes *value)
{
	BaseBytes oid;
	BaseBytes values;
	BaseBytes match = {0};
	guint n = 0;
	while (attributes.n > 0) {
		if (!next_attribute(&attributes, &oid, &values)) {
			return false;
		}
		if (base_bytes_equal(oid, wanted)) {
			n++;
			match = values;
		}
	}
	return n == 1 && only_value(match, value);
}

bool
cms_attr_may_be_unsigned(BaseBytes attributes)
{
	BaseBytes oid;
	BaseBytes values;
	while (attributes.n > 0 && next_attribute(&attributes, &oid, &values)) {
		CmsOid known = cms_oid_find(oid);
		if (known == CMS_OID_CONTENT_TYPE || known == CMS_OID_MESSAGE_DIGEST ||
		    known == CMS_OID_SIGNING_TIME) {
			return false;
		}
	}
	return true;
}
