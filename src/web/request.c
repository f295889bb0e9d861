/* SPDX-License-Identifier: MPL-2.0 */
/* What is asked, in words that handlers can use. */
#include "web/request.h"

#include "web/json.h"
#include <libsoup/soup.h>
#include <string.h>

#define JSON_TYPE       "application/json"
#define FORM_TYPE       "application/x-www-form-urlencoded"
#define MULTIPART_TYPE  "multipart/form-data"

#define PART_HEADER_MAX ((size_t)8 << 10) /* octets */

static void
list_free(gpointer list)
{
	g_ptr_array_unref(list);
}

static GHashTable *
table_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, list_free);
}

/* Takes @value. */
static void
add(GHashTable *table, const char *name, char *value)
{
	GPtrArray *list = g_hash_table_lookup(table, name);
	if (list == NULL) {
		list = g_ptr_array_new_with_free_func(g_free);
		g_hash_table_insert(table, g_strdup(name), list);
	}
	g_ptr_array_add(list, value);
}

GHashTable *
web_request_read_query(const char *text)
{
	GHashTable *table = table_new();
	GUriParamsIter iter;
	char *name = NULL;
	char *value = NULL;
	guint n = 0;
	g_uri_params_iter_init(&iter, text == NULL ? "" : text, -1, "&", G_URI_PARAMS_WWW_FORM);
	while (n < WEB_FIELDS_MAX && g_uri_params_iter_next(&iter, &name, &value, NULL)) {
		if (g_utf8_validate(value, -1, NULL)) {
			add(table, name, g_steal_pointer(&value));
		}
		g_clear_pointer(&name, g_free);
		g_clear_pointer(&value, g_free);
		n++;
	}
	return table;
}

static void
file_free(gpointer data)
{
	WebFile *file = data;
	g_free(file->field);
	g_free(file->name);
	g_free(file->type);
	g_bytes_unref(file->data);
	g_free(file);
}

/* One part of a form: a field, or a file if it has a name or came from a file chooser. */
static bool
take_part(WebRequest *request, SoupMessageHeaders *headers, GBytes *content, GError **error)
{
	g_autofree char *disposition = NULL;
	g_autoptr(GHashTable) parameters = NULL;
	if (!soup_message_headers_get_content_disposition(headers, &disposition, &parameters) ||
	    g_hash_table_lookup(parameters, "name") == NULL) {
		return base_fail(error, PS_ERROR_MALFORMED, "a part of the form has no name");
	}
	const char *field = g_hash_table_lookup(parameters, "name");
	const char *name = g_hash_table_lookup(parameters, "filename");
	gsize n = 0;
	const char *octets = g_bytes_get_data(content, &n);
	if (name == NULL) {
		char *text = n == 0 ? g_strdup("") : g_strndup(octets, n);
		add(request->fields, field,
		    g_utf8_validate(text, -1, NULL) ? text : g_utf8_make_valid(text, -1));
		return true;
	}
	if (name[0] == '\0' && n == 0) {
		return true; /* a file chooser in which nothing was chosen */
	}
	if (request->files->len == WEB_FILES_MAX) {
		return base_fail(error, PS_ERROR_LIMIT, "there are more than %u files",
				 WEB_FILES_MAX);
	}
	WebFile *file = g_new0(WebFile, 1);
	file->field = g_strdup(field);
	file->name = g_utf8_make_valid(name, -1);
	file->type = g_strdup(soup_message_headers_get_content_type(headers, NULL));
	file->data = g_bytes_ref(content);
	g_ptr_array_add(request->files, file);
	return true;
}

/* libsoup reads all parts before they can be counted; a part may be an octet long and becomes many,
 * and so may a line of its header. */
static bool
has_few_parts(BaseBytes body, const char *boundary)
{
	g_autofree char *limit = g_strconcat("--", boundary, NULL);
	size_t n = strlen(limit);
	const uint8_t *end = body.p + body.n;
	const uint8_t *at = body.p;
	guint parts = 0;
	while (at < end && (at = memmem(at, (size_t)(end - at), limit, n)) != NULL) {
		at += n;
		bool last = end - at >= 2 && memcmp(at, "--", 2) == 0;
		size_t room = MIN((size_t)(end - at), PART_HEADER_MAX);
		if (at - n != body.p && at[-(ptrdiff_t)n - 1] != '\n') {
			continue; /* within a line */
		}
		if (++parts > WEB_FIELDS_MAX ||
		    (!last && memmem(at, room, "\r\n\r\n", 4) == NULL)) {
			return false;
		}
	}
	return true;
}

