/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/lookalike_probe.h"

#include "trust/lookalike_fold.h"
#include "trust/lookalike_inside.h"

#include <string.h>

/* Letters of a shape whose neighbours are looked up: shorter ones have no edits, the longest have
 * too many. */
#define MIN_EDITED 5
#define MAX_EDITED 38
#define MIN_PART   6

/* Takes @shape. */
static void
add_shape(GHashTable *keys, char *shape)
{
	trust_fold_squeeze(shape);
	if (*shape != '\0' && g_hash_table_size(keys) < TRUST_PROBES_MAX) {
		g_hash_table_add(keys, shape);
	} else {
		g_free(shape);
	}
}

static void
add_texts(GHashTable *keys, const GPtrArray *texts, size_t least)
{
	for (guint i = 0; i < texts->len; i++) {
		if (strlen(texts->pdata[i]) >= least) {
			add_shape(keys, trust_fold_shape(texts->pdata[i]));
		}
	}
}

/* @shape with @drop octets at @at gone and @letter (NUL: none) in their place. */
static void
add_edit(GHashTable *keys, const char *shape, size_t at, size_t drop, char letter)
{
	char one[2] = {letter, '\0'};
	add_shape(keys, g_strdup_printf("%.*s%s%s", (int)at, shape, one, shape + at + drop));
}

static void
add_edits(GHashTable *keys, const char *shape)
{
	size_t n = strlen(shape);
	for (size_t at = 0; at < n; at++) {
		add_edit(keys, shape, at, 1, '\0');
		if (at + 1 < n) {
			char *swapped = g_strdup(shape);
			swapped[at] = shape[at + 1];
			swapped[at + 1] = shape[at];
			add_shape(keys, swapped);
		}
	}
	for (const char *letter = trust_fold_letters; *letter != '\0'; letter++) {
		for (size_t at = 0; at <= n; at++) {
			add_edit(keys, shape, at, 0, *letter);
			if (at < n) {
				add_edit(keys, shape, at, 1, *letter);
			}
		}
	}
}

GHashTable *
trust_probe_keys(const TrustDomain *sender)
{
	GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) spellings = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) parts = trust_domain_tokens(sender);
	g_autoptr(GPtrArray) labels = trust_domain_labels(sender);
	g_autofree char *shape = trust_fold_shape(sender->strict);
	size_t n = strlen(shape);
	add_shape(keys, g_strdup(sender->coarse));
	add_shape(keys, g_strdup(sender->contracted));
	trust_fold_respell(sender->plain, spellings);
	add_texts(keys, spellings, 1);
	add_texts(keys, parts, MIN_PART);
	add_texts(keys, labels, MIN_PART);
	if (n >= MIN_EDITED && n <= MAX_EDITED && g_str_is_ascii(shape)) {
		add_edits(keys, shape);
	}
	return keys;
}
