/* SPDX-License-Identifier: MPL-2.0 */
/* The configuration: the documented example, every option, every fault with its line. */
#include "proxy/config.h"

#include "t.h"
#include <glib/gstdio.h>

/* As it is documented, comments behind values included. */
static const char EXAMPLE[] =
	"[daemon]\n"
	"smtp=127.0.0.1:1025\n"
	"imap=127.0.0.1:1143\n"
	"pop3=127.0.0.1:1110\n"
	"http=127.0.0.1:8025\n"
	"tls=starttls            ; of the local listeners: starttls, implicit, none (loopback "
	"only); port 0 = any free one\n"
	"how-to-base=http://127.0.0.1:8025\n"
	"\n"
	"[account alice@example.org]\n"
	"user=alice\n"
	"mode=pass-through       ; or managed\n"
	"imap=imaps://127.0.0.1:10993\n"
	"pop3=pop3s://127.0.0.1:10995\n"
	"submission=submissions://127.0.0.1:10465   ; or submission:// with STARTTLS required\n"
	"tls-ca=/path/of/ca.pem  ; default: the system's store\n"
	"authserv-id=mx.example.org\n";

static ProxyConfig *
parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	ProxyConfig *config = proxy_config_parse(text, &error);
	g_assert_no_error(error);
	return config;
}

static const ProxyAccount *
account_at(const ProxyConfig *config, guint i)
{
	g_assert_cmpuint(config->accounts->len, >, i);
	return g_ptr_array_index(config->accounts, i);
}

static void
assert_server(const NetServer *server, const char *want)
{
	g_autofree char *text = server == NULL ? g_strdup("none") : net_server_to_string(server);
	g_assert_cmpstr(text, ==, want);
}

static void
test_example(void)
{
	g_autoptr(ProxyConfig) config = parse(EXAMPLE);
	const ProxyAccount *alice = account_at(config, 0);
	g_assert_cmpuint(config->accounts->len, ==, 1);
	g_assert_cmpstr(config->smtp, ==, "127.0.0.1:1025");
	g_assert_cmpstr(config->imap, ==, "127.0.0.1:1143");
	g_assert_cmpstr(config->pop3, ==, "127.0.0.1:1110");
	g_assert_cmpstr(config->http, ==, "127.0.0.1:8025");
	g_assert_cmpint(config->tls, ==, PROXY_TLS_STARTTLS);
	g_assert_cmpstr(config->how_to_base, ==, "http://127.0.0.1:8025");
	g_assert_null(config->socket);
	g_assert_cmpstr(alice->address, ==, "alice@example.org");
	g_assert_cmpstr(alice->user, ==, "alice");
	g_assert_cmpint(alice->mode, ==, PROXY_PASS_THROUGH);
	assert_server(alice->imap, "imaps://127.0.0.1:10993");
	assert_server(alice->pop3, "pop3s://127.0.0.1:10995");
	assert_server(alice->submission, "submissions://127.0.0.1:10465");
	g_assert_cmpstr(alice->tls_ca, ==, "/path/of/ca.pem");
	g_assert_cmpstr(alice->authserv_id, ==, "mx.example.org");
	g_assert_null(alice->home);
	g_assert_true(alice->opens);
}

static void
test_defaults(void)
{
	static const char *const EMPTY[] = {"", "\n", "# nothing\n", "[daemon]\n"};
	for (size_t i = 0; i < G_N_ELEMENTS(EMPTY); i++) {
		g_autoptr(ProxyConfig) config = parse(EMPTY[i]);
		g_assert_cmpstr(config->smtp, ==, "127.0.0.1:1025");
		g_assert_cmpstr(config->imap, ==, "127.0.0.1:1143");
		g_assert_cmpstr(config->pop3, ==, "127.0.0.1:1110");
		g_assert_cmpstr(config->http, ==, "127.0.0.1:8025");
		g_assert_cmpstr(config->how_to_base, ==, "http://127.0.0.1:8025");
		g_assert_cmpuint(config->accounts->len, ==, 0);
	}
	g_autoptr(ProxyConfig) config = parse("[account Bob@Example.ORG]\n");
	const ProxyAccount *bob = account_at(config, 0);
	g_assert_cmpstr(bob->address, ==, "bob@example.org");
	g_assert_cmpstr(bob->user, ==, "bob@example.org");
	g_assert_cmpint(bob->mode, ==, PROXY_PASS_THROUGH);
	assert_server(bob->imap, "none");
	assert_server(bob->pop3, "none");
	assert_server(bob->submission, "none");
	g_assert_null(bob->tls_ca);
	g_assert_null(bob->authserv_id);
	g_assert_true(bob->opens);
}

