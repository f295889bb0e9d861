/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A Maildir (Maildir++: folders are ".Sent", ".Archive.2026" beside cur, new and tmp).
 *
 * Others may write to it at the same time. What is no regular file is not there: symbolic links,
 * FIFOs and devices are never opened. Folder names never lead out of the root.
 */
#pragma once

#include "mail/store.h"

/* @create: make @path with cur, new and tmp, mode 0700, if it is not there. PS_ERROR_NOT_FOUND (no
 * Maildir), PS_ERROR_CREATE. */
MailStore *mail_store_new_maildir(const char *path, bool create, GError **error);

/* Puts a message into the inbox at @path as a delivery agent does: unseen, in new/. PS_ERROR_IO,
 * PS_ERROR_NOT_FOUND. */
bool mail_maildir_deliver(const char *path, GBytes *octets, GError **error);
