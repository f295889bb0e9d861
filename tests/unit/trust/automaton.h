/* SPDX-License-Identifier: MPL-2.0 */
/* The trust automaton, cell by cell, from design.md 3.3 by hand. */
#pragma once

typedef enum {
	EMPTY,      /* nothing known */
	FIRST,      /* A signed once */
	BOUND,      /* A signed on three days over more than a week */
	ACCEPTED,   /* A, accepted */
	VERIFIED,   /* A, compared */
	CANDIDATE,  /* A signed once, then B, not aligned */
	CHANGED,    /* A binds, then B signed an aligned message */
	CONFLICT,   /* A and B signed an aligned message each */
	REFUSED,    /* A signed once and was refused */
	EXPIRED,    /* A signed once, long ago */
	CA,         /* C, of a trusted CA, signed once */
	INTRODUCED, /* A was introduced in the thread */
	STATES,
} Start;

typedef enum {
	SAME,    /* the pin (A, or C) signs with a new certificate */
	ONCE,    /* B signs, not aligned */
	ALIGNED, /* B signs, aligned */
	BURST,   /* B signs three messages on one day */
	DAYS,    /* B signs on three days */
	ARCHIVE, /* three messages of B of days 1 to 3 are learned at once now */
	UNSIGNED,
	KEY_SAME,  /* a key field with the pin's root */
	KEY_OTHER, /* with B */
	GOSSIP,    /* B is introduced in the thread */
	HANDOVER,  /* N signs, with a hand-over by the pin */
	HANDOVERS, /* then M signs, with another by the pin */
	CA_SAME,   /* C signs, a trusted chain */
	CA_OTHER,  /* D signs, a trusted chain */
	OLD,       /* the pin's message of day 5 comes now, with a certificate of day 45 */
	FUTURE,    /* B signs, aligned, with a signing time in the future */
	REFUSE_PIN,
	ACCEPT_PIN,
	VERIFY_PIN,
	REFUSE_OTHER, /* B */
	ACCEPT_OTHER,
	VERIFY_OTHER,
	ROLLBACK, /* the pin signs with a certificate of day 5 */
	REVOKED,  /* the pin's certificate is revoked */
	EXPIRY,   /* a thousand days go by */
	EVENTS,
} Event;

typedef struct {
	const char *recipient; /* state and reasons */
	const char *pin;       /* root */
	const char *leaf;      /* to seal to: root and day */
	const char *history;   /* of the last message, "!": contested; "error": no such key */
} Cell;

