/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/history.h"

#include "base/clock.h"
#include "store/sighting.h"
#include "trust/change.h"

/* 5 messages on 5 days in 180 days, 80 % of them signed; or, by days, proven: see TrustHistory. */
#define HABIT_WINDOW   (180 * BASE_DAY)
#define HABIT_MESSAGES 5
#define HABIT_DAYS     5
#define HABIT_PERCENT  80

static const char *const states[] = {
	[TRUST_HISTORY_NONE] = "none",       [TRUST_HISTORY_FIRST] = "first",
	[TRUST_HISTORY_NEW] = "new",         [TRUST_HISTORY_SAME] = "same",
	[TRUST_HISTORY_CHANGED] = "changed", [TRUST_HISTORY_CONFLICT] = "conflict",
};

const char *
trust_history_state_name(TrustHistoryState state)
{
	return states[state];
}

/* It did for an earlier message or this one: what is found later, of a time before, changes
 * nothing. */
static bool
has_bound(const StoreIdentity *identity, int64_t seen, int64_t id)
{
	return identity->bound != 0 &&
	       (seen > identity->bound || (seen == identity->bound && id >= identity->bound_id));
}

/* design.md 3.3: when a pin binds. The person's word; that of the pin before, which bound; three
 * direct messages on three days over a week; or we had written there and the first signature of all
 * came back in an aligned message: a forged answer to a public address earns nothing. */
static bool
earned(const StoreIdentity *identity, const StorePeer *peer, const StoreTally *before)
{
	if (identity->verified || identity->accepted || identity->vouched) {
		return true;
	}
	if (has_bound(identity, before->seen, before->id)) {
		return true;
	}
	if (before->direct_messages >= TRUST_BIND_MESSAGES &&
	    before->direct_days >= TRUST_BIND_DAYS &&
	    before->direct_last - before->direct_first >= TRUST_BIND_SPAN) {
		return true;
	}
	return before->messages > 0 && before->first < before->seen && peer != NULL &&
	       peer->first_written > 0 && peer->first_written <= peer->first_signed &&
	       identity->first_signed == peer->first_signed && identity->first_aligned;
}

bool
trust_binds(const StoreIdentity *identity, const StorePeer *peer)
{
	StoreTally tally = {
		.messages = identity->messages,
		.direct_messages = identity->direct_messages,
		.direct_days = identity->direct_days,
		.direct_first = identity->direct_first,
		.direct_last = identity->direct_last,
		.seen = INT64_MAX,
	};
	return identity->pinned && !identity->refused && earned(identity, peer, &tally);
}

bool
trust_bound_before(const TrustAddress *a, const StoreIdentity *pin, const TrustEvent *event,
		   bool *out, GError **error)
{
	StoreTally before = {0};
	if (!store_sighting_tally(a->store, pin->id, event->key, event->seen, &before, error)) {
		return false;
	}
	before.seen = event->seen;
	before.id = event->id;
	*out = earned(pin, a->peer, &before);
	return true;
}

/* Whose habit it is: the signer's, or of an unsigned message the pin's. */
static bool
is_ca_habit(const TrustMessage *message, const GPtrArray *identities)
{
	if (message->root_fingerprint != NULL) {
		return message->kind == STORE_KIND_CA;
	}
	const StoreIdentity *first = identities->len == 0 ? NULL : g_ptr_array_index(identities, 0);
	return first != NULL && first->pinned && first->kind == STORE_KIND_CA;
}

static bool
has_signed(const GPtrArray *identities)
{
	bool found = false;
	for (guint i = 0; !found && i < identities->len; i++) {
		const StoreIdentity *identity = g_ptr_array_index(identities, i);
		found = identity->messages > 0;
	}
	return found;
}

static bool
is_habit(int64_t messages, int64_t days, int64_t n_signed, int64_t of)
{
	return messages >= HABIT_MESSAGES && days >= HABIT_DAYS &&
	       n_signed * 100 >= of * HABIT_PERCENT;
}

static bool
read_habit(Store *store, const TrustMessage *message, TrustHistory *history, GError **error)
{
	StoreSighting at = {
		.address = message->address,
		.message = message->message_key,
		.seen = message->received,
		.program = message->program,
	};
	StoreHabit habit = {0};
	g_autoptr(GPtrArray) identities = store_identity_list(store, message->address, error);
	if (identities == NULL) {
		return false;
	}
	history->habit_is_ca = is_ca_habit(message, identities);
	if (!has_signed(identities)) {
		return true; /* most senders: nothing to be counted */
	}
	StoreHabitQuestion question = {HABIT_WINDOW, !history->habit_is_ca};
	if (!store_sighting_habit(store, &at, &question, &habit, error)) {
		return false;
	}
	history->usually_signs =
		is_habit(habit.messages, habit.days, habit.n_signed, habit.messages) ||
		is_habit(habit.proven_days, habit.proven_days, habit.proven_days, habit.all_days);
	return true;
}

