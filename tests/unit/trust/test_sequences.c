/* SPDX-License-Identifier: MPL-2.0 */
/* Random sequences of messages: what must hold whatever comes in whatever order. */
#include "people.h"
#include "trust/decide.h"
#include "trust/recipient.h"

#define SEQUENCES 200 /* of each kind; POSTSEAL_SEQUENCES asks for more */
#define LENGTH    6

static int
n_sequences(void)
{
	const char *more = g_getenv("POSTSEAL_SEQUENCES");
	return more == NULL ? SEQUENCES : (int)g_ascii_strtoll(more, NULL, 10);
}

static const char *const roots[] = {"A", "B", "X", "Y", "C", "D"};

static StoreKind
kind_of(const char *root)
{
	return root[0] == 'C' || root[0] == 'D' ? STORE_KIND_CA : STORE_KIND_PERSONAL;
}

typedef struct {
	Store *store;
	int n;
	TrustHandover handovers[3];
	TrustSighting last; /* message_key NULL: none yet */
} Run;

static const char *
next_key(Run *run)
{
	return temp_keep(g_strdup_printf("message %d", run->n++));
}

static TrustSighting
any_message(Run *run, const char *root, double day)
{
	TrustSighting s =
		people_sighting(root, g_test_rand_int_range(0, (int)day + 2), day, next_key(run));
	static const char *const programs[] = {NULL, "mutt", "thunderbird"};
	s.kind = kind_of(root);
	s.organization = s.kind == STORE_KIND_CA && g_test_rand_bit() ? "Example Ltd" : NULL;
	s.proven = s.kind == STORE_KIND_CA;
	s.direct = g_test_rand_int_range(0, 4) != 0;
	s.program = programs[g_test_rand_int_range(0, 3)];
	return s;
}

/* Seeded by GTest (--seed): a failure can be repeated. */
static const char *
any_root(const char *const *from, int n)
{
	return from[g_test_rand_int_range(0, n)];
}

static void
give_handovers(Run *run, TrustSighting *s, const char *const *old, int n_old)
{
	int n = g_test_rand_int_range(1, 4);
	for (int i = 0; i < n; i++) {
		bool to_signer = g_test_rand_bit();
		run->handovers[i] = (TrustHandover){
			people_fingerprint(any_root(old, n_old)),
			to_signer ? s->root_fingerprint : people_fingerprint(any_root(roots, 4)),
			s->received + g_test_rand_int_range(-9, 2) * BASE_DAY};
	}
	s->handovers = run->handovers;
	s->n_handovers = (size_t)n;
}

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
		.program = s->program,
	};
}

/* No message changes its own verdict by being learned, or learned again. */
static void
learn(Run *run, TrustSighting s, bool is_signed)
{
	TrustMessage m = message_of(&s);
	TrustHistory before = {0};
	run->last = is_signed ? s : run->last;
	run->last.handovers = NULL;
	run->last.n_handovers = 0;
	m.root_fingerprint = is_signed ? m.root_fingerprint : NULL;
	g_assert_true(trust_history(run->store, &m, &before, NULL));
	for (int i = 0; i < 2; i++) {
		TrustHistory after = {0};
		if (is_signed) {
			people_harvest(run->store, s);
		} else {
			g_assert_true(trust_note_unsigned(run->store, &s, NULL));
		}
		g_assert_true(trust_history(run->store, &m, &after, NULL));
		people_assert_same_history(&before, &after);
		s.now += 60;
	}
}

static void
introduce(Run *run, double day)
{
	TrustSighting s = any_message(run, any_root(roots, 4), day);
	TrustHarvest harvest = {.outcome = TRUST_IGNORED};
	g_assert_true(trust_harvest_gossip(run->store, &s, "thread", &harvest, NULL));
}

static void
decide(Run *run, double day)
{
	static bool (*const decisions[])(Store *, const char *, const char *, int64_t,
					 GError **) = {trust_refuse, trust_accept, trust_verify};
	const char *root = people_fingerprint(any_root(roots, 6));
	/* A key that is not known is no harm. */
	(void)decisions[g_test_rand_int_range(0, 3)](
		run->store, ALICE, root, START + (int64_t)(day * (double)BASE_DAY), NULL);
}

