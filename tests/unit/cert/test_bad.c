/* SPDX-License-Identifier: MPL-2.0 */
/* Certificates that nobody should make: bounded, quick, and named for what they are. */
#include "cert/address.h"
#include "cert/path.h"
#include "cert_make_t.h"
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <postseal/error.h>

#define CA "critical,CA:TRUE"
#define KU "critical,keyCertSign,cRLSign"
#define DS "critical,digitalSignature"
#define EP "emailProtection"

/* The quickest of three, in milliseconds: other programs may be at work. */
#define QUICKEST(ms, what)                                                                  \
	do {                                                                                \
		(ms) = G_MAXDOUBLE;                                                         \
		for (int round_ = 0; round_ < 3; round_++) {                                \
			int64_t begin_ = g_get_monotonic_time();                            \
			what;                                                               \
			(ms) = MIN((ms), (double)(g_get_monotonic_time() - begin_) / 1000); \
		}                                                                           \
	} while (0)

static void
free_text(void *text)
{
	g_free(text);
}

/* @n different mailboxes, as a list for OddSpec. */
static OddMailbox *
make_mailboxes(unsigned n, const char *format, GPtrArray *keep)
{
	OddMailbox *names = g_new0(OddMailbox, n + 1);
	for (unsigned i = 0; i < n; i++) {
		g_autofree char *local = g_strdup_printf("%04u", i);
		char *text = g_strconcat(local, format, NULL);
		g_ptr_array_add(keep, text);
		bool ascii = g_str_is_ascii(text);
		names[i] = (OddMailbox){ascii ? ODD_EMAIL : ODD_UTF8, text, 0};
	}
	return names;
}

static void
read_and_drop(GBytes *der)
{
	cert_info_unref(cert_info_new_bytes(der, NULL));
}

static void
bounds_addresses(void)
{
	static const struct {
		unsigned n;
		const char *format;
		bool refused;
	} cases[] = {
		{0, "@example.org", false},
		{1000, "@example.org", false},
		{1000, "\xc3\xa9@example.org", false},
		{1001, "@example.org", true},
		{6000, "@b", true},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GPtrArray) keep = g_ptr_array_new_with_free_func(free_text);
		g_autofree OddMailbox *names = make_mailboxes(cases[i].n, cases[i].format, keep);
		EVP_PKEY *key = EVP_EC_gen("P-256");
		X509 *x = odd_x509(&(OddSpec){.key = key, .names = names, .usage = DS});
		g_autoptr(GBytes) der = odd_der(x);
		double ms = 0;
		QUICKEST(ms, read_and_drop(der));
		g_test_message("%u addresses, %" G_GSIZE_FORMAT " octets: %.2f ms", cases[i].n,
			       g_bytes_get_size(der), ms);
		g_assert_cmpfloat(ms, <, 50);
		g_autoptr(CertInfo) info = cert_info_new_bytes(der, &error);
		if (cases[i].refused) {
			g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
		} else {
			g_assert_no_error(error);
			g_assert_cmpuint(info->addresses->len, ==, cases[i].n);
			g_assert_true(cert_info_names(info, "0999@example.org") ==
				      (cases[i].n == 1000 && g_str_is_ascii(cases[i].format)));
		}
		X509_free(x);
		EVP_PKEY_free(key);
	}
}

