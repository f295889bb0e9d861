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
test_http(void)
{
	static const struct {
		const char *data;
		guint status; /* 0: broken */
		const char *body;
		bool by_end; /* only the end of the connection ends it */
	} cases[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, "{}", false},
		{"HTTP/1.0 400 Bad\r\n\r\nhello", 400, "hello", true},
		{"HTTP/1.1 401 \r\ncontent-length:0\r\n\r\n", 401, "", false},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n",
		 200, "abcd", false},
		{"HTTP/2 200\r\n\r\n", 0, NULL, false},
		{"+OK\r\n\r\n", 0, NULL, false},
		{"HTTP/1.1 abc OK\r\n\r\n", 0, NULL, false},
		{"HTTP/1.1 200 OK\r\nno field\r\n\r\n", 0, NULL, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 0, NULL, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", 0, NULL, false},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx", 0, NULL, false},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 0, NULL, false},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n", 0, NULL,
		 false},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 0, NULL,
		 false},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		BaseBytes data = base_bytes_str(cases[i].data);
		OauthHttpState state = OAUTH_HTTP_MORE;
		g_autoptr(GBytes) body = NULL;
		guint status = 0;

		g_test_message("%u", i);
		for (size_t n = 0; n <= data.n && state == OAUTH_HTTP_MORE; n++) {
			state = oauth_http_parse(base_bytes_slice(data, 0, n), false, &status,
						 &body);
		}
		if (cases[i].by_end) {
			g_assert_cmpint(state, ==, OAUTH_HTTP_MORE);
			state = oauth_http_parse(data, true, &status, &body);
		}
		g_assert_cmpint(state, ==,
				cases[i].status == 0 ? OAUTH_HTTP_BROKEN : OAUTH_HTTP_DONE);
		g_assert_cmpuint(status, ==, cases[i].status);
		if (body != NULL) {
			T_ASSERT_STR_BYTES(base_bytes_of(body), cases[i].body);
		}
	}
}

static void
test_http_closed(void)
{
	static const char *const pieces[] = {
		"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"};

	for (guint i = 0; i < G_N_ELEMENTS(pieces); i++) {
		g_autoptr(GBytes) body = NULL;
		guint status = 0;

		g_assert_cmpint(oauth_http_parse(base_bytes_str(pieces[i]), true, &status, &body),
				==, OAUTH_HTTP_BROKEN);
		g_assert_null(body);
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
	g_test_add_func("/proxy/oauth/http", test_http);
	g_test_add_func("/proxy/oauth/http-closed", test_http_closed);
	g_test_add_func("/proxy/oauth/form", test_form);
	g_test_add_func("/proxy/oauth/password", test_password);
	return g_test_run();
}
