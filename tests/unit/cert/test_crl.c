/* SPDX-License-Identifier: MPL-2.0 */
/* Revocation lists of personal roots. */
#include "cert/crl.h"

#include "cert_t.h"
#include <openssl/x509v3.h>
#include <postseal/error.h>

#define DAY INT64_C(86400)

static GBytes *
revoke_leaf(const CertIdentity *identity, CertInfo *leaf, int64_t now)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) leaves = g_ptr_array_new();
	if (leaf != NULL) {
		g_ptr_array_add(leaves, leaf);
	}
	GBytes *crl = cert_crl_new(identity, leaves, now, &error);
	g_assert_no_error(error);
	return crl;
}

static void
has_the_right_shape(void)
{
	g_autoptr(CertIdentity) id = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	g_autoptr(GBytes) der = revoke_leaf(id, id->sign, CERT_T_NOW);
	const unsigned char *p = base_bytes_of(der).p;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)g_bytes_get_size(der));
	g_assert_nonnull(crl);
	g_assert_cmpint(X509_CRL_get_version(crl), ==, X509_CRL_VERSION_2);
	g_assert_cmpint(X509_CRL_get_ext_by_NID(crl, NID_crl_number, -1), >=, 0);
	g_assert_cmpint(X509_CRL_get_ext_by_NID(crl, NID_authority_key_identifier, -1), >=, 0);
	g_assert_cmpint(X509_CRL_verify(crl, cert_info_key(id->root, NULL)), ==, 1);
	STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
	g_assert_cmpint(sk_X509_REVOKED_num(entries), ==, 1);
	ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(sk_X509_REVOKED_value(entries, 0),
							   NID_crl_reason, NULL, NULL);
	g_assert_cmpint(ASN1_ENUMERATED_get(reason), ==, 1);
	ASN1_ENUMERATED_free(reason);
	X509_CRL_free(crl);
}

static void
revokes_what_it_lists(void)
{
	g_autoptr(CertIdentity) id = cert_t_identity("alice@example.org", CERT_PROFILE_MODERN);
	g_autoptr(CertIdentity) eve = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	g_autoptr(GBytes) crl = revoke_leaf(id, id->sign, CERT_T_NOW);
	g_autoptr(GBytes) empty = revoke_leaf(id, NULL, CERT_T_NOW);
	g_autoptr(GBytes) foreign = revoke_leaf(eve, id->sign, CERT_T_NOW);
	g_autoptr(GBytes) rubbish = g_bytes_new_static("rubbish", 7);

	const struct {
		GBytes *crl;
		const CertInfo *leaf;
		int64_t at;
		CertCrl want;
	} checks[] = {
		{crl, id->sign, CERT_T_NOW + 1, CERT_CRL_REVOKED},
		{crl, id->sign, CERT_T_NOW, CERT_CRL_REVOKED},
		{crl, id->sign, CERT_T_NOW + 9000 * DAY, CERT_CRL_REVOKED},
		{crl, id->sign, CERT_T_NOW - 1, CERT_CRL_UNUSABLE},
		{crl, id->encrypt, CERT_T_NOW + 1, CERT_CRL_CLEAR},
		{crl, eve->sign, CERT_T_NOW + 1, CERT_CRL_UNUSABLE},
		{empty, id->sign, CERT_T_NOW + 1, CERT_CRL_CLEAR},
		{foreign, id->sign, CERT_T_NOW + 1, CERT_CRL_UNUSABLE},
		{rubbish, id->sign, CERT_T_NOW + 1, CERT_CRL_UNUSABLE},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(checks); i++) {
		g_assert_cmpint(cert_crl_revokes(base_bytes_of(checks[i].crl), id->root,
						 checks[i].leaf, checks[i].at),
				==, checks[i].want);
	}
}

static void
survives_damage(void)
{
	g_autoptr(CertIdentity) id = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	g_autoptr(GBytes) crl = revoke_leaf(id, id->sign, CERT_T_NOW);
	BaseBytes der = base_bytes_of(crl);
	for (size_t i = 0; i < der.n; i++) {
		g_autofree uint8_t *copy = g_memdup2(der.p, der.n);
		copy[i] ^= 0x04;
		g_assert_cmpint(
			cert_crl_revokes(base_bytes(copy, der.n), id->root, id->sign, CERT_T_NOW),
			==, CERT_CRL_UNUSABLE);
		g_assert_cmpint(
			cert_crl_revokes(base_bytes(der.p, i), id->root, id->sign, CERT_T_NOW), ==,
			CERT_CRL_UNUSABLE);
	}
}

static void
needs_the_root_key(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(CertIdentity) id = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	CertIdentityParts parts = {.address = id->address,
				   .root = id->root,
				   .sign = id->sign,
				   .sign_key = id->sign_key};
	g_autoptr(CertIdentity) without = cert_identity_assemble(&parts, &error);
	g_autoptr(GPtrArray) none = g_ptr_array_new();
	g_assert_null(cert_crl_new(without, none, CERT_T_NOW, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_UNAVAILABLE);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/crl/has_the_right_shape", has_the_right_shape);
	g_test_add_func("/cert/crl/revokes_what_it_lists", revokes_what_it_lists);
	g_test_add_func("/cert/crl/survives_damage", survives_damage);
	g_test_add_func("/cert/crl/needs_the_root_key", needs_the_root_key);
	return g_test_run();
}
