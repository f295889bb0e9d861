/* SPDX-License-Identifier: MPL-2.0 */
/* Originator-Rules: dictionary reader and writer, strictness. */
#include "mime/rules.h"
#include "mime_help.h"

static const struct {
	const char *value;
	bool ok;
	MimeRules rules;
	const char *written; /* NULL: empty */
} rows[] = {
	{"lists=reseal, forward=sealed, reply=sealed, expires=@1801353600",
	 true,
	 {MIME_RULE_LISTS_RESEAL, MIME_RULE_FORWARD_SEALED, MIME_RULE_REPLY_SEALED, 1801353600},
	 "lists=reseal, forward=sealed, reply=sealed, expires=@1801353600"},
	{"", true, {0}, NULL},
	{"lists=no", true, {.lists = MIME_RULE_LISTS_NO}, "lists=no"},
	{"lists=open,forward=open\t,\treply=open",
	 true,
	 {MIME_RULE_LISTS_OPEN, MIME_RULE_FORWARD_OPEN, MIME_RULE_REPLY_OPEN, 0},
	 "lists=open, forward=open, reply=open"},
	{"forward=no,\r\n lists=no",
	 true,
	 {MIME_RULE_LISTS_NO, MIME_RULE_FORWARD_NO, 0, 0},
	 "lists=no, forward=no"},
	/* parameters, unknown keys and values, other types: read over */
	{"lists=no;why=\"because\";x;y=?1, zzz, a=(1 2;q=0.5 \"x\"), b=:AAE=:, c=-1.5, d=*t/x",
	 true,
	 {.lists = MIME_RULE_LISTS_NO},
	 "lists=no"},
	{"lists=never, forward=\"no\", reply, expires=1801353600", true, {0}, NULL},
	{"reply=no", true, {0}, NULL},
	{"expires=@-5", true, {0}, NULL},
	/* the last of a key counts (RFC 8941 section 3.2) */
	{"lists=no, lists=open", true, {.lists = MIME_RULE_LISTS_OPEN}, "lists=open"},
	/* not a dictionary: nothing counts */
	{"Lists=no", false, {0}, NULL},
	{"lists=no forward=no", false, {0}, NULL},
	{"lists=no,", false, {0}, NULL},
	{"lists=no,,forward=no", false, {0}, NULL},
	{"lists=", false, {0}, NULL},
	{"=no", false, {0}, NULL},
	{"lists=no, a=\"x", false, {0}, NULL},
	{"lists=no, a=\"\\x\"", false, {0}, NULL},
	{"lists=no, a=(1 2", false, {0}, NULL},
	{"lists=no, a=?2", false, {0}, NULL},
	{"lists=no, a=:AA", false, {0}, NULL},
	{"lists=no, a=@", false, {0}, NULL},
	{"lists=no, a=1234567890123456", false, {0}, NULL},
	{"lists=no\x80", false, {0}, NULL},
};

static void
assert_rules(const MimeRules *got, const MimeRules *want)
{
	g_assert_cmpint(got->lists, ==, want->lists);
	g_assert_cmpint(got->forward, ==, want->forward);
	g_assert_cmpint(got->reply, ==, want->reply);
	g_assert_cmpint(got->expires, ==, want->expires);
}

static void
test_rows(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		MimeRules rules = {.expires = 77};
		g_test_message("row %zu", i);
		g_assert_true(mime_rules_parse(base_bytes_str(rows[i].value), &rules) ==
			      rows[i].ok);
		if (!rows[i].ok) {
			g_assert_cmpint(rules.expires, ==, 77); /* written on success only */
			continue;
		}
		assert_rules(&rules, &rows[i].rules);
		g_autofree char *written = mime_rules_format(&rules);
		g_assert_cmpstr(written, ==, rows[i].written);
		g_assert_true(mime_rules_is_empty(&rules) == (written == NULL));
	}
}