static void
test_every_option(void)
{
	g_autoptr(ProxyConfig) config = parse("[daemon]\r\n"
					      "smtp=\n"
					      "imap=[::1]:0\n"
					      "pop3=localhost:1110\n"
					      "http=127.0.0.2:0\n"
					      "socket=/run/user/1/postseal/socket\n"
					      "tls = Implicit\n"
					      "how-to-base=https://help.example.org/mail\n"
					      "[account a@b\xc3\xbc"
					      "cher.example]\n"
					      "user=EXAMPLE\\\\alice;smith x\t; comment ; more\n"
					      "mode=managed\n"
					      "imap=imap://h ; a comment\n"
					      "pop3=pop3://h:1\n"
					      "submission=smtp://h\n"
					      "home=/home/a\n"
					      "opens=no\n"
					      "status=every\n"
					      "oauth-client-id=id\n"
					      "oauth-client-secret=key\n"
					      "oauth-token-url=https://h/token\n"
					      "oauth-auth-url=https://h/allow\n"
					      "oauth-device-url=https://h/device\n"
					      "oauth-scope=mail  offline\n"
					      "[account b@h]\n"
					      "opens=yes\n");
	const ProxyAccount *a = account_at(config, 0);
	g_assert_cmpstr(config->smtp, ==, "");
	g_assert_cmpstr(config->imap, ==, "[::1]:0");
	g_assert_cmpstr(config->pop3, ==, "localhost:1110");
	g_assert_cmpstr(config->http, ==, "127.0.0.2:0");
	g_assert_cmpstr(config->socket, ==, "/run/user/1/postseal/socket");
	g_assert_cmpint(config->tls, ==, PROXY_TLS_IMPLICIT);
	g_assert_cmpstr(config->how_to_base, ==, "https://help.example.org/mail");
	g_assert_cmpstr(a->address, ==, "a@xn--bcher-kva.example");
	g_assert_cmpstr(a->user, ==, "EXAMPLE\\alice;smith x");
	g_assert_cmpint(a->mode, ==, PROXY_MANAGED);
	assert_server(a->imap, "imap://h:143");
	assert_server(a->pop3, "pop3://h:1");
	assert_server(a->submission, "submission://h:587");
	g_assert_cmpstr(a->home, ==, "/home/a");
	g_assert_false(a->opens);
	g_assert_cmpint(a->status, ==, PROXY_STATUS_EVERY);
	g_assert_cmpstr(a->oauth_client_id, ==, "id");
	g_assert_cmpstr(a->oauth_client_secret, ==, "key");
	g_assert_cmpstr(a->oauth_token_url, ==, "https://h/token");
	g_assert_cmpstr(a->oauth_auth_url, ==, "https://h/allow");
	g_assert_cmpstr(a->oauth_device_url, ==, "https://h/device");
	g_assert_cmpstr(a->oauth_scope, ==, "mail  offline");
	g_assert_cmpstr(account_at(config, 1)->address, ==, "b@h");
	g_assert_true(account_at(config, 1)->opens);
	g_assert_cmpint(account_at(config, 1)->status, ==, PROXY_STATUS_OPENED);
	g_autoptr(ProxyConfig) clear = parse("[daemon]\ntls=none\nhttp=\n");
	g_assert_cmpint(clear->tls, ==, PROXY_TLS_NONE);
	g_assert_null(clear->how_to_base);
}

typedef struct {
	const char *text;
	const char *says; /* part of the message */
} Fault;

