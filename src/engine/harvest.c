/* SPDX-License-Identifier: MPL-2.0 */
/* What a judged message teaches. */
#include "engine/harvest.h"

#include "base/error.h"
#include "base/limits.h"
#include "cert/address.h"
#include "cert/crl.h"
#include "cms/caps.h"
#include "engine/align.h"
#include "engine/anchors.h"
#include "engine/facts.h"
#include "engine/keyfield.h"
#include "engine/likeness.h"
#include "engine/remember.h"
#include "mime/rules.h"
#include "store/account.h"
#include "store/anchor.h"
#include "trust/lookalike.h"

static TrustLeaf
trust_leaf(const CertInfo *info)
{
	return (TrustLeaf){
		.fingerprint = info->fingerprint,
		.der = base_bytes_of(info->der),
		.not_before = info->not_before,
		.not_after = info->not_after,
		.encrypts = info->may_encrypt,
	};
}

/* What every sighting of this message has in common. */
static TrustSighting
sighting_of(const Judgement *j, const PolicyProgram *program)
{
	return (TrustSighting){
		.address = j->from,
		.signing_time = j->date == INT64_MIN ? 0 : j->date,
		.received = j->received,
		.now = core_now(j->layers->engine),
		.message_key = j->message_key,
		.direct = j->direct,
		.aligned = j->aligned,
		.proven = judgement_binds(j),
		.organization = j->proof.key,
		.handovers = handovers_list(j->handovers),
		.n_handovers = handovers_count(j->handovers),
		.program = program->id,
		.version = program->version,
	};
}

static bool
is_trusted(const Judgement *j, const CertInfo *info)
{
	g_auto(CertPath) path = {0};
	AnchorsQuestion question = {.leaf = info, .others = j->others, .at = j->at};
	return anchors_check(core_anchors(j->layers->engine), &question, &path) &&
	       path.chain == CERT_CHAIN_TRUSTED;
}

/*
 * The certificates of a message are not signed, so one beside the signer's counts only if the very
 * issuer that made the signer's made it, too, by its signature: the personal root, or a company's
 * CA; beside a trusted chain it needs one of its own.
 */
static bool
same_issuer_made(const Judgement *j, const CertInfo *info)
{
	if (j->kind == STORE_KIND_SELF_SIGNED || j->root == NULL) {
		return false;
	}
	return j->kind == STORE_KIND_CA ? is_trusted(j, info) : cert_info_issued_by(info, j->root);
}

static bool
is_preferred(const CmsAttributes *attrs, const CertInfo *info)
{
	return attrs->has_key_preference &&
	       cert_info_is(info, attrs->preference_issuer, attrs->preference_serial);
}

/* The certificate to seal to, if it is not the signer's (RFC 8551 section 2.5.3.1): the one
 * preferred, else another of the same mailbox. */
static CertInfo *
find_encrypter(const Judgement *j)
{
	const CmsAttributes *attrs = &j->signer_info->attrs;
	g_autoptr(CertInfo) fallback = NULL;
	if (is_preferred(attrs, j->signer)) {
		return NULL;
	}
	for (guint i = 0; i < j->others->len && i < BASE_LIMIT_CERTS; i++) {
		g_autoptr(CertInfo) info =
			cert_info_new_bytes(g_ptr_array_index(j->others, i), NULL);
		if (info == NULL || !info->may_encrypt || info->is_ca ||
		    !cert_info_names(info, j->from) || !same_issuer_made(j, info)) {
			continue;
		}
		if (is_preferred(attrs, info)) {
			return g_steal_pointer(&info);
		}
		if (fallback == NULL) {
			fallback = g_steal_pointer(&info);
		}
	}
	return j->signer->may_encrypt ? NULL : g_steal_pointer(&fallback);
}

/* Our root that the message was sealed to, so that its sender is known to have our key. */
static const char *
sealed_to_us(const Judgement *j)
{
	const Layer *layer = layers_encryption(j->layers);
	if (layer == NULL || !layer_is_open(layer)) {
		return NULL;
	}
	g_autoptr(GPtrArray) mailboxes = mime_addresses_of(j->protection->display, "To", NULL);
	g_autoptr(GPtrArray) more = mime_addresses_of(j->protection->display, "Cc", NULL);
	g_ptr_array_extend_and_steal(mailboxes, g_steal_pointer(&more));
	for (guint i = 0; i < mailboxes->len; i++) {
		const MimeMailbox *mailbox = g_ptr_array_index(mailboxes, i);
		g_autofree char *address = cert_address_normalise(mailbox->address);
		OwnAccount *own =
			address == NULL ? NULL : core_account_if_any(j->layers->engine, address);
		if (own != NULL) {
			return own_account_root(own);
		}
	}
	return NULL;
}

