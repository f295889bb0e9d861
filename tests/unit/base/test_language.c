/* SPDX-License-Identifier: MPL-2.0 */
/* Which language a thread's texts are in. */
#include "t.h"

#include "base/language.h"

static void
test_choice(void)
{
	static const struct {
		const char *name;
		const char *code;
	} CASES[] = {{"de", "de"}, {"de-AT", "de"}, {"DE_de.UTF-8", "de"},
		     {"en", "en"}, {"den", "en"},   {"fr", "en"},
		     {"", "en"},   {NULL, "en"}};

	g_assert_cmpstr(base_language_code(), ==, "en");
	for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
		base_language_use(CASES[i].name);
		g_assert_cmpstr(base_language_code(), ==, CASES[i].code);
	}
}

static gpointer
other_thread(gpointer user G_GNUC_UNUSED)
{
	return (gpointer)(guintptr)base_language_text("the first time");
}

static void
test_texts(void)
{
	const char *one = "the {nth} time, over {days} day since {month}";
	const char *many = "the {nth} time, over {days} days since {month}";
	g_assert_cmpstr(base_language_plural(one, many, 1), ==, one);
	g_assert_cmpstr(base_language_plural(one, many, 0), ==, many);
	base_language_use("de");
	g_assert_cmpstr(base_language_text("the first time"), ==, "zum ersten Mal");
	g_assert_cmpstr(base_language_text("not in any catalogue"), ==, "not in any catalogue");
	g_assert_cmpstr(base_language_text(""), ==, "");
	g_assert_cmpstr(base_language_plural(one, many, 1), ==,
			"zum {nth} Mal, an {days} Tag seit {month}");
	g_assert_cmpstr(base_language_plural(one, many, 2), ==,
			"zum {nth} Mal, an {days} Tagen seit {month}");
	GThread *thread = g_thread_new(NULL, other_thread, NULL);
	g_assert_cmpstr(g_thread_join(thread), ==, "the first time");
	base_language_use(NULL);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/language/choice", test_choice);
	g_test_add_func("/language/texts", test_texts);
	return g_test_run();
}
