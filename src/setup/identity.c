/* SPDX-License-Identifier: MPL-2.0 */
/* One identity on all devices (design.md 3.1): look first, then make keys. */
#include "base/secret.h"
#include "setup/run.h"
#include "setup/transfer.h"

SetupMailbox *
setup_open_mailbox(const ProxyAccount *account, const char *password, GError **error)
{
	if (account->imap == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
				      "%s has no IMAP server to look into", account->address);
	}
	g_autoptr(NetTrust) trust = net_trust_new(account->tls_ca, error);
	return trust == NULL
		       ? NULL
		       : setup_mailbox_open(account->imap, trust, account->user, password, error);
}

static bool
take_account(SetupRun *run, PsAccount *account, SetupOwn own)
{
	if (account == NULL) {
		return false;
	}
	run->report->own = own;
	run->report->root = g_strdup(account->root_fingerprint);
	run->report->name = g_strdup(account->name);
	ps_account_free(account);
	return true;
}

static bool
make(SetupRun *run, GError **error)
{
	return take_account(run,
			    ps_engine_add_account(run->engine, run->address.address,
						  run->wish->name, PS_PROFILE_COMPATIBLE,
						  PS_MODE_AUTO, error),
			    SETUP_OWN_MADE);
}

/* NULL without @error: this one does not open. */
static PsAccount *
open_transfer(SetupRun *run, const SetupTransfer *transfer, const char *code)
{
	g_autoptr(GBytes) backup =
		setup_transfer_read(base_bytes_of(transfer->message), run->address.address);
	return backup == NULL ? NULL
			      : ps_engine_join_account(run->engine, run->address.address, backup,
						       code, NULL);
}

static bool
join(SetupRun *run, SetupMailbox *mailbox, GError **error)
{
	g_autoptr(BaseSecretString) code = setup_code_normalise(run->wish->join_code);
	if (code == NULL) {
		return base_fail(error, PS_ERROR_ARGUMENT,
				 "this is no one-time code: it has 25 letters and digits");
	}
	g_autoptr(GPtrArray) transfers = setup_mailbox_transfers(mailbox, error);
	for (guint i = 0; transfers != NULL && i < transfers->len; i++) {
		const SetupTransfer *transfer = g_ptr_array_index(transfers, i);
		PsAccount *account = open_transfer(run, transfer, code);
		if (account == NULL) {
			continue;
		}
		if (!setup_mailbox_delete(mailbox, transfer->uid, NULL)) {
			setup_note(run->report, "The message with the keys could not be deleted "
						"from INBOX: please do that.");
		}
		return take_account(run, account, SETUP_OWN_JOINED);
	}
	return transfers != NULL &&
	       base_fail(error, PS_ERROR_PASSPHRASE,
			 transfers->len == 0
				 ? "no keys wait in the mailbox: run `postseal setup ADDRESS "
				   "--share` on the other device"
				 : "the code does not open the keys in the mailbox: try again, or "
				   "share them anew");
}

static void
wait_for_choice(SetupRun *run)
{
	const char *address = run->address.address;
	run->report->own = SETUP_OWN_WAITING;
	setup_note(run->report,
		   "Another device has keys for %s already, so none were made and nothing is "
		   "signed. To use the same keys here: run `postseal setup %s --share` there and "
		   "`postseal setup %s --join-code CODE` here, or `postseal account add %s --join "
		   "BACKUP`. To begin with new keys, which your correspondents will notice: "
		   "`postseal setup %s --replace`.",
		   address, address, address, address, address);
}

static bool
look(SetupRun *run, SetupMailbox *mailbox, GError **error)
{
	SetupReport *report = run->report;
	if (!setup_mailbox_look(mailbox, run->engine, run->address.address, &report->found_root,
				&report->seen, error)) {
		return false;
	}
	report->looked = true;
	if (report->found_root == NULL || run->wish->replace) {
		return make(run, error);
	}
	wait_for_choice(run);
	return true;
}