/* The certificates of the same root that the list takes back: nothing is sealed to them any more.
 */
static bool
revoke_leaves(const Judgement *j, Store *store, BaseBytes crl, GError **error)
{
	g_autoptr(StoreIdentity) identity = NULL;
	if (!store_identity_by_root(store, j->from, j->root->fingerprint, &identity, error)) {
		return false;
	}
	g_autoptr(GPtrArray) leaves =
		identity == NULL ? g_ptr_array_new() : store_leaf_list(store, identity->id, error);
	bool done = leaves != NULL;
	for (guint i = 0; done && i < leaves->len; i++) {
		const StoreLeaf *leaf = g_ptr_array_index(leaves, i);
		g_autoptr(CertInfo) info = cert_info_new_bytes(leaf->der, NULL);
		bool known = false;
		if (info != NULL &&
		    cert_crl_revokes(crl, j->root, info, core_now(j->layers->engine)) ==
			    CERT_CRL_REVOKED) {
			done = store_leaf_revoke(store, identity->id, leaf->fingerprint, &known,
						 error);
		}
	}
	return done;
}

#define OWN_CRL_MAX (16U << 10) /* octets: some four hundred certificates of one person */

/* A list of a personal root, or of a company's own. */
static bool
harvest_own_crl(const Judgement *j, BaseBytes crl, GError **error)
{
	int64_t now = core_now(j->layers->engine);
	Store *store = core_store_write(j->layers->engine, error);
	return crl.n > OWN_CRL_MAX ||
	       cert_crl_revokes(crl, j->root, j->signer, now) == CERT_CRL_UNUSABLE ||
	       (store != NULL && revoke_leaves(j, store, crl, error) &&
		core_put_crl(j->layers->engine, j->root->fingerprint, crl, error));
}

static bool
is_by_path(const Judgement *j, BaseBytes crl)
{
	for (guint i = 1; i < j->path.path->len; i++) {
		if (cert_crl_issued_by(crl, g_ptr_array_index(j->path.path, i))) {
			return true;
		}
	}
	return false;
}

/* A list by an authority on the path to the anchor. */
static bool
harvest_path_crl(const Judgement *j, BaseBytes crl, GError **error)
{
	return !is_by_path(j, crl) ||
	       anchors_keep_crl(core_anchors(j->layers->engine), crl, j->path.path, error);
}

/* A revocation counts for later mail, too; only who issued a certificate can revoke it. What an
 * identity that is not in use says is not kept. */
static bool
harvest_crls(const Judgement *j, TrustOutcome outcome, GError **error)
{
	if (outcome == TRUST_IGNORED || outcome == TRUST_CANDIDATE) {
		return true;
	}
	for (guint i = 0; j->root != NULL && i < j->signed_data->n_crls; i++) {
		BaseBytes crl = j->signed_data->crls[i];
		if (!(j->kind == STORE_KIND_CA ? harvest_path_crl(j, crl, error)
					       : harvest_own_crl(j, crl, error))) {
			return false;
		}
	}
	return true;
}

/* The intermediates between the signer and its anchor: some programs leave them out next time. At
 * most @max. */
static size_t
chain_of(const Judgement *j, BaseBytes *chain, size_t max)
{
	size_t n = 0;
	for (guint i = 1; j->path.path != NULL && i + 1 < j->path.path->len && n < max; i++) {
		const CertInfo *info = g_ptr_array_index(j->path.path, i);
		chain[n++] = base_bytes_of(info->der);
	}
	return n;
}

