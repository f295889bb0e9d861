/* SPDX-License-Identifier: MPL-2.0 */
/* Whether a provider's server answers as it should, behind verified TLS. */
#include "setup/doctor.h"
#include "setup/mailbox.h"

#include <string.h>

#define SECONDS   10U
#define LINES_MAX 100U

static const struct {
	const char *greeting; /* of the server */
	const char *hello;    /* before STARTTLS; NULL: nothing */
	const char *start;
	const char *yes; /* to it */
} DIALECTS[3] = {
	[NET_SUBMISSION] = {"220", "EHLO localhost\r\n", "STARTTLS\r\n", "220"},
	[NET_IMAP] = {"* OK", NULL, "a STARTTLS\r\n", "a OK"},
	[NET_POP3] = {"+OK", NULL, "STLS\r\n", "+OK"},
};

/* The last line of an answer: SMTP's others have a hyphen behind the code. */
static bool
expect(NetConn *conn, const char *prefix, GError **error)
{
	for (guint i = 0; i < LINES_MAX; i++) {
		g_autoptr(GString) line = g_string_new(NULL);
		if (!mailbox_read_line(conn, line, error)) {
			return false;
		}
		if (line->len > 3 && g_ascii_isdigit(line->str[0]) && line->str[3] == '-') {
			continue;
		}
		return g_ascii_strncasecmp(line->str, prefix, strlen(prefix)) == 0 ||
		       base_fail(error, PS_ERROR_IO, "it answers what no such server says");
	}
	return base_fail(error, PS_ERROR_LIMIT, "it does not stop talking");
}

static bool
say(NetConn *conn, const char *command, const char *prefix, GError **error)
{
	return net_conn_write_str(conn, command, error) && net_conn_flush(conn, error) &&
	       expect(conn, prefix, error);
}

static bool
visit(const NetServer *server, NetTrust *trust, GError **error)
{
	g_autoptr(NetConn) conn = net_conn_dial(server, trust, SECONDS, NULL, error);
	if (conn == NULL) {
		return false;
	}
	net_conn_set_timeout(conn, SECONDS);
	const char *hello = DIALECTS[server->protocol].hello;
	if (!expect(conn, DIALECTS[server->protocol].greeting, error) || server->implicit_tls) {
		return *error == NULL;
	}
	return (hello == NULL || say(conn, hello, "250", error)) &&
	       say(conn, DIALECTS[server->protocol].start, DIALECTS[server->protocol].yes, error) &&
	       net_conn_start_client_tls(conn, server->host, trust, error);
}

static void
check_server(GPtrArray *checks, const char *address, const NetServer *server, NetTrust *trust)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *url = net_server_to_string(server);
	if (visit(server, trust, &error)) {
		doctor_add(checks, "server", url, SETUP_OK, "answers; its certificate is good",
			   NULL);
	} else {
		g_autofree char *mend = g_strdup_printf(
			"is the network there? Else name the right server, or who vouches for it: "
			"postseal setup %s --%s URL --tls-ca FILE",
			address, net_protocol_name(server->protocol));
		doctor_add(checks, "server", url, SETUP_FAIL, error->message, mend);
	}
}

void
doctor_servers(GPtrArray *checks, const ProxyConfig *config)
{
	for (guint i = 0; i < config->accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(config->accounts, i);
		const NetServer *const servers[] = {account->imap, account->pop3,
						    account->submission};
		g_autoptr(GError) error = NULL;
		g_autoptr(NetTrust) trust = net_trust_new(account->tls_ca, &error);
		if (trust == NULL) {
			doctor_add(checks, "trust", account->address, SETUP_FAIL, error->message,
				   "mend tls-ca in the configuration");
			continue;
		}
		for (size_t k = 0; k < G_N_ELEMENTS(servers); k++) {
			if (servers[k] != NULL) {
				check_server(checks, account->address, servers[k], trust);
			}
		}
		if (account->submission == NULL) {
			g_autofree char *mend =
				g_strdup_printf("postseal setup %s --submission submissions://HOST",
						account->address);
			doctor_add(checks, "server", account->address, SETUP_WARN,
				   "there is no server for sending", mend);
		}
	}
}
