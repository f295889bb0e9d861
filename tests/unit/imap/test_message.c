/* SPDX-License-Identifier: MPL-2.0 */
/* Items that are about the whole message, BINARY, and what no message may do. */
#include "base/limits.h"
#include "imap_help.h"

static const char encoded[] = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
			      "--b\nContent-Transfer-Encoding: base64\n\naGVs\nbG8=\n"
			      "--b\nContent-Transfer-Encoding: quoted-printable\n\na=3Db=\nc\n"
			      "--b\nContent-Transfer-Encoding: base64\n\nYQBi\n"
			      "--b\nContent-Transfer-Encoding: x-own\n\nz\n"
			      "--b\n\nplain\n--b--\n";

static const struct {
	const char *message;
	const char *items;
	const char *want; /* NULL: refused */
} answers[] = {
	{"A: b\n\nc", "(RFC822.SIZE)", "RFC822.SIZE 9"},
	{"A: b\n\nc", "(RFC822)", "RFC822 {9}\r\nA: b\r\n\r\nc"},
	{"A: b\n\nc", "(RFC822.HEADER)", "RFC822.HEADER {8}\r\nA: b\r\n\r\n"},
	{"A: b\n\nc", "(RFC822.TEXT)", "RFC822.TEXT {1}\r\nc"},
	{"A: b\n\nc", "(BODY.PEEK[])", "BODY[] {9}\r\nA: b\r\n\r\nc"},
	{"A: b\n\nc", "(FLAGS UID INTERNALDATE)", ""},
	{encoded, "(BINARY[1])", "BINARY[1] {5}\r\nhello"},
	{encoded, "(BINARY.PEEK[1]<1.3>)", "BINARY[1]<1> {3}\r\nell"},
	{encoded, "(BINARY[1]<9.3>)", "BINARY[1]<9> {0}\r\n"},
	{encoded, "(BINARY.SIZE[1] BINARY.SIZE[2])", "BINARY.SIZE[1] 5BINARY.SIZE[2] 4"},
	{encoded, "(BINARY[2])", "BINARY[2] {4}\r\na=bc"},
	{encoded, "(BINARY.SIZE[3])", "BINARY.SIZE[3] 3"},
	{encoded, "(BINARY[4])", NULL},
	{encoded, "(BINARY.SIZE[4])", NULL},
	{encoded, "(BINARY[5])", "BINARY[5] {5}\r\nplain"},
	{encoded, "(BINARY[6])", "BINARY[6] {0}\r\n"},
	{"A: b\n\nc", "(BINARY[])", "BINARY[] {9}\r\nA: b\r\n\r\nc"},
	{"A: b\n\nc", "(BINARY.SIZE[])", "BINARY.SIZE[] 9"},
};

static void
test_answers(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(answers); i++) {
		check_answer(answers[i].message, answers[i].items, answers[i].want);
	}
}

/* RFC 3516 section 4.3: literal8 where there is a NUL. */
static void
test_literal8(void)
{
	g_autoptr(GBytes) octets = crlf(encoded);
	g_autoptr(GError) error = NULL;
	g_autoptr(ImapMessage) message = imap_message_new(octets, &error);
	g_assert_no_error(error);
	g_autoptr(ImapFetch) asked = imap_fetch_parse(BASE_LIT("1 (BINARY[3])\r\n"), &error);
	g_assert_no_error(error);
	g_autoptr(BaseSink) out = base_sink_new_memory(SIZE_MAX);
	g_assert_true(imap_message_answer(message, asked->items->pdata[0], out, &error));
	BaseBytes got = base_sink_peek_bytes(out);
	t_assert_bytes(got.p, got.n, "BINARY[3] ~{3}\r\na\0b", 19);
}

/* Nothing is written of what is refused. */
static void
test_refused(void)
{
	g_autoptr(GBytes) octets = crlf(encoded);
	g_autoptr(GError) error = NULL;
	g_autoptr(ImapMessage) message = imap_message_new(octets, &error);
	g_autoptr(ImapFetch) asked = imap_fetch_parse(BASE_LIT("1 (BINARY[4])\r\n"), NULL);
	g_autoptr(BaseSink) out = base_sink_new_memory(SIZE_MAX);
	g_assert_false(imap_message_answer(message, asked->items->pdata[0], out, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_UNSUPPORTED);
	g_assert_cmpuint(base_sink_peek_bytes(out).n, ==, 0);
}

/* A view has a line more than its message, whose header may be as long as any. */
static void
test_header_limit(void)
{
	static const struct {
		size_t more;
		bool good;
	} headers[] = {{0, true}, {1000, true}, {8192, false}};

	for (guint i = 0; i < G_N_ELEMENTS(headers); i++) {
		g_autoptr(GString) text = g_string_new(NULL);
		while (text->len < BASE_LIMIT_HEADER + headers[i].more) {
			g_string_append(text, "Subject: again and again\r\n");
		}
		g_string_append(text, "\r\nbody");
		g_autoptr(GBytes) octets = g_bytes_new(text->str, text->len);
		g_autoptr(GError) error = NULL;
		g_autoptr(ImapMessage) message = imap_message_new(octets, &error);
		g_assert_true((message != NULL) == headers[i].good);
		g_assert_true(headers[i].good || g_error_matches(error, PS_ERROR, PS_ERROR_LIMIT));
	}
}

static void
test_repeats(void)
{
	g_autoptr(GBytes) octets = crlf(encoded);
	const char *items = "(ENVELOPE BODYSTRUCTURE BODY[2] BODY[]<5.9>)";
	g_autofree char *once = answers_of(octets, items);
	g_autofree char *again = answers_of(octets, items);
	g_assert_cmpstr(once, ==, again);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/imap/message/answers", test_answers);
	g_test_add_func("/imap/message/literal8", test_literal8);
	g_test_add_func("/imap/message/refused", test_refused);
	g_test_add_func("/imap/message/header-limit", test_header_limit);
	g_test_add_func("/imap/message/repeats", test_repeats);
	return g_test_run();
}
