/* SPDX-License-Identifier: MPL-2.0 */
/* Replies of providers, hostile ones among them, and our own. */
#include "smtp/line.h"
#include "smtp/reply.h"
#include "t.h"

static const struct {
	const char *in;
	SmtpReplyState state;
	const char *wire; /* as it goes on */
} rows[] = {
	{"250 OK\r\n", SMTP_REPLY_READY, "250 OK\r\n"},
	{"250\r\n", SMTP_REPLY_READY, "250 \r\n"},
	{"250-a\r\n250-\r\n250 c\r\n", SMTP_REPLY_READY, "250-a\r\n250-\r\n250 c\r\n"},
	{"550 5.7.1 no \033[31mred\a\r\n", SMTP_REPLY_READY, "550 5.7.1 no  [31mred \r\n"},
	{"354 go\r\n", SMTP_REPLY_READY, "354 go\r\n"},
	{"", SMTP_REPLY_MORE, NULL},
	{"250-a\r\n", SMTP_REPLY_MORE, NULL},
	{"250-a\r\n251 b\r\n", SMTP_REPLY_BROKEN, NULL},
	{"250_a\r\n", SMTP_REPLY_BROKEN, NULL},
	{"25\r\n", SMTP_REPLY_BROKEN, NULL},
	{"2500 x\r\n", SMTP_REPLY_BROKEN, NULL},
	{"150 x\r\n", SMTP_REPLY_BROKEN, NULL},
	{"650 x\r\n", SMTP_REPLY_BROKEN, NULL},
	{"2x0 x\r\n", SMTP_REPLY_BROKEN, NULL},
	{"\r\n", SMTP_REPLY_BROKEN, NULL},
	{"250 a\n", SMTP_REPLY_BROKEN, NULL},
	{"250 a\rb\r\n", SMTP_REPLY_BROKEN, NULL},
};

static SmtpReplyState
feed(BaseBytes data, size_t chunk, SmtpReply **out)
{
	g_autoptr(SmtpReplyReader) reader = smtp_reply_reader_new();
	SmtpReplyState state = SMTP_REPLY_MORE;
	while (data.n > 0 && state == SMTP_REPLY_MORE) {
		size_t used = 0;
		state = smtp_reply_feed(reader, base_bytes_slice(data, 0, chunk), &used, out);
		data = base_bytes_slice(data, used, SIZE_MAX);
	}
	return state;
}

static void
test_rows(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows) * 2; i++) {
		g_autoptr(SmtpReply) reply = NULL;
		size_t chunk = i % 2 == 0 ? SIZE_MAX : 1;
		SmtpReplyState state = feed(base_bytes_str(rows[i / 2].in), chunk, &reply);
		g_assert_cmpint(state, ==, rows[i / 2].state);
		g_assert_cmpint(reply != NULL, ==, rows[i / 2].wire != NULL);
		g_autofree char *wire = reply == NULL ? NULL : smtp_reply_to_string(reply);
		g_assert_cmpstr(wire, ==, rows[i / 2].wire);
	}
}

static void
test_two(void)
{
	g_autoptr(SmtpReplyReader) reader = smtp_reply_reader_new();
	g_autoptr(SmtpReply) one = NULL;
	g_autoptr(SmtpReply) two = NULL;
	BaseBytes data = BASE_LIT("250 one\r\n550-two\r\n550 more\r\n");
	size_t used = 0;
	g_assert_cmpint(smtp_reply_feed(reader, data, &used, &one), ==, SMTP_REPLY_READY);
	g_assert_cmpuint(used, ==, 9);
	data = base_bytes_slice(data, used, SIZE_MAX);
	g_assert_cmpint(smtp_reply_feed(reader, data, &used, &two), ==, SMTP_REPLY_READY);
	g_assert_cmpuint(used, ==, data.n);
	g_assert_cmpuint(smtp_reply_class(one), ==, 2);
	g_assert_cmpuint(smtp_reply_class(two), ==, 5);
	g_autofree char *summary = smtp_reply_summary(two);
	g_assert_cmpstr(summary, ==, "550 two more");
}

static void
test_limits(void)
{
	g_autoptr(GString) many = g_string_new(NULL);
	g_autoptr(GString) lengthy = g_string_new("250 ");
	g_autoptr(SmtpReply) reply = NULL;
	for (guint i = 0; i <= SMTP_REPLY_LINES; i++) {
		g_string_append(many, "250-x\r\n");
	}
	for (guint i = 0; i < SMTP_LINE_REPLY; i++) {
		g_string_append_c(lengthy, 'x');
	}
	g_string_append(lengthy, "\r\n");
	g_assert_cmpint(feed(base_bytes_str(many->str), SIZE_MAX, &reply), ==, SMTP_REPLY_BROKEN);
	g_assert_cmpint(feed(base_bytes_str(lengthy->str), SIZE_MAX, &reply), ==,
			SMTP_REPLY_BROKEN);
	g_assert_null(reply);
}

static void
test_format(void)
{
	static const struct {
		guint code;
		const char *status;
		const char *text;
		bool utf8;
		const char *wire;
	} formats[] = {
		{250, "2.0.0", "OK", false, "250 2.0.0 OK\r\n"},
		{250, NULL, "localhost", false, "250 localhost\r\n"},
		{550, "5.7.1", "", false, "550 5.7.1 \r\n"},
		{550, "5.7.1", "a\r\n250 b", false, "550 5.7.1 a  250 b\r\n"},
		{550, "5.7.1", "\303\244", false, "550 5.7.1 ??\r\n"},
		{550, "5.7.1", "\303\244", true, "550 5.7.1 \303\244\r\n"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
		g_autofree char *wire = smtp_reply_format(formats[i].code, formats[i].status,
							  formats[i].text, formats[i].utf8);
		g_assert_cmpstr(wire, ==, formats[i].wire);
	}
}

/* Long texts keep their first and last words, in lines of 512 octets at most. */
static void
test_fold(void)
{
	g_autoptr(GString) text = g_string_new("bob@example.org");
	for (int i = 0; i < 300; i++) {
		g_string_append(text, " has");
	}
	g_string_append(text, " http://127.0.0.1/how-to");
	g_autofree char *wire = smtp_reply_format(550, "5.7.1", text->str, false);
	g_auto(GStrv) lines = g_strsplit(wire, "\r\n", -1);
	guint n = g_strv_length(lines);
	g_assert_cmpuint(n, ==, 4); /* three and what follows the last line end */
	for (guint i = 0; i + 1 < n; i++) {
		g_assert_cmpuint(strlen(lines[i]), <=, 510);
		g_assert_true(g_str_has_prefix(lines[i], i + 2 < n ? "550-5.7.1 " : "550 5.7.1 "));
	}
	g_assert_true(g_str_has_prefix(lines[0], "550-5.7.1 bob@example.org has"));
	g_assert_true(g_str_has_suffix(lines[n - 2], " http://127.0.0.1/how-to"));
	g_autofree char *word = g_strnfill(1200, 'x');
	g_autofree char *hard = smtp_reply_format(550, NULL, word, false);
	g_auto(GStrv) pieces = g_strsplit(hard, "\r\n", -1);
	g_assert_cmpuint(g_strv_length(pieces), ==, 4);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/smtp/reply/rows", test_rows);
	g_test_add_func("/smtp/reply/two", test_two);
	g_test_add_func("/smtp/reply/limits", test_limits);
	g_test_add_func("/smtp/reply/format", test_format);
	g_test_add_func("/smtp/reply/fold", test_fold);
	return g_test_run();
}
