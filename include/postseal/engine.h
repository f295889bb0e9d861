/* SPDX-License-Identifier: MPL-2.0 */
#pragma once

#include <postseal/account.h>
#include <postseal/message.h>
#include <postseal/outgoing.h>
#include <postseal/peer.h>
#include <postseal/verdict.h>

G_BEGIN_DECLS

#define PS_TYPE_ENGINE (ps_engine_get_type())
/**
 * PsEngine:
 *
 * One person's keys, peers and settings, and what is done with them. Use one engine in one thread;
 * several engines and processes may share one home.
 */
PS_API
G_DECLARE_FINAL_TYPE(PsEngine, ps_engine, PS, ENGINE, GObject)

/**
 * ps_engine_new:
 * @home: (nullable): the folder that holds store and settings; %NULL: $POSTSEAL_HOME, else
 *   $XDG_DATA_HOME/postseal
 *
 * Nothing is read or created before it is needed.
 *
 * Returns: (transfer full): the engine
 *
 * Source: own design (cli.md)
 */
PS_API PsEngine *ps_engine_new(const char *home);

/**
 * ps_engine_set_time:
 * @engine: an engine
 * @time: seconds since 1970 at which certificates and signatures are judged; -1: the clock's
 *
 * Fixes the time, for judging old mail and for tests.
 */
PS_API void ps_engine_set_time(PsEngine *engine, gint64 time);

/**
 * ps_engine_limit:
 * @engine: an engine
 * @addresses: (nullable) (array zero-terminated=1): accounts; %NULL: all of the home
 *
 * From now on the engine behaves as if only these accounts existed: no other key signs, opens or
 * answers. Of an address that has no account yet nothing is learned, either: it is one's own.
 */
PS_API void ps_engine_limit(PsEngine *engine, const char *const *addresses);

/**
 * ps_engine_set_howto_base:
 * @engine: an engine
 * @url: (nullable): where how-to addresses begin, without a slash at the end; %NULL: the default
 *
 * Sets where the how-to pages are served.
 */
PS_API void ps_engine_set_howto_base(PsEngine *engine, const char *url);

/**
 * ps_engine_add_account:
 * @engine: an engine
 * @address: the account's address
 * @name: (nullable): the person's name
 * @profile: which keys to make
 * @mode: how the key travels
 * @error: %PS_ERROR_ARGUMENT (no address), %PS_ERROR_EXISTS, %PS_ERROR_CREATE, %PS_ERROR_IO,
 * %PS_ERROR_BUSY
 *
 * Makes the keys and certificates at once.
 *
 * Returns: (transfer full): the account
 *
 * Source: own design (design.md 3.1)
 */
PS_API PsAccount *ps_engine_add_account(PsEngine *engine, const char *address, const char *name,
					PsProfile profile, PsMode mode, GError **error);

/**
 * ps_engine_import_account:
 * @engine: an engine
 * @address: (nullable): the account's address; %NULL: the certificate's only one
 * @p12: a PKCS#12 file
 * @passphrase: its passphrase
 * @mode: how the key travels
 * @error: %PS_ERROR_PASSPHRASE, %PS_ERROR_MALFORMED, %PS_ERROR_ARGUMENT (not for this address), ...
 *
 * Takes the keys from a PKCS#12 file. Keys that an existing account already has are kept for
 * reading.
 *
 * Returns: (transfer full): the account
 *
 * Source: RFC 7292
 */
PS_API PsAccount *ps_engine_import_account(PsEngine *engine, const char *address, GBytes *p12,
					   const char *passphrase, PsMode mode, GError **error);

/**
 * ps_engine_set_account_name:
 * @engine: an engine
 * @address: an account
 * @name: (nullable): the person's name; %NULL or "": none
 * @error: %PS_ERROR_ARGUMENT, %PS_ERROR_UNAVAILABLE (no such account), %PS_ERROR_IO
 *
 * Sets the name that the account is shown with. Certificates keep the name that they were made
 * with.
 *
 * Returns: whether it is noted
 *
 * Source: own design
 */
PS_API gboolean ps_engine_set_account_name(PsEngine *engine, const char *address, const char *name,
					   GError **error);

