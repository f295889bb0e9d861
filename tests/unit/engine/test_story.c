/* SPDX-License-Identifier: MPL-2.0 */
/* Two people, and a third, through the public API: from the first message to sealed answers. */
#include "people.h"

static void
check_recipient(Person *person, const char *address, PsRecipientState state, const char *reason)
{
	const char *const addresses[] = {address, NULL};
	g_autoptr(GError) error = NULL;
	g_autoptr(PsSealCheck) check = ps_engine_can_seal(person->engine, NULL, addresses, &error);
	g_assert_no_error(error);
	const PsRecipient *recipient = g_ptr_array_index(check->recipients, 0);
	g_assert_cmpint(check->ready, ==, state == PS_RECIPIENT_STATE_READY);
	g_assert_cmpint(recipient->state, ==, state);
	g_assert_cmpstr(recipient->reasons[0], ==, reason);
	g_assert_cmpstr(check->own, ==, "ready");
}

static void
test_first_contact(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	check_recipient(&bob, ALICE, PS_RECIPIENT_STATE_NONE, "no-key");

	g_autofree char *text = mail_text(ALICE, BOB, "hello", "");
	g_autoptr(PsOutcome) outcome = outcome_of(&alice, text, PS_LEVEL_AUTO);
	g_assert_cmpint(outcome->level, ==, PS_LEVEL_SIGNED);
	g_assert_cmpint(outcome->form, ==, PS_FORM_UNOBTRUSIVE);
	g_assert_cmpstr(outcome->form_reason, ==, "unknown-reader");
	g_autofree char *left = copy_text(outcome, 0);

	g_autoptr(PsVerdict) verdict = received(&bob, left, NULL);
	g_assert_cmpint(ps_verdict_get_summary(verdict), ==, PS_SUMMARY_UNPROTECTED);
	g_assert_true(ps_verdict_get_signature_valid(verdict));
	g_assert_cmpstr(ps_verdict_get_history(verdict), ==, "first");
	g_assert_cmpstr(ps_verdict_get_from(verdict), ==, ALICE);
	check_recipient(&bob, ALICE, PS_RECIPIENT_STATE_READY, "first-contact");

	/* learning never changes the verdict on the same message */
	g_autoptr(PsVerdict) again = received(&bob, left, NULL);
	g_assert_cmpstr(ps_verdict_get_history(again), ==, "first");
}

static void
test_sealed_answer(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	g_autofree char *hello = mail_text(ALICE, BOB, "hello", "");
	g_autofree char *first = sent(&alice, hello, PS_LEVEL_AUTO);
	person_at(&bob, 1);
	person_learns(&bob, first);

	g_autofree char *fields = answering("In-Reply-To", first);
	g_autofree char *answer = mail_text(BOB, ALICE, "Re: hello secret", fields);
	g_autofree char *sealed = sent(&bob, answer, PS_LEVEL_SEALED);
	g_assert_null(strstr(sealed, "secret"));
	g_assert_null(strstr(sealed, "Hi."));
	g_autofree char *outer = field_of(sealed, "Subject");
	g_assert_cmpstr(outer, ==, "[...]");

	g_autofree char *view = NULL;
	person_at(&alice, 2);
	g_autoptr(PsVerdict) verdict = received(&alice, sealed, &view);
	g_assert_cmpstr(ps_verdict_get_encryption_reason(verdict), ==, "ok");
	g_assert_true(ps_verdict_get_signature_valid(verdict));
	g_autofree char *subject = field_of(view, "Subject");
	g_assert_cmpstr(subject, ==, "Re: hello secret");
	g_assert_true(g_str_has_prefix(view, "Postseal-Status:"));
	g_assert_true(g_str_has_suffix(view, "\nHi.\n"));
	check_recipient(&alice, BOB, PS_RECIPIENT_STATE_READY, "pinned");

	/* Alice had written first: the pin binds from its second message on */
	person_at(&bob, 3);
	person_at(&alice, 4);
	g_autofree char *next = mail_text(BOB, ALICE, "more", "");
	g_autofree char *next_sealed = sent(&bob, next, PS_LEVEL_SEALED);
	g_autoptr(PsVerdict) bound = received(&alice, next_sealed, NULL);
	g_assert_cmpint(ps_verdict_get_summary(bound), ==, PS_SUMMARY_CONFIDENTIAL);
	g_assert_cmpstr(ps_verdict_get_history(bound), ==, "same");

	/* a third cannot read it */
	g_auto(Person) carol = person_new(CAROL);
	g_autofree char *nothing = NULL;
	g_autoptr(PsVerdict) blind = received(&carol, sealed, &nothing);
	g_assert_cmpstr(ps_verdict_get_encryption_reason(blind), ==, "no-key");
	g_assert_cmpstr(nothing, ==, "");
}

