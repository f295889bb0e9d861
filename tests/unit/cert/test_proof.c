/* SPDX-License-Identifier: MPL-2.0 */
/* What policies prove, and names cleaned for people. */
#include "cert/proof.h"

#include "cert/name.h"
#include "cert_make_t.h"

#define ANY "2.5.29.32.0"
#define R   "2.23.140.1.5."

typedef struct {
	const char *ca_policies; /* of an intermediate */
	const char *leaf_policies;
	const char *organization;
	const char *given;
	const char *surname;
	const char *common_name;
	bool users_own;
	CertProofKind kind;
	const char *want_organization;
	const char *want_person;
} Case;

static const Case CASES[] = {
	{ANY, R "1.1", "Acme", "Ann", "Lee", "Ann Lee", false, CERT_PROOF_MAILBOX, NULL, NULL},
	{ANY, R "1.3", NULL, NULL, NULL, "a@example.org", false, CERT_PROOF_MAILBOX, NULL, NULL},
	{ANY, R "2.2", "Acme", "Ann", "Lee", "Acme", false, CERT_PROOF_ORGANIZATION, "Acme", NULL},
	{ANY, R "3.3", "Acme", "Ann", "Lee", "x", false, CERT_PROOF_SPONSOR, "Acme", "Ann Lee"},
	{ANY, R "3.1", "Acme", NULL, NULL, "Ann Lee", false, CERT_PROOF_SPONSOR, "Acme", "Ann Lee"},
	{ANY, R "3.1", "Acme", "Ann", NULL, "A. Lee", false, CERT_PROOF_SPONSOR, "Acme", "A. Lee"},
	{ANY, R "4.3", "Acme", "Ann", "Lee", "x", false, CERT_PROOF_INDIVIDUAL, NULL, "Ann Lee"},
	{R "2.1," R "4.1", R "4.1", NULL, "Ann", "Lee", "x", false, CERT_PROOF_INDIVIDUAL, NULL,
	 "Ann Lee"},
	/* What the subject does not name, or names as its mailbox, is not proven. */
	{ANY, R "2.2", NULL, NULL, NULL, "Acme", false, CERT_PROOF_MAILBOX, NULL, NULL},
	{ANY, R "3.2", NULL, "Ann", "Lee", "x", false, CERT_PROOF_INDIVIDUAL, NULL, "Ann Lee"},
	{ANY, R "3.2", "Acme", NULL, NULL, "a@example.org", false, CERT_PROOF_ORGANIZATION, "Acme",
	 NULL},
	/* The authority above may not issue such, or says nothing of policies. */
	{R "1.1", R "2.1", "Acme", NULL, NULL, "x", false, CERT_PROOF_MAILBOX, NULL, NULL},
	{NULL, R "2.1", "Acme", NULL, NULL, "x", false, CERT_PROOF_MAILBOX, NULL, NULL},
	/* Several, unknown ones, and none. */
	{ANY, R "1.1," R "2.1", "Acme", NULL, NULL, "x", false, CERT_PROOF_NONE, NULL, NULL},
	{ANY, R "5.1", "Acme", NULL, NULL, "x", false, CERT_PROOF_NONE, NULL, NULL},
	{ANY, R "2.4", "Acme", NULL, NULL, "x", false, CERT_PROOF_NONE, NULL, NULL},
	{ANY, R "2.1.1", "Acme", NULL, NULL, "x", false, CERT_PROOF_NONE, NULL, NULL},
	{ANY, R "2", "Acme", NULL, NULL, "x", true, CERT_PROOF_NONE, NULL, NULL},
	{ANY, "1.2.3.4", "Acme", "Ann", "Lee", "x", false, CERT_PROOF_MAILBOX, NULL, NULL},
	{ANY, NULL, "Acme", "Ann", "Lee", "x", false, CERT_PROOF_MAILBOX, NULL, NULL},
	{NULL, NULL, "Acme", "Ann", "Lee", "x", true, CERT_PROOF_ORGANIZATION, "Acme", NULL},
	{NULL, NULL, NULL, "Ann", "Lee", "x", true, CERT_PROOF_MAILBOX, NULL, NULL},
	{ANY, R "2.1", "Acme", NULL, NULL, "x", true, CERT_PROOF_ORGANIZATION, "Acme", NULL},
	{ANY, R "1.1", "Acme", NULL, NULL, "x", true, CERT_PROOF_MAILBOX, NULL, NULL},
	/* Clean text: bidi override, line end, tab and runs of blanks. */
	{ANY, R "2.1", "  Ac\xe2\x80\xaeme\r\n\t Inc ", NULL, NULL, "x", false,
	 CERT_PROOF_ORGANIZATION, "Acme Inc", NULL},
	{ANY, R "2.1", "\xe2\x80\x8b\xe2\x80\x8f ", NULL, NULL, "x", false, CERT_PROOF_MAILBOX,
	 NULL, NULL},
};

