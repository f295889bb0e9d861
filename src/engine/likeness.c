/* SPDX-License-Identifier: MPL-2.0 */
/* Does the sender only look like somebody known, and do its links lead where they always did? */
#include "engine/likeness.h"

#include "engine/facts.h"
#include "engine/judge.h"
#include "engine/keyfield.h"
#include "mime/address.h"
#include "store/account.h"

#define IMITATED_FILE "imitated-names" /* in the home: names and domains that others imitate */

char *
likeness_imitated_file(PsEngine *engine)
{
	return g_build_filename(core_home(engine), IMITATED_FILE, NULL);
}

static GPtrArray *
own_addresses(PsEngine *engine, GError **error)
{
	g_autoptr(GPtrArray) accounts = core_accounts(engine, error);
	if (accounts == NULL) {
		return NULL;
	}
	GPtrArray *own = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < accounts->len; i++) {
		const StoreAccount *account = g_ptr_array_index(accounts, i);
		g_ptr_array_add(own, g_strdup(account->address));
	}
	g_ptr_array_add(own, NULL);
	return own;
}

static bool
is_ours(const GPtrArray *own, const char *address)
{
	return g_strv_contains((const char *const *)own->pdata, address);
}

static bool
is_calendar(const Judgement *j)
{
	return facts_is_calendar(j->layers->outer);
}

/* Some mail gets the key in the header only: then a signature is not missing. The field can be
 * copied from another message together with its Message-ID and Date, so by itself it excuses
 * nothing. */
static bool
find_travelling_key(Judgement *j, Store *store, GError **error)
{
	g_autoptr(CertInfo) leaf = NULL;
	g_autoptr(CertInfo) root = NULL;
	g_autoptr(StoreIdentity) pin = NULL;
	if (j->holds || !j->history.usually_signs || !(j->aligned || is_calendar(j)) ||
	    !keyfield_read(j, &leaf, &root)) {
		return true;
	}
	if (!store_identity_pin(store, j->from, &pin, error)) {
		return false;
	}
	j->key_travels = pin != NULL && strcmp(pin->root_fingerprint, root->fingerprint) == 0;
	return true;
}

/* From fields that no two programs read alike have no author here, but readers see one. */
static bool
judge_odd(Judgement *j, Store *store, const GPtrArray *own, GError **error)
{
	const MimeField *field = mime_header_find(j->protection->display, "From");
	MimeAddressFlags flags = 0;
	g_autoptr(GPtrArray) list =
		field == NULL ? NULL : mime_addresses_parse(field->value, &flags);
	if (list == NULL || list->len != 1) {
		return true;
	}
	const MimeMailbox *mailbox = g_ptr_array_index(list, 0);
	g_autofree char *imitated = likeness_imitated_file(j->layers->engine);
	TrustAlikeQuestion question = {
		.address = mailbox->address,
		.display = mailbox->display,
		.received = j->received,
		.own = (const char *const *)own->pdata,
		.imitated_path = imitated,
	};
	if (!trust_lookalike(store, &question, &j->alike, error)) {
		return false;
	}
	g_clear_pointer(&j->alike.shown, g_free);
	return true;
}

bool
judge_likeness(Judgement *j, GError **error)
{
	Store *store = core_store(j->layers->engine, error);
	g_autoptr(GPtrArray) own = store == NULL ? NULL : own_addresses(j->layers->engine, error);
	if (own == NULL) {
		return false;
	}
	if (j->from == NULL) {
		return judge_odd(j, store, own, error);
	}
	if (is_ours(own, j->from)) {
		return true;
	}
	g_auto(MimeFrom) from = mime_from_read(j->protection->display);
	g_autofree const char **hosts = judgement_link_hosts(j);
	g_autofree char *imitated = likeness_imitated_file(j->layers->engine);
	bool vouched = j->holds && j->names_from;
	TrustAlikeQuestion question = {
		.address = j->from,
		.display = from.mailbox == NULL ? NULL : from.mailbox->display,
		.organization = j->proof.key,
		.received = j->received,
		.own = (const char *const *)own->pdata,
		.link_hosts = hosts,
		.unsigned_or_first = !vouched || j->history.state == TRUST_HISTORY_FIRST,
		.imitated_path = imitated,
	};
	return find_travelling_key(j, store, error) &&
	       trust_lookalike(store, &question, &j->alike, error);
}

char *
likeness_of_recipient(PsEngine *engine, const TrustRecipient *recipient)
{
	Store *store = recipient->known ? NULL : core_store(engine, NULL);
	g_autoptr(GPtrArray) own = store == NULL ? NULL : own_addresses(engine, NULL);
	if (own == NULL || is_ours(own, recipient->address)) {
		return NULL;
	}
	g_autofree char *imitated = likeness_imitated_file(engine);
	TrustAlikeQuestion question = {
		.address = recipient->address,
		.own = (const char *const *)own->pdata,
		.imitated_path = imitated,
	};
	g_auto(TrustAlike) alike = {0};
	return trust_lookalike(store, &question, &alike, NULL) ? g_steal_pointer(&alike.domain_like)
							       : NULL;
}
