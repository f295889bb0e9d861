/* SPDX-License-Identifier: MPL-2.0 */
/* APPEND commands; examples of RFC 9051, 3502, 3516 and 6855. */
#include "imap/append.h"
#include "t.h"

static const struct {
	const char *line;
	const char *mailbox; /* NULL: no APPEND that we know */
	const char *flags;
	const char *date;
	uint64_t size;
	bool utf8;
	bool binary;
	bool non_sync;
} appends[] = {
	{"saved-messages (\\Seen) {310}\r\n", "saved-messages", "(\\Seen)", "", 310, false, false,
	 false},
	{"\"a b\" {5+}\r\n", "\"a b\"", "", "", 5, false, false, true},
	{"{4}\r\nSent (\\Seen $x) \"17-Jul-1996 02:44:25 -0700\" {9}\n", "{4}\r\nSent",
	 "(\\Seen $x)", "\"17-Jul-1996 02:44:25 -0700\"", 9, false, false, false},
	{"Sent \" 1-Jan-2026 00:00:00 +0000\" ~{3+}\r\n", "Sent", "",
	 "\" 1-Jan-2026 00:00:00 +0000\"", 3, false, true, true},
	{"Drafts () UTF8 (~{29}\r\n", "Drafts", "()", "", 29, true, true, false},
	{"Drafts utf8 (~{29+}\r\n", "Drafts", "", "", 29, true, true, true},
	{"Drafts  ()  {1}\r\n", "Drafts", "()", "", 1, false, false, false},
	{"INBOX.Entw&APw-rfe {0}\r\n", "INBOX.Entw&APw-rfe", "", "", 0, false, false, false},
	{"Drafts CATENATE (TEXT {20}\r\n", NULL, NULL, NULL, 0, false, false, false},
	{"Drafts UTF8 {20}\r\n", NULL, NULL, NULL, 0, false, false, false},
	{"Drafts (\\Seen {20}\r\n", NULL, NULL, NULL, 0, false, false, false},
	{"Drafts (\\Seen){20}\r\n", NULL, NULL, NULL, 0, false, false, false},
	{"Drafts \"x {20}\r\n", NULL, NULL, NULL, 0, false, false, false},
	{"Drafts x {20}\r\n", NULL, NULL, NULL, 0, false, false, false},
	{"Drafts \"text\"\r\n", NULL, NULL, NULL, 0, false, false, false},
	{"Drafts {20}", NULL, NULL, NULL, 0, false, false, false},
	{"Drafts {20}\r\nx", NULL, NULL, NULL, 0, false, false, false},
	{"Drafts{20}\r\n", NULL, NULL, NULL, 0, false, false, false},
	{"{6}\r\nDrafts{20}\r\n", NULL, NULL, NULL, 0, false, false, false},
	{"{6}\r\n", NULL, NULL, NULL, 0, false, false, false},
	{"{60}\r\nDrafts {20}\r\n", NULL, NULL, NULL, 0, false, false, false},
	{"(a) {20}\r\n", NULL, NULL, NULL, 0, false, false, false},
	{"Drafts\r\n", NULL, NULL, NULL, 0, false, false, false},
	{"\r\n", NULL, NULL, NULL, 0, false, false, false},
	{"", NULL, NULL, NULL, 0, false, false, false},
};

static void
test_appends(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(appends); i++) {
		ImapAppend append = {.utf8 = true};
		bool ok = imap_append_parse(base_bytes_str(appends[i].line), &append);
		g_test_message("%s", appends[i].line);
		g_assert_true(ok == (appends[i].mailbox != NULL));
		if (!ok) {
			g_assert_true(append.utf8);
			continue;
		}
		T_ASSERT_STR_BYTES(append.mailbox, appends[i].mailbox);
		T_ASSERT_STR_BYTES(append.flags, appends[i].flags);
		T_ASSERT_STR_BYTES(append.date, appends[i].date);
		g_assert_cmpuint(append.literal.size, ==, appends[i].size);
		g_assert_true(append.utf8 == appends[i].utf8);
		g_assert_true(append.literal.binary == appends[i].binary);
		g_assert_true(append.literal.non_sync == appends[i].non_sync);
	}
}

static const struct {
	bool utf8;
	const char *line;
	ImapAppendAfter after;
} afters[] = {
	{false, "\r\n", IMAP_APPEND_END},
	{false, "\n", IMAP_APPEND_END},
	{false, " \r\n", IMAP_APPEND_END},
	{true, ")\r\n", IMAP_APPEND_END},
	{false, " (\\Seen) \" 7-Feb-1994 22:43:04 -0800\" {295}\r\n", IMAP_APPEND_MORE},
	{false, " {7+}\r\n", IMAP_APPEND_MORE},
	{true, ") UTF8 (~{7}\r\n", IMAP_APPEND_MORE},
	{true, "\r\n", IMAP_APPEND_BROKEN},
	{false, ")\r\n", IMAP_APPEND_BROKEN},
	{false, "x\r\n", IMAP_APPEND_BROKEN},
	{false, "{7}\r\n", IMAP_APPEND_BROKEN},
	{false, " x {7}\r\n", IMAP_APPEND_BROKEN},
	{false, " {7}", IMAP_APPEND_BROKEN},
	{false, "", IMAP_APPEND_BROKEN},
};

static void
test_afters(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(afters); i++) {
		ImapAppend append = {.mailbox = BASE_LIT("Sent"), .utf8 = afters[i].utf8};
		ImapAppend next = {0};
		ImapAppendAfter after =
			imap_append_after(&append, base_bytes_str(afters[i].line), &next);
		g_test_message("%s", afters[i].line);
		g_assert_cmpint((int)after, ==, (int)afters[i].after);
		T_ASSERT_STR_BYTES(next.mailbox, after == IMAP_APPEND_MORE ? "Sent" : "");
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/imap/append/appends", test_appends);
	g_test_add_func("/imap/append/afters", test_afters);
	return g_test_run();
}
