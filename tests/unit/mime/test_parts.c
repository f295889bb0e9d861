/* SPDX-License-Identifier: MPL-2.0 */
#include "base/limits.h"
#include "feed.h"
#include "mime/parts.h"

/* Everything the hooks see as one text: preamble and epilogue bare, "[line]" for a boundary line,
 * "<...>" for a part, "<...!" for one that was not closed. */
static bool
on_boundary(void *user, BaseBytes line, bool closing, GError **error)
{
	return base_sink_write_str(user, closing ? "[/" : "[", error) &&
	       base_sink_write(user, line, error) && base_sink_write_str(user, "]", error);
}

static bool
on_begin(void *user, guint index, BaseSink **part, GError **error)
{
	g_autofree char *mark = g_strdup_printf("<%u:", index);
	*part = user;
	return base_sink_write_str(user, mark, error);
}

static bool
on_end(void *user, guint index, bool closed, GError **error)
{
	(void)index;
	return base_sink_write_str(user, closed ? ">" : "!", error);
}

static const struct {
	const char *data; /* the boundary is "b" */
	const char *seen;
} cases[] = {
	{"--b\r\none\r\n--b--\r\n", "[--b\r\n]<0:one>[/\r\n--b--\r\n]"},
	{"pre\r\n--b\r\none\r\n--b--\r\nepi", "pre[\r\n--b\r\n]<0:one>[/\r\n--b--\r\n]epi"},
	{"--b\none\n--b\ntwo\n--b--", "[--b\n]<0:one>[\n--b\n]<1:two>[/\n--b--]"},
	{"\r\n--b\r\n\r\n--b--", "[\r\n--b\r\n]<0:>[/\r\n--b--]"},
	{"--b\r\n--b\r\n--b--\r\n", "[--b\r\n]<0:>[--b\r\n]<1:>[/--b--\r\n]"},
	{"--b \t\r\nx\r\n--b-- \n", "[--b \t\r\n]<0:x>[/\r\n--b-- \n]"},
	{"--b\r\nx\r\n", "[--b\r\n]<0:x\r\n!"},
	{"--b\r\nx\r\n--", "[--b\r\n]<0:x\r\n--!"},
	{"--b\r\nx\r\n--b", "[--b\r\n]<0:x>[\r\n--b]<1:!"},
	{"--b\r\nx\r\n--b-", "[--b\r\n]<0:x\r\n--b-!"},
	{"--b\r\nx\r\n--b--\r", "[--b\r\n]<0:x\r\n--b--\r!"},
	{"--b\r\nx\r\n--bb\r\n--b--", "[--b\r\n]<0:x\r\n--bb>[/\r\n--b--]"},
	{"--b\r\nx\r\n--b b\r\n--b--", "[--b\r\n]<0:x\r\n--b b>[/\r\n--b--]"},
	{"--b\r\nx\r\n --b\r\n--b--", "[--b\r\n]<0:x\r\n --b>[/\r\n--b--]"},
	{"--b\r\nx --b\r\n--b--", "[--b\r\n]<0:x --b>[/\r\n--b--]"},
	{"--b\r\nx\r--b\r\r\n--b--", "[--b\r\n]<0:x\r--b\r>[/\r\n--b--]"},
	{"--b\rx\r\n--b--", "--b\rx[/\r\n--b--]"},
	{"--b--\r\n--b\r\nx", "[/--b--\r\n]--b\r\nx"},
	{"--b----\r\n--b--", "--b----[/\r\n--b--]"},
	{"\n\n\n--b\n\n\n\n--b--", "\n\n[\n--b\n]<0:\n\n>[/\n--b--]"},
	{"--\r\n--\r\n---b\r\n-b\r\n", "--\r\n--\r\n---b\r\n-b\r\n"},
	{"--b\r\n-\r\n--\r\n--b--", "[--b\r\n]<0:-\r\n-->[/\r\n--b--]"},
	{"\r\r\r\n--b--", "\r\r[/\r\n--b--]"},
	{"--b\n\r\n--b--", "[--b\n]<0:>[/\r\n--b--]"},
	{"--b\n\r--b--", "[--b\n]<0:\r--b--!"},
	{"", ""},
	{"x", "x"},
	{"--B\r\n--b--", "--B[/\r\n--b--]"},
	{"--b\t\t\t\r\r\n--b--", "--b\t\t\t\r[/\r\n--b--]"},
};