static const Fault FAULTS[] = {
	{"[daemon]\nsmtp=127.0.0.1:1025\ncolour=red\n", "line 3: [daemon] has no option colour"},
	{"[daemon]\nimap[de]=127.0.0.1:1\n", "line 2: [daemon] has no option imap[de]"},
	{"[account a@h]\nport=1\n", "line 2: [account ADDRESS] has no option port"},
	{"[account a@h]\nsmtp=127.0.0.1:1\n", "line 2: [account ADDRESS] has no option smtp"},
	{"\n[demon]\n", "line 2: there is no group [demon]"},
	{"[Daemon]\n", "line 1: there is no group [Daemon]"},
	{"[account]\n", "line 1: there is no group [account]"},
	{"[account alice]\n", "line 1: [account alice]: write"},
	{"[account @h]\n", "line 1: [account @h]: write"},
	{"[account a@]\n", "line 1: [account a@]: write"},
	{"[account a@b@h]\n", "line 1: [account a@b@h]: write"},
	{"[account a b@h]\n", "line 1: [account a b@h]: write"},
	{"[account <a@h>]\n", "line 1: [account <a@h>]: write"},
	{"[account a@h]\n[account A@H]\n", "line 2: [account A@H]: the account is there already"},
	{"smtp=127.0.0.1:1\n", "group"},
	{"[daemon]\nnonsense\n", "nonsense"},
	{"[daemon\nsmtp=127.0.0.1:1\n", "daemon"},
	{"[daemon]\nsmtp=0.0.0.0:25\n", "line 2: smtp: write 127.0.0.1:PORT"},
	{"[daemon]\nsmtp=127.0.0.1\n", "line 2: smtp: write 127.0.0.1:PORT"},
	{"[daemon]\nimap=192.0.2.1:143\n", "line 2: imap: write 127.0.0.1:PORT"},
	{"[daemon]\npop3=example.org:110\n", "line 2: pop3: write 127.0.0.1:PORT"},
	{"[daemon]\nhttp=:80\n", "line 2: http: write 127.0.0.1:PORT"},
	{"[daemon]\nsocket=run/socket\n", "line 2: socket: write a path"},
	{"[daemon]\ntls=ssl\n", "line 2: tls: write starttls, implicit or none"},
	{"[daemon]\ntls=\n", "line 2: tls: write starttls, implicit or none"},
	{"[daemon]\nhow-to-base=file:///x\n", "line 2: how-to-base: write http"},
	{"[daemon]\nhow-to-base=x\n", "line 2: how-to-base: write http"},
	{"[account a@h]\n\nuser=\n", "line 3: user: write the name"},
	{"[account a@h]\nuser=a\\nb\n", "line 2: user: write the name"},
	{"[account a@h]\nuser=a\\qb\n", "line 2: user: write the name"},
	{"[account a@h]\nmode=magic\n", "line 2: mode: write pass-through or managed"},
	{"[account a@h]\nimap=pop3s://h\n", "line 2: imap: write imaps://"},
	{"[account a@h]\nimap=h\n", "line 2: imap: write imaps://"},
	{"[account a@h]\npop3=imaps://h\n", "line 2: pop3: write pop3s://"},
	{"[account a@h]\nsubmission=smtps://h\n", "line 2: submission: write submissions://"},
	{"[account a@h]\ntls-ca=ca.pem\n", "line 2: tls-ca: write a path"},
	{"[account a@h]\nauthserv-id=a b\n", "line 2: authserv-id: write one name"},
	{"[account a@h]\nhome=~\n", "line 2: home: write a path"},
	{"[account a@h]\nopens=maybe\n", "line 2: opens: write yes or no"},
	{"[account a@h]\nopens=2\n", "line 2: opens: write yes or no"},
	{"[account a@h]\nstatus=yes\n", "line 2: status: write opened or every"},
	{"[account a@h]\noauth-client-id=a b\n", "line 2: oauth-client-id: write one name"},
	{"[account a@h]\noauth-client-secret=\n", "line 2: oauth-client-secret: write one name"},
	{"[account a@h]\noauth-token-url=http://h/\n", "line 2: oauth-token-url: write https://"},
	{"[account a@h]\noauth-auth-url=h\n", "line 2: oauth-auth-url: write https://"},
	{"[account a@h]\noauth-device-url=\n", "line 2: oauth-device-url: write https://"},
	{"[account a@h]\noauth-scope=\n", "line 2: oauth-scope: write the words"},
	{"[account a@h]\nopens=yes\n[account b@h]\nopens=maybe\n", "line 4: opens: write yes"},
	{"[daemon]\nsmtp=\xff:1\n", "smtp"},
};

static void
test_faults(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(FAULTS); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(ProxyConfig) config = proxy_config_parse(FAULTS[i].text, &error);
		g_assert_null(config);
		g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, FAULTS[i].says));
		g_assert_null(strchr(error->message, '\n'));
	}
}

