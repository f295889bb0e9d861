/* SPDX-License-Identifier: MPL-2.0 */
/* APPEND commands: where a message goes, and the literal that it comes in (RFC 9051 6.3.12). */
#pragma once

#include "imap/literal.h"

typedef struct {
	BaseBytes mailbox; /* astring as written; imap_take_astring() reads it */
	BaseBytes flags;   /* "(\Seen)" as written; empty if there are none */
	ImapLiteral literal;
} ImapAppend;

/* @line: what follows "APPEND ", literals of the mailbox name inline, up to the line end of the
 * message's announcement. False: anything else, e.g. CATENATE. Spans are borrowed from @line. */
bool imap_append_parse(BaseBytes line, ImapAppend *out);
