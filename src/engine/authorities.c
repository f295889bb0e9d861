/* SPDX-License-Identifier: MPL-2.0 */
/* The person's choice of who may vouch: authorities, lists of revoked certificates, mail servers.
 */
#include "engine/align.h"
#include "engine/anchors.h"

#include "base/error.h"
#include "base/hex.h"
#include "cert/file.h"
#include "cert/mozilla.h"
#include "store/anchor.h"
#include "store/setting.h"
#include <postseal/authority.h>

static bool
add_authority(Store *store, const CertInfo *info, int64_t now, GError **error)
{
	if (!info->is_ca && !cert_info_self_signed(info)) {
		return base_fail(error, PS_ERROR_MALFORMED,
				 "the certificate of %s is none of an authority: give the one that "
				 "issued it",
				 info->subject);
	}
	StoreAnchor anchor = {
		.fingerprint = info->fingerprint,
		.certificate = info->der,
		.trusted = true,
		.added = now,
	};
	return store_anchor_put(store, &anchor, error);
}

/* A person who brings a list must hear that it cannot be used. */
static bool
add_list(PsEngine *engine, GBytes *crl, const GPtrArray *signers, GError **error)
{
	if (!cert_crl_usable(base_bytes_of(crl), core_now(engine))) {
		return base_fail(
			error, PS_ERROR_MALFORMED,
			"a list of revoked certificates in it cannot be used: it is of the "
			"future, tells only what changed, or has a critical extension that "
			"is not known");
	}
	return anchors_keep_crl(core_anchors(engine), base_bytes_of(crl), signers, error);
}

gint
ps_engine_add_authorities(PsEngine *engine, GBytes *file, GError **error)
{
	g_auto(CertFile) content = {0};
	if (!cert_read_file_bytes(base_bytes_of(file), &content, error)) {
		return -1;
	}
	Store *store = core_store_write(engine, error);
	g_autoptr(StoreTransaction) tx = store == NULL ? NULL : store_begin(store, error);
	bool done = tx != NULL;
	for (guint i = 0; done && i < content.certs->len; i++) {
		done = add_authority(store, g_ptr_array_index(content.certs, i), core_now(engine),
				     error);
	}
	for (guint i = 0; done && i < content.crls->len; i++) {
		done = add_list(engine, g_ptr_array_index(content.crls, i), content.certs, error);
	}
	if (!done || !core_count_decision(store, error) || !store_commit(tx, error)) {
		return -1;
	}
	anchors_forget(core_anchors(engine));
	return (gint)(content.certs->len + content.crls->len);
}

static PsAuthority *
authority_of(const CertInfo *info, const char *origin, bool trusted)
{
	PsAuthority *authority = g_new0(PsAuthority, 1);
	const char *name = info->common_name != NULL ? info->common_name : info->subject;
	authority->fingerprint = g_strdup(info->fingerprint);
	authority->name = g_strdup(name);
	authority->origin = origin;
	authority->trusted = trusted;
	authority->expires = info->not_after;
	return authority;
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
	const PsAuthority *one = *(const PsAuthority *const *)a;
	const PsAuthority *other = *(const PsAuthority *const *)b;
	int order = g_utf8_collate(one->name, other->name);
	return order != 0 ? order : strcmp(one->fingerprint, other->fingerprint);
}

/* The rows of the store by fingerprint; borrowed from @rows. */
static GHashTable *
index_rows(const GPtrArray *rows)
{
	GHashTable *index = g_hash_table_new(g_str_hash, g_str_equal);
	for (guint i = 0; i < rows->len; i++) {
		StoreAnchor *row = g_ptr_array_index(rows, i);
		g_hash_table_insert(index, row->fingerprint, row);
	}
	return index;
}

static void
list_own(const GPtrArray *rows, GPtrArray *list)
{
	for (guint i = 0; i < rows->len; i++) {
		const StoreAnchor *row = g_ptr_array_index(rows, i);
		g_autoptr(CertInfo) info =
			row->trusted ? cert_info_new_bytes(row->certificate, NULL) : NULL;
		if (info != NULL) {
			g_ptr_array_add(list, authority_of(info, "own", true));
		}
	}
}

