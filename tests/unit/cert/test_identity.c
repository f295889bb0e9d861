/* SPDX-License-Identifier: MPL-2.0 */
/* Shapes of new certificates, read back by libcrypto field by field. */
#include "cert/address.h"
#include "cert/path.h"
#include "cert_t.h"
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <postseal/error.h>

#define YEAR INT64_C(31556952)
#define DAY  INT64_C(86400)

static X509 *
to_x509(const CertInfo *info)
{
	BaseBytes der = base_bytes_of(info->der);
	const unsigned char *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);
	g_assert_nonnull(x);
	return x;
}

static int64_t
seconds(const ASN1_TIME *t)
{
	struct tm tm = {0};
	g_assert_cmpint(ASN1_STRING_type(t), ==, V_ASN1_UTCTIME);
	g_assert_cmpint(ASN1_TIME_to_tm(t, &tm), ==, 1);
	return timegm(&tm);
}

/* The extension @nid, asserting whether it is critical. */
static void *
extension(const X509 *x, int nid, int want_critical)
{
	int critical = -1;
	void *value = X509_get_ext_d2i(x, nid, &critical, NULL);
	g_assert_nonnull(value);
	g_assert_cmpint(critical, ==, want_critical);
	return value;
}

static void
assert_usage(const X509 *x, unsigned want)
{
	ASN1_BIT_STRING *ku = extension(x, NID_key_usage, 1);
	for (int bit = 0; bit < 9; bit++) {
		g_assert_cmpint(ASN1_BIT_STRING_get_bit(ku, bit), ==, (want >> bit) & 1);
	}
	ASN1_BIT_STRING_free(ku);
	EXTENDED_KEY_USAGE *eku = extension(x, NID_ext_key_usage, 0);
	g_assert_cmpint(sk_ASN1_OBJECT_num(eku), ==, 1);
	g_assert_cmpint(OBJ_obj2nid(sk_ASN1_OBJECT_value(eku, 0)), ==, NID_email_protect);
	EXTENDED_KEY_USAGE_free(eku);
}

static void
assert_constraints(const X509 *x, int ca, long pathlen)
{
	BASIC_CONSTRAINTS *bc = extension(x, NID_basic_constraints, 1);
	g_assert_cmpint(bc->ca != 0, ==, ca);
	g_assert_cmpint(bc->pathlen == NULL ? -1 : ASN1_INTEGER_get(bc->pathlen), ==, pathlen);
	BASIC_CONSTRAINTS_free(bc);
}

static void
assert_name_constraint(const X509 *x, const char *address)
{
	if (address == NULL) {
		g_assert_cmpint(X509_get_ext_by_NID(x, NID_name_constraints, -1), ==, -1);
		return;
	}
	NAME_CONSTRAINTS *nc = extension(x, NID_name_constraints, 0);
	g_assert_null(nc->excludedSubtrees);
	g_assert_cmpint(sk_GENERAL_SUBTREE_num(nc->permittedSubtrees), ==, 1);
	const GENERAL_SUBTREE *tree = sk_GENERAL_SUBTREE_value(nc->permittedSubtrees, 0);
	g_assert_cmpint(tree->base->type, ==, GEN_EMAIL);
	t_assert_bytes(tree->base->d.rfc822Name->data, (size_t)tree->base->d.rfc822Name->length,
		       address, strlen(address));
	NAME_CONSTRAINTS_free(nc);
}

static char *
common_name(const X509 *x)
{
	char text[256] = "";
	const X509_NAME *name = X509_get_subject_name(x);
	g_assert_cmpint(X509_NAME_entry_count(name), ==, 1);
	X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof(text));
	return g_strdup(text);
}

static void
assert_serial(const X509 *x)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
	g_assert_false(BN_is_negative(n));
	g_assert_cmpint(BN_num_bits(n), >=, 64);
	g_assert_cmpint(BN_num_bytes(n), <=, 20);
	BN_free(n);
}

