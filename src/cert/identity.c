/* SPDX-License-Identifier: MPL-2.0 */
/* Personal identities: new, renewed, put together from a store. */
#include "cert/identity.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/hex.h"
#include "cert/address.h"
#include "cert/info_private.h"
#include "cert/make.h"
#include "cert/name.h"
#include "cert/openssl_auto.h"

#define ROOT_LIFE       (25 * BASE_YEAR)
#define LEAF_LIFE       (5 * BASE_YEAR)
#define LAST_UTCTIME    (INT64_C(2524607999)) /* 2049-12-31T23:59:59Z */

/* RFC 5280 appendix A, ub-common-name */
#define COMMON_NAME_MAX 64

static const char *const profile_names[] = {
	[CERT_PROFILE_COMPATIBLE] = "compatible",
	[CERT_PROFILE_RSA2048] = "rsa2048",
	[CERT_PROFILE_P256] = "p256",
	[CERT_PROFILE_MODERN] = "modern",
	[CERT_PROFILE_IMPORTED] = "imported",
};

typedef struct {
	const char *type;
	unsigned bits; /* RSA only */
	unsigned usage;
} LeafShape;

#define SIGNS     CERT_USAGE_DIGITAL_SIGNATURE
#define TRANSPORT CERT_USAGE_KEY_ENCIPHERMENT
#define AGREES    CERT_USAGE_KEY_AGREEMENT

/* The second leaf is there where one key cannot do both (RFC 8410). */
static const LeafShape profile_shapes[][2] = {
	[CERT_PROFILE_COMPATIBLE] = {{"RSA", 3072, SIGNS | TRANSPORT}},
	[CERT_PROFILE_RSA2048] = {{"RSA", 2048, SIGNS | TRANSPORT}},
	[CERT_PROFILE_P256] = {{"P-256", 0, SIGNS | AGREES}},
	[CERT_PROFILE_MODERN] = {{"ED25519", 0, SIGNS}, {"X25519", 0, AGREES}},
};

const char *
cert_profile_name(CertProfile profile)
{
	return (size_t)profile < G_N_ELEMENTS(profile_names) ? profile_names[profile] : "unknown";
}

bool
cert_profile_parse(const char *name, CertProfile *out)
{
	for (size_t i = 0; i < G_N_ELEMENTS(profile_names); i++) {
		if (g_strcmp0(name, profile_names[i]) == 0) {
			*out = (CertProfile)i;
			return true;
		}
	}
	return false;
}

static EVP_PKEY *
make_key(const LeafShape *shape, GError **error)
{
	EVP_PKEY *key = NULL;
	if (shape->bits != 0) {
		key = EVP_RSA_gen(shape->bits);
	} else if (strcmp(shape->type, "P-256") == 0) {
		key = EVP_EC_gen("P-256");
	} else {
		key = EVP_PKEY_Q_keygen(NULL, NULL, shape->type);
	}
	return key != NULL ? key : cert_fail_crypto_null(error, "cannot make a key");
}

/* What follows "of" in the root's name: no @, which gpgsm would take for a second address. */
static char *
readable_name(const char *address, const char *display_name, size_t max)
{
	g_autofree char *valid = display_name == NULL ? NULL : g_utf8_make_valid(display_name, -1);
	bool usable = valid != NULL && *g_strstrip(valid) != '\0' && strchr(valid, '@') == NULL;
	const char *end = usable ? valid + strlen(valid) : strrchr(address, '@');
	GString *name = g_string_new(NULL);
	size_t n = 0;
	for (const char *p = usable ? valid : address; p < end && n < max; p = cert_name_next(p)) {
		gunichar c = g_utf8_get_char(p);
		if (g_unichar_isprint(c) && c != '@') {
			g_string_append_unichar(name, c);
			n++;
		}
	}
	return g_string_free(name, FALSE);
}

static char *
root_common_name(const char *address, const char *display_name, const uint8_t key_id[20])
{
	static const char prefix[] = "Personal mail key of ";
	size_t max = COMMON_NAME_MAX - strlen(prefix) - strlen(" (ab12cd34)");
	g_autofree char *hex = base_hex(base_bytes(key_id, 4));
	g_autofree char *name = readable_name(address, display_name, max);
	return g_strdup_printf("%s%s (%s)", prefix, name, hex);
}

