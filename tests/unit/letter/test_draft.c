/* SPDX-License-Identifier: MPL-2.0 */
/* A letter and the octets it becomes. */
#include "t.h"
#include "letter/draft.h"
#include "letter/summary.h"

static LetterDraft *
draft(void)
{
	LetterDraft *d = letter_draft_new();
	d->from = g_strdup("Alice <alice@example.org>");
	d->to = g_strdup("bob@example.net");
	d->subject = g_strdup("Hello");
	d->text = g_strdup("Text\n");
	d->message_id = g_strdup("<1@example.org>");
	d->date = 1795255200;
	return d;
}

static char *
composed(const LetterDraft *d, LetterPurpose purpose)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) octets = letter_draft_compose(d, purpose, &error);
	g_assert_no_error(error);
	return base_bytes_strdup(base_bytes_of(octets));
}

static void
test_plain(void)
{
	g_autoptr(LetterDraft) d = draft();
	g_autofree char *got = composed(d, LETTER_TO_SEND);
	g_assert_cmpstr(got, ==,
			"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n"
			"From: Alice <alice@example.org>\r\n"
			"To: bob@example.net\r\n"
			"Subject: Hello\r\n"
			"Message-ID: <1@example.org>\r\n"
			"User-Agent: postseal/" PS_VERSION "\r\n"
			"MIME-Version: 1.0\r\n"
			"Content-Type: text/plain; charset=utf-8; format=flowed\r\n"
			"Content-Transfer-Encoding: 7bit\r\n"
			"\r\n"
			"Text\r\n");
}

static void
test_all_fields(void)
{
	g_autoptr(LetterDraft) d = draft();
	d->cc = g_strdup("\"Miller, Ann\" <ann@example.net>; Jörg <j@example.net>");
	d->bcc = g_strdup("carol@example.net");
	d->reply_to = g_strdup("list@example.org");
	d->level = g_strdup("sealed");
	d->rules = g_strdup("forward=sealed, expires=@1801353600");
	d->in_reply_to = g_strdup("<0@example.net>");
	d->references = g_strdup("<a@x> junk <0@example.net>");
	letter_draft_add_field(d, "X-Note", "ü");
	g_autofree char *got = composed(d, LETTER_TO_SEND);
	static const char *const lines[] = {
		"\r\nCc: \"Miller, Ann\" <ann@example.net>, =?",
		" <j@example.net>\r\n",
		"\r\nBcc: carol@example.net\r\n",
		"\r\nReply-To: list@example.org\r\n",
		"\r\nX-Postseal-Level: sealed\r\n",
		"\r\nOriginator-Rules: forward=sealed, expires=@1801353600\r\n",
		"\r\nIn-Reply-To: <0@example.net>\r\n",
		"\r\nReferences: <a@x> <0@example.net>\r\n",
		"\r\nX-Note: =?",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_assert_nonnull(strstr(got, lines[i]));
	}
	g_autoptr(LetterSummary) s = letter_summary_new(base_bytes_str(got));
	g_assert_cmpstr(((LetterMailbox *)g_ptr_array_index(s->cc, 1))->name, ==, "Jörg");
}

/* RFC 5322 section 2.1.1: no line is longer than 998, and none of ours longer than 78. */
static void
test_lines(void)
{
	g_autoptr(LetterDraft) d = draft();
	g_autofree char *words = g_strnfill(600, 'w');
	for (size_t i = 10; i < 600; i += 10) {
		words[i] = ' ';
	}
	g_free(d->subject);
	d->subject = g_strconcat("Ä lange Überschrift mit Umlauten, ", words, NULL);
	d->cc = g_strdup("a1234567890@example.org, b1234567890@example.org, "
			 "c1234567890@example.org, d1234567890@example.org");
	g_free(d->text);
	d->text = g_strnfill(5000, 'x');
	g_autofree char *got = composed(d, LETTER_TO_SEND);
	char *body = strstr(got, "\r\n\r\n");
	*body = '\0';
	g_auto(GStrv) lines = g_strsplit(got, "\r\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		g_assert_cmpuint(strlen(*line), <=, 78);
		g_assert_null(strchr(*line, '\n'));
	}
	*body = '\r';
	g_autoptr(LetterSummary) s = letter_summary_new(base_bytes_str(got));
	g_assert_cmpstr(s->subject, ==, d->subject);
	g_assert_cmpuint(s->cc->len, ==, 4);
}

