/* SPDX-License-Identifier: MPL-2.0 */
/* Heads of revocation lists: which is newer, and who made them. */
#include "cert/crl.h"

#include "cert_make_t.h"
#include "rsa.h"
#include <openssl/x509v3.h>
#include <postseal/error.h>

#define DAY INT64_C(86400)

typedef struct {
	int64_t this_update;
	int64_t next_update; /* 0: none */
	long number;         /* -1: none */
	bool delta;
	bool narrowed;
} Shape;

static void
add_number(X509_CRL *crl, int nid, long value)
{
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	ASN1_INTEGER_set(number, value);
	X509_CRL_add1_ext_i2d(crl, nid, number, nid == NID_delta_crl, 0);
	ASN1_INTEGER_free(number);
}

static GBytes *
make_crl(X509 *ca, EVP_PKEY *key, const Shape *shape)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *time = ASN1_TIME_set(NULL, shape->this_update);
	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca));
	X509_CRL_set1_lastUpdate(crl, time);
	if (shape->next_update != 0) {
		ASN1_TIME_set(time, shape->next_update);
		X509_CRL_set1_nextUpdate(crl, time);
	}
	if (shape->number >= 0) {
		add_number(crl, NID_crl_number, shape->number);
	}
	if (shape->delta) {
		add_number(crl, NID_delta_crl, 1);
	}
	if (shape->narrowed) {
		ISSUING_DIST_POINT *idp = ISSUING_DIST_POINT_new();
		idp->onlyuser = 0xff;
		X509_CRL_add1_ext_i2d(crl, NID_issuing_distribution_point, idp, 1, 0);
		ISSUING_DIST_POINT_free(idp);
	}
	g_assert_cmpint(X509_CRL_sign(crl, key, EVP_sha256()), >, 0);
	unsigned char *der = NULL;
	int n = i2d_X509_CRL(crl, &der);
	GBytes *bytes = g_bytes_new(der, (size_t)n);
	OPENSSL_free(der);
	ASN1_TIME_free(time);
	X509_CRL_free(crl);
	return bytes;
}

static X509 *
make_ca(EVP_PKEY *key, const char *name)
{
	return odd_x509(&(OddSpec){.key = key,
				   .usage = "critical,keyCertSign,cRLSign",
				   .constraints = "critical,CA:TRUE",
				   .common_name = name});
}

static void
reads_our_own(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(CertIdentity) id = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	g_autoptr(GPtrArray) leaves = g_ptr_array_new();
	g_ptr_array_add(leaves, id->sign);
	g_autoptr(GBytes) crl = cert_crl_new(id, leaves, CERT_T_NOW, &error);
	CertCrlInfo info;
	g_assert_true(cert_crl_read(base_bytes_of(crl), &info, &error));
	g_assert_no_error(error);
	g_assert_true(base_bytes_equal(info.issuer_name, id->root->subject_name));
	g_assert_true(base_bytes_equal(info.aki, id->root->ski));
	g_assert_cmpint(info.this_update, ==, CERT_T_NOW);
	g_assert_cmpint(info.next_update, ==, id->root->not_after);
	/* 1795255200 */
	g_assert_true(base_bytes_equal(info.number, BASE_LIT("\x6b\x01\x6b\xa0")));
	g_assert_false(info.partial);
	g_assert_true(cert_crl_issued_by(base_bytes_of(crl), id->root));
	g_assert_false(cert_crl_issued_by(base_bytes_of(crl), id->sign));
}

/* In the order of their age; the last two are partial. */
static const Shape SHAPES[] = {
	{CERT_T_NOW - 9 * DAY, CERT_T_NOW + DAY, 1000000, false, false},
	{CERT_T_NOW - 5 * DAY, 0, -1, false, false},
	{CERT_T_NOW - 5 * DAY, CERT_T_NOW + DAY, 0, false, false},
	{CERT_T_NOW - 5 * DAY, CERT_T_NOW + DAY, 255, false, false},
	{CERT_T_NOW - 5 * DAY, CERT_T_NOW + DAY, 256, false, false},
	{CERT_T_NOW - DAY, CERT_T_NOW + DAY, 7, false, false},
	{CERT_T_NOW, CERT_T_NOW + DAY, 9, true, false},
	{CERT_T_NOW, CERT_T_NOW + DAY, 10, false, true},
};

#define COMPLETE 6U

static void
tells_the_newer(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *ca = make_ca(key, "CA");
	GBytes *crls[G_N_ELEMENTS(SHAPES)];
	CertCrlInfo infos[G_N_ELEMENTS(SHAPES)];
	for (size_t i = 0; i < G_N_ELEMENTS(SHAPES); i++) {
		crls[i] = make_crl(ca, key, &SHAPES[i]);
		g_assert_true(cert_crl_read(base_bytes_of(crls[i]), &infos[i], NULL));
		g_assert_cmpint(infos[i].this_update, ==, SHAPES[i].this_update);
		g_assert_true(infos[i].partial == (i >= COMPLETE));
	}
	g_assert_cmpint(infos[1].next_update, ==, INT64_MAX);
	for (size_t a = 0; a < G_N_ELEMENTS(SHAPES); a++) {
		for (size_t b = 0; b < G_N_ELEMENTS(SHAPES); b++) {
			int order = cert_crl_compare(&infos[a], &infos[b]);
			g_assert_cmpint((order > 0) - (order < 0), ==, (a > b) - (a < b));
		}
	}
	for (size_t i = 0; i < G_N_ELEMENTS(SHAPES); i++) {
		g_bytes_unref(crls[i]);
	}
	X509_free(ca);
	EVP_PKEY_free(key);
}

