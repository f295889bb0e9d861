/* SPDX-License-Identifier: MPL-2.0 */
/* What the files of path validation share; private to this folder. */
#pragma once

#include "cert/path_crl.h"

/* The anchors whose subject may equal @name (RFC 4514 text), CertInfo; NULL if there is none. */
const GPtrArray *cert_anchors_named(const CertAnchors *anchors, const char *name);

/* True if @anchor (its key) signed @info, or is @info under another certificate of the same key.
 * Says nothing about names. */
bool cert_anchor_fits(const CertInfo *anchor, const CertInfo *info);

/*
 * Of @others (CertInfo) those that lie on a way of true signatures from @leaf up to an anchor, the
 * nearest to it first; those on any way up if none leads to an anchor. libcrypto takes the first
 * certificate of the right name and does not come back, so one that somebody put beside the true
 * one would hide it. (transfer full)
 */
GPtrArray *cert_path_issuers(const CertInfo *leaf, const GPtrArray *others,
			     const CertAnchors *anchors);

/* libcrypto's reason if RFC 8550 section 4.4 forbids @path (CertInfo, from the leaf up) to vouch
 * for mail: authorities that are none, uses other than mail, a leaf from after its anchor's last
 * day. X509_V_OK if nothing does. */
int cert_path_mail_error(const GPtrArray *path, const CertAnchors *anchors);

/* True if the name constraints of @ca allow all addresses of @leaf. */
bool cert_ca_permits(const CertInfo *leaf, const CertInfo *ca);

/* The same for all authorities of @path. SmtpUTF8Mailbox counts as RFC 9598 section 6 has it, by
 * A-labels; libcrypto 3.0 compares the U-labels of RFC 8398, and permits no domain with a leading
 * dot. */
bool cert_path_permits(const GPtrArray *path);

/* True if nothing but mail addresses is constrained, so that cert_path_permits() says it all. */
bool cert_path_constrains_mail_only(const GPtrArray *path);

/* False if comparing all names with all name constraints of @leaf and @others (CertInfo) could take
 * long. */
bool cert_names_are_few(const CertInfo *leaf, const GPtrArray *others);

/* char * OIDs of the policies that hold for all of the path. */
GPtrArray *cert_path_policies(X509_STORE_CTX *ctx);

/* As CertPath.valid_until; @crls those that were used. */
int64_t cert_path_valid_until(const GPtrArray *path, const CertPathCrls *crls, int64_t at);
