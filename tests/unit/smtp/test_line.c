/* SPDX-License-Identifier: MPL-2.0 */
/* Lines: only CRLF ends one (RFC 5321 section 2.3.8). */
#include "smtp/line.h"
#include "t.h"

#define LIMIT 12U

/* What each line of the input came to: 'r' and its text, 'l'ong or 'b'roken. */
static const struct {
	const char *in;
	size_t n; /* 0: to its NUL */
	const char *out;
} rows[] = {
	{"", 0, ""},
	{"NOOP", 0, ""},
	{"NOOP\r", 0, ""},
	{"NOOP\r\n", 0, "rNOOP|"},
	{"\r\n", 0, "r|"},
	{"A\r\nB\r\n", 0, "rA|rB|"},
	{"A\nB\r\n", 0, "b|rB|"},
	{"A\rB\r\n", 0, "b|"},
	{"A\r\r\nB\r\n", 0, "b|rB|"},
	{"A\0B\r\nC\r\n", 8, "b|rC|"},
	{"1234567890\r\n", 0, "r1234567890|"},
	{"12345678901\r\nB\r\n", 0, "l|rB|"},
	{"12345678901234567890\nB\r\n", 0, "b|rB|"},
};

static void
feed(SmtpLine *line, BaseBytes data, GString *out)
{
	while (data.n > 0) {
		size_t used = 0;
		SmtpLineState state = smtp_line_feed(line, data, &used);
		if (state == SMTP_LINE_READY) {
			g_string_append_printf(out, "r%s|", smtp_line_text(line));
		} else if (state != SMTP_LINE_MORE) {
			g_string_append(out, state == SMTP_LINE_LONG ? "l|" : "b|");
		}
		g_assert_true(used > 0);
		data = base_bytes_slice(data, used, SIZE_MAX);
	}
}

static void
test_rows(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows) * 2; i++) {
		const char *in = rows[i / 2].in;
		BaseBytes data = base_bytes(in, rows[i / 2].n > 0 ? rows[i / 2].n : strlen(in));
		g_autoptr(SmtpLine) line = smtp_line_new(LIMIT);
		g_autoptr(GString) out = g_string_new(NULL);
		if (i % 2 == 0) {
			feed(line, data, out);
		}
		for (size_t at = 0; i % 2 == 1 && at < data.n; at++) {
			feed(line, base_bytes_slice(data, at, 1), out);
		}
		g_assert_cmpstr(out->str, ==, rows[i / 2].out);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/smtp/line/rows", test_rows);
	return g_test_run();
}
