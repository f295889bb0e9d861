/* SPDX-License-Identifier: MPL-2.0 */
/* A small IMAP client (RFC 9051): one command at a time, every answer bounded. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "imap/list.h"
#include "proxy/auth.h"
#include "setup/look.h"

/* One response: @text is the line, "{n}" standing where the octets of a literal were. */
typedef struct {
	GString *text;
	GPtrArray *literals; /* of GBytes, in order */
} MailboxResponse;

/* Told each untagged response of a command. */
typedef void (*MailboxHandler)(const MailboxResponse *response, gpointer user);

/* setup_mailbox_open() with a password or a token. */
SetupMailbox *mailbox_open(const NetServer *server, NetTrust *trust, const char *user,
			   const Credentials *credentials, GError **error);
/* Sends "TAG @command" and reads to its end. PS_ERROR_UNAVAILABLE if the server says no. */
bool mailbox_command(SetupMailbox *mailbox, const char *command, MailboxHandler handler,
		     gpointer user, GError **error);
/* The same with a literal behind @command. */
bool mailbox_command_literal(SetupMailbox *mailbox, const char *command, BaseBytes literal,
			     GError **error);
/* The UIDs of the newest @most that @criteria finds, newest first; NULL. (transfer full) */
GArray *mailbox_search(SetupMailbox *mailbox, const char *criteria, guint most, GError **error);
/* Sorts UIDs (of guint) newest first and drops those beyond @most. */
void mailbox_keep_newest(GArray *uids, guint most);
/* The whole message, without marking it as read; *@out is left alone if it is gone by now. */
bool mailbox_fetch(SetupMailbox *mailbox, guint uid, GBytes **out, GError **error);
/* Whether it is a LIST response; then *@out is what it lists, to be cleared. */
bool mailbox_listed(const MailboxResponse *response, ImapListed *out);
/* Whether CAPABILITY names @word. */
bool mailbox_has(const SetupMailbox *mailbox, const char *word);
/* Appends one line without its end. PS_ERROR_IO, PS_ERROR_BUSY. */
bool mailbox_read_line(NetConn *conn, GString *out, GError **error);
