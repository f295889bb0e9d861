/* SPDX-License-Identifier: MPL-2.0 */
/* Writing a page: escaped text, links relative to it, head and foot. */
#include "howto/html.h"

#include "howto/howto.h"
#include "howto/words.h"

char *
howto_relative(const char *from, const char *target, bool files)
{
	size_t common = 0;
	for (size_t i = 0; from[i] != '\0' && from[i] == target[i]; i++) {
		common = from[i] == '/' ? i + 1 : common;
	}
	GString *link = g_string_new(NULL);
	for (const char *p = from + common; *p != '\0'; p++) {
		g_string_append(link, *p == '/' ? "../" : "");
	}
	g_string_append(link, target + common);
	if (files && g_str_has_suffix(target, "/")) {
		g_string_append(link, "index.html");
	}
	if (link->len == 0) {
		g_string_append(link, "./");
	}
	return g_string_free(link, FALSE);
}

char *
howto_fill(const char *text, const HowtoGaps *gaps)
{
	const struct {
		const char *gap;
		const char *value;
	} table[] = {{"{from}", gaps->from},
		     {"{to}", gaps->to},
		     {"{name}", gaps->name},
		     {"{date}", gaps->date},
		     {"{number}", gaps->number}};

	GString *filled = g_string_new(text);
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		if (table[i].value != NULL) {
			g_string_replace(filled, table[i].gap, table[i].value, 0);
		}
	}
	return g_string_free(filled, FALSE);
}

static void
escape(GString *out, const char *text, size_t n)
{
	static const char *const ENTITIES[128] = {['&'] = "&amp;",
						  ['<'] = "&lt;",
						  ['>'] = "&gt;",
						  ['"'] = "&quot;",
						  ['\''] = "&#39;"};

	for (size_t i = 0; i < n; i++) {
		const char *entity = (text[i] & 0x80) != 0 ? NULL : ENTITIES[(guchar)text[i]];
		if (entity != NULL) {
			g_string_append(out, entity);
		} else {
			g_string_append_c(out, text[i]);
		}
	}
}

void
html_text(HowtoPage *page, const char *text)
{
	escape(page->out, text, strlen(text));
}

/* A path through menus: "A > B". */
static void
add_menu(GString *out, const char *text, size_t n)
{
	g_autofree char *menu = g_strndup(text, n);
	g_auto(GStrv) parts = g_strsplit(menu, " > ", -1);
	g_autofree char *joined = g_strjoinv(" \xe2\x80\xba ", parts);
	g_string_append(out, "<b>");
	escape(out, joined, strlen(joined));
	g_string_append(out, "</b>");
}

void
html_marked(HowtoPage *page, const char *text)
{
	const char *p = text;
	while (*p != '\0') {
		size_t plain = strcspn(p, "{`");
		escape(page->out, p, plain);
		p += plain;
		const char *end = *p == '\0' ? NULL : strchr(p + 1, *p == '{' ? '}' : '`');
		if (end == NULL) {
			html_text(page, p);
			return;
		}
		size_t n = (size_t)(end - p) - 1;
		if (*p == '{') {
			add_menu(page->out, p + 1, n);
		} else {
			g_string_append(page->out, "<code>");
			escape(page->out, p + 1, n);
			g_string_append(page->out, "</code>");
		}
		p = end + 1;
	}
}

