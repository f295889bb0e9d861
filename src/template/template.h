/* SPDX-License-Identifier: MPL-2.0 */
/* Pages from data: a part of Mustache (mustache(5)) in which nothing can leave unescaped. */
#pragma once

#include "base/error.h"
#include <json-glib/json-glib.h>

#define TEMPLATE_DEPTH_MAX 32U         /* sections and partials inside each other */
#define TEMPLATE_OUT_MAX   (64U << 20) /* octets of a page */

/* The text of the template @name; NULL: there is none. (transfer full) */
typedef GBytes *(*TemplateFind)(const char *name, gpointer user);

typedef struct {
	TemplateFind find;
	gpointer user;
} TemplateShelf;

/*
 * The template @name filled with @data (an object), in the language of the thread
 * (base/language.h). (transfer full)
 *
 *	{{name}} {{a.b}} {{.}}   a value, escaped for text and quoted attributes; nothing if
 *missing. A name is looked for in the innermost object first.
 *	{{%name}}                a value, percent-encoded for a part of a path or query
 *	{{#name}}...{{/name}}    for each element of an array; once, with its members at hand, for
 *an object; once for true, a number but 0, a string but ""
 *	{{^name}}...{{/name}}    once where the section above would not be there
 *	{{>name}}                another template
 *	{{#_}}text{{/_}}         the translation of "text"; {name} in it is a value, escaped. Blanks
 *at the ends and runs of them do not count.
 *	{{! comment }}
 *
 * There is no unescaped value. PS_ERROR_NOT_FOUND: no such template; PS_ERROR_MALFORMED: tags that
 * do not match, named with the template; PS_ERROR_LIMIT.
 */
char *template_render(const TemplateShelf *shelf, const char *name, JsonNode *data, GError **error);

/* @text for HTML text and quoted attributes, as in the above. */
void template_escape(GString *out, const char *text);
