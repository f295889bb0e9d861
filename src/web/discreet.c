/* SPDX-License-Identifier: MPL-2.0 */
/* Strings of JSON (RFC 8259 section 7) as they stand in the text. */
#include "web/discreet.h"

#include <string.h>

#define BLANK '-'

static const char *const NAMES[] = {"passphrase", "password"};

/* The place of the quote that ends the string behind @at, or the end of the text. */
static size_t
string_end(const char *text, size_t n, size_t at)
{
	while (at < n && text[at] != '"') {
		at += text[at] == '\\' ? 2 : 1;
	}
	return MIN(at, n);
}

static size_t
skip_space(const char *text, size_t n, size_t at)
{
	while (at < n && text[at] != '\0' && strchr(" \t\r\n", text[at]) != NULL) {
		at++;
	}
	return at;
}

/* Four hexadecimal digits; 0: they are none. */
static gunichar
read_unit(const char *text, size_t n, size_t at)
{
	gunichar unit = 0;
	for (size_t i = at; i < at + 4; i++) {
		if (i >= n || !g_ascii_isxdigit(text[i])) {
			return 0;
		}
		unit = unit * 16 + (gunichar)g_ascii_xdigit_value(text[i]);
	}
	return unit;
}

/* The character of "\u...", and the octets of text that it takes; 0: it is none. */
static gunichar
read_character(const char *text, size_t n, size_t at, size_t *taken)
{
	gunichar first = read_unit(text, n, at + 2);
	gunichar second = at + 7 < n && text[at + 6] == '\\' && text[at + 7] == 'u'
				  ? read_unit(text, n, at + 8)
				  : 0;
	bool pair = (first & 0xfc00) == 0xd800 && (second & 0xfc00) == 0xdc00;
	*taken = pair ? 12 : 6;
	return pair                         ? 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff)
	       : (first & 0xf800) == 0xd800 ? 0
					    : first;
}

/* NULL: there is an escape that JSON does not have. */
static BaseSecretString *
decode(const char *text, size_t n)
{
	static const char SIGNS[] = "\"\\/bfnrt";
	static const char MEANT[] = "\"\\/\b\f\n\r\t";
	g_autoptr(BaseSecretString) out = g_malloc0(n + 1);
	char *to = out;
	for (size_t at = 0; at < n;) {
		const char *sign = text[at] == '\\' && at + 1 < n && text[at + 1] != '\0'
					   ? strchr(SIGNS, text[at + 1])
					   : NULL;
		size_t taken = sign != NULL ? 2 : 1;
		gunichar character = 0;
		if (text[at] != '\\') {
			*to++ = text[at];
		} else if (sign != NULL) {
			*to++ = MEANT[sign - SIGNS];
		} else if (at + 1 < n && text[at + 1] == 'u' &&
			   (character = read_character(text, n, at, &taken)) != 0) {
			to += g_unichar_to_utf8(character, to);
		} else {
			return NULL;
		}
		at += taken;
	}
	return strlen(out) == (size_t)(to - out) && g_utf8_validate(out, -1, NULL)
		       ? g_steal_pointer(&out)
		       : NULL;
}

static const char *
secret_name(const char *text, size_t n)
{
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		if (strlen(NAMES[i]) == n && memcmp(NAMES[i], text, n) == 0) {
			return NAMES[i];
		}
	}
	return NULL;
}

/* The place behind the string whose first character is at @at, and behind its value if that is a
 * secret. */
static size_t
take_one(char *text, size_t n, size_t at, WebKeepWord keep, gpointer user)
{
	size_t end = string_end(text, n, at);
	const char *name = secret_name(text + at, end - at);
	size_t colon = skip_space(text, n, end + 1);
	size_t begin = skip_space(text, n, colon + 1) + 1;
	if (name == NULL || begin >= n || text[colon] != ':' || text[begin - 1] != '"') {
		return end + 1;
	}
	size_t close = string_end(text, n, begin);
	BaseSecretString *word = decode(text + begin, close - begin);
	if (word != NULL) {
		memset(text + begin, BLANK, close - begin);
		keep(user, name, word);
	}
	return close + 1;
}

void
web_discreet_take(GBytes *json, WebKeepWord keep, gpointer user)
{
	gsize n = 0;
	char *text = (char *)(guintptr)g_bytes_get_data(json, &n);
	for (size_t at = 0; at < n;) {
		at = text[at] == '"' ? take_one(text, n, at + 1, keep, user) : at + 1;
	}
}
