/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Where the parts of a message lie: one pass over its octets, no copies.
 *
 * A boundary line is any line that begins with "--" and a boundary that is open, as RFC 2046
 * section 5.1.1 has it ("it is sufficient that the boundary appear in its entirety following the
 * CRLF"); the innermost counts, or the longest of several. So a part ends where other servers end
 * it, also in broken mail, and the numbers of parts stay those that the mail program knows. Beyond
 * BASE_LIMIT_MIME_DEPTH and BASE_LIMIT_MIME_PARTS containers are leaves.
 */
#pragma once

#include "base/bytes.h"
#include "imap/content.h"

#define IMAP_NO_PART G_MAXUINT

typedef enum {
	IMAP_PART_LEAF,
	IMAP_PART_MULTIPART,
	IMAP_PART_MESSAGE, /* message/rfc822; its one child is the message inside */
} ImapPartKind;

typedef struct {
	ImapPartKind kind;
	bool cut;     /* would be a container, but for the limits or a missing subtype */
	guint parent; /* indices; IMAP_NO_PART: none */
	guint child;  /* the first */
	guint last;   /* child */
	guint next;   /* the next sibling */
	guint depth;
	size_t at;       /* of the header */
	size_t header_n; /* octets, empty line included */
	size_t body_n;
	guint64 lines; /* line ends of the body */
	ImapContent *content;
} ImapPart;

/* Of ImapPart, the root first, each part before its children. Free with g_array_unref(). */
GArray *imap_structure_new(BaseBytes message);

const ImapPart *imap_structure_at(const GArray *parts, guint index);
/*
 * The part that the @n numbers name as FETCH does; NULL if it is not there. Without numbers the
 * root. 1 is also the body of what is no multipart, and numbers go on from a
 * message/rfc822 part into the message inside.
 */
const ImapPart *imap_structure_find(const GArray *parts, const guint32 *numbers, guint n);
