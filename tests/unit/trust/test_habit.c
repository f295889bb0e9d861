/* SPDX-License-Identifier: MPL-2.0 */
/* What an address usually does, and what the mailboxes of an organization share. */
#include "people.h"

typedef struct {
	bool is_signed;
	bool aligned;
	bool proven;
	bool list;
	const char *program;
} Mail;

static void
receive(Store *store, const Mail *mail, StoreKind kind, double day, const char *message)
{
	TrustSighting s = people_sighting("A", 0, day, message);
	s.kind = kind;
	s.aligned = mail->aligned;
	s.proven = mail->proven;
	s.direct = !mail->list;
	s.program = mail->program;
	if (mail->is_signed) {
		people_harvest(store, s);
	} else {
		g_assert_true(trust_note_unsigned(store, &s, NULL));
	}
}

static TrustHistory
unsigned_now(Store *store, double day, const char *program)
{
	TrustMessage m = {.address = ALICE,
			  .message_key = "now",
			  .received = START + (int64_t)(day * (double)BASE_DAY),
			  .program = program};
	TrustHistory h = {0};
	g_assert_true(trust_history(store, &m, &h, NULL));
	return h;
}

static const Mail aligned = {.is_signed = true, .aligned = true};
static const Mail aligned_mutt = {.is_signed = true, .aligned = true, .program = "mutt"};
static const Mail proven = {.is_signed = true, .proven = true};
static const Mail merely_signed = {.is_signed = true};
static const Mail stripped = {.aligned = true};
static const Mail forged = {.is_signed = false};
static const Mail forged_mutt = {.program = "mutt"};
static const Mail list = {.is_signed = true, .aligned = true, .list = true};

/* `n` messages, one a day from day 1, or all on day 1; then `m` more. */
static void
test_habits(void)
{
	static const struct {
		const char *name;
		const Mail *first;
		int n;
		bool burst;
		const Mail *then;
		int m;
		StoreKind kind;
		const char *program; /* of the unsigned one */
		int after;           /* days */
		bool habit;
	} table[] = {
		{"five", &aligned, 5, false, NULL, 0, STORE_KIND_PERSONAL, NULL, 1, true},
		{"four", &aligned, 4, false, NULL, 0, STORE_KIND_PERSONAL, NULL, 1, false},
		{"a burst", &aligned, 9, true, NULL, 0, STORE_KIND_PERSONAL, NULL, 1, false},
		{"long ago", &aligned, 5, false, NULL, 0, STORE_KIND_PERSONAL, NULL, 185, false},
		{"lists", &list, 9, false, NULL, 0, STORE_KIND_PERSONAL, NULL, 1, false},
		{"not aligned", &merely_signed, 9, false, NULL, 0, STORE_KIND_PERSONAL, NULL, 1,
		 false},
		{"proven instead", &proven, 5, false, NULL, 0, STORE_KIND_PERSONAL, NULL, 1, true},
		{"one of five without", &aligned, 4, false, &stripped, 1, STORE_KIND_PERSONAL, NULL,
		 1, true},
		{"two of six without", &aligned, 4, false, &stripped, 2, STORE_KIND_PERSONAL, NULL,
		 1, false},
		{"forgers take nothing away", &aligned, 5, false, &forged, 30, STORE_KIND_PERSONAL,
		 NULL, 1, true},
		{"but they do where nothing is aligned", &proven, 5, false, &forged, 30,
		 STORE_KIND_PERSONAL, NULL, 1, false},
		{"one in five", &proven, 5, false, &forged, 1, STORE_KIND_PERSONAL, NULL, 1, true},
		{"who never proved anything", &merely_signed, 5, false, &proven, 4,
		 STORE_KIND_PERSONAL, NULL, 1, false},
		{"until it bound", &merely_signed, 5, false, &proven, 5, STORE_KIND_PERSONAL, NULL,
		 1, true},
		{"another program", &aligned, 5, false, NULL, 0, STORE_KIND_PERSONAL, "mutt", 1,
		 false},
		{"this program", &aligned_mutt, 5, false, NULL, 0, STORE_KIND_PERSONAL, "mutt", 1,
		 true},
		{"unknown program", &aligned_mutt, 5, false, NULL, 0, STORE_KIND_PERSONAL, NULL, 1,
		 false},
		{"a CA, any program", &aligned_mutt, 5, false, &forged_mutt, 3, STORE_KIND_CA, NULL,
		 1, true},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_test_message("%s", table[i].name);
		g_autoptr(TempDir) dir = temp_dir();
		g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
		g_autoptr(StoreTransaction) tx G_GNUC_UNUSED = store_begin(store, NULL);
		int day = 1;
		for (int k = 0; k < table[i].n + table[i].m; k++) {
			g_autofree char *message = g_strdup_printf("%d", k);
			receive(store, k < table[i].n ? table[i].first : table[i].then,
				table[i].kind, table[i].burst ? 1 : day++, message);
		}
		TrustHistory h = unsigned_now(store, day + table[i].after, table[i].program);
		g_assert_true(h.usually_signs == table[i].habit);
		g_assert_true(h.habit_is_ca == (table[i].kind == STORE_KIND_CA));
	}
}

