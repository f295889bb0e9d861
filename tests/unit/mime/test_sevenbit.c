/* SPDX-License-Identifier: MPL-2.0 */
#include "base/lines.h"
#include "feed.h"
#include "gmime_auto.h"
#include "mime/header.h"
#include "mime/rfc2047.h"
#include "mime/scan.h"
#include "mime/sevenbit.h"

/* The result; *@clean as the plan has it. */
static GByteArray *
convert(BaseBytes mail, size_t chunk, bool *clean)
{
	g_autoptr(BaseSink) scan = mime_sevenbit_scan_new();
	feed(scan, mail, chunk);
	g_autoptr(MimeSevenbitPlan) plan = mime_sevenbit_scan_take(scan);
	*clean = mime_sevenbit_plan_is_clean(plan);
	GByteArray *got = g_byte_array_new();
	g_autoptr(BaseSink) out = base_sink_new_array(got, SIZE_MAX);
	g_autoptr(BaseSink) apply = mime_sevenbit_new(plan, out);
	feed(apply, mail, chunk);
	return got;
}

static const guint forbidden =
	MIME_SCAN_8BIT | MIME_SCAN_NUL | MIME_SCAN_TOO_LONG | MIME_SCAN_BARE_CR | MIME_SCAN_BARE_LF;

/* ---- by hand ---- */

typedef struct {
	const char *label;
	const char *mail;
	const char *want; /* NULL: the same */
	bool clean;
} Case;

#define MIXED   "Content-Type: multipart/mixed; boundary=b\r\n"
#define QP      "Content-Transfer-Encoding: quoted-printable\r\n"
#define VERSION "MIME-Version: 1.0\r\n"

static const Case cases[] = {
	{"clean", "Subject: a\r\n\r\nbody\r\n", NULL, true},
	{"clean with LF", "Subject: a\n\nbody\n", "Subject: a\r\n\r\nbody\r\n", true},
	{"clean multipart", MIXED "\r\n--b\r\n\r\nx\r\n--b--\r\n", NULL, true},
	{"8-bit text", VERSION "Content-Type: text/plain; charset=iso-8859-1\r\n\r\ncaf\xe9\r\n",
	 VERSION "Content-Type: text/plain; charset=iso-8859-1\r\n" QP "\r\ncaf=E9\r\n", false},
	{"8-bit text without any field", "Subject: a\n\ncaf\xe9\n",
	 "Subject: a\r\n" VERSION QP "\r\ncaf=E9\r\n", false},
	{"8bit declared, ASCII", VERSION "Content-Transfer-Encoding: 8bit\r\n\r\nx\r\n",
	 VERSION "Content-Transfer-Encoding: 7bit\r\n\r\nx\r\n", false},
	{"multipart declared 8bit",
	 VERSION MIXED "Content-Transfer-Encoding: 8bit\r\n\r\n--b\r\n"
		       "Content-Transfer-Encoding: 8bit\r\n\r\n\xe9\r\n--b--\r\n",
	 VERSION MIXED "Content-Transfer-Encoding: 7bit\r\n\r\n--b\r\n" QP "\r\n=E9\r\n--b--\r\n",
	 false},
	{"From and blanks", VERSION "\r\nFrom me\r\n-- \r\n.\r\n--b\r\nx\t\r\n",
	 VERSION QP "\r\n=46rom me\r\n=2D-=20\r\n=2E\r\n=2D-b\r\nx=09\r\n", false},
	{"bare CR in text", VERSION "\r\na\rb\r\n", VERSION QP "\r\na=0Db\r\n", false},
	{"8-bit data keeps its octets",
	 VERSION
	 "Content-Type: application/x-a\r\nContent-Transfer-Encoding: binary\r\n\r\n\xff\n\r",
	 VERSION
	 "Content-Type: application/x-a\r\nContent-Transfer-Encoding: base64\r\n\r\n/woN\r\n",
	 false},
	{"binary data with LF keeps it",
	 VERSION "Content-Type: application/x-a\r\nContent-Transfer-Encoding: binary\r\n\r\na\n",
	 VERSION
	 "Content-Type: application/x-a\r\nContent-Transfer-Encoding: base64\r\n\r\nYQo=\r\n",
	 false},
	{"quoted-printable with blanks",
	 VERSION QP "\r\na=E9=20 \r\n===\r\nFrom x=0A= \r\n\xe9\r\n",
	 VERSION QP "\r\na=E9=20=20\r\n===\r\n=46rom x=0A=\r\n=E9\r\n", false},
	{"inner message",
	 VERSION "Content-Type: message/rfc822\r\n\r\nSubject: i\r\n\r\n\xc3\xa9\r\n",
	 VERSION "Content-Type: message/rfc822\r\n\r\nSubject: i\r\n" VERSION QP "\r\n=C3=A9\r\n",
	 false},
	{"8-bit subject", "Subject: gr\xc3\xbcn und blau\r\n\r\nx",
	 "Subject: =?utf-8?q?gr=C3=BCn?= und blau\r\n\r\nx", false},
	{"8-bit Latin-1 subject", "Subject: gr\xfcn\r\n\r\nx",
	 "Subject: =?iso-8859-1?q?gr=FCn?=\r\n\r\nx", false},
	{"8-bit name", "From: \"J\xc3\xbcrgen, X\" <j@x.example>\r\n\r\nx",
	 "From: =?utf-8?q?J=C3=BCrgen=2C_X?= <j@x.example>\r\n\r\nx", false},
	{"8-bit file name",
	 "Content-Type: text/plain; name=\"\xc3\xa9.txt\"\r\nContent-Disposition: attachment;\r\n "
	 "filename=\"\xe9.txt\"\r\n\r\nx",
	 "Content-Type: text/plain; name*=utf-8''%C3%A9.txt\r\nContent-Disposition: attachment; "
	 "filename*=iso-8859-1''%E9.txt\r\n\r\nx",
	 false},
	{"mbox line", "From me Sat\nSubject: a\n\nx\n", "Subject: a\r\n\r\nx\r\n", false},
	{"folded field", "Subject: a\r\n b\r\n\r\nx", NULL, true},
	{"preamble with 8-bit", MIXED "\r\n\xff\r\n--b\r\n\r\nx\r\n--b--\r\n\xff\r\n",
	 MIXED "\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n", false},
	{"no boundary divides it", MIXED "\r\nFrom x \r\n--c\r\n\r\ny\r\n", NULL, true},
	{"blanks after boundaries", MIXED "\r\n--b  \r\n\r\nx\r\n--b-- \r\n",
	 MIXED "\r\n--b\r\n\r\nx\r\n--b--\r\n", true},
	{"inside signed soft things stay",
	 "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nFrom x \r\n--b\r\n\r\ns\r\n--b--\r\n",
	 NULL, true},
	{"inside signed 8-bit goes",
	 "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\xe9\r\n--b\r\n\r\ns\r\n--b--\r\n",
	 "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n" QP
	 "\r\n=E9\r\n--b\r\n\r\ns\r\n--b--\r\n",
	 false},
};

