/* SPDX-License-Identifier: MPL-2.0 */
/* ICU and libpsl, opened at the first question that needs them: linked, they would cost every start
 * of the program. Thread safe. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The registrable domain within @host (a pointer into it); the host itself where that is a public
 * suffix or has none. NULL: libpsl is missing. */
const char *trust_library_registrable(const char *host);
/* True if the public suffix list has @suffix in its section of ordinary registries. */
bool trust_library_registry(const char *suffix);

/* A domain in U-labels, where they are valid; NULL: ICU is missing. */
char *trust_library_unicode(const char *domain);
/* UTS 39 skeleton of one character; NULL: ICU is missing. */
char *trust_library_skeleton(gunichar c);

typedef enum {
	TRUST_SCRIPTS_ONE,
	TRUST_SCRIPTS_MIXED,   /* or invisible characters */
	TRUST_SCRIPTS_UNKNOWN, /* ICU is missing */
} TrustScripts;

/* UTS 39, level "highly restrictive". */
TrustScripts trust_library_scripts(const char *label);
