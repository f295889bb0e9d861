/* SPDX-License-Identifier: MPL-2.0 */
/* What a POP3 client asks (RFC 1939, 2449, 2595, 5034). */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

typedef enum {
	POP3_CAPA,
	POP3_STLS,
	POP3_USER,
	POP3_PASS,
	POP3_AUTH,
	POP3_STAT,
	POP3_LIST,
	POP3_UIDL,
	POP3_RETR,
	POP3_TOP,
	POP3_DELE,
	POP3_RSET,
	POP3_NOOP,
	POP3_QUIT,
	POP3_VERBS, /* how many there are */
} Pop3Verb;

/* Borrowed from the line. */
typedef struct {
	Pop3Verb verb;
	BaseBytes text; /* USER, PASS: the rest of the line, blanks included; AUTH: the mechanism,
			   empty if only the list is asked for */
	BaseBytes initial;  /* AUTH: the initial response in base64; p is NULL if there is none */
	guint32 numbers[2]; /* LIST, UIDL, RETR, DELE: message; TOP: message and lines */
	guint n_numbers;
	bool odd; /* the numbers are wrong: what to say about that is the provider's */
} Pop3Command;

/* @line without its end. PS_ERROR_UNSUPPORTED: no such command; PS_ERROR_MALFORMED: its arguments;
 * the error's text is fit for the client. */
bool pop3_command_parse(BaseBytes line, Pop3Command *out, GError **error);

/* "RETR" */
const char *pop3_verb_name(Pop3Verb verb);
