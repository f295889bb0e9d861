/* SPDX-License-Identifier: MPL-2.0 */
/* The person's rules for recipients and the author's rules for a message (design.md 3.2, 3.5). */
#include "people.h"

static void
set_rule(Person *person, const char *address, PsLevel level)
{
	g_autoptr(GError) error = NULL;
	g_assert_true(ps_engine_set_rule(person->engine, address, level, &error));
	g_assert_no_error(error);
}

typedef struct {
	const char *what;
	const char *subject;
	const char *fields;
	PsLevel asked;
	PsLevel level;
	const char *reason;
	bool lowered;
} RuleCase;

static void
check_rule(Person *alice, const RuleCase *c)
{
	g_autofree char *text = mail_text(ALICE, BOB, c->subject, c->fields);
	g_autoptr(PsOutcome) outcome = outcome_of(alice, text, c->asked);
	g_test_message("%s", c->what);
	g_assert_cmpstr(outcome->refused, ==, NULL);
	g_assert_cmpint(outcome->level, ==, c->level);
	g_assert_cmpstr(outcome->level_reason, ==, c->reason);
	g_assert_cmpint(outcome->lowered, ==, c->lowered);
}

static void
test_recipient_rules(void)
{
	static const RuleCase SEALED[] = {
		{"rule", "hi", "", PS_LEVEL_AUTO, PS_LEVEL_SEALED, "rule", false},
		{"tag plain", "[plain] hi", "", PS_LEVEL_AUTO, PS_LEVEL_SEALED, "rule", false},
		{"button signed", "hi", "", PS_LEVEL_SIGNED, PS_LEVEL_SIGNED, "button", true},
		{"field plain", "hi", "X-Postseal-Level: plain\n", PS_LEVEL_AUTO, PS_LEVEL_PLAIN,
		 "button", true},
	};
	static const RuleCase PLAIN[] = {
		{"rule", "hi", "", PS_LEVEL_AUTO, PS_LEVEL_PLAIN, "rule", false},
		{"tag sign", "[sign] hi", "", PS_LEVEL_AUTO, PS_LEVEL_SIGNED, "tag", false},
	};

	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	people_meet(&alice, ALICE, &bob, BOB);
	set_rule(&alice, "*@example.net", PS_LEVEL_SEALED);
	for (size_t i = 0; i < G_N_ELEMENTS(SEALED); i++) {
		check_rule(&alice, &SEALED[i]);
	}
	/* the address itself says more than its domain */
	set_rule(&alice, BOB, PS_LEVEL_PLAIN);
	for (size_t i = 0; i < G_N_ELEMENTS(PLAIN); i++) {
		check_rule(&alice, &PLAIN[i]);
	}
	g_autoptr(GHashTable) rules = ps_engine_list_rules(alice.engine, NULL);
	g_assert_cmpuint(g_hash_table_size(rules), ==, 2);
	g_assert_cmpstr(g_hash_table_lookup(rules, "*@example.net"), ==, "sealed");
	set_rule(&alice, BOB, PS_LEVEL_AUTO);
	check_rule(&alice, &SEALED[0]);
}

/* One reader with a rule decides for all; one without does not soften it. */
static void
test_strictest_rule(void)
{
	g_auto(Person) alice = person_new(ALICE);
	set_rule(&alice, BOB, PS_LEVEL_PLAIN);
	g_autofree char *both = mail_text(ALICE, BOB ", " CAROL, "hi", "");
	g_autoptr(PsOutcome) outcome = outcome_of(&alice, both, PS_LEVEL_AUTO);
	g_assert_cmpint(outcome->level, ==, PS_LEVEL_SIGNED);
	set_rule(&alice, CAROL, PS_LEVEL_SEALED);
	g_autoptr(PsOutcome) sealed = outcome_of(&alice, both, PS_LEVEL_AUTO);
	g_assert_cmpint(sealed->level, ==, PS_LEVEL_SEALED);
	g_assert_nonnull(sealed->refused);
}

static char *
sent_with_rule(Person *person, const char *text, PsLevel level, const char *rule)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = message_of(text);
	g_autoptr(PsRequest) request = ps_request_new();
	ps_request_set_level(request, level);
	g_assert_true(ps_request_add_rule(request, rule, &error));
	g_autoptr(PsOutcome) outcome = ps_engine_protect(person->engine, message, request, &error);
	g_assert_no_error(error);
	return copy_text(outcome, 0);
}

typedef struct {
	const char *what;
	PsLevel carried; /* the level of the message with the rule */
	const char *rule;
	const char *subject;
	const char *field;
	PsLevel asked;
	PsLevel level;
	const char *reason;
	bool refused;
	const char *counts; /* the author's rule that the outcome names */
	PsLevel against;    /* the level when the person goes on against it */
	const char *and_because;
} AuthorCase;

