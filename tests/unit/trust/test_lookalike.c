/* SPDX-License-Identifier: MPL-2.0 */
/* Domains: every trick by hand, and near misses that must stay quiet. */
#include "alike.h"
#include "store/domain.h"
#include "store/peer.h"

typedef enum {
	SEEN,        /* one message of the original */
	ESTABLISHED, /* on three days */
	NOBODY,      /* only our own list of names */
	OWN,         /* the original is ours */
} How;

typedef struct {
	How how;
	const char *original;
	const char *sender;
	const char *trick; /* NULL: no warning */
} Pair;

static const Pair pairs[] = {
	/* confusable: digits, letters of other alphabets, marks, several letters for one */
	{SEEN, "example.com", "examp1e.com", "confusable"},
	{SEEN, "example.com", "xn--exmple-4nf.com", "mixed-script"}, /* Cyrillic a */
	{SEEN, "example.com", "xn--exampl-gva.com", "confusable"},   /* e acute */
	{SEEN, "example.com", "exarnple.com", "confusable"},
	{SEEN, "willow-tree.org", "vvillow-tree.org", "confusable"},
	{SEEN, "cloudworks.net", "doudworks.net", "confusable"},
	{SEEN, "poolhouse.de", "p00lhouse.de", "confusable"},
	{SEEN, "goog1eplus.net", "googleplus.net", "confusable"},
	{SEEN, "examp1e.com", "example.com", "confusable"},
	{NOBODY, "apple.com", "xn--80ak6aa92e.com", "mixed-script"}, /* all Cyrillic */
	{NOBODY, "paypal.com", "paypa1.com", "confusable"},
	{NOBODY, "paypal.com", "paypai.com", "confusable"},
	{NOBODY, "paypal.com", "paypa1.net", "confusable"},
	{NOBODY, "microsoft.com", "rnicrosoft.com", "confusable"},
	{NOBODY, "amazon.com", "arnazon.com", "confusable"},
	{SEEN, "linkedin-friends.org", "limkedir-friends.org", "confusable"},
	{SEEN, "xn--mnchen-3ya.de", "munchen.de", "confusable"},
	/* edits */
	{SEEN, "example.com", "examplle.com", "repetition"},
	{SEEN, "example.com", "exmple.com", NULL}, /* six letters are left */
	{ESTABLISHED, "example.com", "exmple.com", "edit"},
	{SEEN, "bigcorporation.de", "bigcorpration.de", "edit"},
	{SEEN, "bigcorporation.de", "bigcorporatiion.de", "repetition"},
	{SEEN, "bigcorporation.de", "bigcorporatoin.de", "swap"},
	{SEEN, "bigcorporation.de", "bigcorporatixn.de", "edit"},
	{SEEN, "bigcorporation.de", "8bigcorporation.de", "edit"},
	{SEEN, "bigcorporation.de", "bigcorporation2.de", "edit"},
	{SEEN, "bigcorporation.de", "bigkorporation.de", "edit"},
	{SEEN, "bigcorporation.de", "big-corporation.de", "hyphen"},
	{SEEN, "north-bridge.example", "northbridge.example", "hyphen"},
	{SEEN, "acme-corp.com", "acmee-corp.com", "repetition"},
	{SEEN, "garden.example", "gaxrden.example", NULL},
	{ESTABLISHED, "garden.example", "gaxrden.example", "edit"},
	{ESTABLISHED, "planet.org", "palnet.org", "swap"},
	{NOBODY, "gmail.com", "gmial.com", "swap"},
	{NOBODY, "microsoft.com", "microsoftt.com", "repetition"},
	{NOBODY, "commerzbank.de", "comerzbank.net", "repetition"},
	{OWN, "smallfirm.de", "smallfim.de", "edit"},
	/* inside */
	{NOBODY, "paypal.com", "paypal.com.example.net", "inside"},
	{NOBODY, "paypal.com", "www.paypal.com-secure.net", "inside"},
	{NOBODY, "paypal.com", "paypal-support.com", "inside"},
	{NOBODY, "paypal.com", "paypalsupport.com", "inside"},
	{NOBODY, "paypal.com", "mypaypal-login.net", "inside"},
	{NOBODY, "paypal.com", "paypa1-support.com", "inside"},
	{NOBODY, "dhl.com", "dhl-paket.com", "inside"},
	{NOBODY, "apple.com", "apple-support.net", "inside"},
	{SEEN, "deutsche-firma.de", "deutsche-firma.de.example.net", "inside"},
	{SEEN, "barclays.co.uk", "mail.barclays.co.uk.example.net", "inside"},
	{ESTABLISHED, "smallfirm.de", "smallfirm-rechnung.com", "inside"},
	{OWN, "smallfirm.de", "smallfirm-hr.com", "inside"},
	{SEEN, "deutsche-firma.de", "deutsche-firma.de-login.example", "inside"},
	{SEEN, "deutsche-firma.de", "www.deutsche-firma.de-login.example", "inside"},
	{SEEN, "deutsche-firma.de", "a.b.c.d.e.f.g.h.i.j.deutsche-firma.de.example.net", "inside"},
	{SEEN, "deutsche-firma.de", "deutsche-firma.de.a.b.c.d.e.f.g.h.i.example.net", "inside"},
	{SEEN, "deutsche-firma.com", "deutsche-firma.com.de", "inside"},
	{SEEN, "deutsche-firma.com", "deutsche-firma.com.br", NULL}, /* a registry of its own */
	{ESTABLISHED, "deutsche-firma.com", "deutsche-firma.com.br", NULL},
	{ESTABLISHED, "nordbank.de", "nordbank.evil.example", "inside"},
	{ESTABLISHED, "nordbank.de", "www.n0rdbank.evil.example", "inside"},
	{ESTABLISHED, "nordbank.de", "nordbank.zendesk.com", NULL}, /* a customer of theirs */
	{SEEN, "nordbank.de", "nordbank.evil.example", NULL},
	{OWN, "smallfirm.de", "smallfirm.payroll.example", NULL},
	{NOBODY, "paypal.com", "paypal.evil.example", "inside"},
	{NOBODY, NULL, "apple.evil.example", NULL},
	{ESTABLISHED, "nordbank.de", "nordbank24.de", "inside"},
	{ESTABLISHED, "nordbank.de", "nordbankonline.com", "inside"},
	{ESTABLISHED, "nordbank.de", "meinenordbank.com", "inside"},
	{ESTABLISHED, "nordbank.de", "nordbankett.com", NULL},
	{SEEN, "nordbank.de", "nordbank24.de", NULL},
	/* suffix */
	{NOBODY, "paypal.com", "paypal.support", "suffix"},
	{NOBODY, "commerzbank.de", "commerzbank.org", "suffix"},
	{ESTABLISHED, "smallfirm.de", "smallfirm.online", "suffix"},
	{ESTABLISHED, "smallfirm.com", "smallfirm.co", "suffix"},
	{OWN, "firma.com", "firma.net", "suffix"},
	{OWN, "example.net", "example.org", NULL}, /* RFC 2606 */
	/* near misses */
	{SEEN, "gmail.com", "mail.com", NULL},
	{SEEN, "gmail.com", "email.com", NULL},
	{SEEN, "example.com", "example.org", NULL},
	{ESTABLISHED, "example.com", "example.org", NULL},
	{SEEN, "bbc.com", "bbc.co.uk", NULL},
	{ESTABLISHED, "bbc.com", "bbc.co.uk", NULL},
	{ESTABLISHED, "yahoo.com", "yahoo.ca", NULL},
	{ESTABLISHED, "smallfirm.de", "smallfirm.at", NULL},
	{NOBODY, NULL, "amazon.com.br", NULL},
	{NOBODY, NULL, "amazon.it", NULL},
	{ESTABLISHED, "cnn.com", "cnet.com", NULL},
	{ESTABLISHED, "aol.com", "aon.com", NULL},
	{ESTABLISHED, "ibm.com", "ibn.com", NULL},
	{ESTABLISHED, "modem.com", "modern.com", NULL},
	{ESTABLISHED, "stem.de", "stern.de", NULL},
	{ESTABLISHED, "tu-berlin.de", "hu-berlin.de", NULL},
	{ESTABLISHED, "uni-bonn.de", "uni-born.com", NULL},
	{ESTABLISHED, "uni-mainz.de", "uni-mainz.eu.org", "suffix"},
	{ESTABLISHED, "uni-mainz.de", "uni-mainz.eu", NULL},
	{ESTABLISHED, "purdue.edu", "perdue.edu", NULL},
	{ESTABLISHED, "leeds-uni.ac.uk", "leads-uni.ac.uk", NULL},
	{ESTABLISHED, "host1.example", "host2.example", NULL},
	{ESTABLISHED, "mirror12.example", "mirror13.example", NULL},
	{ESTABLISHED, "xn--mller-kva.de", "mueller.de", NULL},
	{ESTABLISHED, "example.com", "news.example.com", NULL},
	{ESTABLISHED, "news.example.com", "example.com", NULL},
	{ESTABLISHED, "linux.org", "linux-magazine.com", NULL},
	{ESTABLISHED, "debian.org", "debian-administration.org", NULL},
	{NOBODY, NULL, "sparkasse-bremen.de", NULL},
	{NOBODY, "sparkasse.de", "sparkasse-pushtan.de", "inside"},
	{NOBODY, NULL, "amazonas.org", NULL},
	{NOBODY, NULL, "apple-pie-recipes.com", NULL},
	{NOBODY, NULL, "cooking.com", NULL},
	{NOBODY, NULL, "morton.com", NULL},
	{NOBODY, NULL, "finance.com", NULL},
	{NOBODY, NULL, "mail.paypal.com", NULL},
	{SEEN, "alice.github.io", "alicia.github.io", NULL},
};

