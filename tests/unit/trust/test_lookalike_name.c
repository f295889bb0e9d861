/* SPDX-License-Identifier: MPL-2.0 */
/* Display names, links, the user's list of imitated names, and organizations. */
#include "alike.h"
#include "store/account.h"
#include "store/peer.h"
#include "trust/lookalike_name.h"

#define LONG_AGO (START - 100 * BASE_DAY)

static gpointer
ask_in_thread(gpointer unused G_GNUC_UNUSED)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (int i = 0; i < 100; i++) {
		g_auto(TrustAlike) alike = alike_ask_address(store, "x@xn--pypal-4ve.com");
		g_assert_cmpstr(alike.domain_like, ==, "paypal.com");
		g_assert_cmpstr(alike.domain_trick, ==, "mixed-script");
		g_assert_false(alike.unchecked);
	}
	return NULL;
}

/* The first of all: they open the libraries at the same time. */
static void
test_threads(void)
{
	GThread *threads[4];
	for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
		threads[i] = g_thread_new("ask", ask_in_thread, NULL);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
		g_thread_join(threads[i]);
	}
}

static void
test_keys(void)
{
	static const struct {
		const char *display;
		const char *key;
		bool distinctive;
	} cases[] = {
		{"Bob Builder", "bob builder", true},
		{"  BUILDER,  Bob ", "bob builder", true},
		{"\"Bob\" (Builder)", "bob builder", true},
		{"B\xc3\xb6"
		 "b Builder",
		 "bob builder", true},
		{"B0b Bui1der", "bob builder", true},
		{"B\xd0\xbe"
		 "b Builder",
		 "bob builder", true},
		{"Bob\xe2\x80\x8b Builder", "bob builder", true},
		{"Anna", "anna", false},
		{"Support Team", "support team", false},
		{"Bob Support", "bob support", false},
		{"Bundesdruckerei", "bundesdruckerei", true},
		{"Li Wu", "li wu", false},
		{"...", NULL, false},
		{"", NULL, false},
		{"\xf0\x9f\x98\x80", NULL, false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		bool unchecked = false;
		g_autofree char *key = trust_name_key(cases[i].display, &unchecked);
		g_assert_cmpstr(key, ==, cases[i].key);
		g_assert_false(unchecked);
		if (key != NULL) {
			g_assert_true(trust_name_is_distinctive(key) == cases[i].distinctive);
		}
	}
}

static void
test_cores(void)
{
	static const char *const cases[][2] = {
		{"Bob Builder", "bob builder"},
		{"Dr. Bob Builder", "bob builder"},
		{"Prof. Dr. Bob J. Builder", "bob builder"},
		{"Bob Builder (mobile)", "bob builder"},
		{"[External] Bob Builder", "bob builder"},
		{"Bob Builder (", "bob builder"},
		{"Builder GmbH", "builder gmbh"}, /* one word that is too short alone */
		{"Nordbank AG", "nordbank"},
		{"Ihre Nordbank Kundenservice", "nordbank"},
		{"Deutsche Bank", "bank deutsche"},
		{"\"Bob\" (Builder)", "bob builder"},
		{"J. R.", "j r"},
		{"Support Team", "support team"},
		{"(Support)", "support"},
		{"", NULL},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		bool unchecked = false;
		g_autofree char *core = trust_name_core(cases[i][0], &unchecked);
		g_assert_cmpstr(core, ==, cases[i][1]);
	}
}

/* What a reader does not see is not there. */
static void
test_hidden(void)
{
	static const char *const fills[] = {
		" ",
		"\xe2\x80\x8b" /* zero width */,
		"\xe2\xa0\x80" /* braille blank */,
		"\xe3\x85\xa4" /* filler */,
		"\xcc\x81" /* acute */,
		"\xe2\x81\xa0",
		"\t",
		"\x01",
		"\xc2\xa0",
		"\xf3\xa0\x81\x81" /* tag */,
	};
	for (size_t i = 0; i < G_N_ELEMENTS(fills); i++) {
		bool unchecked = false;
		g_autoptr(GString) after = g_string_new("Bob Builder");
		g_autoptr(GString) before = g_string_new(NULL);
		for (int n = 0; n < 400; n++) {
			g_string_append(after, fills[i]);
			g_string_append(before, fills[i]);
		}
		g_string_append(after, ".");
		g_string_append(before, "Bob Builder");
		g_autofree char *one = trust_name_core(after->str, &unchecked);
		g_autofree char *two = trust_name_core(before->str, &unchecked);
		g_assert_cmpstr(one, ==, "bob builder");
		g_assert_cmpstr(two, ==, "bob builder");
	}
}

static void
test_readings(void)
{
	static const struct {
		const char *display;
		const char *readings; /* with | between */
	} cases[] = {
		{"Bob Builder", "bob builder|bob redliub"},
		{"BobBuilder", "bobbuilder|redliubbob|bob builder"},
		{"Anna", ""},
		{"", ""},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		bool unchecked = false;
		g_autoptr(GPtrArray) readings = trust_name_readings(cases[i].display, &unchecked);
		g_ptr_array_add(readings, NULL);
		g_autofree char *text = g_strjoinv("|", (char **)readings->pdata);
		g_assert_cmpstr(text, ==, cases[i].readings);
	}
}

static void
test_fits(void)
{
	static const struct {
		const char *address;
		bool fits;
	} cases[] = {
		{"bob@example.org", true}, {"b0b@example.org", true},    {"x7@builder.org", true},
		{"x7@example.org", false}, {"bbuilder@x.example", true}, {"", false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_assert_true(trust_name_fits("bob builder", cases[i].address) == cases[i].fits);
	}
	g_assert_false(trust_name_fits("li wu", "li@wu.example"));
	g_assert_true(trust_name_fits("max muller", "info@mueller-bau.example"));
}

static void
test_name_address(void)
{
	static const char *const loose[][2] = {
		{"bob [at] example.org", "bob@example.org"},
		{"bob(at)example(dot)org", "bob@example.org"},
		{"Bob @ Example.org", "bob@example.org"},
		{"bob\xef\xbc\xa0"
		 "example.org",
		 "bob@example.org"},
		{"Bob @ Example", NULL},
		{"Bob at example.org", NULL},
	};
	static const char *const cases[][2] = {
		{"bob\xef\xbc\xa0"
		 "example.org",
		 "bob@example.org"},
		{"bob @ example.org", NULL},
		{"bob@example.org", "bob@example.org"},
		{"Bob <Bob@Example.ORG>", "bob@example.org"},
		{"Bob (bob@example.org).", "bob@example.org"},
		{"bob@example.org.", "bob@example.org"},
		{"Bob @ Example", NULL},
		{"Bob@Home", NULL},
		{"@example.org", NULL},
		{"@@ bob@example.org", "bob@example.org"},
		{"Bob", NULL},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *address = trust_name_address(cases[i][0], TRUST_NOTATION_PLAIN);
		g_assert_cmpstr(address, ==, cases[i][1]);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(loose); i++) {
		g_autofree char *address = trust_name_address(loose[i][0], TRUST_NOTATION_LOOSE);
		g_assert_cmpstr(address, ==, loose[i][1]);
	}
}

static const struct {
	const char *address;
	const char *display;
	const char *like;
} senders[] = {
	{"bob@example.net", "Bob Builder", "bob@example.org"},
	{"bob@example.net", "BUILDER, B0b", "bob@example.org"},
	{"bob@example.org", "Bob Builder", NULL},
	{"bob2@example.org", "Bob Builder", NULL},
	{"bob.builder@gmail.com", "Bob Builder", "bob@example.org"},
	{"x@example.net", "Rob Builder", NULL},
	{"x@example.net", "Anna", NULL},
	{"x@example.net", "Me Myself", "me@home.example"},
	{"me@home.example", "Me Myself", NULL},
	{"other@home.example", "Me Myself", NULL},
	{"x@example.net", "bob@example.org", "bob@example.org"},
	{"x@example.net", "Bob (via bob@example.org)", "bob@example.org"},
	{"x@example.net", "x@example.net", NULL},
	{"x@mail.example.net", "x@example.net", NULL},
	{"x@gmail.com", "y@gmail.com", "y@gmail.com"},
	{"x@example.net", "PayPal", "paypal.com"},
	{"x@example.net", "P\xd0\xb0yPal Service", "paypal.com"},
	{"x@example.net", "DHL Paket", "dhl.com"},
	{"x@example.net", "Bob Builder via PayPal", NULL},
	{"x@intl.paypal.com", "PayPal", NULL},
	{"x@amazon.it", "Amazon", NULL},
	{"x@example.net", "Deutsche Bank", "deutsche-bank.de"},
	{"x@example.net", "Deutsche Bahn", NULL},
	{"x@notifications.service.gov.uk", "HMRC", NULL},
	{"x@friend.example", "PayPal", NULL}, /* established */
	{"x@friend.example", "Bob Builder", NULL},
	{"x@example.net", "Jane Common", NULL},                    /* so many are called that */
	{"x@example.net", "John Forged", "john0@domain0.example"}, /* once each: they are not */
	{"x@example.net", "Dr. Bob Builder (mobile)", "bob@example.org"},
	{"x@example.net", "BobBuilder", "bob@example.org"},
	{"x@example.net", "redliuB boB", "bob@example.org"},
	{"x@example.net", "Me J. Myself (private)", "me@home.example"},
	/* a single letter, from an address that is not like the name */
	{"x@example.net", "Peter Newcomer", "x7@spam.example"},
	{"peter@example.net", "Peter Newcomer", NULL},
	/* other notations count if the domain is known */
	{"x@example.net", "bob [at] example.org", "bob@example.org"},
	{"x@example.net", "bob [at] other.example", NULL},
	{"x@example.net", "service @ paypal.com", "service@paypal.com"},
	{"x@example.net", "me (at) home.example", "me@home.example"},
	{"bob%example.org@example.net", NULL, "bob@example.org"},
	{"bob%other.example@example.net", NULL, NULL},
	{"\"bob@example.org\"@example.net", "x", "bob@example.org"},
	{"x@volksbank-freiburg.de", "Volksbank", NULL},
	{"x@hannoversche-volksbank.de", "Volksbank", NULL},
	{"x@raiffeisenbank-ooe.at", "Raiffeisen", NULL},
	{"x@volksbank-freiburg.com", "Volksbank", "volksbank.de"},
	{"x@example.net", "Ihre Volksbank", "volksbank.de"},
	{"chase@gmail.com", "Chase", NULL},
	{"chase@gmail.com", "Chase Bank", "chase.com"},
	{"x@example.net", "Chase", "chase.com"},
};

static void
fill(Store *store)
{
	const StoreAccount account = {
		.address = (char[]){"me@home.example"},
		.name = (char[]){"Me Myself"},
		.profile = (char[]){"compatible"},
	};
	g_assert_true(store_account_put(store, &account, NULL));
	alike_note(store, "bob@example.org", "Bob Builder", START);
	alike_note(store, "anna@example.org", "Anna", START);
	alike_note_days(store, "x@friend.example", TRUST_ALIKE_DAYS);
	alike_note(store, "x7@spam.example", "Peter Newcomer", START);
	for (int i = 0; i < 5; i++) {
		g_autofree char *jane = g_strdup_printf("jane@domain%d.example", i);
		g_autofree char *john = g_strdup_printf("john%d@domain%d.example", i, i);
		alike_note(store, jane, "Jane Common", START);
		alike_note(store, john, "John Forged", START);
		for (int day = 0; day <= TRUST_ALIKE_DAYS; day++) {
			alike_count(store, jane, START + day * BASE_DAY);
		}
	}
}

static void
test_names(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	const char *const own[] = {"me@home.example", NULL};
	fill(store);
	for (size_t i = 0; i < G_N_ELEMENTS(senders); i++) {
		g_auto(TrustAlike) alike =
			alike_ask(store, &(TrustAlikeQuestion){.address = senders[i].address,
							       .display = senders[i].display,
							       .own = own,
							       .received = LATER});
		if (g_strcmp0(alike.name_like, senders[i].like) != 0) {
			g_test_message("%s <%s>: %s, not %s", senders[i].display,
				       senders[i].address, alike.name_like, senders[i].like);
			g_test_fail();
		}
	}
}

/* A name is that of who had it first, and of a list's message it is nobody's. */
static void
test_name_order(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	const TrustCorrespondent listed = {
		.address = "list@example.com", .display = "Bob Builder", .received = LONG_AGO};
	const TrustAlikeQuestion first = {
		.address = "bob@example.org", .display = "Bob Builder", .received = START};
	g_assert_true(trust_correspondent_note(store, &listed, NULL, NULL));
	g_auto(TrustAlike) alone = alike_ask(store, &first);
	g_assert_null(alone.name_like);
	alike_note(store, "bob@example.org", "Bob Builder", START);
	alike_note(store, "bob@example.net", "Bob Builder", LATER);
	g_auto(TrustAlike) again = alike_ask(store, &first);
	g_assert_null(again.name_like);
	g_auto(TrustAlike) second =
		alike_ask(store, &(TrustAlikeQuestion){.address = "bob@example.net",
						       .display = "Bob Builder",
						       .received = LATER});
	g_assert_cmpstr(second.name_like, ==, "bob@example.org");
}

static void
test_organization(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	const TrustCorrespondent c = {.address = "bob@bigcorporation.de",
				      .display = "Bob Builder",
				      .received = START,
				      .direct = true};
	TrustAlikeQuestion question = {.address = "bob@bigcorporatlon.de",
				       .display = "Bob Builder",
				       .organization = "Big Corporation",
				       .received = LATER};
	g_assert_true(trust_correspondent_note(store, &c, NULL, NULL));
	g_auto(TrustAlike) alike = alike_ask(store, &question);
	g_assert_cmpstr(alike.domain_like, ==, "bigcorporation.de");
	g_assert_cmpstr(alike.name_like, ==, "bob@bigcorporation.de");
	g_autoptr(StoreIdentity) identity = g_new0(StoreIdentity, 1);
	identity->address = g_strdup("anna@mail.bigcorporation.de");
	identity->root_fingerprint = g_strdup(temp_fingerprint(1));
	identity->kind = STORE_KIND_CA;
	identity->organization = g_strdup("Big Corporation");
	g_assert_true(store_identity_put(store, identity, START, NULL));
	g_auto(TrustAlike) certified = alike_ask(store, &question);
	g_assert_null(certified.domain_like);
	g_assert_null(certified.name_like);
	question.organization = "Other Corporation";
	g_auto(TrustAlike) other = alike_ask(store, &question);
	g_assert_nonnull(other.domain_like);
}

static const char *
new_link(Store *store, const TrustAlikeQuestion *question)
{
	g_auto(TrustAlike) alike = alike_ask(store, question);
	return g_intern_string(alike.new_link);
}

static void
test_links(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	const char *const own[] = {"me@home.example", NULL};
	const char *const seen[] = {"www.tracker.example", NULL};
	const char *const once[] = {"once.example", NULL};
	const char *const twice[] = {"twice.example", NULL};
	const char *const listed[] = {"listed.example", NULL};
	TrustCorrespondent c = {
		.address = "news@shop.example", .received = START, .direct = true, .proven = true};
	g_assert_true(trust_correspondent_note(store, &c, seen, NULL));
	c.proven = false;
	g_assert_true(trust_correspondent_note(store, &c, once, NULL));
	g_assert_true(trust_correspondent_note(store, &c, twice, NULL));
	c.received += BASE_DAY;
	g_assert_true(trust_correspondent_note(store, &c, twice, NULL));
	c.direct = false;
	c.proven = true;
	g_assert_true(trust_correspondent_note(store, &c, listed, NULL));
	alike_note_days(store, "x@friend.example", TRUST_ALIKE_DAYS);

	static const struct {
		const char *host;
		const char *want;
	} cases[] = {
		{"www.shop.example", NULL},
		{"a.tracker.example", NULL},
		{"evil.example", "evil.example"},
		{"a.b.evil.co.uk", "evil.co.uk"},
		{"home.example", NULL},
		{"www.friend.example", NULL},
		{"192.0.2.1", "192.0.2.1"},
		{"", NULL},
		{"gmail.com", "gmail.com"},
		{"..", NULL},
		{"once.example", "once.example"},
		{"twice.example", NULL},
		{"listed.example", "listed.example"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *const hosts[] = {"shop.example", cases[i].host, NULL};
		TrustAlikeQuestion question = {.address = "news@shop.example",
					       .own = own,
					       .link_hosts = hosts,
					       .unsigned_or_first = true,
					       .received = LATER};
		g_assert_cmpstr(new_link(store, &question), ==, cases[i].want);
		question.unsigned_or_first = false;
		g_assert_null(new_link(store, &question));
	}
	/* Learned, a message says of itself what it said before. */
	const TrustAlikeQuestion question = {.address = "news@shop.example",
					     .link_hosts = seen,
					     .unsigned_or_first = true,
					     .received = START};
	g_assert_cmpstr(new_link(store, &question), ==, "tracker.example");
}

static const char *
like(Store *store, const char *path, const char *address, const char *display)
{
	g_auto(TrustAlike) alike = alike_ask(store, &(TrustAlikeQuestion){.address = address,
									  .display = display,
									  .received = LATER,
									  .imitated_path = path});
	return g_intern_string(alike.domain_like != NULL ? alike.domain_like : alike.name_like);
}

static void
test_user_list(void)
{
	static const char list[] = "# mine\n\n  volkswerk.example  # comment\r\nKleine Bank Ulm\n"
				   "-PayPal\n- microsoft.com\n-nobody\n.\n-\ndhl-paket.com\n";
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autofree char *path = g_build_filename(dir, "imitated-names", NULL);
	g_autofree char *missing = g_build_filename(dir, "missing", NULL);
	g_assert_true(g_file_set_contents(path, list, -1, NULL));
	g_assert_cmpstr(like(store, missing, "x@paypa1.com", NULL), ==, "paypal.com");
	g_assert_null(like(store, path, "x@paypa1.com", NULL));
	g_assert_null(like(store, path, "x@rnicrosoft.com", NULL));
	g_assert_null(like(store, path, "x@example.net", "PayPal"));
	g_assert_cmpstr(like(store, path, "x@vo1kswerk.example", NULL), ==, "volkswerk.example");
	g_assert_null(like(store, path, "x@volkswerk.example", "Volkswerk"));
	g_assert_cmpstr(like(store, path, "x@example.net", "Volkswerk"), ==, "volkswerk.example");
	g_assert_cmpstr(like(store, path, "x@example.net", "Kleine Bank Ulm"), ==,
			"Kleine Bank Ulm");
	g_assert_cmpstr(like(store, path, "x@kleinebankulm-login.de", NULL), ==, "Kleine Bank Ulm");
	g_assert_null(like(store, path, "x@kleinebankulm.de", "Kleine Bank Ulm"));
	g_assert_cmpstr(like(store, path, "x@c0mmerzbank.de", NULL), ==, "commerzbank.de");
	/* Who is on the list is genuine. */
	g_assert_cmpstr(like(store, missing, "x@dhl-paket.com", NULL), ==, "dhl.com");
	g_assert_null(like(store, path, "x@dhl-paket.com", NULL));
}

int
main(int argc, char *argv[])
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/trust/lookalike/threads", test_threads);
	g_test_add_func("/trust/lookalike/name/keys", test_keys);
	g_test_add_func("/trust/lookalike/name/cores", test_cores);
	g_test_add_func("/trust/lookalike/name/hidden", test_hidden);
	g_test_add_func("/trust/lookalike/name/readings", test_readings);
	g_test_add_func("/trust/lookalike/name/fits", test_fits);
	g_test_add_func("/trust/lookalike/name/address", test_name_address);
	g_test_add_func("/trust/lookalike/name/senders", test_names);
	g_test_add_func("/trust/lookalike/name/order", test_name_order);
	g_test_add_func("/trust/lookalike/name/organization", test_organization);
	g_test_add_func("/trust/lookalike/links", test_links);
	g_test_add_func("/trust/lookalike/user-list", test_user_list);
	return g_test_run();
}
