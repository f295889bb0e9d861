/* SPDX-License-Identifier: MPL-2.0 */
/* Does a signature hold? Mathematics and the rules of CMS; who the signer is is not asked here. */
#pragma once

#include "cms/signed.h"

/* signature.reason of the verdict; the last three but one are found by other layers. */
typedef enum {
	CMS_SIGNATURE_OK,
	CMS_SIGNATURE_NONE,
	CMS_SIGNATURE_DIGEST_MISMATCH,
	CMS_SIGNATURE_BAD,
	CMS_SIGNATURE_NO_SIGNER_CERTIFICATE,
	CMS_SIGNATURE_MALFORMED,
	CMS_SIGNATURE_WEAK_ALGORITHM,
	CMS_SIGNATURE_SEVERAL_SIGNERS,
	CMS_SIGNATURE_CONTENT_CONFLICT,
	CMS_SIGNATURE_NOT_AT_ROOT,
	CMS_SIGNATURE_WRONG_USAGE,
	CMS_SIGNATURE_SIGNING_TIME_MISMATCH,
	CMS_SIGNATURE_UNSUPPORTED_ALGORITHM,
} CmsSignatureReason;

/* "ok", "none", "digest-mismatch", "bad-signature", ... */
const char *cms_signature_reason_name(CmsSignatureReason reason);

/*
 * Judges the signature @si of @sd (RFC 5652 section 5.6, RFC 8551, RFC 5035, RFC 6211).
 * @content_digest is what we computed over the content with @si->digest; empty if that could not be
 * computed (CMS_SIGNATURE_UNSUPPORTED_ALGORITHM). @si NULL means "no signer": CMS_SIGNATURE_NONE.
 * With more than one signer in @sd the answer is always CMS_SIGNATURE_SEVERAL_SIGNERS.
 * CMS_SIGNATURE_WEAK_ALGORITHM means that the mathematics hold. The content type must be id-data or
 * id-ct-receipt; the caller looks at @sd->content_oid to know which.
 * *@signer_cert (may be NULL): the DER certificate under which it holds (OK and WEAK_ALGORITHM
 * only), else untouched; (transfer full).
 */
CmsSignatureReason cms_verify(const CmsSignedData *sd, const CmsSignerInfo *si,
			      BaseBytes content_digest, CmsKeyCache *cache, GBytes **signer_cert);
