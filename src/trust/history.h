/* SPDX-License-Identifier: MPL-2.0 */
/* What was known about the signer before this message: the verdict's history. */
#pragma once

#include "store/peer.h"

#define TRUST_BIND_MESSAGES 3
#define TRUST_BIND_DAYS     3
#define TRUST_BIND_SPAN     (INT64_C(7) * 86400) /* seconds from the first to the last of them */

typedef enum {
	TRUST_HISTORY_NONE,     /* not signed */
	TRUST_HISTORY_FIRST,    /* no signature by this identity came before */
	TRUST_HISTORY_NEW,      /* some came, but the pin does not bind yet */
	TRUST_HISTORY_SAME,     /* the pin, and it binds */
	TRUST_HISTORY_CHANGED,  /* another identity than the pinned one */
	TRUST_HISTORY_CONFLICT, /* not yet used */
} TrustHistoryState;

const char *trust_history_state_name(TrustHistoryState state); /* as in cli.md: "none", ... */

typedef struct {
	TrustHistoryState state;
	bool binds;         /* this pin may make a valid signature `verified` */
	bool refused;       /* the person refused this identity */
	bool verified;      /* the person compared it */
	bool accepted;      /* the person accepted it */
	bool usually_signs; /* the address: at least 5 direct aligned messages on 5 days of the last
			       180, 80 % of them signed */
	int64_t messages;   /* signed by this identity before this one: "the 10th time" has 9 */
	int64_t days;
	int64_t first_seen; /* 0: none before */
	int64_t last_seen;
} TrustHistory;

typedef struct {
	const char *address;
	const char *root_fingerprint; /* NULL: no valid signature */
	const char *message_key;      /* as in TrustSighting */
	int64_t received; /* as in TrustSighting; 0: unknown, all that is known came before */
} TrustMessage;

/*
 * All of it is as it was before this message came, so learning the message, or later ones, changes
 * nothing; only a decision of the person does.
 */
bool trust_history(Store *store, const TrustMessage *message, TrustHistory *out, GError **error);

/* True if the pin binds now, by what has been seen so far: for lists and recipients. */
bool trust_binds(const StoreIdentity *identity, const StorePeer *peer);
