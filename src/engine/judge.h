/* SPDX-License-Identifier: MPL-2.0 */
/* From the layers of a message to the facts about its sender: who signed, does it hold, is it From,
 * what binds it. */
#pragma once

#include "cert/path.h"
#include "cms/verify.h"
#include "engine/layers.h"
#include "engine/verdict.h"
#include "mime/address.h"
#include "mime/protect.h"
#include "trust/history.h"

typedef struct {
	Layers *layers;
	const CmsSignedData *signed_data; /* of the signature that counts; NULL if there is none */
	const CmsSignerInfo *signer_info;
	CmsSignatureReason reason;
	bool holds; /* the mathematics hold, with strong algorithms, by a certificate that may sign
		       mail */
	CertInfo *signer;  /* NULL unless the mathematics hold */
	CertInfo *root;    /* what a pin would be for; NULL if the message does not bring it */
	GPtrArray *others; /* GBytes: the other certificates of the message */
	StoreKind kind;
	CertChain chain;
	bool names_from; /* the certificate vouches for the protected From */
	MimeProtection *protection;
	char *from; /* normalised protected From; NULL if there is not exactly one */
	char *message_key;
	int64_t date;     /* of the (protected) Date field; INT64_MIN: none */
	int64_t received; /* when it came, as far as known, never later than now */
	bool direct;      /* not by a mailing list */
	TrustHistory history;
} Judgement;

/* @layers is borrowed, checked, and must outlive the judgement. PS_ERROR_IO and the like of the
 * store. */
Judgement *judge(Layers *layers, GError **error);
void judgement_free(Judgement *judgement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Judgement, judgement_free)

/* The fingerprint that a pin for this signer would hold; NULL without a signer. Borrowed. */
const char *judgement_identity(const Judgement *judgement);

/* (transfer full) */
PsVerdict *judgement_verdict(const Judgement *judgement);