/* Without a server to ask, any number of forgeries on one day changes one day. */
static void
test_flood(void)
{
	static const struct {
		int floods; /* days */
		bool habit;
	} table[] = {{0, true}, {1, true}, {2, false}};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(TempDir) dir = temp_dir();
		g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
		g_autoptr(StoreTransaction) tx G_GNUC_UNUSED = store_begin(store, NULL);
		int n = 0;
		for (int day = 1; day <= 5; day++) {
			g_autofree char *message = g_strdup_printf("%d", n++);
			receive(store, &proven, STORE_KIND_PERSONAL, day, message);
		}
		for (int k = 0; k < 50 * table[i].floods; k++) {
			g_autofree char *message = g_strdup_printf("%d", n++);
			receive(store, &forged, STORE_KIND_PERSONAL, 6 + k / 50, message);
		}
		g_assert_true(unsigned_now(store, 9, NULL).usually_signs == table[i].habit);
	}
}

static TrustSighting
certified(const char *address, int day, const char *message)
{
	TrustSighting s = people_sighting("CA", 0, day, message);
	s.address = address;
	s.kind = STORE_KIND_CA;
	s.organization = "Example Ltd";
	return s;
}

static TrustHistory
of_organization(Store *store, const TrustSighting *s)
{
	TrustMessage m = {.address = s->address,
			  .root_fingerprint = s->root_fingerprint,
			  .message_key = s->message_key,
			  .received = s->received,
			  .kind = s->kind,
			  .organization = s->organization};
	TrustHistory h = {0};
	g_assert_true(trust_history(store, &m, &h, NULL));
	return h;
}

static void
test_organization(void)
{
	static const char *const mailboxes[] = {"info@example.org", "noreply@example.com",
						"a@x.example.net"};
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(StoreTransaction) tx G_GNUC_UNUSED = store_begin(store, NULL);
	for (int day = 1; day <= 9; day++) {
		g_autofree char *message = g_strdup_printf("%d", day);
		TrustSighting s = certified(mailboxes[day % 3], 1 + day / 2, message);
		TrustHistory h = of_organization(store, &s);
		g_assert_cmpint(h.org_messages, ==, day - 1);
		g_assert_cmpint(h.org_first, ==, day == 1 ? 0 : AT(1));
		people_harvest(store, s);
		TrustHistory again = of_organization(store, &s);
		people_assert_same_history(&h, &again);
	}
	/* Nine messages on days 1, 2, 2, 3, 3, 4, 4, 5, 5. */
	TrustSighting first = certified("new@example.org", 9, "new");
	g_assert_cmpint(of_organization(store, &first).org_days, ==, 5);
	g_assert_cmpint(of_organization(store, &first).messages, ==, 0);
	/* As it was: two came before the third. */
	TrustSighting third = certified(mailboxes[0], 2, "3");
	g_assert_cmpint(of_organization(store, &third).org_messages, ==, 2);
	/* Others share nothing, nor does who only says so. */
	first.organization = "Example Ltd.";
	g_assert_cmpint(of_organization(store, &first).org_messages, ==, 0);
	first.organization = "Example Ltd";
	first.kind = STORE_KIND_PRIVATE_CA;
	g_assert_cmpint(of_organization(store, &first).org_messages, ==, 0);
}

/* Hundreds of mailboxes: a bound, not a wait. */
static void
test_large_organization(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(StoreTransaction) tx G_GNUC_UNUSED = store_begin(store, NULL);
	for (int i = 0; i < 200; i++) {
		const char *address = temp_keep(g_strdup_printf("n%d@example.org", i));
		people_harvest(store, certified(address, 1 + i % 7, address));
	}
	TrustSighting next = certified("n199@example.org", 9, "next");
	TrustHistory h = of_organization(store, &next);
	g_assert_cmpint(h.org_messages, ==, 64);
	g_assert_cmpint(h.org_days, ==, 7);
	people_harvest(store, next);
	TrustHistory again = of_organization(store, &next);
	people_assert_same_history(&h, &again);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/trust/habit/habits", test_habits);
	g_test_add_func("/trust/habit/flood", test_flood);
	g_test_add_func("/trust/habit/organization", test_organization);
	g_test_add_func("/trust/habit/large-organization", test_large_organization);
	return g_test_run();
}
