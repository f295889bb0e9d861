/* SPDX-License-Identifier: MPL-2.0 */
/* Paths to anchors, and the personal root. */
#include "cert/path.h"

#include "cert/crl.h"
#include "cert_make_t.h"
#include "rsa.h"

#define DAY INT64_C(86400)

static GPtrArray *
der_list(const CertInfo *a, const CertInfo *b)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(cert_t_unref_bytes);
	if (a != NULL) {
		g_ptr_array_add(list, g_bytes_ref(a->der));
	}
	if (b != NULL) {
		g_ptr_array_add(list, g_bytes_ref(b->der));
	}
	return list;
}

static CertAnchors *
anchor(const CertInfo *root)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(cert_t_unref);
	if (root != NULL) {
		g_ptr_array_add(list, cert_info_ref(root));
	}
	return cert_anchors_new(list);
}

#define RSA_ROOT             "rfc9216/3.1_RSA-Certification-Authority-Root-Certificate.crt.pem"
#define RSA_CROSS            "rfc9216/3.3_RSA-Certification-Authority-Cross-Signed-Certificate.crt.pem"
#define ED_ROOT              "rfc9216/6.1_Ed25519-Certification-Authority-Root-Certificate.crt.pem"
#define ED_CROSS             "rfc9216/6.3_Ed25519-Certification-Authority-Cross-Signed-Certificate.crt.pem"
#define PERSON(n, name, use) "rfc9216/" n "_" name "-s-" use "-End-Entity-Certificate.crt.pem"
#define SIGN                 "Signature-Verification"
#define ENCRYPT              "Encryption"

static const struct {
	const char *leaf;
	const char *root;
	const char *cross; /* carried in the message, NULL: nothing */
	int64_t at;        /* 0: CERT_T_NOW */
	CertChain chain;
	unsigned length;
} RFC9216[] = {
	{PERSON("4.1", "Alice", SIGN), RSA_ROOT, NULL, 0, CERT_CHAIN_TRUSTED, 2},
	{PERSON("4.3", "Alice", ENCRYPT), RSA_ROOT, NULL, 0, CERT_CHAIN_TRUSTED, 2},
	{PERSON("5.1", "Bob", SIGN), RSA_ROOT, NULL, 0, CERT_CHAIN_TRUSTED, 2},
	{PERSON("7.1", "Carlos", SIGN), ED_ROOT, NULL, 0, CERT_CHAIN_TRUSTED, 2},
	{PERSON("7.3", "Carlos", ENCRYPT), ED_ROOT, NULL, 0, CERT_CHAIN_TRUSTED, 2},
	{PERSON("8.1", "Dana", SIGN), ED_ROOT, NULL, 0, CERT_CHAIN_TRUSTED, 2},
	{PERSON("4.1", "Alice", SIGN), ED_ROOT, NULL, 0, CERT_CHAIN_UNTRUSTED, 1},
	{PERSON("4.1", "Alice", SIGN), ED_ROOT, RSA_ROOT, 0, CERT_CHAIN_UNTRUSTED, 2},
	{PERSON("4.1", "Alice", SIGN), NULL, NULL, 0, CERT_CHAIN_UNTRUSTED, 1},
	{PERSON("4.1", "Alice", SIGN), ED_ROOT, RSA_CROSS, 0, CERT_CHAIN_TRUSTED, 3},
	{PERSON("7.1", "Carlos", SIGN), RSA_ROOT, ED_CROSS, 0, CERT_CHAIN_TRUSTED, 3},
	{PERSON("4.1", "Alice", SIGN), RSA_ROOT, NULL, INT64_C(1500000000),
	 CERT_CHAIN_NOT_YET_VALID, 2},
	{PERSON("4.1", "Alice", SIGN), RSA_ROOT, NULL, INT64_C(2700000000), CERT_CHAIN_EXPIRED, 2},
	{PERSON("4.1", "Alice", SIGN), ED_ROOT, NULL, INT64_C(2700000000), CERT_CHAIN_UNTRUSTED, 1},
};

