/* SPDX-License-Identifier: MPL-2.0 */
/* Small steps in JSON, addresses and sentences. */
#include "t.h"
#include "web/json.h"

static void
test_what_is_json(void)
{
	static const char *const GOOD[] = {
		"{}",
		"[]",
		"1",
		"null",
		"{\"a\":[true,false,null,-1.5e+3,\"\\u00fc // /* \"]}",
		" \t\r\n{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":1}}}}}}}"};
	static const char *const BAD[] = {
		"",
		" ",
		"{",
		"{\"a\":}",
		"\xff",
		"{'a':1}",
		"{\"a\":1} // x",
		"{\"a\":/* \" */1}",
		"var a={}",
		"# x\n{}",
		"{\"a\":\"x\\u0000y\"}",
		"{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{}}}}}}}}}"};

	for (size_t i = 0; i < G_N_ELEMENTS(GOOD); i++) {
		g_autoptr(JsonNode) node = web_json_parse(base_bytes_str(GOOD[i]));
		g_assert_nonnull(node);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
		g_autoptr(JsonNode) node = web_json_parse(base_bytes_str(BAD[i]));
		g_assert_cmpstr(node == NULL ? NULL : BAD[i], ==, NULL);
	}
}

/* What hides brackets from a count of them must not hide them from the parser only. */
static void
test_deep(void)
{
	static const char *const BEGINS[] = {"",     "{\"a\":",  "/*\"*/",  "//\"\n",
					     "'\"'", "\"\\\"\"", "\"\\\\\""};
	for (size_t i = 0; i < G_N_ELEMENTS(BEGINS); i++) {
		g_autoptr(GString) text = g_string_new(BEGINS[i]);
		for (guint n = 0; n < 1000000; n++) {
			g_string_append_c(text, '[');
		}
		g_assert_null(web_json_parse(base_bytes(text->str, text->len)));
	}
}

static void
test_members(void)
{
	g_autoptr(JsonNode) node = web_json_parse(
		base_bytes_str("{\"t\":\"x\",\"b\":true,\"n\":1,\"o\":{\"a\":1},\"l\":[{},1]}"));
	JsonObject *object = json_node_get_object(node);
	g_assert_cmpstr(web_json_text(object, "t"), ==, "x");
	g_assert_true(web_json_true(object, "b"));
	g_assert_nonnull(web_json_object(object, "o"));
	g_assert_nonnull(web_json_at(web_json_array(object, "l"), 0));
	g_assert_null(web_json_at(web_json_array(object, "l"), 1));
	static const char *const OTHERS[] = {"b", "n", "o", "l", "nothing"};
	for (size_t i = 0; i < G_N_ELEMENTS(OTHERS); i++) {
		g_assert_null(web_json_text(object, OTHERS[i]));
		g_assert_true(web_json_true(object, OTHERS[i]) == (i == 0));
	}
	g_assert_null(web_json_object(object, "t"));
	g_assert_null(web_json_array(object, "t"));
	g_assert_null(web_json_text(NULL, "t"));
}

static void
test_what_is_no_text(void)
{
	g_autoptr(JsonObject) object = json_object_new();
	web_json_set(object, "a", "x\xffy");
	web_json_set(object, "b", NULL);
	web_json_time(object, "c", 0);
	web_json_time(object, "d", 951782400); /* 29 February 2000 */
	g_assert_cmpstr(json_object_get_string_member(object, "a"), ==, "x\ufffdy");
	g_assert_true(json_object_get_null_member(object, "b"));
	g_assert_true(json_object_get_null_member(object, "c"));
	g_assert_cmpstr(json_object_get_string_member(object, "d"), ==, "2000-02-29T00:00:00Z");
}

static void
test_addresses(void)
{
	g_autofree char *path = web_path("mail", "a@b.c", "x/y ?#%\u00fc", "", NULL);
	g_assert_cmpstr(path, ==, "/mail/a@b.c/x%2Fy%20%3F%23%25%C3%BC/");
	g_autofree char *reference = web_reference("a/b", "1%2");
	g_assert_cmpstr(reference, ==, "a%2Fb/1%252");
	g_auto(GStrv) words = web_reference_split(reference, 2);
	g_assert_cmpstr(words[0], ==, "a/b");
	g_assert_cmpstr(words[1], ==, "1%2");
	static const char *const BAD[] = {"",      "a",   "/",     "a/",   "/b",
					  "a/b/c", "a/%", "a/%00", "a/%ff"};
	for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
		g_assert_null(web_reference_split(BAD[i], 2));
	}
	g_autofree char *lengthy = g_strnfill(WEB_REFERENCE_LENGTH + 1, 'a');
	g_assert_null(web_reference_split(lengthy, 1));
	g_assert_null(web_reference_split(NULL, 1));
}

/* A value is never filled again, and a gap without one stays. */
static void
test_sentences(void)
{
	g_autofree char *text = web_fill("{a} {b} {c} {a", "a", "{b}", "b", "x", NULL);
	g_assert_cmpstr(text, ==, "{b} x {c} {a");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/web/json/what", test_what_is_json);
	g_test_add_func("/web/json/deep", test_deep);
	g_test_add_func("/web/json/members", test_members);
	g_test_add_func("/web/json/text", test_what_is_no_text);
	g_test_add_func("/web/json/addresses", test_addresses);
	g_test_add_func("/web/json/sentences", test_sentences);
	return g_test_run();
}
