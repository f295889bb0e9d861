/* SPDX-License-Identifier: MPL-2.0 */
/* Wishes and floors against design.md 3.2, "How a person without our button asks for a level". */
#include "policy/level.h"
#include "t.h"

#define UNSET  POLICY_LEVEL_UNSET
#define PLAIN  POLICY_LEVEL_PLAIN
#define SIGNED POLICY_LEVEL_SIGNED
#define SEALED POLICY_LEVEL_SEALED

static const PolicyWish NO_WISH = {UNSET, UNSET, UNSET, UNSET, false, false, true};

static void
test_names(void)
{
	static const struct {
		const char *name;
		PolicyLevel level;
	} table[] = {
		{"plain", PLAIN}, {"signed", SIGNED},   {"sealed", SEALED},    {"sign", SIGNED},
		{"seal", SEALED}, {"encrypt", SEALED},  {"encrypted", SEALED}, {"SEALED", SEALED},
		{"", UNSET},      {"confident", UNSET}, {"sealed ", UNSET},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_test_message("%s", table[i].name);
		g_assert_cmpint(policy_level_parse(table[i].name), ==, table[i].level);
	}
	g_assert_cmpstr(policy_level_name(PLAIN), ==, "plain");
	g_assert_cmpstr(policy_level_name(SIGNED), ==, "signed");
	g_assert_cmpstr(policy_level_name(SEALED), ==, "sealed");
	g_assert_null(policy_level_name(UNSET));
}

typedef struct {
	const char *what;
	PolicyLevel button;
	PolicyLevel tag;
	PolicyLevel sensitivity;
	PolicyLevel rule;
	bool answers_sealed;
	bool author_demands;
	PolicyLevel level;
	const char *reason;
	bool lowered;
} LevelCase;

