/* SPDX-License-Identifier: MPL-2.0 */
/* What templates make of data; expected values by hand, the section rules from mustache(5). */
#include "t.h"
#include "template/template.h"

#include "base/language.h"

static const struct {
	const char *name;
	const char *text;
} SHELF[] = {{"row", "<li>{{name}}</li>"},
	     {"loop", "{{>loop}}"},
	     {"list", "{{#rows}}{{>row}}{{/rows}}"}};

static GBytes *
find(const char *name, gpointer user)
{
	if (strcmp(name, "page") == 0) {
		return g_bytes_new(user, strlen(user));
	}
	for (size_t i = 0; i < G_N_ELEMENTS(SHELF); i++) {
		if (strcmp(SHELF[i].name, name) == 0) {
			return g_bytes_new_static(SHELF[i].text, strlen(SHELF[i].text));
		}
	}
	return NULL;
}

static char *
render(const char *text, const char *json, GError **error)
{
	g_autoptr(JsonNode) data = json_from_string(json, NULL);
	TemplateShelf shelf = {.find = find, .user = (gpointer)(guintptr)text};
	return template_render(&shelf, "page", data, error);
}

static void
test_values(void)
{
	static const struct {
		const char *text;
		const char *json;
		const char *want;
	} CASES[] = {
		{"", "{}", ""},
		{"plain } { text", "{}", "plain } { text"},
		{"{{a}}", "{\"a\":\"<b> & \\\"c\\\" 'd'\"}",
		 "&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;"},
		{"{{ a }}{{b}}", "{\"a\":1}", "1"},
		{"{{a}} {{b}} {{c}}", "{\"a\":-7,\"b\":true,\"c\":1.5}", "-7 true 1.5"},
		{"{{a.b.c}}{{a.x}}", "{\"a\":{\"b\":{\"c\":\"deep\"}}}", "deep"},
		{"{{a}}", "{\"a\":[1]}", ""},
		{"/x/{{%a}}?", "{\"a\":\"A b/c\\u00fc&?'\\\"\"}",
		 "/x/A%20b%2Fc%C3%BC%26%3F%27%22?"},
		{"a{{! not shown }}b", "{}", "ab"},
		{"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":true}", "yes"},
		{"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":false}", "no"},
		{"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":0}", "no"},
		{"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":\"\"}", "no"},
		{"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":[]}", "no"},
		{"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":null}", "no"},
		{"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{}", "no"},
		{"{{#a}}[{{.}}]{{/a}}", "{\"a\":[1,\"<\",3]}", "[1][&lt;][3]"},
		{"{{#a}}{{b}}{{c}};{{/a}}", "{\"c\":9,\"a\":[{\"b\":1},{\"b\":2,\"c\":3}]}",
		 "19;23;"},
		{"{{#a}}{{#b}}{{.}}{{/b}}{{^b}}-{{/b}}{{/a}}", "{\"a\":[{\"b\":[1,2]},{\"b\":[]}]}",
		 "12-"},
		{"{{#a}}{{b}}{{/a}}", "{\"a\":{\"b\":\"in\"},\"b\":\"out\"}", "in"},
		{"{{#a}}{{#a}}x{{/a}}{{/a}}", "{\"a\":false}", ""},
		{"<ul>{{>list}}</ul>", "{\"rows\":[{\"name\":\"A&B\"},{\"name\":\"C\"}]}",
		 "<ul><li>A&amp;B</li><li>C</li></ul>"},
		{"{{#_}}Good  {what}\n\t for {who} {{/_}}", "{\"what\":\"day\",\"who\":\"<you>\"}",
		 "Good day for &lt;you&gt;"},
		{"{{#_}}a { b {c{{/_}}", "{}", "a { b {c"},
		{"{{#a}}{{#_}}{name} has it{{/_}} {{/a}}",
		 "{\"a\":[{\"name\":\"x\"},{\"name\":\"y\"}]}", "x has it y has it "},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *got = render(CASES[i].text, CASES[i].json, &error);
		g_assert_no_error(error);
		g_assert_cmpstr(got, ==, CASES[i].want);
	}
}

static void
test_failures(void)
{
	static const struct {
		const char *text;
		PsError code;
	} CASES[] = {
		{"{{a", PS_ERROR_MALFORMED},
		{"{{#a}}x", PS_ERROR_MALFORMED},
		{"{{#a}}x{{/b}}", PS_ERROR_MALFORMED},
		{"x{{/a}}", PS_ERROR_MALFORMED},
		{"{{#_}}x", PS_ERROR_MALFORMED},
		{"{{>nothing}}", PS_ERROR_NOT_FOUND},
		{"{{>loop}}", PS_ERROR_LIMIT},
		{"{{^a}}{{#b}}{{/a}}{{/b}}", PS_ERROR_MALFORMED},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *got = render(CASES[i].text, "{}", &error);
		g_assert_null(got);
		g_assert_error(error, PS_ERROR, (int)CASES[i].code);
	}
}

static void
test_language(void)
{
	g_autofree char *english = render("{{#_}}the first time{{/_}}", "{}", NULL);
	base_language_use("de-AT");
	g_autofree char *german = render("{{#_}}the first\n time{{/_}}", "{}", NULL);
	base_language_use(NULL);
	g_assert_cmpstr(english, ==, "the first time");
	g_assert_cmpstr(german, ==, "zum ersten Mal");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/template/values", test_values);
	g_test_add_func("/template/failures", test_failures);
	g_test_add_func("/template/language", test_language);
	return g_test_run();
}
