/* SPDX-License-Identifier: MPL-2.0 */
/* Header protection: composing and reading, against the text and the vectors of RFC 9788. */
#include "mime/protect.h"
#include "mime_help.h"

/* RFC 9788 appendix D.1.1. */
#define D11                                         \
	"Date: Wed, 11 Jan 2023 16:08:43 -0500\r\n" \
	"From: Bob <bob@example.net>\r\n"           \
	"To: Alice <alice@example.net>\r\n"         \
	"Subject: Handling the Jones contract\r\n"  \
	"Message-ID: <20230111T210843Z.1234@lhp.example>\r\n"
#define D11_STRUCTURE                                        \
	"Content-Type: text/plain; charset=\"us-ascii\"\r\n" \
	"MIME-Version: 1.0\r\n"
/* D.1.2.1 and D.1.2.2; the quotes around parameters are ours to choose. */
#define D12_INNER                                                       \
	D11 "Content-Type: text/plain; charset=us-ascii; hp=cipher\r\n" \
	    "MIME-Version: 1.0\r\n"                                     \
	    "HP-Outer: Date: Wed, 11 Jan 2023 16:08:43 -0500\r\n"       \
	    "HP-Outer: From: Bob <bob@example.net>\r\n"                 \
	    "HP-Outer: To: Alice <alice@example.net>\r\n"               \
	    "HP-Outer: Subject: [...]\r\n"                              \
	    "HP-Outer: Message-ID: <20230111T210843Z.1234@lhp.example>\r\n"
#define D12_OUTER                                   \
	"Date: Wed, 11 Jan 2023 16:08:43 -0500\r\n" \
	"From: Bob <bob@example.net>\r\n"           \
	"To: Alice <alice@example.net>\r\n"         \
	"Subject: [...]\r\n"                        \
	"Message-ID: <20230111T210843Z.1234@lhp.example>\r\n"
/* D.2.1 */
#define D21                                                    \
	"Date: Wed, 11 Jan 2023 16:48:22 -0500\r\n"            \
	"From: Alice <alice@example.net>\r\n"                  \
	"To: Bob <bob@example.net>\r\n"                        \
	"Subject: Re: Handling the Jones contract\r\n"         \
	"Message-ID: <20230111T214822Z.5678@lhp.example>\r\n"  \
	"In-Reply-To: <20230111T210843Z.1234@lhp.example>\r\n" \
	"References: <20230111T210843Z.1234@lhp.example>\r\n"
/* D.2.2.1 and D.2.2.2 */
#define D22_INNER                                                            \
	D21 "Content-Type: text/plain; charset=us-ascii; hp=cipher\r\n"      \
	    "MIME-Version: 1.0\r\n"                                          \
	    "HP-Outer: Date: Wed, 11 Jan 2023 16:48:22 -0500\r\n"            \
	    "HP-Outer: From: Alice <alice@example.net>\r\n"                  \
	    "HP-Outer: To: Bob <bob@example.net>\r\n"                        \
	    "HP-Outer: Subject: Re: [...]\r\n"                               \
	    "HP-Outer: Message-ID: <20230111T214822Z.5678@lhp.example>\r\n"  \
	    "HP-Outer: In-Reply-To: <20230111T210843Z.1234@lhp.example>\r\n" \
	    "HP-Outer: References: <20230111T210843Z.1234@lhp.example>\r\n"
#define D22_OUTER                                              \
	"Date: Wed, 11 Jan 2023 16:48:22 -0500\r\n"            \
	"From: Alice <alice@example.net>\r\n"                  \
	"To: Bob <bob@example.net>\r\n"                        \
	"Subject: Re: [...]\r\n"                               \
	"Message-ID: <20230111T214822Z.5678@lhp.example>\r\n"  \
	"In-Reply-To: <20230111T210843Z.1234@lhp.example>\r\n" \
	"References: <20230111T210843Z.1234@lhp.example>\r\n"

/* From the header of C.3.4 as it was composed. */
#define C34                                                        \
	"Subject: smime-signed-enc-hp-shy-legacy\r\n"              \
	"Message-ID: <smime-signed-enc-hp-shy-legacy@example>\r\n" \
	"From: Alice <alice@smime.example>\r\n"                    \
	"To: Bob <bob@smime.example>\r\n"                          \
	"Date: Sat, 20 Feb 2021 10:13:02 -0500\r\n"                \
	"User-Agent: Sample MUA Version 1.0\r\n"

