/* SPDX-License-Identifier: MPL-2.0 */
/* Which mailbox is for what: LIST and XLIST responses (RFC 9051 7.3.1, RFC 6154), and names that
 * mail programs give where the server says nothing. */
#pragma once

#include "base/bytes.h"

typedef enum {
	IMAP_USE_NONE,
	IMAP_USE_SENT,
	IMAP_USE_DRAFTS,
	IMAP_USE_JUNK,
	IMAP_USE_TRASH,
} ImapUse;

typedef struct {
	char **attributes; /* "\HasNoChildren", "\Sent" */
	char delimiter;    /* '\0': there is none */
	char *mailbox;     /* as commands name it: modified UTF-7 or UTF-8 */
} ImapListed;

/* @response: a LIST, LSUB or XLIST response with its literals. False: anything else. */
bool imap_listed_parse(BaseBytes response, ImapListed *out);
void imap_listed_clear(ImapListed *listed);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImapListed, imap_listed_clear)

/* What the attributes say (NULL: none are known), else what the last part of the name says in one
 * of some twenty languages. */
ImapUse imap_use_of(const char *mailbox, char **attributes);
