/* SPDX-License-Identifier: MPL-2.0 */
/* The hosts that the links of a message lead to, as a browser would read them. */
#pragma once

#include "base/bytes.h"

#define MIME_LINKS_MAX 64U        /* hosts of one message */
#define MIME_LINKS_URL (4U << 10) /* octets of a URL up to its path; a longer one is no link */

typedef struct MimeLinks MimeLinks;

MimeLinks *mime_links_new(void);
void mime_links_free(MimeLinks *links);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MimeLinks, mime_links_free)

/*
 * Text of a part, transfer encoding and charset decoded (UTF-8), in pieces of any size; @html: it
 * is text/html. A part ends with mime_links_end(), also before a piece of another kind. Keeps at
 * most two times MIME_LINKS_URL octets and a piece of BASE_LIMIT_BLOCK.
 *
 * Links are http:// and https:// anywhere in plain text; in HTML the URLs (WHATWG URL, also
 * "//host" and "http:host") of href in a, area and base and of action in form, formaction in button
 * and input, and plain URLs in text outside of a link (mail programs make links of those) and in
 * conditional comments (some programs show these). What is only loaded (src, style sheets) is none.
 */
void mime_links_feed(MimeLinks *links, BaseBytes text, bool html);
void mime_links_end(MimeLinks *links);

/* The distinct hosts (char *) in order of appearance, at most MIME_LINKS_MAX: A-labels in lower
 * case without the last dot, IPv4 in dotted form, IPv6 without brackets. Ends the part; borrowed.
 */
const GPtrArray *mime_links_hosts(MimeLinks *links);