/**
 * ps_engine_join_account:
 * @engine: an engine
 * @address: the account's address
 * @backup: what ps_engine_backup_account() or ps_engine_backup() gave on the other device
 * @passphrase: its passphrase
 * @error: %PS_ERROR_PASSPHRASE, %PS_ERROR_MALFORMED, %PS_ERROR_EXISTS, %PS_ERROR_UNAVAILABLE (the
 * account is not in the backup)
 *
 * Takes the keys of an account over from another device, so that it has one identity on both.
 * Nothing else of the backup is taken.
 *
 * Returns: (transfer full): the account
 *
 * Source: own design (design.md 3.1)
 */
PS_API PsAccount *ps_engine_join_account(PsEngine *engine, const char *address, GBytes *backup,
					 const char *passphrase, GError **error);

/**
 * ps_engine_list_accounts:
 * @engine: an engine
 * @error: %PS_ERROR_IO
 *
 * All accounts.
 *
 * Returns: (transfer container) (element-type PsAccount): the accounts, by address
 *
 * Source: own design
 */
PS_API GPtrArray *ps_engine_list_accounts(PsEngine *engine, GError **error);

/**
 * ps_engine_get_account:
 * @engine: an engine
 * @address: an address
 * @error: %PS_ERROR_UNAVAILABLE if there is no such account
 *
 * One account by its address.
 *
 * Returns: (transfer full): the account
 *
 * Source: own design
 */
PS_API PsAccount *ps_engine_get_account(PsEngine *engine, const char *address, GError **error);

/**
 * ps_engine_remove_account:
 * @engine: an engine
 * @address: an account's address
 * @error: %PS_ERROR_UNAVAILABLE, %PS_ERROR_IO
 *
 * Removes the account. Its private keys stay, for reading old mail.
 *
 * Returns: whether it was there
 *
 * Source: own design
 */
PS_API gboolean ps_engine_remove_account(PsEngine *engine, const char *address, GError **error);

/**
 * ps_engine_rotate_account:
 * @engine: an engine
 * @address: an account's address
 * @new_root: a new identity instead of only a new leaf
 * @compromised: revoke the old leaf; later messages carry the CRL
 * @error: %PS_ERROR_UNAVAILABLE, %PS_ERROR_UNSUPPORTED (imported keys), ...
 *
 * Replaces the keys. The old private keys stay, for reading.
 *
 * Returns: (transfer full): the account as it is now
 *
 * Source: own design (design.md 3.1)
 */
PS_API PsAccount *ps_engine_rotate_account(PsEngine *engine, const char *address, gboolean new_root,
					   gboolean compromised, GError **error);

/**
 * ps_engine_get_certificate:
 * @engine: an engine
 * @address: an account's address
 * @root: the root instead of the leaf
 * @error: %PS_ERROR_UNAVAILABLE
 *
 * A public certificate of an account.
 *
 * Returns: (transfer full): the certificate in DER
 *
 * Source: RFC 5280
 */
PS_API GBytes *ps_engine_get_certificate(PsEngine *engine, const char *address, gboolean root,
					 GError **error);

/**
 * ps_engine_export_account:
 * @engine: an engine
 * @address: an account's address
 * @passphrase: protects the file
 * @modern: AES-256 and SHA-256 instead of what old importers read
 * @error: %PS_ERROR_UNAVAILABLE, ...
 *
 * The account's leaf keys and certificates as PKCS#12; never the root's private key. From now on
 * the account no longer announces what programs that import such files cannot read.
 *
 * Returns: (transfer full): PKCS#12
 *
 * Source: RFC 7292
 */
PS_API GBytes *ps_engine_export_account(PsEngine *engine, const char *address,
					const char *passphrase, gboolean modern, GError **error);

/**
 * ps_engine_backup:
 * @engine: an engine
 * @passphrase: protects the backup; not empty
 * @error: %PS_ERROR_PASSPHRASE, %PS_ERROR_IO
 *
 * Everything: keys, pins, sightings, settings.
 *
 * Returns: (transfer full): the backup
 *
 * Source: own design
 */
PS_API GBytes *ps_engine_backup(PsEngine *engine, const char *passphrase, GError **error);

/**
 * ps_engine_backup_account:
 * @engine: an engine
 * @address: the account's address
 * @passphrase: protects the backup; not empty
 * @error: %PS_ERROR_UNAVAILABLE, %PS_ERROR_PASSPHRASE, %PS_ERROR_IO
 *
 * One account for another device, to ps_engine_join_account() there: its name and every key that it
 * has or had, nothing of other accounts, correspondents or messages.
 *
 * Returns: (transfer full): the backup
 *
 * Source: own design (design.md 3.1)
 */