/* A leaf of as many names as fit under an authority of as many constraints as fit. */
static void
is_not_quadratic(void)
{
	static const char *const FORMATS[] = {"@example.org", "\xc3\xa9@example.org"};
	GString *constraints = g_string_new("excluded;email:x");
	for (unsigned i = 0; i < 2500; i++) {
		g_string_append_printf(constraints, ",excluded;email:%u.xn--bcher-kva", i);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(FORMATS); i++) {
		g_autoptr(GPtrArray) keep = g_ptr_array_new_with_free_func(free_text);
		g_autofree OddMailbox *names = make_mailboxes(400, FORMATS[i], keep);
		EVP_PKEY *key = EVP_EC_gen("P-256");
		X509 *ca_x = odd_x509(&(OddSpec){.key = key,
						 .usage = KU,
						 .constraints = CA,
						 .name_constraints = constraints->str,
						 .common_name = "CA"});
		X509 *leaf_x = odd_x509(&(OddSpec){.key = key,
						   .issuer = ca_x,
						   .issuer_key = key,
						   .usage = DS,
						   .extended = EP,
						   .names = names});
		g_autoptr(CertInfo) leaf = odd_info(leaf_x);
		g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func(cert_t_unref_bytes);
		g_ptr_array_add(others, odd_der(ca_x));
		g_autoptr(CertInfo) ca = odd_info(ca_x);
		g_autoptr(CertAnchors) none = cert_anchors_new(NULL);
		g_auto(CertPath) path = {0};
		double ms = 0;
		double personal = 0;
		QUICKEST(ms, (cert_path_clear(&path),
			      cert_path_check(leaf, others, none, NULL, CERT_T_NOW, &path)));
		QUICKEST(personal, cert_personal_check(leaf, ca, CERT_T_NOW));
		g_test_message("path %.1f ms, personal %.1f ms", ms, personal);
		g_assert_cmpint(path.chain, !=, CERT_CHAIN_TRUSTED);
		g_assert_cmpfloat(ms, <, 50);
		g_assert_cmpfloat(personal, <, 50);
		X509_free(ca_x);
		X509_free(leaf_x);
		EVP_PKEY_free(key);
	}
	g_string_free(constraints, TRUE);
}

