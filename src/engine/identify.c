/* SPDX-License-Identifier: MPL-2.0 */
/* Who is behind the signature, here and now: the identity, what binds it, what is known of it. */
#include "engine/judge.h"

#include "base/clock.h"
#include "base/error.h"
#include "cert/address.h"
#include "cert/crl.h"
#include "engine/align.h"
#include "engine/anchors.h"
#include "engine/drafts.h"
#include "engine/facts.h"

/* By a CRL of its root in this message, or in an earlier one. A revocation counts whenever it came.
 */
static bool
is_revoked(const Judgement *j)
{
	int64_t now = core_now(j->layers->engine);
	for (guint i = 0; j->root != NULL && i < j->signed_data->n_crls; i++) {
		if (cert_crl_revokes(j->signed_data->crls[i], j->root, j->signer, now) ==
		    CERT_CRL_REVOKED) {
			return true;
		}
	}
	g_autoptr(GPtrArray) known =
		j->root == NULL ? NULL : core_crls(j->layers->engine, j->root->fingerprint);
	return known != NULL && cert_crl_revokes(base_bytes_of(g_ptr_array_index(known, 0)),
						 j->root, j->signer, now) == CERT_CRL_REVOKED;
}

static CertChain
lifetime(const CertInfo *info, int64_t at)
{
	if (at < info->not_before) {
		return CERT_CHAIN_NOT_YET_VALID;
	}
	return at > info->not_after ? CERT_CHAIN_EXPIRED : CERT_CHAIN_UNTRUSTED;
}

/* An issuer that was left out on the way is the one known from earlier messages of this address. */
static CertInfo *
known_issuer(const Judgement *j, Store *store)
{
	g_autoptr(GPtrArray) identities =
		j->from == NULL ? NULL : store_identity_list(store, j->from, NULL);
	for (guint i = 0; identities != NULL && i < identities->len; i++) {
		const StoreIdentity *identity = g_ptr_array_index(identities, i);
		g_autoptr(GBytes) der = NULL;
		if ((identity->kind != STORE_KIND_PERSONAL &&
		     identity->kind != STORE_KIND_PRIVATE_CA) ||
		    !store_certificate_get(store, identity->root_fingerprint, &der, NULL) ||
		    der == NULL) {
			continue;
		}
		g_autoptr(GPtrArray) one =
			g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
		g_ptr_array_add(one, g_steal_pointer(&der));
		CertInfo *issuer = cert_issuing_ca(j->signer, one);
		if (issuer != NULL) {
			return issuer;
		}
	}
	return NULL;
}

/* Without its issuer a certificate had to stand for itself; it goes on doing so when the issuer
 * comes along later, or the same key would look changed. */
static bool
stands_for_itself(const Judgement *j, Store *store)
{
	g_autoptr(StoreIdentity) itself = NULL;
	return j->from != NULL &&
	       store_identity_by_root(store, j->from, j->signer->fingerprint, &itself, NULL) &&
	       itself != NULL && itself->used;
}

static CertInfo *
find_issuer(const Judgement *j, Store *store)
{
	CertInfo *root = cert_personal_root(j->signer, j->others);
	root = root != NULL ? root : cert_issuing_ca(j->signer, j->others);
	return root != NULL ? root : known_issuer(j, store);
}

/* The identity as the certificates alone show it: a personal root, the certificate itself, or
 * somebody's CA. */
static void
find_shape(Judgement *j, Store *store)
{
	if (cert_info_self_signed(j->signer)) {
		j->kind = STORE_KIND_SELF_SIGNED;
		j->chain = cert_personal_check(j->signer, j->signer, j->at);
		return;
	}
	j->root = stands_for_itself(j, store) ? NULL : find_issuer(j, store);
	if (j->root != NULL && cert_info_self_signed(j->root) &&
	    cert_root_is_personal(j->root, j->signer)) {
		j->kind = STORE_KIND_PERSONAL;
		j->chain = cert_personal_check(j->signer, j->root, j->at);
		return;
	}
	j->kind = STORE_KIND_PRIVATE_CA;
	j->chain = lifetime(j->signer, j->at);
	if (j->chain == CERT_CHAIN_UNTRUSTED && j->root != NULL) {
		j->chain = lifetime(j->root, j->at);
	}
}

