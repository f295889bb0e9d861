/* SPDX-License-Identifier: MPL-2.0 */
/* Header protection, reading: the vectors of RFC 9788, every state, and what tricksters try. */
#include "mime/protect.h"
#include "mime_help.h"

/* "Subject=signed-and-encrypted" for each field of the list. */
static char *
describe(const MimeProtection *p)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = 0; i < p->fields->len; i++) {
		const MimeFieldProtection *f = &g_array_index(p->fields, MimeFieldProtection, i);
		g_string_append_printf(out, "%s%s=%s", i > 0 ? " " : "", f->field->name,
				       mime_field_state_name(f->state));
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

#define ALL(state)                                                                       \
	"Subject=" state " Message-ID=" state " From=" state " To=" state " Date=" state \
	" User-Agent=" state
#define SO  "signed-only"
#define SAE "signed-and-encrypted"

static const struct {
	const char *name;
	MimeProtectFacts facts;
	MimeScheme scheme;
	MimeHp hp;
	const char *subject;
	const char *fields;
} vectors[] = {
	{"C.2.1",
	 {true, false, true},
	 MIME_SCHEME_RFC9788,
	 MIME_HP_CLEAR,
	 "smime-one-part-hp",
	 ALL(SO)},
	{"C.2.1",
	 {true, false, false},
	 MIME_SCHEME_RFC9788,
	 MIME_HP_CLEAR,
	 "smime-one-part-hp",
	 ALL("unprotected")},
	{"C.2.6",
	 {true, false, true},
	 MIME_SCHEME_RFC8551,
	 MIME_HP_CLEAR,
	 "smime-multipart-complex-rfc8551hp",
	 ALL(SO)},
	{"C.3.1",
	 {true, true, true},
	 MIME_SCHEME_RFC9788,
	 MIME_HP_CIPHER,
	 "smime-signed-enc-hp-baseline",
	 "Subject=" SAE " Message-ID=" SO " From=" SO " To=" SO " Date=" SO " User-Agent=" SO},
	{"C.3.1",
	 {true, true, false},
	 MIME_SCHEME_RFC9788,
	 MIME_HP_CIPHER,
	 "smime-signed-enc-hp-baseline",
	 "Subject=encrypted-only Message-ID=unprotected From=unprotected To=unprotected "
	 "Date=unprotected User-Agent=unprotected"},
	{"C.3.1",
	 {true, false, true},
	 MIME_SCHEME_RFC9788,
	 MIME_HP_CIPHER,
	 "smime-signed-enc-hp-baseline",
	 ALL(SO)},
	{"C.3.2",
	 {true, true, true},
	 MIME_SCHEME_RFC9788,
	 MIME_HP_CIPHER,
	 "smime-signed-enc-hp-baseline-legacy",
	 "Subject=" SAE " Message-ID=" SO " From=" SO " To=" SO " Date=" SO " User-Agent=" SO},
	{"C.3.4",
	 {true, true, true},
	 MIME_SCHEME_RFC9788,
	 MIME_HP_CIPHER,
	 "smime-signed-enc-hp-shy-legacy",
	 "Subject=" SAE " Message-ID=" SO " From=" SAE " To=" SAE " Date=" SAE " User-Agent=" SO},
	{"C.3.9",
	 {true, true, true},
	 MIME_SCHEME_RFC9788,
	 MIME_HP_CIPHER,
	 "smime-signed-enc-complex-hp-baseline",
	 "Subject=" SAE " Message-ID=" SO " From=" SO " To=" SO " Date=" SO " User-Agent=" SO},
};

/* The header of the message that a message/rfc822 holds. */
static MimeHeader *
embedded_of(const char *payload)
{
	g_auto(GStrv) halves = g_strsplit(payload, "\r\n\r\n", 2);
	return help_header(halves[1]);
}

static void
test_vectors(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
		g_test_message("%s", vectors[i].name);
		g_autofree char *inner_name =
			g_strdup_printf("rfc9788-%s.payload.eml", vectors[i].name);
		g_autofree char *outer_name =
			g_strdup_printf("rfc9788-%s.outer.eml", vectors[i].name);
		g_autofree char *inner_text = help_file(inner_name);
		g_autofree char *outer_text = help_file(outer_name);
		g_autoptr(MimeHeader) inner = help_header(inner_text);
		g_autoptr(MimeHeader) outer = help_header(outer_text);
		bool wrapped = vectors[i].scheme == MIME_SCHEME_RFC8551;
		g_autoptr(MimeHeader) embedded = wrapped ? embedded_of(inner_text) : NULL;
		g_autoptr(MimeProtection) p =
			mime_protection_read(inner, outer, embedded, vectors[i].facts);
		g_autofree char *fields = describe(p);
		g_assert_cmpstr(mime_scheme_name(p->scheme), ==,
				mime_scheme_name(vectors[i].scheme));
		g_assert_cmpint(p->hp, ==, vectors[i].hp);
		g_assert_true(p->unwrap == wrapped);
		g_assert_cmpstr(fields, ==, vectors[i].fields);
		g_assert_cmpstr(mime_header_value(p->display, "Subject"), ==, vectors[i].subject);
		g_assert_cmpstr(p->from, ==, "alice@smime.example");
		g_assert_false(p->from_mismatch);
		g_assert_cmpuint(mime_header_count(p->display, "HP-Outer"), ==, 0);
		g_autoptr(MimeContentType) type = mime_content_type_of(p->display, NULL);
		g_assert_null(mime_content_type_get(type, "hp"));
	}
}

