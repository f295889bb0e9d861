/* SPDX-License-Identifier: MPL-2.0 */
/* What a FETCH command asks for (RFC 9051 section 6.4.5, RFC 3501, 3516, 7162, 8970, 8474). */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "imap/set.h"

typedef enum {
	/* Changing or not about content: pass as they are. */
	IMAP_ITEM_FLAGS,
	IMAP_ITEM_UID,
	IMAP_ITEM_INTERNALDATE,
	IMAP_ITEM_MODSEQ,
	IMAP_ITEM_OTHER, /* anything else, e.g. X-GM-MSGID, EMAILID, SAVEDATE */
	/* About content: differ between a message and its view. */
	IMAP_ITEM_ENVELOPE,
	IMAP_ITEM_BODYSTRUCTURE,
	IMAP_ITEM_BODY_STRUCTURE_SHORT, /* BODY without section */
	IMAP_ITEM_RFC822,
	IMAP_ITEM_RFC822_HEADER,
	IMAP_ITEM_RFC822_TEXT,
	IMAP_ITEM_RFC822_SIZE,
	IMAP_ITEM_SECTION,     /* BODY[...] */
	IMAP_ITEM_BINARY,      /* BINARY[...] */
	IMAP_ITEM_BINARY_SIZE, /* BINARY.SIZE[...] */
	IMAP_ITEM_PREVIEW,
} ImapItemKind;

bool imap_item_is_content(ImapItemKind kind);

typedef enum {
	IMAP_SECTION_ALL, /* BODY[], BODY[1.2] */
	IMAP_SECTION_HEADER,
	IMAP_SECTION_FIELDS,
	IMAP_SECTION_FIELDS_NOT,
	IMAP_SECTION_TEXT,
	IMAP_SECTION_MIME,
} ImapSectionText;

typedef struct {
	ImapItemKind kind;
	GArray *part;         /* of guint32, part numbers; empty: the message itself */
	ImapSectionText text; /* for SECTION */
	GPtrArray *fields;    /* of char*, as written, for FIELDS and FIELDS_NOT */
	bool partial;         /* <offset.length>, or <offset> as some servers take it */
	uint64_t offset;
	uint64_t length; /* G_MAXINT64 if there was none */
	char *name;      /* as a response names it: "BODY[HEADER.FIELDS (Subject To)]<0>",
			    "RFC822.SIZE"; field names as the client wrote them (quoted if
			    it quoted them or sent a literal), no ".PEEK", no arguments */
	char *wire;      /* as the client wrote it; of a macro's items the name */
} ImapItem;

void imap_item_free(ImapItem *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImapItem, imap_item_free)

typedef struct {
	char *set_wire;   /* the sequence set, or "$", as written */
	GPtrArray *items; /* of ImapItem; macros (ALL, FAST, FULL) expanded */
	char *modifiers;  /* "(CHANGEDSINCE 5 VANISHED)" as written; NULL if none */
} ImapFetch;

/* @args: what follows "FETCH "; literals inline, CRLF at the end. PS_ERROR_MALFORMED,
 * PS_ERROR_LIMIT (1,000 items, part numbers 50 deep). */
ImapFetch *imap_fetch_parse(BaseBytes args, GError **error);
void imap_fetch_free(ImapFetch *fetch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImapFetch, imap_fetch_free)

bool imap_fetch_wants_content(const ImapFetch *fetch);
/* The item of this kind (its first), or NULL. */
const ImapItem *imap_fetch_find(const ImapFetch *fetch, ImapItemKind kind);
