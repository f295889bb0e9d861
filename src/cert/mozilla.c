/* SPDX-License-Identifier: MPL-2.0 */
/* Mozilla's roots for mail: which of them, from trust objects and certificates of the module. */
#include "cert/mozilla.h"

#include "base/error.h"
#include "cert/der.h"
#include "cert/info_private.h"
#include "cert/mozilla_module.h"
#include "cert/openssl_auto.h"
#include <p11-kit/pkcs11.h>
#include <p11-kit/pkcs11x.h>

#define SHA1_OCTETS 20U

/* One CKO_NSS_TRUST object. */
typedef struct {
	GBytes *issuer; /* Name, DER */
	GBytes *serial; /* INTEGER, DER */
	GBytes *hash;   /* SHA-1 of the certificate; older objects of distrust have none */
	bool trusted;
} Trust;

/* What the module said. */
typedef struct {
	GHashTable *trusted; /* SHA-1 as GBytes -> Trust */
	GPtrArray *distrust; /* Trust */
	GPtrArray *roots;    /* CertInfo */
} Reading;

static void
free_trust(void *p)
{
	Trust *trust = p;
	g_clear_pointer(&trust->issuer, g_bytes_unref);
	g_clear_pointer(&trust->serial, g_bytes_unref);
	g_clear_pointer(&trust->hash, g_bytes_unref);
	g_free(trust);
}

static void
unref_info(void *info)
{
	cert_info_unref(info);
}

static void
reading_clear(Reading *r)
{
	g_clear_pointer(&r->trusted, g_hash_table_unref);
	g_clear_pointer(&r->distrust, g_ptr_array_unref);
	g_clear_pointer(&r->roots, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reading, reading_clear)

/* Only "may vouch for others' mail" is trust; "not trusted" is distrust; the rest says nothing. */
static void
read_trust(const MozillaObject *object, void *data)
{
	Reading *r = data;
	g_autoptr(GBytes) issuer = mozilla_object_get(object, CKA_ISSUER);
	g_autoptr(GBytes) serial = mozilla_object_get(object, CKA_SERIAL_NUMBER);
	g_autoptr(GBytes) hash = mozilla_object_get(object, CKA_CERT_SHA1_HASH);
	g_autoptr(GBytes) mail = mozilla_object_get(object, CKA_TRUST_EMAIL_PROTECTION);
	CK_TRUST verdict = CKT_NSS_TRUST_UNKNOWN;
	if (mail != NULL && g_bytes_get_size(mail) == sizeof(verdict)) {
		memcpy(&verdict, base_bytes_of(mail).p, sizeof(verdict));
	}
	bool trusted = verdict == CKT_NSS_TRUSTED_DELEGATOR;
	bool hashed = hash != NULL && g_bytes_get_size(hash) == SHA1_OCTETS;
	if (issuer == NULL || serial == NULL || !(trusted || verdict == CKT_NSS_NOT_TRUSTED) ||
	    (trusted && !hashed)) {
		return;
	}
	Trust *trust = g_new0(Trust, 1);
	*trust = (Trust){.issuer = g_steal_pointer(&issuer), .serial = g_steal_pointer(&serial)};
	trust->hash = hashed ? g_steal_pointer(&hash) : NULL;
	if (trusted) {
		g_hash_table_replace(r->trusted, trust->hash, trust);
	} else {
		g_ptr_array_add(r->distrust, trust);
	}
}

/* The issuer and serial number are those of the certificate. */
static bool
names_certificate(const Trust *trust, const CertInfo *info)
{
	BaseBytes in = base_bytes_of(trust->serial);
	BaseBytes serial;
	return cert_der_take(&in, CERT_DER_INTEGER, &serial) && in.n == 0 &&
	       cert_info_is(info, base_bytes_of(trust->issuer), serial);
}

static bool
is_distrusted(const Reading *r, const CertInfo *info, GBytes *hash)
{
	for (unsigned i = 0; i < r->distrust->len; i++) {
		const Trust *trust = g_ptr_array_index(r->distrust, i);
		if (names_certificate(trust, info) ||
		    (trust->hash != NULL && g_bytes_equal(trust->hash, hash))) {
			return true;
		}
	}
	return false;
}

/* CKA_NSS_EMAIL_DISTRUST_AFTER: CK_FALSE, or a UTCTime without tag and length. What cannot be read
 * is the strictest: never. */
static int64_t
read_distrust_after(const MozillaObject *object)
{
	g_autoptr(GBytes) value = mozilla_object_get(object, CKA_NSS_EMAIL_DISTRUST_AFTER);
	BaseBytes text = base_bytes_of(value);
	uint8_t element[64] = {CERT_DER_UTC_TIME, (uint8_t)text.n};
	int64_t time = INT64_MIN;
	if (text.n <= 1) {
		return text.n == 0 || text.p[0] == CK_FALSE ? INT64_MAX : INT64_MIN;
	}
	if (text.n <= sizeof(element) - 2) {
		memcpy(element + 2, text.p, text.n);
		BaseBytes in = base_bytes(element, text.n + 2);
		cert_der_take_time(&in, &time);
	}
	return time;
}

static void
read_certificate(const MozillaObject *object, void *data)
{
	Reading *r = data;
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t n = 0;
	g_autoptr(GBytes) der = mozilla_object_get(object, CKA_VALUE);
	BaseBytes octets = base_bytes_of(der);
	if (octets.n == 0 ||
	    EVP_Q_digest(NULL, "SHA1", NULL, octets.p, octets.n, digest, &n) != 1) {
		return;
	}
	g_autoptr(GBytes) hash = g_bytes_new(digest, n);
	const Trust *trust = g_hash_table_lookup(r->trusted, hash);
	g_autoptr(CertInfo) info = trust == NULL ? NULL : cert_info_new_bytes(der, NULL);
	if (info == NULL || !names_certificate(trust, info) || is_distrusted(r, info, hash)) {
		return;
	}
	info->priv->distrust_after = read_distrust_after(object);
	g_ptr_array_add(r->roots, g_steal_pointer(&info));
}

GPtrArray *
cert_mozilla_mail_roots(GError **error)
{
	g_autoptr(MozillaModule) module = mozilla_module_open(error);
	g_auto(Reading) r = {0};
	if (module == NULL) {
		return NULL;
	}
	r.trusted = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, NULL, free_trust);
	r.distrust = g_ptr_array_new_with_free_func(free_trust);
	r.roots = g_ptr_array_new_with_free_func(unref_info);
	bool read = mozilla_module_each(module, CKO_NSS_TRUST, read_trust, &r) &&
		    mozilla_module_each(module, CKO_CERTIFICATE, read_certificate, &r);
	if (!read || r.roots->len == 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
				      "libnssckbi.so (package libnss3) names no certificate "
				      "authority that is trusted for mail");
	}
	return g_steal_pointer(&r.roots);
}
