/* SPDX-License-Identifier: MPL-2.0 */
/* BODYSTRUCTURE and BODY, and where parts begin and end in mail that is not quite right. */
#include "base/limits.h"
#include "imap/structure.h"
#include "imap_help.h"

#define TEXT_TAIL " NIL NIL NIL NIL)"

static const struct {
	const char *message;
	const char *want;
} structures[] = {
	/* RFC 3501 section 8 */
	{"MIME-Version: 1.0\nContent-Type: TEXT/PLAIN; CHARSET=US-ASCII\n\nHello\nJoe\n",
	 "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7bit\" 12 2" TEXT_TAIL},
	{"Subject: no type\n\nx\n",
	 "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 1" TEXT_TAIL},
	/* without MIME-Version or Content-Type the other fields mean nothing */
	{"Content-Transfer-Encoding: base64\n\nx\n",
	 "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 1" TEXT_TAIL},
	{"Content-Type: application/pdf; name=\"a b.pdf\"\nContent-ID: <1@b>\n"
	 "Content-Description: Some\n text\nContent-Transfer-Encoding: BASE64\n"
	 "Content-MD5: Q2hlY2s=\nContent-Disposition: attachment; filename=a.pdf\n"
	 "Content-Language: de, en\nContent-Location: http://a/\n\nAAAA\n",
	 "(\"application\" \"pdf\" (\"name\" \"a b.pdf\") \"<1@b>\" \"Some text\" \"BASE64\" 6 "
	 "\"Q2hlY2s=\" (\"attachment\" (\"filename\" \"a.pdf\")) (\"de\" \"en\") \"http://a/\")"},
	{"Content-Type: message/rfc822\n\nSubject: in\nFrom: a@b\n\nbody\n",
	 "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 32 (NIL \"in\" ((NIL NIL \"a\" \"b\")) "
	 "((NIL NIL \"a\" \"b\")) ((NIL NIL \"a\" \"b\")) NIL NIL NIL NIL NIL) (\"text\" \"plain\" "
	 "(\"charset\" \"us-ascii\") NIL NIL \"7bit\" 6 1" TEXT_TAIL " 4" TEXT_TAIL},
	{"Content-Type: multipart/mixed; boundary=b\n\npre\n--b\n\none\n--b\nContent-Type: "
	 "text/html\n\ntwo\n\n--b--\nepilogue\n",
	 "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 0" TEXT_TAIL
	 "(\"text\" \"html\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 5 1" TEXT_TAIL
	 " \"mixed\" (\"boundary\" \"b\") NIL NIL NIL)"},
	{"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: s\n\nx\n--b--\n",
	 "((\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 15 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL "
	 "NIL) (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 1 0" TEXT_TAIL
	 " 2" TEXT_TAIL " \"digest\" (\"boundary\" \"b\") NIL NIL NIL)"},
	/* no part at all */
	{"Content-Type: multipart/mixed\n\nx\n",
	 "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0" TEXT_TAIL
	 " \"mixed\" NIL NIL NIL NIL)"},
	/* RFC 2231 sections 3 and 4.1: continuations joined, decoding left to the reader */
	{"Content-Type: application/x-stuff;\n title*0*=us-ascii'en'This%20is%20even%20more%20;\n"
	 " title*1*=%2A%2A%2Afun%2A%2A%2A%20;\n title*2=\"isn't it!\"\n\nx",
	 "(\"application\" \"x-stuff\" (\"title*\" "
	 "\"us-ascii'en'This%20is%20even%20more%20%2A%2A%2Afun%2A%2A%2A%20isn't it!\") NIL NIL "
	 "\"7bit\" 1" TEXT_TAIL},
	{"Content-Type: message/external-body; access-type=URL;\n URL*0=\"ftp://\";\n "
	 "URL*1=\"cs.utk.edu/pub\"\n\nx",
	 "(\"message\" \"external-body\" (\"access-type\" \"URL\" \"URL\" "
	 "\"ftp://cs.utk.edu/pub\") NIL NIL \"7bit\" 1" TEXT_TAIL},
	{"Content-Type: image/png; name*1=b; name*2=c\n\nx",
	 "(\"image\" \"png\" (\"name*1\" \"b\" \"name*2\" \"c\") NIL NIL \"7bit\" 1" TEXT_TAIL},
	{"Content-Type: broken/\n\nx", "(\"\" \"\" NIL NIL NIL \"7bit\" 1" TEXT_TAIL},
	/* a boundary line needs only begin with the boundary; the longest counts */
	{"Content-Type: multipart/mixed; boundary=b\n\n--b rest\n\none\n--b--rest\n",
	 "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 0" TEXT_TAIL
	 " \"mixed\" (\"boundary\" \"b\") NIL NIL NIL)"},
	{"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/related; "
	 "boundary=bb\n\n--bb\n\none\n--bb--\n--b--\n",
	 "(((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 0" TEXT_TAIL
	 " \"related\" (\"boundary\" \"bb\") NIL NIL NIL) \"mixed\" (\"boundary\" \"b\") NIL NIL "
	 "NIL)"},
};

