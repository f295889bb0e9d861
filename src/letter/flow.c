/* SPDX-License-Identifier: MPL-2.0 */
/* format=flowed (RFC 3676). */
#include "letter/text.h"

#define LINE_LENGTH                                                                  \
	72U /* characters before the blank that says: goes on (RFC 3676 section 4.2) \
	     */
#define SIGNATURE "-- "

static size_t
quote_depth(const char *line)
{
	return strspn(line, ">");
}

static void
append_marks(GString *out, size_t depth, const char *text)
{
	for (size_t i = 0; i < depth; i++) {
		g_string_append_c(out, '>');
	}
	g_string_append(out, depth > 0 && *text != '\0' ? " " : "");
}

/* A paragraph as it grows line by line. */
typedef struct {
	GString *out;
	bool open;    /* the last line ended with a blank */
	size_t depth; /* of quotes, of the last line */
	bool delsp;
} Unflow;

static void
unflow_line(Unflow *u, char *line)
{
	size_t depth = quote_depth(line);
	char *text = line + depth;
	text += *text == ' '; /* space-stuffing */
	bool signature = strcmp(text, SIGNATURE) == 0;
	bool joins = u->open && depth == u->depth && !signature;
	if (!joins) {
		g_string_append(u->out, u->open ? "\n" : "");
		append_marks(u->out, depth, text);
	}
	size_t n = strlen(text);
	bool flows = n > 0 && text[n - 1] == ' ' && !signature;
	g_string_append_len(u->out, text, (gssize)(n - (flows && u->delsp)));
	g_string_append(u->out, flows ? "" : "\n");
	u->open = flows;
	u->depth = depth;
}

char *
letter_text_line(char **rest)
{
	char *line = *rest;
	if (*line == '\0') {
		return NULL;
	}
	char *end = strchr(line, '\n');
	*rest = end == NULL ? line + strlen(line) : end + 1;
	if (end == NULL) {
		return line;
	}
	end -= end > line && end[-1] == '\r';
	*end = '\0';
	return line;
}

char *
letter_text_unflow(const char *text, bool delsp)
{
	g_autofree char *copy = g_strdup(text);
	char *rest = copy;
	Unflow u = {.out = g_string_sized_new(strlen(text)), .delsp = delsp};
	for (char *line = letter_text_line(&rest); line != NULL; line = letter_text_line(&rest)) {
		unflow_line(&u, line);
	}
	g_string_append(u.out, u.open ? "\n" : "");
	return g_string_free(u.out, FALSE);
}

/* Where the line that begins at @text may end: after the last blank within LINE_LENGTH characters,
 * or after the first one, or nowhere. */
static const char *
break_of(const char *text)
{
	const char *best = NULL;
	size_t n = 0;
	for (const char *p = text; *p != '\0'; p = letter_text_next(p), n++) {
		if (n >= LINE_LENGTH && best != NULL) {
			return best;
		}
		if (*p == ' ' && p[1] != ' ' && p[1] != '\0') {
			best = p + 1;
		}
	}
	return n > LINE_LENGTH ? best : NULL;
}

static void
append_stuffed(GString *out, size_t depth, const char *text, size_t n)
{
	append_marks(out, depth, n > 0 ? "x" : "");
	bool stuff = depth == 0 && n > 0 &&
		     (text[0] == ' ' || text[0] == '>' || strncmp(text, "From ", 5) == 0);
	g_string_append(out, stuff ? " " : "");
	g_string_append_len(out, text, (gssize)n);
	g_string_append_c(out, '\n');
}

static void
flow_line(GString *out, char *line)
{
	if (strcmp(line, SIGNATURE) == 0) {
		g_string_append(out, SIGNATURE "\n");
		return;
	}
	size_t depth = quote_depth(line);
	const char *text = line + depth;
	text += depth > 0 && *text == ' ';
	size_t n = strlen(line);
	while (n > 0 && line[n - 1] == ' ') {
		line[--n] = '\0';
	}
	text = text > line + n ? line + n : text;
	for (const char *next = break_of(text); next != NULL; next = break_of(text)) {
		append_stuffed(out, depth, text, (size_t)(next - text));
		text = next;
	}
	append_stuffed(out, depth, text, strlen(text));
}

char *
letter_text_flow(const char *text)
{
	g_autofree char *copy = g_strdup(text);
	char *rest = copy;
	g_autoptr(GString) out = g_string_sized_new(strlen(text));
	for (char *line = letter_text_line(&rest); line != NULL; line = letter_text_line(&rest)) {
		flow_line(out, line);
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}
