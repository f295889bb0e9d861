/* SPDX-License-Identifier: MPL-2.0 */
/* Of several revocation lists: which counts, and that what was revoked stays so. */
#include "cert/crl.h"

#include "chain_t.h"

static const ChainCase PLAIN = {
	"plain", KU, CA, NULL, NULL, NULL, EP, {ODD_EMAIL, "a@example.org", 0}, CERT_CHAIN_TRUSTED};

/* What the only entry says of the leaf; removeFromCRL is 8, keyCompromise 1, certificateHold 6. */
typedef enum {
	ENTRY_NONE = 0,
	ENTRY_COMPROMISED = 1,
	ENTRY_HELD = 6,
	ENTRY_RELEASED = 8,
} Entry;

typedef enum {
	EXTRA_NONE,
	EXTRA_UNKNOWN, /* critical */
	EXTRA_UNKNOWN_ENTRY,
	EXTRA_DELTA,
	EXTRA_USERS, /* issuingDistributionPoint onlyContainsUserCerts */
	EXTRA_CAS,
} Extra;

typedef struct {
	Entry entry;
	int from; /* days from now */
	int to;
	Extra extra;
	bool forged;
} Spec;

static X509_EXTENSION *
foreign_extension(void)
{
	ASN1_OBJECT *oid = OBJ_txt2obj("1.2.3.4", 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2);
	X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	return extension;
}

static void
add_entry(X509_CRL *crl, X509 *revoked, const Spec *spec, ASN1_TIME *when)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
	ASN1_ENUMERATED_set(reason, (long)spec->entry);
	X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked));
	X509_REVOKED_set_revocationDate(entry, when);
	X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0);
	if (spec->extra == EXTRA_UNKNOWN_ENTRY) {
		X509_EXTENSION *foreign = foreign_extension();
		X509_REVOKED_add_ext(entry, foreign, -1);
		X509_EXTENSION_free(foreign);
	}
	g_assert_cmpint(X509_CRL_add0_revoked(crl, entry), ==, 1);
	ASN1_ENUMERATED_free(reason);
}

static void
add_number(X509_CRL *crl, int nid, long value)
{
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	ASN1_INTEGER_set(number, value);
	X509_CRL_add1_ext_i2d(crl, nid, number, nid == NID_delta_crl, 0);
	ASN1_INTEGER_free(number);
}

static void
add_extra(X509_CRL *crl, Extra extra)
{
	if (extra == EXTRA_UNKNOWN) {
		X509_EXTENSION *foreign = foreign_extension();
		X509_CRL_add_ext(crl, foreign, -1);
		X509_EXTENSION_free(foreign);
	} else if (extra == EXTRA_DELTA) {
		add_number(crl, NID_delta_crl, 1);
	} else if (extra == EXTRA_USERS || extra == EXTRA_CAS) {
		ISSUING_DIST_POINT *idp = ISSUING_DIST_POINT_new();
		idp->onlyuser = extra == EXTRA_USERS ? 0xff : 0;
		idp->onlyCA = extra == EXTRA_CAS ? 0xff : 0;
		X509_CRL_add1_ext_i2d(crl, NID_issuing_distribution_point, idp, 1, 0);
		ISSUING_DIST_POINT_free(idp);
	}
}

/* libcrypto only asks for deltas where one is announced. */
static void
add_freshest(X509_CRL *crl, Entry entry)
{
	if (entry == ENTRY_HELD) {
		X509_EXTENSION *freshest = X509V3_EXT_nconf_nid(NULL, NULL, NID_freshest_crl,
								"URI:http://example.org/delta");
		X509_CRL_add_ext(crl, freshest, -1);
		X509_EXTENSION_free(freshest);
	}
}

/* By the authority between, with numbers that grow with the days. */
static GBytes *
make_crl(const Chain *c, EVP_PKEY *other_key, const Spec *spec)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *time = ASN1_TIME_set(NULL, CERT_T_NOW + spec->from * DAY);
	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(c->ca_x));
	X509_CRL_set1_lastUpdate(crl, time);
	if (spec->entry != ENTRY_NONE) {
		add_entry(crl, c->leaf_x, spec, time);
	}
	ASN1_TIME_set(time, CERT_T_NOW + spec->to * DAY);
	X509_CRL_set1_nextUpdate(crl, time);
	add_number(crl, NID_crl_number, 1000 + spec->from);
	add_extra(crl, spec->extra);
	add_freshest(crl, spec->entry);
	g_assert_cmpint(X509_CRL_sign(crl, spec->forged ? other_key : c->key, EVP_sha256()), >, 0);
	unsigned char *der = NULL;
	int n = i2d_X509_CRL(crl, &der);
	GBytes *bytes = g_bytes_new(der, (size_t)n);
	OPENSSL_free(der);
	ASN1_TIME_free(time);
	X509_CRL_free(crl);
	return bytes;
}

