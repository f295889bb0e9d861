/* SPDX-License-Identifier: MPL-2.0 */
#pragma once

#include <postseal/types.h>

G_BEGIN_DECLS

#define PS_TYPE_HEADER (ps_header_get_type())

/**
 * PsHeader:
 * @name: the field's name
 * @value: its value, unfolded
 * @protection: signed-and-encrypted, encrypted-only, signed-only or unprotected
 *
 * One header field and how it was protected (RFC 9788 section 4.3).
 */
typedef struct {
	char *name;
	char *value;
	const char *protection;
} PsHeader;

PS_API GType ps_header_get_type(void);

#define PS_TYPE_WARNING (ps_warning_get_type())

/**
 * PsWarning:
 * @code: a word of postseal-verdict(7)
 * @level: warning, or note for what is only worth knowing
 * @text: one sentence for the reader
 *
 * Something the reader should know.
 */
typedef struct {
	const char *code;
	const char *level;
	char *text;
} PsWarning;

PS_API GType ps_warning_get_type(void);

#define PS_TYPE_VERDICT (ps_verdict_get_type())
/**
 * PsVerdict:
 *
 * What a message's protection says, as data with reasons. Immutable; the words are those of
 * postseal-verdict(7).
 */
typedef struct _PsVerdict PsVerdict;

PS_API GType ps_verdict_get_type(void);

/**
 * ps_verdict_ref:
 * @verdict: a verdict
 *
 * Takes one more reference.
 *
 * Returns: (transfer full): the same verdict
 *
 * Source: own design
 */
PS_API PsVerdict *ps_verdict_ref(PsVerdict *verdict);

/**
 * ps_verdict_unref:
 * @verdict: (transfer full): a verdict
 *
 * Gives up one reference.
 */
PS_API void ps_verdict_unref(PsVerdict *verdict);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PsVerdict, ps_verdict_unref)

/**
 * ps_verdict_get_summary:
 * @verdict: a verdict
 *
 * The result of all checks.
 *
 * Returns: the one status of the message
 *
 * Source: RFC 9787 section 3
 */
PS_API PsSummary ps_verdict_get_summary(PsVerdict *verdict);

/**
 * ps_verdict_get_sentence:
 * @verdict: a verdict
 *
 * The verdict in one sentence for a reader.
 *
 * Returns: (transfer none): the sentence
 *
 * Source: own design
 */
PS_API const char *ps_verdict_get_sentence(PsVerdict *verdict);

/**
 * ps_verdict_get_from:
 * @verdict: a verdict
 *
 * The author.
 *
 * Returns: (transfer none) (nullable): the address in the (protected) From field, lower-cased
 * domain
 *
 * Source: RFC 9788 section 4.4
 */
PS_API const char *ps_verdict_get_from(PsVerdict *verdict);

/**
 * ps_verdict_get_shown:
 * @verdict: a verdict
 *
 * The author as people should see him.
 *
 * Returns: (transfer none) (nullable): the address as ps_verdict_get_from(), with letters of other
 * scripts where they are what they seem, and in Punycode where scripts mix or it looks like another
 *
 * Source: UTS 39, RFC 5891
 */
PS_API const char *ps_verdict_get_shown(PsVerdict *verdict);

/**
 * ps_verdict_get_signer:
 * @verdict: a verdict
 *
 * What is known of the signer's name, in one phrase: who vouches for which name, or what the
 * certificate claims.
 *
 * Returns: (transfer none) (nullable): the phrase; %NULL without a signer or a name
 *
 * Source: CA/Browser Forum S/MIME Baseline Requirements section 7.1.4
 */
PS_API const char *ps_verdict_get_signer(PsVerdict *verdict);

/**
 * ps_verdict_get_signature_valid:
 * @verdict: a verdict
 *
 * Whether the signature held; ps_verdict_get_summary() says whether it binds.
 *
 * Returns: whether there is a signature at the root and its mathematics hold; says nothing about
 * whose it is
 *
 * Source: RFC 8551 section 2.4
 */
PS_API gboolean ps_verdict_get_signature_valid(PsVerdict *verdict);

/**
 * ps_verdict_get_signature_reason:
 * @verdict: a verdict
 *
 * Whether the signature held, as a word.
 *
 * Returns: (transfer none): ok, none, digest-mismatch, ... as in postseal-verdict(7)
 *
 * Source: own design (cli.md)
 */
PS_API const char *ps_verdict_get_signature_reason(PsVerdict *verdict);

/**
 * ps_verdict_get_encryption_reason:
 * @verdict: a verdict
 *
 * Whether the encryption held, as a word.
 *
 * Returns: (transfer none): ok, none, no-key, not-authenticated, ... as in postseal-verdict(7)
 *
 * Source: own design (cli.md)
 */
PS_API const char *ps_verdict_get_encryption_reason(PsVerdict *verdict);

/**
 * ps_verdict_get_history:
 * @verdict: a verdict
 *
 * How the key compares with those seen before, as a word.
 *
 * Returns: (transfer none): none, first, new, same, changed or conflict
 *
 * Source: own design (cli.md)
 */
PS_API const char *ps_verdict_get_history(PsVerdict *verdict);

/**
 * ps_verdict_get_headers:
 * @verdict: a verdict
 *
 * Each header field with its protection.
 *
 * Returns: (transfer container) (element-type PsHeader): the header fields and their protection, in
 * order
 *
 * Source: RFC 9788 section 4.3
 */
PS_API GPtrArray *ps_verdict_get_headers(PsVerdict *verdict);

/**
 * ps_verdict_get_warnings:
 * @verdict: a verdict
 *
 * What the reader should know beside the summary.
 *
 * Returns: (transfer container) (element-type PsWarning): what the reader should know, gravest
 * first
 *
 * Source: own design (cli.md)
 */
PS_API GPtrArray *ps_verdict_get_warnings(PsVerdict *verdict);

/**
 * ps_verdict_to_json:
 * @verdict: a verdict
 *
 * The whole verdict as one JSON object, as in postseal-verdict(7).
 *
 * Returns: (transfer full): JSON in UTF-8 on one line
 *
 * Source: own design (cli.md)
 */
PS_API char *ps_verdict_to_json(PsVerdict *verdict);

G_END_DECLS
