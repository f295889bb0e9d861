/* SPDX-License-Identifier: MPL-2.0 */
/* Asking a small server on this machine, which only a test may. */
#include "cert/fetch_private.h"

#include "cert_make_t.h"
#include <openssl/ocsp.h>
#include <postseal/error.h>

#define DAY INT64_C(86400)

static bool
allow_loopback(GInetAddress *address, unsigned port)
{
	(void)port;
	return g_inet_address_get_is_loopback(address);
}

/* What the server says, one connection after the other. */
typedef struct {
	GSocketListener *listener;
	GThread *thread;
	GCancellable *stop;
	unsigned port;
	GBytes *answer; /* what follows the request; NULL: silence */
	char *request;  /* the last one, as far as it came at once */
	gint count;
	GMutex lock; /* the answer */
} Server;

/* A reference that stays while the test already gives the next answer; NULL: silence. */
static GBytes *
current_answer(Server *server)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&server->lock);
	return server->answer == NULL ? NULL : g_bytes_ref(server->answer);
}

static void
set_answer(Server *server, GBytes *answer)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&server->lock);
	g_clear_pointer(&server->answer, g_bytes_unref);
	server->answer = answer;
}

static void
answer(Server *server, GSocketConnection *connection)
{
	char request[8192] = "";
	GInputStream *in = g_io_stream_get_input_stream(G_IO_STREAM(connection));
	GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
	g_input_stream_read(in, request, sizeof(request) - 1, server->stop, NULL);
	g_free(server->request);
	server->request = g_strdup(request);
	g_atomic_int_inc(&server->count);
	g_autoptr(GBytes) bytes = current_answer(server);
	if (bytes == NULL) {
		/* Until the other side gives up. */
		g_input_stream_read(in, request, sizeof(request) - 1, server->stop, NULL);
		return;
	}
	BaseBytes octets = base_bytes_of(bytes);
	g_output_stream_write_all(out, octets.p, octets.n, NULL, server->stop, NULL);
}

static void *
serve(void *data)
{
	Server *server = data;
	while (true) {
		g_autoptr(GSocketConnection) connection =
			g_socket_listener_accept(server->listener, NULL, server->stop, NULL);
		if (connection == NULL) {
			return NULL;
		}
		answer(server, connection);
	}
}

static void
server_start(Server *server)
{
	g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
	g_autoptr(GSocketAddress) place = g_inet_socket_address_new(loopback, 0);
	g_autoptr(GSocketAddress) taken = NULL;
	*server = (Server){.listener = g_socket_listener_new(), .stop = g_cancellable_new()};
	g_mutex_init(&server->lock);
	g_assert_true(g_socket_listener_add_address(server->listener, place, G_SOCKET_TYPE_STREAM,
						    G_SOCKET_PROTOCOL_TCP, NULL, &taken, NULL));
	server->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(taken));
	server->thread = g_thread_new("server", serve, server);
}

static void
server_stop(Server *server)
{
	g_cancellable_cancel(server->stop);
	g_thread_join(server->thread);
	g_socket_listener_close(server->listener);
	g_object_unref(server->listener);
	g_object_unref(server->stop);
	set_answer(server, NULL);
	g_mutex_clear(&server->lock);
	g_free(server->request);
}

static void
say(Server *server, const char *head, GBytes *body)
{
	BaseBytes octets = base_bytes_of(body);
	GByteArray *all = g_byte_array_new();
	g_byte_array_append(all, (const guint8 *)head, (guint)strlen(head));
	g_byte_array_append(all, octets.p, (guint)octets.n);
	set_answer(server, g_byte_array_free_to_bytes(all));
}

/* A CA, a leaf that names the server, an OCSP responder of the CA, and somebody else. */
typedef struct {
	Server server;
	EVP_PKEY *key;
	EVP_PKEY *other_key;
	X509 *ca_x;
	X509 *leaf_x;
	X509 *responder_x;
	X509 *stranger_x;
	CertPath path;
} Fixture;

#define AUTHORITY \
	.usage = "critical,keyCertSign,cRLSign,digitalSignature", .constraints = "critical,CA:TRUE"

