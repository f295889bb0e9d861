/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/decide.h"

#include "base/hex.h"
#include "store/peer.h"

typedef void (*Change)(StoreIdentity *identity, int64_t now);

static void
change_accept(StoreIdentity *identity, int64_t now)
{
	(void)now;
	if (!identity->pinned) {
		identity->how = STORE_HOW_ACCEPTED;
	}
	identity->accepted = true;
	identity->refused = false;
	identity->pinned = true;
	identity->pin_until = 0;
}

static void
change_verify(StoreIdentity *identity, int64_t now)
{
	change_accept(identity, now);
	identity->verified = true;
}

static void
change_refuse(StoreIdentity *identity, int64_t now)
{
	identity->pin_until = identity->pinned ? now : identity->pin_until;
	identity->pinned = false;
	identity->accepted = false;
	identity->verified = false;
	identity->vouched = false;
	identity->refused = true;
}

static bool
decide(Store *store, const char *address, const char *text, int64_t now, Change change,
       GError **error)
{
	g_autofree char *fingerprint = base_hex_fingerprint(text, error);
	if (fingerprint == NULL) {
		return false;
	}
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	g_autoptr(StoreIdentity) identity = NULL;
	if (tx == NULL || !store_identity_find(store, address, fingerprint, &identity, error)) {
		return false;
	}
	if (identity == NULL) {
		return base_fail(error, PS_ERROR_NOT_FOUND, "no such key is known for %s", address);
	}
	change(identity, now);
	return store_identity_put(store, identity, now, error) &&
	       store_peer_decided(store, address, now, error) && store_commit(tx, error);
}

bool
trust_accept(Store *store, const char *address, const char *fingerprint, int64_t now,
	     GError **error)
{
	return decide(store, address, fingerprint, now, change_accept, error);
}

bool
trust_verify(Store *store, const char *address, const char *fingerprint, int64_t now,
	     GError **error)
{
	return decide(store, address, fingerprint, now, change_verify, error);
}

bool
trust_refuse(Store *store, const char *address, const char *fingerprint, int64_t now,
	     GError **error)
{
	return decide(store, address, fingerprint, now, change_refuse, error);
}
