/* SPDX-License-Identifier: MPL-2.0 */
#pragma once

#include "base/bytes.h"

/* Lower-case hex; (transfer full). */
char *base_hex(BaseBytes data);

/* Colons, blanks and capitals are accepted, as people copy fingerprints; NULL if it is not hex. */
GBytes *base_hex_parse(const char *text);

/* A SHA-256 fingerprint as people copy it, in lower-case hex; PS_ERROR_ARGUMENT if it is none.
 * (transfer full) */
char *base_hex_fingerprint(const char *text, GError **error);