#define REVOKED CERT_CHAIN_REVOKED
#define TRUSTED CERT_CHAIN_TRUSTED
#define GONE                                                 \
	{                                                    \
		ENTRY_COMPROMISED, -5, -1, EXTRA_NONE, false \
	} /* revoked, and has run out */
#define NOW                                                  \
	{                                                    \
		ENTRY_COMPROMISED, -5, 30, EXTRA_NONE, false \
	}

static const struct {
	const char *what;
	Spec one;
	Spec other;
	CertChain chain;
} CASES[] = {
	{"run out", GONE, {ENTRY_NONE, 0, 0, EXTRA_NONE, true}, REVOKED},
	{"older, in time", GONE, {ENTRY_NONE, -9, 30, EXTRA_NONE, false}, REVOKED},
	{"older, run out", GONE, {ENTRY_NONE, -9, -2, EXTRA_NONE, false}, REVOKED},
	{"from the future", GONE, {ENTRY_NONE, 3, 30, EXTRA_NONE, false}, REVOKED},
	{"newer", GONE, {ENTRY_NONE, -2, 30, EXTRA_NONE, false}, TRUSTED},
	{"newer, run out", GONE, {ENTRY_NONE, -4, -2, EXTRA_NONE, false}, TRUSTED},
	{"newer, forged", GONE, {ENTRY_NONE, -2, 30, EXTRA_NONE, true}, REVOKED},
	{"newer, unknown", GONE, {ENTRY_NONE, -2, 30, EXTRA_UNKNOWN, false}, REVOKED},
	{"newer, of users", GONE, {ENTRY_NONE, -2, 30, EXTRA_USERS, false}, REVOKED},
	{"newer, of CAs", GONE, {ENTRY_NONE, -2, 30, EXTRA_CAS, false}, REVOKED},
	{"newer, delta", GONE, {ENTRY_NONE, -2, 30, EXTRA_DELTA, false}, REVOKED},
	{"current, future", NOW, {ENTRY_NONE, 3, 30, EXTRA_NONE, false}, REVOKED},
	{"current, unknown", NOW, {ENTRY_NONE, -2, 30, EXTRA_UNKNOWN, false}, REVOKED},
	{"current, forged", NOW, {ENTRY_NONE, -2, 30, EXTRA_NONE, true}, REVOKED},
	{"current, newer", NOW, {ENTRY_NONE, -2, 30, EXTRA_NONE, false}, TRUSTED},
	{"future revokes",
	 {ENTRY_COMPROMISED, 1, 30, EXTRA_NONE, false},
	 {ENTRY_NONE, -2, 30, EXTRA_NONE, false},
	 REVOKED},
	{"future takes back the future",
	 {ENTRY_COMPROMISED, 1, 30, EXTRA_NONE, false},
	 {ENTRY_NONE, 2, 30, EXTRA_NONE, false},
	 TRUSTED},
	{"an entry nobody understands",
	 {ENTRY_COMPROMISED, -2, 30, EXTRA_UNKNOWN_ENTRY, false},
	 {ENTRY_NONE, -9, 30, EXTRA_NONE, false},
	 TRUSTED},
	{"held and released",
	 {ENTRY_HELD, -5, 30, EXTRA_NONE, false},
	 {ENTRY_RELEASED, -2, 30, EXTRA_DELTA, false},
	 TRUSTED},
	{"held and released by a forged one",
	 {ENTRY_HELD, -5, 30, EXTRA_NONE, false},
	 {ENTRY_RELEASED, -2, 30, EXTRA_DELTA, true},
	 REVOKED},
	{"released before it was held",
	 {ENTRY_HELD, -5, 30, EXTRA_NONE, false},
	 {ENTRY_RELEASED, -7, 30, EXTRA_DELTA, false},
	 REVOKED},
};

static void
keeps_what_was_revoked(void)
{
	Chain c;
	EVP_PKEY *other_key = EVP_EC_gen("P-256");
	chain_make(&c, &PLAIN, &(OddSpec){0});
	for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
		g_autoptr(GBytes) one = make_crl(&c, other_key, &CASES[i].one);
		g_autoptr(GBytes) other = make_crl(&c, other_key, &CASES[i].other);
		GBytes *const orders[2][2] = {{one, other}, {other, one}};
		for (size_t o = 0; o < G_N_ELEMENTS(orders); o++) {
			g_autoptr(GPtrArray) crls = g_ptr_array_new();
			g_auto(CertPath) path = {0};
			g_ptr_array_add(crls, orders[o][0]);
			g_ptr_array_add(crls, orders[o][1]);
			cert_path_check(c.leaf, c.others, c.anchors, crls, CERT_T_NOW, &path);
			g_test_message("%s: %s", CASES[i].what, cert_chain_name(path.chain));
			g_assert_cmpint(path.chain, ==, CASES[i].chain);
		}
	}
	EVP_PKEY_free(other_key);
	chain_clear(&c);
}