/* One for all pairs; each takes back what it put there. */
static Store *store;

static void
run_pair(gconstpointer data)
{
	const Pair *pair = data;
	G_GNUC_UNUSED g_autoptr(StoreTransaction) undo = store_begin(store, NULL);
	g_autofree char *original = g_strconcat("info@", pair->original, NULL);
	g_autofree char *sender = g_strconcat("info@", pair->sender, NULL);
	const char *const own[] = {pair->how == OWN ? original : NULL, NULL};
	if (pair->how == SEEN || pair->how == ESTABLISHED) {
		alike_note_days(store, original, pair->how == SEEN ? 1 : TRUST_ALIKE_DAYS);
	}
	for (int i = 0; i < 2; i++) {
		g_auto(TrustAlike) alike = alike_ask(
			store,
			&(TrustAlikeQuestion){.address = sender, .own = own, .received = LATER});
		const char *like = pair->trick == NULL ? NULL : pair->original;
		if (g_strcmp0(alike.domain_trick, pair->trick) != 0 ||
		    g_strcmp0(alike.domain_like, like) != 0) {
			g_test_message("%s: %s of %s, not %s of %s", pair->sender,
				       alike.domain_trick, alike.domain_like, pair->trick, like);
			g_test_fail();
		}
		g_assert_false(alike.unchecked);
		/* Learned, the message says the same of itself. */
		alike_note(store, sender, NULL, LATER);
	}
}

