/* SPDX-License-Identifier: MPL-2.0 */
/* HTML cut into tags: every state of the tokenizer, whole and in pieces. */
#include "mime/html.h"
#include "mime_help.h"

/* Adjoining pieces of one kind are joined, since pieces depend on the chunks. */
typedef struct {
	GString *out;
	GByteArray *all;
	int last;
} Log;

static bool
log_token(void *user, MimeHtmlKind kind, BaseBytes raw, GError **error)
{
	static const char letters[] = "TROSE";
	Log *log = user;
	(void)error;
	bool tag = kind == MIME_HTML_START || kind == MIME_HTML_END;
	if (tag || (int)kind != log->last) {
		g_string_append_printf(log->out, "%s%c:", log->out->len > 0 ? "|" : "",
				       letters[kind]);
	}
	g_string_append_len(log->out, (const char *)raw.p, (gssize)raw.n);
	g_byte_array_append(log->all, raw.p, (guint)raw.n);
	log->last = tag ? -1 : (int)kind;
	return true;
}

static void
test_tokens(void)
{
	static const struct {
		const char *html, *tokens;
	} rows[] = {
		{"", ""},
		{"a", "T:a"},
		{"a<b>c</b>d", "T:a|S:<b>|T:c|E:</b>|T:d"},
		{"1 < 2 <3 <", "T:1 < 2 <3 <"},
		{"<<b>", "T:<|S:<b>"},
		{"</>x", "O:</>|T:x"},
		{"</ b>x", "O:</ b>|T:x"},
		{"<?xml a='>'?>", "O:<?xml a='>|T:'?>"},
		{"<!DOCTYPE html>x", "O:<!DOCTYPE html>|T:x"},
		{"<!>x", "O:<!>|T:x"},
		{"<!--a--b->c-->x", "O:<!--a--b->c-->|T:x"},
		{"<!-->x", "O:<!-->|T:x"},
		{"<!--->x", "O:<!--->|T:x"},
		{"<!--a--!>x", "O:<!--a--!>|T:x"},
		{"<!--<b>-->x", "O:<!--<b>-->|T:x"},
		{"<!-a>x", "O:<!-a>|T:x"},
		{"<!--a", "O:<!--a"},
		{"<a b='>' c=\">\" d=x'>y", "S:<a b='>' c=\">\" d=x'>|T:y"},
		{"<a b = '>'>y", "S:<a b = '>'>|T:y"},
		{"<a \">y", "S:<a \">|T:y"},
		{"<a b=>y", "S:<a b=>|T:y"},
		{"<a b='x", "T:<a b='x"},
		{"<br/>", "S:<br/>"},
		{"<script>a<b>'</scripty></script x=1>c",
		 "S:<script>|R:a<b>'</scripty>|E:</script x=1>|T:c"},
		{"<STYLE></StYlE><p>", "S:<STYLE>|E:</StYlE>|S:<p>"},
		{"<title><body></title>", "S:<title>|R:<body>|E:</title>"},
		{"<textarea></text</textarea >", "S:<textarea>|R:</text|E:</textarea >"},
		{"<plaintext></plaintext><b>", "S:<plaintext>|R:</plaintext><b>"},
		{"<script", "T:<script"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		for (size_t c = 0; c < G_N_ELEMENTS(help_chunks); c++) {
			g_autoptr(GString) out = g_string_new(NULL);
			g_autoptr(GByteArray) all = g_byte_array_new();
			Log log = {out, all, -1};
			g_autoptr(BaseSink) html = mime_html_new(log_token, &log);
			help_push(html, base_bytes_str(rows[i].html), help_chunks[c]);
			g_assert_cmpstr(out->str, ==, rows[i].tokens);
			T_ASSERT_STR_BYTES(base_bytes_of_array(all), rows[i].html);
		}
	}
}

static void
test_limits(void)
{
	static const char *const starts[] = {"<a b=\"", "<!--", "<?", "<script></scrip", "</"};
	g_autofree char *filler = g_strnfill(300000, 'x');
	for (size_t i = 0; i < G_N_ELEMENTS(starts); i++) {
		g_autofree char *text = g_strconcat(starts[i], filler, NULL);
		g_autoptr(GString) out = g_string_new(NULL);
		g_autoptr(GByteArray) all = g_byte_array_new();
		Log log = {out, all, -1};
		g_autoptr(BaseSink) html = mime_html_new(log_token, &log);
		help_push(html, base_bytes_str(text), 1000);
		T_ASSERT_STR_BYTES(base_bytes_of_array(all), text);
	}
}

static void
test_class(void)
{
	static const struct {
		const char *tag;
		bool has;
	} rows[] = {
		{"<div class=\"x\">", true},
		{"<div class='a x b'>", true},
		{"<DIV CLASS = x>", true},
		{"<div id=1 class=x>", true},
		{"<div a/class=x>", true},
		{"<div\nclass=\"a\tx\">", true},
		{"<div class=x/>", false},
		{"<div class=X>", false},
		{"<div class=\"xx\">", false},
		{"<div class>", false},
		{"<div class=>", false},
		{"<div class=\"a\" class=\"x\">", false},
		{"<div title=\"class=x\">", false},
		{"<div title='a' b=\" class=x \">", false},
		{"<div subclass=x>", false},
		{"<div>", false},
		{"<div", false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_test_message("%s", rows[i].tag);
		g_assert_true(mime_html_has_class(base_bytes_str(rows[i].tag), "x") == rows[i].has);
	}
	g_assert_true(mime_html_tag_is(BASE_LIT("<DIV>"), "div"));
	g_assert_true(mime_html_tag_is(BASE_LIT("</div\n>"), "div"));
	g_assert_true(mime_html_tag_is(BASE_LIT("<br/>"), "br"));
	g_assert_false(mime_html_tag_is(BASE_LIT("<divx>"), "div"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/html/tokens", test_tokens);
	g_test_add_func("/mime/html/limits", test_limits);
	g_test_add_func("/mime/html/class", test_class);
	return g_test_run();
}