static bool
harvest_signature(const Judgement *j, const TrustSighting *common, TrustHarvest *out,
		  GError **error)
{
	TrustSighting sighting = *common;
	BaseBytes chain[BASE_LIMIT_CHAIN];
	Store *store = core_store_write(j->layers->engine, error);
	if (store == NULL) {
		return false;
	}
	const CmsAttributes *attrs = &j->signer_info->attrs;
	g_autoptr(CertInfo) encrypter = find_encrypter(j);
	const CertInfo *root = j->root != NULL ? j->root : j->signer;
	sighting.kind = j->kind;
	sighting.how = STORE_HOW_SIGNATURE;
	sighting.signer = trust_leaf(j->signer);
	if (encrypter != NULL) {
		sighting.encrypter = trust_leaf(encrypter);
	}
	sighting.root_fingerprint = root->fingerprint;
	sighting.root = base_bytes_of(root->der);
	sighting.chain = chain;
	sighting.n_chain = chain_of(j, chain, G_N_ELEMENTS(chain));
	sighting.signing_time =
		attrs->signing_time != INT64_MIN ? attrs->signing_time : sighting.signing_time;
	sighting.has_caps = attrs->capabilities.n > 0;
	sighting.caps = attrs->caps;
	sighting.caps_raw = attrs->capabilities;
	sighting.runs_postseal = (attrs->caps & CMS_CAP_POSTSEAL) != 0;
	sighting.sealed_to = sealed_to_us(j);
	return trust_harvest(store, &sighting, out, error);
}

static bool
harvest_keyfield(const Judgement *j, TrustSighting *sighting, HarvestResult *result, GError **error)
{
	g_autoptr(CertInfo) leaf = NULL;
	g_autoptr(CertInfo) root = NULL;
	if (!keyfield_read(j, &leaf, &root)) {
		return true;
	}
	sighting->kind = STORE_KIND_PERSONAL;
	sighting->how = STORE_HOW_KEY_HEADER;
	sighting->signer = trust_leaf(leaf);
	sighting->root_fingerprint = root->fingerprint;
	sighting->root = base_bytes_of(root->der);
	result->is_signed = true;
	return trust_harvest(core_store_write(j->layers->engine, error), sighting, &result->outcome,
			     error);
}

/* Co-recipients' keys count only from a message that somebody known sealed and signed, and only for
 * those named in its protected To and Cc (design.md 3.3). */
static bool
is_introduction(const Judgement *j)
{
	const Layer *layer = layers_encryption(j->layers);
	bool bound = j->chain == CERT_CHAIN_TRUSTED || j->chain == CERT_CHAIN_PINNED;
	return layer != NULL && layer->encryption.reason == CMS_ENCRYPTION_OK && j->holds &&
	       j->names_from && bound && j->protection->header_protected && !j->protection->wrapped;
}

static bool
introduce(const Judgement *j, const CertInfo *leaf, const char *address, GError **error)
{
	bool ours = false;
	if (!core_is_of_home(j->layers->engine, address, &ours, error)) {
		return false;
	}
	g_autoptr(CertInfo) root = ours ? NULL : cert_personal_root(leaf, j->others);
	int64_t now = core_now(j->layers->engine);
	if (root == NULL || cert_personal_check(leaf, root, now) != CERT_CHAIN_PINNED) {
		return true;
	}
	g_autoptr(GPtrArray) answered = facts_answered(j->protection->display);
	const char *own_id = mime_header_value(j->protection->display, "Message-ID");
	const char *thread =
		answered->len > 0 ? g_ptr_array_index(answered, answered->len - 1) : own_id;
	TrustSighting sighting = {
		.address = address,
		.kind = STORE_KIND_PERSONAL,
		.how = STORE_HOW_GOSSIP,
		.signer = trust_leaf(leaf),
		.root_fingerprint = root->fingerprint,
		.root = base_bytes_of(root->der),
		.received = j->received,
		.now = now,
		.message_key = j->message_key,
	};
	TrustHarvest ignored;
	return thread == NULL || trust_harvest_gossip(core_store_write(j->layers->engine, error),
						      &sighting, thread, &ignored, error);
}

static bool
harvest_introductions(const Judgement *j, GError **error)
{
	if (!is_introduction(j)) {
		return true;
	}
	g_autoptr(GPtrArray) mailboxes = mime_addresses_of(j->protection->display, "To", NULL);
	g_autoptr(GPtrArray) more = mime_addresses_of(j->protection->display, "Cc", NULL);
	g_ptr_array_extend_and_steal(mailboxes, g_steal_pointer(&more));
	for (guint c = 0; c < j->others->len && c < BASE_LIMIT_CERTS; c++) {
		g_autoptr(CertInfo) info =
			cert_info_new_bytes(g_ptr_array_index(j->others, c), NULL);
		if (info == NULL || info->is_ca || !info->may_encrypt ||
		    cert_info_names(info, j->from)) {
			continue;
		}
		for (guint i = 0; i < mailboxes->len; i++) {
			const MimeMailbox *mailbox = g_ptr_array_index(mailboxes, i);
			g_autofree char *address = cert_address_normalise(mailbox->address);
			bool named = address != NULL && cert_info_names(info, address);
			if (named && !introduce(j, info, address, error)) {
				return false;
			}
		}
	}
	return true;
}

