/* SPDX-License-Identifier: MPL-2.0 */
/* What a header says about a message: each fact, and odd values of it. */
#include "engine/facts.h"

#include "base/clock.h"
#include "t.h"

#define NOW INT64_C(1795255200) /* 2026-11-21T10:00:00Z */

static MimeHeader *
header_of(const char *text)
{
	MimeHeader *header = NULL;
	g_assert_true(mime_header_parse(base_bytes_str(text), &header, NULL));
	return header;
}

static const struct {
	const char *header;
	const char *reason;
} PASSES[] = {
	{"Subject: hi\n", NULL},
	{"Content-Type: text/plain\n", NULL},
	{"Content-Type: multipart/mixed; boundary=x\n", NULL},
	/* already signed or encrypted */
	{"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; "
	 "boundary=x\n",
	 "already-protected"},
	{"Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; "
	 "boundary=x\n",
	 "already-protected"},
	{"Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; "
	 "boundary=x\n",
	 "already-protected"},
	{"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; "
	 "name=smime.p7m\n",
	 "already-protected"},
	{"Content-Type: application/x-pkcs7-mime; smime-type=signed-data\n", "already-protected"},
	{"CONTENT-TYPE: Application/PKCS7-MIME\n", "already-protected"},
	{"Content-Type: application/octet-stream; name=\"smime.p7m\"\n", "already-protected"},
	/* null sender */
	{"Return-Path: <>\n", "null-sender"},
	{"Return-Path: <alice@example.org>\n", NULL},
	/* reports and receipts */
	{"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n", "report"},
	{"Content-Type: multipart/report; report-type=feedback-report; boundary=x\n", "report"},
	{"Content-Type: multipart/report; boundary=x\n", "report"},
	{"Content-Type: multipart/report; report-type=disposition-notification; "
	 "boundary=x\n",
	 "mdn"},
	{"Content-Type: message/disposition-notification\n", "mdn"},
	/* automatic replies (RFC 3834 section 5) */
	{"Auto-Submitted: auto-replied\n", "auto-reply"},
	{"Auto-Submitted: Auto-Replied; owner-email=x\n", "auto-reply"},
	{"Auto-Submitted: no\n", NULL},
	{"Auto-Submitted: NO\n", NULL},
	{"Auto-Submitted: no (a person)\n", NULL},
	{"Auto-Submitted: notified\n", "auto-reply"},
	/* RFC 8823 */
	{"Subject: Re: ACME: LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3sME=\n", "acme"},
	{"Subject: RE: acme: abc\n", "acme"},
	{"Subject: ACME: our yearly report\n", NULL},
	{"Subject: Re: the ACME company\n", NULL},
	/* redirected */
	{"Resent-From: bob@example.net\nResent-To: carol@example.com\n", "resent"},
	{"Resent-From: bob@example.net\nResent-Date: Sat, 21 Nov 2026 10:00:00 +0000\n", "resent"},
};

static void
test_pass(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(PASSES); i++) {
		g_autoptr(MimeHeader) header = header_of(PASSES[i].header);
		PolicyPassFacts facts = facts_pass(header);
		g_test_message("%s", PASSES[i].header);
		g_assert_cmpstr(policy_pass_reason(&facts), ==, PASSES[i].reason);
	}
}

typedef bool (*Fact)(const MimeHeader *header);

