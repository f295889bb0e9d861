/* SPDX-License-Identifier: MPL-2.0 */
/* From an address to its handler, and from what the handler says to octets. */
#include "web/router.h"

#include "web/json.h"
#include "web/page.h"
#include <string.h>

#define SEGMENTS_MAX 16U

/* The segment of a request, decoded; NULL if it cannot be (or holds a NUL). */
static char *
decode(const char *segment)
{
	g_autofree char *plain = g_uri_unescape_string(segment, NULL);
	return plain != NULL && g_utf8_validate(plain, -1, NULL) ? g_steal_pointer(&plain) : NULL;
}

/* Whether @segments are those of @path; collects what stands for {} if @out is not NULL. */
static bool
matches(const char *path, char *const *segments, GPtrArray *out)
{
	g_auto(GStrv) wanted = g_strsplit(path, "/", -1);
	guint i = 0;
	for (; wanted[i] != NULL && segments[i] != NULL; i++) {
		if (strcmp(wanted[i], "{*}") == 0) {
			return true;
		}
		bool gap = strcmp(wanted[i], "{}") == 0;
		if (!gap && strcmp(wanted[i], segments[i]) != 0) {
			return false;
		}
		char *value = gap ? decode(segments[i]) : NULL;
		if (gap && (value == NULL || value[0] == '\0')) {
			g_free(value);
			return false;
		}
		if (value != NULL && out != NULL) {
			g_ptr_array_add(out, g_steal_pointer(&value));
		}
		g_free(value);
	}
	return wanted[i] == NULL && segments[i] == NULL;
}

/* "GET, HEAD" and "POST", as far as the path has them. */
static char *
allowed(char *const *segments)
{
	bool get = false;
	bool post = false;
	for (gsize i = 0; i < WEB_N_ROUTES; i++) {
		if (matches(WEB_ROUTES[i].path, segments, NULL)) {
			get = get || WEB_ROUTES[i].method[0] == 'G';
			post = post || WEB_ROUTES[i].method[0] == 'P';
		}
	}
	return get || post ? g_strdup_printf("%s%s%s", get ? "GET, HEAD" : "",
					     get && post ? ", " : "", post ? "POST" : "")
			   : NULL;
}

const WebRoute *
web_router_find(const char *method, const char *path, GPtrArray *arguments, char **allow)
{
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	g_auto(GStrv) segments = g_strsplit(path, "/", -1);
	bool good = g_strv_length(segments) <= SEGMENTS_MAX;
	for (gsize i = 0; good && i < WEB_N_ROUTES; i++) {
		if (arguments != NULL) {
			g_ptr_array_set_size(arguments, 0);
		}
		if (strcmp(WEB_ROUTES[i].method, wanted) == 0 &&
		    matches(WEB_ROUTES[i].path, segments, arguments)) {
			return &WEB_ROUTES[i];
		}
	}
	if (allow != NULL) {
		*allow = good ? allowed(segments) : NULL;
	}
	return NULL;
}

static void
explain_on_page(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(JsonNode) node = web_reply_error_node(reply);
	JsonObject *object = json_object_get_object_member(json_node_get_object(node), "error");
	json_object_set_int_member(object, "status", reply->status);
	const char *name = reply->status == 401 ? "login" : "error";
	g_autofree char *page = web_page_render(request, name, node, &error);
	if (page == NULL) {
		web_reply_text(reply, "text/plain; charset=utf-8", reply->text);
		return;
	}
	reply->policy = WEB_POLICY_PAGE;
	web_reply_text(reply, "text/html; charset=utf-8", page);
}

void
web_router_explain(WebRequest *request, WebReply *reply)
{
	if (request->page) {
		explain_on_page(request, reply);
	} else {
		web_reply_json_error(reply);
	}
}

static void
show(const WebRoute *route, WebRequest *request, WebReply *reply, JsonNode *node)
{
	g_autoptr(GError) error = NULL;
	if (route->template == NULL) {
		web_reply_json(reply, node);
		return;
	}
	g_autofree char *page = web_page_render(request, route->template, node, &error);
	if (page == NULL) {
		web_reply_error(reply, error);
		web_router_explain(request, reply);
		return;
	}
	reply->policy = WEB_POLICY_PAGE;
	web_reply_text(reply, "text/html; charset=utf-8", page);
}

void
web_router_run(const WebRoute *route, WebRequest *request, WebReply *reply)
{
	g_autoptr(JsonNode) node = route->handler(request, reply);
	if (node != NULL) {
		show(route, request, reply, node);
	} else if (reply->code != NULL) {
		web_router_explain(request, reply);
	} else if (reply->body == NULL) {
		web_reply_text(reply, "text/plain; charset=utf-8", "");
	}
}
