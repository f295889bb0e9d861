/* SPDX-License-Identifier: MPL-2.0 */
#pragma once

#include <postseal/types.h>

G_BEGIN_DECLS

#define PS_TYPE_REQUEST (ps_request_get_type())
/**
 * PsRequest:
 *
 * What is asked for an outgoing message beyond what it says itself.
 */
typedef struct _PsRequest PsRequest;

PS_API GType ps_request_get_type(void);

/**
 * ps_request_new:
 *
 * A request that leaves everything to the message and the settings.
 *
 * Returns: (transfer full): the request
 *
 * Source: own design
 */
PS_API PsRequest *ps_request_new(void);

/**
 * ps_request_copy:
 * @request: a request
 *
 * Copies it.
 *
 * Returns: (transfer full): a copy
 *
 * Source: own design
 */
PS_API PsRequest *ps_request_copy(const PsRequest *request);

/**
 * ps_request_free:
 * @request: (transfer full) (nullable): a request
 *
 * Frees it.
 */
PS_API void ps_request_free(PsRequest *request);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PsRequest, ps_request_free)

/**
 * ps_request_set_from:
 * @request: a request
 * @address: (nullable): the account to send as; %NULL: the message's From
 *
 * Sets the account.
 */
PS_API void ps_request_set_from(PsRequest *request, const char *address);

/**
 * ps_request_set_level:
 * @request: a request
 * @level: the level that the person chose, as with a button
 *
 * Sets the level. It may go below a rule or the level of the message answered, but not below the
 * rule of that message's author: see ps_request_set_override_author().
 */
PS_API void ps_request_set_level(PsRequest *request, PsLevel level);

/**
 * ps_request_set_form:
 * @request: a request
 * @form: the form of the signature of this one message; %PS_FORM_NONE: by the account and the
 *   recipients
 *
 * Sets the form of a signature, for example a visible one for somebody whose program learns keys
 * only from these. It is not looked at if the message is sealed.
 */
PS_API void ps_request_set_form(PsRequest *request, PsForm form);

/**
 * ps_request_set_program:
 * @request: a request
 * @program: (nullable): the sender's mail program, a word of ps_howto_programs()
 *
 * Says which program sends, so that how-to addresses speak of it.
 */
PS_API void ps_request_set_program(PsRequest *request, const char *program);

/**
 * ps_request_set_override_author:
 * @request: a request
 * @override: whether the person goes on against the rules of the author of the message answered or
 *   forwarded
 *
 * Only for a person who was told in one sentence what the author wants (#PsOutcome.author_rule),
 * and who answered it: never as a setting, and not for a program that nobody sits at.
 *
 * Source: own design (design.md 3.5)
 */
PS_API void ps_request_set_override_author(PsRequest *request, gboolean override);

/**
 * ps_request_add_recipient:
 * @request: a request
 * @address: an envelope recipient
 *
 * Adds a recipient. Without any, the recipients are To, Cc and Bcc.
 */
PS_API void ps_request_add_recipient(PsRequest *request, const char *address);

/**
 * ps_request_add_rule:
 * @request: a request
 * @rule: KEY=VALUE: lists=open|reseal|no, forward=open|sealed|no, reply=open|sealed, expires=TIME
 * @error: %PS_ERROR_ARGUMENT
 *
 * Adds a rule of the author's, which travels with the message.
 *
 * Returns: whether the rule is known
 *
 * Source: own design (design.md 3.5)
 */
PS_API gboolean ps_request_add_rule(PsRequest *request, const char *rule, GError **error);

#define PS_TYPE_COPY (ps_copy_get_type())
/**
 * PsCopy:
 *
 * One message as it leaves, for some of the recipients. It is made when it is written.
 */
PS_API
G_DECLARE_FINAL_TYPE(PsCopy, ps_copy, PS, COPY, GObject)

/**
 * ps_copy_write:
 * @copy: a copy
 * @stream: where to write; stays open
 * @error: %PS_ERROR_IO, or a failure of the cryptography
 *
 * Makes the message and writes it, with the line ends that the original came with. Streaming:
 * memory does not grow with the message. Writing it again makes it again. The stream is flushed
 * once, when all of the message is in it.
 *
 * That it was sealed is noted, so that no answer says outside what it hides. That it was sent is
 * not: see ps_engine_note_sent().
 *
 * Returns: whether all of it was written
 *
 * Source: RFC 8551 section 3
 */
PS_API gboolean ps_copy_write(PsCopy *copy, GOutputStream *stream, GError **error);

/**
 * ps_copy_get_recipients:
 * @copy: a copy
 *
 * Whom the copy is for.
 *
 * Returns: (transfer none) (array zero-terminated=1): its envelope recipients
 *
 * Source: RFC 5321 section 2.3.1
 */
PS_API const char *const *ps_copy_get_recipients(PsCopy *copy);

/**
 * ps_copy_to_json:
 * @copy: a copy
 *
 * The envelope of the copy.
 *
 * Returns: (transfer full): {"from","to","level","form","cipher"} on one line
 *
 * Source: own design (cli.md)
 */
PS_API char *ps_copy_to_json(PsCopy *copy);

#define PS_TYPE_OUTCOME (ps_outcome_get_type())

/**
 * PsOutcome:
 * @refused: (nullable): why it does not leave, one sentence that ends with the how-to address;
 * %NULL: it may
 * @level: the level it leaves with
 * @level_reason: the word for why
 * @lowered: whether the person's choice went below a rule or the level of the message answered
 * @expired: whether the sender's own certificate has expired, so that readers cannot rely on it
 * @form: the form of the signature
 * @form_reason: the word for why
 * @untouched: (nullable): why it passes octet for octet, as a word
 * @recipients: (element-type PsRecipient): each recipient's state
 * @copies: (element-type PsCopy): what leaves; empty when refused. The first is the one that its
 * author can read, whoever else gets it; it may have no recipients
 * @author_rule: (nullable): the rule of the author of the message answered or forwarded that counts
 * here: "forward=no", "forward=sealed" or "reply=sealed"
 * @overridden: whether the person goes on against it
 *
 * What is done to an outgoing message, decided but not yet made.
 */
typedef struct {
	char *refused;
	PsLevel level;
	const char *level_reason;
	gboolean lowered;
	gboolean expired;
	PsForm form;
	const char *form_reason;
	const char *untouched;
	GPtrArray *recipients;
	GPtrArray *copies;
	const char *author_rule;
	gboolean overridden;
} PsOutcome;

PS_API GType ps_outcome_get_type(void);

/**
 * ps_outcome_copy:
 * @outcome: an outcome
 *
 * Copies it.
 *
 * Returns: (transfer full): a copy that shares its copies
 *
 * Source: own design
 */
PS_API PsOutcome *ps_outcome_copy(const PsOutcome *outcome);

/**
 * ps_outcome_free:
 * @outcome: (transfer full) (nullable): an outcome
 *
 * Frees it.
 */
PS_API void ps_outcome_free(PsOutcome *outcome);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PsOutcome, ps_outcome_free)

/**
 * ps_outcome_explain:
 * @outcome: an outcome
 *
 * What would be done and why, in words for a person.
 *
 * Returns: (transfer full): lines ending in newlines
 *
 * Source: own design (cli.md)
 */
PS_API char *ps_outcome_explain(const PsOutcome *outcome);

/**
 * ps_outcome_to_json:
 * @outcome: an outcome
 *
 * The outcome as one JSON object.
 *
 * Returns: (transfer full): one JSON object on one line
 *
 * Source: own design (cli.md)
 */
PS_API char *ps_outcome_to_json(const PsOutcome *outcome);

G_END_DECLS
