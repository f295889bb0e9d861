/* SPDX-License-Identifier: MPL-2.0 */
/* The accounts of the user. */
#pragma once

#include "store/store.h"

typedef enum {
	STORE_FORM_AUTO,
	STORE_FORM_SIGNATURE,
	STORE_FORM_UNOBTRUSIVE,
	STORE_FORM_HEADER,
} StoreForm; /* the account's mode: which form its signatures take */

typedef enum {
	STORE_ACCOUNT_READY,
	STORE_ACCOUNT_WAITING, /* another identity of this address exists: join or replace first */
} StoreAccountState;

typedef struct {
	char *address;
	char *name;    /* display name, may be empty, never NULL when read */
	char *profile; /* compatible, rsa2048, p256, modern, ca */
	StoreForm mode;
	StoreAccountState state;
	bool modern_announce; /* announce modern algorithms: false once a PKCS#12 was exported */
	int64_t created;
} StoreAccount;

void store_account_free(StoreAccount *account);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreAccount, store_account_free)

const char *store_form_name(StoreForm form);                   /* "auto", ... */
bool store_form_parse(const char *name, StoreForm *out);       /* false if it is none */
const char *store_account_state_name(StoreAccountState state); /* "ready", "waiting" */

/* Adds or replaces the row of its address. */
bool store_account_put(Store *store, const StoreAccount *account, GError **error);
bool store_account_get(Store *store, const char *address, StoreAccount **out, GError **error);
/* Of StoreAccount, by address. */
GPtrArray *store_account_list(Store *store, GError **error);
/*
 * Forgets the account but none of its keys: they are retired at @now (no longer current) and go on
 * opening old mail. Adding the account again makes new keys. PS_ERROR_NOT_FOUND if there is none.
 */
bool store_account_remove(Store *store, const char *address, int64_t now, GError **error);
