/* SPDX-License-Identifier: MPL-2.0 */
/* Addresses of accounts, and the account of an address. */
#include "proxy/config.h"

#include <postseal/account.h>
#include <string.h>

char *
proxy_address_normalise(const char *text)
{
	g_autofree char *normal = ps_address_normalise(text);
	const char *host = normal == NULL ? NULL : strrchr(normal, '@') + 1;
	return host == NULL || normal[0] == '"' || host[0] == '[' || host[0] == '-'
		       ? NULL
		       : g_steal_pointer(&normal);
}

ProxyAccount *
proxy_config_find(const ProxyConfig *config, const char *address)
{
	g_autofree char *wanted = proxy_address_normalise(address);
	for (guint i = 0; wanted != NULL && i < config->accounts->len; i++) {
		ProxyAccount *account = g_ptr_array_index(config->accounts, i);
		if (strcmp(account->address, wanted) == 0) {
			return account;
		}
	}
	return NULL;
}
