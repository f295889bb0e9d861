/* SPDX-License-Identifier: MPL-2.0 */
/* PKCS#12, ours and others'. */
#include "cert/p12.h"

#include "cert/address.h"
#include "cert_t.h"
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <postseal/error.h>

static const struct {
	const char *file;
	const char *passphrase;
	const char *address;
	CertKeyKind sign;
	CertKeyKind encrypt;
} RFC9216[] = {
	{"rfc9216/4.5_PKCS-12-Object-for-Alice.p12", "alice", "alice@smime.example", CERT_KEY_RSA,
	 CERT_KEY_RSA},
	{"rfc9216/5.5_PKCS-12-Object-for-Bob.p12", "bob", "bob@smime.example", CERT_KEY_RSA,
	 CERT_KEY_RSA},
	{"rfc9216/7.5_PKCS-12-Object-for-Carlos.p12", "carlos", "carlos@smime.example",
	 CERT_KEY_ED25519, CERT_KEY_X25519},
	{"rfc9216/8.5_PKCS-12-Object-for-Dana.p12", "dana", "dana@smime.example", CERT_KEY_ED25519,
	 CERT_KEY_X25519},
};

static void
reads_rfc9216(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(RFC9216); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(CertP12) p12 = NULL;
		g_autoptr(GBytes) data = cert_t_read(RFC9216[i].file);
		if (data == NULL) {
			return;
		}
		g_assert_true(
			cert_p12_read(base_bytes_of(data), RFC9216[i].passphrase, &p12, &error));
		g_assert_no_error(error);
		g_assert_cmpuint(p12->entries->len, ==, 2);
		g_autoptr(CertIdentity) id = cert_p12_identity(p12, NULL, CERT_T_NOW, &error);
		g_assert_no_error(error);
		g_assert_cmpstr(id->address, ==, RFC9216[i].address);
		g_assert_cmpint(id->profile, ==, CERT_PROFILE_IMPORTED);
		g_assert_cmpint(id->sign->key_kind, ==, RFC9216[i].sign);
		g_assert_cmpint(id->encrypt->key_kind, ==, RFC9216[i].encrypt);
		g_assert_true(cert_info_has_key(id->sign, id->sign_key));
		g_assert_true(cert_info_has_key(id->encrypt, id->encrypt_key));
		g_assert_null(id->root_key);
		g_assert_null(cert_p12_identity(p12, "eve@smime.example", CERT_T_NOW, &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_UNAVAILABLE);
	}
}

static void
refuses_a_wrong_passphrase(void)
{
	static const char *const WRONG[] = {"Alice", "alice ", "", NULL};
	g_autoptr(GBytes) data = cert_t_read(RFC9216[0].file);
	for (size_t i = 0; data != NULL && i < G_N_ELEMENTS(WRONG); i++) {
		g_autoptr(GError) error = NULL;
		CertP12 *untouched = NULL;
		g_assert_false(cert_p12_read(base_bytes_of(data), WRONG[i], &untouched, &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_PASSPHRASE);
		g_assert_null(untouched);
	}
}

/* What libcrypto sees in the file: its MAC, how its safes are encrypted, how many private keys it
 * has. */
static void
assert_flavour(BaseBytes data, bool modern, int keys)
{
	const unsigned char *p = data.p;
	const X509_ALGOR *algorithm = NULL;
	const ASN1_OBJECT *oid = NULL;
	int found = 0;
	int want = modern ? NID_pbes2 : NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
	PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)data.n);
	PKCS12_get0_mac(NULL, &algorithm, NULL, NULL, p12);
	X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
	g_assert_cmpint(OBJ_obj2nid(oid), ==, modern ? NID_sha256 : NID_sha1);
	STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);
	for (int i = 0; i < sk_PKCS7_num(safes); i++) {
		PKCS7 *safe = sk_PKCS7_value(safes, i);
		if (PKCS7_type_is_encrypted(safe)) {
			X509_ALGOR_get0(&oid, NULL, NULL, safe->d.encrypted->enc_data->algorithm);
			g_assert_cmpint(OBJ_obj2nid(oid), ==, want);
			continue;
		}
		STACK_OF(PKCS12_SAFEBAG) *bags = PKCS12_unpack_p7data(safe);
		for (int k = 0; k < sk_PKCS12_SAFEBAG_num(bags); k++) {
			PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, k);
			g_assert_cmpint(PKCS12_SAFEBAG_get_nid(bag), ==, NID_pkcs8ShroudedKeyBag);
			X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
			X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
			g_assert_cmpint(OBJ_obj2nid(oid), ==, want);
			found++;
		}
		sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	}
	g_assert_cmpint(found, ==, keys);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	PKCS12_free(p12);
}

