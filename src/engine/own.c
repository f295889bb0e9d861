/* SPDX-License-Identifier: MPL-2.0 */
/* One of our accounts with its current keys, as the store has them. */
#include "engine/core.h"

#include "base/error.h"
#include "cert/keyfile.h"
#include "cms/caps.h"
#include "store/key.h"

OwnAccount *
own_account_ref(OwnAccount *own)
{
	g_atomic_ref_count_inc(&own->refs);
	return own;
}

void
own_account_unref(OwnAccount *own)
{
	if (!g_atomic_ref_count_dec(&own->refs)) {
		return;
	}
	cms_signer_free(own->signer);
	cert_identity_unref(own->identity);
	store_account_free(own->account);
	g_free(own);
}

const char *
own_account_root(const OwnAccount *own)
{
	if (own == NULL) {
		return NULL;
	}
	const CertIdentity *identity = own->identity;
	return identity->root != NULL ? identity->root->fingerprint : identity->sign->fingerprint;
}

/* A certificate and its private key as the store has them. */
typedef struct {
	CertInfo *info;
	EVP_PKEY *key;
} KeyPair;

static void
key_pair_clear(KeyPair *pair)
{
	g_clear_pointer(&pair->info, cert_info_unref);
	g_clear_pointer(&pair->key, EVP_PKEY_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(KeyPair, key_pair_clear)

/* Leaves @pair empty if there is no such key. */
static bool
load_pair(Store *store, const char *address, StoreRole role, KeyPair *pair, GError **error)
{
	g_autoptr(StoreKey) key = NULL;
	if (!store_key_current(store, address, role, &key, error)) {
		return false;
	}
	if (key == NULL) {
		return true;
	}
	pair->info = cert_info_new_bytes(key->certificate, error);
	if (pair->info == NULL) {
		return false;
	}
	if (key->private_key != NULL) {
		pair->key = cert_key_from_der(base_bytes_of(key->private_key), error);
		return pair->key != NULL;
	}
	return true;
}

/* The intermediates that came with an imported certificate. */
static GPtrArray *
load_others(Store *store, const char *address, GError **error)
{
	g_autoptr(StoreKey) key = NULL;
	g_autoptr(GPtrArray) others =
		g_ptr_array_new_with_free_func((GDestroyNotify)cert_info_unref);
	if (!store_key_current(store, address, STORE_ROLE_SIGN, &key, error)) {
		return NULL;
	}
	for (guint i = 0; key != NULL && i < key->chain->len; i++) {
		CertInfo *info = cert_info_new_bytes(g_ptr_array_index(key->chain, i), NULL);
		if (info != NULL) {
			g_ptr_array_add(others, info);
		}
	}
	return g_steal_pointer(&others);
}

static CertIdentity *
load_identity(Store *store, const StoreAccount *account, GError **error)
{
	g_auto(KeyPair) root = {NULL, NULL};
	g_auto(KeyPair) sign = {NULL, NULL};
	g_auto(KeyPair) encrypt = {NULL, NULL};
	CertIdentityParts parts = {.address = account->address, .profile = CERT_PROFILE_IMPORTED};
	g_autoptr(GPtrArray) others = load_others(store, account->address, error);
	if (others == NULL || !load_pair(store, account->address, STORE_ROLE_ROOT, &root, error) ||
	    !load_pair(store, account->address, STORE_ROLE_SIGN, &sign, error) ||
	    !load_pair(store, account->address, STORE_ROLE_ENCRYPT, &encrypt, error)) {
		return NULL;
	}
	if (sign.key == NULL || encrypt.key == NULL) {
		return BASE_FAIL_NULL(
			error, PS_ERROR_UNAVAILABLE,
			"the account %s has no keys; run `postseal account rotate %s`",
			account->address, account->address);
	}
	cert_profile_parse(account->profile, &parts.profile);
	parts.root = root.info;
	parts.root_key = root.key;
	parts.sign = sign.info;
	parts.sign_key = sign.key;
	if (!cert_info_equal(sign.info, encrypt.info)) {
		parts.encrypt = encrypt.info;
		parts.encrypt_key = encrypt.key;
	}
	parts.others = others;
	return cert_identity_assemble(&parts, error);
}

/* Everything that a reader needs to know us by: leaf, encryption leaf, intermediates, root. */
static CmsSigner *
make_signer(PsEngine *engine, const StoreAccount *account, const CertIdentity *identity,
	    GError **error)
{
	g_autoptr(GPtrArray) others = g_ptr_array_new();
	bool separate = !cert_info_equal(identity->sign, identity->encrypt);
	if (separate) {
		g_ptr_array_add(others, identity->encrypt->der);
	}
	for (guint i = 0; i < identity->others->len; i++) {
		g_ptr_array_add(others, ((CertInfo *)g_ptr_array_index(identity->others, i))->der);
	}
	if (identity->root != NULL) {
		g_ptr_array_add(others, identity->root->der);
	}
	g_autoptr(GBytes) capabilities = cms_caps_build(account->modern_announce);
	g_autoptr(GPtrArray) crls = core_crls(engine, account->address);
	CmsSignerOptions options = {
		.capabilities = capabilities,
		.encryption_cert = identity->encrypt->der,
		.crls = crls,
	};
	return cms_signer_new(identity->sign_key, identity->sign->der, others, &options, error);
}

OwnAccount *
own_account_fail(const char *address, GError **error)
{
	return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
			      "there is no account %s; make one with `postseal account add %s`",
			      address, address);
}

OwnAccount *
own_account_load(PsEngine *engine, const char *address, GError **error)
{
	Store *store = core_store(engine, error);
	g_autoptr(StoreAccount) account = NULL;
	if (store == NULL || !store_account_get(store, address, &account, error)) {
		return NULL;
	}
	if (account == NULL) {
		return own_account_fail(address, error);
	}
	g_autoptr(CertIdentity) identity = load_identity(store, account, error);
	if (identity == NULL) {
		return NULL;
	}
	CmsSigner *signer = make_signer(engine, account, identity, error);
	if (signer == NULL) {
		return NULL;
	}
	OwnAccount *own = g_new0(OwnAccount, 1);
	g_atomic_ref_count_init(&own->refs);
	own->account = g_steal_pointer(&account);
	own->identity = g_steal_pointer(&identity);
	own->signer = signer;
	return own;
}
