/* SPDX-License-Identifier: MPL-2.0 */
/* The knowledge base as constants; compile.py makes them from howto/. doc: doc/howto-format.md. */
#pragma once

#include "base/bytes.h"

enum {
	HOWTO_EN,
	HOWTO_DE,
	HOWTO_LANGUAGES
};

/* Their codes. */
extern const char *const HOWTO_CODES[HOWTO_LANGUAGES];

/* One text in each language; NULLs where there is none. */
typedef struct {
	const char *in[HOWTO_LANGUAGES];
} HowtoText;

typedef enum {
	HOWTO_MEASURED,
	HOWTO_LIBRARY,
	HOWTO_READ,
	HOWTO_NOT_VERIFIED,
} HowtoGrade;

/* Where a fact comes from. */
typedef struct {
	HowtoGrade grade;
	const char *version; /* of the program; HOWTO_LIBRARY: the library with its version; NULL */
	const char *date;    /* "2026-11-21"; NULL for HOWTO_NOT_VERIFIED */
	const char *source;  /* words and addresses, separated by " ; "; NULL: none */
	const char *of; /* the name of the program it was found for, if that is another; NULL */
} HowtoMark;

/* The first numbers of versions that something is true for; {0, G_MAXUINT}: all. */
typedef struct {
	guint first;
	guint last;
} HowtoVersions;

typedef struct {
	const char *name; /* "smime", ... */
	HowtoVersions versions;
	const char *value;
	HowtoText text;
	HowtoMark mark;
} HowtoFact;

typedef struct {
	const char *name; /* "get-own-key", ... */
	HowtoVersions versions;
	guint n_steps;
	const HowtoText *steps;
	HowtoText note;
	HowtoMark mark;
} HowtoTask;

typedef struct {
	const char *id;
	HowtoText name;
	const char *vendor;
	const char *platforms; /* "Windows, macOS, Linux" */
	const char *kind;
	HowtoText about;
	const char *home; /* NULL: none */
	guint n_facts;
	const HowtoFact *facts;
	guint n_tasks;
	const HowtoTask *tasks;
} HowtoProgram;

/* By name; "any" is HOWTO_ANY, not in this table. */
extern const HowtoProgram HOWTO_PROGRAMS[];
extern const guint HOWTO_N_PROGRAMS;
extern const HowtoProgram HOWTO_ANY;
/* The identifiers, NULL-terminated. */
extern const char *const HOWTO_PROGRAM_IDS[];
/* web/tokens.css and howto/howto.css; howto/find.js. */
extern const char HOWTO_STYLE[];
extern const char HOWTO_SCRIPT[];

/* NULL if there is none. */
const HowtoProgram *howto_program(const char *id);
/* What holds for @version (0: not known); NULL if nothing is known. */
const HowtoFact *howto_fact(const HowtoProgram *program, const char *name, guint version);
/* Its value, "unknown" if nothing is known. */
const char *howto_value(const HowtoProgram *program, const char *name, guint version);
/* The steps of the program itself; NULL if it has none. */
const HowtoTask *howto_task(const HowtoProgram *program, const char *name, guint version);
/* In the language of the thread; NULL if there is none. */
const char *howto_text(const HowtoText *text);
