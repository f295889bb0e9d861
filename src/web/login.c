/* SPDX-License-Identifier: MPL-2.0 */
/* In by a link that is good once, out by a button. */
#include "web/handlers.h"
#include "web/json.h"

/* Only this machine hears it, so Secure would say nothing. */
static char *
cookie_header(const char *value, bool gone)
{
	return g_strdup_printf("%s=%s; Path=/; HttpOnly; SameSite=Strict%s", WEB_COOKIE, value,
			       gone ? "; Max-Age=0" : "");
}

static JsonNode *
login_node(bool used)
{
	JsonObject *object = json_object_new();
	json_object_set_boolean_member(object, "used", used);
	return web_json_node(object);
}

JsonNode *
web_login(WebRequest *request, WebReply *reply)
{
	g_autoptr(BaseSecretString) cookie = NULL;
	const char *code = web_request_query(request, "code");
	if (code == NULL || request->head) { /* looking at a link does not use it up */
		return login_node(false);
	}
	g_autoptr(WebSession) session = web_sessions_enter(request->site->sessions, code, &cookie);
	if (session == NULL) {
		reply->status = 403;
		return login_node(true);
	}
	web_session_set_language(session, request->language);
	reply->cookie = cookie_header(cookie, false);
	web_reply_go(reply, "/");
	return NULL;
}

JsonNode *
web_logout(WebRequest *request, WebReply *reply)
{
	if (!request->by_token) {
		web_sessions_end(request->site->sessions, request->session);
		reply->cookie = cookie_header("", true);
	}
	web_reply_go(reply, "/login");
	return NULL;
}

JsonNode *
web_login_link(WebRequest *request, WebReply *reply G_GNUC_UNUSED)
{
	g_autoptr(BaseSecretString) code = web_sessions_make_code(request->site->sessions);
	JsonObject *object = json_object_new();
	g_autoptr(BaseSecretString) url =
		g_strdup_printf("http://%s/login?code=%s", request->site->address, code);
	web_json_set(object, "url", url);
	return web_json_node(object);
}
