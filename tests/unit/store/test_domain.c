/* SPDX-License-Identifier: MPL-2.0 */
#include "store/domain.h"

#include "store/peer.h"
#include "temp.h"

#define DAY  INT64_C(86400)
#define NOON (INT64_C(20000) * DAY + DAY / 2)

static int64_t
count(Store *store, const char *name, int64_t received, bool direct)
{
	g_autoptr(GError) error = NULL;
	int64_t id = -1;
	store_domain_count(store, name, &(StoreDomainEvent){.received = received, .direct = direct},
			   &id, &error);
	g_assert_no_error(error);
	return id;
}

static StoreDomain *
get(Store *store, const char *name)
{
	StoreDomain *domain = NULL;
	g_assert_true(store_domain_get(store, name, &domain, NULL));
	return domain;
}

static void
test_counters(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_assert_null(get(store, "example.org"));
	g_assert_cmpint(count(store, "example.org", NOON, true), ==, 0);
	g_assert_true(store_domain_add(store, "example.org", "examplc", NULL));
	g_assert_true(store_domain_add(store, "example.org", "other", NULL));

	static const struct {
		int64_t received;
		bool direct;
		int64_t days;
	} events[] = {
		{NOON, true, 1},           {NOON + 60, true, 1},      {NOON + DAY, false, 2},
		{NOON + 4 * DAY, true, 3}, {NOON + 2 * DAY, true, 3}, {NOON - DAY, false, 4},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
		g_assert_cmpint(count(store, "example.org", events[i].received, events[i].direct),
				>, 0);
		g_autoptr(StoreDomain) domain = get(store, "example.org");
		g_assert_cmpint(domain->days, ==, events[i].days);
	}
	g_autoptr(StoreDomain) domain = get(store, "example.org");
	g_assert_cmpstr(domain->name, ==, "example.org");
	g_assert_cmpint(domain->messages, ==, 4);
	g_assert_cmpint(domain->first_seen, ==, NOON - DAY);
	g_assert_cmpint(domain->last_seen, ==, NOON + 4 * DAY);
	g_assert_false(domain->written);
	g_assert_cmpint(count(store, "example.org", 0, false), ==, domain->id);
	g_autoptr(StoreDomain) written = get(store, "example.org");
	g_assert_true(written->written);
	g_assert_cmpint(written->messages, ==, 4);
}

/* The limit keeps those of most standing. */
static void
test_alike(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(GPtrArray) rows =
		g_ptr_array_new_with_free_func((GDestroyNotify)store_domain_free);
	for (int i = 0; i < 40; i++) {
		g_autofree char *name = g_strdup_printf("example%d.org", i);
		g_assert_true(store_domain_add(store, name, "key", NULL));
	}
	for (int i = 0; i < 3; i++) {
		count(store, "example33.org", NOON + i * DAY, true);
	}
	count(store, "example39.org", 0, false);
	static const char *const keys[] = {"key", "other"};
	g_assert_true(store_domain_alike(store, keys, G_N_ELEMENTS(keys), rows, NULL));
	g_assert_true(store_domain_alike(store, keys, 0, rows, NULL));
	g_assert_cmpuint(rows->len, ==, STORE_LIMIT_ALIKE);
	g_assert_cmpstr(((const StoreDomain *)rows->pdata[0])->name, ==, "example39.org");
	g_assert_cmpstr(((const StoreDomain *)rows->pdata[1])->name, ==, "example33.org");
}

static int64_t
link_seen(Store *store, const char *target)
{
	int64_t time = -1;
	g_assert_true(store_link_seen(store, 1, target, &time, NULL));
	return time;
}

typedef struct {
	int64_t time;
	bool proven;
	int64_t since; /* what it is then */
} Link;

static void
try_links(Store *store, const char *target, const Link *links, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		g_assert_true(
			store_link_note(store, 1, target, links[i].time, links[i].proven, NULL));
		g_assert_cmpint(link_seen(store, target), ==, links[i].since);
	}
}

static void
test_links(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_assert_true(store_domain_add(store, "example.org", "examplc", NULL));
	g_assert_cmpint(link_seen(store, "a.example"), ==, 0);

	static const Link proven[] = {
		{NOON, true, NOON},
		{NOON + DAY, true, NOON},
		{NOON - DAY, false, NOON},
		{NOON - DAY, true, NOON - DAY},
	};
	static const Link days[] = {
		{NOON, false, 0},
		{NOON + 60, false, 0},
		{NOON - 60, false, 0},
		{NOON + DAY, false, NOON + DAY},
		{NOON + 2 * DAY, false, NOON + DAY},
	};
	static const Link backwards[] = {{NOON, false, 0}, {NOON - DAY, false, NOON}};
	static const Link at_last[] = {{NOON, false, 0}, {NOON + 60, true, NOON + 60}};

	try_links(store, "a.example", proven, G_N_ELEMENTS(proven));
	try_links(store, "b.example", days, G_N_ELEMENTS(days));
	try_links(store, "c.example", backwards, G_N_ELEMENTS(backwards));
	try_links(store, "d.example", at_last, G_N_ELEMENTS(at_last));
	for (int i = 0; i < STORE_LIMIT_LINKS; i++) {
		g_autofree char *target = g_strdup_printf("%d.example", i);
		g_assert_true(store_link_note(store, 1, target, NOON + 2 * DAY + i, true, NULL));
	}
	g_assert_cmpint(link_seen(store, "a.example"), ==, 0);
	g_assert_cmpint(link_seen(store, "0.example"), ==, NOON + 2 * DAY);
}

