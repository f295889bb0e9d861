/* SPDX-License-Identifier: MPL-2.0 */
/* Answers of a POP3 server; the examples are those of RFC 1939. */
#include "pop3/response.h"
#include "t.h"

static void
test_status(void)
{
	static const struct {
		const char *line;
		bool good;
		Pop3Status status;
		const char *text;
	} cases[] = {
		{"+OK dewey POP3 server signing off (maildrop empty)", true, POP3_OK,
		 "dewey POP3 server signing off (maildrop empty)"},
		{"+OK", true, POP3_OK, ""},
		{"+OK ", true, POP3_OK, ""},
		{"+ok 2 320", true, POP3_OK, "2 320"},
		{"-ERR no such message, only 2 messages in maildrop", true, POP3_ERR,
		 "no such message, only 2 messages in maildrop"},
		{"-ERR", true, POP3_ERR, ""},
		{"-ERR [AUTH] no", true, POP3_ERR, "[AUTH] no"},
		{"+", true, POP3_CONTINUE, ""},
		{"+ ", true, POP3_CONTINUE, ""},
		{"+ VXNlcm5hbWU6", true, POP3_CONTINUE, "VXNlcm5hbWU6"},
		{"", false, POP3_OK, ""},
		{"OK", false, POP3_OK, ""},
		{"+OKAY", false, POP3_OK, ""},
		{"-ERROR", false, POP3_OK, ""},
		{" +OK", false, POP3_OK, ""},
		{"* OK IMAP4", false, POP3_OK, ""},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Pop3Status status;
		BaseBytes text;

		g_test_message("%s", cases[i].line);
		g_assert_cmpint(pop3_response_parse(base_bytes_str(cases[i].line), &status, &text),
				==, cases[i].good);
		if (cases[i].good) {
			g_assert_cmpint(status, ==, cases[i].status);
			T_ASSERT_STR_BYTES(text, cases[i].text);
		}
	}
}

static void
test_sizes(void)
{
	static const struct {
		const char *text;
		bool good;
		guint32 number;
		guint64 octets;
	} cases[] = {
		{"2 200", true, 2, 200},
		{"2 200 messages and more", true, 2, 200},
		{"0 0", true, 0, 0},
		{"1  120", true, 1, 120},
		{"4294967295 9223372036854775807", true, 4294967295U, G_MAXINT64},
		{"4294967296 1", false, 0, 0},
		{"1 9223372036854775808", false, 0, 0},
		{"1 99999999999999999999999", false, 0, 0},
		{"", false, 0, 0},
		{"2", false, 0, 0},
		{"2 ", false, 0, 0},
		{" 2 200", false, 0, 0},
		{"2 200x", false, 0, 0},
		{"-2 200", false, 0, 0},
		{"2 messages (320 octets)", false, 0, 0},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		guint32 number = 7;
		guint64 octets = 7;

		g_test_message("%s", cases[i].text);
		g_assert_cmpint(pop3_sizes_parse(base_bytes_str(cases[i].text), &number, &octets),
				==, cases[i].good);
		g_assert_cmpuint(number, ==, cases[i].good ? cases[i].number : 7);
		g_assert_cmpuint(octets, ==, cases[i].good ? cases[i].octets : 7);
	}
}

static void
test_uidl(void)
{
	g_autofree char *seventy = g_strnfill(70, 'x');
	g_autofree char *longest = g_strconcat("1 ", seventy, NULL);
	g_autofree char *too_long = g_strconcat(longest, "x", NULL);

	const struct {
		const char *text;
		const char *id; /* NULL: not one */
	} cases[] = {
		{"1 whqtswO00WBw418f9t5JxYwZ", "whqtswO00WBw418f9t5JxYwZ"},
		{"2 QhdPYR:00WBw1Ph7x7", "QhdPYR:00WBw1Ph7x7"},
		{"1 ~!", "~!"},
		{"1 a ", "a"},
		{longest, seventy},
		{too_long, NULL},
		{"1 ", NULL},
		{"1", NULL},
		{"1 a b", NULL},
		{"1 a\x7f", NULL},
		{"1 \xc3\xa4", NULL},
		{"x a", NULL},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		guint32 number = 0;
		BaseBytes id;

		g_test_message("%s", cases[i].text);
		g_assert_cmpint(pop3_uidl_parse(base_bytes_str(cases[i].text), &number, &id), ==,
				cases[i].id != NULL);
		if (cases[i].id != NULL) {
			T_ASSERT_STR_BYTES(id, cases[i].id);
		}
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pop3/response/status", test_status);
	g_test_add_func("/pop3/response/sizes", test_sizes);
	g_test_add_func("/pop3/response/uidl", test_uidl);
	return g_test_run();
}
