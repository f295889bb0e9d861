/* SPDX-License-Identifier: MPL-2.0 */
/* One question to an OCSP responder (RFC 6960; RFC 5019 is why CertID has SHA-1 and no nonce is
 * asked for). */
#include "cert/fetch_private.h"

#include "base/clock.h"
#include "base/error.h"
#include "cert/info_private.h"
#include "cert/openssl_auto.h"

#define CLOCK_SLACK 300 /* seconds by which clocks may differ */

typedef STACK_OF(OPENSSL_STRING) Urls;

static void
free_urls(Urls *urls)
{
	X509_email_free(urls);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Urls, free_urls)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OCSP_CERTID, OCSP_CERTID_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OCSP_REQUEST, OCSP_REQUEST_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OCSP_RESPONSE, OCSP_RESPONSE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OCSP_BASICRESP, OCSP_BASICRESP_free)

const char *
cert_ocsp_status_name(CertOcspStatus status)
{
	static const char *const status_names[] = {
		[CERT_OCSP_UNKNOWN] = "unknown",
		[CERT_OCSP_GOOD] = "good",
		[CERT_OCSP_REVOKED] = "revoked",
	};
	return (size_t)status < G_N_ELEMENTS(status_names) ? status_names[status] : "unknown";
}

/* The question and whom it is about. */
typedef struct {
	X509 *leaf;
	X509 *issuer;
	OCSP_CERTID *id;
	OCSP_REQUEST *request;
	int64_t now;
} Question;

static void
question_clear(Question *q)
{
	X509_free(q->leaf);
	X509_free(q->issuer);
	OCSP_CERTID_free(q->id);
	OCSP_REQUEST_free(q->request);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Question, question_clear)

static bool
make_question(const CertPath *path, Question *q)
{
	q->leaf = cert_info_to_x509(g_ptr_array_index(path->path, 0));
	q->issuer = cert_info_to_x509(g_ptr_array_index(path->path, 1));
	q->id = q->leaf == NULL || q->issuer == NULL
			? NULL
			: OCSP_cert_to_id(EVP_sha1(), q->leaf, q->issuer);
	q->request = OCSP_REQUEST_new();
	g_autoptr(OCSP_CERTID) id = q->id == NULL ? NULL : OCSP_CERTID_dup(q->id);
	if (id == NULL || q->request == NULL || OCSP_request_add0_id(q->request, id) == NULL) {
		return false;
	}
	g_steal_pointer(&id);
	return true;
}

/* The issuer is the one anchor, so that a delegated responder must be its direct child. */
static bool
is_signed(OCSP_BASICRESP *basic, const Question *q)
{
	g_autoptr(X509_STORE) store = X509_STORE_new();
	if (store == NULL || X509_STORE_add_cert(store, q->issuer) != 1) {
		return false;
	}
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_time(param, (time_t)q->now);
	X509_VERIFY_PARAM_set_auth_level(param, 2);
	STACK_OF(X509) *issuers = sk_X509_new_null();
	bool held = issuers != NULL && sk_X509_push(issuers, q->issuer) > 0 &&
		    OCSP_basic_verify(basic, issuers, store, 0) == 1;
	sk_X509_free(issuers);
	return held;
}

static int64_t
read_time(const ASN1_GENERALIZEDTIME *time)
{
	return cert_asn1_time(time);
}

static bool
read_status(OCSP_BASICRESP *basic, const Question *q, CertOcsp *out, GError **error)
{
	static const CertOcspStatus statuses[] = {
		[V_OCSP_CERTSTATUS_GOOD] = CERT_OCSP_GOOD,
		[V_OCSP_CERTSTATUS_REVOKED] = CERT_OCSP_REVOKED,
		[V_OCSP_CERTSTATUS_UNKNOWN] = CERT_OCSP_UNKNOWN,
	};
	int status = -1;
	int reason = 0;
	ASN1_GENERALIZEDTIME *revoked = NULL;
	ASN1_GENERALIZEDTIME *this_update = NULL;
	ASN1_GENERALIZEDTIME *next_update = NULL;
	if (OCSP_resp_find_status(basic, q->id, &status, &reason, &revoked, &this_update,
				  &next_update) != 1 ||
	    status < 0 || (size_t)status >= G_N_ELEMENTS(statuses)) {
		return base_fail(error, PS_ERROR_CRYPTO,
				 "the responder's answer is about another certificate");
	}
	CertOcsp answer = {
		.status = statuses[status],
		.this_update = read_time(this_update),
		.next_update = read_time(next_update),
		.revoked_at = read_time(revoked),
	};
	if (next_update == NULL) {
		answer.next_update = answer.this_update + BASE_DAY;
	}
	if (answer.this_update == INT64_MIN || answer.this_update > q->now + CLOCK_SLACK ||
	    answer.next_update < q->now - CLOCK_SLACK) {
		return base_fail(error, PS_ERROR_CRYPTO, "the responder's answer is not current");
	}
	*out = answer;
	return true;
}

static bool
read_answer(GBytes *der, const Question *q, CertOcsp *out, GError **error)
{
	BaseBytes octets = base_bytes_of(der);
	const unsigned char *p = octets.p;
	g_autoptr(OCSP_RESPONSE) response = d2i_OCSP_RESPONSE(NULL, &p, (long)octets.n);
	if (response == NULL || OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
		return base_fail(error, PS_ERROR_IO, "the responder gave no usable answer");
	}
	g_autoptr(OCSP_BASICRESP) basic = OCSP_response_get1_basic(response);
	if (basic == NULL || !is_signed(basic, q)) {
		return base_fail(error, PS_ERROR_CRYPTO,
				 "the responder's answer is not signed by the issuer or for it");
	}
	return read_status(basic, q, out, error);
}

/* The first of the certificate's responders that answers is believed or not. */
static GBytes *
ask(const Question *q, CertFetchAllows allows, GError **error)
{
	g_autoptr(Urls) urls = X509_get1_ocsp(q->leaf);
	int n = MIN(sk_OPENSSL_STRING_num(urls), (int)CERT_FETCH_URLS_MAX);
	CertFetchJob job = {
		.request = q->request,
		.allows = allows,
		.deadline = cert_fetch_deadline(),
	};
	if (n <= 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
				      "the certificate names no OCSP responder");
	}
	for (int i = 0; i < n; i++) {
		g_clear_error(error);
		job.url = sk_OPENSSL_STRING_value(urls, i);
		GBytes *der = cert_fetch_exchange(&job, error);
		if (der != NULL) {
			return der;
		}
	}
	return NULL;
}

bool
cert_fetch_ocsp_from(const CertPath *path, CertFetchAllows allows, int64_t now, CertOcsp *out,
		     GError **error)
{
	g_auto(Question) q = {.now = now};
	if (!cert_fetch_may_ask(path, error)) {
		return false;
	}
	if (!make_question(path, &q)) {
		return cert_fail_crypto(error, "cannot ask an OCSP responder");
	}
	g_autoptr(GBytes) der = ask(&q, allows, error);
	bool ok = der != NULL && read_answer(der, &q, out, error);
	ERR_clear_error();
	return ok;
}

bool
cert_fetch_ocsp(const CertPath *path, int64_t now, CertOcsp *out, GError **error)
{
	return cert_fetch_ocsp_from(path, cert_fetch_is_public, now, out, error);
}
