/* SPDX-License-Identifier: MPL-2.0 */
#include "base/base64.h"
#include "base/limits.h"
#include "feed.h"
#include "mime/walk.h"

static const MimeWalkVisitor nothing;

typedef struct {
	const char *label;
	const char *mail;
	const char *structure;
} Odd;

/* The inputs on which other scanners lose octets, and the tricks of standards digest 18. */
static const Odd odds[] = {
	{"empty", "", "text/plain"},
	{"only a line end", "\r\n", "text/plain"},
	{"no header", "Just text, no header.\r\n", "text/plain"},
	{"no header, one word", "word", "text/plain"},
	{"header without body", "Subject: a\r\n", "text/plain"},
	{"header without line end", "Subject: a", "text/plain"},
	{"header with colon in text first", "Note that: this is odd\n\nbody", "text/plain"},
	{"mbox line", "From me Sat Jan  1\nSubject: a\n\nbody\n", "text/plain"},
	{"mbox line, then no field", "From the start it was text\nreally\n", "text/plain"},
	{"junk header line", "Subject: a\r\njunk line\r\nTo: b\r\n\r\nbody\r\n", "text/plain"},
	{"bare CR in header", "Subject: a\rTo: b\r\n\r\nx", "text/plain"},
	{"LF header, CRLF body", "Subject: a\n\nb\r\nc\r\n", "text/plain"},
	{"mixed line ends in header", "Subject: a\r\nTo: b\nCc: c\r\n\nbody", "text/plain"},
	{"NUL everywhere", "Subject: a\r\n\r\nx\r\n", "text/plain"},
	{"plain multipart",
	 "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n"
	 "Content-Type: text/html\r\n\r\ntwo\r\n--b--\r\n",
	 "multipart/mixed text/plain text/html"},
	{"multipart with LF",
	 "Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\n\none\n--b\n\ntwo\n--b--\n",
	 "multipart/mixed text/plain text/plain"},
	{"preamble and epilogue",
	 "Content-Type: multipart/mixed; boundary=b\n\npre\n--b\n\none\n--b--\nepi\n--b\nlogue",
	 "multipart/mixed text/plain"},
	{"blanks after boundaries",
	 "Content-Type: multipart/mixed; boundary=b\n\n--b \t\n\none\n--b  \n\ntwo\n--b--\t \n",
	 "multipart/mixed text/plain text/plain"},
	{"missing close",
	 "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n",
	 "multipart/mixed text/plain text/plain"},
	{"ends in a boundary line",
	 "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b",
	 "multipart/mixed text/plain text/plain"},
	{"ends in half a boundary",
	 "Content-Type: multipart/mixed; boundary=bbb\r\n\r\n--bbb\r\n\r\none\r\n--bb",
	 "multipart/mixed text/plain"},
	{"ends in half a close",
	 "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b-",
	 "multipart/mixed text/plain"},
	{"ends in CR", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--\r",
	 "multipart/mixed text/plain"},
	{"boundary is a prefix",
	 "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=bb\n\n"
	 "--bb\n\nin\n--bb--\n--b\n\nout\n--b--\n",
	 "multipart/mixed multipart/mixed text/plain text/plain"},
	{"inner close missing",
	 "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n"
	 "--i\n\nin\n--o\n\nout\n--o--\n",
	 "multipart/mixed multipart/mixed text/plain text/plain"},
	{"nested without empty line",
	 "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n"
	 "--i\n\nin\n--i--\n--o--\n",
	 "multipart/mixed multipart/mixed text/plain"},
	{"part without empty line",
	 "Content-Type: multipart/mixed; boundary=b\n\n--b\nX: y\n--b--\n",
	 "multipart/mixed text/plain"},
	{"part without header",
	 "Content-Type: multipart/mixed; boundary=b\n\n--b\njust text\n--b--\n",
	 "multipart/mixed text/plain"},
	{"empty parts", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b\r\n--b--\r\n",
	 "multipart/mixed text/plain text/plain"},
	{"no parts", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n",
	 "multipart/mixed"},
	{"no boundary line", "Content-Type: multipart/mixed; boundary=b\r\n\r\ntext\r\n",
	 "multipart/mixed"},
	{"no boundary parameter", "Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
	 "multipart/mixed"},
	{"bare CR before boundary",
	 "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\r--b\n\ntwo\r\r\n--b\n\n3\n--b--",
	 "multipart/mixed text/plain text/plain"},
	{"empty body in message/rfc822",
	 "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n--b--\n",
	 "multipart/mixed message/rfc822 text/plain"},
	{"forwarded message",
	 "Content-Type: message/rfc822\r\n\r\nFrom: a\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
	 "--x\r\n\r\none\r\n--x--\r\n",
	 "message/rfc822 multipart/mixed text/plain"},
	{"digest",
	 "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\n\ntext\n--b--\n",
	 "multipart/digest message/rfc822 text/plain"},
	{"boundary at the start of the body",
	 "Content-Type: multipart/mixed; boundary=b\n\n--b\n--b--\n", "multipart/mixed text/plain"},
	{"encoded multipart is a leaf",
	 "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\nx\n--b--\n",
	 "multipart/mixed"},
	{"close followed by dashes",
	 "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b----\n--b--\n",
	 "multipart/mixed text/plain"},
	{"boundary with blanks inside",
	 "Content-Type: multipart/mixed; boundary=\"a b\"\n\n--a b\n\nx\n--a b--\n",
	 "multipart/mixed text/plain"},
};

