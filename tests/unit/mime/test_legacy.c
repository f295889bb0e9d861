/* SPDX-License-Identifier: MPL-2.0 */
/* Legacy Display Elements: in, out, and in the right parts only. */
#include "mime/legacy.h"
#include "mime_help.h"

static GPtrArray *
lines_of(const char *joined)
{
	g_auto(GStrv) parts = g_strsplit(joined, "|", -1);
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	for (char **p = parts; *p != NULL; p++) {
		g_ptr_array_add(lines, g_strdup(*p));
	}
	return lines;
}

#define DIV(text) "<div class=\"header-protection-legacy-display\"><pre>" text "</pre></div>"
#define S1        "Subject: Dinner plans"
#define D1        DIV(S1)

static const struct {
	MimeLegacy kind;
	const char *lines;
	const char *charset;
	const char *in, *out;
} inserts[] = {
	{MIME_LEGACY_PLAIN, S1, NULL, "Let's meet\r\n", S1 "\r\n\r\nLet's meet\r\n"},
	{MIME_LEGACY_PLAIN, S1 "|Cc: a@b", "utf-8", "", S1 "\r\nCc: a@b\r\n\r\n"},
	{MIME_LEGACY_PLAIN,
	 "Subject: a\r\n\r\nb\x01"
	 "c",
	 NULL, "x", "Subject: a    b c\r\n\r\nx"},
	{MIME_LEGACY_PLAIN, "Subject: \xc3\xbc\xe2\x82\xac", "iso-8859-1", "x",
	 "Subject: \xfc?\r\n\r\nx"},
	{MIME_LEGACY_PLAIN, "Subject: \xc3\xbc", "utf-8", "x", "Subject: \xc3\xbc\r\n\r\nx"},
	{MIME_LEGACY_PLAIN, "Subject: \xc3\xbc", "no-such-set", "x", "Subject: ?\r\n\r\nx"},
	{MIME_LEGACY_PLAIN, "Subject: \xc3\xbc", "../../x", "x", "Subject: ?\r\n\r\nx"},
	{MIME_LEGACY_HTML, S1, "utf-8",
	 "<html><head><title></title></head><body>\r\n<p>x</p></body></html>",
	 "<html><head><title></title></head><body>" D1 "\r\n<p>x</p></body></html>"},
	{MIME_LEGACY_HTML, S1 "|Cc: a@b", NULL, "<BODY Class='a>b' x=\"<body>\">y",
	 "<BODY Class='a>b' x=\"<body>\">" DIV(S1 "\r\nCc: a@b") "y"},
	{MIME_LEGACY_HTML, "Subject: <b>\"&'", NULL, "<body>",
	 "<body>" DIV("Subject: &#60;b&#62;&#34;&#38;&#39;")},
	{MIME_LEGACY_HTML, S1, NULL,
	 "<!DOCTYPE html>\n<!-- <body> --><html>\n<head><style>a>b{}<body></style>\n<meta x></head>\n<body><p>",
	 "<!DOCTYPE html>\n<!-- <body> --><html>\n<head><style>a>b{}<body></style>\n<meta x></head>\n<body>" D1
	 "<p>"},
	{MIME_LEGACY_HTML, S1, NULL, "<p>x</p>", D1 "<p>x</p>"},
	{MIME_LEGACY_HTML, S1, NULL, "<html><p>x</p></html>", "<html>" D1 "<p>x</p></html>"},
	{MIME_LEGACY_HTML, S1, NULL, "<html><head></head>\n</html>",
	 "<html><head></head>\n" D1 "</html>"},
	{MIME_LEGACY_HTML, S1, NULL, "<html>", "<html>" D1},
	{MIME_LEGACY_HTML, S1, NULL, "<style>a", "<style>a"},
	{MIME_LEGACY_HTML, S1, NULL, "<!-- a", "<!-- a"},
	{MIME_LEGACY_HTML, S1, NULL, "", D1},
	{MIME_LEGACY_HTML, S1, NULL, "<head><script>'<body>'</script></head><div>x",
	 "<head><script>'<body>'</script></head>" D1 "<div>x"},
	{MIME_LEGACY_HTML, S1, NULL, "<body><body>", "<body>" D1 "<body>"},
};

