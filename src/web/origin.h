/* SPDX-License-Identifier: MPL-2.0 */
/* Where a letter begins. */
#pragma once

#include "letter/draft.h"
#include "web/desk.h"

typedef enum {
	WEB_ORIGIN_FINE,
	WEB_ORIGIN_NOT_QUOTED, /* nobody vouches for what it said */
} WebOriginNote;

/* The answer of @kind (NULL: reply) to the message that @reference names. (transfer full) */
LetterDraft *web_origin_answer(WebDesk *desk, const char *reference, const char *kind,
			       WebOriginNote *note, GCancellable *stop, GError **error);
/* A saved draft. (transfer full) */
LetterDraft *web_origin_draft(WebDesk *desk, const char *reference, GCancellable *stop,
			      GError **error);
/* The desk's own mailbox: "Alice <alice@example.org>". (transfer full) */
char *web_origin_from(WebDesk *desk);
