/* SPDX-License-Identifier: MPL-2.0 */
#include "store/peer.h"
#include "store/sighting.h"
#include "temp.h"

#define ALICE "alice@example.org"
#define DAY   INT64_C(86400)
#define NOON  (INT64_C(20000) * DAY + DAY / 2)

static int64_t
make_identity(Store *store, unsigned root)
{
	g_autoptr(StoreIdentity) identity = g_new0(StoreIdentity, 1);
	identity->address = g_strdup(ALICE);
	identity->root_fingerprint = g_strdup(temp_fingerprint(root));
	g_assert_true(store_identity_put(store, identity, NOON, NULL));
	return identity->id;
}

static bool
see(Store *store, int64_t identity, const char *message, int64_t seen, bool direct)
{
	StoreSighting sighting = {.address = ALICE,
				  .identity = identity,
				  .message = message,
				  .seen = seen,
				  .direct = direct,
				  .aligned = true};
	bool added = false;
	g_autoptr(GError) error = NULL;
	store_sighting_add(store, &sighting, &added, &error);
	g_assert_no_error(error);
	return added;
}

static void
check_counters(Store *store, unsigned root, const int64_t want[8])
{
	g_autoptr(StoreIdentity) i = NULL;
	g_assert_true(store_identity_by_root(store, ALICE, temp_fingerprint(root), &i, NULL));
	const int64_t have[8] = {
		i->messages,        i->days,        i->first_signed, i->last_signed,
		i->direct_messages, i->direct_days, i->direct_first, i->direct_last};
	for (size_t n = 0; n < 8; n++) {
		g_assert_cmpint(have[n], ==, want[n]);
	}
}

static void
check_peer(Store *store, int64_t n_signed, int64_t n_unsigned)
{
	g_autoptr(StorePeer) peer = NULL;
	g_assert_true(store_peer_get(store, ALICE, &peer, NULL));
	g_assert_cmpint(peer->n_signed, ==, n_signed);
	g_assert_cmpint(peer->n_unsigned, ==, n_unsigned);
}

static void
test_counters(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	int64_t one = make_identity(store, 1);
	int64_t two = make_identity(store, 2);
	g_assert_true(see(store, one, "b", NOON + DAY, true));
	g_assert_false(see(store, one, "b", NOON + 5 * DAY, true));
	g_assert_true(see(store, one, "c", NOON + DAY + 60, false));
	g_assert_true(see(store, one, "d", NOON + 2 * DAY, false));
	g_assert_true(see(store, one, "a", NOON, true));
	g_assert_true(see(store, one, "e", NOON + 2 * DAY + 60, true));
	g_assert_true(see(store, two, "f", NOON + 9 * DAY, true));
	check_counters(store, 1,
		       (const int64_t[]){5, 3, NOON, NOON + 2 * DAY + 60, 3, 3, NOON,
					 NOON + 2 * DAY + 60});
	check_counters(store, 2,
		       (const int64_t[]){1, 1, NOON + 9 * DAY, NOON + 9 * DAY, 1, 1, NOON + 9 * DAY,
					 NOON + 9 * DAY});
	check_peer(store, 6, 0);
}

static void
test_unsigned(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	int64_t one = make_identity(store, 1);
	g_assert_true(see(store, 0, "a", NOON, true));
	g_assert_false(see(store, 0, "a", NOON + 1, true));
	g_assert_true(see(store, 0, "b", NOON, true));
	check_peer(store, 0, 2);
	/* A broken copy came first; a broken one after the good one says nothing. */
	g_assert_true(see(store, one, "a", NOON + 2, true));
	g_assert_false(see(store, 0, "a", NOON + 3, true));
	check_peer(store, 1, 1);
}