/* Both known for long: nothing, from whichever side. */
static void
test_both_known(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) known = temp_open(dir, STORE_READ_WRITE_CREATE);
	alike_note_days(known, "info@bigcorporation.de", TRUST_ALIKE_DAYS);
	alike_note_days(known, "info@bigcorporatlon.de", TRUST_ALIKE_DAYS - 1);
	g_auto(TrustAlike) two = alike_ask_address(known, "info@bigcorporatlon.de");
	g_assert_cmpstr(two.domain_like, ==, "bigcorporation.de");
	alike_note(known, "x@bigcorporatlon.de", NULL, START + 9 * BASE_DAY);
	g_auto(TrustAlike) three = alike_ask_address(known, "info@bigcorporatlon.de");
	g_assert_null(three.domain_like);
	g_auto(TrustAlike) first = alike_ask_address(known, "info@bigcorporation.de");
	g_assert_null(first.domain_like);
}

/* Who was there first is not the imitation; who was written to is none. */
static void
test_standing(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) known = temp_open(dir, STORE_READ_WRITE_CREATE);
	alike_note(known, "info@bigcorporation.de", NULL, START);
	alike_note(known, "info@bigcorporatlon.de", NULL, START + BASE_DAY);
	g_auto(TrustAlike) old = alike_ask_address(known, "info@bigcorporation.de");
	g_assert_null(old.domain_like);
	g_auto(TrustAlike) new = alike_ask_address(known, "info@bigcorporatlon.de");
	g_assert_cmpstr(new.domain_trick, ==, "confusable");
	g_assert_true(trust_correspondent_written(known, "info@bigcorporatlon.de", NULL));
	g_auto(TrustAlike) written = alike_ask_address(known, "info@bigcorporatlon.de");
	g_assert_null(written.domain_like);
	g_auto(TrustAlike) turned = alike_ask_address(known, "info@bigcorporation.de");
	g_assert_cmpstr(turned.domain_like, ==, "bigcorporatlon.de");
}

static TrustAlike
ask_on(Store *known, const char *address, int64_t received)
{
	return alike_ask(known, &(TrustAlikeQuestion){.address = address, .received = received});
}