/* clang-format off */
static const Cell automaton[STATES][EVENTS] = {
	[EMPTY] = {
		[SAME] = {"ready first-contact", "A", "A 50", "first"},
		[ONCE] = {"ready first-contact", "B", "B 50", "first"},
		[ALIGNED] = {"ready first-contact", "B", "B 50", "first"},
		[BURST] = {"ready first-contact", "B", "B 50", "new"},
		[DAYS] = {"ready first-contact", "B", "B 50", "new"},
		[ARCHIVE] = {"ready first-contact", "B", "B 50", "new"},
		[UNSIGNED] = {"none no-key", "-", "-", "none"},
		[KEY_SAME] = {"ready key-header", "A", "A 50", "none"},
		[KEY_OTHER] = {"ready key-header", "B", "B 50", "none"},
		[GOSSIP] = {"ready introduced", "-", "B 50", "none"},
		[HANDOVER] = {"ready first-contact", "N", "N 50", "first"},
		/* the empty slot took N, and A handed over to N and to M */
		[HANDOVERS] = {"changed changed hand-over", "N", "-", "changed!"},
		[CA_SAME] = {"ready ca", "C", "C 50", "first"},
		[CA_OTHER] = {"ready ca", "D", "D 50", "first"},
		/* nothing newer is known */
		[OLD] = {"ready first-contact", "A", "A 45", "first"},
		[FUTURE] = {"none no-key", "-", "-", "first"},
		[REFUSE_PIN] = {"none no-key", "-", "-", "error"},
		[ACCEPT_PIN] = {"none no-key", "-", "-", "error"},
		[VERIFY_PIN] = {"none no-key", "-", "-", "error"},
		[REFUSE_OTHER] = {"none no-key", "-", "-", "error"},
		[ACCEPT_OTHER] = {"none no-key", "-", "-", "error"},
		[VERIFY_OTHER] = {"none no-key", "-", "-", "error"},
		[ROLLBACK] = {"ready first-contact", "A", "A 5", "first"},
		[REVOKED] = {"none no-key", "-", "-", "none"},
		[EXPIRY] = {"none no-key", "-", "-", "none"},
	},
	[FIRST] = {
		[SAME] = {"ready first-contact", "A", "A 50", "new"},
		[ONCE] = {"ready first-contact candidate", "A", "A 10", "changed"},
		/* the pin was never aligned, so no conflict */
		[ALIGNED] = {"changed changed aligned", "A", "-", "changed!"},
		[BURST] = {"ready first-contact candidate", "A", "A 10", "changed"},
		[DAYS] = {"changed changed three-days", "A", "-", "changed!"},
		/* the first key learned need not be the right one */
		[ARCHIVE] = {"changed changed three-days", "A", "-", "changed!"},
		[UNSIGNED] = {"ready first-contact", "A", "A 10", "none"},
		/* a key field may bring the pin's certificate up to date */
		[KEY_SAME] = {"ready first-contact", "A", "A 50", "none"},
		[KEY_OTHER] = {"ready first-contact", "A", "A 10", "none"},
		[GOSSIP] = {"ready first-contact", "A", "A 10", "none"},
		/* the pin did not bind, so neither does what follows it */
		[HANDOVER] = {"ready first-contact", "N", "N 50", "first"},
		[HANDOVERS] = {"changed changed hand-over", "N", "-", "changed!"},
		[CA_SAME] = {"changed changed ca", "A", "-", "changed!"},
		[CA_OTHER] = {"changed changed ca", "A", "-", "changed!"},
		[OLD] = {"ready first-contact", "A", "A 10", "new"},
		[FUTURE] = {"ready first-contact", "A", "A 10", "changed"},
		[REFUSE_PIN] = {"refused refused", "-", "-", "none"},
		[ACCEPT_PIN] = {"ready accepted", "A", "A 10", "none"},
		[VERIFY_PIN] = {"ready verified", "A", "A 10", "none"},
		[REFUSE_OTHER] = {"ready first-contact", "A", "A 10", "error"},
		[ACCEPT_OTHER] = {"ready first-contact", "A", "A 10", "error"},
		[VERIFY_OTHER] = {"ready first-contact", "A", "A 10", "error"},
		[ROLLBACK] = {"ready first-contact", "A", "A 10", "new"},
		[REVOKED] = {"none revoked", "A", "-", "none"},
		[EXPIRY] = {"expired expired", "A", "A 10", "none"},
	},
	[BOUND] = {
		[SAME] = {"ready pinned", "A", "A 50", "same"},
		[ONCE] = {"ready pinned candidate", "A", "A 10", "changed"},
		/* the pin binds, so no conflict */
		[ALIGNED] = {"changed changed aligned", "A", "-", "changed!"},
		[BURST] = {"ready pinned candidate", "A", "A 10", "changed"},
		[DAYS] = {"changed changed three-days", "A", "-", "changed!"},
		[ARCHIVE] = {"changed changed three-days", "A", "-", "changed!"},
		[UNSIGNED] = {"ready pinned", "A", "A 10", "none"},
		[KEY_SAME] = {"ready pinned", "A", "A 50", "none"},
		[KEY_OTHER] = {"ready pinned", "A", "A 10", "none"},
		[GOSSIP] = {"ready pinned", "A", "A 10", "none"},
		/* the pin bound, so N does from its first message on */
		[HANDOVER] = {"ready handed-over", "N", "N 50", "same"},
		[HANDOVERS] = {"changed changed hand-over", "N", "-", "changed!"},
		[CA_SAME] = {"changed changed ca", "A", "-", "changed!"},
		[CA_OTHER] = {"changed changed ca", "A", "-", "changed!"},
		[OLD] = {"ready pinned", "A", "A 10", "same"},
		[FUTURE] = {"ready pinned", "A", "A 10", "changed"},
		[REFUSE_PIN] = {"refused refused", "-", "-", "none"},
		[ACCEPT_PIN] = {"ready accepted", "A", "A 10", "none"},
		[VERIFY_PIN] = {"ready verified", "A", "A 10", "none"},
		[REFUSE_OTHER] = {"ready pinned", "A", "A 10", "error"},
		[ACCEPT_OTHER] = {"ready pinned", "A", "A 10", "error"},
		[VERIFY_OTHER] = {"ready pinned", "A", "A 10", "error"},
		[ROLLBACK] = {"ready pinned", "A", "A 10", "same"},
		[REVOKED] = {"none revoked", "A", "-", "none"},
		[EXPIRY] = {"expired expired", "A", "A 10", "none"},
	},
	[ACCEPTED] = {
		[SAME] = {"ready accepted", "A", "A 50", "same"},
		[ONCE] = {"ready accepted candidate", "A", "A 10", "changed"},
		/* it came after the decision */
		[ALIGNED] = {"changed changed aligned", "A", "-", "changed!"},
		[BURST] = {"ready accepted candidate", "A", "A 10", "changed"},
		[DAYS] = {"changed changed three-days", "A", "-", "changed!"},
		/* it came before the decision */
		[ARCHIVE] = {"ready accepted", "A", "A 10", "changed"},
		[UNSIGNED] = {"ready accepted", "A", "A 10", "none"},
		[KEY_SAME] = {"ready accepted", "A", "A 50", "none"},
		[KEY_OTHER] = {"ready accepted", "A", "A 10", "none"},
		[GOSSIP] = {"ready accepted", "A", "A 10", "none"},
		[HANDOVER] = {"ready handed-over", "N", "N 50", "same"},
		[HANDOVERS] = {"changed changed hand-over", "N", "-", "changed!"},
		[CA_SAME] = {"changed changed ca", "A", "-", "changed!"},
		[CA_OTHER] = {"changed changed ca", "A", "-", "changed!"},
		[OLD] = {"ready accepted", "A", "A 10", "same"},
		[FUTURE] = {"ready accepted", "A", "A 10", "changed"},
		[REFUSE_PIN] = {"refused refused", "-", "-", "none"},
		[ACCEPT_PIN] = {"ready accepted", "A", "A 10", "none"},
		[VERIFY_PIN] = {"ready verified", "A", "A 10", "none"},
		[REFUSE_OTHER] = {"ready accepted", "A", "A 10", "error"},
		[ACCEPT_OTHER] = {"ready accepted", "A", "A 10", "error"},
		[VERIFY_OTHER] = {"ready accepted", "A", "A 10", "error"},
		[ROLLBACK] = {"ready accepted", "A", "A 10", "same"},
		[REVOKED] = {"none revoked", "A", "-", "none"},
		[EXPIRY] = {"expired expired", "A", "A 10", "none"},
	},
	[VERIFIED] = {
		[SAME] = {"ready verified", "A", "A 50", "same"},
		[ONCE] = {"ready verified candidate", "A", "A 10", "changed"},
		[ALIGNED] = {"changed changed aligned", "A", "-", "changed!"},
		[BURST] = {"ready verified candidate", "A", "A 10", "changed"},
		[DAYS] = {"changed changed three-days", "A", "-", "changed!"},
		/* it came before the decision */
		[ARCHIVE] = {"ready verified", "A", "A 10", "changed"},
		[UNSIGNED] = {"ready verified", "A", "A 10", "none"},
		[KEY_SAME] = {"ready verified", "A", "A 50", "none"},
		[KEY_OTHER] = {"ready verified", "A", "A 10", "none"},
		[GOSSIP] = {"ready verified", "A", "A 10", "none"},
		/* a compared key must be compared again */
		[HANDOVER] = {"changed changed hand-over", "A", "-", "changed!"},
		[HANDOVERS] = {"changed changed hand-over", "A", "-", "changed!"},
		[CA_SAME] = {"changed changed ca", "A", "-", "changed!"},
		[CA_OTHER] = {"changed changed ca", "A", "-", "changed!"},
		[OLD] = {"ready verified", "A", "A 10", "same"},
		[FUTURE] = {"ready verified", "A", "A 10", "changed"},
		[REFUSE_PIN] = {"refused refused", "-", "-", "none"},
		[ACCEPT_PIN] = {"ready verified", "A", "A 10", "none"},
		[VERIFY_PIN] = {"ready verified", "A", "A 10", "none"},
		[REFUSE_OTHER] = {"ready verified", "A", "A 10", "error"},
		[ACCEPT_OTHER] = {"ready verified", "A", "A 10", "error"},
		[VERIFY_OTHER] = {"ready verified", "A", "A 10", "error"},
		[ROLLBACK] = {"ready verified", "A", "A 10", "same"},
		[REVOKED] = {"none revoked", "A", "-", "none"},
		[EXPIRY] = {"expired expired", "A", "A 10", "none"},
	},
	[CANDIDATE] = {
		[SAME] = {"ready first-contact candidate", "A", "A 50", "new"},
		[ONCE] = {"ready first-contact candidate", "A", "A 10", "changed"},
		[ALIGNED] = {"changed changed aligned", "A", "-", "changed!"},
		/* days 30 and 50 */
		[BURST] = {"ready first-contact candidate", "A", "A 10", "changed"},
		[DAYS] = {"changed changed three-days", "A", "-", "changed!"},
		[ARCHIVE] = {"changed changed three-days", "A", "-", "changed!"},
		[UNSIGNED] = {"ready first-contact candidate", "A", "A 10", "none"},
		[KEY_SAME] = {"ready first-contact candidate", "A", "A 50", "none"},
		[KEY_OTHER] = {"ready first-contact candidate", "A", "A 10", "none"},
		[GOSSIP] = {"ready first-contact candidate", "A", "A 10", "none"},
		/* B is one against N, too */
		[HANDOVER] = {"ready first-contact candidate", "N", "N 50", "first"},
		[HANDOVERS] = {"changed changed hand-over", "N", "-", "changed!"},
		[CA_SAME] = {"changed changed ca", "A", "-", "changed!"},
		[CA_OTHER] = {"changed changed ca", "A", "-", "changed!"},
		[OLD] = {"ready first-contact candidate", "A", "A 10", "new"},
		[FUTURE] = {"ready first-contact candidate", "A", "A 10", "changed"},
		/* a candidate fills no slot by waiting */
		[REFUSE_PIN] = {"refused refused candidate", "-", "-", "none"},
		/* so B was decided against */
		[ACCEPT_PIN] = {"ready accepted", "A", "A 10", "none"},
		[VERIFY_PIN] = {"ready verified", "A", "A 10", "none"},
		[REFUSE_OTHER] = {"ready first-contact", "A", "A 10", "none"},
		[ACCEPT_OTHER] = {"ready accepted", "B", "B 12", "none"},
		[VERIFY_OTHER] = {"ready verified", "B", "B 12", "none"},
		[ROLLBACK] = {"ready first-contact candidate", "A", "A 10", "new"},
		[REVOKED] = {"none revoked candidate", "A", "-", "none"},
		[EXPIRY] = {"expired expired candidate", "A", "A 10", "none"},
	},
	[CHANGED] = {
		/* what the pin signs keeps its word, but answers no question */
		[SAME] = {"changed changed aligned", "A", "-", "same"},
		/* it had contested before */
		[ONCE] = {"changed changed aligned", "A", "-", "changed!"},
		[ALIGNED] = {"changed changed aligned", "A", "-", "changed!"},
		[BURST] = {"changed changed aligned", "A", "-", "changed!"},
		[DAYS] = {"changed changed aligned three-days", "A", "-", "changed!"},
		[ARCHIVE] = {"changed changed aligned three-days", "A", "-", "changed!"},
		[UNSIGNED] = {"changed changed aligned", "A", "-", "none"},
		[KEY_SAME] = {"changed changed aligned", "A", "-", "none"},
		[KEY_OTHER] = {"changed changed aligned", "A", "-", "none"},
		[GOSSIP] = {"changed changed aligned", "A", "-", "none"},
		/* N follows A, B still contests */
		[HANDOVER] = {"changed changed aligned", "N", "-", "same"},
		[HANDOVERS] = {"changed changed aligned hand-over", "N", "-", "changed!"},
		[CA_SAME] = {"changed changed aligned ca", "A", "-", "changed!"},
		[CA_OTHER] = {"changed changed aligned ca", "A", "-", "changed!"},
		[OLD] = {"changed changed aligned", "A", "-", "same"},
		[FUTURE] = {"changed changed aligned", "A", "-", "changed!"},
		[REFUSE_PIN] = {"refused refused candidate", "-", "-", "none"},
		[ACCEPT_PIN] = {"ready accepted", "A", "A 10", "none"},
		[VERIFY_PIN] = {"ready verified", "A", "A 10", "none"},
		[REFUSE_OTHER] = {"ready pinned", "A", "A 10", "none"},
		[ACCEPT_OTHER] = {"ready accepted", "B", "B 12", "none"},
		[VERIFY_OTHER] = {"ready verified", "B", "B 12", "none"},
		[ROLLBACK] = {"changed changed aligned", "A", "-", "same"},
		[REVOKED] = {"changed changed aligned", "A", "-", "none"},
		/* the question goes first */
		[EXPIRY] = {"changed changed aligned", "A", "-", "none"},
	},
	[CONFLICT] = {
		/* of two aligned keys none is the better one */
		[SAME] = {"conflict conflict", "A", "-", "conflict!"},
		[ONCE] = {"conflict conflict", "A", "-", "conflict!"},
		[ALIGNED] = {"conflict conflict", "A", "-", "conflict!"},
		[BURST] = {"conflict conflict", "A", "-", "conflict!"},
		[DAYS] = {"conflict conflict", "A", "-", "conflict!"},
		/* on day 3 nothing aligned had come yet */
		[ARCHIVE] = {"conflict conflict", "A", "-", "changed!"},
		[UNSIGNED] = {"conflict conflict", "A", "-", "none"},
		[KEY_SAME] = {"conflict conflict", "A", "-", "none"},
		[KEY_OTHER] = {"conflict conflict", "A", "-", "none"},
		[GOSSIP] = {"conflict conflict", "A", "-", "none"},
		/* N was never aligned */
		[HANDOVER] = {"changed changed aligned", "N", "-", "first"},
		[HANDOVERS] = {"changed changed aligned hand-over", "N", "-", "changed!"},
		/* a third one, which was not aligned */
		[CA_SAME] = {"conflict conflict", "A", "-", "changed!"},
		[CA_OTHER] = {"conflict conflict", "A", "-", "changed!"},
		[OLD] = {"conflict conflict", "A", "-", "conflict!"},
		[FUTURE] = {"conflict conflict", "A", "-", "conflict!"},
		[REFUSE_PIN] = {"refused refused candidate", "-", "-", "none"},
		[ACCEPT_PIN] = {"ready accepted", "A", "A 10", "none"},
		[VERIFY_PIN] = {"ready verified", "A", "A 10", "none"},
		[REFUSE_OTHER] = {"ready first-contact", "A", "A 10", "none"},
		[ACCEPT_OTHER] = {"ready accepted", "B", "B 12", "none"},
		[VERIFY_OTHER] = {"ready verified", "B", "B 12", "none"},
		[ROLLBACK] = {"conflict conflict", "A", "-", "conflict!"},
		[REVOKED] = {"conflict conflict", "A", "-", "none"},
		[EXPIRY] = {"conflict conflict", "A", "-", "none"},
	},
	[REFUSED] = {
		/* the verdict says that it was refused, apart from this */
		[SAME] = {"refused refused", "-", "-", "new"},
		[ONCE] = {"ready first-contact", "B", "B 50", "first"},
		[ALIGNED] = {"ready first-contact", "B", "B 50", "first"},
		[BURST] = {"ready first-contact", "B", "B 50", "new"},
		[DAYS] = {"ready first-contact", "B", "B 50", "new"},
		[ARCHIVE] = {"ready first-contact", "B", "B 50", "new"},
		[UNSIGNED] = {"refused refused", "-", "-", "none"},
		[KEY_SAME] = {"refused refused", "-", "-", "none"},
		[KEY_OTHER] = {"ready key-header", "B", "B 50", "none"},
		[GOSSIP] = {"ready introduced", "-", "B 50", "none"},
		/* an empty slot: leap of faith, whatever it says */
		[HANDOVER] = {"ready first-contact", "N", "N 50", "first"},
		/* who was refused hands nothing over */
		[HANDOVERS] = {"ready first-contact candidate", "N", "N 50", "changed"},
		[CA_SAME] = {"ready ca", "C", "C 50", "first"},
		[CA_OTHER] = {"ready ca", "D", "D 50", "first"},
		[OLD] = {"refused refused", "-", "-", "new"},
		[FUTURE] = {"refused refused", "-", "-", "first"},
		[REFUSE_PIN] = {"refused refused", "-", "-", "none"},
		[ACCEPT_PIN] = {"ready accepted", "A", "A 10", "none"},
		[VERIFY_PIN] = {"ready verified", "A", "A 10", "none"},
		[REFUSE_OTHER] = {"refused refused", "-", "-", "error"},
		[ACCEPT_OTHER] = {"refused refused", "-", "-", "error"},
		[VERIFY_OTHER] = {"refused refused", "-", "-", "error"},
		[ROLLBACK] = {"refused refused", "-", "-", "new"},
		[REVOKED] = {"refused refused", "-", "-", "none"},
		[EXPIRY] = {"refused refused", "-", "-", "none"},
	},
	[EXPIRED] = {
		[SAME] = {"ready first-contact", "A", "A 500", "new"},
		[ONCE] = {"expired expired candidate", "A", "A 10", "changed"},
		[ALIGNED] = {"changed changed aligned", "A", "-", "changed!"},
		[BURST] = {"expired expired candidate", "A", "A 10", "changed"},
		[DAYS] = {"changed changed three-days", "A", "-", "changed!"},
		[ARCHIVE] = {"changed changed three-days", "A", "-", "changed!"},
		[UNSIGNED] = {"expired expired", "A", "A 10", "none"},
		[KEY_SAME] = {"ready first-contact", "A", "A 500", "none"},
		[KEY_OTHER] = {"expired expired", "A", "A 10", "none"},
		/* a direct key is there, if expired */
		[GOSSIP] = {"expired expired", "A", "A 10", "none"},
		/* the certificate expired, not the root */
		[HANDOVER] = {"ready first-contact", "N", "N 500", "first"},
		[HANDOVERS] = {"changed changed hand-over", "N", "-", "changed!"},
		[CA_SAME] = {"changed changed ca", "A", "-", "changed!"},
		[CA_OTHER] = {"changed changed ca", "A", "-", "changed!"},
		[OLD] = {"expired expired", "A", "A 10", "new"},
		[FUTURE] = {"expired expired", "A", "A 10", "changed"},
		[REFUSE_PIN] = {"refused refused", "-", "-", "none"},
		[ACCEPT_PIN] = {"expired expired", "A", "A 10", "none"},
		[VERIFY_PIN] = {"expired expired", "A", "A 10", "none"},
		[REFUSE_OTHER] = {"expired expired", "A", "A 10", "error"},
		[ACCEPT_OTHER] = {"expired expired", "A", "A 10", "error"},
		[VERIFY_OTHER] = {"expired expired", "A", "A 10", "error"},
		[ROLLBACK] = {"expired expired", "A", "A 10", "new"},
		[REVOKED] = {"none revoked", "A", "-", "none"},
		[EXPIRY] = {"expired expired", "A", "A 10", "none"},
	},
	[CA] = {
		[SAME] = {"ready ca", "C", "C 50", "new"},
		[ONCE] = {"ready ca candidate", "C", "C 10", "changed"},
		[ALIGNED] = {"changed changed aligned", "C", "-", "changed!"},
		[BURST] = {"ready ca candidate", "C", "C 10", "changed"},
		[DAYS] = {"changed changed three-days", "C", "-", "changed!"},
		[ARCHIVE] = {"changed changed three-days", "C", "-", "changed!"},
		[UNSIGNED] = {"ready ca", "C", "C 10", "none"},
		[KEY_SAME] = {"ready ca", "C", "C 50", "none"},
		[KEY_OTHER] = {"ready ca", "C", "C 10", "none"},
		[GOSSIP] = {"ready ca", "C", "C 10", "none"},
		/* it is the CA's key, not the person's */
		[HANDOVER] = {"changed changed hand-over", "C", "-", "changed!"},
		[HANDOVERS] = {"changed changed hand-over", "C", "-", "changed!"},
		[CA_SAME] = {"ready ca", "C", "C 50", "new"},
		/* a trusted CA in place of a trusted CA */
		[CA_OTHER] = {"ready ca", "D", "D 50", "first"},
		[OLD] = {"ready ca", "C", "C 10", "new"},
		[FUTURE] = {"ready ca", "C", "C 10", "changed"},
		[REFUSE_PIN] = {"refused refused", "-", "-", "none"},
		[ACCEPT_PIN] = {"ready accepted", "C", "C 10", "none"},
		[VERIFY_PIN] = {"ready verified", "C", "C 10", "none"},
		[REFUSE_OTHER] = {"ready ca", "C", "C 10", "error"},
		[ACCEPT_OTHER] = {"ready ca", "C", "C 10", "error"},
		[VERIFY_OTHER] = {"ready ca", "C", "C 10", "error"},
		[ROLLBACK] = {"ready ca", "C", "C 10", "new"},
		[REVOKED] = {"none revoked", "C", "-", "none"},
		[EXPIRY] = {"expired expired", "C", "C 10", "none"},
	},
	[INTRODUCED] = {
		[SAME] = {"ready first-contact", "A", "A 50", "first"},
		[ONCE] = {"ready first-contact", "B", "B 50", "first"},
		[ALIGNED] = {"ready first-contact", "B", "B 50", "first"},
		[BURST] = {"ready first-contact", "B", "B 50", "new"},
		[DAYS] = {"ready first-contact", "B", "B 50", "new"},
		[ARCHIVE] = {"ready first-contact", "B", "B 50", "new"},
		[UNSIGNED] = {"ready introduced", "-", "A 10", "none"},
		[KEY_SAME] = {"ready key-header", "A", "A 50", "none"},
		[KEY_OTHER] = {"ready key-header", "B", "B 50", "none"},
		/* the first of a thread stays */
		[GOSSIP] = {"ready introduced", "-", "A 10", "none"},
		[HANDOVER] = {"ready first-contact", "N", "N 50", "first"},
		[HANDOVERS] = {"changed changed hand-over", "N", "-", "changed!"},
		[CA_SAME] = {"ready ca", "C", "C 50", "first"},
		[CA_OTHER] = {"ready ca", "D", "D 50", "first"},
		[OLD] = {"ready first-contact", "A", "A 45", "first"},
		[FUTURE] = {"ready introduced", "-", "A 10", "first"},
		[REFUSE_PIN] = {"refused refused", "-", "-", "none"},
		[ACCEPT_PIN] = {"ready accepted", "A", "A 10", "none"},
		[VERIFY_PIN] = {"ready verified", "A", "A 10", "none"},
		[REFUSE_OTHER] = {"ready introduced", "-", "A 10", "error"},
		[ACCEPT_OTHER] = {"ready introduced", "-", "A 10", "error"},
		[VERIFY_OTHER] = {"ready introduced", "-", "A 10", "error"},
		/* pinned, but the newer certificate stays */
		[ROLLBACK] = {"ready first-contact", "A", "A 10", "first"},
		[REVOKED] = {"none revoked", "-", "-", "none"},
		[EXPIRY] = {"expired expired", "-", "A 10", "none"},
	},
};
/* clang-format on */