/* The certificates of the message, and the intermediates that came with this one before: some
 * programs leave the chain out. */
static GPtrArray *
path_material(const Judgement *j, Store *store)
{
	GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	for (guint i = 0; i < j->others->len; i++) {
		g_ptr_array_add(all, g_bytes_ref(g_ptr_array_index(j->others, i)));
	}
	g_autoptr(StoreIdentity) known = NULL;
	if (j->from == NULL ||
	    !store_identity_find(store, j->from, j->signer->fingerprint, &known, NULL) ||
	    known == NULL) {
		return all;
	}
	g_autoptr(GPtrArray) leaves = store_leaf_list(store, known->id, NULL);
	for (guint i = 0; leaves != NULL && i < leaves->len; i++) {
		const StoreLeaf *leaf = g_ptr_array_index(leaves, i);
		for (guint c = 0;
		     strcmp(leaf->fingerprint, j->signer->fingerprint) == 0 && c < leaf->chain->len;
		     c++) {
			g_ptr_array_add(all, g_bytes_ref(g_ptr_array_index(leaf->chain, c)));
		}
	}
	return all;
}

static GPtrArray *
crls_of_message(const Judgement *j)
{
	GPtrArray *crls = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	for (guint i = 0; i < j->signed_data->n_crls; i++) {
		g_ptr_array_add(crls, base_bytes_dup(j->signed_data->crls[i]));
	}
	return crls;
}

/* A certificate authority that the person trusts vouches: then it is the identity. */
static void
ask_anchors(Judgement *j, Store *store)
{
	g_autoptr(GPtrArray) others = path_material(j, store);
	g_autoptr(GPtrArray) crls = crls_of_message(j);
	AnchorsQuestion question = {
		.leaf = j->signer,
		.others = others,
		.crls = crls,
		.at = j->at,
		.may_ask = j->may_ask,
		.own_only = j->kind != STORE_KIND_PRIVATE_CA,
	};
	if (!anchors_check(core_anchors(j->layers->engine), &question, &j->path)) {
		return;
	}
	j->kind = STORE_KIND_CA;
	j->chain = j->path.chain;
	g_clear_pointer(&j->root, cert_info_unref);
	j->root = cert_info_ref(j->path.root);
	anchors_proof(core_anchors(j->layers->engine), &j->path, &j->proof);
}

static void
find_identity(Judgement *j, Store *store)
{
	find_shape(j, store);
	ask_anchors(j, store);
	if (j->chain == CERT_CHAIN_PINNED) {
		j->chain = CERT_CHAIN_UNTRUSTED; /* until the history says that the pin binds */
	}
	if (is_revoked(j)) {
		j->chain = CERT_CHAIN_REVOKED;
	}
}

/* Expiry is judged when the message was first seen: an old letter does not turn red. What a forged
 * date in it says does not count, and all else is judged as of now. */
static bool
forgive_age(Judgement *j, Store *store, GError **error)
{
	int64_t learned = 0;
	if (j->chain != CERT_CHAIN_EXPIRED || !j->holds || j->from == NULL) {
		return true;
	}
	if (!trust_first_learned(store, j->from, j->message_key, &learned, error)) {
		return false;
	}
	if (learned > 0 && learned < j->at) {
		j->at = learned;
		g_clear_pointer(&j->root, cert_info_unref);
		cert_path_clear(&j->path);
		cert_proof_clear(&j->proof);
		find_identity(j, store);
	}
	return true;
}

/* A message from the future is not learned (trust/harvest.h), so it is no evidence either. */
static bool
is_from_the_future(const Judgement *j)
{
	int64_t signing_time =
		j->signer_info == NULL ? INT64_MIN : j->signer_info->attrs.signing_time;
	int64_t time = signing_time != INT64_MIN ? signing_time : j->date;
	return time > core_now(j->layers->engine) + TRUST_SKEW;
}

