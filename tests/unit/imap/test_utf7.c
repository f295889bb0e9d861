/* SPDX-License-Identifier: MPL-2.0 */
/* Modified UTF-7; the first example is of RFC 3501 section 5.1.3, others made with iconv. */
#include "imap/utf7.h"
#include "t.h"

static const struct {
	const char *mailbox;
	const char *utf8; /* NULL: broken */
} names[] = {
	{"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"},
	{"Entw&APw-rfe", "Entwürfe"},
	{"&BCEEPwQwBDw-", "Спам"},
	{"&2D3eAA-", "😀"},
	{"a &- b", "a & b"},
	{"INBOX", "INBOX"},
	{"", ""},
	{"Entwürfe", "Entwürfe"},
	{"&", NULL},
	{"a&APw", NULL},
	{"&AP-", NULL},  /* half a unit */
	{"&APx-", NULL}, /* bits that are no part of it */
	{"&AAA-", NULL}, /* NUL */
	{"&2D0-", NULL}, /* half a character */
	{"&3gA-", NULL}, /* the other half */
	{"&2D0AYQ-", NULL},
	{"&AP/8-", NULL}, /* "/" is plain base64 */
	{"&AP =-", NULL},
	{"\xff", NULL},
};

static void
test_names(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *utf8 = imap_utf7_decode(names[i].mailbox);
		g_assert_cmpstr(utf8, ==, names[i].utf8);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/imap/utf7/names", test_names);
	return g_test_run();
}
