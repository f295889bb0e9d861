/* SPDX-License-Identifier: MPL-2.0 */
/* Sig fields: written, read from messages of many shapes, and the octets that are signed. */
#include "base/limits.h"
#include "mime/unobtrusive.h"
#include "mime_help.h"

#define HEADER                                                             \
	"Content-Type: text/plain; charset=\"us-ascii\"; hp=\"clear\"\r\n" \
	"From: Alice <alice@example.com>\r\n"
#define SIG  "Sig: t=c; b=YWJj\r\n" /* "abc" */
#define ROOT "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"B\"\r\n\r\n"

static const struct {
	const char *name;
	const char *body;    /* of the message */
	const char *payload; /* what is signed; NULL: not signed */
	const char *cms[4];
} rows[] = {
	{"plain", "--B\r\n" SIG HEADER "\r\nHello\r\n--B--\r\n", HEADER "\r\nHello\r\n", {"abc"}},
	{"one empty line more",
	 "--B\r\n" SIG HEADER "\r\nHello\r\n\r\n--B--\r\n",
	 HEADER "\r\nHello\r\n",
	 {"abc"}},
	{"many more",
	 "--B\r\n" SIG HEADER "\r\nHello\r\n\r\n\r\n\r\n\r\n--B--\r\n\r\n",
	 HEADER "\r\nHello\r\n",
	 {"abc"}},
	{"inner empty lines stay",
	 "--B\r\n" SIG HEADER "\r\n\r\nHello\r\n\r\n\r\nBob\r\n--B--",
	 HEADER "\r\n\r\nHello\r\n\r\n\r\nBob\r\n",
	 {"abc"}},
	{"LF",
	 "--B\nSig: t=c; b=YWJj\nX: 1\n\nHello\nBob\n--B--\n",
	 "X: 1\r\n\r\nHello\r\nBob\r\n",
	 {"abc"}},
	{"empty body", "--B\r\n" SIG HEADER "\r\n--B--\r\n", HEADER "\r\n", {"abc"}},
	{"no other field", "--B\r\n" SIG "\r\nHello\r\n--B--\r\n", "\r\nHello\r\n", {"abc"}},
	{"preamble and epilogue",
	 "Hi\r\n--BX\r\n--B \t\r\n" SIG HEADER "\r\nHello\r\n--B-- \r\nfoot\r\n",
	 HEADER "\r\nHello\r\n",
	 {"abc"}},
	{"folded, other case",
	 "--B\r\nSIG : b=Y\r\n WJ\r\n\tj; x=1;\r\n t=c\r\n" HEADER "\r\nHello\r\n--B--\r\n",
	 HEADER "\r\nHello\r\n",
	 {"abc"}},
	{"two",
	 "--B\r\n" SIG "Sig: t=c; b=ZGVm\r\n" HEADER "\r\nHello\r\n--B--\r\n",
	 HEADER "\r\nHello\r\n",
	 {"abc", "def"}},
	{"five",
	 "--B\r\n" SIG SIG SIG SIG "Sig: t=c; b=ZGVm\r\n" HEADER "\r\nHello\r\n--B--\r\n",
	 HEADER "\r\nHello\r\n",
	 {"abc", "abc", "abc", "abc"}},
	{"OpenPGP beside",
	 "--B\r\nSig: t=p; b=ZGVm\r\n" SIG "Sig: nonsense\r\n" HEADER "\r\nHello\r\n--B--\r\n",
	 HEADER "\r\nHello\r\n",
	 {"abc"}},
	{"Sig later is a field",
	 "--B\r\n" SIG "X: 1\r\nSig: t=c; b=ZGVm\r\n\r\nHello\r\n--B--\r\n",
	 "X: 1\r\nSig: t=c; b=ZGVm\r\n\r\nHello\r\n",
	 {"abc"}},
	{"lookalikes of boundaries",
	 "--B\r\n" SIG "X: 1\r\n\r\n--BB\r\n --B\r\n--B--x\r\n-B\r\n--B--\r\n",
	 "X: 1\r\n\r\n--BB\r\n --B\r\n--B--x\r\n-B\r\n",
	 {"abc"}},
	{"bare CR",
	 "--B\r\n" SIG "X: 1\r\n\r\na\rb\r\r\n\r\r\n--B--\r\n",
	 "X: 1\r\n\r\na\rb\r\r\n\r\r\n",
	 {"abc"}},
	/* not signed */
	{"no Sig", "--B\r\n" HEADER "\r\nHello\r\n--B--\r\n", NULL, {NULL}},
	{"Sig not first", "--B\r\nX: 1\r\n" SIG "\r\nHello\r\n--B--\r\n", NULL, {NULL}},
	{"only OpenPGP",
	 "--B\r\nSig: t=p; b=ZGVm\r\n" HEADER "\r\nHello\r\n--B--\r\n",
	 NULL,
	 {NULL}},
	{"no base64", "--B\r\nSig: t=c; b=*\r\n" HEADER "\r\nHello\r\n--B--\r\n", NULL, {NULL}},
	{"no octets", "--B\r\nSig: t=c; b=\r\n" HEADER "\r\nHello\r\n--B--\r\n", NULL, {NULL}},
	{"tag twice",
	 "--B\r\nSig: t=c; b=YWJj; t=c\r\n" HEADER "\r\nHello\r\n--B--\r\n",
	 NULL,
	 {NULL}},
	{"two children",
	 "--B\r\n" SIG HEADER "\r\nHello\r\n--B\r\n\r\nfooter\r\n--B--\r\n",
	 NULL,
	 {"abc"}},
	{"not closed", "--B\r\n" SIG HEADER "\r\nHello\r\n", NULL, {"abc"}},
	{"header only", "--B\r\n" SIG HEADER "--B--\r\n", NULL, {"abc"}},
	{"Sig only", "--B\r\n" SIG "--B--\r\n", NULL, {"abc"}},
	{"no child", "--B--\r\n", NULL, {NULL}},
	{"nothing", "", NULL, {NULL}},
};

