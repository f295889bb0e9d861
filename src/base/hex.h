/* SPDX-License-Identifier: MPL-2.0 */
#pragma once

#include "base/bytes.h"

/* Lower-case hex; (transfer full). */
char *base_hex(BaseBytes data);

/* Colons, blanks and capitals are accepted, as people copy fingerprints; NULL if it is not hex. */
GBytes *base_hex_parse(const char *text);
