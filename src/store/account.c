/* SPDX-License-Identifier: MPL-2.0 */
#include "store/account.h"

#include "store/key.h"
#include "store/sqlite.h"

static const char *const forms[] = {
	[STORE_FORM_AUTO] = "auto",
	[STORE_FORM_SIGNATURE] = "signature",
	[STORE_FORM_UNOBTRUSIVE] = "unobtrusive",
	[STORE_FORM_HEADER] = "header",
};

static const char *const states[] = {
	[STORE_ACCOUNT_READY] = "ready",
	[STORE_ACCOUNT_WAITING] = "waiting",
};

void
store_account_free(StoreAccount *account)
{
	if (account == NULL) {
		return;
	}
	g_free(account->address);
	g_free(account->name);
	g_free(account->profile);
	g_free(account);
}

const char *
store_form_name(StoreForm form)
{
	return forms[form];
}

bool
store_form_parse(const char *name, StoreForm *out)
{
	unsigned value = 0;
	if (!store_name_parse(forms, G_N_ELEMENTS(forms), name, &value)) {
		return false;
	}
	*out = (StoreForm)value;
	return true;
}

const char *
store_account_state_name(StoreAccountState state)
{
	return states[state];
}

bool
store_account_put(Store *store, const StoreAccount *account, GError **error)
{
	static const char sql[] =
		"INSERT INTO account(address, name, profile, mode, state, modern_announce, created)"
		" VALUES(?,?,?,?,?,?,?) ON CONFLICT(address) DO UPDATE SET name=excluded.name,"
		" profile=excluded.profile, mode=excluded.mode, state=excluded.state,"
		" modern_announce=excluded.modern_announce, created=excluded.created";
	return store_run(store, sql,
			 ARGS(TEXT(account->address),
			      TEXT(account->name == NULL ? "" : account->name),
			      TEXT(account->profile), TEXT(forms[account->mode]),
			      TEXT(states[account->state]), INT(account->modern_announce),
			      INT(account->created)),
			 error);
}

#define COLUMNS "address, name, profile, mode, state, modern_announce, created"

static gpointer
read_account(StoreRows *row)
{
	StoreAccount *account = g_new0(StoreAccount, 1);
	account->address = store_column_text(row, 0);
	account->name = store_column_text(row, 1);
	account->profile = store_column_text(row, 2);
	account->mode = store_column_enum(row, 3, forms, G_N_ELEMENTS(forms));
	account->state = store_column_enum(row, 4, states, G_N_ELEMENTS(states));
	account->modern_announce = store_column_bool(row, 5);
	account->created = store_column_int(row, 6);
	return account;
}

bool
store_account_get(Store *store, const char *address, StoreAccount **out, GError **error)
{
	static const char sql[] = "SELECT " COLUMNS " FROM account WHERE address=?";
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(TEXT(address)), error);
	gpointer account = NULL;
	if (!store_first(rows, read_account, &account, error)) {
		return false;
	}
	*out = account;
	return true;
}

GPtrArray *
store_account_list(Store *store, GError **error)
{
	static const char sql[] = "SELECT " COLUMNS " FROM account ORDER BY address";
	g_autoptr(StoreRows) rows = store_query(store, sql, NO_ARGS, error);
	return store_collect(rows, read_account, (GDestroyNotify)store_account_free, error);
}

bool
store_account_remove(Store *store, const char *address, int64_t now, GError **error)
{
	static const char remove_row[] = "DELETE FROM account WHERE address=?";
	static const char retire[] = "UPDATE own_key SET current=0, retired_at=?2"
				     " WHERE address=?1 AND current";
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	int64_t removed = 0;
	if (tx == NULL ||
	    !store_run_count(store, remove_row, ARGS(TEXT(address)), &removed, error)) {
		return false;
	}
	if (removed == 0) {
		return base_fail(error, PS_ERROR_NOT_FOUND, "there is no account %s", address);
	}
	return store_run(store, retire, ARGS(TEXT(address), INT(now)), error) &&
	       store_commit(tx, error);
}
