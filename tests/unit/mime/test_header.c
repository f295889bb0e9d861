/* SPDX-License-Identifier: MPL-2.0 */
#include "base/limits.h"
#include "mime/header.h"
#include "t.h"

static MimeHeader *
parse(const char *text)
{
	MimeHeader *h = NULL;
	g_autoptr(GError) error = NULL;
	mime_header_parse(base_bytes_str(text), &h, &error);
	g_assert_no_error(error);
	return h;
}

static void
assert_written(const MimeHeader *h, bool crlf, const char *want)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	mime_header_write(h, crlf, out);
	t_assert_bytes(out->data, out->len, want, strlen(want));
}

/* What is not touched is written back whatever it was. */
static const char *const blocks[] = {
	"A: b\r\nC: d\r\n\r\n",
	"A: b\nC: d\n\n",
	"A: b\r\nC: d\n\r\n",
	"A: b\r\n",
	"A: b",
	"A: b\r\n \r\n folded over a blank line\r\n\r\n",
	"From me Sat\r\nA: b\r\n\r\n",
	">From me Sat\nA: b\n\n",
	"From me",
	"junk\r\nA: b\r\nmore junk\r\n c\r\n\r\n",
	"\r\n",
	"\n",
	"",
	"A: \r b\r\nB:\r\n\r\n",
	" starts with a blank\r\nA: b\r\n\r\n",
};

static void
test_exact(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(blocks); i++) {
		g_autoptr(MimeHeader) h = parse(blocks[i]);
		assert_written(h, false, blocks[i]);
		g_autoptr(MimeHeader) copy = mime_header_copy(h);
		assert_written(copy, true, blocks[i]);
	}
}

static void
test_find(void)
{
	g_autoptr(MimeHeader) h = parse("A: 1\r\nb: 2\r\nB: 3\r\nnot a field\r\n\r\nbody: 4\r\n");
	g_assert_cmpuint(mime_header_length(h), ==, 4);
	g_assert_cmpstr(mime_header_value(h, "B"), ==, "2");
	g_assert_cmpuint(mime_header_count(h, "B"), ==, 2);
	g_assert_null(mime_header_value(h, "body"));
	g_assert_cmpstr(mime_header_at(h, 3)->name, ==, "");
	g_assert_true(mime_header_is_crlf(h));
	g_assert_true(mime_header_has_end(h));
}

static void
test_change(void)
{
	g_autoptr(MimeHeader) h = parse("From me\nA:  1\nB: 2\nb: 3\n\n");
	g_autoptr(MimeHeader) before = mime_header_copy(h);
	mime_header_append(h, "C", "4");
	mime_header_prepend(h, "D", "5");
	mime_header_set(h, "b", "6");
	mime_header_set(h, "E", "7");
	assert_written(h, false, "From me\nD: 5\nA:  1\nb: 6\nC: 4\nE: 7\n\n");
	mime_header_drop_envelope(h);
	g_assert_cmpuint(mime_header_remove(h, "a"), ==, 1);
	g_assert_cmpuint(mime_header_remove(h, "a"), ==, 0);
	mime_header_append_field(h, mime_header_at(before, 0));
	assert_written(h, true, "D: 5\r\nb: 6\r\nC: 4\r\nE: 7\r\nA:  1\n\n");
	assert_written(before, false, "From me\nA:  1\nB: 2\nb: 3\n\n");
}

static bool
is_short(const MimeField *field, void *user)
{
	(void)user;
	return strlen(field->value) < 2;
}

static void
test_remove_if(void)
{
	g_autoptr(MimeHeader) h = parse("A: 1\r\nB: 22\r\nC: 3\r\nD: 44\r\n\r\n");
	g_assert_cmpuint(mime_header_remove_if(h, is_short, NULL), ==, 2);
	assert_written(h, true, "B: 22\r\nD: 44\r\n\r\n");
	g_assert_cmpuint(mime_header_remove_if(h, is_short, NULL), ==, 0);
}

/* A field added to a header that lacked line end or empty line must not run into anything. */
static void
test_open_end(void)
{
	g_autoptr(MimeHeader) h = parse("A: b");
	g_assert_false(mime_header_has_end(h));
	mime_header_append(h, "C", "d");
	assert_written(h, true, "A: b\r\nC: d\r\n\r\n");
	g_autoptr(MimeHeader) none = parse("");
	mime_header_append(none, "C", "d");
	assert_written(none, true, "C: d\r\n\r\n");
	g_autoptr(MimeHeader) new = mime_header_new();
	assert_written(new, true, "\r\n");
	g_autoptr(GByteArray) fields = g_byte_array_new();
	mime_header_write_fields(h, false, fields);
	t_assert_bytes(fields->data, fields->len, "A: b\nC: d\n", 10);
}

static void
test_limits(void)
{
	g_autoptr(GString) s = g_string_new(NULL);
	for (guint i = 0; i < BASE_LIMIT_FIELDS; i++) {
		g_string_append(s, "A: b\n");
	}
	g_autoptr(MimeHeader) h = parse(s->str);
	g_assert_cmpuint(mime_header_length(h), ==, BASE_LIMIT_FIELDS);
	g_string_append(s, "A: b\n");
	g_autoptr(GError) error = NULL;
	MimeHeader *none = NULL;
	g_assert_false(mime_header_parse(base_bytes(s->str, s->len), &none, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
	g_assert_null(none);

	g_autofree char *big = g_strnfill(BASE_LIMIT_HEADER + 1, 'x');
	g_autoptr(GError) big_error = NULL;
	g_assert_false(mime_header_parse(base_bytes_str(big), &none, &big_error));
	g_assert_error(big_error, PS_ERROR, PS_ERROR_LIMIT);
}

static const struct {
	const char *data;
	size_t n; /* where the header ends */
} ends[] = {
	{"A: b\r\n\r\nbody", 8},
	{"A: b\n\nbody", 6},
	{"\r\nbody", 2},
	{"\nbody", 1},
	{"body\r\n\r\n", 0},
	{"A: b\r\n--x\r\n\r\n", 6},
	{"--x\r\n\r\n", 0},
	{"A: b\r\n", 6},
	{"A: b", 4},
	{"", 0},
	{"From me\nA: b\n\nx", 14},
	{"From the start\ntext\n\nx", 0},
	{"From me\n\nx", 9},
	{"From : a\n\nx", 10},
	{"A: b\r\n \r\n\r\nx", 11},
	{"A: b\r\n\r\r\n\r\nx", 11},
	{"A: b\r\njunk\r\n\r\nx", 14},
};

/* Grown octet by octet, the end is the same and is never told too early. */
static void
test_ends(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
		BaseBytes all = base_bytes_str(ends[i].data);
		size_t from = 0;
		size_t n = SIZE_MAX;
		for (size_t k = 0; k <= all.n; k++) {
			bool last = k == all.n;
			size_t at = SIZE_MAX;
			if (mime_header_find_end(base_bytes_slice(all, 0, k), last, &from, &at)) {
				n = at;
				break;
			}
		}
		g_assert_cmpuint(n, ==, ends[i].n);
		from = 0;
		g_assert_true(mime_header_find_end(all, true, &from, &n));
		g_assert_cmpuint(n, ==, ends[i].n);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/header/exact", test_exact);
	g_test_add_func("/mime/header/find", test_find);
	g_test_add_func("/mime/header/change", test_change);
	g_test_add_func("/mime/header/remove-if", test_remove_if);
	g_test_add_func("/mime/header/open-end", test_open_end);
	g_test_add_func("/mime/header/limits", test_limits);
	g_test_add_func("/mime/header/ends", test_ends);
	return g_test_run();
}
