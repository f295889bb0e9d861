/* SPDX-License-Identifier: MPL-2.0 */
/* From the facts about a message to its verdict: the summary, its reasons and its warnings. */
#include "engine/judge.h"

#include "base/clock.h"
#include "cert/address.h"
#include "cert/name.h"
#include "engine/sentence.h"
#include "mime/keyfield.h"
#include "mime/rules.h"

static const char *
form_name(const Layer *layer)
{
	static const char *const NAMES[] = {"opaque", "multipart", "unobtrusive"};
	return layer == NULL ? "none" : NAMES[layer->form];
}

static void
conclude_signature(PsVerdict *v, const Judgement *j)
{
	const Layer *layer = layers_signature(j->layers);
	const CmsSignerInfo *si = j->signer_info;
	v->signature.present = si != NULL || (layer != NULL && layer->malformed);
	v->signature.valid = j->holds;
	v->signature.form = v->signature.present ? form_name(layer) : "none";
	v->signature.reason = cms_signature_reason_name(j->reason);
	if (si != NULL) {
		v->signature.digest = cms_digest_name(si->digest);
		/* cli.md has words for these only */
		bool named = si->scheme != CMS_SCHEME_UNKNOWN && si->scheme != CMS_SCHEME_DSA;
		v->signature.algorithm = named ? cms_scheme_name(si->scheme) : NULL;
		v->signature.signing_time = si->attrs.signing_time;
	}
	if (si != NULL && !si->has_signed_attrs) {
		v->signature.signing_time = INT64_MIN;
	}
}

/* What a certificate calls its holder: nobody but its issuer stands for that. */
static char *
name_of(const CertInfo *info)
{
	const char *name = info->organization != NULL ? info->organization : info->common_name;
	return name == NULL ? NULL : cert_name_clean(name, CERT_PROOF_TEXT_MAX);
}

/* A name that is but the address claims nothing. */
static char *
claim_of(const CertInfo *info)
{
	g_autofree char *name = name_of(info);
	g_autofree char *address = name == NULL ? NULL : cert_address_normalise(name);
	return address != NULL && cert_info_names(info, address) ? NULL : g_steal_pointer(&name);
}

static void
conclude_signer(PsVerdict *v, const Judgement *j)
{
	if (j->signer == NULL) {
		return;
	}
	v->signer.addresses = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < j->signer->addresses->len; i++) {
		g_ptr_array_add(v->signer.addresses,
				g_strdup(g_ptr_array_index(j->signer->addresses, i)));
	}
	v->signer.matches_from = j->names_from;
	v->signer.fingerprint = g_strdup(j->signer->fingerprint);
	v->signer.root_fingerprint = g_strdup(judgement_identity(j));
	v->signer.subject = g_strdup(j->signer->subject);
	v->signer.issuer = g_strdup(j->signer->issuer);
	v->signer.chain = cert_chain_name(j->chain);
	v->signer.proof = cert_proof_kind_name(j->proof.kind);
	v->signer.organization = g_strdup(j->proof.organization);
	v->signer.person = g_strdup(j->proof.person);
	v->signer.issuer_name = j->kind == STORE_KIND_CA ? name_of(j->root) : NULL;
	v->signer.claimed_name = j->proof.kind == CERT_PROOF_NONE ? claim_of(j->signer) : NULL;
}

static void
conclude_encryption(PsVerdict *v, const Judgement *j)
{
	const Layer *layer = layers_encryption(j->layers);
	if (layer == NULL) {
		v->encryption.reason = cms_encryption_reason_name(
			j->layers->errant_encrypted ? CMS_ENCRYPTION_NOT_AT_ROOT
						    : CMS_ENCRYPTION_NONE);
		return;
	}
	v->encryption.present = true;
	v->encryption.kind =
		layer->encryption.kind == CMS_KIND_AUTH_ENVELOPED ? "auth-enveloped" : "enveloped";
	v->encryption.cipher = layer->encryption.cipher;
	v->encryption.authenticated = layer->encryption.authenticated;
	v->encryption.reason = cms_encryption_reason_name(layer->encryption.reason);
}