static void
test_case(gconstpointer data)
{
	const Case *c = data;
	const char *want = c->want != NULL ? c->want : c->mail;
	for (guint i = 0; i < G_N_ELEMENTS(feed_chunks); i++) {
		bool clean = false;
		g_autoptr(GByteArray) got =
			convert(base_bytes_str(c->mail), feed_chunks[i], &clean);
		t_assert_bytes(got->data, got->len, want, strlen(want));
		g_assert_cmpint(clean, ==, c->clean);
	}
}

static void
test_long_lines(void)
{
	g_autofree char *line = g_strnfill(991, 'x');
	g_autofree char *mail =
		g_strdup_printf("Subject: %s\r\nX: %.990s\r\n\r\n%s\r\n", line, line, line);
	bool clean = true;
	g_autoptr(GByteArray) got = convert(base_bytes_str(mail), 7, &clean);
	g_assert_false(clean);
	g_assert_cmpuint(mime_scan_bytes(base_bytes_of_array(got)), ==, 0);
	g_autoptr(MimeHeader) h = NULL;
	g_assert_true(mime_header_parse(base_bytes_of_array(got), &h, NULL));
	g_autofree char *subject = mime_rfc2047_decode(mime_header_value(h, "Subject"));
	g_assert_cmpstr(subject, ==, line);
}

/* ---- real mail: GMime decodes both ---- */

static GMimeMessage *
gmime_parse(BaseBytes mail)
{
	g_mime_init();
	g_autoptr(GMimeStream) stream =
		g_mime_stream_mem_new_with_buffer((const char *)mail.p, mail.n);
	g_autoptr(GMimeParser) parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
	g_assert_nonnull(message);
	return message;
}