static const struct {
	const char *name;
	const char *root;
	MimeProtectWish wish;
	const char *inner, *outer;
	const char *display; /* joined with "|" */
} compositions[] = {
	{"D.1.2",
	 D11 D11_STRUCTURE "\r\n",
	 {MIME_PROTECT_CIPHER, MIME_HCP_BASELINE, NULL, true},
	 D12_INNER,
	 D12_OUTER,
	 "Subject: Handling the Jones contract"},
	{"D.1.2 without legacy",
	 D11 D11_STRUCTURE "\r\n",
	 {MIME_PROTECT_CIPHER, MIME_HCP_BASELINE, NULL, false},
	 D12_INNER,
	 D12_OUTER,
	 ""},
	{"clear",
	 D11 D11_STRUCTURE "\r\n",
	 {MIME_PROTECT_CLEAR, MIME_HCP_SHY, NULL, true},
	 D11 "Content-Type: text/plain; charset=us-ascii; hp=clear\r\nMIME-Version: 1.0\r\n",
	 D11,
	 ""},
	{"C.3.4",
	 "MIME-Version: 1.0\r\nContent-Transfer-Encoding: 7bit\r\n" C34
	 "Content-Type: text/plain; charset=\"utf-8\"\r\n\r\n",
	 {MIME_PROTECT_CIPHER, MIME_HCP_SHY, NULL, true},
	 "MIME-Version: 1.0\r\nContent-Transfer-Encoding: 7bit\r\n" C34
	 "Content-Type: text/plain; charset=utf-8; hp=cipher\r\n"
	 "HP-Outer: Subject: [...]\r\n"
	 "HP-Outer: Message-ID: <smime-signed-enc-hp-shy-legacy@example>\r\n"
	 "HP-Outer: From: alice@smime.example\r\n"
	 "HP-Outer: To: bob@smime.example\r\n"
	 "HP-Outer: Date: Sat, 20 Feb 2021 15:13:02 +0000\r\n"
	 "HP-Outer: User-Agent: Sample MUA Version 1.0\r\n",
	 "Subject: [...]\r\n"
	 "Message-ID: <smime-signed-enc-hp-shy-legacy@example>\r\n"
	 "From: alice@smime.example\r\n"
	 "To: bob@smime.example\r\n"
	 "Date: Sat, 20 Feb 2021 15:13:02 +0000\r\n"
	 "User-Agent: Sample MUA Version 1.0\r\n",
	 "Subject: smime-signed-enc-hp-shy-legacy|From: Alice <alice@smime.example>|"
	 "To: Bob <bob@smime.example>|Date: Sat, 20 Feb 2021 10:13:02 -0500"},
	{"no Content-Type, LF, folds, carriers, Bcc, mbox, junk, others' marks",
	 "From a@b Sat\nReceived: from x\n\tby y\nSubject: a\n b\nBcc: c@d\nHP-Outer: X: 1\n"
	 "X-Postseal-Level: sealed\nARC-Seal: i=1\nrubbish\nCc: e@f\nDKIM-Signature: v=1\n\n",
	 {MIME_PROTECT_CLEAR, MIME_HCP_BASELINE, NULL, false},
	 "Subject: a\r\n b\r\nCc: e@f\r\nContent-Type: text/plain; charset=us-ascii; hp=clear\r\n",
	 "Received: from x\r\n\tby y\r\nSubject: a\r\n b\r\nX-Postseal-Level: sealed\r\n"
	 "ARC-Seal: i=1\r\nCc: e@f\r\nDKIM-Signature: v=1\r\n",
	 ""},
	{"two Content-Types, hp of somebody else",
	 "Content-Type: text/html; hp=cipher; charset=utf-8; hp-legacy-display=1\r\nA: 1\r\n"
	 "Content-Type: text/plain\r\n\r\n",
	 {MIME_PROTECT_CLEAR, MIME_HCP_BASELINE, NULL, false},
	 "Content-Type: text/html; hp=clear; charset=utf-8\r\nA: 1\r\n",
	 "A: 1\r\n",
	 ""},
	{"hidden whatever the policy",
	 "Originator-Rules: lists=no\r\nComments: c\r\nKeywords: k\r\nContent-Type: text/plain\r\n\r\n",
	 {MIME_PROTECT_CIPHER, MIME_HCP_NONE, NULL, true},
	 "Originator-Rules: lists=no\r\nComments: c\r\nKeywords: k\r\nContent-Type: text/plain; hp=cipher\r\n"
	 "HP-Outer: Comments: c\r\nHP-Outer: Keywords: k\r\n",
	 "Comments: c\r\nKeywords: k\r\n",
	 ""},
	{"baseline removes",
	 "Comments: c\r\nKeywords: k\r\nContent-Type: text/plain\r\n\r\n",
	 {MIME_PROTECT_CIPHER, MIME_HCP_BASELINE, NULL, true},
	 "Comments: c\r\nKeywords: k\r\nContent-Type: text/plain; hp=cipher\r\n",
	 "",
	 "Comments: c|Keywords: k"},
	{"8-bit and hidden newline",
	 "Subject: Gr\xc3\xbc\xc3\x9f"
	 "e\r\nKeywords: =?utf-8?q?a=0D=0A=0D=0Ab?=\r\nContent-Type: text/plain\r\n\r\n",
	 {MIME_PROTECT_CIPHER, MIME_HCP_NONE, NULL, true},
	 NULL,
	 NULL,
	 ""},
};

