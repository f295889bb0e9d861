/* SPDX-License-Identifier: MPL-2.0 */
/* Certificates that somebody put beside the true ones. */
#include "chain_t.h"

#include "cert/path_private.h"

static const ChainCase PLAIN = {
	"plain", KU, CA, NULL, NULL, NULL, EP, {ODD_EMAIL, "a@example.org", 0}, CERT_CHAIN_TRUSTED};

/* Without extensions by which libcrypto would tell it from the true one. */
static GBytes *
make_authority(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *x = odd_x509(&(OddSpec){.key = key,
				      .issuer = issuer,
				      .issuer_key = issuer_key,
				      .usage = KU,
				      .constraints = CA,
				      .common_name = name});
	GBytes *der = odd_der(x);
	X509_free(x);
	return der;
}

static void
check(const Chain *c, GBytes *planted, unsigned times, bool before)
{
	g_autoptr(GPtrArray) others = g_ptr_array_new();
	g_auto(CertPath) path = {0};
	if (!before) {
		g_ptr_array_add(others, c->ca->der);
	}
	for (unsigned i = 0; i < times; i++) {
		g_ptr_array_add(others, planted);
	}
	if (before) {
		g_ptr_array_add(others, c->ca->der);
	}
	cert_path_check(c->leaf, others, c->anchors, NULL, CERT_T_NOW, &path);
	g_assert_cmpstr(cert_chain_name(path.chain), ==, "trusted");
	g_assert_cmpuint(path.path->len, ==, 3);
	g_assert_true(cert_info_equal(g_ptr_array_index(path.path, 1), c->ca));
}

/* Of its name and another key; and of its key, by an authority that nobody knows, or by itself. */
static void
sees_past_what_was_planted(void)
{
	Chain c;
	chain_make(&c, &PLAIN, &(OddSpec){0});
	EVP_PKEY *evil = EVP_EC_gen("P-256");
	X509 *unknown_x = odd_x509(
		&(OddSpec){.key = evil, .usage = KU, .constraints = CA, .common_name = "Evil"});
	GBytes *const planted[] = {
		make_authority(evil, "Between", NULL, NULL),
		make_authority(evil, "Between", c.root_x, evil),
		make_authority(evil, "Root", NULL, NULL),
		make_authority(c.key, "Between", unknown_x, evil),
		make_authority(c.key, "Between", NULL, NULL),
		g_bytes_new_static("rubbish", 7),
	};
	for (size_t i = 0; i < G_N_ELEMENTS(planted); i++) {
		g_test_message("planted %" G_GSIZE_FORMAT, i);
		check(&c, planted[i], 1, true);
		check(&c, planted[i], 1, false);
		check(&c, planted[i], 60, true);
		g_bytes_unref(planted[i]);
	}
	X509_free(unknown_x);
	EVP_PKEY_free(evil);
	chain_clear(&c);
}

/* All that lie on some way stay; without an anchor those that lead anywhere. */
static void
keeps_every_way(void)
{
	Chain c;
	chain_make(&c, &PLAIN, &(OddSpec){0});
	EVP_PKEY *other = EVP_EC_gen("P-256");
	X509 *other_x = odd_x509(
		&(OddSpec){.key = other, .usage = KU, .constraints = CA, .common_name = "Other"});
	g_autoptr(GBytes) cross = make_authority(c.key, "Between", other_x, other);
	g_autoptr(CertInfo) cross_info = cert_info_new_bytes(cross, NULL);
	g_autoptr(CertInfo) other_info = odd_info(other_x);
	g_autoptr(GPtrArray) others = g_ptr_array_new();
	g_ptr_array_add(others, cross_info);
	g_ptr_array_add(others, c.ca);
	g_ptr_array_add(others, other_info);
	g_ptr_array_add(others, c.leaf);
	g_autoptr(GPtrArray) roots = g_ptr_array_new();
	g_autoptr(CertAnchors) nobody = cert_anchors_new(NULL);
	g_ptr_array_add(roots, c.root);
	g_ptr_array_add(roots, other_info);
	g_autoptr(CertAnchors) both = cert_anchors_new(roots);
	g_autoptr(GPtrArray) all_ways = cert_path_issuers(c.leaf, others, both);
	g_autoptr(GPtrArray) one_way = cert_path_issuers(c.leaf, others, c.anchors);
	g_autoptr(GPtrArray) no_way = cert_path_issuers(c.leaf, others, nobody);
	g_assert_cmpuint(all_ways->len, ==, 3);
	g_assert_cmpuint(one_way->len, ==, 1);
	g_assert_true(g_ptr_array_index(one_way, 0) == c.ca);
	g_assert_cmpuint(no_way->len, ==, 3);
	X509_free(other_x);
	EVP_PKEY_free(other);
	chain_clear(&c);
}

