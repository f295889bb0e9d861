/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Signed attributes, written and read (RFC 5652 section 11, RFC 8551 section 2.5, RFC 5035, RFC
 * 6211). Writers append one whole Attribute: SEQUENCE { OID, SET OF value }.
 */
#pragma once

#include "cms/alg.h"
#include "cms/key.h"

void cms_attr_put_content_type(GByteArray *out, CmsOid content_type);
void cms_attr_put_message_digest(GByteArray *out, BaseBytes digest);
void cms_attr_put_signing_time(GByteArray *out, int64_t time);
/* @capabilities: DER SMIMECapabilities (caps.h). */
void cms_attr_put_capabilities(GByteArray *out, BaseBytes capabilities);
/* signingCertificateV2 with the SHA-256 of @certificate and its issuerSerial; false if malformed.
 */
bool cms_attr_put_signing_certificate(GByteArray *out, BaseBytes certificate);
/* SMIMEEncryptionKeyPreference { issuerAndSerialNumber } of @certificate; false if malformed. */
bool cms_attr_put_key_preference(GByteArray *out, BaseBytes certificate);
/* CMSAlgorithmProtection { digestAlgorithm, [1] signatureAlgorithm }. */
void cms_attr_put_protection(GByteArray *out, const CmsSignatureAlg *alg);
/* Any other, with one value (a whole TLV). */
void cms_attr_put(GByteArray *out, BaseBytes oid, BaseBytes value);

/* What the signed attributes say; everything borrowed, empty if absent. */
typedef struct {
	BaseBytes content_type;   /* OID octets */
	BaseBytes message_digest; /* octets */
	int64_t signing_time;     /* INT64_MIN: absent */
	BaseBytes capabilities;   /* DER SMIMECapabilities */
	guint caps;               /* CMS_CAP_… of caps.h */
	/* SMIMEEncryptionKeyPreference: by issuer and serial, or by ski */
	bool has_key_preference;
	BaseBytes preference_issuer; /* DER Name, tag included */
	BaseBytes preference_serial; /* content octets */
	BaseBytes preference_ski;
	/* first ESSCertID of signingCertificateV2, else of signingCertificate */
	CmsDigest cert_digest;
	BaseBytes cert_hash;
	/* CMSAlgorithmProtection */
	bool has_protection;
	BaseBytes protected_digest;    /* AlgorithmIdentifier, whole */
	BaseBytes protected_signature; /* the same with its tag [1]; empty: it protects a MAC */
	BaseBytes security_label;      /* ESSSecurityLabel, whole SET */
	BaseBytes receipt_request;     /* ReceiptRequest, whole SEQUENCE */
	bool ml_expansion_history;
	guint unknown; /* attributes that none of the above covers */
} CmsAttributes;

/*
 * Reads the content octets of signedAttrs (SET OF Attribute). False if malformed: a duplicate of
 * one that may come once, several values of one that has one (RFC 8551 section 2.5, RFC 2634
 * section 1.3.4).
 */
bool cms_attr_parse(BaseBytes attributes, CmsAttributes *out);

/* The only value (a whole TLV) of the attribute @oid (content octets); false if absent, or not
 * exactly one. */
bool cms_attr_find(BaseBytes attributes, BaseBytes oid, BaseBytes *value);

/* Whether unsignedAttrs have none of the attributes that must be signed: content type, message
 * digest, signing time (RFC 5652 sections 11.1 to 11.3). */
bool cms_attr_may_be_unsigned(BaseBytes attributes);
