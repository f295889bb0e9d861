/* SPDX-License-Identifier: MPL-2.0 */
/* Who may vouch for certificates: the roots that Mozilla trusts for mail, and the person's choice.
 */
#pragma once

#include "cert/crl.h"
#include "cert/proof.h"
#include "engine/core.h"

/* "on": issuers are asked over the network about revocation. */
#define ANCHORS_ONLINE_SETTING "online-revocation"

typedef struct {
	const CertInfo *leaf;
	GPtrArray *others; /* GBytes, DER: certificates that came with it; may be NULL */
	GPtrArray *crls;   /* GBytes, DER: lists that came with it; may be NULL */
	int64_t at;
	bool may_ask;  /* the issuers, over the network, if the person wants that */
	bool own_only; /* ask the person's own anchors only: for shapes that no public CA issues */
} AnchorsQuestion;

/* Reads nothing before the first question. */
Anchors *anchors_new(PsEngine *engine);
void anchors_free(Anchors *anchors);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Anchors, anchors_free)

/*
 * As cert_path_check(), with the lists of revoked certificates that are known. What a trusted path
 * said of a certificate is remembered until its first certificate expires. False if nobody vouches:
 * then @out is empty. Anchors that cannot be read count as none.
 */
bool anchors_check(Anchors *anchors, const AnchorsQuestion *question, CertPath *out);

/*
 * Keeps a list of revoked certificates, beside others of its issuer's name: only a newer one by the
 * same of @signers (CertInfo, may be NULL) takes the place of an older one, so that a forged one
 * takes nobody's. One that cannot be concluded from (cert_crl_usable()) is passed over.
 * PS_ERROR_MALFORMED, PS_ERROR_LIMIT, and the store's.
 */
bool anchors_keep_crl(Anchors *anchors, BaseBytes crl, const GPtrArray *signers, GError **error);

/* Anchors or lists of revoked certificates changed. */
void anchors_forget(Anchors *anchors);

/* What the issuers of a trusted path vouch for beside the mailbox. */
void anchors_proof(Anchors *anchors, const CertPath *path, CertProof *out);
