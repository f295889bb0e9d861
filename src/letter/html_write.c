/* SPDX-License-Identifier: MPL-2.0 */
/* A tree of elements that somebody sent as the HTML and the text that may be shown. */
#include "letter/html_write.h"

#include "letter/element.h"
#include "letter/image.h"
#include "letter/prose.h"
#include "letter/style.h"
#include "letter/text.h"

#define NESTING_MAX  200U   /* elements within each other; deeper ones lose their tags */
#define ELEMENTS_MAX 50000U /* in all */
#define TARGET_MAX   500U   /* characters of a link's target */
#define WHITE        0xffffff

/* An element whose end is yet to come. */
typedef struct {
	xmlNodePtr node;
	const LetterElement *element; /* NULL: its tags are not written */
	LetterLook look;              /* of what is in it */
	bool pre;
} Open;

typedef struct {
	LetterHtml *result;
	const LetterHtmlOptions *options;
	GString *html;
	LetterProse *prose;
	GArray *open; /* of Open */
	guint elements;
	size_t images; /* octets of those written */
	size_t uris;   /* octets of @html that are these images */
} Writer;

static const char *
attribute(xmlNodePtr node, const char *name)
{
	for (xmlAttrPtr a = node->properties; a != NULL; a = a->next) {
		if (g_ascii_strcasecmp((const char *)a->name, name) == 0) {
			return a->children == NULL || a->children->content == NULL
				       ? ""
				       : (const char *)a->children->content;
		}
	}
	return NULL;
}

static void
append_attribute(GString *html, const char *name, const char *value)
{
	g_autofree char *escaped = g_markup_escape_text(value, -1);
	g_string_append_printf(html, " %s=\"%s\"", name, escaped);
}

/* Whether @uri would make somebody else hear of it. */
static bool
reaches_out(const char *uri)
{
	uri += strspn(uri, " \t\r\n");
	return *uri != '\0' && *uri != '#' && g_ascii_strncasecmp(uri, "cid:", 4) != 0 &&
	       g_ascii_strncasecmp(uri, "data:", 5) != 0;
}

static bool
is_called(xmlNodePtr node, const char *name)
{
	return g_ascii_strcasecmp((const char *)node->name, name) == 0;
}

static void
count_in_sheet(Writer *w, const char *sheet)
{
	static const char *const ways[] = {"url(", "@import"};
	for (size_t i = 0; sheet != NULL && i < G_N_ELEMENTS(ways); i++) {
		for (const char *p = sheet; (p = strstr(p, ways[i])) != NULL; p++) {
			w->result->remote++;
		}
	}
}

static void
count_remote(Writer *w, xmlNodePtr node)
{
	static const char *const sources[] = {"src",    "background", "srcset",    "poster",
					      "data",   "lowsrc",     "dynsrc",    "formaction",
					      "action", "codebase",   "xlink:href"};
	for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
		const char *value = attribute(node, sources[i]);
		w->result->remote += value != NULL && reaches_out(value);
	}
	const char *href = is_called(node, "link") ? attribute(node, "href") : NULL;
	w->result->remote += href != NULL && reaches_out(href);
	w->result->remote += is_called(node, "meta") && attribute(node, "http-equiv") != NULL &&
			     g_ascii_strcasecmp(attribute(node, "http-equiv"), "refresh") == 0;
	if (is_called(node, "style") && node->children != NULL) {
		count_in_sheet(w, (const char *)node->children->content);
	}
}

/* The octets of an image that is in the message; (transfer full). */
static GBytes *
find_image(const Writer *w, const char *source, size_t max)
{
	if (g_ascii_strncasecmp(source, "data:", 5) == 0) {
		return letter_image_of_uri(source);
	}
	if (g_ascii_strncasecmp(source, "cid:", 4) != 0 || w->options->image == NULL) {
		return NULL;
	}
	g_autofree char *id = g_uri_unescape_string(source + 4, NULL);
	return id == NULL ? NULL : w->options->image(w->options->user, id, max);
}

/* The image as a data: URI; NULL if it is not there or too large. What is no image costs as much as
 * one. */
static char *
image_uri(Writer *w, xmlNodePtr node)
{
	const char *source = attribute(node, "src");
	size_t room = MIN(LETTER_IMAGE_MAX, LETTER_IMAGES_MAX - w->images);
	g_autoptr(GBytes) octets = source == NULL ? NULL : find_image(w, source, room);
	char *uri = octets == NULL ? NULL : letter_image_uri(base_bytes_of(octets), room);
	w->images += octets == NULL ? 0 : MIN(room, g_bytes_get_size(octets) + 1);
	return uri;
}

