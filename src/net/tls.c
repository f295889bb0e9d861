/* SPDX-License-Identifier: MPL-2.0 */
/* Our certificate, and the authorities that all connections share. */
#include "tls_private.h"

#include "base/error.h"

struct NetTrust {
	gatomicrefcount refs;
	GTlsDatabase *database;
};

GTlsCertificate *
net_tls_certificate(const char *pem, GError **error)
{
	g_autoptr(GError) reason = NULL;
	if (strstr(pem, "PRIVATE KEY-----") == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
				      "the certificate of the listeners has no private key");
	}
	GTlsCertificate *certificate = g_tls_certificate_new_from_pem(pem, -1, &reason);
	if (certificate == NULL) {
		base_fail(error, PS_ERROR_MALFORMED,
			  "the certificate of the listeners cannot be read: %s", reason->message);
	}
	return certificate;
}

/* A list without a certificate would only say much later that nobody is trusted. */
static GTlsDatabase *
load_file(const char *ca_file, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autofree char *path = g_canonicalize_filename(ca_file, NULL);
	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
		return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "there is no file %s", path);
	}
	GList *list = g_tls_certificate_list_new_from_file(path, &reason);
	bool any = list != NULL;
	g_list_free_full(list, g_object_unref);
	GTlsDatabase *database = any ? g_tls_file_database_new(path, &reason) : NULL;
	if (database == NULL) {
		base_fail(error, PS_ERROR_MALFORMED, "%s holds no certificates in PEM: %s", path,
			  reason == NULL ? "it has none" : reason->message);
	}
	return database;
}

static GTlsDatabase *
load_system(GError **error)
{
	GTlsBackend *backend = g_tls_backend_get_default();
	if (!g_tls_backend_supports_tls(backend)) {
		return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND,
				      "there is no TLS: install the package glib-networking");
	}
	return g_tls_backend_get_default_database(backend);
}

NetTrust *
net_trust_new(const char *ca_file, GError **error)
{
	GTlsDatabase *database = ca_file == NULL ? load_system(error) : load_file(ca_file, error);
	if (database == NULL) {
		return NULL;
	}
	NetTrust *trust = g_new0(NetTrust, 1);
	g_atomic_ref_count_init(&trust->refs);
	trust->database = database;
	return trust;
}

NetTrust *
net_trust_ref(NetTrust *trust)
{
	g_atomic_ref_count_inc(&trust->refs);
	return trust;
}

void
net_trust_unref(NetTrust *trust)
{
	if (trust != NULL && g_atomic_ref_count_dec(&trust->refs)) {
		g_object_unref(trust->database);
		g_free(trust);
	}
}

/* RFC 9525 section 6.3: the common name counts for nothing, though the library would take it. */
static bool
has_names(GTlsCertificate *certificate, GSocketConnectable *identity)
{
	g_autoptr(GPtrArray) names = G_IS_NETWORK_ADDRESS(identity)
					     ? g_tls_certificate_get_dns_names(certificate)
					     : g_tls_certificate_get_ip_addresses(certificate);
	return names != NULL && names->len > 0;
}

GTlsCertificateFlags
tls_trust_verify(NetTrust *trust, GTlsCertificate *certificate, GSocketConnectable *identity)
{
	if (!has_names(certificate, identity)) {
		return G_TLS_CERTIFICATE_BAD_IDENTITY;
	}
	return g_tls_database_verify_chain(trust->database, certificate,
					   G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER, identity,
					   NULL, G_TLS_DATABASE_VERIFY_NONE, NULL, NULL);
}