/* HeaderFieldProtection: encrypted x hp x recorded outside, for both kinds of signature. */
static void
test_states(void)
{
	for (unsigned bits = 0; bits < 16; bits++) {
		bool encrypted = bits & 1;
		bool cipher = bits & 2;
		bool recorded = bits & 4;
		bool valid = bits & 8;
		g_autofree char *text = g_strdup_printf(
			"Content-Type: text/plain; hp=\"%s\"\r\nFrom: a@b\r\nX: 1\r\n%s\r\n",
			cipher ? "cipher" : "clear", recorded ? "HP-Outer: x:  1\r\n" : "");
		g_autoptr(MimeHeader) payload = help_header(text);
		g_autoptr(MimeHeader) outer = help_header("From: a@b\r\nX: 1\r\n\r\n");
		MimeProtectFacts facts = {true, encrypted, valid};
		g_autoptr(MimeProtection) p = mime_protection_read(payload, outer, NULL, facts);
		bool hidden = encrypted && cipher && !recorded;
		MimeFieldState want =
			hidden ? (valid ? MIME_FIELD_SIGNED_AND_ENCRYPTED
					: MIME_FIELD_ENCRYPTED_ONLY)
			       : (valid ? MIME_FIELD_SIGNED_ONLY : MIME_FIELD_UNPROTECTED);
		g_test_message("bits %u", bits);
		g_assert_cmpstr(mime_field_state_name(mime_protection_state(p, "x")), ==,
				mime_field_state_name(want));
		g_assert_true(p->header_protected);
		g_assert_true(p->wrapped == (encrypted && !cipher));
		g_assert_true(p->cipher_unmet == (!encrypted && cipher));
	}
}

#define SIGNED                    \
	{                         \
		true, false, true \
	}
#define SEALED                   \
	{                        \
		true, true, true \
	}
#define BARE                        \
	{                           \
		false, false, false \
	}
#define UNSIGNED                   \
	{                          \
		false, true, false \
	}

