/* SPDX-License-Identifier: MPL-2.0 */
/* Style attributes: a list of properties, and of what their values may consist. */
#include "letter/style.h"

#include <math.h>
#include <stdlib.h>

typedef enum {
	VALUE_ANY,      /* harmless words, numbers, colours */
	VALUE_POSITIVE, /* the same without negative numbers: nothing leaves its place */
	VALUE_COLOR,
	VALUE_DISPLAY,
} ValueKind;

typedef struct {
	const char *name;
	ValueKind kind;
} Property;

/* Names that end in "-" stand for all that begin so. */
static const Property properties[] = {
	{"background-color", VALUE_COLOR},
	{"border", VALUE_POSITIVE},
	{"border-", VALUE_POSITIVE},
	{"clear", VALUE_ANY},
	{"color", VALUE_COLOR},
	{"direction", VALUE_ANY},
	{"display", VALUE_DISPLAY},
	{"float", VALUE_ANY},
	{"font", VALUE_POSITIVE},
	{"font-", VALUE_POSITIVE},
	{"height", VALUE_POSITIVE},
	{"letter-spacing", VALUE_POSITIVE},
	{"line-height", VALUE_POSITIVE},
	{"list-style-type", VALUE_ANY},
	{"margin", VALUE_POSITIVE},
	{"margin-", VALUE_POSITIVE},
	{"max-height", VALUE_POSITIVE},
	{"max-width", VALUE_POSITIVE},
	{"min-height", VALUE_POSITIVE},
	{"min-width", VALUE_POSITIVE},
	{"overflow-wrap", VALUE_ANY},
	{"padding", VALUE_POSITIVE},
	{"padding-", VALUE_POSITIVE},
	{"table-layout", VALUE_ANY},
	{"text-align", VALUE_ANY},
	{"text-decoration", VALUE_ANY},
	{"text-indent", VALUE_POSITIVE},
	{"text-transform", VALUE_ANY},
	{"vertical-align", VALUE_ANY},
	{"white-space", VALUE_ANY},
	{"width", VALUE_POSITIVE},
	{"word-break", VALUE_ANY},
	{"word-spacing", VALUE_POSITIVE},
	{"word-wrap", VALUE_ANY},
};

static const Property *
find_property(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(properties); i++) {
		const char *known = properties[i].name;
		size_t n = strlen(known);
		if (g_str_equal(name, known) ||
		    (known[n - 1] == '-' && g_str_has_prefix(name, known))) {
			return &properties[i];
		}
	}
	return NULL;
}

/* Comments are blanks; an unfinished one swallows the rest (CSS Syntax 4.3.2). */
static char *
without_comments(const char *style)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (const char *p = style; *p != '\0'; p++) {
		if (p[0] == '/' && p[1] == '*') {
			const char *end = strstr(p + 2, "*/");
			if (end == NULL) {
				break;
			}
			g_string_append_c(out, ' ');
			p = end + 1;
			continue;
		}
		g_string_append_c(out, g_ascii_tolower(*p));
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

static bool
is_name_char(char c)
{
	return g_ascii_isalnum(c) || c == '-' || c == '_';
}

/* The only functions that stay. */
static bool
is_color_function(const char *name, size_t n)
{
	static const char *const known[] = {"rgb", "rgba", "hsl", "hsla"};
	for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
		if (strlen(known[i]) == n && strncmp(name, known[i], n) == 0) {
			return true;
		}
	}
	return false;
}

/* Whether @value consists of nothing but words, numbers, colours and quoted font names. An escape
 * could spell anything. */
static bool
is_harmless(const char *value)
{
	for (const char *p = value; *p != '\0'; p++) {
		if (!is_name_char(*p) && strchr(" \t\n\r#.,%()'\"/+", *p) == NULL) {
			return false;
		}
		if (*p != '(') {
			continue;
		}
		const char *name = p;
		while (name > value && is_name_char(name[-1])) {
			name--;
		}
		if (!is_color_function(name, (size_t)(p - name))) {
			return false;
		}
	}
	return true;
}

static bool
has_negative(const char *value)
{
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '-' && (g_ascii_isdigit(p[1]) || p[1] == '.') &&
		    (p == value || !is_name_char(p[-1]))) {
			return true;
		}
	}
	return false;
}

static bool
is_display(const char *value)
{
	static const char *const known[] = {
		"block",
		"inline",
		"inline-block",
		"list-item",
		"table",
		"table-row",
		"table-cell",
		"table-row-group",
		"flow-root",
		"inline-table",
		"table-column",
		"flex",
		"table-header-group",
		"inline-flex",
		"table-footer-group",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
		if (g_str_equal(value, known[i])) {
			return true;
		}
	}
	return false;
}

static bool
may_stay(const Property *property, const char *value)
{
	switch (property->kind) {
	case VALUE_ANY:
		return is_harmless(value);
	case VALUE_POSITIVE:
		return is_harmless(value) && !has_negative(value);
	case VALUE_COLOR:
		return is_harmless(value);
	case VALUE_DISPLAY:
		return is_display(value);
	}
	return false;
}

/* The first number in @value; NAN if it does not begin with one. */
static double
number_of(const char *value)
{
	char *end = NULL;
	double number = g_ascii_strtod(value, &end);
	return end == value ? (double)NAN : number;
}

