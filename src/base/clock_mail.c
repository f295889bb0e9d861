/* SPDX-License-Identifier: MPL-2.0 */
/* Times of mail header fields (RFC 5322 sections 3.3 and 4.3). */
#include "base/calendar.h"
#include "base/clock.h"

static const char *const weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

char *
base_clock_format_mail(int64_t time)
{
	Calendar c = calendar_of(time);

	return g_strdup_printf("%s, %02d %s %04d %02d:%02d:%02d +0000", weekdays[c.weekday], c.day,
			       months[c.month - 1], c.year, c.hour, c.minute, c.second);
}

static int
peek(BaseBytes b)
{
	return b.n == 0 ? -1 : b.p[0];
}

static void
skip(BaseBytes *b, size_t n)
{
	*b = base_bytes_slice(*b, n, SIZE_MAX);
}

/* comment = "(" *([FWS] ccontent) [FWS] ")", which nests; one that does not end goes to the end. */
static void
skip_comment(BaseBytes *b)
{
	size_t depth = 0;
	size_t i = 0;

	do {
		if (b->p[i] == '(') {
			depth++;
		} else if (b->p[i] == ')') {
			depth--;
		} else if (b->p[i] == '\\') {
			i++;
		}
		i++;
	} while (depth > 0 && i < b->n);
	skip(b, i);
}

/* CFWS */
static void
skip_blanks(BaseBytes *b)
{
	while (b->n > 0) {
		if (b->p[0] == '(') {
			skip_comment(b);
		} else if (strchr(" \t\r\n", b->p[0]) != NULL && b->p[0] != '\0') {
			skip(b, 1);
		} else {
			return;
		}
	}
}

static bool
take_char(BaseBytes *b, int c)
{
	skip_blanks(b);
	if (peek(*b) != c) {
		return false;
	}
	skip(b, 1);
	return true;
}

/* @least to @most digits and no more; what was there in *@digits. */
static bool
take_digits(BaseBytes *b, int least, int most, int *out, int *digits)
{
	int value = 0;
	int n = 0;

	skip_blanks(b);
	for (; b->n > 0 && g_ascii_isdigit((char)b->p[0]) && n < most; n++) {
		value = value * 10 + (b->p[0] - '0');
		skip(b, 1);
	}
	if (n < least || (b->n > 0 && g_ascii_isdigit((char)b->p[0]))) {
		return false;
	}
	*out = value;
	*digits = n;
	return true;
}

static BaseBytes
take_word(BaseBytes *b)
{
	BaseBytes word = *b;
	size_t n = 0;

	while (n < b->n && g_ascii_isalpha((char)b->p[n])) {
		n++;
	}
	word.n = n;
	skip(b, n);
	return word;
}

/* month = "Jan" / "Feb" / ...; longer names are cut. */
static bool
take_month(BaseBytes *b, int *out)
{
	BaseBytes word;

	skip_blanks(b);
	word = take_word(b);
	for (int i = 0; i < (int)G_N_ELEMENTS(months); i++) {
		if (base_bytes_starts_nocase(word, months[i])) {
			*out = i + 1;
			return true;
		}
	}
	return false;
}

/* year = 4DIGIT / obs-year; section 4.3 tells what 2 and 3 digits mean. */
static bool
take_year(BaseBytes *b, int *out)
{
	int year = 0, digits = 0;

	if (!take_digits(b, 2, 4, &year, &digits)) {
		return false;
	}
	if (digits == 2) {
		year += year < 50 ? 2000 : 1900;
	} else if (digits == 3) {
		year += 1900;
	}
	*out = year;
	return year >= 1900;
}

/* time-of-day = hour ":" minute [ ":" second ] */
static bool
take_time(BaseBytes *b, Calendar *c)
{
	int digits = 0;

	if (!take_digits(b, 1, 2, &c->hour, &digits) || !take_char(b, ':') ||
	    !take_digits(b, 1, 2, &c->minute, &digits)) {
		return false;
	}
	return !take_char(b, ':') || take_digits(b, 1, 2, &c->second, &digits);
}

/* obs-zone: all that is not in the table is "-0000" (section 4.3), the military letters too. */
static int64_t
named_zone(BaseBytes word)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = {
		{"EDT", -4}, {"EST", -5}, {"CDT", -5}, {"CST", -6},
		{"MDT", -6}, {"MST", -7}, {"PDT", -7}, {"PST", -8},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(zones); i++) {
		if (base_bytes_equal_nocase(word, base_bytes_str(zones[i].name))) {
			return zones[i].hours * INT64_C(3600);
		}
	}
	return 0;
}

/* zone = ("+" / "-") 4DIGIT / obs-zone; one that is missing is UTC. */
static bool
take_zone(BaseBytes *b, int64_t *seconds)
{
	int sign, value = 0, digits = 0;

	skip_blanks(b);
	if (peek(*b) != '+' && peek(*b) != '-') {
		*seconds = named_zone(take_word(b));
		return true;
	}
	sign = peek(*b) == '-' ? -1 : 1;
	skip(b, 1);
	if (!take_digits(b, 4, 4, &value, &digits) || value % 100 > 59) {
		return false;
	}
	*seconds = sign * (value / 100 * INT64_C(3600) + value % 100 * INT64_C(60));
	return true;
}

/*
 * date-time = [ day-of-week "," ] date time [CFWS], RFC 5322 section 3.3. The name of the day is
 * not compared with the day: programs get it wrong and nothing depends on it.
 */
bool
base_clock_parse_mail(BaseBytes value, int64_t *out)
{
	Calendar c = {0};
	int64_t offset = 0;
	int digits = 0;

	skip_blanks(&value);
	if (take_word(&value).n > 0) {
		(void)take_char(&value, ',');
	}
	if (!take_digits(&value, 1, 2, &c.day, &digits) || !take_month(&value, &c.month) ||
	    !take_year(&value, &c.year) || !take_time(&value, &c) || !take_zone(&value, &offset)) {
		return false;
	}
	skip_blanks(&value);
	return value.n == 0 && calendar_time(&c, offset, out);
}
