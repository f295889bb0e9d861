/* SPDX-License-Identifier: MPL-2.0 */
/* JSON objects by members, not by position. */
#include "web/json.h"

#include <stdarg.h>
#include <string.h>

JsonNode *
web_json_node(JsonObject *object)
{
	JsonNode *node = json_node_alloc();
	json_node_init_object(node, object);
	json_object_unref(object);
	return node;
}

JsonObject *
web_json_own(const char *text)
{
	g_autoptr(JsonNode) node = text == NULL ? NULL : json_from_string(text, NULL);
	return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_dup_object(node)
							    : json_object_new();
}

/* What JSON has outside strings. json-glib reads comments, too, and assignments: a quote in a
 * comment would hide brackets from whoever counts them. */
#define PLAIN "{}[]:, \t\r\n0123456789+-.eEtrufalsn"

/* Texts would end there. */
static bool
is_nul(BaseBytes text, size_t at)
{
	return base_bytes_equal(base_bytes_slice(text, at, 6), BASE_LIT("\\u0000"));
}

/* Brackets outside strings must not go deep. */
static bool
is_harmless(BaseBytes text)
{
	guint depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		if (quoted && is_nul(text, i)) {
			return false;
		}
		if (quoted) {
			i += c == '\\';
			quoted = c != '"';
		} else if (c == '"') {
			quoted = true;
		} else if (c == '\0' || strchr(PLAIN, c) == NULL) {
			return false;
		} else if (c == '{' || c == '[') {
			if (++depth > WEB_JSON_DEPTH) {
				return false;
			}
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return true;
}

JsonNode *
web_json_parse(BaseBytes text)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	const char *chars = (const char *)text.p;
	bool good = text.n > 0 && text.n <= WEB_JSON_MAX &&
		    g_utf8_validate(chars, (gssize)text.n, NULL) && is_harmless(text) &&
		    json_parser_load_from_data(parser, chars, (gssize)text.n, NULL);
	return good ? json_parser_steal_root(parser) : NULL;
}

const char *
web_json_text(JsonObject *object, const char *name)
{
	JsonNode *node = object == NULL ? NULL : json_object_get_member(object, name);
	return node != NULL && JSON_NODE_HOLDS_VALUE(node) &&
			       json_node_get_value_type(node) == G_TYPE_STRING
		       ? json_node_get_string(node)
		       : NULL;
}

bool
web_json_true(JsonObject *object, const char *name)
{
	JsonNode *node = object == NULL ? NULL : json_object_get_member(object, name);
	return node != NULL && JSON_NODE_HOLDS_VALUE(node) &&
	       json_node_get_value_type(node) == G_TYPE_BOOLEAN && json_node_get_boolean(node);
}

