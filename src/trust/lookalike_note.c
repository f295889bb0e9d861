/* SPDX-License-Identifier: MPL-2.0 */
/* Remembering correspondents, so that others who resemble them are noticed. */
#include "trust/lookalike.h"
#include "trust/lookalike_fold.h"
#include "trust/lookalike_known.h"
#include "trust/lookalike_name.h"

#include <string.h>

static bool
add_domain(Store *store, const char *name, const StoreDomainEvent *event, int64_t *id,
	   GError **error)
{
	g_autoptr(TrustDomain) domain = trust_domain_new(name);
	return store_domain_add(store, name, domain == NULL ? name : domain->coarse, error) &&
	       store_domain_count(store, name, event, id, error);
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
	bool named = c->direct && c->display != NULL && *c->display != '\0' &&
		     strlen(c->display) <= TRUST_NAME_MAX;
	const char *display = named ? c->display : NULL;
	bool known = false;
	bool unchecked = false;
	if (!store_caller_known(store, c->address, display, &known, error)) {
		return false;
	}
	if (known) {
		return true;
	}
	g_autofree char *name_key = named ? trust_name_key(display, &unchecked) : NULL;
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
note_links(Store *store, int64_t domain, const char *name, const char *const *hosts, int64_t time,
	   GError **error)
{
	for (size_t i = 0; hosts != NULL && hosts[i] != NULL && i < TRUST_ALIKE_LINKS; i++) {
		g_autofree char *target = trust_link_target(hosts[i]);
		if (target != NULL && strcmp(target, name) != 0 &&
		    !store_link_note(store, domain, target, time, error)) {
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
	const StoreDomainEvent event = {MAX(c->received, 1), c->direct};
	g_autofree char *name = trust_domain_registrable(trust_domain_host(c->address), &unchecked);
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	return tx != NULL && count_domain(store, name, &event, &id, error) &&
	       note_caller(store, c, error) &&
	       (id == 0 || note_links(store, id, name, link_hosts, event.received, error)) &&
	       store_commit(tx, error);
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
