/* SPDX-License-Identifier: MPL-2.0 */
/* A provider's clientConfig, as GMarkup tells it. */
#include "setup/servers.h"

#include <string.h>

#define SERVERS_MAX 64U /* of one clientConfig */
#define TEXT_MAX    1024U

typedef struct {
	NetProtocol protocol;
	char *host;
	char *port;
	char *user;
	bool implicit_tls;
	bool start_tls;
	bool password;
	bool oauth2;
} Candidate;

typedef struct {
	const SetupAddress *address;
	Candidate current;
	bool in_server;
	guint servers;
	GString *text;
	bool is_config;
	SetupServers *found;
	bool rank_implicit[3];
} Reader;

static const struct {
	const char *element;
	const char *type;
	NetProtocol protocol;
} SERVER_TYPES[] = {
	{"incomingServer", "imap", NET_IMAP},
	{"incomingServer", "pop3", NET_POP3},
	{"outgoingServer", "smtp", NET_SUBMISSION},
};

static const char *const SCHEMES[3][2] = {
	[NET_SUBMISSION] = {"submission", "submissions"},
	[NET_IMAP] = {"imap", "imaps"},
	[NET_POP3] = {"pop3", "pop3s"},
};

static void
candidate_clear(Candidate *candidate)
{
	g_free(candidate->host);
	g_free(candidate->port);
	g_free(candidate->user);
	*candidate = (Candidate){0};
}