static void
follows_rfc9216(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(RFC9216); i++) {
		g_autoptr(CertInfo) leaf = cert_t_cert(RFC9216[i].leaf);
		if (leaf == NULL) {
			return;
		}
		g_autoptr(CertInfo) root =
			RFC9216[i].root == NULL ? NULL : cert_t_cert(RFC9216[i].root);
		g_autoptr(CertInfo) cross =
			RFC9216[i].cross == NULL ? NULL : cert_t_cert(RFC9216[i].cross);
		g_autoptr(CertAnchors) anchors = anchor(root);
		g_autoptr(GPtrArray) others = der_list(leaf, cross);
		g_auto(CertPath) path = {0};
		int64_t at = RFC9216[i].at == 0 ? CERT_T_NOW : RFC9216[i].at;
		cert_path_check(leaf, others, anchors, NULL, at, &path);
		g_test_message("%s: %s", RFC9216[i].leaf, path.reason);
		g_assert_cmpstr(cert_chain_name(path.chain), ==, cert_chain_name(RFC9216[i].chain));
		g_assert_cmpuint(path.path->len, ==, RFC9216[i].length);
		g_assert_true(path.revocation_unknown);
		g_assert_false(path.weak);
		g_assert_true((path.reason == NULL) == (path.chain == CERT_CHAIN_TRUSTED));
		bool reached = path.chain != CERT_CHAIN_UNTRUSTED;
		g_assert_true((path.root != NULL) == reached);
		g_assert_true(!reached || cert_info_equal(path.root, root));
	}
}

/* A made-up CA: what it may issue, and what comes of it. */
typedef struct {
	const char *ca_usage;
	const char *ca_constraints;
	const char *ca_names;
	const char *leaf_usage;
	const char *leaf_extended;
	const char *leaf_constraints;
	const char *leaf_digest;
	const char *foreign_critical;
	const char *address;
	unsigned ca_bits; /* RSA; 0: P-256 */
	CertChain chain;
	bool weak;
	CertChain personal;
} Made;

#define CA    "critical,CA:TRUE,pathlen:0"
#define KU    "critical,keyCertSign,cRLSign"
#define DS    "critical,digitalSignature"
#define EP    "emailProtection"
#define NC(x) "permitted;email:" x