GPtrArray *
ps_engine_list_authorities(PsEngine *engine, GError **error)
{
	Store *store = core_store(engine, error);
	g_autoptr(GPtrArray) rows = store == NULL ? NULL : store_anchor_list(store, error);
	g_autoptr(GPtrArray) roots = rows == NULL ? NULL : cert_mozilla_mail_roots(error);
	if (roots == NULL) {
		return NULL;
	}
	g_autoptr(GHashTable) index = index_rows(rows);
	GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)ps_authority_free);
	list_own(rows, list);
	for (guint i = 0; i < roots->len; i++) {
		const CertInfo *root = g_ptr_array_index(roots, i);
		const StoreAnchor *row = g_hash_table_lookup(index, root->fingerprint);
		if (row == NULL || !row->trusted) {
			g_ptr_array_add(list, authority_of(root, "mozilla", row == NULL));
		}
	}
	g_ptr_array_sort(list, compare_names);
	return list;
}

/* One of Mozilla's that is remembered as not trusted; false if it is none of these. */
static bool
take_away(PsEngine *engine, Store *store, const char *fingerprint, GError **error)
{
	g_autoptr(GPtrArray) roots = cert_mozilla_mail_roots(NULL);
	for (guint i = 0; roots != NULL && i < roots->len; i++) {
		const CertInfo *root = g_ptr_array_index(roots, i);
		if (strcmp(root->fingerprint, fingerprint) == 0) {
			StoreAnchor anchor = {
				.fingerprint = root->fingerprint,
				.certificate = root->der,
				.trusted = false,
				.added = core_now(engine),
			};
			return store_anchor_put(store, &anchor, error);
		}
	}
	return base_fail(error, PS_ERROR_UNAVAILABLE,
			 "there is no such authority; `postseal trust anchors list` shows them");
}

gboolean
ps_engine_remove_authority(PsEngine *engine, const char *fingerprint, GError **error)
{
	g_autofree char *hex = base_hex_fingerprint(fingerprint, error);
	if (hex == NULL) {
		return FALSE;
	}
	Store *store = core_store_write(engine, error);
	g_autoptr(StoreTransaction) tx = store == NULL ? NULL : store_begin(store, error);
	bool removed = false;
	if (tx == NULL || !store_anchor_remove(store, hex, &removed, error) ||
	    (!removed && !take_away(engine, store, hex, error)) ||
	    !core_count_decision(store, error) || !store_commit(tx, error)) {
		return FALSE;
	}
	anchors_forget(core_anchors(engine));
	return TRUE;
}

gboolean
ps_engine_remove_authorities(PsEngine *engine, GBytes *file, GError **error)
{
	g_auto(CertFile) content = {0};
	if (!cert_read_file_bytes(base_bytes_of(file), &content, error)) {
		return FALSE;
	}
	Store *store = core_store_write(engine, error);
	g_autoptr(StoreTransaction) tx = store == NULL ? NULL : store_begin(store, error);
	bool done = tx != NULL;
	for (guint i = 0; done && i < content.certs->len; i++) {
		const CertInfo *info = g_ptr_array_index(content.certs, i);
		done = ps_engine_remove_authority(engine, info->fingerprint, error);
	}
	return done && store_commit(tx, error);
}

gboolean
ps_engine_set_online_revocation(PsEngine *engine, gboolean online, GError **error)
{
	Store *store = core_store_write(engine, error);
	return store != NULL &&
	       store_setting_set(store, ANCHORS_ONLINE_SETTING, online ? "on" : NULL, error);
}

gboolean
ps_engine_set_authserv_id(PsEngine *engine, const char *address, const char *id, GError **error)
{
	g_autofree char *normal = core_normalise(address, error);
	if (normal == NULL || core_account(engine, normal, error) == NULL) {
		return FALSE;
	}
	Store *store = core_store_write(engine, error);
	return store != NULL && align_set_authserv_id(store, normal, id, error);
}
