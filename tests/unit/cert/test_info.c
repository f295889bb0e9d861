/* SPDX-License-Identifier: MPL-2.0 */
/* Reading certificates. */
#include "cert/address.h"
#include "cert_make_t.h"
#include "rsa.h"
#include <openssl/rsa.h>
#include <postseal/error.h>

#define R "rfc9216/"

/* Facts from the text of RFC 9216. */
static const struct {
	const char *file;
	const char *common_name;
	const char *address; /* NULL: none */
	CertKeyKind kind;
	unsigned bits;
	bool ca;
	bool self_issued;
	bool signs;
	bool encrypts;
} RFC9216[] = {
	{R "3.1_RSA-Certification-Authority-Root-Certificate.crt.pem",
	 "Sample LAMPS RSA Certification Authority", NULL, CERT_KEY_RSA, 2048, true, true, false,
	 false},
	{R "4.1_Alice-s-Signature-Verification-End-Entity-Certificate.crt.pem", "Alice Lovelace",
	 "alice@smime.example", CERT_KEY_RSA, 2048, false, false, true, false},
	{R "4.3_Alice-s-Encryption-End-Entity-Certificate.crt.pem", "Alice Lovelace",
	 "alice@smime.example", CERT_KEY_RSA, 2048, false, false, false, true},
	{R "6.1_Ed25519-Certification-Authority-Root-Certificate.crt.pem",
	 "Sample LAMPS Ed25519 Certification Authority", NULL, CERT_KEY_ED25519, 256, true, true,
	 false, false},
	{R "7.1_Carlos-s-Signature-Verification-End-Entity-Certificate.crt.pem", "Carlos Turing",
	 "carlos@smime.example", CERT_KEY_ED25519, 256, false, false, true, false},
	{R "7.3_Carlos-s-Encryption-End-Entity-Certificate.crt.pem", "Carlos Turing",
	 "carlos@smime.example", CERT_KEY_X25519, 256, false, false, false, true},
};

static void
reads_rfc9216(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(RFC9216); i++) {
		g_autoptr(CertInfo) info = cert_t_cert(RFC9216[i].file);
		if (info == NULL) {
			return;
		}
		g_assert_cmpstr(info->common_name, ==, RFC9216[i].common_name);
		g_assert_cmpuint(info->addresses->len, ==, RFC9216[i].address == NULL ? 0 : 1);
		if (RFC9216[i].address != NULL) {
			g_assert_cmpstr(g_ptr_array_index(info->addresses, 0), ==,
					RFC9216[i].address);
			g_assert_true(cert_info_names(info, RFC9216[i].address));
		}
		g_assert_cmpint(info->key_kind, ==, RFC9216[i].kind);
		g_assert_cmpuint(info->key_bits, ==, RFC9216[i].bits);
		g_assert_true(info->is_ca == RFC9216[i].ca);
		g_assert_true(info->self_issued == RFC9216[i].self_issued);
		g_assert_true(cert_info_self_signed(info) == RFC9216[i].self_issued);
		g_assert_true(info->may_sign_mail == RFC9216[i].signs);
		g_assert_true(info->may_encrypt == RFC9216[i].encrypts);
		g_assert_false(info->weak);
		g_assert_false(info->unknown_critical);
		g_assert_nonnull(cert_info_key(info, NULL));
	}
}

static void
reads_alice_field_by_field(void)
{
	g_autoptr(CertInfo) info = cert_t_cert(RFC9216[1].file);
	if (info == NULL) {
		return;
	}
	g_assert_cmpstr(info->subject, ==, "CN=Alice Lovelace,OU=LAMPS WG,O=IETF");
	g_assert_cmpstr(info->issuer, ==,
			"CN=Sample LAMPS RSA Certification Authority,OU=LAMPS WG,O=IETF");
	g_assert_cmpstr(info->organization, ==, "IETF");
	g_assert_cmpint(info->not_before, ==, INT64_C(1574232858)); /* 2019-11-20T06:54:18Z */
	g_assert_cmpint(info->not_after, ==, INT64_C(2611032858));  /* 2052-09-27T06:54:18Z */
	g_assert_cmpuint(info->policies->len, ==, 1);
	g_assert_cmpstr(g_ptr_array_index(info->policies, 0), ==, "2.16.840.1.101.3.2.1.48.1");
}

