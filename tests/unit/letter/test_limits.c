/* SPDX-License-Identifier: MPL-2.0 */
/* Messages made to be expensive: each is read in a moment, or not at all. */
#include "letter/html.h"
#include "letter/reply.h"
#include "letter/shown.h"
#include "letter/summary.h"
#include "t.h"
#include <pthread.h>

#define HEAD   "From: a@example.org\nMIME-Version: 1.0\n"
#define MOMENT (8 * G_USEC_PER_SEC) /* under a sanitizer on a busy machine */

static char *
repeat(const char *piece, guint n)
{
	GString *out = g_string_sized_new(strlen(piece) * n);
	for (guint i = 0; i < n; i++) {
		g_string_append(out, piece);
	}
	return g_string_free(out, FALSE);
}

/* *@error: -1 if it was read. */
static LetterShown *
show(const char *head, const char *body, int *code)
{
	g_autofree char *octets = g_strconcat(head, body, NULL);
	g_autoptr(GBytes) bytes = g_bytes_new(octets, strlen(octets));
	g_autoptr(GError) error = NULL;
	gint64 start = g_get_monotonic_time();
	LetterShown *shown = letter_shown_new(bytes, NULL, &error);
	g_assert_cmpint(g_get_monotonic_time() - start, <, MOMENT);
	*code = error == NULL ? -1 : error->code;
	return shown;
}

static void
test_html(void)
{
	static const struct {
		const char *piece;
		guint n;
	} cases[] = {
		{"<b>", 700000},
		{"<b></i>", 300000},
		{"<table><tr><td>", 100000},
		{"<ul><li>", 100000},
		{"<font><i>x", 900},
		{"&amp;", 100000},
		{"<", 1000000},
		{"<!--", 200000},
		{"<a x=", 400000},
		{"<blockquote>a", 100000},
		{"<p style=\"color:red;color:red;width:1px\">", 30000},
		{"<img src=cid:x>", 60000},
		{"<font color=white>a</font>", 60000},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *source = repeat(cases[i].piece, cases[i].n);
		gint64 start = g_get_monotonic_time();
		g_autoptr(LetterHtml) html = letter_html_new(source, NULL);
		g_test_message("%s: %" G_GINT64_FORMAT " us, cut %d", cases[i].piece,
			       g_get_monotonic_time() - start, html->cut);
		g_assert_cmpint(g_get_monotonic_time() - start, <, MOMENT);
		g_assert_cmpuint(strlen(html->body), <, 3 * LETTER_HTML_MAX);
	}
}

/* Each attribute is compared with all others of its tag. */
static void
test_attributes(void)
{
	static const char *const begins[] = {"<a ", "<a =\"", "<a x=\"", "<a 1=\"", "<a x = \""};
	static const char *const separators[] = {" ", "/", "\n", "=1 "};
	for (size_t b = 0; b < G_N_ELEMENTS(begins); b++) {
		for (size_t s = 0; s < G_N_ELEMENTS(separators); s++) {
			g_autoptr(GString) source = g_string_new("kept");
			g_string_append(source, begins[b]);
			for (guint i = 0; i < 60000; i++) {
				g_string_append_printf(source, "a%x%s", i, separators[s]);
			}
			gint64 start = g_get_monotonic_time();
			g_autoptr(LetterHtml) html = letter_html_new(source->str, NULL);
			g_assert_cmpint(g_get_monotonic_time() - start, <, MOMENT);
			g_assert_true(g_str_has_prefix(html->text, "kept"));
		}
	}
}

static void
test_parts(void)
{
	int code = 0;
	g_autofree char *parts = repeat("--b\n\nx\n", 19000);
	g_autoptr(LetterShown) many =
		show(HEAD "Content-Type: multipart/mixed; boundary=b\n\n", parts, &code);
	g_assert_cmpint(code, ==, -1);
	g_assert_true(many->cut);
	g_autofree char *more = repeat("--b\n\nx\n", 50000);
	g_assert_null(show(HEAD "Content-Type: multipart/mixed; boundary=b\n\n", more, &code));
	g_assert_cmpint(code, ==, PS_ERROR_LIMIT);
	g_autofree char *fields = repeat("a:\n", 200000);
	g_autofree char *part = g_strconcat("--b\n", fields, "\n", NULL);
	g_assert_null(show(HEAD "Content-Type: multipart/mixed; boundary=b\n\n", part, &code));
	g_assert_cmpint(code, ==, PS_ERROR_LIMIT);
	g_assert_null(show(HEAD, fields, &code));
	g_assert_cmpint(code, ==, PS_ERROR_LIMIT);
}