static void
assert_same(const CertIdentity *back, const CertIdentity *id)
{
	g_assert_cmpstr(back->address, ==, id->address);
	g_assert_true(cert_info_equal(back->sign, id->sign));
	g_assert_true(cert_info_equal(back->encrypt, id->encrypt));
	g_assert_true(cert_info_equal(back->root, id->root));
	g_assert_cmpint(EVP_PKEY_eq(back->sign_key, id->sign_key), ==, 1);
	g_assert_cmpint(EVP_PKEY_eq(back->encrypt_key, id->encrypt_key), ==, 1);
	g_assert_null(back->root_key);
}

static void
writes_both_flavours(void)
{
	static const CertProfile PROFILES[] = {CERT_PROFILE_RSA2048, CERT_PROFILE_P256,
					       CERT_PROFILE_MODERN};
	static const char PASSPHRASE[] = "p\xc3\xa4ss w\xc3\xb6rd";
	g_autoptr(CertIdentity) id = NULL;
	for (size_t i = 0; i < 2 * G_N_ELEMENTS(PROFILES); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(CertP12) p12 = NULL;
		bool modern = i % 2 == 1;
		if (!modern) {
			g_clear_pointer(&id, cert_identity_unref);
			id = cert_t_identity("alice@example.org", PROFILES[i / 2]);
		}
		g_autoptr(GBytes) data =
			cert_p12_write(id, PASSPHRASE, modern, "Alice's key", &error);
		g_assert_no_error(error);
		assert_flavour(base_bytes_of(data), modern,
			       PROFILES[i / 2] == CERT_PROFILE_MODERN ? 2 : 1);
		g_assert_true(cert_p12_read(base_bytes_of(data), PASSPHRASE, &p12, &error));
		g_autoptr(CertIdentity) back =
			cert_p12_identity(p12, "alice@example.org", CERT_T_NOW, &error);
		g_assert_no_error(error);
		assert_same(back, id);
	}
}

static void
needs_a_passphrase_to_write(void)
{
	static const char *const BAD[] = {"", NULL, "\xff"};
	g_autoptr(CertIdentity) id = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(cert_p12_write(id, BAD[i], false, NULL, &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_PASSPHRASE);
	}
}

/* Files as others make them: key and certificate schemes of libcrypto, rounds, MAC or none. */
static const struct {
	const char *what;
	int key_nid;
	int cert_nid;
	int rounds;
	int mac_rounds; /* -1: none */
	const char *passphrase;
	int code; /* of PS_ERROR; -1: fine */
} FOREIGN[] = {
	{"as libcrypto likes", 0, 0, 0, 0, "pw", -1},
	{"unencrypted certificates", 0, -1, 0, 0, "pw", -1},
	{"no passphrase", 0, 0, 0, 0, "", -1},
	{"many MAC rounds", 0, 0, 1, 20000000, "pw", PS_ERROR_LIMIT},
	{"no MAC", 0, 0, 1, -1, "pw", PS_ERROR_UNSUPPORTED},
};

static GBytes *
make_foreign(size_t i, const CertIdentity *id)
{
	BaseBytes der = base_bytes_of(id->sign->der);
	const unsigned char *p = der.p;
	unsigned char *out = NULL;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);
	/* The huge counts are written into a file made with few: making it for real takes seconds.
	 */
	PKCS12 *p12 = PKCS12_create(FOREIGN[i].passphrase, "odd", id->sign_key, x, NULL,
				    FOREIGN[i].key_nid, FOREIGN[i].cert_nid, FOREIGN[i].rounds,
				    MIN(FOREIGN[i].mac_rounds, 100000), 0);
	g_assert_nonnull(p12);
	if (FOREIGN[i].mac_rounds > 100000) {
		const ASN1_INTEGER *rounds = NULL;
		PKCS12_get0_mac(NULL, NULL, NULL, &rounds, p12);

		union {
			const ASN1_INTEGER *from;
			ASN1_INTEGER *to;
		} u = {.from = rounds};

		ASN1_INTEGER_set(u.to, FOREIGN[i].mac_rounds);
	}
	int n = i2d_PKCS12(p12, &out);
	GBytes *bytes = g_bytes_new(out, (size_t)n);
	OPENSSL_free(out);
	PKCS12_free(p12);
	X509_free(x);
	return bytes;
}

static void
reads_what_others_write(void)
{
	g_autoptr(CertIdentity) id = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	for (size_t i = 0; i < G_N_ELEMENTS(FOREIGN); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(CertP12) p12 = NULL;
		g_autoptr(GBytes) data = make_foreign(i, id);
		bool ok = cert_p12_read(base_bytes_of(data), FOREIGN[i].passphrase, &p12, &error);
		if (FOREIGN[i].code < 0) {
			g_assert_no_error(error);
			g_assert_true(ok);
		} else {
			g_assert_error(error, PS_ERROR, FOREIGN[i].code);
		}
	}
}

