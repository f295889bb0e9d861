/* SPDX-License-Identifier: MPL-2.0 */
/* The certificate of this machine's own listeners. */
#pragma once

#include "base/bytes.h"

/* A new one, self-signed, for 127.0.0.1, ::1 and localhost: PEM, certificate and private key, in
 * memory that is wiped; PS_ERROR_CRYPTO. */
GBytes *cert_local_new(int64_t now, GError **error);