static void
conclude_history(PsVerdict *v, const Judgement *j)
{
	v->history.state = trust_history_state_name(j->history.state);
	v->history.messages = j->history.messages;
	v->history.days = j->history.days;
	v->history.first_seen = j->history.first_seen;
	v->history.usually_signs = j->history.usually_signs;
	v->history.last_seen = j->history.last_seen;
	v->history.refused = j->history.refused;
	v->history.verified = j->history.verified;
	v->history.vouched = j->history.vouched;
	v->history.org_messages = j->history.org_messages;
	v->history.org_days = j->history.org_days;
	v->history.org_first_seen = j->history.org_first;
}

static void
conclude_headers(PsVerdict *v, const Judgement *j)
{
	g_auto(MimeFrom) from = mime_from_read(j->protection->display);
	v->from_address = g_strdup(j->from);
	v->from_display = from.mailbox == NULL ? NULL : g_strdup(from.mailbox->display);
	v->outer_address = g_strdup(j->protection->outer_from);
	v->from_shown = g_strdup(j->alike.shown != NULL ? j->alike.shown : j->from);
	v->alike = g_strdup(j->alike.domain_like);
	v->named_like = g_strdup(j->alike.name_like);
	for (guint i = 0; i < j->protection->fields->len; i++) {
		const MimeFieldProtection *field =
			&g_array_index(j->protection->fields, MimeFieldProtection, i);
		/* Keys are for programs: thousands of octets that tell a person nothing. */
		if (field->field->name[0] != '\0' &&
		    g_ascii_strcasecmp(field->field->name, MIME_KEYFIELD_NAME) != 0 &&
		    g_ascii_strcasecmp(field->field->name, MIME_HANDOVER_NAME) != 0) {
			verdict_add_header(v, field->field->name, field->field->value,
					   mime_field_state_name(field->state));
		}
	}
	for (guint i = 0; i < j->layers->structure->len; i++) {
		g_ptr_array_add(v->structure, g_strdup(g_ptr_array_index(j->layers->structure, i)));
	}
}

/* A summary needs mathematics, From and something that binds the key to it (cli.md). */
static PsSummary
summarise(const PsVerdict *v, const Judgement *j)
{
	const Layer *layer = layers_encryption(j->layers);
	bool verified = judgement_binds(j);
	bool sealed = layer != NULL && layer->encryption.reason == CMS_ENCRYPTION_OK;
	/* hp=clear under encryption: somebody on the way encrypted it; it was not closed by its
	 * author. */
	if (sealed && verified && !j->protection->wrapped) {
		return PS_SUMMARY_CONFIDENTIAL;
	}
	if (verified) {
		return PS_SUMMARY_VERIFIED;
	}
	return sealed && v->encryption.present ? PS_SUMMARY_ENCRYPTED_ONLY : PS_SUMMARY_UNPROTECTED;
}

static bool
field_names_us(const Judgement *j, const char *name, const GPtrArray *accounts)
{
	g_autoptr(GPtrArray) mailboxes = mime_addresses_of(j->protection->display, name, NULL);
	for (guint i = 0; i < mailboxes->len; i++) {
		const MimeMailbox *mailbox = g_ptr_array_index(mailboxes, i);
		if (core_accounts_hold(accounts, mailbox->address)) {
			return true;
		}
	}
	return false;
}

/* A copy in Sent is ours, too; without an account nobody is "us". */
static bool
addressed_to_us(const Judgement *j)
{
	g_autoptr(GPtrArray) accounts = core_accounts(j->layers->engine, NULL);
	if (accounts == NULL || accounts->len == 0) {
		return true;
	}
	return field_names_us(j, "To", accounts) || field_names_us(j, "Cc", accounts) ||
	       field_names_us(j, "From", accounts);
}

static void
warn_about_people(PsVerdict *v, const Judgement *j)
{
	g_auto(MimeFrom) outer = mime_from_read(j->layers->outer);
	g_auto(MimeFrom) shown = mime_from_read(j->protection->display);
	if (shown.state == MIME_FROM_SEVERAL_FIELDS || shown.state == MIME_FROM_SEVERAL_MAILBOXES ||
	    outer.state == MIME_FROM_SEVERAL_FIELDS || outer.state == MIME_FROM_SEVERAL_MAILBOXES) {
		verdict_warn(v, "several-from", NULL);
	}
	bool bound = j->holds && j->names_from;
	if (j->protection->from_mismatch && !bound) {
		verdict_warn(v, "from-mismatch", j->protection->from);
	} else if (j->holds && !j->names_from) {
		verdict_warn(v, "from-mismatch", NULL);
	}
	if (j->alike.domain_like != NULL) {
		verdict_warn(v, "lookalike-domain", j->alike.domain_like);
	}
	if (j->alike.name_like != NULL) {
		verdict_warn(v, "lookalike-name", j->alike.name_like);
	}
	if (bound && j->protection->header_protected && !addressed_to_us(j)) {
		verdict_warn(v, "not-addressed-to-you", NULL);
	}
}

