/* SPDX-License-Identifier: MPL-2.0 */
/*
 * HTML that somebody sent, for a sandboxed frame: read by libxml2's HTML parser and written anew,
 * element by element and attribute by attribute, from lists of what is allowed.
 *
 * Not in the result: scripts, event attributes, forms, frames, objects, SVG, MathML, meta, link,
 * base, comments, anything that reaches out (src, srcset, background, url(), @import), what could
 * leave its place (position), ids and names. An <a> has no href: its target stands in its title,
 * since it must not navigate and people should see where it would lead. Images are data: URIs of
 * attachments or are dropped with their alternative text left.
 */
#pragma once

#include "base/bytes.h"

#define LETTER_HTML_MAX   (2U << 20)  /* octets of HTML read, and of HTML made without images */
#define LETTER_IMAGE_MAX  (4U << 20)  /* octets of one image put into the HTML */
#define LETTER_IMAGES_MAX (16U << 20) /* of all of them */

/* The image behind "cid:ID" (@id without brackets), of whatever type; NULL if there is none, or if
 * it has more than @max octets. (transfer full) */
typedef GBytes *(*LetterImage)(gpointer user, const char *id, size_t max);

typedef struct {
	LetterImage image; /* NULL: there are no images */
	gpointer user;
	bool legacy_display; /* leave out what is in div.header-protection-legacy-display */
} LetterHtmlOptions;

typedef struct {
	char *body; /* one <div>: well-formed whatever came in */
	char *text; /* what is visible of it, as plain text: nothing that is hidden by display:none,
		       visibility, opacity, size 0, or a colour like the one behind it */
	guint remote; /* references to other places that were dropped */
	bool cut;     /* deeper, longer or more than the limits allow */
} LetterHtml;

/* @source: UTF-8 (what is not, becomes U+FFFD); at most LETTER_HTML_MAX octets of it are read.
 * Never fails. (transfer full) */
LetterHtml *letter_html_new(const char *source, const LetterHtmlOptions *options);
void letter_html_free(LetterHtml *html);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LetterHtml, letter_html_free)

/* Bodies as one document with the styles that all letters share; (transfer full). */
char *letter_html_document(const char *bodies);
/* Plain text as a body; (transfer full). */
char *letter_html_of_text(const char *text);
