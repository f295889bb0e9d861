/* SPDX-License-Identifier: MPL-2.0 */
/* The certificate authorities of the person's own choice, and lists of revoked certificates. */
#pragma once

#include "store/store.h"

typedef struct {
	char *fingerprint;
	GBytes *certificate; /* DER */
	bool trusted;        /* false: one of the default ones that the person took away */
	int64_t added;
} StoreAnchor;

void store_anchor_free(StoreAnchor *anchor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreAnchor, store_anchor_free)

/* Adds it or replaces the row of its fingerprint. */
bool store_anchor_put(Store *store, const StoreAnchor *anchor, GError **error);
/* *@removed: there was such a row. */
bool store_anchor_remove(Store *store, const char *fingerprint, bool *removed, GError **error);
/* Of StoreAnchor, by fingerprint. */
GPtrArray *store_anchor_list(Store *store, GError **error);

typedef struct {
	BaseBytes issuer;    /* Name, DER */
	BaseBytes authority; /* whose and which of the issuer's lists it is; n 0: not told */
	int64_t this_update;
	BaseBytes der;
} StoreCrl;

/* Kept unless a newer one of the same issuer and authority is there; *@kept says which. */
bool store_crl_put(Store *store, const StoreCrl *crl, bool *kept, GError **error);
#define STORE_LIMIT_CRLS 16 /* of one issuer; the newest stay */

/* Of GBytes, DER: all lists of one issuer, the newest first. */
GPtrArray *store_crl_list(Store *store, BaseBytes issuer, GError **error);
