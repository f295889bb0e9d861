/* SPDX-License-Identifier: MPL-2.0 */
/* PsEngine: where the store is, what time it is, and the own keys. */
#include "engine/core.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/error.h"
#include "cert/address.h"
#include "cert/crl.h"
#include "cert/keyfile.h"
#include "cms/caps.h"
#include "engine/anchors.h"
#include "engine/words.h"
#include "store/key.h"
#include "store/setting.h"
#include <libintl.h>

#define KEY_CACHE_SIZE 256 /* certificates of correspondents whose keys stay parsed */

struct _PsEngine {
	GObject parent;
	char *home;
	gint64 time; /* -1: the clock */
	Store *store;
	bool writable;
	CmsKeyCache *key_cache;
	Anchors *anchors;
	GHashTable *accounts;     /* address -> OwnAccount */
	GHashTable *private_keys; /* fingerprint -> EVP_PKEY */
};

G_DEFINE_TYPE(PsEngine, ps_engine, G_TYPE_OBJECT)

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

static void
ps_engine_finalize(GObject *object)
{
	PsEngine *engine = PS_ENGINE(object);
	g_hash_table_unref(engine->accounts);
	g_hash_table_unref(engine->private_keys);
	cms_key_cache_free(engine->key_cache);
	anchors_free(engine->anchors);
	store_close(engine->store);
	g_free(engine->home);
	G_OBJECT_CLASS(ps_engine_parent_class)->finalize(object);
}

static void
ps_engine_class_init(PsEngineClass *klass)
{
	G_OBJECT_CLASS(klass)->finalize = ps_engine_finalize;
	bindtextdomain(WORDS_DOMAIN, PS_LOCALEDIR);
	bind_textdomain_codeset(WORDS_DOMAIN, "UTF-8");
}

static void
ps_engine_init(PsEngine *engine)
{
	engine->time = -1;
	engine->accounts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						 (GDestroyNotify)own_account_unref);
	engine->private_keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						     (GDestroyNotify)EVP_PKEY_free);
}

PsEngine *
ps_engine_new(const char *home)
{
	PsEngine *engine = g_object_new(PS_TYPE_ENGINE, NULL);
	const char *from_environment = g_getenv("POSTSEAL_HOME");
	if (home == NULL && from_environment != NULL && from_environment[0] != '\0') {
		home = from_environment;
	}
	engine->home = home != NULL ? g_strdup(home)
				    : g_build_filename(g_get_user_data_dir(), "postseal", NULL);
	return engine;
}

void
ps_engine_set_time(PsEngine *engine, gint64 time)
{
	engine->time = time;
}

int64_t
core_now(PsEngine *engine)
{
	return engine->time >= 0 ? engine->time : base_clock_now();
}

bool
core_time_is_set(PsEngine *engine)
{
	return engine->time >= 0;
}

const char *
core_home(PsEngine *engine)
{
	return engine->home;
}

static Store *
open_store(PsEngine *engine, StoreMode mode, GError **error)
{
	g_clear_pointer(&engine->store, store_close);
	engine->store = store_open(engine->home, mode, error);
	engine->writable = mode == STORE_READ_WRITE_CREATE;
	return engine->store;
}

Store *
core_store(PsEngine *engine, GError **error)
{
	return engine->store != NULL ? engine->store : open_store(engine, STORE_READ_ONLY, error);
}

Store *
core_store_write(PsEngine *engine, GError **error)
{
	bool ready = engine->store != NULL && engine->writable;
	return ready ? engine->store : open_store(engine, STORE_READ_WRITE_CREATE, error);
}

CmsKeyCache *
core_key_cache(PsEngine *engine)
{
	if (engine->key_cache == NULL) {
		engine->key_cache = cms_key_cache_new(KEY_CACHE_SIZE);
	}
	return engine->key_cache;
}

PsEngine *
core_twin(PsEngine *engine)
{
	PsEngine *twin = ps_engine_new(engine->home);
	twin->time = engine->time;
	return twin;
}

Anchors *
core_anchors(PsEngine *engine)
{
	if (engine->anchors == NULL) {
		engine->anchors = anchors_new(engine);
	}
	return engine->anchors;
}

char *
core_normalise(const char *address, GError **error)
{
	char *normal = cert_address_normalise(address);
	if (normal == NULL) {
		base_fail(error, PS_ERROR_ARGUMENT,
			  "\"%s\" is not a mail address; write it as name@example.org", address);
	}
	return normal;
}