static const Made MADE[] = {
	{KU, CA, NULL, DS, EP, NULL, NULL, NULL, "a@example.org", 0, CERT_CHAIN_TRUSTED, false,
	 CERT_CHAIN_PINNED},
	{KU, CA, NC("a@example.org"), DS, EP, NULL, NULL, NULL, "a@example.org", 0,
	 CERT_CHAIN_TRUSTED, false, CERT_CHAIN_PINNED},
	{KU, CA, NC("a@example.org"), DS, EP, NULL, NULL, NULL, "b@example.org", 0,
	 CERT_CHAIN_INVALID, false, CERT_CHAIN_INVALID},
	{KU, CA, NC("example.org"), DS, EP, NULL, NULL, NULL, "b@example.org", 0,
	 CERT_CHAIN_TRUSTED, false, CERT_CHAIN_PINNED},
	{KU, CA, NC("example.org"), DS, EP, NULL, NULL, NULL, "b@x.example.org", 0,
	 CERT_CHAIN_INVALID, false, CERT_CHAIN_INVALID},
	{KU, CA, NC(".example.org"), DS, EP, NULL, NULL, NULL, "b@x.example.org", 0,
	 CERT_CHAIN_TRUSTED, false, CERT_CHAIN_PINNED},
	{KU, CA, NC(".example.org"), DS, EP, NULL, NULL, NULL, "b@badexample.org", 0,
	 CERT_CHAIN_INVALID, false, CERT_CHAIN_INVALID},
	{KU, CA, "excluded;email:a@example.org", DS, EP, NULL, NULL, NULL, "a@example.org", 0,
	 CERT_CHAIN_INVALID, false, CERT_CHAIN_INVALID},
	{KU, CA, "excluded;email:a@example.org", DS, EP, NULL, NULL, NULL, "b@example.org", 0,
	 CERT_CHAIN_TRUSTED, false, CERT_CHAIN_PINNED},
	/* The issuer is no CA, may not sign certificates, or the leaf is a CA. */
	{KU, "critical,CA:FALSE", NULL, DS, EP, NULL, NULL, NULL, "a@example.org", 0,
	 CERT_CHAIN_INVALID, false, CERT_CHAIN_INVALID},
	{DS, CA, NULL, DS, EP, NULL, NULL, NULL, "a@example.org", 0, CERT_CHAIN_INVALID, false,
	 CERT_CHAIN_INVALID},
	{KU, CA, NULL, KU, EP, "critical,CA:TRUE", NULL, NULL, "a@example.org", 0,
	 CERT_CHAIN_INVALID, false, CERT_CHAIN_INVALID},
	/* Not for mail; a critical extension that nobody knows. */
	{KU, CA, NULL, DS, "serverAuth", NULL, NULL, NULL, "a@example.org", 0, CERT_CHAIN_INVALID,
	 false, CERT_CHAIN_PINNED},
	{KU, CA, NULL, DS, EP, NULL, NULL, "1.2.3.4", "a@example.org", 0, CERT_CHAIN_INVALID, false,
	 CERT_CHAIN_INVALID},
	/* Weak: short keys, SHA-1. */
	{KU, CA, NULL, DS, EP, NULL, NULL, NULL, "a@example.org", 1024, CERT_CHAIN_INVALID, true,
	 CERT_CHAIN_PINNED},
	{KU, CA, NULL, DS, EP, NULL, "SHA1", NULL, "a@example.org", 2048, CERT_CHAIN_INVALID, true,
	 CERT_CHAIN_PINNED},
	{KU, CA, NULL, DS, EP, NULL, NULL, NULL, "a@example.org", 2048, CERT_CHAIN_TRUSTED, false,
	 CERT_CHAIN_PINNED},
};

static void
check_made(const Made *m)
{
	OddMailbox names[2] = {{ODD_EMAIL, m->address, 0}, {0}};
	EVP_PKEY *ca_key = m->ca_bits == 0      ? EVP_EC_gen("P-256")
			   : m->ca_bits == 1024 ? t_rsa_key(T_RSA_1024)
						: t_rsa_key(T_RSA_2048);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *ca = odd_x509(&(OddSpec){.key = ca_key,
				       .usage = m->ca_usage,
				       .constraints = m->ca_constraints,
				       .name_constraints = m->ca_names,
				       .common_name = "Made CA"});
	X509 *x = odd_x509(&(OddSpec){.key = key,
				      .issuer = ca,
				      .issuer_key = ca_key,
				      .usage = m->leaf_usage,
				      .extended = m->leaf_extended,
				      .constraints = m->leaf_constraints,
				      .digest = m->leaf_digest,
				      .names = names,
				      .foreign_critical = m->foreign_critical});
	g_autoptr(CertInfo) root = odd_info(ca);
	g_autoptr(CertInfo) leaf = odd_info(x);
	g_autoptr(CertAnchors) anchors = anchor(root);
	g_auto(CertPath) path = {0};
	cert_path_check(leaf, NULL, anchors, NULL, CERT_T_NOW, &path);
	g_assert_cmpstr(cert_chain_name(path.chain), ==, cert_chain_name(m->chain));
	g_assert_true(path.weak == m->weak);
	g_assert_cmpstr(cert_chain_name(cert_personal_check(leaf, root, CERT_T_NOW)), ==,
			cert_chain_name(m->personal));
	X509_free(ca);
	X509_free(x);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
}

