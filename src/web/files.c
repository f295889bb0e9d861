/* SPDX-License-Identifier: MPL-2.0 */
/* The page's files: public, and the same until the program is another one. */
#include "web/files.h"

#include "web/handlers.h"
#include "web/json.h"
#include "web_files.h"
#include <string.h>

#define FOLDER       "/postseal/web"
#define VERSION_SIZE 16 /* hexadecimal digits */

#define ALWAYS       "public, max-age=31536000, immutable"
#define ASK_FIRST    "no-cache"

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

static GBytes *
read_file(const char *name)
{
	g_autofree char *path = g_strconcat(FOLDER "/", name, NULL);
	return g_resource_lookup_data(web_files_get_resource(), path, 0, NULL);
}

static char *
make_version(void)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_auto(GStrv) names =
		g_resource_enumerate_children(web_files_get_resource(), FOLDER, 0, NULL);
	for (guint i = 0; names != NULL && names[i] != NULL; i++) {
		g_autoptr(GBytes) file = type_of(names[i]) == NULL ? NULL : read_file(names[i]);
		gsize n = 0;
		const guchar *octets = file == NULL ? NULL : g_bytes_get_data(file, &n);
		if (octets != NULL) {
			g_checksum_update(sum, octets, (gssize)n);
		}
	}
	return g_strndup(g_checksum_get_string(sum), VERSION_SIZE);
}

const char *
web_files_version(void)
{
	static gsize version = 0;
	if (g_once_init_enter(&version)) {
		g_once_init_leave(&version, (gsize)make_version());
	}
	return (const char *)version;
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
	GBytes *file = type == NULL ? NULL : read_file(name);
	if (file == NULL) {
		return not_found(reply);
	}
	bool named = g_strcmp0(request->query_text, web_files_version()) == 0;
	reply->cache = named ? ALWAYS : ASK_FIRST;
	reply->etag = g_strdup_printf("\"%s\"", web_files_version());
	if (g_strcmp0(request->known, reply->etag) == 0) {
		g_bytes_unref(file);
		reply->status = 304;
		file = g_bytes_new_static(NULL, 0);
	}
	web_reply_take(reply, type, file);
	return NULL;
}

JsonNode *
web_api_description(WebRequest *request G_GNUC_UNUSED, WebReply *reply)
{
	GBytes *file = read_file("openapi.json");
	if (file == NULL) {
		return not_found(reply);
	}
	reply->policy = WEB_POLICY_DATA;
	web_reply_take(reply, "application/json", file);
	return NULL;
}
