/* SPDX-License-Identifier: MPL-2.0 */
/*
 * SignedData, written (RFC 5652 section 5, profile of RFC 8551). A CmsSigner is one identity:
 * everything that does not change from message to message is encoded once, so that signing costs
 * little more than hash and signature. Not for more than one thread at a time.
 */
#pragma once

#include "cms/alg.h"
#include "cms/digest.h"

typedef struct CmsSigner CmsSigner;

typedef struct {
	CmsScheme scheme; /* CMS_SCHEME_UNKNOWN: by the key; CMS_SCHEME_RSA_PSS for an RSA key */
	GBytes *capabilities;    /* DER SMIMECapabilities; NULL: not announced */
	GBytes *encryption_cert; /* DER; named in SMIMEEncryptionKeyPreference; NULL: attribute
				    absent */
	GPtrArray *crls;         /* of GBytes, DER; NULL: none */
} CmsSignerOptions;

/*
 * @key and @leaf_der belong together; @other_certs (GBytes, DER; may be NULL) and @leaf_der go into
 * the message, in DER order, duplicates left out. @options may be NULL. Nothing is kept of the
 * arguments but references. PS_ERROR_ARGUMENT: key and certificate do not match;
 * PS_ERROR_MALFORMED; PS_ERROR_UNSUPPORTED: a key that cannot sign.
 */
CmsSigner *cms_signer_new(EVP_PKEY *key, GBytes *leaf_der, GPtrArray *other_certs,
			  const CmsSignerOptions *options, GError **error);
void cms_signer_free(CmsSigner *signer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CmsSigner, cms_signer_free)

/* The digest that the content must be hashed with: SHA-256, or SHA-384/512 for P-384/P-521, SHA-512
 * for Ed25519. */
CmsDigest cms_signer_digest(const CmsSigner *signer);
/* "sha-256"; static. */
const char *cms_signer_micalg(const CmsSigner *signer);
CmsScheme cms_signer_scheme(const CmsSigner *signer);

/*
 * Signed attributes (GBytes, each a DER Attribute) for the messages signed from now on; NULL: none
 * again. The array is referenced, its content must not change.
 */
void cms_signer_set_extra(CmsSigner *signer, GPtrArray *attributes);

/* Detached: a complete DER ContentInfo without eContent. @content_digest as cms_signer_digest()
 * says. (transfer full); PS_ERROR_CRYPTO. */
GBytes *cms_signer_sign(CmsSigner *signer, BaseBytes content_digest, int64_t signing_time,
			GError **error);

/* Opaque: the same with @content inside. */
GBytes *cms_signer_sign_opaque(CmsSigner *signer, BaseBytes content, int64_t signing_time,
			       GError **error);

/*
 * Opaque, streaming: a filter that takes the content and writes the ContentInfo to @next; the
 * signature is made in finish(). With @content_length >= 0 the outcome is DER and exactly so many
 * octets must come (PS_ERROR_ARGUMENT otherwise); with -1 it is BER with indefinite lengths. The
 * signer must outlive the filter, and may sign other messages meanwhile.
 */
BaseSink *cms_signer_new_opaque(CmsSigner *signer, BaseSink *next, int64_t signing_time,
				gint64 content_length, GError **error);

/* SignedData without signers that only carries @certs (GBytes, DER); (transfer full). */
GBytes *cms_certs_only(GPtrArray *certs);
