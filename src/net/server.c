/* SPDX-License-Identifier: MPL-2.0 */
/* Server addresses as text. */
#include "net/server.h"

#include <string.h>

#define SERVER_MAX 300 /* characters of one address: a name has 253 at most */

typedef struct {
	const char *scheme;
	NetProtocol protocol;
	bool implicit_tls;
	guint16 port;
} Scheme;

/* RFC 8314 section 7, RFC 6409 section 3.1. For each protocol and kind of TLS the first is the one
 * that is written. */
static const Scheme SCHEMES[] = {
	{"imaps", NET_IMAP, true, 993},
	{"imap", NET_IMAP, false, 143},
	{"pop3s", NET_POP3, true, 995},
	{"pop3", NET_POP3, false, 110},
	{"submissions", NET_SUBMISSION, true, 465},
	{"submission", NET_SUBMISSION, false, 587},
	{"smtp", NET_SUBMISSION, false, 587},
};

static const char *const PROTOCOL_NAMES[] = {
	[NET_SUBMISSION] = "submission",
	[NET_IMAP] = "imap",
	[NET_POP3] = "pop3",
};

const char *
net_protocol_name(NetProtocol protocol)
{
	return (size_t)protocol < G_N_ELEMENTS(PROTOCOL_NAMES) ? PROTOCOL_NAMES[protocol] : "none";
}

/* The row whose scheme stands before "://"; *@rest is what follows. */
static const Scheme *
find_scheme(const char *text, const char **rest)
{
	const char *end = strstr(text, "://");
	if (end == NULL) {
		return NULL;
	}
	size_t n = (size_t)(end - text);
	for (size_t i = 0; i < G_N_ELEMENTS(SCHEMES); i++) {
		const Scheme *row = &SCHEMES[i];
		if (strlen(row->scheme) == n && g_ascii_strncasecmp(row->scheme, text, n) == 0) {
			*rest = end + 3;
			return row;
		}
	}
	return NULL;
}

/* Letters, digits, hyphens and dots, in the form that the DNS has (RFC 5890); or an address. */
static char *
normal_host(const char *host)
{
	if (g_hostname_is_ip_address(host)) {
		return g_strdup(host);
	}
	g_autofree char *ascii = strchr(host, ':') == NULL ? g_hostname_to_ascii(host) : NULL;
	size_t n = ascii == NULL ? 0 : strlen(ascii);
	if (n == 0 || n > 253 || ascii[0] == '.' || ascii[0] == '-') {
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		if (!g_ascii_isalnum(ascii[i]) && strchr("-._", ascii[i]) == NULL) {
			return NULL;
		}
	}
	return g_ascii_strdown(ascii, -1);
}

/* host [":" port] / "[" IPv6 "]" [":" port]; the text is cut into its parts. */
static bool
split_authority(char *text, const char **host, const char **port)
{
	char *colon = strchr(text, ':');
	*host = text;
	if (text[0] == '[') {
		char *end = strchr(text, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':')) {
			return false;
		}
		*end = '\0';
		*host = text + 1;
		colon = end[1] == ':' ? end + 1 : NULL;
		if (strchr(*host, ':') == NULL || !g_hostname_is_ip_address(*host)) {
			return false;
		}
	}
	*port = NULL;
	if (colon != NULL) {
		*colon = '\0';
		*port = colon + 1;
	}
	return true;
}

NetServer *
net_server_parse(const char *text, GError **error)
{
	const char *rest = NULL;
	g_autofree char *shown = g_strescape(text, NULL);
	const Scheme *scheme = strlen(text) <= SERVER_MAX ? find_scheme(text, &rest) : NULL;
	if (scheme == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
				      "\"%.60s\" is not a server: write imaps://HOST, "
				      "submissions://HOST:PORT or the like",
				      shown);
	}
	g_autofree char *copy = g_strdup(rest);
	const char *host = NULL;
	const char *port = NULL;
	guint64 number = scheme->port;
	g_autofree char *normal = split_authority(copy, &host, &port) ? normal_host(host) : NULL;
	if (normal == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
				      "\"%.60s\" has no valid host: write %s://HOST[:PORT]", shown,
				      scheme->scheme);
	}
	if (port != NULL && !g_ascii_string_to_unsigned(port, 10, 1, G_MAXUINT16, &number, NULL)) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
				      "\"%.60s\" has no valid port: write a number up to 65535",
				      shown);
	}
	NetServer *server = g_new0(NetServer, 1);
	server->protocol = scheme->protocol;
	server->implicit_tls = scheme->implicit_tls;
	server->host = g_steal_pointer(&normal);
	server->port = (guint16)number;
	return server;
}

char *
net_server_to_string(const NetServer *server)
{
	size_t i = 0;
	while (SCHEMES[i].protocol != server->protocol ||
	       SCHEMES[i].implicit_tls != server->implicit_tls) {
		i++;
	}
	bool bracket = strchr(server->host, ':') != NULL;
	return g_strdup_printf("%s://%s%s%s:%u", SCHEMES[i].scheme, bracket ? "[" : "",
			       server->host, bracket ? "]" : "", server->port);
}

bool
net_server_equal(const NetServer *a, const NetServer *b)
{
	return a->protocol == b->protocol && a->implicit_tls == b->implicit_tls &&
	       a->port == b->port && strcmp(a->host, b->host) == 0;
}

void
net_server_free(NetServer *server)
{
	if (server != NULL) {
		g_free(server->host);
		g_free(server);
	}
}
