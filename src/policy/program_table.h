/* SPDX-License-Identifier: MPL-2.0 */
/* How mail programs are recognised, as src/howto/compile.py takes it from howto/programs/. */
#pragma once

#include "base/bytes.h"

typedef enum {
	POLICY_STARTS,
	POLICY_CONTAINS,
	POLICY_ENDS,
	POLICY_IS,
	POLICY_PRESENT,
} PolicyMatch;

typedef struct {
	const char *id;
	const char *field; /* a header field */
	PolicyMatch match;
	const char *text;          /* letter case does not count */
	const char *version_after; /* the version follows this text; NULL: it is not told */
} PolicyTell;

/* A program that shows an untrusted signature without alarm, in these versions. */
typedef struct {
	const char *id;
	guint first;
	guint last;
} PolicyQuiet;

/* A value that was seen, for tests. */
typedef struct {
	const char *id;
	const char *field;
	const char *value;
	const char *version; /* NULL: none */
} PolicyExample;

/* All end with a row (or element) of NULL. In the order in which they are asked. */
extern const PolicyTell POLICY_TELLS[];
/* The same for names in the IMAP command ID. */
extern const PolicyTell POLICY_CLIENT_TELLS[];
extern const PolicyQuiet POLICY_QUIET[];
extern const char *const POLICY_PROGRAMS[];
extern const PolicyExample POLICY_EXAMPLES[];
