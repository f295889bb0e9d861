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
#include "policy/howto.h"
#include "store/key.h"
#include "store/setting.h"

#define KEY_CACHE_SIZE 256 /* certificates of correspondents whose keys stay parsed */

struct _PsEngine {
	GObject parent;
	char *home;
	gint64 time;      /* -1: the clock */
	char **limit;     /* normalised addresses of the only accounts; NULL: all */
	char *howto_base; /* NULL: the default */
	Store *store;
	bool writable;
	CmsKeyCache *key_cache;
	Anchors *anchors;
	GHashTable *accounts;     /* address -> OwnAccount */
	int64_t changes;          /* of the store by others, when ps_engine_refresh() last looked */
	GHashTable *private_keys; /* fingerprint -> EVP_PKEY */
	GError *key_error;        /* why the store could not be asked for keys; NULL: it could */
};

G_DEFINE_TYPE(PsEngine, ps_engine, G_TYPE_OBJECT)

static void
ps_engine_finalize(GObject *object)
{
	PsEngine *engine = PS_ENGINE(object);
	g_hash_table_unref(engine->accounts);
	g_hash_table_unref(engine->private_keys);
	cms_key_cache_free(engine->key_cache);
	anchors_free(engine->anchors);
	store_close(engine->store);
	g_clear_error(&engine->key_error);
	g_strfreev(engine->limit);
	g_free(engine->howto_base);
	g_free(engine->home);
	G_OBJECT_CLASS(ps_engine_parent_class)->finalize(object);
}

