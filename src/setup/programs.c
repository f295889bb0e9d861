/* SPDX-License-Identifier: MPL-2.0 */
/* Texts that mail programs read. */
#include "setup/programs.h"

#include <string.h>

static void
local_free(gpointer data)
{
	SetupLocal *local = data;
	g_free(local->host);
	g_free(local);
}

static const char *
security_name(ProxyTls tls)
{
	static const char *const NAMES[] = {[PROXY_TLS_STARTTLS] = "STARTTLS",
					    [PROXY_TLS_IMPLICIT] = "SSL/TLS",
					    [PROXY_TLS_NONE] = "none"};
	return NAMES[tls];
}

/* "127.0.0.1:1143", "[::1]:1143" */
static SetupLocal *
local_new(NetProtocol protocol, const char *address, ProxyTls tls)
{
	const char *colon = address == NULL ? NULL : strrchr(address, ':');
	guint64 port = 0;
	if (colon == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &port, NULL)) {
		return NULL;
	}
	bool bracket = address[0] == '[';
	SetupLocal *local = g_new0(SetupLocal, 1);
	local->protocol = protocol;
	local->host = bracket ? g_strndup(address + 1, strcspn(address + 1, "]"))
			      : g_strndup(address, (gsize)(colon - address));
	local->port = (guint16)port;
	local->security = security_name(tls);
	return local;
}

GPtrArray *
setup_locals(const ProxyConfig *config, const ProxyAccount *account)
{
	const struct {
		NetProtocol protocol;
		const NetServer *server;
		const char *address;
	} rows[] = {{NET_IMAP, account->imap, config->imap},
		    {NET_POP3, account->pop3, config->pop3},
		    {NET_SUBMISSION, account->submission, config->smtp}};

	GPtrArray *locals = g_ptr_array_new_with_free_func(local_free);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		SetupLocal *local =
			rows[i].server == NULL
				? NULL
				: local_new(rows[i].protocol, rows[i].address, config->tls);
		if (local != NULL) {
			g_ptr_array_add(locals, local);
		}
	}
	return locals;
}

/* The words of a clientConfig for what people see as security. */
static const char *
socket_type(const char *security)
{
	return strcmp(security, "SSL/TLS") == 0 ? "SSL"
	       : strcmp(security, "none") == 0  ? "plain"
						: "STARTTLS";
}

char *
setup_clientconfig(const char *domain, GPtrArray *locals)
{
	static const char *const TYPES[] = {
		[NET_SUBMISSION] = "smtp", [NET_IMAP] = "imap", [NET_POP3] = "pop3"};
	g_autoptr(GString) xml = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
					      "<clientConfig version=\"1.1\">\n");
	g_autofree char *head =
		g_markup_printf_escaped("  <emailProvider id=\"%s\">\n    <domain>%s</domain>\n"
					"    <displayName>%s, sealed by postseal</displayName>\n"
					"    <displayShortName>postseal</displayShortName>\n",
					domain, domain, domain);
	g_string_append(xml, head);
	for (guint i = 0; i < locals->len; i++) {
		const SetupLocal *local = g_ptr_array_index(locals, i);
		const char *element =
			local->protocol == NET_SUBMISSION ? "outgoingServer" : "incomingServer";
		g_autofree char *server = g_markup_printf_escaped(
			"    <%s type=\"%s\">\n      <hostname>%s</hostname>\n"
			"      <port>%u</port>\n      <socketType>%s</socketType>\n"
			"      <username>%%EMAILADDRESS%%</username>\n"
			"      <authentication>password-cleartext</authentication>\n    </%s>\n",
			element, TYPES[local->protocol], local->host, local->port,
			socket_type(local->security), element);
		g_string_append(xml, server);
	}
	g_string_append(xml, "  </emailProvider>\n</clientConfig>\n");
	return g_string_free(g_steal_pointer(&xml), FALSE);
}

/* A UUID made of a name, so that it stays the same (RFC 9562 section 5.8: version 8). */
static char *
uuid_of(const char *address, const char *purpose)
{
	g_autofree char *name = g_strconcat("postseal ", purpose, " ", address, NULL);
	g_autofree char *hex = g_compute_checksum_for_string(G_CHECKSUM_SHA256, name, -1);
	return g_strdup_printf("%.8s-%.4s-8%.3s-8%.3s-%.12s", hex, hex + 8, hex + 13, hex + 17,
			       hex + 20);
}

