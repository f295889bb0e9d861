/* SPDX-License-Identifier: MPL-2.0 */
/* The revocation list of a personal root (RFC 5280 section 5). */
#pragma once

#include "cert/identity.h"

typedef enum {
	CERT_CRL_UNUSABLE, /* no CRL, not by this root, broken, or from the future */
	CERT_CRL_CLEAR,
	CERT_CRL_REVOKED,
} CertCrl;

/*
 * A CRL v2 by the root of @identity that revokes @leaves (CertInfo) for keyCompromise at @now; good
 * until the end of the root. PS_ERROR_UNAVAILABLE without the root's key.
 */
GBytes *cert_crl_new(const CertIdentity *identity, GPtrArray *leaves, int64_t now, GError **error);

/*
 * What @crl says about @leaf at @at; checked with the key of @root. An old CRL still revokes.
 */
CertCrl cert_crl_revokes(BaseBytes crl, const CertInfo *root, const CertInfo *leaf, int64_t at);
