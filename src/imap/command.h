/* SPDX-License-Identifier: MPL-2.0 */
/* Commands and responses, as far as a proxy has to understand them. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

typedef struct {
	char *tag;
	char *name; /* upper case; of "UID FETCH" it is "FETCH" */
	bool uid;
	BaseBytes args; /* what follows name and blank, CRLF included; borrowed from the input */
} ImapCommand;

/* @octets: one command with its CRLF, literals inline. PS_ERROR_MALFORMED; *@out may then hold the
 * tag alone for the BAD response (name NULL), and is NULL if there is no tag. */
bool imap_command_parse(BaseBytes octets, ImapCommand **out, GError **error);
void imap_command_free(ImapCommand *command);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImapCommand, imap_command_free)

/* An astring at the beginning of @rest, which moves behind it and one blank; NULL if there is none.
 * (transfer full; may hold 8-bit octets, never NUL) */
char *imap_take_astring(BaseBytes *rest);
/* An atom, e.g. a flag or keyword ("\Seen", "\*"), with one blank behind it; NULL if there is none.
 */
char *imap_take_atom(BaseBytes *rest);
/* A parenthesised list of atoms; NULL-terminated; NULL if there is none. */
char **imap_take_atoms(BaseBytes *rest);
/* @text as a string that any server reads: quoted, or a synchronising-free literal is never needed
 * since CR, LF and 8-bit octets make it NULL. (transfer full) */
char *imap_quote(const char *text);

/* What a line of the server begins: a tagged response, "*" or "+". */
typedef struct {
	enum {
		IMAP_TAGGED,
		IMAP_UNTAGGED,
		IMAP_CONTINUE,
		IMAP_BROKEN
	} kind;

	BaseBytes tag;   /* TAGGED */
	bool has_number; /* "* 5 FETCH" */
	guint32 number;
	char name[24];  /* upper case: "OK", "FETCH", "SEARCH"; "" for CONTINUE and for names
			   that are longer than any known one */
	BaseBytes code; /* inside "[...]" of a status response, brackets excluded; empty if none */
	BaseBytes rest; /* what follows the name and a blank, without the line end */
} ImapResponse;

bool imap_response_is_status(const ImapResponse *response); /* OK, NO, BAD, BYE, PREAUTH */
/* @line: one line, or a response with its literals. */
void imap_response_parse(BaseBytes line, ImapResponse *out);
/* Whether the response code is @word, as "CAPABILITY" of "CAPABILITY IMAP4rev1". */
bool imap_response_has_code(const ImapResponse *response, const char *word);