/* SAN in, addresses out. */
static const struct {
	OddMailbox names[3];
	const char *address; /* what it vouches for, NULL: nobody */
	const char *also;    /* what it must not */
} SANS[] = {
	{{{ODD_EMAIL, "Alice@Example.org", 0}}, "alice@example.org", "alice@example.com"},
	{{{ODD_EMAIL, "a+b@example.org", 0}}, "a+b@example.org", "a@example.org"},
	{{{ODD_EMAIL, "\"a@b\"@example.org", 0}}, "\"a@b\"@example.org", "a@b"},
	{{{ODD_EMAIL, "\"alice\"@example.org", 0}}, "alice@example.org", "bob@example.org"},
	{{{ODD_EMAIL, "alice@example.org\0.evil.example", 31}}, NULL, "alice@example.org"},
	{{{ODD_EMAIL, "alice@example.org\0", 18}}, NULL, "alice@example.org"},
	{{{ODD_EMAIL, "alice@example.org.", 0}}, NULL, "alice@example.org"},
	{{{ODD_EMAIL, "example.org", 0}}, NULL, "alice@example.org"},
	{{{ODD_EMAIL, "@example.org", 0}}, NULL, "alice@example.org"},
	{{{ODD_EMAIL, "*@example.org", 0}}, "*@example.org", "alice@example.org"},
	{{{ODD_EMAIL, "alice@example.org, bob@example.org", 0}}, NULL, "bob@example.org"},
	{{{ODD_EMAIL, "Alice <alice@example.org>", 0}}, NULL, "alice@example.org"},
	{{{ODD_EMAIL, "alice@example.org\n", 0}}, NULL, "alice@example.org"},
	{{{ODD_DNS, "alice@example.org", 0}}, NULL, "alice@example.org"},
	{{{ODD_EMAIL, "a@xn--bcher-kva.example", 0}},
	 "a@b\xc3\xbc"
	 "cher.example",
	 "a@bucher.example"},
	/* RFC 9598: a UTF-8 mailbox only for a local part that is not ASCII, and never as
	   rfc822Name. */
	{{{ODD_UTF8, "alice@example.org", 0}}, NULL, "alice@example.org"},
	{{{ODD_EMAIL, "J\xc3\xb6rg@example.org", 0}}, NULL, "J\xc3\xb6rg@example.org"},
	{{{ODD_UTF8, "J\xc3\xb6rg@example.org", 0}},
	 "J\xc3\xb6rg@Example.org",
	 "j\xc3\xb6rg@example.org"},
	{{{ODD_UTF8, "J\xc3\xb6rg@xn--bcher-kva.example", 0}},
	 "J\xc3\xb6rg@b\xc3\xbc"
	 "cher.example",
	 "Jo\xcc\x88rg@b\xc3\xbc"
	 "cher.example"},
	{{{ODD_UTF8, "\xd0\xb0lice@example.org", 0}},
	 "\xd0\xb0lice@example.org",
	 "alice@example.org"},
	{{{ODD_UTF8, "J\xc3@example.org", 0}}, NULL, "J@example.org"},
	{{{ODD_DNS, "example.org", 0}, {ODD_EMAIL, "bob@example.org", 0}},
	 "bob@example.org",
	 "example.org"},
};

static void
finds_addresses(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(SANS); i++) {
		g_autoptr(CertInfo) info = odd_cert((OddSpec){.names = SANS[i].names});
		g_assert_cmpuint(info->addresses->len, ==, SANS[i].address == NULL ? 0 : 1);
		g_assert_true(SANS[i].address == NULL || cert_info_names(info, SANS[i].address));
		g_assert_false(cert_info_names(info, SANS[i].also));
		g_assert_false(info->addresses_legacy);
	}
}

static void
counts_addresses_once(void)
{
	static const OddMailbox NAMES[] = {
		{ODD_EMAIL, "Alice@example.org", 0},
		{ODD_EMAIL, "alice@EXAMPLE.org", 0},
		{ODD_EMAIL, "bob@example.org", 0},
		{0},
	};
	g_autoptr(CertInfo) info = odd_cert((OddSpec){.names = NAMES});
	g_assert_cmpuint(info->addresses->len, ==, 2);
	g_assert_cmpstr(g_ptr_array_index(info->addresses, 0), ==, "Alice@example.org");
}

