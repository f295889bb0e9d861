/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The story of one outgoing message:
 * read the root and take out its wishes (draft.c) -> what is known of the recipients (readers.c:
 * store, trust) -> decide level and form (policy) -> refuse, or prepare the copies with their
 * envelopes (copy.c). A copy is made when it is written: protect the header (mime), sign, encrypt
 * (compose.c: cms).
 */
#include "engine/accounts.h"
#include "engine/copy.h"
#include "engine/facts.h"
#include "engine/outcome.h"
#include "engine/readers.h"
#include "engine/remember.h"

#include "base/error.h"
#include "cms/encrypt.h"
#include "store/setting.h"

/* Everything that deciding about one message takes and gives. */
typedef struct {
	PsEngine *engine;
	Sending *sending;
	Draft *draft;    /* owned by sending */
	OwnAccount *own; /* NULL: no such account */
	GPtrArray *readers;
	Answered answered;
	PsOutcome *outcome;
} Outgoing;

static void
outgoing_clear(Outgoing *out)
{
	g_clear_pointer(&out->sending, sending_unref);
	g_clear_pointer(&out->readers, g_ptr_array_unref);
	g_clear_pointer(&out->outcome, ps_outcome_free);
	answered_clear(&out->answered);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outgoing, outgoing_clear)

/* The strictest rule among the recipients; those without one count as signed as soon as another has
 * one. */
static bool
rule_level(Outgoing *out, PolicyLevel *level, GError **error)
{
	Store *store = core_store(out->engine, error);
	if (store == NULL) {
		return false;
	}
	bool any = false;
	PolicyLevel strictest = POLICY_LEVEL_PLAIN;
	for (guint i = 0; i < out->readers->len; i++) {
		const Reader *reader = g_ptr_array_index(out->readers, i);
		g_autofree char *word = NULL;
		if (!store_rule_lookup(store, reader->address, &word, error)) {
			return false;
		}
		any = any || word != NULL;
		strictest = MAX(strictest,
				word == NULL ? POLICY_LEVEL_SIGNED : policy_level_parse(word));
	}
	*level = any ? strictest : POLICY_LEVEL_UNSET;
	return true;
}

static bool
decide_level(Outgoing *out, GError **error)
{
	PolicyWish wish = {
		.button = out->draft->button,
		.tag = out->draft->tag,
		.sensitivity = POLICY_LEVEL_UNSET,
		.rule = POLICY_LEVEL_UNSET,
		.answers_sealed = out->answered.was_sealed,
		.author_demands = out->answered.author_demands && !out->outcome->overridden,
		.is_new = out->draft->is_new,
	};
	if (!rule_level(out, &wish.rule, error)) {
		return false;
	}
	PolicyLevelDecision decision = policy_level_decide(&wish);
	out->sending->level = decision.level;
	out->outcome->level_reason = decision.reason;
	out->outcome->lowered = decision.lowered;
	return true;
}

static bool
decide_form(Outgoing *out, GError **error)
{
	bool invitation = false;
	if (!draft_holds_type(out->draft, "text/calendar", &invitation, error)) {
		return false;
	}
	g_autofree PolicyReader *readers = g_new(PolicyReader, out->readers->len);
	for (guint i = 0; i < out->readers->len; i++) {
		readers[i] = ((Reader *)g_ptr_array_index(out->readers, i))->reader;
	}
	PolicyFormFacts facts = {
		.mode = (PolicyMode)out->own->account->mode,
		.calendar = invitation || facts_is_calendar(out->draft->header),
		.patch = facts_is_patch(out->draft->header),
		.list_headers = facts_is_list_mail(out->draft->header),
		.readers = readers,
		.n_readers = out->readers->len,
	};
	PolicyFormDecision decision = policy_form_decide(&facts);
	if (out->draft->form != PS_FORM_NONE) {
		decision = (PolicyFormDecision){(PolicyForm)out->draft->form, "asked"};
	}
	out->sending->plan.form = decision.form;
	out->outcome->form_reason = decision.reason;
	return true;
}

/* It leaves octet for octet, unless that would be weaker than what was asked. */
static void
pass_untouched(Outgoing *out, const char *reason)
{
	if (out->sending->level == POLICY_LEVEL_SEALED &&
	    out->draft->protection != FACTS_ENCRYPTED) {
		g_autofree char *how_to =
			core_howto(out->engine, out->draft->program, NULL, "none");
		outcome_refuse(out->outcome,
			       "%s: such a message cannot be sealed (%s); nothing was sent: %s",
			       out->draft->from == NULL ? "From names not exactly one sender"
							: out->draft->from,
			       reason, how_to);
		return;
	}
	out->outcome->untouched = reason;
	out->sending->level = POLICY_LEVEL_PLAIN;
}

