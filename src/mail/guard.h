/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a server says, looked at before a parser that trusts it: no line and no literal larger than
 * agreed, no parentheses deeper than a stack bears, no more in all than one call may cost.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

#define MAIL_GUARD_LINE  (1U << 20) /* octets of one line without its literals */
#define MAIL_GUARD_DEPTH 50U        /* parentheses within each other */

typedef struct {
	bool imap;         /* lines may announce literals: {123} */
	guint64 budget;    /* octets that may still come */
	guint64 literal;   /* octets that one literal may have */
	guint64 skip;      /* octets of a literal that are yet to come */
	size_t line;       /* octets of this line so far */
	guint depth;       /* open parentheses of this response */
	bool quoted;       /* within a quoted string */
	bool escaped;      /* after its backslash */
	guint64 announced; /* number within the braces so far */

	enum {
		MAIL_GUARD_TEXT,
		MAIL_GUARD_BRACE,  /* after "{" */
		MAIL_GUARD_CLOSED, /* after "{123}" */
	} at;
} MailGuard;

/* For a new call: @budget octets in all, literals of at most @literal. */
void mail_guard_allow(MailGuard *guard, guint64 budget, guint64 literal);

/* False, PS_ERROR_LIMIT: too much. Any chunks. */
bool mail_guard_feed(MailGuard *guard, BaseBytes octets, GError **error);
