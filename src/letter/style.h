/* SPDX-License-Identifier: MPL-2.0 */
/* Style attributes that somebody sent: what of them may stay, and whether they hide something. */
#pragma once

#include "base/bytes.h"

#define LETTER_STYLE_MAX (16U << 10) /* octets of one attribute; of a longer one nothing stays */

/* What text looks like where it stands, as far as it may be hidden by that. */
typedef struct {
	gint64 color;      /* 0xRRGGBB, -1: not known */
	gint64 background; /* the same */
	bool transparent;  /* colour without colour */
	bool tiny;         /* letters of at most one pixel */
} LetterLook;

typedef struct {
	char *kept;      /* declarations that may stay, written anew; "" if there are none */
	guint remote;    /* references to other places in the others */
	bool hides;      /* what it is set on cannot be seen, nor anything within */
	LetterLook look; /* the look given, changed by the declarations */
} LetterStyle;

/* @style: the value of a style attribute. Fill with letter_style_clear(). */
LetterStyle letter_style_read(const char *style, LetterLook look);
void letter_style_clear(LetterStyle *style);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LetterStyle, letter_style_clear)

/* A colour as CSS or an old attribute writes it; -1: not known, LETTER_COLOR_NONE: transparent. */
#define LETTER_COLOR_NONE (-2)
gint64 letter_color_parse(const char *text);

/* Whether text of this look can be seen. */
bool letter_look_is_visible(const LetterLook *look);
