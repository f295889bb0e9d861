/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/recipient.h"

#include "people.h"
#include "trust/decide.h"

static TrustRecipient *
ask(Store *store, int64_t now, const char *thread)
{
	TrustQuestion question = {now, thread, temp_fingerprint(5)};
	g_autoptr(GError) error = NULL;
	TrustRecipient *r = trust_recipient(store, ALICE, &question, &error);
	g_assert_no_error(error);
	return r;
}

static void
check(Store *store, int64_t now, const char *thread, const char *want)
{
	g_autoptr(TrustRecipient) r = ask(store, now, thread);
	g_autoptr(GString) text = g_string_new(trust_state_name(r->state));
	for (guint i = 0; i < r->reasons->len; i++) {
		g_string_append_printf(text, " %s", (const char *)r->reasons->pdata[i]);
	}
	g_assert_cmpstr(text->str, ==, want);
	g_assert_cmpint(r->leaf != NULL, ==, r->state == TRUST_READY || r->state == TRUST_EXPIRED);
}

/* A leaf of day 0 is good until day 100; a year is 31556952 seconds. */
static void
test_expiry(void)
{
	static const struct {
		StoreKind kind;
		int64_t after; /* seconds from the end of the leaf */
		const char *want;
	} table[] = {
		{STORE_KIND_PERSONAL, -BASE_DAY, "ready first-contact"},
		{STORE_KIND_PERSONAL, 0, "ready first-contact"},
		{STORE_KIND_PERSONAL, 1, "ready first-contact expired-kept"},
		{STORE_KIND_PERSONAL, INT64_C(31556952), "ready first-contact expired-kept"},
		{STORE_KIND_PERSONAL, INT64_C(31556953), "expired expired"},
		{STORE_KIND_SELF_SIGNED, 0, "ready first-contact"},
		{STORE_KIND_SELF_SIGNED, 1, "expired expired"},
		{STORE_KIND_PRIVATE_CA, 1, "expired expired"},
		{STORE_KIND_CA, 0, "ready ca"},
		{STORE_KIND_CA, 1, "expired expired"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(TempDir) dir = temp_dir();
		g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
		TrustSighting s = people_sighting("A", 0, 0, "1");
		s.kind = table[i].kind;
		people_harvest(store, s);
		check(store, AT(100) + table[i].after, NULL, table[i].want);
	}
}

static void
test_reasons(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	check(store, AT(0), NULL, "none no-key");
	TrustSighting field = people_sighting("A", 0, 0, "0");
	field.how = STORE_HOW_KEY_HEADER;
	people_harvest(store, field);
	check(store, AT(0), NULL, "ready key-header");
	people_harvest(store, people_sighting("A", 0, 1, "1"));
	check(store, AT(1), NULL, "ready first-contact");
	people_harvest(store, people_sighting("A", 0, 2, "2"));
	people_harvest(store, people_sighting("A", 0, 8, "3"));
	check(store, AT(8), NULL, "ready pinned");
	people_harvest(store, people_sighting("B", 0, 9, "4"));
	check(store, AT(9), NULL, "ready pinned candidate");
	g_assert_true(trust_accept(store, ALICE, people_fingerprint("B leaf 0"), AT(9), NULL));
	check(store, AT(9), NULL, "ready accepted");
	g_assert_true(trust_verify(store, ALICE, people_fingerprint("B"), AT(9), NULL));
	check(store, AT(9), NULL, "ready verified");
	g_assert_true(trust_refuse(store, ALICE, people_fingerprint("B"), AT(9), NULL));
	check(store, AT(9), NULL, "refused refused");
	g_assert_true(trust_accept(store, ALICE, people_fingerprint("A"), AT(9), NULL));
	check(store, AT(9), NULL, "ready accepted");
}

static void
test_introduced(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	TrustSighting s = people_sighting("A", 0, 0, NULL);
	TrustHarvest harvest = {.outcome = TRUST_IGNORED};
	g_assert_true(trust_harvest_gossip(store, &s, "thread", &harvest, NULL));
	check(store, AT(1), NULL, "none no-key");
	check(store, AT(1), "other", "none no-key");
	check(store, AT(1), "thread", "ready introduced");
	check(store, AT(101), "thread", "expired expired");
	g_assert_true(trust_refuse(store, ALICE, people_fingerprint("A"), AT(1), NULL));
	check(store, AT(1), "thread", "refused refused");
}

static void
test_choice_of_leaf(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	TrustSighting sign_only = people_sighting("A", 0, 0, "1");
	sign_only.signer.encrypts = false;
	people_harvest(store, sign_only);
	check(store, AT(0), NULL, "none cannot-encrypt");

	TrustSighting two = people_sighting("A", 1, 1, "2");
	two.encrypter = people_sighting("A", 2, 1, NULL).signer;
	two.encrypter.not_before = two.signer.not_before;
	two.signer.encrypts = false;
	BaseBytes chain[] = {BASE_LIT("intermediate")};
	two.chain = chain;
	two.n_chain = 1;
	people_harvest(store, two);
	g_autoptr(TrustRecipient) r = ask(store, AT(1), NULL);
	T_ASSERT_STR_BYTES(base_bytes_of(r->leaf), "A leaf 2");
	T_ASSERT_STR_BYTES(base_bytes_of(r->root), "A");
	g_assert_cmpuint(r->chain->len, ==, 1);
	T_ASSERT_STR_BYTES(base_bytes_of(r->chain->pdata[0]), "intermediate");
	g_assert_cmpstr(r->fingerprint, ==, people_fingerprint("A"));
	g_assert_cmpstr(r->leaf_fingerprint, ==, people_fingerprint("A leaf 2"));

	/* The renewal counts from then on; a message signed later with the old one changes nothing.
	 */
	people_harvest(store, people_sighting("A", 50, 50, "3"));
	people_harvest(store, people_sighting("A", 3, 60, "4"));
	g_autoptr(TrustRecipient) later = ask(store, AT(60), NULL);
	T_ASSERT_STR_BYTES(base_bytes_of(later->leaf), "A leaf 50");
}

static void
test_facts(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(TrustRecipient) stranger = ask(store, AT(0), NULL);
	g_assert_false(stranger->known);
	g_assert_null(stranger->fingerprint);
	g_assert_cmpuint(stranger->chain->len, ==, 0);
	TrustSighting s = people_sighting("A", 0, 0, "1");
	s.has_caps = true;
	s.caps = 9;
	s.runs_postseal = true;
	s.program = "postseal";
	s.version = "1";
	s.sealed_to = temp_fingerprint(6);
	people_harvest(store, s);
	g_autoptr(TrustRecipient) r = ask(store, AT(0), NULL);
	g_assert_true(r->known && r->runs_postseal);
	g_assert_false(r->has_sealed_to_us);
	g_assert_cmpuint(r->caps, ==, 9);
	g_assert_cmpstr(r->program, ==, "postseal");
	g_assert_cmpstr(r->version, ==, "1");
	s.message_key = "2";
	s.sealed_to = temp_fingerprint(5);
	people_harvest(store, s);
	g_autoptr(TrustRecipient) again = ask(store, AT(0), NULL);
	g_assert_true(again->has_sealed_to_us);
}

static void
test_decide_errors(void)
{
	static const struct {
		const char *fingerprint;
		PsError error;
	} table[] = {
		{"", PS_ERROR_ARGUMENT},
		{"xyz", PS_ERROR_ARGUMENT},
		{"abcd", PS_ERROR_ARGUMENT},
		{"0000000000000000000000000000000000000000000000000000000000000000",
		 PS_ERROR_NOT_FOUND},
	};

	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	people_harvest(store, people_sighting("A", 0, 0, "1"));
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_false(trust_accept(store, ALICE, table[i].fingerprint, AT(1), &error));
		g_assert_error(error, PS_ERROR, (int)table[i].error);
	}
	g_autoptr(GError) error = NULL;
	g_assert_false(
		trust_refuse(store, "bob@example.org", people_fingerprint("A"), AT(1), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_NOT_FOUND);
	g_autofree char *shouted = g_ascii_strup(people_fingerprint("A"), -1);
	g_assert_true(trust_accept(store, ALICE, shouted, AT(1), NULL));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/trust/recipient/expiry", test_expiry);
	g_test_add_func("/trust/recipient/reasons", test_reasons);
	g_test_add_func("/trust/recipient/introduced", test_introduced);
	g_test_add_func("/trust/recipient/choice-of-leaf", test_choice_of_leaf);
	g_test_add_func("/trust/recipient/facts", test_facts);
	g_test_add_func("/trust/recipient/decide-errors", test_decide_errors);
	return g_test_run();
}