static void
judges_made_chains(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(MADE); i++) {
		g_test_message("made %" G_GSIZE_FORMAT, i);
		check_made(&MADE[i]);
	}
}

static void
judges_personal_keys(void)
{
	g_autoptr(CertIdentity) alice = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	g_autoptr(CertIdentity) eve = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	const CertInfo *leaf = alice->sign;

	const struct {
		const CertInfo *root;
		int64_t at;
		CertChain want;
	} checks[] = {
		{alice->root, CERT_T_NOW, CERT_CHAIN_PINNED},
		{alice->root, leaf->not_before, CERT_CHAIN_PINNED},
		{alice->root, leaf->not_after, CERT_CHAIN_PINNED},
		{alice->root, leaf->not_before - 1, CERT_CHAIN_NOT_YET_VALID},
		{alice->root, leaf->not_after + 1, CERT_CHAIN_EXPIRED},
		{eve->root, CERT_T_NOW, CERT_CHAIN_INVALID},
		{leaf, CERT_T_NOW, CERT_CHAIN_INVALID},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(checks); i++) {
		g_assert_cmpstr(
			cert_chain_name(cert_personal_check(leaf, checks[i].root, checks[i].at)),
			==, cert_chain_name(checks[i].want));
	}
	g_autoptr(GPtrArray) others = der_list(eve->root, alice->root);
	g_ptr_array_add(others, g_bytes_new_static("rubbish", 7));
	g_autoptr(CertInfo) found = cert_personal_root(leaf, others);
	g_assert_true(found != NULL && cert_info_equal(found, alice->root));
	g_autoptr(GPtrArray) wrong = der_list(eve->root, leaf);
	g_assert_null(cert_personal_root(leaf, wrong));
	g_assert_null(cert_personal_root(leaf, NULL));
}

/* A root with the name of another and another key: the name alone convinces nobody. */
static void
sees_through_a_copied_name(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	EVP_PKEY *evil = EVP_EC_gen("P-256");
	OddSpec root_spec = {.key = key, .usage = KU, .constraints = CA, .common_name = "Good CA"};
	X509 *root_x = odd_x509(&root_spec);
	root_spec.key = evil;
	X509 *evil_x = odd_x509(&root_spec);
	X509 *leaf_x = odd_x509(
		&(OddSpec){.key = evil, .issuer = evil_x, .issuer_key = evil, .usage = DS});
	g_autoptr(CertInfo) root = odd_info(root_x);
	g_autoptr(CertInfo) evil_root = odd_info(evil_x);
	g_autoptr(CertInfo) leaf = odd_info(leaf_x);
	g_autoptr(CertAnchors) anchors = anchor(root);
	g_autoptr(GPtrArray) others = der_list(evil_root, NULL);
	g_auto(CertPath) path = {0};
	g_auto(CertPath) with = {0};
	cert_path_check(leaf, NULL, anchors, NULL, CERT_T_NOW, &path);
	cert_path_check(leaf, others, anchors, NULL, CERT_T_NOW, &with);
	g_assert_cmpint(path.chain, !=, CERT_CHAIN_TRUSTED);
	g_assert_cmpint(with.chain, !=, CERT_CHAIN_TRUSTED);
	g_assert_null(path.root);
	X509_free(root_x);
	X509_free(evil_x);
	X509_free(leaf_x);
	EVP_PKEY_free(key);
	EVP_PKEY_free(evil);
}