/* A machine's answer, a list's copy and a key in the header are no reason to wonder. What calls
 * itself junk is: anybody can write that. */
static bool
should_be_signed(const Judgement *j)
{
	return !(j->holds && j->names_from) && j->history.usually_signs && j->direct &&
	       !j->key_travels && !j->header_only && !judgement_is_automatic(j);
}

static void
warn_about_keys(PsVerdict *v, const Judgement *j)
{
	if (j->history.state == TRUST_HISTORY_CONFLICT) {
		verdict_warn(v, "key-conflict", j->from);
	} else if (j->history.state == TRUST_HISTORY_CHANGED) {
		verdict_warn(v, j->history.contested ? "key-changed" : "candidate-key", j->from);
	}
	if (should_be_signed(j) && j->history.habit_is_ca) {
		verdict_warn(v, "unsigned-but-usually-signed", j->from);
	} else if (should_be_signed(j)) {
		verdict_note(v, "unsigned-but-usually-signed", j->from);
	}
	if (j->holds && j->kind == STORE_KIND_PRIVATE_CA && !judgement_binds(j)) {
		g_autofree char *issuer = j->root == NULL ? NULL : name_of(j->root);
		verdict_warn(v, "untrusted-issuer", issuer);
	}
	if (j->alike.new_link != NULL) {
		verdict_warn(v, "first-time-link", j->alike.new_link);
	}
}

static void
warn_about_protection(PsVerdict *v, const Judgement *j)
{
	const Layer *layer = layers_encryption(j->layers);
	if (j->chain == CERT_CHAIN_EXPIRED) {
		verdict_warn(v, "expired", NULL);
	}
	if (j->reason == CMS_SIGNATURE_WEAK_ALGORITHM) {
		verdict_warn(v, "weak-algorithm", v->signature.digest);
	}
	if (layer != NULL && layer->encryption.reason == CMS_ENCRYPTION_WEAK_ALGORITHM) {
		verdict_warn(v, "weak-algorithm", layer->encryption.cipher);
	}
	if (layer != NULL && layer->encryption.reason == CMS_ENCRYPTION_OK &&
	    !layer->encryption.authenticated && !(j->holds && j->names_from)) {
		verdict_warn(v, "legacy-cbc", NULL);
	}
	if (j->layers->list_footer) {
		verdict_warn(v, "list-footer", NULL);
	}
	if (j->layers->errant_signed || j->layers->errant_encrypted) {
		verdict_warn(v, "errant-layer", NULL);
	}
	if (j->layers->remote_content) {
		verdict_warn(v, "remote-content", NULL);
	}
}

static void
add_rule(PsVerdict *v, const char *key, const char *value)
{
	if (value != NULL) {
		g_ptr_array_add(v->rules, g_strdup(key));
		g_ptr_array_add(v->rules, g_strdup(value));
	}
}

/* Obeyed only under a signature that holds and names From (design.md 3.5). */
static void
conclude_rules(PsVerdict *v, const Judgement *j)
{
	MimeRules rules = {0};
	if (!j->holds || !j->names_from || j->layers->payload == NULL ||
	    !mime_rules_read(j->layers->payload, &rules)) {
		return;
	}
	add_rule(v, "lists", mime_rule_lists_name(rules.lists));
	add_rule(v, "forward", mime_rule_forward_name(rules.forward));
	add_rule(v, "reply", mime_rule_reply_name(rules.reply));
	g_autofree char *expires = rules.expires == 0 ? NULL : base_clock_format(rules.expires);
	add_rule(v, "expires", expires);
}

PsVerdict *
judgement_verdict(const Judgement *j)
{
	PsVerdict *v = verdict_new();
	conclude_signature(v, j);
	conclude_signer(v, j);
	conclude_encryption(v, j);
	conclude_history(v, j);
	conclude_headers(v, j);
	conclude_rules(v, j);
	v->summary = summarise(v, j);
	warn_about_people(v, j);
	warn_about_keys(v, j);
	warn_about_protection(v, j);
	v->sentence = sentence_verdict(v);
	v->signer_phrase = sentence_signer(v);
	return v;
}
