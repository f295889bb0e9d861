/* SPDX-License-Identifier: MPL-2.0 */
/* What a mail program is told that the provider has. */
#include "pop3/capa.h"
#include "t.h"

/* RFC 2449 section 5, and what else is about. */
static const struct {
	const char *line;
	const char *shown; /* NULL: not */
} lines[] = {
	{"TOP", "TOP\r\n"},
	{"USER", "USER\r\n"},
	{"uidl", "uidl\r\n"},
	{"RESP-CODES", "RESP-CODES\r\n"},
	{"AUTH-RESP-CODE", "AUTH-RESP-CODE\r\n"},
	{"LOGIN-DELAY 900", "LOGIN-DELAY 900\r\n"},
	{"EXPIRE 60", "EXPIRE 60\r\n"},
	{"EXPIRE NEVER", "EXPIRE NEVER\r\n"},
	{"SASL CRAM-MD5 KERBEROS_V4", NULL},
	{"STLS", NULL},
	{"PIPELINING", NULL},
	{"IMPLEMENTATION Shlemazle-Plotz-v302", NULL},
	{"UTF8 USER", NULL},
	{"LANG", NULL},
	{"X-ANYTHING", NULL},
	{"TOPS", NULL},
	{"", NULL},
};

static void
test_filter(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autoptr(Pop3Capa) capa = pop3_capa_new();
		g_autofree char *answer = NULL;
		g_autofree char *want = NULL;

		g_test_message("%s", lines[i].line);
		pop3_capa_read(capa, base_bytes_str(lines[i].line));
		answer = pop3_capa_answer(capa, false, "");
		want = g_strconcat(lines[i].shown == NULL ? "" : lines[i].shown,
				   "PIPELINING\r\n.\r\n", NULL);
		g_assert_cmpstr(answer, ==, want);
	}
}

static void
test_notes(void)
{
	g_autoptr(Pop3Capa) capa = pop3_capa_new();

	g_assert_false(capa->top || capa->uidl || capa->user || capa->pipelining || capa->stls);
	pop3_capa_read(capa, base_bytes_str("top"));
	g_assert_true(capa->top && !capa->uidl);
	pop3_capa_read(capa, base_bytes_str("UIDL"));
	pop3_capa_read(capa, base_bytes_str("USER"));
	pop3_capa_read(capa, base_bytes_str("PIPELINING"));
	pop3_capa_read(capa, base_bytes_str("STLS"));
	g_assert_true(capa->uidl && capa->user && capa->pipelining && capa->stls);
	g_assert_null(capa->sasl);
	pop3_capa_read(capa, base_bytes_str("SASL PLAIN"));
	pop3_capa_read(capa, base_bytes_str("SASL PLAIN XOAUTH2"));
	g_assert_cmpstr(capa->sasl, ==, "PLAIN XOAUTH2");
}

static void
test_ours(void)
{
	g_autofree char *before = pop3_capa_answer(NULL, true, "");
	g_autofree char *open_ = pop3_capa_answer(NULL, false, "PLAIN LOGIN");
	g_autofree char *bare = pop3_capa_answer(NULL, false, "");

	g_assert_cmpstr(before, ==, "TOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nSTLS\r\n.\r\n");
	g_assert_cmpstr(open_, ==,
			"TOP\r\nUIDL\r\nUSER\r\nRESP-CODES\r\nPIPELINING\r\nSASL PLAIN LOGIN\r\n"
			".\r\n");
	g_assert_cmpstr(bare, ==, "TOP\r\nUIDL\r\nUSER\r\nRESP-CODES\r\nPIPELINING\r\n.\r\n");
}

static void
test_bounded(void)
{
	g_autoptr(Pop3Capa) capa = pop3_capa_new();

	for (guint i = 0; i < 10000; i++) {
		pop3_capa_read(capa, base_bytes_str("EXPIRE 60"));
	}
	g_assert_cmpuint(capa->pass->len, <=, 1024);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pop3/capa/filter", test_filter);
	g_test_add_func("/pop3/capa/notes", test_notes);
	g_test_add_func("/pop3/capa/ours", test_ours);
	g_test_add_func("/pop3/capa/bounded", test_bounded);
	return g_test_run();
}
