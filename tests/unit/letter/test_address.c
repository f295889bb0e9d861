/* SPDX-License-Identifier: MPL-2.0 */
/* Mailboxes as people see and write them. */
#include "letter/address.h"
#include "t.h"

/* "name|address,..." */
static char *
listed(GPtrArray *boxes)
{
	GString *out = g_string_new(NULL);
	for (guint i = 0; i < boxes->len; i++) {
		const LetterMailbox *box = g_ptr_array_index(boxes, i);
		g_string_append_printf(out, "%s%s|%s", i == 0 ? "" : ",", box->name, box->address);
	}
	g_ptr_array_unref(boxes);
	return g_string_free(out, FALSE);
}

static void
test_read(void)
{
	static const struct {
		const char *value;
		const char *want;
	} cases[] = {
		{"", ""},
		{"a@example.org", "|a@example.org"},
		{"Bob <b@example.org>", "Bob|b@example.org"},
		{"b@example.org (Bob)", "Bob|b@example.org"},
		{"=?utf-8?Q?J=C3=B6rg?= <j@example.org>", "Jörg|j@example.org"},
		{"=?utf-8?B?SsO2?= =?utf-8?B?cmc=?= =?utf-8?B?IE0=?= <j@example.org>",
		 "Jörg M|j@example.org"},
		{"\"Miller, Ann\" <a@example.org>, b@example.org",
		 "Miller, Ann|a@example.org,|b@example.org"},
		/* RFC 5322 section 3.4: groups */
		{"Team: a@example.org, B <b@example.org>;, c@example.org",
		 "|a@example.org,B|b@example.org,|c@example.org"},
		{"Undisclosed recipients:;", "Undisclosed recipients|"},
		/* encoded line ends and text directions do not come through */
		{"=?utf-8?Q?Bob=0D=0ABcc=3A_x=40y?= <b@example.org>", "Bob Bcc: x@y|b@example.org"},
		{"=?utf-8?Q?=E2=80=AEmoc.live?= <b@example.org>", "moc.live|b@example.org"},
		/* an address in the name is a name */
		{"\"ceo@bank.example\" <eve@example.net>", "ceo@bank.example|eve@example.net"},
		/* what no grammar allows names somebody all the same */
		{"ceo@bank.example      . <eve@example.net>", "ceo@bank.example .|eve@example.net"},
		{"The Manager", "The Manager|"},
		{"Big Bug bb@example.org", "Big Bug|bb@example.org"},
		{"=?ks_c_5601-1987?B?wMy8urz2?= s@example.org", "이성수|s@example.org"},
		{"=?utf-8?Q?News=20:)?= <n@example.org>", "News :)|n@example.org"},
		{"=?utf-8?Q?two words?= <n@example.org>", "two words|n@example.org"},
		{"=?utf-8?Q?=3Cceo=40bank.example=3E?=", "<ceo@bank.example>|"},
		{"a@example.org, s..p@example.org, b@example.org",
		 "|a@example.org,|s..p@example.org,|b@example.org"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = listed(letter_addresses_read(cases[i].value));
		g_assert_cmpstr(got, ==, cases[i].want);
	}
}

/* Nobody is lost of a list, however long it is. */
static void
test_long(void)
{
	static const char *const items[] = {
		"a@example.org,\n ",
		"\"Miller, Ann\" <a@example.org>, ",
		"Miller, Ann <a@example.org>,\r\n\t",
		"a@example.org (one, (two)), ",
		"=?utf-8?Q?J=C3=B6rg=2C_M=2E?= <a@example.org>,",
		"Team: a@example.org, b@example.org;,",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(items); i++) {
		g_autoptr(GPtrArray) one = letter_addresses_read(items[i]);
		const LetterMailbox *want = g_ptr_array_index(one, 0);
		g_autoptr(GString) list = g_string_new(NULL);
		for (guint n = 0; n < 1000; n++) {
			g_string_append(list, items[i]);
		}
		g_autoptr(GPtrArray) all = letter_addresses_read(list->str);
		g_assert_cmpuint(all->len, ==, 1000 * one->len);
		for (guint n = 0; n < all->len; n += one->len) {
			const LetterMailbox *got = g_ptr_array_index(all, n);
			g_assert_cmpstr(got->name, ==, want->name);
			g_assert_cmpstr(got->address, ==, want->address);
		}
	}
}

/* Nothing in quotes becomes an address because there is much of it. */
static void
test_long_name(void)
{
	g_autoptr(GString) name = g_string_new("\"");
	for (guint n = 0; n < 1000; n++) {
		g_string_append(name, "ceo@bank.example, ");
	}
	g_string_append(name, "\" <eve@example.net>, b@example.org");
	g_autofree char *got = listed(letter_addresses_read(name->str));
	g_assert_cmpstr(got, ==, "|b@example.org");
}

static void
test_parse(void)
{
	static const struct {
		const char *typed;
		const char *want; /* NULL: refused */
	} cases[] = {
		{NULL, ""},
		{" , ;", ""},
		{"a@example.org; Bob <b@example.org>\n", "|a@example.org,Bob|b@example.org"},
		{"\"Miller, Ann \\\"x\\\"\" <a@example.org>", "Miller, Ann \"x\"|a@example.org"},
		{"Müller, Jörg <j@example.org>", NULL},
		{"Jörg Müller <j@münchen.example>", "Jörg Müller|j@münchen.example"},
		{"пётр@example.org", "|пётр@example.org"},
		{"\"odd local\"@example.org", "|\"odd local\"@example.org"},
		{"a@[192.0.2.1]", "|a@[192.0.2.1]"},
		{"Bob", NULL},
		{"a@", NULL},
		{"@example.org", NULL},
		{"a b@example.org", NULL},
		{"a..b@example.org", NULL},
		{".a@example.org", NULL},
		{"a@example..org", NULL},
		{"a@-example.org", NULL},
		{"a@exa mple.org", NULL},
		{"a@example.org>", NULL},
		{"Bob <a@example.org> x", NULL},
		{"a@example.org\tBcc: c@example.org", NULL},
		{"a\r\nBcc: c@example.org", NULL},
		{"\x01"
		 "Bob <b@example.org>",
		 NULL},
		{"a@\xff.org", NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		GPtrArray *boxes = letter_addresses_parse(cases[i].typed, &error);
		if (cases[i].want == NULL) {
			g_assert_null(boxes);
			g_assert_error(error, PS_ERROR, (int)PS_ERROR_ARGUMENT);
			continue;
		}
		g_assert_no_error(error);
		g_autofree char *got = listed(boxes);
		g_assert_cmpstr(got, ==, cases[i].want);
	}
}

static void
test_format(void)
{
	static const char *const lists[] = {
		"a@example.org",
		"Bob <b@example.org>, c@example.org",
		"\"Miller, Ann\" <a@example.org>",
		"\"a \\\"quoted\\\" \\\\ name\" <a@example.org>",
		"Jörg <j@example.org>",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_autoptr(GPtrArray) boxes = letter_addresses_parse(lists[i], NULL);
		g_autofree char *got = letter_addresses_format(boxes);
		g_assert_cmpstr(got, ==, lists[i]);
	}
}

static void
test_equal(void)
{
	g_assert_true(letter_address_equal("A@Example.ORG", "a@example.org"));
	g_assert_true(letter_address_equal("a@münchen.example", "a@xn--mnchen-3ya.example"));
	g_assert_false(letter_address_equal("a@example.org", "a@example.net"));
	g_assert_false(letter_address_equal("a@example.org", "b@example.org"));
	g_assert_false(letter_address_equal("a", "a"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/letter/address/read", test_read);
	g_test_add_func("/letter/address/long", test_long);
	g_test_add_func("/letter/address/long-name", test_long_name);
	g_test_add_func("/letter/address/parse", test_parse);
	g_test_add_func("/letter/address/format", test_format);
	g_test_add_func("/letter/address/equal", test_equal);
	return g_test_run();
}
