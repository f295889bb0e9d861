/* SPDX-License-Identifier: MPL-2.0 */
/* Addresses, clientConfig files and SRV records. */
#include "setup/servers.h"
#include "t.h"

#define HEAD                                                                           \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<clientConfig version=\"1.1\">\n" \
	"<emailProvider id=\"example.org\">\n<domain>example.org</domain>\n"           \
	"<displayName>A &amp; B</displayName>\n"
#define TAIL "</emailProvider>\n<clientConfigUpdate url=\"x\"/></clientConfig>\n"
#define SERVER(kind, type, host, port, socket, user, auth)                                       \
	"<" kind " type=\"" type "\"><hostname>" host "</hostname>\n <port>" port                \
	"</port><socketType>" socket "</socketType><username>" user "</username>" auth "</" kind \
	">\n"
#define AUTH(name) "<authentication>" name "</authentication>"
#define PASSWORD   AUTH("password-cleartext")

#define IMAP_SSL                                                                                 \
	SERVER("incomingServer", "imap", "imap.%EMAILDOMAIN%", " 993 ", "SSL", "%EMAILADDRESS%", \
	       PASSWORD)
#define IMAP_START                                                               \
	SERVER("incomingServer", "imap", "imap2.example.org", "143", "STARTTLS", \
	       "%EMAILLOCALPART%", PASSWORD)
#define IMAP_PLAIN \
	SERVER("incomingServer", "imap", "plain.example.org", "143", "plain", "x", PASSWORD)
#define POP_SSL                                                                             \
	SERVER("incomingServer", "pop3", "pop.example.org", "995", "SSL", "%EMAILADDRESS%", \
	       PASSWORD)
#define SMTP_START                                                                                \
	SERVER("outgoingServer", "smtp", "smtp.example.org", "587", "STARTTLS", "%EMAILADDRESS%", \
	       PASSWORD)

