/* SPDX-License-Identifier: MPL-2.0 */
/* A request and its answer; nothing is read or kept. */
#include "howto/howto.h"

#include "howto/compose.h"
#include "howto/words.h"
#include "policy/howto.h"

#define TYPE_HTML   "text/html; charset=utf-8"
#define TYPE_CSS    "text/css; charset=utf-8"
#define TYPE_SCRIPT "text/javascript; charset=utf-8"

static const HowtoSite SERVED = {.files = false, .base = NULL};

void
howto_answer_clear(HowtoAnswer *answer)
{
	g_clear_pointer(&answer->location, g_free);
	g_clear_pointer(&answer->body, g_bytes_unref);
}

const char *const *
howto_programs(void)
{
	return HOWTO_PROGRAM_IDS;
}

const char *
howto_program_name(const char *id, const char *language)
{
	const HowtoProgram *program = howto_program(id);
	guint i = HOWTO_LANGUAGES - 1;
	while (i > HOWTO_EN && strcmp(HOWTO_CODES[i], language) != 0) {
		i--;
	}
	return program == NULL ? NULL : program->name.in[i];
}

const char *
howto_program_can(const char *id, const char *fact)
{
	const HowtoProgram *program = howto_program(id);
	return program == NULL ? "unknown" : howto_value(program, fact, 0);
}

/* ---- composing ---- */

char *
howto_compose(const HowtoPlace *place, const HowtoSite *site, bool missing)
{
	static void (*const COMPOSE[])(HowtoPage *) = {
		[HOWTO_PLACE_INDEX] = howto_compose_index,
		[HOWTO_PLACE_FIND] = howto_compose_find,
		[HOWTO_PLACE_FROM] = howto_compose_from,
		[HOWTO_PLACE_PAIR] = howto_compose_pair,
		[HOWTO_PLACE_PAGE] = howto_compose_page,
		[HOWTO_PLACE_PROGRAM] = howto_compose_program,
	};
	const char *before = base_language_code();
	HowtoPage page = {.out = g_string_new(NULL), .site = site, .place = place};
	g_autofree char *path = missing ? NULL : howto_place_path(place);
	page.path = path;
	base_language_use(place->language);
	if (missing) {
		howto_compose_missing(&page);
	} else {
		COMPOSE[place->kind](&page);
	}
	base_language_use(before);
	return g_string_free(page.out, FALSE);
}

/* ---- addresses ---- */

static HowtoSide
side_or_any(const char *segment)
{
	HowtoSide side = {&HOWTO_ANY, 0};
	if (segment != NULL) {
		howto_side_parse(segment, &side);
	}
	return side;
}

char *
howto_url(const char *base, const char *from, const char *to, const char *state)
{
	HowtoPlace place = {.kind = HOWTO_PLACE_PAGE,
			    .language = HOWTO_CODES[HOWTO_EN],
			    .from = side_or_any(from),
			    .to = side_or_any(to),
			    .state = howto_state(state)};
	if (place.state == NULL) {
		return NULL;
	}
	g_autofree char *path = howto_place_path(&place);
	return g_strconcat(base == NULL ? POLICY_HOWTO_BASE : base, path, NULL);
}

/* Where the form leads; the form itself if it was not filled in. */
static char *
found_path(const HowtoPlace *find, const char *query)
{
	HowtoPlace place = {.kind = HOWTO_PLACE_INDEX, .language = find->language};
	g_autoptr(GHashTable) values =
		query == NULL || strlen(query) > HOWTO_PATH_MAX
			? NULL
			: g_uri_parse_params(query, -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
	const char *from = values == NULL ? NULL : g_hash_table_lookup(values, "from");
	const char *to = values == NULL ? NULL : g_hash_table_lookup(values, "to");
	if (from != NULL) {
		place.kind = HOWTO_PLACE_FROM;
		place.from = side_or_any(from);
	}
	if (from != NULL && to != NULL) {
		place.state = howto_state(g_hash_table_lookup(values, "state"));
		place.kind = place.state == NULL ? HOWTO_PLACE_PAIR : HOWTO_PLACE_PAGE;
		place.to = side_or_any(to);
	}
	return howto_place_path(&place);
}

/* ---- answers ---- */

static void
answer_text(HowtoAnswer *out, guint status, const char *type, char *text)
{
	out->status = status;
	out->type = type;
	out->body = g_bytes_new_take(text, strlen(text));
}

static void
answer_redirect(HowtoAnswer *out, guint status, char *location)
{
	out->status = status;
	out->type = TYPE_HTML;
	out->location = location;
	out->body = g_bytes_new_static("", 0);
}

static void
answer_static(HowtoAnswer *out, const char *type, const char *text)
{
	out->status = 200;
	out->type = type;
	out->body = g_bytes_new_static(text, strlen(text));
}

void
howto_respond(const char *path, const char *query, HowtoAnswer *out)
{
	const HowtoPlace index = {.kind = HOWTO_PLACE_INDEX, .language = HOWTO_CODES[HOWTO_EN]};
	HowtoPlace place;
	*out = (HowtoAnswer){0};
	if (!howto_place_parse(path, &place)) {
		answer_text(out, 404, TYPE_HTML, howto_compose(&index, &SERVED, true));
		return;
	}
	g_autofree char *canonical = howto_place_path(&place);
	if (strcmp(canonical, path) != 0) {
		answer_redirect(out, 301, g_steal_pointer(&canonical));
	} else if (place.kind == HOWTO_PLACE_FIND) {
		answer_redirect(out, 303, found_path(&place, query));
	} else if (place.kind == HOWTO_PLACE_STYLE) {
		answer_static(out, TYPE_CSS, HOWTO_STYLE);
	} else if (place.kind == HOWTO_PLACE_SCRIPT) {
		answer_static(out, TYPE_SCRIPT, HOWTO_SCRIPT);
	} else {
		answer_text(out, 200, TYPE_HTML, howto_compose(&place, &SERVED, false));
	}
}