static void
test_structures(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(structures); i++) {
		g_autofree char *want = g_strconcat("BODYSTRUCTURE ", structures[i].want, NULL);
		check_answer(structures[i].message, "(BODYSTRUCTURE)", want);
	}
}

static void
test_short_form(void)
{
	check_answer("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n", "(BODY)",
		     "BODY ((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 0) "
		     "\"mixed\")");
}

static GArray *
parts_of(const char *text, GBytes **octets)
{
	*octets = crlf(text);
	return imap_structure_new(base_bytes_of(*octets));
}

static const char tree[] = "Content-Type: multipart/mixed; boundary=b\n\n"
			   "--b\n\nfirst\n"
			   "--b\nContent-Type: message/rfc822\n\n"
			   "Content-Type: multipart/mixed; boundary=c\n\n"
			   "--c\n\n2.1\n--c\nContent-Type: text/html\n\n2.2\n--c--\n"
			   "--b\nContent-Type: message/rfc822\n\nSubject: s\n\n3.1\n"
			   "--b--\n";

static const struct {
	guint32 numbers[4];
	guint n;
	const char *body; /* of the part; NULL: not there */
} places[] = {
	{{1}, 1, "first"},
	{{2, 1}, 2, "2.1"},
	{{2, 2}, 2, "2.2"},
	{{3, 1}, 2, "3.1"},
	{{3}, 1, "Subject: s\r\n\r\n3.1"},
	{{1, 1}, 2, "first"}, /* as Dovecot has it */
	{{1, 2}, 2, NULL},
	{{1, 1, 1}, 3, NULL},
	{{2, 3}, 2, NULL},
	{{3, 1, 1}, 3, NULL},
	{{3, 2}, 2, NULL},
	{{4}, 1, NULL},
	{{0}, 1, NULL},
};

static void
test_find(void)
{
	g_autoptr(GBytes) octets = NULL;
	g_autoptr(GArray) parts = parts_of(tree, &octets);
	for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
		const ImapPart *part = imap_structure_find(parts, places[i].numbers, places[i].n);
		g_assert_true((part == NULL) == (places[i].body == NULL));
		if (part != NULL) {
			BaseBytes body = base_bytes_slice(base_bytes_of(octets),
							  part->at + part->header_n, part->body_n);
			T_ASSERT_STR_BYTES(body, places[i].body);
		}
	}
	g_assert_true(imap_structure_find(parts, NULL, 0) == imap_structure_at(parts, 0));
}

/* A boundary line ends a header too, and what is not closed ends with the input. */
static void
test_broken(void)
{
	g_autoptr(GBytes) octets = NULL;
	g_autoptr(GArray) parts = parts_of("Content-Type: multipart/mixed; boundary=b\n\n"
					   "--b\nContent-Type: text/html\n--b\n\nopen\n",
					   &octets);
	g_assert_cmpuint(parts->len, ==, 3);
	const ImapPart *first = imap_structure_at(parts, 1);
	g_assert_cmpuint(first->header_n, ==, strlen("Content-Type: text/html"));
	g_assert_cmpuint(first->body_n, ==, 0);
	const ImapPart *second = imap_structure_at(parts, 2);
	g_assert_cmpuint(second->body_n, ==, strlen("open\r\n"));
	g_assert_cmpuint(second->lines, ==, 1);
}

static void
test_limits(void)
{
	g_autoptr(GString) deep = g_string_new(NULL);
	g_autoptr(GString) wide = g_string_new("Content-Type: multipart/mixed; boundary=b\n\n");
	for (guint i = 0; i < 2 * BASE_LIMIT_MIME_DEPTH; i++) {
		g_string_append(deep, "Content-Type: message/rfc822\n\n");
	}
	for (guint i = 0; i < 2 * BASE_LIMIT_MIME_PARTS; i++) {
		g_string_append(wide, "--b\n\nx\n");
	}
	g_autoptr(GBytes) octets = NULL;
	g_autoptr(GArray) parts = parts_of(deep->str, &octets);
	g_assert_cmpuint(parts->len, ==, BASE_LIMIT_MIME_DEPTH);
	g_autoptr(GBytes) wide_octets = NULL;
	g_autoptr(GArray) wide_parts = parts_of(wide->str, &wide_octets);
	g_assert_cmpuint(wide_parts->len, ==, BASE_LIMIT_MIME_PARTS);
	g_autofree char *answer = answers_of(octets, "(BODYSTRUCTURE)");
	g_assert_nonnull(strstr(answer, "(\"application\" \"octet-stream\""));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/imap/structure/structures", test_structures);
	g_test_add_func("/imap/structure/short-form", test_short_form);
	g_test_add_func("/imap/structure/find", test_find);
	g_test_add_func("/imap/structure/broken", test_broken);
	g_test_add_func("/imap/structure/limits", test_limits);
	return g_test_run();
}