static bool
make_root(CertIdentity *identity, const char *display_name, int64_t now, GError **error)
{
	uint8_t id[20];
	identity->root_key = make_key(&profile_shapes[CERT_PROFILE_P256][0], error);
	if (identity->root_key == NULL) {
		return false;
	}
	if (!cert_make_key_id(identity->root_key, id)) {
		return cert_fail_crypto(error, "cannot name a key");
	}
	g_autofree char *common_name = root_common_name(identity->address, display_name, id);
	CertSpec spec = {
		.common_name = common_name,
		.address = identity->address,
		.key = identity->root_key,
		.issuer_key = identity->root_key,
		.usage = CERT_USAGE_KEY_CERT_SIGN | CERT_USAGE_CRL_SIGN,
		.not_before = now - BASE_DAY,
		.not_after = MIN(now + ROOT_LIFE, LAST_UTCTIME),
	};
	identity->root = cert_make(&spec, error);
	return identity->root != NULL;
}

/* The address, which gpgsm shows; a cut one would be another's address. */
static char *
leaf_common_name(const char *address, EVP_PKEY *key)
{
	uint8_t id[20] = {0};
	if (g_utf8_strlen(address, -1) <= COMMON_NAME_MAX) {
		return g_strdup(address);
	}
	cert_make_key_id(key, id);
	g_autofree char *hex = base_hex(base_bytes(id, 4));
	return g_strdup_printf("Mail key (%s)", hex);
}

static bool
make_leaf(const CertIdentity *identity, const LeafShape *shape, const char *purpose, int64_t now,
	  CertInfo **cert, EVP_PKEY **key)
{
	g_autoptr(EVP_PKEY) fresh = make_key(shape, NULL);
	if (fresh == NULL) {
		return false;
	}
	g_autofree char *common_name = leaf_common_name(identity->address, fresh);
	CertSpec spec = {
		.common_name = common_name,
		.address = identity->address,
		.key = fresh,
		.issuer_key = identity->root_key,
		.issuer = identity->root,
		.usage = shape->usage,
		.purpose = purpose,
		.not_before = MAX(now - BASE_DAY, identity->root->not_before),
		.not_after = MIN(now + LEAF_LIFE, identity->root->not_after),
	};
	*cert = cert_make(&spec, NULL);
	*key = *cert == NULL ? NULL : g_steal_pointer(&fresh);
	return *cert != NULL;
}

/* Ours: "drafts", beside the capability (cms/oid.h). */
#define DRAFTS_PURPOSE "2.25.39014844396612858129333055129227494128.2"

bool
cert_identity_drafts(const CertIdentity *identity, int64_t now, CertInfo **leaf, EVP_PKEY **key,
		     GError **error)
{
	static const LeafShape shape = {"P-256", 0, SIGNS};
	if (identity->root_key == NULL) {
		return base_fail(error, PS_ERROR_UNAVAILABLE,
				 "the key of the personal root is not here");
	}
	return make_leaf(identity, &shape, DRAFTS_PURPOSE, now, leaf, key) ||
	       cert_fail_crypto(error, "cannot make keys");
}

static EVP_PKEY *
key_ref(EVP_PKEY *key)
{
	if (key != NULL) {
		EVP_PKEY_up_ref(key);
	}
	return key;
}

static bool
make_leaves(CertIdentity *identity, int64_t now, GError **error)
{
	const LeafShape *shapes = profile_shapes[identity->profile];
	bool ok = make_leaf(identity, &shapes[0], NULL, now, &identity->sign, &identity->sign_key);
	if (ok && shapes[1].type != NULL) {
		ok = make_leaf(identity, &shapes[1], NULL, now, &identity->encrypt,
			       &identity->encrypt_key);
	} else if (ok) {
		identity->encrypt = cert_info_ref(identity->sign);
		identity->encrypt_key = key_ref(identity->sign_key);
	}
	return ok || cert_fail_crypto(error, "cannot make keys");
}

static void
unref_info(void *info)
{
	cert_info_unref(info);
}

static CertIdentity *
new_empty(CertProfile profile)
{
	CertIdentity *identity = g_new0(CertIdentity, 1);
	identity->profile = profile;
	identity->others = g_ptr_array_new_with_free_func(unref_info);
	g_atomic_ref_count_init(&identity->refs);
	return identity;
}

static bool
check_profile(CertProfile profile, GError **error)
{
	return (size_t)profile < G_N_ELEMENTS(profile_shapes) ||
	       base_fail(error, PS_ERROR_ARGUMENT, "keys of this profile cannot be made");
}