static void
test_held(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	int64_t id = 0;
	g_assert_true(store_domain_add(store, "example.org", "examplc", NULL));
	g_assert_cmpint(count(store, "example.org", NOON, true), >, 0);
	const StoreDomainEvent held = {.received = NOON + DAY, .direct = true, .held = true};
	g_assert_true(store_domain_count(store, "example.org", &held, &id, NULL));
	g_autoptr(StoreDomain) domain = get(store, "example.org");
	g_assert_cmpint(domain->days, ==, 1);
	g_assert_cmpint(domain->messages, ==, 2);
	g_assert_cmpint(domain->last_seen, ==, NOON + DAY);
}

static void
test_accepted(void)
{
	static const struct {
		bool accepted;
		bool verified;
		const char *domain;
		bool want;
	} cases[] = {
		{false, false, "example.org", false}, {true, false, "example.org", true},
		{false, true, "example.org", true},   {true, false, "mail.example.org", true},
		{true, false, "ample.org", false},    {true, false, "example.net", false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(TempDir) dir = temp_dir();
		g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
		g_autoptr(StoreIdentity) identity = g_new0(StoreIdentity, 1);
		identity->address = g_strdup("anna@mail.example.org");
		identity->root_fingerprint = g_strdup(temp_fingerprint(1));
		identity->accepted = cases[i].accepted;
		identity->verified = cases[i].verified;
		g_assert_true(store_identity_put(store, identity, NOON, NULL));
		bool accepted = false;
		g_assert_true(store_domain_accepted(store, cases[i].domain, &accepted, NULL));
		g_assert_true(accepted == cases[i].want);
	}
}

static bool
known(Store *store, const char *address, const char *display)
{
	bool known = false;
	g_assert_true(store_caller_known(store, address, display, &known, NULL));
	return known;
}

static void
test_callers(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	const StoreCallerNote first = {"bob@example.org", "Bob", "b", "bob", NOON};
	const StoreCallerNote unnamed = {"bob@example.org", NULL, NULL, "bob", NOON - DAY};
	const StoreCallerNote second = {"bob@example.org", "Rob", NULL, "bob", 0};
	g_assert_false(known(store, "bob@example.org", NULL));
	g_assert_true(store_peer_written(store, "bob@example.org", NOON, NULL));
	g_assert_false(known(store, "bob@example.org", NULL));
	g_assert_true(store_caller_note(store, &first, NULL));
	g_assert_true(store_caller_note(store, &unnamed, NULL));
	g_assert_true(known(store, "bob@example.org", NULL));
	g_assert_true(known(store, "bob@example.org", "Bob"));
	g_assert_false(known(store, "bob@example.org", "Rob"));
	g_autoptr(GPtrArray) b = store_caller_by_display(store, "b", NULL);
	g_assert_cmpuint(b->len, ==, 1);
	g_autoptr(GPtrArray) bob = store_caller_by_address(store, "bob", NULL);
	g_assert_cmpuint(bob->len, ==, 1);
	g_assert_true(store_caller_note(store, &second, NULL));
	g_autoptr(GPtrArray) gone = store_caller_by_display(store, "b", NULL);
	g_assert_cmpuint(gone->len, ==, 0);
	g_autoptr(StoreCaller) caller = NULL;
	g_assert_true(store_caller_get(store, "bob@example.org", &caller, NULL));
	g_assert_cmpstr(caller->display, ==, "Rob");
	g_assert_cmpint(caller->first_seen, ==, NOON - DAY);
	g_assert_true(caller->written);
}

static void
test_certified(void)
{
	static const struct {
		const char *domain;
		const char *organization;
		bool want;
	} cases[] = {
		{"example.org", "Example", true},  {"mail.example.org", "Example", true},
		{"le.org", "Example", false},      {"example.org", "Other", false},
		{"example.com", "Example", false},
	};

	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(StoreIdentity) identity = g_new0(StoreIdentity, 1);
	identity->address = g_strdup("bob@mail.example.org");
	identity->root_fingerprint = g_strdup(temp_fingerprint(1));
	identity->organization = g_strdup("Example");
	g_assert_true(store_identity_put(store, identity, NOON, NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		bool certified = false;
		g_assert_true(store_domain_certified(store, cases[i].domain, cases[i].organization,
						     &certified, NULL));
		g_assert_true(certified == cases[i].want);
	}
}

int
main(int argc, char *argv[])
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/store/domain/counters", test_counters);
	g_test_add_func("/store/domain/alike", test_alike);
	g_test_add_func("/store/domain/links", test_links);
	g_test_add_func("/store/domain/held", test_held);
	g_test_add_func("/store/domain/accepted", test_accepted);
	g_test_add_func("/store/domain/callers", test_callers);
	g_test_add_func("/store/domain/certified", test_certified);
	return g_test_run();
}
