/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/harvest.h"

#include "store/sent.h"
#include "store/sighting.h"
#include "trust/change.h"

static const char *const outcomes[] = {
	[TRUST_NEW] = "new",         [TRUST_SEEN] = "seen",
	[TRUST_RENEWED] = "renewed", [TRUST_CANDIDATE] = "candidate",
	[TRUST_IGNORED] = "ignored", [TRUST_HANDED_OVER] = "handed-over",
};

const char *
trust_outcome_name(TrustOutcome outcome)
{
	return outcomes[outcome];
}

static const TrustHarvest nothing = {.outcome = TRUST_IGNORED, .reason = ""};

static TrustHarvest
ignored(const char *reason)
{
	return (TrustHarvest){.outcome = TRUST_IGNORED, .reason = reason};
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

/* Roots are handed over, not places in somebody's CA. */
static TrustChain
chain_of(const TrustSighting *s)
{
	bool given =
		s->how == STORE_HOW_SIGNATURE && s->kind != STORE_KIND_CA && s->handovers != NULL;
	return (TrustChain){s->root_fingerprint, s->handovers, given ? s->n_handovers : 0,
			    received_at(s)};
}

/*
 * What a key for a filled slot does. design.md 3.3: the pin is moved by nothing seen here, but what
 * it signed itself, and by a trusted CA in place of a trusted CA; not by an older message's one.
 */
static TrustOutcome
challenge(const TrustSighting *s, const TrustAddress *a)
{
	TrustChain chain = chain_of(s);
	if (trust_ca_renews(a->pin, s->kind) && signed_at(s) >= a->pin->newest_time) {
		return TRUST_RENEWED;
	}
	return trust_chain_takes(a, a->pin, &chain) ? TRUST_HANDED_OVER : TRUST_CANDIDATE;
}

static TrustHarvest
judge(const TrustSighting *s, const TrustAddress *a)
{
	const StoreIdentity *self = trust_address_find(a, s->root_fingerprint);
	TrustHarvest harvest = {.outcome = TRUST_NEW, .reason = ""};
	if (signed_at(s) > s->now + TRUST_SKEW) {
		return ignored("future");
	}
	if (self != NULL && self->refused) {
		return ignored("refused");
	}
	if (a->pin == NULL) {
		return harvest;
	}
	if (self == a->pin) {
		harvest.outcome = TRUST_SEEN;
		return harvest;
	}
	if (s->how == STORE_HOW_KEY_HEADER) {
		return ignored("key-header");
	}
	harvest.outcome = challenge(s, a);
	return harvest;
}

/* The identity as it is kept, or a new one if there is room; *@self NULL if not. */
static bool
ensure_identity(Store *store, const TrustSighting *s, StoreRoom whose, StoreIdentity **self,
		GError **error)
{
	bool room = true;
	if (*self != NULL) {
		return true;
	}
	if (!store_identity_make_room(store, s->address, whose, s->now, &room, error)) {
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
	g_free(self->organization);
	self->organization = s->kind == STORE_KIND_CA ? g_strdup(s->organization) : NULL;
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
count_message(Store *store, const TrustSighting *s, int64_t identity, bool candidate, bool *counted,
	      GError **error)
{
	StoreSighting sighting = {
		.address = s->address,
		.identity = identity,
		.message = s->message_key,
		.seen = received_at(s),
		.program = s->program,
		.direct = s->direct,
		.aligned = s->aligned,
		.proven = identity != 0 && s->proven,
		.candidate = candidate,
		.learned = s->now,
	};
	return store_sighting_add(store, &sighting, counted, error);
}

static bool
note_program(Store *store, const TrustSighting *s, GError **error)
{
	StoreProgram program = {s->program, s->version, received_at(s)};
	return s->program == NULL || store_peer_program(store, s->address, &program, error);
}

static bool
count_signed(Store *store, const TrustSighting *s, StoreIdentity *self, bool candidate,
	     bool *counted, GError **error)
{
	if (!count_message(store, s, self->id, candidate, counted, error)) {
		return false;
	}
	if (!*counted || s->sealed_to == NULL) {
		return true;
	}
	self->sealed++;
	return store_identity_put(store, self, s->now, error);
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
	if (s->how == STORE_HOW_KEY_HEADER) {
		self->runs_postseal = self->runs_postseal || s->runs_postseal;
		self->how = self->how == STORE_HOW_GOSSIP ? STORE_HOW_KEY_HEADER : self->how;
	}
	self->first_seen = MIN(self->first_seen, received_at(s));
	self->last_seen = MAX(self->last_seen, received_at(s));
	if (harvest->outcome == TRUST_SEEN && renewed) {
		harvest->outcome = TRUST_RENEWED;
	}
	bool candidate = harvest->outcome == TRUST_CANDIDATE;
	if (!candidate) {
		self->pinned = true;
		self->pin_until = 0;
	}
	/* The pin first: this message is the first one that comes after a change. */
	return store_identity_put(store, self, s->now, error) &&
	       (!signature || count_signed(store, s, self, candidate, &harvest->counted, error)) &&
	       (candidate || note_program(store, s, error));
}

/* Does the candidate, as it stands now, put the pin in question? */
static bool
weigh(Store *store, const TrustSighting *s, TrustHarvest *harvest, GError **error)
{
	g_autoptr(TrustAddress) a = trust_address_read(store, s->address, error);
	const StoreIdentity *self = a == NULL ? NULL : trust_address_find(a, s->root_fingerprint);
	TrustCase c = {0};
	if (a == NULL ||
	    (self != NULL && a->pin != NULL && !trust_case(a, a->pin, self, NULL, &c, error))) {
		return false;
	}
	harvest->contests = trust_case_contests(&c);
	return true;
}

/* What is or becomes the pin, and what it handed over to, is not kept out by others. */
static StoreRoom
room_for(const TrustSighting *s, const TrustAddress *a, TrustOutcome outcome)
{
	TrustChain chain = chain_of(s);
	bool heir = outcome != TRUST_CANDIDATE || trust_chain_leads(a, a->pin, &chain);
	return heir ? STORE_ROOM_HEIR : STORE_ROOM_MESSAGE;
}

/* Whether the pin bound before is of interest: for its heir, and the first time for itself. */
static bool
needs_bound(const TrustSighting *s, const TrustAddress *a, TrustOutcome outcome)
{
	bool again = outcome == TRUST_SEEN && s->how == STORE_HOW_SIGNATURE &&
		     (a->pin->bound == 0 || received_at(s) < a->pin->bound);
	return again || outcome == TRUST_HANDED_OVER;
}

static bool
take(Store *store, const TrustSighting *s, const TrustAddress *a, TrustHarvest *harvest,
     GError **error)
{
	g_autoptr(StoreIdentity) self = NULL;
	TrustEvent event = {.key = s->message_key, .seen = received_at(s), .id = INT64_MAX};
	bool bound = false;
	if (needs_bound(s, a, harvest->outcome) &&
	    !trust_bound_before(a, a->pin, &event, &bound, error)) {
		return false;
	}
	bool vouched = bound && harvest->outcome == TRUST_HANDED_OVER;
	if (!store_identity_by_root(store, s->address, s->root_fingerprint, &self, error) ||
	    !ensure_identity(store, s, room_for(s, a, harvest->outcome), &self, error)) {
		return false;
	}
	if (self == NULL) {
		*harvest = ignored("too-many");
		return true;
	}
	self->vouched = self->vouched || vouched;
	TrustChain chain = chain_of(s);
	bool candidate = harvest->outcome == TRUST_CANDIDATE;
	return apply(store, s, self, harvest, error) &&
	       (!bound || !harvest->counted || vouched ||
		store_identity_bound(store, self->id, event.seen, error)) &&
	       trust_chain_keep(store, a, &chain, !candidate, error) &&
	       (!candidate || weigh(store, s, harvest, error));
}

bool
trust_harvest(Store *store, const TrustSighting *s, TrustHarvest *out, GError **error)
{
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	g_autoptr(TrustAddress) a =
		tx == NULL ? NULL : trust_address_read(store, s->address, error);
	if (a == NULL) {
		return false;
	}
	TrustHarvest harvest = judge(s, a);
	if (harvest.outcome != TRUST_IGNORED && !take(store, s, a, &harvest, error)) {
		return false;
	}
	if (!store_commit(tx, error)) {
		return false;
	}
	*out = harvest;
	return true;
}

/* Nobody introduced another key of the address in this thread: it would never be used. */
static bool
is_first(Store *store, const TrustSighting *s, const char *thread, bool *out, GError **error)
{
	g_autoptr(StoreIdentity) found = NULL;
	if (!store_introduced(store, s->address, thread, &found, error)) {
		return false;
	}
	*out = found == NULL || g_str_equal(found->root_fingerprint, s->root_fingerprint);
	return true;
}

static bool
apply_gossip(Store *store, const TrustSighting *s, const char *thread, TrustHarvest *harvest,
	     GError **error)
{
	g_autoptr(StoreIdentity) self = NULL;
	bool first = false;
	bool added = false;
	if (!store_identity_by_root(store, s->address, s->root_fingerprint, &self, error)) {
		return false;
	}
	if (self != NULL && self->refused) {
		*harvest = ignored("refused");
		return true;
	}
	if (!is_first(store, s, thread, &first, error)) {
		return false;
	}
	if (!first) {
		*harvest = ignored("introduced");
		return true;
	}
	harvest->outcome = self == NULL ? TRUST_NEW : TRUST_SEEN;
	if (!ensure_identity(store, s, STORE_ROOM_GOSSIP, &self, error)) {
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
	       store_introduce(store, self->id, thread, s->now, &added, error);
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
	return tx != NULL && count_message(store, s, 0, false, &counted, error) &&
	       note_program(store, s, error) && store_commit(tx, error);
}

bool
trust_first_learned(Store *store, const char *address, const char *message_key, int64_t *learned,
		    GError **error)
{
	return store_sighting_learned(store, address, message_key, learned, error);
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
