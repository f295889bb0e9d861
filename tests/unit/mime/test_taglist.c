/* SPDX-License-Identifier: MPL-2.0 */
/* Tag lists: the grammar's edges and folding. */
#include "t.h"
#include "mime/taglist.h"

static void
test_parse(void)
{
	static const struct {
		const char *list;
		const char *tags; /* "name=value|...", NULL: no list */
	} rows[] = {
		{"a=1", "a=1"},
		{" a = 1 ; b=2; ", "a=1|b=2"},
		{"a=;b2_=x y", "a=|b2_=x y"},
		{"a=1=2", "a=1=2"},
		{"a=\r\n 1;\r\n\tb=\xc3\xbc", "a=1|b=\xc3\xbc"},
		{"A=1; a=2", "A=1|a=2"},
		{"", NULL},
		{" ", NULL},
		{";", NULL},
		{";a=1", NULL},
		{"a=1;;", NULL},
		{"a", NULL},
		{"=1", NULL},
		{"2a=1", NULL},
		{"a-b=1", NULL},
		{"a=1; a=1", NULL},
		{"a=\x01", NULL},
		{"a=\x7f", NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		MimeTag tags[MIME_TAGLIST_MAX];
		size_t n = 99;
		bool ok = mime_taglist_parse(base_bytes_str(rows[i].list), tags, &n);
		g_assert_true(ok == (rows[i].tags != NULL));
		g_autoptr(GString) got = g_string_new(NULL);
		for (size_t t = 0; ok && t < n; t++) {
			g_string_append_printf(got, "%s%.*s=%.*s", t > 0 ? "|" : "",
					       (int)tags[t].name.n, (const char *)tags[t].name.p,
					       (int)tags[t].value.n, (const char *)tags[t].value.p);
		}
		g_assert_cmpstr(ok ? got->str : NULL, ==, rows[i].tags);
	}
}

static void
test_get(void)
{
	MimeTag tags[MIME_TAGLIST_MAX];
	size_t n = 0;
	g_assert_true(mime_taglist_parse(BASE_LIT("a=1; b="), tags, &n));
	T_ASSERT_STR_BYTES(mime_taglist_get(tags, n, "a"), "1");
	g_assert_cmpuint(mime_taglist_get(tags, n, "b").n, ==, 0);
	g_assert_nonnull(mime_taglist_get(tags, n, "b").p);
	g_assert_null(mime_taglist_get(tags, n, "c").p);
}

static void
test_limit(void)
{
	g_autoptr(GString) list = g_string_new("a0=");
	MimeTag tags[MIME_TAGLIST_MAX];
	size_t n = 0;
	for (unsigned i = 1; i < MIME_TAGLIST_MAX; i++) {
		g_string_append_printf(list, ";a%u=", i);
	}
	g_assert_true(mime_taglist_parse(base_bytes_str(list->str), tags, &n));
	g_assert_cmpuint(n, ==, MIME_TAGLIST_MAX);
	g_string_append(list, ";b=");
	g_assert_false(mime_taglist_parse(base_bytes_str(list->str), tags, &n));
}

static void
test_fold(void)
{
	g_autofree char *text = g_strnfill(150, 'x');
	g_autoptr(GString) field = g_string_new("Name: value\r\n a=");
	mime_taglist_fold(field, text);
	g_auto(GStrv) lines = g_strsplit(field->str, "\r\n", -1);
	g_assert_cmpuint(g_strv_length(lines), ==, 4);
	g_assert_cmpuint(strlen(lines[1]), ==, 76);
	g_assert_cmpuint(strlen(lines[2]), ==, 76);
	g_assert_cmpuint(strlen(lines[3]), ==, 1 + 150 - 73 - 75);
	g_string_assign(field, "");
	mime_taglist_fold(field, "");
	g_assert_cmpstr(field->str, ==, "");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/taglist/parse", test_parse);
	g_test_add_func("/mime/taglist/get", test_get);
	g_test_add_func("/mime/taglist/limit", test_limit);
	g_test_add_func("/mime/taglist/fold", test_fold);
	return g_test_run();
}
