/* SPDX-License-Identifier: MPL-2.0 */
/* Making, importing, replacing and moving the keys of one's own accounts. */
#include "engine/accounts.h"

#include "engine/handovers.h"
#include "enums.h"

#include "base/error.h"
#include "base/secret.h"
#include "cert/box.h"
#include "cert/crl.h"
#include "cert/keyfile.h"
#include "cert/p12.h"
#include "store/key.h"

G_STATIC_ASSERT((int)PS_PROFILE_IMPORTED == (int)CERT_PROFILE_IMPORTED);
G_STATIC_ASSERT((int)PS_MODE_HEADER == (int)STORE_FORM_HEADER);

/* One row of the store for one certificate; NULL without a usable key. */
static StoreKey *
store_key_of(const CertIdentity *identity, const CertInfo *info, EVP_PKEY *key, StoreRole role,
	     GError **error)
{
	StoreKey *row = g_new0(StoreKey, 1);
	row->address = g_strdup(identity->address);
	row->role = role;
	row->certificate = g_bytes_ref(info->der);
	row->issuer = base_bytes_dup(info->issuer_name);
	row->serial = base_bytes_dup(info->serial);
	row->ski = info->ski.n > 0 ? base_bytes_dup(info->ski) : NULL;
	row->fingerprint = g_strdup(info->fingerprint);
	row->root_fingerprint =
		g_strdup(identity->root != NULL ? identity->root->fingerprint : info->fingerprint);
	row->not_before = info->not_before;
	row->not_after = info->not_after;
	row->current = true;
	row->origin = identity->profile == CERT_PROFILE_IMPORTED ? STORE_ORIGIN_IMPORTED
								 : STORE_ORIGIN_GENERATED;
	row->chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	for (guint i = 0; role != STORE_ROLE_ROOT && i < identity->others->len; i++) {
		const CertInfo *other = g_ptr_array_index(identity->others, i);
		g_ptr_array_add(row->chain, g_bytes_ref(other->der));
	}
	row->private_key = key == NULL ? NULL : cert_key_to_der(key, error);
	if (key != NULL && row->private_key == NULL) {
		store_key_free(row);
		return NULL;
	}
	return row;
}

static bool
add_row(GPtrArray *rows, StoreKey *row, int64_t now)
{
	if (row == NULL) {
		return false;
	}
	row->created = now;
	g_ptr_array_add(rows, row);
	return true;
}

/* Writes account and keys together: a crash leaves all of it or nothing. */
static bool
save_identity(PsEngine *engine, const StoreAccount *account, const CertIdentity *identity,
	      GError **error)
{
	int64_t now = core_now(engine);
	bool both = cert_info_equal(identity->sign, identity->encrypt);
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)store_key_free);
	StoreRole sign_role = both ? STORE_ROLE_BOTH : STORE_ROLE_SIGN;
	if ((identity->root != NULL &&
	     !add_row(rows,
		      store_key_of(identity, identity->root, identity->root_key, STORE_ROLE_ROOT,
				   error),
		      now)) ||
	    !add_row(rows,
		     store_key_of(identity, identity->sign, identity->sign_key, sign_role, error),
		     now) ||
	    (!both && !add_row(rows,
			       store_key_of(identity, identity->encrypt, identity->encrypt_key,
					    STORE_ROLE_ENCRYPT, error),
			       now))) {
		return false;
	}
	Store *store = core_store_write(engine, error);
	if (store == NULL) {
		return false;
	}
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	bool done = tx != NULL && store_account_put(store, account, error) &&
		    store_key_retire(store, account->address, false, now, error) &&
		    store_key_add(store, (const StoreKey *const *)rows->pdata, rows->len, error) &&
		    store_commit(tx, error);
	core_forget_accounts(engine);
	return done;
}

static PsAccount *
public_account(const OwnAccount *own)
{
	const CertIdentity *identity = own->identity;
	const CertInfo *root = identity->root != NULL ? identity->root : identity->sign;
	int profile = PS_PROFILE_IMPORTED;
	ps_enum_parse(PS_TYPE_PROFILE, own->account->profile, &profile);
	PsAccount account = {
		.address = own->account->address,
		.name = own->account->name,
		.profile = (PsProfile)profile,
		.mode = (PsMode)own->account->mode,
		.root_fingerprint = root->fingerprint,
		.leaf_fingerprint = identity->sign->fingerprint,
		.created = own->account->created,
		.expires = identity->sign->not_after,
	};
	return ps_account_copy(&account);
}