static void
reads_odd_addresses(void)
{
	static const struct {
		OddMailbox name;
		const char *want; /* NULL: vouches for nobody */
	} cases[] = {
		{{ODD_EMAIL, "a@example.org", 0}, "a@example.org"},
		{{ODD_EMAIL, "A@EXAMPLE.ORG", 0}, "a@example.org"},
		{{ODD_EMAIL, "\"a b\"@example.org", 0}, NULL},
		{{ODD_EMAIL, "\"a\"@example.org", 0}, "a@example.org"},
		{{ODD_EMAIL, "\"a@b\"@example.org", 0}, "\"a@b\"@example.org"},
		{{ODD_EMAIL, "a%b@example.org", 0}, "a%b@example.org"},
		{{ODD_EMAIL, "a%40example.org", 0}, NULL},
		{{ODD_EMAIL, "a@example.org\0.evil.net", 23}, NULL},
		{{ODD_EMAIL, "\0a@example.org", 14}, NULL},
		{{ODD_EMAIL, "\xc3\xa9@example.org", 0}, NULL},
		{{ODD_EMAIL, "a@ex\xc3\xa4mple.org", 0}, NULL},
		{{ODD_EMAIL, "a\xe9@example.org", 0}, NULL},
		{{ODD_EMAIL, "<a@example.org>", 0}, NULL},
		{{ODD_EMAIL, "a@example.org,b@example.org", 0}, NULL},
		{{ODD_EMAIL, "mailto:a@example.org", 0}, NULL},
		{{ODD_EMAIL, "a@b@example.org", 0}, NULL},
		{{ODD_EMAIL, "a@", 0}, NULL},
		{{ODD_EMAIL, "@example.org", 0}, NULL},
		{{ODD_EMAIL, ".example.org", 0}, NULL},
		{{ODD_EMAIL, "a@.", 0}, NULL},
		{{ODD_EMAIL, "a@example..org", 0}, NULL},
		{{ODD_EMAIL, "a@example.org\r\nBcc: b@c", 0}, NULL},
		{{ODD_UTF8, "\xc3\xa9@example.org", 0}, "\xc3\xa9@example.org"},
		{{ODD_UTF8, "a@example.org", 0}, NULL},
		{{ODD_UTF8, "\xc3\xa9\0@example.org", 15}, NULL},
		{{ODD_UTF8, "\xff\xfe@example.org", 0}, NULL},
		{{ODD_UTF8, "\xe2\x80\xae\xc3\xa9 @example.org", 0}, NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		OddMailbox names[] = {cases[i].name, {0}};
		g_autoptr(CertInfo) info = odd_cert((OddSpec){.names = names, .usage = DS});
		g_test_message("name %" G_GSIZE_FORMAT, i);
		g_assert_cmpuint(info->addresses->len, ==, cases[i].want != NULL ? 1 : 0);
		g_assert_true(cases[i].want == NULL || cert_info_names(info, cases[i].want));
		g_assert_false(cert_info_names(info, "b@example.org"));
	}
}

static void
reads_odd_subject_addresses(void)
{
	static const struct {
		int type;
		const char *text;
		size_t n;
		unsigned addresses;
	} cases[] = {
		{V_ASN1_IA5STRING, "a@b.c", 5, 1},
		{V_ASN1_UTF8STRING, "a@b.c", 5, 1},
		{V_ASN1_PRINTABLESTRING, "a@b.c", 5, 1},
		{V_ASN1_BMPSTRING, "\0a\0@\0b\0.\0c", 10, 1},
		{V_ASN1_BMPSTRING, "\0a\0@\0b\0.\0c\0\0\0x", 14, 0},
		{V_ASN1_BMPSTRING, "\0a\0@\0b\0.\0", 9, 0},
		{V_ASN1_UNIVERSALSTRING, "\0\0\0a\0\0\0@\0\0\0b\0\0\0.\0\0\0c", 20, 1},
		{V_ASN1_IA5STRING, "a@b.c\0d", 7, 0},
		{V_ASN1_UTF8STRING, "\xc3\xa9@b.c", 6, 0},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(CertInfo) info = odd_cert((OddSpec){.subject_email = cases[i].text,
							      .subject_email_n = cases[i].n,
							      .subject_email_type = cases[i].type,
							      .usage = DS});
		g_test_message("subject %" G_GSIZE_FORMAT, i);
		g_assert_cmpuint(info->addresses->len, ==, cases[i].addresses);
		g_assert_true(info->addresses_legacy == (cases[i].addresses > 0));
		g_assert_true(cert_info_names(info, "a@b.c") == (cases[i].addresses > 0));
	}
}

static void
reads_large_names(void)
{
	g_autofree char *long_text = g_strnfill(16384, 'x');
	OddSubject subject[] = {{NID_organizationName, long_text}, {0}};
	OddSubject many[301] = {{0}};
	for (size_t i = 0; i < 300; i++) {
		many[i] = (OddSubject){NID_organizationalUnitName, "u"};
	}
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = odd_x509(&(OddSpec){.key = key, .subject = subject});
	X509 *many_x = odd_x509(&(OddSpec){.key = key, .subject = many});
	g_autoptr(CertInfo) info = odd_info(x);
	g_autoptr(GBytes) der = odd_der(x);
	g_autoptr(GBytes) many_der = odd_der(many_x);
	g_autoptr(GError) error = NULL;
	double ms = 0;
	QUICKEST(ms, read_and_drop(der));
	g_test_message("%.2f ms", ms);
	g_assert_cmpfloat(ms, <, 50);
	g_assert_cmpuint(strlen(info->organization), ==, 16384);
	g_assert_null(cert_info_new_bytes(many_der, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
	X509_free(x);
	X509_free(many_x);
	EVP_PKEY_free(key);
}

static void
takes_any_serial(void)
{
	g_autofree char *long_serial = g_strnfill(128, '7');
	const char *const serials[] = {
		"00",       "-01", "-80", "7F", "80", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
		long_serial};
	for (size_t i = 0; i < G_N_ELEMENTS(serials); i++) {
		g_autoptr(CertInfo) info = odd_cert((OddSpec){.serial = serials[i], .usage = DS});
		g_assert_true(cert_info_is(info, info->issuer_name, info->serial));
		g_assert_false(cert_info_is(info, info->issuer_name, BASE_LIT("\x55")));
		g_assert_true(cert_info_self_signed(info));
		g_assert_cmpint(cert_personal_check(info, info, CERT_T_NOW), ==, CERT_CHAIN_PINNED);
	}
}

/* An RSA key that nobody has: @bits of modulus, @e_bits of exponent. */
static EVP_PKEY *
made_up_rsa(int bits, int e_bits)
{
	EVP_PKEY *key = NULL;
	BIGNUM *n = BN_new();
	BIGNUM *e = BN_new();
	uint8_t n_native[16384 / 8];
	uint8_t e_native[16384 / 8];
	g_assert_cmpint(BN_rand(n, bits, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD), ==, 1);
	g_assert_cmpint(BN_rand(e, e_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD), ==, 1);
	BN_bn2nativepad(n, n_native, (bits + 7) / 8);
	BN_bn2nativepad(e, e_native, (e_bits + 7) / 8);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n_native, (size_t)(bits + 7) / 8),
		OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e_native, (size_t)(e_bits + 7) / 8),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY_fromdata_init(ctx);
	g_assert_cmpint(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), ==, 1);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return key;
}

