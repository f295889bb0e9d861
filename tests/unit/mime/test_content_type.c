/* SPDX-License-Identifier: MPL-2.0 */
#include "mime/content_type.h"
#include "t.h"

enum {
	DEFAULTED = 1,
	DUPLICATE = 2,
	ODD = 4,
};

typedef struct {
	const char *value;
	const char *want; /* type, then name=<value> of each parameter */
	guint flags;
} Case;

static const Case cases[] = {
	{"text/plain", "text/plain", 0},
	{"TEXT/Plain; Charset=UTF-8", "text/plain charset=<UTF-8>", 0},
	{"text/plain;charset=\"us-ascii\";", "text/plain charset=<us-ascii>", 0},
	{" text / plain ; a = b", "text/plain a=<b>", 0},
	{"text/plain (a comment (nested) \\)) ; x=y (z)", "text/plain x=<y>", 0},
	{"multipart/mixed; boundary=\"a\\\"b; c\"", "multipart/mixed boundary=<a\"b; c>", 0},
	{"multipart/mixed; boundary=", "multipart/mixed boundary=<>", 0},
	{"multipart/mixed; boundary=a b", "multipart/mixed boundary=<a b>", ODD},
	{"multipart/mixed; boundary=\"open", "multipart/mixed boundary=<open>", 0},
	{"multipart/signed; protocol=application/pkcs7-signature; micalg=sha1",
	 "multipart/signed protocol=<application/pkcs7-signature> micalg=<sha1>", 0},
	{"multipart/mixed; boundary=a; boundary=b", "multipart/mixed boundary=<a>", DUPLICATE},
	{"text/plain; =x; y", "text/plain", ODD},
	{"text", "text/plain", DEFAULTED | ODD},
	{"", "text/plain", DEFAULTED | ODD},
	{NULL, "text/plain", DEFAULTED},
	{"/; name=x", "text/plain name=<x>", DEFAULTED | ODD},
	/* RFC 2231 sections 3 and 4: the examples */
	{"message/external-body; access-type=URL; URL*0=\"ftp://\"; "
	 "URL*1=\"cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar\"",
	 "message/external-body access-type=<URL> "
	 "url=<ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar>",
	 0},
	{"application/x-stuff; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
	 "application/x-stuff title=<This is ***fun***>", 0},
	{"application/x-stuff; title*0*=us-ascii'en'This%20is%20even%20more%20; "
	 "title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
	 "application/x-stuff title=<This is even more ***fun*** isn't it!>", 0},
	{"a/b; n*1=y; n*0=x", "a/b n=<xy>", 0},
	{"a/b; n*=iso-8859-1''%E9", "a/b n=<\xc3\xa9>", 0},
	{"a/b; n*=utf-8''%C3%A9", "a/b n=<\xc3\xa9>", 0},
	{"a/b; n*0*=utf-8''50%25; n*1=50%25", "a/b n=<50%50%25>", 0},
	{"a/b; n*=no-such-charset''%E9", "a/b n=<\xc3\xa9>", 0},
	{"a/b; n=x; n*=utf-8''y", "a/b n=<x>", DUPLICATE},
	{"a/b; n*=utf-8''a%00b", "a/b n=<a%00b>", 0},
};

static void
test_parse(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(MimeContentType) ct = mime_content_type_parse(cases[i].value);
		g_autofree char *name = mime_content_type_name(ct);
		g_autoptr(GString) got = g_string_new(name);
		for (guint k = 0; k < ct->params->len; k++) {
			const MimeParam *p = ct->params->pdata[k];
			g_string_append_printf(got, " %s=<%s>", p->name, p->value);
		}
		g_assert_cmpstr(got->str, ==, cases[i].want);
		guint flags = (ct->defaulted ? DEFAULTED : 0U) | (ct->duplicate ? DUPLICATE : 0U) |
			      (ct->odd ? ODD : 0U);
		g_assert_cmpuint(flags, ==, cases[i].flags);
	}
}

