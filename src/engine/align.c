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

/*
 * The address that the last server delivered to: Delivered-To above the topmost Received field,
 * where nobody before it could write. NULL if it did not say. (transfer full)
 */
static char *
delivered_to(const MimeHeader *outer)
{
	for (guint i = 0; i < mime_header_length(outer); i++) {
		const MimeField *field = mime_header_at(outer, i);
		if (g_ascii_strcasecmp(field->name, "Received") == 0) {
			return NULL;
		}
		if (g_ascii_strcasecmp(field->name, "Delivered-To") == 0 &&
		    mime_header_count(outer, "Received") > 0) {
			g_autofree char *value = g_strstrip(g_strdup(field->value));
			return cert_address_normalise(value);
		}
	}
	return NULL;
}

/* All accounts have the same server, so that it does not matter which one got the message. */
static bool
have_one_server(Store *store, const GPtrArray *accounts, char **id, GError **error)
{
	g_autofree char *first = NULL;
	for (guint i = 0; i < accounts->len; i++) {
		const StoreAccount *account = g_ptr_array_index(accounts, i);
		g_autofree char *other = NULL;
		if (!align_get_authserv_id(store, account->address, &other, error)) {
			return false;
		}
		if (other == NULL || (i > 0 && g_ascii_strcasecmp(first, other) != 0)) {
			return true;
		}
		g_free(first);
		first = g_steal_pointer(&other);
	}
	*id = g_steal_pointer(&first);
	return true;
}

/*
 * The name of the server that looked at the message, NULL if it cannot be told. Each server only
 * removes forged fields of its own name, so the name of another account's server must not count; To
 * and Cc are the sender's words.
 */
static bool
find_server(const Judgement *j, Store *store, char **id, GError **error)
{
	PsEngine *engine = j->layers->engine;
	g_autoptr(GPtrArray) accounts = core_accounts(engine, error);
	if (accounts == NULL || !have_one_server(store, accounts, id, error)) {
		return false;
	}
	g_autofree char *address = *id == NULL ? delivered_to(j->layers->outer) : NULL;
	return address == NULL || !core_is_within(engine, address) ||
	       align_get_authserv_id(store, address, id, error);
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
is_authentic(const Judgement *j, Store *store, bool *out, GError **error)
{
	g_autofree char *id = NULL;
	MimeAuthres results = {0};
	if (!find_server(j, store, &id, error)) {
		return false;
	}
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
		StoreAnswer answer = {g_ptr_array_index(ids, i), j->from, j->message_key};
		if (!store_sent_only_to(store, &answer, out, error)) {
			return false;
		}
	}
	return true;
}

static bool
is_for_others(const Judgement *j, const char *field, const GPtrArray *accounts)
{
	g_autoptr(GPtrArray) mailboxes = mime_addresses_of(j->protection->display, field, NULL);
	for (guint i = 0; i < mailboxes->len; i++) {
		const MimeMailbox *mailbox = g_ptr_array_index(mailboxes, i);
		if (!core_accounts_hold(accounts, mailbox->address)) {
			return true;
		}
	}
	return false;
}

bool
align_note_answer(const Judgement *j, Store *store, GError **error)
{
	g_autoptr(GPtrArray) accounts = core_accounts(j->layers->engine, error);
	g_autoptr(GPtrArray) ids = facts_in_reply_to(j->protection->display);
	if (accounts == NULL) {
		return false;
	}
	bool told =
		!j->direct || is_for_others(j, "To", accounts) || is_for_others(j, "Cc", accounts);
	bool done = true;
	for (guint i = 0; done && told && i < ids->len; i++) {
		StoreAnswer answer = {g_ptr_array_index(ids, i), j->from, j->message_key};
		done = store_sent_told(store, &answer, error);
	}
	return done;
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
