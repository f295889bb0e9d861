/* SPDX-License-Identifier: MPL-2.0 */
/* Answers of token endpoints: HTTP in any pieces, and members of JSON. */
#include "proxy/oauth.h"
#include "proxy/oauth_http.h"
#include "proxy/oauth_json.h"
#include "proxy/oauth_store.h"
#include "t.h"
#include <glib/gstdio.h>

static void
test_json(void)
{
	static const struct {
		const char *json;
		const char *value; /* of "a"; NULL: not there */
	} cases[] = {
		{"{\"a\":\"b\"}", "b"},
		{" {\r\n\t\"x\" : null , \"a\" : \"b\" } ", "b"},
		{"{\"x\":{\"a\":\"no\",\"y\":[1,\"]\"]},\"a\":\"yes\"}", "yes"},
		{"{\"a\":3600}", "3600"},
		{"{\"a\":-1.5e3}", "-1.5e3"},
		{"{\"a\":\"\\u00e4\\ud83d\\ude00\\n\\\"\\/\"}", "\xc3\xa4\xf0\x9f\x98\x80\n\"/"},
		{"{\"a\":\"\"}", ""},
		{"{\"a\":\"first\",\"a\":\"second\"}", "first"},
		{"{\"a\":true}", NULL},
		{"{\"a\":null}", NULL},
		{"{\"a\":[\"b\"]}", NULL},
		{"{}", NULL},
		{"", NULL},
		{"[\"a\",\"b\"]", NULL},
		{"{\"b\":\"a\"}", NULL},
		{"{\"a\" \"b\"}", NULL},
		{"{\"a\":\"b", NULL},
		{"{\"a\":\"\\u0000\"}", NULL},
		{"{\"a\":\"\\ud83d\"}", NULL},
		{"{\"a\":\"\\ude00\"}", NULL},
		{"{\"a\":\"\\q\"}", NULL},
		{"{\"a\":\"\n\"}", NULL},
		{"{\"a\":\"\xff\"}", NULL},
		{"{\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],\"a\":1}",
		 NULL},
		{"{\"x\":[1,\"a\":\"b\"}", NULL},
		{"{\"x\":,\"a\":\"b\"}", NULL},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(BaseSecretString) value =
			oauth_json_get(base_bytes_str(cases[i].json), "a");

		g_test_message("%u", i);
		g_assert_cmpstr(value, ==, cases[i].value);
	}
}

/* Cut anywhere, it is not all there; whole, it is what it is. */
static void
test_json_cut(void)
{
	static const char json[] = "{\"x\":[\"\\u00e4\",{\"y\":1}],\"a\":\"b\\n\"}";

	for (size_t n = 0; n < strlen(json) - 1; n++) {
		g_autoptr(BaseSecretString) value = oauth_json_get(base_bytes(json, n), "a");

		g_assert_null(value);
	}
}

static void
test_form(void)
{
	const char *pairs[] = {"a", "b c&d=e", "none", NULL, "x", "+/", NULL};
	g_autoptr(BaseSecretString) form = oauth_form(pairs);

	g_assert_cmpstr(form, ==, "a=b%20c%26d%3De&x=%2B%2F");
}

static void
test_password(void)
{
	g_autofree char *home = g_dir_make_tmp("oauth-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(home, "oauth", "a%2Fb@example.org,local", NULL);
	g_autofree char *kept = NULL;
	g_autoptr(GError) error = NULL;
	GStatBuf about;

	g_assert_false(oauth_is_password(home, "a/b@example.org", ""));
	g_assert_false(oauth_has_password(home, "a/b@example.org"));
	g_assert_cmpint(oauth_store_lock(home, "a/b@example.org"), ==, -1);
	g_autoptr(BaseSecretString) first = oauth_store_password(home, "a/b@example.org", &error);
	g_assert_no_error(error);
	g_assert_cmpuint(strlen(first), ==, 23);
	g_assert_true(oauth_is_password(home, "a/b@example.org", first));
	g_assert_false(oauth_is_password(home, "a/b@example.org", ""));
	g_assert_false(oauth_is_password(home, "other@example.org", first));
	g_assert_true(oauth_has_password(home, "a/b@example.org"));
	g_assert_false(oauth_has_token(home, "a/b@example.org,local"));
	g_assert_false(oauth_has_login(home, "a/b@example.org"));
	g_assert_true(g_file_get_contents(path, &kept, NULL, NULL));
	g_assert_null(strstr(kept, first));
	g_assert_cmpint(g_stat(path, &about), ==, 0);
	g_assert_cmpuint(about.st_mode & 0777, ==, 0600);
	g_autoptr(BaseSecretString) second = oauth_store_password(home, "a/b@example.org", &error);
	g_assert_false(oauth_is_password(home, "a/b@example.org", first));
	g_assert_true(oauth_is_password(home, "a/b@example.org", second));
	g_assert_true(g_file_set_contents(path, "sha256 00\n", -1, NULL));
	g_assert_false(oauth_is_password(home, "a/b@example.org", second));
	(void)g_unlink(path);
	path[strlen(home) + strlen("/oauth")] = '\0';
	(void)g_rmdir(path);
	(void)g_rmdir(home);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/proxy/oauth/json", test_json);
	g_test_add_func("/proxy/oauth/json-cut", test_json_cut);
	g_test_add_func("/proxy/oauth/form", test_form);
	g_test_add_func("/proxy/oauth/password", test_password);
	return g_test_run();
}
