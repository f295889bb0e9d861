/* SPDX-License-Identifier: MPL-2.0 */
/* A letter while it is written in the browser: what the form holds, and where it came from. */
#pragma once

#include "letter/draft.h"
#include "letter/reply.h"
#include "web/letters.h"

enum {
	WEB_RULE_LISTS,
	WEB_RULE_FORWARD,
	WEB_RULE_REPLY,
	WEB_RULE_EXPIRES,
	WEB_RULES
};

typedef struct {
	WebDesk *desk;          /* borrowed */
	LetterDraft *letter;    /* its level and rules are not set here */
	char *level;            /* "auto", "plain", "signed", "sealed" */
	bool visible;           /* one visible signature for this message */
	bool against;           /* the author of the letter answered, after the sentence about it */
	char *rules[WEB_RULES]; /* "" or NULL: none */
	char *answers; /* FOLDER/ID of the message answered (web_reference()); NULL: none */
	char *kind;    /* "reply", "reply-all", "forward"; NULL: neither */
	char *saved;   /* FOLDER/ID of the draft that this replaces; NULL: none */
	char *lost;    /* what it should have and cannot be read, in a sentence: then it must not
			  leave nor be kept; NULL: nothing */
	char *note;    /* what the person should know; NULL: nothing */
} WebDraft;

void web_draft_free(WebDraft *draft);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WebDraft, web_draft_free)

/* What the query asks for: an empty one, an answer (reply=, kind=), a saved draft (draft=). */
WebDraft *web_draft_begin(WebRequest *request, WebDesk *desk, GError **error);
/* What a form or a JSON body holds; attachments that are only named are fetched from where they
 * are, and what it belongs to is read there, else taken from the form's own thread; see @lost.
 * PS_ERROR_ARGUMENT, PS_ERROR_LIMIT, as mail/store.h. */
WebDraft *web_draft_read(WebRequest *request, WebDesk *desk, GError **error);
/* Only whom the query names (to=, cc=, bcc=), what it answers (in_reply_to=, kind=, thread=) and
 * whether it goes on against the author of that (override_author=). */
WebDraft *web_draft_thread(WebRequest *request, WebDesk *desk);
/* Does it answer or forward another letter? */
bool web_draft_answers(const WebDraft *draft);
/* {"floor","floor_text","author"}: what forbids to send it open. */
void web_draft_add_floor(JsonObject *object, const WebDraft *draft);
/* {"from","to",...} as web/openapi.json has it, and what the page needs. (transfer full) */
JsonObject *web_draft_json(const WebDraft *draft);
/* How an attachment is named while it stays here. (transfer full) */
char *web_draft_file_id(const LetterFile *file);
/* The name of a rule: "lists". Static. */
const char *web_draft_rule_name(guint rule);

/* ---- sending (send.c) ---- */

/* What would leave, at @level (NULL: the draft's own). */
PsOutcome *web_draft_protect(const WebDraft *draft, const char *level, GError **error);
/* {"level","form","reason","refused","ready","recipients","how_to"} (transfer full) */
JsonObject *web_outcome_json(const WebDraft *draft, const PsOutcome *outcome);
/* The same shape as the next one; within its thread, where co-recipients may have introduced each
 * other. NULL: it cannot be told. (transfer full) */
JsonObject *web_draft_seal_json(const WebDraft *draft);
/* {"ready","own","recipients","how_to","refused"} for whom the texts name; what is no address (yet)
 * is left out. (transfer full) */
JsonObject *web_seal_json(WebDesk *desk, const char *const *lists, GError **error);
/* What became of it: {"sent","folder","id","failed":[...]}. NULL with *@refused, an object as
 * web_outcome_json() makes it, or with an error. (transfer full) both. */
JsonObject *web_draft_deliver(WebDraft *draft, GCancellable *stop, JsonObject **refused,
			      GError **error);
/* Sealed to oneself, in the place of the one before; {"folder","id","draft"} (transfer full). */
JsonObject *web_draft_keep(WebDraft *draft, GCancellable *stop, GError **error);
