/* SPDX-License-Identifier: MPL-2.0 */
/* Each message once: who it came from, whether signed by whom, when. */
#pragma once

#include "store/store.h"

typedef struct {
	const char *address;
	int64_t identity;    /* 0: not signed (or not validly) */
	const char *message; /* what makes the message the same one; any string */
	int64_t seen;
	const char *program; /* NULL: unknown */
	bool direct;         /* not by a mailing list */
	bool aligned;
	bool proven;     /* signed by a trusted chain or a pin that bound */
	bool candidate;  /* not signed by the pin: no signature that its peer gets credit for */
	int64_t learned; /* our clock; 0: as @seen */
} StoreSighting;

/*
 * Counts the message in its peer and identity; *@added is false if it was there. A message first
 * seen unsigned (a broken copy) and then signed becomes signed. Of several copies each
 * may show that it is aligned or, if it is signed, direct. One of a candidate counts for its
 * identity, but in none of n_signed, n_unsigned and first_signed of the peer.
 */
bool store_sighting_add(Store *store, const StoreSighting *sighting, bool *added, GError **error);

/* What an identity had shown before one message. */
typedef struct {
	int64_t messages;
	int64_t days;
	int64_t first; /* 0: none */
	int64_t last;
	int64_t direct_messages;
	int64_t direct_days;
	int64_t direct_first;
	int64_t direct_last;
	/* The message in question itself: */
	int64_t seen; /* when it was first seen; 0: it is not known yet */
	int64_t id;   /* its place in the order in which messages became known; INT64_MAX: not yet
		       */
	bool aligned; /* by any copy of it */
} StoreTally;

/*
 * The sightings of @identity before @message: those of an earlier time, or of the same second and
 * added earlier. Its time is the one it was first seen at, or @seen if it is not known yet. So the
 * tally of a message is the same before and after it was added.
 */
bool store_sighting_tally(Store *store, int64_t identity, const char *message, int64_t seen,
			  StoreTally *out, GError **error);

/* What speaks for an identity since some time. */
typedef struct {
	int64_t messages;
	int64_t days;
	int64_t n_aligned;
} StoreEvidence;

typedef struct {
	int64_t identity;
	int64_t after;       /* only messages seen later than this */
	const char *message; /* and before or with this one, as in the tally; NULL: all of them */
	int64_t seen;        /* of @message, if it is not known yet */
} StoreSpan;

/* The sightings of an identity within the span, @message itself not counted. */
bool store_sighting_evidence(Store *store, const StoreSpan *span, StoreEvidence *out,
			     GError **error);

/* Direct mail only. */
typedef struct {
	int64_t messages; /* aligned */
	int64_t days;
	int64_t n_signed;    /* of these */
	int64_t all_days;    /* with mail that is unsigned, or signed and proven */
	int64_t proven_days; /* of these: with a signed and proven one */
} StoreHabit;

typedef struct {
	int64_t window;  /* seconds before the message */
	bool by_program; /* only mail of the same program, NULL being one of its own */
} StoreHabitQuestion;

/* What the message's address did before it (as above). Uses its address, message, seen and program.
 */
bool store_sighting_habit(Store *store, const StoreSighting *message,
			  const StoreHabitQuestion *question, StoreHabit *out, GError **error);

#define STORE_LIMIT_ORGANIZATION 64 /* mailboxes of an organization that are counted */

/*
 * The tally before @message (signed by @identity, 0: not known yet) of all identities that a CA
 * certified for @organization, and of @identity itself; of it messages, days and first are set.
 * Days are counted over the first few thousand messages: at least so many.
 */
bool store_sighting_organization(Store *store, const char *organization, int64_t identity,
				 const StoreSighting *message, StoreTally *out, GError **error);

/* When the message of @address was first learned as a signed one; 0: never. */
bool store_sighting_learned(Store *store, const char *address, const char *message, int64_t *out,
			    GError **error);

/* A mail program that an identity was seen with. */
typedef struct {
	char *program; /* NULL: unknown */
	int64_t messages;
	int64_t last_seen;
} StoreProgramCount;

void store_program_count_free(StoreProgramCount *count);

#define STORE_LIMIT_PROGRAMS 16

/* Of StoreProgramCount, the most frequent first. */
GPtrArray *store_sighting_programs(Store *store, int64_t identity, GError **error);
