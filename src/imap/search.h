/* SPDX-License-Identifier: MPL-2.0 */
/* SEARCH programs (RFC 9051 section 6.4.4, RFC 3501, 5032, 7162): read, and asked of one message.
 */
#pragma once

#include "imap/message.h"
#include "imap/set.h"

typedef struct ImapSearch ImapSearch;

/*
 * @args: what follows "SEARCH ", literals inline, CRLF at the end. Keys of extensions that are not
 * known: PS_ERROR_UNSUPPORTED. PS_ERROR_MALFORMED; PS_ERROR_LIMIT (nesting 32, 1,000 keys).
 * RETURN (...) and CHARSET (US-ASCII, UTF-8; others PS_ERROR_UNSUPPORTED) are read.
 */
ImapSearch *imap_search_parse(BaseBytes args, GError **error);
void imap_search_free(ImapSearch *search);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImapSearch, imap_search_free)

/* Whether a key looks at content (SUBJECT, FROM, TO, CC, BCC, BODY, TEXT, HEADER, SENT..., LARGER,
 * SMALLER): only then view and message may differ. */
bool imap_search_asks_content(const ImapSearch *search);
/* Whether a field @name more in a message may change what is found: TEXT, LARGER, SMALLER, HEADER
 * @name. */
bool imap_search_asks_field(const ImapSearch *search, const char *name);
/* Whether RETURN (...) is there (RFC 4731), or a key that names a saved result ("$"). */
bool imap_search_is_extended(const ImapSearch *search);

typedef struct {
	guint32 seq;
	guint32 uid;
	guint32 n_messages;   /* what "*" is as a sequence number */
	guint32 last_uid;     /* what "*" is as a UID */
	GHashTable *flags;    /* lower-case flags and keywords as a set */
	gint64 internal_date; /* seconds since 1970 */
	guint32 day;          /* g_date_get_julian() of INTERNALDATE's date, zone disregarded */
	gint64 now;
	guint64 modseq;
	ImapMessage *message;
} ImapSearchFacts;

bool imap_search_matches(const ImapSearch *search, const ImapSearchFacts *facts);
