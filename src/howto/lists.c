/* SPDX-License-Identifier: MPL-2.0 */
/* The ways to a page: the form, the programs, the pairs, the states. */
#include "howto/compose.h"
#include "howto/howto.h"
#include "howto/plan.h"
#include "howto/words.h"

static const HowtoProgram *
program_at(guint i)
{
	return i < HOWTO_N_PROGRAMS ? &HOWTO_PROGRAMS[i] : &HOWTO_ANY;
}

static void
add_option(HowtoPage *page, const char *value, const char *text)
{
	g_string_append_printf(page->out, "<option value=\"%s\">", value);
	html_text(page, text);
	g_string_append(page->out, "</option>\n");
}

static void
begin_select(HowtoPage *page, const char *name, const char *label)
{
	g_string_append_printf(page->out, "<p><label for=\"%s\">", name);
	html_text(page, label);
	g_string_append_printf(page->out, "</label>\n<select id=\"%s\" name=\"%s\">\n", name, name);
}

static void
add_programs(HowtoPage *page, const char *name, const char *label)
{
	begin_select(page, name, label);
	add_option(page, HOWTO_ANY.id, howto_text(&HOWTO_ANY.name));
	for (guint i = 0; i < HOWTO_N_PROGRAMS; i++) {
		add_option(page, HOWTO_PROGRAMS[i].id, howto_text(&HOWTO_PROGRAMS[i].name));
	}
	g_string_append(page->out, "</select></p>\n");
}

static void
add_form(HowtoPage *page)
{
	HowtoPlace find = {.kind = HOWTO_PLACE_FIND, .language = page->place->language};
	g_string_append(page->out, "<form method=\"get\" action=\"");
	html_address(page, &find);
	g_string_append(page->out, "\">\n");
	add_programs(page, "from", _("You write in"));
	add_programs(page, "to", _("The recipient reads in"));
	begin_select(page, "state", _("How it stands"));
	for (guint i = 0; i < HOWTO_N_PLANS; i++) {
		add_option(page, HOWTO_PLANS[i].state, _(HOWTO_PLANS[i].name));
	}
	g_string_append_printf(
		page->out, "</select></p>\n<p><button type=\"submit\">%s</button></p>\n</form>\n",
		_("Show the steps"));
}

static void
add_row(HowtoPage *page, const HowtoPlace *place, const char *text, const char *more)
{
	g_string_append(page->out, "<li>");
	html_link(page, place, text);
	if (more != NULL && *more != '\0') {
		g_string_append(page->out, " <span>");
		html_text(page, more);
		g_string_append(page->out, "</span>");
	}
	g_string_append(page->out, "</li>\n");
}

/* The ways on that need no form. */
static void
add_senders(HowtoPage *page)
{
	html_element(page, "h2", _("Or begin with the program you write in"));
	g_string_append(page->out, "<ul class=\"programs\">\n");
	for (guint i = 0; i <= HOWTO_N_PROGRAMS; i++) {
		const HowtoProgram *program = program_at(i);
		HowtoPlace place = {.kind = HOWTO_PLACE_FROM,
				    .language = page->place->language,
				    .from = {program, 0}};
		add_row(page, &place, howto_text(&program->name), program->platforms);
	}
	g_string_append(page->out, "</ul>\n");
}

void
howto_compose_index(HowtoPage *page)
{
	html_begin(page, _("How to encrypt mail between any two programs"),
		   _("Steps for your mail program and the recipient's, in whatever state the "
		     "recipient's key is."));
	html_element(page, "p class=\"lead\"",
		     _("Tell which program you write in, which one the recipient reads in, and how "
		       "it stands. You get the steps for exactly this."));
	add_form(page);
	add_senders(page);
	html_end(page);
}

static void
add_script(HowtoPage *page)
{
	HowtoPlace script = {.kind = HOWTO_PLACE_SCRIPT, .language = page->place->language};
	g_string_append(page->out, "<script src=\"");
	html_address(page, &script);
	g_string_append(page->out, "\"></script>\n");
}

void
howto_compose_find(HowtoPage *page)
{
	html_begin(page, _("Looking for your page"), _("The form leads here and on to the page."));
	html_element(page, "p class=\"lead\" id=\"wait\"",
		     _("If nothing happens, this copy of the pages cannot lead you on by itself: "
		       "choose your program in the list."));
	add_senders(page);
	add_script(page);
	html_end(page);
}

void
howto_compose_from(HowtoPage *page)
{
	g_autofree char *from = howto_side_name(page->place->from);
	const HowtoGaps gaps = {.from = from};
	g_autofree char *title = howto_fill(_("From {from} to which program?"), &gaps);
	const HowtoProgram *program = page->place->from.program;
	html_begin(page, title, howto_text(&program->about));
	html_element(page, "p class=\"lead\"", howto_text(&program->about));
	html_element(page, "h2", _("The recipient reads in"));
	g_string_append(page->out, "<ul class=\"programs\">\n");
	for (guint i = 0; i <= HOWTO_N_PROGRAMS; i++) {
		HowtoPlace place = *page->place;
		place.kind = HOWTO_PLACE_PAIR;
		place.to = (HowtoSide){program_at(i), 0};
		add_row(page, &place, howto_text(&program_at(i)->name), program_at(i)->platforms);
	}
	g_string_append(page->out, "</ul>\n<p>");
	HowtoPlace all = *page->place;
	all.kind = HOWTO_PLACE_PROGRAM;
	const HowtoGaps named = {.name = from};
	g_autofree char *about = howto_fill(_("All about {name}, with sources"), &named);
	html_link(page, &all, about);
	g_string_append(page->out, "</p>\n");
	html_end(page);
}

void
howto_compose_pair(HowtoPage *page)
{
	g_autofree char *from = howto_side_name(page->place->from);
	g_autofree char *to = howto_side_name(page->place->to);
	const HowtoGaps gaps = {.from = from, .to = to};
	g_autofree char *title = howto_fill(_("From {from} to {to}: how does it stand?"), &gaps);
	html_begin(page, title,
		   _("Steps for your mail program and the recipient's, in whatever state the "
		     "recipient's key is."));
	g_string_append(page->out, "<dl class=\"states\">\n");
	for (guint i = 0; i < HOWTO_N_PLANS; i++) {
		HowtoPlace place = *page->place;
		place.kind = HOWTO_PLACE_PAGE;
		place.state = HOWTO_PLANS[i].state;
		g_string_append(page->out, "<dt>");
		html_link(page, &place, _(HOWTO_PLANS[i].name));
		g_string_append(page->out, "</dt>\n");
		html_element(page, "dd", _(HOWTO_PLANS[i].meaning));
	}
	g_string_append(page->out, "</dl>\n");
	html_end(page);
}

void
howto_compose_missing(HowtoPage *page)
{
	html_begin(page, _("There is no such page"),
		   _("The address is mistyped, or the page has moved."));
	html_element(
		page, "p class=\"lead\"",
		_("The address is mistyped, or the page has moved. Here is the way to all of them."));
	add_form(page);
	add_senders(page);
	if (page->site->files) {
		add_script(page);
	}
	html_end(page);
}
