/* SPDX-License-Identifier: MPL-2.0 */
/* LIST responses as Dovecot and Gmail give them, and what mailboxes are for. */
#include "t.h"
#include "imap/list.h"

static const struct {
	const char *response;
	const char *attributes; /* joined with "|"; NULL: no LIST response */
	char delimiter;
	const char *mailbox;
	ImapUse use;
} lists[] = {
	{"* LIST (\\HasNoChildren \\UnMarked \\Sent) \".\" \"Sent Messages\"\r\n",
	 "\\HasNoChildren|\\UnMarked|\\Sent", '.', "Sent Messages", IMAP_USE_SENT},
	{"* LIST (\\All \\HasNoChildren) \"/\" \"[Gmail]/Alle Nachrichten\"\r\n",
	 "\\All|\\HasNoChildren", '/', "[Gmail]/Alle Nachrichten", IMAP_USE_NONE},
	{"* XLIST (\\HasNoChildren \\Spam) \"/\" \"[Google Mail]/x\"\r\n", "\\HasNoChildren|\\Spam",
	 '/', "[Google Mail]/x", IMAP_USE_JUNK},
	{"* list () NIL {6}\r\nDrafts\r\n", "", '\0', "Drafts", IMAP_USE_DRAFTS},
	{"* LIST () \"/\" Trash (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n", "", '/', "Trash",
	 IMAP_USE_TRASH},
	{"* LSUB (\\Noselect) \"\\\\\" a\r\n", "\\Noselect", '\\', "a", IMAP_USE_NONE},
	{"* LIST (\\Sent \\Drafts) \"/\" INBOX\r\n", "\\Sent|\\Drafts", '/', "INBOX",
	 IMAP_USE_SENT},
	{"* LIST (\\Noselect) \"ab\" a\r\n", NULL, '\0', NULL, IMAP_USE_NONE},
	{"* LIST (\\Noselect \"/\" a\r\n", NULL, '\0', NULL, IMAP_USE_NONE},
	{"* LIST () \"/\"\r\n", NULL, '\0', NULL, IMAP_USE_NONE},
	{"* LIST () \"/\" \"a\r\n", NULL, '\0', NULL, IMAP_USE_NONE},
	{"* LIST () \"/\" {9}\r\n", NULL, '\0', NULL, IMAP_USE_NONE},
	{"* LIST\r\n", NULL, '\0', NULL, IMAP_USE_NONE},
	{"* STATUS a (MESSAGES 1)\r\n", NULL, '\0', NULL, IMAP_USE_NONE},
	{"a OK LIST\r\n", NULL, '\0', NULL, IMAP_USE_NONE},
	{"", NULL, '\0', NULL, IMAP_USE_NONE},
};

static void
test_lists(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_auto(ImapListed) listed = {0};
		bool ok = imap_listed_parse(base_bytes_str(lists[i].response), &listed);
		g_test_message("%s", lists[i].response);
		g_assert_true(ok == (lists[i].attributes != NULL));
		if (!ok) {
			g_assert_null(listed.mailbox);
			continue;
		}
		g_autofree char *joined = g_strjoinv("|", listed.attributes);
		g_assert_cmpstr(joined, ==, lists[i].attributes);
		g_assert_cmpint(listed.delimiter, ==, lists[i].delimiter);
		g_assert_cmpstr(listed.mailbox, ==, lists[i].mailbox);
		g_assert_cmpint((int)imap_use_of(listed.mailbox, listed.attributes), ==,
				(int)lists[i].use);
	}
}

static const struct {
	const char *mailbox;
	ImapUse use;
} uses[] = {
	{"Sent", IMAP_USE_SENT},
	{"sent items", IMAP_USE_SENT},
	{"INBOX.Sent", IMAP_USE_SENT},
	{"INBOX/Gesendete Objekte", IMAP_USE_SENT},
	{"[Gmail]/Messages envoy&AOk-s", IMAP_USE_SENT},
	{"&kAFP4W4IMH8-", IMAP_USE_SENT},
	{"Entw&APw-rfe", IMAP_USE_DRAFTS},
	{"ENTWÜRFE", IMAP_USE_DRAFTS},
	{"Entwu\xcc\x88rfe", IMAP_USE_DRAFTS}, /* decomposed, as macOS has it */
	{"&BCcENQRABD0EPgQyBDgEOgQ4-", IMAP_USE_DRAFTS},
	{"Junk E-mail", IMAP_USE_JUNK},
	{"&BCEEPwQwBDw-", IMAP_USE_JUNK},
	{"Deleted Items", IMAP_USE_TRASH},
	{"Papierkorb", IMAP_USE_TRASH},
	{"All Mail", IMAP_USE_NONE},
	{"INBOX", IMAP_USE_NONE},
	{"Sent to me", IMAP_USE_NONE},
	{"Not Sent", IMAP_USE_NONE},
	{"Sent|Drafts", IMAP_USE_NONE},
	{"|", IMAP_USE_NONE},
	{"Sent/2025", IMAP_USE_NONE},
	{"Sent/", IMAP_USE_NONE},
	{"Entw&APwrfe", IMAP_USE_NONE},
	{"Entw\xff", IMAP_USE_NONE},
	{"", IMAP_USE_NONE},
};

static void
test_uses(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(uses); i++) {
		g_assert_cmpint((int)imap_use_of(uses[i].mailbox, NULL), ==, (int)uses[i].use);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/imap/list/lists", test_lists);
	g_test_add_func("/imap/list/uses", test_uses);
	return g_test_run();
}