/* clang-format off */
static const LevelCase LEVELS[] = {
	/* what                                  button  tag     sensit. rule    answers author  level   reason            lowered */
	{"the default is signed",                UNSET,  UNSET,  UNSET,  UNSET,  false,  false,  SIGNED, "default",        false},
	/* each wish alone */
	{"button plain",                         PLAIN,  UNSET,  UNSET,  UNSET,  false,  false,  PLAIN,  "button",         false},
	{"button sealed",                        SEALED, UNSET,  UNSET,  UNSET,  false,  false,  SEALED, "button",         false},
	{"tag plain",                            UNSET,  PLAIN,  UNSET,  UNSET,  false,  false,  PLAIN,  "tag",            false},
	{"tag sign",                             UNSET,  SIGNED, UNSET,  UNSET,  false,  false,  SIGNED, "tag",            false},
	{"tag seal",                             UNSET,  SEALED, UNSET,  UNSET,  false,  false,  SEALED, "tag",            false},
	{"sensitivity",                          UNSET,  UNSET,  SEALED, UNSET,  false,  false,  SEALED, "sensitivity",    false},
	{"rule plain",                           UNSET,  UNSET,  UNSET,  PLAIN,  false,  false,  PLAIN,  "rule",           false},
	{"rule signed",                          UNSET,  UNSET,  UNSET,  SIGNED, false,  false,  SIGNED, "rule",           false},
	/* the strictest of several */
	{"tag above button",                     PLAIN,  SEALED, UNSET,  UNSET,  false,  false,  SEALED, "tag",            false},
	{"button above tag",                     SEALED, PLAIN,  UNSET,  UNSET,  false,  false,  SEALED, "button",         false},
	{"sensitivity above tag",                UNSET,  PLAIN,  SEALED, UNSET,  false,  false,  SEALED, "sensitivity",    false},
	{"rule signed above tag plain",          UNSET,  PLAIN,  UNSET,  SIGNED, false,  false,  SIGNED, "rule",           false},
	{"rule signed above button plain",       PLAIN,  UNSET,  UNSET,  SIGNED, false,  false,  SIGNED, "rule",           false},
	{"sensitivity above rule plain",         UNSET,  UNSET,  SEALED, PLAIN,  false,  false,  SEALED, "sensitivity",    false},
	/* floors: a rule sealed, an answer to sealed mail; tags cannot lower them */
	{"rule sealed",                          UNSET,  UNSET,  UNSET,  SEALED, false,  false,  SEALED, "rule",           false},
	{"rule sealed, tag plain",               UNSET,  PLAIN,  UNSET,  SEALED, false,  false,  SEALED, "rule",           false},
	{"rule sealed, tag sign",                UNSET,  SIGNED, UNSET,  SEALED, false,  false,  SEALED, "rule",           false},
	{"answer",                               UNSET,  UNSET,  UNSET,  UNSET,  true,   false,  SEALED, "answers-sealed", false},
	{"answer, tag plain",                    UNSET,  PLAIN,  UNSET,  UNSET,  true,   false,  SEALED, "answers-sealed", false},
	{"answer, tag sign",                     UNSET,  SIGNED, UNSET,  UNSET,  true,   false,  SEALED, "answers-sealed", false},
	{"answer, rule plain",                   UNSET,  UNSET,  UNSET,  PLAIN,  true,   false,  SEALED, "answers-sealed", false},
	/* only the button lowers them, and that is said */
	{"rule sealed, button signed",           SIGNED, UNSET,  UNSET,  SEALED, false,  false,  SIGNED, "button",         true},
	{"rule sealed, button plain",            PLAIN,  UNSET,  UNSET,  SEALED, false,  false,  PLAIN,  "button",         true},
	{"answer, button signed",                SIGNED, UNSET,  UNSET,  UNSET,  true,   false,  SIGNED, "button",         true},
	{"answer, button plain",                 PLAIN,  UNSET,  UNSET,  UNSET,  true,   false,  PLAIN,  "button",         true},
	{"answer, button sealed",                SEALED, UNSET,  UNSET,  UNSET,  true,   false,  SEALED, "button",         false},
	/* lowering the floor leaves the other wishes: the strictest above the floors */
	{"answer, button plain, tag seal",       PLAIN,  SEALED, UNSET,  UNSET,  true,   false,  SEALED, "tag",            false},
	{"answer, button plain, sensitivity",    PLAIN,  UNSET,  SEALED, UNSET,  true,   false,  SEALED, "sensitivity",    false},
	{"answer, button plain, rule signed",    PLAIN,  UNSET,  UNSET,  SIGNED, true,   false,  SIGNED, "rule",           true},
	/* nothing lowers the author's rule */
	{"author",                               UNSET,  UNSET,  UNSET,  UNSET,  false,  true,   SEALED, "author-rule",    false},
	{"author, button plain",                 PLAIN,  UNSET,  UNSET,  UNSET,  false,  true,   SEALED, "author-rule",    false},
	{"author, button signed",                SIGNED, UNSET,  UNSET,  UNSET,  false,  true,   SEALED, "author-rule",    false},
	{"author, tag plain",                    UNSET,  PLAIN,  UNSET,  UNSET,  false,  true,   SEALED, "author-rule",    false},
	{"author and answer, button signed",     SIGNED, UNSET,  UNSET,  SEALED, true,   true,   SEALED, "author-rule",    false},
};

/* clang-format on */

static void
test_decide(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(LEVELS); i++) {
		const LevelCase *c = &LEVELS[i];
		PolicyWish wish = NO_WISH;
		wish.button = c->button;
		wish.tag = c->tag;
		wish.sensitivity = c->sensitivity;
		wish.rule = c->rule;
		wish.answers_sealed = c->answers_sealed;
		wish.author_demands = c->author_demands;
		PolicyLevelDecision got = policy_level_decide(&wish);
		g_test_message("%s", c->what);
		g_assert_cmpint(got.level, ==, c->level);
		g_assert_cmpstr(got.reason, ==, c->reason);
		g_assert_cmpint(got.lowered, ==, c->lowered);
	}
}

typedef struct {
	const char *subject;
	bool is_new;
	PolicyLevel level;
	const char *stripped; /* NULL: nothing is taken out */
} TagCase;

