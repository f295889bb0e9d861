/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Writing EnvelopedData (RFC 5652 section 6) and AuthEnvelopedData (RFC 5083): a filter that takes
 * the content and gives ContentInfo.
 */
#pragma once

#include "base/sink.h"
#include "cms/cipher.h"

/* How the content key travels to one recipient. */
typedef enum {
	CMS_KEY_TRANSPORT_DEFAULT, /* by the key: RSA PKCS #1 v1.5; P-256, P-384: ECDH with X9.63
				      and SHA-256 (RFC 5753); X25519: ECDH with HKDF-SHA256 (RFC
				      8418) */
	CMS_KEY_TRANSPORT_OAEP, /* RSA-OAEP with SHA-256 and MGF1 SHA-256 (RFC 3560); RSA keys only
				 */
} CmsKeyTransport;

/*
 * One recipient, prepared: reusable for any number of messages, one at a time. It may be kept by
 * several owners, but only one thread may use it.
 */
typedef struct CmsRecipient CmsRecipient;

/*
 * Prepares the holder of the certificate @cert_der, who is named by issuer and serial.
 * PS_ERROR_MALFORMED: not a certificate; PS_ERROR_UNSUPPORTED: a key that cannot receive (or not in
 * the way of @how); PS_ERROR_CRYPTO.
 */
CmsRecipient *cms_recipient_new(BaseBytes cert_der, CmsKeyTransport how, GError **error);
CmsRecipient *cms_recipient_ref(CmsRecipient *recipient);
void cms_recipient_unref(CmsRecipient *recipient);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CmsRecipient, cms_recipient_unref)

typedef struct {
	CmsCipher cipher;    /* one that is written; an AEAD makes AuthEnvelopedData */
	bool cek_hkdf;       /* RFC 9709: only where every recipient announced it */
	CmsOid content_type; /* CMS_OID_UNKNOWN: id-data */
} CmsEncryptOptions;

/*
 * A filter from content to ContentInfo. @recipients: at least one CmsRecipient, used at once and
 * not kept. With @content_length (octets) the outcome is DER with definite lengths, and finish()
 * fails with PS_ERROR_ARGUMENT if another number came; -1: BER with indefinite lengths. Octets are
 * passed on in blocks of at most 32 KiB; the key is fresh and random and wiped with the filter.
 * PS_ERROR_ARGUMENT: no recipients, or a cipher that is not written; PS_ERROR_LIMIT;
 * PS_ERROR_CRYPTO.
 */
BaseSink *cms_encrypt_new(BaseSink *next, GPtrArray *recipients, const CmsEncryptOptions *options,
			  gint64 content_length, GError **error);

/* The same at once, always DER; (transfer full). */
GBytes *cms_encrypt(BaseBytes content, GPtrArray *recipients, const CmsEncryptOptions *options,
		    GError **error);
