/* SPDX-License-Identifier: MPL-2.0 */
/* Which CRLs are worth showing to libcrypto: those with a signature that counts. */
#include "cert/path_crl.h"

#include "base/limits.h"
#include "cert/openssl_auto.h"

/* Of one message and of the store together. */
#define PATH_CRLS_MAX (4 * BASE_LIMIT_CRLS)

static bool
issued_by_any(X509 *cert, const STACK_OF(X509) *chain)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		X509 *issuer = sk_X509_value(chain, i);
		if (X509_NAME_cmp(X509_get_issuer_name(cert), X509_get_subject_name(issuer)) == 0 &&
		    X509_verify(cert, X509_get0_pubkey(issuer)) == 1) {
			return true;
		}
	}
	return false;
}

static bool
signed_by(X509_CRL *crl, X509 *signer)
{
	return X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(signer)) == 0 &&
	       X509_CRL_verify(crl, X509_get0_pubkey(signer)) == 1;
}

static bool
is_genuine(X509_CRL *crl, const STACK_OF(X509) *chain, const STACK_OF(X509) *others)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		if (signed_by(crl, sk_X509_value(chain, i))) {
			return true;
		}
	}
	for (int i = 0; i < sk_X509_num(others); i++) {
		X509 *signer = sk_X509_value(others, i);
		if (signed_by(crl, signer) && issued_by_any(signer, chain)) {
			return true;
		}
	}
	return false;
}

STACK_OF(X509_CRL) *
cert_path_choose_crls(GPtrArray *crls, const STACK_OF(X509) *chain, const STACK_OF(X509) *others)
{
	STACK_OF(X509_CRL) *genuine = sk_X509_CRL_new_null();
	unsigned n = crls == NULL ? 0 : MIN(crls->len, PATH_CRLS_MAX);
	for (unsigned i = 0; i < n; i++) {
		BaseBytes der = base_bytes_of(g_ptr_array_index(crls, i));
		const unsigned char *p = der.p;
		g_autoptr(X509_CRL) crl =
			der.n > BASE_LIMIT_CRL ? NULL : d2i_X509_CRL(NULL, &p, (long)der.n);
		if (crl != NULL && is_genuine(crl, chain, others) &&
		    sk_X509_CRL_push(genuine, crl) > 0) {
			g_steal_pointer(&crl);
		}
	}
	return genuine;
}
