/* SPDX-License-Identifier: MPL-2.0 */
/* Which revocation lists count: those with a signature that does, and of them the newest. */
#include "cert/path_crl.h"

#include "base/limits.h"
#include "cert/crl.h"
#include "cert/openssl_auto.h"
#include <openssl/x509v3.h>

/* Signatures that are checked: of one message, and of the store for each authority of a path. */
#define TRIES_MAX       (BASE_LIMIT_CRLS + 4 * BASE_LIMIT_CRLS * BASE_LIMIT_CHAIN)

/* What X509_CRL_get0_by_cert() returns. */
#define LISTED          1
#define LISTED_RELEASED 2 /* with the reason removeFromCRL */

/* A genuine list. */
typedef struct {
	BaseBytes der; /* as it was given, borrowed */
	CertCrlInfo info;
	X509_CRL *crl;
	X509 *signer;
} List;

static void
list_free(void *data)
{
	List *list = data;
	X509_CRL_free(list->crl);
	X509_free(list->signer);
	g_free(list);
}

void
cert_path_crls_clear(CertPathCrls *crls)
{
	g_clear_pointer(&crls->lists, g_ptr_array_unref);
	sk_X509_CRL_pop_free(crls->shown, X509_CRL_free);
	sk_X509_pop_free(crls->signers, X509_free);
}

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
is_named(const X509_CRL *crl, const X509 *signer)
{
	return X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(signer)) == 0;
}

static bool
signed_by(X509_CRL *crl, X509 *signer)
{
	return is_named(crl, signer) && (X509_get_key_usage(signer) & KU_CRL_SIGN) != 0 &&
	       X509_CRL_verify(crl, X509_get0_pubkey(signer)) == 1;
}

/* NULL: it is not genuine. */
static X509 *
find_signer(X509_CRL *crl, const STACK_OF(X509) *chain, const STACK_OF(X509) *others)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		if (signed_by(crl, sk_X509_value(chain, i))) {
			return sk_X509_value(chain, i);
		}
	}
	for (int i = 0; i < sk_X509_num(others); i++) {
		X509 *signer = sk_X509_value(others, i);
		if (is_named(crl, signer) && issued_by_any(signer, chain) &&
		    signed_by(crl, signer)) {
			return signer;
		}
	}
	return NULL;
}

static bool
names_any(const CertCrlInfo *info, const STACK_OF(X509) *certs)
{
	const unsigned char *p = info->issuer_name.p;
	g_autoptr(X509_NAME) name = d2i_X509_NAME(NULL, &p, (long)info->issuer_name.n);
	for (int i = 0; name != NULL && i < sk_X509_num(certs); i++) {
		if (X509_NAME_cmp(name, X509_get_subject_name(sk_X509_value(certs, i))) == 0) {
			return true;
		}
	}
	return false;
}

static bool
is_known(const GPtrArray *lists, BaseBytes der)
{
	for (unsigned i = 0; i < lists->len; i++) {
		const List *list = g_ptr_array_index(lists, i);
		if (base_bytes_equal(list->der, der)) {
			return true;
		}
	}
	return false;
}

static X509_CRL *
parse(BaseBytes der)
{
	const unsigned char *p = der.p;
	return d2i_X509_CRL(NULL, &p, (long)der.n);
}

/* False if it does not concern these certificates: then it cost nothing. */
static bool
try_list(GPtrArray *lists, BaseBytes der, const STACK_OF(X509) *chain, const STACK_OF(X509) *others)
{
	CertCrlInfo info;
	if (is_known(lists, der) || !cert_crl_read(der, &info, NULL) || info.unknown_critical ||
	    (!names_any(&info, chain) && !names_any(&info, others))) {
		return false;
	}
	g_autoptr(X509_CRL) crl = parse(der);
	X509 *signer = crl == NULL ? NULL : find_signer(crl, chain, others);
	if (signer != NULL && X509_up_ref(signer) == 1) {
		List *list = g_new0(List, 1);
		list->der = der;
		list->info = info;
		list->crl = g_steal_pointer(&crl);
		list->signer = signer;
		g_ptr_array_add(lists, list);
	}
	return true;
}

static bool
has_key(const List *list, const X509 *cert)
{
	return EVP_PKEY_eq(X509_get0_pubkey(list->signer), X509_get0_pubkey(cert)) == 1;
}

