/* SPDX-License-Identifier: MPL-2.0 */
/* Asking everybody who may know a provider's servers. */
#include "net/http.h"
#include "setup/servers.h"

#include <string.h>

#define MX_MAX        8U /* mail exchangers that are looked at */
#define REDIRECTS_MAX 3U
#define SECONDS_MAX   10U /* for one document */

typedef struct {
	const SetupAddress *address;
	const char *home;
	NetTrust *trust; /* the system's authorities */
} Search;

static SetupServers *
with_source(SetupServers *servers, const char *source)
{
	if (servers != NULL) {
		g_free(servers->source);
		servers->source = g_strdup(source);
	}
	return servers;
}

SetupServers *
setup_servers_file(const SetupAddress *address, const char *path, GError **error)
{
	g_autofree char *text = NULL;
	gsize n = 0;
	g_autoptr(GFile) file = g_file_new_for_path(path);
	g_autoptr(GFileInfo) info = g_file_query_info(file, G_FILE_ATTRIBUTE_STANDARD_SIZE,
						      G_FILE_QUERY_INFO_NONE, NULL, NULL);
	if (info != NULL && g_file_info_get_size(info) > (goffset)SETUP_XML_MAX) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "%s: the file is too large", path);
	}
	if (!g_file_get_contents(path, &text, &n, NULL)) {
		return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "%s: cannot be read", path);
	}
	SetupServers *servers = setup_xml_read(base_bytes(text, n), address, error);
	if (servers == NULL) {
		g_prefix_error(error, "%s: ", path);
	}
	return with_source(servers, path);
}

static SetupServers *
from_files(const Search *search, const char *domain)
{
	g_autofree char *name = g_strconcat(domain, ".xml", NULL);
	g_autofree char *own = g_build_filename(search->home, "isp", name, NULL);
	g_autofree char *installed = g_build_filename("/usr/share/thunderbird/isp", name, NULL);
	SetupServers *servers = setup_servers_file(search->address, own, NULL);
	return servers != NULL ? servers : setup_servers_file(search->address, installed, NULL);
}

static SetupServers *
from_url(const Search *search, const char *url)
{
	NetHttpRequest request = {.url = url,
				  .accept = "text/xml, application/xml",
				  .redirects = REDIRECTS_MAX,
				  .seconds = SECONDS_MAX};
	g_auto(NetHttpAnswer) answer = {0};
	return net_http_ask(&request, search->trust, &answer, NULL) && answer.status == 200
		       ? with_source(
				 setup_xml_read(base_bytes_of(answer.body), search->address, NULL),
				 url)
		       : NULL;
}

static SetupServers *
from_autoconfig(const Search *search, const char *domain)
{
	g_autofree char *escaped = g_uri_escape_string(search->address->address, "@", FALSE);
	g_autofree char *host = g_strdup_printf(
		"https://autoconfig.%s/mail/config-v1.1.xml?emailaddress=%s", domain, escaped);
	g_autofree char *well_known =
		g_strdup_printf("https://%s/.well-known/autoconfig/mail/config-v1.1.xml", domain);
	SetupServers *servers = search->trust == NULL ? NULL : from_url(search, host);
	return servers != NULL || search->trust == NULL ? servers : from_url(search, well_known);
}

/* A provider's own names are under its domain; others need a look (RFC 6186 section 6). */
static bool
is_under(const char *host, const char *domain)
{
	size_t n = strlen(host);
	size_t m = strlen(domain);
	return n >= m && g_ascii_strcasecmp(host + n - m, domain) == 0 &&
	       (n == m || host[n - m - 1] == '.');
}

static NetServer *
to_server(const char *scheme, const SetupSrv *record)
{
	g_autofree char *url = g_strdup_printf("%s://%s:%u", scheme, record->host, record->port);
	return net_server_parse(url, NULL);
}

