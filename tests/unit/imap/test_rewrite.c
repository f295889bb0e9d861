/* SPDX-License-Identifier: MPL-2.0 */
/* Capabilities and flags as Dovecot and Gmail list them, rewritten. */
#include "imap/rewrite.h"
#include "t.h"

static const ImapCapabilityPolicy views = {.tls_done = true, .login_allowed = true, .views = true};
static const ImapCapabilityPolicy untouched = {.tls_done = true, .login_allowed = true};
static const ImapCapabilityPolicy before_tls = {.offer_tls = true, .views = true};
static const ImapCapabilityPolicy clear = {.offer_tls = true, .login_allowed = true, .views = true};
static const ImapCapabilityPolicy inside = {
	.tls_done = true, .login_allowed = true, .views = true, .logged_in = true};

static const struct {
	const char *line;
	const ImapCapabilityPolicy *policy;
	const char *result; /* NULL: nothing to change */
} lines[] = {
	/* Dovecot 2.3 before and after the login. */
	{"* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS "
	 "AUTH=PLAIN AUTH=SCRAM-SHA-256-PLUS] Dovecot ready.\r\n",
	 &views,
	 "* OK [CAPABILITY IMAP4rev1 SASL-IR ID ENABLE IDLE LITERAL+ AUTH=PLAIN AUTH=LOGIN] Dovecot "
	 "ready.\r\n"},
	{"a OK [CAPABILITY IMAP4rev1 SORT SORT=DISPLAY THREAD=REFS MULTIAPPEND URL-PARTIAL CATENATE "
	 "UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH "
	 "ESORT SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE SNIPPET=FUZZY PREVIEW=FUZZY "
	 "PREVIEW STATUS=SIZE SAVEDATE LITERAL+ NOTIFY] Logged in\r\n",
	 &inside,
	 "a OK [CAPABILITY IMAP4rev1 UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED CONDSTORE "
	 "QRESYNC WITHIN LIST-STATUS MOVE STATUS=SIZE SAVEDATE LITERAL+] Logged in\r\n"},
	/* Gmail. */
	{"* CAPABILITY IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 XYZZY "
	 "SASL-IR AUTH=XOAUTH2 AUTH=PLAIN AUTH=PLAIN-CLIENTTOKEN AUTH=OAUTHBEARER\r\n",
	 &views,
	 "* CAPABILITY IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 SASL-IR "
	 "AUTH=PLAIN AUTH=LOGIN AUTH=XOAUTH2 AUTH=OAUTHBEARER\r\n"},
	{"* CAPABILITY IMAP4rev1 COMPRESS=DEFLATE UNAUTHENTICATE XYZZY SORT IMAP4rev2 AUTH=LOGIN "
	 "AUTH=GSSAPI AUTH=ntlm\r\n",
	 &untouched, "* CAPABILITY IMAP4rev1 XYZZY SORT IMAP4rev2 AUTH=PLAIN AUTH=LOGIN\r\n"},
	/* Only the command LOGIN; then not even that. */
	{"* capability imap4rev1\r\n", &views, "* capability imap4rev1 AUTH=PLAIN\r\n"},
	{"* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2\r\n", &views,
	 "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2\r\n"},
	{"* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN\r\n", &views,
	 "* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=LOGIN\r\n"},
	/* Our own TLS. */
	{"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", &before_tls,
	 "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n"},
	{"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", &clear,
	 "* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN AUTH=LOGIN\r\n"},
	{"* CAPABILITY\r\n", &inside, "* CAPABILITY\r\n"},
	{"* CAPABILITY   ID  (x) IDLE\r\n", &inside, "* CAPABILITY ID IDLE\r\n"},
	{"* PREAUTH [CAPABILITY] hi\r\n", &inside, "* PREAUTH [CAPABILITY] hi\r\n"},
	{"* OK [capability ID SORT]\r\n", &inside, "* OK [capability ID]\r\n"},
	{"* OK ready\r\n", &views, NULL},
	{"* OK [ALERT] CAPABILITY IMAP4rev1\r\n", &views, NULL},
	{"* OK [CAPABILITYX SORT] x\r\n", &views, NULL},
	{"* OK [CAPABILITY IMAP4rev1\r\n", &views, NULL},
	{"* CAPABILITIES SORT\r\n", &views, NULL},
	{"* 5 CAPABILITY SORT\r\n", &views, NULL},
	{"a CAPABILITY SORT\r\n", &views, NULL},
	{"* LIST () \"/\" CAPABILITY\r\n", &views, NULL},
	{"", &views, NULL},
};

static void
test_capabilities(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autoptr(GBytes) result =
			imap_rewrite_capabilities(base_bytes_str(lines[i].line), lines[i].policy);
		g_test_message("%s", lines[i].line);
		g_assert_true((result == NULL) == (lines[i].result == NULL));
		if (result != NULL) {
			T_ASSERT_STR_BYTES(base_bytes_of(result), lines[i].result);
		}
	}
}

static const char *const add[] = {"$PostsealOk", "$PostsealSealed", NULL};

static const struct {
	const char *list;
	const char *prefix;
	bool add;
	const char *result; /* NULL: nothing changes */
} flags[] = {
	{"(\\Seen $Forwarded)", "$Postseal", false, NULL},
	{"()", "$Postseal", false, NULL},
	{"(\\Seen $PostsealFake $Forwarded)", "$Postseal", false, "(\\Seen $Forwarded)"},
	{"($postsealfake)", "$Postseal", false, "()"},
	{"(\\Seen)", "$Postseal", true, "(\\Seen $PostsealOk $PostsealSealed)"},
	{"()", "$Postseal", true, "($PostsealOk $PostsealSealed)"},
	{"(\\Seen $PostsealOk)", "$Postseal", true, "(\\Seen $PostsealOk $PostsealSealed)"},
	{"($postsealok $PostsealSealed)", NULL, true, NULL},
	{"\\Seen $PostsealFake\r\n", "$Postseal", false, "(\\Seen)"},
	{"\\Seen x", "$Postseal", false, NULL},
	{"( a  $Postseal-1 ", "$Postseal", false, "(a)"},
	{"", "$Postseal", false, NULL},
	{"($Postseal", "$Postseal", false, "()"},
};

static void
test_flags(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
		g_autofree char *result = imap_rewrite_flags(
			base_bytes_str(flags[i].list), flags[i].prefix, flags[i].add ? add : NULL);
		g_assert_cmpstr(result, ==, flags[i].result);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/imap/rewrite/capabilities", test_capabilities);
	g_test_add_func("/imap/rewrite/flags", test_flags);
	return g_test_run();
}
