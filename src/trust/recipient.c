/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/recipient.h"

#include "base/clock.h"
#include "store/sighting.h"
#include "trust/change.h"
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
	g_free(recipient->contender);
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
		{identity->vouched, "handed-over"},
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
choose(Store *store, const TrustAddress *a, const TrustQuestion *question,
       StoreIdentity **introduced, StoreIdentity **out, GError **error)
{
	if (a->pin == NULL && question->thread != NULL &&
	    !store_introduced(store, a->address, question->thread, introduced, error)) {
		return false;
	}
	*out = a->pin != NULL                                   ? a->pin
	       : *introduced != NULL && !(*introduced)->refused ? *introduced
								: NULL;
	return true;
}

/* What the other identities of the address say. */
typedef struct {
	bool refused;   /* one was refused */
	bool candidate; /* one was seen */
	const StoreIdentity *contender;
	TrustCase sum;
} Others;

static void
add_case(Others *others, const StoreIdentity *other, const TrustCase *c)
{
	/* The strongest is shown: an aligned one if there is any. */
	bool stronger = others->contender == NULL || (c->aligned && !others->sum.aligned);
	if (!trust_case_contests(c)) {
		return;
	}
	others->contender = stronger ? other : others->contender;
	others->sum.aligned = others->sum.aligned || c->aligned;
	others->sum.three_days = others->sum.three_days || c->three_days;
	others->sum.handover = others->sum.handover || c->handover;
	others->sum.ca = others->sum.ca || c->ca;
}

static bool
waits(const StoreIdentity *other)
{
	return !other->used && other->how != STORE_HOW_GOSSIP;
}

static bool
look_around(const TrustAddress *a, Others *out, GError **error)
{
	for (guint i = 0; i < a->identities->len; i++) {
		const StoreIdentity *other = g_ptr_array_index(a->identities, i);
		TrustCase c = {0};
		out->refused = out->refused || other->refused;
		if (other == a->pin) {
			continue;
		}
		if (a->pin != NULL && !trust_case(a, a->pin, other, NULL, &c, error)) {
			return false;
		}
		out->candidate = out->candidate || c.seen || (a->pin == NULL && waits(other));
		add_case(out, other, &c);
	}
	return true;
}

/* design.md 3.3: two aligned keys and nothing yet that binds the first, or a changed one. */
static bool
contest(Store *store, TrustRecipient *recipient, const TrustAddress *a, const Others *others,
	GError **error)
{
	StoreSpan span = {.identity = a->pin->id};
	StoreEvidence own = {0};
	bool unbound = others->sum.aligned && !trust_binds(a->pin, a->peer);
	if (unbound && !store_sighting_evidence(store, &span, &own, error)) {
		return false;
	}
	recipient->contender = g_strdup(others->contender->root_fingerprint);
	if (own.n_aligned > 0) {
		set_state(recipient, TRUST_CONFLICT, "conflict");
		return true;
	}
	set_state(recipient, TRUST_CHANGED, "changed");

	const struct {
		bool holds;
		const char *reason;
	} table[] = {
		{others->sum.aligned, "aligned"},
		{others->sum.three_days, "three-days"},
		{others->sum.handover, "hand-over"},
		{others->sum.ca, "ca"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		if (table[i].holds) {
			add_reason(recipient, table[i].reason);
		}
	}
	return true;
}

static void
set_peer(TrustRecipient *recipient, const StorePeer *peer)
{
	if (peer != NULL) {
		recipient->known = peer->last_seen > 0 || peer->first_written > 0;
		recipient->program = g_strdup(peer->program);
		recipient->version = g_strdup(peer->version);
	}
}

static void
take_back_leaf(TrustRecipient *recipient)
{
	g_clear_pointer(&recipient->leaf, g_bytes_unref);
	g_clear_pointer(&recipient->leaf_fingerprint, g_free);
	g_ptr_array_set_size(recipient->chain, 0);
	recipient->not_after = 0;
}

static bool
judge_identity(Store *store, TrustRecipient *recipient, StoreIdentity *identity,
	       const StorePeer *peer, const TrustQuestion *question, GError **error)
{
	bool revoked = false;
	recipient->has_sealed_to_us = question->own_root != NULL &&
				      g_strcmp0(identity->sealed_to, question->own_root) == 0;
	if (!use_identity(store, recipient, identity, question->now, error)) {
		return false;
	}
	if (recipient->leaf != NULL) {
		judge_leaf(recipient, identity, peer, question->now);
		return true;
	}
	if (!store_leaf_any_revoked(store, identity->id, &revoked, error)) {
		return false;
	}
	set_state(recipient, TRUST_NONE, revoked ? "revoked" : "cannot-encrypt");
	return true;
}

static bool
answer(Store *store, TrustRecipient *recipient, const TrustQuestion *question, GError **error)
{
	g_autoptr(TrustAddress) a = trust_address_read(store, recipient->address, error);
	g_autoptr(StoreIdentity) introduced = NULL;
	StoreIdentity *identity = NULL;
	Others others = {0};
	if (a == NULL || !look_around(a, &others, error) ||
	    !choose(store, a, question, &introduced, &identity, error)) {
		return false;
	}
	set_peer(recipient, a->peer);
	if (identity != NULL &&
	    !judge_identity(store, recipient, identity, a->peer, question, error)) {
		return false;
	}
	if (identity == NULL && others.refused) {
		set_state(recipient, TRUST_REFUSED, "refused");
	} else if (identity == NULL) {
		set_state(recipient, TRUST_NONE, "no-key");
	} else if (others.contender != NULL) {
		g_ptr_array_set_size(recipient->reasons, 0);
		take_back_leaf(recipient);
		return contest(store, recipient, a, &others, error);
	}
	if (others.candidate) {
		add_reason(recipient, "candidate");
	}
	return true;
}

TrustRecipient *
trust_recipient(Store *store, const char *address, const TrustQuestion *question, GError **error)
{
	TrustRecipient *recipient = g_new0(TrustRecipient, 1);
	recipient->address = g_strdup(address);
	recipient->reasons = g_ptr_array_new();
	recipient->chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_autoptr(StoreTransaction) tx = store_begin_read(store, error);
	if (tx == NULL || !answer(store, recipient, question, error) || !store_commit(tx, error)) {
		trust_recipient_free(recipient);
		return NULL;
	}
	return recipient;
}
