/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A message taken apart for reading: what ps_engine_open() or a view wrote, or an ordinary message.
 *
 * Nothing is decrypted or verified here, and nothing is fetched. A message/rfc822 and an encrypted
 * part below the root are attachments, never part of the text.
 */
#pragma once

#include "letter/summary.h"

#define LETTER_MESSAGE_MAX (64U << 20) /* octets of a message that is taken apart */
#define LETTER_TEXT_MAX    (2U << 20)  /* octets of text shown, all parts together */

typedef struct {
	guint part; /* for letter_shown_part(): 1 is the root, then in the order of the message */
	char *name; /* letter_file_name() */
	char *type; /* letter_file_type(): what may be said to a browser */
	char *claimed;   /* the type as the message says, lower case, "image/svg+xml" */
	guint64 size;    /* octets, decoded */
	bool is_inline;  /* shown within the HTML (cid:) or meant to be */
	bool is_message; /* a message/rfc822: letter_shown_part() gives a message */
} LetterAttachment;

typedef struct {
	LetterSummary *header;
	char *text; /* UTF-8, lines end with LF, never NULL: of the text/plain parts; if there are
		       none, what is visible of the HTML */
	bool text_of_html;
	bool cut;     /* there was more text or HTML than the limits allow */
	char *html;   /* a whole, sanitised document (letter/html.h); NULL if there is no HTML */
	guint remote; /* references to other places that were dropped from the HTML */
	GPtrArray *attachments;  /* of LetterAttachment */
	struct LetterTree *tree; /* private */
} LetterShown;

typedef struct {
	bool text_only; /* no HTML at all: content that was encrypted and that nobody vouches for */
	bool legacy_display; /* leave out Legacy Display Elements of parts with hp-legacy-display=1
				(RFC 9788 4.5.3): only for a message that was encrypted and is not
				the engine's view, which has none any more */
} LetterShownOptions;

/* @octets is referenced; line ends CRLF or LF; @options NULL: neither. PS_ERROR_LIMIT,
 * PS_ERROR_MALFORMED (no header field at all). (transfer full) */
LetterShown *letter_shown_new(GBytes *octets, const LetterShownOptions *options, GError **error);
void letter_shown_free(LetterShown *shown);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LetterShown, letter_shown_free)

/* The decoded content of one attachment; PS_ERROR_NOT_FOUND. (transfer full) */
GBytes *letter_shown_part(const LetterShown *shown, guint part, GError **error);
const LetterAttachment *letter_shown_attachment(const LetterShown *shown, guint part);

/* The first field called @name, letter_text_of_field(); NULL if there is none; (transfer full). */
char *letter_shown_field(const LetterShown *shown, const char *name);

/* Whether all words of @words are in the addresses, the Subject or the text. For searching in
 * messages without taking them apart into HTML and attachments: letter_matches(). */
bool letter_shown_matches(const LetterShown *shown, const char *words);
/* The same for octets; false also for what cannot be read. */
bool letter_matches(BaseBytes octets, const char *words);
