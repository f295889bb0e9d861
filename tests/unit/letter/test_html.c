/* SPDX-License-Identifier: MPL-2.0 */
/* HTML that somebody sent: what is left of attacks, and what people see of letters. */
#include "letter/html.h"
#include "t.h"

#define PIXEL                                                                                     \
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5" \
	"ErkJggg=="

typedef struct {
	const char *source;
	const char *body; /* within <div><div>...</div></div>; NULL: not asked */
	const char *text;
	guint remote;
} Case;

static void
check(const Case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		g_autofree char *page =
			g_strconcat("<html><body>", cases[i].source, "</body></html>", NULL);
		g_autoptr(LetterHtml) html = letter_html_new(page, NULL);
		g_autofree char *want =
			cases[i].body == NULL
				? NULL
				: g_strconcat("<div><div>", cases[i].body, "</div></div>", NULL);
		if (want != NULL) {
			g_assert_cmpstr(html->body, ==, want);
		}
		g_assert_cmpstr(html->text, ==, cases[i].text);
		g_assert_cmpuint(html->remote, ==, cases[i].remote);
		g_assert_false(html->cut);
	}
}

static void
test_letters(void)
{
	static const Case cases[] = {
		{"plain &amp; &lt;simple&gt;", "plain &amp; &lt;simple&gt;", "plain & <simple>\n",
		 0},
		{"<p>one</p><p>two</p>", "<p>one</p><p>two</p>", "one\n\ntwo\n", 0},
		{"<b>a</b><i>b</i> c<br>d", "<b>a</b><i>b</i> c<br>d", "ab c\nd\n", 0},
		{"<ul><li>one<li>two</ul>", "<ul><li>one</li><li>two</li></ul>", "* one\n* two\n",
		 0},
		{"<blockquote>a<blockquote>b</blockquote></blockquote>c", NULL, "> a\n>> b\nc\n",
		 0},
		{"<pre>a\n  b</pre>", "<pre>a\n  b</pre>", "a\n  b\n", 0},
		{"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", NULL,
		 "a b\nc\n", 0},
		{"<span style=\"color:#F00;position:fixed\">r</span>",
		 "<span style=\"color:#f00\">r</span>", "r\n", 0},
		{"<font color=red size=7>x</font>", "<font color=\"red\" size=\"7\">x</font>",
		 "x\n", 0},
		{"<custom-thing>kept words</custom-thing>", "kept words", "kept words\n", 0},
		{"a<hr>b", "a<hr>b", "a\n----\nb\n", 0},
	};
	check(cases, G_N_ELEMENTS(cases));
}

static void
test_attacks(void)
{
	static const Case cases[] = {
		{"<script>alert(1)</script>x", "x", "x\n", 0},
		{"<scr<script>ipt>alert(1)</script>x", NULL, "ipt>alert(1)x\n", 0},
		{"<b onclick=alert(1) onmouseover='x'>a</b>", "<b>a</b>", "a\n", 0},
		{"<svg onload=alert(1)><script>x</script><text>t</text></svg>a", "a", "a\n", 0},
		{"<math><mtext><b>x</b></mtext></math>a", "a", "a\n", 0},
		{"<iframe src='http://x' srcdoc='<script>x</script>'>y</iframe>a", "a", "a\n", 1},
		{"<object data=http://x><embed src=http://x></object>a", "a", "a\n", 1},
		{"<meta http-equiv=refresh content='0;url=http://x'>a", "a", "a\n", 1},
		{"<link rel=stylesheet href=http://x>a", "a", "a\n", 1},
		{"<base href=http://x/>a", "a", "a\n", 0},
		{"<style>@import 'http://x'; b{background:url(http://y)}</style>a", "a", "a\n", 2},
		{"<form action=http://x><input name=p type=password><button>go</button>in</form>",
		 "in", "in\n", 1},
		{"<template><img src=http://x></template>a", "a", "a\n", 0},
		{"<!-- <script>x</script> --><!--[if mso]><b>x</b><![endif]-->a", "a", "a\n", 0},
		{"<b id=x name=y class=z data-q=1>a</b>", "<b>a</b>", "a\n", 0},
		{"<body onload=x background=http://t/>a", NULL, "a\n", 0},
		{"<table background=http://x><tr><td background=//y>a</table>", NULL, "a\n", 2},
		{"<video poster=http://x src=http://y></video>a", "a", "a\n", 2},
		{"<textarea><script>x</script></textarea>a", "a", "a\n", 0},
		{"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>", NULL,
		 "", 0},
		{"<td colspan=99999 rowspan=99999>a", NULL, "a\n", 0},
	};
	check(cases, G_N_ELEMENTS(cases));
	g_autoptr(LetterHtml) table =
		letter_html_new("<table><tr><td colspan=99999 rowspan=8>a</table>", NULL);
	g_assert_nonnull(strstr(table->body, "<td colspan=\"100\" rowspan=\"8\">"));
}

static void
test_links(void)
{
	static const Case cases[] = {
		{"<a href='https://evil.example/x' title=bank>Your bank</a>",
		 "<a title=\"https://evil.example/x\">Your bank</a>",
		 "Your bank <https://evil.example/x>\n", 0},
		{"<a href=https://a.example>https://a.example</a>", NULL, "https://a.example\n", 0},
		{"<a href='mailto:a@example.org'>a@example.org</a>", NULL, "a@example.org\n", 0},
		{"<a href='javascript:alert(1)'>x</a>", "<a>x</a>", "x\n", 0},
		{"<a href=' java\tscript:x' target=_top>x</a>", "<a>x</a>", "x\n", 0},
		{"<a href='data:text/html,x'>x</a>", "<a>x</a>", "x\n", 0},
		{"<a href='http://x/\"><script>'>x</a>",
		 "<a title=\"http://x/&quot;&gt;&lt;script&gt;\">x</a>",
		 "x <http://x/\"><script>>\n", 0},
	};
	check(cases, G_N_ELEMENTS(cases));
}

