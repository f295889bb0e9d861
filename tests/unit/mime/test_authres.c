/* SPDX-License-Identifier: MPL-2.0 */
/* Authentication-Results: the examples of RFC 8601, what servers really write, and forgeries. */
#include "mime/authres.h"

#include "mime_help.h"

#define ID   "mx.example.org"
#define AR   "Authentication-Results: "
#define MINE AR ID "; "
#define RCVD "Received: from a by b; Sat, 21 Nov 2026 10:00:00 +0000\r\n"

enum {
	FOUND = 1,
	PASS = 2,
	FAIL = 4,
	DKIM = 8
};

typedef struct {
	const char *header;
	const char *id;
	const char *domain;
	int want;
} Row;

static int
read_flags(const char *text, const char *id, const char *domain, MimeSameOrganization same)
{
	g_autoptr(MimeHeader) header = help_header(text);
	MimeAuthres out = {.dmarc_pass = true};
	mime_authres_read(header, id, domain, same, &out);
	return (out.found ? FOUND : 0) | (out.dmarc_pass ? PASS : 0) | (out.dmarc_fail ? FAIL : 0) |
	       (out.dkim_aligned ? DKIM : 0);
}

static void
check(const Row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		g_autofree char *shown = g_strescape(rows[i].header, NULL);
		g_test_message("%s", shown);
		g_assert_cmpint(read_flags(rows[i].header, rows[i].id, rows[i].domain, NULL), ==,
				rows[i].want);
	}
}

/* RFC 8601 appendix B */
static const Row rfc[] = {
	{RCVD "From: sender@example.com\r\n", "example.org", "example.com", 0},
	{AR "example.org 1; none\r\n" RCVD, "example.org", "example.com", FOUND},
	{AR "example.com;\r\n  spf=pass smtp.mailfrom=example.net\r\n" RCVD, "example.com",
	 "example.net", FOUND},
	{AR "example.com;\r\n auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n"
	    " spf=pass smtp.mailfrom=example.net\r\n" AR "example.com; iprev=pass\r\n"
	    " policy.iprev=192.0.2.200\r\n" RCVD,
	 "example.com", "example.net", FOUND},
	{AR "example.com;\r\n dkim=pass (good signature) header.d=example.com\r\n" RCVD AR
	    "example.com;\r\n auth=pass (cram-md5) smtp.auth=sender@example.com;\r\n"
	    " spf=fail smtp.mailfrom=example.com\r\n" RCVD,
	 "example.com", "example.com", FOUND | DKIM},
	{AR "example.com;\r\n dkim=pass reason=\"good signature\"\r\n"
	    " header.i=@mail-router.example.net;\r\n dkim=fail reason=\"bad signature\"\r\n"
	    " header.i=@newyork.example.com\r\n" RCVD AR "example.net;\r\n"
	    " dkim=pass (good signature) header.i=@newyork.example.com\r\n" RCVD,
	 "example.com", "newyork.example.com", FOUND},
	{AR "example.com;\r\n dkim=pass header.i=@mail-router.example.net\r\n" RCVD AR
	    "example.net;\r\n dkim=pass (good signature) header.i=@newyork.example.com\r\n" RCVD,
	 "example.net", "newyork.example.com", FOUND | DKIM},
	{AR "foo.example.net (foobar) 1 (baz);\r\n"
	    " dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
	    " policy (A dot can go here) . (like that) expired\r\n"
	    " (this surprised me) = (as I wasn't expecting it) 1362471462\r\n",
	 "foo.example.net", "example.com", FOUND},
	{AR "foo.example.net (foobar) 1 (baz);\r\n"
	    " dkim (Because I like it) / 1 (One yay) = (wait for it) pass\r\n"
	    " header (A dot can go here) . (like that) d\r\n"
	    " (this surprised me) = (as I wasn't expecting it) example.com\r\n",
	 "foo.example.net", "example.com", FOUND | DKIM},
};