static void
assert_root(const CertIdentity *identity, const char *constraint, const char *name)
{
	X509 *x = to_x509(identity->root);
	g_assert_cmpint(X509_get_version(x), ==, X509_VERSION_3);
	g_assert_cmpint(X509_get_ext_count(x), ==, constraint == NULL ? 4 : 5);
	assert_constraints(x, 1, 0);
	assert_usage(x, CERT_USAGE_KEY_CERT_SIGN | CERT_USAGE_CRL_SIGN);
	assert_name_constraint(x, constraint);
	assert_serial(x);
	char group[32] = "";
	g_assert_cmpint(EVP_PKEY_get_group_name(X509_get0_pubkey(x), group, sizeof(group), NULL),
			==, 1);
	g_assert_cmpstr(group, ==, "prime256v1");
	const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id(x);
	g_assert_nonnull(ski);
	g_autofree char *cn = common_name(x);
	g_autofree char *want =
		g_strdup_printf("Personal mail key of %s (%02x%02x%02x%02x)", name, ski->data[0],
				ski->data[1], ski->data[2], ski->data[3]);
	g_assert_cmpstr(cn, ==, want);
	g_assert_null(strchr(cn, '@'));
	g_assert_cmpint(seconds(X509_get0_notBefore(x)), ==, CERT_T_NOW - DAY);
	g_assert_cmpint(seconds(X509_get0_notAfter(x)), ==, INT64_C(2524607999));
	g_assert_cmpint(X509_verify(x, X509_get0_pubkey(x)), ==, 1);
	X509_free(x);
}

static void
assert_san(const X509 *x, const char *address)
{
	GENERAL_NAMES *san = extension(x, NID_subject_alt_name, 0);
	g_assert_cmpint(sk_GENERAL_NAME_num(san), ==, 1);
	const GENERAL_NAME *name = sk_GENERAL_NAME_value(san, 0);
	const ASN1_STRING *text = NULL;
	if (g_str_is_ascii(address)) {
		g_assert_cmpint(name->type, ==, GEN_EMAIL);
		text = name->d.rfc822Name;
	} else {
		g_assert_cmpint(name->type, ==, GEN_OTHERNAME);
		g_assert_cmpint(OBJ_obj2nid(name->d.otherName->type_id), ==,
				NID_id_on_SmtpUTF8Mailbox);
		g_assert_cmpint(name->d.otherName->value->type, ==, V_ASN1_UTF8STRING);
		text = name->d.otherName->value->value.utf8string;
	}
	t_assert_bytes(text->data, (size_t)text->length, address, strlen(address));
	GENERAL_NAMES_free(san);
}

static void
assert_leaf(const CertIdentity *identity, const CertInfo *leaf, EVP_PKEY *key, const char *address,
	    unsigned usage)
{
	X509 *x = to_x509(leaf);
	X509 *root = to_x509(identity->root);
	g_assert_cmpint(X509_get_ext_count(x), ==, 6);
	assert_constraints(x, 0, -1);
	assert_usage(x, usage);
	assert_san(x, address);
	assert_serial(x);
	g_autofree char *cn = common_name(x);
	g_assert_cmpstr(cn, ==, address);
	g_assert_cmpint(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(x),
					      X509_get0_subject_key_id(root)),
			==, 0);
	g_assert_null(X509_get0_authority_issuer(x));
	g_assert_nonnull(X509_get0_subject_key_id(x));
	g_assert_cmpint(seconds(X509_get0_notBefore(x)), ==, CERT_T_NOW - DAY);
	g_assert_cmpint(seconds(X509_get0_notAfter(x)), ==, CERT_T_NOW + 5 * YEAR);
	g_assert_cmpint(X509_check_private_key(x, key), ==, 1);
	g_assert_cmpint(X509_verify(x, X509_get0_pubkey(root)), ==, 1);
	g_assert_cmpint(X509_check_issued(root, x), ==, X509_V_OK);
	X509_free(root);
	X509_free(x);
}

#define SIGNS     CERT_USAGE_DIGITAL_SIGNATURE
#define TRANSPORT CERT_USAGE_KEY_ENCIPHERMENT
#define AGREES    CERT_USAGE_KEY_AGREEMENT

static const struct {
	CertProfile profile;
	const char *key;
	int bits;
	unsigned sign_usage;
	const char *encrypt_key;
	unsigned encrypt_usage;
} PROFILES[] = {
	{CERT_PROFILE_COMPATIBLE, "RSA", 3072, SIGNS | TRANSPORT, "RSA", SIGNS | TRANSPORT},
	{CERT_PROFILE_RSA2048, "RSA", 2048, SIGNS | TRANSPORT, "RSA", SIGNS | TRANSPORT},
	{CERT_PROFILE_P256, "EC", 256, SIGNS | AGREES, "EC", SIGNS | AGREES},
	{CERT_PROFILE_MODERN, "ED25519", 256, SIGNS, "X25519", AGREES},
};

