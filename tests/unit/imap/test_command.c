/* SPDX-License-Identifier: MPL-2.0 */
/* Commands and response lines; examples of RFC 9051 and what Dovecot and Gmail say. */
#include "imap/command.h"
#include "t.h"

static const struct {
	const char *octets;
	const char *tag;  /* NULL: not even a tag */
	const char *name; /* NULL: malformed */
	bool uid;
	const char *args;
} commands[] = {
	{"a001 NOOP\r\n", "a001", "NOOP", false, "\r\n"},
	{"a001 noop\n", "a001", "NOOP", false, "\n"},
	{"A1 Uid fEtch 1:* (FLAGS)\r\n", "A1", "FETCH", true, "1:* (FLAGS)\r\n"},
	{"A1 UID XPUNGE2\r\n", "A1", "XPUNGE2", true, "\r\n"},
	{"* LOGIN x\r\n", NULL, NULL, false, NULL},
	{"1.2/3] LOGIN {3}\r\nabc {2}\r\nde\r\n", "1.2/3]", "LOGIN", false,
	 "{3}\r\nabc {2}\r\nde\r\n"},
	{"a X-foo.1_b  y\r\n", "a", "X-FOO.1_B", false, " y\r\n"},
	{"a NOOP \r\n", "a", "NOOP", false, "\r\n"},
	{"a UID\r\n", "a", NULL, false, NULL},
	{"a UID \r\n", "a", NULL, false, NULL},
	{"a  NOOP\r\n", "a", NULL, false, NULL},
	{"a\r\n", "a", NULL, false, NULL},
	{"a \r\n", "a", NULL, false, NULL},
	{"a NO(OP\r\n", "a", NULL, false, NULL},
	{"a NOOP", "a", NULL, false, NULL},
	{"a {3}\r\nabc\r\n", "a", NULL, false, NULL},
	{"\r\n", NULL, NULL, false, NULL},
	{"", NULL, NULL, false, NULL},
	{"+ NOOP\r\n", NULL, NULL, false, NULL},
	{"a+b NOOP\r\n", NULL, NULL, false, NULL},
	{"(a NOOP\r\n", NULL, NULL, false, NULL},
	{"\"a\" NOOP\r\n", NULL, NULL, false, NULL},
};

static void
test_commands(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
		g_autoptr(ImapCommand) command = NULL;
		g_autoptr(GError) error = NULL;
		bool ok = imap_command_parse(base_bytes_str(commands[i].octets), &command, &error);
		g_test_message("%s", commands[i].octets);
		g_assert_true(ok == (commands[i].name != NULL));
		g_assert_cmpstr(command == NULL ? NULL : command->tag, ==, commands[i].tag);
		g_assert_cmpstr(command == NULL ? NULL : command->name, ==, commands[i].name);
		if (!ok) {
			g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
			continue;
		}
		g_assert_true(command->uid == commands[i].uid);
		T_ASSERT_STR_BYTES(command->args, commands[i].args);
	}
}

static void
test_nul(void)
{
	static const char octets[] = "a\0 NOOP\r\n";
	g_autoptr(ImapCommand) command = NULL;

	g_assert_false(imap_command_parse(base_bytes(octets, sizeof octets - 1), &command, NULL));
	g_assert_null(command);
}

static const struct {
	const char *rest;
	const char *string; /* NULL: none */
	const char *left;
} astrings[] = {
	{"INBOX\r\n", "INBOX", "\r\n"},
	{"foo]bar (x)", "foo]bar", "(x)"},
	{"\"a b\" c", "a b", "c"},
	{"\"a \\\"b\\\\\"", "a \"b\\", ""},
	{"\"\" x", "", "x"},
	{"{3}\r\na\r\n x", "a\r\n", "x"},
	{"{3+}\r\nabcdef", "abc", "def"},
	{"{0}\r\n x", "", "x"},
	{"\"Entw\xc3\xbcrfe\"", "Entw\xc3\xbcrfe", ""},
	{"Entw\xc3\xbcrfe\r\n", "Entw\xc3\xbcrfe", "\r\n"},
	{"a  b", "a", " b"},
	{"{4}\r\nabc", NULL, NULL},
	{"{99999999999}\r\nabc", NULL, NULL},
	{"{4}\r\n", NULL, NULL},
	{"\"abc", NULL, NULL},
	{"\"abc\\\"", NULL, NULL},
	{"\"ab\r\nc\"", NULL, NULL},
	{"\"ab\\\r\nc\"", NULL, NULL},
	{"(a)", NULL, NULL},
	{" a", NULL, NULL},
	{"*", NULL, NULL},
	{"", NULL, NULL},
	{"\r\n", NULL, NULL},
};

