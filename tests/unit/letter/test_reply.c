/* SPDX-License-Identifier: MPL-2.0 */
/* Answers: who gets them and what they say (RFC 9788 section 6, RFC 5322 section 3.6.3). */
#include "letter/reply.h"
#include "t.h"

#define OWN "Alice <alice@example.org>"

static LetterDraft *
answer(const char *octets, LetterReplyRequest request)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = g_bytes_new_static(octets, strlen(octets));
	g_autoptr(LetterShown) shown = letter_shown_new(bytes, NULL, &error);
	g_assert_no_error(error);
	request.own = OWN;
	return letter_reply(shown, &request);
}

static void
test_recipients(void)
{
	static const struct {
		const char *head;
		LetterReplyKind kind;
		const char *to;
		const char *cc;
	} cases[] = {
		{"From: Bob <b@x.org>\nTo: alice@example.org\n", LETTER_REPLY, "Bob <b@x.org>", ""},
		{"From: b@x.org\nReply-To: List <l@x.org>\nTo: alice@example.org\n", LETTER_REPLY,
		 "List <l@x.org>", ""},
		{"From: b@x.org\nTo: Alice@Example.ORG, c@x.org\nCc: d@x.org, B@x.org\n",
		 LETTER_REPLY_ALL, "b@x.org, c@x.org", "d@x.org"},
		{"From: b@x.org\nReply-To: l@x.org\nTo: l@x.org, c@x.org\n", LETTER_REPLY_ALL,
		 "l@x.org, c@x.org", ""},
		/* one's own letter */
		{"From: alice@example.org\nTo: b@x.org\nCc: c@x.org\n", LETTER_REPLY, "b@x.org",
		 ""},
		{"From: alice@example.org\nTo: b@x.org\nCc: c@x.org\n", LETTER_REPLY_ALL, "b@x.org",
		 "c@x.org"},
		{"From: b@x.org\nTo: G: c@x.org, d@x.org;\n", LETTER_REPLY_ALL,
		 "b@x.org, c@x.org, d@x.org", ""},
		{"From: b@x.org\nTo: undisclosed:;\n", LETTER_REPLY_ALL, "b@x.org", ""},
		{"From: b@x.org\nTo: c@x.org\n", LETTER_FORWARD, "", ""},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *octets = g_strconcat(cases[i].head, "\nbody\n", NULL);
		g_autoptr(LetterDraft) d =
			answer(octets, (LetterReplyRequest){.kind = cases[i].kind});
		g_assert_cmpstr(d->to, ==, cases[i].to);
		g_assert_cmpstr(d->cc, ==, cases[i].cc);
		g_assert_cmpstr(d->from, ==, OWN);
	}
}

/* RFC 9788 section 6.2: an attacker on the way adds recipients; they are not protected. */
static void
test_protected(void)
{
	static const char octets[] =
		"From: b@x.org\nTo: alice@example.org\nCc: mallory@evil.example\n"
		"Reply-To: mallory@evil.example\nSubject: true\nMessage-ID: <1@x.org>\n\nbody\n";
	static const char *const some[] = {"From", "to", "Subject", "Message-ID", NULL};
	static const char *const none[] = {NULL};
	g_autoptr(LetterDraft) d = answer(
		octets, (LetterReplyRequest){.kind = LETTER_REPLY_ALL, .protected_fields = some});
	g_assert_cmpstr(d->to, ==, "b@x.org");
	g_assert_cmpstr(d->cc, ==, "");
	g_assert_cmpstr(d->subject, ==, "Re: true");
	g_assert_cmpstr(d->in_reply_to, ==, "<1@x.org>");
	g_autoptr(LetterDraft) nobody = answer(
		octets, (LetterReplyRequest){.kind = LETTER_REPLY_ALL, .protected_fields = none});
	g_assert_cmpstr(nobody->to, ==, "");
	g_assert_cmpstr(nobody->subject, ==, "Re:");
	g_assert_null(nobody->in_reply_to);
	g_autoptr(LetterDraft) forward = answer(
		octets, (LetterReplyRequest){.kind = LETTER_FORWARD, .protected_fields = some});
	g_assert_null(strstr(forward->text, "mallory"));
}

