/* SPDX-License-Identifier: MPL-2.0 */
#include "people.h"
#include "store/sent.h"
#include "trust/decide.h"

/* What comes after a first signed message of day 0 under root "A" by leaf 0. */
static void
test_outcomes(void)
{
	static const struct {
		const char *name;
		const char *root;
		int leaf;
		double day;
		int64_t signing_offset; /* seconds from the day */
		StoreHow how;
		TrustOutcome outcome;
		const char *reason;
		const char *newest; /* leaf of the pin afterwards */
	} table[] = {
		{"same", "A", 0, 1, 0, STORE_HOW_SIGNATURE, TRUST_SEEN, "", "A leaf 0"},
		{"new leaf", "A", 5, 6, 0, STORE_HOW_SIGNATURE, TRUST_RENEWED, "", "A leaf 5"},
		{"older leaf", "A", -5, 6, 0, STORE_HOW_SIGNATURE, TRUST_SEEN, "", "A leaf 0"},
		{"leaf of tomorrow", "A", 1, 0.5, 0, STORE_HOW_SIGNATURE, TRUST_RENEWED, "",
		 "A leaf 1"},
		{"leaf of next week", "A", 7, 1, 0, STORE_HOW_SIGNATURE, TRUST_SEEN, "",
		 "A leaf 0"},
		{"signed before the newest", "A", 1, 2, -3 * BASE_DAY, STORE_HOW_SIGNATURE,
		 TRUST_SEEN, "", "A leaf 0"},
		{"signed in ten minutes", "A", 0, 1, 600, STORE_HOW_SIGNATURE, TRUST_SEEN, "",
		 "A leaf 0"},
		{"signed in the future", "A", 1, 1, 601, STORE_HOW_SIGNATURE, TRUST_IGNORED,
		 "future", "A leaf 0"},
		{"foreign", "B", 0, 1, 0, STORE_HOW_SIGNATURE, TRUST_CANDIDATE, "", "A leaf 0"},
		{"foreign key field", "B", 0, 1, 0, STORE_HOW_KEY_HEADER, TRUST_IGNORED,
		 "key-header", "A leaf 0"},
		{"foreign import", "B", 0, 1, 0, STORE_HOW_IMPORT, TRUST_CANDIDATE, "", "A leaf 0"},
		{"key field", "A", 0, 1, 0, STORE_HOW_KEY_HEADER, TRUST_SEEN, "", "A leaf 0"},
		{"key field renews", "A", 1, 1, 0, STORE_HOW_KEY_HEADER, TRUST_RENEWED, "",
		 "A leaf 1"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_test_message("%s", table[i].name);
		g_autoptr(TempDir) dir = temp_dir();
		g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
		TrustHarvest first = people_harvest(store, people_sighting("A", 0, 0, "1"));
		g_assert_cmpint(first.outcome, ==, TRUST_NEW);
		g_assert_true(first.counted);
		TrustSighting s = people_sighting(table[i].root, table[i].leaf, table[i].day, "2");
		s.signing_time += table[i].signing_offset;
		s.how = table[i].how;
		TrustHarvest harvest = people_harvest(store, s);
		g_assert_cmpstr(trust_outcome_name(harvest.outcome), ==,
				trust_outcome_name(table[i].outcome));
		g_assert_cmpstr(harvest.reason, ==, table[i].reason);
		g_assert_cmpint(harvest.counted, ==,
				table[i].how == STORE_HOW_SIGNATURE &&
					table[i].outcome != TRUST_IGNORED);
		people_assert_pin(store, "A");
		g_autoptr(StoreIdentity) pin = people_identity(store, "A");
		g_assert_cmpstr(pin->leaf_fingerprint, ==, people_fingerprint(table[i].newest));
	}
}

/* How the first key for an address was learned. */
static void
test_first(void)
{
	static const struct {
		StoreHow how;
		StoreKind kind;
		StoreHow kept;
		bool counted;
	} table[] = {
		{STORE_HOW_SIGNATURE, STORE_KIND_PERSONAL, STORE_HOW_SIGNATURE, true},
		{STORE_HOW_SIGNATURE, STORE_KIND_SELF_SIGNED, STORE_HOW_SIGNATURE, true},
		{STORE_HOW_SIGNATURE, STORE_KIND_CA, STORE_HOW_CA, true},
		{STORE_HOW_KEY_HEADER, STORE_KIND_PERSONAL, STORE_HOW_KEY_HEADER, false},
		{STORE_HOW_IMPORT, STORE_KIND_PRIVATE_CA, STORE_HOW_IMPORT, false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(TempDir) dir = temp_dir();
		g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
		TrustSighting s = people_sighting("A", 0, 0, "1");
		s.how = table[i].how;
		s.kind = table[i].kind;
		TrustHarvest harvest = people_harvest(store, s);
		g_assert_cmpint(harvest.outcome, ==, TRUST_NEW);
		g_assert_cmpint(harvest.counted, ==, table[i].counted);
		g_autoptr(StoreIdentity) identity = people_identity(store, "A");
		g_assert_true(identity->pinned);
		g_assert_cmpint(identity->how, ==, table[i].kept);
		g_assert_cmpint(identity->kind, ==, table[i].kind);
		g_assert_cmpint(identity->messages, ==, table[i].counted ? 1 : 0);
		g_autoptr(GBytes) root = NULL;
		g_assert_true(store_certificate_get(store, people_fingerprint("A"), &root, NULL));
		T_ASSERT_STR_BYTES(base_bytes_of(root), "A");
	}
}

static void
test_key_field_then_signature(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	TrustSighting field = people_sighting("A", 0, 0, "1");
	field.how = STORE_HOW_KEY_HEADER;
	people_harvest(store, field);
	people_harvest(store, people_sighting("A", 0, 1, "2"));
	g_autoptr(StoreIdentity) identity = people_identity(store, "A");
	g_assert_cmpint(identity->how, ==, STORE_HOW_SIGNATURE);
	g_assert_cmpint(identity->messages, ==, 1);
	g_assert_cmpint(identity->first_seen, ==, AT(0));
	g_assert_cmpint(identity->first_signed, ==, AT(1));
}

static void
test_same_message(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	TrustSighting s = people_sighting("A", 0, 0, "1");
	s.sealed_to = temp_fingerprint(5);
	people_harvest(store, s);
	s.now = s.received = AT(3);
	g_assert_false(people_harvest(store, s).counted);
	g_autoptr(StoreIdentity) identity = people_identity(store, "A");
	g_assert_cmpint(identity->messages, ==, 1);
	g_assert_cmpint(identity->days, ==, 1);
	g_assert_cmpint(identity->sealed, ==, 1);
	g_assert_cmpstr(identity->sealed_to, ==, temp_fingerprint(5));
}

static void
test_capabilities(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	TrustSighting s = people_sighting("A", 0, 5, "1");
	s.has_caps = true;
	s.caps = 7;
	s.caps_raw = BASE_LIT("raw");
	s.runs_postseal = true;
	s.program = "postseal";
	people_harvest(store, s);
	/* Neither an older message nor a foreign key says anything about the pin. */
	TrustSighting old = people_sighting("A", 0, 4, "2");
	old.has_caps = true;
	people_harvest(store, old);
	TrustSighting foreign = people_sighting("B", 0, 6, "3");
	foreign.has_caps = true;
	foreign.program = "evil";
	people_harvest(store, foreign);
	g_autoptr(StoreIdentity) identity = people_identity(store, "A");
	g_assert_cmpuint(identity->caps, ==, 7);
	T_ASSERT_STR_BYTES(base_bytes_of(identity->caps_raw), "raw");
	g_assert_true(identity->runs_postseal);
	g_assert_cmpint(identity->messages, ==, 2);
	g_autoptr(StorePeer) peer = NULL;
	g_assert_true(store_peer_get(store, ALICE, &peer, NULL));
	g_assert_cmpstr(peer->program, ==, "postseal");
	/* A message without capabilities leaves what was known. */
	people_harvest(store, people_sighting("A", 0, 7, "4"));
	g_autoptr(StoreIdentity) later = people_identity(store, "A");
	g_assert_cmpuint(later->caps, ==, 7);
}

/* No number of foreign messages moves a pin. */
static void
test_candidates_move_nothing(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(StoreTransaction) tx = store_begin(store, NULL);
	people_harvest(store, people_sighting("A", 0, 0, "0"));
	for (int i = 1; i <= 100; i++) {
		g_autofree char *root = g_strdup_printf("root %d", g_test_rand_int_range(0, 40));
		g_autofree char *message = g_strdup_printf("%d", i);
		TrustSighting s = people_sighting(root, 0, i, message);
		s.aligned = true;
		TrustHarvest harvest = people_harvest(store, s);
		g_assert_true(harvest.outcome == TRUST_CANDIDATE ||
			      g_str_equal(harvest.reason, "too-many"));
		people_assert_pin(store, "A");
	}
	g_assert_true(store_commit(tx, NULL));
	g_autoptr(GPtrArray) list = store_identity_list(store, ALICE, NULL);
	g_assert_cmpuint(list->len, <=, STORE_LIMIT_IDENTITIES);
}

static void
test_too_many(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (int i = 0; i < STORE_LIMIT_IDENTITIES; i++) {
		g_autofree char *root = g_strdup_printf("root %d", i);
		g_autofree char *message = g_strdup_printf("%d", i);
		people_harvest(store, people_sighting(root, 0, i, message));
		g_assert_true(trust_accept(store, ALICE, people_fingerprint(root), AT(i), NULL));
	}
	TrustHarvest harvest = people_harvest(store, people_sighting("one more", 0, 90, "x"));
	g_assert_cmpint(harvest.outcome, ==, TRUST_IGNORED);
	g_assert_cmpstr(harvest.reason, ==, "too-many");
}

static void
test_ca_renews_ca(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	TrustSighting one = people_sighting("CA 1", 0, 0, "1");
	TrustSighting two = people_sighting("CA 2", 0, 1, "2");
	one.kind = two.kind = STORE_KIND_CA;
	people_harvest(store, one);
	g_assert_cmpint(people_harvest(store, two).outcome, ==, TRUST_RENEWED);
	people_assert_pin(store, "CA 2");
	/* A personal key never displaces a CA's, nor a CA's a personal one. */
	g_assert_cmpint(people_harvest(store, people_sighting("A", 0, 2, "3")).outcome, ==,
			TRUST_CANDIDATE);
	g_assert_true(trust_accept(store, ALICE, people_fingerprint("A"), AT(3), NULL));
	one.message_key = "4";
	one.now = one.received = one.signing_time = AT(4);
	g_assert_cmpint(people_harvest(store, one).outcome, ==, TRUST_CANDIDATE);
	people_assert_pin(store, "A");
}

static void
test_gossip(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	TrustSighting s = people_sighting("A", 0, 0, NULL);
	TrustHarvest harvest = {.outcome = TRUST_IGNORED, .counted = true};
	g_assert_true(trust_harvest_gossip(store, &s, "thread", &harvest, NULL));
	g_assert_cmpint(harvest.outcome, ==, TRUST_NEW);
	g_assert_false(harvest.counted);
	people_assert_pin(store, NULL);
	g_autoptr(StoreIdentity) known = people_identity(store, "A");
	g_assert_cmpint(known->how, ==, STORE_HOW_GOSSIP);
	g_assert_cmpint(known->messages, ==, 0);
	/* What it was introduced by leaves the slot empty for a signature. */
	g_assert_cmpint(people_harvest(store, people_sighting("B", 0, 1, "1")).outcome, ==,
			TRUST_NEW);
	people_assert_pin(store, "B");
	g_assert_true(trust_harvest_gossip(store, &s, "thread", &harvest, NULL));
	g_assert_cmpint(harvest.outcome, ==, TRUST_IGNORED);
	g_assert_cmpstr(harvest.reason, ==, "direct-known");
	people_assert_pin(store, "B");
}

static void
test_notes(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	TrustSighting s = {.address = ALICE,
			   .received = AT(1),
			   .now = AT(2),
			   .message_key = "1",
			   .program = "mutt",
			   .version = "2.2"};
	g_assert_true(trust_note_unsigned(store, &s, NULL));
	g_assert_true(trust_note_unsigned(store, &s, NULL));
	g_assert_true(trust_note_written(store, ALICE, "<m@x>", AT(3), NULL));
	g_assert_true(trust_note_written(store, ALICE, NULL, AT(4), NULL));
	g_autoptr(StorePeer) peer = NULL;
	g_assert_true(store_peer_get(store, ALICE, &peer, NULL));
	g_assert_cmpint(peer->n_unsigned, ==, 1);
	g_assert_cmpint(peer->first_seen, ==, AT(1));
	g_assert_cmpint(peer->first_written, ==, AT(3));
	g_assert_cmpstr(peer->program, ==, "mutt");
	bool only = false;
	g_assert_true(store_sent_only_to(store, &(StoreAnswer){"<m@x>", ALICE, "k"}, &only, NULL));
	g_assert_true(only);
	people_assert_pin(store, NULL);
}

static TrustHarvest
introduce(Store *store, const char *root, const char *thread)
{
	TrustSighting s = people_sighting(root, 0, 1, NULL);
	TrustHarvest harvest = {.outcome = TRUST_NEW};
	g_assert_true(trust_harvest_gossip(store, &s, thread, &harvest, NULL));
	return harvest;
}

/* Whoever takes part introduces others, here or elsewhere: what came first in a thread stays. */
static void
test_introductions(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(StoreTransaction) tx G_GNUC_UNUSED = store_begin(store, NULL);
	int taken = 0;
	g_assert_cmpint(introduce(store, "A", "thread").outcome, ==, TRUST_NEW);
	for (int i = 0; i < 20; i++) {
		const char *root = temp_keep(g_strdup_printf("B%d", i));
		g_assert_cmpstr(introduce(store, root, "thread").reason, ==, "introduced");
	}
	for (int i = 0; i < 20; i++) {
		const char *root = temp_keep(g_strdup_printf("C%d", i));
		taken += introduce(store, root, root).outcome == TRUST_NEW;
	}
	g_assert_cmpint(taken, ==, STORE_LIMIT_GOSSIP - 1);
	g_assert_cmpstr(introduce(store, "D", "D").reason, ==, "too-many");
	for (int i = 0; i < 200; i++) {
		introduce(store, "A", temp_keep(g_strdup_printf("other %d", i)));
	}
	g_autoptr(StoreIdentity) found = NULL;
	g_assert_true(store_introduced(store, ALICE, "thread", &found, NULL));
	g_assert_cmpstr(found->root_fingerprint, ==, people_fingerprint("A"));
	g_assert_cmpint(introduce(store, "A", "thread").outcome, ==, TRUST_SEEN);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/trust/harvest/outcomes", test_outcomes);
	g_test_add_func("/trust/harvest/first", test_first);
	g_test_add_func("/trust/harvest/key-field-then-signature", test_key_field_then_signature);
	g_test_add_func("/trust/harvest/same-message", test_same_message);
	g_test_add_func("/trust/harvest/capabilities", test_capabilities);
	g_test_add_func("/trust/harvest/candidates-move-nothing", test_candidates_move_nothing);
	g_test_add_func("/trust/harvest/too-many", test_too_many);
	g_test_add_func("/trust/harvest/ca-renews-ca", test_ca_renews_ca);
	g_test_add_func("/trust/harvest/gossip", test_gossip);
	g_test_add_func("/trust/harvest/introductions", test_introductions);
	g_test_add_func("/trust/harvest/notes", test_notes);
	return g_test_run();
}
