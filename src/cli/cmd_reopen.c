/* SPDX-License-Identifier: MPL-2.0 */
/* reopen: sealed messages that stayed closed because their key came later. */
#include "cli.h"
#include "setup/reopen.h"

#include <json-glib/json-glib.h>
#include <unistd.h>

typedef struct {
	char *account;
	char *password_file;
} ReopenOptions;

static void
reopen_options_clear(ReopenOptions *options)
{
	g_free(options->account);
	g_free(options->password_file);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ReopenOptions, reopen_options_clear)

static gboolean
parse(Cli *cli, ReopenOptions *options, int *argc, char ***argv, int *code)
{
	const GOptionEntry entries[] = {
		{"account", 0, 0, G_OPTION_ARG_STRING, &options->account,
		 "Whose folder it is, if there are several accounts", "ADDRESS"},
		{"password-file", 0, 0, G_OPTION_ARG_FILENAME, &options->password_file,
		 "Holds the password that the mail program uses", "FILE"},
		G_OPTION_ENTRY_NULL,
	};
	return cli_options(cli, entries, argc, argv, code) && cli_arguments(cli, *argc, 1, 1, code);
}

static char *
read_password(Cli *cli, const char *address, const char *file, int *code)
{
	if (file == NULL && isatty(STDIN_FILENO) != 1) {
		*code = cli_fail(cli, CLI_USAGE,
				 "give the password of %s with --password-file FILE", address);
		return NULL;
	}
	if (file == NULL) {
		g_printerr("The password of %s, as your mail program has it. It is not kept.\n",
			   address);
	}
	return cli_passphrase(cli, file, FALSE, code);
}

static void
add(JsonBuilder *builder, const char *name, guint value)
{
	json_builder_set_member_name(builder, name);
	json_builder_add_int_value(builder, value);
}

static int
print_json(Cli *cli, const SetupReopened *done)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	json_builder_begin_object(builder);
	add(builder, "looked_at", done->looked_at);
	add(builder, "reopened", done->reopened);
	add(builder, "still_closed", done->still_closed);
	add(builder, "errors", done->errors);
	json_builder_end_object(builder);
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	g_autofree char *text = json_to_string(root, FALSE);
	return cli_print(cli, text);
}

static int
print_text(Cli *cli, const char *folder, const SetupReopened *done)
{
	g_autofree char *line = g_strdup_printf(
		"%s: %u sealed messages, %u of them reopened, %u still closed, "
		"%u with errors%s",
		folder, done->looked_at, done->reopened, done->still_closed, done->errors,
		done->reopened == 0 ? ""
				    : "\nThe closed ones are marked as deleted: your mail "
				      "program can remove them now.");
	return cli_print(cli, line);
}

/* Errors with single messages are told on standard error, too. */
static int
report(Cli *cli, const char *folder, const SetupReopened *done)
{
	int code = cli->json ? print_json(cli, done) : print_text(cli, folder, done);
	return code != CLI_OK || done->errors == 0
		       ? code
		       : cli_fail(cli, CLI_DATA, "%u messages are left as they are: the first, %s",
				  done->errors, done->first_error);
}

static int
reopen(Cli *cli, const SetupReopenWish *wish)
{
	g_autoptr(GError) error = NULL;
	g_auto(SetupReopened) done = {0};
	CliProgress *progress = cli_progress_new("reopening");
	SetupReopenWish shown = *wish;
	shown.progress = cli_progress_update;
	shown.user = progress;
	gboolean good = setup_reopen(&shown, &done, &error);
	cli_progress_free(progress);
	return good ? report(cli, wish->folder, &done) : cli_error(cli, error);
}

int
cmd_reopen(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	g_auto(ReopenOptions) options = {0};
	g_auto(SetupPlace) place = {0};
	g_autoptr(GError) error = NULL;
	if (!parse(cli, &options, &argc, &argv, &code)) {
		return code;
	}
	setup_place_init(&place, cli->home);
	g_autofree char *address = setup_reopen_account(&place, options.account, &error);
	if (address == NULL) {
		return cli_error(cli, error);
	}
	char *password = read_password(cli, address, options.password_file, &code);
	if (password == NULL) {
		return code;
	}
	SetupReopenWish wish = {
		.place = &place, .address = address, .folder = argv[1], .password = password};
	code = reopen(cli, &wish);
	cli_forget(password);
	return code;
}