static bool
read_organization(Store *store, const TrustMessage *message, int64_t identity,
		  TrustHistory *history, GError **error)
{
	StoreSighting at = {.message = message->message_key, .seen = message->received};
	StoreTally sum = {0};
	if (message->kind != STORE_KIND_CA || message->organization == NULL) {
		return true;
	}
	if (!store_sighting_organization(store, message->organization, identity, &at, &sum,
					 error)) {
		return false;
	}
	history->org_messages = sum.messages;
	history->org_days = sum.days;
	history->org_first = sum.first;
	return true;
}

/* The signer and its message as the verdict sees them. */
typedef struct {
	Store *store;
	const TrustMessage *message;
	TrustAddress *a;
	const StoreIdentity *self; /* NULL: never seen */
	const StoreIdentity *pin;  /* when the message was learned; NULL: none */
	StoreTally before;
	TrustChain chain;
	TrustEvent event;
	int64_t id;   /* of the message; INT64_MAX: it was not learned yet */
	bool is_pin;  /* it was, or becomes, the pin */
	bool vouched; /* by this very message */
} Signer;

static bool
read_identities(Signer *s, GError **error)
{
	const TrustMessage *m = s->message;
	s->a = trust_address_read(s->store, m->address, error);
	StoreIdentity *self = s->a == NULL ? NULL : trust_address_find(s->a, m->root_fingerprint);
	if (self != NULL) {
		self->kind = m->kind; /* as this message shows it, whatever an earlier one did */
	}
	s->self = self;
	if (s->a == NULL ||
	    (s->self != NULL && !store_sighting_tally(s->store, s->self->id, m->message_key,
						      m->received, &s->before, error))) {
		return false;
	}
	bool known = s->before.seen != 0;
	int64_t seen = known ? s->before.seen : m->received;
	s->id = known ? s->before.id : INT64_MAX;
	bool given = m->kind != STORE_KIND_CA && m->handovers != NULL;
	s->chain =
		(TrustChain){m->root_fingerprint, m->handovers, given ? m->n_handovers : 0, seen};
	s->event = (TrustEvent){
		.key = m->message_key,
		.seen = seen,
		.id = s->id,
		.kind = m->kind,
		.counts = !m->teaches_nothing,
		.aligned = m->aligned || (known && s->before.aligned),
		.chain = &s->chain,
	};
	s->before.seen = seen;
	s->pin = trust_pin_at(s->a, s->id);
	s->is_pin = s->self != NULL && trust_was_pin(s->a, s->self, s->id);
	return true;
}

/* As if the message had been learned: what is known of the address is this question's own copy. */
static void
pretend(Signer *s)
{
	StoreIdentity *self = trust_address_find(s->a, s->chain.root);
	StoreIdentity *pin = s->a->pin;
	if (self == NULL) {
		self = g_new0(StoreIdentity, 1);
		self->root_fingerprint = g_strdup(s->chain.root);
		self->kind = s->message->kind;
		g_ptr_array_add(s->a->identities, self);
	}
	if (pin != NULL) {
		pin->pinned = false;
		pin->pin_until = s->event.seen;
	}
	self->pinned = true;
	self->pin_until = 0;
	s->a->pin = self;
	trust_chain_pretend(s->a, &s->chain);
}

/* A message not learned yet that will move the pin is judged as it will be afterwards. */
static bool
look_ahead(Signer *s, GError **error)
{
	bool renews = s->pin != NULL && trust_ca_renews(s->pin, s->message->kind);
	bool refused = s->self != NULL && s->self->refused;
	bool learns = s->id == INT64_MAX && s->event.counts;
	if (s->is_pin && learns) {
		trust_chain_pretend(s->a, &s->chain);
	}
	if (s->is_pin || refused || !(learns || renews)) {
		return true;
	}
	bool takes = s->pin != NULL && learns && trust_chain_takes(s->a, s->pin, &s->chain);
	s->is_pin = s->pin == NULL || renews || takes;
	if (takes && !renews && !trust_bound_before(s->a, s->pin, &s->event, &s->vouched, error)) {
		return false;
	}
	if (s->is_pin && learns) {
		pretend(s);
	}
	return true;
}

