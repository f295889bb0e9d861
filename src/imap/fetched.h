/* SPDX-License-Identifier: MPL-2.0 */
/* FETCH responses: "* 5 FETCH (UID 7 FLAGS (\Seen) BODY[] {1234}" + octets + ")". */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

/* One item with its value, both as spans of the response. */
typedef struct {
	BaseBytes name;  /* "UID", "BODY[HEADER.FIELDS (SUBJECT)]<0>" */
	BaseBytes value; /* "7", "(\Seen)", `"text"`, "{5}\r\nHello", "NIL" */
} ImapFetchedItem;

typedef struct {
	guint32 seq;
	GArray *items; /* of ImapFetchedItem, complete ones */
	/* The response so far ends in a literal's announcement whose octets are not there: the item
	 * it belongs to (its name; value is empty), and whether it is the item's whole value
	 * (not one string inside an ENVELOPE). */
	bool pending;
	bool pending_is_value;
	BaseBytes pending_name;
	bool complete; /* ")" CRLF is there */
} ImapFetched;

/*
 * @response: wire octets from "* " on, with the literals that came inline; ends after "{n}\r\n" of
 * a literal or is complete. false: it is not a FETCH response, or broken; the caller passes it on
 * as it is (also with over 10,000 items or 2,000 literals). Spans are borrowed from @response;
 * @out is not cleared before. Octets of literals are passed over, not read.
 */
bool imap_fetched_parse(BaseBytes response, ImapFetched *out);
void imap_fetched_clear(ImapFetched *fetched);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImapFetched, imap_fetched_clear)

/* Whether an item's name is @wanted; compared as by imap_fetched_find(). */
bool imap_fetched_is(BaseBytes name, const char *wanted);
/* ASCII case is ignored; a section's field names too. NULL if it is not there. */
const ImapFetchedItem *imap_fetched_find(const ImapFetched *fetched, const char *name);
/* A string value's octets: quoted (unescaped), literal, NIL -> NULL. (transfer full) */
GBytes *imap_fetched_octets(const ImapFetchedItem *item);