void
core_forget_accounts(PsEngine *engine)
{
	g_hash_table_remove_all(engine->accounts);
	g_hash_table_remove_all(engine->private_keys);
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

GPtrArray *
core_crls(PsEngine *engine, const char *whose)
{
	g_autofree char *name = g_strdup_printf("crl:%s", whose);
	Store *store = core_store(engine, NULL);
	g_autofree char *text = NULL;
	if (store == NULL || !store_setting_get(store, name, &text, NULL) || text == NULL) {
		return NULL;
	}
	GBytes *crl = base64_decode_bytes(base_bytes_str(text), true);
	if (crl == NULL) {
		return NULL;
	}
	GPtrArray *crls = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_ptr_array_add(crls, crl);
	return crls;
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

static OwnAccount *
load_account(PsEngine *engine, const char *address, GError **error)
{
	Store *store = core_store(engine, error);
	g_autoptr(StoreAccount) account = NULL;
	if (store == NULL || !store_account_get(store, address, &account, error)) {
		return NULL;
	}
	if (account == NULL) {
		return BASE_FAIL_NULL(
			error, PS_ERROR_UNAVAILABLE,
			"there is no account %s; make one with `postseal account add %s`", address,
			address);
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

OwnAccount *
core_account(PsEngine *engine, const char *address, GError **error)
{
	OwnAccount *own = g_hash_table_lookup(engine->accounts, address);
	if (own == NULL) {
		own = load_account(engine, address, error);
		if (own != NULL) {
			g_hash_table_insert(engine->accounts, g_strdup(address), own);
		}
	}
	return own;
}

OwnAccount *
core_account_if_any(PsEngine *engine, const char *address)
{
	return core_account(engine, address, NULL);
}

bool
core_accounts_hold(const GPtrArray *accounts, const char *address)
{
	for (guint i = 0; i < accounts->len; i++) {
		const StoreAccount *account = g_ptr_array_index(accounts, i);
		if (cert_address_equal(address, account->address)) {
			return true;
		}
	}
	return false;
}

bool
core_is_own(PsEngine *engine, const char *address, bool *own, GError **error)
{
	Store *store = core_store(engine, error);
	g_autoptr(StoreAccount) account = NULL;
	if (store == NULL || !store_account_get(store, address, &account, error)) {
		return false;
	}
	*own = account != NULL;
	return account == NULL || core_account(engine, address, error) != NULL;
}

GBytes *
core_capabilities(const OwnAccount *own)
{
	return cms_caps_build(own->account->modern_announce);
}

/* An old list played back must not undo a newer one. */
static bool
is_newer(PsEngine *engine, const char *whose, BaseBytes crl)
{
	g_autoptr(GPtrArray) known = core_crls(engine, whose);
	CertCrlInfo new_info;
	CertCrlInfo old_info;
	return known == NULL || !cert_crl_read(crl, &new_info, NULL) ||
	       !cert_crl_read(base_bytes_of(g_ptr_array_index(known, 0)), &old_info, NULL) ||
	       cert_crl_compare(&new_info, &old_info) > 0;
}

bool
core_put_crl(PsEngine *engine, const char *whose, BaseBytes crl, GError **error)
{
	if (!is_newer(engine, whose, crl)) {
		return true;
	}
	g_autofree char *name = g_strdup_printf("crl:%s", whose);
	g_autofree char *text = base64_encode_string(crl);
	Store *store = core_store_write(engine, error);
	return store != NULL && store_setting_set(store, name, text, error);
}

bool
core_private_key(void *user, const CmsRecipientId *rid, CmsPrivateKey *out)
{
	PsEngine *engine = user;
	Store *store = core_store(engine, NULL);
	if (store == NULL) {
		return false;
	}
	g_autoptr(GPtrArray) found =
		rid->ski.n > 0
			? store_key_find_ski(store, rid->ski, NULL)
			: store_key_find_issuer_serial(store, rid->issuer, rid->serial, NULL);
	if (found == NULL || found->len == 0) {
		return false;
	}
	StoreKey *key = g_ptr_array_index(found, 0);
	EVP_PKEY *pkey = g_hash_table_lookup(engine->private_keys, key->fingerprint);
	if (pkey == NULL) {
		pkey = cert_key_from_der(base_bytes_of(key->private_key), NULL);
		if (pkey == NULL) {
			return false;
		}
		g_hash_table_insert(engine->private_keys, g_strdup(key->fingerprint), pkey);
	}
	out->key = pkey;
	return true;
}
