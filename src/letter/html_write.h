/* SPDX-License-Identifier: MPL-2.0 */
/* What html.c read, written anew. */
#pragma once

#include "letter/html.h"
#include <libxml/tree.h>

/* Sets body, text, remote and cut of @html from the tree below @root (NULL: there is nothing). */
void letter_html_write(LetterHtml *html, xmlNodePtr root, const LetterHtmlOptions *options);