static void
make_certificates(Fixture *f)
{
	g_autofree char *points = g_strdup_printf(
		"URI:ldap://x/,URI:http://127.0.0.1:%u/list.crl?a=b", f->server.port);
	g_autofree char *access =
		g_strdup_printf("OCSP;URI:http://localhost:%u/ocsp", f->server.port);
	f->key = EVP_EC_gen("P-256");
	f->other_key = EVP_EC_gen("P-256");
	f->ca_x = odd_x509(&(OddSpec){.key = f->key, AUTHORITY, .common_name = "CA"});
	f->leaf_x = odd_x509(&(OddSpec){.key = f->other_key,
					.issuer = f->ca_x,
					.issuer_key = f->key,
					.usage = "critical,digitalSignature",
					.extended = "emailProtection",
					.points = points,
					.access = access});
	f->responder_x = odd_x509(&(OddSpec){.key = f->other_key,
					     .issuer = f->ca_x,
					     .issuer_key = f->key,
					     .usage = "critical,digitalSignature",
					     .extended = "OCSPSigning",
					     .common_name = "Responder"});
	f->stranger_x =
		odd_x509(&(OddSpec){.key = f->other_key, AUTHORITY, .common_name = "Stranger"});
}

static void
set_up(Fixture *f, const void *data)
{
	(void)data;
	server_start(&f->server);
	make_certificates(f);
	g_autoptr(CertInfo) ca = odd_info(f->ca_x);
	g_autoptr(CertInfo) leaf = odd_info(f->leaf_x);
	g_autoptr(GPtrArray) roots = g_ptr_array_new();
	g_ptr_array_add(roots, ca);
	g_autoptr(CertAnchors) anchors = cert_anchors_new(roots);
	cert_path_check(leaf, NULL, anchors, NULL, CERT_T_NOW, &f->path);
	g_assert_cmpint(f->path.chain, ==, CERT_CHAIN_TRUSTED);
}

static void
tear_down(Fixture *f, const void *data)
{
	(void)data;
	server_stop(&f->server);
	cert_path_clear(&f->path);
	X509_free(f->ca_x);
	X509_free(f->leaf_x);
	X509_free(f->responder_x);
	X509_free(f->stranger_x);
	EVP_PKEY_free(f->key);
	EVP_PKEY_free(f->other_key);
}

static GBytes *
make_crl(X509 *ca, EVP_PKEY *key)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *time = ASN1_TIME_set(NULL, CERT_T_NOW);
	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca));
	X509_CRL_set1_lastUpdate(crl, time);
	X509_CRL_set1_nextUpdate(crl, time);
	g_assert_cmpint(X509_CRL_sign(crl, key, EVP_sha256()), >, 0);
	unsigned char *der = NULL;
	int n = i2d_X509_CRL(crl, &der);
	GBytes *bytes = g_bytes_new(der, (size_t)n);
	OPENSSL_free(der);
	ASN1_TIME_free(time);
	X509_CRL_free(crl);
	return bytes;
}

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/pkix-crl\r\n\r\n"

static void
fetches_a_list(Fixture *f, const void *data)
{
	(void)data;
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) crl = make_crl(f->ca_x, f->key);
	say(&f->server, OK_HEAD, crl);
	g_autoptr(GPtrArray) crls = cert_fetch_crls_from(&f->path, allow_loopback, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(crls->len, ==, 1);
	g_assert_true(g_bytes_equal(g_ptr_array_index(crls, 0), crl));
	g_assert_true(g_str_has_prefix(f->server.request, "GET /list.crl?a=b HTTP/1.0\r\n"));
	g_assert_nonnull(strstr(f->server.request, "\r\nHost: 127.0.0.1\r\n"));
	g_assert_cmpint(f->server.count, ==, 1);
}

