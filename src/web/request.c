/* SPDX-License-Identifier: MPL-2.0 */
/* What is asked, in words that handlers can use. */
#include "web/request.h"

#include "web/discreet.h"
#include "web/json.h"
#include <libsoup/soup.h>
#include <string.h>

#define JSON_TYPE       "application/json"
#define FORM_TYPE       "application/x-www-form-urlencoded"
#define MULTIPART_TYPE  "multipart/form-data"

#define PART_HEADER_MAX ((size_t)8 << 10) /* octets */
#define FIELDS_TEXT     "the form has more than %u fields"

static void
list_free(gpointer list)
{
	g_ptr_array_unref(list);
}

static void
word_free(gpointer word)
{
	base_secret_free(word);
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
		list = g_ptr_array_new_with_free_func(word_free);
		g_hash_table_insert(table, g_strdup(name), list);
	}
	g_ptr_array_add(list, value);
}

/* As text; what cannot be (a NUL, too) becomes U+FFFD, so that nothing is missing unseen. */
static char *
text_of(BaseBytes octets)
{
	const char *chars = octets.n == 0 ? "" : (const char *)octets.p;
	return g_utf8_validate(chars, (gssize)octets.n, NULL)
		       ? g_strndup(chars, octets.n)
		       : g_utf8_make_valid(chars, (gssize)octets.n);
}

/* A name or a value of a form or a query. */
static char *
decode(BaseBytes word)
{
	g_autofree uint8_t *plain = g_malloc(word.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < word.n; i++) {
		const char *two = (const char *)word.p + i + 1;
		bool escaped = word.p[i] == '%' && word.n - i > 2 && g_ascii_isxdigit(two[0]) &&
			       g_ascii_isxdigit(two[1]);
		plain[n++] = escaped            ? (uint8_t)(g_ascii_xdigit_value(two[0]) * 16 +
                                                 g_ascii_xdigit_value(two[1]))
			     : word.p[i] == '+' ? ' '
						: word.p[i];
		i += escaped ? 2 : 0;
	}
	char *text = text_of(base_bytes(plain, n));
	base_wipe(plain, n);
	return text;
}

static BaseBytes
until(BaseBytes text, const char *sign)
{
	return base_bytes_slice(text, 0, base_bytes_find(text, base_bytes_str(sign)));
}

/* "a=1&a=2"; false: there are more than @most. */
static bool
read_pairs(GHashTable *table, BaseBytes text, guint most)
{
	guint n = 0;
	while (text.n > 0) {
		BaseBytes pair = until(text, "&");
		BaseBytes name = until(pair, "=");
		BaseBytes value = base_bytes_slice(pair, name.n + 1, SIZE_MAX);
		text = base_bytes_slice(text, pair.n + 1, SIZE_MAX);
		if (pair.n == 0) {
			continue;
		}
		if (n++ == most) {
			return false;
		}
		g_autofree char *plain = decode(name);
		add(table, plain, decode(value));
	}
	return true;
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
	if (name == NULL) {
		add(request->fields, field, text_of(base_bytes_of(content)));
		return true;
	}
	if (name[0] == '\0' && g_bytes_get_size(content) == 0) {
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

/* The part that begins behind a delimiter, and the line's end there; another one must follow. */
static bool
cut_part(BaseBytes rest, BaseBytes limit, SoupMessageHeaders *headers, BaseBytes *content)
{
	size_t gap = base_bytes_find(base_bytes_slice(rest, 0, PART_HEADER_MAX),
				     base_bytes_str("\r\n\r\n"));
	if (gap == SIZE_MAX || !soup_headers_parse((const char *)rest.p, (int)gap + 2, headers)) {
		return false;
	}
	BaseBytes behind = base_bytes_slice(rest, gap + 4, SIZE_MAX);
	size_t n = base_bytes_find(behind, limit);
	*content = base_bytes_slice(behind, 0, n);
	return n != SIZE_MAX;
}

/* RFC 7578 as browsers write it: nothing before the first delimiter, and lines end with CRLF. */
static bool
read_parts(WebRequest *request, BaseBytes limit, GError **error)
{
	BaseBytes body = base_bytes_of(request->body);
	BaseBytes first = base_bytes_slice(limit, 2, SIZE_MAX); /* no line ends before it */
	bool good = base_bytes_equal(base_bytes_slice(body, 0, first.n), first);
	size_t at = first.n;
	for (guint i = 0; good; i++) {
		BaseBytes content;
		BaseBytes rest = base_bytes_slice(body, at, SIZE_MAX);
		g_autoptr(SoupMessageHeaders) headers =
			soup_message_headers_new(SOUP_MESSAGE_HEADERS_MULTIPART);
		if (base_bytes_equal(base_bytes_slice(rest, 0, 2), base_bytes_str("--"))) {
			return true;
		}
		if (i == WEB_FIELDS_MAX) {
			return base_fail(error, PS_ERROR_LIMIT, FIELDS_TEXT, WEB_FIELDS_MAX);
		}
		good = cut_part(rest, limit, headers, &content);
		if (good) {
			size_t begin = (size_t)(content.p - body.p);
			g_autoptr(GBytes) part =
				g_bytes_new_from_bytes(request->body, begin, content.n);
			at = begin + content.n + limit.n;
			if (!take_part(request, headers, part, error)) {
				return false;
			}
		}
	}
	return base_fail(error, PS_ERROR_MALFORMED, "the form cannot be read");
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
	if (boundary == NULL || boundary[0] == '\0') {
		return base_fail(error, PS_ERROR_MALFORMED, "the form cannot be read");
	}
	g_autofree char *limit = g_strconcat("\r\n--", boundary, NULL);
	return read_parts(request, base_bytes_str(limit), error);
}

static bool
is_type(const char *type, const char *wanted)
{
	size_t n = strlen(wanted);
	return type != NULL && g_ascii_strncasecmp(type, wanted, n) == 0 &&
	       strchr("; \t", type[n]) != NULL; /* the NUL, too */
}

static void
keep_word(gpointer fields, const char *name, char *word)
{
	add(fields, name, word);
}

bool
web_request_read_body(WebRequest *request, GError **error)
{
	BaseBytes body = base_bytes_of(request->body);
	if (is_type(request->type, JSON_TYPE)) {
		web_discreet_take(request->body, keep_word, request->fields);
		request->json = web_json_parse(body);
		return (request->json != NULL && JSON_NODE_HOLDS_OBJECT(request->json)) ||
		       base_fail(error, PS_ERROR_MALFORMED, "the body is no JSON object");
	}
	if (is_type(request->type, MULTIPART_TYPE)) {
		return read_multipart(request, error);
	}
	if (is_type(request->type, FORM_TYPE)) {
		return read_pairs(request->fields, body, WEB_FIELDS_MAX) ||
		       base_fail(error, PS_ERROR_LIMIT, FIELDS_TEXT, WEB_FIELDS_MAX);
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
	g_free(request->known);
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
	request->query = table_new();
	(void)read_pairs(request->query, base_bytes_str(query == NULL ? "" : query), G_MAXUINT);
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
	const char *word = first_of(g_hash_table_lookup(request->fields, name));
	return word != NULL || request->json == NULL
		       ? word
		       : web_json_text(json_node_get_object(request->json), name);
}

const char *
web_request_argument(const WebRequest *request, guint i)
{
	return i < request->arguments->len ? g_ptr_array_index(request->arguments, i) : "";
}
