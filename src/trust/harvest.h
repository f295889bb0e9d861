/* SPDX-License-Identifier: MPL-2.0 */
/* What a message teaches about its sender (design.md 3.3). */
#pragma once

#include "base/clock.h"
#include "store/peer.h"

#define TRUST_SKEW       INT64_C(600) /* seconds a signing time may lie in the future */
#define TRUST_LEAF_AHEAD BASE_DAY     /* a notBefore may lie in the future */
#define TRUST_HANDOVERS  4            /* looked at in one message */

typedef struct {
	const char *fingerprint;
	BaseBytes der;
	int64_t not_before;
	int64_t not_after;
	bool encrypts; /* its key usage and algorithm allow sealing to it */
} TrustLeaf;

/*
 * design.md 3.3: the holder of @old_root says that @new_root follows it for this very address. The
 * caller has verified the statement with the key of @old_root.
 */
typedef struct {
	const char *old_root; /* fingerprints */
	const char *new_root;
	int64_t time; /* of the statement; one in the future is as good as none */
} TrustHandover;

/*
 * A verified signature, a valid Postseal-Key field, or a key that came another way. The caller has
 * done all mathematics: the signer's certificate names @address, @root issued it (directly or by
 * @chain), the message is not junk, no report, and this is not an own address.
 */
typedef struct {
	const char *address; /* normalised protected From */
	StoreKind kind;
	StoreHow how;        /* SIGNATURE, KEY_HEADER or IMPORT; GOSSIP by trust_harvest_gossip() */
	TrustLeaf signer;    /* the certificate that signed (of a key field: the leaf) */
	TrustLeaf encrypter; /* another one to seal to (SMIMEEncryptionKeyPreference); fingerprint
				NULL: the same */
	const char *root_fingerprint; /* of a self-signed one: the same as the signer's */
	BaseBytes root;               /* DER */
	const BaseBytes *chain;       /* intermediates, DER, the issuer first */
	size_t n_chain;
	int64_t signing_time; /* of the signature, else the Date; 0: unknown, taken as @received */
	int64_t received; /* when the message came, as far as known (topmost Received, else now);
			     cut to @now */
	int64_t now;
	const char
		*message_key; /* the same string for the same message, whatever folder it lies in */
	bool direct;          /* not by a mailing list */
	bool aligned;
	const char *program; /* NULL: unknown */
	const char *version;
	bool has_caps; /* signed capabilities were there */
	uint32_t caps;
	BaseBytes caps_raw;
	bool runs_postseal;
	const char *sealed_to; /* the message was sealed to our root with this fingerprint; NULL: it
				  was not */
	bool proven; /* signed by a trusted chain or by a pin that bound before: at least as good as
			`aligned` for what its author usually does */
	const char *organization;       /* proven by a trusted CA; NULL: none */
	const TrustHandover *handovers; /* to this root, unordered; not looked at: more than
					   TRUST_HANDOVERS, and those to a CA's */
	size_t n_handovers;
} TrustSighting;

typedef enum {
	TRUST_NEW,         /* the slot was empty: pinned now */
	TRUST_SEEN,        /* the pin again */
	TRUST_RENEWED,     /* the pin with a certificate not seen before */
	TRUST_CANDIDATE,   /* another identity for a filled slot: remembered, moves nothing */
	TRUST_IGNORED,     /* see the reason */
	TRUST_HANDED_OVER, /* the pin before handed over to this identity: pinned now */
} TrustOutcome;

typedef struct {
	TrustOutcome outcome;
	const char *reason; /* static; why it was ignored: "future", "key-header", "refused",
			       "too-many", "direct-known", "introduced" (by another key in this
			       thread); "" otherwise */
	bool counted;       /* false if this very message had been counted before */
	bool contests;      /* a candidate whose evidence puts the pin in question from now on */
} TrustHarvest;

const char *trust_outcome_name(TrustOutcome outcome); /* "new", "seen", ... */

bool trust_harvest(Store *store, const TrustSighting *sighting, TrustHarvest *out, GError **error);

/* A key of a co-recipient, from the encrypted and verified message of somebody else. Uses @address,
 * @kind, certificates, @now; usable within @thread (any string that names it) only. NEW, SEEN or
 * IGNORED. */
bool trust_harvest_gossip(Store *store, const TrustSighting *sighting, const char *thread,
			  TrustHarvest *out, GError **error);

/* A message without (valid) signature. Uses @address, @received, @now, @message_key, @direct,
 * @aligned, @program, @version. */
bool trust_note_unsigned(Store *store, const TrustSighting *sighting, GError **error);

/*
 * When this very message, with a valid signature, was first learned, by our clock; 0 if never. An
 * expired certificate is judged as of then.
 */
bool trust_first_learned(Store *store, const char *address, const char *message_key,
			 int64_t *learned, GError **error);

/* Once for each recipient of a message of ours; @message_id NULL: unknown. */
bool trust_note_written(Store *store, const char *address, const char *message_id, int64_t now,
			GError **error);
