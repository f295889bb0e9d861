/* SPDX-License-Identifier: MPL-2.0 */
/* The fields of a header block as slices, whatever is in them: what HEADER.FIELDS cuts out. */
#pragma once

#include "base/bytes.h"

typedef struct {
	BaseBytes raw;   /* all its lines with their line ends */
	BaseBytes name;  /* blanks before the colon left out; empty for a line without colon */
	BaseBytes value; /* raw, what follows the colon and blanks, without the last line end */
} ImapField;

/*
 * The field at the beginning of @header, which moves behind it. False at the empty line and at the
 * end.
 *   field = name *WSP ":" *WSP value *(CRLF WSP value) CRLF    ; LF alone is a line end too
 */
bool imap_field_next(BaseBytes *header, ImapField *out);
bool imap_field_is(const ImapField *field, const char *name);

/* The value with its line ends as LF; those before a blank line's octet vanish. A NUL stays. */
GString *imap_field_value(const ImapField *field);
/* The same with U+FFFD for each NUL. (transfer full) */
char *imap_field_text(const ImapField *field);
