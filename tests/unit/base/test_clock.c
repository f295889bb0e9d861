/* SPDX-License-Identifier: MPL-2.0 */
/* Times in and out. The expected seconds are those of GNU date -u -d ... +%s. */
#include "base/clock.h"
#include "base/error.h"
#include "t.h"

static void
test_format(void)
{
	static const struct {
		int64_t time;
		const char *rfc3339, *mail;
	} rows[] = {
		{0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 +0000"},
		{1795255200, "2026-11-21T10:00:00Z", "Sat, 21 Nov 2026 10:00:00 +0000"},
		{951782400, "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 +0000"},
		{951868799, "2000-02-29T23:59:59Z", "Tue, 29 Feb 2000 23:59:59 +0000"},
		{4107542400, "2100-03-01T00:00:00Z", "Mon, 01 Mar 2100 00:00:00 +0000"},
		{-1, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 +0000"},
		{253402300799, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 +0000"},
		{INT64_MAX, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 +0000"},
		{INT64_MIN, "0000-01-01T00:00:00Z", "Sat, 01 Jan 0000 00:00:00 +0000"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *rfc3339 = base_clock_format(rows[i].time);
		g_autofree char *mail = base_clock_format_mail(rows[i].time);

		g_assert_cmpstr(rfc3339, ==, rows[i].rfc3339);
		g_assert_cmpstr(mail, ==, rows[i].mail);
	}
}

static void
test_parse(void)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
		{"2026-11-21T10:00:00Z", 1795255200},
		{"2026-11-21t10:00:00z", 1795255200},
		{"2026-11-21 11:30:00.123456789+01:30", 1795255200},
		{"2026-11-21T02:00:00-08:00", 1795255200},
		{"1969-12-31T23:59:59Z", -1},
		{"2016-12-31T23:59:60Z", 1483228800},
		{"0", 0},
		{"1795255200", 1795255200},
		{"253402300799", 253402300799},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		int64_t got = -12345;

		g_assert_true(base_clock_parse(rows[i].text, &got, NULL));
		g_assert_cmpint(got, ==, rows[i].want);
	}
}

static void
test_parse_refused(void)
{
	static const char *const rows[] = {
		"",
		"x",
		"2026-11-21",
		"2026-11-21T10:00:00",
		"2026-13-01T00:00:00Z",
		"2026-02-29T00:00:00Z",
		"2100-02-29T00:00:00Z",
		"2026-11-21T24:00:00Z",
		"2026-11-21T10:60:00Z",
		"2026-11-21T10:00:61Z",
		"2026-11-21T10:00:00+24:00",
		"2026-11-21T10:00:00+0100",
		"2026-11-21T10:00:00Zx",
		"2026-11-21T10:00:00.Z",
		"253402300800",
		"99999999999999999999999",
		"-5",
		"2026-11-21X10:00:00Z",
		"2026-11-21",
		"9999-12-31T23:59:59-01:00",
		"12 ",
		"0x10",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		int64_t got = -12345;

		g_test_message("%s", rows[i]);
		g_assert_false(base_clock_parse(rows[i], &got, &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
		g_assert_cmpint(got, ==, -12345);
	}
}

/* RFC 5322 appendix A and section 4.3 among them. */
static void
test_parse_mail(void)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
		{"Fri, 21 Nov 1997 09:55:06 -0600", 880127706},
		{"Tue, 1 Jul 2003 10:52:37 +0200", 1057049557},
		{"Thu, 13 Feb 1969 23:32:54 -0330", -27723426},
		{"Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               "
		 "-0330 (Newfoundland Time)",
		 -27723480},
		{"21 Nov 97 09:55:06 GMT", 880106106},
		{"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", 880127706},
		{"21 Nov 1997 09:55 EST", 880124100},
		{"21 Nov 1997 09:55 EDT", 880120500},
		{"21 Nov 1997 09:55 pst", 880134900},
		{"21 Nov 1997 09:55 UT", 880106100},
		{"21 Nov 1997 09:55 Z", 880106100},
		{"21 Nov 1997 09:55 A", 880106100},
		{"21 Nov 1997 09:55 CEST", 880106100},
		{"21 Nov 1997 09:55", 880106100},
		{"1 Jan 49 00:00:00 +0000", 2493072000},
		{"1 Jan 50 00:00:00 +0000", -631152000},
		{"1 Jan 103 00:00:00 +0000", 1041379200},
		{"Thursday, 1 January 1970 0:0:1 -0000", 1},
		{"(a (nested \\) (one)) here) 1 Jan 1970 00:00:00 +0000 (b", 0},
		{"1 Jan 1970 00:00:00 +9959", -(99 * 3600 + 59 * 60)},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		int64_t got = -12345;

		g_test_message("%s", rows[i].text);
		g_assert_true(base_clock_parse_mail(base_bytes_str(rows[i].text), &got));
		g_assert_cmpint(got, ==, rows[i].want);
	}
}

static void
test_parse_mail_refused(void)
{
	static const char *const rows[] = {
		"",
		"   ",
		"x",
		"(",
		"Fri,",
		"32 Jan 2026 00:00:00 +0000",
		"30 Feb 2026 00:00:00 +0000",
		"1 Foo 2026 00:00:00 +0000",
		"1 Jan 1 00:00:00 +0000",
		"1 Jan 20260 00:00:00 +0000",
		"1 Jan 1899 00:00:00 +0000",
		"1 Jan 2026 24:00:00 +0000",
		"1 Jan 2026 00 +0000",
		"1 Jan 2026 00:00:00 +000",
		"1 Jan 2026 00:00:00 +00000",
		"1 Jan 2026 00:00:00 +0060",
		"1 Jan 2026 00:00:00 +0000 x",
		"1 Jan 99999999999999999999 00:00:00 +0000",
		"111 Jan 2026 00:00:00 +0000",
		"1 Jan 2026 00:00:000 +0000",
	};
	int64_t got = -12345;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_test_message("%s", rows[i]);
		g_assert_false(base_clock_parse_mail(base_bytes_str(rows[i]), &got));
	}
	g_assert_false(base_clock_parse_mail(BASE_LIT("1 Jan\0 2026 00:00:00"), &got));
	g_assert_cmpint(got, ==, -12345);
}

static void
test_parse_mail_bounded(void)
{
	const size_t n = 1 << 20;
	g_autofree uint8_t *text = g_malloc(n);
	int64_t got = 0;

	memset(text, '(', n);
	g_assert_false(base_clock_parse_mail(base_bytes(text, n), &got));
	memset(text, '\\', n);
	text[0] = '(';
	g_assert_false(base_clock_parse_mail(base_bytes(text, n), &got));
	memset(text, '9', n);
	g_assert_false(base_clock_parse_mail(base_bytes(text, n), &got));
}

/* Every day of 800 years comes back from both forms. */
static void
test_round_trip(void)
{
	for (int64_t t = INT64_C(-12219292800); t < INT64_C(13025404800); t += BASE_DAY + 3601) {
		g_autofree char *rfc3339 = base_clock_format(t);
		g_autofree char *mail = base_clock_format_mail(t);
		int64_t got = 0;

		g_assert_true(base_clock_parse(rfc3339, &got, NULL));
		g_assert_cmpint(got, ==, t);
		if (t > INT64_C(-2208988800)) {
			g_assert_true(base_clock_parse_mail(base_bytes_str(mail), &got));
			g_assert_cmpint(got, ==, t);
		}
	}
}

static void
test_now(void)
{
	g_assert_cmpint(base_clock_now(), >, 1700000000);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/clock/format", test_format);
	g_test_add_func("/clock/parse", test_parse);
	g_test_add_func("/clock/parse-refused", test_parse_refused);
	g_test_add_func("/clock/parse-mail", test_parse_mail);
	g_test_add_func("/clock/parse-mail-refused", test_parse_mail_refused);
	g_test_add_func("/clock/parse-mail-bounded", test_parse_mail_bounded);
	g_test_add_func("/clock/round-trip", test_round_trip);
	g_test_add_func("/clock/now", test_now);
	return g_test_run();
}
