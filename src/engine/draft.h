/* SPDX-License-Identifier: MPL-2.0 */
/* A message on its way out, as its author's program gave it: header read, wishes taken out. */
#pragma once

#include "base/source.h"
#include "engine/core.h"
#include "engine/facts.h"
#include "engine/request.h"
#include "mime/header.h"
#include "policy/level.h"
#include "policy/pass.h"

typedef struct {
	BaseSource *source;    /* borrowed */
	uint64_t body;         /* offset of the body */
	bool crlf;             /* line ends of the input */
	MimeHeader *header;    /* what leaves: without Bcc, own X-Postseal fields and the tag; with
				  Date and Message-ID */
	char *from;            /* normalised; NULL if there is not exactly one */
	char *sender;          /* the account to send as: --from, else from */
	char *program;         /* of the author, as the request says; NULL: unknown */
	GPtrArray *named;      /* char *: normalised recipients that stand in To or Cc */
	GPtrArray *hidden;     /* char *: the others (Bcc) */
	int64_t date;          /* of the Date field, after draft_complete() */
	PolicyLevel button;    /* X-Postseal-Level or the request */
	PsForm form;           /* of a signature, as the request says; PS_FORM_NONE: open */
	PolicyLevel tag;       /* of the Subject */
	bool is_new;           /* no answer, no forward */
	PolicyPassFacts facts; /* why it might pass untouched; foreign_from is set, too */
	FactsProtection protection; /* by its content, not by its labels */
	MimeRules rules; /* the author's, of the request and the field Originator-Rules */
} Draft;

/* PS_ERROR_MALFORMED (no message, or no recipient can be read), PS_ERROR_LIMIT, PS_ERROR_ARGUMENT,
 * PS_ERROR_IO. */
Draft *draft_read(PsEngine *engine, BaseSource *source, const PsRequest *request, GError **error);
void draft_free(Draft *draft);

/* Whether a part of this type is in it, at any depth. PS_ERROR_LIMIT as mime_walk_new(). */
bool draft_holds_type(const Draft *draft, const char *type, bool *out, GError **error);

/* Before it is signed: adds Date, Message-ID and the rules, takes out forged fields of ours. */
void draft_complete(Draft *draft, int64_t now);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Draft, draft_free)
