/* SPDX-License-Identifier: MPL-2.0 */
/* Answers to sealed mail: the Respond Functions, ReferenceHCP, and what gives a hidden subject
 * away. */
#include "mime/respond.h"
#include "mime_help.h"

/* RFC 9788 appendix D.1.2.1, and D.2.2 for what comes of it. */
#define D12                                                                 \
	"Date: Wed, 11 Jan 2023 16:08:43 -0500\r\n"                         \
	"From: Bob <bob@example.net>\r\n"                                   \
	"To: Alice <alice@example.net>\r\n"                                 \
	"Subject: Handling the Jones contract\r\n"                          \
	"Message-ID: <20230111T210843Z.1234@lhp.example>\r\n"               \
	"Content-Type: text/plain; charset=\"us-ascii\"; hp=\"cipher\"\r\n" \
	"HP-Outer: Date: Wed, 11 Jan 2023 16:08:43 -0500\r\n"               \
	"HP-Outer: From: Bob <bob@example.net>\r\n"                         \
	"HP-Outer: To: Alice <alice@example.net>\r\n"                       \
	"HP-Outer: Subject: [...]\r\n"                                      \
	"HP-Outer: Message-ID: <20230111T210843Z.1234@lhp.example>\r\n\r\n"
/* hcp_shy, several recipients, a thread. */
#define SHY                                                            \
	"From: Alice <alice@smime.example>\r\n"                        \
	"To: Bob <bob@smime.example>, Carol <carol@smime.example>\r\n" \
	"Cc: =?utf-8?q?D=C3=B6rte?= <dora@smime.example>\r\n"          \
	"Subject: Re: Plans\r\n"                                       \
	"Keywords: secret\r\n"                                         \
	"Message-ID: <2@x>\r\n"                                        \
	"References: <1@x>\r\n"                                        \
	"Content-Type: text/plain; hp=cipher\r\n"                      \
	"HP-Outer: From: alice@smime.example\r\n"                      \
	"HP-Outer: To: bob@smime.example, carol@smime.example\r\n"     \
	"HP-Outer: Cc: dora@smime.example\r\n"                         \
	"HP-Outer: Subject: [...]\r\n"                                 \
	"HP-Outer: Message-ID: <2@x>\r\n"                              \
	"HP-Outer: References: <1@x>\r\n\r\n"

static const struct {
	const char *ref;
	const char *own;
	MimeRespond kind;
	const char *fields;
} responds[] = {
	{D12, "alice@example.net", MIME_RESPOND_REPLY,
	 "From: Alice <alice@example.net>\r\nTo: Bob <bob@example.net>\r\n"
	 "Subject: Re: Handling the Jones contract\r\n"
	 "In-Reply-To: <20230111T210843Z.1234@lhp.example>\r\n"
	 "References: <20230111T210843Z.1234@lhp.example>\r\n"},
	{D12, NULL, MIME_RESPOND_FORWARD, "Subject: Fwd: Handling the Jones contract\r\n"},
	{SHY, "BOB@smime.example", MIME_RESPOND_REPLY_ALL,
	 "From: Bob <bob@smime.example>\r\n"
	 "To: Alice <alice@smime.example>, Carol <carol@smime.example>\r\n"
	 "Cc: =?UTF-8?Q?D=C3=B6rte?= <dora@smime.example>\r\n"
	 "Subject: Re: Plans\r\nIn-Reply-To: <2@x>\r\nReferences: <1@x> <2@x>\r\n"},
	{"From: a@b\r\nReply-To: list@c\r\nIn-Reply-To: <0@x>\r\nMessage-ID: <1@x>\r\n\r\n", NULL,
	 MIME_RESPOND_REPLY, "To: list@c\r\nIn-Reply-To: <1@x>\r\nReferences: <0@x> <1@x>\r\n"},
	{"\r\n", "a@b", MIME_RESPOND_REPLY_ALL, ""},
};

static void
test_respond(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(responds); i++) {
		g_autoptr(MimeHeader) ref = help_header(responds[i].ref);
		g_autoptr(MimeHeader) made = mime_respond(responds[i].kind, ref, responds[i].own);
		g_autoptr(MimeHeader) want = help_header(responds[i].fields);
		g_assert_cmpuint(mime_header_length(made), ==, mime_header_length(want));
		for (guint f = 0; f < mime_header_length(want); f++) {
			const MimeField *a = mime_header_at(made, f);
			const MimeField *b = mime_header_at(want, f);
			g_assert_cmpstr(a->name, ==, b->name);
			g_assert_true(g_ascii_strcasecmp(a->value, b->value) == 0);
		}
	}
}

#define GONE "(removed)"

