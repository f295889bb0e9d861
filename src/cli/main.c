/* SPDX-License-Identifier: MPL-2.0 */
/* postseal: one command with subcommands. */
#include "cli.h"
#include "setup/setup.h"

#include <locale.h>
#include <signal.h>
#include <string.h>

static char *option_home;
static char *option_at;
static gboolean option_json;
static gboolean option_version;
static gboolean option_help;

static const GOptionEntry COMMON_OPTIONS[] = {
	{"home", 0, 0, G_OPTION_ARG_FILENAME, &option_home,
	 "Folder of store and settings (or POSTSEAL_HOME)", "DIR"},
	{"json", 0, 0, G_OPTION_ARG_NONE, &option_json, "Print JSON", NULL},
	{"at", 0, 0, G_OPTION_ARG_STRING, &option_at,
	 "Judge as of this time (RFC 3339, or seconds since 1970)", "TIME"},
	G_OPTION_ENTRY_NULL,
};

static const GOptionEntry VERSION_OPTION[] = {
	{"help", 'h', 0, G_OPTION_ARG_NONE, &option_help, "Print this", NULL},
	{"version", 0, 0, G_OPTION_ARG_NONE, &option_version, "Print the version", NULL},
	G_OPTION_ENTRY_NULL,
};

static gboolean
parse_time(const char *text, gint64 *out)
{
	char *end = NULL;
	gint64 seconds = g_ascii_strtoll(text, &end, 10);
	if (end != text && *end == '\0' && seconds >= 0) {
		*out = seconds;
		return TRUE;
	}
	g_autoptr(GDateTime) date = g_date_time_new_from_iso8601(text, NULL);
	if (date != NULL) {
		*out = g_date_time_to_unix(date);
	}
	return date != NULL && *out >= 0;
}

/* The pages that are named are those of the daemon; with a broken configuration it does not run. */
static void
find_howto_base(Cli *cli)
{
	g_auto(SetupPlace) place = {0};
	setup_place_init(&place, cli->home);
	g_free(cli->howto_base);
	cli->howto_base = setup_howto_base(&place);
	ps_engine_set_howto_base(cli->engine, cli->howto_base);
}

/* Makes the engine once the common options are known. */
static gboolean
open_engine(Cli *cli, int *code)
{
	gint64 time = -1;
	const char *at = option_at != NULL ? option_at : g_getenv("POSTSEAL_AT");
	if (at != NULL && at[0] != '\0' && !parse_time(at, &time)) {
		*code = cli_fail(
			cli, CLI_USAGE,
			"\"%s\" is not a time: use 2026-11-21T10:00:00Z or seconds since 1970", at);
		return FALSE;
	}
	cli->json = option_json;
	cli->home = option_home;
	g_clear_object(&cli->engine);
	cli->engine = ps_engine_new(option_home);
	ps_engine_set_time(cli->engine, time);
	find_howto_base(cli);
	return TRUE;
}

gboolean
cli_options(Cli *cli, const GOptionEntry *entries, int *argc, char ***argv, int *code)
{
	const CliCommand *row = CLI_COMMANDS;
	while (strcmp(row->name, cli->command) != 0) {
		row++;
	}
	g_autofree char *summary = g_strdup_printf("postseal %s: %s.", row->name, row->summary);
	g_autofree char *example =
		row->example[0] == '\0' ? NULL : g_strdup_printf("Example:\n  %s\n", row->example);
	g_autofree char *parameters = g_strdup_printf("%s", row->arguments);
	g_autofree char *program = g_strdup_printf("postseal %s", row->name);
	g_autoptr(GOptionContext) context = g_option_context_new(parameters);
	g_autoptr(GError) error = NULL;
	g_option_context_set_summary(context, summary);
	g_option_context_set_description(context, example);
	g_option_context_add_main_entries(context, COMMON_OPTIONS, NULL);
	if (entries != NULL) {
		g_option_context_add_main_entries(context, entries, NULL);
	}
	(*argv)[0] = program;
	g_set_prgname(program);
	if (!g_option_context_parse(context, argc, argv, &error)) {
		*code = cli_fail(cli, CLI_USAGE, "%s: see `postseal %s --help`",
				 error->domain == G_CONVERT_ERROR
					 ? "an option is not in the locale's character set; with "
					   "LC_ALL=C.UTF-8 it is UTF-8"
					 : error->message,
				 row->name);
		return FALSE;
	}
	return open_engine(cli, code);
}

