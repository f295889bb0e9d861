/* SPDX-License-Identifier: MPL-2.0 */
/* Time: int64_t seconds since 1970 UTC everywhere; text is RFC 3339 UTC. */
#pragma once

#include "base/bytes.h"

#define BASE_DAY  (INT64_C(86400))
#define BASE_YEAR (INT64_C(31556952)) /* the mean Gregorian year */

/* The clock of the machine. */
int64_t base_clock_now(void);

/* "2026-11-21T10:00:00Z"; (transfer full). */
char *base_clock_format(int64_t time);

/* RFC 3339 (any offset, fraction ignored) or seconds since 1970; PS_ERROR_ARGUMENT. */
bool base_clock_parse(const char *text, int64_t *out, GError **error);

/* RFC 5322 Date field, obsolete zones and comments included; false if it cannot be read. */
bool base_clock_parse_mail(BaseBytes value, int64_t *out);

/* RFC 5322 date-time in UTC: "Sat, 21 Nov 2026 10:00:00 +0000"; (transfer full). */
char *base_clock_format_mail(int64_t time);
