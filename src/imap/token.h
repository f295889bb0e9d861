/* SPDX-License-Identifier: MPL-2.0 */
/* Tokens of commands and responses (RFC 9051 section 9), as spans. Each take function moves @rest
 * behind what it takes, and leaves it alone where there is nothing to take. */
#pragma once

#include "base/bytes.h"

/* Octets over 0x7f count as ATOM-CHAR: UTF-8 comes unquoted from programs that know no better. */
bool imap_is_atom_char(uint8_t c);
/* With "]". */
bool imap_is_astring_char(uint8_t c);

/* @line without its CRLF or LF. */
BaseBytes imap_without_line_end(BaseBytes line);
bool imap_take_octet(BaseBytes *rest, char c);
/* Any number of blanks. */
void imap_take_blanks(BaseBytes *rest);
/* 1*DIGIT up to @max. */
bool imap_take_number(BaseBytes *rest, uint64_t max, uint64_t *out);
/* As many octets as @is allows; may be none. */
BaseBytes imap_take_while(BaseBytes *rest, bool (*is)(uint8_t c));

typedef enum {
	IMAP_TOKEN_NONE, /* something else, or broken */
	IMAP_TOKEN_WHOLE,
	IMAP_TOKEN_PENDING, /* @rest ends behind a literal's announcement; nothing is taken */
} ImapTokenState;

typedef struct {
	BaseBytes wire;   /* with quotes or announcement */
	BaseBytes octets; /* inside; of a quoted string still with its backslashes */
	bool quoted;
} ImapString;

/* string = quoted / literal, also literal8. */
ImapTokenState imap_take_string(BaseBytes *rest, ImapString *out);
/* The octets without backslashes. */
GBytes *imap_token_octets(const ImapString *string);
/* From "(" or "[" to the bracket that closes it, over nested parentheses, strings and literals. */
ImapTokenState imap_take_group(BaseBytes *rest, BaseBytes *out);
/* The same, and *@literals, how many may be met, is counted down; NONE if there are more. */
ImapTokenState imap_take_group_within(BaseBytes *rest, BaseBytes *out, guint *literals);