static void
test_astrings(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(astrings); i++) {
		BaseBytes rest = base_bytes_str(astrings[i].rest);
		g_autofree char *string = imap_take_astring(&rest);
		g_assert_cmpstr(string, ==, astrings[i].string);
		T_ASSERT_STR_BYTES(rest, string == NULL ? astrings[i].rest : astrings[i].left);
	}
	BaseBytes nul = BASE_LIT("{3}\r\na\0b x");
	g_assert_null(imap_take_astring(&nul));
}

static const struct {
	const char *rest;
	const char *joined; /* with "|"; NULL: none */
	const char *left;
} lists[] = {
	{"(\\Seen $Forwarded) x", "\\Seen|$Forwarded", "x"},
	{"(\\Answered \\*)] Flags permitted", "\\Answered|\\*", "] Flags permitted"},
	{"()\r\n", "", "\r\n"},
	{"(a]b)", "a]b", ""},
	{"(", NULL, NULL},
	{"(a", NULL, NULL},
	{"(a ", NULL, NULL},
	{"(a (b))", NULL, NULL},
	{"(\"a\")", NULL, NULL},
	{"(\\)", NULL, NULL},
	{"a", NULL, NULL},
	{"", NULL, NULL},
};

static void
test_lists(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
		BaseBytes rest = base_bytes_str(lists[i].rest);
		g_auto(GStrv) atoms = imap_take_atoms(&rest);
		g_autofree char *joined = atoms == NULL ? NULL : g_strjoinv("|", atoms);
		g_assert_cmpstr(joined, ==, lists[i].joined);
		T_ASSERT_STR_BYTES(rest, joined == NULL ? lists[i].rest : lists[i].left);
	}
}

static void
test_quote(void)
{
	g_autofree char *plain = imap_quote("a b");
	g_autofree char *special = imap_quote("a\"\\");

	g_assert_cmpstr(plain, ==, "\"a b\"");
	g_assert_cmpstr(special, ==, "\"a\\\"\\\\\"");
	g_assert_null(imap_quote("a\r"));
	g_assert_null(imap_quote("a\nb"));
	g_assert_null(imap_quote("\xc3\xbc"));
}