static void
test_load(void)
{
	g_autofree char *folder = g_dir_make_tmp("postseal-config-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "postseald.conf", NULL);
	g_autoptr(GError) missing = NULL;
	g_autoptr(GError) broken = NULL;
	g_autoptr(GError) binary = NULL;
	g_assert_null(proxy_config_load(path, &missing));
	g_assert_error(missing, PS_ERROR, PS_ERROR_NOT_FOUND);
	g_assert_true(g_file_set_contents(path, EXAMPLE, -1, NULL));
	g_autoptr(ProxyConfig) config = proxy_config_load(path, NULL);
	g_assert_nonnull(config);
	g_assert_true(g_file_set_contents(path, "[daemon]\nx=1\n", -1, NULL));
	g_assert_null(proxy_config_load(path, &broken));
	g_assert_error(broken, PS_ERROR, PS_ERROR_MALFORMED);
	g_assert_nonnull(strstr(broken->message, "postseald.conf: line 2"));
	g_assert_true(g_file_set_contents(path, "[daemon]\n\0smtp=\n", 16, NULL));
	g_assert_null(proxy_config_load(path, &binary));
	g_assert_error(binary, PS_ERROR, PS_ERROR_MALFORMED);
	g_assert_cmpint(g_unlink(path), ==, 0);
	g_assert_cmpint(g_rmdir(folder), ==, 0);
}

/* What --help names is in the manual, with its default, and the manual names nothing else. */
static void
test_manual(void)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "..", "..", "man",
						      "postseald.8.scd", NULL);
	g_autofree char *manual = NULL;
	g_autofree char *help = proxy_config_help();
	g_auto(GStrv) lines = g_strsplit(help, "\n", -1);
	guint options = 0;
	g_assert_true(g_file_get_contents(path, &manual, NULL, NULL));
	for (char **line = lines; *line != NULL; line++) {
		const char *equals = strchr(*line, '=');
		if (!g_str_has_prefix(*line, "  ") || (*line)[2] == ' ' || equals == NULL) {
			continue;
		}
		int n = (int)(equals - *line - 2);
		g_autofree char *entry = g_strdup_printf("\n*%.*s*=", n, *line + 2);
		g_test_message("%s", entry + 1);
		g_assert_nonnull(strstr(manual, entry));
		options++;
	}
	guint written = 0;
	for (const char *p = manual; (p = strstr(p, "\n*")) != NULL; p++) {
		const char *end = strchr(p + 2, '*');
		written += end != NULL && end[1] == '=' ? 1 : 0;
	}
	g_assert_cmpuint(options, ==, 25);
	g_assert_cmpuint(written, ==, options);
}

static void
test_addresses(void)
{
	static const struct {
		const char *text;
		const char *normal; /* NULL: no address */
	} cases[] = {
		{"alice@example.org", "alice@example.org"},
		{"Alice.B+c@EXAMPLE.Org", "alice.b+c@example.org"},
		{"me@B\xc3\x9c"
		 "CHER.example",
		 "me@xn--bcher-kva.example"},
		{"J\xc3\xbcrgen@example.org", "J\xc3\xbcrgen@example.org"},
		{"a.@h", "a.@h"},
		{"o'hara!#$%&*/=?^_`{|}~@h_1.example", "o'hara!#$%&*/=?^_`{|}~@h_1.example"},
		/* other names in IDNA 2008 */
		{"a@stra\xc3\x9f"
		 "e.example",
		 NULL},
		{"a@xn--strae-oqa.example", "a@xn--strae-oqa.example"},
		{"a@-h", NULL},
		{"a@h..example", NULL},
		{"a@.h", NULL},
		{"a@h.", NULL},
		{"a@h h", NULL},
		{"a\xc2\xa0@h", NULL},
		{"a\xff@h", NULL},
		{"a@\xff", NULL},
		{"\"a b\"@h", NULL},
		{"\"quoted\"@h", "quoted@h"}, /* quotes that protect nothing */
		{"a\xe2\x80\xae"
		 "b@h",
		 NULL}, /* turns the reading around */
		{"a\xe2\x80\x8d"
		 "b@h",
		 NULL}, /* is not seen */
		{"a;b@h", NULL},
		{"a@[127.0.0.1]", NULL},
		{"a\t@h", NULL},
		{"@", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *normal = proxy_address_normalise(cases[i].text);
		g_test_message("%zu", i);
		g_assert_cmpstr(normal, ==, cases[i].normal);
	}
	g_autofree char *local = g_strnfill(254 - strlen("@h"), 'a');
	g_autofree char *longest = g_strconcat(local, "@h", NULL);
	g_autofree char *longer = g_strconcat(local, "@hh", NULL);
	g_autofree char *good = proxy_address_normalise(longest);
	g_assert_cmpstr(good, ==, longest);
	g_assert_null(proxy_address_normalise(longer));
}

static void
test_find(void)
{
	g_autoptr(ProxyConfig) config =
		parse("[account a@h]\n[account Me@xn--bcher-kva.example]\n");
	const ProxyAccount *me = g_ptr_array_index(config->accounts, 1);
	g_assert_true(proxy_config_find(config, "me@b\xc3\xbc"
						"cher.example") == me);
	g_assert_true(proxy_config_find(config, "ME@XN--BCHER-KVA.example") == me);
	g_assert_null(proxy_config_find(config, "me@bucher.example"));
	g_assert_null(proxy_config_find(config, "me"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/proxy/config/example", test_example);
	g_test_add_func("/proxy/config/defaults", test_defaults);
	g_test_add_func("/proxy/config/every-option", test_every_option);
	g_test_add_func("/proxy/config/faults", test_faults);
	g_test_add_func("/proxy/config/load", test_load);
	g_test_add_func("/proxy/config/manual", test_manual);
	g_test_add_func("/proxy/config/addresses", test_addresses);
	g_test_add_func("/proxy/config/find", test_find);
	return g_test_run();
}