static const Row real[] = {
	/* Gmail: below its own Received field */
	{RCVD "Return-Path: <a@example.com>\r\n" RCVD
	      "Received-SPF: pass (google.com: domain of a@example.com)\r\n" AR
	      "mx.google.com;\r\n dkim=pass header.i=@example.com header.s=s1 "
	      "header.b=\"a/b+c=\";\r\n spf=pass (google.com: domain of a@example.com designates "
	      "192.0.2.1 as permitted sender) smtp.mailfrom=a@example.com;\r\n"
	      " dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=example.com\r\n",
	 "mx.google.com", "example.com", FOUND | PASS | DKIM},
	{RCVD AR "mx.google.com;\r\n dkim=pass header.i=@example.com header.b=NBv/fB=Xt;\r\n"
		 " dmarc=fail (p=REJECT sp=REJECT dis=NONE) header.from=example.com\r\n",
	 "mx.google.com", "example.com", FOUND | FAIL | DKIM},
	/* Exchange Online, with and without an id of its own */
	{RCVD AR "mx.microsoft.com 1; spf=pass (sender IP is 192.0.2.1) "
		 "smtp.rcpttodomain=example.org smtp.mailfrom=example.com; dmarc=pass "
		 "(p=none sp=none pct=100) action=none header.from=example.com; dkim=pass "
		 "(signature was verified) header.d=example.com; arc=none (0)\r\n",
	 "mx.microsoft.com", "example.com", FOUND | PASS | DKIM},
	{RCVD AR "spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=example.com; dkim=pass "
		 "(signature was verified)\r\n header.d=example.com;dmarc=pass action=none\r\n"
		 " header.from=example.com;compauth=pass reason=100\r\n",
	 "spf", "example.com", 0},
	{RCVD AR "ex.example.org; dkim=pass (signature was verified)\r\n header.d=example.com;"
		 "dmarc=pass action=none\r\n header.from=example.com;compauth=pass reason=100\r\n",
	 "ex.example.org", "example.com", FOUND | PASS | DKIM},
	/* Postfix with OpenDKIM and OpenDMARC, delivered by Dovecot */
	{RCVD AR ID "; dmarc=pass (p=reject dis=none) header.from=example.com\r\n" AR ID
		    ";\r\n\tdkim=pass (2048-bit key; unprotected) header.d=example.com "
		    "header.i=@example.com header.a=rsa-sha256 header.s=x header.b=Ab12;\r\n"
		    "\tdkim-atps=neutral\r\n" RCVD,
	 ID, "example.com", FOUND | PASS | DKIM},
	{"DMARC-Filter: OpenDMARC Filter v1.4.2 mx.example.org 4F1\r\n" AR
	 "mx.example.org; dmarc=none (p=none dis=none) header.from=example.com\r\n" RCVD,
	 ID, "example.com", FOUND},
	/* rspamd */
	{AR ID ";\r\n\tdkim=pass header.d=example.com header.s=x header.b=\"J5 /x\";\r\n"
	       "\tspf=pass (mx.example.org: domain of a@example.com designates 192.0.2.1 as "
	       "permitted sender) smtp.mailfrom=a@example.com;\r\n"
	       "\tdmarc=pass (policy=reject) header.from=example.com\r\n" RCVD,
	 ID, "example.com", FOUND | PASS | DKIM},
	/* Fastmail */
	{AR
	 "mx5.messagingengine.com;\r\n bimi=skipped (DMARC Policy is not at enforcement);\r\n"
	 " arc=none (no signatures found);\r\n dkim=pass (2048-bit rsa key sha256) "
	 "header.d=mail.example.com\r\n header.i=@mail.example.com header.b=abc header.a=rsa-sha256"
	 " header.s=x\r\n x-bits=2048;\r\n dmarc=pass policy.published-domain-policy=none\r\n"
	 " policy.evaluated-disposition=none header.from=example.com;\r\n"
	 " iprev=pass smtp.remote-ip=192.0.2.1 (a.example.com);\r\n"
	 " x-tls=pass smtp.version=TLSv1.3 smtp.cipher=TLS_AES\r\n" RCVD,
	 "mx5.messagingengine.com", "example.com", FOUND | PASS | DKIM},
	/* Yahoo */
	{AR "atlas201.mail.yahoo.com;\r\n dkim=pass header.i=@example.com header.s=x;\r\n spf=pass "
	    "smtp.mailfrom=example.com;\r\n dmarc=pass(p=NONE) header.from=example.com;\r\n" RCVD,
	 "atlas201.mail.yahoo.com", "example.com", FOUND | PASS | DKIM},
	{MINE "spf=none smtp.mailfrom= smtp.helo=x; dmarc=pass header.from=example.com\r\n", ID,
	 "example.com", FOUND | PASS},
};

