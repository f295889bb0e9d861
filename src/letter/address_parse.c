/* SPDX-License-Identifier: MPL-2.0 */
/* Lists of addresses as people type them. */
#include "letter/address.h"
#include "letter/text.h"

#include "base/limits.h"

#define LOCAL_MAX  64U  /* octets (RFC 5321 section 4.5.3.1.1) */
#define DOMAIN_MAX 255U /* octets (section 4.5.3.1.2) */

/* atext of RFC 5322 section 3.2.3 and anything beyond ASCII (RFC 6532). */
static bool
is_atext(char c)
{
	return g_ascii_isalnum(c) || (guchar)c >= 0x80 ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Dot-atom = 1*atext *("." 1*atext) */
static bool
is_dot_atom(const char *s, size_t n)
{
	bool dot = true; /* before the first character there might as well be one */
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.' ? dot : !is_atext(s[i])) {
			return false;
		}
		dot = s[i] == '.';
	}
	return !dot;
}

/* Quoted-string without line ends. */
static bool
is_quoted(const char *s, size_t n)
{
	if (n < 2 || s[0] != '"' || s[n - 1] != '"') {
		return false;
	}
	for (size_t i = 1; i + 1 < n; i++) {
		if (s[i] == '\\') {
			i++;
		}
		if (i + 1 >= n || g_ascii_iscntrl(s[i]) || (s[i] == '"' && s[i - 1] != '\\')) {
			return false;
		}
	}
	return true;
}

static bool
is_domain_literal(const char *domain)
{
	size_t n = strlen(domain);
	return n > 2 && domain[0] == '[' && domain[n - 1] == ']' &&
	       strspn(domain + 1, "0123456789abcdefABCDEF.:IPv") == n - 2;
}

/* Labels of letters, digits and hyphens; letters of any script. */
static bool
is_domain(const char *domain)
{
	g_auto(GStrv) labels = g_strsplit(domain, ".", -1);
	for (char **label = labels; *label != NULL; label++) {
		size_t n = strlen(*label);
		if (n == 0 || n > 252 || (*label)[0] == '-' || (*label)[n - 1] == '-') {
			return false;
		}
		for (const char *p = *label; *p != '\0'; p = letter_text_next(p)) {
			gunichar c = g_utf8_get_char(p);
			if (!g_unichar_isalnum(c) && !g_unichar_ismark(c) && c != '-') {
				return false;
			}
		}
	}
	return labels[0] != NULL;
}

static bool
is_address(const char *text)
{
	const char *at = strrchr(text, '@');
	if (at == NULL || !g_utf8_validate(text, -1, NULL)) {
		return false;
	}
	size_t local = (size_t)(at - text);
	return local <= LOCAL_MAX && strlen(at + 1) <= DOMAIN_MAX &&
	       (is_dot_atom(text, local) || is_quoted(text, local)) &&
	       (is_domain(at + 1) || is_domain_literal(at + 1));
}

/* The end of the item that begins at @p: a comma, semicolon or line end outside quotes and angle
 * brackets. */
static const char *
end_of_item(const char *p)
{
	bool quoted = false;
	bool angle = false;
	for (; *p != '\0'; p++) {
		if (quoted && *p == '\\' && p[1] != '\0') {
			p++;
		} else if (*p == '"') {
			quoted = !quoted;
		} else if (!quoted && (*p == '<' || *p == '>')) {
			angle = *p == '<';
		} else if (!quoted && !angle && strchr(",;\r\n", *p) != NULL) {
			break;
		}
	}
	return p;
}

/* A name without its quotes and backslashes; NULL if there is something in it that no name has. */
static char *
name_of(const char *text)
{
	g_autofree char *name = g_strstrip(g_strdup(text));
	size_t n = strlen(name);
	if (is_quoted(name, n)) {
		g_autoptr(GString) plain = g_string_new(NULL);
		for (size_t i = 1; i + 1 < n; i++) {
			i += name[i] == '\\';
			g_string_append_c(plain, name[i]);
		}
		return g_string_free(g_steal_pointer(&plain), FALSE);
	}
	return strpbrk(name, "<>\"") == NULL ? g_steal_pointer(&name) : NULL;
}

static bool
has_control(const char *text)
{
	for (const char *p = text; *p != '\0'; p = letter_text_next(p)) {
		if (g_unichar_iscntrl(g_utf8_get_char(p))) {
			return true;
		}
	}
	return false;
}

static LetterMailbox *
parse_item(const char *item)
{
	size_t n = strlen(item);
	const char *open = n > 0 && item[n - 1] == '>' ? strrchr(item, '<') : NULL;
	if (open == NULL) {
		return is_address(item) ? letter_mailbox_new("", item) : NULL;
	}
	g_autofree char *before = g_strndup(item, (gsize)(open - item));
	g_autofree char *inside = g_strndup(open + 1, (gsize)(item + n - 1 - (open + 1)));
	g_autofree char *name = name_of(before);
	if (name == NULL || has_control(name) || !is_address(g_strstrip(inside))) {
		return NULL;
	}
	return letter_mailbox_new(name, inside);
}

static void
free_mailbox(gpointer mailbox)
{
	letter_mailbox_free(mailbox);
}

GPtrArray *
letter_addresses_parse(const char *list, GError **error)
{
	g_autoptr(GPtrArray) boxes = g_ptr_array_new_with_free_func(free_mailbox);
	const char *p = list == NULL ? "" : list;
	if (!g_utf8_validate(p, -1, NULL)) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT, "The addresses are not in UTF-8");
	}
	while (*p != '\0') {
		const char *end = end_of_item(p);
		g_autofree char *item = g_strstrip(g_strndup(p, (gsize)(end - p)));
		p = end + (*end != '\0');
		if (*item == '\0') {
			continue;
		}
		LetterMailbox *box = parse_item(item);
		if (box == NULL) {
			g_autofree char *shown = g_strescape(item, NULL);
			return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT, "“%.100s” is no address",
					      g_str_is_ascii(item) ? shown : item);
		}
		g_ptr_array_add(boxes, box);
		if (boxes->len > BASE_LIMIT_ADDRESSES) {
			return BASE_FAIL_NULL(error, PS_ERROR_LIMIT,
					      "There are too many addresses");
		}
	}
	return g_steal_pointer(&boxes);
}