static bool
read_multipart(WebRequest *request, GError **error)
{
	g_autoptr(SoupMessageHeaders) headers =
		soup_message_headers_new(SOUP_MESSAGE_HEADERS_MULTIPART);
	soup_message_headers_append(headers, "Content-Type", request->type);
	g_autoptr(GHashTable) parameters = NULL;
	(void)soup_message_headers_get_content_type(headers, &parameters);
	const char *boundary =
		parameters == NULL ? NULL : g_hash_table_lookup(parameters, "boundary");
	g_autoptr(SoupMultipart) form =
		boundary == NULL || !has_few_parts(base_bytes_of(request->body), boundary)
			? NULL
			: soup_multipart_new_from_message(headers, request->body);
	if (form == NULL || soup_multipart_get_length(form) > (int)WEB_FIELDS_MAX) {
		return base_fail(error, PS_ERROR_MALFORMED, "the form cannot be read");
	}
	for (int i = 0; i < soup_multipart_get_length(form); i++) {
		SoupMessageHeaders *part = NULL;
		GBytes *content = NULL;
		if (!soup_multipart_get_part(form, i, &part, &content) ||
		    !take_part(request, part, content, error)) {
			return false;
		}
	}
	return true;
}

static bool
is_type(const char *type, const char *wanted)
{
	size_t n = strlen(wanted);
	return type != NULL && g_ascii_strncasecmp(type, wanted, n) == 0 &&
	       strchr("; \t", type[n]) != NULL; /* the NUL, too */
}

bool
web_request_read_body(WebRequest *request, GError **error)
{
	BaseBytes body = base_bytes_of(request->body);
	if (is_type(request->type, JSON_TYPE)) {
		request->json = web_json_parse(body);
		return (request->json != NULL && JSON_NODE_HOLDS_OBJECT(request->json)) ||
		       base_fail(error, PS_ERROR_MALFORMED, "the body is no JSON object");
	}
	if (is_type(request->type, MULTIPART_TYPE)) {
		return read_multipart(request, error);
	}
	if (is_type(request->type, FORM_TYPE)) {
		g_autofree char *text = g_strndup((const char *)body.p, body.n);
		g_hash_table_unref(request->fields);
		request->fields = web_request_read_query(text);
	}
	return true;
}

void
web_request_free(WebRequest *request)
{
	g_clear_pointer(&request->session, web_session_unref);
	g_clear_pointer(&request->arguments, g_ptr_array_unref);
	g_clear_pointer(&request->query, g_hash_table_unref);
	g_clear_pointer(&request->fields, g_hash_table_unref);
	g_clear_pointer(&request->files, g_ptr_array_unref);
	g_clear_pointer(&request->json, json_node_unref);
	g_clear_pointer(&request->body, g_bytes_unref);
	g_clear_object(&request->stop);
	g_free(request->path);
	g_free(request->query_text);
	g_free(request->type);
	g_free(request->language);
	g_free(request);
}

WebRequest *
web_request_new(WebSite *site, const char *path, const char *query)
{
	WebRequest *request = g_new0(WebRequest, 1);
	request->site = site;
	request->path = g_strdup(path);
	request->query_text = g_strdup(query);
	request->arguments = g_ptr_array_new_with_free_func(g_free);
	request->query = web_request_read_query(query);
	request->fields = table_new();
	request->files = g_ptr_array_new_with_free_func(file_free);
	request->body = g_bytes_new_static(NULL, 0);
	request->stop = g_cancellable_new();
	return request;
}

static const char *
first_of(const GPtrArray *list)
{
	return list == NULL ? NULL : g_ptr_array_index(list, 0);
}

const char *
web_request_query(const WebRequest *request, const char *name)
{
	return first_of(g_hash_table_lookup(request->query, name));
}

const GPtrArray *
web_request_all(const WebRequest *request, const char *name)
{
	const GPtrArray *list = g_hash_table_lookup(request->fields, name);
	return list != NULL ? list : g_hash_table_lookup(request->query, name);
}

const char *
web_request_field(const WebRequest *request, const char *name)
{
	return request->json != NULL ? web_json_text(json_node_get_object(request->json), name)
				     : first_of(g_hash_table_lookup(request->fields, name));
}

const char *
web_request_argument(const WebRequest *request, guint i)
{
	return i < request->arguments->len ? g_ptr_array_index(request->arguments, i) : "";
}
