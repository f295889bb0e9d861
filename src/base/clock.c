/* SPDX-License-Identifier: MPL-2.0 */
/* The machine's clock, and times as RFC 3339 text. */
#include "base/clock.h"

#include "base/calendar.h"
#include "base/error.h"

int64_t
base_clock_now(void)
{
	return g_get_real_time() / G_USEC_PER_SEC;
}

char *
base_clock_format(int64_t time)
{
	Calendar c = calendar_of(time);

	return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day, c.hour,
			       c.minute, c.second);
}

/* Exactly @digits digits, then @after unless that is 0. */
static bool
take_number(const char **s, int digits, char after, int *out)
{
	int value = 0;

	for (int i = 0; i < digits; i++, (*s)++) {
		if (!g_ascii_isdigit(**s)) {
			return false;
		}
		value = value * 10 + (**s - '0');
	}
	*out = value;
	if (after == '\0') {
		return true;
	}
	return *(*s)++ == after;
}

/* time-offset = "Z" / ("+" / "-") 2DIGIT ":" 2DIGIT, to the end of the text. */
static bool
take_offset(const char *s, int64_t *seconds)
{
	int sign = *s == '-' ? -1 : 1;
	int hours = 0, minutes = 0;

	if (*s == 'Z' || *s == 'z') {
		*seconds = 0;
		return s[1] == '\0';
	}
	if (*s != '+' && *s != '-') {
		return false;
	}
	s++;
	if (!take_number(&s, 2, ':', &hours) || !take_number(&s, 2, '\0', &minutes) || hours > 23 ||
	    minutes > 59) {
		return false;
	}
	*seconds = sign * (hours * INT64_C(3600) + minutes * INT64_C(60));
	return *s == '\0';
}

/* RFC 3339 section 5.6: date-time = full-date "T" full-time; a blank may stand for the T. */
static bool
parse_date_time(const char *s, int64_t *out)
{
	Calendar c = {0};
	int64_t offset = 0;

	if (!take_number(&s, 4, '-', &c.year) || !take_number(&s, 2, '-', &c.month) ||
	    !take_number(&s, 2, '\0', &c.day) || strchr("Tt ", *s) == NULL || *s++ == '\0' ||
	    !take_number(&s, 2, ':', &c.hour) || !take_number(&s, 2, ':', &c.minute) ||
	    !take_number(&s, 2, '\0', &c.second)) {
		return false;
	}
	if (*s == '.' && g_ascii_isdigit(s[1])) {
		do {
			s++;
		} while (g_ascii_isdigit(*s));
	}
	return take_offset(s, &offset) && calendar_time(&c, offset, out);
}

bool
base_clock_parse(const char *text, int64_t *out, GError **error)
{
	guint64 seconds = 0;

	if (g_ascii_isdigit(*text) &&
	    g_ascii_string_to_unsigned(text, 10, 0, CALENDAR_LAST, &seconds, NULL)) {
		*out = (int64_t)seconds;
		return true;
	}
	return parse_date_time(text, out) ||
	       base_fail(error, PS_ERROR_ARGUMENT,
			 "not a time (such as 2026-11-21T10:00:00Z, or seconds since 1970)");
}