static EVP_PKEY *
made_up_ec(const char *group, bool explicit_parameters)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	g_autofree char *name = g_strdup(group);
	char encoding[] = OSSL_PKEY_EC_ENCODING_EXPLICIT;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
		explicit_parameters
			? OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, encoding, 0)
			: OSSL_PARAM_construct_end(),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_keygen_init(ctx);
	g_assert_cmpint(EVP_PKEY_CTX_set_params(ctx, params), ==, 1);
	g_assert_cmpint(EVP_PKEY_generate(ctx, &key), ==, 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

typedef enum {
	RSA_512,
	RSA_16384,
	RSA_HUGE_EXPONENT,
	RSA_LONG_EXPONENT,
	EC_EXPLICIT,
	EC_K256,
	EC_BRAINPOOL,
	EC_BINARY,
	ODD_KEYS,
} OddKey;

static EVP_PKEY *
make_odd_key(OddKey kind)
{
	switch (kind) {
	case RSA_512:
		return EVP_RSA_gen(512);
	case RSA_16384:
		return made_up_rsa(16384, 17);
	case RSA_HUGE_EXPONENT:
		return made_up_rsa(3072, 3071);
	case RSA_LONG_EXPONENT:
		return made_up_rsa(2048, 80);
	case EC_EXPLICIT:
		return made_up_ec("P-256", true);
	case EC_K256:
		return made_up_ec("secp256k1", false);
	case EC_BRAINPOOL:
		return made_up_ec("brainpoolP256r1", false);
	case EC_BINARY:
		return made_up_ec("sect571r1", false);
	case ODD_KEYS:
	default:
		return NULL;
	}
}

static const struct {
	CertKeyKind kind;
	unsigned bits;
	bool weak;
	int error;       /* of cert_info_key(), -1: none */
	CertChain chain; /* of a leaf with such a key */
} ODD_KEY_TABLE[] = {
	[RSA_512] = {CERT_KEY_RSA, 512, true, -1, CERT_CHAIN_INVALID},
	[RSA_16384] = {CERT_KEY_RSA, 16384, false, PS_ERROR_LIMIT, CERT_CHAIN_INVALID},
	[RSA_HUGE_EXPONENT] = {CERT_KEY_RSA, 3072, false, PS_ERROR_LIMIT, CERT_CHAIN_INVALID},
	[RSA_LONG_EXPONENT] = {CERT_KEY_RSA, 2048, false, PS_ERROR_LIMIT, CERT_CHAIN_INVALID},
	[EC_EXPLICIT] = {CERT_KEY_OTHER, 0, false, PS_ERROR_UNSUPPORTED, CERT_CHAIN_INVALID},
	[EC_K256] = {CERT_KEY_OTHER, 0, false, -1, CERT_CHAIN_TRUSTED},
	[EC_BRAINPOOL] = {CERT_KEY_OTHER, 0, false, -1, CERT_CHAIN_TRUSTED},
	[EC_BINARY] = {CERT_KEY_OTHER, 0, false, -1, CERT_CHAIN_TRUSTED},
};

/* The key as that of a leaf, and as that of an authority that the message brings. */
static void
bounds_odd_keys(void)
{
	EVP_PKEY *ca_key = EVP_EC_gen("P-256");
	X509 *ca_x = odd_x509(
		&(OddSpec){.key = ca_key, .usage = KU, .constraints = CA, .common_name = "CA"});
	g_autoptr(CertInfo) ca = odd_info(ca_x);
	g_autoptr(GPtrArray) roots = g_ptr_array_new();
	g_ptr_array_add(roots, ca);
	g_autoptr(CertAnchors) anchors = cert_anchors_new(roots);
	for (OddKey kind = RSA_512; kind < ODD_KEYS; kind++) {
		EVP_PKEY *key = make_odd_key(kind);
		OddSpec spec = {.key = key, .issuer = ca_x, .issuer_key = ca_key, .usage = DS};
		X509 *leaf_x = odd_x509(&spec);
		spec.usage = KU;
		spec.constraints = CA;
		spec.common_name = "Between";
		X509 *between_x = odd_x509(&spec);
		/* Not really signed with the odd key: it is looked at before that is known. */
		X509 *under_x = odd_x509(&(OddSpec){
			.key = ca_key, .issuer = between_x, .issuer_key = ca_key, .usage = DS});
		g_autoptr(CertInfo) leaf = odd_info(leaf_x);
		g_autoptr(CertInfo) under = odd_info(under_x);
		g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func(cert_t_unref_bytes);
		g_ptr_array_add(others, odd_der(between_x));
		g_autoptr(GError) error = NULL;
		g_auto(CertPath) path = {0};
		g_auto(CertPath) below = {0};
		double ms = 0;
		g_test_message("key %u", (unsigned)kind);
		g_assert_cmpint(leaf->key_kind, ==, ODD_KEY_TABLE[kind].kind);
		g_assert_cmpuint(leaf->key_bits, ==, ODD_KEY_TABLE[kind].bits);
		g_assert_true(leaf->weak == ODD_KEY_TABLE[kind].weak);
		cert_info_key(leaf, &error);
		g_assert_cmpint(error == NULL ? -1 : error->code, ==, ODD_KEY_TABLE[kind].error);
		QUICKEST(ms, (cert_path_clear(&path),
			      cert_path_check(leaf, NULL, anchors, NULL, CERT_T_NOW, &path)));
		g_assert_cmpfloat(ms, <, 50);
		g_assert_cmpstr(cert_chain_name(path.chain), ==,
				cert_chain_name(ODD_KEY_TABLE[kind].chain));
		QUICKEST(ms, (cert_path_clear(&below),
			      cert_path_check(under, others, anchors, NULL, CERT_T_NOW, &below)));
		g_test_message("%.2f ms", ms);
		g_assert_cmpfloat(ms, <, 50);
		g_assert_cmpint(below.chain, !=, CERT_CHAIN_TRUSTED);
		g_assert_null(below.root);
		X509_free(leaf_x);
		X509_free(between_x);
		X509_free(under_x);
		EVP_PKEY_free(key);
	}
	X509_free(ca_x);
	EVP_PKEY_free(ca_key);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/bad/bounds_addresses", bounds_addresses);
	g_test_add_func("/cert/bad/is_not_quadratic", is_not_quadratic);
	g_test_add_func("/cert/bad/reads_odd_addresses", reads_odd_addresses);
	g_test_add_func("/cert/bad/reads_odd_subject_addresses", reads_odd_subject_addresses);
	g_test_add_func("/cert/bad/reads_large_names", reads_large_names);
	g_test_add_func("/cert/bad/takes_any_serial", takes_any_serial);
	g_test_add_func("/cert/bad/bounds_odd_keys", bounds_odd_keys);
	return g_test_run();
}