/* Where a link leads, for people to see; NULL if it is nothing that a person would follow. */
static char *
link_target(xmlNodePtr node)
{
	static const char *const schemes[] = {"http://", "https://", "mailto:", "tel:", "ftp://"};
	const char *href = attribute(node, "href");
	g_autofree char *target = href == NULL ? NULL : letter_text_clean(href, TARGET_MAX);
	for (size_t i = 0; target != NULL && i < G_N_ELEMENTS(schemes); i++) {
		if (g_ascii_strncasecmp(target, schemes[i], strlen(schemes[i])) == 0) {
			return g_steal_pointer(&target);
		}
	}
	return NULL;
}

static void
write_attributes(Writer *w, xmlNodePtr node, const LetterElement *element)
{
	bool is_link = (element->flags & LETTER_ELEMENT_LINK) != 0;
	for (xmlAttrPtr a = node->properties; a != NULL; a = a->next) {
		const char *name = (const char *)a->name;
		const LetterAttribute *known = letter_attribute_find(name);
		if (known == NULL || (is_link && g_str_equal(known->name, "title"))) {
			continue;
		}
		g_autofree char *value = letter_attribute_clean(known, attribute(node, name));
		if (value != NULL) {
			append_attribute(w->html, known->name, value);
		}
	}
	g_autofree char *target = is_link ? link_target(node) : NULL;
	if (target != NULL) {
		append_attribute(w->html, "title", target);
	}
}

/* What old attributes say of colours. */
static void
look_at_attributes(xmlNodePtr node, LetterLook *look)
{
	const char *background = attribute(node, "bgcolor");
	const char *color = attribute(node, "color");
	const char *text = attribute(node, "text");
	if (background != NULL) {
		look->background = MAX(letter_color_parse(background), -1);
	}
	if (color != NULL || text != NULL) {
		look->color = MAX(letter_color_parse(color != NULL ? color : text), -1);
	}
}

static const Open *
innermost(const Writer *w)
{
	return &g_array_index(w->open, Open, w->open->len - 1);
}

static void
begin_prose(Writer *w, const LetterElement *element)
{
	if ((element->flags & LETTER_ELEMENT_BLOCK) != 0) {
		letter_prose_break(w->prose, (element->flags & LETTER_ELEMENT_SPACED) != 0 ? 2 : 1);
	}
	if ((element->flags & LETTER_ELEMENT_QUOTE) != 0) {
		letter_prose_quote(w->prose, 1);
	}
	if ((element->flags & LETTER_ELEMENT_BREAK) != 0) {
		letter_prose_newline(w->prose);
	}
	if ((element->flags & LETTER_ELEMENT_RULE) != 0) {
		letter_prose_add(w->prose, "----", false);
		letter_prose_break(w->prose, 1);
	}
	if ((element->flags & LETTER_ELEMENT_ITEM) != 0) {
		letter_prose_add(w->prose, "* ", false);
	}
	if ((element->flags & LETTER_ELEMENT_CELL) != 0) {
		letter_prose_add(w->prose, " ", false);
	}
}

/* "words <target>", unless the words say it themselves. */
static void
end_link(Writer *w, xmlNodePtr node)
{
	g_autofree char *target = link_target(node);
	xmlChar *content = target == NULL ? NULL : xmlNodeGetContent(node);
	if (content != NULL && *content != '\0') {
		const char *words = (const char *)content;
		const char *bare = g_str_has_prefix(target, "mailto:") ? target + 7 : target;
		if (strstr(words, bare) == NULL) {
			g_autofree char *shown = g_strconcat(" <", target, ">", NULL);
			letter_prose_add(w->prose, shown, false);
		}
	}
	xmlFree(content);
}

static void
end_prose(Writer *w, const Open *open)
{
	guint flags = open->element->flags;
	if ((flags & LETTER_ELEMENT_LINK) != 0) {
		end_link(w, open->node);
	}
	if ((flags & LETTER_ELEMENT_QUOTE) != 0) {
		letter_prose_quote(w->prose, -1);
	}
	if ((flags & LETTER_ELEMENT_BLOCK) != 0) {
		letter_prose_break(w->prose, (flags & LETTER_ELEMENT_SPACED) != 0 ? 2 : 1);
	}
}

static bool
is_legacy_display(const Writer *w, xmlNodePtr node)
{
	const char *class = w->options->legacy_display ? attribute(node, "class") : NULL;
	return class != NULL && strstr(class, "header-protection-legacy-display") != NULL &&
	       is_called(node, "div");
}

static bool
is_too_much(Writer *w)
{
	bool full = ++w->elements > ELEMENTS_MAX || w->html->len - w->uris > LETTER_HTML_MAX;
	w->result->cut = w->result->cut || full;
	return full;
}

static void
write_start(Writer *w, const Open *open, const char *tag, const char *style)
{
	g_string_append_printf(w->html, "<%s", tag);
	write_attributes(w, open->node, open->element);
	if (*style != '\0') {
		append_attribute(w->html, "style", style);
	}
}

