/* SPDX-License-Identifier: MPL-2.0 */
/* SEARCH: which programs can be read, and which messages they find. */
#include "imap/date.h"
#include "imap/search.h"
#include "imap_help.h"

static const char mail[] =
	"Date: Tue, 2 Feb 1999 23:30:00 -0800 (late)\n"
	"From: \"Smith, Ann\" <ann@Example.org>\n"
	"To: Bob <bob@example.net>, group: c@example.com;\n"
	"Cc: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\n"
	"Subject: Hello =?iso-8859-1?q?Gr=FC=DFe?=\n and more\n"
	"X-Empty:\n"
	"Content-Type: multipart/mixed; boundary=b\n\n"
	"preamble\n"
	"--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
	"The caf=C3=A9 is op=\nen.\n"
	"--b\nContent-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: base64\n\n"
	"8NLJ18XU\n" /* Привет */
	"--b\nContent-Type: application/octet-stream; name=secret.bin\n\nunsearched\n"
	"--b\nContent-Type: message/rfc822\n\nSubject: inner subject\n\ninner body\n"
	"--b--\nepilogue\n";

static const struct {
	const char *program;
	int matches; /* 1, 0, or -1: other than PS_ERROR_MALFORMED, -2: PS_ERROR_MALFORMED */
} programs[] = {
	{"ALL", 1},
	{"1:5", 1},
	{"1:4,6:*", 0},
	{"*", 0},
	{"UID 100", 1},
	{"UID 1:99", 0},
	{"SEEN", 1},
	{"UNSEEN", 0},
	{"DELETED", 0},
	{"UNDELETED", 1},
	{"NEW", 0},
	{"OLD", 1},
	{"RECENT", 0},
	{"KEYWORD $Forwarded", 1},
	{"keyword $FORWARDED", 1},
	{"UNKEYWORD $Forwarded", 0},
	{"KEYWORD \"x\"", 0},
	{"SINCE 1-Feb-1994", 1},
	{"ON 3-Feb-1999", 1},
	{"ON \"03-feb-1999\"", 1},
	{"BEFORE 3-Feb-1999", 0},
	{"BEFORE 4-Feb-1999", 1},
	/* the day as it stands in the field */
	{"SENTON 2-Feb-1999", 1},
	{"SENTON 3-Feb-1999", 0},
	{"SENTSINCE 2-Feb-1999", 1},
	{"SENTBEFORE 2-Feb-1999", 0},
	{"OLDER 1000", 1},
	{"YOUNGER 1000", 1},
	{"OLDER 1001", 0},
	{"YOUNGER 999", 0},
	{"LARGER 10", 1},
	{"SMALLER 10", 0},
	{"MODSEQ 7", 1},
	{"MODSEQ 8", 0},
	{"MODSEQ \"/flags/\\\\draft\" all 7", 1},
	{"FROM \"Smith\"", 1},
	{"FROM smith", 1},
	{"FROM ann@example.ORG", 1},
	{"FROM {5}\r\nSMITH", 1},
	{"FROM bob", 0},
	{"TO c@example.com", 1},
	{"CC j\xc3\xbcrgen", 1},
	{"CC J\xc3\x9cRGEN", 1},
	{"CC \"=?utf-8\"", 0},
	{"BCC \"\"", 0},
	{"SUBJECT \"gr\xc3\xbc\xc3\x9f"
	 "e and more\"",
	 1},
	{"SUBJECT \"\"", 1},
	{"SUBJECT nothing", 0},
	{"HEADER X-Empty \"\"", 1},
	{"HEADER x-empty \"\"", 1},
	{"HEADER X-Not-There \"\"", 0},
	{"HEADER Date late", 1},
	{"BODY \"CAF\xc3\x89 is open\"", 1},
	{"BODY \"\xd0\xbf\xd1\x80\xd0\xb8\xd0\x92\xd0\x95\xd0\xa2\"", 1},
	{"BODY unsearched", 0},
	{"BODY secret.bin", 0},
	{"TEXT secret.bin", 1},
	{"BODY \"inner body\"", 1},
	{"BODY \"inner subject\"", 0},
	{"TEXT \"inner subject\"", 1},
	{"BODY preamble", 0},
	{"BODY \"\"", 1},
	{"TEXT gr\xc3\xbc\xc3\x9f"
	 "e",
	 1},
	{"TEXT \"subject: hello\"", 1},
	{"CHARSET UTF-8 BODY caf\xc3\xa9", 1},
	{"CHARSET us-ascii BODY caf", 1},
	{"RETURN (MIN COUNT) CHARSET UTF-8 SEEN", 1},
	{"RETURN () SEEN", 1},
	{"NOT SEEN", 0},
	{"NOT (SEEN DELETED)", 1},
	{"NOT NOT SEEN", 1},
	{"OR DELETED SEEN", 1},
	{"OR DELETED DRAFT", 0},
	{"OR (DELETED SEEN) NOT DRAFT", 1},
	{"OR OR DELETED DRAFT SEEN", 1},
	{"SEEN DELETED", 0},
	{"SEEN ((OLD) (UNDRAFT))", 1},
	{"$", 1},
	{"UID $", 1},
	{"CHARSET koi8-r SEEN", -1},
	{"X-GM-RAW x", -1},
	{"FUZZY SUBJECT x", -1},
	{"BODY \xff", -1},
	{"", -2},
	{"()", -2},
	{"(SEEN", -2},
	{"SEEN)", -2},
	{"NOT", -2},
	{"OR SEEN", -2},
	{"SUBJECT", -2},
	{"HEADER x", -2},
	{"ON 32-Feb-1999", -2},
	{"ON 1-Xyz-1999", -2},
	{"ON 1-Feb-99", -2},
	{"LARGER x", -2},
	{"UID x", -2},
	{"SEEN  DELETED", 0},
	{"RETURN SEEN", -2},
};

