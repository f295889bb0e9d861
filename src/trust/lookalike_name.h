/* SPDX-License-Identifier: MPL-2.0 */
/* Display names: what makes two of them the same. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define TRUST_NAME_MAX 256 /* octets that show; what follows is nobody's name */

/*
 * As a reader sees it: without what does not show (zero-width characters, controls, fillers, piles
 * of marks), blanks squeezed, then cut at TRUST_NAME_MAX.
 */
char *trust_name_tidy(const char *display);
/*
 * Words folded (lookalike_fold.h, strict), without punctuation, in alphabetical order: "Doe, John"
 * is "John Doe". NULL: nothing is left, or it has too many words.
 */
char *trust_name_key(const char *display, bool *unchecked);
/*
 * The same without what people add to a name: titles, legal forms, words of service, initials, what
 * stands in brackets. Only if what is left tells somebody; else the whole key.
 */
char *trust_name_core(const char *display, bool *unchecked);
/* The cores (of char *, distinctive ones) that @display may be read as: itself, turned around, and
 * with JohnDoe as two words. */
GPtrArray *trust_name_readings(const char *display, bool *unchecked);
/* Has @key all words of the key @name, and beside them only words that many senders have in common
 * (support, team, com)? */
bool trust_name_carries(const char *key, const char *name);
/* Does a @key tell one person or house from others (not "anna", not "support")? */
bool trust_name_is_distinctive(const char *key);
/* Is a word of @key in the @address? */
bool trust_name_fits(const char *key, const char *address);

typedef enum {
	TRUST_NOTATION_PLAIN,
	TRUST_NOTATION_LOOSE, /* bob [at] example.org, bob @ example.org */
} TrustNotation;

/* The first mail address within a display name, lower case; NULL: there is none. */
char *trust_name_address(const char *display, TrustNotation notation);
