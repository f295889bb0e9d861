/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Reads any CMS ContentInfo as it comes, DER or BER: the content octets flow through (hashed,
 * decrypted or inflated), all else is small and kept. Broken CMS is a result, never a GError; only
 * a failure of the sink given by the content hook is one.
 */
#pragma once

#include "cms/recipient.h"
#include "cms/signed.h"

typedef struct CmsReader CmsReader;

typedef struct {
	CmsKind kind;
	CmsOid inner;  /* eContentType or the encrypted contentType */
	guint digests; /* CMS_KIND_SIGNED: CMS_DIGEST_BIT of each announced */
} CmsReaderInfo;

typedef struct {
	/*
	 * Asked at most once, when content octets begin and can be read (a key was found, the
	 * cipher is allowed): where the signed, decrypted or decompressed octets go. Borrowed;
	 * never finished by the reader. NULL: to nobody. Decrypted octets are NOT authenticated
	 * until the result says so.
	 */
	BaseSink *(*content)(void *user, const CmsReaderInfo *info);
	/* NULL: no keys, everything sealed ends as CMS_ENCRYPTION_NO_KEY. */
	CmsKeyHook key;
} CmsReaderHooks;

typedef struct {
	bool present; /* the kind is ENVELOPED or AUTH_ENVELOPED */
	CmsKind kind;
	const char *cipher; /* "aes-256-gcm" as in the verdict; "unknown"; static */
	bool authenticated; /* an AEAD whose tag held */
	bool weak;          /* 3DES and its like: readable, but no longer enough */
	CmsEncryptionReason reason;
} CmsReaderEncryption;

typedef struct {
	CmsKind kind;
	bool malformed; /* broken, cut off or over a limit */
	bool too_large; /* what is malformed about it is its size */
	CmsOid inner;
	bool has_content;
	CmsSignedData *signed_data; /* CMS_KIND_SIGNED and !malformed; borrowed: cms_signed_ref() to
				       keep */
	guint digests;              /* CMS_DIGEST_BIT of each in @digest */
	uint8_t digest[CMS_N_DIGESTS][CMS_DIGEST_MAX]; /* of the content, by CmsDigest */
	CmsReaderEncryption encryption;
	bool again; /* run the same octets once more with the same recall: only now is known how */
} CmsReaderResult;

/* @recall (may be NULL) and @user must outlive the reader; @hooks is copied. */
CmsReader *cms_reader_new(CmsRecall *recall, const CmsReaderHooks *hooks, void *user);
void cms_reader_free(CmsReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CmsReader, cms_reader_free)

/* Where the octets of the ContentInfo go; borrowed. After finish() the result is ready. Octets
 * after the end of the ContentInfo are ignored (line ends and padding follow it in practice). */
BaseSink *cms_reader_sink(CmsReader *reader);

/* Borrowed; valid after finish() of the sink, until the reader is freed. */
const CmsReaderResult *cms_reader_result(const CmsReader *reader);

/* What @result computed of the content with @digest; empty if it did not. */
BaseBytes cms_reader_digest(const CmsReaderResult *result, CmsDigest digest);