/* A visible signature to whoever has sealed mail to us (design.md 3.2). */
static void
test_form_after_sealed_mail(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	people_meet(&alice, ALICE, &bob, BOB);
	g_autofree char *secret = mail_text(BOB, ALICE, "secret", "");
	g_autofree char *sealed = sent(&bob, secret, PS_LEVEL_SEALED);
	person_learns(&alice, sealed);
	g_autofree char *text = mail_text(ALICE, BOB, "news", "");
	g_autoptr(PsOutcome) outcome = outcome_of(&alice, text, PS_LEVEL_AUTO);
	g_assert_cmpint(outcome->form, ==, PS_FORM_SIGNATURE);
	g_assert_cmpstr(outcome->form_reason, ==, "known-readers");
	g_autofree char *left = copy_text(outcome, 0);
	g_autofree char *key = field_of(left, "Postseal-Key");
	g_assert_null(key);
}

typedef struct {
	const char *what;
	const char *subject;
	const char *field; /* which names the message answered; NULL: none does */
	PsLevel asked;
	PsLevel level;
	const char *reason;
	bool lowered;
} FloorCase;

static const FloorCase FLOORS[] = {
	{"reply", "Re: secret plan", "In-Reply-To", PS_LEVEL_AUTO, PS_LEVEL_SEALED,
	 "answers-sealed", false},
	{"references", "Re: secret plan", "References", PS_LEVEL_AUTO, PS_LEVEL_SEALED,
	 "answers-sealed", false},
	{"forward", "Fwd: secret plan", "X-Forwarded-Message-Id", PS_LEVEL_AUTO, PS_LEVEL_SEALED,
	 "answers-sealed", false},
	{"hidden Subject alone", "Re: secret plan", NULL, PS_LEVEL_AUTO, PS_LEVEL_SEALED,
	 "answers-sealed", false},
	{"tag plain", "[plain] secret plan", "In-Reply-To", PS_LEVEL_AUTO, PS_LEVEL_SEALED,
	 "answers-sealed", false},
	{"tag plain at the end", "Re: secret plan [plain]", "In-Reply-To", PS_LEVEL_AUTO,
	 PS_LEVEL_SEALED, "answers-sealed", false},
	{"tag plain, hidden Subject", "Re: [plain] secret plan", NULL, PS_LEVEL_AUTO,
	 PS_LEVEL_SEALED, "answers-sealed", false},
	{"button signed", "Re: other", "In-Reply-To", PS_LEVEL_SIGNED, PS_LEVEL_SIGNED, "button",
	 true},
	{"button plain", "Re: other", "In-Reply-To", PS_LEVEL_PLAIN, PS_LEVEL_PLAIN, "button",
	 true},
	{"something else", "lunch", NULL, PS_LEVEL_AUTO, PS_LEVEL_SIGNED, "default", false},
};

