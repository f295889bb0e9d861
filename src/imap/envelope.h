/* SPDX-License-Identifier: MPL-2.0 */
/* ENVELOPE (RFC 9051 section 7.5.2). */
#pragma once

#include "base/bytes.h"

/*
 * Appends "(date subject from sender reply-to to cc bcc in-reply-to message-id)" of @header. Of
 * fields that come twice the last counts, addresses of all of them; Sender and Reply-To default to
 * From. *@budget addresses are read at most, the rest is left out; it goes down.
 */
void imap_envelope_write(GString *out, BaseBytes header, guint *budget);

/* Appends the addresses of one field's value (line ends may be in it) without the outer
 * parentheses; nothing if there are none. */
void imap_addresses_write(GString *out, BaseBytes value, guint *budget);

/* One address as it stands in the list; any may be NULL. A group is one with its name as mailbox
 * and no host, its members, and one without anything. */
typedef struct {
	char *name;
	char *route;
	char *mailbox;
	char *host;
} ImapAddress;

typedef void (*ImapAddressFunc)(void *user, const ImapAddress *address);

/* The same addresses, one call each. */
void imap_addresses_each(BaseBytes value, guint *budget, ImapAddressFunc func, void *user);