static void
refuse_list(Fixture *f, const char *head, GBytes *body)
{
	g_autoptr(GError) error = NULL;
	int before = f->server.count;
	say(&f->server, head, body);
	g_assert_null(cert_fetch_crls_from(&f->path, allow_loopback, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_IO);
	/* One question, whatever the answer: nothing leads elsewhere. */
	g_assert_cmpint(f->server.count, ==, before + 1);
}

static void
believes_only_lists_of_the_issuer(Fixture *f, const void *data)
{
	(void)data;
	g_autoptr(GBytes) crl = make_crl(f->ca_x, f->key);
	g_autoptr(GBytes) forged = make_crl(f->ca_x, f->other_key);
	g_autoptr(GBytes) foreign = make_crl(f->stranger_x, f->other_key);
	g_autoptr(GBytes) cut = g_bytes_new_from_bytes(crl, 0, g_bytes_get_size(crl) - 1);
	/* SEQUENCE of 1 MiB and one octet */
	static const char HUGE_LIST[] = "\x30\x83\x10\x00\x01"
					"0123456789";
	g_autoptr(GBytes) huge = g_bytes_new_static(HUGE_LIST, sizeof(HUGE_LIST));
	g_autofree char *away = g_strdup_printf(
		"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%u/else\r\n\r\n", f->server.port);
	g_autofree char *long_line = g_strnfill(100000, 'a');
	refuse_list(f, OK_HEAD, forged);
	refuse_list(f, OK_HEAD, foreign);
	refuse_list(f, OK_HEAD, cut);
	refuse_list(f, OK_HEAD, huge);
	refuse_list(f, OK_HEAD, NULL);
	refuse_list(f, away, crl);
	refuse_list(f, "HTTP/1.1 404 Not Found\r\n\r\n", crl);
	refuse_list(f, "rubbish\r\n\r\n", crl);
	refuse_list(f, long_line, crl);
	refuse_list(f, "", NULL);
}

static void
never_asks_inside(Fixture *f, const void *data)
{
	(void)data;
	g_autoptr(GError) error = NULL;
	CertOcsp ocsp;
	g_assert_null(cert_fetch_crls(&f->path, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	g_clear_error(&error);
	g_assert_false(cert_fetch_ocsp(&f->path, CERT_T_NOW, &ocsp, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	g_clear_error(&error);
	/* Nor about what is not chained. */
	f->path.chain = CERT_CHAIN_UNTRUSTED;
	g_assert_null(cert_fetch_crls_from(&f->path, allow_loopback, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	g_clear_error(&error);
	g_assert_false(cert_fetch_ocsp_from(&f->path, allow_loopback, CERT_T_NOW, &ocsp, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	g_assert_cmpint(f->server.count, ==, 0);
}

static void
gives_up(Fixture *f, const void *data)
{
	(void)data;
	g_autoptr(GError) error = NULL;
	g_autofree char *url = g_strdup_printf("http://127.0.0.1:%u/", f->server.port);
	int64_t begin = g_get_monotonic_time();
	CertFetchJob job = {
		.url = url,
		.allows = allow_loopback,
		.deadline = begin + G_USEC_PER_SEC / 10,
	};
	g_assert_null(cert_fetch_exchange(&job, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_IO);
	g_assert_cmpint(g_get_monotonic_time() - begin, <, 3 * G_USEC_PER_SEC);
	g_assert_cmpint(cert_fetch_deadline() - g_get_monotonic_time(), <=, 5 * G_USEC_PER_SEC);
}

/* Who answers what about whom. */
typedef struct {
	int status;
	bool delegate;    /* the responder signs, else the CA */
	bool stranger;    /* somebody else signs */
	bool leaf_signs;  /* the leaf, which is no responder, signs */
	bool about_other; /* about another serial number */
	int64_t from;     /* days from CERT_T_NOW */
	int64_t to;
	PsError error; /* PS_ERROR_INTERNAL: none */
	CertOcspStatus want;
} Answer;

static const Answer ANSWERS[] = {
	{V_OCSP_CERTSTATUS_GOOD, false, false, false, false, -1, 2, PS_ERROR_INTERNAL,
	 CERT_OCSP_GOOD},
	{V_OCSP_CERTSTATUS_REVOKED, false, false, false, false, -1, 2, PS_ERROR_INTERNAL,
	 CERT_OCSP_REVOKED},
	{V_OCSP_CERTSTATUS_UNKNOWN, false, false, false, false, -1, 2, PS_ERROR_INTERNAL,
	 CERT_OCSP_UNKNOWN},
	{V_OCSP_CERTSTATUS_GOOD, true, false, false, false, -1, 2, PS_ERROR_INTERNAL,
	 CERT_OCSP_GOOD},
	{V_OCSP_CERTSTATUS_GOOD, false, true, false, false, -1, 2, PS_ERROR_CRYPTO, 0},
	{V_OCSP_CERTSTATUS_GOOD, false, false, true, false, -1, 2, PS_ERROR_CRYPTO, 0},
	{V_OCSP_CERTSTATUS_GOOD, false, false, false, true, -1, 2, PS_ERROR_CRYPTO, 0},
	{V_OCSP_CERTSTATUS_GOOD, false, false, false, false, -3, -1, PS_ERROR_CRYPTO, 0},
	{V_OCSP_CERTSTATUS_GOOD, false, false, false, false, 1, 2, PS_ERROR_CRYPTO, 0},
	/* No nextUpdate: a day. */
	{V_OCSP_CERTSTATUS_GOOD, false, false, false, false, 0, 0, PS_ERROR_INTERNAL,
	 CERT_OCSP_GOOD},
	{V_OCSP_CERTSTATUS_GOOD, false, false, false, false, -2, 0, PS_ERROR_CRYPTO, 0},
};

static GBytes *
make_answer(const Fixture *f, const Answer *a)
{
	X509 *signer = a->stranger     ? f->stranger_x
		       : a->delegate   ? f->responder_x
		       : a->leaf_signs ? f->leaf_x
				       : f->ca_x;
	EVP_PKEY *key = signer == f->ca_x ? f->key : f->other_key;
	X509 *about = a->about_other ? f->responder_x : f->leaf_x;
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), about, f->ca_x);
	ASN1_TIME *from = ASN1_TIME_set(NULL, CERT_T_NOW + a->from * DAY);
	ASN1_TIME *to = a->to == 0 ? NULL : ASN1_TIME_set(NULL, CERT_T_NOW + a->to * DAY);
	g_assert_nonnull(OCSP_basic_add1_status(basic, id, a->status, 0, from, from, to));
	g_assert_cmpint(OCSP_basic_sign(basic, signer, key, EVP_sha256(), NULL, 0), ==, 1);
	OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	unsigned char *der = NULL;
	int n = i2d_OCSP_RESPONSE(response, &der);
	GBytes *bytes = g_bytes_new(der, (size_t)n);
	OPENSSL_free(der);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	OCSP_CERTID_free(id);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	return bytes;
}

#define OCSP_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/ocsp-response\r\n\r\n"

static void
asks_a_responder(Fixture *f, const void *data)
{
	(void)data;
	for (size_t i = 0; i < G_N_ELEMENTS(ANSWERS); i++) {
		const Answer *a = &ANSWERS[i];
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) der = make_answer(f, a);
		CertOcsp ocsp = {0};
		say(&f->server, OCSP_HEAD, der);
		g_test_message("answer %" G_GSIZE_FORMAT, i);
		bool ok = cert_fetch_ocsp_from(&f->path, allow_loopback, CERT_T_NOW, &ocsp, &error);
		g_assert_true(g_str_has_prefix(f->server.request, "POST /ocsp HTTP/1.0\r\n"));
		if (a->error != PS_ERROR_INTERNAL) {
			g_assert_error(error, PS_ERROR, (int)a->error);
			continue;
		}
		g_assert_no_error(error);
		g_assert_true(ok);
		g_assert_cmpstr(cert_ocsp_status_name(ocsp.status), ==,
				cert_ocsp_status_name(a->want));
		g_assert_cmpint(ocsp.this_update, ==, CERT_T_NOW + a->from * DAY);
		g_assert_cmpint(ocsp.next_update, ==,
				CERT_T_NOW + (a->to == 0 ? a->from + 1 : a->to) * DAY);
		g_assert_true((ocsp.revoked_at != INT64_MIN) == (a->want == CERT_OCSP_REVOKED));
	}
	/* tryLater */
	g_autoptr(GBytes) later = g_bytes_new_static("\x30\x03\x0a\x01\x03", 5);
	g_autoptr(GError) error = NULL;
	CertOcsp ocsp;
	say(&f->server, OCSP_HEAD, later);
	g_assert_false(cert_fetch_ocsp_from(&f->path, allow_loopback, CERT_T_NOW, &ocsp, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_IO);
}

#define ADD(name) g_test_add("/cert/fetch/" #name, Fixture, NULL, set_up, name, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD(fetches_a_list);
	ADD(believes_only_lists_of_the_issuer);
	ADD(never_asks_inside);
	ADD(gives_up);
	ADD(asks_a_responder);
	return g_test_run();
}