static void
ps_engine_class_init(PsEngineClass *klass)
{
	G_OBJECT_CLASS(klass)->finalize = ps_engine_finalize;
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

void
ps_engine_limit(PsEngine *engine, const char *const *addresses)
{
	g_autoptr(GStrvBuilder) limit = g_strv_builder_new();
	for (size_t i = 0; addresses != NULL && addresses[i] != NULL; i++) {
		g_autofree char *normal = cert_address_normalise(addresses[i]);
		if (normal != NULL) {
			g_strv_builder_add(limit, normal);
		}
	}
	g_strfreev(engine->limit);
	engine->limit = addresses == NULL ? NULL : g_strv_builder_end(limit);
}

bool
core_is_within(PsEngine *engine, const char *address)
{
	return engine->limit == NULL ||
	       g_strv_contains((const char *const *)engine->limit, address);
}

bool
core_is_limited(PsEngine *engine)
{
	return engine->limit != NULL;
}

const char *
core_whose(PsEngine *engine)
{
	bool first = engine->limit != NULL && engine->limit[0] != NULL;
	return first ? engine->limit[0] : "";
}

void
ps_engine_set_howto_base(PsEngine *engine, const char *url)
{
	g_free(engine->howto_base);
	engine->howto_base = g_strdup(url);
}

char *
core_howto(PsEngine *engine, const char *from, const char *to, const char *state)
{
	return policy_howto_url(engine->howto_base, from, to, state);
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
	twin->limit = g_strdupv(engine->limit);
	twin->howto_base = g_strdup(engine->howto_base);
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

char *
ps_address_normalise(const char *address)
{
	return cert_address_normalise(address);
}

void
core_forget_accounts(PsEngine *engine)
{
	g_hash_table_remove_all(engine->accounts);
	g_hash_table_remove_all(engine->private_keys);
}

void
ps_engine_refresh(PsEngine *engine)
{
	int64_t changes = engine->store == NULL ? 0 : store_change_count(engine->store);
	if (changes != engine->changes) {
		core_forget_accounts(engine);
		engine->changes = changes;
	}
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

OwnAccount *
core_account_of_home(PsEngine *engine, const char *address, GError **error)
{
	OwnAccount *own = g_hash_table_lookup(engine->accounts, address);
	if (own == NULL) {
		own = own_account_load(engine, address, error);
		if (own != NULL) {
			g_hash_table_insert(engine->accounts, g_strdup(address), own);
		}
	}
	return own;
}

OwnAccount *
core_account(PsEngine *engine, const char *address, GError **error)
{
	return core_is_within(engine, address) ? core_account_of_home(engine, address, error)
					       : own_account_fail(address, error);
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

static bool
has_account(PsEngine *engine, const char *address, bool *out, GError **error)
{
	Store *store = core_store(engine, error);
	g_autoptr(StoreAccount) account = NULL;
	if (store == NULL || !store_account_get(store, address, &account, error)) {
		return false;
	}
	*out = account != NULL;
	return true;
}

bool
core_is_own(PsEngine *engine, const char *address, bool *own, GError **error)
{
	bool here = false;
	if (!has_account(engine, address, &here, error)) {
		return false;
	}
	*own = here && core_is_within(engine, address);
	return !*own || core_account(engine, address, error) != NULL;
}

bool
core_is_of_home(PsEngine *engine, const char *address, bool *here, GError **error)
{
	/* One that waits for its keys is as much one's own. */
	*here = engine->limit != NULL && core_is_within(engine, address);
	return *here || has_account(engine, address, here, error);
}

GPtrArray *
core_accounts(PsEngine *engine, GError **error)
{
	Store *store = core_store(engine, error);
	GPtrArray *accounts = store == NULL ? NULL : store_account_list(store, error);
	for (guint i = accounts == NULL ? 0 : accounts->len; i > 0; i--) {
		const StoreAccount *account = g_ptr_array_index(accounts, i - 1);
		if (!core_is_within(engine, account->address)) {
			g_ptr_array_remove_index(accounts, i - 1);
		}
	}
	return accounts;
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

#define DECISIONS "decisions" /* the setting */

static guint64
decisions_of(Store *store, GError **error)
{
	g_autofree char *text = NULL;
	return store != NULL && store_setting_get(store, DECISIONS, &text, error) && text != NULL
		       ? g_ascii_strtoull(text, NULL, 10)
		       : 0;
}

bool
core_count_decision(Store *store, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autofree char *text =
		g_strdup_printf("%" G_GUINT64_FORMAT, decisions_of(store, &reason) + 1);
	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	return store_setting_set(store, DECISIONS, text, error);
}

guint64
ps_engine_count_decisions(PsEngine *engine)
{
	return decisions_of(core_store(engine, NULL), NULL);
}

/* The first of @keys that may be used: of @account, else of any within the limit. */
static const StoreKey *
choose_key(PsEngine *engine, const GPtrArray *keys, const char *account)
{
	for (guint i = 0; keys != NULL && i < keys->len; i++) {
		const StoreKey *key = g_ptr_array_index(keys, i);
		if (core_is_within(engine, key->address) &&
		    (account == NULL || strcmp(account, key->address) == 0)) {
			return key;
		}
	}
	return NULL;
}

static bool
use_key(PsEngine *engine, const StoreKey *key, CmsPrivateKey *out)
{
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

bool
core_key_of(PsEngine *engine, const char *account, const CmsRecipientId *rid, CmsPrivateKey *out)
{
	g_autoptr(GError) error = NULL;
	Store *store = core_store(engine, &error);
	g_autoptr(GPtrArray) found = NULL;
	if (store != NULL) {
		found = rid->ski.n > 0 ? store_key_find_ski(store, rid->ski, &error)
				       : store_key_find_issuer_serial(store, rid->issuer,
								      rid->serial, &error);
	}
	if (error != NULL && engine->key_error == NULL) {
		engine->key_error = g_steal_pointer(&error);
	}
	const StoreKey *key = choose_key(engine, found, account);
	return key != NULL && use_key(engine, key, out);
}

bool
core_private_key(void *user, const CmsRecipientId *rid, CmsPrivateKey *out)
{
	return core_key_of(user, NULL, rid, out);
}

bool
core_keys_were_asked(PsEngine *engine, GError **error)
{
	if (engine->key_error != NULL) {
		g_propagate_error(error, g_steal_pointer(&engine->key_error));
		return false;
	}
	return true;
}
