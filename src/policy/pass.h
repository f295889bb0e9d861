/* SPDX-License-Identifier: MPL-2.0 */
/* Messages that pass untouched: facts about a message -> reason (design.md 3.2, last line of the
 * forms). */
#pragma once

#include "base/bytes.h"

typedef struct {
	bool is_protected; /* already signed or encrypted (S/MIME or OpenPGP) */
	bool null_sender;  /* envelope from <>, or From without an address */
	bool report;       /* multipart/report */
	bool mdn;          /* message/disposition-notification */
	bool auto_reply;   /* Auto-Submitted other than no */
	bool acme;         /* an answer to an RFC 8823 challenge */
	bool resent;       /* a Resent redirect */
	bool foreign_from; /* From is not the account's */
} PolicyPassFacts;

/* NULL if the message is to be protected, else one static word: already-protected, null-sender,
 * report, mdn, auto-reply, acme, resent, foreign-from. */
const char *policy_pass_reason(const PolicyPassFacts *facts);