static bool
replace(SetupRun *run, GError **error)
{
	return take_account(
		run,
		ps_engine_rotate_account(run->engine, run->address.address, TRUE, FALSE, error),
		SETUP_OWN_MADE);
}

/* Without a look, for want of a password. */
static bool
make_unseen(SetupRun *run, GError **error)
{
	if (run->wish->join_code != NULL) {
		return base_fail(error, PS_ERROR_ARGUMENT,
				 run->account->imap == NULL
					 ? "the keys are in your mailbox, and it has no IMAP "
					   "server to get them from: name it with --imap"
					 : "the keys are in your mailbox: give its password "
					   "with --password-file FILE");
	}
	const char *address = run->address.address;
	if (!run->wish->replace && run->account->imap == NULL) {
		setup_note(run->report,
			   "Nobody could look whether another device of yours has keys for this "
			   "address: that needs an IMAP server. If one has: `postseal backup FILE` "
			   "there, and here `postseal account remove %s` and `postseal account add "
			   "%s --join FILE`.",
			   address, address);
	} else if (!run->wish->replace) {
		setup_note(
			run->report,
			"Nobody looked whether another device of yours has keys for this "
			"address. If one may: `postseal account remove %s`, then `postseal setup "
			"%s --password-file FILE`.",
			address, address);
	}
	return make(run, error);
}

bool
setup_identity(SetupRun *run, GError **error)
{
	g_autoptr(GError) none = NULL;
	const SetupWish *wish = run->wish;
	PsAccount *account = ps_engine_get_account(run->engine, run->address.address, &none);
	if (account != NULL && !wish->replace && wish->join_code == NULL) {
		return take_account(run, account, SETUP_OWN_THERE);
	}
	if (account != NULL) {
		ps_account_free(account);
		return wish->replace ? replace(run, error)
				     : base_fail(error, PS_ERROR_EXISTS,
						 "the account has keys: remove it first with "
						 "`postseal account remove %s`",
						 run->address.address);
	}
	if (!g_error_matches(none, PS_ERROR, PS_ERROR_UNAVAILABLE) &&
	    !g_error_matches(none, PS_ERROR, PS_ERROR_NOT_FOUND)) {
		g_propagate_error(error, g_steal_pointer(&none));
		return false;
	}
	if (wish->password == NULL || run->account->imap == NULL) {
		return make_unseen(run, error);
	}
	g_autoptr(SetupMailbox) mailbox = setup_open_mailbox(run->account, wish->password, error);
	if (mailbox == NULL) {
		g_prefix_error(error, "nothing was set up: ");
		return false;
	}
	return wish->join_code != NULL ? join(run, mailbox, error) : look(run, mailbox, error);
}

char *
setup_share(PsEngine *engine, const SetupPlace *place, const char *address, const char *password,
	    GError **error)
{
	g_auto(SetupAddress) parsed = {0};
	if (!setup_address_parse(address, &parsed, error)) {
		return NULL;
	}
	g_autoptr(PsAccount) own = ps_engine_get_account(engine, parsed.address, error);
	g_autoptr(ProxyConfig) config =
		own == NULL ? NULL : proxy_config_load(place->config, error);
	const ProxyAccount *account =
		config == NULL ? NULL : proxy_config_find(config, parsed.address);
	if (account == NULL) {
		return config == NULL ? NULL
				      : BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
						       "%s is not set up: run `postseal setup %s`",
						       parsed.address, parsed.address);
	}
	g_autofree char *code = setup_code_new();
	g_autoptr(BaseSecretString) secret = setup_code_normalise(code);
	g_autoptr(SetupMailbox) mailbox = setup_open_mailbox(account, password, error);
	g_autoptr(GBytes) backup =
		mailbox == NULL ? NULL
				: ps_engine_backup_account(engine, parsed.address, secret, error);
	if (backup == NULL) {
		return NULL;
	}
	g_autoptr(GBytes) message = setup_transfer_write(parsed.address, backup);
	return setup_mailbox_append(mailbox, message, error) ? g_steal_pointer(&code) : NULL;
}
