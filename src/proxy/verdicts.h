/* SPDX-License-Identifier: MPL-2.0 */
/* Verdicts said lately, by account and Message-ID; in memory only, safe for threads. */
#pragma once

#include <postseal/message.h>

typedef struct Verdicts Verdicts;

typedef struct {
	const char *message_id; /* NULL: nobody can ask for it */
	const char *digest;     /* verdicts_digest() of the message */
	const char *json;       /* NULL: not known any more */
} VerdictsEntry;

Verdicts *verdicts_new(void);
void verdicts_free(Verdicts *verdicts);

/* What tells messages apart that have the same Message-ID, which anybody can copy. (transfer full)
 */
char *verdicts_digest(PsMessage *message);

/* The newest of one message counts; the oldest of all is forgotten beyond a thousand. Two messages
 * of one id with different verdicts are ambiguous as long as they are remembered. */
void verdicts_note(Verdicts *verdicts, const char *address, const VerdictsEntry *entry);
/* NULL if none is known; of what is ambiguous one that says so and nothing else. (transfer full) */
char *verdicts_find(Verdicts *verdicts, const char *address, const char *message_id);