static void
subject_address_counts_only_alone(void)
{
	static const OddMailbox BOB[] = {{ODD_EMAIL, "bob@example.org", 0}, {0}};
	static const OddMailbox DNS[] = {{ODD_DNS, "example.org", 0}, {0}};
	g_autoptr(CertInfo) alone = odd_cert((OddSpec){.subject_email = "Alice@example.org"});
	g_assert_true(cert_info_names(alone, "alice@example.org"));
	g_assert_true(alone->addresses_legacy);
	g_autoptr(CertInfo) dns =
		odd_cert((OddSpec){.subject_email = "alice@example.org", .names = DNS});
	g_assert_true(cert_info_names(dns, "alice@example.org"));
	g_autoptr(CertInfo) both =
		odd_cert((OddSpec){.subject_email = "alice@example.org", .names = BOB});
	g_assert_false(cert_info_names(both, "alice@example.org"));
	g_assert_false(both->addresses_legacy);
	g_autoptr(CertInfo) nul = odd_cert((OddSpec){
		.subject_email = "alice@example.org\0.evil.example", .subject_email_n = 31});
	g_assert_cmpuint(nul->addresses->len, ==, 0);
}

/* keyUsage and extKeyUsage (RFC 8550 section 4.4) of a P-256 key. */
static const struct {
	const char *usage;
	const char *extended;
	bool signs;
	bool encrypts;
} USAGES[] = {
	{NULL, NULL, true, true},
	{"critical,digitalSignature", NULL, true, false},
	{"nonRepudiation", NULL, true, false},
	{"keyAgreement", NULL, false, true},
	{"keyEncipherment", NULL, false, false},
	{"keyCertSign", NULL, false, false},
	{"digitalSignature,keyAgreement", "emailProtection", true, true},
	{"digitalSignature,keyAgreement", "serverAuth,emailProtection", true, true},
	{"digitalSignature,keyAgreement", "anyExtendedKeyUsage", true, true},
	{"digitalSignature,keyAgreement", "serverAuth,clientAuth", false, false},
	{NULL, "codeSigning", false, false},
};

static void
derives_what_it_may_do(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(USAGES); i++) {
		g_autoptr(CertInfo) info = odd_cert(
			(OddSpec){.usage = USAGES[i].usage, .extended = USAGES[i].extended});
		g_assert_true(info->may_sign_mail == USAGES[i].signs);
		g_assert_true(info->may_encrypt == USAGES[i].encrypts);
		g_assert_true(info->has_usage == (USAGES[i].usage != NULL));
	}
}

static void
knows_foreign_critical_extensions(void)
{
	g_autoptr(CertInfo) foreign = odd_cert((OddSpec){.foreign_critical = "1.2.3.4"});
	g_autoptr(CertInfo) plain = odd_cert((OddSpec){.usage = "critical,digitalSignature"});
	g_assert_true(foreign->unknown_critical);
	g_assert_false(plain->unknown_critical);
}

/* Names for people cannot hide or end early. */
static void
escapes_names(void)
{
	static const struct {
		const char *name;
		const char *subject;
	} NAMES[] = {
		{"plain", "CN=plain"},
		{"a,b+c\"d\\e<f>g;h", "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h"},
		{" x ", "CN=\\ x\\ "},
		{"#x", "CN=\\#x"},
		{"a\nb\x1b[31m", "CN=a\\0Ab\\1B[31m"},
		{"ok\xe2\x80\xaegpj", "CN=ok\\E2\\80\\AEgpj"},
		{"J\xc3\xb6rg", "CN=J\xc3\xb6rg"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		g_autoptr(CertInfo) info = odd_cert((OddSpec){.common_name = NAMES[i].name});
		g_assert_cmpstr(info->subject, ==, NAMES[i].subject);
	}
}

static void
tells_weak(void)
{
	EVP_PKEY *small = t_rsa_key(T_RSA_1024);
	EVP_PKEY *strong = t_rsa_key(T_RSA_2048);
	OddSpec spec = {.key = small};
	X509 *short_key = odd_x509(&spec);
	X509 *self_sha1 = odd_x509(&(OddSpec){.key = strong, .digest = "SHA1"});
	X509 *sha1 = odd_x509(&(OddSpec){.key = strong,
					 .digest = "SHA1",
					 .issuer = short_key,
					 .issuer_key = small,
					 .common_name = "leaf"});
	g_autoptr(CertInfo) a = odd_info(short_key);
	g_autoptr(CertInfo) b = odd_info(self_sha1);
	g_autoptr(CertInfo) c = odd_info(sha1);
	g_assert_true(a->weak);
	g_assert_cmpuint(a->key_bits, ==, 1024);
	g_assert_false(b->weak);
	g_assert_true(c->weak);
	g_assert_true(cert_info_issued_by(c, a));
	g_assert_false(cert_info_issued_by(c, b));
	X509_free(short_key);
	X509_free(self_sha1);
	X509_free(sha1);
	EVP_PKEY_free(small);
	EVP_PKEY_free(strong);
}

/* Every signature algorithm that is checked by hand, and PSS, which is not. */
static void
checks_signatures(void)
{
	static const struct {
		const char *type;
		const char *digest;
	} KEYS[] = {
		{"P-256", "SHA256"}, {"P-384", "SHA384"}, {"P-521", "SHA512"}, {"RSA", "SHA256"},
		{"RSA", "SHA384"},   {"RSA", "SHA512"},   {"RSA", "SHA1"},     {"ED25519", NULL},
	};

	EVP_PKEY *rsa_key = t_rsa_key(T_RSA_2048);
	for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++) {
		bool ec = KEYS[i].type[0] == 'P';
		bool rsa = KEYS[i].type[0] == 'R';
		EVP_PKEY *key = ec    ? EVP_EC_gen(KEYS[i].type)
				: rsa ? EVP_PKEY_dup(rsa_key)
				      : EVP_PKEY_Q_keygen(NULL, NULL, KEYS[i].type);
		X509 *x = odd_x509(&(OddSpec){.key = key, .digest = KEYS[i].digest});
		g_autoptr(CertInfo) info = odd_info(x);
		g_assert_true(cert_info_self_signed(info));
		g_assert_true(cert_info_has_key(info, key));
		/* One flipped bit in the last octet of the signature. */
		g_autofree uint8_t *copy =
			g_memdup2(base_bytes_of(info->der).p, base_bytes_of(info->der).n);
		copy[base_bytes_of(info->der).n - 1] ^= 1;
		g_autoptr(CertInfo) bad =
			cert_info_new(base_bytes(copy, base_bytes_of(info->der).n), NULL);
		g_assert_nonnull(bad);
		g_assert_false(cert_info_self_signed(bad));
		g_assert_false(cert_info_self_signed(bad)); /* from the cache */
		X509_free(x);
		EVP_PKEY_free(key);
	}
	EVP_PKEY_free(rsa_key);
}

