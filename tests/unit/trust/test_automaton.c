/* SPDX-License-Identifier: MPL-2.0 */
/* Every start state by every event: what becomes of the recipient, the pin and the verdict. */
#include "automaton.h"

#include "people.h"
#include "trust/decide.h"
#include "trust/history.h"
#include "trust/recipient.h"

#define THREAD "<thread@example.org>"

typedef struct {
	Store *store;
	const char *pin;  /* whose messages SAME, OLD, ROLLBACK, ... are */
	double day;       /* of the event */
	double ask;       /* of the question afterwards */
	char history[16]; /* of the last message */
	unsigned n;       /* messages so far */
	TrustHandover handovers[2];
} Run;

static TrustMessage
message_of(const TrustSighting *s)
{
	return (TrustMessage){
		.address = s->address,
		.root_fingerprint = s->how == STORE_HOW_SIGNATURE ? s->root_fingerprint : NULL,
		.message_key = s->message_key,
		.received = s->received,
		.kind = s->kind,
		.aligned = s->aligned,
		.teaches_nothing = s->signing_time > s->now + TRUST_SKEW,
		.organization = s->organization,
		.handovers = s->handovers,
		.n_handovers = s->n_handovers,
	};
}

/* The verdict's history; the same before and after the message is learned. */
static void
learn(Run *run, TrustSighting s)
{
	TrustMessage m = message_of(&s);
	TrustHistory before = {0};
	TrustHistory after = {0};
	s.message_key = m.message_key = temp_keep(g_strdup_printf("message %u", run->n++));
	g_assert_true(trust_history(run->store, &m, &before, NULL));
	people_harvest(run->store, s);
	g_assert_true(trust_history(run->store, &m, &after, NULL));
	people_assert_same_history(&before, &after);
	g_snprintf(run->history, sizeof run->history, "%s%s",
		   trust_history_state_name(before.state), before.contested ? "!" : "");
}

static TrustSighting
signs(const Run *run, const char *root, double day)
{
	TrustSighting s = people_sighting(root, (int)run->day, day, NULL);
	s.kind = root[0] == 'C' || root[0] == 'D' ? STORE_KIND_CA : STORE_KIND_PERSONAL;
	return s;
}

static void
sign_days(Run *run, const char *root, double from, double step)
{
	for (int i = 0; i < 3; i++) {
		learn(run, signs(run, root, from + i * step));
	}
}

/* Start states. */

static void
start_with(Run *run, const char *root, double day, bool aligned)
{
	TrustSighting s = people_sighting(root, day < 12 ? 10 : 12, day, NULL);
	s.kind = root[0] == 'C' ? STORE_KIND_CA : STORE_KIND_PERSONAL;
	s.aligned = aligned;
	learn(run, s);
}

static void
start_bound(Run *run)
{
	static const double days[] = {10, 14, 20};
	for (size_t i = 0; i < G_N_ELEMENTS(days); i++) {
		learn(run, people_sighting("A", 10, days[i], NULL));
	}
}

static void
introduce(Run *run, const char *root, int leaf, double day)
{
	TrustSighting s = people_sighting(root, leaf, day, NULL);
	TrustHarvest harvest = {.outcome = TRUST_IGNORED};
	g_assert_true(trust_harvest_gossip(run->store, &s, THREAD, &harvest, NULL));
}

static void
start(Run *run, Start state)
{
	typedef bool (*Decide)(Store *, const char *, const char *, int64_t, GError **);
	static const Decide decisions[STATES] = {
		[ACCEPTED] = trust_accept, [VERIFIED] = trust_verify, [REFUSED] = trust_refuse};
	run->pin = state == CA ? "C" : "A";
	run->day = state == EXPIRED ? 500 : 50;
	run->ask = run->day + 10;
	if (state == BOUND || state == CHANGED) {
		start_bound(run);
	} else if (state == INTRODUCED) {
		introduce(run, "A", 10, 10);
	} else if (state != EMPTY) {
		start_with(run, run->pin, 10, state == CONFLICT);
	}
	if (state == CANDIDATE || state == CHANGED || state == CONFLICT) {
		start_with(run, "B", 30, state != CANDIDATE);
	}
	if (decisions[state] != NULL) {
		g_assert_true(
			decisions[state](run->store, ALICE, people_fingerprint("A"), AT(11), NULL));
	}
	g_strlcpy(run->history, "none", sizeof run->history);
}

/* Events. */

static void
hand_over(Run *run, const char *to, double day)
{
	TrustSighting s = signs(run, to, day);
	run->handovers[0] = (TrustHandover){people_fingerprint(run->pin), s.root_fingerprint,
					    s.received - BASE_DAY};
	s.handovers = run->handovers;
	s.n_handovers = 1;
	learn(run, s);
}

static void
hand_over_twice(Run *run)
{
	hand_over(run, "N", run->day);
	hand_over(run, "M", run->day + 1);
}

static void
sign_aligned(Run *run)
{
	TrustSighting s = signs(run, "B", run->day);
	s.aligned = true;
	learn(run, s);
}

static void
sign_future(Run *run)
{
	TrustSighting s = signs(run, "B", run->day);
	s.aligned = true;
	s.signing_time += TRUST_SKEW + 1;
	learn(run, s);
}

static void
learn_archive(Run *run)
{
	for (int day = 1; day <= 3; day++) {
		TrustSighting s = signs(run, "B", run->day);
		s.received = s.signing_time = AT(day);
		learn(run, s);
	}
}

