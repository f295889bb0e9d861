/* SPDX-License-Identifier: MPL-2.0 */
/* ENVELOPE: RFC 3501 section 7.4.2 with its example, and addresses of all forms. */
#include "imap/envelope.h"
#include "imap_help.h"

/* RFC 3501 section 8, the message of the sample session. */
static void
test_sample_session(void)
{
	check_answer("Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\n"
		     "From: Terry Gray <gray@cac.washington.edu>\n"
		     "Subject: IMAP4rev1 WG mtg summary and minutes\n"
		     "To: imap@cac.washington.edu\n"
		     "cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\n"
		     "Message-Id: <B27397-0100000@cac.washington.edu>\n"
		     "MIME-Version: 1.0\n"
		     "Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\n\n",
		     "(ENVELOPE)",
		     "ENVELOPE (\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" "
		     "\"IMAP4rev1 WG mtg summary and minutes\" "
		     "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
		     "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
		     "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
		     "((NIL NIL \"imap\" \"cac.washington.edu\")) "
		     "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")"
		     "(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL "
		     "\"<B27397-0100000@cac.washington.edu>\")");
}

static const struct {
	const char *value;
	const char *want;
} lists[] = {
	{"a@b.example", "(NIL NIL \"a\" \"b.example\")"},
	{"Ann B <a@b.example>", "(\"Ann B\" NIL \"a\" \"b.example\")"},
	{"\"Ann, B.\" <a@b.example>", "(\"Ann, B.\" NIL \"a\" \"b.example\")"},
	{"a@b.example (Ann)", "(\"Ann\" NIL \"a\" \"b.example\")"},
	{"a@b.example (Ann (of \\) old))", "(\"Ann (of ) old)\" NIL \"a\" \"b.example\")"},
	{"=?utf-8?q?J=C3=BCrgen?= <j@b.example>",
	 "(\"=?utf-8?q?J=C3=BCrgen?=\" NIL \"j\" \"b.example\")"},
	{"J\xc3\xbcrgen <j@b.example>", "({7}\r\nJ\xc3\xbcrgen NIL \"j\" \"b.example\")"},
	{"\"A \\\"B\\\"\" <a@b.example>", "({5}\r\nA \"B\" NIL \"a\" \"b.example\")"},
	/* RFC 5322 appendix A.1.3 and A.5, group and odd spacing */
	{"A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
	 "(NIL NIL \"A Group\" NIL)(\"Ed Jones\" NIL \"c\" \"a.test\")"
	 "(NIL NIL \"joe\" \"where.test\")(\"John\" NIL \"jdoe\" \"one.test\")(NIL NIL NIL NIL)"},
	{"Undisclosed recipients:;", "(NIL NIL \"Undisclosed recipients\" NIL)(NIL NIL NIL NIL)"},
	{"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
	 "(\"Pete\" NIL \"pete\" \"silly.test\")"},
	{"john . q @ b . example", "(NIL NIL \"john.q\" \"b.example\")"},
	{"\"a b\"@c.example", "(NIL NIL \"a b\" \"c.example\")"},
	{"a@[127.0.0.1]", "(NIL NIL \"a\" \"[127.0.0.1]\")"},
	{"<@r.example,@s.example:a@b.example>",
	 "(NIL \"@r.example,@s.example\" \"a\" \"b.example\")"},
	{"a@b.example,\r\n\tc@d.example",
	 "(NIL NIL \"a\" \"b.example\")(NIL NIL \"c\" \"d.example\")"},
	{"Ann\r\n B <a@b.example>", "(\"Ann B\" NIL \"a\" \"b.example\")"},
	/* what is missing may not look like a group */
	{"Ann", "(NIL NIL \"Ann\" \"MISSING_DOMAIN\")"},
	{"Ann B", "(\"Ann B\" NIL \"MISSING_MAILBOX\" \"MISSING_DOMAIN\")"},
	{"Ann <a>", "(\"Ann\" NIL \"a\" \"MISSING_DOMAIN\")"},
	{"Ann <a@b.example", "(\"Ann\" NIL \"a\" \"SYNTAX_ERROR\")"},
	{"<@r.example a@b.example>", "(NIL \"INVALID_ROUTE\" \"a\" \"b.example\")"},
	{"", ""},
	{"(only a comment)", ""},
};

static void
test_addresses(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
		guint budget = 100;
		g_autoptr(GString) out = g_string_new(NULL);
		imap_addresses_write(out, base_bytes_str(lists[i].value), &budget);
		g_assert_cmpstr(out->str, ==, lists[i].want);
	}
}

static void
test_budget(void)
{
	guint budget = 2;
	g_autoptr(GString) out = g_string_new(NULL);
	imap_addresses_write(out, BASE_LIT("a@b, c@d, e@f"), &budget);
	g_assert_cmpstr(out->str, ==, "(NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")");
	g_assert_cmpuint(budget, ==, 0);
}

static void
test_defaults(void)
{
	check_answer("From: a@b\nSender:\nReply-To: \n\n", "(ENVELOPE)",
		     "ENVELOPE (NIL NIL ((NIL NIL \"a\" \"b\")) ((NIL NIL \"a\" \"b\")) "
		     "((NIL NIL \"a\" \"b\")) NIL NIL NIL NIL NIL)");
	check_answer("From: a@b\nSender: s@b\nReply-To: r@b\n\n", "(ENVELOPE)",
		     "ENVELOPE (NIL NIL ((NIL NIL \"a\" \"b\")) ((NIL NIL \"s\" \"b\")) "
		     "((NIL NIL \"r\" \"b\")) NIL NIL NIL NIL NIL)");
	check_answer("", "(ENVELOPE)", "ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
}

static void
test_repeated_fields(void)
{
	check_answer("Subject: one\nTo: a@b\nSubject: two\nTo: c@d\n\n", "(ENVELOPE)",
		     "ENVELOPE (NIL \"two\" NIL NIL NIL ((NIL NIL \"a\" \"b\")(NIL NIL \"c\" "
		     "\"d\")) NIL NIL NIL NIL)");
}

static void
test_strings(void)
{
	check_answer("Subject: a\n\tb  c \nDate: x\n y\nMessage-ID: <a\\b>\n\n", "(ENVELOPE)",
		     "ENVELOPE (\"x y\" {5}\r\na b c NIL NIL NIL NIL NIL NIL NIL \"<a\\\\b>\")");
	check_answer("Subject:\nDate: \xc3\xbc\n\n", "(ENVELOPE)",
		     "ENVELOPE ({2}\r\n\xc3\xbc \"\" NIL NIL NIL NIL NIL NIL NIL NIL)");
	check_answer("Message-ID: \"\"\"\"\"\n\n", "(ENVELOPE)",
		     "ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL {5}\r\n\"\"\"\"\")");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/imap/envelope/sample-session", test_sample_session);
	g_test_add_func("/imap/envelope/addresses", test_addresses);
	g_test_add_func("/imap/envelope/budget", test_budget);
	g_test_add_func("/imap/envelope/defaults", test_defaults);
	g_test_add_func("/imap/envelope/repeated-fields", test_repeated_fields);
	g_test_add_func("/imap/envelope/strings", test_strings);
	return g_test_run();
}
