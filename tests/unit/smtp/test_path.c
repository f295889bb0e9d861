/* SPDX-License-Identifier: MPL-2.0 */
/* Paths and parameters of MAIL and RCPT (RFC 5321 section 4.1.2, 3461, 6152, 6531, 1870). */
#include "smtp/path.h"
#include "t.h"

#define ALL  (guint)(SMTP_OFFER_SIZE | SMTP_OFFER_8BITMIME | SMTP_OFFER_DSN | SMTP_OFFER_SMTPUTF8)
#define LESS (guint)(SMTP_OFFER_SIZE | SMTP_OFFER_8BITMIME)

typedef struct {
	const char *argument;
	guint offer;
	SmtpPathState state;
	const char *address;
	const char *parameters;
} Row;

static const Row mail_rows[] = {
	{"FROM:<a@b.example>", LESS, SMTP_PATH_OK, "a@b.example", ""},
	{"from:<a@b.example>", LESS, SMTP_PATH_OK, "a@b.example", ""},
	{"FROM: <a@b.example>", LESS, SMTP_PATH_OK, "a@b.example", ""},
	{"FROM:<>", LESS, SMTP_PATH_OK, "", ""},
	{"FROM:<@relay.example,@two.example:a@b.example>", LESS, SMTP_PATH_OK, "a@b.example", ""},
	{"FROM:<\"a b>\"@c.example>", LESS, SMTP_PATH_OK, "\"a b>\"@c.example", ""},
	{"FROM:<\"a\\\">\"@c.example>", LESS, SMTP_PATH_OK, "\"a\\\">\"@c.example", ""},
	{"FROM:<a@b.example> SIZE=100 BODY=8BITMIME", LESS, SMTP_PATH_OK, "a@b.example", ""},
	{"FROM:<a@b.example>  body=7bit", LESS, SMTP_PATH_OK, "a@b.example", ""},
	{"FROM:<a@b.example> AUTH=<>", LESS, SMTP_PATH_OK, "a@b.example", ""},
	{"FROM:<a@b.example> RET=HDRS ENVID=x+2Dy", ALL, SMTP_PATH_OK, "a@b.example",
	 " RET=HDRS ENVID=x+2Dy"},
	{"FROM:<\303\244@b.example> SMTPUTF8", ALL, SMTP_PATH_OK, "\303\244@b.example",
	 " SMTPUTF8"},
	{"FROM:<\303\244@b.example>", ALL, SMTP_PATH_UTF8, NULL, NULL},
	{"FROM:<\303\244@b.example> SMTPUTF8", LESS, SMTP_PATH_UNKNOWN, NULL, NULL},
	{"FROM:<a\377@b.example> SMTPUTF8", ALL, SMTP_PATH_SYNTAX, NULL, NULL},
	{"FROM:<a@b.example> RET=HDRS", LESS, SMTP_PATH_UNKNOWN, NULL, NULL},
	{"FROM:<a@b.example> RET=SOME", ALL, SMTP_PATH_PARAMETER, NULL, NULL},
	{"FROM:<a@b.example> SIZE=-1", ALL, SMTP_PATH_PARAMETER, NULL, NULL},
	{"FROM:<a@b.example> SIZE=99999999999999999999", ALL, SMTP_PATH_PARAMETER, NULL, NULL},
	{"FROM:<a@b.example> BODY=BINARYMIME", ALL, SMTP_PATH_PARAMETER, NULL, NULL},
	{"FROM:<a@b.example> SMTPUTF8=yes", ALL, SMTP_PATH_PARAMETER, NULL, NULL},
	{"FROM:<a@b.example> HOLDFOR=10", ALL, SMTP_PATH_UNKNOWN, NULL, NULL},
	{"FROM:<a@b.example> MT-PRIORITY=3", ALL, SMTP_PATH_UNKNOWN, NULL, NULL},
	{"FROM:<a@b.example>SIZE=1", ALL, SMTP_PATH_SYNTAX, NULL, NULL},
	{"FROM:a@b.example", ALL, SMTP_PATH_SYNTAX, NULL, NULL},
	{"FROM:<a@b.example", ALL, SMTP_PATH_SYNTAX, NULL, NULL},
	{"FROM:<a@b.example>>", ALL, SMTP_PATH_SYNTAX, NULL, NULL},
	{"FROM:<<a@b.example>", ALL, SMTP_PATH_SYNTAX, NULL, NULL},
	{"FROM:<a b@c.example>", ALL, SMTP_PATH_SYNTAX, NULL, NULL},
	{"FROM:<postmaster>", ALL, SMTP_PATH_SYNTAX, NULL, NULL},
	{"FROM:<@b.example>", ALL, SMTP_PATH_SYNTAX, NULL, NULL},
	{"TO:<a@b.example>", ALL, SMTP_PATH_SYNTAX, NULL, NULL},
	{"", ALL, SMTP_PATH_SYNTAX, NULL, NULL},
};

