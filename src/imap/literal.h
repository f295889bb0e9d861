/* SPDX-License-Identifier: MPL-2.0 */
/* Literals: what a line announces at its end (RFC 9051 section 4.3, RFC 3516, RFC 7888). */
#pragma once

#include "base/bytes.h"

typedef struct {
	uint64_t size;
	bool non_sync; /* "{n+}": the octets come without being asked for */
	bool binary;   /* "~{n}": may hold NULs */
} ImapLiteral;

/*
 * Whether @line, with its CRLF, ends in "{n}" or "~{n}"; up to 63 bits of n. In a status response
 * (OK, NO, BAD, BYE, PREAUTH) the same is text: the caller does not ask.
 */
bool imap_literal_at_end(BaseBytes line, ImapLiteral *out);
/* The same at the beginning of @text; @head: octets of the announcement, line end included. */
bool imap_literal_at_start(BaseBytes text, ImapLiteral *out, size_t *head);
