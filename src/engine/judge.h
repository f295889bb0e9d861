/* SPDX-License-Identifier: MPL-2.0 */
/* From the layers of a message to the facts about its sender: who signed, does it hold, is it From,
 * what binds it. */
#pragma once

#include "cert/proof.h"
#include "cms/verify.h"
#include "engine/handovers.h"
#include "engine/layers.h"
#include "engine/verdict.h"
#include "mime/address.h"
#include "mime/protect.h"
#include "trust/history.h"
#include "trust/lookalike.h"

typedef struct {
	Layers *layers;
	CmsSignedData *signed_data; /* of the signature that counts; NULL if there is none */
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

	bool header_only; /* the body is not there: nothing may be concluded from it */

	bool may_ask; /* the network about revocation, if the person wants that */

	/* From here on: what judge_sender() finds out. */
	int64_t at;      /* when expiry is judged: frozen at the first sight of the message */
	CertPath path;   /* from the signer to the anchor; empty without one */
	CertProof proof; /* what a trusted issuer vouches for */
	bool aligned;    /* the carriers, or the message it answers, prove the address */
	Handovers *handovers;
	TrustHistory history;
	bool key_travels; /* not signed, but the pinned key came in its header */
	bool outer_shown; /* the From that carriers saw is shown instead of the protected one */
	bool draft;       /* our own, sealed by us (drafts.h) */
	TrustAlike alike; /* what its sender looks like, if that is another */
} Judgement;

/*
 * The first half: what the message itself says. Asks the store for own keys at most, so several
 * threads may do it, each with its engine. @layers is borrowed, checked, and must outlive the
 * judgement.
 */
Judgement *judge_signature(Layers *layers);
/* The second half: what is known of the sender. PS_ERROR_IO and the like of the store. */
bool judge_sender(Judgement *judgement, GError **error);
/* The third: does the sender only look like somebody known? */
bool judge_likeness(Judgement *judgement, GError **error);
/* All three. */
Judgement *judge(Layers *layers, GError **error);
/* Between the halves: nothing binds the key to the From inside, so the one that carriers saw is
 * shown, and the signature is that of somebody else (RFC 9788 section 4.4.3). */
void judge_show_outer_from(Judgement *judgement);
void judgement_free(Judgement *judgement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Judgement, judgement_free)

/* Something binds the key to From: a trusted issuer, or a pin that binds (cli.md). */
bool judgement_binds(const Judgement *judgement);
/* The signature may be counted for From: nothing speaks against its certificate, but that it may
 * have expired after the message came. */
bool judgement_is_sound(const Judgement *judgement);

/* A report, or a machine's answer. */
bool judgement_is_automatic(const Judgement *judgement);
/* Nothing about its author may be learned from it: junk, reports, automatic answers, another From.
 */
bool judgement_teaches_nothing(const Judgement *judgement);

/* The fingerprint that a pin for this signer would hold; NULL without a signer. Borrowed. */
const char *judgement_identity(const Judgement *judgement);

/* Where links in the main text lead, NULL-terminated; NULL for mail of a list, whose links are its
 * own. Free the array only. */
const char **judgement_link_hosts(const Judgement *judgement);

/* (transfer full) */
PsVerdict *judgement_verdict(const Judgement *judgement);
