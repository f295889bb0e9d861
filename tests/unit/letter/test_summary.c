/* SPDX-License-Identifier: MPL-2.0 */
/* What a list shows of a message. */
#include "letter/summary.h"
#include "t.h"

static LetterSummary *
summary(const char *octets)
{
	return letter_summary_new(base_bytes_str(octets));
}

static const char *
address(const GPtrArray *boxes, guint i)
{
	return ((const LetterMailbox *)g_ptr_array_index(boxes, i))->address;
}

static void
test_plain(void)
{
	g_autoptr(LetterSummary) s = summary(
		"From: Bob <b@example.org>\r\nTo: a@example.org,\r\n c@example.org\r\n"
		"Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nDate: Sat, 21 Nov 2026 11:00:00 +0100\r\n"
		"Message-ID: <1@example.org>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
		"From: body@example.org\r\n");
	g_assert_cmpuint(s->from->len, ==, 1);
	g_assert_cmpstr(address(s->from, 0), ==, "b@example.org");
	g_assert_cmpuint(s->to->len, ==, 2);
	g_assert_cmpstr(s->subject, ==, "Grüße");
	g_assert_cmpint(s->date, ==, 1795255200);
	g_assert_cmpstr(s->message_id, ==, "<1@example.org>");
	g_assert_true(s->attachments);
	g_assert_false(s->sealed);
}

static void
test_sealed(void)
{
	static const struct {
		const char *type;
		bool sealed;
	} cases[] = {
		{"application/pkcs7-mime; smime-type=enveloped-data", true},
		{"application/pkcs7-mime; smime-type=\"authEnveloped-data\"", true},
		{"application/x-pkcs7-mime", true},
		{"application/pkcs7-mime; smime-type=signed-data", false},
		{"text/plain", false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *octets = g_strdup_printf("Content-Type: %s\n\n", cases[i].type);
		g_autoptr(LetterSummary) s = summary(octets);
		g_assert_cmpint(s->sealed, ==, cases[i].sealed);
	}
}

static void
test_hostile(void)
{
	g_autoptr(LetterSummary) two =
		summary("From: a@example.org\nSubject: one\nFrom: b@example.org\nSubject: two\n"
			"Message-ID: <a b\r\n>\nDate: never\n\n");
	g_assert_cmpuint(two->from->len, ==, 2);
	g_assert_cmpstr(address(two->from, 1), ==, "b@example.org");
	g_assert_cmpstr(two->subject, ==, "one");
	g_assert_null(two->message_id);
	g_assert_cmpint(two->date, ==, 0);
	static const char *const nothing[] = {"", "\n", "\r\n\r\nFrom: a@example.org\n", ":", "\0"};
	for (size_t i = 0; i < G_N_ELEMENTS(nothing); i++) {
		g_autoptr(LetterSummary) s = summary(nothing[i]);
		g_assert_cmpuint(s->from->len, ==, 0);
		g_assert_cmpstr(s->subject, ==, "");
	}
}

/* The line that mailbox files have before a message is none of its fields. */
static void
test_envelope(void)
{
	static const struct {
		const char *line;
		const char *from;
	} cases[] = {
		{"From x@example.org Sat Nov 21 11:00:00 2026\n", "b@example.org"},
		{">From x@example.org Sat Nov 21 11:00:00 2026\r\n", "b@example.org"},
		{"From : c@example.org\n", "c@example.org"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *octets =
			g_strconcat(cases[i].line, "From: b@example.org\nSubject: s\n\n", NULL);
		g_autoptr(LetterSummary) s = summary(octets);
		g_assert_cmpstr(address(s->from, 0), ==, cases[i].from);
		g_assert_cmpstr(s->subject, ==, "s");
	}
	g_autoptr(LetterSummary) only = summary("From x@example.org\n");
	g_assert_cmpuint(only->from->len, ==, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/letter/summary/plain", test_plain);
	g_test_add_func("/letter/summary/sealed", test_sealed);
	g_test_add_func("/letter/summary/hostile", test_hostile);
	g_test_add_func("/letter/summary/envelope", test_envelope);
	return g_test_run();
}