static const struct {
	const char *line;
	int kind;
	const char *tag;
	const char *name;
	gint64 number; /* -1: none */
	const char *code;
	const char *rest;
} responses[] = {
	{"* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n", IMAP_UNTAGGED, "", "OK", -1,
	 "CAPABILITY IMAP4rev1 IDLE", "[CAPABILITY IMAP4rev1 IDLE] ready"},
	{"* 5 FETCH (FLAGS (\\Seen))\r\n", IMAP_UNTAGGED, "", "FETCH", 5, "", "(FLAGS (\\Seen))"},
	{"* 5 fetch (BODY[] {5}\r\n", IMAP_UNTAGGED, "", "FETCH", 5, "", "(BODY[] {5}"},
	{"* 172 EXISTS\r\n", IMAP_UNTAGGED, "", "EXISTS", 172, "", ""},
	{"* SEARCH\r\n", IMAP_UNTAGGED, "", "SEARCH", -1, "", ""},
	{"* SEARCH 2 84\r\n", IMAP_UNTAGGED, "", "SEARCH", -1, "", "2 84"},
	{"* LIST () \"/\" [x]\r\n", IMAP_UNTAGGED, "", "LIST", -1, "", "() \"/\" [x]"},
	{"a1 OK [READ-WRITE] done\r\n", IMAP_TAGGED, "a1", "OK", -1, "READ-WRITE",
	 "[READ-WRITE] done"},
	{"a1 no\n", IMAP_TAGGED, "a1", "NO", -1, "", ""},
	{"* OK [PERMANENTFLAGS (\\Seen x]y \\*)] ok\r\n", IMAP_UNTAGGED, "", "OK", -1,
	 "PERMANENTFLAGS (\\Seen x]y \\*)", "[PERMANENTFLAGS (\\Seen x]y \\*)] ok"},
	{"* NO [ALERT (] oh\r\n", IMAP_UNTAGGED, "", "NO", -1, "ALERT (", "[ALERT (] oh"},
	{"* BYE [UNAVAILABLE\r\n", IMAP_UNTAGGED, "", "BYE", -1, "", "[UNAVAILABLE"},
	{"* BAD []\r\n", IMAP_UNTAGGED, "", "BAD", -1, "", "[]"},
	{"* PREAUTH hello\r\n", IMAP_UNTAGGED, "", "PREAUTH", -1, "", "hello"},
	{"* X-VERY-LONG-NAME-OF-SOMETHING 1\r\n", IMAP_UNTAGGED, "", "", -1, "", "1"},
	{"+ idling\r\n", IMAP_CONTINUE, "", "", -1, "", "idling"},
	{"+ \r\n", IMAP_CONTINUE, "", "", -1, "", ""},
	{"+\r\n", IMAP_CONTINUE, "", "", -1, "", ""},
	{"* 5\r\n", IMAP_BROKEN, "", "", -1, "", ""},
	{"* 4294967296 EXISTS\r\n", IMAP_BROKEN, "", "", -1, "", ""},
	{"* \r\n", IMAP_BROKEN, "", "", -1, "", ""},
	{"*\r\n", IMAP_BROKEN, "", "", -1, "", ""},
	{"*OK\r\n", IMAP_BROKEN, "", "", -1, "", ""},
	{"+x\r\n", IMAP_BROKEN, "", "", -1, "", ""},
	{"a1\r\n", IMAP_BROKEN, "", "", -1, "", ""},
	{"a1 (\r\n", IMAP_BROKEN, "", "", -1, "", ""},
	{"(\r\n", IMAP_BROKEN, "", "", -1, "", ""},
	{"\r\n", IMAP_BROKEN, "", "", -1, "", ""},
	{"", IMAP_BROKEN, "", "", -1, "", ""},
};

static void
test_responses(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(responses); i++) {
		ImapResponse r;
		imap_response_parse(base_bytes_str(responses[i].line), &r);
		g_test_message("%s", responses[i].line);
		g_assert_cmpint((int)r.kind, ==, responses[i].kind);
		T_ASSERT_STR_BYTES(r.tag, responses[i].tag);
		g_assert_cmpstr(r.name, ==, responses[i].name);
		g_assert_cmpint(r.has_number ? (gint64)r.number : -1, ==, responses[i].number);
		T_ASSERT_STR_BYTES(r.code, responses[i].code);
		T_ASSERT_STR_BYTES(r.rest, responses[i].rest);
	}
}

static void
test_status(void)
{
	ImapResponse r;

	imap_response_parse(BASE_LIT("* ok [Capability IMAP4rev1] hi\r\n"), &r);
	g_assert_true(imap_response_is_status(&r));
	g_assert_true(imap_response_has_code(&r, "CAPABILITY"));
	g_assert_false(imap_response_has_code(&r, "CAPABILI"));
	imap_response_parse(BASE_LIT("* LIST () NIL x\r\n"), &r);
	g_assert_false(imap_response_is_status(&r));
	imap_response_parse(BASE_LIT("* 4 OK [ALERT] x\r\n"), &r);
	g_assert_false(imap_response_is_status(&r));
	g_assert_false(imap_response_has_code(&r, "ALERT"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/imap/command/commands", test_commands);
	g_test_add_func("/imap/command/nul", test_nul);
	g_test_add_func("/imap/command/astrings", test_astrings);
	g_test_add_func("/imap/command/lists", test_lists);
	g_test_add_func("/imap/command/quote", test_quote);
	g_test_add_func("/imap/command/responses", test_responses);
	g_test_add_func("/imap/command/status", test_status);
	return g_test_run();
}
