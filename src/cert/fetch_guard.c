/* SPDX-License-Identifier: MPL-2.0 */
/* Where a certificate may send us: nowhere near (server-side request forgery). */
#include "cert/fetch_private.h"

#define HTTP_PORT 80U

/* An address block: the first @bits of @prefix. */
typedef struct {
	uint8_t prefix[16];
	unsigned bits;
} Block;

/* Blocks of the IANA registry of special-purpose IPv4 addresses (RFC 6890), and multicast. */
static const Block forbidden_v4[] = {
	{{0}, 8},             /* this network (RFC 791) */
	{{10}, 8},            /* private (RFC 1918) */
	{{100, 64}, 10},      /* behind a carrier's NAT (RFC 6598) */
	{{127}, 8},           /* loopback (RFC 1122) */
	{{169, 254}, 16},     /* link-local (RFC 3927) */
	{{172, 16}, 12},      /* private (RFC 1918) */
	{{192, 0, 0}, 24},    /* protocol assignments (RFC 6890) */
	{{192, 0, 2}, 24},    /* documentation (RFC 5737) */
	{{192, 88, 99}, 24},  /* relays of 6to4 (RFC 7526) */
	{{192, 168}, 16},     /* private (RFC 1918) */
	{{198, 18}, 15},      /* benchmarks (RFC 2544) */
	{{198, 51, 100}, 24}, /* documentation (RFC 5737) */
	{{203, 0, 113}, 24},  /* documentation (RFC 5737) */
	{{224}, 4},           /* multicast (RFC 5771) */
	{{240}, 4},           /* reserved, and broadcast (RFC 1112) */
};

/* Global unicast; so everything else is forbidden: unspecified, loopback, IPv4-mapped, NAT64, ULA,
 * link-local, multicast. */
static const Block global_v6 = {{0x20}, 3};

/* And in it (RFC 6890): */
static const Block forbidden_v6[] = {
	{{0x20, 0x01, 0x00}, 23},       /* protocol assignments: Teredo, ORCHID, benchmarks */
	{{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation (RFC 3849) */
	{{0x20, 0x02}, 16},             /* 6to4, which holds any IPv4 address (RFC 3056) */
	{{0x3f, 0xff}, 20},             /* documentation (RFC 9637) */
};

static bool
is_in(const uint8_t *address, const Block *block)
{
	unsigned whole = block->bits / 8;
	unsigned rest = block->bits % 8;
	uint8_t mask = (uint8_t)(0xff00U >> rest);
	return memcmp(address, block->prefix, whole) == 0 &&
	       (rest == 0 || ((address[whole] ^ block->prefix[whole]) & mask) == 0);
}

static bool
is_in_any(const uint8_t *address, const Block *blocks, size_t n)
{
	size_t i = 0;
	while (i < n && !is_in(address, &blocks[i])) {
		i++;
	}
	return i < n;
}

bool
cert_fetch_is_public(GInetAddress *address, unsigned port)
{
	const uint8_t *octets = g_inet_address_to_bytes(address);
	if (port != HTTP_PORT) {
		return false;
	}
	if (g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV4) {
		return !is_in_any(octets, forbidden_v4, G_N_ELEMENTS(forbidden_v4));
	}
	return is_in(octets, &global_v6) &&
	       !is_in_any(octets, forbidden_v6, G_N_ELEMENTS(forbidden_v6));
}
