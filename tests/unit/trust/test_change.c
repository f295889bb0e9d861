/* SPDX-License-Identifier: MPL-2.0 */
/* Hand-overs, trusted CAs, revocation, and what an older version of the store left. */
#include "people.h"
#include "store/sighting.h"
#include "store/sqlite.h"
#include "trust/decide.h"
#include "trust/recipient.h"

static void
check(Store *store, double day, const char *want)
{
	TrustQuestion question = {.now = START + (int64_t)(day * (double)BASE_DAY)};
	g_autoptr(TrustRecipient) r = trust_recipient(store, ALICE, &question, NULL);
	g_autoptr(GString) text = g_string_new(trust_state_name(r->state));
	for (guint i = 0; i < r->reasons->len; i++) {
		g_string_append_printf(text, " %s", (const char *)r->reasons->pdata[i]);
	}
	g_assert_cmpstr(text->str, ==, want);
}

static void
bind_a(Store *store)
{
	people_harvest(store, people_sighting("A", 0, 0, "a1"));
	people_harvest(store, people_sighting("A", 0, 4, "a2"));
	people_harvest(store, people_sighting("A", 0, 8, "a3"));
	check(store, 8, "ready pinned");
}

/* Which hand-overs in the first message under N move the pin from A, which binds. */
static void
test_handovers(void)
{
	static const struct {
		const char *name;
		const char *edges[4][2];
		int time; /* days from the message */
		TrustOutcome outcome;
		const char *want;
	} table[] = {
		{"direct", {{"A", "N"}}, -300, TRUST_HANDED_OVER, "ready handed-over"},
		{"a chain, unordered",
		 {{"I", "N"}, {"A", "I"}},
		 0,
		 TRUST_HANDED_OVER,
		 "ready handed-over"},
		{"four steps",
		 {{"K", "N"}, {"A", "I"}, {"J", "K"}, {"I", "J"}},
		 0,
		 TRUST_HANDED_OVER,
		 "ready handed-over"},
		{"broken chain",
		 {{"A", "I"}, {"J", "N"}},
		 0,
		 TRUST_CANDIDATE,
		 "ready pinned candidate"},
		{"from the future", {{"A", "N"}}, 1, TRUST_CANDIDATE, "ready pinned candidate"},
		{"from a stranger", {{"Z", "N"}}, 0, TRUST_CANDIDATE, "ready pinned candidate"},
		{"to somebody else", {{"A", "M"}}, 0, TRUST_CANDIDATE, "ready pinned candidate"},
		{"the wrong way round", {{"N", "A"}}, 0, TRUST_CANDIDATE, "ready pinned candidate"},
		{"two from one root",
		 {{"A", "N"}, {"A", "I"}, {"I", "N"}},
		 0,
		 TRUST_CANDIDATE,
		 "changed changed hand-over"},
		{"to itself",
		 {{"A", "A"}, {"N", "N"}},
		 0,
		 TRUST_CANDIDATE,
		 "ready pinned candidate"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_test_message("%s", table[i].name);
		g_autoptr(TempDir) dir = temp_dir();
		g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
		TrustHandover handovers[4];
		TrustSighting s = people_sighting("N", 20, 20, "n1");
		bind_a(store);
		for (s.n_handovers = 0;
		     s.n_handovers < 4 && table[i].edges[s.n_handovers][0] != NULL;
		     s.n_handovers++) {
			const char *const *edge = table[i].edges[s.n_handovers];
			handovers[s.n_handovers] = (TrustHandover){people_fingerprint(edge[0]),
								   people_fingerprint(edge[1]),
								   AT(20 + table[i].time)};
		}
		s.handovers = handovers;
		g_assert_cmpstr(trust_outcome_name(people_harvest(store, s).outcome), ==,
				trust_outcome_name(table[i].outcome));
		check(store, 20, table[i].want);
	}
}

static TrustHarvest
hand_over(Store *store, const char *from, const char *to, double day, const char *message)
{
	TrustSighting s = people_sighting(to, (int)day, day, message);
	TrustHandover handover = {people_fingerprint(from), s.root_fingerprint, s.received};
	s.handovers = &handover;
	s.n_handovers = 1;
	return people_harvest(store, s);
}

static void
test_after_a_handover(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	bind_a(store);
	g_assert_cmpint(hand_over(store, "A", "N", 20, "n1").outcome, ==, TRUST_HANDED_OVER);
	g_autoptr(StoreIdentity) old = people_identity(store, "A");
	g_autoptr(StoreIdentity) new = people_identity(store, "N");
	g_assert_true(new->vouched && !old->vouched);
	g_assert_cmpint(old->messages, ==, 3);
	g_assert_cmpint(old->pin_until, ==, AT(20));
	/* What the old key signed, replayed or from a device left behind, changes nothing. */
	for (int day = 21; day < 30; day++) {
		g_autofree char *message = g_strdup_printf("old %d", day);
		people_harvest(store, people_sighting("A", 0, day, message));
	}
	check(store, 30, "ready handed-over");
	hand_over(store, "A", "N", 30, "n2");
	check(store, 30, "ready handed-over");
	TrustSighting aligned = people_sighting("A", 0, 31, "old aligned");
	aligned.aligned = true;
	g_assert_true(people_harvest(store, aligned).contests);
	check(store, 31, "changed changed aligned");
	/* Back to a key that was the pin before is for the person to say. */
	g_assert_true(trust_accept(store, ALICE, people_fingerprint("N"), AT(32), NULL));
	check(store, 32, "ready accepted");
	g_assert_cmpint(hand_over(store, "N", "A", 33, "a9").outcome, ==, TRUST_CANDIDATE);
	people_assert_pin(store, "N");
	g_assert_true(trust_refuse(store, ALICE, people_fingerprint("A"), AT(34), NULL));
	check(store, 34, "ready accepted");
}

/* A whole mailbox is learned within a second: what comes after the hand-over, or after the person's
 * word, is no message of the key before. */
static void
test_within_a_second(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);

	static const struct {
		const char *root;
		double day;
		const char *message;
		TrustHistoryState state;
	} table[] = {
		{"A", 0, "a1", TRUST_HISTORY_FIRST},    {"A", 4, "a2", TRUST_HISTORY_NEW},
		{"A", 8, "a3", TRUST_HISTORY_NEW},      {"A", 9, "a4", TRUST_HISTORY_SAME},
		{"N", 12, "n1", TRUST_HISTORY_SAME},    {"A", 14, "a5", TRUST_HISTORY_CHANGED},
		{"N", 15, "n2", TRUST_HISTORY_SAME},    {"B", 15, "b1", TRUST_HISTORY_CHANGED},
		{"B", 15, "b2", TRUST_HISTORY_SAME},    {"N", 15, "n3", TRUST_HISTORY_CHANGED},
		{"A", 15, "a6", TRUST_HISTORY_CHANGED},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		TrustSighting s = people_sighting(table[i].root, 0, table[i].day, table[i].message);
		TrustHandover handover = {people_fingerprint("A"), s.root_fingerprint, AT(11)};
		s.now = AT(20);
		s.handovers = &handover;
		s.n_handovers = g_str_equal(table[i].message, "n1");
		if (g_str_equal(table[i].message, "b2")) {
			g_assert_true(trust_accept(store, ALICE, s.root_fingerprint, s.now, NULL));
		}
		people_harvest(store, s);
		for (size_t k = 0; k <= i; k++) {
			TrustMessage m = {.address = ALICE,
					  .root_fingerprint = people_fingerprint(table[k].root),
					  .message_key = table[k].message,
					  .received = AT(table[k].day)};
			TrustHistory h = {0};
			bool decided = g_str_equal(table[k].message, "b1") && i > 7;
			g_assert_true(trust_history(store, &m, &h, NULL));
			g_assert_cmpint(h.state, ==, decided ? TRUST_HISTORY_SAME : table[k].state);
		}
	}
}