/* The image itself if it is in the message; else what its author says in its place. */
static void
write_image(Writer *w, const Open *open, const char *style)
{
	const char *alt = attribute(open->node, "alt");
	g_autofree char *words = letter_text_clean(alt == NULL ? "" : alt, TARGET_MAX);
	g_autofree char *uri = image_uri(w, open->node);
	write_start(w, open, uri == NULL ? "span" : "img", style);
	if (uri != NULL) {
		append_attribute(w->html, "src", uri);
		w->uris += strlen(uri);
		g_string_append_c(w->html, '>');
	} else {
		g_autofree char *escaped = g_markup_escape_text(words, -1);
		g_string_append_printf(w->html, ">%s</span>", escaped);
	}
	if (letter_look_is_visible(&open->look)) {
		letter_prose_add(w->prose, words, false);
	}
}

static void
begin_element(Writer *w, const Open *open, const char *style)
{
	begin_prose(w, open->element);
	if ((open->element->flags & LETTER_ELEMENT_IMAGE) != 0) {
		write_image(w, open, style);
		return;
	}
	write_start(w, open, open->element->name, style);
	g_string_append_c(w->html, '>');
}

/* Whether there is something in @node to go on with. */
static bool
enter_element(Writer *w, xmlNodePtr node)
{
	count_remote(w, node);
	const char *name = (const char *)node->name;
	if (letter_element_is_dropped(name) || attribute(node, "hidden") != NULL ||
	    is_legacy_display(w, node) || is_too_much(w)) {
		return false;
	}
	const Open *parent = innermost(w);
	Open open = {.node = node, .look = parent->look, .pre = parent->pre};
	const LetterElement *element = letter_element_find(name);
	element = is_called(node, "body") ? letter_element_find("div") : element;
	look_at_attributes(node, &open.look);
	const char *given = attribute(node, "style");
	g_auto(LetterStyle) style = letter_style_read(given == NULL ? "" : given, open.look);
	w->result->remote += style.remote;
	if (style.hides) {
		return false;
	}
	open.look = style.look;
	open.element = w->open->len <= NESTING_MAX ? element : NULL;
	if (open.element != NULL) {
		open.pre = open.pre || (element->flags & LETTER_ELEMENT_PRE) != 0;
		begin_element(w, &open, style.kept);
	}
	g_array_append_val(w->open, open);
	return true;
}

static void
leave_element(Writer *w)
{
	Open open = *innermost(w);
	g_array_set_size(w->open, w->open->len - 1);
	if (open.element == NULL) {
		return;
	}
	end_prose(w, &open);
	if ((open.element->flags & LETTER_ELEMENT_VOID) == 0) {
		g_string_append_printf(w->html, "</%s>", open.element->name);
	}
}

static void
write_text(Writer *w, const char *text)
{
	const Open *in = innermost(w);
	g_autofree char *escaped = g_markup_escape_text(text, -1);
	bool fits = w->html->len - w->uris + strlen(escaped) <= LETTER_HTML_MAX;
	w->result->cut = w->result->cut || !fits;
	g_string_append(w->html, fits ? escaped : "");
	if (letter_look_is_visible(&in->look)) {
		letter_prose_add(w->prose, text, in->pre);
	}
}

/* Where to go on after @node and what is in it, closing what ends on the way; NULL: it was the
 * last. */
static xmlNodePtr
next_after(Writer *w, xmlNodePtr node)
{
	while (node->next == NULL) {
		if (w->open->len <= 1) {
			return NULL;
		}
		node = innermost(w)->node;
		leave_element(w);
	}
	return node->next;
}

static void
write_tree(Writer *w, xmlNodePtr root)
{
	for (xmlNodePtr node = root; node != NULL;) {
		bool entered = node->type == XML_ELEMENT_NODE && enter_element(w, node);
		if (node->type == XML_TEXT_NODE && node->content != NULL) {
			write_text(w, (const char *)node->content);
		}
		if (entered && node->children != NULL) {
			node = node->children;
			continue;
		}
		if (entered) {
			leave_element(w);
		}
		node = next_after(w, node);
	}
}

void
letter_html_write(LetterHtml *html, xmlNodePtr root, const LetterHtmlOptions *options)
{
	Open outside = {.look = {.color = 0, .background = WHITE}};
	Writer w = {
		.result = html,
		.options = options,
		.html = g_string_new("<div>"),
		.prose = letter_prose_new(LETTER_HTML_MAX),
		.open = g_array_new(FALSE, FALSE, sizeof(Open)),
	};
	g_array_append_val(w.open, outside);
	write_tree(&w, root);
	g_string_append(w.html, "</div>");
	html->cut = html->cut || letter_prose_is_cut(w.prose);
	html->body = g_string_free(w.html, FALSE);
	html->text = letter_prose_take(w.prose);
	letter_prose_free(w.prose);
	g_array_free(w.open, TRUE);
}
