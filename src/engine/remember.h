/* SPDX-License-Identifier: MPL-2.0 */
/* What we remember of messages that bind their answers: an answer does not say outside what was
 * hidden, and does what the author asked for. */
#pragma once

#include "engine/draft.h"
#include "mime/respond.h"

/* About the message that a draft answers or forwards. */
typedef struct {
	bool was_sealed;
	bool was_shy;        /* it hid its Date, too: its answers do the same */
	bool author_demands; /* its author wants this kind of answer sealed */
	bool no_forward;     /* its author does not want it forwarded, and this is a forward */
	const char *rule;    /* the rule of its author that counts, as PsOutcome has it; or NULL */
	MimeResponse *response; /* NULL unless it was sealed */
} Answered;

void answered_clear(Answered *answered);

/* Looks at In-Reply-To, References, X-Forwarded-Message-Id and for a hidden Subject. */
bool answered_read(PsEngine *engine, const Draft *draft, Answered *out, GError **error);

/* Failing to note what was sealed or has left must not look as if it had not left, so nothing is
 * reported. A message of ours is sealed: its answers are bound. */
void remember_sealed(PsEngine *engine, const Draft *draft);
/* It has left. */
void remember_sent(PsEngine *engine, const Draft *draft, const char *const *recipients);

/* A message came in whose answers are bound: @payload is the header of its payload, @sealed whether
 * it was sealed, and
 * @rules_count whether a signature stands for the author's rules in it. */
typedef struct {
	const char *message_id;
	const MimeHeader *payload;
	bool sealed;
	bool rules_count;
} Binding;

bool remember_binding(PsEngine *engine, const Binding *binding, GError **error);
