/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/history.h"

#include "people.h"
#include "trust/decide.h"

static TrustHistory
history(Store *store, const char *root, double day, const char *message)
{
	TrustMessage m = {.address = ALICE,
			  .root_fingerprint = root == NULL ? NULL : people_fingerprint(root),
			  .message_key = message,
			  .received = START + (int64_t)(day * (double)BASE_DAY)};
	TrustHistory h = {0};
	g_autoptr(GError) error = NULL;
	trust_history(store, &m, &h, &error);
	g_assert_no_error(error);
	return h;
}

#define END -1.0

/* When a pin binds: messages on these days, then one more on `at`. */
static void
test_binding(void)
{
	static const struct {
		const char *name;
		double days[6];
		double at;
		TrustHistoryState state;
		bool lists; /* all by mailing lists */
		int64_t messages;
		int64_t distinct;
	} table[] = {
		{"none", {END}, 0, TRUST_HISTORY_FIRST, false, 0, 0},
		{"one", {0, END}, 30, TRUST_HISTORY_NEW, false, 1, 1},
		{"two", {0, 8, END}, 30, TRUST_HISTORY_NEW, false, 2, 2},
		{"two days", {0, 0.1, 8, END}, 30, TRUST_HISTORY_NEW, false, 3, 2},
		{"six days", {0, 3, 6, END}, 30, TRUST_HISTORY_NEW, false, 3, 3},
		{"nearly seven days", {0, 3, 6.999, END}, 30, TRUST_HISTORY_NEW, false, 3, 3},
		{"seven days", {0, 3, 7, END}, 7, TRUST_HISTORY_SAME, false, 3, 3},
		{"the third is this one's future",
		 {0, 3, 8, END},
		 7.5,
		 TRUST_HISTORY_NEW,
		 false,
		 2,
		 2},
		{"a burst", {0, 0.1, 0.2, 0.3, 0.4, END}, 30, TRUST_HISTORY_NEW, false, 5, 1},
		{"lists", {0, 3, 7, END}, 30, TRUST_HISTORY_NEW, true, 3, 3},
		{"many", {0, 1, 2, 3, 9, END}, 10, TRUST_HISTORY_SAME, false, 5, 5},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_test_message("%s", table[i].name);
		g_autoptr(TempDir) dir = temp_dir();
		g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
		for (size_t d = 0; table[i].days[d] != END; d++) {
			g_autofree char *message = g_strdup_printf("%zu", d);
			TrustSighting s = people_sighting("A", 0, table[i].days[d], message);
			s.direct = !table[i].lists;
			people_harvest(store, s);
		}
		TrustHistory h = history(store, "A", table[i].at, "this");
		g_assert_cmpstr(trust_history_state_name(h.state), ==,
				trust_history_state_name(table[i].state));
		g_assert_cmpint(h.binds, ==, table[i].state == TRUST_HISTORY_SAME);
		g_assert_cmpint(h.messages, ==, table[i].messages);
		g_assert_cmpint(h.days, ==, table[i].distinct);
		g_assert_cmpint(h.first_seen, ==, table[i].messages == 0 ? 0 : AT(0));
	}
}

/* Two direct ones and one by a list are not three direct ones. */
static void
test_lists_do_not_count(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	people_harvest(store, people_sighting("A", 0, 0, "1"));
	TrustSighting list = people_sighting("A", 0, 4, "2");
	list.direct = false;
	people_harvest(store, list);
	people_harvest(store, people_sighting("A", 0, 8, "3"));
	g_assert_cmpint(history(store, "A", 9, "x").state, ==, TRUST_HISTORY_NEW);
	people_harvest(store, people_sighting("A", 0, 9, "4"));
	g_assert_cmpint(history(store, "A", 10, "x").state, ==, TRUST_HISTORY_SAME);
}

static bool
same(TrustHistory a, TrustHistory b)
{
	return a.state == b.state && a.binds == b.binds && a.messages == b.messages &&
	       a.days == b.days && a.first_seen == b.first_seen && a.last_seen == b.last_seen &&
	       a.usually_signs == b.usually_signs;
}

