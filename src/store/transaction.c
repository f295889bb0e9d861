/* SPDX-License-Identifier: MPL-2.0 */
/* Transactions: rolled back unless committed, nested ones flattened. */
#include "store/sqlite.h"

struct StoreTransaction {
	Store *store;
	bool done;
};

static StoreTransaction *
enter(Store *store)
{
	StoreTransaction *tx = g_new0(StoreTransaction, 1);
	tx->store = store;
	store->depth++;
	return tx;
}

StoreTransaction *
store_begin(Store *store, GError **error)
{
	if (store->depth > 0 && store->reading) {
		return BASE_FAIL_NULL(error, PS_ERROR_INTERNAL,
				      "the store: a change within a question");
	}
	if (store->depth == 0) {
		const char *sql = store->read_only ? "BEGIN" : "BEGIN IMMEDIATE";
		if (!store_run(store, sql, NO_ARGS, error)) {
			return NULL;
		}
		store->doomed = false;
		store->reading = false;
	}
	return enter(store);
}

StoreTransaction *
store_begin_read(Store *store, GError **error)
{
	if (store->depth == 0) {
		if (!store_run(store, "BEGIN", NO_ARGS, error)) {
			return NULL;
		}
		store->doomed = false;
		store->reading = true;
	}
	return enter(store);
}

bool
store_commit(StoreTransaction *tx, GError **error)
{
	Store *store = tx->store;
	if (store->depth > 1) {
		tx->done = true;
		store->depth--;
		return true;
	}
	/* SQLite rolls back by itself when a disk is full. */
	if (store->doomed || sqlite3_get_autocommit(store->db) != 0) {
		return base_fail(error, PS_ERROR_INTERNAL,
				 "the store: a part of the change failed; nothing was changed");
	}
	if (!store_run(store, "COMMIT", NO_ARGS, error)) {
		return false;
	}
	tx->done = true;
	store->depth--;
	return true;
}

void
store_transaction_free(StoreTransaction *tx)
{
	if (tx == NULL) {
		return;
	}
	Store *store = tx->store;
	if (!tx->done) {
		store->depth--;
		store->doomed = true;
		if (store->depth == 0 && sqlite3_get_autocommit(store->db) == 0) {
			store_run(store, "ROLLBACK", NO_ARGS, NULL);
		}
	}
	g_free(tx);
}
