/* SPDX-License-Identifier: MPL-2.0 */
/* What reading sealed mail hands around: whom it is for, with which key, and with what outcome. */
#pragma once

#include "base/sink.h"
#include <openssl/evp.h>

/* The outermost CMS content type. */
typedef enum {
	CMS_KIND_OTHER,
	CMS_KIND_SIGNED,
	CMS_KIND_ENVELOPED,
	CMS_KIND_AUTH_ENVELOPED,
	CMS_KIND_COMPRESSED,
} CmsKind;

typedef enum {
	CMS_RECIPIENT_KTRI, /* RSA */
	CMS_RECIPIENT_KARI, /* ECDH, X25519 */
} CmsRecipientKind;

/* Names the certificate of one recipient; either issuer and serial, or ski. Borrowed. */
typedef struct {
	CmsRecipientKind kind;
	BaseBytes issuer; /* DER Name, tag included; empty if by ski */
	BaseBytes serial; /* content octets of the INTEGER */
	BaseBytes ski;    /* octets of the subject key identifier; empty if by issuer and serial */
} CmsRecipientId;

typedef struct {
	EVP_PKEY *key; /* borrowed from whoever answered; must live as long as the reader */
} CmsPrivateKey;

/* Looks up an own private key; false: not ours. Fills @out only on true. */
typedef bool (*CmsKeyHook)(void *user, const CmsRecipientId *rid, CmsPrivateKey *out);

/* encryption.reason of the verdict. */
typedef enum {
	CMS_ENCRYPTION_OK,
	CMS_ENCRYPTION_NONE,
	CMS_ENCRYPTION_NO_KEY,
	CMS_ENCRYPTION_NOT_AUTHENTICATED, /* tag or padding */
	CMS_ENCRYPTION_MALFORMED,
	CMS_ENCRYPTION_WEAK_ALGORITHM,
	CMS_ENCRYPTION_UNSUPPORTED_ALGORITHM,
	CMS_ENCRYPTION_NOT_AT_ROOT,
	CMS_ENCRYPTION_TOO_LARGE,
} CmsEncryptionReason;

/* "ok", "none", "no-key", "not-authenticated", ... */
const char *cms_encryption_reason_name(CmsEncryptionReason reason);

/*
 * The memory between passes over the same CMS value: since ciphertext is read twice (check, then
 * release), the second pass need not do the private-key operation again. One per CMS value; never
 * reuse it for another one.
 */
typedef struct {
	bool have_cek;
	uint8_t cek[64];
	size_t cek_n;
	guint tried; /* matching recipients whose key did not open the value; the next one is due */
	/* authAttrs with the tag SET OF, which follow the content but are authenticated before it.
	 * NULL: not known yet, or there are none. */
	GBytes *aad;
	bool have_aad; /* a pass reached the end, so that @aad is certain */
} CmsRecall;

/* Whether @start, the first octets of a CMS value (a hundred do), begins EnvelopedData or
 * AuthEnvelopedData, in DER or BER: a look before anything is read. */
bool cms_starts_enveloped(BaseBytes start);

CmsRecall *cms_recall_new(void);
/* Wipes the key. */
void cms_recall_free(CmsRecall *recall);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CmsRecall, cms_recall_free)
