/* SPDX-License-Identifier: MPL-2.0 */
/* Which keys of a PKCS#12 file make an identity. */
#include "base/error.h"
#include "base/limits.h"
#include "cert/address.h"
#include "cert/p12.h"

typedef bool (*Fits)(const CertInfo *cert);

static bool
may_sign(const CertInfo *cert)
{
	return cert->may_sign_mail;
}

static bool
may_encrypt(const CertInfo *cert)
{
	return cert->may_encrypt;
}

static bool
is_valid(const CertInfo *cert, int64_t now)
{
	return cert->not_before <= now && now <= cert->not_after;
}

/* What is no authority before what is one (a self-made certificate may be both: "openssl req -x509"
 * makes them so), valid before invalid, then the newer. */
static bool
is_better(const CertInfo *a, const CertInfo *b, int64_t now)
{
	if (b != NULL && a->is_ca != b->is_ca) {
		return b->is_ca;
	}
	if (b == NULL || is_valid(a, now) != is_valid(b, now)) {
		return b == NULL || is_valid(a, now);
	}
	return a->not_before > b->not_before;
}

static const CertP12Entry *
choose(const CertP12 *p12, const char *address, Fits fits, int64_t now)
{
	const CertP12Entry *best = NULL;
	for (unsigned i = 0; i < p12->entries->len; i++) {
		const CertP12Entry *entry = g_ptr_array_index(p12->entries, i);
		if (fits(entry->cert) && cert_info_names(entry->cert, address) &&
		    is_better(entry->cert, best == NULL ? NULL : best->cert, now)) {
			best = entry;
		}
	}
	return best;
}

static const CertInfo *
find_issuer(const CertP12 *p12, const CertInfo *cert)
{
	for (unsigned i = 0; i < p12->others->len; i++) {
		const CertInfo *other = g_ptr_array_index(p12->others, i);
		if (!cert_info_equal(other, cert) && cert_info_issued_by(cert, other)) {
			return other;
		}
	}
	return NULL;
}

/* Follows the issuers of @cert; the self-signed end goes to *@root, the others to @chain. */
static void
collect_chain(const CertP12 *p12, const CertInfo *cert, GPtrArray *chain, const CertInfo **root)
{
	for (unsigned depth = 0; depth < BASE_LIMIT_CHAIN; depth++) {
		const CertInfo *issuer = find_issuer(p12, cert);
		if (issuer == NULL) {
			return;
		}
		if (cert_info_self_signed(issuer)) {
			*root = issuer;
			return;
		}
		g_ptr_array_add(chain, cert_info_ref(issuer));
		cert = issuer;
	}
}

static const char *
first_address(const CertP12 *p12)
{
	for (unsigned i = 0; i < p12->entries->len; i++) {
		const CertP12Entry *entry = g_ptr_array_index(p12->entries, i);
		if (entry->cert->addresses->len > 0) {
			return g_ptr_array_index(entry->cert->addresses, 0);
		}
	}
	return NULL;
}

static void
unref_info(void *info)
{
	cert_info_unref(info);
}

CertIdentity *
cert_p12_identity(const CertP12 *p12, const char *address, int64_t now, GError **error)
{
	const char *wanted = address != NULL ? address : first_address(p12);
	const CertP12Entry *sign = wanted == NULL ? NULL : choose(p12, wanted, may_sign, now);
	const CertP12Entry *encrypt = wanted == NULL ? NULL : choose(p12, wanted, may_encrypt, now);
	if (sign == NULL || encrypt == NULL) {
		return BASE_FAIL_NULL(
			error, PS_ERROR_UNAVAILABLE, "no key to %s for %s in the PKCS#12 file",
			sign == NULL ? "sign" : "encrypt", wanted != NULL ? wanted : "any address");
	}
	g_autoptr(GPtrArray) chain = g_ptr_array_new_with_free_func(unref_info);
	const CertInfo *root = NULL;
	collect_chain(p12, sign->cert, chain, &root);
	bool both = cert_info_equal(sign->cert, encrypt->cert);
	CertIdentityParts parts = {
		.address = wanted,
		.profile = CERT_PROFILE_IMPORTED,
		.root = root,
		.sign = sign->cert,
		.sign_key = sign->key,
		.encrypt = both ? NULL : encrypt->cert,
		.encrypt_key = both ? NULL : encrypt->key,
		.others = chain,
	};
	return cert_identity_assemble(&parts, error);
}
