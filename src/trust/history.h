/* SPDX-License-Identifier: MPL-2.0 */
/* What was known about the signer before this message: the verdict's history. */
#pragma once

#include "trust/harvest.h"

#define TRUST_BIND_MESSAGES 3
#define TRUST_BIND_DAYS     3
#define TRUST_BIND_SPAN     (INT64_C(7) * 86400) /* seconds from the first to the last of them */

typedef enum {
	TRUST_HISTORY_NONE,     /* not signed */
	TRUST_HISTORY_FIRST,    /* no signature by this identity came before */
	TRUST_HISTORY_NEW,      /* some came, but the pin does not bind yet */
	TRUST_HISTORY_SAME,     /* the pin, and it binds */
	TRUST_HISTORY_CHANGED,  /* another identity than the pinned one: see `contested` */
	TRUST_HISTORY_CONFLICT, /* two identities, both aligned, and the pin did not bind */
} TrustHistoryState;

const char *trust_history_state_name(TrustHistoryState state); /* as in cli.md: "none", ... */

typedef struct {
	TrustHistoryState state;
	bool binds;         /* this pin may make a valid signature `verified` */
	bool refused;       /* the person refused this identity */
	bool verified;      /* the person compared it */
	bool accepted;      /* the person accepted it */
	bool vouched;       /* the pin before, which bound, handed over to this identity */
	bool contested;     /* with CHANGED: it puts the pin in question (warning key-changed); if
			       not, it is a mere candidate (candidate-key). True with CONFLICT */
	bool usually_signs; /* the address, in the 180 days before: at least 5 direct and aligned
			       messages on 5 days, 80 % of them signed (others neither earn this nor
			       lose it); or, where little can be seen to be aligned, direct ones
			       that are signed and proven on 5 days, and on 80 % of the days with
			       such ones or unsigned ones. So a flood on one day changes one day,
			       but without a server to ask forgeries on many days wear the habit
			       down */
	bool habit_is_ca; /* it is the habit of a CA signer, over all mail programs (a warning); if
			     not, of a personal key with this mail program (a note) */
	int64_t messages; /* signed by this identity before this one: "the 10th time" has 9 */
	int64_t days;
	int64_t first_seen; /* 0: none before */
	int64_t last_seen;
	/* Signed by a mailbox that a trusted CA certified for the same organization, before this
	 * one, itself included; 0 without an organization. */
	int64_t org_messages;
	int64_t org_days; /* at least so many */
	int64_t org_first;
} TrustHistory;

typedef struct {
	const char *address;
	const char *root_fingerprint; /* NULL: no valid signature */
	const char *message_key;      /* as in TrustSighting */
	int64_t received; /* as in TrustSighting; 0: unknown, all that is known came before */
	StoreKind kind;   /* of the signer; of no meaning without root_fingerprint */
	bool aligned;
	bool teaches_nothing; /* junk, a report, signed in the future...: it will not be learned, so
			       * it is no evidence
			       */
	const char *organization; /* as in TrustSighting */
	const TrustHandover *handovers;
	size_t n_handovers;
	const char *program; /* as in TrustSighting */
} TrustMessage;

/*
 * All of it is as it was before this message came, but for what the message itself is evidence of
 * (a hand-over, another key). So learning the message changes nothing, and neither do later ones,
 * but that a hand-over settles what two keys contested, and that a better copy (see
 * store_sighting_add()) may show that a message was aligned or direct; a decision of the person
 * does.
 */
bool trust_history(Store *store, const TrustMessage *message, TrustHistory *out, GError **error);

/* True if the pin binds now, by what has been seen so far: for lists and recipients. */
bool trust_binds(const StoreIdentity *identity, const StorePeer *peer);
