/* SPDX-License-Identifier: MPL-2.0 */
#include "engine/align.h"

#include "cert/address.h"
#include "engine/facts.h"
#include "mime/authres.h"
#include "store/account.h"
#include "store/sent.h"
#include "store/setting.h"
#include "trust/lookalike_compare.h"

static char *
setting_of(const char *account)
{
	return g_strdup_printf("authserv-id:%s", account);
}

bool
align_set_authserv_id(Store *store, const char *account, const char *id, GError **error)
{
	g_autofree char *key = setting_of(account);
	return store_setting_set(store, key, id, error);
}

bool
align_get_authserv_id(Store *store, const char *account, char **out, GError **error)
{
	g_autofree char *key = setting_of(account);
	return store_setting_get(store, key, out, error);
}

static const StoreAccount *
named_in(const MimeHeader *header, const char *field, const GPtrArray *accounts)
{
	g_autoptr(GPtrArray) mailboxes = mime_addresses_of(header, field, NULL);
	for (guint i = 0; i < accounts->len; i++) {
		const StoreAccount *account = g_ptr_array_index(accounts, i);
		for (guint m = 0; m < mailboxes->len; m++) {
			const MimeMailbox *mailbox = g_ptr_array_index(mailboxes, m);
			if (mime_addr_spec_equal(mailbox->address, account->address)) {
				return account;
			}
		}
	}
	return NULL;
}

/*
 * Whose border server looked at the message. Each server only removes forged fields of its own
 * name, so the name of another account's server must not count: where it cannot be told which
 * account got the message, none does.
 */
static const StoreAccount *
account_that_got_it(const MimeHeader *outer, const GPtrArray *accounts)
{
	static const char *const FIELDS[] = {"Delivered-To", "To", "Cc"};
	if (accounts->len == 1) {
		return g_ptr_array_index(accounts, 0);
	}
	const StoreAccount *found = NULL;
	for (size_t i = 0; found == NULL && i < G_N_ELEMENTS(FIELDS); i++) {
		found = named_in(outer, FIELDS[i], accounts);
	}
	return found;
}

/* RFC 7489 section 3.1.1, relaxed: the same registrable domain. */
static bool
same_organization(const char *a, const char *b)
{
	bool unchecked = false;
	g_autofree char *one = trust_domain_registrable(a, &unchecked);
	g_autofree char *other = trust_domain_registrable(b, &unchecked);
	return unchecked ? strcmp(a, b) == 0 : g_strcmp0(one, other) == 0 && one != NULL;
}

static bool
is_authentic(Judgement *j, Store *store, bool *out, GError **error)
{
	g_autoptr(GPtrArray) accounts = store_account_list(store, error);
	const StoreAccount *account =
		accounts == NULL ? NULL : account_that_got_it(j->layers->outer, accounts);
	g_autofree char *id = NULL;
	if (account == NULL) {
		return accounts != NULL;
	}
	if (!align_get_authserv_id(store, account->address, &id, error)) {
		return false;
	}
	MimeAuthres results = {0};
	if (id != NULL) {
		mime_authres_read(j->layers->outer, id, strrchr(j->from, '@') + 1,
				  same_organization, &results);
	}
	*out = results.dmarc_pass || (results.dkim_aligned && !results.dmarc_fail);
	return true;
}

/* In-Reply-To only: a Message-ID in References has been seen by everybody in the thread. */
static bool
answers_us(const Judgement *j, Store *store, bool *out, GError **error)
{
	g_autoptr(GPtrArray) ids = facts_in_reply_to(j->protection->display);
	for (guint i = 0; i < ids->len && !*out; i++) {
		if (!store_sent_only_to(store, g_ptr_array_index(ids, i), j->from, out, error)) {
			return false;
		}
	}
	return true;
}

bool
align(Judgement *j, Store *store, GError **error)
{
	bool authentic = false;
	bool answers = false;
	if (j->from == NULL || j->protection->from_mismatch) {
		return true;
	}
	if (!is_authentic(j, store, &authentic, error) || !answers_us(j, store, &answers, error)) {
		return false;
	}
	j->aligned = authentic || answers;
	return true;
}
