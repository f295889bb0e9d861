/* SPDX-License-Identifier: MPL-2.0 */
/* Pages: the answer, what every page shows, and a template that is part of the program. */
#include "web/page.h"

#include "template/template.h"
#include "web/desk.h"
#include "web/files.h"
#include "web/json.h"
#include "web_files.h"
#include <string.h>

#define TEMPLATES "/postseal/web/templates/"

static GBytes *
find_template(const char *name, gpointer user G_GNUC_UNUSED)
{
	g_autofree char *path = g_strconcat(TEMPLATES, name, ".html", NULL);
	return g_resource_lookup_data(web_files_get_resource(), path, 0, NULL);
}

static JsonObject *
page_object(const WebRequest *request, const char *name)
{
	JsonObject *page = json_object_new();
	bool login = request->session != NULL;
	web_json_set(page, "name", name);
	web_json_set(page, "token", login ? web_session_token(request->session) : NULL);
	web_json_set(page, "path", request->path);
	web_json_set(page, "language", base_language_code());
	web_json_set(page, "version", PS_VERSION);
	web_json_set(page, "files", web_files_version());
	json_object_set_boolean_member(page, "login", login);
	return page;
}

/* As their speakers call them. */
static const char *
language_name(const char *code)
{
	static const struct {
		const char *code;
		const char *name;
	} NAMES[] = {{"en", "English"}, {"de", "Deutsch"}};

	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		if (strcmp(NAMES[i].code, code) == 0) {
			return NAMES[i].name;
		}
	}
	return code;
}

static JsonArray *
languages_array(void)
{
	JsonArray *array = json_array_new();
	const char *const *codes = base_language_list();
	for (guint i = 0; codes[i] != NULL; i++) {
		JsonObject *language = json_object_new();
		web_json_set(language, "code", codes[i]);
		web_json_set(language, "name", language_name(codes[i]));
		json_object_set_boolean_member(language, "here",
					       strcmp(codes[i], base_language_code()) == 0);
		json_array_add_object_element(array, language);
	}
	return array;
}

/* All desks, where the answer itself has none. */
static JsonArray *
desks_array(WebRequest *request, JsonObject *answer)
{
	const char *here = web_json_text(web_json_object(answer, "desk"), "id");
	JsonArray *array = json_array_new();
	const GPtrArray *accounts = house_config(request->site->house)->accounts;
	for (guint i = 0; i < accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(accounts, i);
		if (web_desk_is(account)) {
			g_autoptr(WebDesk) desk =
				web_desk_new(request->site, request->session, account);
			JsonObject *object = web_desk_json(desk);
			bool same = g_strcmp0(here, account->address) == 0;
			json_object_set_boolean_member(object, "here", same);
			json_array_add_object_element(array, object);
		}
	}
	return array;
}

JsonNode *
web_page_data(WebRequest *request, const char *name, JsonNode *answer)
{
	JsonNode *copy = json_node_copy(answer);
	JsonObject *root = json_node_get_object(copy);
	json_object_set_object_member(root, "page", page_object(request, name));
	json_object_set_array_member(root, "languages", languages_array());
	if (request->session != NULL && !json_object_has_member(root, "desks")) {
		json_object_set_array_member(root, "desks", desks_array(request, root));
	}
	return copy;
}

char *
web_page_render(WebRequest *request, const char *name, JsonNode *answer, GError **error)
{
	const TemplateShelf shelf = {find_template, NULL};
	g_autoptr(JsonNode) data = web_page_data(request, name, answer);
	return template_render(&shelf, name, data, error);
}