static void
close_tag(HowtoPage *page, const char *tag)
{
	g_string_append_printf(page->out, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

void
html_element(HowtoPage *page, const char *tag, const char *text)
{
	g_string_append_printf(page->out, "<%s>", tag);
	html_text(page, text);
	close_tag(page, tag);
}

void
html_marked_element(HowtoPage *page, const char *tag, const char *text)
{
	g_string_append_printf(page->out, "<%s>", tag);
	html_marked(page, text);
	close_tag(page, tag);
}

void
html_address(HowtoPage *page, const HowtoPlace *place)
{
	g_autofree char *target = howto_place_path(place);
	const char *base = page->site->base == NULL ? "" : page->site->base;
	g_autofree char *link = page->path == NULL
					? g_strconcat(base, target, NULL)
					: howto_relative(page->path, target, page->site->files);
	html_text(page, link);
}

void
html_link(HowtoPage *page, const HowtoPlace *place, const char *text)
{
	g_string_append(page->out, "<a href=\"");
	html_address(page, place);
	g_string_append(page->out, "\">");
	html_text(page, text);
	g_string_append(page->out, "</a>");
}

static void
add_head_link(HowtoPage *page, const char *attributes, const HowtoPlace *place)
{
	g_string_append_printf(page->out, "<link %s href=\"", attributes);
	html_address(page, place);
	g_string_append(page->out, "\">\n");
}

static HowtoPlace
place_of(const HowtoPage *page, HowtoPlaceKind kind)
{
	HowtoPlace place = *page->place;
	place.kind = kind;
	return place;
}

/* The page of which those for versions are copies. */
static void
add_canonical(HowtoPage *page)
{
	HowtoPlace plain = *page->place;
	plain.from.version = 0;
	plain.to.version = 0;
	if (page->site->base != NULL && page->path != NULL) {
		g_autofree char *path = howto_place_path(&plain);
		g_string_append(page->out, "<link rel=\"canonical\" href=\"");
		html_text(page, page->site->base);
		html_text(page, path);
		g_string_append(page->out, "\">\n");
	}
}

static const char *
name_of_language(const char *code)
{
	return strcmp(code, "de") == 0 ? "Deutsch" : "English";
}

static void
add_languages(HowtoPage *page)
{
	g_string_append_printf(page->out, "<nav aria-label=\"%s\">", _("Language"));
	for (guint i = 0; i < HOWTO_LANGUAGES; i++) {
		const char *code = HOWTO_CODES[i];
		if (strcmp(code, page->place->language) != 0) {
			HowtoPlace other = howto_place_in(page->place, code);
			g_string_append_printf(page->out, "<a lang=\"%s\" hreflang=\"%s\" href=\"",
					       code, code);
			html_address(page, &other);
			g_string_append_printf(page->out, "\">%s</a>", name_of_language(code));
		}
	}
	g_string_append(page->out, "</nav>\n");
}

void
html_begin(HowtoPage *page, const char *title, const char *about)
{
	HowtoPlace style = place_of(page, HOWTO_PLACE_STYLE);
	HowtoPlace index = place_of(page, HOWTO_PLACE_INDEX);
	g_string_append_printf(
		page->out,
		"<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, "
		"initial-scale=1\">\n",
		page->place->language);
	html_element(page, "title", title);
	g_string_append(page->out, "<meta name=\"description\" content=\"");
	html_text(page, about);
	g_string_append(page->out, "\">\n");
	add_head_link(page, "rel=\"stylesheet\"", &style);
	add_canonical(page);
	g_string_append_printf(
		page->out,
		"</head>\n<body>\n<a class=\"skip\" href=\"#main\">%s</a>\n<header>\n"
		"<p class=\"brand\">",
		_("Skip to the text"));
	html_link(page, &index, _("How to encrypt mail"));
	g_string_append(page->out, "</p>\n");
	add_languages(page);
	g_string_append(page->out, "</header>\n<main id=\"main\">\n");
	html_element(page, "h1", title);
}

void
html_end(HowtoPage *page)
{
	g_string_append(page->out, "</main>\n<footer>\n");
	html_element(page, "p",
		     _("Each step says where it comes from and whether it was tried. What is not "
		       "verified may be wrong: menus change."));
	html_element(page, "p",
		     _("These pages know nobody: they hold no names or addresses, set no cookies "
		       "and load nothing from elsewhere."));
	g_string_append(page->out, "</footer>\n</body>\n</html>\n");
}