JsonObject *
web_json_object(JsonObject *object, const char *name)
{
	JsonNode *node = object == NULL ? NULL : json_object_get_member(object, name);
	return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

JsonArray *
web_json_array(JsonObject *object, const char *name)
{
	JsonNode *node = object == NULL ? NULL : json_object_get_member(object, name);
	return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

JsonObject *
web_json_at(JsonArray *array, guint i)
{
	JsonNode *node = json_array_get_element(array, i);
	return JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

/* What is not UTF-8 is replaced: JSON has nothing else. */
void
web_json_set(JsonObject *object, const char *name, const char *value)
{
	g_autofree char *valid = value == NULL ? NULL : g_utf8_make_valid(value, -1);
	if (valid == NULL) {
		json_object_set_null_member(object, name);
	} else {
		json_object_set_string_member(object, name, valid);
	}
}

void
web_json_take(JsonObject *object, const char *name, char *value)
{
	web_json_set(object, name, value);
	g_free(value);
}

void
web_json_time(JsonObject *object, const char *name, gint64 time)
{
	bool known = time != 0 && time != G_MININT64;
	g_autoptr(GDateTime) date = known ? g_date_time_new_from_unix_utc(time) : NULL;
	web_json_take(object, name,
		      date == NULL ? NULL : g_date_time_format(date, "%Y-%m-%dT%H:%M:%SZ"));
}

void
web_json_copy(JsonObject *to, JsonObject *from, const char *name)
{
	JsonNode *node = from == NULL ? NULL : json_object_get_member(from, name);
	if (node == NULL) {
		json_object_set_null_member(to, name);
	} else {
		json_object_set_member(to, name, json_node_copy(node));
	}
}

char *
web_path(const char *first, ...)
{
	GString *path = g_string_new(NULL);
	va_list args;
	va_start(args, first);
	for (const char *part = first; part != NULL; part = va_arg(args, const char *)) {
		g_string_append_c(path, '/');
		g_string_append_uri_escaped(path, part, "@", FALSE);
	}
	va_end(args);
	return g_string_free(path, FALSE);
}

char *
web_reference(const char *folder, const char *id)
{
	GString *text = g_string_new(NULL);
	g_string_append_uri_escaped(text, folder, NULL, FALSE);
	g_string_append_c(text, '/');
	g_string_append_uri_escaped(text, id, NULL, FALSE);
	return g_string_free(text, FALSE);
}

char **
web_reference_split(const char *reference, guint n)
{
	if (reference == NULL || strlen(reference) > WEB_REFERENCE_LENGTH) {
		return NULL;
	}
	g_auto(GStrv) words = g_strsplit(reference, "/", -1);
	bool good = g_strv_length(words) == n;
	for (guint i = 0; good && i < n; i++) {
		char *plain = g_uri_unescape_string(words[i], NULL);
		good = plain != NULL && plain[0] != '\0' && g_utf8_validate(plain, -1, NULL);
		g_free(words[i]);
		words[i] = plain == NULL ? g_strdup("") : plain;
	}
	return good ? g_steal_pointer(&words) : NULL;
}

/* The value of the gap that begins at @text ("{name}"), or NULL. */
static const char *
gap_value(const char *text, GPtrArray *pairs, size_t *n)
{
	const char *end = strchr(text, '}');
	for (guint i = 0; end != NULL && i + 1 < pairs->len; i += 2) {
		const char *name = g_ptr_array_index(pairs, i);
		if (strlen(name) == (size_t)(end - text - 1) &&
		    strncmp(name, text + 1, strlen(name)) == 0) {
			*n = (size_t)(end - text) + 1;
			return g_ptr_array_index(pairs, i + 1);
		}
	}
	return NULL;
}

char *
web_fill(const char *text, ...)
{
	g_autoptr(GPtrArray) pairs = g_ptr_array_new();
	GString *out = g_string_new(NULL);
	va_list args;
	va_start(args, text);
	for (char *word = va_arg(args, char *); word != NULL; word = va_arg(args, char *)) {
		g_ptr_array_add(pairs, word);
	}
	va_end(args);
	while (*text != '\0') {
		size_t n = 1;
		const char *value = *text == '{' ? gap_value(text, pairs, &n) : NULL;
		g_string_append_len(out, value == NULL ? text : value,
				    value == NULL ? 1 : (gssize)strlen(value));
		text += n;
	}
	return g_string_free(out, FALSE);
}

char *
web_date(gint64 time)
{
	static const char *const MONTHS[] = {N_("January"), N_("February"), N_("March"),
					     N_("April"),   N_("May"),      N_("June"),
					     N_("July"),    N_("August"),   N_("September"),
					     N_("October"), N_("November"), N_("December")};
	g_autoptr(GDateTime) date = time == 0 ? NULL : g_date_time_new_from_unix_local(time);
	if (date == NULL) {
		return g_strdup("");
	}
	g_autofree char *day = g_date_time_format(date, "%-d");
	g_autofree char *year = g_date_time_format(date, "%Y");
	g_autofree char *clock = g_date_time_format(date, "%H:%M");
	return web_fill(_("{day} {month} {year}, {time}"), "day", day, "month",
			_(MONTHS[g_date_time_get_month(date) - 1]), "year", year, "time", clock,
			NULL);
}

char *
web_size(guint64 octets)
{
	return g_format_size_full(octets, G_FORMAT_SIZE_DEFAULT);
}