static ImapSearchFacts
facts_of(ImapMessage *message, GHashTable *flags)
{
	ImapSearchFacts facts = {.seq = 5,
				 .uid = 100,
				 .n_messages = 9,
				 .last_uid = 200,
				 .flags = flags,
				 .internal_date = 5000,
				 .now = 6000,
				 .modseq = 7,
				 .message = message};
	g_assert_true(imap_date_parse(BASE_LIT("3-Feb-1999"), &facts.day));
	return facts;
}

static int
run(const char *program, const ImapSearchFacts *facts)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *args = g_strconcat(program, "\r\n", NULL);
	g_autoptr(ImapSearch) search = imap_search_parse(base_bytes_str(args), &error);
	if (search == NULL) {
		return g_error_matches(error, PS_ERROR, PS_ERROR_MALFORMED) ? -2 : -1;
	}
	return imap_search_matches(search, facts) ? 1 : 0;
}

static void
test_programs(void)
{
	g_autoptr(GBytes) octets = crlf(mail);
	g_autoptr(ImapMessage) message = imap_message_new(octets, NULL);
	g_autoptr(GHashTable) flags = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_hash_table_add(flags, g_strdup("\\seen"));
	g_hash_table_add(flags, g_strdup("$forwarded"));
	ImapSearchFacts facts = facts_of(message, flags);
	for (guint i = 0; i < G_N_ELEMENTS(programs); i++) {
		g_test_message("%s", programs[i].program);
		g_assert_cmpint(run(programs[i].program, &facts), ==, programs[i].matches);
	}
}

static void
test_asks(void)
{
	static const struct {
		const char *program;
		bool content;
		bool extended;
		bool field;
	} asks[] = {
		{"UNSEEN SINCE 1-Feb-1999", false, false, false},
		{"NOT OR SEEN SUBJECT x", true, false, false},
		{"SENTON 1-Feb-1999", true, false, false},
		{"LARGER 5", true, false, true},
		{"OR SEEN (TEXT x)", true, false, true},
		{"BODY x", true, false, false},
		{"HEADER x-one y", true, false, true},
		{"HEADER X-Two y", true, false, false},
		{"RETURN (SAVE) SEEN", false, true, false},
		{"$", false, true, false},
	};

	for (guint i = 0; i < G_N_ELEMENTS(asks); i++) {
		g_autofree char *args = g_strconcat(asks[i].program, "\r\n", NULL);
		g_autoptr(ImapSearch) search = imap_search_parse(base_bytes_str(args), NULL);
		g_assert_nonnull(search);
		g_assert_true(imap_search_asks_content(search) == asks[i].content);
		g_assert_true(imap_search_is_extended(search) == asks[i].extended);
		g_assert_true(imap_search_asks_field(search, "X-One") == asks[i].field);
	}
}

