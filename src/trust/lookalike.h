/* SPDX-License-Identifier: MPL-2.0 */
/* Does a sender look like somebody the reader knows? Names of domains and of people. */
#pragma once

#include "store/store.h"

/*
 * All addresses are normalised (A-labels). A domain means the registrable one (public suffix list,
 * private section included: bob.github.io is a domain, github.io is one too). Its standing:
 * own > established (we wrote there, or mail came on TRUST_ALIKE_DAYS distinct days) or on the list
 * of often-imitated names > seen (one direct message) > none. Days alone do not establish what
 * looks like an own, often-imitated or established domain that was known before; that the person
 * accepted or verified a key of an address there ends the warnings as well, and so does its name in
 * the user's list.
 *
 * A name belongs to who had it first: who was written to, wrote on several days, or whose address
 * fits the name no worse than the new one's. A name is common, and nobody's, if four have it whose
 * mail came on TRUST_ALIKE_DAYS days.
 */
#define TRUST_ALIKE_DAYS  3
#define TRUST_ALIKE_LINKS 32         /* link hosts of one message that are looked at */
#define TRUST_ALIKE_LIST  (64 << 10) /* octets of the user's list of imitated names */

typedef struct {
	const char *address;
	const char *display;      /* of the From field, decoded UTF-8; NULL: none */
	const char *organization; /* proven by a trusted CA; NULL: none (kept with the identity) */
	int64_t received;
	bool direct;               /* not by a mailing list */
	bool proven;               /* from there: aligned, or signed by a key that binds */
	const char *imitated_path; /* as in TrustAlikeQuestion */
} TrustCorrespondent;

/*
 * For each message of others that is not junk; again for the same one changes no standing. Keeps
 * messages and days of the domain, and of direct mail the newest display name and where the links
 * lead: @link_hosts, NULL-terminated, may be NULL; a target is familiar after one proven message or
 * two days. A few indexed statements; wrap many messages in one transaction.
 */
bool trust_correspondent_note(Store *store, const TrustCorrespondent *correspondent,
			      const char *const *link_hosts, GError **error);

/* We wrote there: the domain is established. */
bool trust_correspondent_written(Store *store, const char *address, GError **error);

typedef struct {
	const char *address;
	const char *display;           /* NULL: none */
	const char *organization;      /* proven by a trusted CA; NULL: none */
	int64_t received;              /* when this message came; 0: now, after all that is known */
	const char *const *own;        /* our addresses, NULL-terminated; NULL: none */
	const char *const *link_hosts; /* NULL-terminated; NULL: none */
	bool unsigned_or_first;        /* only then links matter */
	const char *imitated_path;     /* the user's list of imitated names; NULL: none, and a
					  missing file is an empty one */
} TrustAlikeQuestion;

typedef struct {
	char *domain_like; /* the known domain (or, trick "local-part", address) that the address
			      looks like; NULL */
	const char *domain_trick; /* static, with domain_like: "confusable", "mixed-script",
				     "edit", "swap", "repetition", "hyphen", "inside", "suffix",
				     "local-part" */
	char *name_like; /* the known address, imitated domain, or own address whose name it takes,
			    or the address in the display name that is not the sender's; NULL */
	char *new_link;  /* a domain that links lead to, never seen from this sender; NULL */
	char *shown;     /* the address as it may be shown: U-labels, but A-labels where scripts
			    mix or the domain looks like another */
	bool unchecked;  /* ICU or libpsl is missing: not everything could be compared */
} TrustAlike;

void trust_alike_clear(TrustAlike *alike);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TrustAlike, trust_alike_clear)

/*
 * The answer is the same before and after this very message was noted. An established sender costs
 * two look-ups and nothing else. Fails only if the store does.
 */
bool trust_lookalike(Store *store, const TrustAlikeQuestion *question, TrustAlike *out,
		     GError **error);
