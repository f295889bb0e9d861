/* SPDX-License-Identifier: MPL-2.0 */
/* How long the answer about a path holds, and what lists, last days and policies do to it. */
#include "chain_t.h"

#include "cert/info_private.h"

static const ChainCase PLAIN = {
	"plain", KU, CA, NULL, NULL, NULL, EP, {ODD_EMAIL, "a@example.org", 0}, CERT_CHAIN_TRUSTED};

static void
add_entry(X509_CRL *crl, X509 *revoked, ASN1_TIME *when)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked));
	X509_REVOKED_set_revocationDate(entry, when);
	g_assert_cmpint(X509_CRL_add0_revoked(crl, entry), ==, 1);
}

/* By the authority between or the root; with the leaf in it if @revokes. */
static GBytes *
make_crl(const Chain *c, bool revokes, bool by_root, int64_t from, int64_t to)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *time = ASN1_TIME_set(NULL, from);
	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(by_root ? c->root_x : c->ca_x));
	X509_CRL_set1_lastUpdate(crl, time);
	if (revokes) {
		add_entry(crl, c->leaf_x, time);
	}
	ASN1_TIME_set(time, to);
	X509_CRL_set1_nextUpdate(crl, time);
	g_assert_cmpint(X509_CRL_sign(crl, c->key, EVP_sha256()), >, 0);
	unsigned char *der = NULL;
	int n = i2d_X509_CRL(crl, &der);
	GBytes *bytes = g_bytes_new(der, (size_t)n);
	OPENSSL_free(der);
	ASN1_TIME_free(time);
	X509_CRL_free(crl);
	return bytes;
}

/* The leaf lives a year from now, the authority above for three days. */
static void
says_how_long_it_holds(void)
{
	static const int64_t end = CERT_T_NOW + 3 * DAY;
	Chain c;
	chain_make(&c, &PLAIN, &(OddSpec){.not_before = CERT_T_NOW - DAY / 2, .not_after = end});
	g_autoptr(GBytes) soon = make_crl(&c, false, false, CERT_T_NOW - DAY, CERT_T_NOW + DAY);
	g_autoptr(GBytes) stale =
		make_crl(&c, false, false, CERT_T_NOW - 2 * DAY, CERT_T_NOW - DAY);
	g_autoptr(GBytes) above = make_crl(&c, false, true, CERT_T_NOW - DAY, CERT_T_NOW + 9 * DAY);

	const struct {
		int64_t at;
		GBytes *crl;
		GBytes *more;
		CertChain chain;
		int64_t until;
	} checks[] = {
		{CERT_T_NOW, NULL, NULL, CERT_CHAIN_TRUSTED, end},
		{end - 1, NULL, NULL, CERT_CHAIN_TRUSTED, end},
		{end, NULL, NULL, CERT_CHAIN_EXPIRED, c.leaf->not_after},
		{c.leaf->not_after, NULL, NULL, CERT_CHAIN_EXPIRED, INT64_MAX},
		{CERT_T_NOW - DAY / 2 - 1, NULL, NULL, CERT_CHAIN_NOT_YET_VALID,
		 CERT_T_NOW - DAY / 2},
		{CERT_T_NOW, soon, NULL, CERT_CHAIN_TRUSTED, CERT_T_NOW + DAY},
		{CERT_T_NOW, stale, NULL, CERT_CHAIN_TRUSTED, end},
		{CERT_T_NOW, above, soon, CERT_CHAIN_TRUSTED, CERT_T_NOW + DAY},
		{CERT_T_NOW, above, NULL, CERT_CHAIN_TRUSTED, end},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(checks); i++) {
		g_autoptr(GPtrArray) crls = g_ptr_array_new();
		g_auto(CertPath) path = {0};
		if (checks[i].crl != NULL) {
			g_ptr_array_add(crls, checks[i].crl);
		}
		if (checks[i].more != NULL) {
			g_ptr_array_add(crls, checks[i].more);
		}
		cert_path_check(c.leaf, c.others, c.anchors, crls, checks[i].at, &path);
		g_test_message("check %" G_GSIZE_FORMAT, i);
		g_assert_cmpstr(cert_chain_name(path.chain), ==, cert_chain_name(checks[i].chain));
		g_assert_cmpint(path.valid_until, ==, checks[i].until);
		g_assert_true(path.revocation_unknown == (checks[i].more == NULL));
	}
	chain_clear(&c);
}