/* A key that the person refused hands nothing over: neither places nor doubts. */
static void
test_refused_hands_nothing_over(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	bind_a(store);
	people_harvest(store, people_sighting("R", 0, 9, "r"));
	g_assert_true(trust_accept(store, ALICE, people_fingerprint("R"), AT(10), NULL));
	for (int i = 0; i < 20; i++) { /* as long as it is not refused, it has a say */
		const char *root = temp_keep(g_strdup_printf("early %d", i));
		hand_over(store, "R", root, 11, root);
	}
	g_assert_true(trust_accept(store, ALICE, people_fingerprint("A"), AT(12), NULL));
	g_assert_true(trust_refuse(store, ALICE, people_fingerprint("R"), AT(13), NULL));
	for (int i = 0; i < 20; i++) {
		const char *root = temp_keep(g_strdup_printf("late %d", i));
		hand_over(store, "R", root, 14, root);
	}
	check(store, 14, "ready accepted candidate");
	g_assert_cmpint(hand_over(store, "A", "N", 15, "n1").outcome, ==, TRUST_HANDED_OVER);
	people_assert_pin(store, "N");
	check(store, 15, "ready handed-over candidate");
}

/* Whoever has an old key, which nobody refused, cannot fill the place of the pin's own next one. */
static void
test_heir_finds_room(void)
{
	for (int verified = 0; verified < 2; verified++) {
		g_autoptr(TempDir) dir = temp_dir();
		g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
		people_harvest(store, people_sighting("R", 0, 1, "r"));
		people_harvest(store, people_sighting("A", 0, 2, "a"));
		g_assert_true((verified ? trust_verify : trust_accept)(
			store, ALICE, people_fingerprint("A"), AT(3), NULL));
		for (int i = 0; i < 90; i++) {
			const char *root = temp_keep(g_strdup_printf("flood %d", i));
			hand_over(store, "R", root, 4, root);
		}
		g_assert_cmpint(hand_over(store, "A", "N", 5, "n1").outcome, ==,
				verified ? TRUST_CANDIDATE : TRUST_HANDED_OVER);
		people_assert_pin(store, verified ? "A" : "N");
		g_autoptr(StoreIdentity) next = people_identity(store, "N");
		g_assert_nonnull(next);
		check(store, 5,
		      verified ? "changed changed hand-over" : "ready handed-over candidate");
	}
}

