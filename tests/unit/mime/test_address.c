/* SPDX-License-Identifier: MPL-2.0 */
#include "base/limits.h"
#include "mime/address.h"
#include "t.h"

#define G MIME_ADDRESS_GROUP
#define E MIME_ADDRESS_EMPTY
#define M MIME_ADDRESS_MULTIPLE
#define O MIME_ADDRESS_ODD

typedef struct {
	const char *value;
	const char *want; /* "display|address" joined by "; " */
	guint flags;
} Case;

static const Case cases[] = {
	{"a@x.example", "|a@x.example", 0},
	{"<a@x.example>", "|a@x.example", 0},
	{"Alice <a@x.example>", "Alice|a@x.example", 0},
	{"\"Smith, Alice\" <a@x.example>", "Smith, Alice|a@x.example", 0},
	{"Alice  B. Smith <a@x.example>", "Alice B. Smith|a@x.example", 0},
	{"a@x.example (Alice)", "Alice|a@x.example", 0},
	{"(c1) Alice (c2) <a@x.example> (c3)", "Alice|a@x.example", 0},
	{"=?utf-8?q?J=C3=BCrgen?= <j@x.example>", "J\xc3\xbcrgen|j@x.example", 0},
	{"\"a b\"@x.example", "|\"a b\"@x.example", 0},
	{"a@[192.0.2.1]", "|a@[192.0.2.1]", 0},
	{"gr\xc3\xbcn@b\xc3\xbc.example", "|gr\xc3\xbcn@b\xc3\xbc.example", 0},
	{"a@x.example, B <b@x.example>", "|a@x.example; B|b@x.example", M},
	{"friends: a@x.example, B <b@x.example>;", "|a@x.example; B|b@x.example", G | M},
	{"undisclosed-recipients:;", "", G | E},
	{"g:;, a@x.example", "|a@x.example", G},
	{"", "", E},
	{"  ", "", E},
	/* trouble */
	{"a@x.example,", "|a@x.example", O},
	{"a@x.example,,b@x.example", "|a@x.example; |b@x.example", O | M},
	{"a b@x.example", "", E | O},
	{"a@b@x.example", "", E | O},
	{"<a@x.example> <b@x.example>", "|b@x.example", O},
	{"Alice <a@x.example> Bob", "Alice|a@x.example", O},
	{"<>", "", E | O},
	{"root", "", E | O},
	{"a@", "", E | O},
	{"@x.example", "", E | O},
	{"a..b@x.example", "|a..b@x.example", O},
	{"a@x.example.", "|a@x.example.", O},
	{"a@(c)x.example", "", E | O},
	{"<a@x.example (c)>", "", E | O},
	{"<@r.example:a@x.example>", "", E | O},
	{"\"open <a@x.example>", "", E | O},
	{"(open a@x.example", "", E | O},
	{"a@x.example)", "|a@x.example", O},
	{"Alice <a@x.example", "Alice|a@x.example", O},
	{"g: h: a@x.example;;", "|a@x.example", G | O},
	{"g: a@x.example", "|a@x.example", G | O},
	{"a@x.example;", "|a@x.example", O},
	{"\"ceo@bank.example\"@evil.example", "|\"ceo@bank.example\"@evil.example", O},
	{"=?utf-8?b?Y2VvQGJhbmsuZXhhbXBsZQ==?=@evil.example",
	 "|=?utf-8?b?Y2VvQGJhbmsuZXhhbXBsZQ==?=@evil.example", O},
	{"\xff@x.example", "", E | O},
	{"a\x01@x.example", "", E | O},
};

static void
test_parse(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		MimeAddressFlags flags = 0;
		g_autoptr(GPtrArray) list = mime_addresses_parse(cases[i].value, &flags);
		g_autoptr(GString) got = g_string_new(NULL);
		for (guint k = 0; k < list->len; k++) {
			const MimeMailbox *m = list->pdata[k];
			g_string_append_printf(got, "%s%s|%s", k == 0 ? "" : "; ", m->display,
					       m->address);
		}
		g_test_message("%s", cases[i].value);
		g_assert_cmpstr(got->str, ==, cases[i].want);
		g_assert_cmpuint(flags, ==, cases[i].flags);
	}
}

