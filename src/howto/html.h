/* SPDX-License-Identifier: MPL-2.0 */
/* Writing a page: escaped text, links relative to it, head and foot. */
#pragma once

#include "howto/place.h"

/* How links are written. */
typedef struct {
	bool files;       /* to index.html, for pages in a folder */
	const char *base; /* "https://example.org"; NULL: none, canonical links are left out */
} HowtoSite;

typedef struct {
	GString *out;
	const HowtoSite *site;
	const HowtoPlace *place; /* of the page */
	char *path;              /* its path; NULL: it may be shown anywhere, links are absolute */
	guint n_steps;           /* written so far */
} HowtoPage;

/* What fills {from}, {to}, {name}, {date} and {number} in a text. NULL: the gap is not in it. */
typedef struct {
	const char *from;
	const char *to;
	const char *name;
	const char *date;
	const char *number;
} HowtoGaps;

/* @target ("/how-to/a/b/") as a link from the page @from ("/how-to/a/c/"). (transfer full) */
char *howto_relative(const char *from, const char *target, bool files);
/* (transfer full) */
char *howto_fill(const char *text, const HowtoGaps *gaps);

void html_text(HowtoPage *page, const char *text);
/* @text with the marks of steps: {menus} and `typed in`. */
void html_marked(HowtoPage *page, const char *text);
/* "<TAG>" escaped text "</TAG>\n"; @tag may have attributes: "p class=\"lead\"". */
void html_element(HowtoPage *page, const char *tag, const char *text);
/* The same with marks. */
void html_marked_element(HowtoPage *page, const char *tag, const char *text);
/* The value of a href to @place. */
void html_address(HowtoPage *page, const HowtoPlace *place);
/* A link. */
void html_link(HowtoPage *page, const HowtoPlace *place, const char *text);

/* Everything before and after the content of <main>. @title and @about are for search engines and
 * windows, too. */
void html_begin(HowtoPage *page, const char *title, const char *about);
void html_end(HowtoPage *page);