/* All that learn reads came before: the new key first, then the old one's mail. */
static void
test_backwards(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	hand_over(store, "A", "N", 20, "n1");
	for (int day = 1; day < 9; day++) {
		g_autofree char *message = g_strdup_printf("old %d", day);
		TrustSighting s = people_sighting("A", 0, day, message);
		s.aligned = true;
		s.now = AT(20);
		people_harvest(store, s);
	}
	check(store, 30, "ready first-contact");
	people_assert_pin(store, "N");
}

static void
test_old_ca(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	TrustSighting one = people_sighting("CA 1", 0, 1, "1");
	TrustSighting two = people_sighting("CA 2", 0, 9, "2");
	TrustSighting late = people_sighting("CA 1", 0, 10, "3");
	one.kind = two.kind = late.kind = STORE_KIND_CA;
	late.signing_time = AT(5);
	two.organization = "Example Ltd";
	people_harvest(store, one);
	g_assert_cmpint(people_harvest(store, two).outcome, ==, TRUST_RENEWED);
	g_assert_cmpint(people_harvest(store, late).outcome, ==, TRUST_CANDIDATE);
	people_assert_pin(store, "CA 2");
	check(store, 10, "ready ca");
	g_autoptr(StoreIdentity) pin = people_identity(store, "CA 2");
	g_assert_cmpstr(pin->organization, ==, "Example Ltd");
}

static void
take_back(Store *store, const char *leaf, bool want)
{
	bool known = !want;
	g_autoptr(StoreIdentity) a = people_identity(store, "A");
	g_assert_true(store_leaf_revoke(store, a->id, people_fingerprint(leaf), &known, NULL));
	g_assert_true(known == want);
}

static void
test_revoked(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	people_harvest(store, people_sighting("A", 1, 1, "1"));
	people_harvest(store, people_sighting("A", 2, 2, "2"));
	take_back(store, "A leaf 3", false);
	take_back(store, "A leaf 1", true);
	check(store, 3, "ready first-contact");
	take_back(store, "A leaf 2", true);
	check(store, 3, "none revoked");
	/* Neither an older one nor the very one again, only one made later. */
	people_harvest(store, people_sighting("A", 0, 3, "3"));
	people_harvest(store, people_sighting("A", 2, 4, "4"));
	check(store, 4, "none revoked");
	people_harvest(store, people_sighting("A", 5, 5, "5"));
	check(store, 5, "ready first-contact");
	g_autoptr(StoreIdentity) pin = people_identity(store, "A");
	g_assert_cmpstr(pin->leaf_fingerprint, ==, people_fingerprint("A leaf 5"));
}

static void
test_first_learned(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	TrustSighting s = people_sighting("A", 0, 1, "1");
	int64_t learned = -1;
	g_assert_true(trust_first_learned(store, ALICE, "1", &learned, NULL));
	g_assert_cmpint(learned, ==, 0);
	g_assert_true(trust_note_unsigned(store, &s, NULL));
	g_assert_true(trust_first_learned(store, ALICE, "1", &learned, NULL));
	g_assert_cmpint(learned, ==, 0);
	s.now = AT(7);
	people_harvest(store, s);
	s.now = AT(9);
	people_harvest(store, s);
	g_assert_true(trust_first_learned(store, ALICE, "1", &learned, NULL));
	g_assert_cmpint(learned, ==, AT(7));
	g_assert_true(trust_first_learned(store, "bob@example.org", "1", &learned, NULL));
	g_assert_cmpint(learned, ==, 0);
}

