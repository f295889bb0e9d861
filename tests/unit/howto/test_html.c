/* SPDX-License-Identifier: MPL-2.0 */
/* Links, gaps, escapes and marks of how-to pages. */
#include "howto/html.h"
#include "t.h"

static void
test_relative(void)
{
	static const struct {
		const char *from;
		const char *target;
		bool files;
		const char *link;
	} table[] = {
		{"/how-to/a/b/", "/how-to/a/c/", false, "../c/"},
		{"/how-to/a/b/", "/how-to/a/c/", true, "../c/index.html"},
		{"/how-to/a/b/", "/how-to/a/b/", false, "./"},
		{"/how-to/a/b/", "/how-to/a/b/", true, "index.html"},
		{"/how-to/", "/how-to/a/", false, "a/"},
		{"/how-to/a/b/", "/how-to/", false, "../../"},
		{"/how-to/a/b/", "/how-to/style.css", true, "../../style.css"},
		{"/how-to/a/any/", "/how-to/a/any-one/", false, "../any-one/"},
		{"/how-to/find/", "/how-to/find.js", false, "../find.js"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *link =
			howto_relative(table[i].from, table[i].target, table[i].files);
		g_assert_cmpstr(link, ==, table[i].link);
	}
}

static void
test_fill(void)
{
	const HowtoGaps gaps = {.from = "A {to}", .to = "B & C"};
	g_autofree char *text = howto_fill("{from}, {to}, {name}, {from}", &gaps);
	g_assert_cmpstr(text, ==, "A B & C, B & C, {name}, A B & C");
}

static void
test_marks(void)
{
	static const struct {
		const char *text;
		const char *html;
	} table[] = {
		{"", ""},
		{"a < b & \"c\" > 'd'", "a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;"},
		{"Open {A > B & C}, then {D}.",
		 "Open <b>A \xe2\x80\xba B &amp; C</b>, then <b>D</b>."},
		{"Type `a > b <c>`!", "Type <code>a &gt; b &lt;c&gt;</code>!"},
		{"{a `b` c}", "<b>a `b` c</b>"},
		{"`{x}`", "<code>{x}</code>"},
		{"{open", "{open"},
		{"`open", "`open"},
		{"closed}", "closed}"},
		{"{}``", "<b></b><code></code>"},
		{"\xc3\xa4{\xc3\xb6}", "\xc3\xa4<b>\xc3\xb6</b>"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		HowtoPage page = {.out = g_string_new(NULL)};
		html_marked(&page, table[i].text);
		g_assert_cmpstr(page.out->str, ==, table[i].html);
		g_string_free(page.out, TRUE);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/howto/html/relative", test_relative);
	g_test_add_func("/howto/html/fill", test_fill);
	g_test_add_func("/howto/html/marks", test_marks);
	return g_test_run();
}
