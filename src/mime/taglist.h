/* SPDX-License-Identifier: MPL-2.0 */
/* Tag lists of RFC 6376 section 3.2 ("a=1; b=2"), as Sig and Postseal-Key fields carry them. */
#pragma once

#include "base/bytes.h"

#define MIME_TAGLIST_MAX 32U /* tags of one list */

typedef struct {
	BaseBytes name;  /* ALPHA *(ALPHA / DIGIT / "_") */
	BaseBytes value; /* trimmed; may hold inner white space, folds included */
} MimeTag;

/*
 * tag-list = tag-spec *( ";" tag-spec ) [ ";" ]
 * tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
 *
 * Splits @value into at most MIME_TAGLIST_MAX tags that lie within it; the count goes to *@n. False
 * if it is not a tag list, a name is there twice (names compare exactly) or there are too many.
 */
bool mime_taglist_parse(BaseBytes value, MimeTag *tags, size_t *n);

/* The value of @name; {NULL, 0} if it is not there. */
BaseBytes mime_taglist_get(const MimeTag *tags, size_t n, const char *name);

/* Appends @base64 to @field in lines of at most 76 characters, each further line folded with "\r\n
 * "; the octets after the last CRLF of @field count as the line begun. */
void mime_taglist_fold(GString *field, const char *base64);
