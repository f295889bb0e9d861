/* SPDX-License-Identifier: MPL-2.0 */
/* What HTML may consist of: the elements and attributes that stay. */
#pragma once

#include "base/bytes.h"

typedef enum {
	LETTER_ELEMENT_BLOCK = 1 << 0,  /* begins on a line of its own */
	LETTER_ELEMENT_SPACED = 1 << 1, /* with an empty line around it */
	LETTER_ELEMENT_VOID = 1 << 2,   /* has no end tag */
	LETTER_ELEMENT_PRE = 1 << 3,    /* white space counts */
	LETTER_ELEMENT_QUOTE = 1 << 4,
	LETTER_ELEMENT_ITEM = 1 << 5,
	LETTER_ELEMENT_CELL = 1 << 6,
	LETTER_ELEMENT_LINK = 1 << 7,
	LETTER_ELEMENT_IMAGE = 1 << 8,
	LETTER_ELEMENT_BREAK = 1 << 9,
	LETTER_ELEMENT_RULE = 1 << 10,
} LetterElementFlags;

typedef struct {
	const char *name;
	guint flags;
} LetterElement;

/* NULL: the element goes, what is in it stays unless letter_element_is_dropped(). */
const LetterElement *letter_element_find(const char *name);
/* It goes with all that is in it. */
bool letter_element_is_dropped(const char *name);

typedef enum {
	LETTER_ATTRIBUTE_NONE,
	LETTER_ATTRIBUTE_NUMBER, /* "12", "50%"; at most @max */
	LETTER_ATTRIBUTE_WORD,   /* letters, digits, "-", "#", blanks and commas */
	LETTER_ATTRIBUTE_TEXT,   /* for people */
} LetterAttributeKind;

typedef struct {
	const char *name;
	LetterAttributeKind kind;
	guint max;
} LetterAttribute;

/* NULL: it does not stay, or is dealt with by itself (style, src, href). */
const LetterAttribute *letter_attribute_find(const char *name);
/* The value as it may stay; NULL: not at all. (transfer full) */
char *letter_attribute_clean(const LetterAttribute *attribute, const char *value);