static const Row meaning[] = {
	{MINE "dmarc=pass\r\n", "MX.Example.ORG", "example.com", FOUND | PASS},
	{MINE "DMARC=Pass Header.From=EXAMPLE.com.\r\n", ID, "example.com", FOUND | PASS},
	{MINE "dmarc=pass header.from=other.com\r\n", ID, "example.com", FOUND},
	{MINE "dmarc=pass header.from=mail.example.com\r\n", ID, "example.com", FOUND},
	{MINE "dmarc=fail header.from=other.com\r\n", ID, "example.com", FOUND},
	{MINE "dmarc=pass header.from=example.com header.from=other.com\r\n", ID, "example.com",
	 FOUND},
	{MINE "dmarc=pass; dmarc=fail\r\n", ID, "example.com", FOUND | FAIL},
	{MINE "dmarc=fail; dmarc=pass\r\n", ID, "example.com", FOUND | FAIL},
	{MINE "dmarc=pass; dmarc=none\r\n", ID, "example.com", FOUND},
	{MINE "dmarc=pass; dmarc=pass\r\n", ID, "example.com", FOUND | PASS},
	{MINE "dmarc=bestguesspass\r\n", ID, "example.com", FOUND},
	{MINE "dmarc/2=pass\r\n", ID, "example.com", FOUND},
	{MINE "dmarc/1=pass\r\n", ID, "example.com", FOUND | PASS},
	{MINE "x-dmarc=pass; dmarc-x=pass\r\n", ID, "example.com", FOUND},
	{AR ID " 2; dmarc=pass\r\n", ID, "example.com", 0},
	{MINE "dkim=pass header.d=mail.example.com\r\n", ID, "example.com", FOUND | DKIM},
	{MINE "dkim=pass header.d=example.com\r\n", ID, "mail.example.com", FOUND | DKIM},
	{MINE "dkim=pass header.d=com\r\n", ID, "example.com", FOUND},
	{MINE "dkim=pass header.d=badexample.com\r\n", ID, "example.com", FOUND},
	{MINE "dkim=pass header.d=example.com.evil.net\r\n", ID, "example.com", FOUND},
	{MINE "dkim=pass header.d=evil.net header.i=@example.com\r\n", ID, "example.com", FOUND},
	{MINE "dkim=pass header.d=example.com header.d=evil.net\r\n", ID, "example.com", FOUND},
	{MINE "dkim=pass header.i=\"a@example.com\"@evil.net\r\n", ID, "example.com", FOUND},
	{MINE "dkim=pass header.i=a@example.com\r\n", ID, "example.com", FOUND | DKIM},
	{MINE "dkim=pass smtp.d=example.com\r\n", ID, "example.com", FOUND},
	{MINE "dkim=pass\r\n", ID, "example.com", FOUND},
	{MINE "dkim=fail header.d=example.com; dkim=pass header.d=evil.net\r\n", ID, "example.com",
	 FOUND},
	{MINE "dkim=pass header.d=b\u00fccher.example\r\n", ID, "xn--bcher-kva.example",
	 FOUND | DKIM},
	{MINE "dkim=pass header.d=\xff\r\n", ID, "example.com", FOUND},
	{MINE "\r\n", ID, "example.com", FOUND},
};