/* Another copy of the last signed message, which may be better or worse. */
static void
learn_copy(Run *run, double day)
{
	TrustSighting s = run->last;
	if (s.message_key != NULL && s.how == STORE_HOW_SIGNATURE) {
		s.received = s.now = START + (int64_t)(day * (double)BASE_DAY);
		s.aligned = g_test_rand_bit();
		s.direct = g_test_rand_bit();
		learn(run, s, true);
	}
}

/* Anything at all, from anybody. */
static void
anything(Run *run, double day)
{
	int what = g_test_rand_int_range(0, 12);
	/* No key field is that of a CA. */
	TrustSighting s = any_message(run, any_root(roots, what == 3 ? 4 : 6), day);
	s.aligned = g_test_rand_bit();
	if (g_test_rand_int_range(0, 4) == 0) {
		s.received = s.signing_time = AT(g_test_rand_int_range(0, (int)day + 1));
	}
	if (what == 0) {
		decide(run, day);
	} else if (what == 1) {
		introduce(run, day);
	} else if (what == 2) {
		g_assert_true(trust_note_written(run->store, ALICE, NULL, s.now, NULL));
	} else if (what == 6) {
		learn_copy(run, day);
	} else {
		s.how = what == 3 ? STORE_HOW_KEY_HEADER : STORE_HOW_SIGNATURE;
		s.signing_time += what == 4 ? g_test_rand_int_range(-9, 2) * BASE_DAY : 0;
		if (what > 8) {
			give_handovers(run, &s, roots, 4);
		}
		learn(run, s, what != 5);
	}
}

static void
test_own_verdict(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (int i = 0; i < n_sequences(); i++) {
		g_autoptr(StoreTransaction) tx G_GNUC_UNUSED = store_begin(store, NULL);
		Run run = {.store = store};
		double day = 1;
		for (int k = 0; k < LENGTH; k++) {
			anything(&run, day);
			/* Or within the same second. */
			day += g_test_rand_bit() ? g_test_rand_double_range(0, 4) : 0;
		}
	}
}

/* A message for which its key bound when it was learned stays so, whatever is found later, of
 * whatever time. */
static void
test_bound_stays(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (int i = 0; i < n_sequences(); i++) {
		g_autoptr(StoreTransaction) tx G_GNUC_UNUSED = store_begin(store, NULL);
		Run run = {.store = store};
		TrustMessage bound[2 * LENGTH];
		size_t n = 0;
		double day = 1;
		for (int k = 0; k < 2 * LENGTH; k++) {
			TrustSighting s = any_message(&run, any_root(roots, 3), day);
			TrustHistory h = {0};
			s.aligned = g_test_rand_bit();
			s.received = g_test_rand_bit() ? s.received
						       : AT(g_test_rand_int_range(0, (int)day + 1));
			if (k == 1) {
				g_assert_true(trust_note_written(store, ALICE, NULL, s.now, NULL));
			}
			people_harvest(store, s);
			bound[n] = message_of(&s);
			g_assert_true(trust_history(store, &bound[n], &h, NULL));
			n += h.binds;
			for (size_t j = 0; j < n; j++) {
				g_assert_true(trust_history(store, &bound[j], &h, NULL));
				g_assert_true(h.binds);
			}
			day += g_test_rand_bit() ? g_test_rand_double_range(0, 4) : 0;
		}
	}
}

/* Fills the slot in one of the ways in which it can be; A, or C of a CA. */
static const char *
fill_slot(Run *run)
{
	int way = g_test_rand_int_range(0, 6);
	const char *root = way == 0 ? "C" : "A";
	int n = way == 1 ? 3 : 1;
	for (int i = 0; i < n; i++) {
		TrustSighting s = any_message(run, root, 1 + 4 * i);
		s.signer = people_sighting(root, 1, 1, NULL).signer;
		s.how = way == 2 ? STORE_HOW_KEY_HEADER : STORE_HOW_SIGNATURE;
		s.aligned = g_test_rand_bit();
		people_harvest(run->store, s);
	}
	if (way == 3 || way == 4) {
		g_assert_true((way == 3 ? trust_accept : trust_verify)(
			run->store, ALICE, people_fingerprint(root), AT(2), NULL));
	}
	return root;
}

/* What anybody can make: nothing aligned, nobody else's signature, no trusted chain, no hand-over
 * by the pin. */