PS_API GBytes *ps_engine_backup_account(PsEngine *engine, const char *address,
					const char *passphrase, GError **error);

/**
 * ps_engine_restore:
 * @engine: an engine with an empty home
 * @backup: what ps_engine_backup() gave
 * @passphrase: its passphrase
 * @error: %PS_ERROR_PASSPHRASE, %PS_ERROR_EXISTS (the home is not empty), %PS_ERROR_MALFORMED
 *
 * Brings back what ps_engine_backup() saved.
 *
 * Returns: whether everything is back
 *
 * Source: own design
 */
PS_API gboolean ps_engine_restore(PsEngine *engine, GBytes *backup, const char *passphrase,
				  GError **error);

/**
 * ps_engine_protect:
 * @engine: an engine
 * @message: a message on its way out
 * @request: (nullable): what is asked beyond the message's own wishes
 * @error: %PS_ERROR_UNAVAILABLE (no such account), %PS_ERROR_MALFORMED, %PS_ERROR_LIMIT
 *
 * Decides what leaves. A refusal is a result: #PsOutcome.refused. Writing the copies does the work.
 *
 * Returns: (transfer full): the decision and the copies
 *
 * Source: own design (design.md 3.2), RFC 8551, RFC 9788
 */
PS_API PsOutcome *ps_engine_protect(PsEngine *engine, PsMessage *message, PsRequest *request,
				    GError **error);

/**
 * ps_engine_note_sent:
 * @engine: an engine of the same home; not necessarily the one that decided on the message
 * @copy: a copy that was written and has left: whoever delivers it has accepted it
 *
 * Notes that its recipients were written to, which counts when their keys are judged. That a
 * message could not be noted must not look as if it had not left, so nothing is reported.
 *
 * Source: own design (design.md 3.3)
 */
PS_API void ps_engine_note_sent(PsEngine *engine, PsCopy *copy);

/**
 * ps_engine_verify:
 * @engine: an engine
 * @message: a message that came in
 * @error: %PS_ERROR_MALFORMED (not a message), %PS_ERROR_LIMIT, %PS_ERROR_IO
 *
 * Judges a message and learns nothing.
 *
 * Returns: (transfer full): the verdict
 *
 * Source: own design (design.md 3.4), RFC 9787
 */
PS_API PsVerdict *ps_engine_verify(PsEngine *engine, PsMessage *message, GError **error);

/**
 * ps_engine_open:
 * @engine: an engine
 * @message: a message that came in
 * @stream: where the readable message goes; stays open
 * @learn: harvest its key and count it
 * @error: %PS_ERROR_MALFORMED, %PS_ERROR_LIMIT, %PS_ERROR_IO
 *
 * Judges a message and writes it without its cryptographic layers, with its protected header fields
 * and `Postseal-Status` first. What cannot be opened is not written at all: then the verdict's
 * encryption reason says why. Nothing is written before it is authenticated.
 *
 * Returns: (transfer full): the verdict
 *
 * Source: own design (design.md 3.4), RFC 9788 section 4
 */
PS_API PsVerdict *ps_engine_open(PsEngine *engine, PsMessage *message, GOutputStream *stream,
				 gboolean learn, GError **error);

#define PS_TYPE_LEARNED (ps_learned_get_type())

/**
 * PsLearned:
 * @messages: messages read
 * @signed_messages: those with a valid signature or key field
 * @keys_new: identities that were not known before
 * @keys_seen: sightings of known identities
 * @errors: messages that could not be read
 * @resumed: those of @messages that an interrupted call before had read
 * @first_error: (nullable): which was the first, and why
 *
 * What ps_engine_learn() found.
 */
typedef struct {
	guint64 messages;
	guint64 signed_messages;
	guint64 keys_new;
	guint64 keys_seen;
	guint64 errors;
	guint64 resumed;
	char *first_error;
} PsLearned;

PS_API GType ps_learned_get_type(void);

/**
 * PsProgressFunc:
 * @done: octets read so far
 * @total: octets in all, 0 if unknown
 * @user_data: the caller's
 *
 * Called now and then during long work.
 */
