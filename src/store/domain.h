/* SPDX-License-Identifier: MPL-2.0 */
/* Domains that mail came from or went to, where links in it led, and how people call themselves. */
#pragma once

#include "store/store.h"

#define STORE_LIMIT_LINKS 64 /* newest targets per domain */
#define STORE_LIMIT_ALIKE 16 /* rows of one look-up by key, those of most standing */

typedef struct {
	int64_t id;
	char *name;       /* registrable, A-labels */
	int64_t messages; /* direct ones */
	int64_t days; /* distinct UTC days, of all; counted low if mail is learned out of order */
	int64_t first_seen;
	int64_t last_seen;
	bool written; /* we wrote there */
} StoreDomain;

void store_domain_free(StoreDomain *domain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreDomain, store_domain_free)

bool store_domain_get(Store *store, const char *name, StoreDomain **out, GError **error);

/* What happened to a domain. */
typedef struct {
	int64_t received; /* 0: no message of theirs, we wrote there */
	bool direct;
	bool held; /* its day does not count */
} StoreDomainEvent;

/* Counts it; *@id is 0 if the row is missing: add it (with its key) and count again. */
bool store_domain_count(Store *store, const char *name, const StoreDomainEvent *event, int64_t *id,
			GError **error);
/* @skeleton: the same for names that may be taken for each other; never NULL. */
bool store_domain_add(Store *store, const char *name, const char *skeleton, GError **error);

/* Adds the domains with one of @n skeletons, at most STORE_LIMIT_ALIKE each, to @out (of
 * StoreDomain). Quickest when they are sorted. */
bool store_domain_alike(Store *store, const char *const *skeletons, size_t n, GPtrArray *out,
			GError **error);

/*
 * A target is familiar since a proven message, or any on a second day, led there. *@time: since
 * when, 0: it is not.
 */
bool store_link_seen(Store *store, int64_t domain, const char *target, int64_t *time,
		     GError **error);
bool store_link_note(Store *store, int64_t domain, const char *target, int64_t time, bool proven,
		     GError **error);

/* What an address is called, and the keys it is found under. */
typedef struct {
	char *address;
	char *display; /* NULL: unknown */
	int64_t first_seen;
	int64_t last_seen;
	int64_t messages;
	bool written; /* we wrote there */
} StoreCaller;

void store_caller_free(StoreCaller *caller);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreCaller, store_caller_free)

bool store_caller_get(Store *store, const char *address, StoreCaller **out, GError **error);
/* *@known: it has both keys and is called @display (NULL: whatever). */
bool store_caller_known(Store *store, const char *address, const char *display, bool *known,
			GError **error);

/* Makes the row if missing. @display and @display_key NULL: they stay as they are. */
typedef struct {
	const char *address;
	const char *display;
	const char *display_key;
	const char *address_key;
	int64_t received; /* 0: no message of theirs */
} StoreCallerNote;

bool store_caller_note(Store *store, const StoreCallerNote *note, GError **error);

/* By key, at most STORE_LIMIT_ALIKE each, the longest known first; of StoreCaller. */
GPtrArray *store_caller_by_display(Store *store, const char *display_key, GError **error);
GPtrArray *store_caller_by_address(Store *store, const char *address_key, GError **error);

/* Did the person accept or verify a key of an address of @domain (or below it)? */
bool store_domain_accepted(Store *store, const char *domain, bool *out, GError **error);
/* Did a trusted CA certify mailboxes of @domain (or below it) for this organization? */
bool store_domain_certified(Store *store, const char *domain, const char *organization, bool *out,
			    GError **error);
