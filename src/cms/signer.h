/* SPDX-License-Identifier: MPL-2.0 */
/* The inside of CmsSigner, shared by the files that write SignedData; for them alone. */
#pragma once

#include "cms/sign.h"

/* The SET OF signed attributes in DER order, whole, with the places of what changes. */
typedef struct {
	GByteArray *set;
	guint time_at;   /* end of the text of signingTime */
	guint digest_at; /* end of the octets of messageDigest */
} CmsSignTemplate;

struct CmsSigner {
	EVP_PKEY *key;
	CmsSignatureAlg alg;
	EVP_PKEY_CTX *context;     /* after sign_init */
	EVP_MD_CTX *message;       /* Ed25519 */
	GByteArray *algorithms;    /* digestAlgorithms, whole */
	GByteArray *carried;       /* certificates and crls, whole */
	GByteArray *head;          /* SignerInfo up to digestAlgorithm */
	GByteArray *signature_alg; /* signatureAlgorithm, whole */
	GByteArray *attributes;    /* fixed attributes one after the other */
	GPtrArray *extra;          /* of GBytes; may be NULL */
	CmsSignTemplate template;  /* with signingTime as UTCTime */
};

/* Is signingTime written as UTCTime at @time, so that the signer's own template fits? */
bool cms_sign_time_is_utc(int64_t time);

/* A new template for @time's form of signingTime, from the attributes that @signer has now. */
CmsSignTemplate cms_sign_template_new(const CmsSigner *signer, int64_t time);
void cms_sign_template_clear(CmsSignTemplate *template);
/* Writes time and digest into their places. */
void cms_sign_template_fill(CmsSignTemplate *template, int64_t time, BaseBytes content_digest);

/* The signature over the filled template. */
bool cms_signer_sign_set(CmsSigner *signer, const GByteArray *set, GByteArray *signature,
			 GError **error);

/* Octets of signerInfos for a signature of @signature_n octets. */
size_t cms_signer_infos_size(const CmsSigner *signer, const GByteArray *set, size_t signature_n);
/* Writes signerInfos. */
void cms_signer_put_infos(const CmsSigner *signer, const GByteArray *set, BaseBytes signature,
			  GByteArray *out);

/* Writes ContentInfo and SignedData up to the content octets, all lengths definite: @content_n < 0
 * means detached; @infos_n is the size of signerInfos. */
void cms_signer_put_front(const CmsSigner *signer, gint64 content_n, size_t infos_n,
			  GByteArray *out);
