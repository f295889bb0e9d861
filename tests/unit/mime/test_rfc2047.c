/* SPDX-License-Identifier: MPL-2.0 */
#include "gmime_auto.h"
#include "mime/field.h"
#include "mime/rfc2047.h"
#include "t.h"

static const struct {
	const char *value;
	const char *text;
} decodings[] = {
	{"plain", "plain"},
	/* RFC 2047 section 8 */
	{"=?ISO-8859-1?Q?a?=", "a"},
	{"=?ISO-8859-1?Q?a?= b", "a b"},
	{"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"},
	{"=?ISO-8859-1?Q?a_b?=", "a b"},
	{"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"},
	{"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=", "If you can read this yo"},
	{"=?iso-8859-1?q?this=20is=20some=20text?=", "this is some text"},
	/* padding in the middle; characters cut in two; languages; other charsets */
	{"=?utf-8?b?YQ==?= =?utf-8?b?Yg==?=", "ab"},
	{"=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "\xc3\xbc"},
	{"=?utf-8*en?q?a?=", "a"},
	{"=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", "\xe6\x97\xa5\xe6\x9c\xac"},
	{"=?koi8-r?q?=D1?= =?windows-1252?q?=80?=", "\xd1\x8f\xe2\x82\xac"},
	{"=?no-such?q?=E9?=", "\xc3\xa9"},
	{"=?utf-8?q?=E9?=", "\xc3\xa9"},
	{"=?utf-8?q?a b?= c", "a b c"},
	{"x=?utf-8?q?a?=y", "xay"},
	{"=?utf-8?x?a?= =? =?utf-8 =?utf-8?q?open", "=?utf-8?x?a?= =? =?utf-8 =?utf-8?q?open"},
	{"=?utf-8?q?a=00b?=", "a b"},
	{"gr\xc3\xbcn", "gr\xc3\xbcn"},
	{"gr\xfcn", "gr\xc3\xbcn"},
	{"gr\xfcn =?utf-8?q?=C3=BC?=", "gr\xc3\xbcn \xc3\xbc"},
	/* newlines and controls hidden in encoded words, direction overrides */
	{"=?utf-8?q?a=0D=0ABcc:_x?=", "a  Bcc: x"},
	{"=?utf-8?b?YQpi?=", "a b"},
	{"=?utf-8?q?a=E2=80=AEb?=", "ab"},
	{"=?utf-8?q?a=C2=85b=E2=80=A8c?=", "a b c"},
	{"a\x01"
	 "b\x7f",
	 "a b "},
};

static void
test_decode(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(decodings); i++) {
		g_autofree char *text = mime_rfc2047_decode(decodings[i].value);
		g_assert_cmpstr(text, ==, decodings[i].text);
	}
}

static const struct {
	const char *value;
	const char *text;
} encodings[] = {
	{"plain text", "plain text"},
	{"", ""},
	{"gr\xc3\xbcn", "=?utf-8?q?gr=C3=BCn?="},
	{"a gr\xc3\xbcn b", "a =?utf-8?q?gr=C3=BCn?= b"},
	{"gr\xc3\xbcn  bl\xc3\xa4u x", "=?utf-8?q?gr=C3=BCn__bl=C3=A4u?= x"},
	{"gr\xfcn", "=?iso-8859-1?q?gr=FCn?="},
	{"=?utf-8?q?a?= \xc3\xbc", "=?utf-8?q?a?= =?utf-8?q?_=C3=BC?="},
	{"\xc3\xbc =?utf-8?q?a?=", "=?utf-8?q?=C3=BC_?= =?utf-8?q?a?="},
	{"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", "=?utf-8?b?5pel5pys6Kqe?="},
};

static void
test_encode(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(encodings); i++) {
		g_autofree char *text = mime_rfc2047_encode(encodings[i].value);
		g_assert_cmpstr(text, ==, encodings[i].text);
		g_autofree char *want = mime_rfc2047_decode(encodings[i].value);
		g_autofree char *back = mime_rfc2047_decode(text);
		g_assert_cmpstr(back, ==, want);
	}
}

