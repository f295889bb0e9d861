/* SPDX-License-Identifier: MPL-2.0 */
/* The Gregorian calendar in integers: years begin in March, so that the leap day is the last one.
 */
#include "base/calendar.h"

#include "base/clock.h"

#define DAYS_OF_400_YEARS 146097
#define DAYS_TO_1970      719468 /* from 0000-03-01 */

/* Days before the first of each month, counted from March. */
static const int month_starts[] = {0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337};

/* Days since 1970 of a day in a year of 0 or later. */
static int64_t
days_of(int year, int month, int day)
{
	int64_t y = year - (month <= 2 ? 1 : 0);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = month_starts[(month + 9) % 12] + day - 1;

	return era * DAYS_OF_400_YEARS + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
	       DAYS_TO_1970;
}

static int
month_of(int day_of_year)
{
	int month = 11;

	while (month_starts[month] > day_of_year) {
		month--;
	}
	return month;
}

Calendar
calendar_of(int64_t time)
{
	int64_t t = CLAMP(time, CALENDAR_FIRST, CALENDAR_LAST) + DAYS_TO_1970 * BASE_DAY;
	/* One era more keeps the days before 0000-03-01 above 0. */
	int64_t shifted = t + DAYS_OF_400_YEARS * BASE_DAY;
	int64_t days = shifted / BASE_DAY;
	int of_day = (int)(shifted % BASE_DAY);
	int of_era = (int)(days % DAYS_OF_400_YEARS);
	int year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int month = month_of(of_year);

	return (Calendar){
		.year = (int)(days / DAYS_OF_400_YEARS - 1) * 400 + year_of_era + (month >= 10),
		.month = (month + 2) % 12 + 1,
		.day = of_year - month_starts[month] + 1,
		.hour = of_day / 3600,
		.minute = of_day / 60 % 60,
		.second = of_day % 60,
		.weekday = (int)((days + 3) % 7), /* 0000-03-01 was a Wednesday */
	};
}

static int
days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool
calendar_time(const Calendar *c, int64_t offset, int64_t *out)
{
	int64_t time;

	if (c->year < 0 || c->year > 9999 || c->month < 1 || c->month > 12 || c->day < 1 ||
	    c->day > days_of_month(c->year, c->month)) {
		return false;
	}
	if (c->hour < 0 || c->hour > 23 || c->minute < 0 || c->minute > 59 || c->second < 0 ||
	    c->second > 60) {
		return false;
	}
	time = days_of(c->year, c->month, c->day) * BASE_DAY + c->hour * INT64_C(3600) +
	       c->minute * INT64_C(60) + c->second - offset;
	if (time < CALENDAR_FIRST || time > CALENDAR_LAST) {
		return false;
	}
	*out = time;
	return true;
}
