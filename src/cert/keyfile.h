/* SPDX-License-Identifier: MPL-2.0 */
/* Keys and certificates as files: PKCS#8 (RFC 5958) and PEM (RFC 7468). */
#pragma once

#include "cert/info.h"

/* PrivateKeyInfo, unencrypted, in memory that is wiped; PS_ERROR_CRYPTO. */
GBytes *cert_key_to_der(const EVP_PKEY *key, GError **error);

/* PS_ERROR_MALFORMED, PS_ERROR_UNSUPPORTED, PS_ERROR_LIMIT. */
EVP_PKEY *cert_key_from_der(BaseBytes der, GError **error);

/* (transfer full), ends in LF. */
char *cert_to_pem(const CertInfo *info);

/*
 * The certificates of what cert_read_file_bytes() reads: a GPtrArray of CertInfo, never empty.
 * PS_ERROR_MALFORMED, PS_ERROR_LIMIT.
 */
GPtrArray *cert_from_pem_or_der(BaseBytes data, GError **error);
