/* SPDX-License-Identifier: MPL-2.0 */
/* Commands, from one table. */
#include "pop3/command.h"

/*
 * command   = keyword *(SP argument) CRLF        RFC 1939 section 3: keywords of 3 or 4 characters
 * USER, PASS: one argument, which is the rest of the line; PASS may hold blanks (section 7)
 * AUTH      = "AUTH" [SP mechanism [SP initial]] RFC 5034 section 4; alone: RFC 1734's list
 */
#define NAME_MAX_SHOWN 20U /* octets of an unknown keyword that are worth repeating */

typedef enum {
	SHAPE_NONE,
	SHAPE_NUMBERS,
	SHAPE_REST,
	SHAPE_AUTH,
} Shape;

static const struct {
	const char *name;
	Shape shape;
	guint min, max; /* numbers */
} verbs[POP3_VERBS] = {
	[POP3_CAPA] = {"CAPA", SHAPE_NONE, 0, 0},    [POP3_STLS] = {"STLS", SHAPE_NONE, 0, 0},
	[POP3_USER] = {"USER", SHAPE_REST, 0, 0},    [POP3_PASS] = {"PASS", SHAPE_REST, 0, 0},
	[POP3_AUTH] = {"AUTH", SHAPE_AUTH, 0, 0},    [POP3_STAT] = {"STAT", SHAPE_NONE, 0, 0},
	[POP3_LIST] = {"LIST", SHAPE_NUMBERS, 0, 1}, [POP3_UIDL] = {"UIDL", SHAPE_NUMBERS, 0, 1},
	[POP3_RETR] = {"RETR", SHAPE_NUMBERS, 1, 1}, [POP3_TOP] = {"TOP", SHAPE_NUMBERS, 2, 2},
	[POP3_DELE] = {"DELE", SHAPE_NUMBERS, 1, 1}, [POP3_RSET] = {"RSET", SHAPE_NONE, 0, 0},
	[POP3_NOOP] = {"NOOP", SHAPE_NONE, 0, 0},    [POP3_QUIT] = {"QUIT", SHAPE_NONE, 0, 0},
};

const char *
pop3_verb_name(Pop3Verb verb)
{
	return verb < POP3_VERBS ? verbs[verb].name : "?";
}

/* The octets up to a blank; *@rest begins behind that blank, p NULL if there is none. */
static BaseBytes
take_word(BaseBytes line, BaseBytes *rest)
{
	const uint8_t *blank = line.n == 0 ? NULL : memchr(line.p, ' ', line.n);
	size_t n = blank == NULL ? line.n : (size_t)(blank - line.p);

	*rest = blank == NULL ? base_bytes(NULL, 0) : base_bytes(blank + 1, line.n - n - 1);
	return base_bytes(line.p, n);
}

static bool
parse_number(BaseBytes word, guint32 *out)
{
	guint64 value = 0;

	if (word.n == 0 || word.n > 10) {
		return false;
	}
	for (size_t i = 0; i < word.n; i++) {
		if (!g_ascii_isdigit(word.p[i])) {
			return false;
		}
		value = value * 10 + (guint64)(word.p[i] - '0');
	}
	*out = (guint32)value;
	return value <= G_MAXUINT32;
}

static bool
has_right_numbers(BaseBytes rest, Pop3Command *out)
{
	rest = base_bytes_trim(rest);
	while (rest.n > 0) {
		BaseBytes more;
		BaseBytes word = take_word(rest, &more);

		if (out->n_numbers == verbs[out->verb].max ||
		    !parse_number(word, &out->numbers[out->n_numbers++])) {
			return false;
		}
		rest = base_bytes_trim(more);
	}
	return out->n_numbers >= verbs[out->verb].min &&
	       (out->n_numbers == 0 || out->numbers[0] > 0);
}

static bool
parse_auth(BaseBytes rest, Pop3Command *out)
{
	rest = base_bytes_trim(rest);
	out->text = take_word(rest, &out->initial);
	if (out->initial.p != NULL) {
		out->initial = base_bytes_trim(out->initial);
	}
	return out->initial.n == 0 || memchr(out->initial.p, ' ', out->initial.n) == NULL;
}

static bool
parse_arguments(BaseBytes rest, Pop3Command *out)
{
	switch (verbs[out->verb].shape) {
	case SHAPE_NONE:
		return base_bytes_trim(rest).n == 0;
	case SHAPE_NUMBERS:
		out->odd = !has_right_numbers(rest, out);
		return true;
	case SHAPE_REST:
		out->text = rest;
		return rest.n > 0 && memchr(rest.p, 0, rest.n) == NULL;
	case SHAPE_AUTH:
		return parse_auth(rest, out);
	}
	return false;
}

bool
pop3_command_parse(BaseBytes line, Pop3Command *out, GError **error)
{
	BaseBytes rest;
	BaseBytes word = take_word(line, &rest);

	for (guint verb = 0; verb < POP3_VERBS; verb++) {
		Pop3Command command = {.verb = (Pop3Verb)verb};

		if (!base_bytes_equal_nocase(word, base_bytes_str(verbs[verb].name))) {
			continue;
		}
		if (!parse_arguments(rest, &command)) {
			return base_fail(error, PS_ERROR_MALFORMED, "%s: wrong arguments",
					 verbs[verb].name);
		}
		*out = command;
		return true;
	}
	g_autofree char *name = base_bytes_strdup(base_bytes_slice(word, 0, NAME_MAX_SHOWN));
	g_autofree char *shown = g_ascii_strup(name, -1);
	return base_fail(error, PS_ERROR_UNSUPPORTED, "Unknown command: %s",
			 g_utf8_validate(shown, -1, NULL) ? shown : "?");
}