/* What a copy lost, another copy shows; the message itself came when the first one did. */
static void
test_copies(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	int64_t one = make_identity(store, 1);
	StoreSighting copy = {.address = ALICE, .identity = one, .message = "a", .seen = NOON};
	bool added = false;
	StoreTally t = {0};
	g_assert_true(store_sighting_add(store, &copy, &added, NULL));
	check_counters(store, 1, (const int64_t[]){1, 1, NOON, NOON, 0, 0, 0, 0});
	copy.aligned = true;
	copy.seen = NOON + DAY;
	g_assert_true(store_sighting_add(store, &copy, &added, NULL));
	g_assert_false(added);
	g_assert_true(store_sighting_tally(store, one, "a", 0, &t, NULL));
	g_assert_true(t.aligned && t.seen == NOON);
	check_counters(store, 1, (const int64_t[]){1, 1, NOON, NOON, 0, 0, 0, 0});
	copy.aligned = false;
	copy.direct = true;
	g_assert_true(store_sighting_add(store, &copy, &added, NULL));
	check_counters(store, 1, (const int64_t[]){1, 1, NOON, NOON, 1, 1, NOON, NOON});
	/* Nothing is taken back, and nothing counts twice. */
	copy.direct = false;
	g_assert_true(store_sighting_add(store, &copy, &added, NULL));
	copy.direct = true;
	g_assert_true(store_sighting_add(store, &copy, &added, NULL));
	g_assert_true(store_sighting_tally(store, one, "a", 0, &t, NULL));
	g_assert_true(t.aligned);
	check_counters(store, 1, (const int64_t[]){1, 1, NOON, NOON, 1, 1, NOON, NOON});
	g_assert_true(see(store, one, "b", NOON - 60, false));
	g_assert_false(see(store, one, "b", NOON - 60, true));
	check_counters(store, 1, (const int64_t[]){2, 1, NOON - 60, NOON, 2, 1, NOON - 60, NOON});
	check_peer(store, 2, 0);
}

/* A candidate is no first signature of the address. */
static void
test_candidate(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	int64_t one = make_identity(store, 1);
	StoreSighting other = {.address = ALICE,
			       .identity = make_identity(store, 2),
			       .message = "b",
			       .seen = NOON - DAY,
			       .candidate = true};
	bool added = false;
	g_assert_true(see(store, one, "a", NOON, true));
	g_assert_true(store_sighting_add(store, &other, &added, NULL));
	g_autoptr(StorePeer) peer = NULL;
	g_assert_true(store_peer_get(store, ALICE, &peer, NULL));
	g_assert_cmpint(peer->first_signed, ==, NOON);
	g_assert_cmpint(peer->first_seen, ==, NOON - DAY);
	check_peer(store, 1, 0);
}

static StoreTally
tally(Store *store, int64_t identity, const char *message, int64_t seen)
{
	StoreTally t = {0};
	g_autoptr(GError) error = NULL;
	store_sighting_tally(store, identity, message, seen, &t, &error);
	g_assert_no_error(error);
	return t;
}

static void
test_tally(void)
{
	static const struct {
		const char *message;
		int64_t seen;
		int64_t messages;
		int64_t days;
		int64_t direct_days;
		int64_t known; /* when it was first seen */
	} table[] = {
		{"new", NOON - 1, 0, 0, 0, 0},
		{"new", NOON, 2, 1, 1, 0},
		{"new", NOON + DAY, 3, 2, 1, 0},
		{"new", NOON + 9 * DAY, 4, 3, 2, 0},
		{"first", NOON + 9 * DAY, 0, 0, 0, NOON},
		{"same second", 0, 1, 1, 1, NOON},
		{"list", NOON + 9 * DAY, 2, 1, 1, NOON + DAY},
		{"last", NOON + 9 * DAY, 3, 2, 1, NOON + 2 * DAY},
	};

	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	int64_t one = make_identity(store, 1);
	int64_t two = make_identity(store, 2);
	see(store, one, "first", NOON, true);
	see(store, two, "other", NOON, true);
	see(store, 0, "unsigned", NOON, true);
	see(store, one, "same second", NOON, true);
	see(store, one, "list", NOON + DAY, false);
	see(store, one, "last", NOON + 2 * DAY, true);
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		StoreTally t = tally(store, one, table[i].message, table[i].seen);
		g_assert_cmpint(t.messages, ==, table[i].messages);
		g_assert_cmpint(t.days, ==, table[i].days);
		g_assert_cmpint(t.direct_days, ==, table[i].direct_days);
		g_assert_cmpint(t.seen, ==, table[i].known);
	}
}

