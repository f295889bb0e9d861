/* SPDX-License-Identifier: MPL-2.0 */
/* The certificate authorities that Mozilla trusts to vouch for mail addresses. */
#pragma once

#include "cert/info.h"

/*
 * Reads NSS's built-in module libnssckbi.so through p11-kit: the certificates (CertInfo; (transfer
 * full), never empty) whose trust object says CKT_NSS_TRUSTED_DELEGATOR for
 * CKA_TRUST_EMAIL_PROTECTION and names the same issuer, serial number and hash. What another trust
 * object calls CKT_NSS_NOT_TRUSTED is left out; a root trusted for TLS only never comes. A root
 * with a day from which new certificates for mail are distrusted carries it, and cert_path_check()
 * honours it: keep the CertInfo, do not read the octets again. Both libraries are loaded here, at
 * the first call; the result is not kept. PS_ERROR_UNAVAILABLE, naming the package, if one of them
 * is missing or the module has nothing to say about mail.
 */
GPtrArray *cert_mozilla_mail_roots(GError **error);