/* However many forged ones come first, the genuine one is looked at; the same one twice is one. */
static void
is_not_crowded_out(void)
{
	static const Spec gone = GONE;
	static const Spec empty = {ENTRY_NONE, -2, 30, EXTRA_NONE, true};
	Chain c;
	EVP_PKEY *other_key = EVP_EC_gen("P-256");
	chain_make(&c, &PLAIN, &(OddSpec){0});
	g_autoptr(GBytes) genuine = make_crl(&c, other_key, &gone);
	g_autoptr(GBytes) rubbish = g_bytes_new_static("rubbish", 7);
	g_autoptr(GPtrArray) crls = g_ptr_array_new_with_free_func(cert_t_unref_bytes);
	for (unsigned i = 0; i < 40; i++) {
		g_ptr_array_add(crls, make_crl(&c, other_key, &empty));
		g_ptr_array_add(crls, g_bytes_ref(rubbish));
	}
	g_ptr_array_add(crls, g_bytes_ref(genuine));
	g_auto(CertPath) path = {0};
	cert_path_check(c.leaf, c.others, c.anchors, crls, CERT_T_NOW, &path);
	g_assert_cmpint(path.chain, ==, CERT_CHAIN_REVOKED);
	EVP_PKEY_free(other_key);
	chain_clear(&c);
}

/* What may be kept, and that a place is shared only by what one may take from the other. */
static void
finds_a_place_to_keep_it(void)
{
	static const Spec plain = GONE;
	static const Spec newer = {ENTRY_NONE, -2, 30, EXTRA_NONE, false};
	static const Spec users = {ENTRY_NONE, -2, 30, EXTRA_USERS, false};
	static const Spec unusable[] = {{ENTRY_NONE, -2, 30, EXTRA_UNKNOWN, false},
					{ENTRY_NONE, -2, 30, EXTRA_DELTA, false},
					{ENTRY_HELD, -2, 30, EXTRA_UNKNOWN_ENTRY, false},
					{ENTRY_NONE, 3, 30, EXTRA_NONE, false}};
	Chain c;
	chain_make(&c, &PLAIN, &(OddSpec){0});
	for (size_t i = 0; i < G_N_ELEMENTS(unusable); i++) {
		g_autoptr(GBytes) crl = make_crl(&c, NULL, &unusable[i]);
		g_assert_false(cert_crl_usable(base_bytes_of(crl), CERT_T_NOW));
	}
	g_autoptr(GBytes) one = make_crl(&c, NULL, &plain);
	g_autoptr(GBytes) two = make_crl(&c, NULL, &newer);
	g_autoptr(GBytes) narrow = make_crl(&c, NULL, &users);
	g_autoptr(GBytes) proven_one = cert_crl_slot(base_bytes_of(one), c.ca);
	g_autoptr(GBytes) proven_two = cert_crl_slot(base_bytes_of(two), c.ca);
	g_autoptr(GBytes) proven_narrow = cert_crl_slot(base_bytes_of(narrow), c.ca);
	g_autoptr(GBytes) slot_one = cert_crl_slot(base_bytes_of(one), NULL);
	g_autoptr(GBytes) slot_two = cert_crl_slot(base_bytes_of(two), NULL);
	g_assert_true(cert_crl_usable(base_bytes_of(one), CERT_T_NOW));
	g_assert_true(cert_crl_usable(base_bytes_of(narrow), CERT_T_NOW));
	g_assert_cmpuint(g_bytes_get_size(proven_one), ==, 32);
	g_assert_true(g_bytes_equal(proven_one, proven_two));
	g_assert_false(g_bytes_equal(proven_one, proven_narrow));
	g_assert_false(g_bytes_equal(slot_one, slot_two));
	g_assert_false(g_bytes_equal(slot_one, proven_one));
	g_assert_null(cert_crl_slot(BASE_LIT("rubbish"), c.ca));
	g_assert_false(cert_crl_usable(BASE_LIT("rubbish"), CERT_T_NOW));
	g_autoptr(GPtrArray) list = g_ptr_array_new();
	g_ptr_array_add(list, c.ca);
	g_autoptr(CertAnchors) anchors = cert_anchors_new(list);
	g_assert_true(cert_anchors_crl_signer(anchors, base_bytes_of(one)) == c.ca);
	g_assert_null(cert_anchors_crl_signer(c.anchors, base_bytes_of(one)));
	g_assert_null(cert_anchors_crl_signer(anchors, BASE_LIT("rubbish")));
	chain_clear(&c);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/path_crl/keeps_what_was_revoked", keeps_what_was_revoked);
	g_test_add_func("/cert/path_crl/is_not_crowded_out", is_not_crowded_out);
	g_test_add_func("/cert/path_crl/finds_a_place_to_keep_it", finds_a_place_to_keep_it);
	return g_test_run();
}