static void
forge(Run *run, double day)
{
	static const char *const forgers[] = {"B", "X", "Y", "Z", "V", "W"};
	TrustSighting s = any_message(run, any_root(forgers, 6), day);
	int what = g_test_rand_int_range(0, 8);
	if (what == 0) {
		introduce(run, day);
		return;
	}
	if (what == 1) {
		s.how = STORE_HOW_KEY_HEADER;
	} else if (what == 2) {
		s.signing_time += g_test_rand_int_range(-99, 99) * BASE_DAY;
	} else if (what == 3) {
		give_handovers(run, &s, forgers, 6);
	}
	learn(run, s, what != 4);
}

static void
check_ready(Run *run, const char *pin, double day)
{
	TrustQuestion question = {.now = START + (int64_t)(day * (double)BASE_DAY)};
	g_autoptr(TrustRecipient) r = trust_recipient(run->store, ALICE, &question, NULL);
	people_assert_pin(run->store, pin);
	g_assert_cmpstr(trust_state_name(r->state), ==, "ready");
	g_assert_cmpstr(r->fingerprint, ==, people_fingerprint(pin));
	T_ASSERT_STR_BYTES(base_bytes_of(r->leaf), temp_keep(g_strdup_printf("%s leaf 1", pin)));
}

static void
test_forgers(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (int i = 0; i < n_sequences(); i++) {
		g_autoptr(StoreTransaction) tx G_GNUC_UNUSED = store_begin(store, NULL);
		Run run = {.store = store};
		const char *pin = fill_slot(&run);
		double day = 20 - 0.5; /* midnight */
		for (int k = 0; k < LENGTH; k++) {
			day += g_test_rand_double_range(0, 0.9 / LENGTH);
			forge(&run, day);
		}
		check_ready(&run, pin, day);
	}
}

/* Hundreds of forged keys on one day push out neither the pin nor who was seen on two days. */
static void
test_flood(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(StoreTransaction) tx G_GNUC_UNUSED = store_begin(store, NULL);
	Run run = {.store = store};
	people_harvest(store, people_sighting("A", 1, 1, "pin"));
	people_harvest(store, people_sighting("B", 1, 2, "b1"));
	people_harvest(store, people_sighting("B", 1, 3, "b2"));
	TrustSighting once = people_sighting("D", 1, 3, "d");
	for (int i = 0; i < 200; i++) {
		const char *root = temp_keep(g_strdup_printf("forged %d", i));
		people_harvest(store, people_sighting(root, 1, 4, next_key(&run)));
	}
	g_autoptr(GPtrArray) list = store_identity_list(store, ALICE, NULL);
	g_assert_cmpuint(list->len, <=, STORE_LIMIT_IDENTITIES);
	check_ready(&run, "A", 4);
	/* Contesting ones stay, too. */
	once.aligned = true;
	people_harvest(store, once);
	for (int i = 0; i < 100; i++) {
		const char *root = temp_keep(g_strdup_printf("more %d", i));
		people_harvest(store, people_sighting(root, 1, 4, next_key(&run)));
	}
	g_autoptr(StoreIdentity) contender = people_identity(store, "D");
	g_assert_nonnull(contender);
	people_harvest(store, people_sighting("B", 1, 5, "b3"));
	TrustQuestion question = {.now = AT(5)};
	g_autoptr(TrustRecipient) r = trust_recipient(store, ALICE, &question, NULL);
	g_assert_cmpint(r->state, ==, TRUST_CHANGED);
	g_assert_cmpuint(r->reasons->len, ==, 3);
	g_assert_cmpstr(r->contender, ==, people_fingerprint("D"));
}

/* The same sequences each time, unless --seed says otherwise. */
#define SEED "R02S00000001000000020000000300000004"

int
main(int argc, char **argv)
{
	g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(arguments, g_strdup(argv[0]));
	g_ptr_array_add(arguments, g_strdup("--seed"));
	g_ptr_array_add(arguments, g_strdup(SEED));
	for (int i = 1; i < argc; i++) {
		g_ptr_array_add(arguments, g_strdup(argv[i]));
	}
	int n = (int)arguments->len;
	g_ptr_array_add(arguments, NULL);
	g_autofree char **copy = g_memdup2(arguments->pdata, arguments->len * sizeof(char *));
	char **given = copy;
	g_test_init(&n, &given, NULL);
	g_test_add_func("/trust/sequences/own-verdict", test_own_verdict);
	g_test_add_func("/trust/sequences/bound-stays", test_bound_stays);
	g_test_add_func("/trust/sequences/forgers", test_forgers);
	g_test_add_func("/trust/sequences/flood", test_flood);
	return g_test_run();
}