PsAccount *
ps_engine_get_account(PsEngine *engine, const char *address, GError **error)
{
	g_autofree char *normal = core_normalise(address, error);
	OwnAccount *own = normal == NULL ? NULL : core_account(engine, normal, error);
	return own == NULL ? NULL : public_account(own);
}

GPtrArray *
ps_engine_list_accounts(PsEngine *engine, GError **error)
{
	g_autoptr(GPtrArray) rows = core_accounts(engine, error);
	if (rows == NULL) {
		return NULL;
	}
	g_autoptr(GPtrArray) accounts =
		g_ptr_array_new_with_free_func((GDestroyNotify)ps_account_free);
	for (guint i = 0; i < rows->len; i++) {
		const StoreAccount *row = g_ptr_array_index(rows, i);
		OwnAccount *own = core_account(engine, row->address, error);
		if (own == NULL) {
			return NULL;
		}
		g_ptr_array_add(accounts, public_account(own));
	}
	return g_steal_pointer(&accounts);
}

bool
accounts_is_free(PsEngine *engine, const char *address, GError **error)
{
	Store *store = core_store(engine, error);
	g_autoptr(StoreAccount) old = NULL;
	if (store == NULL || !store_account_get(store, address, &old, error)) {
		return false;
	}
	return old == NULL ||
	       base_fail(
		       error, PS_ERROR_EXISTS,
		       "the account %s is already there; replace its keys with `postseal account rotate`",
		       address);
}

/* Looks again under the write lock, since making keys takes time in which another process may have
 * added it. */
static PsAccount *
add_identity(PsEngine *engine, const StoreAccount *account, const CertIdentity *identity,
	     bool must_be_new, GError **error)
{
	Store *store = core_store_write(engine, error);
	g_autoptr(StoreTransaction) tx = store == NULL ? NULL : store_begin(store, error);
	if (tx == NULL || (must_be_new && !accounts_is_free(engine, account->address, error)) ||
	    !save_identity(engine, account, identity, error) || !store_commit(tx, error)) {
		return NULL;
	}
	return ps_engine_get_account(engine, account->address, error);
}

/* The CN of a root may not hold an address (gpgsm: "Ambiguous name"), nor any field a line break.
 */
static bool
name_is_usable(const char *name, GError **error)
{
	for (const char *p = name; p != NULL && *p != '\0'; p++) {
		if (g_ascii_iscntrl(*p)) {
			return base_fail(error, PS_ERROR_ARGUMENT,
					 "the name holds a control character; leave it out");
		}
	}
	return name == NULL || g_utf8_validate(name, -1, NULL) ||
	       base_fail(error, PS_ERROR_ARGUMENT, "the name is not UTF-8");
}

PsAccount *
ps_engine_add_account(PsEngine *engine, const char *address, const char *name, PsProfile profile,
		      PsMode mode, GError **error)
{
	g_autofree char *normal = core_normalise(address, error);
	if (normal == NULL || !name_is_usable(name, error) ||
	    !accounts_is_free(engine, normal, error)) {
		return NULL;
	}
	int64_t now = core_now(engine);
	g_autoptr(CertIdentity) identity =
		cert_identity_new(normal, name, (CertProfile)profile, now, error);
	if (identity == NULL) {
		return NULL;
	}
	char no_name[] = "";
	g_autofree char *own_name = g_strdup(name == NULL ? no_name : name);
	g_autofree char *profile_name = g_strdup(cert_profile_name((CertProfile)profile));
	StoreAccount account = {
		.address = normal,
		.name = own_name,
		.profile = profile_name,
		.mode = (StoreForm)mode,
		.state = STORE_ACCOUNT_READY,
		.modern_announce = true,
		.created = now,
	};
	return add_identity(engine, &account, identity, true, error);
}

PsAccount *
ps_engine_import_account(PsEngine *engine, const char *address, GBytes *p12, const char *passphrase,
			 PsMode mode, GError **error)
{
	g_autofree char *normal = address == NULL ? NULL : core_normalise(address, error);
	if (address != NULL && normal == NULL) {
		return NULL;
	}
	g_autoptr(CertP12) file = NULL;
	int64_t now = core_now(engine);
	if (!cert_p12_read(base_bytes_of(p12), passphrase, &file, error)) {
		return NULL;
	}
	g_autoptr(CertIdentity) identity = cert_p12_identity(file, normal, now, error);
	if (identity == NULL ||
	    (address != NULL && !accounts_is_free(engine, identity->address, error))) {
		return NULL;
	}
	char no_name[] = "";
	char imported[] = "imported";
	StoreAccount account = {
		.address = identity->address,
		.name = no_name,
		.profile = imported,
		.mode = (StoreForm)mode,
		.state = STORE_ACCOUNT_READY,
		/* The file came from another program, which may still read this account. */
		.modern_announce = false,
		.created = now,
	};
	return add_identity(engine, &account, identity, address != NULL, error);
}

