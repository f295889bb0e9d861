/* SPDX-License-Identifier: MPL-2.0 */
/* The provider's servers and how they are found. */
#pragma once

#include "base/bytes.h"
#include "net/server.h"
#include "net/tls.h"

#define SETUP_XML_MAX (256U << 10) /* octets of a clientConfig */

typedef struct {
	NetServer *by[3]; /* by NetProtocol; NULL: none */
	char *user;       /* the user name there; NULL: the address */
	bool oauth2_only; /* no password is accepted */
	char *source;     /* where this was found, for people: "https://..." */
	bool foreign;     /* a server is outside the address' domain and nobody vouched for it: DNS
			     alone said so (RFC 6186 section 6) */
} SetupServers;

void setup_servers_free(SetupServers *servers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SetupServers, setup_servers_free)

/* An address split, as proxy_address_normalise() takes it, whose domain is a host name. */
typedef struct {
	char *address; /* lower case, domain in A-labels */
	char *local;   /* as typed */
	char *domain;  /* A-labels, lower case */
} SetupAddress;

bool setup_address_parse(const char *text, SetupAddress *out, GError **error);
void setup_address_clear(SetupAddress *address);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SetupAddress, setup_address_clear)

/* Letters, digits, hyphens and dots of RFC 1123; at most 253. */
bool setup_is_host(const char *name);

/*
 * Reads a clientConfig of version 1.1 (https://wiki.mozilla.org/Thunderbird:Autoconfiguration:
 * ConfigFileFormat). Servers without TLS are passed over; TLS at once is preferred to STARTTLS.
 * PS_ERROR_MALFORMED; PS_ERROR_UNAVAILABLE if it names no server that can be used.
 */
SetupServers *setup_xml_read(BaseBytes xml, const SetupAddress *address, GError **error);

/* One SRV record (RFC 2782). */
typedef struct {
	const char *host; /* "." or "": the service is not offered (RFC 6186 section 3.4) */
	guint16 port;
	guint16 priority;
	guint16 weight;
} SetupSrv;

/* The record to use: lowest priority, then highest weight; NULL if none can be. */
const SetupSrv *setup_srv_choose(const SetupSrv *records, size_t n);

/*
 * Asks, in this order: files of Thunderbird and of @home, the domain's autoconfig over HTTPS, SRV
 * records, the autoconfig of the domain of its mail exchanger. PS_ERROR_UNAVAILABLE if nobody
 * knows.
 */
SetupServers *setup_servers_find(const SetupAddress *address, const char *home, GError **error);

/* From the file @path. PS_ERROR_NOT_FOUND, PS_ERROR_MALFORMED, PS_ERROR_UNAVAILABLE. */
SetupServers *setup_servers_file(const SetupAddress *address, const char *path, GError **error);
