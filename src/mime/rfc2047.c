/* SPDX-License-Identifier: MPL-2.0 */
/* Writing encoded words. */
#include "mime/rfc2047.h"

#include "base/base64.h"

#define WORD_COLUMNS 75
#define WORD_LONG    900 /* octets of a word that no folding could bring below 998 */

/* ---- encoding ---- */

static bool
is_q_literal(guchar c)
{
	return g_ascii_isalnum(c) || (c != '\0' && strchr("!*+-/", c) != NULL);
}

static size_t
q_length(BaseBytes b)
{
	size_t n = 0;
	for (size_t i = 0; i < b.n; i++) {
		n += is_q_literal(b.p[i]) || b.p[i] == ' ' ? 1 : 3;
	}
	return n;
}

static void
append_q(GString *out, BaseBytes b)
{
	for (size_t i = 0; i < b.n; i++) {
		guchar c = b.p[i];
		if (c == ' ') {
			g_string_append_c(out, '_');
		} else if (is_q_literal(c)) {
			g_string_append_c(out, (char)c);
		} else {
			g_string_append_printf(out, "=%02X", c);
		}
	}
}

/* Octets of the character at @i: no encoded word may hold a part of one (RFC 2047 section 5). */
static size_t
char_length(BaseBytes b, size_t i, bool utf8)
{
	return utf8 ? MIN((size_t)g_utf8_skip[b.p[i]], b.n - i) : 1;
}

/*
 * How many octets from @from on fit into @room columns of Q or base64; at least one character.
 * Base64 pieces are multiples of three where the characters allow: GMime 3.2.13 drops every word
 * after one with padding.
 */
static size_t
piece_length(BaseBytes b, size_t from, size_t room, bool use_q, bool utf8)
{
	size_t n = 0;
	size_t whole = 0;
	while (from + n < b.n) {
		size_t more = n + char_length(b, from + n, utf8);
		BaseBytes piece = base_bytes_slice(b, from, more);
		size_t columns = use_q ? q_length(piece) : BASE64_LENGTH(more);
		if (columns > room && n > 0) {
			break;
		}
		n = more;
		whole = n % 3 == 0 ? n : whole;
	}
	return use_q || from + n == b.n || whole == 0 ? n : whole;
}

/* @b as encoded words with blanks between them. */
static void
append_words(GString *out, BaseBytes b, const char *charset)
{
	bool utf8 = strcmp(charset, "utf-8") == 0;
	bool use_q = q_length(b) <= BASE64_LENGTH(b.n) + 8;
	size_t room = WORD_COLUMNS -
		      strlen("=?"
			     "?q?"
			     "?=") -
		      strlen(charset);
	for (size_t at = 0; at < b.n;) {
		size_t n = piece_length(b, at, room, use_q, utf8);
		BaseBytes piece = base_bytes_slice(b, at, n);
		g_string_append_printf(out, "%s=?%s?%c?", at == 0 ? "" : " ", charset,
				       use_q ? 'q' : 'b');
		if (use_q) {
			append_q(out, piece);
		} else {
			g_autofree char *text = base64_encode_string(piece);
			g_string_append(out, text);
		}
		g_string_append(out, "?=");
		at += n;
	}
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_ascii(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((s[i] & 0x80) != 0) {
			return false;
		}
	}
	return true;
}

static bool
stays(const char *word, size_t n)
{
	return n <= WORD_LONG && is_ascii(word, n);
}

static bool
looks_encoded(const char *word, size_t n)
{
	return n > 6 && strncmp(word, "=?", 2) == 0 && strncmp(word + n - 2, "?=", 2) == 0;
}

/* A run of words to encode: from the first 8-bit word to the last of those that follow each other.
 * Blanks between two encoded words vanish when decoded, so those next to a word that is encoded
 * already join it. */
typedef struct {
	const char *from;
	const char *to;
	const char *next; /* after the word behind the run */
} Run;

static const char *
word_end(const char *p)
{
	return p + strcspn(p, " \t");
}

static const char *
skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

static void
grow_run(Run *run)
{
	run->to = word_end(run->from);
	for (;;) {
		const char *word = skip_blanks(run->to);
		const char *end = word_end(word);
		if (*word == '\0' || stays(word, (size_t)(end - word))) {
			if (looks_encoded(word, (size_t)(end - word))) {
				run->to = word;
			}
			return;
		}
		run->to = end;
	}
}