CertIdentity *
cert_identity_new(const char *address, const char *display_name, CertProfile profile, int64_t now,
		  GError **error)
{
	if (!check_profile(profile, error)) {
		return NULL;
	}
	if (now < 0 || now >= LAST_UTCTIME) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
				      "the clock is wrong: keys cannot be made");
	}
	g_autoptr(CertIdentity) identity = new_empty(profile);
	identity->address = cert_address_normalise(address);
	if (identity->address == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT, "not a mail address");
	}
	if (!make_root(identity, display_name, now, error) || !make_leaves(identity, now, error)) {
		return NULL;
	}
	return g_steal_pointer(&identity);
}

CertIdentity *
cert_identity_renew(const CertIdentity *old, CertProfile profile, int64_t now, GError **error)
{
	if (!check_profile(profile, error)) {
		return NULL;
	}
	if (old->root == NULL || old->root_key == NULL) {
		return BASE_FAIL_NULL(
			error, PS_ERROR_UNAVAILABLE,
			"the key of the personal root is not here: renew where the certificate came from");
	}
	if (now >= old->root->not_after || now < old->root->not_before) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
				      "the personal root is not valid now: make a new one");
	}
	g_autoptr(CertIdentity) identity = new_empty(profile);
	identity->address = g_strdup(old->address);
	identity->root = cert_info_ref(old->root);
	identity->root_key = key_ref(old->root_key);
	return make_leaves(identity, now, error) ? g_steal_pointer(&identity) : NULL;
}

static bool
check_pair(const CertInfo *cert, const EVP_PKEY *key, GError **error)
{
	return key == NULL || cert == NULL || cert_info_has_key(cert, key) ||
	       base_fail(error, PS_ERROR_ARGUMENT,
			 "a private key does not belong to its certificate");
}

static bool
check_parts(const CertIdentityParts *parts, const CertInfo *encrypt, GError **error)
{
	if (parts->sign == NULL || !cert_info_names(parts->sign, parts->address) ||
	    !cert_info_names(encrypt, parts->address)) {
		return base_fail(error, PS_ERROR_ARGUMENT,
				 "the certificate is not for this address");
	}
	return check_pair(parts->sign, parts->sign_key, error) &&
	       check_pair(parts->encrypt, parts->encrypt_key, error) &&
	       check_pair(parts->root, parts->root_key, error);
}

CertIdentity *
cert_identity_assemble(const CertIdentityParts *parts, GError **error)
{
	bool both = parts->encrypt == NULL;
	const CertInfo *encrypt = both ? parts->sign : parts->encrypt;
	if (!check_parts(parts, encrypt, error)) {
		return NULL;
	}
	CertIdentity *identity = new_empty(parts->profile);
	identity->address = cert_address_normalise(parts->address);
	identity->root = parts->root == NULL ? NULL : cert_info_ref(parts->root);
	identity->root_key = key_ref(parts->root_key);
	identity->sign = cert_info_ref(parts->sign);
	identity->sign_key = key_ref(parts->sign_key);
	identity->encrypt = cert_info_ref(encrypt);
	identity->encrypt_key = key_ref(both ? parts->sign_key : parts->encrypt_key);
	for (unsigned i = 0; parts->others != NULL && i < parts->others->len; i++) {
		g_ptr_array_add(identity->others,
				cert_info_ref(g_ptr_array_index(parts->others, i)));
	}
	return identity;
}

CertIdentity *
cert_identity_ref(const CertIdentity *identity)
{
	union {
		const CertIdentity *from;
		CertIdentity *to;
	} u = {.from = identity};

	g_atomic_ref_count_inc(&u.to->refs);
	return u.to;
}

void
cert_identity_unref(CertIdentity *identity)
{
	if (identity == NULL || !g_atomic_ref_count_dec(&identity->refs)) {
		return;
	}
	g_free(identity->address);
	cert_info_unref(identity->root);
	cert_info_unref(identity->sign);
	cert_info_unref(identity->encrypt);
	EVP_PKEY_free(identity->root_key);
	EVP_PKEY_free(identity->sign_key);
	EVP_PKEY_free(identity->encrypt_key);
	g_ptr_array_unref(identity->others);
	g_free(identity);
}

int64_t
cert_renewal_due(const CertInfo *leaf)
{
	return leaf->not_before + (leaf->not_after - leaf->not_before) / 3 * 2;
}