/* With as little room as threads of other systems have. */
static void
run_small(void *(*run)(void *), void *data)
{
	pthread_attr_t small;
	g_assert_cmpint(pthread_attr_init(&small), ==, 0);
	g_assert_cmpint(pthread_attr_setstacksize(&small, 256U << 10), ==, 0);
	pthread_t thread;
	g_assert_cmpint(pthread_create(&thread, &small, run, data), ==, 0);
	g_assert_cmpint(pthread_join(thread, NULL), ==, 0);
	g_assert_cmpint(pthread_attr_destroy(&small), ==, 0);
}

static gpointer
show_depth(G_GNUC_UNUSED gpointer data)
{
	g_autoptr(GString) octets =
		g_string_new(HEAD "Content-Type: multipart/mixed; boundary=b0\n\n");
	for (guint i = 0; i < 3000; i++) {
		g_string_append_printf(
			octets, "--b%u\nContent-Type: multipart/mixed; boundary=b%u\n\n", i, i + 1);
	}
	g_string_append(octets, "--b3000\n\ndeep\n");
	int code = 0;
	g_autoptr(LetterShown) shown = show(octets->str, "", &code);
	g_assert_cmpint(code, ==, -1);
	g_assert_true(shown->cut);
	g_assert_cmpstr(shown->text, ==, "");
	/* messages in messages are not looked into at all */
	g_autofree char *nested = repeat("Content-Type: message/rfc822\n\n", 100000);
	g_autoptr(LetterShown) messages = show(HEAD, nested, &code);
	g_assert_cmpint(code, ==, -1);
	g_assert_cmpuint(messages->attachments->len, ==, 1);
	return NULL;
}

static void
test_depth(void)
{
	run_small(show_depth, NULL);
}

/* What a reader of addresses may walk into by recursion, or again and again. */
static const char *const lists[] = {
	"a:",  "a:b,", "\"a\":", "a:\n ", "(a:",  "a:<",   ":",
	"a:;", "(",    "a(,",    "a a,",  "\"\\", "<",     "<@a,",
	"a@",  "a@[",  "a.",     "a@b(",  "=?",   "\xff,", "\"a,\"b@c,",
};

static gpointer
show_lists(gpointer data)
{
	static const char *const names[] = {"From", "Sender", "Reply-To", "To", "Cc", "Bcc"};
	const char *list = data;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *head = g_strconcat(names[i], ": ", list, "\n\n", NULL);
		int code = 0;
		g_autoptr(LetterShown) shown = show(head, "body\n", &code);
		g_assert_cmpint(code, ==, -1);
		g_assert_cmpuint(shown->attachments->len, ==, 0);
		g_autoptr(LetterSummary) summary = letter_summary_new(base_bytes_str(head));
		g_assert_cmpuint(summary->to->len, <=, 5000);
	}
	g_autofree char *within = g_strconcat("To: ", list, "\n\n", NULL);
	int code = 0;
	g_autoptr(LetterShown) digest =
		show(HEAD "Content-Type: multipart/digest; boundary=b\n\n--b\n\n", within, &code);
	g_assert_cmpuint(digest->attachments->len, ==, 1);
	g_autoptr(GPtrArray) typed = letter_addresses_read(list);
	g_assert_cmpuint(typed->len, <=, 5000);
	return NULL;
}

static void
test_addresses(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_autofree char *list = repeat(lists[i], 200000 / (guint)strlen(lists[i]));
		gint64 start = g_get_monotonic_time();
		run_small(show_lists, list);
		g_test_message("%s: %" G_GINT64_FORMAT " us", lists[i],
			       g_get_monotonic_time() - start);
	}
}