static char *
join(const GPtrArray *lines)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = 0; i < lines->len; i++) {
		g_string_append_printf(out, "%s%s", i > 0 ? "|" : "",
				       (char *)g_ptr_array_index(lines, i));
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

static void
test_compose(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(compositions); i++) {
		g_test_message("%s", compositions[i].name);
		g_autoptr(MimeHeader) root = help_header(compositions[i].root);
		g_auto(MimeProtected) got = mime_protect_compose(root, &compositions[i].wish);
		g_autofree char *inner = help_fields(got.inner);
		g_autofree char *outer = help_fields(got.outer);
		g_autofree char *display = join(got.display);
		g_assert_cmpstr(display, ==, compositions[i].display);
		if (compositions[i].inner != NULL) {
			g_assert_cmpstr(inner, ==, compositions[i].inner);
			g_assert_cmpstr(outer, ==, compositions[i].outer);
		}
		g_assert_true(g_str_is_ascii(inner) && g_str_is_ascii(outer));
		g_assert_cmpuint(mime_header_envelope(got.inner).n, ==, 0);
	}
}

/* 8-bit values become encoded words that are the same inside, outside and in the record. */
static void
test_compose_words(void)
{
	g_autoptr(MimeHeader) root = help_header(
		"Subject: Gr\xc3\xbc\xc3\x9f"
		"e\r\nTo: J\xc3\xb6rg <j@example.org>\r\n"
		"Keywords: =?utf-8?q?a=0D=0A=0D=0Ab?=\r\nContent-Type: text/plain\r\n\r\n");
	MimeProtectWish wish = {MIME_PROTECT_CIPHER, MIME_HCP_BASELINE, NULL, true};
	g_auto(MimeProtected) got = mime_protect_compose(root, &wish);
	g_autofree char *display = join(got.display);
	g_assert_cmpstr(display, ==,
			"Subject: Gr\xc3\xbc\xc3\x9f"
			"e|Keywords: a    b");
	const char *to = mime_header_value(got.inner, "To");
	g_assert_true(g_str_is_ascii(to) && g_str_has_suffix(to, "<j@example.org>"));
	g_assert_cmpstr(mime_header_value(got.outer, "To"), ==, to);
	g_autofree char *record = g_strconcat("To: ", to, NULL);
	g_assert_cmpstr(mime_header_value(got.inner, "HP-Outer"), ==, "Subject: [...]");
	g_assert_cmpuint(mime_header_count(got.inner, "HP-Outer"), ==, 2);
	g_assert_cmpstr(mime_header_at(got.inner, mime_header_length(got.inner) - 1)->value, ==,
			record);
}

/* Appendix D.2: the reply of a program whose own policy hides nothing. */
static void
test_compose_reply(void)
{
	g_autoptr(MimeHeader) ref = help_header(D12_INNER "\r\n");
	g_autoptr(MimeResponse) response =
		mime_response_new_for(ref, "alice@example.net", MIME_RESPOND_REPLY);
	g_assert_cmpuint(mime_response_length(response), ==, 1);
	g_autoptr(MimeHeader) root = help_header(D21 D11_STRUCTURE "\r\n");
	MimeProtectWish wish = {MIME_PROTECT_CIPHER, MIME_HCP_NONE, response, true};
	g_auto(MimeProtected) got = mime_protect_compose(root, &wish);
	g_autofree char *inner = help_fields(got.inner);
	g_autofree char *outer = help_fields(got.outer);
	g_autofree char *display = join(got.display);
	g_assert_cmpstr(inner, ==, D22_INNER);
	g_assert_cmpstr(outer, ==, D22_OUTER);
	g_assert_cmpstr(display, ==, "Subject: Re: Handling the Jones contract");
}

