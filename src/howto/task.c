/* SPDX-License-Identifier: MPL-2.0 */
/* Steps, and where facts come from. */
#include "howto/compose.h"
#include "howto/plan.h"
#include "howto/words.h"

#define OURS "measured here" /* in the data */

char *
howto_side_name(HowtoSide side)
{
	const char *name = howto_text(&side.program->name);
	return side.version == 0 ? g_strdup(name) : g_strdup_printf("%s %u", name, side.version);
}

/* An address and what may stand behind it: "https://example.org/ (page 3)". */
static void
write_address(HowtoPage *page, const char *text)
{
	size_t n = strcspn(text, " ");
	g_autofree char *address = g_strndup(text, n);
	g_string_append(page->out, "<a rel=\"noreferrer\" href=\"");
	html_text(page, address);
	g_string_append(page->out, "\">");
	html_text(page, strstr(address, "://") + 3);
	g_string_append(page->out, "</a>");
	html_text(page, text + n);
}

/* What is no address is English, as the data have it. */
static void
write_words(HowtoPage *page, const char *text)
{
	if (strcmp(text, OURS) == 0) {
		html_text(page, _("our own measurement"));
	} else if (strcmp(page->place->language, HOWTO_CODES[HOWTO_EN]) == 0) {
		html_text(page, text);
	} else {
		g_string_append(page->out, "<span lang=\"en\">");
		html_text(page, text);
		g_string_append(page->out, "</span>");
	}
}

static void
write_source(HowtoPage *page, const char *source)
{
	g_auto(GStrv) parts = g_strsplit(source, " ; ", -1);
	for (guint i = 0; parts[i] != NULL; i++) {
		g_string_append(page->out, i == 0 ? " " : ", ");
		if (g_str_has_prefix(parts[i], "https://") ||
		    g_str_has_prefix(parts[i], "http://")) {
			write_address(page, parts[i]);
		} else {
			write_words(page, parts[i]);
		}
	}
}

/* How it was checked, in a sentence; @name of the program that it was found for. (transfer full) */
static char *
grade_text(const HowtoMark *mark, const char *name)
{
	static const char *const TEXTS[] = {
		[HOWTO_MEASURED] = N_("Tried with {name} on {date}."),
		[HOWTO_LIBRARY] =
			N_("Tried on {date} with {name}, which the program uses for this; not "
			   "with the program itself."),
		[HOWTO_READ] = N_("Read in the source on {date}, not tried."),
		[HOWTO_NOT_VERIFIED] = N_("Not verified."),
	};
	const char *text = mark->grade == HOWTO_READ && mark->version != NULL
				   ? N_("Read in {name} itself on {date}, not tried.")
				   : TEXTS[mark->grade];
	const char *version = mark->version == NULL ? "" : mark->version;
	const char *space = mark->version == NULL ? "" : " ";
	g_autofree char *checked = mark->grade == HOWTO_LIBRARY
					   ? g_strdup(version)
					   : g_strconcat(name, space, version, NULL);
	const HowtoGaps gaps = {.name = checked, .date = mark->date};
	return howto_fill(_(text), &gaps);
}

void
howto_write_mark(HowtoPage *page, const HowtoMark *mark, const char *name)
{
	g_autofree char *text = grade_text(mark, mark->of == NULL ? name : mark->of);
	g_string_append_printf(page->out, "<p class=\"mark%s\">",
			       mark->grade == HOWTO_NOT_VERIFIED ? " unverified" : "");
	html_text(page, text);
	if (mark->of != NULL && mark->grade != HOWTO_MEASURED) {
		const HowtoGaps of = {.name = mark->of};
		g_autofree char *found = howto_fill(_("It was found for {name}."), &of);
		g_string_append_c(page->out, ' ');
		html_text(page, found);
	}
	bool ours = mark->grade == HOWTO_MEASURED || mark->grade == HOWTO_LIBRARY;
	if (mark->source != NULL && !(ours && strcmp(mark->source, OURS) == 0)) {
		g_string_append_printf(page->out, " %s", _("Source:"));
		write_source(page, mark->source);
	}
	g_string_append(page->out, "</p>\n");
}

static void
write_steps(HowtoPage *page, const HowtoTask *task)
{
	g_string_append(page->out, "<ol>\n");
	for (guint i = 0; i < task->n_steps; i++) {
		html_marked_element(page, "li", howto_text(&task->steps[i]));
	}
	g_string_append(page->out, "</ol>\n");
	page->n_steps += task->n_steps;
	const char *note = howto_text(&task->note);
	if (note != NULL) {
		html_marked_element(page, "p class=\"note\"", note);
	}
}

void
howto_write_task(HowtoPage *page, HowtoSide side, const char *name)
{
	g_autofree char *program = howto_side_name(side);
	const HowtoTask *own = howto_task(side.program, name, side.version);
	const HowtoTask *task = own == NULL ? howto_task(&HOWTO_ANY, name, 0) : own;
	html_element(page, "h3", howto_task_title(name));
	write_steps(page, task);
	if (own != NULL) {
		howto_write_mark(page, &task->mark, howto_text(&side.program->name));
	} else {
		const HowtoGaps gaps = {.name = program};
		g_autofree char *general =
			howto_fill(_("These are general steps, not verified with {name}."), &gaps);
		html_element(page, "p class=\"mark unverified\"", general);
	}
}
