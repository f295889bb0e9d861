/* SPDX-License-Identifier: MPL-2.0 */
/* Ourselves elsewhere: what was sealed, identities that were made elsewhere, keys for there. */
#include "engine/accounts.h"
#include "engine/incoming.h"
#include "engine/keyfield.h"
#include "engine/message.h"

#include "base/error.h"
#include "cert/address.h"
#include "cert/box.h"
#include "store/key.h"
#include "store/sealed.h"
#include <postseal/view.h>

gboolean
ps_engine_was_sealed(PsEngine *engine, const char *message_id, gboolean *sealed, GError **error)
{
	Store *store = core_store(engine, error);
	g_autofree char *id = g_strstrip(g_strdup(message_id));
	g_autoptr(GPtrArray) rows = store == NULL ? NULL : store_sealed_list(store, id, error);
	if (rows == NULL) {
		return FALSE;
	}
	/* Sealed ones come first. */
	const StoreSealed *first = rows->len == 0 ? NULL : g_ptr_array_index(rows, 0);
	*sealed = first != NULL && first->sealed;
	return TRUE;
}

/* The root that the message shows for its author; (transfer full), NULL: none. */
static char *
shown_root(const Judgement *j)
{
	g_autoptr(CertInfo) leaf = NULL;
	g_autoptr(CertInfo) root = NULL;
	if (j->holds && j->names_from) {
		return g_strdup(judgement_identity(j));
	}
	return keyfield_read(j, &leaf, &root) ? g_strdup(root->fingerprint) : NULL;
}

/* Of any key that the address has or had here. */
static bool
is_ours(Store *store, const char *address, const char *root, bool *out, GError **error)
{
	g_autoptr(GPtrArray) keys = store_key_list(store, address, error);
	for (guint i = 0; keys != NULL && i < keys->len; i++) {
		const StoreKey *key = g_ptr_array_index(keys, i);
		*out = *out || g_strcmp0(key->root_fingerprint, root) == 0 ||
		       g_strcmp0(key->fingerprint, root) == 0;
	}
	return keys != NULL;
}

gboolean
ps_engine_own_identity_seen(PsEngine *engine, const char *address, PsMessage *message,
			    char **root_fingerprint, GError **error)
{
	g_autofree char *normal = core_normalise(address, error);
	Store *store = normal == NULL ? NULL : core_store(engine, error);
	g_autoptr(Layers) layers =
		store == NULL ? NULL
			      : incoming_layers(engine, message_source(message), false, error);
	g_autoptr(Judgement) j = layers == NULL ? NULL : judge_signature(layers);
	if (j == NULL || !judge_sender(j, error)) {
		return FALSE;
	}
	g_autofree char *root =
		j->from != NULL && cert_address_equal(j->from, normal) ? shown_root(j) : NULL;
	bool ours = false;
	if (root != NULL && !is_ours(store, normal, root, &ours, error)) {
		return FALSE;
	}
	*root_fingerprint = ours ? NULL : g_steal_pointer(&root);
	return TRUE;
}

/* With every key that it has or had, for old mail too; nothing else. */
static bool
copy_account(Store *from, Store *to, const StoreAccount *account, GError **error)
{
	g_autoptr(GPtrArray) keys = store_key_list(from, account->address, error);
	return keys != NULL && store_account_put(to, account, error) &&
	       store_key_add(to, (const StoreKey *const *)keys->pdata, keys->len, error);
}

/* A store with this account and nothing else, as octets. */
static GBytes *
image_of_account(Store *store, const char *address, GError **error)
{
	g_autoptr(StoreAccount) account = NULL;
	g_autoptr(Store) copy = store_open_memory(error);
	if (copy == NULL || !store_account_get(store, address, &account, error) ||
	    !copy_account(store, copy, account, error)) {
		return NULL;
	}
	return store_export(copy, error);
}

GBytes *
ps_engine_backup_account(PsEngine *engine, const char *address, const char *passphrase,
			 GError **error)
{
	g_autofree char *normal = core_normalise(address, error);
	OwnAccount *own = normal == NULL ? NULL : core_account(engine, normal, error);
	Store *store = own == NULL ? NULL : core_store(engine, error);
	g_autoptr(GBytes) image = store == NULL ? NULL : image_of_account(store, normal, error);
	return image == NULL ? NULL : cert_box_seal(passphrase, base_bytes_of(image), error);
}

PsAccount *
ps_engine_join_account(PsEngine *engine, const char *address, GBytes *backup,
		       const char *passphrase, GError **error)
{
	g_autofree char *normal = core_normalise(address, error);
	if (normal == NULL || !accounts_is_free(engine, normal, error)) {
		return NULL;
	}
	g_autoptr(GBytes) image = cert_box_open(passphrase, base_bytes_of(backup), error);
	g_autoptr(Store) other =
		image == NULL ? NULL : store_open_image(base_bytes_of(image), error);
	g_autoptr(StoreAccount) account = NULL;
	if (other == NULL || !store_account_get(other, normal, &account, error)) {
		return NULL;
	}
	if (account == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
				      "the account %s is not in this backup", normal);
	}
	Store *store = core_store_write(engine, error);
	g_autoptr(StoreTransaction) tx = store == NULL ? NULL : store_begin(store, error);
	if (tx == NULL || !copy_account(other, store, account, error) || !store_commit(tx, error)) {
		return NULL;
	}
	core_forget_accounts(engine);
	return ps_engine_get_account(engine, normal, error);
}
