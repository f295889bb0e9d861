/* SPDX-License-Identifier: MPL-2.0 */
/* The words of structured fields (RFC 5322 section 3.2, RFC 2045 section 5.1), read as far as they
 * can be read: a server has to answer something for every field. */
#pragma once

#include "base/bytes.h"

typedef enum {
	IMAP_WORDS_BROKEN = -1, /* not what was asked for; the place is undefined */
	IMAP_WORDS_END = 0,     /* read, and nothing follows */
	IMAP_WORDS_MORE = 1,    /* read, comments and blanks behind it too; something follows */
} ImapWordsState;

typedef struct {
	const uint8_t *at;
	const uint8_t *end;
	GString *comment; /* the last comment; NULL: not wanted. Borrowed */
} ImapWords;

static inline ImapWords
imap_words_on(BaseBytes value)
{
	return (ImapWords){value.p, value.n == 0 ? value.p : value.p + value.n, NULL};
}

/* Whether @c comes next. */
static inline bool
imap_words_next_is(const ImapWords *w, char c)
{
	return w->at < w->end && *w->at == (uint8_t)c;
}

/* Past @c if it comes next. */
static inline bool
imap_words_eat(ImapWords *w, char c)
{
	bool is = imap_words_next_is(w, c);
	w->at += is ? 1 : 0;
	return is;
}

/* atext of RFC 5322 or an 8-bit octet. */
bool imap_words_is_atext(uint8_t c);

/* What follows appends to @out, undone escapes, without line ends; NUL as U+FFFD. */
ImapWordsState imap_words_skip(ImapWords *w); /* [CFWS] */
ImapWordsState imap_words_atom(ImapWords *w, GString *out);
ImapWordsState imap_words_dot_atom(ImapWords *w, GString *out);   /* blanks around dots go */
ImapWordsState imap_words_local_part(ImapWords *w, GString *out); /* dots anywhere, or quoted */
ImapWordsState imap_words_quoted(ImapWords *w, GString *out);     /* stands at DQUOTE */
ImapWordsState imap_words_phrase(ImapWords *w, GString *out);
ImapWordsState imap_words_domain(ImapWords *w, GString *out); /* stands at "@" */
ImapWordsState imap_words_token(ImapWords *w, GString *out);  /* may be empty */
