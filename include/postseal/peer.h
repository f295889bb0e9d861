/* SPDX-License-Identifier: MPL-2.0 */
#pragma once

#include <postseal/types.h>

G_BEGIN_DECLS

#define PS_TYPE_IDENTITY (ps_identity_get_type())

/**
 * PsIdentity:
 * @root_fingerprint: what trust on first use pins
 * @leaf_fingerprint: the newest leaf under it
 * @kind: personal, self-signed, private-ca or ca
 * @how: signature, key-header, gossip, import, accepted or ca
 * @first_seen: seconds since 1970
 * @last_seen: seconds since 1970
 * @messages: signed messages seen with it
 * @days: distinct days on which they were seen
 * @pinned: whether it is the one in use; %FALSE for a candidate
 * @verified: whether the person compared its fingerprint
 * @accepted: whether the person accepted it
 * @refused: whether the person refused it
 * @direct_messages: those of @messages that did not come over a mailing list
 * @organization: (nullable): what a trusted authority proved
 * @programs: (array zero-terminated=1): mail programs that it was seen with, the most frequent
 * first
 *
 * One identity that was seen for an address.
 */
typedef struct {
	char *root_fingerprint;
	char *leaf_fingerprint;
	const char *kind;
	const char *how;
	gint64 first_seen;
	gint64 last_seen;
	guint messages;
	guint days;
	gboolean pinned;
	gboolean verified;
	gboolean accepted;
	gboolean refused;
	guint direct_messages;
	char *organization;
	char **programs;
} PsIdentity;

PS_API GType ps_identity_get_type(void);

#define PS_TYPE_PEER (ps_peer_get_type())

/**
 * PsPeer:
 * @address: the address, normalised
 * @state: whether mail to it can be sealed
 * @reasons: (array zero-terminated=1): why, as words
 * @sentence: the same for people
 * @program: (nullable): the mail program last seen
 * @signed_count: messages signed with the key in use at the time
 * @unsigned_count: messages without a signature seen from it
 * @identities: (element-type PsIdentity): what was seen, the pinned one first
 *
 * What is known of one correspondent.
 */
typedef struct {
	char *address;
	PsRecipientState state;
	char **reasons;
	char *sentence;
	char *program;
	guint signed_count;
	guint unsigned_count;
	GPtrArray *identities;
} PsPeer;

PS_API GType ps_peer_get_type(void);

/**
 * ps_peer_copy:
 * @peer: a peer
 *
 * Copies it.
 *
 * Returns: (transfer full): a copy
 *
 * Source: own design
 */
PS_API PsPeer *ps_peer_copy(const PsPeer *peer);

/**
 * ps_peer_free:
 * @peer: (transfer full) (nullable): a peer
 *
 * Frees it.
 */
PS_API void ps_peer_free(PsPeer *peer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PsPeer, ps_peer_free)

/**
 * ps_peer_to_json:
 * @peer: a peer
 *
 * The peer as one JSON object.
 *
 * Returns: (transfer full): one JSON object on one line
 *
 * Source: own design (cli.md)
 */
PS_API char *ps_peer_to_json(const PsPeer *peer);

#define PS_TYPE_RECIPIENT (ps_recipient_get_type())

/**
 * PsRecipient:
 * @address: the address as asked
 * @state: whether mail to it can be sealed
 * @reasons: (array zero-terminated=1): why, as words
 * @fingerprint: (nullable): the root or certificate that would be used
 * @program: (nullable): the mail program last seen
 * @sentence: the same for people
 * @looks_like: (nullable): a known address or domain, if this new one only looks like it
 * @how_to: the page that says what to do
 *
 * Whether mail to one address can be sealed, and why.
 */
typedef struct {
	char *address;
	PsRecipientState state;
	char **reasons;
	char *fingerprint;
	char *program;
	char *sentence;
	char *looks_like;
	char *how_to;
} PsRecipient;

PS_API GType ps_recipient_get_type(void);

/**
 * ps_recipient_copy:
 * @recipient: a recipient
 *
 * Copies it.
 *
 * Returns: (transfer full): a copy
 *
 * Source: own design
 */
PS_API PsRecipient *ps_recipient_copy(const PsRecipient *recipient);

/**
 * ps_recipient_free:
 * @recipient: (transfer full) (nullable): a recipient
 *
 * Frees it.
 */
PS_API void ps_recipient_free(PsRecipient *recipient);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PsRecipient, ps_recipient_free)

#define PS_TYPE_SEAL_CHECK (ps_seal_check_get_type())

/**
 * PsSealCheck:
 * @ready: whether a message to all of them could be sealed now
 * @own: the sender's own side: ready, none, waiting or locked
 * @how_to: the page that says what to do
 * @recipients: (element-type PsRecipient): one for each address, in the order asked
 *
 * The answer to "can this be sealed?".
 */
typedef struct {
	gboolean ready;
	const char *own;
	char *how_to;
	GPtrArray *recipients;
} PsSealCheck;

PS_API GType ps_seal_check_get_type(void);

/**
 * ps_seal_check_copy:
 * @check: an answer
 *
 * Copies it.
 *
 * Returns: (transfer full): a copy
 *
 * Source: own design
 */
PS_API PsSealCheck *ps_seal_check_copy(const PsSealCheck *check);

/**
 * ps_seal_check_free:
 * @check: (transfer full) (nullable): an answer
 *
 * Frees it.
 */
PS_API void ps_seal_check_free(PsSealCheck *check);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PsSealCheck, ps_seal_check_free)

/**
 * ps_seal_check_to_json:
 * @check: an answer
 *
 * The answer as one JSON object.
 *
 * Returns: (transfer full): one JSON object on one line
 *
 * Source: own design (cli.md)
 */
PS_API char *ps_seal_check_to_json(const PsSealCheck *check);

G_END_DECLS