static const AuthorCase AUTHORS[] = {
	{"sealed, reply", PS_LEVEL_SEALED, "reply=sealed", "Re: plan", "In-Reply-To", PS_LEVEL_AUTO,
	 PS_LEVEL_SEALED, "author-rule", false, "reply=sealed", PS_LEVEL_SEALED, "answers-sealed"},
	{"sealed, reply, button", PS_LEVEL_SEALED, "reply=sealed", "Re: plan", "In-Reply-To",
	 PS_LEVEL_SIGNED, PS_LEVEL_SEALED, "author-rule", false, "reply=sealed", PS_LEVEL_SIGNED,
	 "button"},
	{"sealed, forward", PS_LEVEL_SEALED, "forward=sealed", "Fwd: plan",
	 "X-Forwarded-Message-Id", PS_LEVEL_PLAIN, PS_LEVEL_SEALED, "author-rule", false,
	 "forward=sealed", PS_LEVEL_PLAIN, "button"},
	{"sealed, no forward", PS_LEVEL_SEALED, "forward=no", "Fwd: plan", "X-Forwarded-Message-Id",
	 PS_LEVEL_AUTO, PS_LEVEL_SEALED, NULL, true, "forward=no", PS_LEVEL_SEALED,
	 "answers-sealed"},
	{"sealed, no forward, but a reply", PS_LEVEL_SEALED, "forward=no", "Re: plan",
	 "In-Reply-To", PS_LEVEL_AUTO, PS_LEVEL_SEALED, "answers-sealed", false, NULL,
	 PS_LEVEL_SEALED, "answers-sealed"},
	{"signed, reply", PS_LEVEL_SIGNED, "reply=sealed", "Re: plan", "In-Reply-To", PS_LEVEL_AUTO,
	 PS_LEVEL_SEALED, "author-rule", false, "reply=sealed", PS_LEVEL_SIGNED, "default"},
	{"signed, reply, button", PS_LEVEL_SIGNED, "reply=sealed", "Re: plan", "In-Reply-To",
	 PS_LEVEL_PLAIN, PS_LEVEL_SEALED, "author-rule", false, "reply=sealed", PS_LEVEL_PLAIN,
	 "button"},
	{"signed, no forward", PS_LEVEL_SIGNED, "forward=no", "Fwd: plan", "X-Forwarded-Message-Id",
	 PS_LEVEL_AUTO, PS_LEVEL_SEALED, NULL, true, "forward=no", PS_LEVEL_SIGNED, "default"},
	{"signed, lists only", PS_LEVEL_SIGNED, "lists=no", "Re: plan", "In-Reply-To",
	 PS_LEVEL_AUTO, PS_LEVEL_SIGNED, "default", false, NULL, PS_LEVEL_SIGNED, "default"},
};

/* The person read what the author wants, and goes on all the same; what else holds still does. */
static void
check_against(Person *person, const char *answer, const AuthorCase *c)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = message_of(answer);
	g_autoptr(PsRequest) request = ps_request_new();
	ps_request_set_level(request, c->asked);
	ps_request_set_override_author(request, TRUE);
	g_autoptr(PsRequest) copy = ps_request_copy(request);
	g_autoptr(PsOutcome) outcome = ps_engine_protect(person->engine, message, copy, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(outcome->refused, ==, NULL);
	g_assert_cmpint(outcome->level, ==, c->against);
	g_assert_cmpstr(outcome->level_reason, ==, c->and_because);
	g_assert_cmpstr(outcome->author_rule, ==, c->counts);
	g_assert_cmpint(outcome->overridden, ==, c->counts != NULL);
	g_autofree char *text = ps_outcome_explain(outcome);
	g_assert_cmpint(strstr(text, "you override it") != NULL, ==, c->counts != NULL);
}

static void
test_author_rules(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(AUTHORS); i++) {
		const AuthorCase *c = &AUTHORS[i];
		g_auto(Person) alice = person_new(ALICE);
		g_auto(Person) bob = person_new(BOB);
		people_meet(&alice, ALICE, &bob, BOB);
		g_test_message("%s", c->what);
		g_autofree char *text = mail_text(BOB, ALICE, "plan", "");
		g_autofree char *ruled = sent_with_rule(&bob, text, c->carried, c->rule);
		if (c->carried == PS_LEVEL_SEALED) {
			g_assert_null(strstr(ruled, "Originator-Rules"));
		}
		person_learns(&alice, ruled);
		g_autofree char *fields = answering(c->field, ruled);
		g_autofree char *answer = mail_text(ALICE, BOB, c->subject, fields);
		g_autoptr(PsOutcome) outcome = outcome_of(&alice, answer, c->asked);
		g_assert_cmpint(outcome->refused != NULL, ==, c->refused);
		if (!c->refused) {
			g_assert_cmpint(outcome->level, ==, c->level);
			g_assert_cmpstr(outcome->level_reason, ==, c->reason);
		}
		g_assert_cmpstr(outcome->author_rule, ==, c->counts);
		g_assert_false(outcome->overridden);
		check_against(&alice, answer, c);
	}
}

/* The rules are told to the reader. */
static void
test_rules_in_verdict(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	people_meet(&alice, ALICE, &bob, BOB);
	g_autofree char *text = mail_text(BOB, ALICE, "plan", "");
	g_autofree char *ruled = sent_with_rule(&bob, text, PS_LEVEL_SEALED, "lists=reseal");
	g_autoptr(PsVerdict) verdict = received(&alice, ruled, NULL);
	g_autofree char *json = ps_verdict_to_json(verdict);
	g_assert_nonnull(strstr(json, "\"rules\":{\"lists\":\"reseal\"}"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/engine/rules/recipient", test_recipient_rules);
	g_test_add_func("/engine/rules/strictest", test_strictest_rule);
	g_test_add_func("/engine/rules/author", test_author_rules);
	g_test_add_func("/engine/rules/verdict", test_rules_in_verdict);
	return g_test_run();
}