static const Row forged[] = {
	{AR "(mx.example.org) evil.net; dmarc=pass\r\n", ID, "example.com", 0},
	{AR "(x) mx.example.org; dmarc=pass\r\n", ID, "example.com", 0},
	{AR "\"mx.example.org\"; dmarc=pass\r\n", ID, "example.com", 0},
	{AR "mx.example.org.evil.net; dmarc=pass\r\n", ID, "example.com", 0},
	{AR "mx.example.or; dmarc=pass\r\n", ID, "example.com", 0},
	{AR "evil.net; mx.example.org; dmarc=pass\r\n", ID, "example.com", 0},
	{AR "mx.example.org/1; dmarc=pass\r\n", ID, "example.com", 0},
	{"X-" MINE "dmarc=pass\r\n", ID, "example.com", 0},
	{"ARC-" MINE "dmarc=pass\r\n", ID, "example.com", 0},
	{MINE "spf=fail reason=\"; dmarc=pass\"\r\n", ID, "example.com", FOUND},
	{MINE "spf=fail (; dmarc=pass (x) \\) ; dmarc=pass)\r\n", ID, "example.com", FOUND},
	{MINE "spf=pass smtp.mailfrom=\"a; dmarc=pass; \\\"b\"@evil.net\r\n", ID, "example.com",
	 FOUND},
	{MINE "spf=fail (x; dmarc=pass\r\n", ID, "example.com", 0},
	{MINE "spf=fail x); dmarc=pass\r\n", ID, "example.com", 0},
	{MINE "spf=fail reason=\"x; dmarc=pass\r\n", ID, "example.com", 0},
	{MINE "dmarc=pass =x\r\n", ID, "example.com", 0},
	{MINE "dmarc=pass header.=x\r\n", ID, "example.com", 0},
	{MINE "dmarc=pass header.from\r\n", ID, "example.com", 0},
	{MINE "dmarc=pass=x\r\n", ID, "example.com", 0},
	{MINE "dmarc=\"pass\"\r\n", ID, "example.com", 0},
	{MINE "dmarc=\r\n", ID, "example.com", 0},
	{MINE "dmarc\r\n", ID, "example.com", 0},
	{MINE "dmarc/=pass\r\n", ID, "example.com", 0},
	{AR ID " dmarc=pass\r\n", ID, "example.com", 0},
	{AR ID "\r\n", ID, "example.com", 0},
	{AR "\r\n", ID, "example.com", 0},
	/* forged below the true one */
	{MINE "dmarc=fail\r\n" RCVD MINE "dmarc=pass\r\n", ID, "example.com", FOUND | FAIL},
	{MINE "none\r\n" RCVD MINE "dmarc=pass\r\n", ID, "example.com", FOUND},
	{MINE "(broken\r\n" RCVD MINE "dmarc=pass\r\n", ID, "example.com", 0},
	{RCVD MINE "dmarc=none\r\n" RCVD MINE "dmarc=pass\r\n", ID, "example.com", FOUND},
	{RCVD MINE "dmarc=none\r\n" MINE "dmarc=pass\r\n", ID, "example.com", FOUND},
	{RCVD MINE "dkim=fail; dmarc=fail\r\n" MINE "dkim=pass header.d=example.com\r\n", ID,
	 "example.com", FOUND | FAIL},
	{RCVD MINE "(broken\r\n" MINE "dmarc=pass\r\n", ID, "example.com", 0},
	{RCVD MINE "spf=pass\r\nX-Y: z\r\n" MINE "dmarc=pass\r\n", ID, "example.com", FOUND},
	{MINE "dmarc=none\r\n" MINE "dmarc=pass\r\n", ID, "example.com", FOUND},
	/* above the topmost Received all count */
	{MINE "dmarc=pass\r\nX-Y: z\r\n" MINE "dkim=pass header.d=example.com\r\n" RCVD, ID,
	 "example.com", FOUND | PASS | DKIM},
	{MINE "dmarc=pass\r\n" MINE "dmarc=fail\r\n" RCVD, ID, "example.com", FOUND | FAIL},
	{MINE "dmarc=pass\r\n", "", "example.com", 0},
	{MINE "dmarc=pass\r\n", NULL, "example.com", 0},
	{MINE "dmarc=pass\r\n", ID, NULL, 0},
};

static void
test_rfc(void)
{
	check(rfc, G_N_ELEMENTS(rfc));
}

static void
test_real(void)
{
	check(real, G_N_ELEMENTS(real));
}

static void
test_meaning(void)
{
	check(meaning, G_N_ELEMENTS(meaning));
}

static void
test_forged(void)
{
	check(forged, G_N_ELEMENTS(forged));
}

static bool
both_end_in_net(const char *a, const char *b)
{
	return g_str_has_suffix(a, ".net") && g_str_has_suffix(b, ".net");
}

static void
test_callback(void)
{
	static const char header[] = MINE "dkim=pass header.d=A.net\r\n";
	g_assert_cmpint(read_flags(header, ID, "b.net", both_end_in_net), ==, FOUND | DKIM);
	g_assert_cmpint(read_flags(header, ID, "b.org", both_end_in_net), ==, FOUND);
}

/* No octet less or more makes a pass of a field that has none. */
static void
test_cut(void)
{
	static const char field[] = MINE
		"spf=fail (a \\) (b) \"c) reason=\"d \\\" ; dmarc=pass\" smtp.mailfrom=\"e;"
		"dmarc=pass\"@evil.net (; dmarc=pass) ; dkim = (x) fail header.d = example.com";
	for (size_t n = sizeof(AR ID); n < sizeof(field); n++) {
		g_autofree char *cut = g_strdup_printf("%.*s\r\n" RCVD, (int)n, field);
		g_assert_cmpint(read_flags(cut, ID, "example.com", NULL) & ~FOUND, ==, 0);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/authres/rfc", test_rfc);
	g_test_add_func("/mime/authres/real", test_real);
	g_test_add_func("/mime/authres/meaning", test_meaning);
	g_test_add_func("/mime/authres/forged", test_forged);
	g_test_add_func("/mime/authres/callback", test_callback);
	g_test_add_func("/mime/authres/cut", test_cut);
	return g_test_run();
}
