/* SPDX-License-Identifier: MPL-2.0 */
/* What we remember of sealed mail, so that an answer to it does not say outside what was hidden. */
#pragma once

#include "engine/draft.h"
#include "mime/respond.h"

/* About the message that a draft answers or forwards. */
typedef struct {
	bool was_sealed;
	bool was_shy;           /* it hid its Date, too: its answers do the same */
	bool author_demands;    /* its author wants this kind of answer sealed */
	bool no_forward;        /* its author does not want it forwarded, and this is a forward */
	MimeResponse *response; /* NULL unless it was sealed */
} Answered;

void answered_clear(Answered *answered);

/* Looks at In-Reply-To, References, X-Forwarded-Message-Id and for a hidden Subject. */
bool answered_read(PsEngine *engine, const Draft *draft, Answered *out, GError **error);

/* A message of ours has left. Failing to note it must not look as if it had not left, so nothing is
 * reported. */
void remember_sent(PsEngine *engine, const Draft *draft, const char *const *recipients,
		   bool sealed);

/* A sealed message came in and could be opened: @payload is the header of its payload. */
bool remember_sealed(PsEngine *engine, const MimeHeader *payload, GError **error);