static const struct {
	const char *value;
	const char *text;
} strings[] = {
	{"TEXT/plain; charset=utf-8", "text/plain; charset=utf-8"},
	{"a/b; x=\"a b\"", "a/b; x=\"a b\""},
	{"a/b; x=\"\"", "a/b; x=\"\""},
	{"a/b; x=\"a\\\"\\\\b\"", "a/b; x=\"a\\\"\\\\b\""},
	{"multipart/signed; protocol=\"application/pkcs7-signature\"",
	 "multipart/signed; protocol=\"application/pkcs7-signature\""},
	{"a/b; n*=utf-8''%C3%A9%20x", "a/b; n*=utf-8''%C3%A9%20x"},
	{"a/b; n=\"\xe9\"", "a/b; n*=iso-8859-1''%E9"},
};

static void
test_to_string(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(strings); i++) {
		g_autoptr(MimeContentType) ct = mime_content_type_parse(strings[i].value);
		g_autofree char *text = mime_content_type_to_string(ct);
		g_assert_cmpstr(text, ==, strings[i].text);
	}
}

/* Long and strange values survive writing and reading. */
static void
test_round_trip(void)
{
	g_autofree char *ascii = g_strnfill(2000, 'x');
	g_autofree char *half = g_strnfill(200, '%');
	g_autofree char *eight = g_strconcat("\xc3\xa9 ", half, NULL);
	const char *values[] = {ascii, eight, "", "a;b", "it's 100% * \"", "\xf0\x9f\x98\x80"};
	for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
		g_autoptr(MimeContentType) ct = mime_content_type_parse("a/b");
		mime_content_type_set(ct, "N", values[i]);
		g_autofree char *text = mime_content_type_to_string(ct);
		g_assert_true(g_str_is_ascii(text));
		g_autoptr(MimeContentType) back = mime_content_type_parse(text);
		g_assert_cmpstr(mime_content_type_get(back, "n"), ==, values[i]);
		g_assert_false(back->duplicate || back->odd);
	}
}

static void
test_set(void)
{
	g_autoptr(MimeContentType) ct = mime_content_type_parse("text/plain; a=1; b=2");
	mime_content_type_set(ct, "HP", "cipher");
	mime_content_type_set(ct, "A", mime_content_type_get(ct, "a"));
	mime_content_type_set(ct, "b", NULL);
	g_autoptr(MimeContentType) copy = mime_content_type_copy(ct);
	g_autofree char *text = mime_content_type_to_string(copy);
	g_assert_cmpstr(text, ==, "text/plain; a=1; hp=cipher");
}

static void
test_cte(void)
{
	static const struct {
		const char *value;
		MimeCte cte;
	} ctes[] = {
		{NULL, MIME_CTE_7BIT},        {"7bit", MIME_CTE_7BIT},
		{"8BIT", MIME_CTE_8BIT},      {"Binary", MIME_CTE_BINARY},
		{"BASE64 ", MIME_CTE_BASE64}, {"(c) quoted-Printable (x)", MIME_CTE_QP},
		{"base64;", MIME_CTE_BASE64}, {"x-uuencode", MIME_CTE_OTHER},
		{"", MIME_CTE_OTHER},         {"7-bit", MIME_CTE_OTHER},
	};

	for (guint i = 0; i < G_N_ELEMENTS(ctes); i++) {
		g_assert_cmpint(mime_cte_parse(ctes[i].value), ==, ctes[i].cte);
	}
	g_assert_cmpstr(mime_cte_name(MIME_CTE_QP), ==, "quoted-printable");
	g_assert_cmpstr(mime_cte_name(MIME_CTE_OTHER), ==, "binary");
}