/* Mail alone does not establish what looks like a domain that was known before. */
static void
test_patience(void)
{
	static const char imitation[] = "info@bigcorporatlon.de";
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) known = temp_open(dir, STORE_READ_WRITE_CREATE);
	alike_note_days(known, "info@bigcorporation.de", TRUST_ALIKE_DAYS);
	for (int day = 10; day < 20; day++) {
		int64_t received = START + day * BASE_DAY;
		g_auto(TrustAlike) alike = ask_on(known, imitation, received);
		g_assert_cmpstr(alike.domain_like, ==, "bigcorporation.de");
		alike_note(known, imitation, NULL, received);
		alike_note(known, "info@paypal-support.com", NULL, received);
	}
	g_auto(TrustAlike) brand = ask_on(known, "info@paypal-support.com", LATER);
	g_assert_cmpstr(brand.domain_like, ==, "paypal.com");
	g_autoptr(StoreIdentity) identity = g_new0(StoreIdentity, 1);
	identity->address = g_strdup(imitation);
	identity->root_fingerprint = g_strdup(temp_fingerprint(1));
	identity->accepted = true;
	g_assert_true(store_identity_put(known, identity, START, NULL));
	g_auto(TrustAlike) accepted = ask_on(known, imitation, LATER);
	g_assert_null(accepted.domain_like);
	for (int day = 20; day < 22; day++) {
		alike_note(known, imitation, NULL, START + day * BASE_DAY);
	}
	g_autoptr(StoreDomain) row = NULL;
	g_assert_true(store_domain_get(known, "bigcorporatlon.de", &row, NULL));
	g_assert_cmpint(row->days, >=, TRUST_ALIKE_DAYS);
	g_assert_true(trust_correspondent_written(known, "info@paypal-support.com", NULL));
	g_auto(TrustAlike) written = ask_on(known, "info@paypal-support.com", LATER);
	g_assert_null(written.domain_like);
}

/* One forged letter does not keep the true one from being established. */
static void
test_newcomer(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) known = temp_open(dir, STORE_READ_WRITE_CREATE);
	alike_note(known, "info@bigcorporatlon.de", NULL, START);
	for (int day = 1; day <= TRUST_ALIKE_DAYS; day++) {
		alike_note(known, "info@bigcorporation.de", NULL, START + day * BASE_DAY);
	}
	g_auto(TrustAlike) alike = ask_on(known, "info@bigcorporation.de", LATER);
	g_assert_null(alike.domain_like);
	g_auto(TrustAlike) forged = ask_on(known, "info@bigcorporatlon.de", LATER);
	g_assert_cmpstr(forged.domain_like, ==, "bigcorporation.de");
}

/* A list's message does not make a domain known; three days of them do. */
static void
test_list(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) known = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (int day = 0; day < TRUST_ALIKE_DAYS; day++) {
		g_auto(TrustAlike) alike = alike_ask_address(known, "info@bigcorporatlon.de");
		g_assert_null(alike.domain_like);
		const TrustCorrespondent c = {.address = "info@bigcorporation.de",
					      .received = START + day * BASE_DAY};
		g_assert_true(trust_correspondent_note(known, &c, NULL, NULL));
	}
	g_auto(TrustAlike) alike = alike_ask_address(known, "info@bigcorporatlon.de");
	g_assert_cmpstr(alike.domain_like, ==, "bigcorporation.de");
}

static void
test_local_part(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) known = temp_open(dir, STORE_READ_WRITE_CREATE);
	const char *const own[] = {"kerstin@gmail.com", NULL};
	alike_note_days(known, "bob@example.org", 5);
	alike_note_days(known, "bob@gmail.com", 1);
	static const char *const cases[][2] = {
		{"b0b@example.org", "bob@example.org"},
		{"bob@example.org"},
		{"rob@example.org"},
		{"b0b@gmail.com", "bob@gmail.com"},
		{"b\xd0\xbe"
		 "b@example.org",
		 "bob@example.org"},
		{"kerst1n@gmail.com"},
		{"b.ob@gmail.com"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(TrustAlike) alike = alike_ask(
			known, &(TrustAlikeQuestion){
				       .address = cases[i][0], .own = own, .received = LATER});
		g_assert_cmpstr(alike.domain_like, ==, cases[i][1]);
		g_assert_cmpstr(alike.domain_trick, ==, cases[i][1] == NULL ? NULL : "local-part");
	}
}

