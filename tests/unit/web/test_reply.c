/* SPDX-License-Identifier: MPL-2.0 */
/* What leaves. */
#include "t.h"
#include "web/router.h"

#include "base/error.h"

static void
test_downloads(void)
{
	static const struct {
		const char *name;
		const char *disposition;
	} ROWS[] = {
		{"a b.pdf", "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf"},
		{"a\"\r\nSet-Cookie: x", "attachment; filename=\"a___Set-Cookie_ x\"; "
					 "filename*=UTF-8''a%22%0D%0ASet-Cookie%3A%20x"},
		{"\u00fc/\\;", "attachment; filename=\"u___\"; filename*=UTF-8''%C3%BC%2F%5C%3B"},
		{"", "attachment; filename=\"\"; filename*=UTF-8''"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		g_auto(WebReply) reply = {0};
		web_reply_download(&reply, ROWS[i].name, "text/plain", g_bytes_new("x", 1));
		g_assert_cmpstr(reply.disposition, ==, ROWS[i].disposition);
		g_assert_cmpuint(reply.policy, ==, WEB_POLICY_DATA);
		g_assert_cmpuint(reply.status, ==, 200);
	}
}

static void
test_failures(void)
{
	static const struct {
		PsError error;
		guint status;
		const char *code;
	} ROWS[] = {{PS_ERROR_ARGUMENT, 400, "argument"},
		    {PS_ERROR_LIMIT, 413, "limit"},
		    {PS_ERROR_NOT_FOUND, 404, "not-found"},
		    {PS_ERROR_IO, 502, "io"},
		    {PS_ERROR_INTERNAL, 500, "internal"}};

	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		g_auto(WebReply) reply = {0};
		g_autoptr(GError) error =
			g_error_new(PS_ERROR, (int)ROWS[i].error, "why \"%d\"", 1);
		web_reply_error(&reply, error);
		g_assert_cmpuint(reply.status, ==, ROWS[i].status);
		web_reply_json_error(&reply);
		g_autofree char *text = g_strdup_printf(
			"{\"error\":{\"code\":\"%s\",\"text\":\"why \\\"1\\\"\"}}", ROWS[i].code);
		gsize n = 0;
		const char *body = g_bytes_get_data(reply.body, &n);
		t_assert_bytes(body, n, text, strlen(text));
		g_assert_cmpuint(reply.status, ==, ROWS[i].status);
		g_assert_cmpstr(reply.type, ==, "application/json");
	}
}

static void
test_more_about_a_failure(void)
{
	g_auto(WebReply) reply = {0};
	web_reply_fail(&reply, 422, "refused", "no");
	reply.error_more = json_from_string("{\"reason\":\"x\",\"code\":\"other\"}", NULL);
	g_autoptr(JsonNode) node = web_reply_error_node(&reply);
	g_autofree char *text = json_to_string(node, FALSE);
	g_assert_cmpstr(text, ==,
			"{\"error\":{\"reason\":\"x\",\"code\":\"refused\",\"text\":\"no\"}}");
	g_autoptr(JsonNode) again = web_reply_error_node(&reply);
	g_assert_true(json_node_equal(node, again));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/web/reply/downloads", test_downloads);
	g_test_add_func("/web/reply/failures", test_failures);
	g_test_add_func("/web/reply/more", test_more_about_a_failure);
	return g_test_run();
}
