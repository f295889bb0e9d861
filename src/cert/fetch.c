/* SPDX-License-Identifier: MPL-2.0 */
/* Revocation lists from where the certificates of a path say they are. */
#include "cert/fetch_private.h"

#include "base/error.h"
#include "cert/crl.h"
#include "cert/info_private.h"
#include "cert/openssl_auto.h"

typedef STACK_OF(DIST_POINT) Points;

static void
free_points(Points *points)
{
	sk_DIST_POINT_pop_free(points, DIST_POINT_free);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Points, free_points)

bool
cert_fetch_may_ask(const CertPath *path, GError **error)
{
	return (path->chain == CERT_CHAIN_TRUSTED && path->path->len > 1) ||
	       base_fail(error, PS_ERROR_ARGUMENT,
			 "nobody is asked about a certificate that is not chained");
}

/* The URIs of one name of a distribution point: all lead to the same list. */
static void
add_urls(GPtrArray *urls, const DIST_POINT *point)
{
	/* Lists for some reasons only, and those of another issuer, prove little. */
	if (point->distpoint == NULL || point->distpoint->type != 0 || point->reasons != NULL ||
	    point->CRLissuer != NULL) {
		return;
	}
	const GENERAL_NAMES *names = point->distpoint->name.fullname;
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type = 0;
		const ASN1_IA5STRING *uri =
			GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
		if (type == GEN_URI && urls->len < CERT_FETCH_URLS_MAX) {
			BaseBytes text = base_bytes(ASN1_STRING_get0_data(uri),
						    (size_t)ASN1_STRING_length(uri));
			g_ptr_array_add(urls, base_bytes_strdup(text));
		}
	}
}

/* Where @cert says its lists are, as char *. */
static GPtrArray *
list_urls(const CertInfo *cert)
{
	GPtrArray *urls = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(X509) x509 = cert_info_to_x509(cert);
	g_autoptr(Points) points =
		x509 == NULL ? NULL
			     : X509_get_ext_d2i(x509, NID_crl_distribution_points, NULL, NULL);
	for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
		add_urls(urls, sk_DIST_POINT_value(points, i));
	}
	return urls;
}

/* The first that @issuer signed; NULL and @error if none came. */
static GBytes *
fetch_any(GPtrArray *urls, const CertInfo *issuer, CertFetchJob job, GError **error)
{
	g_autoptr(GError) last = NULL;
	for (unsigned i = 0; i < urls->len; i++) {
		g_clear_error(&last);
		job.url = g_ptr_array_index(urls, i);
		g_autoptr(GBytes) crl = cert_fetch_exchange(&job, &last);
		if (crl != NULL && cert_crl_issued_by(base_bytes_of(crl), issuer)) {
			return g_steal_pointer(&crl);
		}
		if (crl != NULL) {
			base_fail(&last, PS_ERROR_IO,
				  "what came is no revocation list of the certificate's issuer");
		}
	}
	g_propagate_error(error, g_steal_pointer(&last));
	return NULL;
}

static void
unref_bytes(void *bytes)
{
	g_bytes_unref(bytes);
}

GPtrArray *
cert_fetch_crls_from(const CertPath *path, CertFetchAllows allows, GError **error)
{
	g_autoptr(GPtrArray) crls = g_ptr_array_new_with_free_func(unref_bytes);
	g_autoptr(GError) last = NULL;
	CertFetchJob job = {.allows = allows, .deadline = cert_fetch_deadline()};
	unsigned asked = 0;
	if (!cert_fetch_may_ask(path, error)) {
		return NULL;
	}
	for (unsigned i = 0; i + 1 < path->path->len; i++) {
		g_autoptr(GPtrArray) urls = list_urls(g_ptr_array_index(path->path, i));
		if (urls->len == 0) {
			continue;
		}
		asked++;
		g_clear_error(&last);
		GBytes *crl = fetch_any(urls, g_ptr_array_index(path->path, i + 1), job, &last);
		if (crl != NULL) {
			g_ptr_array_add(crls, crl);
		}
	}
	if (asked == 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
				      "the certificates name no place for revocation lists");
	}
	if (crls->len == 0) {
		g_propagate_error(error, g_steal_pointer(&last));
		return NULL;
	}
	return g_steal_pointer(&crls);
}

GPtrArray *
cert_fetch_crls(const CertPath *path, GError **error)
{
	return cert_fetch_crls_from(path, cert_fetch_is_public, error);
}
