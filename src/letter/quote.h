/* SPDX-License-Identifier: MPL-2.0 */
/* Text as it is quoted. */
#pragma once

#include "base/bytes.h"

/* "> " before each line (">" before one that is a quote already), without what follows the
 * signature separator "-- ", without empty lines at both ends and more than two of them in between.
 * (transfer full) */
char *letter_quote(const char *text);