static void
test_subject(void)
{
	static const struct {
		const char *subject;
		const char *reply;
		const char *forward;
	} cases[] = {
		{"hello", "Re: hello", "Fwd: hello"},
		{"Re: hello", "Re: hello", "Fwd: hello"},
		{"RE: AW: Fwd: hello", "Re: hello", "Fwd: hello"},
		{"Re[2]: hello", "Re: hello", "Fwd: hello"},
		{"Sv : hello", "Re: hello", "Fwd: hello"},
		{"Reason: none", "Re: Reason: none", "Fwd: Reason: none"},
		{"", "Re:", "Fwd:"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *reply = letter_reply_subject(LETTER_REPLY, cases[i].subject);
		g_autofree char *forward = letter_reply_subject(LETTER_FORWARD, cases[i].subject);
		g_assert_cmpstr(reply, ==, cases[i].reply);
		g_assert_cmpstr(forward, ==, cases[i].forward);
	}
}

static void
test_thread(void)
{
	static const char *const heads[][2] = {
		{"Message-ID: <3@x>\nReferences: <1@x> <2@x>\n", "<1@x> <2@x> <3@x>"},
		{"Message-ID: <3@x>\nIn-Reply-To: <2@x>\n", "<2@x> <3@x>"},
		{"Message-ID: <3@x>\n", "<3@x>"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
		g_autofree char *octets =
			g_strconcat("From: b@x.org\n", heads[i][0], "\nx\n", NULL);
		g_autoptr(LetterDraft) d = answer(octets, (LetterReplyRequest){0});
		g_assert_cmpstr(d->references, ==, heads[i][1]);
		g_assert_cmpstr(d->in_reply_to, ==, "<3@x>");
	}
}

static void
test_quote(void)
{
	g_autoptr(LetterDraft) d = answer(
		"From: Bob <b@x.org>\nDate: Sat, 21 Nov 2026 10:00:00 +0000\n\none\n> two\n-- "
		"\nBob\n",
		(LetterReplyRequest){.kind = LETTER_REPLY});
	g_assert_cmpstr(d->text, ==,
			"On Sat, 21 Nov 2026 10:00:00 +0000, Bob wrote:\n> one\n>> two\n\n");
	g_autoptr(LetterDraft) own = answer("From: b@x.org\n\none\n",
					    (LetterReplyRequest){.attribution = "Bob schrieb:"});
	g_assert_cmpstr(own->text, ==, "Bob schrieb:\n> one\n\n");
}

/* "Re: What's up, Johnny?": hidden text, styles and what is in other parts stay where they are. */
static void
test_covert_content(void)
{
	g_autoptr(LetterDraft) d = answer(
		"From: b@x.org\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
		"Content-Type: text/html\n\n<p>What's up?</p><div style='display:none'>SECRET1</div>"
		"<p style='font-size:0'>SECRET2</p><p style='color:#fff'>SECRET3</p>\n--b\n"
		"Content-Type: message/rfc822\n\nSubject: SECRET4\n\nSECRET5\n--b\n"
		"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nSECRET6\n--b--\n",
		(LetterReplyRequest){.kind = LETTER_REPLY});
	g_assert_nonnull(strstr(d->text, "> What's up?\n"));
	g_assert_null(strstr(d->text, "SECRET"));
	g_assert_cmpuint(d->files->len, ==, 0);
}

/* Encrypted by somebody nobody vouches for: an answer would be an oracle (EFAIL). */
static void
test_inert(void)
{
	static const char octets[] =
		"From: b@x.org\nSubject: SECRET\nMessage-ID: <1@x>\n"
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSECRET\n--b\n"
		"Content-Type: application/x\n\nSECRET\n--b--\n";
	static const LetterReplyKind kinds[] = {LETTER_REPLY, LETTER_REPLY_ALL, LETTER_FORWARD};
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autoptr(LetterDraft) d =
			answer(octets, (LetterReplyRequest){.kind = kinds[i], .inert = true});
		g_assert_null(d->text);
		g_assert_cmpuint(d->files->len, ==, 0);
		g_assert_null(strstr(d->subject, "SECRET"));
	}
}

static void
test_forward(void)
{
	g_autoptr(LetterDraft) d = answer(
		"From: Bob <b@x.org>\nTo: alice@example.org\nCc: c@x.org\nSubject: Fwd: hello\n"
		"Date: Sat, 21 Nov 2026 10:00:00 +0000\nContent-Type: multipart/mixed; boundary=b\n\n"
		"--b\n\nbody\n--b\nContent-Type: application/pdf; name=a.pdf\n\nPDF\n--b--\n",
		(LetterReplyRequest){.kind = LETTER_FORWARD});
	g_assert_cmpstr(d->subject, ==, "Fwd: hello");
	g_assert_cmpstr(d->text, ==,
			"\n\n---------- Forwarded message ----------\nFrom: Bob <b@x.org>\n"
			"Date: Sat, 21 Nov 2026 10:00:00 +0000\nSubject: Fwd: hello\n"
			"To: alice@example.org\nCc: c@x.org\n\nbody");
	g_assert_cmpuint(d->files->len, ==, 1);
	const LetterFile *file = g_ptr_array_index(d->files, 0);
	g_assert_cmpstr(file->name, ==, "a.pdf");
	T_ASSERT_STR_BYTES(base_bytes_of(file->content), "PDF");
}

static void
test_kinds(void)
{
	LetterReplyKind kind = LETTER_REPLY;
	g_assert_true(letter_reply_kind_parse("reply-all", &kind) && kind == LETTER_REPLY_ALL);
	g_assert_true(letter_reply_kind_parse("forward", &kind) && kind == LETTER_FORWARD);
	g_assert_false(letter_reply_kind_parse("x", &kind));
	g_assert_false(letter_reply_kind_parse(NULL, &kind));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/letter/reply/recipients", test_recipients);
	g_test_add_func("/letter/reply/protected", test_protected);
	g_test_add_func("/letter/reply/subject", test_subject);
	g_test_add_func("/letter/reply/thread", test_thread);
	g_test_add_func("/letter/reply/quote", test_quote);
	g_test_add_func("/letter/reply/covert-content", test_covert_content);
	g_test_add_func("/letter/reply/inert", test_inert);
	g_test_add_func("/letter/reply/forward", test_forward);
	g_test_add_func("/letter/reply/kinds", test_kinds);
	return g_test_run();
}