static void
accepts_a_self_signed_leaf_as_its_own_root(void)
{
	g_autoptr(CertInfo) info =
		odd_cert((OddSpec){.usage = DS, .extended = EP, .subject_email = "a@b"});
	g_assert_cmpint(cert_personal_check(info, info, CERT_T_NOW), ==, CERT_CHAIN_PINNED);
	g_assert_cmpint(cert_personal_check(info, info, CERT_T_NOW + 400 * DAY), ==,
			CERT_CHAIN_EXPIRED);
	g_autoptr(CertAnchors) none = anchor(NULL);
	g_autoptr(CertAnchors) itself = anchor(info);
	g_auto(CertPath) path = {0};
	cert_path_check(info, NULL, none, NULL, CERT_T_NOW, &path);
	g_assert_cmpint(path.chain, ==, CERT_CHAIN_UNTRUSTED);
	g_assert_cmpuint(cert_anchors_count(none), ==, 0);
	cert_path_clear(&path);
	cert_path_check(info, NULL, itself, NULL, CERT_T_NOW, &path);
	g_assert_cmpint(path.chain, ==, CERT_CHAIN_TRUSTED);
}

/* A true CRL revokes; one that somebody else signed neither revokes nor hides the true one. */
static void
believes_only_genuine_crls(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(CertIdentity) alice = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	g_autoptr(CertAnchors) anchors = anchor(alice->root);
	g_autoptr(GPtrArray) leaves = g_ptr_array_new();
	g_autoptr(GPtrArray) nobody = g_ptr_array_new();
	g_ptr_array_add(leaves, alice->sign);
	g_autoptr(GBytes) revoking = cert_crl_new(alice, leaves, CERT_T_NOW, &error);
	g_autoptr(GBytes) clear = cert_crl_new(alice, nobody, CERT_T_NOW, &error);
	g_assert_no_error(error);
	/* The same octets with one bit of the signature flipped. */
	BaseBytes true_crl = base_bytes_of(revoking);
	uint8_t *copy = g_memdup2(true_crl.p, true_crl.n);
	copy[true_crl.n - 1] ^= 1;
	g_autoptr(GBytes) forged = g_bytes_new_take(copy, true_crl.n);

	const struct {
		GBytes *first;
		GBytes *second;
		CertChain want;
		bool unknown;
	} checks[] = {
		{NULL, NULL, CERT_CHAIN_TRUSTED, true},
		{clear, NULL, CERT_CHAIN_TRUSTED, false},
		{revoking, NULL, CERT_CHAIN_REVOKED, false},
		{forged, NULL, CERT_CHAIN_TRUSTED, true},
		{forged, revoking, CERT_CHAIN_REVOKED, false},
		{forged, clear, CERT_CHAIN_TRUSTED, false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(checks); i++) {
		g_autoptr(GPtrArray) crls = g_ptr_array_new();
		g_auto(CertPath) path = {0};
		if (checks[i].first != NULL) {
			g_ptr_array_add(crls, checks[i].first);
		}
		if (checks[i].second != NULL) {
			g_ptr_array_add(crls, checks[i].second);
		}
		cert_path_check(alice->sign, NULL, anchors, crls, CERT_T_NOW + DAY, &path);
		g_assert_cmpstr(cert_chain_name(path.chain), ==, cert_chain_name(checks[i].want));
		g_assert_true(path.revocation_unknown == checks[i].unknown);
	}
}

static void
names_chains(void)
{
	static const char *const NAMES[] = {"unknown", "trusted",       "pinned",  "untrusted",
					    "expired", "not-yet-valid", "revoked", "invalid"};
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		g_assert_cmpstr(cert_chain_name((CertChain)i), ==, NAMES[i]);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/path/follows_rfc9216", follows_rfc9216);
	g_test_add_func("/cert/path/judges_made_chains", judges_made_chains);
	g_test_add_func("/cert/path/judges_personal_keys", judges_personal_keys);
	g_test_add_func("/cert/path/sees_through_a_copied_name", sees_through_a_copied_name);
	g_test_add_func("/cert/path/accepts_a_self_signed_leaf_as_its_own_root",
			accepts_a_self_signed_leaf_as_its_own_root);
	g_test_add_func("/cert/path/believes_only_genuine_crls", believes_only_genuine_crls);
	g_test_add_func("/cert/path/names_chains", names_chains);
	return g_test_run();
}
