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

typedef struct {
	bool there;
	unsigned owner;
	unsigned long inode; /* 0: its program is gone */
} Owner;

/* The socket at @from that is connected to @to. */
static void
find_owner(FILE *table, const End *from, const End *to, Owner *out)
{
	char line[512];
	while (!out->there && fgets(line, sizeof line, table) != NULL) {
		End one;
		End other;
		out->there = sscanf(line,
				    " %*u: %32[0-9A-F]:%x %32[0-9A-F]:%x %*x %*x:%*x %*x:%*x %*x "
				    "%u %*d %lu",
				    one.address, &one.port, other.address, &other.port, &out->owner,
				    &out->inode) == 6 &&
			     is_end(from, one.address, one.port) &&
			     is_end(to, other.address, other.port);
	}
}

/* As a socket for IPv6 that is connected to an IPv4 address calls its ends: ::ffff:127.0.0.1. */
static void
map_end(End *end)
{
	char four[ADDRESS_DIGITS];
	(void)g_strlcpy(four, end->address, sizeof four);
	(void)g_snprintf(end->address, sizeof end->address, "0000000000000000%08X%s",
			 GUINT32_TO_BE(0xffffU), four);
}

static void
ask_table(const char *path, const End *from, const End *to, Owner *out)
{
	FILE *table = out->there ? NULL : fopen(path, "re");
	if (table != NULL) {
		find_owner(table, from, to, out);
		(void)fclose(table);
	}
}

bool
web_peer_is_welcome(GSocketAddress *remote, GSocketAddress *local)
{
	End from;
	End to;
	Owner owner = {0};
	if (!read_end(remote, &from) || !read_end(local, &to)) {
		return true;
	}
	if (strlen(from.address) <= 8) {
		ask_table("/proc/net/tcp", &from, &to, &owner);
		map_end(&from);
		map_end(&to);
	}
	ask_table("/proc/net/tcp6", &from, &to, &owner);
	/* What nobody holds any more counts as root's: its owner is not known, nor does he wait. */
	return !owner.there || (owner.inode != 0 && (owner.owner == 0 || owner.owner == geteuid()));
}
