/* SPDX-License-Identifier: MPL-2.0 */
/* The user's own keys with their certificates. No key is ever deleted: old mail needs it. */
#pragma once

#include "store/store.h"

typedef enum {
	STORE_ROLE_ROOT,
	STORE_ROLE_SIGN,
	STORE_ROLE_ENCRYPT,
	STORE_ROLE_BOTH,
	STORE_ROLE_DRAFTS,
} StoreRole;

typedef enum {
	STORE_ORIGIN_GENERATED,
	STORE_ORIGIN_IMPORTED,
} StoreOrigin;

typedef struct {
	int64_t id; /* given by the store */
	char *address;
	StoreRole role;
	GBytes *certificate; /* DER */
	GBytes *private_key; /* PKCS#8 DER, wiped when freed; NULL if only the certificate is here
			      */
	GPtrArray *chain;    /* of GBytes, DER, the issuer first; NULL means empty, never NULL when
				read */
	GBytes *issuer;      /* DER Name */
	GBytes *serial;      /* content octets of the INTEGER */
	GBytes *ski;         /* SubjectKeyIdentifier; NULL if none */
	char *fingerprint;
	char *root_fingerprint;
	int64_t not_before;
	int64_t not_after;
	bool current;
	StoreOrigin origin;
	bool compromised;
	int64_t created;
	int64_t retired_at; /* 0 while it may be used */
} StoreKey;

void store_key_free(StoreKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreKey, store_key_free)

const char *store_role_name(StoreRole role);       /* "root", ... */
const char *store_origin_name(StoreOrigin origin); /* "generated", "imported" */

/*
 * Adds @n keys, all or none. A key added with `current` retires (at its `created`) the current ones
 * of its address and role; SIGN and ENCRYPT also retire BOTH, and BOTH retires SIGN and ENCRYPT.
 * The same certificate again completes its row (private key, chain, current) instead of failing.
 */
bool store_key_add(Store *store, const StoreKey *const *keys, size_t n, GError **error);

/* Every key of @address (all addresses if NULL), the current ones and then the newest notBefore
 * first. */
GPtrArray *store_key_list(Store *store, const char *address, GError **error);
/* The current key of @address for @role; SIGN and ENCRYPT also find BOTH. */
bool store_key_current(Store *store, const char *address, StoreRole role, StoreKey **out,
		       GError **error);
bool store_key_by_fingerprint(Store *store, const char *fingerprint, StoreKey **out,
			      GError **error);

/* For opening mail, over all accounts, retired ones included, only with a private key; of StoreKey.
 * The names are chosen by whoever made the certificate, so several may match: try each. */
GPtrArray *store_key_find_issuer_serial(Store *store, BaseBytes issuer, BaseBytes serial,
					GError **error);
GPtrArray *store_key_find_ski(Store *store, BaseBytes ski, GError **error);

/* Retires every current key of @address but the drafts key; with @compromised marks them so. */
bool store_key_retire(Store *store, const char *address, bool compromised, int64_t now,
		      GError **error);
bool store_key_set_current(Store *store, const char *fingerprint, int64_t now, GError **error);
/* Marks one key; PS_ERROR_NOT_FOUND. It is retired too. */
bool store_key_set_compromised(Store *store, const char *fingerprint, int64_t now, GError **error);
