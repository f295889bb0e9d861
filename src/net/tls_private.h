/* SPDX-License-Identifier: MPL-2.0 */
/* What tls.c lends to the handshake. */
#pragma once

#include "net/tls.h"

/* 0: @certificate chains to an authority of @trust and names @identity (a GNetworkAddress or a
 * GInetSocketAddress). */
GTlsCertificateFlags tls_trust_verify(NetTrust *trust, GTlsCertificate *certificate,
				      GSocketConnectable *identity);