static const struct {
	const char *ref;
	const char *own;
	const char *name, *value;
	const char *outer; /* NULL: not hidden */
} lookups[] = {
	{D12, "alice@example.net", "Subject", "Re: Handling the Jones contract", "Re: [...]"},
	{D12, "alice@example.net", "subject", "Re:  Handling the Jones contract", "Re: [...]"},
	{D12, "alice@example.net", "Subject", "Fwd: Handling the Jones contract", "Fwd: [...]"},
	{D12, "alice@example.net", "Subject", "AW: handling the JONES contract", "Re: [...]"},
	{D12, "alice@example.net", "Subject", "Re: Handling the Jones contract ASAP", "Re: [...]"},
	{D12, "alice@example.net", "Subject", "Lunch", NULL},
	{D12, "alice@example.net", "To", "Bob <bob@example.net>", NULL},
	{D12, "alice@example.net", "In-Reply-To", "<20230111T210843Z.1234@lhp.example>", NULL},
	{SHY, "bob@smime.example", "To", "Alice <alice@smime.example>", "alice@smime.example"},
	{SHY, "bob@smime.example", "To", "\"Alice\"  <alice@smime.example>", "alice@smime.example"},
	{SHY, "bob@smime.example", "To", "alice@smime.example", NULL},
	{SHY, "bob@smime.example", "To", "Alice <alice@smime.example>, Carol <carol@smime.example>",
	 "alice@smime.example, carol@smime.example"},
	{SHY, "bob@smime.example", "Cc", "=?iso-8859-1?q?D=F6rte?= <dora@smime.example>",
	 "dora@smime.example"},
	{SHY, "bob@smime.example", "From", "Bob <bob@smime.example>", "bob@smime.example"},
	{SHY, "bob@smime.example", "Subject", "Re: Plans", "Re: [...]"},
	{SHY, "bob@smime.example", "References", "<1@x> <2@x>", NULL},
	/* hidden by removal */
	{"Subject: s\r\nMessage-ID: <1@x>\r\nContent-Type: text/plain; hp=cipher\r\n\r\n", NULL,
	 "In-Reply-To", "<1@x>", GONE},
	{"Subject: secret\r\nContent-Type: text/plain; hp=cipher\r\n\r\n", NULL, "Subject",
	 "Re: secret", GONE},
	/* nothing was promised */
	{"Subject: s\r\nContent-Type: text/plain; hp=clear\r\n\r\n", NULL, "Subject", "Re: s",
	 NULL},
	{"Subject: s\r\n\r\n", NULL, "Subject", "Re: s", NULL},
};

static void
test_lookup(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(lookups); i++) {
		g_test_message("%zu %s: %s", i, lookups[i].name, lookups[i].value);
		g_autoptr(MimeHeader) ref = help_header(lookups[i].ref);
		g_autoptr(MimeResponse) response = mime_response_new(ref, lookups[i].own);
		const char *outer = "untouched";
		bool hidden =
			mime_response_lookup(response, lookups[i].name, lookups[i].value, &outer);
		g_assert_true(hidden == (lookups[i].outer != NULL));
		if (!hidden) {
			g_assert_cmpstr(outer, ==, "untouched");
		} else {
			g_assert_cmpstr(outer != NULL ? outer : GONE, ==, lookups[i].outer);
		}
	}
}

static void
test_subject(void)
{
	static const struct {
		const char *new_subject, *hidden;
		bool hides;
	} rows[] = {
		{"Merger", "Merger", true},
		{"Re: Merger", "Merger", true},
		{"RE: AW: Fwd: Merger", "Re: Merger", true},
		{"Re[2]: merger", "Merger", true},
		{"SV\xef\xbc\x9a Merger", "Merger", true},
		{"[list] Re: Merger [seal]", "[board] Merger", true},
		{"About the Merger of A and B (was: Hello)", "Merger", true},
		{"=?utf-8?b?TWVyZ2Vy?=", "Merger", true},
		{"Merger", "=?utf-8?q?Merger?=", true},
		{"Merger   of  two", "Merger of two", true},
		{"STRASSE frei",
		 "Stra\xc3\x9f"
		 "e frei",
		 true},
		{"Lunch", "Merger", false},
		{"", "Merger", false},
		{"Merger", "", false},
		{"[...]", "[...]", false},
		{"Re: [...]", "Re: [...]", false},
		{"Hi Bob", "Hi", false},
		{"Re: Hi", "Hi", true},
		{"Re: relative", "Re: i", false},
		{"x", "Re:", false},
		{"[", "[[[", false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_test_message("%s / %s", rows[i].new_subject, rows[i].hidden);
		g_assert_true(mime_subject_hides(rows[i].new_subject, rows[i].hidden) ==
			      rows[i].hides);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/respond/respond", test_respond);
	g_test_add_func("/mime/respond/lookup", test_lookup);
	g_test_add_func("/mime/respond/subject", test_subject);
	return g_test_run();
}