static void
test_addresses(void)
{
	static const struct {
		const char *text;
		const char *address; /* NULL: refused */
	} table[] = {
		{"alice@example.org", "alice@example.org"},
		{"Alice.B+c@EXAMPLE.org", "alice.b+c@example.org"},
		{"j\xc3\xbcrgen@m\xc3\xbcller.example", "j\xc3\xbcrgen@xn--mller-kva.example"},
		{"alice", NULL},
		{"@example.org", NULL},
		{"alice@", NULL},
		{"alice@ex ample.org", NULL},
		{"al ice@example.org", NULL},
		{"a]b@example.org", NULL},
		{"a\nb@example.org", NULL},
		{"alice@../../etc", NULL},
		{"alice@example.org/x", NULL},
		{"\"a@b\"@example.org", NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_auto(SetupAddress) address = {0};
		g_autoptr(GError) error = NULL;
		bool good = setup_address_parse(table[i].text, &address, &error);
		g_assert_cmpstr(good ? address.address : NULL, ==, table[i].address);
		g_assert_true(good || g_error_matches(error, PS_ERROR, PS_ERROR_ARGUMENT));
	}
}

static char *
url_of(const SetupServers *servers, NetProtocol protocol)
{
	return servers == NULL || servers->by[protocol] == NULL
		       ? NULL
		       : net_server_to_string(servers->by[protocol]);
}

static void
test_xml(void)
{
	static const struct {
		const char *xml;
		const char *imap;
		const char *pop3;
		const char *submission;
		const char *user;
		bool oauth2_only;
	} table[] = {
		{HEAD IMAP_SSL SMTP_START TAIL, "imaps://imap.example.org:993", NULL,
		 "submission://smtp.example.org:587", "Alice@example.org", false},
		{HEAD IMAP_START IMAP_SSL TAIL, "imaps://imap.example.org:993", NULL, NULL,
		 "Alice@example.org", false},
		{HEAD IMAP_PLAIN IMAP_START POP_SSL TAIL, "imap://imap2.example.org:143",
		 "pop3s://pop.example.org:995", NULL, "Alice", false},
		{HEAD POP_SSL IMAP_START TAIL, "imap://imap2.example.org:143",
		 "pop3s://pop.example.org:995", NULL, "Alice", false},
		{HEAD SERVER("incomingServer", "imap", "imap.example.org", "993", "SSL",
			     "%EMAILADDRESS%", AUTH("OAuth2")) TAIL,
		 "imaps://imap.example.org:993", NULL, NULL, "Alice@example.org", true},
		{HEAD SERVER("incomingServer", "imap", "imap.example.org", "993", "SSL",
			     "%EMAILADDRESS%", AUTH("OAuth2") PASSWORD) TAIL,
		 "imaps://imap.example.org:993", NULL, NULL, "Alice@example.org", false},
		/* Nothing that can be used. */
		{HEAD IMAP_PLAIN SMTP_START TAIL, NULL, NULL, NULL, NULL, false},
		{HEAD SERVER("incomingServer", "imap", "a b", "993", "SSL", "x", PASSWORD) TAIL,
		 NULL, NULL, NULL, NULL, false},
		{HEAD SERVER("incomingServer", "imap", "a.example", "99999", "SSL", "x", PASSWORD)
			 TAIL,
		 NULL, NULL, NULL, NULL, false},
		{HEAD SERVER("incomingServer", "exchange", "a.example", "443", "SSL", "x", PASSWORD)
			 TAIL,
		 NULL, NULL, NULL, NULL, false},
		{HEAD IMAP_SSL, NULL, NULL, NULL, NULL, false},
		{"<html><body>404</body></html>", NULL, NULL, NULL, NULL, false},
		{"", NULL, NULL, NULL, NULL, false},
		{"\xff\xfe<clientConfig/>", NULL, NULL, NULL, NULL, false},
	};

	g_auto(SetupAddress) address = {0};
	g_assert_true(setup_address_parse("Alice@example.org", &address, NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(SetupServers) servers =
			setup_xml_read(base_bytes_str(table[i].xml), &address, &error);
		g_autofree char *imap = url_of(servers, NET_IMAP);
		g_autofree char *pop3 = url_of(servers, NET_POP3);
		g_autofree char *submission = url_of(servers, NET_SUBMISSION);
		g_assert_cmpstr(imap, ==, table[i].imap);
		g_assert_cmpstr(pop3, ==, table[i].pop3);
		g_assert_cmpstr(submission, ==, table[i].submission);
		g_assert_true((servers == NULL) == (error != NULL));
		if (servers != NULL) {
			g_assert_cmpstr(servers->user, ==, table[i].user);
			g_assert_true(servers->oauth2_only == table[i].oauth2_only);
		}
	}
}

/* What the address brings in is never expanded again, nor a line of the configuration. */
static void
test_placeholders(void)
{
	g_auto(SetupAddress) address = {0};
	g_assert_true(setup_address_parse("%EMAILDOMAIN%@example.org", &address, NULL));
	g_autoptr(SetupServers) servers =
		setup_xml_read(BASE_LIT(HEAD IMAP_SSL TAIL), &address, NULL);
	g_assert_cmpstr(servers->user, ==, "%EMAILDOMAIN%@example.org");
	g_autoptr(SetupServers) broken =
		setup_xml_read(BASE_LIT(HEAD SERVER("incomingServer", "imap", "a.example", "993",
						    "SSL", "a&#10;mode=managed", PASSWORD) TAIL),
			       &address, NULL);
	g_assert_nonnull(broken);
	g_assert_null(broken->user);
}

static void
test_xml_is_bounded(void)
{
	g_auto(SetupAddress) address = {0};
	g_autoptr(GError) error = NULL;
	g_autofree char *big = g_malloc0(SETUP_XML_MAX + 1);
	g_assert_true(setup_address_parse("alice@example.org", &address, NULL));
	g_assert_null(setup_xml_read(base_bytes(big, SETUP_XML_MAX + 1), &address, &error));
	g_assert_error(error, PS_ERROR, (int)PS_ERROR_MALFORMED);
}

static void
test_srv(void)
{
	static const struct {
		SetupSrv records[3];
		int chosen; /* -1: none */
	} table[] = {
		{{{"a.example", 993, 10, 0}, {"b.example", 993, 0, 0}, {"c.example", 993, 20, 9}},
		 1},
		{{{"a.example", 993, 5, 1}, {"b.example", 993, 5, 9}, {"c.example", 993, 5, 3}}, 1},
		{{{"", 0, 0, 0}, {"b.example", 143, 1, 0}, {"c.example", 0, 0, 0}}, 1},
		{{{".", 0, 0, 0}, {"", 1, 0, 0}, {"b_b.example", 1, 0, 0}}, -1},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		const SetupSrv *best = setup_srv_choose(table[i].records, 3);
		g_assert_true(best ==
			      (table[i].chosen < 0 ? NULL : &table[i].records[table[i].chosen]));
	}
	g_assert_null(setup_srv_choose(NULL, 0));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/setup/servers/addresses", test_addresses);
	g_test_add_func("/setup/servers/xml", test_xml);
	g_test_add_func("/setup/servers/placeholders", test_placeholders);
	g_test_add_func("/setup/servers/bounded", test_xml_is_bounded);
	g_test_add_func("/setup/servers/srv", test_srv);
	return g_test_run();
}
