/* SPDX-License-Identifier: MPL-2.0 */
/* format=flowed (RFC 3676) and quotes. */
#include "letter/quote.h"
#include "letter/text.h"
#include "t.h"

static void
test_unflow(void)
{
	static const struct {
		const char *text;
		bool delsp;
		const char *want;
	} cases[] = {
		{"a \nb\n", false, "a b\n"},
		{"a \r\nb\r\nc\r\n", false, "a b\nc\n"},
		{"a \nb\n", true, "ab\n"},
		{"> q \n> r\n>> s\n", false, "> q r\n>> s\n"},
		{"> q \nb\n", false, "> q \nb\n"}, /* section 4.5: another depth ends it */
		{"a\n-- \nsig\n", false, "a\n-- \nsig\n"},
		{"a \n-- \nsig\n", false, "a \n-- \nsig\n"},
		{" >no quote\n From x\n", false, ">no quote\nFrom x\n"},
		{"", false, ""},
		{"no end ", false, "no end \n"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = letter_text_unflow(cases[i].text, cases[i].delsp);
		g_assert_cmpstr(got, ==, cases[i].want);
	}
}

#define TEN "123456789 "

static void
test_flow(void)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{"short\n", "short\n"},
		{"trailing   \n", "trailing\n"},
		{"-- \n", "-- \n"},
		{" indented\nFrom me\n", "  indented\n From me\n"},
		{TEN TEN TEN TEN TEN TEN TEN TEN "x\n", TEN TEN TEN TEN TEN TEN TEN "\n" TEN "x\n"},
		{"> quoted\n>> deep\n>\n", "> quoted\n>> deep\n>\n"},
		{"\r\n", "\n"},
		{"no end", "no end\n"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = letter_text_flow(cases[i].text);
		g_assert_cmpstr(got, ==, cases[i].want);
	}
}

/* What was typed comes back, whatever its lines look like. */
static void
test_there_and_back(void)
{
	static const char *const texts[] = {
		"one\ntwo\n\nthree\n",
		TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "end\n",
		"> " TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "end\nanswer\n",
		"  indented\n>> deep\nFrom the start\n-- \nme\n",
		"äöü " TEN TEN TEN TEN TEN TEN TEN "ßßßßß\n",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *flowed = letter_text_flow(texts[i]);
		g_autofree char *back = letter_text_unflow(flowed, false);
		g_assert_cmpstr(back, ==, texts[i]);
	}
}

static void
test_quote(void)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{"a\nb\n", "> a\n> b\n"},
		{"> old\nnew\n", ">> old\n> new\n"},
		{"a\n-- \nsignature\n", "> a\n"},
		{"\n\n\na\n\n\n\n\n\n\nb\n\n", "> a\n>\n>\n> b\n"},
		{"", ""},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = letter_quote(cases[i].text);
		g_assert_cmpstr(got, ==, cases[i].want);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/letter/flow/unflow", test_unflow);
	g_test_add_func("/letter/flow/flow", test_flow);
	g_test_add_func("/letter/flow/there-and-back", test_there_and_back);
	g_test_add_func("/letter/flow/quote", test_quote);
	return g_test_run();
}
