/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/recipient.h"

#include "base/clock.h"
#include "trust/harvest.h"
#include "trust/history.h"

static const char *const states[] = {
	[TRUST_READY] = "ready",     [TRUST_NONE] = "none",         [TRUST_CHANGED] = "changed",
	[TRUST_EXPIRED] = "expired", [TRUST_CONFLICT] = "conflict", [TRUST_REFUSED] = "refused",
};

const char *
trust_state_name(TrustState state)
{
	return states[state];
}

void
trust_recipient_free(TrustRecipient *recipient)
{
	if (recipient == NULL) {
		return;
	}
	g_free(recipient->address);
	g_ptr_array_unref(recipient->reasons);
	g_free(recipient->fingerprint);
	g_free(recipient->leaf_fingerprint);
	g_clear_pointer(&recipient->leaf, g_bytes_unref);
	g_ptr_array_unref(recipient->chain);
	g_clear_pointer(&recipient->root, g_bytes_unref);
	g_clear_pointer(&recipient->caps_raw, g_bytes_unref);
	g_free(recipient->program);
	g_free(recipient->version);
	g_free(recipient);
}

static void
add_reason(TrustRecipient *recipient, const char *reason)
{
	union {
		const char *text;
		gpointer element;
	} item = {reason};

	g_ptr_array_add(recipient->reasons, item.element);
}

static void
set_state(TrustRecipient *recipient, TrustState state, const char *reason)
{
	recipient->state = state;
	add_reason(recipient, reason);
}

/* The strongest thing that can be said for the key. */
static const char *
why_ready(const StoreIdentity *identity, const StorePeer *peer)
{
	if (!identity->pinned) {
		return "introduced";
	}

	const struct {
		bool holds;
		const char *reason;
	} table[] = {
		{identity->verified, "verified"},
		{identity->accepted, "accepted"},
		{identity->kind == STORE_KIND_CA, "ca"},
		{trust_binds(identity, peer), "pinned"},
		{identity->how == STORE_HOW_IMPORT, "import"},
		{identity->how == STORE_HOW_KEY_HEADER, "key-header"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		if (table[i].holds) {
			return table[i].reason;
		}
	}
	return "first-contact";
}

/* An expired certificate under a pinned personal root is used for one more year (design.md 3.1). */
static void
judge_leaf(TrustRecipient *recipient, const StoreIdentity *identity, const StorePeer *peer,
	   int64_t now)
{
	bool expired = recipient->not_after < now;
	bool kept = identity->pinned && identity->kind == STORE_KIND_PERSONAL &&
		    now - recipient->not_after <= BASE_YEAR;
	if (expired && !kept) {
		set_state(recipient, TRUST_EXPIRED, "expired");
		return;
	}
	set_state(recipient, TRUST_READY, why_ready(identity, peer));
	if (expired) {
		add_reason(recipient, "expired-kept");
	}
}

static bool
use_identity(Store *store, TrustRecipient *recipient, StoreIdentity *identity, int64_t now,
	     GError **error)
{
	g_autoptr(StoreLeaf) leaf = NULL;
	if (!store_leaf_best(store, identity->id, now + TRUST_LEAF_AHEAD, &leaf, error) ||
	    !store_certificate_get(store, identity->root_fingerprint, &recipient->root, error)) {
		return false;
	}
	recipient->fingerprint = g_strdup(identity->root_fingerprint);
	recipient->kind = identity->kind;
	recipient->caps = identity->caps;
	recipient->caps_raw = g_steal_pointer(&identity->caps_raw);
	recipient->runs_postseal = identity->runs_postseal;
	if (leaf != NULL) {
		recipient->leaf_fingerprint = g_steal_pointer(&leaf->fingerprint);
		recipient->leaf = g_steal_pointer(&leaf->der);
		recipient->not_after = leaf->not_after;
		g_ptr_array_unref(recipient->chain);
		recipient->chain = g_steal_pointer(&leaf->chain);
	}
	return true;
}

/* The pin; without one what this thread introduced; *@out NULL if neither. */
static bool
choose(Store *store, const char *address, const TrustQuestion *question, StoreIdentity **out,
       GError **error)
{
	g_autoptr(StoreIdentity) identity = NULL;
	if (!store_identity_pin(store, address, &identity, error)) {
		return false;
	}
	if (identity == NULL && question->thread != NULL &&
	    !store_introduced(store, address, question->thread, &identity, error)) {
		return false;
	}
	if (identity != NULL && identity->refused) {
		g_clear_pointer(&identity, store_identity_free);
	}
	*out = g_steal_pointer(&identity);
	return true;
}

/* What the other identities of the address say. */
static bool
look_around(Store *store, TrustRecipient *recipient, bool chosen, GError **error)
{
	g_autoptr(GPtrArray) list = store_identity_list(store, recipient->address, error);
	bool refused = false;
	bool candidate = false;
	for (guint i = 0; list != NULL && i < list->len; i++) {
		const StoreIdentity *other = list->pdata[i];
		refused = refused || other->refused;
		candidate = candidate || (!other->used && other->how != STORE_HOW_GOSSIP);
	}
	if (!chosen && refused) {
		set_state(recipient, TRUST_REFUSED, "refused");
	} else if (!chosen) {
		set_state(recipient, TRUST_NONE, "no-key");
	}
	if (candidate) {
		add_reason(recipient, "candidate");
	}
	return list != NULL;
}

static void
set_peer(TrustRecipient *recipient, StorePeer *peer)
{
	if (peer != NULL) {
		recipient->known = peer->last_seen > 0 || peer->first_written > 0;
		recipient->program = g_strdup(peer->program);
		recipient->version = g_strdup(peer->version);
	}
}

static bool
answer(Store *store, TrustRecipient *recipient, const TrustQuestion *question, GError **error)
{
	g_autoptr(StoreIdentity) identity = NULL;
	g_autoptr(StorePeer) peer = NULL;
	if (!store_peer_get(store, recipient->address, &peer, error) ||
	    !choose(store, recipient->address, question, &identity, error)) {
		return false;
	}
	set_peer(recipient, peer);
	if (identity == NULL) {
		return look_around(store, recipient, false, error);
	}
	recipient->has_sealed_to_us = question->own_root != NULL &&
				      g_strcmp0(identity->sealed_to, question->own_root) == 0;
	if (!use_identity(store, recipient, identity, question->now, error)) {
		return false;
	}
	if (recipient->leaf == NULL) {
		set_state(recipient, TRUST_NONE, "cannot-encrypt");
	} else {
		judge_leaf(recipient, identity, peer, question->now);
	}
	return look_around(store, recipient, true, error);
}

TrustRecipient *
trust_recipient(Store *store, const char *address, const TrustQuestion *question, GError **error)
{
	TrustRecipient *recipient = g_new0(TrustRecipient, 1);
	recipient->address = g_strdup(address);
	recipient->reasons = g_ptr_array_new();
	recipient->chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	if (!answer(store, recipient, question, error)) {
		trust_recipient_free(recipient);
		return NULL;
	}
	return recipient;
}