char *
mime_rfc2047_encode(const char *value)
{
	if (stays(value, strlen(value))) {
		return g_strdup(value);
	}
	const char *charset = mime_charset_of_raw(value);
	g_autoptr(GString) out = g_string_new(NULL);
	const char *last = value; /* the word before */
	size_t last_n = 0;
	for (const char *p = value; *p != '\0';) {
		const char *word = skip_blanks(p);
		const char *end = word_end(word);
		if (stays(word, (size_t)(end - word))) {
			g_string_append_len(out, p, end - p);
			last = word;
			last_n = (size_t)(end - word);
			p = end;
			continue;
		}
		Run run = {.from = word};
		grow_run(&run);
		bool join = looks_encoded(last, last_n) && p != word;
		if (join) {
			g_string_append_c(out, ' ');
		} else {
			g_string_append_len(out, p, word - p);
		}
		const char *from = join ? p : word;
		append_words(out, base_bytes(from, (size_t)(run.to - from)), charset);
		if (is_blank(run.to[-1])) {
			g_string_append_c(out, ' ');
		}
		last_n = 0;
		p = run.to;
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* atext of RFC 5322 section 3.2.3, and the blanks between atoms. */
static bool
is_plain_phrase(const char *s)
{
	for (const char *p = s; *p != '\0'; p++) {
		if (!g_ascii_isalnum(*p) && strchr("!#$%&'*+-/=?^_`{|}~ ", *p) == NULL) {
			return false;
		}
	}
	return *s != '\0' && !is_blank(*s) && !is_blank(s[strlen(s) - 1]) &&
	       strstr(s, "=?") == NULL && strstr(s, "  ") == NULL;
}

char *
mime_rfc2047_encode_phrase(const char *utf8)
{
	g_autofree char *clean = mime_text_clean(utf8);
	g_autoptr(GString) out = g_string_new(NULL);
	if (!g_str_is_ascii(clean) || strstr(clean, "=?") != NULL) {
		append_words(out, base_bytes_str(clean), "utf-8");
	} else if (is_plain_phrase(clean)) {
		g_string_append(out, clean);
	} else {
		g_string_append_c(out, '"');
		for (const char *p = clean; *p != '\0'; p++) {
			if (*p == '"' || *p == '\\') {
				g_string_append_c(out, '\\');
			}
			g_string_append_c(out, *p);
		}
		g_string_append_c(out, '"');
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* ---- address fields ---- */

/* The end of a quoted string, comment (not nested deeper than its own brackets) or angle at @p. */
static const char *
closing(const char *p, char open, char close)
{
	guint depth = 0;
	for (; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0') {
			p++;
		} else if (*p == close && (open == close ? depth > 0 : depth == 1)) {
			return p + 1;
		} else if (*p == open) {
			depth++;
		} else if (*p == close) {
			depth--;
		}
	}
	return p;
}

static const char *
phrase_end(const char *p)
{
	while (*p != '\0' && strchr(",;:<>(", *p) == NULL) {
		p = *p == '"' ? closing(p, '"', '"') : p + 1;
	}
	return p;
}

/* The text a phrase or comment stands for: quotes and backslashes away. */
static char *
unquote(const char *from, const char *to)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (const char *p = from; p < to; p++) {
		if (*p == '"') {
			continue;
		}
		if (*p == '\\' && p + 1 < to) {
			p++;
		}
		g_string_append_c(out, *p);
	}
	return g_strstrip(g_string_free(g_steal_pointer(&out), FALSE));
}

static void
append_as_words(GString *out, const char *from, const char *to)
{
	g_autofree char *text = unquote(from, to);
	if (strstr(text, "=?") == NULL) {
		append_words(out, base_bytes_str(text), mime_charset_of_raw(text));
		return;
	}
	g_autofree char *decoded = mime_rfc2047_decode(text);
	append_words(out, base_bytes_str(decoded), "utf-8");
}

static void
append_phrase(GString *out, const char *from, const char *to)
{
	bool address = memchr(from, '@', (size_t)(to - from)) != NULL && *from != '"';
	if (address || is_ascii(from, (size_t)(to - from))) {
		g_string_append_len(out, from, to - from);
		return;
	}
	append_as_words(out, from, to);
	if (*to != '\0' && *to != ',' && *to != ';' && *to != ':') {
		g_string_append_c(out, ' ');
	}
}

static void
append_comment(GString *out, const char *from, const char *to)
{
	if (is_ascii(from, (size_t)(to - from)) || to - from < 2) {
		g_string_append_len(out, from, to - from);
		return;
	}
	g_string_append_c(out, '(');
	append_as_words(out, from + 1, to[-1] == ')' ? to - 1 : to);
	g_string_append_c(out, ')');
}

char *
mime_rfc2047_encode_addresses(const char *value)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (const char *p = value; *p != '\0';) {
		const char *end = p + 1;
		if (*p == '<') {
			end = closing(p, '<', '>');
			g_string_append_len(out, p, end - p);
		} else if (*p == '(') {
			end = closing(p, '(', ')');
			append_comment(out, p, end);
		} else if (is_blank(*p) || strchr(",;:>", *p) != NULL) {
			g_string_append_c(out, *p);
		} else {
			end = phrase_end(p);
			append_phrase(out, p, end);
		}
		p = end;
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}