/* What comes after a change of the pin or a decision never takes the place of what came before. */
static void
test_order(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(StoreIdentity) pin = NULL;
	g_autoptr(StorePeer) peer = NULL;
	int64_t one = make_identity(store, 1);
	g_assert_cmpint(tally(store, one, "a", NOON).id, ==, INT64_MAX);
	see(store, one, "a", NOON, true);
	see(store, 0, "b", NOON, true);
	int64_t first = tally(store, one, "a", NOON).id;
	for (unsigned root = 1; root < 3; root++) {
		g_autoptr(StoreIdentity) next = g_new0(StoreIdentity, 1);
		next->address = g_strdup(ALICE);
		next->root_fingerprint = g_strdup(temp_fingerprint(root));
		next->id = root == 1 ? one : 0;
		next->pinned = true;
		g_assert_true(store_identity_put(store, next, NOON, NULL));
	}
	g_assert_true(store_peer_decided(store, ALICE, NOON, NULL));
	g_assert_true(store_identity_by_root(store, ALICE, temp_fingerprint(1), &pin, NULL));
	g_assert_true(store_peer_get(store, ALICE, &peer, NULL));
	g_assert_cmpint(pin->pin_until_id, ==, first + 1);
	g_assert_cmpint(peer->decided_id, ==, first + 1);
	see(store, one, "b", NOON, true); /* the unsigned copy, which was the last, goes */
	g_assert_cmpint(tally(store, one, "b", NOON).id, >, first + 1);
}

static bool
same_but_seen(StoreTally a, StoreTally b)
{
	a.seen = b.seen = 0;
	a.id = b.id = 0;
	a.aligned = b.aligned = false;
	return memcmp(&a, &b, sizeof a) == 0;
}

/* Whatever comes in whatever order: the tally before a message is the same before and after it was
 * added, and the counters tell what the scan tells. */
static void
test_tally_is_stable(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	int64_t one = make_identity(store, 1);
	g_autoptr(StoreTransaction) tx = store_begin(store, NULL);
	for (unsigned i = 0; i < 300; i++) {
		g_autofree char *message = g_strdup_printf("%u", i);
		int64_t seen = NOON + g_test_rand_int_range(0, 40) * DAY / 4;
		StoreTally before = tally(store, one, message, seen);
		g_assert_true(see(store, one, message, seen, g_test_rand_bit()));
		g_assert_true(same_but_seen(before, tally(store, one, message, NOON + 99 * DAY)));
	}
	g_assert_true(store_commit(tx, NULL));
	StoreTally counters = tally(store, one, "new", NOON + 99 * DAY);
	see(store, one, "latest", NOON + 98 * DAY, false);
	StoreTally scanned = tally(store, one, "latest", 0);
	g_assert_cmpint(counters.messages, ==, 300);
	g_assert_true(same_but_seen(counters, scanned));
}

static void
test_habit(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	int64_t one = make_identity(store, 1);
	see(store, one, "old", NOON - 10 * DAY, true);
	see(store, one, "a", NOON, true);
	see(store, one, "list", NOON, false);
	see(store, 0, "b", NOON + DAY, true);
	see(store, one, "c", NOON + DAY, true);
	StoreSighting not_aligned = {.address = ALICE,
				     .identity = one,
				     .message = "d",
				     .seen = NOON + DAY,
				     .direct = true};
	bool added = false;
	g_assert_true(store_sighting_add(store, &not_aligned, &added, NULL));
	not_aligned.message = "e";
	not_aligned.seen = NOON + 60;
	not_aligned.proven = true;
	g_assert_true(store_sighting_add(store, &not_aligned, &added, NULL));
	see(store, 0, "later", NOON + 3 * DAY, true);
	StoreSighting now = {.address = ALICE, .message = "this", .seen = NOON + 2 * DAY};
	StoreHabitQuestion question = {5 * DAY, false};
	StoreHabit habit = {0};
	g_assert_true(store_sighting_habit(store, &now, &question, &habit, NULL));
	g_assert_cmpint(habit.messages, ==, 3);
	g_assert_cmpint(habit.days, ==, 2);
	g_assert_cmpint(habit.n_signed, ==, 2);
	/* One with a proven message, one with an unsigned one. */
	g_assert_cmpint(habit.all_days, ==, 2);
	g_assert_cmpint(habit.proven_days, ==, 1);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/store/sighting/counters", test_counters);
	g_test_add_func("/store/sighting/unsigned", test_unsigned);
	g_test_add_func("/store/sighting/copies", test_copies);
	g_test_add_func("/store/sighting/candidate", test_candidate);
	g_test_add_func("/store/sighting/order", test_order);
	g_test_add_func("/store/sighting/tally", test_tally);
	g_test_add_func("/store/sighting/tally-is-stable", test_tally_is_stable);
	g_test_add_func("/store/sighting/habit", test_habit);
	return g_test_run();
}
