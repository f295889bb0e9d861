/* SPDX-License-Identifier: MPL-2.0 */
/* Marks for xgettext, and the look-up of a translation. */
#pragma once

#include "base/language.h"

#define N_(text) text
#define _(text)  base_language_text(text)

/* What fills a gap in a text. */
typedef struct {
	const char *name;
	const char *value;
} WordsGap;

/* @text with each {name} filled from @gaps, which ends with a NULL name; other braces stay. What is
 * filled in is not looked at again. (transfer full) */
char *words_fill(const char *text, const WordsGap *gaps);
