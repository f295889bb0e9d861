/* SPDX-License-Identifier: MPL-2.0 */
/* A message on its way out: what is read from it, taken out of it and added to it (design.md 3.2).
 */
#include "people.h"

typedef struct {
	const char *fields;
	const char *subject;
	PsLevel level;
	const char *reason;
	const char *subject_left;
} WishCase;

static const WishCase WISHES[] = {
	{"", "hello", PS_LEVEL_SIGNED, "default", "hello"},
	{"X-Postseal-Level: plain\n", "hello", PS_LEVEL_PLAIN, "button", "hello"},
	{"x-postseal-level: PLAIN\n", "hello", PS_LEVEL_PLAIN, "button", "hello"},
	{"X-Postseal-Level: signed\n", "hello", PS_LEVEL_SIGNED, "button", "hello"},
	{"", "[plain] hello", PS_LEVEL_PLAIN, "tag", "hello"},
	{"", "hello [Plain]", PS_LEVEL_PLAIN, "tag", "hello"},
	{"", "[sign] hello", PS_LEVEL_SIGNED, "tag", "hello"},
	{"", "Re: [plain] hello", PS_LEVEL_SIGNED, "default", "Re: [plain] hello"},
	{"In-Reply-To: <x@y>\n", "[plain] hello", PS_LEVEL_SIGNED, "default", "[plain] hello"},
	{"References: <x@y>\n", "hello [sign]", PS_LEVEL_SIGNED, "default", "hello [sign]"},
	{"X-Postseal-Level: plain\n", "[sign] hello", PS_LEVEL_SIGNED, "tag", "hello"},
	/* most programs encode a whole Subject, tag and all */
	{"", "=?UTF-8?Q?=5Bplain=5D_Gr=C3=BC=C3=9Fe?=", PS_LEVEL_PLAIN, "tag", NULL},
	{"", "=?utf-8?B?W3BsYWluXSBHcsO8w59l?=", PS_LEVEL_PLAIN, "tag", NULL},
};

static void
test_wishes(void)
{
	g_auto(Person) alice = person_new(ALICE);
	for (size_t i = 0; i < G_N_ELEMENTS(WISHES); i++) {
		const WishCase *c = &WISHES[i];
		g_autofree char *text = mail_text(ALICE, BOB, c->subject, c->fields);
		g_autoptr(PsOutcome) outcome = outcome_of(&alice, text, PS_LEVEL_AUTO);
		g_test_message("%s / %s", c->subject, c->fields);
		g_assert_cmpint(outcome->level, ==, c->level);
		g_assert_cmpstr(outcome->level_reason, ==, c->reason);
		g_autofree char *left = copy_text(outcome, 0);
		g_autofree char *subject = field_of(left, "Subject");
		if (c->subject_left != NULL) {
			g_assert_cmpstr(subject, ==, c->subject_left);
		}
		g_assert_null(strstr(left, "X-Postseal"));
		g_assert_null(strstr(left, "x-postseal"));
	}
}

/* What was asked to be sealed leaves sealed or does not leave, however the tag is written. */
static void
test_sealed_wishes(void)
{
	static const char *const SUBJECTS[] = {
		"[seal] hello",
		"hello [ENCRYPT]",
		"Re: [seal] hello",
		"[plain] hello [seal]",
		"=?UTF-8?Q?=5Bseal=5D_Gr=C3=BC=C3=9Fe?=",
		"=?utf-8?B?W3NlYWxdIEdyw7zDn2U=?=",
		"=?utf-8?Q?Gr=C3=BC=C3=9Fe?= [seal]",
	};

	g_auto(Person) alice = person_new(ALICE);
	for (size_t i = 0; i < G_N_ELEMENTS(SUBJECTS); i++) {
		g_autofree char *text = mail_text(ALICE, BOB, SUBJECTS[i], "");
		g_autoptr(PsOutcome) outcome = outcome_of(&alice, text, PS_LEVEL_AUTO);
		g_test_message("%s", SUBJECTS[i]);
		g_assert_cmpint(outcome->level, ==, PS_LEVEL_SEALED);
		g_assert_nonnull(outcome->refused);
		g_assert_cmpuint(outcome->copies->len, ==, 0);
	}
}