/* An older list played back neither hides what a newer one says, nor says it against it. */
static void
believes_the_newest_list(void)
{
	Chain c;
	chain_make(&c, &PLAIN, &(OddSpec){0});
	for (int newer_revokes = 0; newer_revokes < 2; newer_revokes++) {
		bool revokes = newer_revokes == 1;
		g_autoptr(GBytes) newer =
			make_crl(&c, revokes, false, CERT_T_NOW - DAY, CERT_T_NOW + DAY);
		g_autoptr(GBytes) older =
			make_crl(&c, !revokes, false, CERT_T_NOW - 2 * DAY, CERT_T_NOW + 9 * DAY);
		GBytes *const orders[2][2] = {{newer, older}, {older, newer}};
		for (size_t i = 0; i < G_N_ELEMENTS(orders); i++) {
			g_autoptr(GPtrArray) crls = g_ptr_array_new();
			g_auto(CertPath) path = {0};
			g_ptr_array_add(crls, orders[i][0]);
			g_ptr_array_add(crls, orders[i][1]);
			cert_path_check(c.leaf, c.others, c.anchors, crls, CERT_T_NOW, &path);
			g_assert_cmpint(path.chain, ==,
					revokes ? CERT_CHAIN_REVOKED : CERT_CHAIN_TRUSTED);
		}
	}
	chain_clear(&c);
}

/* Of an anchor that Mozilla distrusts for what is issued after a day. */
static void
keeps_the_last_day_of_an_anchor(void)
{
	for (int late = 0; late < 2; late++) {
		Chain c;
		g_auto(CertPath) path = {0};
		chain_make(&c, &PLAIN, &(OddSpec){0});
		c.root->priv->distrust_after = c.leaf->not_before - late;
		cert_path_check(c.leaf, c.others, c.anchors, NULL, CERT_T_NOW, &path);
		g_assert_cmpint(path.chain, ==, late ? CERT_CHAIN_UNTRUSTED : CERT_CHAIN_TRUSTED);
		g_assert_true((path.root == NULL) == (late == 1));
		chain_clear(&c);
	}
}

/* Any policy is fine, and which hold is told. */
static void
tells_policies(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *root_x = odd_x509(
		&(OddSpec){.key = key, .usage = KU, .constraints = CA, .common_name = "Root"});
	X509 *leaf_x = odd_x509(&(OddSpec){.key = key,
					   .issuer = root_x,
					   .issuer_key = key,
					   .usage = DS,
					   .policies = "1.2.3.4,2.23.140.1.5.1.3"});
	g_autoptr(CertInfo) root = odd_info(root_x);
	g_autoptr(CertInfo) leaf = odd_info(leaf_x);
	g_autoptr(GPtrArray) roots = g_ptr_array_new();
	g_ptr_array_add(roots, root);
	g_autoptr(CertAnchors) anchors = cert_anchors_new(roots);
	g_auto(CertPath) path = {0};
	cert_path_check(leaf, NULL, anchors, NULL, CERT_T_NOW, &path);
	g_assert_cmpint(path.chain, ==, CERT_CHAIN_TRUSTED);
	g_assert_cmpuint(path.policies->len, ==, 2);
	cert_path_clear(&path);
	cert_path_check(leaf, NULL, anchors, NULL, CERT_T_NOW + 999 * DAY, &path);
	g_assert_cmpuint(path.policies->len, ==, 0);
	X509_free(root_x);
	X509_free(leaf_x);
	EVP_PKEY_free(key);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/path_time/says_how_long_it_holds", says_how_long_it_holds);
	g_test_add_func("/cert/path_time/believes_the_newest_list", believes_the_newest_list);
	g_test_add_func("/cert/path_time/keeps_the_last_day_of_an_anchor",
			keeps_the_last_day_of_an_anchor);
	g_test_add_func("/cert/path_time/tells_policies", tells_policies);
	return g_test_run();
}
