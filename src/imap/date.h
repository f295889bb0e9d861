/* SPDX-License-Identifier: MPL-2.0 */
/* The dates of SEARCH, of INTERNALDATE and of Date fields, as days that can be compared. */
#pragma once

#include "base/bytes.h"

/* All days are those of g_date_get_julian(): day 1 is 1 January of the year 1. */

/* date-text = date-day "-" date-month "-" date-year, e.g. "1-Feb-1994" (RFC 9051 section 9). */
bool imap_date_parse(BaseBytes text, guint32 *day);

/* date-time without quotes, "17-Jul-1996 02:44:25 -0700": the day as it stands there, and the time
 * in seconds since 1970. Either may be NULL. */
bool imap_date_parse_internal(BaseBytes text, guint32 *day, gint64 *time);

/* A Date field's value (RFC 5322 section 3.3, comments and two-digit years too): the day as it
 * stands there. */
bool imap_date_parse_field(BaseBytes value, guint32 *day);