/* Its name; NULL: that other programs have its keys now. */
static bool
change_account(PsEngine *engine, const char *address, const char *name, GError **error)
{
	Store *store = core_store_write(engine, error);
	g_autoptr(StoreTransaction) tx = store == NULL ? NULL : store_begin(store, error);
	g_autoptr(StoreAccount) account = NULL;
	if (tx == NULL || !store_account_get(store, address, &account, error)) {
		return false;
	}
	if (name == NULL) {
		account->modern_announce = false;
	} else {
		g_free(account->name);
		account->name = g_strdup(name);
	}
	bool done = store_account_put(store, account, error) && store_commit(tx, error);
	core_forget_accounts(engine);
	return done;
}

gboolean
ps_engine_set_account_name(PsEngine *engine, const char *address, const char *name, GError **error)
{
	g_autofree char *normal = core_normalise(address, error);
	if (normal == NULL || !name_is_usable(name, error) ||
	    core_account(engine, normal, error) == NULL) {
		return FALSE;
	}
	return change_account(engine, normal, name == NULL ? "" : name, error);
}

gboolean
ps_engine_remove_account(PsEngine *engine, const char *address, GError **error)
{
	g_autofree char *normal = core_normalise(address, error);
	if (normal == NULL || core_account(engine, normal, error) == NULL) {
		return FALSE;
	}
	Store *store = core_store_write(engine, error);
	bool done = store != NULL && store_account_remove(store, normal, core_now(engine), error);
	core_forget_accounts(engine);
	return done;
}

/* Adds the old leaves to the CRL of the root, which later messages carry. */
static bool
revoke_leaves(PsEngine *engine, const CertIdentity *old, GError **error)
{
	Store *store = core_store_write(engine, error);
	g_autoptr(GPtrArray) rows =
		store == NULL ? NULL : store_key_list(store, old->address, error);
	if (rows == NULL) {
		return false;
	}
	g_autoptr(GPtrArray) revoked =
		g_ptr_array_new_with_free_func((GDestroyNotify)cert_info_unref);
	for (guint i = 0; i < rows->len; i++) {
		const StoreKey *row = g_ptr_array_index(rows, i);
		bool shown = row->role != STORE_ROLE_ROOT && row->role != STORE_ROLE_DRAFTS;
		bool now_revoked = row->current && shown;
		bool same_root = g_strcmp0(row->root_fingerprint, old->root->fingerprint) == 0;
		CertInfo *info = same_root && (now_revoked || row->compromised)
					 ? cert_info_new_bytes(row->certificate, NULL)
					 : NULL;
		if (info != NULL) {
			g_ptr_array_add(revoked, info);
		}
	}
	g_autoptr(GBytes) crl = cert_crl_new(old, revoked, core_now(engine), error);
	if (crl == NULL) {
		return false;
	}
	return core_put_crl(engine, old->address, base_bytes_of(crl), error);
}

static CertIdentity *
next_identity(PsEngine *engine, const OwnAccount *own, bool new_root, GError **error)
{
	const CertIdentity *old = own->identity;
	if (new_root) {
		CertProfile profile = old->profile == CERT_PROFILE_IMPORTED
					      ? CERT_PROFILE_COMPATIBLE
					      : old->profile;
		return cert_identity_new(old->address, own->account->name, profile,
					 core_now(engine), error);
	}
	if (old->root_key == NULL) {
		return BASE_FAIL_NULL(
			error, PS_ERROR_UNSUPPORTED,
			"the keys of %s were imported; import newer ones, or use --new-root for keys of "
			"our own",
			old->address);
	}
	return cert_identity_renew(old, old->profile, core_now(engine), error);
}

/* Making keys takes time, in which another process may have replaced the same ones. */
static bool
is_still_current(Store *store, const CertIdentity *old, GError **error)
{
	g_autoptr(StoreKey) key = NULL;
	if (!store_key_current(store, old->address, STORE_ROLE_SIGN, &key, error)) {
		return false;
	}
	return (key != NULL && strcmp(key->fingerprint, old->sign->fingerprint) == 0) ||
	       base_fail(error, PS_ERROR_BUSY, "the keys of %s were replaced meanwhile; try again",
			 old->address);
}

