/* SPDX-License-Identifier: MPL-2.0 */
/* Which CRLs are worth showing to libcrypto; private to this folder. */
#pragma once

#include "base/bytes.h"
#include <openssl/x509.h>

/*
 * Those of @crls (GBytes DER, at most 4 * BASE_LIMIT_CRLS) that a certificate of @chain signed, or
 * one of @others that a certificate of @chain issued (RFC 5280 section 6.3.3 f). libcrypto picks a
 * CRL by name and date before it looks at the signature, so a forged one would hide the true one.
 */
STACK_OF(X509_CRL) *cert_path_choose_crls(GPtrArray *crls, const STACK_OF(X509) *chain,
					  const STACK_OF(X509) *others);