static void
test_header(void)
{
	g_autoptr(MimeHeader) header = help_header(
		"Subject: x\r\nOriginator-Rules: lists=no\r\noriginator-rules:\r\n forward=no;a,\r\n reply=sealed\r\n\r\n");
	MimeRules rules = {0};
	g_assert_true(mime_rules_read(header, &rules));
	MimeRules want = {MIME_RULE_LISTS_NO, MIME_RULE_FORWARD_NO, MIME_RULE_REPLY_SEALED, 0};
	assert_rules(&rules, &want);
	g_autoptr(MimeHeader) none = help_header("Subject: x\r\n\r\n");
	g_assert_true(mime_rules_read(none, &rules));
	g_assert_true(mime_rules_is_empty(&rules));
	g_autoptr(MimeHeader) bad =
		help_header("Originator-Rules: lists=no\r\nOriginator-Rules: !\r\n\r\n");
	g_assert_false(mime_rules_read(bad, &rules));
}

static void
test_limits(void)
{
	g_autoptr(GString) many = g_string_new("k=1");
	MimeRules rules = {0};
	for (guint i = 1; i < MIME_RULES_KEYS; i++) {
		g_string_append(many, ", k=1");
	}
	g_assert_true(mime_rules_parse(base_bytes_str(many->str), &rules));
	g_string_append(many, ", k=1");
	g_assert_false(mime_rules_parse(base_bytes_str(many->str), &rules));
	g_autofree char *filler = g_strnfill(MIME_RULES_MAX, 'a');
	g_autofree char *long_value = g_strconcat("k=", filler, NULL);
	g_assert_false(mime_rules_parse(base_bytes_str(long_value), &rules));
	g_autoptr(GString) list = g_string_new("k=(");
	for (guint i = 0; i < 100; i++) {
		g_string_append(list, "1 ");
	}
	g_string_append(list, ")");
	g_assert_false(mime_rules_parse(base_bytes_str(list->str), &rules));
}

static void
test_merge(void)
{
	MimeRules a = {MIME_RULE_LISTS_OPEN, MIME_RULE_FORWARD_NO, 0, 100};
	MimeRules b = {MIME_RULE_LISTS_RESEAL, MIME_RULE_FORWARD_SEALED, MIME_RULE_REPLY_SEALED, 0};
	MimeRules want = {MIME_RULE_LISTS_RESEAL, MIME_RULE_FORWARD_NO, MIME_RULE_REPLY_SEALED,
			  100};
	MimeRules ab = mime_rules_merge(&a, &b);
	MimeRules ba = mime_rules_merge(&b, &a);
	assert_rules(&ab, &want);
	assert_rules(&ba, &want);
	b.expires = 50;
	g_assert_cmpint(mime_rules_merge(&a, &b).expires, ==, 50);
	g_assert_cmpint(mime_rules_merge(&b, &a).expires, ==, 50);
}

static void
test_set(void)
{
	MimeRules rules = {0};
	g_autoptr(GError) error = NULL;
	g_assert_true(mime_rules_set(&rules, "lists", "reseal", &error));
	g_assert_true(mime_rules_set(&rules, "forward", "sealed", &error));
	g_assert_true(mime_rules_set(&rules, "reply", "open", &error));
	g_assert_true(mime_rules_set(&rules, "expires", "2027-01-31T12:00:00Z", &error));
	MimeRules want = {MIME_RULE_LISTS_RESEAL, MIME_RULE_FORWARD_SEALED, MIME_RULE_REPLY_OPEN,
			  1801396800};
	assert_rules(&rules, &want);
	g_assert_true(mime_rules_set(&rules, "expires", "@1801353600", &error));
	g_assert_cmpint(rules.expires, ==, 1801353600);
	static const char *const bad[][2] = {{"lists", "sealed"},
					     {"lists", ""},
					     {"reply", "no"},
					     {"expires", "soon"},
					     {"print", "no"}};
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_assert_false(mime_rules_set(&rules, bad[i][0], bad[i][1], &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
		g_clear_error(&error);
	}
	want.expires = 1801353600;
	assert_rules(&rules, &want);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/rules/rows", test_rows);
	g_test_add_func("/mime/rules/header", test_header);
	g_test_add_func("/mime/rules/limits", test_limits);
	g_test_add_func("/mime/rules/merge", test_merge);
	g_test_add_func("/mime/rules/set", test_set);
	return g_test_run();
}
