/* SPDX-License-Identifier: MPL-2.0 */
#include "feed.h"
#include "mime/scan.h"

static guint
facts_of(BaseBytes data, size_t chunk)
{
	MimeScan scan;
	mime_scan_init(&scan);
	feed(&scan.base, data, chunk);
	return scan.facts;
}

static const struct {
	const char *data;
	guint facts;
} cases[] = {
	{"", 0},
	{"a\r\nb\r\n", 0},
	{"a\nb\n", MIME_SCAN_BARE_LF},
	{"a\r\nb\n", MIME_SCAN_BARE_LF},
	{"a\rb", MIME_SCAN_BARE_CR},
	{"a\r", MIME_SCAN_BARE_CR},
	{"a\r\r\n", MIME_SCAN_BARE_CR},
	{"\xc3\xa9", MIME_SCAN_8BIT},
	{"0123456789abcdef0123456789abcdef\x80", MIME_SCAN_8BIT},
	{"0123456789\x80"
	 "bcdef0123456789abcdef",
	 MIME_SCAN_8BIT},
	{"a \r\n", MIME_SCAN_TRAILING},
	{"a\t\n", MIME_SCAN_TRAILING | MIME_SCAN_BARE_LF},
	{"a ", MIME_SCAN_TRAILING},
	{" \r\n", MIME_SCAN_TRAILING},
	{" a\r\n", 0},
	{"From x\r\n", MIME_SCAN_FROM},
	{"a\r\nFrom x", MIME_SCAN_FROM},
	{"a From x\r\n>From x\r\nFrom:\r\nFrom\r\n", 0},
};

static void
test_cases(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		size_t n = strlen(cases[i].data);
		for (size_t chunk = 1; chunk <= n + 1; chunk++) {
			g_assert_cmphex(facts_of(base_bytes_str(cases[i].data), chunk), ==,
					cases[i].facts);
		}
		g_assert_cmphex(mime_scan_bytes(base_bytes_str(cases[i].data)), ==, cases[i].facts);
	}
	g_assert_cmphex(facts_of(base_bytes("a\0b", 3), 1), ==, MIME_SCAN_NUL);
	g_assert_cmphex(facts_of(base_bytes("0123456789abcdef\0 0123456789abcdef", 34), 34), ==,
			MIME_SCAN_NUL);
}

static const struct {
	guint n;
	guint facts;
} lengths[] = {
	{990, 0},
	{991, MIME_SCAN_LONG},
	{998, MIME_SCAN_LONG},
	{999, MIME_SCAN_LONG | MIME_SCAN_TOO_LONG},
	{1006, MIME_SCAN_LONG | MIME_SCAN_TOO_LONG},
	{5000, MIME_SCAN_LONG | MIME_SCAN_TOO_LONG},
	{70000, MIME_SCAN_LONG | MIME_SCAN_TOO_LONG},
};

/* Lines around the limits, with every ending, in every chunking. */
static void
test_lengths(void)
{
	static const struct {
		const char *end;
		guint facts;
	} ends[] = {
		{"\r\n", 0},   {"", 0}, {" \r\n", MIME_SCAN_TRAILING}, {"\r", MIME_SCAN_BARE_CR},
		{" x\r\n", 0},
	};

	static const size_t chunks[] = {SIZE_MAX, 7, 16384, 1009};
	for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
		for (guint k = 0; k < G_N_ELEMENTS(ends); k++) {
			size_t end = strcspn(ends[k].end, "\r\n"); /* a CR without LF is content */
			end = strcmp(ends[k].end, "\r") == 0 ? 1 : end;
			g_autofree char *fill = g_strnfill(lengths[i].n - end, 'x');
			g_autofree char *line = g_strconcat(fill, ends[k].end, NULL);
			for (guint c = 0; c < G_N_ELEMENTS(chunks); c++) {
				g_assert_cmphex(facts_of(base_bytes_str(line), chunks[c]), ==,
						lengths[i].facts | ends[k].facts);
			}
		}
	}
}

/* Many CRs: more than one octet of a vector can count. */
static void
test_many(void)
{
	g_autoptr(GString) s = g_string_new(NULL);
	for (guint i = 0; i < 20000; i++) {
		g_string_append(s, "\r\n");
	}
	g_assert_cmphex(mime_scan_bytes(base_bytes(s->str, s->len)), ==, 0);
	g_string_append(s, "\r");
	g_assert_cmphex(mime_scan_bytes(base_bytes(s->str, s->len)), ==, MIME_SCAN_BARE_CR);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/scan/cases", test_cases);
	g_test_add_func("/mime/scan/lengths", test_lengths);
	g_test_add_func("/mime/scan/many", test_many);
	return g_test_run();
}
