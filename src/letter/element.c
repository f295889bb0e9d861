/* SPDX-License-Identifier: MPL-2.0 */
/* The lists of elements and attributes. */
#include "letter/element.h"

#include "letter/text.h"

#include <stdlib.h>

#define BLOCK       LETTER_ELEMENT_BLOCK
#define SPACED      (LETTER_ELEMENT_BLOCK | LETTER_ELEMENT_SPACED)
#define TEXT_LENGTH 300U /* characters of a title or alternative text */

/* In the order of their names, for bsearch(). */
static const LetterElement elements[] = {
	{"a", LETTER_ELEMENT_LINK},
	{"abbr", 0},
	{"acronym", 0},
	{"address", BLOCK},
	{"article", BLOCK},
	{"aside", BLOCK},
	{"b", 0},
	{"big", 0},
	{"blockquote", BLOCK | LETTER_ELEMENT_QUOTE},
	{"br", LETTER_ELEMENT_VOID | LETTER_ELEMENT_BREAK},
	{"caption", BLOCK},
	{"center", BLOCK},
	{"cite", 0},
	{"code", 0},
	{"col", LETTER_ELEMENT_VOID},
	{"colgroup", 0},
	{"dd", BLOCK},
	{"del", 0},
	{"dfn", 0},
	{"div", BLOCK},
	{"dl", SPACED},
	{"dt", BLOCK},
	{"em", 0},
	{"figcaption", BLOCK},
	{"figure", BLOCK},
	{"font", 0},
	{"footer", BLOCK},
	{"h1", SPACED},
	{"h2", SPACED},
	{"h3", SPACED},
	{"h4", SPACED},
	{"h5", SPACED},
	{"h6", SPACED},
	{"header", BLOCK},
	{"hr", BLOCK | LETTER_ELEMENT_VOID | LETTER_ELEMENT_RULE},
	{"i", 0},
	{"img", LETTER_ELEMENT_VOID | LETTER_ELEMENT_IMAGE},
	{"ins", 0},
	{"kbd", 0},
	{"li", BLOCK | LETTER_ELEMENT_ITEM},
	{"main", BLOCK},
	{"mark", 0},
	{"nav", BLOCK},
	{"ol", SPACED},
	{"p", SPACED},
	{"pre", SPACED | LETTER_ELEMENT_PRE},
	{"q", 0},
	{"s", 0},
	{"samp", 0},
	{"section", BLOCK},
	{"small", 0},
	{"span", 0},
	{"strike", 0},
	{"strong", 0},
	{"sub", 0},
	{"sup", 0},
	{"table", BLOCK},
	{"tbody", 0},
	{"td", LETTER_ELEMENT_CELL},
	{"tfoot", 0},
	{"th", LETTER_ELEMENT_CELL},
	{"thead", 0},
	{"time", 0},
	{"tr", BLOCK},
	{"tt", 0},
	{"u", 0},
	{"ul", SPACED},
	{"var", 0},
	{"wbr", LETTER_ELEMENT_VOID},
};

static const char *const dropped[] = {
	"applet",    "area",     "audio",  "base",     "basefont", "button", "canvas", "datalist",
	"dialog",    "embed",    "frame",  "frameset", "iframe",   "input",  "link",   "map",
	"math",      "meta",     "meter",  "noembed",  "noframes", "object", "option", "param",
	"plaintext", "progress", "script", "select",   "source",   "style",  "svg",    "template",
	"textarea",  "title",    "track",  "video",    "xml",      "xmp",
};

static const LetterAttribute attributes[] = {
	{"align", LETTER_ATTRIBUTE_WORD, 20},
	{"alt", LETTER_ATTRIBUTE_TEXT, 0},
	{"bgcolor", LETTER_ATTRIBUTE_WORD, 30},
	{"border", LETTER_ATTRIBUTE_NUMBER, 100},
	{"cellpadding", LETTER_ATTRIBUTE_NUMBER, 200},
	{"cellspacing", LETTER_ATTRIBUTE_NUMBER, 200},
	{"color", LETTER_ATTRIBUTE_WORD, 30},
	{"colspan", LETTER_ATTRIBUTE_NUMBER, 100},
	{"dir", LETTER_ATTRIBUTE_WORD, 5},
	{"face", LETTER_ATTRIBUTE_WORD, 200},
	{"height", LETTER_ATTRIBUTE_NUMBER, 5000},
	{"lang", LETTER_ATTRIBUTE_WORD, 40},
	{"rowspan", LETTER_ATTRIBUTE_NUMBER, 500},
	{"size", LETTER_ATTRIBUTE_NUMBER, 7},
	{"span", LETTER_ATTRIBUTE_NUMBER, 100},
	{"start", LETTER_ATTRIBUTE_NUMBER, 1000000},
	{"title", LETTER_ATTRIBUTE_TEXT, 0},
	{"valign", LETTER_ATTRIBUTE_WORD, 20},
	{"width", LETTER_ATTRIBUTE_NUMBER, 5000},
};

static int
compare_names(const void *name, const void *element)
{
	return g_ascii_strcasecmp(name, ((const LetterElement *)element)->name);
}

const LetterElement *
letter_element_find(const char *name)
{
	return bsearch(name, elements, G_N_ELEMENTS(elements), sizeof(elements[0]), compare_names);
}

bool
letter_element_is_dropped(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(dropped); i++) {
		if (g_ascii_strcasecmp(name, dropped[i]) == 0) {
			return true;
		}
	}
	return false;
}

const LetterAttribute *
letter_attribute_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++) {
		if (g_ascii_strcasecmp(name, attributes[i].name) == 0) {
			return &attributes[i];
		}
	}
	return NULL;
}

static char *
clean_number(const char *value, guint max)
{
	g_autofree char *trimmed = g_strstrip(g_strndup(value, 20));
	size_t n = strspn(trimmed, "0123456789");
	guint64 number = 0;
	g_autofree char *digits = g_strndup(trimmed, n);
	if (n == 0 || !g_ascii_string_to_unsigned(digits, 10, 0, G_MAXUINT32, &number, NULL)) {
		return NULL;
	}
	bool percent = trimmed[n] == '%';
	return g_strdup_printf("%u%s", (guint)MIN(number, percent ? 100 : max), percent ? "%" : "");
}

static char *
clean_word(const char *value, guint max)
{
	if (strlen(value) > max) {
		return NULL;
	}
	for (const char *p = value; *p != '\0'; p++) {
		if (!g_ascii_isalnum(*p) && strchr("-#, ", *p) == NULL) {
			return NULL;
		}
	}
	return g_strdup(value);
}

char *
letter_attribute_clean(const LetterAttribute *attribute, const char *value)
{
	if (attribute->kind == LETTER_ATTRIBUTE_NUMBER) {
		return clean_number(value, attribute->max);
	}
	return attribute->kind == LETTER_ATTRIBUTE_WORD ? clean_word(value, attribute->max)
							: letter_text_clean(value, TEXT_LENGTH);
}
