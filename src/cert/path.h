/* SPDX-License-Identifier: MPL-2.0 */
/* Who vouches for a certificate: paths to anchors (RFC 5280 section 6) and the personal root. */
#pragma once

#include "cert/info.h"

/* signer.chain of the verdict. */
typedef enum {
	CERT_CHAIN_UNKNOWN, /* not looked at, or could not be */
	CERT_CHAIN_TRUSTED,
	CERT_CHAIN_PINNED, /* never from cert_path_check */
	CERT_CHAIN_UNTRUSTED,
	CERT_CHAIN_EXPIRED,
	CERT_CHAIN_NOT_YET_VALID,
	CERT_CHAIN_REVOKED,
	CERT_CHAIN_INVALID,
} CertChain;

/* "trusted", "pinned", "untrusted", "expired", "not-yet-valid", "revoked", "invalid", "unknown";
 * static. */
const char *cert_chain_name(CertChain chain);

/* Certificates that may vouch; immutable, shared between threads. */
typedef struct CertAnchors CertAnchors;

/* @certs: CertInfo, referenced; may be empty or NULL. An anchor need not be self-signed. */
CertAnchors *cert_anchors_new(GPtrArray *certs);
unsigned cert_anchors_count(const CertAnchors *anchors);
CertAnchors *cert_anchors_ref(CertAnchors *anchors);
void cert_anchors_unref(CertAnchors *anchors);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertAnchors, cert_anchors_unref)

/* The anchor that signed @crl; NULL if none did. Lent by @anchors. */
const CertInfo *cert_anchors_crl_signer(const CertAnchors *anchors, BaseBytes crl);

typedef struct {
	CertChain chain;
	bool weak; /* RSA below 2048 bits, SHA-1 or MD5 on the path: then never trusted */
	bool revocation_unknown; /* no current CRL for some certificate of the path */
	const char *reason;      /* libcrypto's words for what is wrong, static; NULL if nothing */
	GPtrArray *path;         /* CertInfo from the leaf up, as far as it could be built */
	CertInfo *root;          /* the anchor; NULL unless the path reached one */
	GPtrArray *policies; /* char *: dotted OIDs of the policies that hold for all of the path
				(RFC 5280 section 6.1.6); empty unless TRUSTED */
	int64_t valid_until; /* from @at until before then this answer stays the same, as long as
				the same certificates, anchors and CRLs are there: the earliest
				notAfter of the path and nextUpdate of a CRL used, or a beginning
				that is to come; INT64_MAX if no clock changes it */
} CertPath;

void cert_path_clear(CertPath *path);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CertPath, cert_path_clear)

/*
 * Looks for a path from @leaf over @others (GBytes DER, may be NULL; unreadable ones are skipped,
 * at most BASE_LIMIT_CERTS are looked at) to an anchor at @at, for signing mail, or for encrypting
 * it where that is all @leaf may do. @crls: GBytes DER, may be NULL, those by none of the
 * path are passed over; a revocation found counts unless a newer list takes it back, even if its
 * list has run out; a missing CRL only sets revocation_unknown. Always fills @out; never fetches
 * anything.
 */
void cert_path_check(const CertInfo *leaf, GPtrArray *others, const CertAnchors *anchors,
		     GPtrArray *crls, int64_t at, CertPath *out);

/* Initial values of RFC 5280 section 6.1.1; mail has no use for others than these: any policy. */
typedef struct {
	const char *const *policies; /* dotted OIDs, NULL at the end; NULL: any policy */
	bool explicit_policy;
	bool inhibit_mapping;
	bool inhibit_any;
} CertPathPolicies;

/* The arguments of cert_path_check() together. */
typedef struct {
	const CertInfo *leaf;
	GPtrArray *others;
	const CertAnchors *anchors;
	GPtrArray *crls;
	int64_t at;
	CertPathPolicies initial;
} CertPathQuery;

/* The same with initial policies. */
void cert_path_query(const CertPathQuery *query, CertPath *out);

/*
 * Our own shape, cheap: PINNED if @root (self-signed, CA, keyCertSign) issued @leaf (no CA), both
 * are valid at
 * @at and every address of the leaf is inside the root's name constraints: it holds if @root is
 * pinned. EXPIRED, NOT_YET_VALID or INVALID otherwise. A self-signed leaf is its own root: pass it
 * twice.
 */
CertChain cert_personal_check(const CertInfo *leaf, const CertInfo *root, int64_t at);

/* Of @others (GBytes DER) the one that issued @leaf as a personal root, or NULL; (transfer full).
 */
CertInfo *cert_personal_root(const CertInfo *leaf, GPtrArray *others);

/* True if @root may vouch for one mailbox only: our shape (design.md 3.1). Without a constraint,
 * which a local part beyond ASCII cannot have, @leaf has to name that one mailbox. */
bool cert_root_is_personal(const CertInfo *root, const CertInfo *leaf);

/* Of @others (GBytes DER) a CA that issued @leaf and may issue it, self-signed or not; NULL
 * without; (transfer full). Says nothing about who vouches for that CA, nor about time. */
CertInfo *cert_issuing_ca(const CertInfo *leaf, GPtrArray *others);
