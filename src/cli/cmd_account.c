/* SPDX-License-Identifier: MPL-2.0 */
/* account add, list, show, remove, cert, export, import, rotate, set. */
#include "cli.h"
#include "enums.h"

#include <stdio.h>
#include <string.h>

static int
print_account(Cli *cli, const PsAccount *account)
{
	if (cli->json) {
		g_autofree char *json = ps_account_to_json(account);
		return cli_print(cli, json);
	}
	g_autoptr(GDateTime) expires = g_date_time_new_from_unix_utc(account->expires);
	g_autofree char *until = g_date_time_format(expires, "%Y-%m-%d");
	g_autofree char *text =
		g_strdup_printf("%s\n"
				"  name     %s\n"
				"  profile  %s, mode %s\n"
				"  root     %s\n"
				"  leaf     %s, until %s",
				account->address, account->name[0] == '\0' ? "-" : account->name,
				ps_enum_nick(PS_TYPE_PROFILE, (int)account->profile),
				ps_enum_nick(PS_TYPE_MODE, (int)account->mode),
				account->root_fingerprint, account->leaf_fingerprint, until);
	return cli_print(cli, text);
}

static gboolean
parse_word(Cli *cli, GType type, const char *what, const char *word, int *value, int *code)
{
	if (word == NULL || ps_enum_parse(type, word, value)) {
		return TRUE;
	}
	*code = cli_fail(cli, CLI_USAGE, "\"%s\" is no %s: see `postseal account add --help`", word,
			 what);
	return FALSE;
}

static PsAccount *
import_file(Cli *cli, const char *address, const char *path, const char *passphrase_file,
	    PsMode mode, int *code)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) p12 = cli_read_file(cli, path, code);
	if (p12 == NULL) {
		return NULL;
	}
	char *passphrase = cli_passphrase(cli, passphrase_file, FALSE, code);
	if (passphrase == NULL) {
		return NULL;
	}
	PsAccount *account =
		ps_engine_import_account(cli->engine, address, p12, passphrase, mode, &error);
	cli_forget(passphrase);
	if (account == NULL) {
		*code = cli_error(cli, error);
	}
	return account;
}

typedef struct {
	char *name;
	char *profile;
	char *mode;
	char *p12;
	char *join;
	char *passphrase_file;
	gboolean replace; /* the keys of the account that is there give way to new ones */
	int profile_value;
	int mode_value;
} AddOptions;

static void
add_options_clear(AddOptions *options)
{
	g_free(options->name);
	g_free(options->profile);
	g_free(options->mode);
	g_free(options->p12);
	g_free(options->join);
	g_free(options->passphrase_file);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AddOptions, add_options_clear)

/* --join: one identity on all devices. */
static PsAccount *
join_account(Cli *cli, const char *address, const AddOptions *options, int *code)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) backup = cli_read_file(cli, options->join, code);
	char *passphrase =
		backup == NULL ? NULL : cli_passphrase(cli, options->passphrase_file, FALSE, code);
	if (passphrase == NULL) {
		return NULL;
	}
	PsAccount *account =
		ps_engine_join_account(cli->engine, address, backup, passphrase, &error);
	cli_forget(passphrase);
	if (account == NULL) {
		*code = cli_error(cli, error);
	}
	return account;
}

static PsAccount *
make_account(Cli *cli, const char *address, const AddOptions *options, int *code)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsAccount) old =
		options->replace ? ps_engine_get_account(cli->engine, address, NULL) : NULL;
	PsAccount *account = NULL;
	if (old == NULL || ps_engine_remove_account(cli->engine, address, &error)) {
		account = ps_engine_add_account(cli->engine, address, options->name,
						(PsProfile)options->profile_value,
						(PsMode)options->mode_value, &error);
	}
	if (account == NULL) {
		*code = cli_error(cli, error);
	}
	return account;
}

/* The file says nothing of how the person is called. */
static PsAccount *
import_named(Cli *cli, const char *address, const AddOptions *options, int *code)
{
	g_autoptr(GError) error = NULL;
	PsAccount *account = import_file(cli, address, options->p12, options->passphrase_file,
					 (PsMode)options->mode_value, code);
	if (account == NULL || options->name == NULL) {
		return account;
	}
	g_clear_pointer(&account, ps_account_free);
	if (ps_engine_set_account_name(cli->engine, address, options->name, &error)) {
		account = ps_engine_get_account(cli->engine, address, &error);
	}
	if (account == NULL) {
		*code = cli_error(cli, error);
	}
	return account;
}

