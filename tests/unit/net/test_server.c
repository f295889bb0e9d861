/* SPDX-License-Identifier: MPL-2.0 */
/* Server addresses: all schemes, hosts and ports that are taken, and what is not. */
#include "net/server.h"
#include "t.h"

typedef struct {
	const char *text;
	const char *normal;
	NetProtocol protocol;
	bool implicit_tls;
	const char *host;
	guint port;
} Good;

static const Good GOOD[] = {
	{"imaps://mail.example.org", "imaps://mail.example.org:993", NET_IMAP, true,
	 "mail.example.org", 993},
	{"imap://mail.example.org", "imap://mail.example.org:143", NET_IMAP, false,
	 "mail.example.org", 143},
	{"pop3s://h", "pop3s://h:995", NET_POP3, true, "h", 995},
	{"pop3://h", "pop3://h:110", NET_POP3, false, "h", 110},
	{"submissions://h", "submissions://h:465", NET_SUBMISSION, true, "h", 465},
	{"submission://h", "submission://h:587", NET_SUBMISSION, false, "h", 587},
	{"smtp://h:25", "submission://h:25", NET_SUBMISSION, false, "h", 25},
	{"IMAPS://Mail.Example.ORG:10993", "imaps://mail.example.org:10993", NET_IMAP, true,
	 "mail.example.org", 10993},
	{"imaps://127.0.0.1:1", "imaps://127.0.0.1:1", NET_IMAP, true, "127.0.0.1", 1},
	{"imaps://[::1]:65535", "imaps://[::1]:65535", NET_IMAP, true, "::1", 65535},
	{"imaps://[2001:db8::7]", "imaps://[2001:db8::7]:993", NET_IMAP, true, "2001:db8::7", 993},
	{"imaps://m\xc3\xbcller.example", "imaps://xn--mller-kva.example:993", NET_IMAP, true,
	 "xn--mller-kva.example", 993},
};

static const char *const BAD[] = {
	"",
	"mail.example.org",
	"mail.example.org:993",
	"imap:/mail.example.org",
	"https://mail.example.org",
	"imaps://",
	"imaps://:993",
	"imaps://h:",
	"imaps://h:0",
	"imaps://h:65536",
	"imaps://h:+5",
	"imaps://h:99x",
	"imaps://h:9:9",
	"imaps://h/INBOX",
	"imaps://user@h",
	"imaps://h name",
	"imaps://.h",
	"imaps://-h",
	"imaps://::1",
	"imaps://[::1",
	"imaps://[::1]x",
	"imaps://[h]",
	"imaps://[127.0.0.1]",
	"imaps://h\r\nx",
};

static void
test_good(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(GOOD); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(NetServer) server = net_server_parse(GOOD[i].text, &error);
		g_assert_no_error(error);
		g_autofree char *text = net_server_to_string(server);
		g_assert_cmpint(server->protocol, ==, GOOD[i].protocol);
		g_assert_cmpint(server->implicit_tls, ==, GOOD[i].implicit_tls);
		g_assert_cmpstr(server->host, ==, GOOD[i].host);
		g_assert_cmpuint(server->port, ==, GOOD[i].port);
		g_assert_cmpstr(text, ==, GOOD[i].normal);
		g_autoptr(NetServer) again = net_server_parse(text, NULL);
		g_assert_true(net_server_equal(server, again));
	}
}

static void
test_bad(void)
{
	g_autofree char *huge = g_strnfill(400, 'a');
	g_autofree char *long_host = g_strdup_printf("imaps://%s", huge);
	g_autoptr(GError) long_error = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(net_server_parse(BAD[i], &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
		g_assert_null(strchr(error->message, '\n'));
	}
	g_assert_null(net_server_parse(long_host, &long_error));
	g_assert_error(long_error, PS_ERROR, PS_ERROR_ARGUMENT);
}

static void
test_equal(void)
{
	static const char *const DIFFERENT[] = {
		"imaps://h:993", "imap://h:993", "imaps://h:994", "imaps://g:993", "pop3s://h:993",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(DIFFERENT); i++) {
		for (size_t j = 0; j < G_N_ELEMENTS(DIFFERENT); j++) {
			g_autoptr(NetServer) a = net_server_parse(DIFFERENT[i], NULL);
			g_autoptr(NetServer) b = net_server_parse(DIFFERENT[j], NULL);
			g_assert_cmpint(net_server_equal(a, b), ==, i == j);
		}
	}
	g_assert_cmpstr(net_protocol_name(NET_POP3), ==, "pop3");
	g_assert_cmpstr(net_protocol_name(NET_IMAP), ==, "imap");
	g_assert_cmpstr(net_protocol_name(NET_SUBMISSION), ==, "submission");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/net/server/good", test_good);
	g_test_add_func("/net/server/bad", test_bad);
	g_test_add_func("/net/server/equal", test_equal);
	return g_test_run();
}
