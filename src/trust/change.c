/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/change.h"

#include "store/sighting.h"

void
trust_address_free(TrustAddress *a)
{
	if (a == NULL) {
		return;
	}
	g_free(a->address);
	g_clear_pointer(&a->identities, g_ptr_array_unref);
	g_clear_pointer(&a->handovers, g_ptr_array_unref);
	store_peer_free(a->peer);
	g_free(a);
}

static void
drop_refused_handovers(TrustAddress *a)
{
	for (guint i = a->handovers->len; i > 0; i--) {
		const StoreHandover *handover = g_ptr_array_index(a->handovers, i - 1);
		const StoreIdentity *old = trust_address_find(a, handover->old_root);
		if (old != NULL && old->refused) {
			g_ptr_array_remove_index(a->handovers, i - 1);
		}
	}
}

TrustAddress *
trust_address_read(Store *store, const char *address, GError **error)
{
	g_autoptr(TrustAddress) a = g_new0(TrustAddress, 1);
	a->store = store;
	a->address = g_strdup(address);
	a->identities = store_identity_list(store, address, error);
	a->handovers = a->identities == NULL ? NULL : store_handover_list(store, address, error);
	if (a->handovers == NULL || !store_peer_get(store, address, &a->peer, error)) {
		return NULL;
	}
	drop_refused_handovers(a);
	StoreIdentity *first = a->identities->len == 0 ? NULL : g_ptr_array_index(a->identities, 0);
	a->pin = first != NULL && first->pinned ? first : NULL;
	return g_steal_pointer(&a);
}

StoreIdentity *
trust_address_find(const TrustAddress *a, const char *root)
{
	for (guint i = 0; root != NULL && i < a->identities->len; i++) {
		StoreIdentity *identity = g_ptr_array_index(a->identities, i);
		if (g_str_equal(identity->root_fingerprint, root)) {
			return identity;
		}
	}
	return NULL;
}

#define NEVER INT64_C(-1)

/* The last sighting that was learned while it was the pin; NEVER: it never was. */
static int64_t
last_as_pin(const StoreIdentity *identity)
{
	if (identity->refused || (!identity->pinned && identity->pin_until == 0)) {
		return NEVER;
	}
	return identity->pinned ? INT64_MAX : identity->pin_until_id;
}

const StoreIdentity *
trust_pin_at(const TrustAddress *a, int64_t id)
{
	const StoreIdentity *pin = NULL;
	for (guint i = 0; i < a->identities->len; i++) {
		const StoreIdentity *identity = g_ptr_array_index(a->identities, i);
		int64_t last = last_as_pin(identity);
		if (last >= id && (pin == NULL || last < last_as_pin(pin))) {
			pin = identity;
		}
	}
	return pin;
}

bool
trust_was_pin(const TrustAddress *a, const StoreIdentity *identity, int64_t id)
{
	int64_t last = last_as_pin(identity);
	int64_t before = NEVER; /* the last one of the pin before it */
	for (guint i = 0; i < a->identities->len; i++) {
		int64_t other = last_as_pin(g_ptr_array_index(a->identities, i));
		before = other < last ? MAX(before, other) : before;
	}
	bool decided = identity->accepted || identity->verified;
	return id <= last && (decided || id > before);
}

bool
trust_ca_renews(const StoreIdentity *pin, StoreKind kind)
{
	return kind == STORE_KIND_CA && pin->kind == STORE_KIND_CA && !pin->verified;
}

bool
trust_case_contests(const TrustCase *c)
{
	return c->aligned || c->three_days || c->handover || c->ca;
}

/* Only what was seen later than this counts: after the person's last decision (if the event was
 * learned before it: as it was then), and after the identity itself was the pin or handed over to
 * it. */
static int64_t
floor_of(const TrustAddress *a, const StoreIdentity *other, const TrustEvent *event,
	 int64_t handed_over)
{
	int64_t decided = a->peer == NULL ? 0 : a->peer->decided;
	if (event != NULL && a->peer != NULL && event->id <= a->peer->decided_id) {
		decided = 0;
	}
	int64_t was_pin = other == NULL || other->pinned ? 0 : other->pin_until;
	return MAX(MAX(decided, was_pin), handed_over);
}

static bool
evidence_since(Store *store, const StoreIdentity *other, const TrustEvent *event, int64_t after,
	       StoreEvidence *out, GError **error)
{
	if (other == NULL || other->last_signed <= after) {
		*out = (StoreEvidence){0};
		return true;
	}
	StoreSpan span = {
		.identity = other->id,
		.after = after,
		.message = event == NULL ? NULL : event->key,
		.seen = event == NULL ? 0 : event->seen,
	};
	return store_sighting_evidence(store, &span, out, error);
}

/* Three distinct days, the event's own included. */
static bool
count_days(Store *store, const StoreIdentity *other, const TrustEvent *event, int64_t after,
	   int64_t *days, GError **error)
{
	int64_t midnight = event->seen - event->seen % BASE_DAY;
	StoreEvidence today = {0};
	if (!evidence_since(store, other, event, MAX(after, midnight - 1), &today, error)) {
		return false;
	}
	*days += today.messages == 0 ? 1 : 0;
	return true;
}

/* A root that has handed over counts only by aligned mail; any other by all kinds of evidence. */
static TrustCase
weigh(const TrustAddress *a, const StoreIdentity *pin, const TrustReach *reach,
      const StoreEvidence *since, bool handed_over)
{
	TrustCase c = {.aligned = since->n_aligned > 0};
	c.seen = handed_over ? c.aligned : since->messages > 0;
	c.three_days = !handed_over && since->days >= TRUST_CHANGE_DAYS;
	c.handover = !handed_over && c.seen && trust_chain_reaches(a, pin, reach);
	return c;
}

/* Adds the event itself to what came before. */
static bool
add_event(const TrustAddress *a, const StoreIdentity *other, const TrustEvent *event, int64_t after,
	  StoreEvidence *since, GError **error)
{
	if (!count_days(a->store, other, event, after, &since->days, error)) {
		return false;
	}
	since->messages++;
	since->n_aligned += event->aligned;
	return true;
}

bool
trust_case(const TrustAddress *a, const StoreIdentity *pin, const StoreIdentity *other,
	   const TrustEvent *event, TrustCase *out, GError **error)
{
	const char *root = other != NULL ? other->root_fingerprint : event->chain->root;
	StoreKind kind = event != NULL ? event->kind : other->kind;
	int64_t handed_over = trust_handed_over_at(a, pin, root);
	int64_t after = floor_of(a, other, event, handed_over);
	bool counts = event != NULL && event->counts && event->seen > after;
	StoreEvidence since = {0};
	*out = (TrustCase){0};
	if ((other != NULL && other->refused) || trust_ca_renews(pin, kind)) {
		return true;
	}
	if (!evidence_since(a->store, other, event, after, &since, error) ||
	    (counts && !add_event(a, other, event, after, &since, error))) {
		return false;
	}
	TrustReach reach = {
		.root = root,
		.chain = counts ? event->chain : NULL,
		.after = after,
		.until = event != NULL ? event->seen : INT64_MAX,
	};
	TrustCase c = weigh(a, pin, &reach, &since, handed_over != 0);
	c.ca = handed_over == 0 && kind == STORE_KIND_CA && (event != NULL ? counts : c.seen);
	*out = c;
	return true;
}
