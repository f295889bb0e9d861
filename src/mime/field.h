/* SPDX-License-Identifier: MPL-2.0 */
/* One header field (RFC 5322 section 2.2): its exact octets, and its name and value made usable. */
#pragma once

#include "base/bytes.h"

/* Immutable and reference counted; one allocation each. */
typedef struct {
	BaseBytes raw;     /* "Name: value" with folding and line end exactly as written */
	const char *name;  /* as written; "" for a junk line without a field name */
	const char *value; /* unfolded, trimmed; 8-bit kept; stray CR, LF and NUL became blanks */
	bool made; /* made here, not read: its CRLFs follow the line ends of the header written */
} MimeField;

/*
 * A field as it was read: @raw holds one logical line, folding and line end included.
 *   field = 1*ftext *WSP ":" unstructured CRLF ; RFC 5322 section 3.6.8 with the obsolete *WSP
 * Anything else becomes a junk line: name "", the whole line as value.
 */
MimeField *mime_field_new_raw(BaseBytes raw);

/*
 * A field made here, folded at blanks to at most 76 columns where the words allow it: outside
 * quotes when possible, never inside a word (so never inside an encoded word), never leaving a line
 * with only blanks. Unfolding gives @value back exactly. CR, LF and NUL in @value become blanks, so
 * that no value can add a field. @name must satisfy mime_field_name_is_valid().
 */
MimeField *mime_field_new(const char *name, const char *value);

MimeField *mime_field_ref(const MimeField *field);
void mime_field_unref(MimeField *field);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MimeField, mime_field_unref)

/* 1*ftext: printable ASCII without colon. */
bool mime_field_name_is_valid(const char *name);

/* Octets of the field name at the start of a line and (*@colon) the offset of its colon; 0 if the
 * line does not begin a field. Only the octets up to the colon are looked at. */
size_t mime_field_name_length(BaseBytes line, size_t *colon);
