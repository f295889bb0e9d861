/* SPDX-License-Identifier: MPL-2.0 */
/* KeyTransRecipientInfo: content keys under RSA (RFC 3370 section 4.2.1, RFC 3560). */
#pragma once

#include "cms/recipient.h"

typedef enum {
	CMS_KTRI_UNKNOWN, /* an algorithm that we cannot do */
	CMS_KTRI_V15,
	CMS_KTRI_OAEP,
} CmsKtriScheme;

/* One recipient as read; all borrowed. */
typedef struct {
	CmsKtriScheme scheme;
	BaseBytes parameters;    /* of OAEP, whole; empty if absent */
	BaseBytes encrypted_key; /* the OCTET STRING with its tag */
} CmsKtri;

/* Takes issuerAndSerialNumber off @in. */
bool cms_rid_take(BaseBytes *in, CmsRecipientId *out);

/* Reads the content octets of a KeyTransRecipientInfo; false if malformed. */
bool cms_ktri_parse(BaseBytes value, CmsKtri *out, CmsRecipientId *rid);

/*
 * Unwraps a content key of exactly @n octets into @cek, which holds a random key before: nothing
 * that happens here, neither outcome nor time, tells whether it was replaced (RFC 3218
 * section 2.3.2).
 */
void cms_ktri_unwrap(const CmsKtri *ktri, EVP_PKEY *key, uint8_t *cek, size_t n);
