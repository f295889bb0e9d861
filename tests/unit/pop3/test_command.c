/* SPDX-License-Identifier: MPL-2.0 */
/* Commands of a POP3 client. */
#include "pop3/command.h"
#include "t.h"

static void
test_good(void)
{
	static const struct {
		const char *line;
		Pop3Verb verb;
		const char *text;
		const char *initial; /* NULL: none came */
		guint n;
		guint32 numbers[2];
	} cases[] = {
		{"CAPA", POP3_CAPA, "", NULL, 0, {0}},
		{"capa ", POP3_CAPA, "", NULL, 0, {0}},
		{"STLS", POP3_STLS, "", NULL, 0, {0}},
		{"USER mrose", POP3_USER, "mrose", NULL, 0, {0}},
		{"uSeR Alice Example (sealed)", POP3_USER, "Alice Example (sealed)", NULL, 0, {0}},
		{"PASS  two blanks ", POP3_PASS, " two blanks ", NULL, 0, {0}},
		{"AUTH", POP3_AUTH, "", NULL, 0, {0}},
		{"AUTH PLAIN", POP3_AUTH, "PLAIN", NULL, 0, {0}},
		{"AUTH PLAIN AGEAYg==", POP3_AUTH, "PLAIN", "AGEAYg==", 0, {0}},
		{"AUTH PLAIN =", POP3_AUTH, "PLAIN", "=", 0, {0}},
		{"STAT", POP3_STAT, "", NULL, 0, {0}},
		{"LIST", POP3_LIST, "", NULL, 0, {0}},
		{"LIST 2", POP3_LIST, "", NULL, 1, {2, 0}},
		{"UIDL", POP3_UIDL, "", NULL, 0, {0}},
		{"UIDL 4294967295", POP3_UIDL, "", NULL, 1, {4294967295U, 0}},
		{"RETR 1", POP3_RETR, "", NULL, 1, {1, 0}},
		{"TOP 1 10", POP3_TOP, "", NULL, 2, {1, 10}},
		{"TOP  1  0 ", POP3_TOP, "", NULL, 2, {1, 0}},
		{"DELE 0001", POP3_DELE, "", NULL, 1, {1, 0}},
		{"RSET", POP3_RSET, "", NULL, 0, {0}},
		{"NOOP", POP3_NOOP, "", NULL, 0, {0}},
		{"QUIT", POP3_QUIT, "", NULL, 0, {0}},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Pop3Command command;
		g_autoptr(GError) error = NULL;

		g_test_message("%s", cases[i].line);
		g_assert_true(pop3_command_parse(base_bytes_str(cases[i].line), &command, &error));
		g_assert_no_error(error);
		g_assert_false(command.odd);
		g_assert_cmpint(command.verb, ==, cases[i].verb);
		T_ASSERT_STR_BYTES(command.text, cases[i].text);
		g_assert_cmpint(command.initial.p == NULL, ==, cases[i].initial == NULL);
		T_ASSERT_STR_BYTES(command.initial,
				   cases[i].initial == NULL ? "" : cases[i].initial);
		g_assert_cmpuint(command.n_numbers, ==, cases[i].n);
		g_assert_cmpuint(command.numbers[0], ==, cases[i].numbers[0]);
		g_assert_cmpuint(command.numbers[1], ==, cases[i].numbers[1]);
	}
}

static void
test_bad(void)
{
	static const struct {
		const char *line;
		PsError code;
	} cases[] = {
		{"", PS_ERROR_UNSUPPORTED},
		{" STAT", PS_ERROR_UNSUPPORTED},
		{"STATUS", PS_ERROR_UNSUPPORTED},
		{"STA", PS_ERROR_UNSUPPORTED},
		{"APOP mrose c4c9334bac560ecc979e58001b3e22fb", PS_ERROR_UNSUPPORTED},
		{"UTF8", PS_ERROR_UNSUPPORTED},
		{"LANG", PS_ERROR_UNSUPPORTED},
		{"LAST", PS_ERROR_UNSUPPORTED},
		{"XTND XMIT", PS_ERROR_UNSUPPORTED},
		{"CAPA all", PS_ERROR_MALFORMED},
		{"STLS now", PS_ERROR_MALFORMED},
		{"USER", PS_ERROR_MALFORMED},
		{"USER ", PS_ERROR_MALFORMED},
		{"PASS", PS_ERROR_MALFORMED},
		{"AUTH PLAIN a b", PS_ERROR_MALFORMED},
		{"NOOP NOOP", PS_ERROR_MALFORMED},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Pop3Command command = {.verb = POP3_VERBS};
		g_autoptr(GError) error = NULL;

		g_test_message("%s", cases[i].line);
		g_assert_false(pop3_command_parse(base_bytes_str(cases[i].line), &command, &error));
		g_assert_error(error, PS_ERROR, (gint)cases[i].code);
		g_assert_cmpint(command.verb, ==, POP3_VERBS);
	}
}

static void
test_odd(void)
{
	static const char *const lines[] = {
		"LIST 0",    "LIST 1 2", "LIST 1\t2",       "RETR",
		"RETR -1",   "RETR +1",  "RETR 4294967296", "RETR 99999999999999999999",
		"RETR 1x",   "RETR 1 2", "TOP 1",           "TOP 0 1",
		"TOP 1 2 3", "DELE",
	};

	for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
		Pop3Command command = {.verb = POP3_VERBS};

		g_test_message("%s", lines[i]);
		g_assert_true(pop3_command_parse(base_bytes_str(lines[i]), &command, NULL));
		g_assert_true(g_str_has_prefix(lines[i], pop3_verb_name(command.verb)));
		g_assert_true(command.odd);
	}
}

static void
test_unknown(void)
{
	Pop3Command command;
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) error_too = NULL;

	g_assert_false(pop3_command_parse(base_bytes_str("Nonsense 1"), &command, &error));
	g_assert_cmpstr(error->message, ==, "Unknown command: NONSENSE");
	g_assert_false(pop3_command_parse(base_bytes_str("\xff"), &command, &error_too));
	g_assert_cmpstr(error_too->message, ==, "Unknown command: ?");
}

static void
test_nul(void)
{
	Pop3Command command;

	g_assert_false(pop3_command_parse(BASE_LIT("USER a\0b"), &command, NULL));
	g_assert_false(pop3_command_parse(BASE_LIT("STAT\0"), &command, NULL));
	g_assert_true(pop3_command_parse(BASE_LIT("RETR 1\0"), &command, NULL) && command.odd);
}

static void
test_names(void)
{
	for (guint verb = 0; verb < POP3_VERBS; verb++) {
		Pop3Command command;
		g_autofree char *line = g_strconcat(pop3_verb_name((Pop3Verb)verb), " 1 1", NULL);

		(void)pop3_command_parse(base_bytes_str(line), &command, NULL);
		g_assert_nonnull(pop3_verb_name((Pop3Verb)verb));
	}
	g_assert_cmpstr(pop3_verb_name(POP3_TOP), ==, "TOP");
	g_assert_cmpstr(pop3_verb_name(POP3_VERBS), ==, "?");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pop3/command/good", test_good);
	g_test_add_func("/pop3/command/bad", test_bad);
	g_test_add_func("/pop3/command/odd", test_odd);
	g_test_add_func("/pop3/command/unknown", test_unknown);
	g_test_add_func("/pop3/command/nul", test_nul);
	g_test_add_func("/pop3/command/names", test_names);
	return g_test_run();
}