static const struct {
	const char *header;
	const char *filename;
	bool attachment;
} files[] = {
	{"Content-Type: a/b; name=t.txt\r\n\r\n", "t.txt", false},
	{"Content-Type: a/b; name=t\r\nContent-Disposition: attachment; filename=\"d.txt\"\r\n\r\n",
	 "d.txt", true},
	{"Content-Disposition: INLINE; filename=x\r\n\r\n", "x", false},
	{"Content-Disposition: unknown\r\n\r\n", NULL, true},
	{"Content-Disposition:\r\n\r\n", NULL, true},
	{"Content-Type: a/b; name=\"=?utf-8?q?=C3=A9.txt?=\"\r\n\r\n", "\xc3\xa9.txt", false},
	{"Content-Type: a/b; name=\"../../etc/passwd\"\r\n\r\n", "passwd", false},
	{"Content-Type: a/b; name=\"C:\\\\x\\\\y.exe\"\r\n\r\n", "y.exe", false},
	{"Content-Type: a/b; name=\"dir/\"\r\n\r\n", NULL, false},
	{"Content-Disposition: attachment; filename*=utf-8''a%0Ab%E2%80%AEtxt.exe\r\n\r\n",
	 "a btxt.exe", true},
	{"\r\n", NULL, false},
};

static void
test_files(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autoptr(MimeHeader) h = NULL;
		g_assert_true(mime_header_parse(base_bytes_str(files[i].header), &h, NULL));
		g_autofree char *name = mime_filename_of(h);
		g_assert_cmpstr(name, ==, files[i].filename);
		g_assert_cmpint(mime_is_attachment(h), ==, files[i].attachment);
	}
}

static const struct {
	const char *value;
	const char *filename;
	MimeSmimeKind kind;
} kinds[] = {
	{"multipart/signed; protocol=\"application/pkcs7-signature\"", NULL,
	 MIME_SMIME_SIGNED_MULTIPART},
	{"Multipart/Signed; Protocol=\"Application/X-PKCS7-Signature\"", NULL,
	 MIME_SMIME_SIGNED_MULTIPART},
	{"multipart/signed; protocol=\"application/pgp-signature\"", NULL, MIME_SMIME_NONE},
	{"multipart/signed", NULL, MIME_SMIME_NONE},
	{"application/pkcs7-mime; smime-type=enveloped-data", NULL, MIME_SMIME_PKCS7_MIME},
	{"application/x-pkcs7-mime", "x.txt", MIME_SMIME_PKCS7_MIME},
	{"application/pkcs7-signature", NULL, MIME_SMIME_PKCS7_SIGNATURE},
	{"application/octet-stream", "smime.p7m", MIME_SMIME_PKCS7_MIME},
	{"application/octet-stream", "SMIME.P7C", MIME_SMIME_PKCS7_MIME},
	{"application/octet-stream", "a.p7z", MIME_SMIME_PKCS7_MIME},
	{"application/octet-stream", "smime.p7s", MIME_SMIME_PKCS7_SIGNATURE},
	{"application/octet-stream", "p7m", MIME_SMIME_NONE},
	{"application/octet-stream", NULL, MIME_SMIME_NONE},
	{"text/plain", "smime.p7m", MIME_SMIME_NONE},
};

static void
test_smime(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autoptr(MimeContentType) ct = mime_content_type_parse(kinds[i].value);
		g_assert_cmpint(mime_type_is_smime(ct, kinds[i].filename), ==, kinds[i].kind);
	}
	g_assert_cmpstr(mime_smime_kind_name(MIME_SMIME_PKCS7_MIME), ==, "pkcs7-mime");
}

/* A thousand parameters cost no more than the first hundred. */
static void
test_many(void)
{
	g_autoptr(GString) s = g_string_new("a/b");
	for (guint i = 0; i < 20000; i++) {
		g_string_append_printf(s, ";p%u*0=x", i);
	}
	g_autoptr(MimeContentType) ct = mime_content_type_parse(s->str);
	g_assert_cmpuint(ct->params->len, ==, 100);
	g_assert_true(ct->odd);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/content-type/parse", test_parse);
	g_test_add_func("/mime/content-type/to-string", test_to_string);
	g_test_add_func("/mime/content-type/round-trip", test_round_trip);
	g_test_add_func("/mime/content-type/set", test_set);
	g_test_add_func("/mime/content-type/cte", test_cte);
	g_test_add_func("/mime/content-type/files", test_files);
	g_test_add_func("/mime/content-type/smime", test_smime);
	g_test_add_func("/mime/content-type/many", test_many);
	return g_test_run();
}
