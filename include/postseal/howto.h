/* SPDX-License-Identifier: MPL-2.0 */
#pragma once

#include <postseal/engine.h>

G_BEGIN_DECLS

/**
 * ps_engine_recognise:
 * @engine: an engine
 * @message: a message
 * @error: %PS_ERROR_MALFORMED
 *
 * Which mail program wrote a message.
 *
 * Returns: (transfer full): {"program","version","by","known"} on one line
 *
 * Source: own design (cli.md)
 */
PS_API char *ps_engine_recognise(PsEngine *engine, PsMessage *message, GError **error);

/**
 * ps_howto_programs:
 *
 * The identifiers of the mail programs that how-to addresses know.
 *
 * Returns: (transfer none) (array zero-terminated=1): the identifiers
 *
 * Source: own design (cli.md)
 */
PS_API const char *const *ps_howto_programs(void);

/**
 * ps_howto_program_of_client:
 * @name: how a program calls itself, in the IMAP command ID for example: "Mac OS X Mail"
 *
 * Which mail program goes by this name.
 *
 * Returns: (transfer none) (nullable): its identifier; %NULL if it is not known
 *
 * Source: RFC 2971; doc/howto-format.md
 */
PS_API const char *ps_howto_program_of_client(const char *name);

/**
 * ps_howto_url:
 * @from: (nullable): the sender's program
 * @to: (nullable): the recipient's program
 * @state: a recipient's state
 *
 * Where the steps to take are described, for this pair of programs in this state.
 *
 * Returns: (transfer full): the address of the how-to page
 *
 * Source: own design
 */
PS_API char *ps_howto_url(const char *from, const char *to, PsRecipientState state);

G_END_DECLS
