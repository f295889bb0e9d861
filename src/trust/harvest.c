/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/harvest.h"

#include "store/sent.h"
#include "store/sighting.h"

static const char *const outcomes[] = {
	[TRUST_NEW] = "new",         [TRUST_SEEN] = "seen",
	[TRUST_RENEWED] = "renewed", [TRUST_CANDIDATE] = "candidate",
	[TRUST_IGNORED] = "ignored",
};

const char *
trust_outcome_name(TrustOutcome outcome)
{
	return outcomes[outcome];
}

static const TrustHarvest nothing = {TRUST_IGNORED, "", false};

static TrustHarvest
ignored(const char *reason)
{
	return (TrustHarvest){TRUST_IGNORED, reason, false};
}

/* When the message came: never in the future, never unknown. */
static int64_t
received_at(const TrustSighting *s)
{
	return s->received > 0 && s->received < s->now ? s->received : s->now;
}

static int64_t
signed_at(const TrustSighting *s)
{
	return s->signing_time > 0 ? s->signing_time : received_at(s);
}

/*
 * What a key for @address does, given the pin and what is known of this very key (both may be
 * NULL). design.md 3.3: an empty slot is filled at once, a filled one is moved by nothing seen
 * here, but a trusted CA may renew what a trusted CA said.
 */
static TrustHarvest
judge(const TrustSighting *s, const StoreIdentity *pin, const StoreIdentity *self)
{
	if (signed_at(s) > s->now + TRUST_SKEW) {
		return ignored("future");
	}
	if (self != NULL && self->refused) {
		return ignored("refused");
	}
	if (pin == NULL) {
		return (TrustHarvest){TRUST_NEW, "", false};
	}
	if (self != NULL && self->pinned) {
		return (TrustHarvest){TRUST_SEEN, "", false};
	}
	if (s->how == STORE_HOW_KEY_HEADER) {
		return ignored("key-header");
	}
	if (pin->kind == STORE_KIND_CA && s->kind == STORE_KIND_CA && !pin->verified) {
		return (TrustHarvest){TRUST_RENEWED, "", false};
	}
	return (TrustHarvest){TRUST_CANDIDATE, "", false};
}

/* The identity as it is kept, or a new one if there is room; *@out NULL if not. */
static bool
ensure_identity(Store *store, const TrustSighting *s, StoreIdentity **self, GError **error)
{
	bool room = true;
	if (*self != NULL) {
		return true;
	}
	if (!store_identity_make_room(store, s->address, &room, error)) {
		return false;
	}
	if (!room) {
		return true;
	}
	g_autoptr(StoreIdentity) identity = g_new0(StoreIdentity, 1);
	identity->address = g_strdup(s->address);
	identity->root_fingerprint = g_strdup(s->root_fingerprint);
	identity->kind = s->kind;
	identity->how =
		s->kind == STORE_KIND_CA && s->how != STORE_HOW_GOSSIP ? STORE_HOW_CA : s->how;
	identity->first_seen = received_at(s);
	identity->last_seen = received_at(s);
	if (!store_identity_put(store, identity, s->now, error) ||
	    !store_certificate_put(store, s->root, error)) {
		return false;
	}
	*self = g_steal_pointer(&identity);
	return true;
}

static bool
keep_leaf(Store *store, const TrustSighting *s, const TrustLeaf *from, int64_t identity,
	  bool *added, GError **error)
{
	if (from->fingerprint == NULL || from->not_before > s->now + TRUST_LEAF_AHEAD) {
		return true;
	}
	g_autoptr(GBytes) der = base_bytes_dup(from->der);
	g_autoptr(GPtrArray) chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	for (size_t i = 0; i < s->n_chain; i++) {
		g_ptr_array_add(chain, base_bytes_dup(s->chain[i]));
	}
	StoreLeaf leaf = {
		.der = der,
		.chain = chain,
		.not_before = from->not_before,
		.not_after = from->not_after,
		.encrypts = from->encrypts,
	};
	bool fresh = false;
	if (!store_leaf_add(store, identity, &leaf, &fresh, error)) {
		return false;
	}
	*added = *added || fresh;
	return true;
}

/* True in *@renewed if a certificate came that is newer than all known ones. */
static bool
keep_leaves(Store *store, const TrustSighting *s, const StoreIdentity *self, bool *renewed,
	    GError **error)
{
	bool added = false;
	g_autoptr(StoreIdentity) after = NULL;
	if (!keep_leaf(store, s, &s->signer, self->id, &added, error) ||
	    !keep_leaf(store, s, &s->encrypter, self->id, &added, error) ||
	    !store_identity_by_root(store, s->address, s->root_fingerprint, &after, error)) {
		return false;
	}
	*renewed = added && self->leaf_fingerprint != NULL && after != NULL &&
		   g_strcmp0(self->leaf_fingerprint, after->leaf_fingerprint) != 0;
	return true;
}

/* What only a signature proves. */
static void
take_signed_facts(StoreIdentity *self, const TrustSighting *s)
{
	self->newest_time = signed_at(s);
	self->kind = s->kind;
	self->runs_postseal = s->runs_postseal;
	if (s->has_caps) {
		self->caps = s->caps;
		g_clear_pointer(&self->caps_raw, g_bytes_unref);
		self->caps_raw = s->caps_raw.p == NULL ? NULL : base_bytes_dup(s->caps_raw);
	}
	if (s->sealed_to != NULL) {
		g_free(self->sealed_to);
		self->sealed_to = g_strdup(s->sealed_to);
	}
	if (self->how == STORE_HOW_KEY_HEADER || self->how == STORE_HOW_GOSSIP ||
	    self->how == STORE_HOW_IMPORT) {
		self->how = s->kind == STORE_KIND_CA ? STORE_HOW_CA : STORE_HOW_SIGNATURE;
	}
}

