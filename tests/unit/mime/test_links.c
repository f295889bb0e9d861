/* SPDX-License-Identifier: MPL-2.0 */
/* Where links lead to, read as browsers and mail programs read them. */
#include "mime/links.h"

#include "feed.h"

typedef struct {
	const char *text;
	const char *hosts; /* joined by blanks */
} Row;

static char *
hosts_of(BaseBytes text, bool html, size_t chunk)
{
	g_autoptr(MimeLinks) links = mime_links_new();
	for (size_t at = 0; at < text.n; at += MIN(chunk, text.n)) {
		mime_links_feed(links, base_bytes_slice(text, at, chunk), html);
	}
	const GPtrArray *hosts = mime_links_hosts(links);
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = 0; i < hosts->len; i++) {
		g_string_append_printf(out, "%s%s", i > 0 ? " " : "", (char *)hosts->pdata[i]);
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

static void
check(const Row *rows, size_t n, bool html)
{
	for (size_t i = 0; i < n; i++) {
		g_autofree char *shown = g_strescape(rows[i].text, NULL);
		g_test_message("%s", shown);
		for (size_t c = 0; c < G_N_ELEMENTS(feed_chunks); c++) {
			g_autofree char *hosts =
				hosts_of(base_bytes_str(rows[i].text), html, feed_chunks[c]);
			g_assert_cmpstr(hosts, ==, rows[i].hosts);
		}
	}
}

static const Row plain[] = {
	{"", ""},
	{"no link: at 10:30, a//b, ftp://x.net, http:/x.net, mailto:a@b.net", ""},
	{"https://example.org", "example.org"},
	{"see http://Example.ORG/path, or HTTPS://www.example.org:8443?q",
	 "example.org www.example.org"},
	{"<https://example.org>", "example.org"},
	{"(https://example.org), \"https://example.net\". https://example.com.",
	 "example.org example.net example.com"},
	{"https://example.org/a https://example.org/b", "example.org"},
	{"https://paypal.com@evil.net/", "evil.net"},
	{"https://paypal.com:443@evil.net:80/", "evil.net"},
	{"https://a@b@evil.net", "evil.net"},
	{"https://evil.net\\@paypal.com", "evil.net"},
	{"https://evil.net#@paypal.com", "evil.net"},
	{"https://evil%2enet/", "evil.net"},
	{"https://b\u00fccher.example/", "xn--bcher-kva.example"},
	{"\u201chttps://example.org\u201d", "example.org"},
	{"\u0430 https://\u0430pple.com/", "xn--pple-43d.com"},
	{"https://10.0.0.1/ http://2130706433/ http://0x7f.1/", "10.0.0.1 127.0.0.1"},
	{"http://[2001:DB8:0::1]:8080/", "2001:db8::1"},
	{"http://x.net/?u=https://y.net/", "x.net y.net"},
	{"hhttps://x.net httphttp://y.net", "x.net y.net"},
	{"http:// http://. http://-- https", "--"},
	{"http://a..b/ http://x_y.net/", "x_y.net"},
	{"http://\xff\xfe/ http://\xc3", ""},
	{"https://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com"},
};

static const Row html[] = {
	{"<a href=\"https://example.org/x\">x</a>", "example.org"},
	{"<A HREF='HTTPS://Example.ORG'>", "example.org"},
	{"<a href=https://example.org>", "example.org"},
	{"<a\nclass = x\n href = https://example.org/ >", "example.org"},
	{"<a href=//example.org/>", "example.org"},
	{"<a href=\"\\\\example.org\\x\">", "example.org"},
	{"<a href=\"http:\\\\example.org\\x\">", "example.org"},
	{"<a href=\"https:example.org\">", "example.org"},
	{"<a href=\"http:///example.org\">", "example.org"},
	{"<a href=\" \t\nht\ntps://exa\tmple.org\">", "example.org"},
	{"<a href=\"https://paypal.com@evil.net/\">", "evil.net"},
	{"<a href=\"https://paypal.com&#64;evil.net/\">", "evil.net"},
	{"<a href=\"https://paypal.com&#x2f;@evil.net/\">", "paypal.com"},
	{"<a href=\"https://evil&#x2e;net/\">", "evil.net"},
	{"<a href=\"https://evil&#46net\">", "evil.net"},
	{"<a href=\"&#104;ttps&colon;&sol;&sol;evil&period;net\">", "evil.net"},
	{"<a href=\"https://evil.net\\@paypal.com\">", "evil.net"},
	{"<a href=\"https://evil%2Enet%2e/\">", "evil.net"},
	{"<a href=\"https://b\u00fccher.example\">", "xn--bcher-kva.example"},
	{"<a href=\"https://evil\u3002net\">", "evil.net"},
	{"<a href=\"https://pay&shy;pal.com\">", "paypal.com"},
	{"<a href=\"http://foo bar@evil.net/\">", "evil.net"},
	{"<a href=\"mailto:x@y.net\"><a href=\"#x\"><a href=\"/x\"><a href>", ""},
	{"<a href=\"javascript:location='http://x.net'\">", ""},
	{"<img src=\"https://cdn.net/x.png\"><link href=\"https://css.net/\">", ""},
	{"<area href=https://x.net><base href=https://y.net/><form action=https://z.net>",
	 "x.net y.net z.net"},
	{"<button formaction=http://x.net><svg><a xlink:href=http://y.net>", "x.net y.net"},
	{"<a title=\"a > b\" href=https://x.net>", "x.net"},
	{"<img alt=\"<a title='\"><a href=https://x.net>", "x.net"},
	{"<img alt=\"<a href=https://no.net>\"><a href=https://x.net>", "x.net"},
	{"<!-- ' <a x=\" --><a href=https://x.net>", "x.net"},
	{"<!-- <a href=https://no.net> --><a href=https://x.net>", "x.net"},
	{"<!--><a href=https://x.net><!---><a href=https://y.net>", "x.net y.net"},
	{"<!-- --!><a href=https://x.net>", "x.net"},
	{"<!--[if mso]><a href=\"https://mso.net/\"><![endif]--><a href=https://x.net>",
	 "mso.net x.net"},
	{"<style>a:after{content:\"<a x='\"}</style><a href=https://x.net>", "x.net"},
	{"<script>'<a href=https://no.net></scripty>'</SCRIPT ><a href=https://x.net>", "x.net"},
	{"<style>@import 'https://no.net/';</style>", ""},
	{"<svg><style></svg><a href=\"https://x.net\">", "x.net"},
	{"<p>go to https://x.net<br>now</p>", "x.net"},
	{"<a href=https://evil.net>https://paypal.com</a> https://x.net", "evil.net x.net"},
	{"<a name=top>https://x.net</a>", "x.net"},
	{"<?x https://no.net ?><!doctype html><a href=https://x.net>", "x.net"},
	{"</a href=https://no.net></><a href=https://x.net>", "x.net"},
	{"<a href=https://x.net", ""},
	{"<a/href=https://x.net><a =href=https://y.net>", "x.net"},
	{"a < b <a href=https://x.net>", "x.net"},
	{"<abbr href=https://no.net><averyveryveryveryveryveryveryverylongname href=https://no.net>",
	 ""},
	{"<a href=\"https://x\x01y.net\">", ""},
	{"<a href=\"https://x&#0;y.net\"><a href=\"https://x&#1114112;\">", ""},
};

static void
test_plain(void)
{
	check(plain, G_N_ELEMENTS(plain), false);
}

static void
test_html(void)
{
	check(html, G_N_ELEMENTS(html), true);
}

/* A link of @before, @n times @c and @after gives @hosts, in whatever pieces. */
static void
check_long(const char *before, size_t n, const char *after, const char *hosts)
{
	g_autofree char *fill = g_strnfill(n, 'a');
	g_autofree char *text = g_strconcat(before, fill, after, NULL);
	static const size_t chunks[] = {SIZE_MAX, 1, 1000};
	for (size_t i = 0; i < G_N_ELEMENTS(chunks); i++) {
		g_autofree char *got = hosts_of(base_bytes_str(text), before[0] == '<', chunks[i]);
		g_assert_cmpstr(got, ==, hosts);
	}
}

static void
test_limits(void)
{
	check_long("https://", 4000, "@x.net/", "x.net");
	check_long("https://", MIME_LINKS_URL, "@x.net/ https://y.net", "y.net");
	check_long("<a href='https://", 4000, "@x.net/'>", "x.net");
	check_long("<a href='https://", 8000, "@x.net/'><a href=//y.net>", "y.net");
	check_long("<a href='https://x.net/", 80000, "'><a href=//y.net>", "x.net y.net");
	check_long("<a href=https://x.net/", 80000, "><a href=//y.net>", "x.net y.net");
	check_long("<a ", 80000, " href=//y.net>", "y.net");
	check_long("<img src='data:", 80000, "'><a href=//y.net>", "y.net");
	check_long("<!--", 80000, "--><a href=//y.net>", "y.net");

	g_autoptr(GString) many = g_string_new(NULL);
	for (int i = 0; i < 100; i++) {
		g_string_append_printf(many, "https://h%d.net/ ", i);
	}
	g_autoptr(MimeLinks) links = mime_links_new();
	mime_links_feed(links, base_bytes(many->str, many->len), false);
	const GPtrArray *hosts = mime_links_hosts(links);
	g_assert_cmpuint(hosts->len, ==, MIME_LINKS_MAX);
	g_assert_cmpstr(hosts->pdata[63], ==, "h63.net");
}

/* What ends with one part does not go on in the next. */
static void
test_parts(void)
{
	g_autoptr(MimeLinks) links = mime_links_new();
	mime_links_feed(links, BASE_LIT("https://x.ne"), false);
	mime_links_feed(links, BASE_LIT("t.org <a href=//y.net>"), true);
	mime_links_end(links);
	mime_links_feed(links, BASE_LIT("<a href=//z.ne"), true);
	mime_links_end(links);
	mime_links_feed(links, BASE_LIT("t>"), true);
	mime_links_feed(links, base_bytes(NULL, 0), true);
	const GPtrArray *hosts = mime_links_hosts(links);
	g_assert_cmpuint(hosts->len, ==, 2);
	g_assert_cmpstr(hosts->pdata[0], ==, "x.ne");
	g_assert_cmpstr(hosts->pdata[1], ==, "y.net");
}

static void
try_mail(const char *path, BaseBytes mail, void *user)
{
	guint *found = user;
	for (int html_too = 0; html_too < 2; html_too++) {
		g_autofree char *whole = hosts_of(mail, html_too == 1, SIZE_MAX);
		g_autofree char *pieces = hosts_of(mail, html_too == 1, 61);
		if (!g_str_equal(whole, pieces)) {
			g_error("%s", path);
		}
		*found += *whole != '\0';
	}
}

static void
test_corpus(void)
{
	guint found = 0;
	if (feed_corpus(try_mail, &found)) {
		g_assert_cmpuint(found, >, 100);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/links/plain", test_plain);
	g_test_add_func("/mime/links/html", test_html);
	g_test_add_func("/mime/links/limits", test_limits);
	g_test_add_func("/mime/links/parts", test_parts);
	g_test_add_func("/mime/links/corpus", test_corpus);
	return g_test_run();
}
