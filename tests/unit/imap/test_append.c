/* SPDX-License-Identifier: MPL-2.0 */
/* APPEND commands; examples of RFC 9051, 3502, 3516 and 6855. */
#include "imap/append.h"
#include "t.h"

static const struct {
	const char *line;
	const char *mailbox; /* NULL: no APPEND that we know */
	const char *flags;
	uint64_t size;
	bool binary;
	bool non_sync;
} appends[] = {
	{"saved-messages (\\Seen) {310}\r\n", "saved-messages", "(\\Seen)", 310, false, false},
	{"\"a b\" {5+}\r\n", "\"a b\"", "", 5, false, true},
	{"{4}\r\nSent (\\Seen $x) \"17-Jul-1996 02:44:25 -0700\" {9}\n", "{4}\r\nSent",
	 "(\\Seen $x)", 9, false, false},
	{"Sent \" 1-Jan-2026 00:00:00 +0000\" ~{3+}\r\n", "Sent", "", 3, true, true},
	{"Drafts () UTF8 (~{29}\r\n", "Drafts", "()", 29, true, false},
	{"Drafts utf8 (~{29+}\r\n", "Drafts", "", 29, true, true},
	{"Drafts  ()  {1}\r\n", "Drafts", "()", 1, false, false},
	{"INBOX.Entw&APw-rfe {0}\r\n", "INBOX.Entw&APw-rfe", "", 0, false, false},
	{"Drafts CATENATE (TEXT {20}\r\n", NULL, NULL, 0, false, false},
	{"Drafts UTF8 {20}\r\n", NULL, NULL, 0, false, false},
	{"Drafts (\\Seen {20}\r\n", NULL, NULL, 0, false, false},
	{"Drafts (\\Seen){20}\r\n", NULL, NULL, 0, false, false},
	{"Drafts \"x {20}\r\n", NULL, NULL, 0, false, false},
	{"Drafts x {20}\r\n", NULL, NULL, 0, false, false},
	{"Drafts \"text\"\r\n", NULL, NULL, 0, false, false},
	{"Drafts {20}", NULL, NULL, 0, false, false},
	{"Drafts {20}\r\nx", NULL, NULL, 0, false, false},
	{"Drafts{20}\r\n", NULL, NULL, 0, false, false},
	{"{6}\r\nDrafts{20}\r\n", NULL, NULL, 0, false, false},
	{"{6}\r\n", NULL, NULL, 0, false, false},
	{"{60}\r\nDrafts {20}\r\n", NULL, NULL, 0, false, false},
	{"(a) {20}\r\n", NULL, NULL, 0, false, false},
	{"Drafts\r\n", NULL, NULL, 0, false, false},
	{"\r\n", NULL, NULL, 0, false, false},
	{"", NULL, NULL, 0, false, false},
};

static void
test_appends(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(appends); i++) {
		ImapAppend append = {.literal = {.size = 7}};
		bool ok = imap_append_parse(base_bytes_str(appends[i].line), &append);
		g_test_message("%s", appends[i].line);
		g_assert_true(ok == (appends[i].mailbox != NULL));
		if (!ok) {
			g_assert_cmpuint(append.literal.size, ==, 7);
			continue;
		}
		T_ASSERT_STR_BYTES(append.mailbox, appends[i].mailbox);
		T_ASSERT_STR_BYTES(append.flags, appends[i].flags);
		g_assert_cmpuint(append.literal.size, ==, appends[i].size);
		g_assert_true(append.literal.binary == appends[i].binary);
		g_assert_true(append.literal.non_sync == appends[i].non_sync);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/imap/append/appends", test_appends);
	return g_test_run();
}
