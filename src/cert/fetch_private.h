/* SPDX-License-Identifier: MPL-2.0 */
/* One HTTP exchange with a public host; private to this folder and its tests. */
#pragma once

#include "cert/fetch.h"
#include <gio/gio.h>
#include <openssl/ocsp.h>

/* True if a connection to @address and @port may be made. */
typedef bool (*CertFetchAllows)(GInetAddress *address, unsigned port);

/* The only one outside of tests: public unicast addresses, port 80. */
bool cert_fetch_is_public(GInetAddress *address, unsigned port);

typedef struct {
	const char *url;
	OCSP_REQUEST *request; /* NULL: GET, else POST */
	CertFetchAllows allows;
	int64_t deadline; /* g_get_monotonic_time() */
} CertFetchJob;

/* One DER value of at most CERT_FETCH_OCTETS_MAX octets; PS_ERROR_ARGUMENT (this URL is never
 * asked), PS_ERROR_IO. */
GBytes *cert_fetch_exchange(const CertFetchJob *job, GError **error);

/* A call that begins now ends then. */
int64_t cert_fetch_deadline(void);

/* PS_ERROR_ARGUMENT unless @path is TRUSTED. */
bool cert_fetch_may_ask(const CertPath *path, GError **error);

GPtrArray *cert_fetch_crls_from(const CertPath *path, CertFetchAllows allows, GError **error);
bool cert_fetch_ocsp_from(const CertPath *path, CertFetchAllows allows, int64_t now, CertOcsp *out,
			  GError **error);