static char *
structure_of(BaseSink *walk)
{
	const GPtrArray *types = mime_walk_structure(walk);
	g_autoptr(GString) s = g_string_new(NULL);
	for (guint i = 0; i < types->len; i++) {
		g_string_append_printf(s, "%s%s", i == 0 ? "" : " ", (const char *)types->pdata[i]);
	}
	return g_string_free(g_steal_pointer(&s), FALSE);
}

static char *
walk_through(BaseBytes mail, size_t chunk)
{
	g_autoptr(GByteArray) got = g_byte_array_new();
	g_autoptr(BaseSink) out = base_sink_new_array(got, SIZE_MAX);
	g_autoptr(BaseSink) walk = mime_walk_new(out, &nothing, NULL);
	feed(walk, mail, chunk);
	t_assert_bytes(got->data, got->len, mail.p, mail.n);
	return structure_of(walk);
}

static void
test_odd(gconstpointer data)
{
	const Odd *odd = data;
	for (guint i = 0; i < G_N_ELEMENTS(feed_chunks); i++) {
		g_autofree char *structure =
			walk_through(base_bytes_str(odd->mail), feed_chunks[i]);
		g_assert_cmpstr(structure, ==, odd->structure);
	}
}

static void
each_mail(const char *path, BaseBytes mail, void *user)
{
	g_test_message("%s", path);
	g_autofree char *whole = walk_through(mail, SIZE_MAX);
	for (guint i = 1; i < G_N_ELEMENTS(feed_chunks); i++) {
		g_autofree char *pieces = walk_through(mail, feed_chunks[i]);
		g_assert_cmpstr(whole, ==, pieces);
	}
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

/* ---- visitors ---- */

static const char letter[] =
	"Subject: s\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\npre\r\n--m\r\n"
	"Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n"
	"Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
	"caf=E9\r\n--a\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\n"
	"Content-Type: text/html\r\n\r\n<p>\r\n--r\r\nContent-Type: image/png\r\n\r\nPNG\r\n--r--\r\n"
	"--a--\r\n--m\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\natt\r\n--m\r\n"
	"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner\r\n--m--\r\n";

static bool
collect_enter(void *user, const MimeWalkNode *node, MimeWalkChoice *choice, GError **error)
{
	(void)choice;
	(void)error;
	g_string_append_printf(user, "%u:%u:%u %s/%s in %s%s%s\n", node->ordinal, node->depth,
			       node->index, node->type->type, node->type->subtype,
			       node->parent_type == NULL ? "-" : node->parent_type,
			       node->is_main_body ? " main" : "",
			       node->is_container ? " open" : "");
	return true;
}

static bool
collect_leave(void *user, const MimeWalkNode *node, GError **error)
{
	(void)error;
	g_string_append_printf(user, "/%u\n", node->ordinal);
	return true;
}

static void
test_nodes(void)
{
	static const MimeWalkVisitor visitor = {.enter = collect_enter, .leave = collect_leave};
	g_autoptr(GString) seen = g_string_new(NULL);
	g_autoptr(BaseSink) walk = mime_walk_new(base_sink_null(), &visitor, seen);
	feed(walk, base_bytes_str(letter), 1);
	g_assert_cmpstr(seen->str, ==,
			"0:0:0 multipart/mixed in - main open\n"
			"1:1:0 multipart/alternative in multipart/mixed main open\n"
			"2:2:0 text/plain in multipart/alternative main\n/2\n"
			"3:2:1 multipart/related in multipart/alternative main open\n"
			"4:3:0 text/html in multipart/related main\n/4\n"
			"5:3:1 image/png in multipart/related\n/5\n/3\n/1\n"
			"6:1:1 text/plain in multipart/mixed\n/6\n"
			"7:1:2 message/rfc822 in multipart/mixed open\n"
			"8:2:0 text/plain in message/rfc822\n/8\n/7\n/0\n");
}

/* Drops images, makes the alternative's text base64 in capitals, passes the inner message raw. */
static bool
change_enter(void *user, const MimeWalkNode *node, MimeWalkChoice *choice, GError **error)
{
	(void)error;
	if (mime_content_type_is(node->type, "image", NULL)) {
		choice->action = MIME_WALK_DROP;
	} else if (node->cte == MIME_CTE_QP) {
		choice->action = MIME_WALK_FILTER;
		choice->encode = MIME_CTE_BASE64;
	} else if (mime_content_type_is(node->type, "message", "rfc822")) {
		choice->action = MIME_WALK_PASS;
		choice->tap = user;
	} else if (node->is_root) {
		mime_header_append(node->header, "X-New", "yes");
	}
	return true;
}

typedef struct {
	BaseSink base;
	BaseSink *next;
} Upper;

static bool
upper_write(BaseSink *sink, BaseBytes data, GError **error)
{
	for (size_t i = 0; i < data.n; i++) {
		uint8_t c = (uint8_t)g_ascii_toupper((char)data.p[i]);
		if (!base_sink_write(((Upper *)sink)->next, base_bytes(&c, 1), error)) {
			return false;
		}
	}
	return true;
}

static bool
upper_finish(BaseSink *sink, GError **error)
{
	return base_sink_write_str(((Upper *)sink)->next, "!", error);
}

static void
upper_free(BaseSink *sink)
{
	g_free(sink);
}

static BaseSink *
upper_new(void *user, const MimeWalkNode *node, BaseSink *next)
{
	static const BaseSinkClass klass = {upper_write, upper_finish, upper_free};
	Upper *u = g_new0(Upper, 1);
	(void)user;
	(void)node;
	u->base.klass = &klass;
	u->next = next;
	return &u->base;
}

static void
test_change(void)
{
	static const MimeWalkVisitor visitor = {.enter = change_enter, .filter = upper_new};
	for (guint i = 0; i < G_N_ELEMENTS(feed_chunks); i++) {
		g_autoptr(GByteArray) got = g_byte_array_new();
		g_autoptr(GByteArray) tapped = g_byte_array_new();
		g_autoptr(BaseSink) out = base_sink_new_array(got, SIZE_MAX);
		g_autoptr(BaseSink) tap = base_sink_new_array(tapped, SIZE_MAX);
		g_autoptr(BaseSink) walk = mime_walk_new(out, &visitor, tap);
		feed(walk, base_bytes_str(letter), feed_chunks[i]);
		/* "CAF\xE9!" in base64, by hand: 43 41 46 E9 21 */
		static const char want[] =
			"Subject: s\r\nContent-Type: multipart/mixed; boundary=m\r\nX-New: yes\r\n\r\n"
			"pre\r\n--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n"
			"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
			"Q0FG6SE=\r\n\r\n--a\r\nContent-Type: multipart/related; boundary=r\r\n\r\n"
			"--r\r\nContent-Type: text/html\r\n\r\n<p>\r\n--r--\r\n--a--\r\n--m\r\n"
			"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\natt\r\n"
			"--m\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner\r\n"
			"--m--\r\n";
		t_assert_bytes(got->data, got->len, want, strlen(want));
		t_assert_bytes(tapped->data, tapped->len, "Subject: inner\r\n\r\ninner", 23);
	}
}

static bool
drop_root(void *user, const MimeWalkNode *node, MimeWalkChoice *choice, GError **error)
{
	(void)user;
	(void)node;
	(void)error;
	choice->action = MIME_WALK_DROP;
	return true;
}

static void
test_drop_root(void)
{
	static const MimeWalkVisitor visitor = {.enter = drop_root};
	g_autoptr(GByteArray) got = g_byte_array_new();
	g_autoptr(BaseSink) out = base_sink_new_array(got, SIZE_MAX);
	g_autoptr(BaseSink) walk = mime_walk_new(out, &visitor, NULL);
	feed(walk, base_bytes_str(letter), 7);
	g_assert_cmpuint(got->len, ==, 0);
}

/* ---- limits ---- */

static void
assert_limit(const GString *mail)
{
	for (guint i = 0; i < G_N_ELEMENTS(feed_chunks); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(BaseSink) walk = mime_walk_new(base_sink_null(), &nothing, NULL);
		g_assert_false(feed_try(walk, base_bytes(mail->str, mail->len),
					feed_chunks[i] == 1 ? 100 : feed_chunks[i], &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
	}
}

static void
test_depth(void)
{
	g_autoptr(GString) mail = g_string_new(NULL);
	for (guint i = 0; i < BASE_LIMIT_MIME_DEPTH; i++) {
		g_string_append(mail, "Content-Type: message/rfc822\n\n");
	}
	g_free(walk_through(base_bytes(mail->str, mail->len), SIZE_MAX));
	g_string_append(mail, "Content-Type: message/rfc822\n\n");
	assert_limit(mail);
}

static void
test_parts(void)
{
	g_autoptr(GString) mail = g_string_new("Content-Type: multipart/mixed; boundary=b\n\n");
	for (guint i = 0; i + 1 < BASE_LIMIT_MIME_PARTS; i++) {
		g_string_append(mail, "--b\n\n");
	}
	g_free(walk_through(base_bytes(mail->str, mail->len), SIZE_MAX));
	for (guint i = 0; i < 100000; i++) {
		g_string_append(mail, "--b\n\n");
	}
	assert_limit(mail);
}

static void
test_header_size(void)
{
	g_autoptr(GString) mail = g_string_new("Subject: ");
	while (mail->len <= BASE_LIMIT_HEADER) {
		g_string_append(mail, "long long\r\n ");
	}
	assert_limit(mail);
	g_string_assign(mail, "");
	for (guint i = 0; i <= BASE_LIMIT_FIELDS; i++) {
		g_string_append(mail, "A: b\n");
	}
	assert_limit(mail);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(odds); i++) {
		g_autofree char *path = g_strdup_printf("/mime/walk/odd/%s", odds[i].label);
		g_test_add_data_func(path, &odds[i], test_odd);
	}
	g_test_add_func("/mime/walk/corpus", test_corpus);
	g_test_add_func("/mime/walk/nodes", test_nodes);
	g_test_add_func("/mime/walk/change", test_change);
	g_test_add_func("/mime/walk/drop-root", test_drop_root);
	g_test_add_func("/mime/walk/limits/depth", test_depth);
	g_test_add_func("/mime/walk/limits/parts", test_parts);
	g_test_add_func("/mime/walk/limits/header", test_header_size);
	return g_test_run();
}