static const struct {
	const char *name;
	const char *payload, *outer, *embedded;
	MimeProtectFacts facts;
	const char *scheme, *fields, *display;
	bool mismatch;
} rows[] = {
	{"no layer, no protection", "Content-Type: text/plain; hp=cipher\r\nSubject: in\r\n\r\n",
	 "Subject: out\r\nX: 1\r\n\r\n", NULL, BARE, "none", "Subject=unprotected X=unprotected",
	 "Subject: out\r\nX: 1\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n", false},
	{"no hp: what is inside does not count", "Content-Type: text/plain\r\nSubject: in\r\n\r\n",
	 "MIME-Version: 1.0\r\nSubject: out\r\nContent-Type: multipart/signed\r\n\r\n", NULL,
	 SIGNED, "none", "Subject=unprotected",
	 "Subject: out\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n", false},
	{"unknown hp", "Content-Type: text/plain; hp=both\r\nSubject: in\r\n\r\n",
	 "Subject: out\r\n\r\n", NULL, SIGNED, "none", "Subject=unprotected",
	 "Subject: out\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n", false},
	{"outer fields: carriers and lists stay, others go",
	 "MIME-Version: 1.0\r\nContent-Type: text/plain; hp=clear\r\nFrom: a@b\r\nSubject: in\r\n"
	 "List-Id: <in>\r\nReceived: lie\r\nAuthentication-Results: lie\r\n\r\n",
	 "Received: from x\r\nAuthentication-Results: x\r\nFrom: a@B\r\nSubject: out\r\nCc: mallory@evil\r\n"
	 "List-Id: <out>\r\nList-Post: <p>\r\nReply-To: mallory@evil\r\nDKIM-Signature: d\r\n"
	 "ARC-Seal: s\r\nArchived-At: <u>\r\nDelivered-To: me\r\nReturn-Path: <r>\r\n\r\n",
	 NULL, SIGNED, "rfc9788",
	 "Received=unprotected Authentication-Results=unprotected List-Post=unprotected "
	 "DKIM-Signature=unprotected ARC-Seal=unprotected Archived-At=unprotected "
	 "Delivered-To=unprotected Return-Path=unprotected From=signed-only Subject=signed-only "
	 "List-Id=signed-only",
	 "Received: from x\r\nAuthentication-Results: x\r\nList-Post: <p>\r\nDKIM-Signature: d\r\n"
	 "ARC-Seal: s\r\nArchived-At: <u>\r\nDelivered-To: me\r\nReturn-Path: <r>\r\nFrom: a@b\r\n"
	 "Subject: in\r\nList-Id: <in>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n",
	 false},
	{"a Message-ID that a server added",
	 "Content-Type: text/plain; hp=cipher\r\nFrom: a@b\r\n\r\n",
	 "From: a@b\r\nMessage-ID: <out>\r\n\r\n", NULL, SIGNED, "rfc9788",
	 "Message-ID=unprotected From=signed-only",
	 "Message-ID: <out>\r\nFrom: a@b\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n",
	 false},
	{"another Message-ID outside",
	 "Content-Type: text/plain; hp=clear\r\nFrom: a@b\r\nMessage-ID: <in>\r\n\r\n",
	 "Message-ID: <out>\r\nFrom: a@b\r\n\r\n", NULL, SIGNED, "rfc9788",
	 "From=signed-only Message-ID=signed-only",
	 "From: a@b\r\nMessage-ID: <in>\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n",
	 false},
	{"another From outside", "Content-Type: text/plain; hp=clear\r\nFrom: a@b\r\n\r\n",
	 "From: mallory@evil\r\n\r\n", NULL, SIGNED, "rfc9788", "From=signed-only",
	 "From: a@b\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n", true},
	{"two Froms inside", "Content-Type: text/plain; hp=clear\r\nFrom: a@b\r\nFrom: c@d\r\n\r\n",
	 "From: a@b\r\n\r\n", NULL, SIGNED, "rfc9788", "From=signed-only From=signed-only",
	 "From: a@b\r\nFrom: c@d\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n", true},
	{"same From in other letters",
	 "Content-Type: text/plain; hp=clear\r\nFrom: J <J@b\xc3\xbc"
	 "cher.example>\r\n\r\n",
	 "From: j@XN--bcher-kva.example\r\n\r\n", NULL, SIGNED, "rfc9788", "From=signed-only",
	 "From: J <J@b\xc3\xbc"
	 "cher.example>\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n",
	 false},
	{"no From inside", "Content-Type: text/plain; hp=clear\r\nSubject: s\r\n\r\n",
	 "From: a@b\r\n\r\n", NULL, SIGNED, "rfc9788", "Subject=signed-only",
	 "Subject: s\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n", false},
	{"encrypted only",
	 "Content-Type: text/plain; hp=cipher\r\nSubject: in\r\nFrom: a@b\r\nHP-Outer: From: a@b\r\n"
	 "HP-Outer: nonsense\r\n\r\n",
	 "From: a@b\r\nSubject: [...]\r\n\r\n", NULL, UNSIGNED, "rfc9788",
	 "Subject=encrypted-only From=unprotected",
	 "Subject: in\r\nFrom: a@b\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n", false},
	{"records folded elsewhere",
	 "Content-Type: text/plain; hp=cipher\r\nReferences: <1@x>\r\n\t<2@x>\r\n"
	 "HP-Outer:\r\n References:\r\n <1@x>  <2@x>\r\n\r\n",
	 "\r\n", NULL, SEALED, "rfc9788", "References=signed-only",
	 "References: <1@x>\r\n\t<2@x>\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n",
	 false},
	{"records outside do not count",
	 "Content-Type: text/plain; hp=cipher\r\nSubject: in\r\n\r\n",
	 "HP-Outer: Subject: in\r\n\r\n", NULL, SEALED, "rfc9788", "Subject=signed-and-encrypted",
	 "Subject: in\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n", false},
	{"protected-headers=v1",
	 "Content-Type: text/plain; protected-headers=\"v1\"\r\nSubject: in\r\n\r\n",
	 "From: a@b\r\nSubject: ...\r\nTo: c@d\r\n\r\n", NULL, SEALED, "protected-headers",
	 "From=unprotected To=unprotected Subject=signed-and-encrypted",
	 "From: a@b\r\nTo: c@d\r\nSubject: in\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n",
	 false},
	{"protected-headers=v1 that hides nothing",
	 "Content-Type: text/plain; protected-headers=\"v1\"\r\nFrom: a@b\r\nSubject: s\r\n\r\n",
	 "From: a@b\r\nSubject: s\r\n\r\n", NULL, SEALED, "protected-headers",
	 "From=signed-only Subject=signed-only",
	 "From: a@b\r\nSubject: s\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n", false},
	{"hp before protected-headers",
	 "Content-Type: text/plain; protected-headers=v1; hp=clear\r\nSubject: in\r\n\r\n",
	 "Subject: out\r\nX: 1\r\n\r\n", NULL, SIGNED, "rfc9788", "Subject=signed-only",
	 "Subject: in\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n", false},
	{"RFC 8551, sealed", "Content-Type: message/rfc822\r\n\r\n",
	 "From: a@b\r\nSubject: [...]\r\n\r\n",
	 "From: a@b\r\nSubject: in\r\nContent-Type: text/html\r\n\r\n", SEALED, "rfc8551",
	 "From=signed-only Subject=signed-and-encrypted",
	 "From: a@b\r\nSubject: in\r\nContent-Type: text/html\r\nMIME-Version: 1.0\r\n", false},
	{"a signed forward is none", "Content-Type: message/rfc822\r\n\r\n",
	 "From: a@b\r\nSubject: Fwd\r\n\r\n", "From: bank@example\r\nSubject: in\r\n\r\n", SIGNED,
	 "none", "From=unprotected Subject=unprotected",
	 "From: a@b\r\nSubject: Fwd\r\nContent-Type: message/rfc822\r\nMIME-Version: 1.0\r\n",
	 false},
	{"a forwarded sealed message is none", "Content-Type: message/rfc822\r\n\r\n",
	 "From: a@b\r\n\r\n",
	 "From: a@b\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\n",
	 SIGNED, "none", "From=unprotected",
	 "From: a@b\r\nContent-Type: message/rfc822\r\nMIME-Version: 1.0\r\n", false},
	{"hp in the child is none", "Content-Type: message/rfc822\r\n\r\n", "From: a@b\r\n\r\n",
	 "From: a@b\r\nContent-Type: text/plain; hp=clear\r\n\r\n", SIGNED, "none",
	 "From=unprotected", "From: a@b\r\nContent-Type: message/rfc822\r\nMIME-Version: 1.0\r\n",
	 false},
};

