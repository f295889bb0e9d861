/* SPDX-License-Identifier: MPL-2.0 */
/* The files that hold mail below a folder, in the order in which the mail came. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

typedef struct Mailbox Mailbox;

/*
 * @path: a file, a Maildir or a folder of these. Sorted by arrival, since the first key that is
 * seen for an address fills its slot: a Maildir's names begin with the time, of other files the
 * last change counts. Folders for junk, deleted mail and drafts are left out unless @path itself is
 * one, as are Maildir's tmp, index files of servers and links. About 70 octets of memory a file.
 * PS_ERROR_NOT_FOUND.
 */
Mailbox *mailbox_new(const char *path, GError **error);
void mailbox_free(Mailbox *mailbox); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mailbox, mailbox_free)

guint mailbox_count(const Mailbox *mailbox);
uint64_t mailbox_octets(const Mailbox *mailbox); /* of all files */
/* (transfer full) */
char *mailbox_path(const Mailbox *mailbox, guint i);
uint64_t mailbox_size(const Mailbox *mailbox, guint i);
