/* SPDX-License-Identifier: MPL-2.0 */
/* Settings by name, and the rules that ask for a level per recipient. */
#pragma once

#include "store/store.h"

bool store_setting_set(Store *store, const char *key, const char *value,
		       GError **error); /* NULL unsets */
bool store_setting_get(Store *store, const char *key, char **out, GError **error);

typedef struct {
	char *pattern; /* an address or "*@domain" */
	char *level;   /* plain, signed, sealed: the caller knows which are allowed */
} StoreRule;

void store_rule_free(StoreRule *rule);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreRule, store_rule_free)

bool store_rule_set(Store *store, const char *pattern, const char *level, GError **error);
/* PS_ERROR_NOT_FOUND if there is no such rule. */
bool store_rule_unset(Store *store, const char *pattern, GError **error);
GPtrArray *store_rule_list(Store *store, GError **error); /* of StoreRule, by pattern */
/* The level for @address: its own rule, else that of its domain; *out NULL if neither. */
bool store_rule_lookup(Store *store, const char *address, char **out, GError **error);
