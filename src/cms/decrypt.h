/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Reading EnvelopedData and AuthEnvelopedData, once the reader has cut them into their fields.
 *
 *	d = cms_decrypt_begin(kind, recipientInfos, contentEncryptionAlgorithm, recall, hook, user,
 *out); base_sink_write(cms_decrypt_sink(d), encryptedContent octets) ... reason =
 *cms_decrypt_end(d, mac, authAttrs); if (reason != CMS_ENCRYPTION_OK && cms_decrypt_again(d)) read
 *the same value once more;
 *
 * Plaintext goes to @out as it comes, before anything is checked: give base_sink_null() until a
 *pass has ended with CMS_ENCRYPTION_OK, then read again with the same CmsRecall and the true sink.
 *
 * Every fault behind the choice of the recipient looks the same (RFC 3218): a key that cannot be
 *unwrapped is replaced by a random one, and the outcome is CMS_ENCRYPTION_NOT_AUTHENTICATED.
 */
#pragma once

#include "cms/cipher.h"
#include "cms/recipient.h"

typedef struct CmsDecrypt CmsDecrypt;

typedef struct {
	CmsOid cipher; /* CMS_OID_UNKNOWN if it could not be read; with CEK-HKDF the inner one */
	bool authenticated; /* the cipher vouches for its content (AEAD) */
	bool weak;          /* 3DES, DES, RC2 */
	bool cek_hkdf;      /* RFC 9709 */
	guint recipients;   /* RecipientInfos in the value, those of unknown kind included */
} CmsDecryptInfo;

/* The fields that come before the content; borrowed. */
typedef struct {
	CmsKind kind;              /* CMS_KIND_ENVELOPED or CMS_KIND_AUTH_ENVELOPED */
	BaseBytes recipient_infos; /* the SET OF with its tag */
	BaseBytes algorithm;       /* contentEncryptionAlgorithm with its tag */
} CmsDecryptHead;

/*
 * @head is read before this returns. @recall and @out are borrowed for the life of the CmsDecrypt;
 * @out may be NULL. Never fails: what is wrong is the outcome of cms_decrypt_end().
 */
CmsDecrypt *cms_decrypt_begin(const CmsDecryptHead *head, CmsRecall *recall, CmsKeyHook hook,
			      void *user, BaseSink *out);
void cms_decrypt_free(CmsDecrypt *decrypt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CmsDecrypt, cms_decrypt_free)

/* Takes the octets of encryptedContent; owned by @decrypt. Fails only as @out fails. */
BaseSink *cms_decrypt_sink(CmsDecrypt *decrypt);

/* What is known from the start; borrowed. */
const CmsDecryptInfo *cms_decrypt_info(const CmsDecrypt *decrypt);

/* CMS_ENCRYPTION_OK while nothing forbids success; otherwise the octets may as well be skipped. */
CmsEncryptionReason cms_decrypt_reason(const CmsDecrypt *decrypt);

/*
 * Ends the content. @mac: the octets of the field mac without its header, empty if absent;
 * @auth_attrs: the field authAttrs with its tag [1] (or SET OF), empty if absent. Flushes the last
 * octets to @out only when the outcome is CMS_ENCRYPTION_OK; if @out then fails, @error is set and
 * the outcome is CMS_ENCRYPTION_MALFORMED.
 */
CmsEncryptionReason cms_decrypt_end(CmsDecrypt *decrypt, BaseBytes mac, BaseBytes auth_attrs,
				    GError **error);

/* After cms_decrypt_end(): true if another pass with the same recall may come to another outcome.
 */
bool cms_decrypt_again(const CmsDecrypt *decrypt);