static void
makes_every_profile(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(PROFILES); i++) {
		g_autoptr(CertIdentity) id =
			cert_t_identity("Alice@Example.ORG", PROFILES[i].profile);
		g_assert_cmpstr(id->address, ==, "alice@example.org");
		assert_root(id, "alice@example.org", "alice");
		assert_leaf(id, id->sign, id->sign_key, "alice@example.org",
			    PROFILES[i].sign_usage);
		assert_leaf(id, id->encrypt, id->encrypt_key, "alice@example.org",
			    PROFILES[i].encrypt_usage);
		g_assert_true(EVP_PKEY_is_a(id->sign_key, PROFILES[i].key));
		g_assert_true(EVP_PKEY_is_a(id->encrypt_key, PROFILES[i].encrypt_key));
		g_assert_cmpint(EVP_PKEY_get_bits(id->sign_key), >=, PROFILES[i].bits - 3);
		g_assert_true((id->sign == id->encrypt) ==
			      (PROFILES[i].profile != CERT_PROFILE_MODERN));
		g_assert_true(id->sign->may_sign_mail);
		g_assert_true(id->encrypt->may_encrypt);
		g_assert_cmpint(cert_personal_check(id->sign, id->root, CERT_T_NOW), ==,
				CERT_CHAIN_PINNED);
		g_assert_cmpint(cert_personal_check(id->encrypt, id->root, CERT_T_NOW), ==,
				CERT_CHAIN_PINNED);
	}
}

static void
makes_utf8_mailboxes(void)
{
	static const char ADDRESS[] = "J\xc3\xb6rg@xn--bcher-kva.example";
	g_autoptr(CertIdentity) id = cert_t_identity("J\xc3\xb6rg@B\xc3\xbc"
						     "cher.Example",
						     CERT_PROFILE_P256);
	g_assert_cmpstr(id->address, ==, ADDRESS);
	assert_root(id, NULL, "J\xc3\xb6rg");
	assert_leaf(id, id->sign, id->sign_key, ADDRESS, SIGNS | AGREES);
	g_assert_true(cert_info_names(id->sign, "J\xc3\xb6rg@b\xc3\xbc"
						"cher.example"));
	g_assert_false(cert_info_names(id->sign, "j\xc3\xb6rg@b\xc3\xbc"
						 "cher.example"));
	g_assert_cmpint(cert_personal_check(id->sign, id->root, CERT_T_NOW), ==, CERT_CHAIN_PINNED);
}

/* What a person may be called, and what the root's name makes of it. */
static const struct {
	const char *display;
	const char *shown;
} DISPLAY[] = {
	{NULL, "alice"},
	{"", "alice"},
	{"  ", "alice"},
	{"Alice A", "Alice A"},
	{" Alice\n\tA ", "AliceA"},
	{"alice@example.org", "alice"},
	{"Ren\xc3\xa9"
	 "e \xe6\x9d\x8e",
	 "Ren\xc3\xa9"
	 "e \xe6\x9d\x8e"},
	{"Evil\xe2\x80\xae"
	 "Name",
	 "EvilName"},
	{"An extraordinarily long name that goes on and on", "An extraordinarily long name tha"},
};

static void
names_roots_readably(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(DISPLAY); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(CertIdentity) id =
			cert_identity_new("alice@example.org", DISPLAY[i].display,
					  CERT_PROFILE_P256, CERT_T_NOW, &error);
		g_assert_no_error(error);
		assert_root(id, "alice@example.org", DISPLAY[i].shown);
	}
}

static void
survives_long_addresses(void)
{
	g_autofree char *address = g_strdup_printf("%0150d@example.org", 0);
	g_autoptr(CertIdentity) id = cert_t_identity(address, CERT_PROFILE_P256);
	g_assert_true(cert_info_names(id->sign, address));
	g_assert_true(g_str_has_prefix(id->sign->common_name, "Mail key ("));
	g_autoptr(CertIdentity) quoted =
		cert_t_identity("\"a@b,c\"@example.org", CERT_PROFILE_P256);
	g_assert_true(cert_info_names(quoted->sign, "\"a@b,c\"@example.org"));
	g_assert_null(strchr(quoted->root->common_name, '@'));
}