static X509 *
make_leaf(const Case *c, EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key)
{
	OddSubject subject[4] = {{0}};
	unsigned n = 0;
	if (c->organization != NULL) {
		subject[n++] = (OddSubject){NID_organizationName, c->organization};
	}
	if (c->given != NULL) {
		subject[n++] = (OddSubject){NID_givenName, c->given};
	}
	if (c->surname != NULL) {
		subject[n++] = (OddSubject){NID_surname, c->surname};
	}
	return odd_x509(&(OddSpec){.key = key,
				   .issuer = ca,
				   .issuer_key = ca_key,
				   .common_name = c->common_name,
				   .subject = subject,
				   .policies = c->leaf_policies,
				   .usage = "critical,digitalSignature",
				   .extended = "emailProtection"});
}

/* Under an anchor of the user's own the same name is another organization. */
static void
check_key(const Case *c, const CertProof *proof, const CertInfo *root)
{
	if (c->want_organization == NULL) {
		g_assert_null(proof->key);
		return;
	}
	g_autofree char *name = cert_proof_key_name(proof->key);
	g_assert_cmpstr(name, ==, c->want_organization);
	g_assert_true((strcmp(proof->key, name) == 0) == !c->users_own);
	g_assert_true(g_str_has_suffix(proof->key, root->fingerprint) == c->users_own);
}

static void
check(const Case *c)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	OddSpec spec = {.key = key,
			.usage = "critical,keyCertSign",
			.constraints = "critical,CA:TRUE",
			.common_name = "Root"};
	X509 *root_x = odd_x509(&spec);
	spec.issuer = root_x;
	spec.issuer_key = key;
	spec.common_name = "Between";
	spec.policies = c->ca_policies;
	X509 *ca_x = odd_x509(&spec);
	X509 *leaf_x = make_leaf(c, key, ca_x, key);
	g_autoptr(CertInfo) root = odd_info(root_x);
	g_autoptr(CertInfo) leaf = odd_info(leaf_x);
	g_autoptr(GPtrArray) roots = g_ptr_array_new();
	g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func(cert_t_unref_bytes);
	g_ptr_array_add(roots, root);
	g_ptr_array_add(others, odd_der(ca_x));
	g_autoptr(CertAnchors) anchors = cert_anchors_new(roots);
	g_auto(CertPath) path = {0};
	g_auto(CertProof) proof = {0};
	cert_path_check(leaf, others, anchors, NULL, CERT_T_NOW, &path);
	g_assert_cmpint(path.chain, ==, CERT_CHAIN_TRUSTED);
	cert_proof_of(&path, c->users_own, &proof);
	g_assert_cmpstr(cert_proof_kind_name(proof.kind), ==, cert_proof_kind_name(c->kind));
	g_assert_cmpstr(proof.organization, ==, c->want_organization);
	g_assert_cmpstr(proof.person, ==, c->want_person);
	check_key(c, &proof, root);
	cert_proof_clear(&proof);
	path.chain = CERT_CHAIN_UNTRUSTED;
	cert_proof_of(&path, c->users_own, &proof);
	g_assert_cmpint(proof.kind, ==, CERT_PROOF_NONE);
	X509_free(root_x);
	X509_free(ca_x);
	X509_free(leaf_x);
	EVP_PKEY_free(key);
}

static void
proves_what_the_policy_says(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
		g_test_message("case %" G_GSIZE_FORMAT, i);
		check(&CASES[i]);
	}
}

static void
cleans_names(void)
{
	static const struct {
		const char *text;
		const char *want;
	} names[] = {
		{"Ann Lee", "Ann Lee"},
		{"", NULL},
		{" \n\t\xc2\xa0", NULL},
		{"a\x01\x7f"
		 "b",
		 "a b"},
		{"pay\xe2\x80\xae"
		 "lap",
		 "paylap"},
		{"a\xe2\x80\xa8"
		 "b",
		 "a b"},
		{"a\xe2\x80\x8d"
		 "b\xef\xbb\xbf",
		 "ab"},
		{"\xee\x80\x80", NULL},
		{"z\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", "z\xcc\x81\xcc\x81\xcc\x81"},
		{"\xed\x95\x9c\xea\xb8\x80", "\xed\x95\x9c\xea\xb8\x80"},
		{"a\xe3\x85\xa4"
		 "b\xef\xb8\x8f",
		 "ab"},
		{"1234567890abcdef", "1234567890"},
		{"123456789 bcdef", "123456789b"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *clean = cert_name_clean(names[i].text, 10);
		g_assert_cmpstr(clean, ==, names[i].want);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/proof/proves_what_the_policy_says", proves_what_the_policy_says);
	g_test_add_func("/cert/proof/cleans_names", cleans_names);
	return g_test_run();
}
