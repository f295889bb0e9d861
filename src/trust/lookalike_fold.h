/* SPDX-License-Identifier: MPL-2.0 */
/* Keys under which names that may be taken for each other are the same. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/*
 * From fine to coarse, each made from the one before:
 *  - strict: UTS 39 skeleton, without marks (accents, strokes), lower case, 0 as o, 1 as l.
 *  - loose: also i as l, rn and nn as m, vv as w, cl as d, other digits as letters.
 *  - shape: of strict; letters of like shape (c e, m n r, b d, u v, g q, i j l) are one; no
 * hyphens.
 *  - coarse: shape without repetitions.
 */

/* *@unchecked becomes true if ICU would be needed and is missing. */
char *trust_fold_strict(const char *text, bool *unchecked);
char *trust_fold_loose(const char *strict);
char *trust_fold_shape(const char *strict);
char *trust_fold_coarse(const char *strict);
/* Without repeated octets, in place. */
void trust_fold_squeeze(char *shape);
/* All pairs of letters that look like one (cl d, lk k, ...) as that one. */
char *trust_fold_contract(const char *strict);

/* @strict with one pair that looks like one letter in place of that letter, or the other way:
 * adds every such text to @out (of char *). */
void trust_fold_respell(const char *strict, GPtrArray *out);

/* The letters of the shape. */
extern const char trust_fold_letters[];

/* The next character of a valid text (GLib's macro casts const away). */
static inline const char *
trust_fold_next(const char *p)
{
	return p + g_utf8_skip[(guchar)*p];
}
