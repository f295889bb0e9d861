/* SPDX-License-Identifier: MPL-2.0 */
/* PsOutcome: what is done to an outgoing message, and why, in words. */
#include "engine/outcome.h"

#include "engine/readers.h"
#include "enums.h"

G_DEFINE_BOXED_TYPE(PsOutcome, ps_outcome, ps_outcome_copy, ps_outcome_free)

PsOutcome *
outcome_new(void)
{
	PsOutcome *outcome = g_new0(PsOutcome, 1);
	outcome->level_reason = "default";
	outcome->form_reason = "none";
	outcome->recipients = g_ptr_array_new_with_free_func((GDestroyNotify)ps_recipient_free);
	outcome->copies = g_ptr_array_new_with_free_func(g_object_unref);
	return outcome;
}

PsOutcome *
ps_outcome_copy(const PsOutcome *outcome)
{
	PsOutcome *copy = g_memdup2(outcome, sizeof(*outcome));
	copy->refused = g_strdup(outcome->refused);
	copy->recipients = g_ptr_array_ref(outcome->recipients);
	copy->copies = g_ptr_array_ref(outcome->copies);
	return copy;
}

void
ps_outcome_free(PsOutcome *outcome)
{
	if (outcome == NULL) {
		return;
	}
	g_free(outcome->refused);
	g_ptr_array_unref(outcome->recipients);
	g_ptr_array_unref(outcome->copies);
	g_free(outcome);
}

void
outcome_refuse(PsOutcome *outcome, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_free(outcome->refused);
	outcome->refused = g_strdup_vprintf(format, args);
	va_end(args);
}

G_STATIC_ASSERT((int)PS_FORM_HEADER == (int)POLICY_FORM_HEADER);
G_STATIC_ASSERT((int)PS_LEVEL_SEALED - (int)PS_LEVEL_PLAIN == (int)POLICY_LEVEL_SEALED);

void
outcome_fill(PsOutcome *outcome, const Sending *sending, const GPtrArray *readers)
{
	outcome->level = (PsLevel)((int)sending->level + (int)PS_LEVEL_PLAIN);
	outcome->form =
		sending->level == POLICY_LEVEL_SIGNED ? (PsForm)sending->plan.form : PS_FORM_NONE;
	for (guint i = 0; i < readers->len; i++) {
		g_ptr_array_add(outcome->recipients, reader_public(g_ptr_array_index(readers, i)));
	}
}

typedef struct {
	const char *word;
	const char *text;
} Words;

static const Words LEVEL_REASONS[] = {
	{"button", "you chose it for this message"},
	{"tag", "a tag in the Subject asks for it"},
	{"sensitivity", "the Sensitivity field asks for it"},
	{"rule", "a rule for a recipient asks for it"},
	{"answers-sealed", "it answers or forwards sealed mail"},
	{"author-rule", "the author of the message answered wants it"},
	{"default", "that is the default"},
};

static const Words FORM_REASONS[] = {
	{"mode", "the account is set to it"},
	{"asked", "you asked for it"},
	{"list", "a mailing list is among the recipients"},
	{"automatic", "a recipient is an automatic address"},
	{"calendar", "it is an invitation"},
	{"patch", "it is a patch"},
	{"public-chain", "the certificate is publicly vouched for"},
	{"known-readers", "every recipient's program is known to cope"},
	{"unknown-reader", "a recipient's program might show an alarm"},
};

static const Words UNTOUCHED_REASONS[] = {
	{"already-protected", "it is already signed or encrypted"},
	{"resent", "it is a redirected message"},
	{"null-sender", "it has no sender"},
	{"report", "it is a delivery report"},
	{"mdn", "it is a receipt"},
	{"auto-reply", "it is an automatic reply"},
	{"acme", "it answers a certificate challenge, which must stay plain"},
	{"foreign-from", "its From address is none of your accounts"},
};

static const Words FORMS[] = {
	{"none", "no signature"},
	{"signature", "a visible signature (multipart/signed)"},
	{"unobtrusive", "a signature that other programs do not show"},
	{"header", "the key alone, in a header field"},
};

static const char *
words(const Words *table, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++) {
		if (g_strcmp0(table[i].word, word) == 0) {
			return table[i].text;
		}
	}
	return word;
}

#define WORDS(table, word) words((table), G_N_ELEMENTS(table), (word))

static void
explain_recipient(GString *text, const PsRecipient *recipient)
{
	g_string_append_printf(text, "recipient %s: %s\n  %s\n", recipient->address,
			       ps_enum_nick(PS_TYPE_RECIPIENT_STATE, (int)recipient->state),
			       recipient->sentence);
	if (recipient->state != PS_RECIPIENT_STATE_READY) {
		g_string_append_printf(text, "  how to encrypt this: %s\n", recipient->how_to);
	}
}

char *
ps_outcome_explain(const PsOutcome *outcome)
{
	g_autoptr(GString) text = g_string_new(NULL);
	if (outcome->refused != NULL) {
		g_string_append_printf(text, "refused: %s\n", outcome->refused);
	}
	if (outcome->untouched != NULL) {
		g_string_append_printf(text, "untouched: %s\n",
				       WORDS(UNTOUCHED_REASONS, outcome->untouched));
	} else {
		g_string_append_printf(text, "level: %s, because %s\n",
				       ps_enum_nick(PS_TYPE_LEVEL, (int)outcome->level),
				       WORDS(LEVEL_REASONS, outcome->level_reason));
	}
	if (outcome->overridden) {
		g_string_append_printf(
			text, "note: the author of the message wants %s; you override it\n",
			outcome->author_rule);
	}
	if (outcome->lowered) {
		g_string_append(
			text,
			"note: a rule or the message answered wants it sealed; your choice goes below it\n");
	}
	if (outcome->expired) {
		g_string_append(
			text,
			"note: your own certificate has expired; replace it with `postseal account rotate`\n");
	}
	if (outcome->form != PS_FORM_NONE) {
		g_string_append_printf(text, "form: %s, because %s\n",
				       WORDS(FORMS, ps_enum_nick(PS_TYPE_FORM, (int)outcome->form)),
				       WORDS(FORM_REASONS, outcome->form_reason));
	}
	for (guint i = 0; i < outcome->recipients->len; i++) {
		explain_recipient(text, g_ptr_array_index(outcome->recipients, i));
	}
	if (outcome->copies->len > 1) {
		g_string_append_printf(text, "copies: %u\n", outcome->copies->len);
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}
