/* SPDX-License-Identifier: MPL-2.0 */
/* Reads dates. Time and zone do not matter to SEARCH, so that what is odd about them is read over.
 */
#include "imap/date.h"
#include "base/calendar.h"
#include "imap/words.h"

static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

/* 1 to 12, 0 for none. */
static guint
month_of(const char *name)
{
	for (guint i = 0; i < 12; i++) {
		if (g_ascii_strncasecmp(name, months + 3 * (size_t)i, 3) == 0) {
			return i + 1;
		}
	}
	return 0;
}

static bool
day_of(guint64 day, guint month, guint64 year, guint32 *out)
{
	if (month == 0 || day > 31 || year > 9999 ||
	    !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year)) {
		return false;
	}
	GDate date;
	g_date_clear(&date, 1);
	g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
	*out = g_date_get_julian(&date);
	return true;
}

/* @min to @max digits; false if there are none or more. */
static bool
take_digits(const char **at, guint min, guint max, guint64 *out)
{
	guint n = 0;
	*out = 0;
	while (g_ascii_isdigit((*at)[n]) && n < max) {
		*out = *out * 10 + (guint64)((*at)[n] - '0');
		n++;
	}
	*at += n;
	return n >= min && !g_ascii_isdigit(**at);
}

static bool
take(const char **at, char c)
{
	bool is = **at == c;
	*at += is ? 1 : 0;
	return is;
}

static bool
take_date(const char **at, guint64 *day, guint *month, guint64 *year)
{
	take(at, ' ');
	if (!take_digits(at, 1, 2, day) || !take(at, '-') || strlen(*at) < 3) {
		return false;
	}
	*month = month_of(*at);
	*at += 3;
	return *month != 0 && take(at, '-') && take_digits(at, 4, 4, year);
}

bool
imap_date_parse(BaseBytes text, guint32 *day)
{
	g_autofree char *copy = base_bytes_strdup(text);
	const char *at = copy;
	guint64 d = 0;
	guint64 y = 0;
	guint m = 0;
	return take_date(&at, &d, &m, &y) && *at == '\0' && day_of(d, m, y, day);
}

static bool
take_zone(const char **at, int64_t *seconds)
{
	bool west = **at == '-';
	guint64 zone = 0;
	if (!take(at, '+') && !take(at, '-')) {
		return false;
	}
	if (!take_digits(at, 4, 4, &zone)) {
		return false;
	}
	*seconds = (int64_t)(zone / 100 * 3600 + zone % 100 * 60) * (west ? -1 : 1);
	return true;
}

bool
imap_date_parse_internal(BaseBytes text, guint32 *day, gint64 *time)
{
	g_autofree char *copy = base_bytes_strdup(text);
	const char *at = copy;
	guint64 d = 0;
	guint64 y = 0;
	guint m = 0;
	guint64 clock[3] = {0, 0, 0};
	int64_t zone = 0;
	guint32 julian = 0;
	if (!take_date(&at, &d, &m, &y) || !day_of(d, m, y, &julian) || !take(&at, ' ') ||
	    !take_digits(&at, 2, 2, &clock[0]) || !take(&at, ':') ||
	    !take_digits(&at, 2, 2, &clock[1]) || !take(&at, ':') ||
	    !take_digits(&at, 2, 2, &clock[2]) || !take(&at, ' ') || !take_zone(&at, &zone) ||
	    *at != '\0') {
		return false;
	}
	Calendar calendar = {.year = (int)y,
			     .month = (int)m,
			     .day = (int)d,
			     .hour = (int)clock[0],
			     .minute = (int)clock[1],
			     .second = (int)clock[2]};
	int64_t seconds = 0;
	if (!calendar_time(&calendar, zone, &seconds)) {
		return false;
	}
	if (day != NULL) {
		*day = julian;
	}
	if (time != NULL) {
		*time = seconds;
	}
	return true;
}

/* RFC 5322 section 4.3: two digits from 50 on, and three, are years after 1900. */
static guint64
full_year(guint64 year, size_t digits)
{
	if (digits == 2 && year < 50) {
		return year + 2000;
	}
	return digits <= 3 ? year + 1900 : year;
}

static bool
take_number_atom(ImapWords *w, size_t max, guint64 *out, size_t *digits)
{
	g_autoptr(GString) atom = g_string_new(NULL);
	const char *at = NULL;
	if (imap_words_atom(w, atom) == IMAP_WORDS_BROKEN) {
		return false;
	}
	at = atom->str;
	*digits = atom->len;
	return take_digits(&at, 1, (guint)max, out) && *at == '\0';
}

/* [day-name ","] day month year */
bool
imap_date_parse_field(BaseBytes value, guint32 *day)
{
	ImapWords w = imap_words_on(value);
	g_autoptr(GString) atom = g_string_new(NULL);
	imap_words_skip(&w);
	if (w.at < w.end && g_ascii_isalpha((char)*w.at)) {
		imap_words_atom(&w, atom);
		if (!imap_words_eat(&w, ',')) {
			return false;
		}
		imap_words_skip(&w);
	}
	guint64 d = 0;
	guint64 y = 0;
	size_t digits = 0;
	if (!take_number_atom(&w, 2, &d, &digits)) {
		return false;
	}
	g_string_truncate(atom, 0);
	if (imap_words_atom(&w, atom) == IMAP_WORDS_BROKEN || atom->len < 3) {
		return false;
	}
	guint m = month_of(atom->str);
	return take_number_atom(&w, 4, &y, &digits) && digits >= 2 &&
	       day_of(d, m, full_year(y, digits), day);
}