static const Row rcpt_rows[] = {
	{"TO:<a@b.example>", LESS, SMTP_PATH_OK, "a@b.example", ""},
	{"TO:<Postmaster>", LESS, SMTP_PATH_OK, "Postmaster", ""},
	{"TO:<a@b.example> NOTIFY=SUCCESS,delay ORCPT=rfc822;a@b.example", ALL, SMTP_PATH_OK,
	 "a@b.example", " NOTIFY=SUCCESS,delay ORCPT=rfc822;a@b.example"},
	{"TO:<a@b.example> NOTIFY=NEVER", ALL, SMTP_PATH_OK, "a@b.example", " NOTIFY=NEVER"},
	{"TO:<a@b.example> NOTIFY=NEVER,DELAY", ALL, SMTP_PATH_PARAMETER, NULL, NULL},
	{"TO:<a@b.example> NOTIFY=", ALL, SMTP_PATH_PARAMETER, NULL, NULL},
	{"TO:<a@b.example> NOTIFY=NEVER", LESS, SMTP_PATH_UNKNOWN, NULL, NULL},
	{"TO:<a@b.example> SIZE=1", ALL, SMTP_PATH_UNKNOWN, NULL, NULL},
	{"TO:<>", ALL, SMTP_PATH_SYNTAX, NULL, NULL},
	{"TO:<nobody>", ALL, SMTP_PATH_SYNTAX, NULL, NULL},
};

static void
check(const Row *row, SmtpPathState state, const SmtpPath *path)
{
	g_assert_cmpint(state, ==, row->state);
	g_assert_cmpint(path != NULL, ==, state == SMTP_PATH_OK);
	if (path != NULL) {
		g_assert_cmpstr(path->address, ==, row->address);
		g_assert_cmpstr(path->parameters, ==, row->parameters);
	}
}

static void
test_mail(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(mail_rows); i++) {
		SmtpOffer offer = {.keywords = mail_rows[i].offer};
		g_autoptr(SmtpPath) path = NULL;
		SmtpPathState state = smtp_path_parse_mail(mail_rows[i].argument, &offer, &path);
		check(&mail_rows[i], state, path);
	}
}

static void
test_rcpt(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rcpt_rows); i++) {
		SmtpOffer offer = {.keywords = rcpt_rows[i].offer};
		g_autoptr(SmtpPath) path = NULL;
		SmtpPathState state =
			smtp_path_parse_rcpt(rcpt_rows[i].argument, &offer, false, &path);
		check(&rcpt_rows[i], state, path);
	}
}

static void
test_values(void)
{
	SmtpOffer offer = {.keywords = ALL};
	g_autoptr(SmtpPath) path = NULL;
	g_autoptr(SmtpPath) rcpt = NULL;
	g_assert_cmpint(smtp_path_parse_mail("FROM:<a@b.example> SIZE=1234 BODY=8BITMIME SMTPUTF8",
					     &offer, &path),
			==, SMTP_PATH_OK);
	g_assert_cmpuint(path->size, ==, 1234);
	g_assert_true(path->eight_bit && path->utf8);
	g_assert_cmpint(smtp_path_parse_rcpt("TO:<\303\244@b.example>", &offer, false, &rcpt), ==,
			SMTP_PATH_UTF8);
	g_assert_null(rcpt);
	g_assert_cmpint(smtp_path_parse_rcpt("TO:<\303\244@b.example>", &offer, true, &rcpt), ==,
			SMTP_PATH_OK);
}

static void
test_many(void)
{
	SmtpOffer offer = {.keywords = ALL};
	g_autoptr(SmtpPath) path = NULL;
	g_autoptr(GString) text = g_string_new("FROM:<a@b.example>");
	for (int i = 0; i < 100; i++) {
		g_string_append(text, " RET=HDRS");
	}
	g_assert_cmpint(smtp_path_parse_mail(text->str, &offer, &path), ==, SMTP_PATH_PARAMETER);
	g_autofree char *local = g_strnfill(400, 'a');
	g_autofree char *argument = g_strconcat("FROM:<", local, "@b.example>", NULL);
	g_assert_cmpint(smtp_path_parse_mail(argument, &offer, &path), ==, SMTP_PATH_SYNTAX);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/smtp/path/mail", test_mail);
	g_test_add_func("/smtp/path/rcpt", test_rcpt);
	g_test_add_func("/smtp/path/values", test_values);
	g_test_add_func("/smtp/path/many", test_many);
	return g_test_run();
}