static char *
run(const char *boundary, BaseBytes data, size_t chunk)
{
	g_autoptr(BaseSink) seen = base_sink_new_memory(SIZE_MAX);
	MimePartsHooks hooks = {on_boundary, on_begin, on_end, seen, seen};
	g_autoptr(BaseSink) parts = mime_parts_new(boundary, &hooks, seen);
	feed(parts, data, chunk);
	return base_bytes_strdup(base_sink_peek_bytes(seen));
}

static void
test_cases(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		size_t n = strlen(cases[i].data);
		for (size_t chunk = 1; chunk <= n + 1; chunk++) {
			g_autofree char *seen = run("b", base_bytes_str(cases[i].data), chunk);
			g_assert_cmpstr(seen, ==, cases[i].seen);
		}
	}
}

/* Random soup of the octets that matter: the pieces are the input, whatever the chunks. */
static void
test_random(void)
{
	static const char *const soup[] = {"\r", "\n", "\r\n",         "-", "--", "--bb", "--bb--",
					   "b",  " ",  "\r\n--bb\r\n", "x"};
	for (guint round = 0; round < 3000; round++) {
		g_autoptr(GString) data = g_string_new(NULL);
		guint n = (guint)g_test_rand_int_range(0, 40);
		for (guint i = 0; i < n; i++) {
			g_string_append(data, soup[g_test_rand_int_range(0, G_N_ELEMENTS(soup))]);
		}
		BaseBytes all = base_bytes(data->str, data->len);
		g_autofree char *whole = run("bb", all, SIZE_MAX);
		g_autofree char *ones = run("bb", all, 1);
		g_autofree char *threes = run("bb", all, 3);
		g_assert_cmpstr(whole, ==, ones);
		g_assert_cmpstr(whole, ==, threes);
		g_autoptr(GString) back = g_string_new(NULL);
		for (const char *p = whole; *p != '\0'; p++) {
			p += *p == '[' && p[1] == '/';
			if (*p == '<') {
				p = strchr(p, ':');
			} else if (strchr("[]>!/", *p) == NULL) {
				g_string_append_c(back, *p);
			}
		}
		g_assert_cmpstr(back->str, ==, data->str);
	}
}

/* Blanks after a boundary are held back only so far. */
static void
test_padding(void)
{
	for (guint more = 0; more < 2; more++) {
		g_autofree char *blanks = g_strnfill(MIME_BOUNDARY_PADDING + more, ' ');
		g_autofree char *data = g_strdup_printf("--b%s\r\nx", blanks);
		for (guint k = 0; k < G_N_ELEMENTS(feed_chunks); k++) {
			g_autofree char *seen = run("b", base_bytes_str(data), feed_chunks[k]);
			g_assert_cmpint(seen[0] == '[', ==, more == 0);
		}
	}
	g_autofree char *longest = g_strnfill(MIME_BOUNDARY_MAX, 'q');
	g_autofree char *data = g_strdup_printf("--%s\r\nx\r\n--%s--\r\n", longest, longest);
	for (guint k = 0; k < G_N_ELEMENTS(feed_chunks); k++) {
		g_autofree char *seen = run(longest, base_bytes_str(data), feed_chunks[k]);
		g_assert_nonnull(strstr(seen, "<0:x>"));
	}
}

static void
test_limit(void)
{
	g_autoptr(GString) data = g_string_new(NULL);
	for (guint i = 0; i < BASE_LIMIT_MIME_PARTS + 1; i++) {
		g_string_append(data, "--b\n");
	}
	g_autoptr(GError) error = NULL;
	g_autoptr(BaseSink) seen = base_sink_new_memory(SIZE_MAX);
	MimePartsHooks hooks = {on_boundary, on_begin, on_end, seen, seen};
	g_autoptr(BaseSink) parts = mime_parts_new("b", &hooks, seen);
	g_assert_false(feed_try(parts, base_bytes(data->str, data->len), 100, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
}

static void
test_boundaries(void)
{
	g_autofree char *long_one = g_strnfill(MIME_BOUNDARY_MAX + 1, 'x');
	g_assert_false(mime_boundary_is_valid(NULL));
	g_assert_false(mime_boundary_is_valid(""));
	g_assert_false(mime_boundary_is_valid("a\nb"));
	g_assert_false(mime_boundary_is_valid(long_one));
	g_assert_true(mime_boundary_is_valid("=_a b"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/parts/cases", test_cases);
	g_test_add_func("/mime/parts/random", test_random);
	g_test_add_func("/mime/parts/padding", test_padding);
	g_test_add_func("/mime/parts/limit", test_limit);
	g_test_add_func("/mime/parts/boundaries", test_boundaries);
	return g_test_run();
}
