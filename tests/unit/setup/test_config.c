/* SPDX-License-Identifier: MPL-2.0 */
/* The configuration changes only where it must. */
#include "setup/config.h"
#include "t.h"

static bool
all_free(guint16 port G_GNUC_UNUSED)
{
	return true;
}

static bool
usual_taken(guint16 port)
{
	return port != 1025 && port != 1143;
}

static SetupServers *
servers_of(const char *imap, const char *submission)
{
	SetupServers *servers = g_new0(SetupServers, 1);
	servers->by[NET_IMAP] = net_server_parse(imap, NULL);
	servers->by[NET_SUBMISSION] = net_server_parse(submission, NULL);
	return servers;
}

static char *
change(const char *text, const SetupServers *servers, SetupPortFree is_free)
{
	SetupConfigChange wish = {.address = "alice@example.org", .servers = servers};
	g_autoptr(GError) error = NULL;
	char *after = setup_config_change(text, &wish, is_free, &error);
	g_assert_no_error(error);
	return after;
}

static void
test_new(void)
{
	g_autoptr(SetupServers) servers =
		servers_of("imaps://imap.example.org", "submissions://smtp.example.org");
	g_autofree char *text = change("", servers, all_free);
	g_autoptr(ProxyConfig) config = proxy_config_parse(text, NULL);
	g_assert_nonnull(config);
	g_assert_cmpstr(config->smtp, ==, "127.0.0.1:1025");
	g_assert_cmpstr(config->imap, ==, "127.0.0.1:1143");
	g_assert_cmpstr(config->pop3, ==, "127.0.0.1:1110");
	g_assert_cmpuint(config->accounts->len, ==, 1);
	const ProxyAccount *account = g_ptr_array_index(config->accounts, 0);
	g_assert_cmpstr(account->address, ==, "alice@example.org");
	g_assert_cmpstr(account->user, ==, "alice@example.org");
	g_assert_cmpstr(account->imap->host, ==, "imap.example.org");
	g_assert_cmpuint(account->imap->port, ==, 993);
	g_assert_null(account->pop3);
	g_assert_true(account->mode == PROXY_PASS_THROUGH);
}

static void
test_idempotent(void)
{
	g_autoptr(SetupServers) servers =
		servers_of("imaps://imap.example.org", "submission://smtp.example.org:587");
	servers->user = g_strdup("alice");
	servers->oauth2_only = true;
	g_autofree char *once = change("", servers, usual_taken);
	g_autofree char *twice = change(once, servers, all_free);
	g_assert_cmpstr(once, ==, twice);
	g_assert_nonnull(strstr(once, "\nsmtp=127.0.0.1:1026\n"));
	g_assert_nonnull(strstr(once, "\nmode=managed\n"));
	g_assert_nonnull(strstr(once, "\nuser=alice\n"));
}

/* Comments, other accounts and what the person set stay, each line where it was. */
static void
test_keeps(void)
{
	static const char BEFORE[] = "# mine\n[daemon]\n# a port that suits me\n"
				     "smtp=127.0.0.1:2525 ; really\ntls=none\n\n"
				     "# work\n[account bob@example.net]\n"
				     "imap=imaps://mail.example.net:993\n\n"
				     "[account Alice@example.org]\n# old\n"
				     "imap = imaps://old.example.org:993\n"
				     "authserv-id=mx.example.org\n\n";
	static const char AFTER[] = "# mine\n[daemon]\n# a port that suits me\n"
				    "smtp=127.0.0.1:2525 ; really\ntls=none\n"
				    "imap=127.0.0.1:1143\npop3=127.0.0.1:1110\n"
				    "http=127.0.0.1:8025\n\n"
				    "# work\n[account bob@example.net]\n"
				    "imap=imaps://mail.example.net:993\n\n"
				    "[account Alice@example.org]\n# old\n"
				    "imap=imaps://new.example.org:993\n"
				    "authserv-id=mx.example.org\n"
				    "submission=submissions://smtp.example.org:465\n";
	g_autoptr(SetupServers) servers =
		servers_of("imaps://new.example.org", "submissions://smtp.example.org");
	g_autofree char *text = change(BEFORE, servers, all_free);
	g_assert_cmpstr(text, ==, AFTER);
}

/* Whatever a provider calls its user, the daemon reads the same. */
static void
test_user_names(void)
{
	static const char *const NAMES[] = {
		"alice ;x",        "alice;x", " alice", "alice ",      "a  ; b ;",
		"EX\\alice smith", "\\s;",    " ",      "alice smith", "alice"};
	g_autoptr(SetupServers) servers =
		servers_of("imaps://imap.example.org", "submissions://smtp.example.org");
	g_autofree char *text = g_strdup("");
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		g_free(servers->user);
		servers->user = g_strdup(NAMES[i]);
		g_autofree char *before = g_steal_pointer(&text);
		text = change(before, servers, all_free);
		g_autoptr(ProxyConfig) config = proxy_config_parse(text, NULL);
		g_assert_nonnull(config);
		const ProxyAccount *account = g_ptr_array_index(config->accounts, 0);
		g_assert_cmpstr(account->user, ==, NAMES[i]);
		g_autofree char *again = change(text, servers, all_free);
		g_assert_cmpstr(again, ==, text);
	}
}

/* A group whose domain is written as people do is the account's. */
static void
test_domain_of_another_script(void)
{
	static const char BEFORE[] = "[daemon]\nsmtp=\nimap=\npop3=\nhttp=\n"
				     "[account Me@b\xc3\xbc"
				     "cher.example]\nimap=imaps://old.example\n";
	g_autoptr(SetupServers) servers =
		servers_of("imaps://new.example", "submissions://smtp.example.org");
	SetupConfigChange wish = {.address = "me@xn--bcher-kva.example", .servers = servers};
	g_autoptr(GError) error = NULL;
	g_autofree char *after = setup_config_change(BEFORE, &wish, all_free, &error);
	g_assert_no_error(error);
	g_autoptr(ProxyConfig) config = proxy_config_parse(after, NULL);
	g_assert_cmpuint(config->accounts->len, ==, 1);
	const ProxyAccount *account = g_ptr_array_index(config->accounts, 0);
	g_assert_cmpstr(account->imap->host, ==, "new.example");
}

static void
test_refuses(void)
{
	static const char *const TEXTS[] = {"[daemon]\nnonsense=1\n", "not a key file\n"};
	g_autoptr(SetupServers) servers =
		servers_of("imaps://imap.example.org", "submissions://smtp.example.org");
	SetupConfigChange wish = {.address = "alice@example.org", .servers = servers};
	for (size_t i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(setup_config_change(TEXTS[i], &wish, all_free, &error));
		g_assert_error(error, PS_ERROR, (int)PS_ERROR_MALFORMED);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/setup/config/new", test_new);
	g_test_add_func("/setup/config/idempotent", test_idempotent);
	g_test_add_func("/setup/config/keeps", test_keeps);
	g_test_add_func("/setup/config/user_names", test_user_names);
	g_test_add_func("/setup/config/domain_of_another_script", test_domain_of_another_script);
	g_test_add_func("/setup/config/refuses", test_refuses);
	return g_test_run();
}
