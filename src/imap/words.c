/* SPDX-License-Identifier: MPL-2.0 */
/* Words of structured fields. All loops move forward over the octets: linear, no recursion. */
#include "imap/words.h"

#define NUL_SHOWN "\xef\xbf\xbd"

bool
imap_words_is_atext(uint8_t c)
{
	return c >= 0x80 || g_ascii_isalnum((char)c) ||
	       (c != 0 && strchr("!#$%&'*+-/=?^_`{|}~", (char)c) != NULL);
}

static bool
is_token(uint8_t c)
{
	return c == '.' || (imap_words_is_atext(c) && c != '/' && c != '=' && c != '?');
}

static void
append(GString *out, const uint8_t *from, const uint8_t *to)
{
	if (out != NULL) {
		g_string_append_len(out, (const char *)from, to - from);
	}
}

static ImapWordsState
state_of(const ImapWords *w)
{
	return w->at < w->end ? IMAP_WORDS_MORE : IMAP_WORDS_END;
}

/* At a backslash; past the pair. A CR, LF or NUL is not escaped, the backslash stays then. */
static bool
quoted_pair(ImapWords *w, GString *out)
{
	if (w->at + 1 == w->end) {
		return false;
	}
	bool odd = w->at[1] == '\r' || w->at[1] == '\n' || w->at[1] == '\0';
	append(out, odd ? w->at : w->at + 1, odd ? w->at + 1 : w->at + 2);
	w->at += odd ? 1 : 2;
	return true;
}

/* One octet inside quotes or a comment: line ends go, a NUL becomes visible. */
static void
plain_octet(ImapWords *w, GString *out)
{
	bool fold = w->at[0] == '\r' && w->at + 1 < w->end && w->at[1] == '\n';
	if (*w->at == '\0' && out != NULL) {
		g_string_append(out, NUL_SHOWN);
	} else if (*w->at != '\n' && !fold) {
		append(out, w->at, w->at + 1);
	}
	w->at++;
}

static void
forget_comment(ImapWords *w)
{
	if (w->comment != NULL) {
		g_string_truncate(w->comment, 0);
	}
}

/* comment = "(" *([FWS] ccontent) [FWS] ")" */
static bool
skip_comment(ImapWords *w)
{
	size_t level = 1;
	forget_comment(w);
	w->at++;
	while (w->at < w->end) {
		if (*w->at == '\\') {
			if (!quoted_pair(w, w->comment)) {
				break;
			}
			continue;
		}
		level += *w->at == '(' ? 1U : 0U;
		level -= *w->at == ')' ? 1U : 0U;
		if (level == 0) {
			w->at++;
			return true;
		}
		plain_octet(w, w->comment);
	}
	forget_comment(w);
	w->at = w->end;
	return false;
}

ImapWordsState
imap_words_skip(ImapWords *w)
{
	while (w->at < w->end) {
		if (*w->at == '(') {
			if (!skip_comment(w)) {
				return IMAP_WORDS_BROKEN;
			}
		} else if (strchr(" \t\r\n", *w->at) != NULL && *w->at != '\0') {
			w->at++;
		} else {
			break;
		}
	}
	return state_of(w);
}

/* The run of octets that @is wants, then [CFWS]. */
static ImapWordsState
run(ImapWords *w, bool (*is)(uint8_t), GString *out)
{
	const uint8_t *from = w->at;
	while (w->at < w->end && is(*w->at)) {
		w->at++;
	}
	append(out, from, w->at);
	return w->at < w->end ? imap_words_skip(w) : IMAP_WORDS_END;
}

ImapWordsState
imap_words_token(ImapWords *w, GString *out)
{
	return run(w, is_token, out);
}

ImapWordsState
imap_words_atom(ImapWords *w, GString *out)
{
	bool is = w->at < w->end && imap_words_is_atext(*w->at);
	return is ? run(w, imap_words_is_atext, out) : IMAP_WORDS_BROKEN;
}

ImapWordsState
imap_words_dot_atom(ImapWords *w, GString *out)
{
	for (;;) {
		ImapWordsState state = imap_words_atom(w, out);
		if (state != IMAP_WORDS_MORE || !imap_words_next_is(w, '.')) {
			return state;
		}
		g_string_append_c(out, '.');
		w->at++;
		if (w->at == w->end) {
			return IMAP_WORDS_BROKEN;
		}
		if (imap_words_skip(w) != IMAP_WORDS_MORE) {
			return IMAP_WORDS_BROKEN;
		}
	}
}

ImapWordsState
imap_words_local_part(ImapWords *w, GString *out)
{
	if (imap_words_next_is(w, '"')) {
		return imap_words_quoted(w, out);
	}
	ImapWordsState state = IMAP_WORDS_BROKEN;
	do {
		while (imap_words_eat(w, '.')) {
			g_string_append_c(out, '.');
			state = imap_words_skip(w);
			if (state != IMAP_WORDS_MORE) {
				return state;
			}
		}
		if (imap_words_next_is(w, '@')) {
			return state;
		}
		state = imap_words_atom(w, out);
	} while (state == IMAP_WORDS_MORE && imap_words_next_is(w, '.'));
	return state;
}

ImapWordsState
imap_words_quoted(ImapWords *w, GString *out)
{
	w->at++;
	while (w->at < w->end) {
		if (*w->at == '"') {
			w->at++;
			return imap_words_skip(w);
		}
		if (*w->at != '\\') {
			plain_octet(w, out);
		} else if (!quoted_pair(w, out)) {
			return IMAP_WORDS_BROKEN;
		}
	}
	return IMAP_WORDS_BROKEN;
}

static bool
is_atext_or_dot(uint8_t c)
{
	return c == '.' || imap_words_is_atext(c);
}

ImapWordsState
imap_words_phrase(ImapWords *w, GString *out)
{
	if (w->at >= w->end) {
		return IMAP_WORDS_END;
	}
	if (*w->at == '.') {
		return IMAP_WORDS_BROKEN;
	}
	for (;;) {
		ImapWordsState state =
			*w->at == '"' ? imap_words_quoted(w, out) : run(w, is_atext_or_dot, out);
		if (state != IMAP_WORDS_MORE) {
			return state;
		}
		if (!is_atext_or_dot(*w->at) && *w->at != '"') {
			return state;
		}
		g_string_append_c(out, ' ');
	}
}

/* domain-literal = "[" *([FWS] dtext) [FWS] "]"; brackets and backslashes are kept */
static ImapWordsState
domain_literal(ImapWords *w, GString *out)
{
	append(out, w->at, w->at + 1);
	w->at++;
	while (w->at < w->end && *w->at != '[') {
		if (*w->at == ']') {
			g_string_append_c(out, ']');
			w->at++;
			return imap_words_skip(w);
		}
		if (*w->at == '\\' && w->at + 1 < w->end) {
			plain_octet(w, out);
		}
		plain_octet(w, out);
	}
	return IMAP_WORDS_BROKEN;
}

ImapWordsState
imap_words_domain(ImapWords *w, GString *out)
{
	w->at++;
	if (imap_words_skip(w) != IMAP_WORDS_MORE) {
		return IMAP_WORDS_BROKEN;
	}
	return *w->at == '[' ? domain_literal(w, out) : imap_words_dot_atom(w, out);
}