static const struct {
	const char *value;
	const char *display;
	bool other;
} displays[] = {
	{"\"a@x.example\" <a@x.example>", "a@x.example", false},
	{"\"A@X.example\" <a@x.example>", "A@X.example", false},
	{"\"ceo@bank.example\" <a@x.example>", "ceo@bank.example", true},
	{"=?utf-8?q?ceo=40bank=2Eexample?= <a@x.example>", "ceo@bank.example", true},
	{"\"Boss <ceo@bank.example>\" <a@x.example>", "Boss <ceo@bank.example>", true},
	{"\"ceo\xef\xbc\xa0"
	 "bank.example\" <a@x.example>",
	 "ceo\xef\xbc\xa0"
	 "bank.example",
	 true},
	{"a@x.example (ceo@bank.example)", "ceo@bank.example", true},
	{"\"me @ home\" <a@x.example>", "me @ home", false},
	{"=?utf-8?q?a=0D=0ABcc=3A_x=00y?= <a@x.example>", "a  Bcc: x", false},
	{"\"\xe2\x80\xae"
	 "evil\" <a@x.example>",
	 "evil", false},
};

static void
test_display(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(displays); i++) {
		g_autoptr(GPtrArray) list = mime_addresses_parse(displays[i].value, NULL);
		g_assert_cmpuint(list->len, ==, 1);
		const MimeMailbox *m = list->pdata[0];
		g_assert_true(g_str_has_prefix(m->display, displays[i].display));
		g_assert_null(strpbrk(m->display, "\r\n"));
		g_assert_cmpint(m->display_is_other, ==, displays[i].other);
	}
}

typedef struct {
	const char *header;
	size_t n; /* 0: strlen */
	MimeFromState state;
	const char *address;
} From;

static const From froms[] = {
	{"From: Alice <a@x.example>\r\n\r\n", 0, MIME_FROM_OK, "a@x.example"},
	{"from: a@x.example\n\n", 0, MIME_FROM_OK, "a@x.example"},
	{"From: Alice\r\n <a@x.example>\r\n\r\n", 0, MIME_FROM_OK, "a@x.example"},
	{"Sender: a@x.example\r\n\r\n", 0, MIME_FROM_MISSING, NULL},
	{"From:\r\n\r\n", 0, MIME_FROM_MISSING, NULL},
	{"From: a@x.example\r\nFROM: b@x.example\r\n\r\n", 0, MIME_FROM_SEVERAL_FIELDS, NULL},
	{"From: a@x.example\r\nFrom: a@x.example\r\n\r\n", 0, MIME_FROM_SEVERAL_FIELDS, NULL},
	{"From: a@x.example, b@x.example\r\n\r\n", 0, MIME_FROM_SEVERAL_MAILBOXES, NULL},
	{"From: g: a@x.example;\r\n\r\n", 0, MIME_FROM_GROUP, NULL},
	{"From: undisclosed:;\r\n\r\n", 0, MIME_FROM_GROUP, NULL},
	{"From: <>\r\n\r\n", 0, MIME_FROM_ODD, NULL},
	{"From: a@b@x.example\r\n\r\n", 0, MIME_FROM_ODD, NULL},
	{"From: <a@x.example> <b@x.example>\r\n\r\n", 0, MIME_FROM_ODD, NULL},
	{"From: a@x.example\0@b.example\r\n\r\n", 33, MIME_FROM_ODD, NULL},
	{"From: A\0 <a@x.example>\r\n\r\n", 26, MIME_FROM_ODD, NULL},
	{"From: A\r <a@x.example>\r\n\r\n", 0, MIME_FROM_ODD, NULL},
	{"From : a@x.example\r\n\r\n", 0, MIME_FROM_ODD, NULL},
	{"From: \"ceo@bank.example\"@x.example\r\n\r\n", 0, MIME_FROM_ODD, NULL},
	{"From: =?utf-8?q?a=40x.example?=\r\n\r\n", 0, MIME_FROM_ODD, NULL},
};

