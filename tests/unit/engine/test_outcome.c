/* SPDX-License-Identifier: MPL-2.0 */
/* What is said about an outgoing message: every word has its text, every refusal its way on. */
#include "engine/outcome.h"
#include "people.h"

static void
test_words(void)
{
	static const char *const LEVELS[] = {"button",         "tag",         "sensitivity", "rule",
					     "answers-sealed", "author-rule", "default"};
	static const char *const FORMS[] = {"mode",          "list",          "automatic",
					    "calendar",      "patch",         "public-chain",
					    "known-readers", "unknown-reader"};
	static const char *const UNTOUCHED[] = {
		"already-protected", "resent", "null-sender", "report", "mdn",
		"auto-reply",        "acme",   "foreign-from"};
	g_autoptr(PsOutcome) outcome = outcome_new();
	outcome->level = PS_LEVEL_SIGNED;
	for (size_t i = 0; i < G_N_ELEMENTS(LEVELS); i++) {
		outcome->level_reason = LEVELS[i];
		g_autofree char *text = ps_outcome_explain(outcome);
		g_autofree char *bare = g_strdup_printf("because %s\n", LEVELS[i]);
		g_assert_null(strstr(text, bare));
		g_assert_true(g_str_has_prefix(text, "level: signed, because "));
	}
	outcome->form = PS_FORM_HEADER;
	for (size_t i = 0; i < G_N_ELEMENTS(FORMS); i++) {
		outcome->form_reason = FORMS[i];
		g_autofree char *text = ps_outcome_explain(outcome);
		g_autofree char *bare = g_strdup_printf("because %s\n", FORMS[i]);
		g_assert_null(strstr(text, bare));
		g_assert_nonnull(strstr(text, "form: the key alone"));
	}
	for (size_t i = 0; i < G_N_ELEMENTS(UNTOUCHED); i++) {
		outcome->untouched = UNTOUCHED[i];
		g_autofree char *text = ps_outcome_explain(outcome);
		g_autofree char *bare = g_strdup_printf("untouched: %s\n", UNTOUCHED[i]);
		g_assert_null(strstr(text, bare));
		g_assert_true(g_str_has_prefix(text, "untouched: "));
	}
}

static void
test_lowered_is_said(void)
{
	g_autoptr(PsOutcome) outcome = outcome_new();
	outcome->lowered = TRUE;
	g_autofree char *text = ps_outcome_explain(outcome);
	g_assert_nonnull(strstr(text, "goes below it"));
}

/* "A permanent error whose first words say for whom and whose last are the how-to link." */
static void
test_refusal(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_autofree char *text = mail_text(ALICE, BOB ", " CAROL, "hi", "");
	g_autoptr(PsOutcome) outcome = outcome_of(&alice, text, PS_LEVEL_SEALED);
	g_assert_nonnull(outcome->refused);
	g_assert_cmpuint(outcome->copies->len, ==, 0);
	g_assert_true(g_str_has_prefix(outcome->refused, BOB));
	const char *link = strrchr(outcome->refused, ' ');
	g_assert_cmpstr(link, ==, " http://127.0.0.1:8025/how-to/encrypt/any/any/none/");
	g_assert_null(strchr(link, '@'));
	g_assert_cmpuint(outcome->recipients->len, ==, 2);
	const PsRecipient *bob = g_ptr_array_index(outcome->recipients, 0);
	g_assert_cmpint(bob->state, ==, PS_RECIPIENT_STATE_NONE);
	g_assert_cmpstr(bob->reasons[0], ==, "no-key");
	g_autofree char *explained = ps_outcome_explain(outcome);
	g_assert_true(g_str_has_prefix(explained, "refused: " BOB));
	g_autofree char *json = ps_outcome_to_json(outcome);
	g_assert_nonnull(strstr(json, "\"refused\":\"" BOB));
}

static void
test_copy(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_autofree char *text = mail_text(ALICE, BOB, "hi", "");
	g_autoptr(PsOutcome) first = outcome_of(&alice, text, PS_LEVEL_AUTO);
	g_autoptr(PsOutcome) second = ps_outcome_copy(first);
	g_clear_pointer(&first, ps_outcome_free);
	g_autofree char *left = copy_text(second, 0);
	g_assert_nonnull(strstr(left, "Hi."));
	PsCopy *copy = g_ptr_array_index(second->copies, 0);
	g_assert_cmpstr(ps_copy_get_recipients(copy)[0], ==, BOB);
	g_assert_null(ps_copy_get_recipients(copy)[1]);
	g_autofree char *json = ps_copy_to_json(copy);
	g_assert_nonnull(strstr(json, "\"from\":\"" ALICE "\""));
	g_assert_nonnull(strstr(json, "\"to\":[\"" BOB "\"]"));
	g_assert_nonnull(strstr(json, "\"level\":\"signed\""));
	g_assert_nonnull(strstr(json, "\"form\":\"unobtrusive\""));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/engine/outcome/words", test_words);
	g_test_add_func("/engine/outcome/lowered", test_lowered_is_said);
	g_test_add_func("/engine/outcome/refusal", test_refusal);
	g_test_add_func("/engine/outcome/copy", test_copy);
	return g_test_run();
}
