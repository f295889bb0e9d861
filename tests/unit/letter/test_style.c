/* SPDX-License-Identifier: MPL-2.0 */
/* Style attributes: what stays, what hides. */
#include "letter/style.h"
#include "t.h"

static const LetterLook black_on_white = {.color = 0, .background = 0xffffff};

static void
test_kept(void)
{
	static const struct {
		const char *style;
		const char *kept;
		guint remote;
	} cases[] = {
		{"", "", 0},
		{"color:red", "color:red", 0},
		{"COLOR : Red ; Margin: 1px 2px !important", "color:red;margin:1px 2px", 0},
		{"font: 12px/1.5 'Arial', serif", "font:12px/1.5 'arial', serif", 0},
		{"color:rgb(1,2,3)", "color:rgb(1,2,3)", 0},
		{"position:fixed;top:0;left:0;z-index:99", "", 0},
		{"background:url(http://x/y.png)", "", 1},
		{"background:#fff url('http://x') no-repeat", "background-color:#fff", 1},
		{"background-image:url(http://x)", "", 1},
		{"list-style-image:url(http://x);color:red", "color:red", 1},
		{"width:expression(alert(1))", "", 0},
		{"behavior:url(x.htc);-moz-binding:url(x)", "", 2},
		{"color:re\\64", "", 0},
		{"background:u\\72l(http://x)", "", 0},
		{"color:/**/red", "color:red", 0},
		{"width:10px/*;color:red", "width:10px", 0},
		{"margin-left:-500px;padding:-1px", "", 0},
		{"color:var(--x);width:calc(1px + 1px);content:'x'", "", 0},
		{"color:red}body{display:none", "", 0},
		{"color:red</style><script>", "", 0},
		{"display:block", "display:block", 0},
		{"display:url(x)", "", 1},
		{"color:image-set('x')", "", 1},
		{"animation:x 1s;transition:y;filter:blur(1px)", "", 0},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(LetterStyle) got = letter_style_read(cases[i].style, black_on_white);
		g_assert_cmpstr(got.kept, ==, cases[i].kept);
		g_assert_cmpuint(got.remote, ==, cases[i].remote);
	}
	g_autofree char *many = g_strnfill(LETTER_STYLE_MAX + 1, 'a');
	g_auto(LetterStyle) long_one = letter_style_read(many, black_on_white);
	g_assert_cmpstr(long_one.kept, ==, "");
}

static void
test_hides(void)
{
	static const struct {
		const char *style;
		bool hides;   /* all of it */
		bool visible; /* the text in it, if it does not */
	} cases[] = {
		{"", false, true},
		{"display:none", true, true},
		{"DISPLAY:none!important", true, true},
		{"display:/**/none", true, true},
		{"visibility:hidden", true, true},
		{"opacity:0", true, true},
		{"opacity:0.99", false, true},
		{"max-height:0;overflow:hidden", true, true},
		{"max-height:0", false, true},
		{"height:1px;width:1px;overflow:hidden", true, true},
		{"width:1em;overflow:hidden", false, true},
		{"text-indent:-9999px", true, true},
		{"position:absolute;left:-10000px", true, true},
		{"clip:rect(0 0 0 0)", true, true},
		{"mso-hide:all", true, true},
		{"font-size:0", false, false},
		{"font-size:1px", false, false},
		{"font-size:12px", false, true},
		{"font:0/0 a", false, false},
		{"color:#fff", false, false},
		{"color:#fefefe", false, false},
		{"color:white", false, false},
		{"color:rgb(255, 255, 255)", false, false},
		{"color:#fff;background:#000", false, true},
		{"color:transparent", false, false},
		{"color:rgba(0,0,0,0)", false, false},
		{"color:#0000", false, false},
		{"color:#777", false, true},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(LetterStyle) got = letter_style_read(cases[i].style, black_on_white);
		g_test_message("%s", cases[i].style);
		g_assert_cmpint(got.hides, ==, cases[i].hides);
		if (!got.hides) {
			g_assert_cmpint(letter_look_is_visible(&got.look), ==, cases[i].visible);
		}
	}
}

static void
test_colors(void)
{
	static const struct {
		const char *text;
		gint64 want;
	} cases[] = {
		{"#fff", 0xffffff},
		{"#1a2B3c", 0x1a2b3c},
		{"white", 0xffffff},
		{"ff0000", 0xff0000},
		{"rgb(1,2,3)", 0x010203},
		{"rgb(100% 0% 0%)", 0xff0000},
		{"rgba(1,2,3,0)", LETTER_COLOR_NONE},
		{"#ffff", 0xffffff},
		{"#12345", -1},
		{"nonsense", -1},
		{"", -1},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_assert_cmpint(letter_color_parse(cases[i].text), ==, cases[i].want);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/letter/style/kept", test_kept);
	g_test_add_func("/letter/style/hides", test_hides);
	g_test_add_func("/letter/style/colors", test_colors);
	return g_test_run();
}