static void
check_limit(const char *before, guint n, const char *after)
{
	g_autoptr(GString) program = g_string_new(NULL);
	for (guint i = 0; i < n; i++) {
		g_string_append(program, before);
	}
	g_string_append(program, after);
	g_autoptr(GError) error = NULL;
	g_autoptr(ImapSearch) search =
		imap_search_parse(base_bytes(program->str, program->len), &error);
	g_assert_null(search);
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
}

static void
test_limits(void)
{
	check_limit("NOT ", 40, "SEEN");
	check_limit("(", 100000, "SEEN");
	check_limit("OR SEEN ", 40, "SEEN");
	check_limit("SEEN ", 1000, "SEEN");
}

/* A text is found wherever the pieces are cut that are searched one by one. */
static void
test_long_body(void)
{
	g_autoptr(GString) text = g_string_new("Content-Type: text/plain; charset=utf-8\n\n");
	while (text->len < 200000) {
		g_string_append(text, "caf\xc3\xa9 au lait, encore et encore\n");
	}
	g_string_append(text, "needle in\nthe hay");
	g_autoptr(GBytes) octets = crlf(text->str);
	g_autoptr(ImapMessage) message = imap_message_new(octets, NULL);
	ImapSearchFacts facts = facts_of(message, NULL);
	g_assert_cmpint(run("BODY \"NEEDLE IN\"", &facts), ==, 1);
	g_assert_cmpint(run("BODY {11}\r\nencore\r\ncaf", &facts), ==, 1);
	g_assert_cmpint(run("BODY {9}\r\nin\r\nthe h", &facts), ==, 1);
	g_assert_cmpint(run("BODY \"encore et caf\"", &facts), ==, 0);
}

static void
test_dates(void)
{
	guint32 day = 0;
	guint32 other = 0;
	gint64 time = 0;
	g_assert_true(
		imap_date_parse_internal(BASE_LIT("17-Jul-1996 02:44:25 -0700"), &day, &time));
	g_assert_cmpint(time, ==, 837596665);
	g_assert_true(imap_date_parse(BASE_LIT("17-Jul-1996"), &other));
	g_assert_cmpuint(day, ==, other);
	g_assert_true(imap_date_parse_internal(BASE_LIT(" 1-Jul-1996 02:44:25 +0000"), &day, NULL));
	g_assert_false(imap_date_parse_internal(BASE_LIT("17-Jul-1996"), &day, &time));
	g_assert_false(imap_date_parse(BASE_LIT("17-Jul-1996 "), &day));
	static const char *const fields[] = {
		" Wed, 17 Jul 1996 02:23:25 -0700 (PDT)", "17 Jul 96 02:23 PDT", "17 Jul 096",
		"(c) Wed (d) , 17 (e) jul\r\n 1996 (f)",  "17 July 1996",
	};
	for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
		g_assert_true(imap_date_parse_field(base_bytes_str(fields[i]), &day));
		g_assert_cmpuint(day, ==, other);
	}
	static const char *const odd[] = {
		"",           "Wed",         "Wed 17 Jul 1996", "17",         "17 Jul",
		"x Jul 1996", "32 Jul 1996", "17 Jul 19960",    "17-Jul-1996"};
	for (guint i = 0; i < G_N_ELEMENTS(odd); i++) {
		g_assert_false(imap_date_parse_field(base_bytes_str(odd[i]), &day));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/imap/search/programs", test_programs);
	g_test_add_func("/imap/search/asks", test_asks);
	g_test_add_func("/imap/search/limits", test_limits);
	g_test_add_func("/imap/search/long-body", test_long_body);
	g_test_add_func("/imap/search/dates", test_dates);
	return g_test_run();
}
