/* SPDX-License-Identifier: MPL-2.0 */
/* Seconds since 1970 to year, month and day and back, in the years 0 to 9999 of the Gregorian
 * calendar. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CALENDAR_FIRST (INT64_C(-62167219200)) /* 0000-01-01T00:00:00Z */
#define CALENDAR_LAST  (INT64_C(253402300799)) /* 9999-12-31T23:59:59Z */

typedef struct {
	int year;    /* 0..9999 */
	int month;   /* 1..12 */
	int day;     /* 1..31 */
	int hour;    /* 0..23 */
	int minute;  /* 0..59 */
	int second;  /* 0..60; 60 is the first second of the next minute */
	int weekday; /* 0 is Sunday; set by calendar_of() only */
} Calendar;

/* UTC; a time outside the years is taken as the nearest inside. */
Calendar calendar_of(int64_t time);

/* @offset: seconds that the local time @c is ahead of UTC. False if there is no such day or time.
 */
bool calendar_time(const Calendar *c, int64_t offset, int64_t *out);
