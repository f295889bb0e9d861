/* SPDX-License-Identifier: MPL-2.0 */
/* Addresses of pages: what a path means, and back. */
#include "howto/place.h"

#include "howto/howto.h"

#define SEGMENT_MAX  64U    /* octets of a program with its version */
#define VERSION_MAX  99999U /* first numbers of versions */
#define SEGMENTS_MAX 5U

static const char *const STATES[] = {
	"none",          "changed", "expired", "conflict", "recipient-cannot",
	"sender-cannot", "ready",   "refused", NULL,
};

const char *const *
howto_states(void)
{
	return STATES;
}

const char *
howto_state(const char *name)
{
	for (size_t i = 0; name != NULL && STATES[i] != NULL; i++) {
		if (strcmp(STATES[i], name) == 0) {
			return STATES[i];
		}
	}
	return NULL;
}

/* ABNF: id ["-" 1*DIGIT *(ALPHA / DIGIT / "." / "_" / "-")]; id = 1*low *("-" 1*low) */
bool
howto_side_parse(const char *segment, HowtoSide *out)
{
	size_t n = strspn(segment, "abcdefghijklmnopqrstuvwxyz-");
	size_t rest = strspn(segment + n, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					  "0123456789._-");
	bool has_version = segment[n] != '\0';
	if (n == 0 || n + rest > SEGMENT_MAX || segment[n + rest] != '\0' || segment[0] == '-' ||
	    (has_version && !g_ascii_isdigit(segment[n])) ||
	    has_version != (segment[n - 1] == '-')) {
		return false;
	}
	g_autofree char *id = g_strndup(segment, has_version ? n - 1 : n);
	guint64 version = has_version ? g_ascii_strtoull(segment + n, NULL, 10) : 0;
	const HowtoProgram *program = howto_program(id);
	bool known = program != NULL && program != &HOWTO_ANY && version <= VERSION_MAX;
	*out = (HowtoSide){program == NULL ? &HOWTO_ANY : program, known ? (guint)version : 0};
	return true;
}

/* The segments behind /how-to/ and its language; the last slash counts for nothing. */
static GStrv
segments_of(const char *path, const char **language)
{
	g_auto(GStrv) all = g_strsplit(path, "/", SEGMENTS_MAX + 2);
	guint n = g_strv_length(all);
	if (n > 1 && all[n - 1][0] == '\0') {
		g_free(g_steal_pointer(&all[n - 1]));
	}
	*language = HOWTO_CODES[HOWTO_EN];
	guint skip = 0;
	for (guint i = HOWTO_EN + 1; all[0] != NULL && i < HOWTO_LANGUAGES; i++) {
		if (strcmp(all[0], HOWTO_CODES[i]) == 0) {
			*language = HOWTO_CODES[i];
			skip = 1;
		}
	}
	return g_strdupv(all + skip);
}

static bool
parse_encrypt(char **segments, HowtoPlace *out)
{
	guint n = g_strv_length(segments);
	if (n < 1 || n > 3 || !howto_side_parse(segments[0], &out->from)) {
		return false;
	}
	out->kind = HOWTO_PLACE_FROM;
	if (n >= 2) {
		out->kind = HOWTO_PLACE_PAIR;
		if (!howto_side_parse(segments[1], &out->to)) {
			return false;
		}
	}
	if (n == 3) {
		out->kind = HOWTO_PLACE_PAGE;
		out->state = howto_state(segments[2]);
		return out->state != NULL;
	}
	return true;
}

static bool
parse_program(char **segments, HowtoPlace *out)
{
	out->kind = HOWTO_PLACE_PROGRAM;
	return g_strv_length(segments) == 1 && howto_side_parse(segments[0], &out->from);
}

static bool
parse_word(char **segments, HowtoPlace *out)
{
	static const struct {
		const char *name;
		HowtoPlaceKind kind;
	} WORDS[] = {
		{"find", HOWTO_PLACE_FIND},
		{"encrypt", HOWTO_PLACE_INDEX},
		{"style.css", HOWTO_PLACE_STYLE},
		{"find.js", HOWTO_PLACE_SCRIPT},
	};

	for (size_t i = 0; segments[1] == NULL && i < G_N_ELEMENTS(WORDS); i++) {
		if (strcmp(WORDS[i].name, segments[0]) == 0) {
			out->kind = WORDS[i].kind;
			return true;
		}
	}
	return false;
}

bool
howto_place_parse(const char *path, HowtoPlace *out)
{
	if (strlen(path) > HOWTO_PATH_MAX || strncmp(path, "/how-to", 7) != 0 ||
	    (path[7] != '/' && path[7] != '\0')) {
		return false;
	}
	HowtoPlace place = {.kind = HOWTO_PLACE_INDEX};
	g_auto(GStrv) segments = segments_of(path[7] == '\0' ? "" : path + 8, &place.language);
	bool found = segments[0] == NULL;
	if (!found && strcmp(segments[0], "encrypt") == 0 && segments[1] != NULL) {
		found = parse_encrypt(segments + 1, &place);
	} else if (!found && strcmp(segments[0], "program") == 0) {
		found = parse_program(segments + 1, &place);
	} else if (!found) {
		found = parse_word(segments, &place);
	}
	if (found) {
		*out = place;
	}
	return found;
}

static void
add_side(GString *path, HowtoSide side)
{
	g_string_append(path, side.program->id);
	if (side.version != 0) {
		g_string_append_printf(path, "-%u", side.version);
	}
	g_string_append_c(path, '/');
}

char *
howto_place_path(const HowtoPlace *place)
{
	static const char *const BEGINS[] = {
		[HOWTO_PLACE_INDEX] = "",          [HOWTO_PLACE_FIND] = "find/",
		[HOWTO_PLACE_FROM] = "encrypt/",   [HOWTO_PLACE_PAIR] = "encrypt/",
		[HOWTO_PLACE_PAGE] = "encrypt/",   [HOWTO_PLACE_PROGRAM] = "program/",
		[HOWTO_PLACE_STYLE] = "style.css", [HOWTO_PLACE_SCRIPT] = "find.js",
	};
	GString *path = g_string_new(HOWTO_PREFIX);
	bool shared = place->kind == HOWTO_PLACE_STYLE || place->kind == HOWTO_PLACE_SCRIPT;
	if (!shared && strcmp(place->language, HOWTO_CODES[HOWTO_EN]) != 0) {
		g_string_append_printf(path, "%s/", place->language);
	}
	g_string_append(path, BEGINS[place->kind]);
	bool encrypt = strcmp(BEGINS[place->kind], "encrypt/") == 0;
	if (encrypt || place->kind == HOWTO_PLACE_PROGRAM) {
		add_side(path, place->from);
	}
	if (encrypt && place->kind != HOWTO_PLACE_FROM) {
		add_side(path, place->to);
	}
	if (place->kind == HOWTO_PLACE_PAGE) {
		g_string_append_printf(path, "%s/", place->state);
	}
	return g_string_free(path, FALSE);
}

HowtoPlace
howto_place_in(const HowtoPlace *place, const char *language)
{
	HowtoPlace other = *place;
	other.language = language;
	return other;
}