static void
test_rows(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_test_message("%s", rows[i].name);
		g_autoptr(MimeHeader) payload = help_header(rows[i].payload);
		g_autoptr(MimeHeader) outer = help_header(rows[i].outer);
		g_autoptr(MimeHeader) embedded =
			rows[i].embedded != NULL ? help_header(rows[i].embedded) : NULL;
		g_autoptr(MimeProtection) p =
			mime_protection_read(payload, outer, embedded, rows[i].facts);
		g_autofree char *fields = describe(p);
		g_autofree char *display = help_fields(p->display);
		g_assert_cmpstr(mime_scheme_name(p->scheme), ==, rows[i].scheme);
		g_assert_cmpstr(fields, ==, rows[i].fields);
		g_assert_cmpstr(display, ==, rows[i].display);
		g_assert_true(p->from_mismatch == rows[i].mismatch);
	}
}

/* RFC 9788 section 4.4.3. */
static void
test_outer_from(void)
{
	g_autoptr(MimeHeader) payload = help_header(
		"Content-Type: text/plain; hp=clear\r\nFrom: boss@bank.example\r\nSubject: s\r\n\r\n");
	g_autoptr(MimeHeader) outer = help_header("From: mallory@evil.example\r\n\r\n");
	MimeProtectFacts facts = SIGNED;
	g_autoptr(MimeProtection) p = mime_protection_read(payload, outer, NULL, facts);
	g_assert_true(p->from_mismatch);
	g_assert_cmpstr(p->from, ==, "boss@bank.example");
	g_assert_cmpstr(p->outer_from, ==, "mallory@evil.example");
	mime_protection_show_outer_from(p, outer);
	g_autofree char *fields = describe(p);
	g_assert_cmpstr(fields, ==, "Subject=signed-only From=unprotected");
	g_assert_cmpuint(mime_header_count(p->display, "From"), ==, 1);
	g_assert_cmpstr(mime_header_value(p->display, "From"), ==, "mallory@evil.example");
}