/* Somebody else's kind of signature goes into the envelope as any other text does. */
static const char *
untouched_reason(Outgoing *out)
{
	PolicyPassFacts facts = out->draft->facts;
	bool wrap = out->sending->level == POLICY_LEVEL_SEALED &&
		    out->draft->protection == FACTS_SIGNED_OTHER;
	facts.is_protected = facts.is_protected && !wrap;
	return policy_pass_reason(&facts);
}

static GPtrArray *
addresses_of(const Outgoing *out)
{
	GPtrArray *all = g_ptr_array_new();
	for (guint i = 0; i < out->readers->len; i++) {
		g_ptr_array_add(all,
				(gpointer)(guintptr)((Reader *)g_ptr_array_index(out->readers, i))
					->address);
	}
	return all;
}

static void
prepare_open_copy(Outgoing *out)
{
	g_autoptr(GPtrArray) addresses = addresses_of(out);
	Sending *sending = out->sending;
	bool is_signed = sending->level == POLICY_LEVEL_SIGNED;
	if (is_signed && sending->plan.form != POLICY_FORM_SIGNATURE) {
		sending->key_field = compose_key_field(out->own, out->draft->header);
		sending->plan.key_field = sending->key_field;
	}
	g_ptr_array_add(out->outcome->copies, copy_new(sending, addresses, NULL));
}

/* The certificates of the named readers, so that each can answer all. */
static GPtrArray *
introductions(const Outgoing *out)
{
	GPtrArray *certs = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	for (guint i = 0; i < out->readers->len && out->draft->named->len > 1; i++) {
		const Reader *reader = g_ptr_array_index(out->readers, i);
		if (reader->hidden) {
			continue;
		}
		g_ptr_array_add(certs, g_bytes_ref(reader->leaf));
		if (reader->root != NULL) {
			g_ptr_array_add(certs, g_bytes_ref(reader->root));
		}
	}
	return certs;
}

static CmsRecipient *
recipient_of(GBytes *leaf, const PolicyRecipient *facts, GError **error)
{
	bool oaep = facts->oaep && facts->key == POLICY_KEY_RSA;
	return cms_recipient_new(base_bytes_of(leaf),
				 oaep ? CMS_KEY_TRANSPORT_OAEP : CMS_KEY_TRANSPORT_DEFAULT, error);
}

/* One copy for one group; the reader at index readers->len is the sender. */
static bool
prepare_group(Outgoing *out, const PolicyGroup *group, const PolicyRecipient *facts, GError **error)
{
	g_autoptr(GPtrArray) addresses = g_ptr_array_new();
	g_autoptr(ComposeSeal) seal = g_new0(ComposeSeal, 1);
	seal->recipients = g_ptr_array_new_with_free_func((GDestroyNotify)cms_recipient_unref);
	seal->introduced = introductions(out);
	seal->gcm = group->gcm;
	seal->cek_hkdf = group->cek_hkdf;
	for (guint i = 0; i < group->members->len; i++) {
		guint index = g_array_index(group->members, guint, i);
		const Reader *reader =
			index < out->readers->len ? g_ptr_array_index(out->readers, index) : NULL;
		GBytes *leaf = reader != NULL ? reader->leaf : out->own->identity->encrypt->der;
		CmsRecipient *recipient = recipient_of(leaf, &facts[index], error);
		if (recipient == NULL) {
			return false;
		}
		g_ptr_array_add(seal->recipients, recipient);
		if (reader != NULL) {
			g_ptr_array_add(addresses, (gpointer)(guintptr)reader->address);
		}
	}
	g_ptr_array_add(out->outcome->copies,
			copy_new(out->sending, addresses, g_steal_pointer(&seal)));
	return true;
}

static bool
every_reader_runs_postseal(const Outgoing *out)
{
	for (guint i = 0; i < out->readers->len; i++) {
		if (!((Reader *)g_ptr_array_index(out->readers, i))->reader.runs_postseal) {
			return false;
		}
	}
	return true;
}

/* The group with the sender, who wants to read it in his Sent folder. */
static void
put_own_first(GPtrArray *groups, guint own)
{
	for (guint i = 0; i < groups->len; i++) {
		PolicyGroup *group = g_ptr_array_index(groups, i);
		for (guint k = 0; k < group->members->len; k++) {
			if (g_array_index(group->members, guint, k) == own) {
				(void)g_ptr_array_steal_index(groups, i);
				g_ptr_array_insert(groups, 0, group);
				return;
			}
		}
	}
}

