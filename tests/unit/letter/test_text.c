/* SPDX-License-Identifier: MPL-2.0 */
/* Text and names that others chose. */
#include "t.h"
#include "letter/decode.h"
#include "letter/text.h"

static void
test_clean(void)
{
	static const struct {
		const char *text;
		size_t max;
		const char *want;
	} cases[] = {
		{"plain", 100, "plain"},
		{" a \t b\r\nc ", 100, "a b c"},
		{"a\x01\x7f"
		 "b",
		 100, "a b"},
		{"\u202Egpj.exe\u202C", 100, "gpj.exe"},
		{"a\u200Bb\uFEFFc\u00ADd", 100, "abcd"},
		{"a\u2028b", 100, "a b"},
		{"می\u200Cخواهم", 100, "می\u200Cخواهم"}, /* the non-joiner is a letter here */
		{"abcdef", 3, "abc…"},
		{"a b c", 3, "a b…"},
		{"bad \xff octet", 100, "bad \uFFFD octet"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = letter_text_clean(cases[i].text, cases[i].max);
		g_assert_cmpstr(got, ==, cases[i].want);
	}
}

static void
test_field(void)
{
	static const struct {
		const char *raw;
		const char *want;
	} cases[] = {
		{"plain\r\n folded", "plain folded"},
		{"=?iso-8859-1?Q?Gr=FC=DFe?=", "Grüße"},
		{"=?utf-8?B?w7w=?= =?utf-8?B?w7w=?=", "üü"}, /* RFC 2047 section 6.2 */
		{"raw \xc3\xbc", "raw ü"},
		{"raw \xfc", "raw ü"},
		{"=?utf-8?Q?a=0D=0AFrom:_b?=", "a From: b"},
		/* seen in mail: no padding, within a word; underscores; blanks; a language */
		{"f=?UTF-8?B?w7w?=r", "für"},
		{"=?koi8_r?b?3tTP?=", "что"},
		{"=?utf-8?Q?a b?=", "a b"},
		{"=?iso-8859-1*de?Q?=FC?=", "ü"},
		{"=?iso-2022-jp?B?GyRCRnwbKEI=?= =?iso-2022-jp?B?GyRCS1wbKEI=?=", "日本"},
		{"=?ISO-2022-JP?B?GyRCLWobKEI=?=", "㈱"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = letter_text_of_field(cases[i].raw);
		g_assert_cmpstr(got, ==, cases[i].want);
	}
}

static void
test_file_name(void)
{
	static const struct {
		const char *name;
		const char *want;
	} cases[] = {
		{NULL, "attachment"},
		{"", "attachment"},
		{"..", "attachment"},
		{"letter.pdf", "letter.pdf"},
		{"../../etc/passwd", "passwd"},
		{"C:\\Windows\\cmd.exe", "cmd.exe"},
		{".bashrc", "bashrc"},
		{"-rf", "rf"},
		{"a\r\nContent-Type: text/html", "html"},
		{"ann\u202Efdp.exe", "annfdp.exe"},
		{"a:b?.txt", "a_b_.txt"},
		{"con.txt", "_con.txt"},
		{"LPT1", "_LPT1"},
		{"console.txt", "console.txt"},
		{"name. . ", "name"},
		{"Grüße.txt", "Grüße.txt"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = letter_file_name(cases[i].name);
		g_assert_cmpstr(got, ==, cases[i].want);
	}
	g_autofree char *base = g_strnfill(500, 'a');
	g_autofree char *name = g_strconcat(base, ".docx", NULL);
	g_autofree char *cut = letter_file_name(name);
	g_assert_cmpuint(strlen(cut), ==, 120);
	g_assert_true(g_str_has_suffix(cut, ".docx"));
}

static void
test_file_type(void)
{
	g_assert_cmpstr(letter_file_type("image/PNG"), ==, "image/png");
	g_assert_cmpstr(letter_file_type("text/html"), ==, "application/octet-stream");
	g_assert_cmpstr(letter_file_type("image/svg+xml"), ==, "application/octet-stream");
	g_assert_cmpstr(letter_file_type(NULL), ==, "application/octet-stream");
}

static void
test_matches(void)
{
	g_assert_true(letter_text_matches("Grüße aus Köln", "KÖLN grüße"));
	g_assert_true(letter_text_matches("anything", ""));
	g_assert_false(letter_text_matches("Grüße aus Köln", "Köln Bonn"));
}

static void
test_decode(void)
{
	static const struct {
		const char *octets;
		const char *charset;
		const char *want;
	} cases[] = {
		{"a\r\nb\rc\n", "utf-8", "a\nb\nc\n"},
		{"\xc3\xbc", NULL, "ü"},
		{"\xfc", NULL, "ü"},
		{"\xfc", "us-ascii", "ü"},
		{"\xfc", "utf-8", "\uFFFD"},
		{"\xfc", "iso-8859-1", "ü"},
		{"\x93quote\x94", "windows-1252", "“quote”"},
		{"\xfc", "no such thing//TRANSLIT", "ü"},
		{"\x1b$B$\"\x1b(B", "iso-2022-jp", "あ"},
		{"a\x07"
		 "b",
		 "utf-8", "a b"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got =
			letter_decode(base_bytes_str(cases[i].octets), cases[i].charset, 1000);
		g_assert_cmpstr(got, ==, cases[i].want);
	}
	g_autofree char *nul = letter_decode(base_bytes("a\0b", 3), "utf-8", 1000);
	g_assert_cmpstr(nul, ==, "a\uFFFDb");
	g_autofree char *cut = letter_decode(base_bytes_str("abcdef"), NULL, 3);
	g_assert_cmpstr(cut, ==, "abc");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/letter/text/clean", test_clean);
	g_test_add_func("/letter/text/field", test_field);
	g_test_add_func("/letter/text/file-name", test_file_name);
	g_test_add_func("/letter/text/file-type", test_file_type);
	g_test_add_func("/letter/text/matches", test_matches);
	g_test_add_func("/letter/text/decode", test_decode);
	return g_test_run();
}
