/* SPDX-License-Identifier: MPL-2.0 */
/* The inside of PsCopy: one message as it leaves, made when it is written. */
#pragma once

#include "engine/compose.h"
#include "engine/message.h"
#include <postseal/outgoing.h>

/* What all copies of one outgoing message share and keep alive. */
typedef struct {
	gatomicrefcount refs;
	PsEngine *engine;
	PsMessage *message;
	Draft *draft;
	PolicyLevel level;
	OwnAccount *own; /* kept even if the account's keys are replaced before the copy is written;
			    NULL: none */
	ComposePlan plan;
	MimeResponse *response;
	char *key_field;
	bool noted; /* that it was sealed */
} Sending;

Sending *sending_new(PsEngine *engine, PsMessage *message, Draft *draft);
Sending *sending_ref(Sending *sending);
void sending_unref(Sending *sending);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sending, sending_unref)

/* @recipients (char *, copied); @seal is taken over, NULL unless the copy is sealed. */
PsCopy *copy_new(Sending *sending, GPtrArray *recipients, ComposeSeal *seal);

void compose_seal_free(ComposeSeal *seal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ComposeSeal, compose_seal_free)