static bool
prepare_sealed_copies(Outgoing *out, GError **error)
{
	g_autofree PolicyRecipient *facts = g_new0(PolicyRecipient, out->readers->len + 1);
	for (guint i = 0; i < out->readers->len; i++) {
		facts[i] = ((Reader *)g_ptr_array_index(out->readers, i))->recipient;
	}
	if (out->readers->len == 1) {
		facts[0].bcc =
			false; /* nobody else is there from whom it would have to be hidden */
	}
	facts[out->readers->len] = readers_own_facts(out->own);
	out->sending->plan.legacy = !every_reader_runs_postseal(out);
	out->sending->plan.shy = out->answered.was_shy;
	out->sending->response = g_steal_pointer(&out->answered.response);
	out->sending->plan.response = out->sending->response;
	g_autoptr(GPtrArray) groups = policy_cipher_groups(facts, out->readers->len + 1);
	put_own_first(groups, out->readers->len);
	for (guint i = 0; i < groups->len; i++) {
		if (!prepare_group(out, g_ptr_array_index(groups, i), facts, error)) {
			return false;
		}
	}
	return true;
}

/* What the author of a message answered or forwarded does not want (design.md 3.5). */
static bool
author_forbids(Outgoing *out)
{
	if (!out->answered.no_forward || out->outcome->overridden) {
		return false;
	}
	g_autofree char *how_to = core_howto(out->engine, out->draft->program, NULL, "none");
	outcome_refuse(
		out->outcome,
		"the author of the message does not want it to be forwarded; nothing was sent: %s",
		how_to);
	return true;
}

static bool
prepare_copies(Outgoing *out, GError **error)
{
	if (out->sending->level == POLICY_LEVEL_PLAIN) {
		prepare_open_copy(out);
		return true;
	}
	draft_complete(out->draft, core_now(out->engine));
	out->outcome->expired = core_now(out->engine) > out->own->identity->sign->not_after;
	if (out->sending->level == POLICY_LEVEL_SIGNED) {
		if (!decide_form(out, error)) {
			return false;
		}
		prepare_open_copy(out);
		return true;
	}
	g_autofree char *refusal = readers_refusal(out->readers);
	if (refusal != NULL) {
		outcome_refuse(out->outcome, "%s", refusal);
		return true;
	}
	return prepare_sealed_copies(out, error);
}

static bool
read_answered(Outgoing *out, const PsRequest *request, GError **error)
{
	if (!answered_read(out->engine, out->draft, &out->answered, error)) {
		return false;
	}
	out->outcome->author_rule = out->answered.rule;
	out->outcome->overridden = out->answered.rule != NULL && request->override_author;
	return true;
}

/* An account is needed as soon as somebody names one or asks for protection; a foreign From
 * otherwise passes. */
static bool
needs_account(const Outgoing *out, const PsRequest *request)
{
	return request->from != NULL || out->sending->level == POLICY_LEVEL_SEALED ||
	       out->draft->button > POLICY_LEVEL_PLAIN;
}

static bool
decide(Outgoing *out, const PsRequest *request, GError **error)
{
	if (out->draft->named->len + out->draft->hidden->len == 0) {
		return base_fail(error, PS_ERROR_MALFORMED,
				 "it has no recipient; fill in To, or name one with --rcpt");
	}
	if (out->draft->sender != NULL) {
		accounts_renew_if_due(out->engine, out->draft->sender);
		out->own = core_account_if_any(out->engine, out->draft->sender);
	}
	out->sending->own = out->own == NULL ? NULL : own_account_ref(out->own);
	out->sending->plan.own = out->own;
	out->readers = readers_of(out->engine, out->draft, out->own, error);
	if (out->readers == NULL || !read_answered(out, request, error) ||
	    !decide_level(out, error)) {
		return false;
	}
	const char *untouched = untouched_reason(out);
	bool foreign = g_strcmp0(untouched, "foreign-from") == 0;
	if (foreign && request->from != NULL &&
	    g_strcmp0(out->draft->from, out->draft->sender) != 0) {
		return base_fail(error, PS_ERROR_ARGUMENT,
				 "its From field names %s and not %s: change one of them",
				 out->draft->from, out->draft->sender);
	}
	if (foreign && needs_account(out, request) &&
	    core_account(out->engine, out->draft->sender, error) == NULL) {
		return false;
	}
	if (author_forbids(out)) {
		return true;
	}
	if (untouched != NULL) {
		pass_untouched(out, untouched);
	}
	return out->outcome->refused != NULL || prepare_copies(out, error);
}

PsOutcome *
ps_engine_protect(PsEngine *engine, PsMessage *message, PsRequest *request, GError **error)
{
	g_autoptr(PsRequest) empty = request == NULL ? ps_request_new() : NULL;
	request = request == NULL ? empty : request;
	Draft *draft = draft_read(engine, message_source(message), request, error);
	if (draft == NULL) {
		return NULL;
	}
	g_auto(Outgoing) out = {.engine = engine, .draft = draft};
	out.sending = sending_new(engine, message, draft);
	out.sending->plan.draft = draft;
	out.sending->plan.engine = engine;
	out.outcome = outcome_new();
	if (!decide(&out, request, error)) {
		return NULL;
	}
	outcome_fill(out.outcome, out.sending, out.readers);
	return g_steal_pointer(&out.outcome);
}
