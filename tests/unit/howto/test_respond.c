/* SPDX-License-Identifier: MPL-2.0 */
/* Every how-to page: that it is there, and that it says what its two programs need. */
#include "base/language.h"
#include "howto/data.h"
#include "howto/howto.h"
#include "howto/html.h"
#include "howto/plan.h"
#include "t.h"

static const char *
text_of(const HowtoAnswer *answer)
{
	return g_bytes_get_data(answer->body, NULL);
}

static char *
get(const char *path)
{
	g_auto(HowtoAnswer) answer = {0};
	howto_respond(path, NULL, &answer);
	g_assert_cmpuint(answer.status, ==, 200);
	return g_strndup(text_of(&answer), g_bytes_get_size(answer.body));
}

static bool
is(const HowtoProgram *program, const char *fact, const char *value)
{
	return strcmp(howto_value(program, fact, 0), value) == 0;
}

static bool
has_no_proxy(const HowtoProgram *program)
{
	return is(program, "proxy", "no") || is(program, "proxy", "closed");
}

/* All steps of @task of @program are on the page. */
static void
assert_steps(const char *html, const HowtoProgram *program, const char *name)
{
	const HowtoTask *task = howto_task(program, name, 0);
	task = task == NULL ? howto_task(&HOWTO_ANY, name, 0) : task;
	for (guint i = 0; i < task->n_steps; i++) {
		HowtoPage step = {.out = g_string_new("<li>")};
		html_marked(&step, howto_text(&task->steps[i]));
		if (strstr(html, step.out->str) == NULL) {
			g_error("%s: no step: %s", program->id, step.out->str);
		}
		g_string_free(step.out, TRUE);
	}
}

/* What the two of a pair do in each state, in their own programs. */
static const struct {
	const char *state;
	const char *sender;
	const char *recipient;
} DONE[] = {
	{"none", "encrypt", "send-signed"},    {"none", "save-sender-key", "get-own-key"},
	{"changed", "compare-key", NULL},      {"changed", "forget-key", NULL},
	{"expired", "encrypt", "send-signed"}, {"conflict", "compare-key", "get-own-key"},
	{"recipient-cannot", "encrypt", NULL}, {"sender-cannot", NULL, "send-signed"},
	{"ready", "encrypt", "read"},          {"refused", "compare-key", "send-signed"},
};

static void
assert_pair(const HowtoProgram *from, const HowtoProgram *to, const char *state, const char *html)
{
	for (size_t i = 0; i < G_N_ELEMENTS(DONE); i++) {
		bool here = strcmp(DONE[i].state, state) == 0;
		if (here && DONE[i].sender != NULL && !is(from, "smime", "no")) {
			assert_steps(html, from, DONE[i].sender);
		}
		if (here && DONE[i].recipient != NULL && !is(to, "smime", "no")) {
			assert_steps(html, to, DONE[i].recipient);
		}
	}
	bool sender = strcmp(state, "sender-cannot") == 0 || is(from, "smime", "no");
	bool recipient = strcmp(state, "recipient-cannot") == 0 || is(to, "smime", "no");
	if (sender && !has_no_proxy(from)) {
		assert_steps(html, from, "use-proxy");
	}
	if (recipient && !has_no_proxy(to) && strcmp(state, "conflict") != 0 &&
	    strcmp(state, "changed") != 0) {
		assert_steps(html, to, "use-proxy");
	}
}

static const HowtoProgram *
program_at(guint i)
{
	return i < HOWTO_N_PROGRAMS ? &HOWTO_PROGRAMS[i] : &HOWTO_ANY;
}

static void
each_page(const char *prefix)
{
	for (guint f = 0; f <= HOWTO_N_PROGRAMS; f++) {
		for (guint t = 0; t <= HOWTO_N_PROGRAMS; t++) {
			for (const char *const *state = howto_states(); *state != NULL; state++) {
				g_autofree char *path = g_strdup_printf("%sencrypt/%s/%s/%s/",
									prefix, program_at(f)->id,
									program_at(t)->id, *state);
				g_autofree char *html = get(path);
				assert_pair(program_at(f), program_at(t), *state, html);
				g_assert_null(strstr(html, "(null)"));
				g_assert_null(strstr(html, "{name}"));
			}
		}
	}
}

static void
test_pages(void)
{
	base_language_use("en");
	each_page("/how-to/");
}

static void
test_german(void)
{
	base_language_use("de");
	each_page("/how-to/de/");
	base_language_use(NULL);
}

/* All texts of the plans are there in German. */
static void
test_plans_german(void)
{
	base_language_use("de");
	for (guint i = 0; i < HOWTO_N_PLANS; i++) {
		const HowtoPlan *plan = &HOWTO_PLANS[i];
		g_assert_cmpstr(plan->state, ==, howto_states()[i]);
		g_assert_cmpstr(base_language_text(plan->name), !=, plan->name);
		g_assert_cmpstr(base_language_text(plan->meaning), !=, plan->meaning);
		for (const HowtoBlock *block = plan->blocks; block->text != NULL; block++) {
			g_assert_cmpstr(base_language_text(block->text), !=, block->text);
			g_assert_cmpstr(base_language_text(block->with_postseal), !=,
					block->with_postseal);
		}
	}
	base_language_use(NULL);
}

