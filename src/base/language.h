/* SPDX-License-Identifier: MPL-2.0 */
/* Texts for people in the language of whoever asks: one process may serve several. */
#pragma once

#include <glib.h>

/* Codes of the languages that have a catalogue here, "en" first; static, NULL-terminated. */
const char *const *base_language_list(void);

/*
 * From now on this thread's texts are in the language of @name ("de", "de-AT"); NULL, the
 * beginning, or a language without a catalogue: in English. Not the locale of the process, since
 * the same texts are answers of protocols.
 */
void base_language_use(const char *name);
/* The language of this thread's texts, one of the list. */
const char *base_language_code(void);

/* @text itself where there is no translation. Static or @text. */
const char *base_language_text(const char *text);
/* The form for @n: @one or @many where there is no translation. */
const char *base_language_plural(const char *one, const char *many, unsigned long n);
