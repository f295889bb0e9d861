/* SPDX-License-Identifier: MPL-2.0 */
/* From methods and paths to routes. */
#include "t.h"
#include "web/router.h"

static void
check(const char *method, const char *path, const char *route, const char *arguments)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *allow = NULL;
	const WebRoute *found = web_router_find(method, path, list, &allow);
	g_assert_cmpstr(found == NULL ? NULL : found->path, ==, route);
	if (found != NULL) {
		g_ptr_array_add(list, NULL);
		g_autofree char *joined = g_strjoinv("|", (char **)list->pdata);
		g_assert_cmpstr(joined, ==, arguments);
	}
}

static void
test_found(void)
{
	check("GET", "/", "/", "");
	check("HEAD", "/login", "/login", "");
	check("GET", "/static/a.css", "/static/{}", "a.css");
	check("GET", "/mail/a%40b/x%2Fy/1%20/", "/mail/{}/{}/{}/", "a@b|x/y|1 ");
	check("POST", "/v1/desks/a/messages/b/c", "/v1/desks/{}/messages/{}/{}", "a|b|c");
	check("GET", "/how-to/a/b/%00/", "/how-to/{*}", "");
}

static void
test_not_found(void)
{
	static const char *const PATHS[] = {
		"",           "//",           "/mail//INBOX/",
		"/mail/a",    "/mail/%00/x/", "/mail/%ff/x/",
		"/mail/%/x/", "/static/",     "/static/a/b",
		"/login/",    "/LOGIN",       "/v1",
		"/v1/",       "login",        "/how-to/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p"};
	for (size_t i = 0; i < G_N_ELEMENTS(PATHS); i++) {
		check("GET", PATHS[i], NULL, NULL);
	}
}

static void
test_other_methods(void)
{
	static const struct {
		const char *method;
		const char *path;
		const char *allow;
	} ROWS[] = {{"POST", "/", "GET, HEAD"},
		    {"PUT", "/mail/a/write", "GET, HEAD, POST"},
		    {"get", "/logout", "POST"},
		    {"GET", "/logout", "POST"},
		    {"OPTIONS", "/nothing", NULL}};

	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		g_autofree char *allow = NULL;
		g_assert_null(web_router_find(ROWS[i].method, ROWS[i].path, NULL, &allow));
		g_assert_cmpstr(allow, ==, ROWS[i].allow);
	}
}

/* Each address leads to its own row of the table, and to none before it. */
static void
test_no_route_hides_another(void)
{
	for (gsize i = 0; i < WEB_N_ROUTES; i++) {
		g_autoptr(GString) path = g_string_new(WEB_ROUTES[i].path);
		g_string_replace(path, "{}", "x", 0);
		g_string_replace(path, "{*}", "x/y", 0);
		const WebRoute *found =
			web_router_find(WEB_ROUTES[i].method, path->str, NULL, NULL);
		g_assert_true(found == &WEB_ROUTES[i]);
	}
}

/* Who has neither session nor token sees no more than this. */
static void
test_open_routes(void)
{
	static const char *const OPEN[] = {"/login",
					   "/static/{}",
					   "/how-to/{*}",
					   "/autoconfig/mail/config-v1.1.xml",
					   "/.well-known/autoconfig/mail/config-v1.1.xml",
					   NULL};
	guint n = 0;
	for (gsize i = 0; i < WEB_N_ROUTES; i++) {
		if (WEB_ROUTES[i].who == WEB_FOR_ALL) {
			g_assert_true(g_strv_contains(OPEN, WEB_ROUTES[i].path));
			g_assert_cmpstr(WEB_ROUTES[i].method, ==, "GET");
			n++;
		}
	}
	g_assert_cmpuint(n, ==, G_N_ELEMENTS(OPEN) - 1);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/web/router/found", test_found);
	g_test_add_func("/web/router/not-found", test_not_found);
	g_test_add_func("/web/router/methods", test_other_methods);
	g_test_add_func("/web/router/hidden", test_no_route_hides_another);
	g_test_add_func("/web/router/open", test_open_routes);
	return g_test_run();
}