gboolean
cli_arguments(Cli *cli, int argc, int min, int max, int *code)
{
	int count = argc - 1;
	if (count >= min && count <= max) {
		return TRUE;
	}
	*code = cli_fail(cli, CLI_USAGE, "%s: see `postseal %s --help`",
			 count < min ? "an argument is missing" : "there are too many arguments",
			 cli->command);
	return FALSE;
}

static char *
help_text(void)
{
	g_autoptr(GString) text = g_string_new(
		"Usage: postseal [--home DIR] [--json] [--at TIME] COMMAND ...\n\n"
		"Makes every mail account able to receive closed letters, with nothing to "
		"set up.\n\nCommands:\n");
	for (const CliCommand *row = CLI_COMMANDS; row->name != NULL; row++) {
		g_string_append_printf(text, "  %-16s %s\n", row->name, row->summary);
	}
	g_string_append(
		text,
		"\nBegin with:\n"
		"  postseal account add you@example.org\n"
		"  postseal learn ~/Maildir\n"
		"  postseal protect letter.eml > signed.eml\n\n"
		"`postseal COMMAND --help` tells the options of a command; postseal(1) tells all.");
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static int
print_help(Cli *cli)
{
	g_autofree char *text = help_text();
	return cli_print(cli, text);
}

/* The row for argv, which may be two words; *@words is how many. */
static const CliCommand *
find_command(int argc, char **argv, int *words)
{
	g_autofree char *two = argc > 1 ? g_strdup_printf("%s %s", argv[0], argv[1]) : NULL;
	for (const CliCommand *row = CLI_COMMANDS; row->name != NULL; row++) {
		if (two != NULL && strcmp(row->name, two) == 0) {
			*words = 2;
			return row;
		}
		if (strcmp(row->name, argv[0]) == 0) {
			*words = 1;
			return row;
		}
	}
	return NULL;
}

/* "add, list, ..." for the first word of commands of two; NULL if it is none. */
static char *
verbs_of(const char *word)
{
	g_autoptr(GString) verbs = g_string_new(NULL);
	size_t n = strlen(word);
	for (const CliCommand *row = CLI_COMMANDS; row->name != NULL; row++) {
		if (strncmp(row->name, word, n) == 0 && row->name[n] == ' ') {
			g_string_append_printf(verbs, "%s%s", verbs->len == 0 ? "" : ", ",
					       row->name + n + 1);
		}
	}
	return verbs->len == 0 ? NULL : g_string_free(g_steal_pointer(&verbs), FALSE);
}

static int
dispatch(Cli *cli, int argc, char **argv)
{
	int words = 0;
	const CliCommand *row = find_command(argc, argv, &words);
	if (row == NULL) {
		cli->command = argv[0];
		g_autofree char *verbs = verbs_of(argv[0]);
		return verbs != NULL ? cli_fail(cli, CLI_USAGE, "say what: one of %s", verbs)
				     : cli_fail(cli, CLI_USAGE,
						"there is no such command: see `postseal --help`");
	}
	cli->command = row->name;
	return row->run(cli, argc - words + 1, argv + words - 1);
}

/* Options before the command; what follows it is the command's. */
static gboolean
parse_common(Cli *cli, int *argc, char ***argv, int *code)
{
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	g_option_context_add_main_entries(context, COMMON_OPTIONS, NULL);
	g_option_context_add_main_entries(context, VERSION_OPTION, NULL);
	g_option_context_set_strict_posix(context, TRUE);
	g_option_context_set_help_enabled(context, FALSE);
	if (!g_option_context_parse(context, argc, argv, &error)) {
		*code = cli_fail(cli, CLI_USAGE, "%s: see `postseal --help`", error->message);
		return FALSE;
	}
	if (option_help || (*argc > 1 && strcmp((*argv)[1], "help") == 0)) {
		*code = print_help(cli);
		return FALSE;
	}
	if (option_version) {
		*code = cli_print(cli, "postseal " PS_VERSION);
		return FALSE;
	}
	if (*argc < 2) {
		g_autofree char *text = help_text();
		g_printerr("%s\n", text);
		*code = CLI_USAGE;
		return FALSE;
	}
	return TRUE;
}

int
main(int argc, char **argv)
{
	Cli cli = {.command = ""};
	int code = CLI_OK;
	(void)setlocale(LC_ALL, ""); /* NOLINT(concurrency-mt-unsafe): there is no thread yet */
	(void)signal(SIGPIPE, SIG_IGN);
	if (parse_common(&cli, &argc, &argv, &code)) {
		code = dispatch(&cli, argc - 1, argv + 1);
	}
	g_clear_object(&cli.engine);
	g_free(cli.howto_base);
	g_free(option_home);
	g_free(option_at);
	return code;
}