/* In one pass: what an address brings in is never taken for a placeholder. */
static char *
expand(const SetupAddress *address, const char *text)
{
	g_autofree char *whole = g_strconcat(address->local, "@", address->domain, NULL);

	const struct {
		const char *name;
		const char *value;
	} placeholders[] = {{"%EMAILADDRESS%", whole},
			    {"%EMAILLOCALPART%", address->local},
			    {"%EMAILDOMAIN%", address->domain}};

	g_autoptr(GString) out = g_string_new(NULL);
	const char *p = text;
	while (*p != '\0') {
		size_t i = 0;
		while (i < G_N_ELEMENTS(placeholders) &&
		       !g_str_has_prefix(p, placeholders[i].name)) {
			i++;
		}
		if (i < G_N_ELEMENTS(placeholders)) {
			g_string_append(out, placeholders[i].value);
			p += strlen(placeholders[i].name);
		} else {
			g_string_append_c(out, *p++);
		}
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

static void
begin_server(Reader *reader, const char *element, const char **names, const char **values)
{
	const char *type = "";
	for (size_t i = 0; names[i] != NULL; i++) {
		type = strcmp(names[i], "type") == 0 ? values[i] : type;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(SERVER_TYPES); i++) {
		if (strcmp(SERVER_TYPES[i].element, element) == 0 &&
		    strcmp(SERVER_TYPES[i].type, type) == 0 && !reader->in_server &&
		    reader->servers++ < SERVERS_MAX) {
			candidate_clear(&reader->current);
			reader->current.protocol = SERVER_TYPES[i].protocol;
			reader->in_server = true;
		}
	}
}

static void
take_socket(Candidate *candidate, const char *value)
{
	candidate->implicit_tls = strcmp(value, "SSL") == 0;
	candidate->start_tls = strcmp(value, "STARTTLS") == 0;
}

static void
take_authentication(Candidate *candidate, const char *value)
{
	bool oauth2 = strcmp(value, "OAuth2") == 0;
	candidate->oauth2 = candidate->oauth2 || oauth2;
	candidate->password = candidate->password || !oauth2;
}

static void
take_value(Reader *reader, const char *element, const char *text)
{
	Candidate *candidate = &reader->current;
	g_autofree char *value = expand(reader->address, text);
	g_strstrip(value);
	if (strcmp(element, "hostname") == 0) {
		g_free(candidate->host);
		candidate->host = g_steal_pointer(&value);
	} else if (strcmp(element, "port") == 0) {
		g_free(candidate->port);
		candidate->port = g_steal_pointer(&value);
	} else if (strcmp(element, "username") == 0) {
		g_free(candidate->user);
		candidate->user = g_steal_pointer(&value);
	} else if (strcmp(element, "socketType") == 0) {
		take_socket(candidate, value);
	} else if (strcmp(element, "authentication") == 0) {
		take_authentication(candidate, value);
	}
}

/* Anything that would break a line of the configuration is no user name. */
static bool
is_plain_text(const char *text)
{
	const char *p = text;
	while (*p != '\0' && !g_ascii_iscntrl(*p)) {
		p++;
	}
	return *p == '\0' && text[0] != '\0';
}

static void
end_server(Reader *reader)
{
	Candidate *candidate = &reader->current;
	NetProtocol protocol = candidate->protocol;
	SetupServers *found = reader->found;
	bool usable = (candidate->implicit_tls || candidate->start_tls) &&
		      candidate->host != NULL && setup_is_host(candidate->host);
	bool better = found->by[protocol] == NULL ||
		      (candidate->implicit_tls && !reader->rank_implicit[protocol]);
	if (!usable || !better) {
		return;
	}
	bool with_port = candidate->port != NULL && candidate->port[0] != '\0';
	g_autofree char *url =
		g_strconcat(SCHEMES[protocol][candidate->implicit_tls], "://", candidate->host,
			    with_port ? ":" : "", with_port ? candidate->port : "", NULL);
	NetServer *server = net_server_parse(url, NULL);
	if (server == NULL) {
		return;
	}
	g_clear_pointer(&found->by[protocol], net_server_free);
	found->by[protocol] = server;
	reader->rank_implicit[protocol] = candidate->implicit_tls;
	if (candidate->user != NULL && is_plain_text(candidate->user) &&
	    (protocol == NET_IMAP || found->user == NULL)) {
		g_free(found->user);
		found->user = g_strdup(candidate->user);
	}
	if (protocol == NET_IMAP || found->by[NET_IMAP] == NULL) {
		found->oauth2_only = candidate->oauth2 && !candidate->password;
	}
}

static void
on_start(GMarkupParseContext *context G_GNUC_UNUSED, const char *element, const char **names,
	 const char **values, gpointer user, GError **error G_GNUC_UNUSED)
{
	Reader *reader = user;
	g_string_truncate(reader->text, 0);
	reader->is_config = reader->is_config || strcmp(element, "clientConfig") == 0;
	begin_server(reader, element, names, values);
}

static void
on_text(GMarkupParseContext *context G_GNUC_UNUSED, const char *text, gsize n, gpointer user,
	GError **error G_GNUC_UNUSED)
{
	Reader *reader = user;
	if (reader->text->len + n <= TEXT_MAX) {
		g_string_append_len(reader->text, text, (gssize)n);
	}
}

static void
on_end(GMarkupParseContext *context G_GNUC_UNUSED, const char *element, gpointer user,
       GError **error G_GNUC_UNUSED)
{
	Reader *reader = user;
	bool is_server =
		strcmp(element, "incomingServer") == 0 || strcmp(element, "outgoingServer") == 0;
	if (reader->in_server && is_server) {
		end_server(reader);
		reader->in_server = false;
	} else if (reader->in_server) {
		take_value(reader, element, reader->text->str);
	}
	g_string_truncate(reader->text, 0);
}

static bool
parse(BaseBytes xml, Reader *reader)
{
	static const GMarkupParser PARSER = {on_start, on_end, on_text, NULL, NULL};
	g_autoptr(GMarkupParseContext) context =
		g_markup_parse_context_new(&PARSER, (GMarkupParseFlags)0, reader, NULL);
	return g_markup_parse_context_parse(context, (const char *)xml.p, (gssize)xml.n, NULL) &&
	       g_markup_parse_context_end_parse(context, NULL) && reader->is_config;
}

SetupServers *
setup_xml_read(BaseBytes xml, const SetupAddress *address, GError **error)
{
	if (xml.n == 0 || xml.n > SETUP_XML_MAX) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
				      "a clientConfig has 1 to %u octets", SETUP_XML_MAX);
	}
	g_autoptr(SetupServers) found = g_new0(SetupServers, 1);
	g_autoptr(GString) text = g_string_new(NULL);
	Reader reader = {.address = address, .text = text, .found = found};
	bool good = parse(xml, &reader);
	candidate_clear(&reader.current);
	if (!good) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "this is no clientConfig (XML)");
	}
	if (found->by[NET_IMAP] == NULL && found->by[NET_POP3] == NULL) {
		return BASE_FAIL_NULL(
			error, PS_ERROR_UNAVAILABLE,
			"the provider's clientConfig names no incoming server with TLS");
	}
	return g_steal_pointer(&found);
}