static void
renews_under_the_same_root(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(CertIdentity) old = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	int64_t due = cert_renewal_due(old->sign);
	g_assert_cmpint(due, >, CERT_T_NOW + 3 * YEAR);
	g_assert_cmpint(due, <, CERT_T_NOW + 4 * YEAR);
	g_autoptr(CertIdentity) new = cert_identity_renew(old, CERT_PROFILE_MODERN, due, &error);
	g_assert_no_error(error);
	g_assert_true(cert_info_equal(new->root, old->root));
	g_assert_false(cert_info_equal(new->sign, old->sign));
	g_assert_cmpint(new->sign->not_before, ==, due - DAY);
	g_assert_cmpint(cert_personal_check(new->sign, old->root, due), ==, CERT_CHAIN_PINNED);
	/* Near the end of the root the leaf ends with it. */
	int64_t late = old->root->not_after - YEAR;
	g_autoptr(CertIdentity) last = cert_identity_renew(old, CERT_PROFILE_P256, late, &error);
	g_assert_no_error(error);
	g_assert_cmpint(last->sign->not_after, ==, old->root->not_after);
	g_assert_null(cert_identity_renew(old, CERT_PROFILE_P256, old->root->not_after, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_UNAVAILABLE);
}

static void
refuses_nonsense(void)
{
	static const char *const BAD[] = {"alice", "", "a@b@c", "a b@example.org",
					  "a@example.org\n"};
	for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(
			cert_identity_new(BAD[i], NULL, CERT_PROFILE_P256, CERT_T_NOW, &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	}
	g_autoptr(GError) error = NULL;
	g_assert_null(cert_identity_new("a@example.org", NULL, CERT_PROFILE_IMPORTED, CERT_T_NOW,
					&error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	g_clear_error(&error);
	g_assert_null(cert_identity_new("a@example.org", NULL, CERT_PROFILE_P256,
					INT64_C(2600000000), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
}

static void
assembles_what_was_stored(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(CertIdentity) id = cert_t_identity("alice@example.org", CERT_PROFILE_MODERN);
	g_autoptr(CertIdentity) other = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	CertIdentityParts parts = {
		"alice@example.org", CERT_PROFILE_MODERN, id->root,        id->root_key, id->sign,
		id->sign_key,        id->encrypt,         id->encrypt_key, NULL};
	g_autoptr(CertIdentity) back = cert_identity_assemble(&parts, &error);
	g_assert_no_error(error);
	g_assert_true(cert_info_equal(back->encrypt, id->encrypt));
	parts.sign_key = other->sign_key;
	g_assert_null(cert_identity_assemble(&parts, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	g_clear_error(&error);
	parts.sign_key = id->sign_key;
	parts.address = "eve@example.org";
	g_assert_null(cert_identity_assemble(&parts, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
}

static void
names_profiles(void)
{
	static const char *const NAMES[] = {"compatible", "rsa2048", "p256", "modern", "imported"};
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		CertProfile profile = CERT_PROFILE_COMPATIBLE;
		g_assert_true(cert_profile_parse(NAMES[i], &profile));
		g_assert_cmpstr(cert_profile_name(profile), ==, NAMES[i]);
	}
	CertProfile untouched = CERT_PROFILE_MODERN;
	g_assert_false(cert_profile_parse("rsa", &untouched));
	g_assert_cmpint(untouched, ==, CERT_PROFILE_MODERN);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/identity/makes_every_profile", makes_every_profile);
	g_test_add_func("/cert/identity/makes_utf8_mailboxes", makes_utf8_mailboxes);
	g_test_add_func("/cert/identity/names_roots_readably", names_roots_readably);
	g_test_add_func("/cert/identity/survives_long_addresses", survives_long_addresses);
	g_test_add_func("/cert/identity/renews_under_the_same_root", renews_under_the_same_root);
	g_test_add_func("/cert/identity/refuses_nonsense", refuses_nonsense);
	g_test_add_func("/cert/identity/assembles_what_was_stored", assembles_what_was_stored);
	g_test_add_func("/cert/identity/names_profiles", names_profiles);
	return g_test_run();
}
