/* SPDX-License-Identifier: MPL-2.0 */
/* What the files behind mail_store_new_imap() share: libetpan's IMAP over our connections. */
#pragma once

#include "mail/store_private.h"
#include "mail/wire.h"

#include <libetpan/libetpan.h>

#define IMAP_BUDGET  (64U << 20)  /* octets that a server may say in one call, messages aside */
#define IMAP_LITERAL (256U << 10) /* octets of one literal: a header */

/* One session at the server; a command at a time. */
typedef struct {
	const MailAccount *account;
	MailWire *wire; /* NULL: not connected */
	mailimap *session;
	char *selected; /* folder; NULL: none */
} Imap;

/* A server may think for long about a search: it gets a session of its own, as long as it takes. */
typedef struct {
	MailStore base;
	MailAccount account;
	Imap usual; /* for whose turn it is */
	Imap aside; /* for whose turn @searching is */
	MailTurn searching;
} ImapStore;

/* Connected, logged in, time and octets of a new call granted. */
bool mail_imap_begin(Imap *imap, GCancellable *stop, guint64 literal, GError **error);
/* Not connected any more. */
void mail_imap_drop(Imap *imap);

/*
 * Whether libetpan's result @r means that it worked. If not: after a broken connection it is
 * dropped; what the server refused is @refused.
 */
bool mail_imap_check(Imap *imap, int r, PsError refused, GError **error);

/* Selects @folder, @again even if it is selected: the numbers of its messages are true then. */
bool mail_imap_select(Imap *imap, const char *folder, bool again, GError **error);

/* "UIDVALIDITY.UID" of a message in the selected folder; PS_ERROR_NOT_FOUND if it is not of this
 * UIDVALIDITY. */
bool mail_imap_uid_of(const Imap *imap, const char *id, guint32 *uid, GError **error);
char *mail_imap_id_of(guint32 uidvalidity, guint32 uid);

/* Where something was to be done: a message (or NULL) of a folder. */
typedef struct {
	const char *folder;
	const char *id;
} ImapPlace;

/* Passes on @trouble (transfer full), or PS_ERROR_NOT_FOUND if the folder is gone or made anew:
 * servers have many words for that, and some hang up. */
void mail_imap_explain(Imap *imap, const ImapPlace *place, GCancellable *stop, GError *trouble,
		       GError **error);

/* MailEntry of all messages of @set in the order of the server; @uids: it holds UIDs. @octets: the
 * begin of each message instead of its header. NULL: an error. */
GPtrArray *mail_imap_fetch(Imap *imap, struct mailimap_set *set, bool uids, bool octets,
			   GError **error);

/* The UIDs that are found; frees @key. @charset may be NULL. Ascending, of guint32; NULL: an error.
 */
GArray *mail_imap_find(Imap *imap, const char *charset, struct mailimap_search_key *key,
		       GError **error);
/* The UIDs of candidates for words, ascending, of guint32; NULL: an error. */
GArray *mail_imap_candidates(Imap *imap, const char *words, bool sealed, GError **error);

/* Calls of the store. */
GPtrArray *mail_imap_folders(MailStore *store, GCancellable *stop, GError **error);
bool mail_imap_make(MailStore *store, const char *name, GCancellable *stop, GError **error);
MailPage *mail_imap_list(MailStore *store, const char *folder, const MailQuery *query,
			 GCancellable *stop, GError **error);
MailPage *mail_imap_search(MailStore *store, const char *folder, const MailQuery *query,
			   GCancellable *stop, GError **error);
GBytes *mail_imap_read(MailStore *store, const char *folder, const char *id, MailFlags *flags,
		       GCancellable *stop, GError **error);
bool mail_imap_flag(MailStore *store, const char *folder, const char *id, MailChange change,
		    GCancellable *stop, GError **error);
char *mail_imap_move(MailStore *store, const char *folder, const char *id, const char *to,
		     GCancellable *stop, GError **error);
bool mail_imap_remove(MailStore *store, const char *folder, const char *id, GCancellable *stop,
		      GError **error);
char *mail_imap_append(MailStore *store, const char *folder, GBytes *octets, MailFlags flags,
		       GCancellable *stop, GError **error);

/* Flags as libetpan wants them; it frees the list. */
struct mailimap_flag_list *mail_imap_flag_list(MailFlags flags);
/* What libetpan read. */
MailFlags mail_imap_flag_of(const struct mailimap_flag_fetch *flag);
