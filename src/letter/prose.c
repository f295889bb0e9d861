/* SPDX-License-Identifier: MPL-2.0 */
/* Plain text as HTML looks. */
#include "letter/prose.h"

#define DEPTH_MAX 20 /* quote marks of one line */

struct LetterProse {
	GString *out;
	size_t max;
	guint pending; /* line ends to come before the next word */
	bool gap;      /* a blank to come before the next word of the line */
	bool fresh;    /* the line has nothing yet, not even its quote marks */
	int depth;
	bool cut;
};

LetterProse *
letter_prose_new(size_t max)
{
	LetterProse *prose = g_new0(LetterProse, 1);
	prose->out = g_string_new(NULL);
	prose->max = max;
	prose->fresh = true;
	return prose;
}

void
letter_prose_free(LetterProse *prose)
{
	if (prose != NULL) {
		g_string_free(prose->out, TRUE);
		g_free(prose);
	}
}

static void
append_marks(LetterProse *prose)
{
	for (int i = 0; i < MIN(prose->depth, DEPTH_MAX); i++) {
		g_string_append_c(prose->out, '>');
	}
	if (prose->depth > 0) {
		g_string_append_c(prose->out, ' ');
	}
	prose->fresh = false;
}

static void
end_line(LetterProse *prose)
{
	g_string_append_c(prose->out, '\n');
	prose->fresh = true;
	prose->gap = false;
}

/* What was put off, before something visible. */
static void
settle(LetterProse *prose)
{
	for (guint i = 0; i < prose->pending && prose->out->len > 0; i++) {
		if (prose->fresh && prose->depth > 0) {
			append_marks(prose);
		}
		end_line(prose);
	}
	prose->pending = 0;
	if (prose->fresh) {
		append_marks(prose);
		prose->gap = false;
	}
	g_string_append(prose->out, prose->gap ? " " : "");
	prose->gap = false;
}

static bool
is_full(LetterProse *prose)
{
	prose->cut = prose->cut || prose->out->len >= prose->max;
	return prose->cut;
}

static bool
is_html_space(char c)
{
	return strchr(" \t\n\r\f", c) != NULL; /* of a character in a string, never NUL */
}

static void
add_words(LetterProse *prose, const char *text)
{
	while (*text != '\0' && !is_full(prose)) {
		if (is_html_space(*text)) {
			prose->gap = !prose->fresh && prose->pending == 0;
			text++;
			continue;
		}
		size_t n = strcspn(text, " \t\n\r\f");
		settle(prose);
		g_string_append_len(prose->out, text, (gssize)n);
		text += n;
	}
}

void
letter_prose_newline(LetterProse *prose)
{
	if (!is_full(prose) && (prose->out->len > 0 || prose->pending > 0)) {
		settle(prose);
		end_line(prose);
	}
}

static void
add_lines(LetterProse *prose, const char *text)
{
	while (*text != '\0' && !is_full(prose)) {
		size_t n = strcspn(text, "\n");
		if (n > 0) {
			settle(prose);
			g_string_append_len(prose->out, text, (gssize)n);
		}
		text += n;
		if (*text == '\n') {
			letter_prose_newline(prose);
			text++;
		}
	}
}

void
letter_prose_add(LetterProse *prose, const char *text, bool pre)
{
	if (pre) {
		add_lines(prose, text);
	} else {
		add_words(prose, text);
	}
}

void
letter_prose_break(LetterProse *prose, guint lines)
{
	guint have = prose->fresh ? 1 : 0;
	prose->gap = false;
	prose->pending = MAX(prose->pending, lines > have ? lines - have : 0);
}

void
letter_prose_quote(LetterProse *prose, int change)
{
	letter_prose_break(prose, 1);
	if (prose->pending > 0 && prose->out->len > 0) {
		end_line(prose);
		prose->pending = 0;
	}
	prose->depth += change;
}

bool
letter_prose_is_cut(const LetterProse *prose)
{
	return prose->cut;
}

char *
letter_prose_take(LetterProse *prose)
{
	GString *out = prose->out;
	while (out->len > 0 && strchr(" \n", out->str[out->len - 1]) != NULL) {
		g_string_truncate(out, out->len - 1);
	}
	if (out->len > 0) {
		g_string_append_c(out, '\n');
	}
	prose->out = g_string_new(NULL);
	return g_string_free(out, FALSE);
}
