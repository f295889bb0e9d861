/* SPDX-License-Identifier: MPL-2.0 */
/* Sealed messages within a FETCH: what is shown of them, and those that have to be fetched first.
 */
#pragma once

#include "imap/fetch.h"
#include "imap/fetched.h"
#include "imap/set.h"
#include "proxy/imap_session.h"
#include "proxy/views.h"

/* The fields that tell what kind of message it is, as responses name them. */
#define IMAP_WITNESS_NAME "BODY[HEADER.FIELDS (CONTENT-TYPE POSTSEAL-KEY POSTSEAL-STATUS)]"

#define IMAP_SEALED_MAX   (256U << 20) /* octets; larger sealed messages are shown as they are */

/* A message fetched whole. */
typedef struct {
	guint32 seq;
	guint32 uid;
	GBytes *octets;
} ImapWhole;

/* Which ones, and what is done with each. */
typedef struct {
	ImapSession *session;
	bool uid;  /* they are named by UID */
	guint max; /* octets; of longer ones only these come */
	bool (*take)(void *user, const ImapWhole *whole, GError **error);
	void *user;
} ImapWholes;

/* Ends a command whose answer is not whole, since a program keeps what it was shown. */
#define IMAP_LATER "NO [UNAVAILABLE] A message cannot be opened now: try again"

/* Fetches the messages @numbers (of guint32), some at a time, while nothing else is in flight; what
 * else the provider says is passed on. */
bool imap_fetch_wholes(const ImapWholes *wholes, const GArray *numbers, GError **error);

/* What is shown of it; NULL: it is too large to have a view. (transfer full) */
View *imap_view_of(ImapSession *session, const ImapWhole *whole);

/* One FETCH command, or several that differ in the message only. */
typedef struct {
	ImapSession *session;
	const ImapFetch *fetch;
	bool uid;           /* UID FETCH */
	bool added_uid;     /* the UID was asked for by us */
	bool witness;       /* the Content-Type field was asked for by us */
	bool plain;         /* nothing is opened */
	ImapSet *later;     /* messages that cannot be opened now, as the command counts */
	ImapSet *again;     /* sealed messages that cannot be opened, parts of which were dropped */
	GPtrArray *waiting; /* responses about sealed messages whose octets are not there yet */
	GArray *signed_;    /* guint32: UIDs of signed messages of which only the header came */
} ImapFetching;

void imap_fetching_init(ImapFetching *fetching);
void imap_fetching_clear(ImapFetching *fetching);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImapFetching, imap_fetching_clear)

/* What we asked for and the mail program did not. */
bool imap_fetching_is_ours(const ImapFetching *fetching, const ImapFetched *fetched,
			   BaseBytes name);

/* Writes octets of the item @name to the mail program: as they are, but for a status that somebody
 * else wrote, if there is a @guard. */
bool imap_write_octets(ImapFetching *fetching, BaseBytes name, KindGuard *guard, BaseBytes octets,
		       GError **error);
/* The same for an item's value; and of flags, the keywords are right. */
bool imap_write_value(ImapFetching *fetching, const ImapFetched *fetched,
		      const ImapFetchedItem *item, KindGuard *guard, GError **error);

/* Whether an item's octets begin with the header of the message; *@whole: and are all of it. */
bool imap_holds_header(BaseBytes name, bool *whole);

/* One FETCH response whose first line is in @octets: passed on, or held. */
bool imap_take_fetched(ImapFetching *fetching, GByteArray *octets, GError **error);

/* A complete response about a sealed message. */
typedef struct {
	const GByteArray *octets;
	const ImapFetched *fetched;
	bool dropped; /* literals in it are empty that were not */
} ImapHeld;

/* Answers it now, or keeps it until the message is there. */
bool imap_fetching_take_sealed(ImapFetching *fetching, const ImapHeld *held, GError **error);

/* A response about a signed message of which only fields were asked. */
void imap_fetching_note_signed(ImapFetching *fetching, const ImapFetched *fetched);

/* Before the tagged response: fetches what is missing, answers, learns. */
bool imap_fetching_finish(ImapFetching *fetching, GError **error);