static GBytes *
pixel(gpointer user, const char *id, size_t max)
{
	gsize n = 0;
	guchar *octets = g_base64_decode(PIXEL, &n);
	g_autoptr(GBytes) image = g_bytes_new_take(octets, n);
	g_assert_cmpint(GPOINTER_TO_INT(user), ==, 7);
	g_assert_cmpuint(max, ==, LETTER_IMAGE_MAX);
	if (g_str_equal(id, "svg")) {
		return g_bytes_new_static("<svg onload=x>", 14);
	}
	return g_str_equal(id, "a b@c") ? g_bytes_ref(image) : NULL;
}

static void
test_images(void)
{
	static const struct {
		const char *source;
		const char *body;
		guint remote;
	} cases[] = {
		{"<img src='cid:a%20b@c' alt=x width=9>",
		 "<img alt=\"x\" width=\"9\" src=\"data:image/png;base64," PIXEL "\">", 0},
		{"<img src=CID:a%20b@c>", "<img src=\"data:image/png;base64," PIXEL "\">", 0},
		{"<img src='data:image/png;base64," PIXEL "'>",
		 "<img src=\"data:image/png;base64," PIXEL "\">", 0},
		{"<img src='data:image/svg+xml;base64,PHN2Zz4='>", "<span></span>", 0},
		{"<img src='data:image/png;base64,PHN2Zz4='>", "<span></span>", 0},
		{"<img src=cid:svg alt=pic>", "<span alt=\"pic\">pic</span>", 0},
		{"<img src=cid:unknown>", "<span></span>", 0},
		{"<img src=http://x/1.gif alt=Logo>", "<span alt=\"Logo\">Logo</span>", 1},
		{"<img src=//x/1.gif srcset='http://x 2x'>", "<span></span>", 2},
		{"<img src=local.png>", "<span></span>", 1},
	};

	LetterHtmlOptions options = {.image = pixel, .user = GINT_TO_POINTER(7)};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *page = g_strconcat("<body>", cases[i].source, "</body>", NULL);
		g_autoptr(LetterHtml) html = letter_html_new(page, &options);
		g_autofree char *want =
			g_strconcat("<div><div>", cases[i].body, "</div></div>", NULL);
		g_assert_cmpstr(html->body, ==, want);
		g_assert_cmpuint(html->remote, ==, cases[i].remote);
	}
}

/* What a reader cannot see is neither text nor quoted (Johnny attacks, ACNS 2019). */
static void
test_hidden(void)
{
	static const Case cases[] = {
		{"a<div style='display:none'>secret</div>", "a", "a\n", 0},
		{"a<span hidden>secret</span>", "a", "a\n", 0},
		{"a<p style='font-size:0'>secret</p>b", NULL, "a\n\nb\n", 0},
		{"<div style='font-size:0px'>secret<b style='font-size:12px'>b</b></div>", NULL,
		 "b\n", 0},
		{"a<font color=white>secret</font>", NULL, "a\n", 0},
		{"<table bgcolor=black><tr><td style='color:#fff'>seen</table>", NULL, "seen\n", 0},
		{"<table bgcolor=black><tr><td style='color:#000'>secret</table>", NULL, "", 0},
		{"<div style='background:#123456;color:#123456'>secret</div>", NULL, "", 0},
		{"<div style='height:0;overflow:hidden'><div><pre>secret</pre></div></div>a", "a",
		 "a\n", 0},
		{"<title>secret</title>a", "a", "a\n", 0},
	};
	check(cases, G_N_ELEMENTS(cases));
}

static void
test_legacy_display(void)
{
	static const char page[] =
		"<body><div class=\"header-protection-legacy-display\"><pre>Subject: x</pre></div>a";
	LetterHtmlOptions options = {.legacy_display = true};
	g_autoptr(LetterHtml) without = letter_html_new(page, &options);
	g_autoptr(LetterHtml) with = letter_html_new(page, NULL);
	g_assert_cmpstr(without->text, ==, "a\n");
	g_assert_nonnull(strstr(with->text, "Subject: x"));
}

/* The parser must not be led to read something else than what it was told. */
static void
test_charsets(void)
{
	g_autoptr(LetterHtml) html =
		letter_html_new("<meta charset=utf-7>+ADw-script+AD4-x\xc3\xbc\xff", NULL);
	g_assert_cmpstr(html->text, ==, "+ADw-script+AD4-xü\uFFFD\n");
}

static void
test_document(void)
{
	g_autofree char *body = letter_html_of_text("a <b> & c\n");
	g_autofree char *document = letter_html_document(body);
	g_assert_true(g_str_has_prefix(document, "<!DOCTYPE html>"));
	g_assert_nonnull(strstr(document, "a &lt;b&gt; &amp; c\n</div>"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/letter/html/letters", test_letters);
	g_test_add_func("/letter/html/attacks", test_attacks);
	g_test_add_func("/letter/html/links", test_links);
	g_test_add_func("/letter/html/images", test_images);
	g_test_add_func("/letter/html/hidden", test_hidden);
	g_test_add_func("/letter/html/legacy-display", test_legacy_display);
	g_test_add_func("/letter/html/charsets", test_charsets);
	g_test_add_func("/letter/html/document", test_document);
	return g_test_run();
}
