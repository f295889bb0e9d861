/* SPDX-License-Identifier: MPL-2.0 */
/* KeyAgreeRecipientInfo: content keys under ephemeral-static ECDH (RFC 5753, RFC 8418). */
#pragma once

#include "cms/ber.h"
#include "cms/kdf.h"
#include "cms/recipient.h"

/* What all recipients of one KeyAgreeRecipientInfo share, as read; all borrowed. */
typedef struct {
	bool known; /* every algorithm is one that we can do */
	CmsKdf kdf;
	CmsOid wrap;          /* one of the AES wraps */
	BaseBytes key_info;   /* KeyWrapAlgorithm, whole */
	CmsOid originator;    /* the type of the originator's key */
	BaseBytes public_key; /* the originator's, ephemeral: point or 32 octets */
	CmsTlv ukm;           /* the OCTET STRING; tag 0: absent */
} CmsKari;

/* Octets of the key that the wrap algorithm @wrap wants; 0 if it is none. */
size_t cms_kari_kek_size(CmsOid wrap);

/* Reads the content octets of [1] KeyAgreeRecipientInfo; @keys: the elements of
 * recipientEncryptedKeys. False if malformed. */
bool cms_kari_parse(BaseBytes value, CmsKari *out, BaseBytes *keys);

/* Takes one RecipientEncryptedKey off @keys; @encrypted_key is an OCTET STRING with its tag. */
bool cms_kari_next(BaseBytes *keys, CmsRecipientId *rid, BaseBytes *encrypted_key);

/*
 * Unwraps a content key of exactly @n octets into @cek, which holds a random key before and keeps
 * it when anything is wrong.
 */
void cms_kari_unwrap(const CmsKari *kari, BaseBytes encrypted_key, EVP_PKEY *key, uint8_t *cek,
		     size_t n);

/*
 * RFC 5753 section 7.2: the DER of ECC-CMS-SharedInfo. @key_info: an AlgorithmIdentifier, whole;
 * @ukm NULL if absent; @kek_n in octets.
 */
void cms_kari_shared_info(GByteArray *out, BaseBytes key_info, const BaseBytes *ukm, size_t kek_n);