static PsAccount *
take_account(Cli *cli, const char *address, const AddOptions *options, int *code)
{
	if (options->join != NULL) {
		return join_account(cli, address, options, code);
	}
	return options->p12 != NULL ? import_named(cli, address, options, code)
				    : make_account(cli, address, options, code);
}

int
cmd_account_add(Cli *cli, int argc, char **argv)
{
	g_auto(AddOptions)
		options = {.profile_value = PS_PROFILE_COMPATIBLE, .mode_value = PS_MODE_AUTO};
	const GOptionEntry entries[] = {
		{"name", 0, 0, G_OPTION_ARG_STRING, &options.name,
		 "The person's name, as readers will see it", "NAME"},
		{"profile", 0, 0, G_OPTION_ARG_STRING, &options.profile,
		 "compatible (default), rsa2048, p256 or modern", "PROFILE"},
		{"mode", 0, 0, G_OPTION_ARG_STRING, &options.mode,
		 "How the key travels: auto (default), signature, unobtrusive or header", "MODE"},
		{"p12", 0, 0, G_OPTION_ARG_FILENAME, &options.p12,
		 "Take the keys from a PKCS#12 file", "FILE"},
		{"join", 0, 0, G_OPTION_ARG_FILENAME, &options.join,
		 "Take the keys from a backup of another device", "BUNDLE"},
		{"passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &options.passphrase_file,
		 "Holds the passphrase of the file", "FILE"},
		{"replace", 0, 0, G_OPTION_ARG_NONE, &options.replace,
		 "Make new keys for an account that is there", NULL},
		G_OPTION_ENTRY_NULL,
	};
	int code = CLI_OK;
	if (!cli_options(cli, entries, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, 1, &code) ||
	    !parse_word(cli, PS_TYPE_PROFILE, "profile", options.profile, &options.profile_value,
			&code) ||
	    !parse_word(cli, PS_TYPE_MODE, "mode", options.mode, &options.mode_value, &code)) {
		return code;
	}
	if (options.profile_value == PS_PROFILE_IMPORTED) {
		return cli_fail(cli, CLI_USAGE, "keys are imported with --p12 FILE");
	}
	if ((options.join != NULL) + (options.p12 != NULL) + options.replace > 1) {
		return cli_fail(cli, CLI_USAGE, "--p12, --join and --replace exclude each other");
	}
	g_autoptr(PsAccount) account = take_account(cli, argv[1], &options, &code);
	return account == NULL ? code : print_account(cli, account);
}

int
cmd_account_list(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 0, 0, &code)) {
		return code;
	}
	g_autoptr(GPtrArray) accounts = ps_engine_list_accounts(cli->engine, &error);
	if (accounts == NULL) {
		return cli_error(cli, error);
	}
	for (guint i = 0; i < accounts->len && code == CLI_OK; i++) {
		code = print_account(cli, g_ptr_array_index(accounts, i));
	}
	if (accounts->len == 0 && !cli->json) {
		return cli_print(
			cli,
			"There is no account yet; make one with `postseal account add ADDRESS`.");
	}
	return code;
}

int
cmd_account_show(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, 1, &code)) {
		return code;
	}
	g_autoptr(PsAccount) account = ps_engine_get_account(cli->engine, argv[1], &error);
	return account == NULL ? cli_error(cli, error) : print_account(cli, account);
}

int
cmd_account_remove(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, 1, &code)) {
		return code;
	}
	return ps_engine_remove_account(cli->engine, argv[1], &error) ? CLI_OK
								      : cli_error(cli, error);
}

/* RFC 7468: base64 in lines of 64. */
static GBytes *
to_pem(GBytes *der)
{
	gsize n = 0;
	const guchar *data = g_bytes_get_data(der, &n);
	g_autofree char *text = g_base64_encode(data, n);
	GString *pem = g_string_new("-----BEGIN CERTIFICATE-----\n");
	for (const char *p = text; *p != '\0'; p += MIN(strlen(p), 64)) {
		g_string_append_printf(pem, "%.64s\n", p);
	}
	g_string_append(pem, "-----END CERTIFICATE-----\n");
	return g_string_free_to_bytes(pem);
}