static NetServer *
from_service(const char *service, const char *scheme, const char *domain)
{
	g_autoptr(GResolver) resolver = g_resolver_get_default();
	GList *targets = g_resolver_lookup_service(resolver, service, "tcp", domain, NULL, NULL);
	g_autoptr(GArray) records = g_array_new(FALSE, FALSE, sizeof(SetupSrv));
	for (GList *l = targets; l != NULL; l = l->next) {
		SetupSrv record = {.host = g_srv_target_get_hostname(l->data),
				   .port = g_srv_target_get_port(l->data),
				   .priority = g_srv_target_get_priority(l->data),
				   .weight = g_srv_target_get_weight(l->data)};
		g_array_append_val(records, record);
	}
	const SetupSrv *best =
		setup_srv_choose((const SetupSrv *)(void *)records->data, records->len);
	NetServer *server = best == NULL ? NULL : to_server(scheme, best);
	g_resolver_free_targets(targets);
	return server;
}

static SetupServers *
from_srv(const Search *search, const char *domain)
{
	static const struct {
		const char *service; /* also the scheme; the one with TLS at once first */
		NetProtocol protocol;
	} SERVICES[] = {
		{"submissions", NET_SUBMISSION},
		{"submission", NET_SUBMISSION},
		{"imaps", NET_IMAP},
		{"imap", NET_IMAP},
		{"pop3s", NET_POP3},
		{"pop3", NET_POP3},
	};

	g_autoptr(SetupServers) found = g_new0(SetupServers, 1);
	for (size_t i = 0; i < G_N_ELEMENTS(SERVICES); i++) {
		NetServer **slot = &found->by[SERVICES[i].protocol];
		if (*slot == NULL) {
			*slot = from_service(SERVICES[i].service, SERVICES[i].service, domain);
			found->foreign = found->foreign ||
					 (*slot != NULL &&
					  !is_under((*slot)->host, search->address->domain));
		}
	}
	if (found->by[NET_IMAP] == NULL && found->by[NET_POP3] == NULL) {
		return NULL;
	}
	g_autofree char *source = g_strdup_printf("SRV records of %s", domain);
	return with_source(g_steal_pointer(&found), source);
}

/* "mx1.mail.example.com": its autoconfig is at mail.example.com or at example.com. */
static SetupServers *
from_exchanger(const Search *search, const char *host)
{
	const char *parent = strchr(host, '.');
	SetupServers *servers = NULL;
	while (servers == NULL && parent != NULL && strchr(parent + 1, '.') != NULL) {
		const char *domain = parent + 1;
		if (setup_is_host(domain) && strcmp(domain, search->address->domain) != 0) {
			servers = from_files(search, domain);
			servers = servers != NULL ? servers : from_autoconfig(search, domain);
		}
		parent = strchr(domain, '.');
	}
	if (servers != NULL) {
		servers->foreign = true;
	}
	return servers;
}

static char *
first_exchanger(const char *domain)
{
	g_autoptr(GResolver) resolver = g_resolver_get_default();
	GList *records =
		g_resolver_lookup_records(resolver, domain, G_RESOLVER_RECORD_MX, NULL, NULL);
	char *best = NULL;
	guint16 lowest = 0;
	guint n = 0;
	for (GList *l = records; l != NULL; l = l->next) {
		guint16 preference = 0;
		const char *host = NULL;
		g_variant_get(l->data, "(q&s)", &preference, &host);
		if (n++ < MX_MAX && (best == NULL || preference < lowest)) {
			g_free(best);
			best = g_strdup(host);
			lowest = preference;
		}
	}
	g_list_free_full(records, (GDestroyNotify)g_variant_unref);
	return best;
}

static SetupServers *
from_mx(const Search *search, const char *domain)
{
	g_autofree char *host = first_exchanger(domain);
	size_t n = host == NULL ? 0 : strlen(host);
	if (n > 0 && host[n - 1] == '.') {
		host[n - 1] = '\0';
	}
	return n == 0 ? NULL : from_exchanger(search, host);
}

SetupServers *
setup_servers_find(const SetupAddress *address, const char *home, GError **error)
{
	static SetupServers *(*const FINDERS[])(const Search *, const char *) = {
		from_files, from_autoconfig, from_srv, from_mx};
	g_autoptr(NetTrust) trust = net_trust_new(NULL, NULL);
	Search search = {.address = address, .home = home, .trust = trust};
	SetupServers *servers = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(FINDERS) && servers == NULL; i++) {
		servers = FINDERS[i](&search, address->domain);
	}
	return servers != NULL
		       ? servers
		       : BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
					"nobody tells the servers of %s: is it spelled right, and "
					"the network there? Else name them with --imap "
					"imaps://HOST --submission submissions://HOST",
					address->domain);
}
