/* SPDX-License-Identifier: MPL-2.0 */
/* Queries, forms and bodies. */
#include "t.h"
#include "web/request.h"

#include "base/error.h"

static WebRequest *
request_of(const char *type, const char *body, size_t n)
{
	WebRequest *request = web_request_new(NULL, "/path", NULL);
	request->type = g_strdup(type);
	g_bytes_unref(request->body);
	request->body = g_bytes_new_take(g_memdup2(body, n), n);
	return request;
}

static WebRequest *
read_good(const char *type, const char *body)
{
	g_autoptr(GError) error = NULL;
	WebRequest *request = request_of(type, body, strlen(body));
	(void)web_request_read_body(request, &error);
	g_assert_no_error(error);
	return request;
}

static void
read_bad(const char *type, const char *body, PsError code)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebRequest) request = request_of(type, body, strlen(body));
	g_assert_false(web_request_read_body(request, &error));
	g_assert_error(error, PS_ERROR, (int)code);
}

static void
test_query(void)
{
	g_autoptr(WebRequest) request = web_request_new(
		NULL, "/", "a=1&b=x%20y+z%2B&&a=2&c&=d&e=%C3%BC%zz%4&f=a=b&g=%ff%00x&%61b=i");

	static const struct {
		const char *name;
		const char *value;
	} ROWS[] = {
		{"a", "1"},   {"b", "x y z+"},        {"c", ""},   {"", "d"},  {"e", "\u00fc%zz%4"},
		{"f", "a=b"}, {"g", "\ufffd\ufffdx"}, {"ab", "i"}, {"h", NULL}};

	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		g_assert_cmpstr(web_request_query(request, ROWS[i].name), ==, ROWS[i].value);
	}
	g_assert_cmpuint(web_request_all(request, "a")->len, ==, 2);
	g_assert_null(web_request_field(request, "a"));
	g_assert_cmpstr(web_request_argument(request, 3), ==, "");
}

static void
test_form(void)
{
	g_autoptr(WebRequest) request =
		read_good("Application/X-WWW-form-urlencoded; charset=utf-8", "a=1&a=2&b=%26%3D");
	g_assert_cmpstr(web_request_field(request, "a"), ==, "1");
	g_assert_cmpstr(web_request_field(request, "b"), ==, "&=");
	g_autoptr(WebRequest) other = read_good("application/x-www-form-urlencodedx", "a=1");
	g_assert_null(web_request_field(other, "a"));
	g_autoptr(WebRequest) none = read_good(NULL, "a=1");
	g_assert_null(web_request_field(none, "a"));
}

static void
test_too_many(void)
{
	g_autoptr(GString) form = g_string_new("a=b");
	g_autoptr(GString) parts = g_string_new("--b");
	for (guint i = 0; i < WEB_FIELDS_MAX; i++) {
		g_string_append(parts, "\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b");
	}
	for (guint i = 1; i < WEB_FIELDS_MAX; i++) {
		g_string_append(form, "&a=b");
	}
	g_autoptr(WebRequest) all = read_good("application/x-www-form-urlencoded", form->str);
	g_assert_cmpuint(web_request_all(all, "a")->len, ==, WEB_FIELDS_MAX);
	g_string_append(form, "&level=sealed");
	read_bad("application/x-www-form-urlencoded", form->str, PS_ERROR_LIMIT);

	g_autofree char *closed = g_strconcat(parts->str, "--", NULL);
	g_autoptr(WebRequest) fields = read_good("multipart/form-data; boundary=b", closed);
	g_assert_cmpuint(web_request_all(fields, "a")->len, ==, WEB_FIELDS_MAX);
	g_string_append(parts, "\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b--");
	read_bad("multipart/form-data; boundary=b", parts->str, PS_ERROR_LIMIT);
}

#define FIELD(name)         "\r\nContent-Disposition: form-data; name=\"" name "\""
#define FILE_OF(name, file) FIELD(name) "; filename=\"" file "\""

static void
test_parts(void)
{
	g_autoptr(WebRequest) request = read_good(
		"multipart/form-data; boundary=\"b x\"",
		"--b x" FIELD("a") "\r\n\r\none\r\n--b \r\ntwo\r\n--b x" FIELD("e") "\r\n\r\n\r\n--b x" FILE_OF("f", "n.txt") "\r\nContent-Type: text/plain\r\n\r\n--b x\r\n--b x" FILE_OF(
			"f",
			"") "\r\n\r\n\r\n--b x" FILE_OF("f",
							"empty") "\r\n\r\n\r\n--b x--\r\nmore");
	g_assert_cmpstr(web_request_field(request, "a"), ==, "one\r\n--b \r\ntwo");
	g_assert_cmpstr(web_request_field(request, "e"), ==, "");
	g_assert_cmpuint(request->files->len, ==, 2);
	const WebFile *file = g_ptr_array_index(request->files, 0);
	g_assert_cmpstr(file->field, ==, "f");
	g_assert_cmpstr(file->name, ==, "n.txt");
	g_assert_cmpstr(file->type, ==, "text/plain");
	T_ASSERT_STR_BYTES(base_bytes_of(file->data), "--b x");
	g_assert_cmpuint(g_bytes_get_size(((WebFile *)g_ptr_array_index(request->files, 1))->data),
			 ==, 0);
}

static void
test_no_parts(void)
{
	static const char *const BODIES[] = {
		"",
		"-",
		"--b",
		"--b--",
		"--b\r\n",
		"x--b--",
		"\r\n--b--",
		"--b\r\n\r\nx\r\n--b--",
		"--b" FIELD("a"),
		"--b" FIELD("a") "\r\n\r\nx",
		"--b" FIELD("a") "\r\n\r\nx\r\n--c--",
		"--b" FIELD("a") "\r\n\r\nx\r\n--b",
		"--b\nContent-Disposition: form-data; name=a\n\nx\n--b--",
		"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
		"--b\r\nX: y\r\n\r\nx\r\n--b--",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(BODIES); i++) {
		if (strcmp(BODIES[i], "--b--") != 0) {
			read_bad("multipart/form-data; boundary=b", BODIES[i], PS_ERROR_MALFORMED);
		}
	}
	g_autoptr(WebRequest) empty = read_good("multipart/form-data; boundary=b", "--b--");
	g_assert_cmpuint(g_hash_table_size(empty->fields), ==, 0);
	read_bad("multipart/form-data", "--b--", PS_ERROR_MALFORMED);
	read_bad("multipart/form-data; boundary=\"\"", "----", PS_ERROR_MALFORMED);
}

static void
test_json(void)
{
	g_autoptr(WebRequest) request =
		read_good("application/json", "{\"a\":\"b\",\"passphrase\":\"c\\n\",\"n\":1}");
	g_assert_cmpstr(web_request_field(request, "a"), ==, "b");
	g_assert_cmpstr(web_request_field(request, "passphrase"), ==, "c\n");
	g_assert_null(web_request_field(request, "n"));
	T_ASSERT_STR_BYTES(base_bytes_of(request->body),
			   "{\"a\":\"b\",\"passphrase\":\"---\",\"n\":1}");
	static const char *const BAD[] = {"", "[]", "1", "{", "{\"a\":1}x"};
	for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
		read_bad("application/json", BAD[i], PS_ERROR_MALFORMED);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/web/request/query", test_query);
	g_test_add_func("/web/request/form", test_form);
	g_test_add_func("/web/request/many", test_too_many);
	g_test_add_func("/web/request/parts", test_parts);
	g_test_add_func("/web/request/no-parts", test_no_parts);
	g_test_add_func("/web/request/json", test_json);
	return g_test_run();
}
