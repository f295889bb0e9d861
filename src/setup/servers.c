/* SPDX-License-Identifier: MPL-2.0 */
/* Servers, addresses and the choice among SRV records. */
#include "setup/servers.h"

#include "proxy/config.h"
#include <string.h>

#define HOST_MAX 253U

void
setup_servers_free(SetupServers *servers)
{
	if (servers == NULL) {
		return;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(servers->by); i++) {
		g_clear_pointer(&servers->by[i], net_server_free);
	}
	g_free(servers->user);
	g_free(servers->source);
	g_free(servers);
}

bool
setup_is_host(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");
	return n > 0 && n <= HOST_MAX && name[n] == '\0' && name[0] != '.' && name[0] != '-' &&
	       strstr(name, "..") == NULL;
}

bool
setup_address_parse(const char *text, SetupAddress *out, GError **error)
{
	g_autofree char *address = proxy_address_normalise(text);
	const char *at = address == NULL ? NULL : strrchr(address, '@');
	if (at == NULL || !setup_is_host(at + 1)) {
		return base_fail(error, PS_ERROR_ARGUMENT,
				 "this is no address: write it as you@example.org");
	}
	out->domain = g_strdup(at + 1);
	out->local = g_strndup(text, (size_t)(strrchr(text, '@') - text));
	out->address = g_steal_pointer(&address);
	return true;
}

void
setup_address_clear(SetupAddress *address)
{
	g_clear_pointer(&address->address, g_free);
	g_clear_pointer(&address->local, g_free);
	g_clear_pointer(&address->domain, g_free);
}

static bool
is_better(const SetupSrv *a, const SetupSrv *b)
{
	return a->priority != b->priority ? a->priority < b->priority : a->weight > b->weight;
}

const SetupSrv *
setup_srv_choose(const SetupSrv *records, size_t n)
{
	const SetupSrv *best = NULL;
	for (size_t i = 0; i < n; i++) {
		bool usable = records[i].port != 0 && setup_is_host(records[i].host);
		if (usable && (best == NULL || is_better(&records[i], best))) {
			best = &records[i];
		}
	}
	return best;
}
