/* SPDX-License-Identifier: MPL-2.0 */
/* Answers: who gets them, and what is quoted (RFC 9788 section 6, RFC 9787 section 6.2). */
#pragma once

#include "letter/draft.h"
#include "letter/shown.h"

typedef enum {
	LETTER_REPLY,
	LETTER_REPLY_ALL,
	LETTER_FORWARD, /* inline as text, with its attachments */
} LetterReplyKind;

/* "reply", "reply-all", "forward"; false for other words. */
bool letter_reply_kind_parse(const char *word, LetterReplyKind *out);

typedef struct {
	LetterReplyKind kind;
	const char *own;                  /* From of the answer: "Alice <alice@example.org>" */
	const char *const *own_addresses; /* left out of the recipients; NULL: only that of @own */
	const char *const *protected_fields; /* names of the fields that the verdict does not call
						unprotected, for a message with header protection;
						NULL: it has none, so that all count as they are */
	bool inert; /* encrypted, and nobody vouches for it: nothing of it is quoted or forwarded */
	const char *attribution; /* the line above the quote; NULL: "On DATE, NAME wrote:" */
} LetterReplyRequest;

/*
 * The draft of an answer. Recipients, Subject and threading come from protected fields only (To of
 * an answer to one's own message: its recipients). The text is a quote of @shown->text, plain,
 * without signature ("-- "), for LETTER_FORWARD with the fields From, To, Cc, Date, Subject above
 * it. If
 * @inert, no text, no Subject but "Re:", no attachments. Never fails. (transfer full)
 */
LetterDraft *letter_reply(const LetterShown *shown, const LetterReplyRequest *request);

/* "Re: " or "Fwd: " before @subject, unless one is there (also "AW:", "Re[2]:", ...); of several
 * only one stays. (transfer full) */
char *letter_reply_subject(LetterReplyKind kind, const char *subject);
