/* SPDX-License-Identifier: MPL-2.0 */
#include "smtp/command.h"
#include "t.h"

static const struct {
	const char *line;
	SmtpVerb verb;
	const char *argument;
} rows[] = {
	{"EHLO client.example.org", SMTP_VERB_EHLO, "client.example.org"},
	{"ehlo [127.0.0.1]", SMTP_VERB_EHLO, "[127.0.0.1]"},
	{"HeLo x", SMTP_VERB_HELO, "x"},
	{"MAIL FROM:<a@b.example> SIZE=1", SMTP_VERB_MAIL, "FROM:<a@b.example> SIZE=1"},
	{"RCPT TO:<a@b.example>  ", SMTP_VERB_RCPT, "TO:<a@b.example>"},
	{"DATA", SMTP_VERB_DATA, ""},
	{"DATA \t", SMTP_VERB_DATA, ""},
	{"RSET", SMTP_VERB_RSET, ""},
	{"NOOP anything", SMTP_VERB_NOOP, "anything"},
	{"QUIT", SMTP_VERB_QUIT, ""},
	{"VRFY alice", SMTP_VERB_VRFY, "alice"},
	{"EXPN list", SMTP_VERB_EXPN, "list"},
	{"HELP", SMTP_VERB_HELP, ""},
	{"STARTTLS", SMTP_VERB_STARTTLS, ""},
	{"AUTH PLAIN AGEAYg==", SMTP_VERB_AUTH, "PLAIN AGEAYg=="},
	{"BURL imap://host/ LAST", SMTP_VERB_HIDDEN, "imap://host/ LAST"},
	{"BDAT 10 LAST", SMTP_VERB_FOREIGN, "10 LAST"},
	{"POST / HTTP/1.1", SMTP_VERB_FOREIGN, "/ HTTP/1.1"},
	{"", SMTP_VERB_UNKNOWN, ""},
	{" EHLO x", SMTP_VERB_UNKNOWN, "EHLO x"},
	{"EHLOX y", SMTP_VERB_UNKNOWN, "y"},
	{"MAI", SMTP_VERB_UNKNOWN, ""},
};

static void
test_rows(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *line = g_strdup(rows[i].line);
		SmtpCommand command = smtp_command_parse(line);
		g_assert_cmpint(command.verb, ==, rows[i].verb);
		g_assert_cmpstr(command.argument, ==, rows[i].argument);
	}
}

static void
test_hosts(void)
{
	static const char *const good[] = {"localhost",   "a.example.org",
					   "[127.0.0.1]", "[IPv6:fe80::1]",
					   "my_pc",       "xn--bcher-kva.example"};
	static const char *const bad[] = {"", "a b", "a\r", "b\303\274cher.example", "a<b>", "a;b"};
	for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
		g_assert_true(smtp_host_is_valid(good[i]));
	}
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_assert_false(smtp_host_is_valid(bad[i]));
	}
	g_autofree char *name = g_strnfill(256, 'a');
	g_assert_false(smtp_host_is_valid(name));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/smtp/command/rows", test_rows);
	g_test_add_func("/smtp/command/hosts", test_hosts);
	return g_test_run();
}
