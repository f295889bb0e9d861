/* SPDX-License-Identifier: MPL-2.0 */
/* Requests: the first line is the path with its query, the second the type, the rest the body. */
#include "web/request.h"

#include "web/json.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool good)
{
	if (!good) {
		abort();
	}
}

static char *
take_line(BaseBytes *rest)
{
	BaseBytes line = base_bytes_slice(*rest, 0, base_bytes_find(*rest, BASE_LIT("\n")));
	*rest = base_bytes_slice(*rest, line.n + 1, SIZE_MAX);
	return base_bytes_strdup(line);
}

static void
check_table(GHashTable *table)
{
	GHashTableIter iter;
	gpointer name = NULL;
	gpointer list = NULL;
	g_hash_table_iter_init(&iter, table);
	while (g_hash_table_iter_next(&iter, &name, &list)) {
		const GPtrArray *words = list;
		demand(words->len > 0);
		for (guint i = 0; i < words->len; i++) {
			demand(g_utf8_validate(g_ptr_array_index(words, i), -1, NULL));
		}
	}
}

static void
check_route(const char *path)
{
	g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *allow = NULL;
	const WebRoute *route = web_router_find("GET", path, arguments, &allow);
	demand(route == NULL || allow == NULL);
	for (guint i = 0; route != NULL && i < arguments->len; i++) {
		const char *argument = g_ptr_array_index(arguments, i);
		demand(argument[0] != '\0' && g_utf8_validate(argument, -1, NULL));
	}
}

static void
check_reference(const char *text)
{
	g_auto(GStrv) words = web_reference_split(text, 2);
	if (words != NULL) {
		g_autofree char *again = web_reference(words[0], words[1]);
		g_auto(GStrv) same = web_reference_split(again, 2);
		demand(strlen(again) > WEB_REFERENCE_LENGTH ||
		       g_strv_equal((const char *const *)words, (const char *const *)same));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BaseBytes rest = base_bytes(data, size);
	g_autofree char *path = take_line(&rest);
	g_autofree char *type = take_line(&rest);
	char *question = strchr(path, '?');
	if (question != NULL) {
		*question++ = '\0';
	}
	check_route(path);
	check_reference(path);
	g_autoptr(WebRequest) request = web_request_new(NULL, path, question);
	check_table(request->query);
	request->type = g_steal_pointer(&type);
	g_bytes_unref(request->body);
	request->body = base_bytes_dup(rest);
	if (web_request_read_body(request, NULL)) {
		check_table(request->fields);
		demand(g_hash_table_size(request->fields) <= WEB_FIELDS_MAX);
		demand(request->files->len <= WEB_FILES_MAX);
	}
	demand(g_bytes_get_size(request->body) == rest.n);
	return 0;
}