typedef struct {
	size_t field; /* offset in LetterDraft */
	const char *value;
} Bad;

#define FIELD(name) offsetof(LetterDraft, name)

/* Nothing that is typed becomes a field of its own. */
static void
test_injection(void)
{
	static const Bad cases[] = {
		{FIELD(subject), "a\r\nBcc: eve@example.com"},
		{FIELD(subject), "a\nBcc: eve@example.com"},
		{FIELD(subject), "a\rb"},
		{FIELD(subject), "a\x01"},
		{FIELD(subject), "a\u2028b"},
		{FIELD(subject), "\xff"},
		{FIELD(to), "bob@example.net\r\nX: y"},
		{FIELD(to), "Bob\r\n <bob@example.net>"},
		{FIELD(to), "\"a\nb\" <bob@example.net>"},
		{FIELD(to), "nobody"},
		{FIELD(to), ""},
		{FIELD(from), "a@example.org, b@example.org"},
		{FIELD(from), ""},
		{FIELD(rules), "a=b\r\nX: y"},
		{FIELD(rules), "ü"},
		{FIELD(level), "sealed\r\nX: y"},
		{FIELD(level), "wrong"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(LetterDraft) d = draft();
		g_autoptr(GError) error = NULL;
		char **field = (char **)(void *)((char *)d + cases[i].field);
		g_free(*field);
		*field = g_strdup(cases[i].value);
		g_test_message("%s", cases[i].value);
		g_autoptr(GBytes) octets = letter_draft_compose(d, LETTER_TO_SEND, &error);
		bool split = octets != NULL; /* a list divided by line ends is a list */
		if (split) {
			g_autofree char *got = base_bytes_strdup(base_bytes_of(octets));
			g_assert_null(strstr(got, "\r\nX:"));
			continue;
		}
		g_assert_error(error, PS_ERROR, (int)PS_ERROR_ARGUMENT);
	}
	g_autoptr(LetterDraft) d = draft();
	d->in_reply_to = g_strdup("<a@b>\r\nX: y");
	d->references = g_strdup("<a b@c> <\x01@d> <e@f\"> no");
	g_autofree char *got = composed(d, LETTER_TO_SEND);
	g_assert_null(strstr(got, "X: y"));
	g_assert_null(strstr(got, "References"));
}

static void
test_further_fields(void)
{
	static const char *const names[] = {
		"Bcc",          "content-type",   "X:Y", "", "Received", "X-Postseal-Level",
		"Postseal-Key", "DKIM-Signature", "a b"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autoptr(LetterDraft) d = draft();
		letter_draft_add_field(d, names[i], "x");
		g_autoptr(GError) error = NULL;
		g_assert_null(letter_draft_compose(d, LETTER_TO_SEND, &error));
		g_assert_error(error, PS_ERROR, (int)PS_ERROR_ARGUMENT);
	}
}

static void
test_other_scripts(void)
{
	g_autoptr(LetterDraft) d = draft();
	g_free(d->to);
	d->to = g_strdup("a@münchen.example, пётр@пример.example");
	g_assert_true(letter_draft_needs_utf8(d));
	g_auto(GStrv) all = letter_draft_recipients(d, NULL);
	g_assert_cmpstr(all[0], ==, "a@xn--mnchen-3ya.example");
	g_assert_cmpstr(all[1], ==, "пётр@пример.example");
	g_autofree char *got = composed(d, LETTER_TO_SEND);
	g_assert_nonnull(strstr(got, "To: a@xn--mnchen-3ya.example, пётр@пример.example\r\n"));
}

static void
test_recipients(void)
{
	g_autoptr(LetterDraft) d = draft();
	d->cc = g_strdup("Bob@Example.NET, c@example.org");
	d->bcc = g_strdup("c@example.org; d@example.org");
	g_auto(GStrv) all = letter_draft_recipients(d, NULL);
	g_autofree char *list = g_strjoinv(" ", all);
	g_assert_cmpstr(list, ==, "bob@example.net c@example.org d@example.org");
}

static void
test_files(void)
{
	g_autoptr(LetterDraft) d = draft();
	g_autoptr(GBytes) content = g_bytes_new_static("\0\xff"
						       "data",
						       6);
	letter_draft_add_file(d, "../Grüße \"x\".pdf", "application/pdf", content);
	letter_draft_add_file(d, "b\r\nX: y", "multipart/mixed; boundary=x", content);
	g_autofree char *got = composed(d, LETTER_TO_SEND);
	g_assert_nonnull(strstr(got, "Content-Type: multipart/mixed; boundary="));
	g_assert_nonnull(strstr(got, "Content-Type: application/pdf"));
	g_assert_nonnull(strstr(got, "Content-Type: application/octet-stream"));
	g_assert_null(strstr(got, "\r\nX:"));
	g_assert_nonnull(strstr(got, "AP9kYXRh"));
	g_autoptr(GBytes) octets = g_bytes_new(got, strlen(got));
	g_autoptr(GError) error = NULL;
	g_autoptr(LetterDraft) again = letter_draft_read(octets, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(again->files->len, ==, 2);
	const LetterFile *file = g_ptr_array_index(again->files, 0);
	g_assert_cmpstr(file->name, ==, "Grüße _x_.pdf");
	g_assert_cmpstr(file->type, ==, "application/pdf");
	g_assert_true(g_bytes_equal(file->content, content));
}

/* A draft comes back as it was, finished or not. */
static void
test_there_and_back(void)
{
	g_autoptr(LetterDraft) d = draft();
	g_free(d->text);
	d->text = g_strdup(
		"Grüße,\n\n> quoted\n  indented\nFrom here on a line that is much longer than "
		"seventy-two characters, so that it flows\n-- \nAlice\n");
	d->cc = g_strdup("not finished yet, bob@");
	d->level = g_strdup("signed");
	g_autoptr(GError) error = NULL;
	g_assert_null(letter_draft_compose(d, LETTER_TO_SEND, &error));
	g_autoptr(GBytes) octets = letter_draft_compose(d, LETTER_TO_KEEP, NULL);
	g_autoptr(LetterDraft) again = letter_draft_read(octets, NULL);
	g_assert_cmpstr(again->from, ==, d->from);
	g_assert_cmpstr(again->to, ==, d->to);
	g_assert_cmpstr(again->cc, ==, d->cc);
	g_assert_cmpstr(again->bcc, ==, "");
	g_assert_cmpstr(again->subject, ==, d->subject);
	g_assert_cmpstr(again->text, ==, d->text);
	g_assert_cmpstr(again->level, ==, "signed");
	g_assert_cmpstr(again->message_id, ==, d->message_id);
}

static void
test_message_id(void)
{
	g_autoptr(LetterDraft) d = draft();
	g_clear_pointer(&d->message_id, g_free);
	g_autofree char *one = composed(d, LETTER_TO_SEND);
	g_autofree char *two = composed(d, LETTER_TO_SEND);
	g_autoptr(LetterSummary) a = letter_summary_new(base_bytes_str(one));
	g_autoptr(LetterSummary) b = letter_summary_new(base_bytes_str(two));
	g_assert_true(g_str_has_suffix(a->message_id, "@example.org>"));
	g_assert_cmpstr(a->message_id, !=, b->message_id);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/letter/draft/plain", test_plain);
	g_test_add_func("/letter/draft/all-fields", test_all_fields);
	g_test_add_func("/letter/draft/lines", test_lines);
	g_test_add_func("/letter/draft/injection", test_injection);
	g_test_add_func("/letter/draft/further-fields", test_further_fields);
	g_test_add_func("/letter/draft/other-scripts", test_other_scripts);
	g_test_add_func("/letter/draft/recipients", test_recipients);
	g_test_add_func("/letter/draft/files", test_files);
	g_test_add_func("/letter/draft/there-and-back", test_there_and_back);
	g_test_add_func("/letter/draft/message-id", test_message_id);
	return g_test_run();
}
