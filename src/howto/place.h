/* SPDX-License-Identifier: MPL-2.0 */
/* Addresses of pages: what a path means, and back. */
#pragma once

#include "howto/data.h"

#define HOWTO_PATH_MAX 256U /* octets of a path or query that are looked at */

typedef enum {
	HOWTO_PLACE_INDEX,
	HOWTO_PLACE_FIND,
	HOWTO_PLACE_FROM,
	HOWTO_PLACE_PAIR,
	HOWTO_PLACE_PAGE,
	HOWTO_PLACE_PROGRAM,
	HOWTO_PLACE_STYLE,
	HOWTO_PLACE_SCRIPT,
} HowtoPlaceKind;

/* A program in an address. */
typedef struct {
	const HowtoProgram *program; /* HOWTO_ANY for one that we do not know */
	guint version;               /* the first number of it; 0: none is given */
} HowtoSide;

typedef struct {
	HowtoPlaceKind kind;
	const char *language; /* "en", "de" */
	HowtoSide from;       /* FROM, PAIR, PAGE; PROGRAM */
	HowtoSide to;         /* PAIR, PAGE */
	const char *state;    /* PAGE */
} HowtoPlace;

/* What @path ("/how-to/...") means; false if it has no page. A path may be written otherwise than
 * howto_place_path() writes it: without the last slash, with all of a version, with a program that
 * we do not know. */
bool howto_place_parse(const char *path, HowtoPlace *out);
/* Its path; (transfer full) */
char *howto_place_path(const HowtoPlace *place);
/* @place in another language. */
HowtoPlace howto_place_in(const HowtoPlace *place, const char *language);
/* "thunderbird-153.7"; a program that we do not know is any. False if it is not well-formed. */
bool howto_side_parse(const char *segment, HowtoSide *out);
/* One of howto_states(), or NULL. */
const char *howto_state(const char *name);
