/* SPDX-License-Identifier: MPL-2.0 */
/* Asking authorities whether certificates still hold: CRLs and OCSP (RFC 5280 section 4.2.1.13, RFC
 * 6960, RFC 5019). Only if the user wants it, and only for chained certificates: an address in
 * anybody's certificate would tell its author who reads, and where (RFC 8550 section 6). */
#pragma once

#include "cert/path.h"

#define CERT_FETCH_OCTETS_MAX  (1U << 20)
#define CERT_FETCH_SECONDS_MAX 5  /* of one call */
#define CERT_FETCH_URLS_MAX    4U /* of one certificate */
#define CERT_FETCH_HOSTS_MAX   4U /* addresses of one host that are tried */

/*
 * The CRLs (GBytes DER, maybe none) that the certificates of @path name as their distribution
 * points, each signed by the certificate above; not yet compared with what is stored. The network
 * guard: http only, port 80, to public addresses that are resolved once and connected to as
 * resolved; no redirects, no proxies. PS_ERROR_ARGUMENT if @path is not TRUSTED; PS_ERROR_IO if
 * nothing came that was asked for; PS_ERROR_UNAVAILABLE if no certificate names a usable place.
 */
GPtrArray *cert_fetch_crls(const CertPath *path, GError **error);

typedef enum {
	CERT_OCSP_UNKNOWN, /* the responder does not know the certificate */
	CERT_OCSP_GOOD,
	CERT_OCSP_REVOKED,
} CertOcspStatus;

/* "unknown", "good", "revoked"; static. */
const char *cert_ocsp_status_name(CertOcspStatus status);

typedef struct {
	CertOcspStatus status;
	int64_t this_update;
	int64_t next_update; /* until when the answer may be kept; a day if the responder names none
			      */
	int64_t revoked_at;  /* REVOKED; INT64_MIN otherwise */
} CertOcsp;

/*
 * What the responder that the leaf of @path names says about it at @now. The answer counts only if
 * the issuer, or a responder that it delegated to (EKU OCSPSigning), signed it, if it is about this
 * very certificate and current; no nonce. Errors as above, and PS_ERROR_CRYPTO for an answer that
 * does not count.
 */
bool cert_fetch_ocsp(const CertPath *path, int64_t now, CertOcsp *out, GError **error);