/* Parameters and fields of a part, in any number and of any length. */
static void
test_part_header(void)
{
	static const char *const pieces[] = {"a=b;", " a*0*=b;\n", "a=\"=?\";", "(", "\"", " x:\n"};
	for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
		g_autofree char *many = repeat(pieces[i], (4U << 20) / (guint)strlen(pieces[i]));
		g_autofree char *part = g_strconcat("--b\n\rx\nContent-Type: text/plain;\n ", many,
						    "\n\nx\n", NULL);
		int code = 0;
		g_assert_null(
			show(HEAD "Content-Type: multipart/mixed; boundary=b\n\n", part, &code));
		g_assert_cmpint(code, ==, PS_ERROR_LIMIT);
	}
	/* text without fields is no header, whatever it is like */
	g_autofree char *base64 = repeat("QUFB", 1U << 20);
	int code = 0;
	g_autoptr(LetterShown) text = show(HEAD "\n-----BEGIN X509 CRL-----\n", base64, &code);
	g_assert_cmpint(code, ==, -1);
	g_assert_nonnull(strstr(text->text, "BEGIN X509 CRL"));
}

static void
test_text(void)
{
	int code = 0;
	g_autofree char *lines = repeat("line\n", 1000000);
	g_autoptr(LetterShown) shown = show(HEAD "\n", lines, &code);
	g_assert_true(shown->cut);
	g_assert_cmpuint(strlen(shown->text), <=, LETTER_TEXT_MAX);
	g_autofree char *soft = repeat("x \n", 500000);
	g_autoptr(LetterShown) flowed =
		show(HEAD "Content-Type: text/plain; format=flowed\n\n", soft, &code);
	g_assert_cmpuint(strlen(flowed->text), <=, LETTER_TEXT_MAX);
	g_autofree char *words = repeat("=?x?Q?\?= ", 20000);
	g_autofree char *subject = g_strconcat("Subject: ", words, "\nTo: ", words, "\n\n", NULL);
	g_autoptr(LetterShown) named G_GNUC_UNUSED = show("From: a@example.org\n", subject, &code);
	g_autofree char *addresses = repeat("a@b,", 60000);
	g_autofree char *list = g_strconcat("To: ", addresses, "\n\n", NULL);
	g_autoptr(LetterShown) everybody = show(HEAD, list, &code);
	g_assert_cmpuint(everybody->header->to->len, <=, 5000);
}

/* Whoever is in two lists is asked for once, and so is nobody compared with all others. */
static void
test_answer(void)
{
	g_autoptr(GString) head = g_string_new(HEAD "To: a@example.org");
	for (guint i = 0; i < 5000; i++) {
		g_string_append_printf(head, ",\n b%u@example.org", i);
	}
	g_string_append(head, "\nCc: B7@Example.org, c@example.org\n\n");
	int code = 0;
	g_autoptr(LetterShown) shown = show(head->str, "text\n", &code);
	gint64 start = g_get_monotonic_time();
	LetterReplyRequest request = {.kind = LETTER_REPLY_ALL, .own = "b3@example.org"};
	g_autoptr(LetterDraft) draft = letter_reply(shown, &request);
	g_assert_cmpint(g_get_monotonic_time() - start, <, MOMENT / 8);
	g_assert_cmpstr(draft->cc, ==, "c@example.org");
	g_assert_null(strstr(draft->to, " b3@example.org"));
	g_assert_nonnull(strstr(draft->to, " b4@example.org"));
}

/* The same image, referred to again and again. */
static void
test_images(void)
{
	g_autofree char *references = repeat("<img src=cid:i>", 3000);
	g_autofree char *image =
		repeat("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\n", 50000);
	g_autofree char *body = g_strconcat("--b\nContent-Type: text/html\n\n", references,
					    "\n--b\nContent-Type: image/gif\nContent-ID: <i>\n"
					    "Content-Transfer-Encoding: base64\n\nR0lGODlh\n",
					    image, "--b--\n", NULL);
	int code = 0;
	g_autoptr(LetterShown) shown =
		show(HEAD "Content-Type: multipart/related; boundary=b\n\n", body, &code);
	g_assert_cmpint(code, ==, -1);
	g_assert_cmpuint(strlen(shown->html), <, LETTER_IMAGES_MAX / 3 * 4 + 2 * LETTER_HTML_MAX);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/letter/limits/html", test_html);
	g_test_add_func("/letter/limits/attributes", test_attributes);
	g_test_add_func("/letter/limits/parts", test_parts);
	g_test_add_func("/letter/limits/depth", test_depth);
	g_test_add_func("/letter/limits/addresses", test_addresses);
	g_test_add_func("/letter/limits/part-header", test_part_header);
	g_test_add_func("/letter/limits/text", test_text);
	g_test_add_func("/letter/limits/answer", test_answer);
	g_test_add_func("/letter/limits/images", test_images);
	return g_test_run();
}
