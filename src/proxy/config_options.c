/* SPDX-License-Identifier: MPL-2.0 */
/* The options of the configuration, and what their values may be. */
#include "proxy/config_options.h"

#include "base/language.h"
#include "net/listen.h"
#include <stddef.h>
#include <string.h>

static bool
set_string(void *field, const char *value)
{
	char **slot = field;
	g_free(*slot);
	*slot = g_strdup(value);
	return true;
}

static bool
set_word(const ConfigOption *option, void *field, const char *value)
{
	(void)option;
	for (const char *p = value; *p != '\0'; p++) {
		if (g_ascii_isspace(*p) || g_ascii_iscntrl(*p)) {
			return false;
		}
	}
	return value[0] != '\0' && set_string(field, value);
}

/* User names may have blanks: "EXAMPLE\alice smith". */
static bool
set_user(const ConfigOption *option, void *field, const char *value)
{
	(void)option;
	for (const char *p = value; *p != '\0'; p++) {
		if (g_ascii_iscntrl(*p)) {
			return false;
		}
	}
	return value[0] != '\0' && set_string(field, value);
}

static bool
set_path(const ConfigOption *option, void *field, const char *value)
{
	(void)option;
	return g_path_is_absolute(value) && set_string(field, value);
}

static bool
set_url(const ConfigOption *option, void *field, const char *value)
{
	g_autofree char *scheme = g_uri_parse_scheme(value);
	bool http = g_strcmp0(scheme, "http") == 0 || g_strcmp0(scheme, "https") == 0;
	return http && g_uri_is_valid(value, G_URI_FLAGS_NONE, NULL) &&
	       set_word(option, field, value);
}

static bool
set_https(const ConfigOption *option, void *field, const char *value)
{
	return g_ascii_strncasecmp(value, "https://", strlen("https://")) == 0 &&
	       set_url(option, field, value);
}

static bool
set_language(const ConfigOption *option G_GNUC_UNUSED, void *field, const char *value)
{
	return g_strv_contains(base_language_list(), value) && set_string(field, value);
}

static bool
set_listen(const ConfigOption *option, void *field, const char *value)
{
	(void)option;
	return (value[0] == '\0' || net_listen_is_address(value)) && set_string(field, value);
}

/* The row of @names that @value is, or @n. */
static size_t
find_word(const char *const *names, size_t n, const char *value)
{
	size_t i = 0;
	while (i < n && g_ascii_strcasecmp(names[i], value) != 0) {
		i++;
	}
	return i;
}

static bool
set_tls(const ConfigOption *option G_GNUC_UNUSED, void *field, const char *value)
{
	static const char *const NAMES[] = {
		[PROXY_TLS_STARTTLS] = "starttls",
		[PROXY_TLS_IMPLICIT] = "implicit",
		[PROXY_TLS_NONE] = "none",
	};
	size_t i = find_word(NAMES, G_N_ELEMENTS(NAMES), value);
	if (i < G_N_ELEMENTS(NAMES)) {
		*(ProxyTls *)field = (ProxyTls)i;
	}
	return i < G_N_ELEMENTS(NAMES);
}

static bool
set_mode(const ConfigOption *option G_GNUC_UNUSED, void *field, const char *value)
{
	static const char *const NAMES[] = {
		[PROXY_PASS_THROUGH] = "pass-through",
		[PROXY_MANAGED] = "managed",
	};
	size_t i = find_word(NAMES, G_N_ELEMENTS(NAMES), value);
	if (i < G_N_ELEMENTS(NAMES)) {
		*(ProxyMode *)field = (ProxyMode)i;
	}
	return i < G_N_ELEMENTS(NAMES);
}

static bool
set_status(const ConfigOption *option G_GNUC_UNUSED, void *field, const char *value)
{
	static const char *const NAMES[] = {
		[PROXY_STATUS_OPENED] = "opened",
		[PROXY_STATUS_EVERY] = "every",
	};
	size_t i = find_word(NAMES, G_N_ELEMENTS(NAMES), value);
	if (i < G_N_ELEMENTS(NAMES)) {
		*(ProxyStatus *)field = (ProxyStatus)i;
	}
	return i < G_N_ELEMENTS(NAMES);
}

static bool
set_bool(const ConfigOption *option, void *field, const char *value)
{
	static const char *const NAMES[] = {"no", "yes", "false", "true"};
	size_t i = find_word(NAMES, G_N_ELEMENTS(NAMES), value);
	(void)option;
	if (i < G_N_ELEMENTS(NAMES)) {
		*(bool *)field = i % 2 == 1;
	}
	return i < G_N_ELEMENTS(NAMES);
}

/* The option's name is the protocol's. */
static bool
set_server(const ConfigOption *option, void *field, const char *value)
{
	NetServer **slot = field;
	g_autoptr(NetServer) server = net_server_parse(value, NULL);
	if (server == NULL || strcmp(net_protocol_name(server->protocol), option->name) != 0) {
		return false;
	}
	net_server_free(*slot);
	*slot = g_steal_pointer(&server);
	return true;
}

static const ConfigKind LISTEN = {set_listen, "HOST:PORT",
				  "write 127.0.0.1:PORT, or nothing to turn it off"};
static const ConfigKind SOCKET = {set_path, "PATH", "write a path that begins with /"};
static const ConfigKind FILE_PATH = {set_path, "FILE", "write a path that begins with /"};
static const ConfigKind FOLDER = {set_path, "DIR", "write a path that begins with /"};
static const ConfigKind TLS = {set_tls, "starttls|implicit|none",
			       "write starttls, implicit or none"};