static void
key_field(Run *run, const char *root)
{
	TrustSighting s = signs(run, root, run->day);
	s.how = STORE_HOW_KEY_HEADER;
	s.kind = STORE_KIND_PERSONAL;
	learn(run, s);
}

static void
note_unsigned(Run *run)
{
	TrustSighting s = signs(run, "A", run->day);
	s.message_key = "unsigned";
	g_assert_true(trust_note_unsigned(run->store, &s, NULL));
}

/* Of day 5 and with a certificate of day @leaf; @late: it was signed then, too. */
static void
sign_old(Run *run, int leaf, bool late)
{
	TrustSighting s = people_sighting(run->pin, leaf, run->day, NULL);
	s.kind = signs(run, run->pin, run->day).kind;
	s.signing_time = late ? AT(5) : s.signing_time;
	learn(run, s);
}

static void
take_back(Run *run)
{
	bool known = false;
	const char *leaf = temp_keep(g_strdup_printf("%s leaf 10", run->pin));
	g_autoptr(StoreIdentity) pin = people_identity(run->store, run->pin);
	g_assert_true(pin == NULL || store_leaf_revoke(run->store, pin->id,
						       people_fingerprint(leaf), &known, NULL));
}

static void
decide(Run *run, Event event)
{
	static bool (*const decisions[])(Store *, const char *, const char *, int64_t,
					 GError **) = {trust_refuse, trust_accept, trust_verify};
	const char *root = event < REFUSE_OTHER ? run->pin : "B";
	g_autoptr(GError) error = NULL;
	if (!decisions[(event - REFUSE_PIN) % 3](run->store, ALICE, people_fingerprint(root),
						 START + (int64_t)run->day * BASE_DAY, &error)) {
		g_assert_error(error, PS_ERROR, PS_ERROR_NOT_FOUND);
		g_strlcpy(run->history, "error", sizeof run->history);
	}
}

static void
happen(Run *run, Event event)
{
	const char *const signer[EVENTS] = {
		[SAME] = run->pin, [ONCE] = "B", [CA_SAME] = "C", [CA_OTHER] = "D"};
	if (signer[event] != NULL) {
		learn(run, signs(run, signer[event], run->day));
	} else if (event >= REFUSE_PIN && event <= VERIFY_OTHER) {
		decide(run, event);
	} else if (event == BURST || event == DAYS) {
		sign_days(run, "B", run->day, event == DAYS ? 1 : 0.1);
	} else if (event == KEY_SAME || event == KEY_OTHER) {
		key_field(run, event == KEY_SAME ? run->pin : "B");
	} else if (event == OLD || event == ROLLBACK) {
		sign_old(run, event == OLD ? 45 : 5, event == OLD);
	} else if (event == GOSSIP) {
		introduce(run, "B", (int)run->day, run->day);
	} else if (event == HANDOVER) {
		hand_over(run, "N", run->day);
	} else if (event == EXPIRY) {
		run->ask += 1000;
	} else {
		static void (*const others[EVENTS])(Run *) = {
			[ALIGNED] = sign_aligned,      [ARCHIVE] = learn_archive,
			[UNSIGNED] = note_unsigned,    [FUTURE] = sign_future,
			[HANDOVERS] = hand_over_twice, [REVOKED] = take_back,
		};
		others[event](run);
	}
}

/* What came of it, as in the table. */

static char *
recipient_text(const TrustRecipient *r)
{
	g_autoptr(GString) text = g_string_new(trust_state_name(r->state));
	for (guint i = 0; i < r->reasons->len; i++) {
		g_string_append_printf(text, " %s", (const char *)r->reasons->pdata[i]);
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static char *
leaf_text(const TrustRecipient *r)
{
	if (r->leaf == NULL) {
		return g_strdup("-");
	}
	BaseBytes der = base_bytes_of(r->leaf);
	g_autofree char *text = g_strndup((const char *)der.p, der.n);
	g_autofree char *day = g_strdup(text + strlen("A leaf "));
	return g_strdup_printf("%c %s", text[0], day);
}

static void
check_cell(Run *run, const Cell *want)
{
	TrustQuestion question = {.now = START + (int64_t)run->ask * BASE_DAY, .thread = THREAD};
	g_autoptr(TrustRecipient) r = trust_recipient(run->store, ALICE, &question, NULL);
	g_assert_nonnull(r);
	g_autofree char *recipient = recipient_text(r);
	g_autofree char *leaf = leaf_text(r);
	g_assert_cmpstr(recipient, ==, want->recipient);
	people_assert_pin(run->store, want->pin[0] == '-' ? NULL : want->pin);
	g_assert_cmpstr(leaf, ==, want->leaf);
	g_assert_cmpstr(run->history, ==, want->history);
	bool open = r->state == TRUST_CHANGED || r->state == TRUST_CONFLICT;
	g_assert_true(open == (r->contender != NULL));
	g_assert_true(!open ||
		      (r->leaf == NULL && r->leaf_fingerprint == NULL && r->chain->len == 0 &&
		       g_str_equal(r->fingerprint, people_fingerprint(want->pin))));
}

static void
test_automaton(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (Start state = 0; state < STATES; state++) {
		for (Event event = 0; event < EVENTS; event++) {
			/* Never committed: the next cell finds an empty store. */
			g_autoptr(StoreTransaction) tx = store_begin(store, NULL);
			Run run = {.store = store};
			g_test_message("state %d, event %d", (int)state, (int)event);
			g_assert_nonnull(tx);
			g_assert_nonnull(automaton[state][event].recipient);
			start(&run, state);
			happen(&run, event);
			check_cell(&run, &automaton[state][event]);
		}
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/trust/automaton", test_automaton);
	return g_test_run();
}