/* Whatever is cut or flipped: an answer, never a crash (ASan looks on). */
static void
survives_damage(void)
{
	g_autoptr(CertIdentity) id = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	BaseBytes der = base_bytes_of(id->sign->der);
	for (size_t n = 0; n < der.n; n++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(cert_info_new(base_bytes_slice(der, 0, n), &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
	}
	for (size_t bit = 0; bit < der.n * 8; bit++) {
		g_autofree uint8_t *copy = g_memdup2(der.p, der.n);
		copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
		g_autoptr(CertInfo) info = cert_info_new(base_bytes(copy, der.n), NULL);
		g_assert_true(info == NULL || !cert_info_issued_by(info, id->root));
	}
	g_autoptr(GError) error = NULL;
	g_autofree uint8_t *longer = g_malloc0(der.n + 1);
	memcpy(longer, der.p, der.n);
	g_assert_null(cert_info_new(base_bytes(longer, der.n + 1), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
	g_clear_error(&error);
	g_autofree uint8_t *huge = g_malloc0(70000);
	g_assert_null(cert_info_new(base_bytes(huge, 70000), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
}

static void
refuses_repeated_extensions(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	OddSpec spec = {.key = key, .usage = "digitalSignature"};
	X509 *x = odd_x509(&spec);
	odd_add_conf(x, NID_key_usage, "keyAgreement");
	X509_sign(x, key, EVP_sha256());
	g_autoptr(GBytes) der = odd_der(x);
	g_autoptr(GError) error = NULL;
	g_assert_null(cert_info_new_bytes(der, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
	X509_free(x);
	EVP_PKEY_free(key);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/info/reads_rfc9216", reads_rfc9216);
	g_test_add_func("/cert/info/reads_alice_field_by_field", reads_alice_field_by_field);
	g_test_add_func("/cert/info/finds_addresses", finds_addresses);
	g_test_add_func("/cert/info/counts_addresses_once", counts_addresses_once);
	g_test_add_func("/cert/info/subject_address_counts_only_alone",
			subject_address_counts_only_alone);
	g_test_add_func("/cert/info/derives_what_it_may_do", derives_what_it_may_do);
	g_test_add_func("/cert/info/knows_foreign_critical_extensions",
			knows_foreign_critical_extensions);
	g_test_add_func("/cert/info/escapes_names", escapes_names);
	g_test_add_func("/cert/info/tells_weak", tells_weak);
	g_test_add_func("/cert/info/checks_signatures", checks_signatures);
	g_test_add_func("/cert/info/survives_damage", survives_damage);
	g_test_add_func("/cert/info/refuses_repeated_extensions", refuses_repeated_extensions);
	return g_test_run();
}
