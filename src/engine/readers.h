/* SPDX-License-Identifier: MPL-2.0 */
/* The people a message goes to: what is known of each, as facts for the policy tables. */
#pragma once

#include "engine/draft.h"
#include "policy/cipher.h"
#include "policy/form.h"
#include "trust/recipient.h"

typedef struct {
	const char *address;   /* borrowed from the draft */
	bool hidden;           /* Bcc */
	TrustRecipient *known; /* never NULL */
	GBytes *leaf;          /* to seal to; NULL unless ready */
	GBytes *root;          /* NULL if there is none */
	char *how_to;          /* the page that says what to do */
	char *alike; /* the known address or domain that a new one only looks like; NULL: none */
	PolicyReader reader;
	PolicyRecipient recipient; /* valid if ready */
} Reader;

/* Of Reader, named ones first; @own may be NULL. */
GPtrArray *readers_of(PsEngine *engine, const Draft *draft, const OwnAccount *own, GError **error);

/* One address outside of a message; @thread, @program (the sender's) and @own may be NULL. */
Reader *reader_new(PsEngine *engine, const char *address, const OwnAccount *own, const char *thread,
		   const char *program, GError **error);
void reader_free(Reader *reader);

/* The sender as a recipient of the own copy. */
PolicyRecipient readers_own_facts(const OwnAccount *own);

/* Corrects what is known of a recipient whose key a certificate authority vouched for. */
void readers_ask_authority(PsEngine *engine, TrustRecipient *known);
/* Why the recipient is in its state; NULL-terminated, (transfer full). */
char **reader_reasons(const TrustRecipient *known);
/* For the public API; (transfer full) */
PsRecipient *reader_public(const Reader *reader);

/* "needs a key: ..." in words that begin with the address and end with the how-to page; NULL if all
 * are ready. */
char *readers_refusal(const GPtrArray *readers);
