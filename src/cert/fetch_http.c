/* SPDX-License-Identifier: MPL-2.0 */
/* One HTTP exchange: resolve once, check, connect to what was checked, speak HTTP by libcrypto. */
#include "base/error.h"
#include "cert/der.h"
#include "cert/fetch_private.h"
#include "cert/openssl_auto.h"
#include <openssl/http.h>

#define URL_MAX    2048U
#define LINE_MAX_H 4096 /* octets of one line of the response's header */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OSSL_HTTP_REQ_CTX, OSSL_HTTP_REQ_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free_all)

typedef struct {
	char *host;
	char *path; /* with the query */
	unsigned port;
} Target;

static void
target_clear(Target *target)
{
	g_free(target->host);
	g_free(target->path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Target, target_clear)

int64_t
cert_fetch_deadline(void)
{
	return g_get_monotonic_time() + (int64_t)CERT_FETCH_SECONDS_MAX * G_USEC_PER_SEC;
}

static int64_t
remaining(const CertFetchJob *job)
{
	return MAX(job->deadline - g_get_monotonic_time(), 0);
}

/* Nothing that could end a line of the request. */
static bool
is_printable(const char *url)
{
	size_t n = 0;
	while (n <= URL_MAX && url[n] > ' ' && url[n] < 0x7f) {
		n++;
	}
	return n <= URL_MAX && url[n] == '\0';
}

static bool
is_host(const char *host)
{
	size_t n =
		strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:");
	return n > 0 && host[n] == '\0';
}

static bool
read_url(const char *url, Target *out, GError **error)
{
	g_autoptr(GUri) uri =
		is_printable(url) ? g_uri_parse(url, G_URI_FLAGS_ENCODED, NULL) : NULL;
	const char *host = uri == NULL ? NULL : g_uri_get_host(uri);
	if (host == NULL || g_ascii_strcasecmp(g_uri_get_scheme(uri), "http") != 0 ||
	    g_uri_get_userinfo(uri) != NULL || !is_host(host)) {
		return base_fail(error, PS_ERROR_ARGUMENT,
				 "a certificate names an address that is never asked");
	}
	const char *path = g_uri_get_path(uri);
	const char *query = g_uri_get_query(uri);
	out->host = g_strdup(host);
	out->path = g_strconcat(*path == '\0' ? "/" : path, query == NULL ? "" : "?", query, NULL);
	out->port = g_uri_get_port(uri) < 0 ? 80U : (unsigned)g_uri_get_port(uri);
	return true;
}

typedef struct {
	GList *addresses; /* GInetAddress */
	bool done;
} Lookup;

static void
take_addresses(GObject *source, GAsyncResult *result, void *data)
{
	Lookup *lookup = data;
	lookup->addresses = g_resolver_lookup_by_name_finish(G_RESOLVER(source), result, NULL);
	lookup->done = true;
}

static gboolean
cancel(void *cancellable)
{
	g_cancellable_cancel(cancellable);
	return G_SOURCE_REMOVE;
}

/* In a context of its own: nobody's main loop is needed, nor run. */
static GList *
resolve(const char *host, int64_t wait)
{
	Lookup lookup = {0};
	g_autoptr(GMainContext) context = g_main_context_new();
	g_autoptr(GCancellable) cancellable = g_cancellable_new();
	g_autoptr(GResolver) resolver = g_resolver_get_default();
	g_autoptr(GSource) timeout = g_timeout_source_new((guint)(wait / 1000) + 1);
	g_main_context_push_thread_default(context);
	g_source_set_callback(timeout, cancel, cancellable, NULL);
	g_source_attach(timeout, context);
	g_resolver_lookup_by_name_async(resolver, host, cancellable, take_addresses, &lookup);
	while (!lookup.done) {
		g_main_context_iteration(context, TRUE);
	}
	g_source_destroy(timeout);
	g_main_context_pop_thread_default(context);
	return lookup.addresses;
}

/* NULL if it does not answer in time. */
static GSocket *
connect_to(const CertFetchJob *job, GInetAddress *address, unsigned port)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GSocketAddress) place = g_inet_socket_address_new(address, (guint16)port);
	g_autoptr(GSocket) socket = g_socket_new(g_inet_address_get_family(address),
						 G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
	if (socket == NULL) {
		return NULL;
	}
	g_socket_set_blocking(socket, FALSE);
	if (!g_socket_connect(socket, place, NULL, &error)) {
		bool begun =
			g_error_matches(error, G_IO_ERROR, G_IO_ERROR_PENDING) &&
			g_socket_condition_timed_wait(socket, G_IO_OUT, remaining(job), NULL, NULL);
		if (!begun || !g_socket_check_connect_result(socket, NULL)) {
			return NULL;
		}
	}
	return g_steal_pointer(&socket);
}

