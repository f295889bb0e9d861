/* SPDX-License-Identifier: MPL-2.0 */
/* JSON objects on one line, against cli.md: snake_case keys, UTF-8, times in RFC 3339 UTC. */
#include "engine/json.h"
#include "t.h"

static void
test_values(void)
{
	g_autoptr(Json) json = json_new();
	json_string(json, "text", "a\"b\\c\nd");
	json_string(json, "nothing", NULL);
	json_int(json, "big", INT64_C(9007199254740993));
	json_bool(json, "yes", true);
	json_time(json, "time", INT64_C(1795255200));
	json_time(json, "no_time", 0);
	json_time(json, "none", INT64_MIN);
	g_autofree char *text = json_end(json);
	g_assert_cmpstr(text, ==,
			"{\"text\":\"a\\\"b\\\\c\\nd\",\"nothing\":null,\"big\":9007199254740993,"
			"\"yes\":true,\"time\":\"2026-11-21T10:00:00Z\",\"no_time\":null,"
			"\"none\":null}");
}

static void
test_nesting(void)
{
	static const char *const WORDS[] = {"a", "b", NULL};
	g_autoptr(GPtrArray) array = g_ptr_array_new();
	g_ptr_array_add(array, (gpointer)(guintptr) "c");
	g_autoptr(Json) json = json_new();
	json_strings(json, "words", WORDS);
	json_strings(json, "no_words", NULL);
	json_string_array(json, "array", array);
	json_string_array(json, "no_array", NULL);
	json_open_object(json, "object");
	json_open_array(json, "list");
	json_open_object(json, NULL);
	json_int(json, "n", -1);
	json_close_object(json);
	json_close_array(json);
	json_close_object(json);
	g_autofree char *text = json_end(json);
	g_assert_cmpstr(
		text, ==,
		"{\"words\":[\"a\",\"b\"],\"no_words\":[],\"array\":[\"c\"],\"no_array\":[],"
		"\"object\":{\"list\":[{\"n\":-1}]}}");
}

/* Header values come with any octets; JSON is UTF-8 all the same, and one line. */
static void
test_hostile_text(void)
{
	static const char *const VALUES[] = {"\xff\xfe", "a\xc3", "\x01\x1f\x7f", "\r\n",
					     "\xed\xa0\x80"};
	for (size_t i = 0; i < G_N_ELEMENTS(VALUES); i++) {
		g_autoptr(Json) json = json_new();
		json_string(json, "v", VALUES[i]);
		g_autofree char *text = json_end(json);
		g_autofree char *shown = g_strescape(text, NULL);
		g_test_message("%s", shown);
		g_assert_true(g_utf8_validate(text, -1, NULL));
		for (const char *p = text; *p != '\0'; p++) {
			g_assert_true((unsigned char)*p >= 0x20);
		}
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/engine/json/values", test_values);
	g_test_add_func("/engine/json/nesting", test_nesting);
	g_test_add_func("/engine/json/hostile", test_hostile_text);
	return g_test_run();
}