static char *
run(BaseSink *filter, BaseSink *memory, const char *in, size_t chunk)
{
	help_push(filter, base_bytes_str(in), chunk);
	return base_bytes_strdup(base_sink_peek_bytes(memory));
}

static void
test_insert(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(inserts); i++) {
		for (size_t c = 0; c < G_N_ELEMENTS(help_chunks) && inserts[i].out != NULL; c++) {
			g_autoptr(GPtrArray) lines = lines_of(inserts[i].lines);
			g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
			g_autoptr(BaseSink) filter = mime_legacy_insert_new(
				inserts[i].kind, lines, inserts[i].charset, true, memory);
			g_autofree char *out = run(filter, memory, inserts[i].in, help_chunks[c]);
			g_test_message("row %zu", i);
			T_ASSERT_STR_BYTES(base_bytes_str(out), inserts[i].out);
		}
	}
}

static const struct {
	MimeLegacy kind;
	const char *in, *out;
} removals[] = {
	/* RFC 9788 appendix E.1 and E.2 */
	{MIME_LEGACY_PLAIN, S1 "\r\n\r\nLet's meet\r\n\r\nBob", "Let's meet\r\n\r\nBob"},
	{MIME_LEGACY_HTML,
	 "<html><head><title></title></head><body>\r\n<div class=\"header-protection-legacy-display\">\r\n"
	 "<pre>Subject: Dinner plans</pre>\r\n</div>\r\n<p>\r\nLet's meet\r\n</p>\r\n</body>\r\n</html>",
	 "<html><head><title></title></head><body>\r\n\r\n<p>\r\nLet's meet\r\n</p>\r\n</body>\r\n</html>"},
	{MIME_LEGACY_PLAIN, "a\nb\n\nc\n", "c\n"},
	{MIME_LEGACY_PLAIN, "\r\nc", "c"},
	{MIME_LEGACY_PLAIN, "\n", ""},
	{MIME_LEGACY_PLAIN, "a\r\n \r\nb\r\n", "a\r\n \r\nb\r\n"},
	{MIME_LEGACY_PLAIN, "a\r\nb\r\n", "a\r\nb\r\n"},
	{MIME_LEGACY_PLAIN, "a\r\n\r\r\nb\r\n\r\nc", "c"},
	{MIME_LEGACY_PLAIN, "", ""},
	{MIME_LEGACY_HTML, "<body>" D1 "x", "<body>x"},
	{MIME_LEGACY_HTML,
	 "<body><div CLASS='a header-protection-legacy-display b'><div>y</div><DIV>z</div></div>x",
	 "<body>x"},
	{MIME_LEGACY_HTML, "<p>" D1 "<div>keep</div>" D1 "</p>", "<p><div>keep</div></p>"},
	{MIME_LEGACY_HTML, "<!--" D1 "--><script>'" D1 "'</script><title>" D1 "</title>",
	 "<!--" D1 "--><script>'" D1 "'</script><title>" D1 "</title>"},
	{MIME_LEGACY_HTML, "<div class=header-protection-legacy-display>a<!-- </div> -->b</div>c",
	 "c"},
	{MIME_LEGACY_HTML, "<div class=header-protection-legacy-display>no end",
	 "<div class=header-protection-legacy-display>no end"},
	{MIME_LEGACY_HTML, "<span class=header-protection-legacy-display>a</span>",
	 "<span class=header-protection-legacy-display>a</span>"},
	{MIME_LEGACY_HTML, "<div title='<div class=header-protection-legacy-display>'>a</div>",
	 "<div title='<div class=header-protection-legacy-display>'>a</div>"},
	{MIME_LEGACY_HTML, "</div>" D1 "</div>x", "</div></div>x"},
};