PsAccount *
ps_engine_rotate_account(PsEngine *engine, const char *address, gboolean new_root,
			 gboolean compromised, GError **error)
{
	g_autofree char *normal = core_normalise(address, error);
	OwnAccount *own = normal == NULL ? NULL : core_account(engine, normal, error);
	if (own == NULL) {
		return NULL;
	}
	g_autoptr(CertIdentity) old = cert_identity_ref(own->identity);
	g_autoptr(CertIdentity) next = next_identity(engine, own, new_root, error);
	Store *store = next == NULL ? NULL : core_store_write(engine, error);
	g_autoptr(StoreTransaction) tx = store == NULL ? NULL : store_begin(store, error);
	g_autoptr(StoreAccount) account = NULL;
	if (tx == NULL || !store_account_get(store, normal, &account, error) ||
	    !is_still_current(store, old, error)) {
		return NULL;
	}
	if (compromised && ((old->root_key != NULL && !revoke_leaves(engine, old, error)) ||
			    !store_key_retire(store, normal, true, core_now(engine), error))) {
		return NULL;
	}
	/* Whoever took the keys could hand over as well: then people have to compare again. */
	if (new_root && !compromised && !handovers_make(engine, old, next, error)) {
		return NULL;
	}
	g_free(account->profile);
	account->profile = g_strdup(cert_profile_name(next->profile));
	if (!save_identity(engine, account, next, error) || !store_commit(tx, error)) {
		return NULL;
	}
	core_forget_accounts(engine);
	return ps_engine_get_account(engine, normal, error);
}

void
accounts_renew_if_due(PsEngine *engine, const char *address)
{
	OwnAccount *own = core_account_if_any(engine, address);
	if (own == NULL || own->identity->root_key == NULL || core_time_is_set(engine) ||
	    core_now(engine) < cert_renewal_due(own->identity->sign) ||
	    own->identity->sign->not_after >= own->identity->root->not_after) {
		return;
	}
	ps_account_free(ps_engine_rotate_account(engine, address, FALSE, FALSE, NULL));
}

GBytes *
ps_engine_get_certificate(PsEngine *engine, const char *address, gboolean root, GError **error)
{
	g_autofree char *normal = core_normalise(address, error);
	OwnAccount *own = normal == NULL ? NULL : core_account(engine, normal, error);
	if (own == NULL) {
		return NULL;
	}
	if (root && own->identity->root == NULL) {
		return BASE_FAIL_NULL(
			error, PS_ERROR_UNAVAILABLE,
			"the root of %s was not in the imported file; ask whoever issued the certificate",
			normal);
	}
	return g_bytes_ref(root ? own->identity->root->der : own->identity->sign->der);
}

GBytes *
ps_engine_export_account(PsEngine *engine, const char *address, const char *passphrase,
			 gboolean modern, GError **error)
{
	g_autofree char *normal = core_normalise(address, error);
	OwnAccount *own = normal == NULL ? NULL : core_account(engine, normal, error);
	if (own == NULL) {
		return NULL;
	}
	g_autoptr(GBytes) p12 = cert_p12_write(own->identity, passphrase, modern, normal, error);
	if (p12 == NULL || !own->account->modern_announce) {
		return g_steal_pointer(&p12);
	}
	return change_account(engine, normal, NULL, error) ? g_steal_pointer(&p12) : NULL;
}

static bool
passphrase_is_there(const char *passphrase, GError **error)
{
	return (passphrase != NULL && passphrase[0] != '\0') ||
	       base_fail(error, PS_ERROR_PASSPHRASE,
			 "the passphrase is empty; a backup holds every key, so give one");
}

GBytes *
ps_engine_backup(PsEngine *engine, const char *passphrase, GError **error)
{
	if (core_is_limited(engine)) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
				      "a backup holds all accounts, and not all are allowed here");
	}
	Store *store = passphrase_is_there(passphrase, error) ? core_store(engine, error) : NULL;
	g_autoptr(GBytes) image = store == NULL ? NULL : store_export(store, error);
	return image == NULL ? NULL : cert_box_seal(passphrase, base_bytes_of(image), error);
}

gboolean
ps_engine_restore(PsEngine *engine, GBytes *backup, const char *passphrase, GError **error)
{
	if (!passphrase_is_there(passphrase, error)) {
		return FALSE;
	}
	g_autoptr(GBytes) image = cert_box_open(passphrase, base_bytes_of(backup), error);
	return image != NULL && store_import(core_home(engine), base_bytes_of(image), error);
}
