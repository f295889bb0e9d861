/* SPDX-License-Identifier: MPL-2.0 */
/* The pages; each writes what stands in <main>. The language is that of the thread. */
#pragma once

#include "howto/html.h"

/* "Thunderbird 153"; (transfer full) */
char *howto_side_name(HowtoSide side);

void howto_compose_page(HowtoPage *page);
void howto_compose_index(HowtoPage *page);
void howto_compose_find(HowtoPage *page);
void howto_compose_from(HowtoPage *page);
void howto_compose_pair(HowtoPage *page);
void howto_compose_program(HowtoPage *page);
void howto_compose_missing(HowtoPage *page);

/* Steps as a list, with their note and where they come from; @name is the program's. If it has
 * none, those of any program. */
void howto_write_task(HowtoPage *page, HowtoSide side, const char *task);
/* "Tried with Thunderbird 153.7.0 on 2026-11-21. Source: ..."; @name of the program on the page. */
void howto_write_mark(HowtoPage *page, const HowtoMark *mark, const char *name);

/* All of it: head, content, foot. @path NULL: the page may be shown at any address.
 * (transfer full) */
char *howto_compose(const HowtoPlace *place, const HowtoSite *site, bool missing);

/* how-to/.htaccess for Apache, and what nginx includes; @base of the site or NULL.
 * (transfer full) */
char *howto_rules_apache(const char *base);
char *howto_rules_nginx(const char *base);