static void
believes_the_issuer_only(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	EVP_PKEY *other = t_rsa_key(T_RSA_2048);
	X509 *ca_x = make_ca(key, "CA");
	X509 *same_name_x = make_ca(other, "CA");
	X509 *other_name_x = make_ca(key, "Other");
	X509 *no_lists_x = odd_x509(&(OddSpec){.key = key,
					       .usage = "critical,keyCertSign",
					       .constraints = "critical,CA:TRUE",
					       .common_name = "CA"});
	g_autoptr(CertInfo) ca = odd_info(ca_x);
	g_autoptr(CertInfo) same_name = odd_info(same_name_x);
	g_autoptr(CertInfo) other_name = odd_info(other_name_x);
	g_autoptr(CertInfo) no_lists = odd_info(no_lists_x);
	g_autoptr(GBytes) crl = make_crl(ca_x, key, &SHAPES[0]);
	g_autoptr(GBytes) by_rsa = make_crl(same_name_x, other, &SHAPES[0]);
	BaseBytes der = base_bytes_of(crl);
	g_assert_true(cert_crl_issued_by(der, ca));
	g_assert_true(cert_crl_issued_by(base_bytes_of(by_rsa), same_name));
	g_assert_false(cert_crl_issued_by(der, same_name));
	g_assert_false(cert_crl_issued_by(der, other_name));
	g_assert_false(cert_crl_issued_by(der, no_lists));
	for (size_t i = 0; i < der.n; i++) {
		g_autofree uint8_t *copy = g_memdup2(der.p, der.n);
		copy[i] ^= 0x04;
		CertCrlInfo info;
		g_assert_false(cert_crl_issued_by(base_bytes(copy, der.n), ca));
		g_assert_false(cert_crl_read(base_bytes(der.p, i), &info, NULL));
	}
	X509_free(ca_x);
	X509_free(same_name_x);
	X509_free(other_name_x);
	X509_free(no_lists_x);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

/* NIST's lists of PKITS that are well-formed are read; one there is not. */
static void
reads_those_of_others(void)
{
	static const char *const NAMES[] = {"TrustAnchorRootCRL",       "GoodCACRL",
					    "deltaCRLCA1CRL",           "deltaCRLCA1deltaCRL",
					    "indirectCRLCA1CRL",        "LongSerialNumberCACRL",
					    "NegativeSerialNumberCACRL"};
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		g_autofree char *name = g_strdup_printf("pkits/crls/%s.crl", NAMES[i]);
		g_autoptr(GBytes) der = cert_t_read(name);
		g_autoptr(GError) error = NULL;
		CertCrlInfo info;
		if (der == NULL) {
			return;
		}
		g_assert_true(cert_crl_read(base_bytes_of(der), &info, &error));
		g_assert_no_error(error);
		bool partial = strstr(NAMES[i], "delta") != NULL &&
			       strcmp(NAMES[i], "deltaCRLCA1CRL") != 0;
		g_assert_true(info.partial ==
			      (partial || strcmp(NAMES[i], "indirectCRLCA1CRL") == 0));
	}
}

/* NIST's lists with a critical extension, or an entry that has one, that nobody knows. */
static void
sees_what_it_does_not_know(void)
{
	static const struct {
		const char *name;
		bool unknown;
	} lists[] = {
		{"UnknownCRLExtensionCACRL", true},
		{"UnknownCRLEntryExtensionCACRL", true},
		{"GoodCACRL", false},
		{"indirectCRLCA3cRLIssuerCRL", false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_autofree char *name = g_strdup_printf("pkits/crls/%s.crl", lists[i].name);
		g_autoptr(GBytes) der = cert_t_read(name);
		CertCrlInfo info;
		if (der == NULL) {
			return;
		}
		g_assert_true(cert_crl_read(base_bytes_of(der), &info, NULL));
		g_assert_true(info.unknown_critical == lists[i].unknown);
	}
}

static void
bounds_the_size(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree uint8_t *large = g_malloc0((1U << 20) + 1);
	CertCrlInfo info;
	g_assert_false(cert_crl_read(base_bytes(large, (1U << 20) + 1), &info, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
	g_clear_error(&error);
	g_assert_false(cert_crl_read(BASE_LIT(""), &info, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/crl_read/reads_our_own", reads_our_own);
	g_test_add_func("/cert/crl_read/tells_the_newer", tells_the_newer);
	g_test_add_func("/cert/crl_read/believes_the_issuer_only", believes_the_issuer_only);
	g_test_add_func("/cert/crl_read/reads_those_of_others", reads_those_of_others);
	g_test_add_func("/cert/crl_read/sees_what_it_does_not_know", sees_what_it_does_not_know);
	g_test_add_func("/cert/crl_read/bounds_the_size", bounds_the_size);
	return g_test_run();
}