/* Whatever was composed is read back with its values and the promised states. */
static void
test_round(void)
{
	static const char root_text[] =
		"From: A <a@b.example>\r\nTo: \"C, D\" <c@d.example>,\r\n E <e@f.example>\r\n"
		"Date: Sat, 20 Feb 2021 10:13:02 -0500\r\nSubject: a\r\n long  one\r\nComments: c\r\n"
		"References: <1@x>\r\n <2@x>\r\nX-Empty:\r\nContent-Type: text/plain\r\n\r\n";
	g_autoptr(MimeHeader) root = help_header(root_text);
	for (int hcp = MIME_HCP_BASELINE; hcp <= MIME_HCP_NONE; hcp++) {
		MimeProtectWish wish = {MIME_PROTECT_CIPHER, (MimeHcp)hcp, NULL, true};
		g_auto(MimeProtected) made = mime_protect_compose(root, &wish);
		g_autofree char *inner_text = help_fields(made.inner);
		g_autofree char *outer_text = help_fields(made.outer);
		g_autoptr(MimeHeader) inner = help_header(inner_text);
		g_autoptr(MimeHeader) outer = help_header(outer_text);
		MimeProtectFacts facts = SEALED;
		g_autoptr(MimeProtection) p = mime_protection_read(inner, outer, NULL, facts);
		g_assert_cmpuint(p->fields->len, ==, 7);
		for (guint i = 0; i < p->fields->len; i++) {
			const MimeFieldProtection *f =
				&g_array_index(p->fields, MimeFieldProtection, i);
			g_autofree char *out =
				mime_hcp_apply((MimeHcp)hcp, f->field->name, f->field->value);
			bool same = g_strcmp0(out, f->field->value) == 0;
			g_assert_cmpstr(f->field->value, ==,
					mime_header_value(root, f->field->name));
			g_assert_cmpint(f->state, ==,
					same ? MIME_FIELD_SIGNED_ONLY
					     : MIME_FIELD_SIGNED_AND_ENCRYPTED);
		}
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/protect-read/vectors", test_vectors);
	g_test_add_func("/mime/protect-read/states", test_states);
	g_test_add_func("/mime/protect-read/rows", test_rows);
	g_test_add_func("/mime/protect-read/outer-from", test_outer_from);
	g_test_add_func("/mime/protect-read/round", test_round);
	return g_test_run();
}