static void
test_remove(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(removals); i++) {
		for (size_t c = 0; c < G_N_ELEMENTS(help_chunks); c++) {
			g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
			g_autoptr(BaseSink) filter =
				mime_legacy_remove_new(removals[i].kind, memory);
			g_autofree char *out = run(filter, memory, removals[i].in, help_chunks[c]);
			g_test_message("row %zu", i);
			T_ASSERT_STR_BYTES(base_bytes_str(out), removals[i].out);
		}
	}
}

/* What was put in comes out again, whatever the text is. */
static void
test_round(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(inserts); i++) {
		g_autoptr(GPtrArray) lines = lines_of(inserts[i].lines);
		g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
		g_autoptr(BaseSink) remove = mime_legacy_remove_new(inserts[i].kind, memory);
		g_autoptr(BaseSink) insert = mime_legacy_insert_new(
			inserts[i].kind, lines, inserts[i].charset, true, remove);
		help_push(insert, base_bytes_str(inserts[i].in), 3);
		g_assert_true(base_sink_finish(remove, NULL));
		T_ASSERT_STR_BYTES(base_sink_peek_bytes(memory), inserts[i].in);
	}
}

/* An element that does not end in time stays, and memory stays bounded. */
static void
test_bounds(void)
{
	g_autofree char *filler = g_strnfill(3 * MIME_LEGACY_LOOKAHEAD, 'x');
	g_autofree char *plain = g_strconcat("Subject: ", filler, "\r\n\r\ntext", NULL);
	g_autofree char *html = g_strconcat("<div class=\"header-protection-legacy-display\">",
					    filler, "</div>text", NULL);
	for (size_t c = 0; c < G_N_ELEMENTS(help_chunks); c++) {
		g_autoptr(BaseSink) m1 = base_sink_new_memory(SIZE_MAX);
		g_autoptr(BaseSink) f1 = mime_legacy_remove_new(MIME_LEGACY_PLAIN, m1);
		g_autofree char *out1 = run(f1, m1, plain, help_chunks[c]);
		g_assert_cmpstr(out1, ==, plain);
		g_autoptr(BaseSink) m2 = base_sink_new_memory(SIZE_MAX);
		g_autoptr(BaseSink) f2 = mime_legacy_remove_new(MIME_LEGACY_HTML, m2);
		g_autofree char *out2 = run(f2, m2, html, help_chunks[c]);
		g_assert_cmpstr(out2, ==, html);
	}
}

static char *
walk(const MimeWalkVisitor *visitor, void *user, const char *in, size_t chunk)
{
	g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) sink = mime_walk_new(memory, visitor, user);
	return run(sink, memory, in, chunk);
}

#define MULTI(a, b, c)                                                   \
	"Content-Type: multipart/mixed; boundary=M; hp=cipher\r\n\r\n"   \
	"--M\r\nContent-Type: multipart/alternative; boundary=A\r\n\r\n" \
	"--A\r\n" a "\r\n--A\r\n" b "\r\n--A--\r\n--M\r\n" c "\r\n--M--\r\n"
#define ATTACHED "Content-Type: text/plain\r\n\r\nattached\r\n\r\nx"

