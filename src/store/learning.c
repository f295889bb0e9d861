/* SPDX-License-Identifier: MPL-2.0 */
#include "store/learning.h"

#include "store/sqlite.h"

bool
store_learning_get(Store *store, const char *run, bool *found, StoreLearningSum *sum,
		   GError **error)
{
	static const char sql[] = "SELECT messages, signed, keys_new, keys_seen, errors"
				  " FROM learning_sum WHERE run=?";
	g_autoptr(GBytes) key = store_digest(run);
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(BYTES(key)), error);
	StoreStep step = rows == NULL ? STORE_FAILED : store_next(rows, error);
	if (step == STORE_FAILED) {
		return false;
	}
	*found = step == STORE_ROW;
	if (*found) {
		*sum = (StoreLearningSum){
			.messages = store_column_int(rows, 0),
			.n_signed = store_column_int(rows, 1),
			.keys_new = store_column_int(rows, 2),
			.keys_seen = store_column_int(rows, 3),
			.errors = store_column_int(rows, 4),
		};
	}
	return true;
}

bool
store_learning_put(Store *store, const char *run, const StoreLearningSum *sum, GError **error)
{
	static const char sql[] =
		"INSERT OR REPLACE INTO learning_sum(run, messages, signed, keys_new, keys_seen,"
		" errors) VALUES(?,?,?,?,?,?)";
	g_autoptr(GBytes) key = store_digest(run);
	return store_run(store, sql,
			 ARGS(BYTES(key), INT(sum->messages), INT(sum->n_signed),
			      INT(sum->keys_new), INT(sum->keys_seen), INT(sum->errors)),
			 error);
}

bool
store_learning_octets(Store *store, const char *run, const char *file, int64_t *octets,
		      GError **error)
{
	static const char sql[] = "SELECT octets FROM learning WHERE run=? AND file=?";
	g_autoptr(GBytes) run_key = store_digest(run);
	g_autoptr(GBytes) file_key = store_digest(file);
	return store_number(store, sql, ARGS(BYTES(run_key), BYTES(file_key)), octets, error);
}

bool
store_learning_note(Store *store, const char *run, const char *file, int64_t octets, GError **error)
{
	static const char sql[] =
		"INSERT OR REPLACE INTO learning(run, file, octets) VALUES(?,?,?)";
	g_autoptr(GBytes) run_key = store_digest(run);
	g_autoptr(GBytes) file_key = store_digest(file);
	return store_run(store, sql, ARGS(BYTES(run_key), BYTES(file_key), INT(octets)), error);
}

bool
store_learning_finish(Store *store, const char *run, GError **error)
{
	static const char files[] = "DELETE FROM learning WHERE run=?";
	static const char sum[] = "DELETE FROM learning_sum WHERE run=?";
	g_autoptr(GBytes) key = store_digest(run);
	return store_run(store, files, ARGS(BYTES(key)), error) &&
	       store_run(store, sum, ARGS(BYTES(key)), error);
}