static void
test_hcp(void)
{
	static const struct {
		const char *name, *value;
		const char *baseline, *shy, *none;
	} rows[] = {
		{"Subject", "x", "[...]", "[...]", "x"},
		{"sUBJECT", "", "[...]", "[...]", ""},
		{"Comments", "x", NULL, NULL, "x"},
		{"KEYWORDS", "x", NULL, NULL, "x"},
		{"From", "A <a@b>", "A <a@b>", "a@b", "A <a@b>"},
		{"From", "A <a@b>, C <c@d>", "A <a@b>, C <c@d>", "A <a@b>, C <c@d>",
		 "A <a@b>, C <c@d>"},
		{"From", "nobody", "nobody", "nobody", "nobody"},
		{"To", "A <a@b>, \"D, E\" <c@d>", "A <a@b>, \"D, E\" <c@d>", "a@b, c@d",
		 "A <a@b>, \"D, E\" <c@d>"},
		{"Cc", "G: A <a@b>;", "G: A <a@b>;", "G: A <a@b>;", "G: A <a@b>;"},
		{"Reply-To", "A <a@b>", "A <a@b>", "A <a@b>", "A <a@b>"},
		{"Date", "Sat, 20 Feb 2021 10:13:02 -0500", "Sat, 20 Feb 2021 10:13:02 -0500",
		 "Sat, 20 Feb 2021 15:13:02 +0000", "Sat, 20 Feb 2021 10:13:02 -0500"},
		{"Date", "today", "today", "today", "today"},
		{"Message-ID", "<1@x>", "<1@x>", "<1@x>", "<1@x>"},
		{"Originator-Rules", "lists=no", NULL, NULL, NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *baseline =
			mime_hcp_apply(MIME_HCP_BASELINE, rows[i].name, rows[i].value);
		g_autofree char *shy = mime_hcp_apply(MIME_HCP_SHY, rows[i].name, rows[i].value);
		g_autofree char *none = mime_hcp_apply(MIME_HCP_NONE, rows[i].name, rows[i].value);
		g_assert_cmpstr(baseline, ==, rows[i].baseline);
		g_assert_cmpstr(shy, ==, rows[i].shy);
		g_assert_cmpstr(none, ==, rows[i].none);
	}
}

static void
test_names(void)
{
	static const struct {
		const char *name;
		const char *classes; /* s t l u */
	} rows[] = {
		{"mime-version", "s"},
		{"Content-Type", "s"},
		{"Content-", "s"},
		{"Contents", ""},
		{"Received", "t"},
		{"Received-SPF", "t"},
		{"ARC-Seal", "t"},
		{"X-Postseal-Level", "t"},
		{"List-Id", "l"},
		{"Archived-At", "l"},
		{"Lists", ""},
		{"Subject", "u"},
		{"resent-from", "u"},
		{"Postseal-Key", "t"},
		{"DKIM-Signature", "t"},
		{"Message-ID", ""},
		{"Delivered-To", "t"},
		{"Return-Path", "t"},
		{"Postseal-Handover", ""},
		{"Authentication-Results", "t"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const char *want = rows[i].classes;
		g_test_message("%s", rows[i].name);
		g_assert_true(mime_field_is_structural(rows[i].name) ==
			      (strchr(want, 's') != NULL));
		g_assert_true(mime_field_is_transport(rows[i].name) == (strchr(want, 't') != NULL));
		g_assert_true(mime_field_is_list(rows[i].name) == (strchr(want, 'l') != NULL));
		g_assert_true(mime_field_is_user_facing(rows[i].name) ==
			      (strchr(want, 'u') != NULL));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/protect/compose", test_compose);
	g_test_add_func("/mime/protect/compose-words", test_compose_words);
	g_test_add_func("/mime/protect/compose-reply", test_compose_reply);
	g_test_add_func("/mime/protect/hcp", test_hcp);
	g_test_add_func("/mime/protect/names", test_names);
	return g_test_run();
}