static const ConfigKind URL = {set_url, "URL", "write http://HOST:PORT or https://HOST"};
static const ConfigKind HTTPS = {set_https, "URL", "write https://HOST/PATH"};
static const ConfigKind SCOPE = {set_user, "WORDS", "write the words that the provider names"};
static const ConfigKind USER = {set_user, "NAME",
				"write the name that the provider knows, \\\\ for \\"};
static const ConfigKind WORD = {set_word, "NAME", "write one name without blanks"};
static const ConfigKind LANGUAGE = {set_language, "CODE", "write en or de"};
static const ConfigKind MODE = {set_mode, "pass-through|managed", "write pass-through or managed"};
static const ConfigKind SWITCH = {set_bool, "yes|no", "write yes or no"};
static const ConfigKind STATUS = {set_status, "opened|every", "write opened or every"};
static const ConfigKind IMAP = {set_server, "URL",
				"write imaps://HOST[:PORT] or imap://HOST[:PORT]"};
static const ConfigKind POP3 = {set_server, "URL",
				"write pop3s://HOST[:PORT] or pop3://HOST[:PORT]"};
static const ConfigKind SUBMISSION = {
	set_server, "URL", "write submissions://HOST[:PORT] or submission://HOST[:PORT]"};

static const ConfigOption DAEMON_OPTIONS[] = {
	{"smtp", &LISTEN, offsetof(ProxyConfig, smtp), "127.0.0.1:1025", NULL,
	 "where mail programs hand in mail; port 0: any free one; empty: off"},
	{"imap", &LISTEN, offsetof(ProxyConfig, imap), "127.0.0.1:1143", NULL,
	 "where they read it by IMAP"},
	{"pop3", &LISTEN, offsetof(ProxyConfig, pop3), "127.0.0.1:1110", NULL,
	 "where they read it by POP3"},
	{"http", &LISTEN, offsetof(ProxyConfig, http), "127.0.0.1:8025", NULL,
	 "where the page and its interface are"},
	{"socket", &SOCKET, offsetof(ProxyConfig, socket), NULL, "$XDG_RUNTIME_DIR/postseal/socket",
	 "the same interface for programs of this person"},
	{"tls", &TLS, offsetof(ProxyConfig, tls), "starttls", NULL,
	 "how mail programs protect their connection to this daemon"},
	{"how-to-base", &URL, offsetof(ProxyConfig, how_to_base), NULL,
	 "http:// and what http says", "where links to explanations begin"},
	{"language", &LANGUAGE, offsetof(ProxyConfig, language), NULL, "as the browser asks",
	 "in which the page speaks: en, de"},
};

static const ConfigOption ACCOUNT_OPTIONS[] = {
	{"user", &USER, offsetof(ProxyAccount, user), NULL, "the address",
	 "who the account is at the provider"},
	{"mode", &MODE, offsetof(ProxyAccount, mode), "pass-through", NULL,
	 "managed: the daemon logs in with OAuth2 and the program with a password of the daemon"},
	{"imap", &IMAP, offsetof(ProxyAccount, imap), NULL, "no IMAP", "the provider's server"},
	{"pop3", &POP3, offsetof(ProxyAccount, pop3), NULL, "no POP3", "the provider's server"},
	{"submission", &SUBMISSION, offsetof(ProxyAccount, submission), NULL, "no sending",
	 "the provider's server"},
	{"tls-ca", &FILE_PATH, offsetof(ProxyAccount, tls_ca), NULL, "the system's authorities",
	 "authorities, in PEM, that may vouch for these servers"},
	{"authserv-id", &WORD, offsetof(ProxyAccount, authserv_id), NULL, "none is believed",
	 "the provider's name in Authentication-Results"},
	{"home", &FOLDER, offsetof(ProxyAccount, home), NULL, "the daemon's",
	 "the store of another person's keys"},
	{"maildir", &FOLDER, offsetof(ProxyAccount, maildir), NULL, "no Maildir",
	 "where the mail lies that the page shows; what is written there goes to the Maildirs of the "
	 "other accounts, or out by submission"},
	{"opens", &SWITCH, offsetof(ProxyAccount, opens), "yes", NULL,
	 "no: the mail program does S/MIME itself, nothing is opened for it"},
	{"status", &STATUS, offsetof(ProxyAccount, status), "opened", NULL,
	 "which messages are shown with Postseal-Status; every: ordinary and signed ones, too"},
	{"oauth-client-id", &WORD, offsetof(ProxyAccount, oauth_client_id), NULL, "none",
	 "managed: who the daemon is to the provider"},
	{"oauth-client-secret", &WORD, offsetof(ProxyAccount, oauth_client_secret), NULL, "none",
	 "managed: what some providers give with it"},
	{"oauth-token-url", &HTTPS, offsetof(ProxyAccount, oauth_token_url), NULL, "none",
	 "managed: where tokens are made"},
	{"oauth-auth-url", &HTTPS, offsetof(ProxyAccount, oauth_auth_url), NULL, "none",
	 "managed: where the person allows it in a browser"},
	{"oauth-device-url", &HTTPS, offsetof(ProxyAccount, oauth_device_url), NULL, "none",
	 "managed: where a code for another device comes from"},
	{"oauth-scope", &SCOPE, offsetof(ProxyAccount, oauth_scope), NULL, "none",
	 "managed: what the daemon asks to be allowed"},
};

const ConfigGroup CONFIG_GROUPS[CONFIG_GROUP_COUNT] = {
	[CONFIG_DAEMON] = {"daemon", DAEMON_OPTIONS, G_N_ELEMENTS(DAEMON_OPTIONS)},
	[CONFIG_ACCOUNT] = {"account ADDRESS", ACCOUNT_OPTIONS, G_N_ELEMENTS(ACCOUNT_OPTIONS)},
};
