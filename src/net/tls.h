/* SPDX-License-Identifier: MPL-2.0 */
/* What TLS connections share: our certificate, and whom we believe. */
#pragma once

#include "base/bytes.h"
#include <gio/gio.h>

/* The certificate of the local listeners, with its private key, from one PEM text; NULL and
 * PS_ERROR_MALFORMED. GTlsCertificate is shared by all connections. */
GTlsCertificate *net_tls_certificate(const char *pem, GError **error);

/*
 * Whom connections to providers believe: the authorities in the PEM file @ca_file, or the system's
 * (NULL). Loaded once and shared by all connections and threads, since the naive way loads the
 * system's list for each connection (24 handshakes a second and 3.8 MiB each). PS_ERROR_NOT_FOUND,
 * PS_ERROR_MALFORMED.
 */
typedef struct NetTrust NetTrust;
NetTrust *net_trust_new(const char *ca_file, GError **error);
NetTrust *net_trust_ref(NetTrust *trust);
void net_trust_unref(NetTrust *trust);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NetTrust, net_trust_unref)
