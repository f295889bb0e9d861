/* SPDX-License-Identifier: MPL-2.0 */
/* The store of one user: one SQLite database in one private folder. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

/*
 * Rules of the whole folder:
 *  - A Store belongs to one thread at a time; several threads or processes open their own.
 *  - Addresses are already normalised by the caller (lower case, A-labels); the store compares
 * octets.
 *  - Fingerprints are lower-case hex of SHA-256, 64 characters.
 *  - Times are seconds since 1970 UTC, 0 is "never".
 *  - `bool f(..., Thing **out, error)`: false is a failure; true with *out NULL is "there is none".
 *  - Lists are a new GPtrArray that owns its elements; NULL is a failure, never "empty".
 *  - Failures: PS_ERROR_BUSY (another process held the store for 5 seconds), PS_ERROR_IO (disk
 * full, unreadable), PS_ERROR_CREATE (folder or file cannot be made or written), PS_ERROR_MALFORMED
 * (not our database or damaged), PS_ERROR_UNSUPPORTED (written by a newer version).
 *  - Every change is durable when its outermost transaction is committed (WAL, synchronous=FULL
 *    everywhere, since a pin matters as much as a key; learning many messages wraps them in one
 * transaction).
 */
typedef struct Store Store;

typedef enum {
	STORE_READ_WRITE_CREATE, /* makes folder (0700) and file (0600) when missing */
	STORE_READ_WRITE,        /* PS_ERROR_NOT_FOUND when missing */
	STORE_READ_ONLY,         /* changes nothing; an empty store when missing */
} StoreMode;

/* Opens the store in folder @dir and brings its schema up to date. */
Store *store_open(const char *dir, StoreMode mode, GError **error);
/* An empty store that lies in memory only. */
Store *store_open_memory(GError **error);
/* Ends every statement; an open transaction is rolled back. NULL is fine. */
void store_close(Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_close)

/* A number that changes when another connection has changed the store; 0 if it cannot be told. */
int64_t store_change_count(Store *store);

/* Reads the whole database and finds damage; PS_ERROR_MALFORMED. Takes long on a large store. */
bool store_check(Store *store, GError **error);

/*
 * A transaction that is rolled back when its guard goes, unless it was committed:
 *
 *	g_autoptr(StoreTransaction) tx = store_begin(store, error);
 *	return tx != NULL && store_x(...) && store_y(...) && store_commit(tx, error);
 *
 * Nested ones are part of the outermost: only its commit writes. If a nested one was rolled back,
 * the outermost can only be rolled back too (its store_commit() fails with PS_ERROR_INTERNAL). A
 *read that must see one state in several calls may use it as well. Begin takes the write lock at
 *once (in a store opened for reading: a read transaction).
 */
typedef struct StoreTransaction StoreTransaction;
StoreTransaction *store_begin(Store *store, GError **error);
/* The same for several questions that must see one state, which is quicker, too: no lock for each.
 * Takes no write lock, so nothing may be changed within it (PS_ERROR_INTERNAL). Commit it as well.
 */
StoreTransaction *store_begin_read(Store *store, GError **error);
bool store_commit(StoreTransaction *tx, GError **error);
void store_transaction_free(StoreTransaction *tx); /* rolls back unless committed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreTransaction, store_transaction_free)

/* Everything as one consistent image, private keys included (wiped when freed; the caller encrypts
 * it). */
GBytes *store_export(Store *store, GError **error);
/*
 * Makes the store in @dir from an image of store_export(), of this or an older version. All or
 * nothing. PS_ERROR_EXISTS if there is a store with any account, key, peer, setting or rule in it;
 * PS_ERROR_MALFORMED if the image is damaged or not ours; PS_ERROR_UNSUPPORTED if it is newer.
 */
bool store_import(const char *dir, BaseBytes image, GError **error);
/* Looks into an image without writing it anywhere; failures as above. */
Store *store_open_image(BaseBytes image, GError **error);
