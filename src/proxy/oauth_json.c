/* SPDX-License-Identifier: MPL-2.0 */
/* One flat object of JSON (RFC 8259), read without a tree. */
#include "proxy/oauth_json.h"

#define DEPTH_MAX 32U

typedef struct {
	BaseBytes rest;
} Reader;

static int
look(const Reader *reader)
{
	return reader->rest.n == 0 ? -1 : reader->rest.p[0];
}

static int
take(Reader *reader)
{
	int c = look(reader);
	reader->rest = base_bytes_slice(reader->rest, 1, SIZE_MAX);
	return c;
}

static void
skip_blanks(Reader *reader)
{
	while (reader->rest.n > 0 && strchr(" \t\r\n", look(reader)) != NULL && look(reader) != 0) {
		(void)take(reader);
	}
}

static bool
expect(Reader *reader, int c)
{
	skip_blanks(reader);
	return take(reader) == c;
}

/* Four hex digits; -1 if they are none. */
static gint32
take_hex(Reader *reader)
{
	gint32 value = 0;
	for (guint i = 0; i < 4; i++) {
		int c = take(reader);
		if (c < 0 || !g_ascii_isxdigit(c)) {
			return -1;
		}
		value = value * 16 + g_ascii_xdigit_value((char)c);
	}
	return value;
}

/* \uXXXX, or two of them for what is beyond the first plane; no NUL. */
static bool
take_unicode(Reader *reader, GString *out)
{
	gint32 first = take_hex(reader);
	gint32 second = 0;
	if (first >= 0xD800 && first < 0xDC00) {
		second = take(reader) == '\\' && take(reader) == 'u' ? take_hex(reader) : -1;
		if (second < 0xDC00 || second >= 0xE000) {
			return false;
		}
		first = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
	}
	if (first <= 0 || (first >= 0xDC00 && first < 0xE000)) {
		return false;
	}
	g_string_append_unichar(out, (gunichar)first);
	return true;
}

static bool
take_escape(Reader *reader, GString *out)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	int c = take(reader);
	const char *at = c <= 0 ? NULL : strchr(from, c);
	if (c == 'u') {
		return take_unicode(reader, out);
	}
	if (at == NULL) {
		return false;
	}
	g_string_append_c(out, to[at - from]);
	return true;
}

/* string = quotation-mark *char quotation-mark; NULL if it is none. */
static BaseSecretString *
take_string(Reader *reader)
{
	GString *out = g_string_sized_new(reader->rest.n); /* never moves: nothing to wipe */
	bool good = expect(reader, '"');
	int c = 0;
	while (good && (c = take(reader)) != '"') {
		good = c >= 0x20 && (c != '\\' || take_escape(reader, out));
		if (good && c != '\\') {
			g_string_append_c(out, (char)c);
		}
	}
	BaseSecretString *text = g_string_free(out, FALSE);
	if (!good || !g_utf8_validate(text, -1, NULL)) {
		base_secret_free(text);
		return NULL;
	}
	return text;
}

/* A number or a word; NULL if there is nothing. */
static char *
take_word(Reader *reader)
{
	BaseBytes from = reader->rest;
	size_t n = 0;
	while (reader->rest.n > 0 && (g_ascii_isalnum(look(reader)) || look(reader) == '.' ||
				      look(reader) == '-' || look(reader) == '+')) {
		(void)take(reader);
		n++;
	}
	return n == 0 ? NULL : g_strndup((const char *)from.p, n);
}

/* An object or an array, whatever is in it. */
static bool
skip_nested(Reader *reader)
{
	guint depth = 0;
	do {
		int c = look(reader);
		if (c == '"') {
			g_autoptr(BaseSecretString) text = take_string(reader);
			if (text == NULL) {
				return false;
			}
			continue;
		}
		if (take(reader) < 0) {
			return false;
		}
		depth += c == '{' || c == '[' ? 1 : 0;
		depth -= c == '}' || c == ']' ? 1 : 0;
	} while (depth > 0 && depth <= DEPTH_MAX);
	return depth == 0;
}

/* *@value: NULL if it is neither string nor number. */
static bool
take_value(Reader *reader, BaseSecretString **value)
{
	skip_blanks(reader);
	*value = NULL;
	if (look(reader) == '"') {
		*value = take_string(reader);
		return *value != NULL;
	}
	if (look(reader) == '{' || look(reader) == '[') {
		return skip_nested(reader);
	}
	g_autofree char *word = take_word(reader);
	if (word != NULL && (g_ascii_isdigit(word[0]) || word[0] == '-')) {
		*value = g_strdup(word);
	}
	return word != NULL;
}

BaseSecretString *
oauth_json_get(BaseBytes json, const char *name)
{
	Reader reader = {json};
	bool more = expect(&reader, '{');
	while (more) {
		g_autoptr(BaseSecretString) key = take_string(&reader);
		g_autoptr(BaseSecretString) value = NULL;
		if (key == NULL || !expect(&reader, ':') || !take_value(&reader, &value)) {
			return NULL;
		}
		if (strcmp(key, name) == 0) {
			return g_steal_pointer(&value);
		}
		more = expect(&reader, ',');
	}
	return NULL;
}
