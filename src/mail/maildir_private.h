/* SPDX-License-Identifier: MPL-2.0 */
/* What the files behind mail/maildir.h share. */
#pragma once

#include "mail/maildir.h"
#include "mail/store_private.h"

#include <sys/stat.h>

#define MAILDIR_ENTRIES_MAX 2000000U /* messages of one folder */

/* One message of a folder, as its file name tells. */
typedef struct {
	char *file;   /* "1700000000.M1P2.host:2,S" */
	guint unique; /* octets of it that are the id: up to ":" */
	bool fresh;   /* in new/, else in cur/ */
	MailFlags flags;
	gint64 time; /* seconds since 1970 */
} MaildirItem;

/* The listing of a folder, as it was when it was read: never changed, shared by threads. */
typedef struct {
	struct timespec changed[2]; /* of new/ and cur/ */
	gint64 looked;              /* when, seconds */
	GPtrArray *items;           /* of MaildirItem, newest first */
	GHashTable *by_id;          /* id -> MaildirItem, borrowed */
} MaildirBox;

typedef struct {
	MailStore base;
	int root;          /* directory */
	GMutex listing;    /* for @boxes; nothing is read of messages under it */
	GHashTable *boxes; /* id of a folder -> MaildirBox */
} Maildir;

/* The directory of a folder, or -1 and PS_ERROR_NOT_FOUND. Close it. */
int maildir_open_folder(const Maildir *maildir, const char *folder, GError **error);
/* "new", "cur" or "tmp" in it. */
int maildir_open_part(int folder, const char *part, GError **error);

/* The listing, read again if it changed. (transfer full) */
MaildirBox *maildir_box(Maildir *maildir, const char *folder, GError **error);
void maildir_box_unref(MaildirBox *box);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MaildirBox, maildir_box_unref)

/* "ST" after ":2,". */
MailFlags maildir_flags_of(const char *file);
/* @file with other flags, letters that are not ours kept; (transfer full). */
char *maildir_name_with(const char *file, MailFlags flags);

/* A new unique name; (transfer full). */
char *maildir_unique(void);
/* Writes @octets to tmp/ and renames to @part with ":2," and flags if that is "cur"; on the disk
 * when it returns. The id. (transfer full) */
char *maildir_deliver(int folder, const char *part, GBytes *octets, MailFlags flags,
		      GError **error);

/* Calls of the store. */
MailPage *maildir_list(MailStore *store, const char *folder, const MailQuery *query,
		       GCancellable *stop, GError **error);
MailPage *maildir_search(MailStore *store, const char *folder, const MailQuery *query,
			 GCancellable *stop, GError **error);
GBytes *maildir_read(MailStore *store, const char *folder, const char *id, MailFlags *flags,
		     GCancellable *stop, GError **error);
bool maildir_flag(MailStore *store, const char *folder, const char *id, MailChange change,
		  GCancellable *stop, GError **error);
char *maildir_move(MailStore *store, const char *folder, const char *id, const char *to,
		   GCancellable *stop, GError **error);
bool maildir_remove(MailStore *store, const char *folder, const char *id, GCancellable *stop,
		    GError **error);
char *maildir_append(MailStore *store, const char *folder, GBytes *octets, MailFlags flags,
		     GCancellable *stop, GError **error);

/* A descriptor that closes itself. */
typedef int MaildirFd;
void maildir_close(const MaildirFd *fd);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MaildirFd, maildir_close)