/* Certificates under RC2-40, as Windows and old browsers wrote them. */
static void
reads_rc2(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(CertP12) p12 = NULL;
	OSSL_LIB_CTX *ctx = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *old = OSSL_PROVIDER_load(ctx, "legacy");
	if (old == NULL) {
		OSSL_LIB_CTX_free(ctx);
		g_test_skip("libcrypto's legacy provider is not here");
		return;
	}
	OSSL_PROVIDER *current = OSSL_PROVIDER_load(ctx, "default");
	g_autoptr(CertIdentity) id = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	BaseBytes leaf = base_bytes_of(id->sign->der);
	const unsigned char *p = leaf.p;
	unsigned char *der = NULL;
	X509 *x = d2i_X509(NULL, &p, (long)leaf.n);
	PKCS12 *made = PKCS12_create_ex("pw", "odd", id->sign_key, x, NULL,
					NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
					NID_pbe_WithSHA1And40BitRC2_CBC, 2048, 1, 0, ctx, NULL);
	g_assert_nonnull(made);
	int n = i2d_PKCS12(made, &der);
	g_assert_true(cert_p12_read(base_bytes(der, (size_t)n), "pw", &p12, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(p12->entries->len, ==, 1);
	OPENSSL_free(der);
	PKCS12_free(made);
	X509_free(x);
	OSSL_PROVIDER_unload(current);
	OSSL_PROVIDER_unload(old);
	OSSL_LIB_CTX_free(ctx);
}

/* A key that asks for 20 million rounds, under a MAC that holds. */
static void
bounds_the_rounds(void)
{
	g_autoptr(GError) error = NULL;
	CertP12 *untouched = NULL;
	X509_ALGOR *algorithm = NULL;
	STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();
	STACK_OF(PKCS7) *safes = NULL;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	X509_SIG *sealed = PKCS8_encrypt(-1, EVP_aes_256_cbc(), "pw", 2, NULL, 0, 1, info);
	X509_ALGOR *huge = PKCS5_pbe2_set(EVP_aes_256_cbc(), 20000000, NULL, 0);
	X509_SIG_getm(sealed, &algorithm, NULL);
	X509_ALGOR_copy(algorithm, huge);
	sk_PKCS12_SAFEBAG_push(bags, PKCS12_SAFEBAG_create0_pkcs8(sealed));
	PKCS12_add_safe(&safes, bags, -1, 0, NULL);
	PKCS12 *p12 = PKCS12_add_safes(safes, 0);
	g_assert_cmpint(PKCS12_set_mac(p12, "pw", -1, NULL, 0, 1, EVP_sha256()), ==, 1);
	unsigned char *der = NULL;
	int n = i2d_PKCS12(p12, &der);
	g_assert_false(cert_p12_read(base_bytes(der, (size_t)n), "pw", &untouched, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
	OPENSSL_free(der);
	PKCS12_free(p12);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	X509_ALGOR_free(huge);
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(key);
}

static void
survives_damage(void)
{
	g_autoptr(CertIdentity) id = cert_t_identity("alice@example.org", CERT_PROFILE_P256);
	g_autoptr(GBytes) data = make_foreign(0, id);
	BaseBytes whole = base_bytes_of(data);
	for (size_t i = 0; i < whole.n; i += 13) {
		CertP12 *p12 = NULL;
		g_autofree uint8_t *copy = g_memdup2(whole.p, whole.n);
		g_assert_false(cert_p12_read(base_bytes_slice(whole, 0, i), "pw", &p12, NULL));
		copy[i] ^= 0x40;
		cert_p12_read(base_bytes(copy, whole.n), "pw", &p12, NULL);
		cert_p12_free(p12);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/p12/reads_rfc9216", reads_rfc9216);
	g_test_add_func("/cert/p12/refuses_a_wrong_passphrase", refuses_a_wrong_passphrase);
	g_test_add_func("/cert/p12/writes_both_flavours", writes_both_flavours);
	g_test_add_func("/cert/p12/needs_a_passphrase_to_write", needs_a_passphrase_to_write);
	g_test_add_func("/cert/p12/reads_what_others_write", reads_what_others_write);
	g_test_add_func("/cert/p12/reads_rc2", reads_rc2);
	g_test_add_func("/cert/p12/bounds_the_rounds", bounds_the_rounds);
	g_test_add_func("/cert/p12/survives_damage", survives_damage);
	return g_test_run();
}