/* A length of at most one pixel. */
static bool
is_nothing(const char *value)
{
	double number = number_of(value);
	char last = *value == '\0' ? 'x' : value[strlen(value) - 1];
	bool pixels = g_ascii_isdigit(last) || g_str_has_suffix(value, "px");
	return number <= 0 || (number <= 1 && pixels);
}

/* What a declaration says about being seen, in all of the attribute. */
typedef struct {
	bool clipped;  /* overflow: hidden */
	bool no_room;  /* height or width 0 */
	bool gone;     /* display: none and its like */
	bool off_page; /* text-indent, left, top far outside */
} Hiding;

static bool
is_gone(const char *name, const char *value)
{
	double number = number_of(value);
	if (g_str_equal(name, "display")) {
		return g_str_has_prefix(value, "none");
	}
	if (g_str_equal(name, "visibility")) {
		return g_str_has_prefix(value, "hidden") || g_str_has_prefix(value, "collapse");
	}
	if (g_str_equal(name, "opacity")) {
		return number < 0.1 || (strchr(value, '%') != NULL && number < 10);
	}
	if (g_str_equal(name, "transform")) {
		return strstr(value, "scale(0)") != NULL;
	}
	return g_str_equal(name, "clip") || g_str_equal(name, "clip-path") ||
	       (g_str_equal(name, "mso-hide") && g_str_has_prefix(value, "all"));
}

static void
note_hiding(Hiding *h, const char *name, const char *value)
{
	static const char *const rooms[] = {"height", "max-height", "width", "max-width"};
	static const char *const places[] = {"text-indent", "left", "top"};
	double number = number_of(value);
	h->gone = h->gone || is_gone(name, value);
	h->clipped =
		h->clipped || (g_str_has_prefix(name, "overflow") &&
			       (strstr(value, "hidden") != NULL || strstr(value, "clip") != NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(rooms); i++) {
		h->no_room = h->no_room || (g_str_equal(name, rooms[i]) && is_nothing(value));
	}
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		h->off_page = h->off_page || (g_str_equal(name, places[i]) && number <= -100);
	}
}

/* The colour in a shorthand like "#fff url(x) no-repeat"; -1 if there is none. */
static gint64
color_in(const char *value, char **word)
{
	g_auto(GStrv) words = g_strsplit(value, " ", -1);
	gint64 color = letter_color_parse(value);
	*word = g_strdup(value);
	for (char **w = words; color == -1 && *w != NULL; w++) {
		color = letter_color_parse(*w);
		g_free(*word);
		*word = g_strdup(*w);
	}
	return color;
}

static void
look_at(LetterLook *look, const char *name, const char *value)
{
	if (g_str_equal(name, "color")) {
		gint64 color = letter_color_parse(value);
		look->transparent = color == LETTER_COLOR_NONE;
		look->color = MAX(color, -1);
	} else if (g_str_equal(name, "background-color")) {
		gint64 color = letter_color_parse(value);
		look->background = color == LETTER_COLOR_NONE ? look->background : color;
	} else if (g_str_equal(name, "font-size")) {
		look->tiny = is_nothing(value);
	} else if (g_str_equal(name, "font")) {
		look->tiny = g_str_has_prefix(value, "0") || strstr(value, " 0") != NULL;
	}
}

static void
keep(LetterStyle *style, GString *kept, const char *name, const char *value)
{
	const Property *property = find_property(name);
	if (property != NULL && may_stay(property, value)) {
		g_string_append_printf(kept, "%s%s:%s", kept->len > 0 ? ";" : "", name, value);
		look_at(&style->look, name, value);
		return;
	}
	if (strstr(value, "url") != NULL || strstr(value, "image") != NULL) {
		style->remote++;
	}
}

static void
take_declaration(LetterStyle *style, GString *kept, Hiding *hiding, char *declaration)
{
	char *colon = strchr(declaration, ':');
	if (colon == NULL) {
		return;
	}
	*colon = '\0';
	const char *name = g_strstrip(declaration);
	char *important = strchr(colon + 1, '!');
	if (important != NULL) {
		*important = '\0';
	}
	const char *value = g_strstrip(colon + 1);
	note_hiding(hiding, name, value);
	if (!g_str_equal(name, "background")) {
		keep(style, kept, name, value);
		return;
	}
	g_autofree char *word = NULL;
	if (color_in(value, &word) != -1) {
		keep(style, kept, "background-color", word);
	}
	style->remote += strstr(value, "url") != NULL || strstr(value, "image") != NULL;
}

LetterStyle
letter_style_read(const char *text, LetterLook look)
{
	LetterStyle style = {.look = look};
	g_autoptr(GString) kept = g_string_new(NULL);
	if (strlen(text) <= LETTER_STYLE_MAX) {
		Hiding hiding = {0};
		g_autofree char *plain = without_comments(text);
		g_auto(GStrv) declarations = g_strsplit(plain, ";", -1);
		for (char **d = declarations; *d != NULL; d++) {
			take_declaration(&style, kept, &hiding, *d);
		}
		style.hides = hiding.gone || hiding.off_page || (hiding.clipped && hiding.no_room);
	}
	style.kept = g_string_free(g_steal_pointer(&kept), FALSE);
	return style;
}

void
letter_style_clear(LetterStyle *style)
{
	g_clear_pointer(&style->kept, g_free);
}