static void
test_shown(void)
{
	static const char *const cases[][2] = {
		{"bob@example.org", "bob@example.org"},
		{"bob@xn--mnchen-3ya.de", "bob@m\xc3\xbcnchen.de"},
		{"bob@mail.xn--mnchen-3ya.de", "bob@mail.m\xc3\xbcnchen.de"},
		{"bob@xn--80ak6aa92e.com", "bob@xn--80ak6aa92e.com"}, /* reads as apple */
		{"bob@xn--exmple-4nf.com", "bob@xn--exmple-4nf.com"}, /* Cyrillic a in Latin */
		{"bob@xn--e1afmkfd.com",
		 "bob@\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.com"},
		{"bob@xn--pypal-4ve.com", "bob@xn--pypal-4ve.com"},
		{"b\xe2\x80\xaeob@example.org", "b\xef\xbf\xbdob@example.org"},
	};
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) known = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(TrustAlike) alike = alike_ask_address(known, cases[i][0]);
		g_assert_cmpstr(alike.shown, ==, cases[i][1]);
	}
}

static const char *const odd[] = {
	"",
	"@",
	"x",
	"@@",
	"x@",
	"@example.org",
	"x@.",
	"x@..",
	"x@.example.org",
	"x@example..org",
	"x@example.org.",
	"x@-",
	"x@a",
	"x@localhost",
	"x@[192.0.2.1]",
	"x@192.0.2.1",
	"x@[IPv6:2001:db8::1]",
	"x@xn--",
	"x@xn--.com",
	"x@xn--\xff.com",
	"x@xn--99999999999.com",
	"x@com",
	"x@co.uk",
	"x@github.io",
	"x@exa mple.org",
	"x@\xf0\x9f\x98\x80.example",
	"x@xn--e28h.example",
	"\xf0\x9f\x98\x80@example.org",
	"x@xn--4dbrk0ce.xn--4dbrk0ce",
	"x@\xd7\x90\xd7\x91.example",
	"\xff\xfe@\xff\xfe",
	"x@---.---",
	"x@a-b-c-d-e-f-g-h-i-j-k.com",
	"x@xn--a-ecp.ru",
	"x@1.2.3.4.5.6.7.8.9.example",
	"x@example..",
};

static void
try_odd(Store *known, const char *address)
{
	const char *const links[] = {
		address, g_strrstr(address, "@") == NULL ? "x" : g_strrstr(address, "@") + 1, NULL};
	const TrustAlikeQuestion question = {
		.address = address,
		.display = address,
		.link_hosts = links,
		.unsigned_or_first = true,
		.received = LATER,
	};
	const TrustCorrespondent c = {
		.address = address, .display = address, .received = START, .direct = true};
	G_GNUC_UNUSED g_auto(TrustAlike) before = alike_ask(known, &question);
	g_assert_true(trust_correspondent_note(known, &c, links, NULL));
	g_assert_true(trust_correspondent_written(known, address, NULL));
	g_auto(TrustAlike) after = alike_ask(known, &question);
	g_assert_null(after.domain_like);
}

static void
test_odd(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) known = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
		try_odd(known, odd[i]);
	}
	/* 254 octets: one label after the other, and labels of 63. */
	GString *dots = g_string_new("x@");
	GString *labels = g_string_new("x@");
	GString *hyphens = g_string_new("x@");
	while (dots->len < 252) {
		g_string_append(dots, "a.");
		g_string_append(hyphens, "a-");
		g_string_append(labels, labels->len % 64 == 0 ? ".." : "ab");
	}
	g_string_append(dots, "de");
	g_string_append(hyphens, "b.de");
	try_odd(known, dots->str);
	try_odd(known, labels->str);
	try_odd(known, hyphens->str);
	g_string_free(dots, TRUE);
	g_string_free(labels, TRUE);
	g_string_free(hyphens, TRUE);
}

int
main(int argc, char *argv[])
{
	g_test_init(&argc, &argv, NULL);
	g_autoptr(TempDir) dir = temp_dir();
	store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
		g_autofree char *path =
			g_strdup_printf("/trust/lookalike/pair/%s-%s-%d",
					pairs[i].original == NULL ? "none" : pairs[i].original,
					pairs[i].sender, (int)pairs[i].how);
		g_test_add_data_func(path, &pairs[i], run_pair);
	}
	g_test_add_func("/trust/lookalike/both-known", test_both_known);
	g_test_add_func("/trust/lookalike/standing", test_standing);
	g_test_add_func("/trust/lookalike/patience", test_patience);
	g_test_add_func("/trust/lookalike/newcomer", test_newcomer);
	g_test_add_func("/trust/lookalike/list", test_list);
	g_test_add_func("/trust/lookalike/local-part", test_local_part);
	g_test_add_func("/trust/lookalike/shown", test_shown);
	g_test_add_func("/trust/lookalike/odd", test_odd);
	int failed = g_test_run();
	g_clear_pointer(&store, store_close);
	return failed;
}