/* No message changes its own verdict by being learned, nor by what comes later. */
static void
test_own_message(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	TrustHistory before[12];
	for (int i = 0; i < 12; i++) {
		g_autofree char *message = g_strdup_printf("%d", i);
		TrustSighting s = people_sighting("A", i / 4, i, message);
		s.aligned = true;
		before[i] = history(store, "A", i, message);
		people_harvest(store, s);
		people_harvest(store, s);
		g_assert_true(same(before[i], history(store, "A", i, message)));
	}
	for (int i = 0; i < 12; i++) {
		g_autofree char *message = g_strdup_printf("%d", i);
		g_assert_true(same(before[i], history(store, "A", 500, message)));
		g_assert_cmpint(before[i].messages, ==, i);
		g_assert_cmpint(before[i].state, ==,
				i == 0  ? TRUST_HISTORY_FIRST
				: i < 8 ? TRUST_HISTORY_NEW
					: TRUST_HISTORY_SAME);
		g_assert_cmpint(before[i].usually_signs, ==, i >= 5);
	}
}

/* We wrote on day `written`, A's first signature came on day 0: it binds only what answered. */
static void
test_written_first(void)
{
	static const struct {
		int written;
		bool aligned;
		TrustHistoryState second;
	} table[] = {
		{-1, true, TRUST_HISTORY_SAME},
		{0, true, TRUST_HISTORY_SAME}, /* in the same second */
		{1, true, TRUST_HISTORY_NEW},
		{-1, false, TRUST_HISTORY_NEW}, /* anybody may write to who we wrote to */
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(TempDir) dir = temp_dir();
		g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
		g_assert_true(trust_note_written(store, ALICE, NULL, AT(table[i].written), NULL));
		g_assert_cmpint(history(store, "A", 0, "1").state, ==, TRUST_HISTORY_FIRST);
		TrustSighting first = people_sighting("A", 0, 0, "1");
		first.aligned = table[i].aligned;
		people_harvest(store, first);
		g_assert_cmpint(history(store, "A", 0, "1").state, ==, TRUST_HISTORY_FIRST);
		g_assert_cmpint(history(store, "A", 2, "2").state, ==, table[i].second);
		/* An aligned one later is not the first. */
		TrustSighting later = people_sighting("A", 0, 2, "2");
		later.aligned = true;
		people_harvest(store, later);
		g_assert_cmpint(history(store, "A", 3, "3").state, ==, table[i].second);
		/* Another key does not inherit that. */
		people_harvest(store, people_sighting("B", 0, 3, "4"));
		g_assert_false(history(store, "B", 4, "5").binds);
		g_assert_true(trust_refuse(store, ALICE, people_fingerprint("A"), AT(5), NULL));
		people_harvest(store, people_sighting("B", 0, 6, "6"));
		people_assert_pin(store, "B");
		g_assert_false(history(store, "B", 7, "7").binds);
	}
}

/* A forgery of an earlier day that is found later takes nothing away; nor does a copy of the answer
 * itself that lost what the server found. */
static void
test_found_later(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_assert_true(trust_note_written(store, ALICE, NULL, AT(0), NULL));
	TrustSighting answer = people_sighting("A", 0, 3, "answer");
	answer.direct = false;
	people_harvest(store, answer);
	g_assert_cmpint(history(store, "A", 4, "x").state, ==, TRUST_HISTORY_NEW);
	answer.aligned = answer.direct = true;
	answer.received = AT(4);
	g_assert_false(people_harvest(store, answer).counted);
	g_assert_cmpint(history(store, "A", 5, "x").state, ==, TRUST_HISTORY_SAME);
	TrustSighting forged = people_sighting("B", 0, 2, "forged");
	forged.now = AT(9);
	people_harvest(store, forged);
	g_assert_cmpint(history(store, "A", 5, "x").state, ==, TRUST_HISTORY_SAME);
	g_assert_cmpint(history(store, "A", 3, "answer").state, ==, TRUST_HISTORY_FIRST);
	/* Nor does an older letter of the very key, once it bound for one that was learned. */
	people_harvest(store, people_sighting("A", 0, 6, "bound"));
	TrustSighting older = people_sighting("A", 0, 1, "older");
	older.now = AT(9);
	people_harvest(store, older);
	g_assert_cmpint(history(store, "A", 6, "bound").state, ==, TRUST_HISTORY_SAME);
	g_assert_cmpint(history(store, "A", 7, "x").state, ==, TRUST_HISTORY_SAME);
	g_assert_cmpint(history(store, "A", 1, "older").state, ==, TRUST_HISTORY_FIRST);
}

