/* SPDX-License-Identifier: MPL-2.0 */
/* The page of one program: all that is known of it, and where from. */
#include "howto/compose.h"
#include "howto/plan.h"
#include "howto/words.h"

/* "versions 148 and later"; NULL: all. (transfer full) */
static char *
versions_text(HowtoVersions versions)
{
	if (versions.first == 0 && versions.last == G_MAXUINT) {
		return NULL;
	}
	g_autofree char *first = g_strdup_printf("%u", versions.first);
	g_autofree char *last = g_strdup_printf("%u", versions.last);
	const HowtoGaps gaps = {.from = first, .to = last};
	return howto_fill(versions.last == G_MAXUINT ? _("from version {from} on")
			  : versions.first == 0      ? _("up to version {to}")
						     : _("versions {from} to {to}"),
			  &gaps);
}

static void
add_fact(HowtoPage *page, const HowtoFact *fact, const char *name)
{
	g_autofree char *versions = versions_text(fact->versions);
	g_autofree char *title =
		versions == NULL
			? g_strdup(howto_fact_title(fact->name))
			: g_strdup_printf("%s (%s)", howto_fact_title(fact->name), versions);
	html_element(page, "dt", title);
	g_string_append(page->out, "<dd><p><strong>");
	html_text(page, howto_value_text(fact->value));
	g_string_append(page->out, "</strong>");
	if (howto_text(&fact->text) != NULL) {
		g_string_append(page->out, ". ");
		html_marked(page, howto_text(&fact->text));
	}
	g_string_append(page->out, "</p>\n");
	howto_write_mark(page, &fact->mark, name);
	g_string_append(page->out, "</dd>\n");
}

static void
add_about(HowtoPage *page, const HowtoProgram *program)
{
	html_element(page, "p class=\"lead\"", howto_text(&program->about));
	if (program == &HOWTO_ANY) {
		return;
	}
	g_string_append(page->out, "<p>");
	const char *const words[] = {program->vendor, program->platforms};
	for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
		if (words[i] != NULL && *words[i] != '\0') {
			html_text(page, words[i]);
			g_string_append(page->out, ". ");
		}
	}
	if (program->home != NULL) {
		g_string_append(page->out, "<a rel=\"noreferrer\" href=\"");
		html_text(page, program->home);
		g_string_append(page->out, "\">");
		html_text(page, program->home);
		g_string_append(page->out, "</a>");
	}
	g_string_append(page->out, "</p>\n");
}

/* What a program with S/MIME might do and nobody has found out. */
static void
add_unknown(HowtoPage *page, const HowtoProgram *program)
{
	g_autoptr(GString) titles = g_string_new(NULL);
	for (guint i = 0; howto_fact_name(i) != NULL; i++) {
		if (howto_fact(program, howto_fact_name(i), 0) == NULL) {
			g_string_append(titles, titles->len == 0 ? "" : "; ");
			g_string_append(titles, howto_fact_title(howto_fact_name(i)));
		}
	}
	if (titles->len == 0 || strcmp(howto_value(program, "smime", 0), "no") == 0) {
		return;
	}
	html_element(page, "h3", _("Not known"));
	html_element(page, "p", titles->str);
}

static void
add_tasks(HowtoPage *page, const HowtoProgram *program)
{
	html_element(page, "h2", _("Steps"));
	for (guint i = 0; i < program->n_tasks; i++) {
		const HowtoTask *task = &program->tasks[i];
		g_autofree char *versions = versions_text(task->versions);
		if (versions != NULL) {
			html_element(page, "p class=\"versions\"", versions);
		}
		/* The version that this group is about, so that it is the one which is written. */
		guint version = versions == NULL                   ? 0
				: task->versions.last == G_MAXUINT ? task->versions.first
								   : task->versions.last;
		howto_write_task(page, (HowtoSide){program, version}, task->name);
	}
}

void
howto_compose_program(HowtoPage *page)
{
	const HowtoProgram *program = page->place->from.program;
	g_autofree char *name = howto_side_name(page->place->from);
	html_begin(page, name, howto_text(&program->about));
	add_about(page, program);
	html_element(page, "h2", _("What it can"));
	g_string_append(page->out, "<dl class=\"facts\">\n");
	for (guint i = 0; i < program->n_facts; i++) {
		add_fact(page, &program->facts[i], howto_text(&program->name));
	}
	g_string_append(page->out, "</dl>\n");
	add_unknown(page, program);
	if (program->n_tasks > 0) {
		add_tasks(page, program);
	}
	const HowtoGaps gaps = {.from = name};
	g_autofree char *write = howto_fill(_("From {from} to which program?"), &gaps);
	HowtoPlace from = *page->place;
	from.kind = HOWTO_PLACE_FROM;
	g_string_append(page->out, "<p>");
	html_link(page, &from, write);
	g_string_append(page->out, "</p>\n");
	html_end(page);
}