/* Two that certify each other, and sixty-four that all could be each other's issuer. */
static void
ends(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *ring_x = odd_x509(
		&(OddSpec){.key = key, .usage = KU, .constraints = CA, .common_name = "Ring"});
	X509 *back_x = odd_x509(&(OddSpec){.key = key,
					   .issuer = ring_x,
					   .usage = KU,
					   .constraints = CA,
					   .common_name = "Back"});
	X509 *leaf_x = odd_x509(&(OddSpec){.key = key, .issuer = ring_x, .usage = DS});
	g_autoptr(CertInfo) leaf = odd_info(leaf_x);
	g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func(cert_t_unref_bytes);
	g_ptr_array_add(others, make_authority(key, "Ring", back_x, key));
	g_ptr_array_add(others, odd_der(back_x));
	while (others->len < 64) {
		g_ptr_array_add(others, make_authority(key, "Ring", ring_x, key));
	}
	g_autoptr(CertAnchors) nobody = cert_anchors_new(NULL);
	g_auto(CertPath) path = {0};
	int64_t begun = g_get_monotonic_time();
	cert_path_check(leaf, others, nobody, NULL, CERT_T_NOW, &path);
	g_assert_cmpint(path.chain, !=, CERT_CHAIN_TRUSTED);
	g_assert_cmpint(g_get_monotonic_time() - begun, <, 2 * G_USEC_PER_SEC);
	X509_free(ring_x);
	X509_free(back_x);
	X509_free(leaf_x);
	EVP_PKEY_free(key);
}

/* An anchor that is no authority vouches for itself and nobody else, whatever it may sign. */
static void
wants_anchors_to_be_authorities(void)
{
	static const struct {
		const char *usage;
		const char *constraints;
		long version;
		CertChain chain;
	} anchors[] = {
		{KU, CA, X509_VERSION_3, CERT_CHAIN_TRUSTED},
		{KU, "critical,CA:FALSE", X509_VERSION_3, CERT_CHAIN_INVALID},
		{KU, NULL, X509_VERSION_3, CERT_CHAIN_INVALID},
		{DS, NULL, X509_VERSION_3, CERT_CHAIN_INVALID},
		{NULL, NULL, X509_VERSION_3, CERT_CHAIN_INVALID},
		{NULL, NULL, X509_VERSION_1, CERT_CHAIN_INVALID},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(anchors); i++) {
		EVP_PKEY *key = EVP_EC_gen("P-256");
		X509 *anchor_x = odd_x509(&(OddSpec){.key = key,
						     .usage = anchors[i].usage,
						     .constraints = anchors[i].constraints,
						     .common_name = "Friend"});
		X509_set_version(anchor_x, anchors[i].version);
		g_assert_cmpint(X509_sign(anchor_x, key, EVP_sha256()), >, 0);
		X509 *leaf_x = odd_x509(&(OddSpec){.key = key, .issuer = anchor_x, .usage = DS});
		g_autoptr(CertInfo) info = odd_info(anchor_x);
		g_autoptr(CertInfo) leaf = odd_info(leaf_x);
		g_autoptr(GPtrArray) list = g_ptr_array_new();
		g_ptr_array_add(list, info);
		g_autoptr(CertAnchors) set = cert_anchors_new(list);
		g_auto(CertPath) path = {0};
		cert_path_check(leaf, NULL, set, NULL, CERT_T_NOW, &path);
		g_test_message("anchor %" G_GSIZE_FORMAT ": %s", i, path.reason);
		g_assert_cmpstr(cert_chain_name(path.chain), ==, cert_chain_name(anchors[i].chain));
		X509_free(anchor_x);
		X509_free(leaf_x);
		EVP_PKEY_free(key);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/path_issuers/sees_past_what_was_planted",
			sees_past_what_was_planted);
	g_test_add_func("/cert/path_issuers/keeps_every_way", keeps_every_way);
	g_test_add_func("/cert/path_issuers/ends", ends);
	g_test_add_func("/cert/path_issuers/wants_anchors_to_be_authorities",
			wants_anchors_to_be_authorities);
	return g_test_run();
}
