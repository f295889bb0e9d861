/* SPDX-License-Identifier: MPL-2.0 */
/* What the files that write a letter share. */
#pragma once

#include "letter/draft.h"
#include "letter/gmime_auto.h"

/* letter_addresses_parse() with addresses as they travel; (transfer full). */
GPtrArray *letter_draft_wire(const char *list, GError **error);

/* Appends all header fields but Content-*; the checks of letter_draft_compose(). */
bool letter_compose_header(const LetterDraft *draft, LetterPurpose purpose, GString *out,
			   GError **error);

/* The text, or the text and the attachments; (transfer full). */
GMimeObject *letter_compose_body(const LetterDraft *draft, GError **error);

/* Appends "name: value" CRLF, folded at blanks where lines would be long; @value is ASCII, or has
 * UTF-8 addresses in it. */
void letter_compose_field(GString *out, const char *name, const char *value);

/* For lists of addresses in drafts that are none yet ("X-Postseal-Draft-" "To"), and for notes. */
#define LETTER_DRAFT_FIELD "X-Postseal-Draft-"
