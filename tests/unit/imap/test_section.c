/* SPDX-License-Identifier: MPL-2.0 */
/* Sections and partials (RFC 9051 section 6.4.5.1). */
#include "imap/section.h"
#include "imap_help.h"

static const char plain[] =
	"Subject: one\n two\nX-A: a\nReceived: r1\njunk\nReceived: r2\n\nbody\n";

/* The example of RFC 3501 section 6.4.5. */
static const char nested[] = "From: root@a\nContent-Type: multipart/mixed; boundary=b\n\n"
			     "--b\nContent-Type: TEXT/PLAIN\n\n1\n"
			     "--b\nContent-Type: APPLICATION/OCTET-STREAM\n\n2\n"
			     "--b\nContent-Type: MESSAGE/RFC822\n\n"
			     "From: three@a\nContent-Type: multipart/mixed; boundary=c\n\n"
			     "--c\nContent-Type: TEXT/PLAIN\n\n3.1\n"
			     "--c\nContent-Type: APPLICATION/OCTET-STREAM\n\n3.2\n--c--\n"
			     "--b--\n";

static const struct {
	const char *message;
	const char *item;
	const char *want;
} sections[] = {
	{plain, "BODY[]<0.7>", "BODY[]<0> {7}\r\nSubject"},
	{plain, "BODY[]<78.20>", "BODY[]<78> {0}\r\n"},
	{plain, "BODY[]<9999.20>", "BODY[]<9999> {0}\r\n"},
	{plain, "BODY[TEXT]", "BODY[TEXT] {6}\r\nbody\r\n"},
	{plain, "BODY[TEXT]<2.100>", "BODY[TEXT]<2> {4}\r\ndy\r\n"},
	{plain, "BODY[HEADER]<5.6>", "BODY[HEADER]<5> {6}\r\nct: on"},
	{plain, "BODY[HEADER.FIELDS (received x-a)]",
	 "BODY[HEADER.FIELDS (received x-a)] {38}\r\nX-A: a\r\nReceived: r1\r\nReceived: r2\r\n\r\n"},
	{plain, "BODY[HEADER.FIELDS (subject)]<10.9>",
	 "BODY[HEADER.FIELDS (subject)]<10> {9}\r\nne\r\n two\r"},
	{plain, "BODY[HEADER.FIELDS (Not-There)]", "BODY[HEADER.FIELDS (Not-There)] {2}\r\n\r\n"},
	{plain, "BODY[HEADER.FIELDS.NOT (Received)]",
	 "BODY[HEADER.FIELDS.NOT (Received)] {36}\r\nSubject: one\r\n two\r\nX-A: a\r\njunk\r\n\r\n"},
	{plain, "BODY[1]", "BODY[1] {6}\r\nbody\r\n"},
	{plain, "BODY[1.1]", "BODY[1.1] {0}\r\n"},
	{plain, "BODY[2]", "BODY[2] {0}\r\n"},
	{plain, "BODY[1.HEADER]", "BODY[1.HEADER] {0}\r\n"},
	{nested, "BODY[1]", "BODY[1] {1}\r\n1"},
	{nested, "BODY[1.MIME]", "BODY[1.MIME] {28}\r\nContent-Type: TEXT/PLAIN\r\n\r\n"},
	{nested, "BODY[3.HEADER.FIELDS (FROM)]",
	 "BODY[3.HEADER.FIELDS (FROM)] {17}\r\nFrom: three@a\r\n\r\n"},
	{nested, "BODY[3.1]", "BODY[3.1] {3}\r\n3.1"},
	{nested, "BODY[3.2.MIME]",
	 "BODY[3.2.MIME] {42}\r\nContent-Type: APPLICATION/OCTET-STREAM\r\n\r\n"},
	{nested, "BODY[3.TEXT]<0.5>", "BODY[3.TEXT]<0> {5}\r\n--c\r\n"},
	{nested, "BODY[3.1.HEADER]", "BODY[3.1.HEADER] {0}\r\n"},
	/* no empty line */
	{"A: b", "BODY[HEADER]", "BODY[HEADER] {4}\r\nA: b"},
	{"A: b\n", "BODY[HEADER.FIELDS (A)]", "BODY[HEADER.FIELDS (A)] {8}\r\nA: b\r\n\r\n"},
	{"A: b\n", "BODY[TEXT]", "BODY[TEXT] {0}\r\n"},
	{"", "BODY[]", "BODY[] {0}\r\n"},
	{"\nx", "BODY[HEADER]", "BODY[HEADER] {2}\r\n\r\n"},
	{"A : b\n\n", "BODY[HEADER.FIELDS (A)]", "BODY[HEADER.FIELDS (A)] {9}\r\nA : b\r\n\r\n"},
};

static void
test_sections(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(sections); i++) {
		g_autofree char *items = g_strdup_printf("(%s)", sections[i].item);
		check_answer(sections[i].message, items, sections[i].want);
	}
}

/* Partials of all offsets and lengths, joined, are the section. */
static void
test_windows(void)
{
	g_autoptr(GBytes) octets = crlf(plain);
	g_autofree char *whole =
		answers_of(octets, "(BODY[HEADER.FIELDS.NOT (RECEIVED)] BODY[TEXT])");
	g_assert_nonnull(whole);
	g_autoptr(GString) joined = g_string_new(NULL);
	for (guint at = 0; at < 36; at += 7) {
		g_autofree char *items =
			g_strdup_printf("(BODY[HEADER.FIELDS.NOT (RECEIVED)]<%u.7>)", at);
		g_autofree char *part = answers_of(octets, items);
		g_string_append(joined, strchr(part, '\n') + 1);
	}
	g_assert_cmpstr(joined->str, ==, "Subject: one\r\n two\r\nX-A: a\r\njunk\r\n\r\n");
}

/* A literal may not hold NUL (RFC 9051 section 4.3.1). */
static void
test_nul(void)
{
	g_autoptr(GBytes) octets = g_bytes_new_static("A: b\r\n\r\na\0\0b", 12);
	g_autofree char *got = answers_of(octets, "(BODY[TEXT] BODY[TEXT]<2.2>)");
	g_assert_cmpstr(got, ==,
			"BODY[TEXT] {4}\r\na\x80\x80"
			"bBODY[TEXT]<2> {2}\r\n\x80"
			"b");
}

static void
test_header_length(void)
{
	g_assert_cmpuint(imap_section_header_length(BASE_LIT("")), ==, 0);
	g_assert_cmpuint(imap_section_header_length(BASE_LIT("\r\nx")), ==, 2);
	g_assert_cmpuint(imap_section_header_length(BASE_LIT("\nx")), ==, 1);
	g_assert_cmpuint(imap_section_header_length(BASE_LIT("a")), ==, 1);
	g_assert_cmpuint(imap_section_header_length(BASE_LIT("a\n\nb")), ==, 3);
	g_assert_cmpuint(imap_section_header_length(BASE_LIT("a\r\n \r\nb\r\n\r\nc")), ==, 11);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/imap/section/sections", test_sections);
	g_test_add_func("/imap/section/windows", test_windows);
	g_test_add_func("/imap/section/nul", test_nul);
	g_test_add_func("/imap/section/header-length", test_header_length);
	return g_test_run();
}