static void
test_bad_wish(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_autofree char *text = mail_text(ALICE, BOB, "hi", "X-Postseal-Level: maybe\n");
	g_autoptr(PsMessage) message = message_of(text);
	g_autoptr(GError) error = NULL;
	g_assert_null(ps_engine_protect(alice.engine, message, NULL, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
}

/* Bcc goes, Sensitivity stays, forged fields of ours go, Date and Message-ID come. */
static void
test_fields(void)
{
	g_auto(Person) alice = person_new(ALICE);
	static const char TEXT[] = "From: Alice <" ALICE ">\nTo: " BOB "\nBcc: " CAROL
				   "\nSubject: hi\nSensitivity: Private\n"
				   "Postseal-Status: verified\nPostseal-Key: v=1; addr=x\n\nHi.\n";
	g_autoptr(PsOutcome) outcome = outcome_of(&alice, TEXT, PS_LEVEL_SIGNED);
	g_assert_cmpuint(outcome->recipients->len, ==, 2);
	g_assert_cmpuint(outcome->copies->len, ==, 1);
	g_autofree char *text = copy_text(outcome, 0);
	g_autofree char *date = field_of(text, "Date");
	g_autofree char *id = field_of(text, "Message-ID");
	g_autofree char *bcc = field_of(text, "Bcc");
	g_autofree char *status = field_of(text, "Postseal-Status");
	g_autofree char *key = field_of(text, "Postseal-Key");
	g_autofree char *sensitivity = field_of(text, "Sensitivity");
	g_assert_nonnull(date);
	g_assert_true(g_str_has_suffix(id, "@example.org>"));
	g_assert_null(bcc);
	g_assert_null(strstr(text, "carol"));
	g_assert_null(status);
	g_assert_true(g_str_has_prefix(key, "v=1; addr=alice@example.org"));
	g_assert_cmpstr(sensitivity, ==, "Private");
}

/* "Whenever the form is not signature, the Postseal-Key field is added too." */
static void
test_key_field(void)
{
	static const struct {
		PsMode mode;
		const char *form;
		bool key;
	} table[] = {
		{PS_MODE_AUTO, "unobtrusive", true},
		{PS_MODE_UNOBTRUSIVE, "unobtrusive", true},
		{PS_MODE_HEADER, "header", true},
		{PS_MODE_SIGNATURE, "signature", false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_auto(Person) alice = person_stranger();
		g_autoptr(PsAccount) account = ps_engine_add_account(
			alice.engine, ALICE, NULL, PS_PROFILE_P256, table[i].mode, NULL);
		g_assert_cmpint(account->mode, ==, table[i].mode);
		g_autofree char *text = mail_text(ALICE, BOB, "hi", "");
		g_autoptr(PsOutcome) outcome = outcome_of(&alice, text, PS_LEVEL_AUTO);
		g_assert_cmpint(outcome->form, ==,
				i == 0   ? PS_FORM_UNOBTRUSIVE
				: i == 1 ? PS_FORM_UNOBTRUSIVE
				: i == 2 ? PS_FORM_HEADER
					 : PS_FORM_SIGNATURE);
		g_autofree char *left = copy_text(outcome, 0);
		g_autofree char *key = field_of(left, "Postseal-Key");
		g_assert_cmpint(key != NULL, ==, table[i].key);
		g_assert_cmpint(strstr(left, "multipart/signed") != NULL, ==,
				table[i].mode == PS_MODE_SIGNATURE);
	}
}

/* "No key and no signature on: ...; they pass byte for byte." */
static void
test_untouched(void)
{
	static const struct {
		const char *from;
		const char *fields;
		const char *reason;
	} table[] = {
		{ALICE, "Content-Type: application/pkcs7-mime; name=smime.p7m\n",
		 "already-protected"},
		{ALICE, "Content-Type: multipart/signed; boundary=x; protocol=a\n",
		 "already-protected"},
		{ALICE, "Return-Path: <>\n", "null-sender"},
		{ALICE, "Content-Type: multipart/report; boundary=x\n", "report"},
		{ALICE, "Content-Type: message/disposition-notification\n", "mdn"},
		{ALICE, "Auto-Submitted: auto-replied\n", "auto-reply"},
		{ALICE, "Resent-From: x@example.org\nResent-To: y@example.org\n", "resent"},
		{BOB, "", "foreign-from"},
		{ALICE ", " BOB, "", "null-sender"},
		{"undisclosed", "", "null-sender"},
	};

	g_auto(Person) alice = person_new(ALICE);
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *text = mail_text(table[i].from, CAROL, "hi", table[i].fields);
		g_test_message("%s", text);
		g_autoptr(PsOutcome) outcome = outcome_of(&alice, text, PS_LEVEL_AUTO);
		g_assert_cmpstr(outcome->untouched, ==, table[i].reason);
		g_assert_cmpint(outcome->form, ==, PS_FORM_NONE);
		g_autofree char *left = copy_text(outcome, 0);
		g_assert_cmpstr(left, ==, text);
	}
	g_autofree char *acme = mail_text(ALICE, CAROL, "Re: ACME: token", "");
	g_autofree char *left = sent(&alice, acme, PS_LEVEL_AUTO);
	g_assert_cmpstr(left, ==, acme);
}

static void
test_plain_is_untouched(void)
{
	g_auto(Person) alice = person_new(ALICE);
	static const char TEXT[] = "From: " ALICE "\r\nTo: " BOB "\r\nsubject:hi\r\n\r\n"
				   "caf\xe9\r\n\r\nlast line without end";
	g_autofree char *left = sent(&alice, TEXT, PS_LEVEL_PLAIN);
	g_assert_cmpstr(left, ==, TEXT);
}

typedef struct {
	const char *what;
	const char *to;
	const char *subject;
	const char *fields;
	const char *body;
	const char *reason;
} HeaderFormCase;

/* "header: mailing lists, automatic addresses, calendar invitations, patches." */
static const HeaderFormCase HEADER_FORMS[] = {
	{"list", "hikers@lists.example.org", "hi", "", "x", "list"},
	{"list header", BOB, "hi", "List-Id: <x.example.org>\n", "x", "list"},
	{"automatic", "noreply@example.net", "hi", "", "x", "automatic"},
	{"automatic in Cc", BOB, "hi", "Cc: hikers-request@example.net\n", "x", "automatic"},
	{"patch", BOB, "[PATCH] fix", "", "x", "patch"},
	{"calendar", BOB, "Invitation", "Content-Type: text/calendar; method=REQUEST\n", "x",
	 "calendar"},
	{"calendar beside text", BOB, "Invitation",
	 "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n",
	 "--b\nContent-Type: text/plain\n\ncome\n--b\n"
	 "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n--b--\n",
	 "calendar"},
};

static void
test_header_form(void)
{
	g_auto(Person) alice = person_new(ALICE);
	for (size_t i = 0; i < G_N_ELEMENTS(HEADER_FORMS); i++) {
		const HeaderFormCase *c = &HEADER_FORMS[i];
		g_autofree char *head = mail_text(ALICE, c->to, c->subject, c->fields);
		g_autofree char *text = g_strconcat(head, c->body, NULL);
		g_autoptr(PsOutcome) outcome = outcome_of(&alice, text, PS_LEVEL_AUTO);
		g_test_message("%s", c->what);
		g_assert_cmpint(outcome->form, ==, PS_FORM_HEADER);
		g_assert_cmpstr(outcome->form_reason, ==, c->reason);
		g_autofree char *left = copy_text(outcome, 0);
		g_autofree char *key = field_of(left, "Postseal-Key");
		g_assert_nonnull(key);
		g_assert_true(g_str_has_suffix(left, c->body));
	}
}

static void
test_failures(void)
{
	static const struct {
		const char *text;
		int code;
	} table[] = {
		{"", PS_ERROR_MALFORMED},
		{"not a message\n", PS_ERROR_MALFORMED},
		{"From: " ALICE "\nSubject: nobody\n\nx\n", PS_ERROR_MALFORMED},
	};

	g_auto(Person) alice = person_new(ALICE);
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(PsMessage) message = message_of(table[i].text);
		g_autoptr(GError) error = NULL;
		g_autoptr(PsOutcome) outcome =
			ps_engine_protect(alice.engine, message, NULL, &error);
		g_test_message("%s", table[i].text);
		g_assert_null(outcome);
		g_assert_error(error, PS_ERROR, table[i].code);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/engine/draft/wishes", test_wishes);
	g_test_add_func("/engine/draft/sealed-wishes", test_sealed_wishes);
	g_test_add_func("/engine/draft/bad-wish", test_bad_wish);
	g_test_add_func("/engine/draft/fields", test_fields);
	g_test_add_func("/engine/draft/key-field", test_key_field);
	g_test_add_func("/engine/draft/untouched", test_untouched);
	g_test_add_func("/engine/draft/plain", test_plain_is_untouched);
	g_test_add_func("/engine/draft/header-form", test_header_form);
	g_test_add_func("/engine/draft/failures", test_failures);
	return g_test_run();
}
