/* SPDX-License-Identifier: MPL-2.0 */
#include "mime/field.h"
#include "t.h"

typedef struct {
	const char *raw;
	const char *name;
	const char *value;
} Read;

static const Read reads[] = {
	{"Subject: hello\r\n", "Subject", "hello"},
	{"Subject:hello", "Subject", "hello"},
	{"Subject:\r\n", "Subject", ""},
	{"Subject : old\n", "Subject", "old"},
	{"Subject: a\r\n b\r\n\tc\r\n", "Subject", "a b\tc"},
	{"Subject: a\n  b\n", "Subject", "a  b"},
	{"Subject:\r\n folded first\r\n", "Subject", "folded first"},
	{"Subject: a\rb\r\n", "Subject", "a b"},
	{"Subject: a\r\nBcc: x", "Subject", "a  Bcc: x"}, /* never split: CR and LF are blanks */
	{"Subject: gr\xfc\xc3\xbcn\r\n", "Subject", "gr\xfc\xc3\xbcn"},
	{"no colon here\r\n", "", "no colon here"},
	{": no name\r\n", "", ": no name"},
	{"na me: x\r\n", "", "na me: x"},
	{"n\xe4me: x\r\n", "", "n\xe4me: x"},
	{"", "", ""},
	{" continued: x\r\n", "", "continued: x"},
};

static void
test_read(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(reads); i++) {
		g_autoptr(MimeField) f = mime_field_new_raw(base_bytes_str(reads[i].raw));
		g_assert_cmpstr(f->name, ==, reads[i].name);
		g_assert_cmpstr(f->value, ==, reads[i].value);
		g_assert_false(f->made);
		T_ASSERT_STR_BYTES(f->raw, reads[i].raw);
	}
	g_autoptr(MimeField) nul = mime_field_new_raw(base_bytes("A: b\0c\r\n", 8));
	g_assert_cmpstr(nul->value, ==, "b c");
	t_assert_bytes(nul->raw.p, nul->raw.n, "A: b\0c\r\n", 8);
}

#define W10 "123456789 "
#define W60 W10 W10 W10 W10 W10 W10

typedef struct {
	const char *name;
	const char *value;
	const char *raw;
} Made;

static const Made mades[] = {
	{"Subject", "hello", "Subject: hello\r\n"},
	{"Subject", "", "Subject:\r\n"},
	{"Subject", "  trimmed\t", "Subject: trimmed\r\n"},
	/* 8 + 1 + 66 = 75 columns fit, one word more does not */
	{"Subject", W60 "123456", "Subject: " W60 "123456\r\n"},
	{"Subject", W60 "123456 8", "Subject: " W60 "123456\r\n 8\r\n"},
	/* header injection */
	{"Subject", "a\r\nBcc: victim@x.example", "Subject: a  Bcc: victim@x.example\r\n"},
	{"Subject", "a\n\nbody", "Subject: a  body\r\n"},
	{"Subject", "a\r\n b", "Subject: a   b\r\n"},
	/* a long blank run stays whole, in front of the word behind it */
	{"Subject", W60 "123456     8", "Subject: " W60 "123456\r\n     8\r\n"},
	/* outside quotes when possible */
	{"Content-Type",
	 "multipart/mixed; x=12345678; boundary=\"a b c d e f g h i j k l m n o p q\"",
	 "Content-Type: multipart/mixed; x=12345678;\r\n boundary=\"a b c d e f g h i j k l m n o p q\"\r\n"},
	/* an encoded word has no blanks and is never cut */
	{"Subject",
	 "=?utf-8?q?" W10 "?= =?utf-8?b?AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA?=",
	 "Subject: =?utf-8?q?" W10
	 "?=\r\n =?utf-8?b?AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA?=\r\n"},
	/* a first word that only fits on a line of its own */
	{"Message-ID", "<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@mail.example>",
	 "Message-ID:\r\n <aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@mail.example>\r\n"},
};

static void
test_made(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(mades); i++) {
		g_autoptr(MimeField) f = mime_field_new(mades[i].name, mades[i].value);
		T_ASSERT_STR_BYTES(f->raw, mades[i].raw);
		g_assert_true(f->made);
		g_autoptr(MimeField) back = mime_field_new_raw(f->raw);
		g_assert_cmpstr(back->value, ==, f->value);
	}
}

/* Any value comes back, no line is too long where blanks allow, none has only blanks. */
static void
test_random(void)
{
	static const char letters[] = "ab \t\";,=?(";
	for (guint round = 0; round < 2000; round++) {
		g_autoptr(GString) v = g_string_new(NULL);
		guint n = (guint)g_test_rand_int_range(0, 400);
		for (guint i = 0; i < n; i++) {
			g_string_append_c(
				v, letters[g_test_rand_int_range(0, (gint)sizeof letters - 1)]);
		}
		g_autoptr(MimeField) f = mime_field_new("X-Test", v->str);
		g_autoptr(MimeField) back = mime_field_new_raw(f->raw);
		g_assert_cmpstr(back->value, ==, g_strstrip(v->str));
		g_autofree char *text = base_bytes_strdup(f->raw);
		g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
		for (guint i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++) {
			g_assert_cmpuint(strspn(lines[i], " \t"), <, strlen(lines[i]));
			g_assert_true(i == 0 || g_ascii_isspace(lines[i][0]));
			bool breakable =
				strpbrk(lines[i] + strspn(lines[i], " \t"), " \t") != NULL && i > 0;
			g_assert_true(strlen(lines[i]) <= 76 || !breakable);
		}
	}
}

static void
test_names(void)
{
	static const char *const bad[] = {"", "a b", "a:", "a\r\n", "\xc3\xa4"};
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_assert_false(mime_field_name_is_valid(bad[i]));
	}
	g_assert_false(mime_field_name_is_valid(NULL));
	g_assert_true(mime_field_name_is_valid("X-A_b.c!"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/field/read", test_read);
	g_test_add_func("/mime/field/made", test_made);
	g_test_add_func("/mime/field/random", test_random);
	g_test_add_func("/mime/field/names", test_names);
	return g_test_run();
}