/* What the history is asked; strings are lent by @j and @program. */
static TrustMessage
question_of(const Judgement *j, const PolicyProgram *program)
{
	bool vouched = j->holds && j->names_from;
	return (TrustMessage){
		.address = j->from,
		.root_fingerprint = vouched ? judgement_identity(j) : NULL,
		.message_key = j->message_key,
		.received = j->received,
		.teaches_nothing = judgement_teaches_nothing(j) || is_from_the_future(j) ||
				   (vouched && !judgement_is_sound(j)),
		.kind = j->kind,
		.aligned = j->aligned,
		.organization = j->proof.key,
		.handovers = handovers_list(j->handovers),
		.n_handovers = handovers_count(j->handovers),
		.program = program->id,
	};
}

static bool
read_history(Judgement *j, Store *store, GError **error)
{
	PolicyProgram program = facts_program(j->layers->outer);
	g_autofree G_GNUC_UNUSED char *version = program.version;
	TrustMessage question = question_of(j, &program);
	if (j->from != NULL && !trust_history(store, &question, &j->history, error)) {
		return false;
	}
	if (j->history.binds && j->history.state == TRUST_HISTORY_SAME &&
	    j->chain == CERT_CHAIN_UNTRUSTED) {
		j->chain = CERT_CHAIN_PINNED;
	}
	return true;
}

/*
 * RFC 9788 section 4.4.3: an inner From that differs from the outer one, which carriers looked at,
 * counts only if something binds the key to it.
 */
static bool
distrust_inner_from(Judgement *j, Store *store, GError **error)
{
	if (!j->protection->from_mismatch || judgement_binds(j)) {
		return true;
	}
	judge_show_outer_from(j);
	j->history = (TrustHistory){0};
	return read_history(j, store, error);
}

bool
judgement_binds(const Judgement *j)
{
	return j->holds && j->names_from && !j->history.refused &&
	       (j->chain == CERT_CHAIN_TRUSTED || j->chain == CERT_CHAIN_PINNED);
}

/* A certificate of which nothing speaks but its age is judged by the time the message came. */
static bool
was_alive(const Judgement *j)
{
	bool alive = j->received >= j->signer->not_before && j->received <= j->signer->not_after;
	for (guint i = 0; alive && j->path.path != NULL && i < j->path.path->len; i++) {
		const CertInfo *info = g_ptr_array_index(j->path.path, i);
		alive = j->received >= info->not_before && j->received <= info->not_after;
	}
	return alive && (j->root == NULL || j->received <= j->root->not_after);
}

bool
judgement_is_sound(const Judgement *j)
{
	return j->chain == CERT_CHAIN_UNTRUSTED || j->chain == CERT_CHAIN_PINNED ||
	       j->chain == CERT_CHAIN_TRUSTED || (j->chain == CERT_CHAIN_EXPIRED && was_alive(j));
}

bool
judgement_is_automatic(const Judgement *j)
{
	return facts_is_automatic(j->layers->outer) || facts_is_automatic(j->protection->display);
}

/* Junk, mail that failed its sender's own policy, automatic mail, a From that is not the author's.
 */
bool
judgement_teaches_nothing(const Judgement *j)
{
	return judgement_is_automatic(j) || facts_is_junk(j->layers->outer) ||
	       j->protection->from_mismatch;
}

bool
judge_sender(Judgement *j, GError **error)
{
	Store *store = core_store(j->layers->engine, error);
	if (store == NULL) {
		return false;
	}
	j->at = core_now(j->layers->engine);
	if (j->signer != NULL) {
		find_identity(j, store);
		if (!forgive_age(j, store, error)) {
			return false;
		}
	}
	if (j->holds && j->names_from &&
	    mime_protection_state(j->protection, MIME_HANDOVER_NAME) != MIME_FIELD_UNPROTECTED) {
		j->handovers = handovers_read(j->protection->display, j->from);
	}
	return align(j, store, error) && read_history(j, store, error) &&
	       distrust_inner_from(j, store, error) && drafts_recognise(j, store, error);
}