static void
add_string(GString *plist, const char *key, const char *value)
{
	g_autofree char *line = g_markup_printf_escaped(
		"      <key>%s</key>\n      <string>%s</string>\n", key, value);
	g_string_append(plist, line);
}

static void
add_literal(GString *plist, const char *key, const char *value)
{
	g_string_append_printf(plist, "      <key>%s</key>\n      %s\n", key, value);
}

static void
add_server(GString *plist, const SetupLocal *local, const char *address)
{
	const char *prefix = local->protocol == NET_SUBMISSION ? "Outgoing" : "Incoming";

	const struct {
		const char *key;
		const char *value;
	} strings[] = {{"MailServerAuthentication", "EmailAuthPassword"},
		       {"MailServerHostName", local->host},
		       {"MailServerUsername", address}};

	for (size_t i = 0; i < G_N_ELEMENTS(strings); i++) {
		g_autofree char *key = g_strconcat(prefix, strings[i].key, NULL);
		add_string(plist, key, strings[i].value);
	}
	g_autofree char *port_key = g_strconcat(prefix, "MailServerPortNumber", NULL);
	g_autofree char *port = g_strdup_printf("<integer>%u</integer>", local->port);
	g_autofree char *ssl_key = g_strconcat(prefix, "MailServerUseSSL", NULL);
	add_literal(plist, port_key, port);
	add_literal(plist, ssl_key, strcmp(local->security, "none") == 0 ? "<false/>" : "<true/>");
}

/* A profile has one incoming server: IMAP where there is one. */
static const SetupLocal *
find_local(GPtrArray *locals, NetProtocol protocol)
{
	for (guint i = 0; i < locals->len; i++) {
		const SetupLocal *local = g_ptr_array_index(locals, i);
		if (local->protocol == protocol) {
			return local;
		}
	}
	return NULL;
}

static char *
mail_payload(const char *address, const char *name, GPtrArray *locals)
{
	const SetupLocal *imap = find_local(locals, NET_IMAP);
	const SetupLocal *incoming = imap != NULL ? imap : find_local(locals, NET_POP3);
	const SetupLocal *outgoing = find_local(locals, NET_SUBMISSION);
	g_autofree char *uuid = uuid_of(address, "mail payload");
	g_autofree char *identifier = g_strconcat("postseal.mail.", uuid, NULL);
	g_autoptr(GString) plist = g_string_new(NULL);
	add_string(plist, "EmailAccountDescription", address);
	if (name != NULL && name[0] != '\0') {
		add_string(plist, "EmailAccountName", name);
	}
	add_string(plist, "EmailAccountType", imap != NULL ? "EmailTypeIMAP" : "EmailTypePOP");
	add_string(plist, "EmailAddress", address);
	if (incoming != NULL) {
		add_server(plist, incoming, address);
	}
	if (outgoing != NULL) {
		add_server(plist, outgoing, address);
		add_literal(plist, "OutgoingPasswordSameAsIncomingPassword", "<true/>");
	}
	add_string(plist, "PayloadDisplayName", "Mail through postseal");
	add_string(plist, "PayloadIdentifier", identifier);
	add_string(plist, "PayloadType", "com.apple.mail.managed");
	add_string(plist, "PayloadUUID", uuid);
	add_literal(plist, "PayloadVersion", "<integer>1</integer>");
	return g_string_free(g_steal_pointer(&plist), FALSE);
}

char *
setup_mobileconfig(const char *address, const char *name, GPtrArray *locals)
{
	g_autofree char *payload = mail_payload(address, name, locals);
	g_autofree char *uuid = uuid_of(address, "profile");
	g_autofree char *tail = g_markup_printf_escaped(
		"  <key>PayloadDisplayName</key>\n  <string>%s through postseal</string>\n"
		"  <key>PayloadIdentifier</key>\n  <string>postseal.%s</string>\n"
		"  <key>PayloadRemovalDisallowed</key>\n  <false/>\n"
		"  <key>PayloadType</key>\n  <string>Configuration</string>\n"
		"  <key>PayloadUUID</key>\n  <string>%s</string>\n"
		"  <key>PayloadVersion</key>\n  <integer>1</integer>\n",
		address, uuid, uuid);
	return g_strconcat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			   "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
			   "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
			   "<plist version=\"1.0\">\n<dict>\n  <key>PayloadContent</key>\n"
			   "  <array>\n    <dict>\n",
			   payload, "    </dict>\n  </array>\n", tail, "</dict>\n</plist>\n", NULL);
}
