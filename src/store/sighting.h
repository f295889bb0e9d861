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
} StoreSighting;

/*
 * Counts the message in its peer and identity; *@added is false if it was there. A message first
 * seen unsigned (a broken copy) and then signed becomes signed.
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
	int64_t seen; /* when the message in question was first seen, 0: not yet */
} StoreTally;

/*
 * The sightings of @identity before @message: those of an earlier time, or of the same second and
 * added earlier. Its time is the one it was first seen at, or @seen if it is not known yet. So the
 * tally of a message is the same before and after it was added.
 */
bool store_sighting_tally(Store *store, int64_t identity, const char *message, int64_t seen,
			  StoreTally *out, GError **error);

typedef struct {
	int64_t messages;
	int64_t days;
	int64_t n_signed;
} StoreHabit;

/* Direct and aligned mail of the message's address in the @window seconds before it (as above).
 * Uses its address, message and seen. */
bool store_sighting_habit(Store *store, const StoreSighting *message, int64_t window,
			  StoreHabit *out, GError **error);
