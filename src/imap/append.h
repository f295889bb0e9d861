/* SPDX-License-Identifier: MPL-2.0 */
/* APPEND commands: where a message goes, and the literal that it comes in (RFC 9051 6.3.12). */
#pragma once

#include "imap/literal.h"

typedef struct {
	BaseBytes mailbox; /* astring as written; imap_take_astring() reads it */
	BaseBytes flags;   /* "(\Seen)" as written; empty if there are none */
	BaseBytes date; /* "17-Jul-1996 02:44:25 -0700" with its quotes; empty if there is none */
	bool utf8;      /* "UTF8 (~{n}": a ")" follows the octets (RFC 6855 section 4) */
	ImapLiteral literal;
} ImapAppend;

/* @line: what follows "APPEND ", literals of the mailbox name inline, up to the line end of the
 * message's announcement. False: anything else, e.g. CATENATE. Spans are borrowed from @line. */
bool imap_append_parse(BaseBytes line, ImapAppend *out);

typedef enum {
	IMAP_APPEND_END,  /* that was the last message */
	IMAP_APPEND_MORE, /* another one follows: MULTIAPPEND (RFC 3502) */
	IMAP_APPEND_BROKEN,
} ImapAppendAfter;

/* What follows the octets of @append, up to the line end. MORE: *@next has the mailbox of @append
 * and all else of the next message. */
ImapAppendAfter imap_append_after(const ImapAppend *append, BaseBytes line, ImapAppend *next);