/* gpgsm: who trusts a person's root lets that person sign as anyone; the proxy comes first. */
static void
test_scope(void)
{
	guint seen = 0;
	for (guint i = 0; i < HOWTO_N_PROGRAMS; i++) {
		const HowtoProgram *program = &HOWTO_PROGRAMS[i];
		g_autofree char *path =
			g_strdup_printf("/how-to/encrypt/%s/thunderbird/none/", program->id);
		g_autofree char *html = get(path);
		const char *warning = strstr(html, "that person can sign as anyone");
		g_assert_cmpint(warning != NULL, ==,
				!is(program, "smime", "no") &&
					is(program, "trust-scope", "anyone"));
		const char *proxy = warning == NULL ? NULL : strstr(warning, "127.0.0.1");
		const char *trust =
			warning == NULL ? NULL : strstr(warning, howto_task_title("trust-sender"));
		g_assert_true(warning == NULL || (proxy != NULL && trust != NULL && proxy < trust));
		seen += warning != NULL ? 1 : 0;
	}
	g_assert_cmpuint(seen, >=, 1);
}

static void
test_answers(void)
{
	static const struct {
		const char *path;
		const char *query;
		guint status;
		const char *location;
	} table[] = {
		{"/how-to", NULL, 301, "/how-to/"},
		{"/how-to/", NULL, 200, NULL},
		{"/how-to/de/", NULL, 200, NULL},
		{"/how-to/style.css", NULL, 200, NULL},
		{"/how-to/find.js", NULL, 200, NULL},
		{"/how-to/program/any/", NULL, 200, NULL},
		{"/how-to/encrypt/any/", NULL, 200, NULL},
		{"/how-to/encrypt/any/any/", NULL, 200, NULL},
		{"/how-to/encrypt/nobody/any/none/", NULL, 301, "/how-to/encrypt/any/any/none/"},
		{"/how-to/find/", NULL, 303, "/how-to/"},
		{"/how-to/find/", "", 303, "/how-to/"},
		{"/how-to/find/", "from=thunderbird", 303, "/how-to/encrypt/thunderbird/"},
		{"/how-to/find/", "from=thunderbird&to=any", 303,
		 "/how-to/encrypt/thunderbird/any/"},
		{"/how-to/de/find/", "from=thunderbird-153.7.0&to=any&state=ready", 303,
		 "/how-to/de/encrypt/thunderbird-153/any/ready/"},
		{"/how-to/find/", "from=%2e%2e%2f&to=//example.org&state=ready", 303,
		 "/how-to/encrypt/any/any/ready/"},
		{"/how-to/find/", "from=a%0d%0aLocation:x&to=&state=%00", 303, "/how-to/"},
		{"/how-to/find/", "from=any&to=any&state=<x>", 303, "/how-to/encrypt/any/any/"},
		{"/how-to/find/", "%", 303, "/how-to/"},
		{"/how-to/nothing", NULL, 404, NULL},
		{"/how-to/encrypt/../..", NULL, 404, NULL},
		{"//how-to/", NULL, 404, NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_auto(HowtoAnswer) answer = {0};
		g_test_message("%s?%s", table[i].path, table[i].query);
		howto_respond(table[i].path, table[i].query, &answer);
		g_assert_cmpuint(answer.status, ==, table[i].status);
		g_assert_cmpstr(answer.location, ==, table[i].location);
		g_assert_nonnull(answer.body);
		g_assert_nonnull(answer.type);
		g_assert_cmpint(g_bytes_get_size(answer.body) > 0, ==, table[i].location == NULL);
	}
}

static void
test_names(void)
{
	g_assert_cmpstr(howto_program_name("thunderbird", "de"), ==, "Thunderbird");
	g_assert_cmpstr(howto_program_name("any", "de"), ==, "ein anderes Programm");
	g_assert_cmpstr(howto_program_name("any", "fr"), ==, howto_program_name("any", "en"));
	g_assert_null(howto_program_name("nobody", "en"));
	g_assert_cmpstr(howto_program_can("thunderbird", "smime"), ==, "yes");
	g_assert_cmpstr(howto_program_can("nobody", "smime"), ==, "unknown");
	g_assert_true(g_strv_contains(howto_programs(), "thunderbird"));
	g_assert_false(g_strv_contains(howto_programs(), "any"));
	g_assert_cmpuint(HOWTO_N_PROGRAMS, >=, 25);
}

/* The thread's language is as it was. */
static void
test_language_kept(void)
{
	base_language_use("de");
	g_autofree char *english = get("/how-to/encrypt/any/any/none/");
	g_assert_nonnull(strstr(english, "<html lang=\"en\">"));
	g_assert_cmpstr(base_language_code(), ==, "de");
	base_language_use(NULL);
	g_autofree char *german = get("/how-to/de/encrypt/any/any/none/");
	g_assert_nonnull(strstr(german, "<html lang=\"de\">"));
	g_assert_cmpstr(base_language_code(), ==, "en");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/howto/respond/pages", test_pages);
	g_test_add_func("/howto/respond/german", test_german);
	g_test_add_func("/howto/respond/plans-german", test_plans_german);
	g_test_add_func("/howto/respond/scope", test_scope);
	g_test_add_func("/howto/respond/answers", test_answers);
	g_test_add_func("/howto/respond/names", test_names);
	g_test_add_func("/howto/respond/language-kept", test_language_kept);
	return g_test_run();
}
