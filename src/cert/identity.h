/* SPDX-License-Identifier: MPL-2.0 */
/* The keys and certificates of one account: a personal root and leaves under it (design
 * section 3.1). */
#pragma once

#include "cert/info.h"

typedef enum {
	CERT_PROFILE_COMPATIBLE, /* RSA-3072, one leaf */
	CERT_PROFILE_RSA2048,    /* one leaf */
	CERT_PROFILE_P256,       /* one leaf, digitalSignature and keyAgreement */
	CERT_PROFILE_MODERN,     /* Ed25519 to sign, X25519 to encrypt */
	CERT_PROFILE_IMPORTED,   /* somebody else's CA made it */
} CertProfile;

/* "compatible", "rsa2048", "p256", "modern", "imported"; static. */
const char *cert_profile_name(CertProfile profile);
bool cert_profile_parse(const char *name, CertProfile *out);

/* Immutable and shared; all fields are read-only. */
typedef struct {
	char *address; /* normalised */
	CertProfile profile;
	CertInfo *root; /* the personal root; imported: the self-signed end of the chain, or NULL */
	EVP_PKEY *root_key; /* NULL if it is not here (imported) */
	CertInfo *sign;
	EVP_PKEY *sign_key;
	CertInfo *encrypt; /* the very @sign where one leaf serves both */
	EVP_PKEY *encrypt_key;
	GPtrArray *others; /* CertInfo: intermediates of an imported chain; empty otherwise */
	gatomicrefcount refs;
} CertIdentity;

/*
 * A new root and leaves for @address, valid from one day before @now. @display_name (or NULL) is
 * what people read in the root's name. PS_ERROR_ARGUMENT if @address is no address or @profile is
 * IMPORTED, PS_ERROR_CRYPTO. RSA-3072 takes a fraction of a second.
 */
CertIdentity *cert_identity_new(const char *address, const char *display_name, CertProfile profile,
				int64_t now, GError **error);

/* New keys and leaves under the root of @old; PS_ERROR_UNAVAILABLE without its key or after its
 * end. */
CertIdentity *cert_identity_renew(const CertIdentity *old, CertProfile profile, int64_t now,
				  GError **error);

/*
 * Puts together what a store kept; every object is referenced. @encrypt and @encrypt_key NULL mean
 * those of
 * @sign; @root, @root_key and @others may be NULL. PS_ERROR_ARGUMENT if a key does not belong to
 * its certificate or a leaf does not name @address.
 */
typedef struct {
	const char *address;
	CertProfile profile;
	const CertInfo *root;
	EVP_PKEY *root_key;
	const CertInfo *sign;
	EVP_PKEY *sign_key;
	const CertInfo *encrypt;
	EVP_PKEY *encrypt_key;
	GPtrArray *others;
} CertIdentityParts;

CertIdentity *cert_identity_assemble(const CertIdentityParts *parts, GError **error);

CertIdentity *cert_identity_ref(const CertIdentity *identity);
void cert_identity_unref(CertIdentity *identity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertIdentity, cert_identity_unref)

/*
 * A leaf under the root of @identity that signs drafts and nothing else: no program takes it for
 * one that may sign mail. PS_ERROR_UNAVAILABLE without the root's key, PS_ERROR_CRYPTO.
 */
bool cert_identity_drafts(const CertIdentity *identity, int64_t now, CertInfo **leaf,
			  EVP_PKEY **key, GError **error);

/* When two thirds of its life are over. */
int64_t cert_renewal_due(const CertInfo *leaf);
