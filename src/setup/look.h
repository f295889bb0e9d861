/* SPDX-License-Identifier: MPL-2.0 */
/* The person's mailbox at the provider: does another device have keys for this address? */
#pragma once

#include "net/conn.h"
#include <postseal/engine.h>

typedef struct SetupMailbox SetupMailbox;

/* Logged in by IMAP over TLS. PS_ERROR_PASSPHRASE (refused), PS_ERROR_IO, PS_ERROR_BUSY. */
SetupMailbox *setup_mailbox_open(const NetServer *server, NetTrust *trust, const char *user,
				 const char *password, GError **error);
void setup_mailbox_close(SetupMailbox *mailbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SetupMailbox, setup_mailbox_close)

/* Looks at the newest 200 messages from @address in each of Sent and INBOX. *@root is the newest
 * identity's root, NULL if none is there; *@seen counts signed messages that were read. */
bool setup_mailbox_look(SetupMailbox *mailbox, PsEngine *engine, const char *address, char **root,
			guint *seen, GError **error);

/* Appends @message (CRLF) to INBOX, marked as read. */
bool setup_mailbox_append(SetupMailbox *mailbox, GBytes *message, GError **error);

/* The newest transfer messages for @address, as PsMessage octets with their UIDs; at most 3. */
typedef struct {
	guint uid;
	GBytes *message;
} SetupTransfer;

void setup_transfer_free(SetupTransfer *transfer);
GPtrArray *setup_mailbox_transfers(SetupMailbox *mailbox, GError **error);
/* Deletes it from INBOX. */
bool setup_mailbox_delete(SetupMailbox *mailbox, guint uid, GError **error);
