/* SPDX-License-Identifier: MPL-2.0 */
/* What a certificate authority proves about the holder (CA/Browser Forum, S/MIME Baseline
 * Requirements section 7.1.6.1): the only names that may be shown as more than claims. */
#pragma once

#include "cert/path.h"

typedef enum {
	CERT_PROOF_NONE,         /* nothing: no trusted path, or policies that contradict */
	CERT_PROOF_MAILBOX,      /* the address alone */
	CERT_PROOF_ORGANIZATION, /* and the organization */
	CERT_PROOF_SPONSOR,      /* and the organization and a person in it */
	CERT_PROOF_INDIVIDUAL,   /* and the person */
} CertProofKind;

/* "none", "mailbox", "organization", "sponsor", "individual"; static. */
const char *cert_proof_kind_name(CertProofKind kind);

#define CERT_PROOF_TEXT_MAX 128U /* characters of one name */

/* Names are clean for display: UTF-8 without control, format (bidi, joiners) and private-use
 * characters, single blanks, at most CERT_PROOF_TEXT_MAX characters. NULL: not proven. */
typedef struct {
	CertProofKind kind;
	char *organization; /* ORGANIZATION and SPONSOR always, others never */
	char *key;          /* with @organization: what may be compared with other certificates */
	char *person;       /* SPONSOR and INDIVIDUAL always, others never */
} CertProof;

void cert_proof_clear(CertProof *proof);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CertProof, cert_proof_clear)

/*
 * What @path proves about its leaf; NONE unless it is CERT_CHAIN_TRUSTED. The leaf's reserved
 * policies (2.23.140.1.5.TYPE.GENERATION) decide:
 * - exactly one that holds for all of the path: its type, less what the subject does not name, or
 *   names twice;
 * - one that the authorities above do not allow: MAILBOX;
 * - none: MAILBOX; under an anchor of the user's own (@users_own) ORGANIZATION if the subject names
 *   one: who adds the authority of a company believes its word about the company;
 * - several, or one of an unknown type: NONE.
 */
void cert_proof_of(const CertPath *path, bool users_own, CertProof *out);

/*
 * CertProof.key tells who stands for the name, too: all authorities that keep the Forum's rules
 * mean the same organization by it, so there it is the name alone; the word of an authority that
 * the user added holds for its own certificates only, whatever policies they claim, so there the
 * fingerprint of the anchor follows. This is the name in @key, for people. (transfer full)
 */
char *cert_proof_key_name(const char *key);
