/* SPDX-License-Identifier: MPL-2.0 */
/* The filter for EHLO: one row for each keyword that a provider may have. */
#include "smtp/ehlo.h"
#include "t.h"

static SmtpReply *
reply_of(const char *wire)
{
	g_autoptr(SmtpReplyReader) reader = smtp_reply_reader_new();
	SmtpReply *reply = NULL;
	size_t used = 0;
	smtp_reply_feed(reader, base_bytes_str(wire), &used, &reply);
	g_assert_nonnull(reply);
	return reply;
}

static SmtpOffer *
offer_of(const char *wire)
{
	g_autoptr(SmtpReply) reply = reply_of(wire);
	return smtp_offer_read(reply);
}

/* Whether a line with this keyword is in what the mail program sees. */
static bool
is_offered(const SmtpOffer *offer, const char *keyword)
{
	g_autofree char *wire = smtp_offer_to_string(offer, "localhost");
	g_auto(GStrv) lines = g_strsplit(wire, "\r\n", -1);
	size_t n = strlen(keyword);
	for (char **at = lines; *at != NULL; at++) {
		if (strlen(*at) >= 4 + n && g_ascii_strncasecmp(*at + 4, keyword, n) == 0 &&
		    ((*at)[4 + n] == '\0' || (*at)[4 + n] == ' ')) {
			return true;
		}
	}
	return false;
}

static void
test_keywords(void)
{
	static const struct {
		const char *keyword;
		bool without, with; /* offered if the provider has it not, and if it has */
	} rows[] = {
		{"PIPELINING", true, true},    {"ENHANCEDSTATUSCODES", true, true},
		{"8BITMIME", true, true},      {"SIZE", true, true},
		{"HELP", true, true},          {"DSN", false, true},
		{"SMTPUTF8", false, true},     {"CHUNKING", false, false},
		{"BINARYMIME", false, false},  {"BURL", false, false},
		{"CHECKPOINT", false, false},  {"ETRN", false, false},
		{"XCLIENT", false, false},     {"FUTURERELEASE", false, false},
		{"MT-PRIORITY", false, false}, {"DELIVERBY", false, false},
		{"REQUIRETLS", false, false},  {"LIMITS", false, false},
		{"STARTTLS", false, false},    {"AUTH", false, false},
		{"VRFY", false, false},        {"X-ANYTHING", false, false},
	};

	g_autoptr(SmtpOffer) bare = offer_of("250 mx.example.org\r\n");
	g_autoptr(SmtpOffer) without = smtp_offer_filter(bare);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *wire =
			g_strdup_printf("250-mx.example.org\r\n250 %s\r\n", rows[i].keyword);
		g_autoptr(SmtpOffer) theirs = offer_of(wire);
		g_autoptr(SmtpOffer) with = smtp_offer_filter(theirs);
		g_assert_cmpint(is_offered(without, rows[i].keyword), ==, rows[i].without);
		g_assert_cmpint(is_offered(with, rows[i].keyword), ==, rows[i].with);
	}
}

static void
test_read(void)
{
	g_autoptr(SmtpOffer) offer =
		offer_of("250-DSN\r\n250-size 1000000\r\n250-starttls\r\n250-AUTH=LOGIN\r\n"
			 "250-AUTH plain XOAUTH2\r\n250 Smtputf8\r\n");
	g_assert_cmpuint(offer->keywords, ==,
			 SMTP_OFFER_SIZE | SMTP_OFFER_STARTTLS | SMTP_OFFER_SMTPUTF8);
	g_assert_cmpuint(offer->size, ==, 1000000);
	g_assert_cmpstr(offer->auth, ==, "LOGIN PLAIN XOAUTH2");
}

/* (limit - 32 KiB) * 3/4 / 1.35: standards digest 13.1. */
static void
test_size(void)
{
	static const struct {
		guint64 theirs, ours;
	} rows[] = {
		{0, 0}, {1, 1}, {32768, 1}, {32768 + 5400, 3000}, {52428800, 29108900},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		SmtpOffer theirs = {.size = rows[i].theirs};
		g_autoptr(SmtpOffer) ours = smtp_offer_filter(&theirs);
		g_assert_cmpuint(ours->size, ==, rows[i].ours);
	}
}

static void
test_meet(void)
{
	g_autoptr(SmtpOffer) one = smtp_offer_filter(NULL);
	g_autoptr(SmtpOffer) both =
		offer_of("250-x\r\n250-DSN\r\n250-SMTPUTF8\r\n250 SIZE 10000000\r\n");
	g_autoptr(SmtpOffer) all = smtp_offer_filter(both);
	g_autoptr(SmtpOffer) small = smtp_offer_filter(both);
	smtp_offer_meet(one, all);
	g_assert_false(is_offered(one, "DSN"));
	g_assert_cmpuint(one->size, ==, all->size);
	small->size = 7;
	smtp_offer_meet(all, small);
	g_assert_cmpuint(all->size, ==, 7);
	g_assert_true(is_offered(all, "SMTPUTF8"));
}

static void
test_wire(void)
{
	SmtpOffer offer = {.keywords = SMTP_OFFER_PIPELINING | SMTP_OFFER_SIZE,
			   .size = 5,
			   .auth = (char[]){"PLAIN"}};
	g_autofree char *wire = smtp_offer_to_string(&offer, "localhost");
	g_assert_cmpstr(wire, ==,
			"250-localhost\r\n250-PIPELINING\r\n250-SIZE 5\r\n250-AUTH PLAIN\r\n"
			"250 HELP\r\n");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/smtp/ehlo/keywords", test_keywords);
	g_test_add_func("/smtp/ehlo/read", test_read);
	g_test_add_func("/smtp/ehlo/size", test_size);
	g_test_add_func("/smtp/ehlo/meet", test_meet);
	g_test_add_func("/smtp/ehlo/wire", test_wire);
	return g_test_run();
}