static void
test_changed(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (int i = 0; i < 10; i++) {
		g_autofree char *a = g_strdup_printf("a%d", i);
		g_autofree char *b = g_strdup_printf("b%d", i);
		people_harvest(store, people_sighting("A", 0, i, a));
		people_harvest(store, people_sighting("B", 0, i + 0.1, b));
	}
	TrustHistory b = history(store, "B", 20, "x");
	g_assert_cmpint(b.state, ==, TRUST_HISTORY_CHANGED);
	g_assert_false(b.binds);
	g_assert_cmpint(b.messages, ==, 10);
	TrustHistory c = history(store, "C", 20, "x");
	g_assert_cmpint(c.state, ==, TRUST_HISTORY_CHANGED);
	g_assert_cmpint(c.messages, ==, 0);
	g_assert_cmpint(history(store, "A", 20, "x").state, ==, TRUST_HISTORY_SAME);

	/* The person takes the new one: old mail keeps its word, new mail by the old key is
	 * foreign. */
	g_assert_true(trust_accept(store, ALICE, people_fingerprint("B"), AT(20), NULL));
	g_assert_cmpint(history(store, "B", 21, "x").state, ==, TRUST_HISTORY_SAME);
	g_assert_cmpint(history(store, "A", 0, "a9").state, ==, TRUST_HISTORY_SAME);
	g_assert_cmpint(history(store, "A", 21, "x").state, ==, TRUST_HISTORY_CHANGED);
	/* A key may not date itself back. */
	g_assert_cmpint(history(store, "A", 10, "never seen").state, ==, TRUST_HISTORY_CHANGED);
}

static void
test_decisions(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	people_harvest(store, people_sighting("A", 0, 0, "1"));
	g_assert_true(trust_verify(store, ALICE, people_fingerprint("A"), AT(1), NULL));
	TrustHistory h = history(store, "A", 2, "2");
	g_assert_true(h.binds && h.verified);
	g_assert_cmpint(h.state, ==, TRUST_HISTORY_SAME);
	g_assert_true(history(store, "A", 0, "1").binds);
	g_assert_true(trust_refuse(store, ALICE, people_fingerprint("A"), AT(3), NULL));
	h = history(store, "A", 4, "3");
	g_assert_true(h.refused);
	g_assert_false(h.binds || h.verified || h.accepted);
	g_assert_false(history(store, "A", 0, "1").binds);
	TrustHarvest harvest = people_harvest(store, people_sighting("A", 0, 4, "3"));
	g_assert_cmpstr(harvest.reason, ==, "refused");
}

static void
test_key_fields_earn_nothing(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (int i = 0; i < 20; i++) {
		g_autofree char *message = g_strdup_printf("%d", i);
		TrustSighting s = people_sighting("A", 0, i, message);
		s.how = STORE_HOW_KEY_HEADER;
		people_harvest(store, s);
	}
	TrustHistory h = history(store, "A", 30, "x");
	g_assert_cmpint(h.state, ==, TRUST_HISTORY_FIRST);
	g_assert_false(h.binds);
}

static void
test_not_signed(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	people_harvest(store, people_sighting("A", 0, 0, "1"));
	TrustHistory h = history(store, NULL, 1, "2");
	g_assert_cmpint(h.state, ==, TRUST_HISTORY_NONE);
	g_assert_cmpint(h.messages, ==, 0);
	g_assert_false(h.binds || h.usually_signs);
}

/* Five of the last six messages, all aligned: 83 %; five of seven: 71 %. */
static void
test_usually_signs(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (int i = 0; i < 7; i++) {
		g_autofree char *message = g_strdup_printf("%d", i);
		TrustSighting s = people_sighting("A", 0, i, message);
		s.aligned = true;
		if (i < 5) {
			people_harvest(store, s);
		} else {
			g_assert_true(trust_note_unsigned(store, &s, NULL));
		}
	}
	g_assert_false(history(store, NULL, 3.5, "x").usually_signs);
	g_assert_true(history(store, NULL, 4.5, "x").usually_signs);
	g_assert_true(history(store, NULL, 5.5, "x").usually_signs);
	g_assert_false(history(store, NULL, 6.5, "x").usually_signs);
	g_assert_false(history(store, NULL, 190, "x").usually_signs);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/trust/history/binding", test_binding);
	g_test_add_func("/trust/history/lists", test_lists_do_not_count);
	g_test_add_func("/trust/history/own-message", test_own_message);
	g_test_add_func("/trust/history/written-first", test_written_first);
	g_test_add_func("/trust/history/found-later", test_found_later);
	g_test_add_func("/trust/history/changed", test_changed);
	g_test_add_func("/trust/history/decisions", test_decisions);
	g_test_add_func("/trust/history/key-fields", test_key_fields_earn_nothing);
	g_test_add_func("/trust/history/not-signed", test_not_signed);
	g_test_add_func("/trust/history/usually-signs", test_usually_signs);
	return g_test_run();
}