static bool
has_same_source(const List *a, const List *b)
{
	return X509_NAME_cmp(X509_CRL_get_issuer(a->crl), X509_CRL_get_issuer(b->crl)) == 0 &&
	       has_key(a, b->signer);
}

static bool
is_same_kind(const List *a, const List *b)
{
	return a->info.delta == b->info.delta && base_bytes_equal(a->info.scope, b->info.scope) &&
	       has_same_source(a, b);
}

/* A newer one of the same kind is there, and does not only count later than this one. */
static bool
is_superseded(const CertPathCrls *crls, const List *list)
{
	for (unsigned i = 0; i < crls->lists->len; i++) {
		const List *other = g_ptr_array_index(crls->lists, i);
		if (cert_crl_compare(&other->info, &list->info) > 0 &&
		    (other->info.this_update <= crls->at || list->info.this_update > crls->at) &&
		    is_same_kind(other, list)) {
			return true;
		}
	}
	return false;
}

static void
show(const List *list, const STACK_OF(X509) *chain, CertPathCrls *out)
{
	if (X509_CRL_up_ref(list->crl) == 1 && sk_X509_CRL_push(out->shown, list->crl) <= 0) {
		X509_CRL_free(list->crl);
	}
	for (int i = 0; i < sk_X509_num(chain); i++) {
		if (sk_X509_value(chain, i) == list->signer) {
			return;
		}
	}
	if (X509_up_ref(list->signer) == 1 && sk_X509_push(out->signers, list->signer) <= 0) {
		X509_free(list->signer);
	}
}

void
cert_path_choose_crls(GPtrArray *crls, const STACK_OF(X509) *chain, const STACK_OF(X509) *others,
		      int64_t at, CertPathCrls *out)
{
	unsigned tries = 0;
	*out = (CertPathCrls){
		.lists = g_ptr_array_new_with_free_func(list_free),
		.shown = sk_X509_CRL_new_null(),
		.signers = sk_X509_new_null(),
		.at = at,
		.change = INT64_MAX,
	};
	for (unsigned i = 0; crls != NULL && i < crls->len && tries < TRIES_MAX; i++) {
		BaseBytes der = base_bytes_of(g_ptr_array_index(crls, i));
		tries += try_list(out->lists, der, chain, others) ? 1 : 0;
	}
	for (unsigned i = 0; i < out->lists->len; i++) {
		const List *list = g_ptr_array_index(out->lists, i);
		if (list->info.this_update > at) {
			out->change = MIN(out->change, list->info.this_update);
		} else if (list->info.delta || !is_superseded(out, list)) {
			show(list, chain, out);
		}
	}
}

/* A newer delta may take a hold away (RFC 5280 section 5.2.4). */
static bool
is_released(const CertPathCrls *crls, const List *list, X509 *cert)
{
	X509_REVOKED *entry = NULL;
	for (unsigned i = 0; i < crls->lists->len; i++) {
		const List *delta = g_ptr_array_index(crls->lists, i);
		if (delta->info.delta && delta->info.this_update <= crls->at &&
		    cert_crl_compare(&delta->info, &list->info) > 0 &&
		    has_same_source(delta, list) &&
		    X509_CRL_get0_by_cert(delta->crl, &entry, cert) == LISTED_RELEASED) {
			return true;
		}
	}
	return false;
}

/* A list of the key of @issuer itself; what others may sign for it libcrypto knows. */
static bool
revokes(const CertPathCrls *crls, const List *list, X509 *cert, const X509 *issuer)
{
	X509_REVOKED *entry = NULL;
	return !list->info.partial && has_key(list, issuer) && !is_superseded(crls, list) &&
	       X509_CRL_get0_by_cert(list->crl, &entry, cert) == LISTED &&
	       !is_released(crls, list, cert);
}

bool
cert_path_crls_revoke(const CertPathCrls *crls, const STACK_OF(X509) *chain)
{
	for (int c = 0; c + 1 < sk_X509_num(chain); c++) {
		X509 *cert = sk_X509_value(chain, c);
		const X509 *issuer = sk_X509_value(chain, c + 1);
		for (unsigned i = 0; i < crls->lists->len; i++) {
			if (revokes(crls, g_ptr_array_index(crls->lists, i), cert, issuer)) {
				return true;
			}
		}
	}
	return false;
}