static void
test_yes_and_no(void)
{
	static const struct {
		Fact fact;
		const char *header;
		bool is;
	} table[] = {
		{facts_is_list_mail, "List-Id: <hikers.example.org>\n", true},
		{facts_is_list_mail, "list-post: <mailto:hikers@example.org>\n", true},
		{facts_is_list_mail, "Precedence: list\n", true},
		{facts_is_list_mail, "Precedence: LIST\n", true},
		{facts_is_list_mail, "Precedence: bulk\n", false},
		{facts_is_list_mail, "List-Unsubscribe: <mailto:x@example.org>\n", false},
		{facts_is_list_mail, "Subject: List-Id: x\n", false},
		{facts_is_automatic, "Auto-Submitted: auto-generated\n", true},
		{facts_is_automatic, "Auto-Submitted: no\n", false},
		{facts_is_automatic, "Content-Type: multipart/report; boundary=x\n", true},
		{facts_is_automatic, "Content-Type: message/disposition-notification\n", true},
		{facts_is_automatic, "Subject: hi\n", false},
		{facts_is_calendar, "Content-Type: text/calendar; method=REQUEST\n", true},
		{facts_is_calendar, "Content-Type: TEXT/Calendar\n", true},
		{facts_is_calendar, "Content-Class: urn:content-classes:calendarmessage\n", true},
		{facts_is_calendar, "Content-Type: text/plain\n", false},
		{facts_is_patch, "Subject: [PATCH] fix it\n", true},
		{facts_is_patch, "Subject: [PATCH v2 1/3] fix it\n", true},
		{facts_is_patch, "Subject: [PATCH net-next 0/7] fix it\n", true},
		{facts_is_patch, "Subject: [RFC PATCH] fix it\n", true},
		{facts_is_patch, "Subject: fix the [PATCH] thing\n", false},
		{facts_is_patch, "Subject: PATCH\n", false},
		{facts_is_patch, "From: a@example.org\n", false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(MimeHeader) header = header_of(table[i].header);
		g_test_message("%s", table[i].header);
		g_assert_cmpint(table[i].fact(header), ==, table[i].is);
	}
}

static void
test_received(void)
{
	static const struct {
		const char *header;
		int64_t time;
	} table[] = {
		{"Received: from a by b; Sat, 21 Nov 2026 09:00:00 +0000\n"
		 "Received: from c by a; Fri, 20 Nov 2026 09:00:00 +0000\n",
		 NOW - 3600},
		{"Received: from a by b with x;\n\tSat, 21 Nov 2026 10:00:00 +0100\n", NOW - 3600},
		{"Received: from a by b (a; b); Sat, 21 Nov 2026 09:00:00 +0000\n", NOW - 3600},
		/* never later than now, and now without a usable one */
		{"Received: from a by b; Sun, 22 Nov 2026 10:00:00 +0000\n", NOW},
		{"Received: from a by b; tomorrow\n", NOW},
		{"Received: from a by b\n", NOW},
		{"Received:\n", NOW},
		{"Date: Fri, 20 Nov 2026 09:00:00 +0000\n", NOW},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(MimeHeader) header = header_of(table[i].header);
		g_test_message("%s", table[i].header);
		g_assert_cmpint(facts_received(header, NOW), ==, table[i].time);
	}
}

static void
test_answered(void)
{
	static const struct {
		const char *header;
		const char *ids; /* with blanks between */
	} table[] = {
		{"Subject: hi\n", ""},
		{"In-Reply-To: <a@x>\n", "<a@x>"},
		{"References: <a@x> <b@x>\n <c@x>\n", "<c@x> <b@x> <a@x>"},
		{"References: <a@x> <b@x>\nIn-Reply-To: <b@x>\n", "<b@x> <b@x> <a@x>"},
		{"X-Forwarded-Message-Id: <f@x>\nReferences: <a@x>\n", "<f@x> <a@x>"},
		{"In-Reply-To: Your message of today <a@x> (Alice)\n", "<a@x>"},
		{"In-Reply-To: nothing\n", ""},
		{"In-Reply-To: <a@x\n", ""},
		{"In-Reply-To: a@x>\n", ""},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(MimeHeader) header = header_of(table[i].header);
		g_autoptr(GPtrArray) ids = facts_answered(header);
		g_ptr_array_add(ids, NULL);
		g_autofree char *got = g_strjoinv(" ", (char **)ids->pdata);
		g_test_message("%s", table[i].header);
		g_assert_cmpstr(got, ==, table[i].ids);
	}
}

/* However many a hostile message names: the newest hundred. */
static void
test_many_answered(void)
{
	g_autoptr(GString) text = g_string_new("References:");
	for (int i = 0; i < 5000; i++) {
		g_string_append_printf(text, " <%d@x>\n", i);
	}
	g_autoptr(MimeHeader) header = header_of(text->str);
	g_autoptr(GPtrArray) ids = facts_answered(header);
	g_assert_cmpuint(ids->len, ==, 100);
	g_assert_cmpstr(g_ptr_array_index(ids, 0), ==, "<4999@x>");
}

static void
test_program(void)
{
	static const struct {
		const char *header;
		const char *id;
	} table[] = {
		{"User-Agent: Mutt/2.2.12\nX-Mailer: WebService/1.1 YMailNorrin\n", "mutt"},
		{"x-mailer: Apple Mail (2.3696)\n", "apple-mail"},
		{"Mime-Version: 1.0 (Mac OS X Mail 16.0 \\(3731.500.231\\))\n", "apple-mail"},
		{"Feedback-ID: 1234:user:proton\n", "proton"},
		{"Feedback-ID: 1234:user:protonic\n", NULL},
		{"X-Pm-Message-ID: abc\n", "proton"},
		{"X-Readdle-Message-ID: uuid@Spark\n", "spark"},
		{"X-Gm-Message-State: abc\n", "gmail"},
		{"X-MS-Has-Attach:\n", "outlook-web"},
		{"Message-ID: <a@mail.gmail.com>\n", "gmail"},
		{"Subject: X-Mailer: Mutt\n", NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(MimeHeader) header = header_of(table[i].header);
		PolicyProgram program = facts_program(header);
		g_autofree char *version = program.version;
		g_test_message("%s", table[i].header);
		g_assert_cmpstr(program.id, ==, table[i].id);
		g_assert_true(version == NULL || g_ascii_isdigit(version[0]));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/engine/facts/pass", test_pass);
	g_test_add_func("/engine/facts/yes-and-no", test_yes_and_no);
	g_test_add_func("/engine/facts/received", test_received);
	g_test_add_func("/engine/facts/answered", test_answered);
	g_test_add_func("/engine/facts/many-answered", test_many_answered);
	g_test_add_func("/engine/facts/program", test_program);
	return g_test_run();
}