/* All of the first few addresses must be allowed: a name with an inner address among them is a
 * trick. */
static GSocket *
open_socket(const CertFetchJob *job, const Target *target, GError **error)
{
	GList *addresses = resolve(target->host, remaining(job));
	GSocket *socket = NULL;
	bool allowed = true;
	unsigned n = 0;
	for (GList *l = addresses; l != NULL && n < CERT_FETCH_HOSTS_MAX; l = l->next, n++) {
		allowed = allowed && job->allows(l->data, target->port);
	}
	n = 0;
	for (GList *l = addresses; allowed && l != NULL && socket == NULL; l = l->next) {
		socket = n++ < CERT_FETCH_HOSTS_MAX ? connect_to(job, l->data, target->port) : NULL;
	}
	g_resolver_free_addresses(addresses);
	if (!allowed) {
		base_fail(error, PS_ERROR_ARGUMENT,
			  "a certificate names an address that is never asked");
	} else if (socket == NULL) {
		base_fail(error, PS_ERROR_IO, "%s cannot be reached", target->host);
	}
	return socket;
}

/* HTTP/1.0, no redirects: libcrypto's request context alone follows none. */
static OSSL_HTTP_REQ_CTX *
new_request(const CertFetchJob *job, const Target *target, BIO *bio)
{
	g_autoptr(OSSL_HTTP_REQ_CTX) request = OSSL_HTTP_REQ_CTX_new(bio, bio, LINE_MAX_H);
	int seconds = (int)(remaining(job) / G_USEC_PER_SEC) + 1;
	bool literal = strchr(target->host, ':') != NULL;
	g_autofree char *host =
		g_strconcat(literal ? "[" : "", target->host, literal ? "]" : "", NULL);
	if (request == NULL ||
	    OSSL_HTTP_REQ_CTX_set_request_line(request, job->request != NULL, NULL, NULL,
					       target->path) != 1 ||
	    OSSL_HTTP_REQ_CTX_add1_header(request, "Host", host) != 1 ||
	    OSSL_HTTP_REQ_CTX_set_expected(
		    request, job->request != NULL ? "application/ocsp-response" : NULL, 1, seconds,
		    0) != 1) {
		return NULL;
	}
	OSSL_HTTP_REQ_CTX_set_max_response_length(request, CERT_FETCH_OCTETS_MAX);
	if (job->request != NULL &&
	    OSSL_HTTP_REQ_CTX_set1_req(request, "application/ocsp-request",
				       ASN1_ITEM_rptr(OCSP_REQUEST),
				       (const ASN1_VALUE *)job->request) != 1) {
		return NULL;
	}
	return g_steal_pointer(&request);
}

/* The first DER value of what came. */
static GBytes *
take_answer(BIO *memory)
{
	char *data = NULL;
	long n = BIO_get_mem_data(memory, &data);
	BaseBytes in = base_bytes(data, n < 0 ? 0 : (size_t)n);
	BaseBytes value;
	BaseBytes whole;
	unsigned tag = 0;
	if (in.n > CERT_FETCH_OCTETS_MAX || !cert_der_next(&in, &tag, &value, &whole)) {
		return NULL;
	}
	return base_bytes_dup(whole);
}

GBytes *
cert_fetch_exchange(const CertFetchJob *job, GError **error)
{
	g_auto(Target) target = {0};
	if (!read_url(job->url, &target, error)) {
		return NULL;
	}
	g_autoptr(GSocket) socket = open_socket(job, &target, error);
	if (socket == NULL) {
		return NULL;
	}
	g_autoptr(BIO) bio = BIO_new_socket(g_socket_get_fd(socket), BIO_NOCLOSE);
	g_autoptr(OSSL_HTTP_REQ_CTX) request = bio == NULL ? NULL : new_request(job, &target, bio);
	BIO *memory = request == NULL ? NULL : OSSL_HTTP_REQ_CTX_exchange(request);
	GBytes *answer = memory == NULL ? NULL : take_answer(memory);
	ERR_clear_error();
	return answer != NULL ? answer
			      : BASE_FAIL_NULL(error, PS_ERROR_IO, "%s gave no usable answer",
					       target.host);
}
