/* SPDX-License-Identifier: MPL-2.0 */
/* A SEARCH program as a tree of keys. */
#pragma once

#include "imap/search.h"

#define SEARCH_DEPTH_MAX 32U
#define SEARCH_KEYS_MAX  1000U
#define SEARCH_NONE      G_MAXUINT

typedef enum {
	SEARCH_AND, /* of its children; no children: all messages */
	SEARCH_OR,
	SEARCH_NOT,
	SEARCH_SEQUENCE,
	SEARCH_UID,
	SEARCH_SAVED, /* "$" */
	SEARCH_FLAG,
	SEARCH_BEFORE,
	SEARCH_ON,
	SEARCH_SINCE,
	SEARCH_OLDER,
	SEARCH_YOUNGER,
	SEARCH_MODSEQ,
	/* about content from here on */
	SEARCH_LARGER,
	SEARCH_SMALLER,
	SEARCH_SENTBEFORE,
	SEARCH_SENTON,
	SEARCH_SENTSINCE,
	SEARCH_HEADER,
	SEARCH_ADDRESS, /* FROM, TO, CC, BCC */
	SEARCH_SUBJECT,
	SEARCH_BODY,
	SEARCH_TEXT,
} SearchKind;

typedef struct {
	SearchKind kind;
	bool negated;
	guint child; /* indices; SEARCH_NONE: none */
	guint next;
	char *name;      /* HEADER, ADDRESS, SUBJECT: the field; FLAG: lower case */
	char *text;      /* UTF-8, folded by imap_search_fold() */
	ImapSet *set;    /* SEQUENCE, UID */
	uint64_t number; /* octets, seconds, mod-sequence; of a date the day */
	bool costly;     /* it, or one below it, looks at the body */
} SearchKey;

struct ImapSearch {
	GArray *keys; /* of SearchKey; the root first */
	bool asks_content;
	bool is_extended;
};

static inline const SearchKey *
search_key_at(const ImapSearch *search, guint index)
{
	return index == SEARCH_NONE ? NULL : &g_array_index(search->keys, SearchKey, index);
}

/* So that equal texts are equal octets: decomposed, without case. @text need not be NUL-terminated;
 * octets that are no UTF-8 stay. (transfer full) */
char *imap_search_fold(const char *text, size_t n);

/* Whether the message has the text of a HEADER, ADDRESS, SUBJECT, BODY or TEXT key. */
bool imap_search_finds(const SearchKey *key, ImapMessage *message);