static const struct {
	const char *name;
	const char *lines;
	const char *in, *marked;
} walks[] = {
	{"one part", S1, "Content-Type: text/plain; hp=cipher\r\n\r\nHello\r\n",
	 "Content-Type: text/plain; hp=cipher; hp-legacy-display=1\r\n\r\n" S1 "\r\n\r\nHello\r\n"},
	{"LF", S1, "Content-Type: text/plain; hp=cipher\n\nHello\n",
	 "Content-Type: text/plain; hp=cipher; hp-legacy-display=1\n\n" S1 "\n\nHello\n"},
	{"alternatives, not the attachment", S1,
	 MULTI("Content-Type: text/plain\r\n\r\nHello", "Content-Type: text/html\r\n\r\n<p>Hello",
	       ATTACHED),
	 MULTI("Content-Type: text/plain; hp-legacy-display=1\r\n\r\n" S1 "\r\n\r\nHello",
	       "Content-Type: text/html; hp-legacy-display=1\r\n\r\n" D1 "<p>Hello", ATTACHED)},
	{"base64", S1,
	 "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n",
	 "Content-Type: text/plain; hp-legacy-display=1\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	 "U3ViamVjdDogRGlubmVyIHBsYW5zDQoNCkhlbGxv\r\n"},
	{"a word that us-ascii does not have", "Subject: \xc3\xbc",
	 "Content-Type: text/plain; charset=us-ascii\r\n\r\nHello\r\n",
	 "Content-Type: text/plain; charset=utf-8; hp-legacy-display=1\r\n"
	 "Content-Transfer-Encoding: quoted-printable\r\n\r\nSubject: =C3=BC\r\n\r\nHello\r\n"},
	{"an attachment alone", S1,
	 "Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nHello\r\n", NULL},
	{"another type", S1, "Content-Type: application/json\r\n\r\n{}\r\n", NULL},
	{"wide characters", S1, "Content-Type: text/plain; charset=UTF-16LE\r\n\r\nH\r\n", NULL},
	{"a message", S1, "Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nHello\r\n", NULL},
	{"a signed part", S1,
	 "Content-Type: multipart/signed; boundary=S\r\n\r\n--S\r\n\r\nHello\r\n--S\r\n\r\ns\r\n--S--\r\n",
	 NULL},
};

static void
test_walk(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(walks); i++) {
		for (size_t c = 0; c < G_N_ELEMENTS(help_chunks); c++) {
			g_test_message("%s", walks[i].name);
			g_autoptr(GPtrArray) lines = lines_of(walks[i].lines);
			const char *want = walks[i].marked != NULL ? walks[i].marked : walks[i].in;
			g_autofree char *marked = walk(&mime_legacy_insert_visitor, lines,
						       walks[i].in, help_chunks[c]);
			g_assert_cmpstr(marked, ==, want);
			g_autofree char *back =
				walk(&mime_legacy_remove_visitor, NULL, marked, help_chunks[c]);
			g_autofree char *again =
				walk(&mime_legacy_insert_visitor, lines, back, help_chunks[c]);
			g_assert_cmpstr(again, ==, want);
		}
	}
}

/* The payloads of C.3.2 and C.3.4: no line of the element is left, the text begins as it should. */
static void
test_vectors(void)
{
	static const struct {
		const char *file, *body;
	} rows[] = {
		{"rfc9788-C.3.2.payload.eml",
		 "This is the\r\nsmime-signed-enc-hp-baseline-legacy\r\nmessage.\r\n"},
		{"rfc9788-C.3.4.payload.eml",
		 "This is the\r\nsmime-signed-enc-hp-shy-legacy\r\nmessage.\r\n"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *payload = help_file(rows[i].file);
		g_autofree char *out = walk(&mime_legacy_remove_visitor, NULL, payload, 5);
		const char *body = strstr(out, "\r\n\r\n");
		g_assert_true(g_str_has_prefix(body + 4, rows[i].body));
		g_assert_null(strstr(out, "hp-legacy-display"));
	}
	g_autofree char *unmarked = help_file("rfc9788-C.3.9.payload.eml");
	g_autofree char *same = walk(&mime_legacy_remove_visitor, NULL, unmarked, 5);
	g_assert_cmpstr(same, ==, unmarked);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/legacy/insert", test_insert);
	g_test_add_func("/mime/legacy/remove", test_remove);
	g_test_add_func("/mime/legacy/round", test_round);
	g_test_add_func("/mime/legacy/bounds", test_bounds);
	g_test_add_func("/mime/legacy/walk", test_walk);
	g_test_add_func("/mime/legacy/vectors", test_vectors);
	return g_test_run();
}
