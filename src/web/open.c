/* SPDX-License-Identifier: MPL-2.0 */
/* What needs no login: files of the page, explanations, what mail programs ask when they are set
 * up. */
#include "web/handlers.h"
#include "web/json.h"
#include "web_files.h"

#include "howto/howto.h"
#include <string.h>

#define RESOURCES "/postseal/web/"
#define FILE_MAX  (64U << 10) /* octets of a clientConfig */

static const char *
type_of(const char *name)
{
	static const char *const TYPES[][2] = {
		{".css", "text/css; charset=utf-8"},
		{".mjs", "text/javascript; charset=utf-8"},
		{".js", "text/javascript; charset=utf-8"},
		{".svg", "image/svg+xml"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(TYPES); i++) {
		if (g_str_has_suffix(name, TYPES[i][0])) {
			return TYPES[i][1];
		}
	}
	return NULL;
}

static JsonNode *
not_found(WebReply *reply)
{
	web_reply_fail(reply, 404, "not-found", _("There is nothing here."));
	return NULL;
}

JsonNode *
web_static(WebRequest *request, WebReply *reply)
{
	const char *name = web_request_argument(request, 0);
	const char *type = strchr(name, '/') == NULL ? type_of(name) : NULL;
	g_autofree char *path = g_strconcat(RESOURCES, name, NULL);
	GBytes *file = type == NULL
			       ? NULL
			       : g_resource_lookup_data(web_files_get_resource(), path, 0, NULL);
	if (file == NULL) {
		return not_found(reply);
	}
	web_reply_take(reply, type, file);
	return NULL;
}

JsonNode *
web_how_to(WebRequest *request, WebReply *reply)
{
	g_auto(HowtoAnswer) answer = {0};
	howto_respond(request->path, request->query_text, &answer);
	reply->status = answer.status;
	reply->policy = WEB_POLICY_PAGE;
	reply->location = g_strdup(answer.location);
	web_reply_take(reply, answer.type, g_bytes_ref(answer.body));
	return NULL;
}

JsonNode *
web_api_description(WebRequest *request G_GNUC_UNUSED, WebReply *reply)
{
	GBytes *file =
		g_resource_lookup_data(web_files_get_resource(), RESOURCES "openapi.json", 0, NULL);
	if (file == NULL) {
		return not_found(reply);
	}
	web_reply_take(reply, "application/json", file);
	return NULL;
}

/* The domain of one of our accounts, as it stands there: never a name from outside. */
static const char *
own_domain(House *house, const char *email)
{
	const char *at = email == NULL ? NULL : strrchr(email, '@');
	const GPtrArray *accounts = house_config(house)->accounts;
	for (guint i = 0; at != NULL && i < accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(accounts, i);
		const char *own = strrchr(account->address, '@');
		if (own != NULL && g_ascii_strcasecmp(own, at) == 0 && strchr(own, '/') == NULL) {
			return own + 1;
		}
	}
	return NULL;
}

JsonNode *
web_autoconfig(WebRequest *request, WebReply *reply)
{
	g_autofree char *xml = NULL;
	gsize n = 0;
	const char *domain =
		own_domain(request->site->house, web_request_query(request, "emailaddress"));
	g_autofree char *name = domain == NULL ? NULL : g_strconcat(domain, ".xml", NULL);
	g_autofree char *file =
		name == NULL ? NULL
			     : g_build_filename(request->site->home, "autoconfig", name, NULL);
	if (file == NULL || !g_file_get_contents(file, &xml, &n, NULL) || n > FILE_MAX) {
		web_reply_fail(reply, 404, "not-found", _("No account of this domain was set up."));
		return NULL;
	}
	web_reply_take(reply, "text/xml", g_bytes_new(xml, n));
	return NULL;
}
