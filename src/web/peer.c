/* SPDX-License-Identifier: MPL-2.0 */
/* Linux tells the owner of each socket in /proc/net/tcp and tcp6: proc_net_tcp.txt of the kernel.
 */
#include "web/peer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ADDRESS_DIGITS 33 /* four words of an IPv6 address, and a NUL */

typedef struct {
	char address[ADDRESS_DIGITS]; /* words of the machine, in capital hexadecimal digits */
	unsigned port;
} End;

static bool
read_end(GSocketAddress *address, End *out)
{
	if (!G_IS_INET_SOCKET_ADDRESS(address)) {
		return false;
	}
	GInetAddress *host = g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address));
	const guint8 *octets = g_inet_address_to_bytes(host);
	gsize n = g_inet_address_get_native_size(host);
	for (gsize i = 0; i < n; i += sizeof(guint32)) {
		guint32 word;
		memcpy(&word, octets + i, sizeof word);
		(void)g_snprintf(out->address + 2 * i, sizeof out->address - 2 * i, "%08X", word);
	}
	out->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(address));
	return true;
}

static bool
is_end(const End *end, const char *address, unsigned port)
{
	return end->port == port && strcmp(end->address, address) == 0;
}

/* The owner of the socket at @from that is connected to @to; false: not told. */
static bool
find_owner(FILE *table, const End *from, const End *to, unsigned *owner)
{
	char line[512];
	while (fgets(line, sizeof line, table) != NULL) {
		End one;
		End other;
		unsigned uid = 0;
		if (sscanf(line, " %*u: %32[0-9A-F]:%x %32[0-9A-F]:%x %*x %*x:%*x %*x:%*x %*x %u",
			   one.address, &one.port, other.address, &other.port, &uid) == 5 &&
		    is_end(from, one.address, one.port) && is_end(to, other.address, other.port)) {
			*owner = uid;
			return true;
		}
	}
	return false;
}

bool
web_peer_is_welcome(GSocketAddress *remote, GSocketAddress *local)
{
	End from;
	End to;
	unsigned owner = 0;
	if (!read_end(remote, &from) || !read_end(local, &to)) {
		return true;
	}
	bool six = strlen(from.address) > 8;
	FILE *table = fopen(six ? "/proc/net/tcp6" : "/proc/net/tcp", "re");
	bool told = table != NULL && find_owner(table, &from, &to, &owner);
	if (table != NULL) {
		(void)fclose(table);
	}
	return !told || owner == 0 || owner == geteuid();
}
