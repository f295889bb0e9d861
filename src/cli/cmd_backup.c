/* SPDX-License-Identifier: MPL-2.0 */
/* backup, restore. */
#include "cli.h"
#include "setup/setup.h"

#include <errno.h>
#include <glib/gstdio.h>

static char *passphrase_file;

static const GOptionEntry PASSPHRASE_OPTION[] = {
	{"passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &passphrase_file, "Holds the passphrase",
	 "FILE"},
	G_OPTION_ENTRY_NULL,
};

/* A backup of a mistyped home would be empty, and look like a good one. */
static gboolean
has_store(Cli *cli, int *code)
{
	g_auto(SetupPlace) place = {0};
	setup_place_init(&place, cli->home);
	g_autofree char *path = g_build_filename(place.home, "postseal.db", NULL);
	if (g_access(path, R_OK) == 0) {
		return TRUE;
	}
	*code = cli_fail(cli, CLI_UNAVAILABLE, "there is nothing to back up: %s: %s", path,
			 g_strerror(errno));
	return FALSE;
}

int
cmd_backup(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, PASSPHRASE_OPTION, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, 1, &code) || !has_store(cli, &code)) {
		return code;
	}
	char *passphrase = cli_passphrase(cli, passphrase_file, TRUE, &code);
	if (passphrase == NULL) {
		return code;
	}
	g_autoptr(GBytes) backup = ps_engine_backup(cli->engine, passphrase, &error);
	cli_forget(passphrase);
	return backup == NULL ? cli_error(cli, error) : cli_write_file(cli, argv[1], backup);
}

int
cmd_restore(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, PASSPHRASE_OPTION, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, 1, &code)) {
		return code;
	}
	g_autoptr(GBytes) backup = cli_read_file(cli, argv[1], &code);
	char *passphrase =
		backup == NULL ? NULL : cli_passphrase(cli, passphrase_file, FALSE, &code);
	if (passphrase == NULL) {
		return code;
	}
	gboolean done = ps_engine_restore(cli->engine, backup, passphrase, &error);
	cli_forget(passphrase);
	return done ? CLI_OK : cli_error(cli, error);
}