/* Any text comes back through GMime; no encoded word is longer than 75 columns or cuts a character.
 */
static void
test_random(void)
{
	static const char *const soup[] = {
		"a", "word", " ", "  ", "\xc3\xbc", "\xe6\x97\xa5", "\xf0\x9f\x98\x80",
		"=", "?",    "_"};
	for (guint round = 0; round < 1000; round++) {
		g_autoptr(GString) s = g_string_new("x");
		guint n = (guint)g_test_rand_int_range(0, 100);
		for (guint i = 0; i < n; i++) {
			g_string_append(s, soup[g_test_rand_int_range(0, G_N_ELEMENTS(soup))]);
		}
		if (strstr(s->str, "=?") != NULL) {
			continue;
		}
		g_strchomp(s->str);
		g_autofree char *text = mime_rfc2047_encode(s->str);
		g_autofree char *back = mime_rfc2047_decode(text);
		g_assert_cmpstr(back, ==, s->str);
		g_auto(GStrv) words = g_strsplit(text, " ", -1);
		for (guint i = 0; words[i] != NULL; i++) {
			g_assert_true(!g_str_has_prefix(words[i], "=?") || strlen(words[i]) <= 75);
			g_autofree char *word = mime_rfc2047_decode(words[i]);
			g_assert_null(strstr(word, "\xef\xbf\xbd"));
		}
	}
}

static const struct {
	const char *name;
	const char *phrase;
} phrases[] = {
	{"Alice", "Alice"},
	{"Alice B. Smith", "\"Alice B. Smith\""},
	{"Smith, \"A\" \\", "\"Smith, \\\"A\\\" \\\\\""},
	{"", "\"\""},
	{"J\xc3\xbcrgen", "=?utf-8?q?J=C3=BCrgen?="},
	{"=?utf-8?q?x?=", "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?="},
	{"a\r\nb", "\"a  b\""},
};

static void
test_phrase(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(phrases); i++) {
		g_autofree char *phrase = mime_rfc2047_encode_phrase(phrases[i].name);
		g_assert_cmpstr(phrase, ==, phrases[i].phrase);
	}
}

static const struct {
	const char *value;
	const char *text;
} lists[] = {
	{"Alice <a@x.example>, b@x.example", "Alice <a@x.example>, b@x.example"},
	{"J\xc3\xbcrgen M <j@x.example>", "=?utf-8?q?J=C3=BCrgen_M?= <j@x.example>"},
	{"\"J, \xc3\xbc\" <j@x.example>, B <b@x>",
	 "=?utf-8?q?J=2C_=C3=BC?= <j@x.example>, B <b@x>"},
	{"j@x.example (J\xfcrgen)", "j@x.example (=?iso-8859-1?q?J=FCrgen?=)"},
	{"\xc3\xbc: a@x, \xc3\xa4 <b@x>;", "=?utf-8?q?=C3=BC?=: a@x, =?utf-8?q?=C3=A4?= <b@x>;"},
	{"\xc3\xbc@x.example", "\xc3\xbc@x.example"},
	{"=?utf-8?q?a?= \xc3\xbc <a@x>", "=?utf-8?q?a_=C3=BC?= <a@x>"},
	{"<\xc3\xbc@x>", "<\xc3\xbc@x>"},
};

static void
test_addresses(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_autofree char *text = mime_rfc2047_encode_addresses(lists[i].value);
		g_assert_cmpstr(text, ==, lists[i].text);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/rfc2047/decode", test_decode);
	g_test_add_func("/mime/rfc2047/encode", test_encode);
	g_test_add_func("/mime/rfc2047/random", test_random);
	g_test_add_func("/mime/rfc2047/phrase", test_phrase);
	g_test_add_func("/mime/rfc2047/addresses", test_addresses);
	return g_test_run();
}
