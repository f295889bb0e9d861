/* SPDX-License-Identifier: MPL-2.0 */
/* Servers, addresses and the choice among SRV records. */
#include "setup/servers.h"

#include <string.h>

#define HOST_MAX  253U
#define LOCAL_MAX 64U /* RFC 5321 section 4.5.3.1.1 */

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

static bool
is_local(const char *local, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((guchar)local[i] <= ' ' || strchr("\x7f<>[]()\"\\,;:", local[i]) != NULL) {
			return false;
		}
	}
	return n > 0 && n <= LOCAL_MAX && g_utf8_validate(local, (gssize)n, NULL);
}

bool
setup_address_parse(const char *text, SetupAddress *out, GError **error)
{
	const char *at = strrchr(text, '@');
	size_t n = at == NULL ? 0 : (size_t)(at - text);
	g_autofree char *ascii = at == NULL ? NULL : g_hostname_to_ascii(at + 1);
	if (ascii == NULL || !setup_is_host(ascii) || !is_local(text, n)) {
		return base_fail(error, PS_ERROR_ARGUMENT,
				 "this is no address: write it as you@example.org");
	}
	g_autofree char *local = g_strndup(text, n);
	g_autofree char *lower =
		g_str_is_ascii(local) ? g_ascii_strdown(local, -1) : g_strdup(local);
	out->domain = g_ascii_strdown(ascii, -1);
	out->address = g_strconcat(lower, "@", out->domain, NULL);
	out->local = g_steal_pointer(&local);
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