int
cmd_account_cert(Cli *cli, int argc, char **argv)
{
	gboolean root = FALSE;
	gboolean pem = FALSE;
	gboolean der = FALSE;
	const GOptionEntry entries[] = {
		{"root", 0, 0, G_OPTION_ARG_NONE, &root, "The root instead of the leaf", NULL},
		{"pem", 0, 0, G_OPTION_ARG_NONE, &pem, "As PEM (default)", NULL},
		{"der", 0, 0, G_OPTION_ARG_NONE, &der, "As DER", NULL},
		G_OPTION_ENTRY_NULL,
	};
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, entries, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, 1, &code)) {
		return code;
	}
	if (pem && der) {
		return cli_fail(cli, CLI_USAGE, "--pem and --der exclude each other");
	}
	g_autoptr(GBytes) certificate =
		ps_engine_get_certificate(cli->engine, argv[1], root, &error);
	if (certificate == NULL) {
		return cli_error(cli, error);
	}
	g_autoptr(GBytes) text = der ? g_bytes_ref(certificate) : to_pem(certificate);
	return cli_write(cli, text);
}

int
cmd_account_export(Cli *cli, int argc, char **argv)
{
	g_autofree char *p12 = NULL;
	g_autofree char *passphrase_file = NULL;
	gboolean modern = FALSE;
	const GOptionEntry entries[] = {
		{"p12", 0, 0, G_OPTION_ARG_FILENAME, &p12,
		 "Write to this file (- is standard output)", "FILE"},
		{"modern", 0, 0, G_OPTION_ARG_NONE, &modern,
		 "AES-256 instead of what old programs read", NULL},
		{"passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &passphrase_file,
		 "Holds the passphrase", "FILE"},
		G_OPTION_ENTRY_NULL,
	};
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, entries, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, 1, &code)) {
		return code;
	}
	if (p12 == NULL) {
		return cli_fail(cli, CLI_USAGE, "where to? name a file with --p12 FILE");
	}
	char *passphrase = cli_passphrase(cli, passphrase_file, TRUE, &code);
	if (passphrase == NULL) {
		return code;
	}
	g_autoptr(GBytes) file =
		ps_engine_export_account(cli->engine, argv[1], passphrase, modern, &error);
	cli_forget(passphrase);
	return file == NULL ? cli_error(cli, error) : cli_write_file(cli, p12, file);
}

int
cmd_account_import(Cli *cli, int argc, char **argv)
{
	g_autofree char *passphrase_file = NULL;
	const GOptionEntry entries[] = {
		{"passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &passphrase_file,
		 "Holds the passphrase", "FILE"},
		G_OPTION_ENTRY_NULL,
	};
	int code = CLI_OK;
	if (!cli_options(cli, entries, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, 1, &code)) {
		return code;
	}
	g_autoptr(PsAccount) account =
		import_file(cli, NULL, argv[1], passphrase_file, PS_MODE_AUTO, &code);
	return account == NULL ? code : print_account(cli, account);
}

int
cmd_account_rotate(Cli *cli, int argc, char **argv)
{
	gboolean new_root = FALSE;
	gboolean compromised = FALSE;
	const GOptionEntry entries[] = {
		{"new-root", 0, 0, G_OPTION_ARG_NONE, &new_root,
		 "A new identity, which correspondents will notice", NULL},
		{"compromised", 0, 0, G_OPTION_ARG_NONE, &compromised,
		 "The old key may be known to others: revoke it", NULL},
		G_OPTION_ENTRY_NULL,
	};
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, entries, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, 1, &code)) {
		return code;
	}
	g_autoptr(PsAccount) account =
		ps_engine_rotate_account(cli->engine, argv[1], new_root, compromised, &error);
	return account == NULL ? cli_error(cli, error) : print_account(cli, account);
}

int
cmd_account_set(Cli *cli, int argc, char **argv)
{
	g_autofree char *authserv_id = NULL;
	const GOptionEntry entries[] = {
		{"authserv-id", 0, 0, G_OPTION_ARG_STRING, &authserv_id,
		 "Your mail server's name in Authentication-Results fields; \"\" for none", "NAME"},
		G_OPTION_ENTRY_NULL,
	};
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, entries, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, 1, &code)) {
		return code;
	}
	if (authserv_id == NULL) {
		return cli_fail(cli, CLI_USAGE, "what shall change? name it with --authserv-id");
	}
	const char *id = authserv_id[0] == '\0' ? NULL : authserv_id;
	return ps_engine_set_authserv_id(cli->engine, argv[1], id, &error) ? CLI_OK
									   : cli_error(cli, error);
}
