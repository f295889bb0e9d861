/* SPDX-License-Identifier: MPL-2.0 */
/* The inside of PsEngine: where the store is, what time it is, and the own keys. */
#pragma once

#include "cert/identity.h"
#include "cms/key.h"
#include "cms/recipient.h"
#include "cms/sign.h"
#include "store/account.h"
#include <postseal/engine.h>

/* The store for reading; an empty one if there is no home yet. Borrowed until the next
 * core_store_…() call. */
Store *core_store(PsEngine *engine, GError **error);
/* The store for writing, made if missing. */
Store *core_store_write(PsEngine *engine, GError **error);

const char *core_home(PsEngine *engine);
/* ps_engine_set_time() or the clock. */
int64_t core_now(PsEngine *engine);
/* Whether it is not the clock's. */
bool core_time_is_set(PsEngine *engine);
typedef struct Anchors Anchors;
/* Who may vouch for certificates; borrowed. */
Anchors *core_anchors(PsEngine *engine);
/* Another engine with the same home and time, for another thread; (transfer full). */
PsEngine *core_twin(PsEngine *engine);
/* Public keys of certificates seen before. */
CmsKeyCache *core_key_cache(PsEngine *engine);

/*
 * ps_engine_limit(): to everybody else the other accounts of the home do not exist. Whether
 * @address (normalised) may be used, if there is an account of it.
 */
bool core_is_within(PsEngine *engine, const char *address);
bool core_is_limited(PsEngine *engine);
/* The first address of the limit, "" without one. */
const char *core_whose(PsEngine *engine);
/* The how-to page for these programs (NULL: any); (transfer full). */
char *core_howto(PsEngine *engine, const char *from, const char *to, const char *state);

/* PS_ERROR_ARGUMENT if @address is none; (transfer full). */
char *core_normalise(const char *address, GError **error);

/* One of our accounts with its current keys. */
typedef struct {
	StoreAccount *account;
	CertIdentity *identity;
	CmsSigner *signer;
	gatomicrefcount refs;
} OwnAccount;

/* As it is in the store now. (transfer full) */
OwnAccount *own_account_load(PsEngine *engine, const char *address, GError **error);
/* NULL and PS_ERROR_UNAVAILABLE: there is no such account. */
OwnAccount *own_account_fail(const char *address, GError **error);
OwnAccount *own_account_ref(OwnAccount *own);
void own_account_unref(OwnAccount *own);

/* The fingerprint that others pin: of the root, or of a certificate without one; NULL without an
 * account. Borrowed. */
const char *own_account_root(const OwnAccount *own);

/* Borrowed from the engine, until accounts change. PS_ERROR_UNAVAILABLE if there is no such
 * account. */
OwnAccount *core_account(PsEngine *engine, const char *address, GError **error);
/* The same whatever the limit: for what is public of it only. */
OwnAccount *core_account_of_home(PsEngine *engine, const char *address, GError **error);
/* The accounts (StoreAccount) within the limit, by address; (transfer full). */
GPtrArray *core_accounts(PsEngine *engine, GError **error);
/* As core_account() without looking at it as an error: NULL if there is none. */
OwnAccount *core_account_if_any(PsEngine *engine, const char *address);
/* Whether @address, however it is written, is one of @accounts (StoreAccount). */
bool core_accounts_hold(const GPtrArray *accounts, const char *address);
/* Whether @address is an account. One that is there but cannot be loaded is an error and not
 * "foreign": its mail must not leave unsigned in silence. */
bool core_is_own(PsEngine *engine, const char *address, bool *own, GError **error);
/* Whether @address is an account of this home, whatever the limit, or one of the limit that has no
 * keys yet: nothing is learned about it. */
bool core_is_of_home(PsEngine *engine, const char *address, bool *here, GError **error);
/* What the account announces in signed capabilities; (transfer full). */
GBytes *core_capabilities(const OwnAccount *own);
/* The newest CRL of a root (GBytes, DER), once it revoked something; @whose is an own address, or
 * the fingerprint of a peer's root. NULL if there is none. */
GPtrArray *core_crls(PsEngine *engine, const char *whose);
bool core_put_crl(PsEngine *engine, const char *whose, BaseBytes crl, GError **error);
/* After accounts or keys changed. */
void core_forget_accounts(PsEngine *engine);

/* One more decision (ps_engine_count_decisions()), in the transaction that notes it. */
bool core_count_decision(Store *store, GError **error);

/* The next private key that may open what is sealed for @rid: a CmsKeyHook with the engine as user.
 */
bool core_private_key(void *engine, const CmsRecipientId *rid, CmsPrivateKey *out);
/* The same among the keys of @account only (NULL: of all within the limit). */
bool core_key_of(PsEngine *engine, const char *account, const CmsRecipientId *rid,
		 CmsPrivateKey *out);
/* Whether the store could tell which keys there are each time it was asked since the last call of
 * this: if not, "no key" means nothing. */
bool core_keys_were_asked(PsEngine *engine, GError **error);
