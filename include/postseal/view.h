/* SPDX-License-Identifier: MPL-2.0 */
#pragma once

#include <postseal/engine.h>

G_BEGIN_DECLS

#define PS_TYPE_VIEW (ps_view_get_type())

/**
 * PsView:
 * @opened: whether the message is shown otherwise than it came, opened as a rule
 * @content: (nullable): the readable message; %NULL unless @opened
 * @summary: what was found when the message was first seen
 * @verdict: (nullable): the verdict as JSON; %NULL if the view was decided earlier
 * @message_id: (nullable): the Message-ID, with its brackets
 *
 * What a mail program is shown instead of a message of type application/pkcs7-mime.
 */
typedef struct {
	gboolean opened;
	GBytes *content;
	PsSummary summary;
	char *verdict;
	char *message_id;
} PsView;

PS_API GType ps_view_get_type(void);

/**
 * ps_view_copy:
 * @view: a view
 *
 * Copies it.
 *
 * Returns: (transfer full): a copy that shares the content
 *
 * Source: own design
 */
PS_API PsView *ps_view_copy(const PsView *view);

/**
 * ps_view_free:
 * @view: (transfer full) (nullable): a view
 *
 * Frees it.
 */
PS_API void ps_view_free(PsView *view);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PsView, ps_view_free)

/**
 * ps_engine_refresh:
 * @engine: an engine
 *
 * Forgets what it remembers of the own accounts if anybody else has changed the store since: for
 * programs that run long, between two pieces of work.
 */
PS_API void ps_engine_refresh(PsEngine *engine);

/**
 * ps_engine_view:
 * @engine: an engine
 * @message: a message whose root is of type application/pkcs7-mime
 * @error: %PS_ERROR_UNAVAILABLE (it was shown opened, and its key is gone), %PS_ERROR_LIMIT,
 * %PS_ERROR_MALFORMED (no message at all), %PS_ERROR_IO, %PS_ERROR_BUSY
 *
 * Decides at first sight, for the octets of the message and the account that the engine is limited
 * to, whether it is shown opened, and learns from it as ps_engine_open() does. From then on the
 * answer never changes, not by an octet, whatever is learned or decided later, in no process. What
 * no key opens is shown as it came for ever. Failures that may pass decide nothing. A message of
 * another type is not opened and nothing is decided. A `Postseal-Status` that a message brings is
 * never shown; else what is not opened stays octet for octet.
 *
 * Returns: (transfer full): the view
 *
 * Source: own design (design.md 3.4), RFC 9051 section 2.3.1.1 (what a UID names does not change)
 */
PS_API PsView *ps_engine_view(PsEngine *engine, PsMessage *message, GError **error);

/**
 * ps_engine_view_as:
 * @engine: an engine
 * @message: any message
 * @flags: how
 * @error: as ps_engine_view(): %PS_ERROR_UNAVAILABLE, %PS_ERROR_LIMIT, %PS_ERROR_MALFORMED,
 * %PS_ERROR_IO, %PS_ERROR_BUSY
 *
 * The same as ps_engine_view(), in other ways. All share one decision about each message of type
 * application/pkcs7-mime.
 *
 * Returns: (transfer full): the view; with %PS_VIEW_MARKED its @opened is always %TRUE
 *
 * Source: own design (design.md 3.3, 3.4)
 */
PS_API PsView *ps_engine_view_as(PsEngine *engine, PsMessage *message, PsViewFlags flags,
				 GError **error);

/**
 * PsLearnFunc:
 * @message: one of the messages
 * @verdict: what was found
 * @user_data: the caller's
 *
 * Told each verdict of ps_engine_learn_messages().
 */
typedef void (*PsLearnFunc)(PsMessage *message, PsVerdict *verdict, gpointer user_data);

/**
 * ps_engine_learn_messages:
 * @engine: an engine
 * @messages: (element-type PsMessage): messages that came in
 * @func: (scope call) (closure user_data): told each verdict; not of what is no message
 * @user_data: for @func
 * @error: %PS_ERROR_IO, %PS_ERROR_BUSY, or why one of them could not be learned from
 *
 * The same as ps_engine_learn_message() for each of them, in one transaction, which is a few times
 * quicker.
 *
 * Returns: whether all was learned; if not, nothing was, whatever @func was told
 *
 * Source: own design (design.md 3.3)
 */
PS_API gboolean ps_engine_learn_messages(PsEngine *engine, GPtrArray *messages, PsLearnFunc func,
					 gpointer user_data, GError **error);

/**
 * ps_engine_learn_message:
 * @engine: an engine
 * @message: a message that came in
 * @header_only: @message is only the header block of one
 * @error: %PS_ERROR_MALFORMED, %PS_ERROR_LIMIT, %PS_ERROR_IO, %PS_ERROR_BUSY
 *
 * Judges a message and learns from it as ps_engine_open() does, without showing it. From a header
 * block only a key that came in it is learned; nothing is concluded from the body that is not
 * there, and the verdict says nothing about signatures. Doing it again, or with the whole message
 * later, does no harm.
 *
 * Returns: (transfer full): the verdict
 *
 * Source: own design (design.md 3.3)
 */
PS_API PsVerdict *ps_engine_learn_message(PsEngine *engine, PsMessage *message,
					  gboolean header_only, GError **error);

/**
 * ps_engine_was_sealed:
 * @engine: an engine
 * @message_id: a Message-ID with its brackets
 * @sealed: (out): whether a sealed message of this id was sent or opened here
 * @error: %PS_ERROR_IO, %PS_ERROR_BUSY
 *
 * Whether the message was sealed, so that no clear copy of it may be kept anywhere.
 *
 * Returns: whether it could be told
 *
 * Source: own design (design.md 3.4)
 */
PS_API gboolean ps_engine_was_sealed(PsEngine *engine, const char *message_id, gboolean *sealed,
				     GError **error);

/**
 * ps_engine_own_identity_seen:
 * @engine: an engine
 * @address: an own address; there need be no account of it yet
 * @message: a message from its mailbox
 * @root_fingerprint: (out) (nullable) (transfer full): of the other identity's root; %NULL if the
 * message shows none
 * @error: %PS_ERROR_ARGUMENT (no address), %PS_ERROR_MALFORMED, %PS_ERROR_LIMIT, %PS_ERROR_IO
 *
 * Whether a message shows that the address has an identity that is not in this home: a valid
 * signature, or a key in the header, under another root. Nothing is learned.
 *
 * Returns: whether it could be told
 *
 * Source: own design (design.md 3.1)
 */
PS_API gboolean ps_engine_own_identity_seen(PsEngine *engine, const char *address,
					    PsMessage *message, char **root_fingerprint,
					    GError **error);

G_END_DECLS
