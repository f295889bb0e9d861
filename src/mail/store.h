/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Where letters lie: a Maildir or an account at an IMAP server, behind one interface.
 *
 * Calls may come from any thread. In a Maildir changes wait for each other; at an IMAP server all
 * calls do, except searching, which waits for other searching only. Errors of all calls:
 * PS_ERROR_BUSY (the time is over, or @stop was cancelled), PS_ERROR_IO, PS_ERROR_NOT_FOUND (no
 * such folder or message), PS_ERROR_PASSPHRASE (the server does not accept the password),
 * PS_ERROR_LIMIT, PS_ERROR_MALFORMED (the server speaks no IMAP). An IMAP connection is kept
 * between calls and made again when it is gone.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include <gio/gio.h>

#define MAIL_MESSAGE_MAX (64U << 20) /* octets of one message read or appended */
#define MAIL_PAGE_MAX    500U        /* messages of one page */
#define MAIL_FOLDERS_MAX 2000U

typedef enum {
	MAIL_ROLE_NONE,
	MAIL_ROLE_INBOX,
	MAIL_ROLE_SENT,
	MAIL_ROLE_DRAFTS,
	MAIL_ROLE_TRASH,
	MAIL_ROLE_JUNK,
	MAIL_ROLE_ARCHIVE,
} MailRole;

const char *mail_role_name(MailRole role); /* "inbox", "sent", ...; "none" */

typedef enum {
	MAIL_SEEN = 1 << 0,
	MAIL_ANSWERED = 1 << 1,
	MAIL_FLAGGED = 1 << 2,
	MAIL_DRAFT = 1 << 3,
	MAIL_DELETED = 1 << 4,
	MAIL_FORWARDED = 1 << 5, /* "P" in a Maildir, $Forwarded in IMAP */
} MailFlags;

typedef struct {
	char *id;   /* for the calls below; valid UTF-8 without control characters; "INBOX" is the
		       inbox */
	char *name; /* for people, levels divided by "/": "Archive/2026" */
	MailRole role;
	guint total;
	guint unread;
} MailFolder;

void mail_folder_free(MailFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailFolder, mail_folder_free)

typedef struct {
	char *id; /* stays while the message is in this folder: the unique name in a Maildir,
		     UIDVALIDITY.UID in IMAP; letters, digits and a few signs, no "/" */
	MailFlags flags;
	guint64 size;    /* octets, as the source says */
	gint64 received; /* seconds since 1970 */
	GBytes *header;  /* all of it, at most BASE_LIMIT_HEADER octets; empty if it cannot be read
			  */
} MailEntry;

typedef struct {
	guint total;        /* in the folder; of a search, found so far */
	guint offset;       /* of the first entry */
	bool complete;      /* of a search: all of the folder was looked through */
	GPtrArray *entries; /* of MailEntry, newest first */
} MailPage;

void mail_page_free(MailPage *page);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailPage, mail_page_free)

/* Whether @octets (a whole message, at most 1 MiB of it) is what is searched for. */
typedef bool (*MailMatch)(gpointer user, BaseBytes octets);

typedef struct {
	guint offset;       /* the newest message is 0 */
	guint limit;        /* at most MAIL_PAGE_MAX */
	const char *search; /* words; NULL: all messages. An IMAP server is asked for candidates:
			       the messages that it finds and the sealed ones */
	MailMatch match;    /* asked for each candidate (in a Maildir, each message); NULL: a
			       candidate's raw octets with all the words in them match */
	gpointer user;
} MailQuery;

typedef struct MailStore MailStore;
void mail_store_free(MailStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailStore, mail_store_free)

/* Inbox first, then those with a role, then by name; of MailFolder; (transfer full). */
GPtrArray *mail_store_folders(MailStore *store, GCancellable *stop, GError **error);

/* The folder of a role; NULL and PS_ERROR_NOT_FOUND if there is none: append() makes it. (transfer
 * full) */
char *mail_store_folder_of(MailStore *store, MailRole role, GCancellable *stop, GError **error);
/* The same, made if it is not there: "Sent", "Drafts", "Trash", "Junk", "Archive". */
char *mail_store_make_folder(MailStore *store, MailRole role, GCancellable *stop, GError **error);

MailPage *mail_store_list(MailStore *store, const char *folder, const MailQuery *query,
			  GCancellable *stop, GError **error);

/* The octets of one message, as they lie there; PS_ERROR_LIMIT over MAIL_MESSAGE_MAX. *@flags (may
 * be NULL) as they are: reading sets none. (transfer full) */
GBytes *mail_store_read(MailStore *store, const char *folder, const char *id, MailFlags *flags,
			GCancellable *stop, GError **error);

typedef struct {
	MailFlags set;
	MailFlags clear;
} MailChange;

bool mail_store_flag(MailStore *store, const char *folder, const char *id, MailChange change,
		     GCancellable *stop, GError **error);

/* Its id in the folder @to; "" if the server does not say. (transfer full) */
char *mail_store_move(MailStore *store, const char *folder, const char *id, const char *to,
		      GCancellable *stop, GError **error);

/* For good; for drafts that were sent or saved anew. */
bool mail_store_remove(MailStore *store, const char *folder, const char *id, GCancellable *stop,
		       GError **error);

/* On the disk, or acknowledged by the server, when it returns. Its id; "" if the server does not
 * say. (transfer full) */
char *mail_store_append(MailStore *store, const char *folder, GBytes *octets, MailFlags flags,
			GCancellable *stop, GError **error);