static void
add_leaf(GMimeObject *parent, GMimeObject *part, gpointer user)
{
	(void)parent;
	if (!GMIME_IS_PART(part)) {
		return;
	}
	g_autoptr(GByteArray) octets = g_byte_array_new();
	g_autoptr(BaseSink) out = base_sink_new_array(octets, SIZE_MAX);
	g_autoptr(BaseSink) crlf = base_lines_new_crlf(out);
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
	GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
	if (content != NULL) {
		g_mime_data_wrapper_write_to_stream(content, stream);
	}
	const GByteArray *raw = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	feed(crlf, base_bytes_of_array(raw), SIZE_MAX);
	g_autofree char *type =
		g_mime_content_type_get_mime_type(g_mime_object_get_content_type(part));
	g_ptr_array_add(user, g_strdup(type));
	g_ptr_array_add(user,
			g_compute_checksum_for_data(G_CHECKSUM_SHA256, octets->data, octets->len));
}

static GPtrArray *
leaves(BaseBytes mail)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GMimeMessage) message = gmime_parse(mail);
	g_mime_message_foreach(message, add_leaf, list);
	return list;
}

/* Every field of the root, decoded, except those that have to change. */
static void
assert_same_fields(const MimeHeader *a, const MimeHeader *b)
{
	guint j = 0;
	for (guint i = 0; i < mime_header_length(a); i++) {
		const MimeField *fa = mime_header_at(a, i);
		const MimeField *fb = mime_header_at(b, j++);
		g_assert_cmpstr(fa->name, ==, fb->name);
		if (g_ascii_strcasecmp(fa->name, "Content-Transfer-Encoding") != 0 &&
		    *fa->name != '\0') {
			g_autofree char *va = mime_rfc2047_decode(fa->value);
			g_autofree char *vb = mime_rfc2047_decode(fb->value);
			g_assert_cmpstr(va, ==, vb);
		}
	}
}

static void
each_mail(const char *path, BaseBytes mail, void *user)
{
	g_test_message("%s", path);
	bool clean = false;
	g_autoptr(GByteArray) got = convert(mail, SIZE_MAX, &clean);
	g_autoptr(GByteArray) pieces = convert(mail, 7, &clean);
	t_assert_bytes(pieces->data, pieces->len, got->data, got->len);
	BaseBytes result = base_bytes_of_array(got);
	g_assert_cmpuint(mime_scan_bytes(result) & forbidden, ==, 0);

	g_autoptr(GPtrArray) before = leaves(mail);
	g_autoptr(GPtrArray) after = leaves(result);
	g_assert_cmpuint(before->len, ==, after->len);
	for (guint i = 0; i < before->len; i++) {
		g_assert_cmpstr(before->pdata[i], ==, after->pdata[i]);
	}
	g_autoptr(MimeHeader) a = NULL;
	g_autoptr(MimeHeader) b = NULL;
	size_t from = 0;
	size_t n = 0;
	g_assert_true(mime_header_find_end(mail, true, &from, &n));
	g_assert_true(mime_header_parse(base_bytes_slice(mail, 0, n), &a, NULL));
	from = 0;
	g_assert_true(mime_header_find_end(result, true, &from, &n));
	g_assert_true(mime_header_parse(base_bytes_slice(result, 0, n), &b, NULL));
	assert_same_fields(a, b);

	/* what is clean once stays as it is */
	g_autoptr(GByteArray) again = convert(result, SIZE_MAX, &clean);
	t_assert_bytes(again->data, again->len, got->data, got->len);
	g_assert_true(clean);
	(*(guint *)user)++;
}

static void
test_corpus(void)
{
	guint n = 0;
	if (feed_corpus(each_mail, &n)) {
		g_assert_cmpuint(n, ==, 300);
	}
}

static void
test_source(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(BaseSource) source =
		base_source_new_view(BASE_LIT("skipped\r\nSubject: a\r\n\r\n\xe9"));
	g_autoptr(MimeSevenbitPlan) plan = mime_sevenbit_plan(source, 9, &error);
	g_assert_no_error(error);
	g_assert_false(mime_sevenbit_plan_is_clean(plan));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = g_strdup_printf("/mime/sevenbit/%s", cases[i].label);
		g_test_add_data_func(path, &cases[i], test_case);
	}
	g_test_add_func("/mime/sevenbit/long-lines", test_long_lines);
	g_test_add_func("/mime/sevenbit/corpus", test_corpus);
	g_test_add_func("/mime/sevenbit/source", test_source);
	return g_test_run();
}