static bool
count_message(Store *store, const TrustSighting *s, int64_t identity, bool *counted, GError **error)
{
	StoreSighting sighting = {
		.address = s->address,
		.identity = identity,
		.message = s->message_key,
		.seen = received_at(s),
		.program = s->program,
		.direct = s->direct,
		.aligned = s->aligned,
	};
	return store_sighting_add(store, &sighting, counted, error);
}

static bool
note_program(Store *store, const TrustSighting *s, GError **error)
{
	StoreProgram program = {s->program, s->version, received_at(s)};
	return s->program == NULL || store_peer_program(store, s->address, &program, error);
}

/* Writes what @harvest decided about @self. An old message counts but updates nothing. */
static bool
apply(Store *store, const TrustSighting *s, StoreIdentity *self, TrustHarvest *harvest,
      GError **error)
{
	bool signature = s->how == STORE_HOW_SIGNATURE;
	bool fresh = signed_at(s) >= self->newest_time;
	bool renewed = false;
	if (fresh && !keep_leaves(store, s, self, &renewed, error)) {
		return false;
	}
	if (fresh && signature) {
		take_signed_facts(self, s);
	}
	if (s->how == STORE_HOW_KEY_HEADER && s->runs_postseal) {
		self->runs_postseal = true;
	}
	self->first_seen = MIN(self->first_seen, received_at(s));
	self->last_seen = MAX(self->last_seen, received_at(s));
	if (harvest->outcome == TRUST_SEEN && renewed) {
		harvest->outcome = TRUST_RENEWED;
	}
	if (harvest->outcome != TRUST_CANDIDATE) {
		self->pinned = true;
		self->pin_until = 0;
	}
	if (signature && !count_message(store, s, self->id, &harvest->counted, error)) {
		return false;
	}
	if (signature && harvest->counted && s->sealed_to != NULL) {
		self->sealed++;
	}
	return store_identity_put(store, self, s->now, error) &&
	       (harvest->outcome == TRUST_CANDIDATE || note_program(store, s, error));
}

bool
trust_harvest(Store *store, const TrustSighting *s, TrustHarvest *out, GError **error)
{
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	g_autoptr(StoreIdentity) pin = NULL;
	g_autoptr(StoreIdentity) self = NULL;
	if (tx == NULL || !store_identity_pin(store, s->address, &pin, error) ||
	    !store_identity_by_root(store, s->address, s->root_fingerprint, &self, error)) {
		return false;
	}
	TrustHarvest harvest = judge(s, pin, self);
	if (harvest.outcome != TRUST_IGNORED) {
		if (!ensure_identity(store, s, &self, error) ||
		    (self != NULL && !apply(store, s, self, &harvest, error))) {
			return false;
		}
		if (self == NULL) {
			harvest = ignored("too-many");
		}
	}
	if (!store_commit(tx, error)) {
		return false;
	}
	*out = harvest;
	return true;
}

static bool
apply_gossip(Store *store, const TrustSighting *s, const char *thread, TrustHarvest *harvest,
	     GError **error)
{
	g_autoptr(StoreIdentity) self = NULL;
	if (!store_identity_by_root(store, s->address, s->root_fingerprint, &self, error)) {
		return false;
	}
	if (self != NULL && self->refused) {
		*harvest = ignored("refused");
		return true;
	}
	harvest->outcome = self == NULL ? TRUST_NEW : TRUST_SEEN;
	if (!ensure_identity(store, s, &self, error)) {
		return false;
	}
	if (self == NULL) {
		*harvest = ignored("too-many");
		return true;
	}
	bool renewed = false;
	self->last_seen = MAX(self->last_seen, received_at(s));
	return keep_leaves(store, s, self, &renewed, error) &&
	       store_identity_put(store, self, s->now, error) &&
	       store_introduce(store, self->id, thread, s->now, error);
}

bool
trust_harvest_gossip(Store *store, const TrustSighting *sighting, const char *thread,
		     TrustHarvest *out, GError **error)
{
	TrustSighting s = *sighting;
	s.how = STORE_HOW_GOSSIP;
	TrustHarvest harvest = nothing;
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	g_autoptr(StoreIdentity) pin = NULL;
	if (tx == NULL || !store_identity_pin(store, s.address, &pin, error)) {
		return false;
	}
	if (pin != NULL) {
		harvest = ignored("direct-known");
	} else if (!apply_gossip(store, &s, thread, &harvest, error)) {
		return false;
	}
	if (!store_commit(tx, error)) {
		return false;
	}
	*out = harvest;
	return true;
}

bool
trust_note_unsigned(Store *store, const TrustSighting *s, GError **error)
{
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	bool counted = false;
	return tx != NULL && count_message(store, s, 0, &counted, error) &&
	       note_program(store, s, error) && store_commit(tx, error);
}

bool
trust_note_written(Store *store, const char *address, const char *message_id, int64_t now,
		   GError **error)
{
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	return tx != NULL && store_peer_written(store, address, now, error) &&
	       (message_id == NULL || store_sent_add(store, message_id, address, now, error)) &&
	       store_commit(tx, error);
}
