/* SPDX-License-Identifier: MPL-2.0 */
/* Files of certificates and revocation lists that a person hands over. */
#pragma once

#include "cert/info.h"

#define CERT_FILE_CERTS_MAX 1000U /* certificates of one file */
#define CERT_FILE_CRLS_MAX  16U   /* revocation lists of one file, each of BASE_LIMIT_CRL octets */

typedef struct {
	GPtrArray *certs; /* CertInfo, in the order of the file */
	GPtrArray *crls;  /* GBytes: DER of what cert_crl_read() reads */
} CertFile;

/*
 * One certificate or CRL in DER, or any number and mixture in PEM (RFC 7468: CERTIFICATE, X509
 * CERTIFICATE, X509 CRL) with anything between and around them; other PEM objects, private keys for
 * one, are passed over unread. At least one comes. PS_ERROR_MALFORMED, PS_ERROR_LIMIT.
 */
bool cert_read_file_bytes(BaseBytes data, CertFile *out, GError **error);

void cert_file_clear(CertFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CertFile, cert_file_clear)
