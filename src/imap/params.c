/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Parameters of Content-Type and Content-Disposition:
 *
 *   parameter = attribute "=" (token / quoted-string)          ; RFC 2045 section 5.1
 *   attribute = name ["*" index] ["*"]                         ; RFC 2231 section 7
 *
 * Pieces name*0, name*1*, ... become one parameter behind the plain ones: name*, still
 * percent-encoded, if any piece is, else name. If a piece is missing all stay as they are.
 */
#include "imap/content.h"
#include "imap/words.h"

#define INDEX_MAX 1000000U

typedef struct {
	char *name;
	guint index;
	bool encoded;
	char *value;
	guint order;
} Piece;

static void
piece_clear(gpointer data)
{
	Piece *piece = data;
	g_free(piece->name);
	g_free(piece->value);
}

/* An encoded word without quotes, which people send: =?utf-8?q?...?= */
static ImapWordsState
read_bare_encoded_word(ImapWords *w, GString *out)
{
	while (w->at < w->end && (*w->at == '\0' || strchr("; \t\r\n", *w->at) == NULL)) {
		g_string_append_c(out, (char)*w->at++);
	}
	return IMAP_WORDS_MORE;
}

static ImapWordsState
read_value(ImapWords *w, GString *out)
{
	ImapWordsState state = imap_words_skip(w);
	if (state != IMAP_WORDS_MORE) {
		return state;
	}
	if (imap_words_next_is(w, '"')) {
		return imap_words_quoted(w, out);
	}
	return imap_words_next_is(w, '=') ? read_bare_encoded_word(w, out)
					  : imap_words_token(w, out);
}

/* At ";" if all is well. */
static bool
read_parameter(ImapWords *w, GString *name, GString *value)
{
	g_string_truncate(name, 0);
	g_string_truncate(value, 0);
	return imap_words_eat(w, ';') && imap_words_skip(w) == IMAP_WORDS_MORE &&
	       imap_words_token(w, name) == IMAP_WORDS_MORE && imap_words_eat(w, '=') &&
	       read_value(w, value) != IMAP_WORDS_BROKEN;
}

/* name "*" [index] ["*"]; false if @attribute is not of that form. */
static bool
split_attribute(const char *attribute, Piece *out)
{
	const char *star = strchr(attribute, '*');
	if (star == NULL) {
		return false;
	}
	const char *at = star + 1;
	guint index = 0;
	while (g_ascii_isdigit(*at) && index < INDEX_MAX) {
		index = index * 10 + (guint)(*at++ - '0');
	}
	bool numbered = at > star + 1;
	bool encoded = *at == '*' || !numbered;
	at += *at == '*' ? 1 : 0;
	if (*at != '\0') {
		return false;
	}
	out->name = g_strndup(attribute, (gsize)(star - attribute));
	out->index = index;
	out->encoded = encoded;
	return true;
}

static void
add(GPtrArray *params, const char *name, const char *value)
{
	g_ptr_array_add(params, g_strdup(name));
	g_ptr_array_add(params, g_strdup(value));
}

static int
compare(gconstpointer a, gconstpointer b)
{
	const Piece *x = a;
	const Piece *y = b;
	int by_name = strcmp(x->name, y->name);
	if (by_name != 0) {
		return by_name;
	}
	if (x->index != y->index) {
		return x->index < y->index ? -1 : 1;
	}
	return x->order < y->order ? -1 : 1;
}

static void
append_escaped(GString *out, const char *plain)
{
	for (; *plain != '\0'; plain++) {
		if (*plain == '%') {
			g_string_append(out, "%25");
		} else {
			g_string_append_c(out, *plain);
		}
	}
}

static void
add_joined(GPtrArray *params, const Piece *pieces, guint n, bool encoded)
{
	g_autoptr(GString) value = g_string_new(encoded && !pieces[0].encoded ? "''" : NULL);
	for (guint i = 0; i < n; i++) {
		if (encoded && !pieces[i].encoded) {
			append_escaped(value, pieces[i].value);
		} else {
			g_string_append(value, pieces[i].value);
		}
	}
	g_autofree char *name = g_strconcat(pieces[0].name, encoded ? "*" : NULL, NULL);
	add(params, name, value->str);
}

static void
add_apart(GPtrArray *params, const Piece *pieces, guint n)
{
	for (guint i = 0; i < n; i++) {
		g_autofree char *name = g_strdup_printf("%s*%u%s", pieces[i].name, pieces[i].index,
							pieces[i].encoded ? "*" : "");
		add(params, name, pieces[i].value);
	}
}

static void
join(GPtrArray *params, GArray *pieces)
{
	g_array_sort(pieces, compare);
	const Piece *all = (const Piece *)(const void *)pieces->data;
	for (guint from = 0, n = 0; from < pieces->len; from += n) {
		bool complete = true;
		bool encoded = false;
		for (n = 0; from + n < pieces->len &&
			    g_ascii_strcasecmp(all[from].name, all[from + n].name) == 0;
		     n++) {
			complete = complete && all[from + n].index == n;
			encoded = encoded || all[from + n].encoded;
		}
		if (complete) {
			add_joined(params, all + from, n, encoded);
		} else {
			add_apart(params, all + from, n);
		}
	}
}

GPtrArray *
imap_params_parse(BaseBytes value)
{
	GPtrArray *params = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GArray) pieces = g_array_new(FALSE, TRUE, sizeof(Piece));
	g_array_set_clear_func(pieces, piece_clear);
	g_autoptr(GString) name = g_string_new(NULL);
	g_autoptr(GString) text = g_string_new(NULL);
	ImapWords w = imap_words_on(value);
	while (w.at < w.end && params->len / 2 + pieces->len < IMAP_PARAMS_MAX) {
		Piece piece = {.order = pieces->len};
		if (!read_parameter(&w, name, text)) {
			w.at += w.at < w.end ? 1 : 0;
		} else if (split_attribute(name->str, &piece)) {
			piece.value = g_strdup(text->str);
			g_array_append_val(pieces, piece);
		} else {
			add(params, name->str, text->str);
		}
	}
	join(params, pieces);
	return params;
}
