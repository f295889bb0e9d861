/* SPDX-License-Identifier: MPL-2.0 */
/* Display names: what makes two of them the same. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define TRUST_NAME_MAX 256 /* octets; a longer one is nobody's name */

/*
 * Words folded (lookalike_fold.h, strict), without punctuation, in alphabetical order: "Doe, John"
 * is "John Doe". NULL: nothing is left, or it is too long.
 */
char *trust_name_key(const char *display, bool *unchecked);
/* Has @key all words of the key @name, and beside them only words that many senders have in common
 * (support, team, com)? */
bool trust_name_carries(const char *key, const char *name);
/* Does a @key tell one person or house from others (not "anna", not "support")? */
bool trust_name_is_distinctive(const char *key);

/* The first mail address within a display name, lower case; NULL: there is none. */
char *trust_name_address(const char *display);