static void
read_row(size_t i, size_t chunk)
{
	g_autoptr(MimeHeader) root = help_header(ROOT);
	g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) reader = mime_unobtrusive_reader_new(root, memory);
	g_assert_nonnull(reader);
	help_push(reader, base_bytes_str(rows[i].body), chunk);
	g_assert_true(mime_unobtrusive_reader_is_signed(reader) == (rows[i].payload != NULL));
	if (rows[i].payload != NULL) {
		T_ASSERT_STR_BYTES(base_sink_peek_bytes(memory), rows[i].payload);
	}
	size_t n = 0;
	while (n < 4 && rows[i].cms[n] != NULL) {
		n++;
	}
	g_assert_cmpuint(mime_unobtrusive_reader_count(reader), ==, n);
	for (size_t s = 0; s < n; s++) {
		T_ASSERT_STR_BYTES(base_bytes_of(mime_unobtrusive_reader_get(reader, s)),
				   rows[i].cms[s]);
	}
}

static void
test_rows(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		for (size_t c = 0; c < G_N_ELEMENTS(help_chunks); c++) {
			g_test_message("%s, chunks %zu", rows[i].name, help_chunks[c]);
			read_row(i, help_chunks[c]);
		}
	}
}

static void
test_roots(void)
{
	static const struct {
		const char *type;
		bool reader;
	} roots[] = {
		{"multipart/mixed; boundary=B", true},
		{"Multipart/MIXED; boundary=\"a b\"", true},
		{"multipart/mixed", false},
		{"multipart/mixed; boundary=\"\"", false},
		{"multipart/signed; boundary=B", false},
		{"multipart/alternative; boundary=B", false},
		{"text/plain", false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(roots); i++) {
		g_autofree char *text =
			g_strconcat("Content-Type: ", roots[i].type, "\r\n\r\n", NULL);
		g_autoptr(MimeHeader) root = help_header(text);
		g_autoptr(BaseSink) reader = mime_unobtrusive_reader_new(root, base_sink_null());
		g_assert_true((reader != NULL) == roots[i].reader);
	}
}

static void
test_canonical(void)
{
	static const struct {
		const char *in, *out;
	} texts[] = {
		{"A: 1\r\n\r\nx", "A: 1\r\n\r\nx\r\n"},
		{"A: 1\r\n\r\nx\r\n", "A: 1\r\n\r\nx\r\n"},
		{"A: 1\r\n\r\nx\r\n\r\n\r\n", "A: 1\r\n\r\nx\r\n"},
		{"A: 1\n\n\nx\n\ny\n\n", "A: 1\r\n\r\n\r\nx\r\n\r\ny\r\n"},
		{"A: 1\r\n\r\n", "A: 1\r\n\r\n"},
		{"A: 1\r\n\r\n\r\n\r\n", "A: 1\r\n\r\n"},
		{"A: 1\r\n\r\n \r\n", "A: 1\r\n\r\n \r\n"},
		{"\r\nx\r\r\n", "\r\nx\r\r\n"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		for (size_t c = 0; c < G_N_ELEMENTS(help_chunks); c++) {
			g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
			g_autoptr(BaseSink) filter = mime_unobtrusive_canonical_new(memory);
			help_push(filter, base_bytes_str(texts[i].in), help_chunks[c]);
			T_ASSERT_STR_BYTES(base_sink_peek_bytes(memory), texts[i].out);
		}
	}
}

/* Long lines in every place: text comes through, fields over the limit are passed over. */
static void
test_long(void)
{
	g_autofree char *text = g_strnfill(200000, 'x');
	g_autofree char *b64 = g_strnfill(BASE_LIMIT_SIG_FIELD, 'A');
	g_autofree char *payload = g_strconcat("X: ", text, "\r\n\r\n", text, "\r\r\n", NULL);
	g_autofree char *body =
		g_strconcat("--B\r\nSig: t=c; b=", b64, "\r\n", SIG, payload, "--B--\r\n", NULL);
	for (size_t c = 0; c < G_N_ELEMENTS(help_chunks); c++) {
		g_autoptr(MimeHeader) root = help_header(ROOT);
		g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
		g_autoptr(BaseSink) reader = mime_unobtrusive_reader_new(root, memory);
		help_push(reader, base_bytes_str(body), help_chunks[c]);
		g_assert_true(mime_unobtrusive_reader_is_signed(reader));
		g_assert_cmpuint(mime_unobtrusive_reader_count(reader), ==, 1);
		T_ASSERT_STR_BYTES(base_sink_peek_bytes(memory), payload);
	}
}

/* What is written is read back, whatever relays add at the end. */
static void
test_round(void)
{
	for (size_t n = 1; n < 4000; n += 101) {
		g_autofree guint8 *cms = g_malloc(n);
		memset(cms, (int)n, n);
		g_autoptr(GError) error = NULL;
		g_autofree char *sig = mime_unobtrusive_format(base_bytes(cms, n), &error);
		g_assert_no_error(error);
		g_assert_true(g_str_has_prefix(sig, "Sig: t=c; b="));
		g_auto(GStrv) lines = g_strsplit(sig, "\r\n", -1);
		for (guint i = 0; lines[i] != NULL; i++) {
			g_assert_cmpuint(strlen(lines[i]), <=, 76);
			g_assert_true(i == 0 || lines[i + 1] == NULL || lines[i][0] == ' ');
		}
		g_autofree char *body =
			g_strconcat("--B\r\n", sig, HEADER "\r\nHello\r\n\r\n--B--\r\n", NULL);
		g_autoptr(MimeHeader) root = help_header(ROOT);
		g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
		g_autoptr(BaseSink) reader = mime_unobtrusive_reader_new(root, memory);
		help_push(reader, base_bytes_str(body), 100);
		g_assert_true(mime_unobtrusive_reader_is_signed(reader));
		BaseBytes got = base_bytes_of(mime_unobtrusive_reader_get(reader, 0));
		t_assert_bytes(got.p, got.n, cms, n);
	}
	g_autofree guint8 *large = g_malloc0(BASE_LIMIT_SIG_FIELD);
	g_autoptr(GError) error = NULL;
	g_assert_null(
		mime_unobtrusive_format(base_bytes(large, BASE_LIMIT_SIG_FIELD / 4 * 3), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/unobtrusive/rows", test_rows);
	g_test_add_func("/mime/unobtrusive/roots", test_roots);
	g_test_add_func("/mime/unobtrusive/canonical", test_canonical);
	g_test_add_func("/mime/unobtrusive/long", test_long);
	g_test_add_func("/mime/unobtrusive/round", test_round);
	return g_test_run();
}
