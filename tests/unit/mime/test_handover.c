/* SPDX-License-Identifier: MPL-2.0 */
/* Postseal-Handover fields. */
#include "mime/handover.h"

#include "mime_help.h"

#define NAME "Postseal-Handover: "
#define S    "statement=c3RhdGVtZW50" /* "statement" */
#define G    "signature=c2lnbmF0dXJl" /* "signature" */
#define R    "root=cm9vdA=="          /* "root" */

static const struct {
	const char *header;
	guint fields;
} rows[] = {
	{"Subject: x\r\n", 0},
	{NAME "v=1; " S "; " G "; " R "\r\n", 1},
	{"postseal-handover:v=1;" R ";" G ";" S ";\r\n", 1},
	{NAME "v=1; statement=c3Rhd\r\n GVtZW50; " G ";\r\n " R "; x=y\r\n", 1},
	{NAME "v=1; " S "; " G "; " R "\r\nX: y\r\n" NAME "v=1; " S "; " G "; " R "\r\n", 2},
	{NAME "v=2; " S "; " G "; " R "\r\n" NAME "v=1; " S "; " G "; " R "\r\n", 1},
	{NAME "v=1; v=1; " S "; " G "; " R "\r\n", 0},
	{NAME "v=1; " S "; " S "; " G "; " R "\r\n", 0},
	{NAME "v=1; " S "; " G "; " R "; " R "\r\n", 0},
	{NAME S "; " G "; " R "\r\n", 0},
	{NAME "v=1; " G "; " R "\r\n", 0},
	{NAME "v=1; " S "; " R "\r\n", 0},
	{NAME "v=1; " S "; " G "\r\n", 0},
	{NAME "v=1; statement=; " G "; " R "\r\n", 0},
	{NAME "v=1; statement=====; " G "; " R "\r\n", 0},
	{NAME "v=1; statement=c3Rh*; " G "; " R "\r\n", 0},
	{NAME "v=1; " S "; " G "; " R "x\r\n", 0},
	{NAME "v=1, " S ", " G ", " R "\r\n", 0},
	{NAME "\r\n", 0},
};

static void
test_rows(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(MimeHeader) header = help_header(rows[i].header);
		g_autoptr(GPtrArray) found = NULL;
		g_test_message("%s", rows[i].header);
		g_assert_true(mime_handover_read(header, &found) == (rows[i].fields > 0));
		g_assert_cmpuint(found == NULL ? 0 : found->len, ==, rows[i].fields);
		for (guint f = 0; f < rows[i].fields; f++) {
			const MimeHandover *handover = found->pdata[f];
			T_ASSERT_STR_BYTES(base_bytes_of(handover->statement), "statement");
			T_ASSERT_STR_BYTES(base_bytes_of(handover->signature), "signature");
			T_ASSERT_STR_BYTES(base_bytes_of(handover->root), "root");
		}
	}
}

static MimeHandover *
make(size_t n)
{
	MimeHandover *handover = g_new0(MimeHandover, 1);
	g_autofree char *fill = g_strnfill(n, 'r');
	handover->statement = g_bytes_new("statement", 9);
	handover->signature = g_bytes_new("signature", 9);
	handover->root = g_bytes_new(fill, n);
	return handover;
}

static void
assert_lines(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
	for (guint i = 0; lines[i] != NULL; i++) {
		g_assert_cmpuint(strlen(lines[i]), <=, 76);
	}
}

/* Five fields of every size: written, read back, but only four of them. */
static void
test_round(void)
{
	for (size_t n = 1; n < 4000; n += 211) {
		g_autoptr(MimeHeader) header = mime_header_new();
		for (size_t i = 0; i < 5; i++) {
			g_autoptr(MimeHandover) handover = make(n + i);
			g_autoptr(GError) error = NULL;
			g_assert_true(mime_handover_write(header, handover, &error));
			g_assert_no_error(error);
		}
		g_autofree char *text = help_fields(header);
		g_assert_true(g_str_has_prefix(
			text,
			"Postseal-Handover: v=1;\r\n statement=c3RhdGVtZW50;\r\n signature="));
		assert_lines(text);
		g_autoptr(MimeHeader) again = help_header(text);
		g_autoptr(GPtrArray) found = NULL;
		g_assert_true(mime_handover_read(again, &found));
		g_assert_cmpuint(found->len, ==, MIME_HANDOVER_MAX);
		for (guint i = 0; i < found->len; i++) {
			const MimeHandover *handover = found->pdata[i];
			g_assert_cmpuint(g_bytes_get_size(handover->root), ==, n + i);
			T_ASSERT_STR_BYTES(base_bytes_of(handover->signature), "signature");
		}
	}
}

static void
test_limits(void)
{
	g_autoptr(MimeHeader) header = mime_header_new();
	g_autoptr(GError) error = NULL;
	g_autoptr(MimeHandover) large = make(4700);
	g_assert_false(mime_handover_write(header, large, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
	g_clear_error(&error);
	g_autoptr(MimeHandover) empty = make(0);
	g_assert_false(mime_handover_write(header, empty, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	g_assert_cmpuint(mime_header_length(header), ==, 0);

	g_autofree char *fill = g_strnfill(MIME_HANDOVER_LIMIT, 'a');
	g_autofree char *text =
		g_strconcat(NAME "v=1; " S "; " G "; " R "; x=", fill, "\r\n", NULL);
	g_autoptr(MimeHeader) parsed = help_header(text);
	g_autoptr(GPtrArray) found = NULL;
	g_assert_false(mime_handover_read(parsed, &found));
	g_assert_null(found);
}

static bool
holds(GBytes *bytes, const char *text)
{
	return base_bytes_equal(base_bytes_of(bytes), base_bytes_str(text));
}

/* Each octet of a field changed: refused, or other contents. */
static void
test_octets(void)
{
	static const char field[] = NAME "v=1; " S "; " G "; " R "\r\n";
	for (size_t i = sizeof(NAME) - 1; i < sizeof(field) - 3; i++) {
		char changed[] = NAME "v=1; " S "; " G "; " R "\r\n";
		changed[i] = (char)(changed[i] ^ 0x05);
		g_autoptr(MimeHeader) header = help_header(changed);
		g_autoptr(GPtrArray) found = NULL;
		if (mime_handover_read(header, &found)) {
			const MimeHandover *handover = found->pdata[0];
			g_assert_false(holds(handover->statement, "statement") &&
				       holds(handover->signature, "signature") &&
				       holds(handover->root, "root"));
		}
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/handover/rows", test_rows);
	g_test_add_func("/mime/handover/round", test_round);
	g_test_add_func("/mime/handover/limits", test_limits);
	g_test_add_func("/mime/handover/octets", test_octets);
	return g_test_run();
}
