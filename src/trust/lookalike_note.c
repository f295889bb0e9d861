/* SPDX-License-Identifier: MPL-2.0 */
/* Remembering correspondents, so that others who resemble them are noticed. */
#include "trust/lookalike.h"

#include "base/clock.h"
#include "store/account.h"
#include "trust/lookalike_fold.h"
#include "trust/lookalike_known.h"
#include "trust/lookalike_name.h"
#include "trust/lookalike_suspect.h"

#include <string.h>

static bool
add_domain(Store *store, const char *name, const StoreDomainEvent *event, int64_t *id,
	   GError **error)
{
	g_autoptr(TrustDomain) domain = trust_domain_new(name);
	return store_domain_add(store, name, domain == NULL ? name : domain->coarse, error) &&
	       store_domain_count(store, name, event, id, error);
}

/* One's own addresses, NULL-terminated; NULL: a failure. */
static char **
own_addresses(Store *store, GError **error)
{
	g_autoptr(GPtrArray) accounts = store_account_list(store, error);
	g_autoptr(GStrvBuilder) own = g_strv_builder_new();
	for (guint i = 0; accounts != NULL && i < accounts->len; i++) {
		const StoreAccount *account = accounts->pdata[i];
		g_strv_builder_add(own, account->address);
	}
	return accounts == NULL ? NULL : g_strv_builder_end(own);
}

/* The day that would establish a domain is where it is asked about; if it looks like another it
 * stays where it is, and is asked about again on the next one. */
static bool
is_held(Store *store, const TrustCorrespondent *c, const char *name, bool *held, GError **error)
{
	g_autoptr(StoreDomain) row = NULL;
	int64_t day = MAX(c->received, 1) / BASE_DAY;
	bool rises = false;
	*held = false;
	if (!store_domain_get(store, name, &row, error)) {
		return false;
	}
	if (row == NULL || row->written || row->days != TRUST_ALIKE_DAYS - 1 ||
	    (day >= row->first_seen / BASE_DAY && day <= row->last_seen / BASE_DAY)) {
		return true;
	}
	g_auto(GStrv) own = own_addresses(store, error);
	const TrustAlikeQuestion question = {
		.address = c->address,
		.organization = c->organization,
		.received = c->received,
		.own = (const char *const *)own,
		.imitated_path = c->imitated_path,
	};
	if (own == NULL || !trust_suspect_rises(store, &question, &rises, error)) {
		return false;
	}
	*held = !rises;
	return true;
}

/* *@id: of its row, 0 if the address has no domain. */
static bool
count_domain(Store *store, const char *name, const StoreDomainEvent *event, int64_t *id,
	     GError **error)
{
	*id = 0;
	return name == NULL || (store_domain_count(store, name, event, id, error) &&
				(*id != 0 || add_domain(store, name, event, id, error)));
}

/* The name of a list's message may be another one's, so only direct mail tells it. */
static bool
note_caller(Store *store, const TrustCorrespondent *c, GError **error)
{
	g_autofree char *tidy =
		c->direct && c->display != NULL ? trust_name_tidy(c->display) : NULL;
	const char *display = tidy == NULL || *tidy == '\0' ? NULL : tidy;
	bool known = false;
	bool unchecked = false;
	if (!store_caller_known(store, c->address, display, &known, error)) {
		return false;
	}
	if (known) {
		return true;
	}
	g_autofree char *name_key = display == NULL ? NULL : trust_name_core(display, &unchecked);
	g_autofree char *address_key = trust_address_key(c->address, &unchecked);
	bool tells = name_key != NULL && trust_name_is_distinctive(name_key);
	const StoreCallerNote note = {
		.address = c->address,
		.display = display,
		.display_key = tells ? name_key : NULL,
		.address_key = address_key,
		.received = c->received,
	};
	return store_caller_note(store, &note, error);
}

static bool
note_links(Store *store, int64_t domain, const TrustCorrespondent *c, const char *const *hosts,
	   GError **error)
{
	bool unchecked = false;
	g_autofree char *name = trust_domain_registrable(trust_domain_host(c->address), &unchecked);
	bool wanted = c->direct && domain != 0 && hosts != NULL;
	for (size_t i = 0; wanted && hosts[i] != NULL && i < TRUST_ALIKE_LINKS; i++) {
		g_autofree char *target = trust_link_target(hosts[i]);
		if (target != NULL && g_strcmp0(target, name) != 0 &&
		    !store_link_note(store, domain, target, MAX(c->received, 1), c->proven,
				     error)) {
			return false;
		}
	}
	return true;
}

bool
trust_correspondent_note(Store *store, const TrustCorrespondent *c, const char *const *link_hosts,
			 GError **error)
{
	bool unchecked = false;
	int64_t id = 0;
	StoreDomainEvent event = {.received = MAX(c->received, 1), .direct = c->direct};
	g_autofree char *name = trust_domain_registrable(trust_domain_host(c->address), &unchecked);
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	return tx != NULL && (name == NULL || is_held(store, c, name, &event.held, error)) &&
	       count_domain(store, name, &event, &id, error) && note_caller(store, c, error) &&
	       note_links(store, id, c, link_hosts, error) && store_commit(tx, error);
}

bool
trust_correspondent_written(Store *store, const char *address, GError **error)
{
	bool unchecked = false;
	int64_t id = 0;
	const TrustCorrespondent c = {.address = address};
	const StoreDomainEvent event = {0};
	g_autofree char *name = trust_domain_registrable(trust_domain_host(address), &unchecked);
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	return tx != NULL && count_domain(store, name, &event, &id, error) &&
	       note_caller(store, &c, error) && store_commit(tx, error);
}