static const TagCase TAGS[] = {
	/* each tag, at the start and at the end */
	{"[seal] Hello", true, SEALED, "Hello"},
	{"[encrypt] Hello", true, SEALED, "Hello"},
	{"[sign] Hello", true, SIGNED, "Hello"},
	{"[plain] Hello", true, PLAIN, "Hello"},
	{"Hello [seal]", true, SEALED, "Hello"},
	{"Hello [encrypt]", true, SEALED, "Hello"},
	{"Hello [sign]", true, SIGNED, "Hello"},
	{"Hello [plain]", true, PLAIN, "Hello"},
	{"[seal]Hello", true, SEALED, "Hello"},
	{"Hello[seal]", true, SEALED, "Hello"},
	{"Hello [seal] ", true, SEALED, "Hello"},
	{"[seal]", true, SEALED, ""},
	/* case */
	{"[SEAL] Hello", true, SEALED, "Hello"},
	{"Hello [Encrypt]", true, SEALED, "Hello"},
	/* after reply prefixes */
	{"Re: [seal] Hello", false, SEALED, "Re: Hello"},
	{"AW: [encrypt] Hello", false, SEALED, "AW: Hello"},
	{"Fwd: Re: [seal] Hello", false, SEALED, "Fwd: Re: Hello"},
	{"Re: Hello [seal]", false, SEALED, "Re: Hello"},
	/* only in a new message */
	{"[plain] Hello", false, UNSET, NULL},
	{"[sign] Hello", false, UNSET, NULL},
	{"Re: [plain] Hello", false, UNSET, NULL},
	{"Re: Hello [plain]", false, UNSET, NULL},
	{"Re: Hello [sign]", false, UNSET, NULL},
	/* the strictest of several */
	{"[seal] Hello [plain]", true, SEALED, NULL},
	{"[plain] Hello [seal]", true, SEALED, NULL},
	{"[sign] Hello [seal]", true, SEALED, NULL},
	{"[plain] [seal] Hello", true, SEALED, NULL},
	{"Re: [plain] Hello [seal]", false, SEALED, NULL},
	/* elsewhere, or something else */
	{"Hello [seal] there", true, UNSET, NULL},
	{"[sealed] Hello", true, UNSET, NULL},
	{"[list] Hello", true, UNSET, NULL},
	{"[seal Hello", true, UNSET, NULL},
	{"seal] Hello", true, UNSET, NULL},
	{"(seal) Hello", true, UNSET, NULL},
	{"[", true, UNSET, NULL},
	{"", true, UNSET, NULL},
};

static void
test_tags(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(TAGS); i++) {
		const TagCase *c = &TAGS[i];
		g_autofree char *stripped = NULL;
		g_test_message("\"%s\" %s", c->subject, c->is_new ? "new" : "answer");
		g_assert_cmpint(policy_level_from_subject(c->subject, c->is_new, &stripped), ==,
				c->level);
		g_assert_cmpint(stripped != NULL, ==, c->level != UNSET);
		if (c->stripped != NULL) {
			g_assert_cmpstr(stripped, ==, c->stripped);
		}
	}
}

/* "Our own header and tags are stripped before the message leaves." */
static void
test_no_tag_that_counts_stays(void)
{
	static const char *const SUBJECTS[] = {"[seal] Hello [plain]", "[plain] Hello [seal]",
					       "[seal] Hello [encrypt]"};
	for (size_t i = 0; i < G_N_ELEMENTS(SUBJECTS); i++) {
		g_autofree char *stripped = NULL;
		policy_level_from_subject(SUBJECTS[i], true, &stripped);
		g_assert_cmpstr(stripped, ==, "Hello");
	}
}

static void
test_prefixes(void)
{
	static const struct {
		const char *subject;
		size_t n;
	} table[] = {
		{"Hello", 0},         {"Re: Hello", 4},     {"RE: Hello", 4},   {"Fwd: Hello", 5},
		{"Fw: Hello", 4},     {"AW: Hello", 4},     {"WG: Hello", 4},   {"SV: Hello", 4},
		{"VS: Hello", 4},     {"Antw: Hello", 6},   {"Re: Fwd: x", 9},  {"Re:x", 3},
		{"Regarding: hi", 0}, {"Reply to this", 0}, {"Hello Re: x", 0}, {"", 0},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_test_message("%s", table[i].subject);
		g_assert_cmpuint(policy_subject_prefix(table[i].subject), ==, table[i].n);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/policy/level/names", test_names);
	g_test_add_func("/policy/level/decide", test_decide);
	g_test_add_func("/policy/level/tags", test_tags);
	g_test_add_func("/policy/level/stripped", test_no_tag_that_counts_stays);
	g_test_add_func("/policy/level/prefixes", test_prefixes);
	return g_test_run();
}
