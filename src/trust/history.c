/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/history.h"

#include "base/clock.h"
#include "store/sighting.h"

/* "Usually signs": notes of the trust work, 5 messages on 5 days in 180 days, 80 % of them signed.
 */
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

/* design.md 3.3: when a pin binds. The person's word; three direct messages on three days over a
 * week; or the key of the first signature that came after we had written there.
 */
static bool
earned(const StoreIdentity *identity, const StorePeer *peer, const StoreTally *before)
{
	if (identity->verified || identity->accepted) {
		return true;
	}
	if (before->direct_messages >= TRUST_BIND_MESSAGES &&
	    before->direct_days >= TRUST_BIND_DAYS &&
	    before->direct_last - before->direct_first >= TRUST_BIND_SPAN) {
		return true;
	}
	return before->messages > 0 && peer != NULL && peer->first_written > 0 &&
	       peer->first_written < peer->first_signed &&
	       identity->first_signed == peer->first_signed;
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
	};
	return identity->pinned && !identity->refused && earned(identity, peer, &tally);
}

static bool
read_habit(Store *store, const TrustMessage *message, TrustHistory *history, GError **error)
{
	StoreSighting at = {
		.address = message->address,
		.message = message->message_key,
		.seen = message->received,
	};
	StoreHabit habit = {0};
	if (!store_sighting_habit(store, &at, HABIT_WINDOW, &habit, error)) {
		return false;
	}
	history->usually_signs = habit.messages >= HABIT_MESSAGES && habit.days >= HABIT_DAYS &&
				 habit.n_signed * 100 >= habit.messages * HABIT_PERCENT;
	return true;
}

/* The pin, or what was the pin when this message came. */
static bool
is_pin(const StoreIdentity *self, const StoreTally *before)
{
	bool was_pin = before->seen != 0 && before->seen < self->pin_until;
	return !self->refused && (self->pinned || was_pin);
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

static bool
read_signer(Store *store, const TrustMessage *message, TrustHistory *history, GError **error)
{
	g_autoptr(StoreIdentity) pin = NULL;
	g_autoptr(StoreIdentity) self = NULL;
	g_autoptr(StorePeer) peer = NULL;
	StoreTally before = {0};
	if (!store_identity_pin(store, message->address, &pin, error) ||
	    !store_identity_by_root(store, message->address, message->root_fingerprint, &self,
				    error) ||
	    !store_peer_get(store, message->address, &peer, error)) {
		return false;
	}
	if (self != NULL) {
		if (!store_sighting_tally(store, self->id, message->message_key, message->received,
					  &before, error)) {
			return false;
		}
		fill(history, self, &before);
	}
	bool is_the_pin = self != NULL && is_pin(self, &before);
	history->binds = is_the_pin && earned(self, peer, &before);
	if (pin != NULL && !is_the_pin) {
		history->state = TRUST_HISTORY_CHANGED;
	} else if (history->binds) {
		history->state = TRUST_HISTORY_SAME;
	} else {
		history->state = before.messages == 0 ? TRUST_HISTORY_FIRST : TRUST_HISTORY_NEW;
	}
	return true;
}

bool
trust_history(Store *store, const TrustMessage *message, TrustHistory *out, GError **error)
{
	TrustHistory history = {.state = TRUST_HISTORY_NONE};
	TrustMessage m = *message;
	m.received = m.received > 0 ? m.received : INT64_MAX;
	if (!read_habit(store, &m, &history, error) ||
	    (m.root_fingerprint != NULL && !read_signer(store, &m, &history, error))) {
		return false;
	}
	*out = history;
	return true;
}
