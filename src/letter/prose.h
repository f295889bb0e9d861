/* SPDX-License-Identifier: MPL-2.0 */
/* Plain text as HTML looks: lines, lists and quotes, white space collapsed. */
#pragma once

#include "base/bytes.h"

typedef struct LetterProse LetterProse;

LetterProse *letter_prose_new(size_t max); /* octets; what goes beyond is left out */
void letter_prose_free(LetterProse *prose);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LetterProse, letter_prose_free)

/* @text in UTF-8; @pre: its white space counts. */
void letter_prose_add(LetterProse *prose, const char *text, bool pre);
/* What follows begins on a new line (@lines 1) or after an empty one (2); breaks do not add up. */
void letter_prose_break(LetterProse *prose, guint lines);
/* A line end of its own, as <br>. */
void letter_prose_newline(LetterProse *prose);
/* Deeper (1) or less deep (-1) in quotes: "> " before each line. */
void letter_prose_quote(LetterProse *prose, int change);

bool letter_prose_is_cut(const LetterProse *prose);
/* The text, ended with a line end if there is any; (transfer full). The prose is empty then. */
char *letter_prose_take(LetterProse *prose);
