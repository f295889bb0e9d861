/* SPDX-License-Identifier: MPL-2.0 */
#include "store/setting.h"

#include "store/sqlite.h"

bool
store_setting_set(Store *store, const char *key, const char *value, GError **error)
{
	static const char put[] = "INSERT INTO setting(key, value) VALUES(?,?)"
				  " ON CONFLICT(key) DO UPDATE SET value=excluded.value";
	static const char drop[] = "DELETE FROM setting WHERE key=?";
	return value == NULL ? store_run(store, drop, ARGS(TEXT(key)), error)
			     : store_run(store, put, ARGS(TEXT(key), TEXT(value)), error);
}

static gpointer
read_text(StoreRows *row)
{
	return store_column_text(row, 0);
}

static bool
one_text(StoreRows *rows, char **out, GError **error)
{
	gpointer text = NULL;
	if (!store_first(rows, read_text, &text, error)) {
		return false;
	}
	*out = text;
	return true;
}

bool
store_setting_get(Store *store, const char *key, char **out, GError **error)
{
	static const char sql[] = "SELECT value FROM setting WHERE key=?";
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(TEXT(key)), error);
	return one_text(rows, out, error);
}

void
store_rule_free(StoreRule *rule)
{
	if (rule == NULL) {
		return;
	}
	g_free(rule->pattern);
	g_free(rule->level);
	g_free(rule);
}

bool
store_rule_set(Store *store, const char *pattern, const char *level, GError **error)
{
	static const char sql[] = "INSERT INTO rule(pattern, level) VALUES(?,?)"
				  " ON CONFLICT(pattern) DO UPDATE SET level=excluded.level";
	return store_run(store, sql, ARGS(TEXT(pattern), TEXT(level)), error);
}

bool
store_rule_unset(Store *store, const char *pattern, GError **error)
{
	static const char sql[] = "DELETE FROM rule WHERE pattern=?";
	int64_t removed = 0;
	if (!store_run_count(store, sql, ARGS(TEXT(pattern)), &removed, error)) {
		return false;
	}
	return removed > 0 ||
	       base_fail(error, PS_ERROR_NOT_FOUND, "there is no rule for %s", pattern);
}

static gpointer
read_rule(StoreRows *row)
{
	StoreRule *rule = g_new0(StoreRule, 1);
	rule->pattern = store_column_text(row, 0);
	rule->level = store_column_text(row, 1);
	return rule;
}

GPtrArray *
store_rule_list(Store *store, GError **error)
{
	static const char sql[] = "SELECT pattern, level FROM rule ORDER BY pattern";
	g_autoptr(StoreRows) rows = store_query(store, sql, NO_ARGS, error);
	return store_collect(rows, read_rule, (GDestroyNotify)store_rule_free, error);
}

bool
store_rule_lookup(Store *store, const char *address, char **out, GError **error)
{
	static const char sql[] = "SELECT level FROM rule WHERE pattern IN (?1, ?2)"
				  " ORDER BY pattern=?1 DESC LIMIT 1";
	const char *at = strrchr(address, '@');
	g_autofree char *domain = at == NULL ? NULL : g_strconcat("*", at, NULL);
	g_autoptr(StoreRows) rows =
		store_query(store, sql, ARGS(TEXT(address), TEXT(domain)), error);
	return one_text(rows, out, error);
}