static void
test_answer_floor(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	people_meet(&alice, ALICE, &bob, BOB);
	g_autofree char *secret = mail_text(BOB, ALICE, "secret plan", "");
	g_autofree char *sealed = sent(&bob, secret, PS_LEVEL_SEALED);
	person_learns(&alice, sealed);
	for (size_t i = 0; i < G_N_ELEMENTS(FLOORS); i++) {
		const FloorCase *c = &FLOORS[i];
		g_autofree char *fields =
			c->field == NULL ? g_strdup("") : answering(c->field, sealed);
		g_autofree char *text = mail_text(ALICE, BOB, c->subject, fields);
		g_autoptr(PsOutcome) outcome = outcome_of(&alice, text, c->asked);
		g_test_message("%s", c->what);
		g_assert_cmpstr(outcome->refused, ==, NULL);
		g_assert_cmpint(outcome->level, ==, c->level);
		g_assert_cmpstr(outcome->level_reason, ==, c->reason);
		g_assert_cmpint(outcome->lowered, ==, c->lowered);
	}
	/* to somebody without a key the floor refuses; nothing leaks to the side */
	g_autofree char *fields = answering("In-Reply-To", sealed);
	g_autofree char *aside = mail_text(ALICE, CAROL, "Fwd: secret plan", fields);
	g_autoptr(PsOutcome) refused = outcome_of(&alice, aside, PS_LEVEL_AUTO);
	g_assert_nonnull(refused->refused);
	g_assert_cmpuint(refused->copies->len, ==, 0);
	/* what was sealed by oneself is guarded, too */
	g_autofree char *own = answering("In-Reply-To", sealed);
	g_autofree char *follow_up = mail_text(BOB, ALICE, "Re: secret plan", own);
	g_autoptr(PsOutcome) again = outcome_of(&bob, follow_up, PS_LEVEL_AUTO);
	g_assert_cmpint(again->level, ==, PS_LEVEL_SEALED);
}

static void
check_same_field(const char *one, const char *other, const char *name)
{
	g_autofree char *a = field_of(one, name);
	g_autofree char *b = field_of(other, name);
	g_assert_nonnull(a);
	g_assert_cmpstr(a, ==, b);
}

/* "An own copy per Bcc recipient with the same payload, Message-ID and Date, no trace in others."
 */
static void
test_bcc_copies(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	g_auto(Person) carol = person_new(CAROL);
	people_meet(&alice, ALICE, &bob, BOB);
	people_meet(&alice, ALICE, &carol, CAROL);
	g_autofree char *text = mail_text(ALICE, BOB, "both", "Bcc: Carol <" CAROL ">\n");
	g_autoptr(PsOutcome) outcome = outcome_of(&alice, text, PS_LEVEL_SEALED);
	g_assert_cmpstr(outcome->refused, ==, NULL);
	g_assert_cmpuint(outcome->copies->len, ==, 2);
	g_assert_cmpstr(ps_copy_get_recipients(g_ptr_array_index(outcome->copies, 0))[0], ==, BOB);
	g_assert_null(ps_copy_get_recipients(g_ptr_array_index(outcome->copies, 0))[1]);
	g_assert_cmpstr(ps_copy_get_recipients(g_ptr_array_index(outcome->copies, 1))[0], ==,
			CAROL);
	g_autofree char *to_bob = copy_text(outcome, 0);
	g_autofree char *to_carol = copy_text(outcome, 1);
	check_same_field(to_bob, to_carol, "Message-ID");
	check_same_field(to_bob, to_carol, "Date");

	g_autofree char *bob_reads = NULL;
	g_autofree char *carol_reads = NULL;
	g_autoptr(PsVerdict) of_bob = received(&bob, to_bob, &bob_reads);
	g_autoptr(PsVerdict) of_carol = received(&carol, to_carol, &carol_reads);
	g_assert_true(ps_verdict_get_signature_valid(of_bob));
	g_assert_true(ps_verdict_get_signature_valid(of_carol));
	g_assert_cmpstr(bob_reads, !=, "");
	g_assert_cmpstr(strstr(bob_reads, "\nFrom:"), ==, strstr(carol_reads, "\nFrom:"));
	g_assert_null(strstr(bob_reads, "carol"));
	g_assert_null(strstr(bob_reads, "Carol"));
	g_assert_null(strstr(to_bob, "arol"));
	g_assert_null(strstr(carol_reads, "Bcc"));

	/* neither can open the other's */
	g_autoptr(PsVerdict) crossed = received(&bob, to_carol, NULL);
	g_assert_cmpstr(ps_verdict_get_encryption_reason(crossed), ==, "no-key");
	g_autoptr(PsVerdict) crossed_back = received(&carol, to_bob, NULL);
	g_assert_cmpstr(ps_verdict_get_encryption_reason(crossed_back), ==, "no-key");
	/* the sender reads the main copy */
	g_autoptr(PsVerdict) own = received(&alice, to_bob, NULL);
	g_assert_cmpstr(ps_verdict_get_encryption_reason(own), ==, "ok");
}

