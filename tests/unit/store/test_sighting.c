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

static bool
same_but_seen(StoreTally a, StoreTally b)
{
	a.seen = b.seen = 0;
	a.learned = b.learned = 0;
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
	see(store, 0, "later", NOON + 3 * DAY, true);
	StoreSighting now = {.address = ALICE, .message = "this", .seen = NOON + 2 * DAY};
	StoreHabitQuestion question = {5 * DAY, false};
	StoreHabit habit = {0};
	g_assert_true(store_sighting_habit(store, &now, &question, &habit, NULL));
	g_assert_cmpint(habit.messages, ==, 3);
	g_assert_cmpint(habit.days, ==, 2);
	g_assert_cmpint(habit.n_signed, ==, 2);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/store/sighting/counters", test_counters);
	g_test_add_func("/store/sighting/unsigned", test_unsigned);
	g_test_add_func("/store/sighting/tally", test_tally);
	g_test_add_func("/store/sighting/tally-is-stable", test_tally_is_stable);
	g_test_add_func("/store/sighting/habit", test_habit);
	return g_test_run();
}