typedef void (*PsProgressFunc)(guint64 done, guint64 total, gpointer user_data);

/**
 * ps_engine_learn:
 * @engine: an engine
 * @path: a message, a Maildir, an mbox file or a folder of these
 * @progress: (scope call) (nullable) (closure user_data): called now and then
 * @user_data: for @progress
 * @error: %PS_ERROR_NOT_FOUND, %PS_ERROR_IO, %PS_ERROR_BUSY
 *
 * Harvests keys and history from existing mail, on all processors. A message that cannot be read is
 * counted and passed over. What was interrupted, even by a kill, goes on where it was.
 *
 * Returns: (transfer full): what was found
 *
 * Source: own design (design.md 3.3)
 */
PS_API PsLearned *ps_engine_learn(PsEngine *engine, const char *path, PsProgressFunc progress,
				  gpointer user_data, GError **error);

/**
 * ps_learned_free:
 * @learned: (transfer full) (nullable): what was found
 *
 * Frees it.
 */
PS_API void ps_learned_free(PsLearned *learned);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PsLearned, ps_learned_free)

/**
 * ps_engine_can_seal:
 * @engine: an engine
 * @from: (nullable): the account that would send; %NULL: the only one
 * @addresses: (array zero-terminated=1): the recipients
 * @error: %PS_ERROR_ARGUMENT, %PS_ERROR_IO
 *
 * Asks whether mail to all these addresses could be sealed now.
 *
 * Returns: (transfer full): whether mail to all of them can be sealed, and why
 *
 * Source: own design (design.md 3.3)
 */
PS_API PsSealCheck *ps_engine_can_seal(PsEngine *engine, const char *from,
				       const char *const *addresses, GError **error);

/**
 * ps_engine_list_peers:
 * @engine: an engine
 * @address: (nullable): only this one
 * @error: %PS_ERROR_IO, %PS_ERROR_UNAVAILABLE (nothing is known of @address)
 *
 * What is known of one correspondent or of all.
 *
 * Returns: (transfer container) (element-type PsPeer): what is known of correspondents, by address
 *
 * Source: own design (cli.md)
 */
PS_API GPtrArray *ps_engine_list_peers(PsEngine *engine, const char *address, GError **error);

/**
 * ps_engine_decide:
 * @engine: an engine
 * @decision: the person's decision
 * @address: the peer
 * @fingerprint: of the root or leaf, hex with or without colons
 * @error: %PS_ERROR_UNAVAILABLE (no such key is known), %PS_ERROR_ARGUMENT
 *
 * Notes the person's decision about a peer's key.
 *
 * Returns: whether it was noted
 *
 * Source: own design (design.md 3.3)
 */
PS_API gboolean ps_engine_decide(PsEngine *engine, PsDecision decision, const char *address,
				 const char *fingerprint, GError **error);

/**
 * ps_engine_count_decisions:
 * @engine: an engine
 *
 * Tells how often the person decided about keys and authorities in this home, with whichever
 * program: what was judged before the last time may be judged otherwise now.
 *
 * Returns: a number that grows with each decision; 0 before the first
 *
 * Source: own design (design.md 3.3)
 */
PS_API guint64 ps_engine_count_decisions(PsEngine *engine);

/**
 * ps_engine_set_rule:
 * @engine: an engine
 * @address: an address, or `*@domain`
 * @level: the level for mail to it; %PS_LEVEL_AUTO removes the rule
 * @error: %PS_ERROR_ARGUMENT, %PS_ERROR_UNAVAILABLE (no rule to remove), %PS_ERROR_IO
 *
 * Notes at which level mail to an address leaves.
 *
 * Returns: whether it was noted
 *
 * Source: own design (design.md 3.2)
 */
PS_API gboolean ps_engine_set_rule(PsEngine *engine, const char *address, PsLevel level,
				   GError **error);

/**
 * ps_engine_list_rules:
 * @engine: an engine
 * @error: %PS_ERROR_IO
 *
 * All rules for recipients.
 *
 * Returns: (transfer full) (element-type utf8 utf8): address or `*@domain` -> level's word
 *
 * Source: own design
 */
PS_API GHashTable *ps_engine_list_rules(PsEngine *engine, GError **error);

G_END_DECLS

/* What builds on the engine. */
#include <postseal/howto.h>
#include <postseal/keep.h>
#include <postseal/view.h>
