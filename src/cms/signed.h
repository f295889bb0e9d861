/* SPDX-License-Identifier: MPL-2.0 */
/* SignedData, read (RFC 5652 section 5.1): parts as views, attributes understood, nothing judged
 * yet. */
#pragma once

#include "base/limits.h"
#include "cms/attr.h"

typedef struct {
	/* SignerIdentifier: by issuer and serial, or by ski */
	BaseBytes issuer; /* DER Name, tag included */
	BaseBytes serial; /* content octets of the INTEGER */
	BaseBytes ski;
	CmsDigest digest;
	BaseBytes digest_algorithm;    /* AlgorithmIdentifier, whole */
	CmsSignatureAlg alg;           /* alg.digest is UNKNOWN if the algorithm names none */
	CmsScheme scheme;              /* == alg.scheme */
	BaseBytes signature_algorithm; /* AlgorithmIdentifier, whole */
	bool has_signed_attrs;
	BaseBytes signed_attrs; /* content octets of the SET */
	CmsAttributes attrs;    /* valid if !malformed and has_signed_attrs */
	BaseBytes signature;
	bool malformed; /* this SignerInfo breaks its grammar or the rules for attributes */
} CmsSignerInfo;

typedef struct {
	BaseBytes content_type; /* eContentType, OID octets */
	CmsOid content_oid;     /* what it is */
	bool has_content;       /* eContent is present */
	BaseBytes content; /* primitive eContent that lay in memory; empty when read as a stream */
	guint digests;     /* CMS_DIGEST_BIT of each known digestAlgorithm announced */
	BaseBytes *certs;  /* X.509 certificates, DER; other kinds are left out */
	guint n_certs;
	BaseBytes *crls;
	guint n_crls;
	CmsSignerInfo *signers;
	guint n_signers;
} CmsSignedData;

/*
 * Reads a whole ContentInfo { SignedData } lying in memory, in DER or in BER with definite or
 * indefinite lengths; @cms is referenced. eContent, if any, may be primitive or constructed (then
 * it is joined). PS_ERROR_MALFORMED, PS_ERROR_LIMIT; PS_ERROR_UNSUPPORTED if it is another content
 * type.
 */
CmsSignedData *cms_signed_parse(GBytes *cms, GError **error);

CmsSignedData *cms_signed_ref(CmsSignedData *sd);
void cms_signed_unref(CmsSignedData *sd);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CmsSignedData, cms_signed_unref)

/* For the streaming reader: the parts as whole TLVs (certificates, crls may be NULL); references
 * are taken. NULL if malformed or over a limit. */
typedef struct {
	uint64_t version;
	BaseBytes content_type;
	bool has_content;
	GBytes *digest_algorithms;
	GBytes *certificates;
	GBytes *crls;
	GBytes *signer_infos;
} CmsSignedParts;

CmsSignedData *cms_signed_from_parts(const CmsSignedParts *parts);
