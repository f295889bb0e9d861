/* SPDX-License-Identifier: MPL-2.0 */
#pragma once

#include <gio/gio.h>
#include <postseal/error.h>

G_BEGIN_DECLS

/**
 * PsLevel:
 * @PS_LEVEL_AUTO: the message's own wishes and the settings decide
 * @PS_LEVEL_PLAIN: untouched
 * @PS_LEVEL_SIGNED: signed, so that the key travels
 * @PS_LEVEL_SEALED: signed and encrypted; all recipients or nobody
 *
 * How strongly a message is protected.
 */
typedef enum {
	PS_LEVEL_AUTO,
	PS_LEVEL_PLAIN,
	PS_LEVEL_SIGNED,
	PS_LEVEL_SEALED,
} PsLevel;

/**
 * PsForm:
 * @PS_FORM_NONE: no signature
 * @PS_FORM_SIGNATURE: multipart/signed (RFC 1847)
 * @PS_FORM_UNOBTRUSIVE: the signature in the `Sig` field of a part's header
 * @PS_FORM_HEADER: the key only, in the `Postseal-Key` field
 *
 * The form in which the key travels with a message that is not sealed.
 */
typedef enum {
	PS_FORM_NONE,
	PS_FORM_SIGNATURE,
	PS_FORM_UNOBTRUSIVE,
	PS_FORM_HEADER,
} PsForm;

/**
 * PsMode:
 * @PS_MODE_AUTO: by the recipients, message by message
 * @PS_MODE_SIGNATURE: always multipart/signed
 * @PS_MODE_UNOBTRUSIVE: always in a part header
 * @PS_MODE_HEADER: always the key field only
 *
 * An account's choice of #PsForm.
 */
typedef enum {
	PS_MODE_AUTO,
	PS_MODE_SIGNATURE,
	PS_MODE_UNOBTRUSIVE,
	PS_MODE_HEADER,
} PsMode;

/**
 * PsProfile:
 * @PS_PROFILE_COMPATIBLE: one RSA-3072 leaf, readable by every known program
 * @PS_PROFILE_RSA2048: one RSA-2048 leaf
 * @PS_PROFILE_P256: one P-256 leaf
 * @PS_PROFILE_MODERN: Ed25519 to sign and X25519 to seal, in separate leaves
 * @PS_PROFILE_IMPORTED: an imported certificate and its chain
 *
 * Which keys an account has. All but the last stand under a personal P-256 root.
 */
typedef enum {
	PS_PROFILE_COMPATIBLE,
	PS_PROFILE_RSA2048,
	PS_PROFILE_P256,
	PS_PROFILE_MODERN,
	PS_PROFILE_IMPORTED,
} PsProfile;

/**
 * PsSummary:
 * @PS_SUMMARY_UNPROTECTED: nothing that the reader may rely on
 * @PS_SUMMARY_VERIFIED: a valid signature that is bound to the From address
 * @PS_SUMMARY_CONFIDENTIAL: verified, and encrypted
 * @PS_SUMMARY_ENCRYPTED_ONLY: encrypted, by nobody known
 *
 * The one status of a message (RFC 9787 section 3).
 */
typedef enum {
	PS_SUMMARY_UNPROTECTED,
	PS_SUMMARY_VERIFIED,
	PS_SUMMARY_CONFIDENTIAL,
	PS_SUMMARY_ENCRYPTED_ONLY,
} PsSummary;

/**
 * PsRecipientState:
 * @PS_RECIPIENT_STATE_READY: a key is there; mail can be sealed
 * @PS_RECIPIENT_STATE_NONE: no key is known
 * @PS_RECIPIENT_STATE_CHANGED: another key has come; the person must decide
 * @PS_RECIPIENT_STATE_EXPIRED: the key has expired
 * @PS_RECIPIENT_STATE_CONFLICT: two keys claim the address
 * @PS_RECIPIENT_STATE_REFUSED: the person refused the key
 *
 * Whether mail to an address can be sealed.
 */
typedef enum {
	PS_RECIPIENT_STATE_READY,
	PS_RECIPIENT_STATE_NONE,
	PS_RECIPIENT_STATE_CHANGED,
	PS_RECIPIENT_STATE_EXPIRED,
	PS_RECIPIENT_STATE_CONFLICT,
	PS_RECIPIENT_STATE_REFUSED,
} PsRecipientState;

/**
 * PsDecision:
 * @PS_DECISION_ACCEPT: use this key from now on
 * @PS_DECISION_REFUSE: never use this key
 * @PS_DECISION_VERIFY: the fingerprint was compared out of band
 *
 * A person's decision about a peer's key.
 */
typedef enum {
	PS_DECISION_ACCEPT,
	PS_DECISION_REFUSE,
	PS_DECISION_VERIFY,
} PsDecision;

/**
 * ps_enum_nick:
 * @type: one of the enumeration types of this library
 * @value: a value of it
 *
 * The word for a value: the same in JSON, on the command line and in texts.
 *
 * Returns: (transfer none): the word, "unknown" for a value that is not in the type
 *
 * Source: own design (cli.md)
 */
PS_API const char *ps_enum_nick(GType type, int value);

/**
 * ps_enum_parse:
 * @type: one of the enumeration types of this library
 * @nick: a word
 * @value: (out): the value
 *
 * The inverse of ps_enum_nick().
 *
 * Returns: %FALSE if @nick is no word of @type; @value is then untouched
 *
 * Source: own design (cli.md)
 */
PS_API gboolean ps_enum_parse(GType type, const char *nick, int *value);

/**
 * PsViewFlags:
 * @PS_VIEW_DEFAULT: none of these
 * @PS_VIEW_MARKED: for people who want to read on every message what was found of it: what is not
 * opened is shown, too, its own octets behind a `Postseal-Status` that is decided at first sight
 * and never changes; only own drafts have none
 * @PS_VIEW_JUNK: the message was put aside as junk, so it teaches nothing about its sender, then or
 * later
 *
 * How messages are shown.
 */
typedef enum {
	PS_VIEW_DEFAULT = 0,
	PS_VIEW_MARKED = 1 << 0,
	PS_VIEW_JUNK = 1 << 1,
} PsViewFlags;

/**
 * ps_language_use:
 * @name: (nullable): a language, "de" or "de-AT"; %NULL or one without translations: English
 *
 * From now on the sentences that this thread gets are in this language: verdicts, warnings, advice.
 * Words for programs (states, reasons, codes) never change.
 *
 * Source: own design (doc/adr/0027)
 */
PS_API void ps_language_use(const char *name);

G_END_DECLS
