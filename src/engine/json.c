/* SPDX-License-Identifier: MPL-2.0 */
/* JSON objects on one line. */
#include "engine/json.h"

#include "base/clock.h"
#include <json-glib/json-glib.h>

struct Json {
	JsonBuilder *builder;
};

Json *
json_new(void)
{
	Json *json = g_new0(Json, 1);
	json->builder = json_builder_new();
	json_builder_begin_object(json->builder);
	return json;
}

void
json_free(Json *json)
{
	g_object_unref(json->builder);
	g_free(json);
}

char *
json_end(Json *json)
{
	json_builder_end_object(json->builder);
	g_autoptr(JsonNode) root = json_builder_get_root(json->builder);
	return json_to_string(root, FALSE);
}

static void
put_name(Json *json, const char *name)
{
	if (name != NULL) {
		json_builder_set_member_name(json->builder, name);
	}
}

void
json_string(Json *json, const char *name, const char *value)
{
	put_name(json, name);
	if (value == NULL) {
		json_builder_add_null_value(json->builder);
		return;
	}
	g_autofree char *valid = g_utf8_make_valid(value, -1);
	for (char *p = valid; *p != '\0'; p++) {
		if (*p == 0x1f) {
			*p = ' '; /* json-glib 1.6 forgets to escape this one */
		}
	}
	json_builder_add_string_value(json->builder, valid);
}

void
json_int(Json *json, const char *name, int64_t value)
{
	put_name(json, name);
	json_builder_add_int_value(json->builder, value);
}

void
json_bool(Json *json, const char *name, bool value)
{
	put_name(json, name);
	json_builder_add_boolean_value(json->builder, value);
}

void
json_time(Json *json, const char *name, int64_t value)
{
	g_autofree char *text = value == 0 || value == INT64_MIN ? NULL : base_clock_format(value);
	json_string(json, name, text);
}

void
json_strings(Json *json, const char *name, const char *const *values)
{
	json_open_array(json, name);
	for (size_t i = 0; values != NULL && values[i] != NULL; i++) {
		json_string(json, NULL, values[i]);
	}
	json_close_array(json);
}

void
json_string_array(Json *json, const char *name, const GPtrArray *values)
{
	json_open_array(json, name);
	for (guint i = 0; values != NULL && i < values->len; i++) {
		json_string(json, NULL, g_ptr_array_index(values, i));
	}
	json_close_array(json);
}

void
json_open_object(Json *json, const char *name)
{
	put_name(json, name);
	json_builder_begin_object(json->builder);
}

void
json_close_object(Json *json)
{
	json_builder_end_object(json->builder);
}

void
json_open_array(Json *json, const char *name)
{
	put_name(json, name);
	json_builder_begin_array(json->builder);
}

void
json_close_array(Json *json)
{
	json_builder_end_array(json->builder);
}
