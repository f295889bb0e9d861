/* SPDX-License-Identifier: MPL-2.0 */
/* HTML that somebody sent: read, within bounds. */
#include "letter/html_write.h"

#include <libxml/HTMLparser.h>
#include <libxml/SAX2.h>

#define DEPTH_MAX      240U /* elements within each other; deeper ones are left out */
#define OPEN_MAX       2000 /* open elements: closing one looks at all of them */
#define SEPARATORS_MAX 4000 /* of attributes in one tag: each is compared with all others */
#define PARSE_TIME     (2 * G_USEC_PER_SEC)

typedef struct {
	gint64 deadline;
	guint depth;
	bool stopped;
} Watch;

/* What the parser calls for each start tag: goes on to libxml2's own, unless it is too deep. */
static void
start_element(void *data, const xmlChar *name, const xmlChar **attributes)
{
	htmlParserCtxtPtr parser = data;
	Watch *watch = parser->_private;
	if (parser->nameNr > OPEN_MAX || g_get_monotonic_time() > watch->deadline) {
		watch->stopped = true;
		xmlStopParser(parser);
	} else if (++watch->depth <= DEPTH_MAX) {
		xmlSAX2StartElement(data, name, attributes);
	}
}

/* Elements end in the reverse order of their begins. */
static void
end_element(void *data, const xmlChar *name)
{
	Watch *watch = ((htmlParserCtxtPtr)data)->_private;
	if (watch->depth <= DEPTH_MAX) {
		xmlSAX2EndElement(data, name);
	}
	watch->depth -= watch->depth > 0;
}

static bool
is_attribute_name(char c)
{
	return g_ascii_isalnum(c) || strchr("_:.-", c) != NULL;
}

/* Where the tag that begins at @p ("<" and a letter) ends, or NULL if it has too many attributes.
 * What stands in a value after "name=" has no separators but blanks, which always count: then it
 * does not matter whether the parser agrees about where quotes begin. */
static const char *
end_of_tag(const char *p)
{
	guint separators = 0;
	char quote = '\0';
	bool value = false;
	for (char before = *p++; *p != '\0'; before = *p++) {
		bool blank = g_ascii_isspace(*p);
		separators += blank || (*p == '/' && !value);
		if (separators > SEPARATORS_MAX) {
			return NULL;
		}
		if (quote != '\0') {
			value = *p != quote;
			quote = *p == quote ? '\0' : quote;
		} else if (*p == '>') {
			return p;
		} else if (value && before == '=' && (*p == '"' || *p == '\'')) {
			quote = *p;
		} else {
			value = *p == '=' ? is_attribute_name(before) : value && !blank;
		}
	}
	return p;
}

/* The part of @source that can be parsed in bounded time: all of it, but for an attack. */
static size_t
safe_length(const char *source)
{
	const char *p = source;
	while ((p = strchr(p, '<')) != NULL) {
		const char *end = g_ascii_isalpha(p[1]) ? end_of_tag(p + 1) : p + 1;
		if (end == NULL) {
			return (size_t)(p - source);
		}
		p = end;
	}
	return strlen(source);
}

static htmlDocPtr
parse(const char *source, size_t n, bool *cut)
{
	Watch watch = {.deadline = g_get_monotonic_time() + PARSE_TIME};
	htmlParserCtxtPtr parser = htmlNewParserCtxt();
	g_assert_nonnull(parser);
	parser->_private = &watch;
	parser->sax->startElement = start_element;
	parser->sax->endElement = end_element;
	htmlDocPtr document =
		htmlCtxtReadMemory(parser, source, (int)n, NULL, "UTF-8",
				   HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
					   HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
	*cut = *cut || watch.stopped;
	htmlFreeParserCtxt(parser);
	return document;
}

LetterHtml *
letter_html_new(const char *source, const LetterHtmlOptions *options)
{
	static const LetterHtmlOptions none = {0};
	size_t length = strlen(source);
	g_autofree char *cut = g_strndup(source, LETTER_HTML_MAX);
	g_autofree char *valid = g_utf8_make_valid(cut, -1);
	size_t safe = safe_length(valid);
	LetterHtml *html = g_new0(LetterHtml, 1);
	html->cut = length > LETTER_HTML_MAX || safe < strlen(valid);
	htmlDocPtr document = safe == 0 ? NULL : parse(valid, safe, &html->cut);
	xmlNodePtr root = document == NULL ? NULL : xmlDocGetRootElement(document);
	letter_html_write(html, root, options == NULL ? &none : options);
	xmlFreeDoc(document);
	return html;
}

void
letter_html_free(LetterHtml *html)
{
	if (html != NULL) {
		g_free(html->body);
		g_free(html->text);
		g_free(html);
	}
}

#define STYLES                                                                                    \
	"html{background:#fff;color:#111}"                                                        \
	"body{margin:0;padding:.5rem;font:1rem/1.45 system-ui,sans-serif;overflow-wrap:anywhere}" \
	"img{max-width:100%;height:auto}pre{white-space:pre-wrap}table{max-width:100%}"           \
	"a{color:#0645ad;text-decoration:underline}"                                              \
	"blockquote{margin:.5em 0;padding-left:1em;border-left:3px solid #bbb}"

char *
letter_html_document(const char *bodies)
{
	return g_strconcat("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">"
			   "<title></title><style>" STYLES "</style></head><body>\n",
			   bodies, "\n</body></html>\n", NULL);
}

char *
letter_html_of_text(const char *text)
{
	g_autofree char *escaped = g_markup_escape_text(text, -1);
	return g_strconcat("<div style=\"white-space:pre-wrap\">", escaped, "</div>", NULL);
}
