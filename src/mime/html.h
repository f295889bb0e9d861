/* SPDX-License-Identifier: MPL-2.0 */
/* HTML cut into tags and what is between them, without a tree: enough to find where a body begins
 * and where one div ends. Follows the tokenizer of the HTML standard (section 13.2.5) for tags,
 * comments and raw text. */
#pragma once

#include "base/error.h"
#include "base/sink.h"

#define MIME_HTML_TAG_MAX (64U << 10) /* octets of one tag; a longer one is text */

typedef enum {
	MIME_HTML_TEXT,
	MIME_HTML_RAW,   /* text in script, style, title, textarea and their like */
	MIME_HTML_OTHER, /* comment, doctype, processing instruction */
	MIME_HTML_START,
	MIME_HTML_END,
} MimeHtmlKind;

/* Tags come whole, everything else in pieces; all pieces in their order are the input. */
typedef bool (*MimeHtmlToken)(void *user, MimeHtmlKind kind, BaseBytes raw, GError **error);

/* A sink that calls @token. @user is borrowed. */
BaseSink *mime_html_new(MimeHtmlToken token, void *user);

/* Whether the octets so far end within a tag, a comment or raw text: what follows would be part of
 * that. */
bool mime_html_is_open(BaseSink *html);

/* Whether the tag @raw is called @name (ASCII case ignored). */
bool mime_html_tag_is(BaseBytes raw, const char *name);
/* Whether the start tag @raw has a class attribute with the word @word. */
bool mime_html_has_class(BaseBytes raw, const char *word);