/* Every copy that leaves is for somebody. */
static void
test_bcc_alone(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) carol = person_new(CAROL);
	people_meet(&alice, ALICE, &carol, CAROL);
	g_autofree char *text = g_strdup("From: " ALICE "\nBcc: " CAROL "\nSubject: x\n\nHi.\n");
	g_autoptr(PsOutcome) outcome = outcome_of(&alice, text, PS_LEVEL_SEALED);
	g_assert_cmpstr(outcome->refused, ==, NULL);
	g_assert_cmpuint(outcome->copies->len, >, 0);
	for (guint i = 0; i < outcome->copies->len; i++) {
		PsCopy *copy = g_ptr_array_index(outcome->copies, i);
		g_assert_nonnull(ps_copy_get_recipients(copy)[0]);
	}
}

/* All or nobody. */
static void
test_one_without_a_key(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	people_meet(&alice, ALICE, &bob, BOB);
	g_autofree char *text = mail_text(ALICE, BOB, "x", "Bcc: " CAROL "\n");
	g_autoptr(PsOutcome) outcome = outcome_of(&alice, text, PS_LEVEL_SEALED);
	g_assert_true(g_str_has_prefix(outcome->refused, CAROL));
	g_assert_cmpuint(outcome->copies->len, ==, 0);
}

/* A flipped bit gives no plaintext and no valid signature. */
static void
test_altered(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	people_meet(&alice, ALICE, &bob, BOB);
	g_autofree char *text = mail_text(ALICE, BOB, "pay", "");
	g_autofree char *signed_text = sent(&alice, text, PS_LEVEL_SIGNED);
	char *body = strstr(signed_text, "Hi.");
	g_assert_nonnull(body);
	body[0] = 'h';
	g_autoptr(PsVerdict) verdict = received(&bob, signed_text, NULL);
	g_assert_false(ps_verdict_get_signature_valid(verdict));
	g_assert_cmpstr(ps_verdict_get_signature_reason(verdict), ==, "digest-mismatch");

	g_autofree char *sealed = sent(&alice, text, PS_LEVEL_SEALED);
	char *near_end = sealed + strlen(sealed) - 40;
	*near_end = *near_end == 'A' ? 'B' : 'A';
	g_autofree char *view = NULL;
	g_autoptr(PsVerdict) broken = received(&bob, sealed, &view);
	g_assert_cmpstr(view, ==, "");
	g_assert_cmpstr(ps_verdict_get_encryption_reason(broken), !=, "ok");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/engine/story/first-contact", test_first_contact);
	g_test_add_func("/engine/story/sealed-answer", test_sealed_answer);
	g_test_add_func("/engine/story/form-after-sealed-mail", test_form_after_sealed_mail);
	g_test_add_func("/engine/story/answer-floor", test_answer_floor);
	g_test_add_func("/engine/story/bcc-copies", test_bcc_copies);
	g_test_add_func("/engine/story/bcc-alone", test_bcc_alone);
	g_test_add_func("/engine/story/one-without-a-key", test_one_without_a_key);
	g_test_add_func("/engine/story/altered", test_altered);
	return g_test_run();
}