static void
test_from(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(froms); i++) {
		size_t n = froms[i].n > 0 ? froms[i].n : strlen(froms[i].header);
		g_autoptr(MimeHeader) h = NULL;
		g_assert_true(mime_header_parse(base_bytes(froms[i].header, n), &h, NULL));
		g_auto(MimeFrom) from = mime_from_read(h);
		g_test_message("%s", froms[i].header);
		g_assert_cmpstr(mime_from_state_name(from.state), ==,
				mime_from_state_name(froms[i].state));
		g_assert_cmpstr(from.mailbox == NULL ? NULL : from.mailbox->address, ==,
				froms[i].address);
	}
}

static void
test_fields(void)
{
	g_autoptr(MimeHeader) h = NULL;
	BaseBytes block = BASE_LIT("To: a@x.example\r\nTo: b@x.example\r\n\r\n");
	g_assert_true(mime_header_parse(block, &h, NULL));
	MimeAddressFlags flags = 0;
	g_autoptr(GPtrArray) list = mime_addresses_of(h, "to", &flags);
	g_assert_cmpuint(list->len, ==, 2);
	g_assert_cmpuint(flags, ==, M);
}

static void
test_limit(void)
{
	g_autoptr(GString) s = g_string_new("a@x.example");
	for (guint i = 1; i < BASE_LIMIT_ADDRESSES; i++) {
		g_string_append(s, ",a@x.example");
	}
	MimeAddressFlags flags = 0;
	g_autoptr(GPtrArray) all = mime_addresses_parse(s->str, &flags);
	g_assert_cmpuint(all->len, ==, BASE_LIMIT_ADDRESSES);
	g_assert_cmpuint(flags, ==, M);
	g_string_append(s, ",a@x.example");
	g_autoptr(GPtrArray) cut = mime_addresses_parse(s->str, &flags);
	g_assert_cmpuint(cut->len, ==, BASE_LIMIT_ADDRESSES);
	g_assert_cmpuint(flags, ==, M | MIME_ADDRESS_CUT);
	/* brackets without end are read once, not once each */
	g_autofree char *nested = g_strnfill(200000, '(');
	g_autoptr(GPtrArray) none = mime_addresses_parse(nested, &flags);
	g_assert_cmpuint(none->len, ==, 0);
	g_autoptr(GString) quotes = g_string_new("<");
	for (guint i = 0; i < 100000; i++) {
		g_string_append(quotes, "\"\\");
	}
	g_autoptr(GPtrArray) open = mime_addresses_parse(quotes->str, &flags);
	g_assert_cmpuint(open->len, ==, 0);
}

static void
test_valid(void)
{
	static const char *const good[] = {"a@b", "a.b@c.d", "\"\"@x", "\"a\\\"b\"@x.y",
					   "!#$%&'*+-/=?^_`{|}~@x"};
	static const char *const bad[] = {"",      "a",     "a@",    "@b",     "a@b c",
					  "a @b",  ".a@b",  "a.@b",  "a@b..c", "a@[b",
					  "a@b\n", "<a@b>", "\"a@b", "a@b@c",  "a@b,c"};
	for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
		g_assert_true(mime_address_is_valid(good[i]));
	}
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_assert_false(mime_address_is_valid(bad[i]));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/address/parse", test_parse);
	g_test_add_func("/mime/address/display", test_display);
	g_test_add_func("/mime/address/from", test_from);
	g_test_add_func("/mime/address/fields", test_fields);
	g_test_add_func("/mime/address/limit", test_limit);
	g_test_add_func("/mime/address/valid", test_valid);
	return g_test_run();
}
