/* SPDX-License-Identifier: MPL-2.0 */
/* Inside the folder only: which identity is and was the pin, and what puts it in question. */
#pragma once

#include "trust/harvest.h"

#define TRUST_CHANGE_DAYS 3 /* distinct days on which another identity was seen */

/* All that is known of an address; empty where nothing is. */
typedef struct {
	Store *store;
	char *address;
	GPtrArray *identities; /* of StoreIdentity */
	GPtrArray *handovers;  /* of StoreHandover; none by a key that the person refused */
	StorePeer *peer;       /* NULL: nothing */
	StoreIdentity *pin;    /* of @identities; NULL: the slot is empty */
} TrustAddress;

void trust_address_free(TrustAddress *address);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TrustAddress, trust_address_free)

TrustAddress *trust_address_read(Store *store, const char *address, GError **error);
StoreIdentity *trust_address_find(const TrustAddress *a, const char *root);

/* The pin when the sighting @id (StoreTally.id) was learned; INT64_MAX: now. What the person
 * refused since was none. */
const StoreIdentity *trust_pin_at(const TrustAddress *a, int64_t id);
/* @identity was it then; what the person accepted was it from the start. */
bool trust_was_pin(const TrustAddress *a, const StoreIdentity *identity, int64_t id);

/* A trusted CA says so in place of what a trusted CA said (design.md 3.3). */
bool trust_ca_renews(const StoreIdentity *pin, StoreKind kind);

/* Hand-overs in a message signed under @root that came at @received; those that do not lead to its
 * signer are not looked at. */
typedef struct {
	const char *root;
	const TrustHandover *list;
	size_t n;
	int64_t received;
} TrustChain;

/* The chain leads from @pin to the signer, nothing contradicts it, the pin was not compared, its
 * root is not the key of a trusted CA, and the signer was no pin before: the slot is handed over.
 */
bool trust_chain_takes(const TrustAddress *a, const StoreIdentity *pin, const TrustChain *chain);
/* The chain leads from @pin to the signer. */
bool trust_chain_leads(const TrustAddress *a, const StoreIdentity *pin, const TrustChain *chain);

typedef struct {
	const char *root;
	const TrustChain *chain; /* NULL: only those kept from messages */
	int64_t after;           /* that came later than this, */
	int64_t until;           /* and first not later than this */
} TrustReach;

/* Hand-overs lead from @pin, or from what handed over to it, to the root, which is neither. */
bool trust_chain_reaches(const TrustAddress *a, const StoreIdentity *pin, const TrustReach *reach);
/* When it was first seen that @root handed over to @pin, directly or not; 0: it did not. */
int64_t trust_handed_over_at(const TrustAddress *a, const StoreIdentity *pin, const char *root);
/* Keeps those that begin at an identity that was ever used and not refused or at what handed over
 * to the pin, and those that lead to the signer if it is the pin: nobody without one of these keys
 * can fill the table. What begins at the pin or leads to it always finds room. */
bool trust_chain_keep(Store *store, const TrustAddress *a, const TrustChain *chain, bool is_pin,
		      GError **error);

/* As if they had been kept, in @a only. */
void trust_chain_pretend(TrustAddress *a, const TrustChain *chain);

/* What speaks for another identity than the pin. */
typedef struct {
	bool seen; /* at all, since the floor */
	bool aligned;
	bool three_days;
	bool handover;
	bool ca;
} TrustCase;

bool trust_case_contests(const TrustCase *c);

/* One message as evidence. */
typedef struct {
	const char *key;
	int64_t seen;
	int64_t id; /* of StoreTally; INT64_MAX: it was not learned yet */
	StoreKind kind;
	bool counts; /* it is evidence itself; if not, only what came before it */
	bool aligned;
	const TrustChain *chain;
} TrustEvent;

/* What speaks for @other (NULL: only the event does) and against @pin: with @event all up to it,
 * itself included; without (NULL) all that is known. */
bool trust_case(const TrustAddress *a, const StoreIdentity *pin, const StoreIdentity *other,
		const TrustEvent *event, TrustCase *out, GError **error);

/* history.c: @pin bound before the message; uses its key, seen and id. */
bool trust_bound_before(const TrustAddress *a, const StoreIdentity *pin, const TrustEvent *event,
			bool *out, GError **error);