/* What a candidate signs is not to the credit of the peer. */
static void
test_counts(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	people_harvest(store, people_sighting("A", 0, 1, "1"));
	for (int i = 0; i < 5; i++) {
		g_autofree char *message = g_strdup_printf("b%d", i);
		TrustSighting s = people_sighting("B", 0, 2, message);
		s.program = i < 2 ? "mutt" : i < 4 ? "thunderbird" : NULL;
		s.direct = i > 0;
		people_harvest(store, s);
	}
	g_autoptr(StorePeer) peer = NULL;
	g_assert_true(store_peer_get(store, ALICE, &peer, NULL));
	g_assert_cmpint(peer->n_signed, ==, 1);
	g_assert_cmpint(peer->n_unsigned, ==, 0);
	g_autoptr(StoreIdentity) other = people_identity(store, "B");
	g_assert_cmpint(other->messages, ==, 5);
	g_assert_cmpint(other->direct_messages, ==, 4);
	g_autoptr(GPtrArray) programs = store_sighting_programs(store, other->id, NULL);
	g_assert_cmpuint(programs->len, ==, 3);
	const StoreProgramCount *last = g_ptr_array_index(programs, 2);
	g_assert_null(last->program);
	g_assert_cmpint(last->messages, ==, 1);
}

/* A store of version 3: A was pinned and accepted, B seen on three days before that; C of bob is
 * pinned, nothing was decided. */
static void
make_version_3(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, STORE_FILE, NULL);
	g_autofree char *sql = g_strdup_printf(
		"INSERT INTO peer(id, address, last_seen) VALUES(1,'" ALICE "',%1$" G_GINT64_FORMAT
		"),(2,'bob@example.org',%1$" G_GINT64_FORMAT ");"
		"INSERT INTO certificate VALUES(1,x'%2$s',x'41'),(2,x'%3$s',x'42');"
		"INSERT INTO identity(id, peer, root, kind, how, first_seen, last_seen,"
		" newest_time, pinned, used, verified, accepted, refused, pin_until, caps,"
		" runs_postseal, sealed, messages, days, last_signed) VALUES"
		"(1,1,x'%2$s','personal','signature',1,1,1,1,1,0,1,0,0,0,0,0,1,1,1),"
		"(2,1,x'%3$s','personal','signature',1,1,1,0,0,0,0,0,0,0,0,0,3,3,%1$" G_GINT64_FORMAT
		"),"
		"(3,2,x'%3$s','personal','signature',1,1,1,1,1,0,0,0,0,0,0,0,1,1,1);"
		"INSERT INTO leaf VALUES(1,1,0,9999999999,1);"
		"INSERT INTO sighting(peer, message, identity, seen, direct, aligned) VALUES"
		"(1,x'01',2,100000,1,0),(1,x'02',2,200000,1,0),(1,x'03',2,300000,1,0)",
		AT(50), people_fingerprint("A"), people_fingerprint("B"));
	sqlite3 *db = NULL;
	g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
	g_assert_true(store_migrate_to(db, 3, NULL));
	g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_close(db);
}

static void
test_version_3(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	make_version_3(dir);
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE);
	people_assert_pin(store, "A");
	check(store, 40, "ready accepted");
	g_autoptr(StoreIdentity) bob = NULL;
	g_assert_true(store_identity_pin(store, "bob@example.org", &bob, NULL));
	g_assert_cmpstr(bob->root_fingerprint, ==, people_fingerprint("B"));
	g_assert_false(bob->vouched);
	/* B goes on: from here on it counts. */
	for (int day = 51; day < 54; day++) {
		g_autofree char *message = g_strdup_printf("b%d", day);
		check(store, day, day == 51 ? "ready accepted" : "ready accepted candidate");
		people_harvest(store, people_sighting("B", 0, day, message));
	}
	check(store, 54, "changed changed three-days");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/trust/change/handovers", test_handovers);
	g_test_add_func("/trust/change/after-a-handover", test_after_a_handover);
	g_test_add_func("/trust/change/within-a-second", test_within_a_second);
	g_test_add_func("/trust/change/refused-hands-nothing-over",
			test_refused_hands_nothing_over);
	g_test_add_func("/trust/change/heir-finds-room", test_heir_finds_room);
	g_test_add_func("/trust/change/backwards", test_backwards);
	g_test_add_func("/trust/change/old-ca", test_old_ca);
	g_test_add_func("/trust/change/revoked", test_revoked);
	g_test_add_func("/trust/change/first-learned", test_first_learned);
	g_test_add_func("/trust/change/counts", test_counts);
	g_test_add_func("/trust/change/version-3", test_version_3);
	return g_test_run();
}
