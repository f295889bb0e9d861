/* SPDX-License-Identifier: MPL-2.0 */
/* Keys from keys: X9.63 (RFC 5753), HKDF (RFC 5869, RFC 8418) and CEK-HKDF (RFC 9709). */
#pragma once

#include "base/bytes.h"

typedef enum {
	CMS_KDF_X963_SHA1, /* read only */
	CMS_KDF_X963_SHA224,
	CMS_KDF_X963_SHA256,
	CMS_KDF_X963_SHA384,
	CMS_KDF_X963_SHA512,
	CMS_KDF_HKDF_SHA256,
	CMS_KDF_HKDF_SHA384,
	CMS_KDF_HKDF_SHA512,
	CMS_KDF_COUNT,
} CmsKdf;

#define CMS_KDF_MAX 64 /* octets that are ever asked for */

/*
 * Fills @out with @n (1..CMS_KDF_MAX) octets derived from @secret. X9.63 (SEC 1 section 3.6.1)
 * takes no salt; for HKDF an empty @salt is "none". False only if libcrypto refuses; @out is then
 * not filled.
 */
bool cms_kdf_derive(CmsKdf kdf, BaseBytes secret, BaseBytes salt, BaseBytes info, uint8_t *out,
		    size_t n);

/*
 * RFC 9709 section 2: the key that encrypts, from the key that was wrapped. @algorithm is the DER
 * of the inner AlgorithmIdentifier with its tag; @out holds cek.n octets and may be cek.p.
 */
bool cms_kdf_cek(BaseBytes cek, BaseBytes algorithm, uint8_t *out);
