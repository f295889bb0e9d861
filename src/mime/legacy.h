/* SPDX-License-Identifier: MPL-2.0 */
/* Legacy Display Elements (RFC 9788 sections 4.5.3, 5.2.2 to 5.2.5): hidden fields for programs
 * that do not know where to look, put into main body parts and taken out again. */
#pragma once

#include "mime/walk.h"

#define MIME_LEGACY_PARAM     "hp-legacy-display"
#define MIME_LEGACY_CLASS     "header-protection-legacy-display"
#define MIME_LEGACY_LOOKAHEAD (64U << 10) /* octets held back to find the end of an element */

typedef enum {
	MIME_LEGACY_NONE,
	MIME_LEGACY_PLAIN,
	MIME_LEGACY_HTML,
} MimeLegacy;

/*
 * Filters on decoded content in an ASCII-compatible charset.
 *
 * Insertion: @lines (of char *, UTF-8, "Name: value") are converted to @charset (NULL: us-ascii;
 * what it does not have becomes "?"), their control characters become blanks. PLAIN: the lines and
 * an empty one come first. HTML: <div class="header-protection-legacy-display"><pre>...</pre></div>
 * with < > & " ' escaped becomes the first child of body: after <body ...>, or before the first
 * thing that begins a body without its tag.
 */
BaseSink *mime_legacy_insert_new(MimeLegacy kind, const GPtrArray *lines, const char *charset,
				 bool crlf, BaseSink *next);

/*
 * Removal. PLAIN: everything up to and including the first empty line; all stays if there is none
 * within MIME_LEGACY_LOOKAHEAD octets. HTML: every div of that class with all that is in it; one
 * that does not end within MIME_LEGACY_LOOKAHEAD octets stays.
 */
BaseSink *mime_legacy_remove_new(MimeLegacy kind, BaseSink *next);

/*
 * For visitors of one's own that do other things too: what enter() and filter() would do for @node.
 * enter marks or unmarks the leaf, sets choice to FILTER and is true if the node is concerned; then
 * filter gives the sink to put before @next. With the same @lines in both.
 */
bool mime_legacy_insert_enter(const GPtrArray *lines, const MimeWalkNode *node,
			      MimeWalkChoice *choice);
BaseSink *mime_legacy_insert_filter(const GPtrArray *lines, const MimeWalkNode *node,
				    BaseSink *next);
bool mime_legacy_remove_enter(const MimeWalkNode *node, MimeWalkChoice *choice);
BaseSink *mime_legacy_remove_filter(const MimeWalkNode *node, BaseSink *next);

/*
 * Ready visitors for mime_walk_new(). Push the payload, header included.
 * insert: @user is the GPtrArray of lines; main body parts of text/plain and text/html get the
 * element and hp-legacy-display=1 (us-ascii becomes utf-8 if a line needs it; identity encodings
 * become QP). remove: @user is NULL; only for payloads of encrypted mail; parts in message/rfc822
 * and below multipart/signed stay as they are.
 */
extern const MimeWalkVisitor mime_legacy_insert_visitor;
extern const MimeWalkVisitor mime_legacy_remove_visitor;
