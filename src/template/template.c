/* SPDX-License-Identifier: MPL-2.0 */
/* A template is walked from front to back; a section of an array is walked once an element. */
#include "template/template.h"

#include "base/language.h"
#include <string.h>

#define OPEN  "{{"
#define CLOSE "}}"
#define WORDS "_" /* the section whose text is translated */

typedef struct {
	const TemplateShelf *shelf;
	GPtrArray *context; /* of JsonNode, the innermost last; borrowed */
	GString *out;
	guint depth;
	const char *name; /* of the template, for errors */
	const char *at;
	const char *end;
} Page;

typedef struct {
	char kind;  /* '#', '^', '/', '>', '%', '!' or ' ' for a value */
	char *name; /* without blanks */
} Tag;

static void
tag_clear(Tag *tag)
{
	g_free(tag->name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Tag, tag_clear)

/* ---- values ---- */

static JsonNode *
member(JsonNode *node, const char *name, size_t n)
{
	g_autofree char *key = g_strndup(name, n);
	return JSON_NODE_HOLDS_OBJECT(node)
		       ? json_object_get_member(json_node_get_object(node), key)
		       : NULL;
}

/* "a.b": the innermost object that has "a" counts. NULL: missing. */
static JsonNode *
value_of(const Page *page, const char *name)
{
	JsonNode *found = NULL;
	if (strcmp(name, ".") == 0) {
		return g_ptr_array_index(page->context, page->context->len - 1);
	}
	size_t n = strcspn(name, ".");
	for (guint i = page->context->len; found == NULL && i > 0; i--) {
		found = member(g_ptr_array_index(page->context, i - 1), name, n);
	}
	while (found != NULL && name[n] == '.') {
		name += n + 1;
		n = strcspn(name, ".");
		found = member(found, name, n);
	}
	return found;
}

static bool
is_empty(JsonNode *node)
{
	if (node == NULL || JSON_NODE_HOLDS_NULL(node)) {
		return true;
	}
	if (JSON_NODE_HOLDS_ARRAY(node)) {
		return json_array_get_length(json_node_get_array(node)) == 0;
	}
	if (JSON_NODE_HOLDS_OBJECT(node)) {
		return false;
	}
	GType type = json_node_get_value_type(node);
	const char *text = type == G_TYPE_STRING ? json_node_get_string(node) : NULL;
	return text != NULL             ? *text == '\0'
	       : type == G_TYPE_BOOLEAN ? !json_node_get_boolean(node)
					: json_node_get_double(node) == 0;
}

/* NULL for what is no single value. */
static char *
text_of(JsonNode *node)
{
	if (node == NULL || !JSON_NODE_HOLDS_VALUE(node)) {
		return NULL;
	}
	GType type = json_node_get_value_type(node);
	if (type == G_TYPE_STRING) {
		return g_strdup(json_node_get_string(node));
	}
	if (type == G_TYPE_BOOLEAN) {
		return g_strdup(json_node_get_boolean(node) ? "true" : "false");
	}
	if (type == G_TYPE_INT64) {
		return g_strdup_printf("%" G_GINT64_FORMAT, json_node_get_int(node));
	}
	char digits[G_ASCII_DTOSTR_BUF_SIZE];
	return g_strdup(g_ascii_dtostr(digits, sizeof digits, json_node_get_double(node)));
}

void
template_escape(GString *out, const char *text)
{
	static const struct {
		char c;
		const char *entity;
	} ENTITIES[] = {
		{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

	for (; *text != '\0'; text++) {
		size_t i = 0;
		while (i < G_N_ELEMENTS(ENTITIES) && ENTITIES[i].c != *text) {
			i++;
		}
		if (i < G_N_ELEMENTS(ENTITIES)) {
			g_string_append(out, ENTITIES[i].entity);
		} else {
			g_string_append_c(out, *text);
		}
	}
}

static void
put_value(const Page *page, const char *name)
{
	g_autofree char *text = text_of(value_of(page, name));
	if (text != NULL) {
		template_escape(page->out, text);
	}
}

static void
put_encoded(const Page *page, const char *name)
{
	g_autofree char *text = text_of(value_of(page, name));
	if (text != NULL) {
		g_string_append_uri_escaped(page->out, text, NULL, FALSE);
	}
}

/* ---- texts ---- */

/* With one blank for each run of them. */
static char *
squeezed(const char *text, size_t n)
{
	GString *out = g_string_sized_new(n);
	for (size_t i = 0; i < n; i++) {
		bool blank = g_ascii_isspace(text[i]);
		if (!blank) {
			g_string_append_c(out, text[i]);
		} else if (out->len > 0 && out->str[out->len - 1] != ' ') {
			g_string_append_c(out, ' ');
		}
	}
	return g_strchomp(g_string_free(out, FALSE));
}

/* {name} is a gap if there is such a value or the braces hold a name. */
static void
put_words(const Page *page, const char *text)
{
	while (*text != '\0') {
		size_t n = *text == '{' ? strcspn(text, "}") : 0;
		if (n > 1 && text[n] == '}') {
			g_autofree char *name = g_strndup(text + 1, n - 1);
			put_value(page, name);
			text += n + 1;
		} else {
			char one[] = {*text++, '\0'};
			template_escape(page->out, one);
		}
	}
}

/* ---- the walk ---- */

static bool
fail(const Page *page, const char *what, const char *name, GError **error)
{
	return base_fail(error, PS_ERROR_MALFORMED, "template %s: %s %s", page->name, what, name);
}

/* The text up to the next tag goes out if @shown, then the tag is taken; an end of the text is a
 * tag '/' with an empty name. */
static bool
next_tag(Page *page, bool shown, Tag *out, GError **error)
{
	const char *open = g_strstr_len(page->at, page->end - page->at, OPEN);
	const char *stop = open == NULL ? page->end : open;
	if (shown) {
		g_string_append_len(page->out, page->at, stop - page->at);
	}
	if (open == NULL) {
		page->at = page->end;
		*out = (Tag){.kind = '/', .name = g_strdup("")};
		return true;
	}
	const char *inside = open + strlen(OPEN);
	const char *close = g_strstr_len(inside, page->end - inside, CLOSE);
	if (close == NULL) {
		return fail(page, "a tag is not closed", "", error);
	}
	bool marked = inside < close && strchr("#^/>%!", *inside) != NULL;
	const char *first = inside + (marked ? 1 : 0);
	g_autofree char *name = g_strndup(first, (gsize)(close - first));
	*out = (Tag){.kind = marked ? *inside : ' ', .name = g_strdup(g_strstrip(name))};
	page->at = close + strlen(CLOSE);
	return true;
}

static bool walk(Page *page, const char *closing, bool shown, GError **error);

static bool
walk_words(Page *page, bool shown, GError **error)
{
	const char *first = page->at;
	const char *stop = g_strstr_len(first, page->end - first, OPEN "/" WORDS CLOSE);
	if (stop == NULL) {
		return fail(page, "a text is not closed:", WORDS, error);
	}
	g_autofree char *text = squeezed(first, (size_t)(stop - first));
	if (shown) {
		put_words(page, base_language_text(text));
	}
	page->at = stop + strlen(OPEN "/" WORDS CLOSE);
	return true;
}

/* Once with @node innermost. */
static bool
walk_in(Page *page, const char *name, JsonNode *node, GError **error)
{
	g_ptr_array_add(page->context, node);
	bool good = walk(page, name, true, error);
	g_ptr_array_remove_index(page->context, page->context->len - 1);
	return good;
}

static bool
walk_elements(Page *page, const char *name, JsonArray *elements, GError **error)
{
	const char *first = page->at;
	bool good = true;
	for (guint i = 0; good && i < json_array_get_length(elements); i++) {
		page->at = first;
		good = walk_in(page, name, json_array_get_element(elements, i), error);
	}
	return good;
}

static bool
walk_section(Page *page, const Tag *tag, bool shown, GError **error)
{
	JsonNode *node = shown ? value_of(page, tag->name) : NULL;
	bool there = tag->kind == '^' ? is_empty(node) : !is_empty(node);
	if (!shown || !there) {
		return walk(page, tag->name, false, error);
	}
	if (tag->kind == '#' && JSON_NODE_HOLDS_ARRAY(node)) {
		return walk_elements(page, tag->name, json_node_get_array(node), error);
	}
	return tag->kind == '#' && JSON_NODE_HOLDS_OBJECT(node)
		       ? walk_in(page, tag->name, node, error)
		       : walk(page, tag->name, true, error);
}

static bool
walk_partial(Page *page, const char *name, GError **error)
{
	g_autoptr(GBytes) text = page->shelf->find(name, page->shelf->user);
	if (text == NULL) {
		return base_fail(error, PS_ERROR_NOT_FOUND, "there is no template %s", name);
	}
	Page inner = *page;
	gsize n = 0;
	inner.name = name;
	const char *first = g_bytes_get_data(text, &n);
	inner.at = first == NULL ? "" : first;
	inner.end = inner.at + n;
	return walk(&inner, "", true, error);
}

static bool
walk_tag(Page *page, const Tag *tag, bool shown, GError **error)
{
	if (strcmp(tag->name, WORDS) == 0 && tag->kind == '#') {
		return walk_words(page, shown, error);
	}
	if (tag->kind == '#' || tag->kind == '^') {
		return walk_section(page, tag, shown, error);
	}
	if (!shown) {
		return true;
	}
	if (tag->kind == '>') {
		return walk_partial(page, tag->name, error);
	}
	if (tag->kind == ' ') {
		put_value(page, tag->name);
	} else if (tag->kind == '%') {
		put_encoded(page, tag->name);
	}
	return true;
}

/* To the tag that closes @closing, or to the end for "". */
static bool
walk(Page *page, const char *closing, bool shown, GError **error)
{
	if (page->depth == TEMPLATE_DEPTH_MAX || page->out->len > TEMPLATE_OUT_MAX) {
		return base_fail(error, PS_ERROR_LIMIT, "template %s is too deep or too long",
				 page->name);
	}
	page->depth++;
	while (true) {
		g_auto(Tag) tag = {0};
		if (!next_tag(page, shown, &tag, error)) {
			return false;
		}
		if (tag.kind == '/') {
			page->depth--;
			return strcmp(tag.name, closing) == 0 ||
			       fail(page, "this does not close:", closing, error);
		}
		if (!walk_tag(page, &tag, shown, error)) {
			return false;
		}
	}
}

char *
template_render(const TemplateShelf *shelf, const char *name, JsonNode *data, GError **error)
{
	g_autoptr(GPtrArray) context = g_ptr_array_new();
	g_autoptr(GString) out = g_string_new(NULL);
	Page page = {.shelf = shelf, .context = context, .out = out, .name = name};
	g_ptr_array_add(context, data);
	return walk_partial(&page, name, error) ? g_string_free(g_steal_pointer(&out), FALSE)
						: NULL;
}
