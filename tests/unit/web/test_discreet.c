/* SPDX-License-Identifier: MPL-2.0 */
/* What is typed in secret, as RFC 8259 section 7 writes strings. */
#include "t.h"
#include "web/discreet.h"

static void
keep(gpointer user, const char *name, BaseSecretString *word)
{
	g_string_append_printf(user, "%s=%s;", name, word);
	base_secret_free(word);
}

static void
check(const char *json, const char *words, const char *left)
{
	g_autoptr(GString) got = g_string_new(NULL);
	size_t n = strlen(json);
	g_autoptr(GBytes) body = g_bytes_new_take(g_strdup(json), n);
	web_discreet_take(body, keep, got);
	g_assert_cmpstr(got->str, ==, words);
	T_ASSERT_STR_BYTES(base_bytes_of(body), left);
}

static void
test_taken(void)
{
	check("{\"passphrase\":\"abc\"}", "passphrase=abc;", "{\"passphrase\":\"---\"}");
	check("{ \"a\" : [1, \"x\"],\n\"password\"\t:\r\n \"a b\" , \"b\":\"password\"}",
	      "password=a b;",
	      "{ \"a\" : [1, \"x\"],\n\"password\"\t:\r\n \"---\" , \"b\":\"password\"}");
	check("{\"password\":\"a\",\"passphrase\":\"\"}", "password=a;passphrase=;",
	      "{\"password\":\"-\",\"passphrase\":\"\"}");
}

static void
test_escapes(void)
{
	check("{\"password\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "password=\"\\/\b\f\n\r\t;",
	      "{\"password\":\"----------------\"}");
	check("{\"password\":\"\\u00fc\\u20AC\\ud83d\\udd11.\"}",
	      "password=\u00fc\u20ac\U0001f511.;", "{\"password\":\"-------------------------\"}");
}

static void
test_left(void)
{
	static const char *const TEXTS[] = {
		"",
		"{}",
		"\"",
		"\"password",
		"\"password\"",
		"\"password\":",
		"\"password\":\"",
		"\"password\":1",
		"\"password\":[\"a\"]",
		"{\"text\":\"\\\"password\\\":\\\"a\\\"\"}",
		"{\"Password\":\"a\",\"passwords\":\"a\",\"pass\":\"a\"}",
		"{\"password\":\"\\u0000\"}",
		"{\"password\":\"\\ud83d\"}",
		"{\"password\":\"\\udd11\\ud83d\"}",
		"{\"password\":\"\\x\"}",
		"{\"password\":\"\\u12g4\"}",
		"{\"password\":\"\xff\"}",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
		check(TEXTS[i], "", TEXTS[i]);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/web/discreet/taken", test_taken);
	g_test_add_func("/web/discreet/escapes", test_escapes);
	g_test_add_func("/web/discreet/left", test_left);
	return g_test_run();
}