static bool
has_rules(const MimeHeader *payload)
{
	return mime_header_count(payload, MIME_RULES_NAME) > 0;
}

/* A sealed message that could be opened, or one whose author set rules: its answers are bound by
 * it. */
static bool
harvest_binding(const Judgement *j, GError **error)
{
	const MimeHeader *payload = j->layers->payload;
	const Layer *layer = layers_encryption(j->layers);
	bool vouched = j->holds && j->names_from;
	bool sealed = layer != NULL && layer_is_open(layer);
	/* What is only a draft may still be sent in another way. */
	if (payload == NULL || j->draft || !(sealed || (vouched && has_rules(payload)))) {
		return true;
	}
	/* Both ids: programs answer by the outer one, which carriers may have changed. */
	const char *const ids[] = {mime_header_value(payload, "Message-ID"),
				   mime_header_value(j->layers->outer, "Message-ID")};
	for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
		Binding binding = {
			.message_id = ids[i],
			.payload = payload,
			.sealed = sealed,
			.rules_count = vouched,
		};
		if (!remember_binding(j->layers->engine, &binding, error)) {
			return false;
		}
	}
	return true;
}

void
harvest_binding_only(const Judgement *j)
{
	const Layer *layer = layers_encryption(j->layers);
	if (layer != NULL && layer_is_open(layer)) {
		(void)harvest_binding(j, NULL);
	}
}

/* What look-alikes of this sender will be compared with. */
static bool
harvest_correspondent(const Judgement *j, Store *store, GError **error)
{
	g_auto(MimeFrom) from = mime_from_read(j->protection->display);
	g_autofree const char **hosts = judgement_link_hosts(j);
	g_autofree char *imitated = likeness_imitated_file(j->layers->engine);
	TrustCorrespondent correspondent = {
		.address = j->from,
		.display = from.mailbox == NULL ? NULL : from.mailbox->display,
		.organization = j->proof.key,
		.received = j->received,
		.direct = j->direct,
		.proven = j->aligned || judgement_binds(j),
		.imitated_path = imitated,
	};
	return trust_correspondent_note(store, &correspondent, hosts, error);
}

/* Whether anything may be learned about its author: not if that is somebody of this house. */
static bool
may_teach(const Judgement *j, bool *out, GError **error)
{
	bool ours = false;
	bool speaks = j->from != NULL && !j->draft && !judgement_teaches_nothing(j);
	if (speaks && (core_store_write(j->layers->engine, error) == NULL ||
		       !core_is_of_home(j->layers->engine, j->from, &ours, error))) {
		return false;
	}
	*out = speaks && !ours;
	return true;
}

bool
harvest_header(const Judgement *j, HarvestResult *out, GError **error)
{
	bool teaches = false;
	*out = (HarvestResult){0};
	if (facts_protection(j->layers->outer) != FACTS_OPEN) {
		return true;
	}
	if (!may_teach(j, &teaches, error)) {
		return false;
	}
	if (!teaches) {
		return true;
	}
	PolicyProgram program = facts_program(j->layers->outer);
	g_autofree G_GNUC_UNUSED char *version = program.version;
	TrustSighting sighting = sighting_of(j, &program);
	return harvest_keyfield(j, &sighting, out, error);
}

bool
harvest(const Judgement *j, HarvestResult *out, GError **error)
{
	bool teaches = false;
	*out = (HarvestResult){0};
	if (!harvest_binding(j, error) || !may_teach(j, &teaches, error)) {
		return false;
	}
	if (!teaches) {
		return true;
	}
	Store *store = core_store_write(j->layers->engine, error);
	PolicyProgram program = facts_program(j->layers->outer);
	g_autofree G_GNUC_UNUSED char *version =
		program.version; /* owned here, lent to the sighting */
	TrustSighting sighting = sighting_of(j, &program);
	out->is_counted = true;
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	if (tx == NULL) {
		return false;
	}
	out->is_signed = j->holds && j->names_from && judgement_is_sound(j);
	bool done = out->is_signed ? harvest_signature(j, &sighting, &out->outcome, error) &&
					     harvest_crls(j, out->outcome.outcome, error) &&
					     harvest_introductions(j, error)
				   : trust_note_unsigned(store, &sighting, error) &&
					     harvest_keyfield(j, &sighting, out, error);
	return done && harvest_correspondent(j, store, error) &&
	       align_note_answer(j, store, error) && store_commit(tx, error);
}