static void
fill(TrustHistory *history, const StoreIdentity *self, const StoreTally *before)
{
	history->refused = self->refused;
	history->verified = self->verified;
	history->accepted = self->accepted;
	history->messages = before->messages;
	history->days = before->days;
	history->first_seen = before->first;
	history->last_seen = before->last;
}

/* A message of the identity was aligned, up to the event; @own: it is the event's own. */
static bool
was_aligned(const Signer *s, const StoreIdentity *identity, bool own, bool *out, GError **error)
{
	StoreSpan span = {.identity = identity->id, .message = s->event.key, .seen = s->event.seen};
	StoreEvidence evidence = {0};
	if (!store_sighting_evidence(s->store, &span, &evidence, error)) {
		return false;
	}
	*out = evidence.n_aligned > 0 || (own && s->event.counts && s->event.aligned);
	return true;
}

/* The pin, which does not bind, and another identity, both aligned. */
static bool
is_rivalled(const Signer *s, bool *out, GError **error)
{
	bool aligned = false;
	bool rival = false;
	const StoreIdentity *self = trust_address_find(s->a, s->chain.root);
	if (self == NULL || s->a->identities->len < 2) {
		*out = false;
		return true;
	}
	if (!was_aligned(s, self, true, &aligned, error)) {
		return false;
	}
	for (guint i = 0; aligned && !rival && i < s->a->identities->len; i++) {
		const StoreIdentity *other = g_ptr_array_index(s->a->identities, i);
		TrustEvent event = s->event;
		event.kind = other->kind;
		event.counts = false;
		TrustCase c = {0};
		if (other != self && !trust_case(s->a, self, other, &event, &c, error)) {
			return false;
		}
		rival = c.aligned;
	}
	*out = rival;
	return true;
}

static bool
judge_pin(const Signer *s, TrustHistory *history, GError **error)
{
	bool rivalled = false;
	history->binds =
		s->is_pin &&
		(s->vouched || (s->self != NULL && earned(s->self, s->a->peer, &s->before)));
	history->vouched = history->binds && (s->vouched || (s->self != NULL && s->self->vouched));
	if (history->binds) {
		history->state = TRUST_HISTORY_SAME;
		return true;
	}
	if (s->is_pin && !is_rivalled(s, &rivalled, error)) {
		return false;
	}
	history->contested = rivalled;
	history->state = rivalled                  ? TRUST_HISTORY_CONFLICT
			 : s->before.messages == 0 ? TRUST_HISTORY_FIRST
						   : TRUST_HISTORY_NEW;
	return true;
}

static bool
judge_other(const Signer *s, TrustHistory *history, GError **error)
{
	TrustCase c = {0};
	bool bound = false;
	bool pin_aligned = false;
	if (!trust_case(s->a, s->pin, s->self, &s->event, &c, error) ||
	    !trust_bound_before(s->a, s->pin, &s->event, &bound, error)) {
		return false;
	}
	if (c.aligned && !bound && !was_aligned(s, s->pin, false, &pin_aligned, error)) {
		return false;
	}
	history->contested = trust_case_contests(&c);
	history->state = pin_aligned ? TRUST_HISTORY_CONFLICT : TRUST_HISTORY_CHANGED;
	return true;
}

static bool
read_signer(Store *store, const TrustMessage *message, TrustHistory *history, GError **error)
{
	Signer s = {.store = store, .message = message};
	g_autoptr(TrustAddress) a G_GNUC_UNUSED = NULL;
	bool ok = read_identities(&s, error) && look_ahead(&s, error);
	a = s.a;
	if (!ok) {
		return false;
	}
	if (s.self != NULL) {
		fill(history, s.self, &s.before);
	}
	bool other = s.pin != NULL && !s.is_pin;
	return read_organization(store, message, s.self == NULL ? 0 : s.self->id, history, error) &&
	       (other ? judge_other(&s, history, error) : judge_pin(&s, history, error));
}

bool
trust_history(Store *store, const TrustMessage *message, TrustHistory *out, GError **error)
{
	TrustHistory history = {.state = TRUST_HISTORY_NONE};
	TrustMessage m = *message;
	m.received = m.received > 0 ? m.received : INT64_MAX;
	g_autoptr(StoreTransaction) tx = store_begin_read(store, error);
	if (tx == NULL || !read_habit(store, &m, &history, error) ||
	    (m.root_fingerprint != NULL && !read_signer(store, &m, &history, error)) ||
	    !store_commit(tx, error)) {
		return false;
	}
	*out = history;
	return true;
}
