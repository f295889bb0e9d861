/* SPDX-License-Identifier: MPL-2.0 */
/* What links.c and links_html.c share. */
#pragma once

#include "mime/links.h"

typedef enum {
	MIME_LINKS_IN_TEXT,
	MIME_LINKS_IN_TAG, /* between the attributes */
	MIME_LINKS_IN_SKIPPED_VALUE,
	MIME_LINKS_IN_RAW,     /* text of script, style and their like */
	MIME_LINKS_IN_COMMENT, /* "<!--" ... "-->" */
	MIME_LINKS_IN_BOGUS,   /* to the next ">" */
	MIME_LINKS_STATES,
} MimeLinksState;

struct MimeLinks {
	GPtrArray *hosts;
	GByteArray *held; /* what more text may change; bounded */
	bool html;
	MimeLinksState state;
	const char *element; /* of the tag that we are in, if it is in linking[] */
	const char *raw;     /* the element whose raw text follows or this is */
	uint8_t quote;       /* around the skipped value; 0: none */
	bool in_anchor;      /* text here is the label of a link */
	bool foreign;        /* svg or math was there, in which raw elements are markup */
	bool conditional;    /* the comment is shown by some mail programs */
};

/* Takes @host, which may be NULL; true if there is one. */
bool mime_links_add(MimeLinks *links, char *host);

/* Both return the octets that need not be seen again; with @last nothing follows. */
size_t mime_links_scan_plain(MimeLinks *links, BaseBytes text, bool last);
size_t mime_links_scan_html(MimeLinks *links, BaseBytes text, bool last);
