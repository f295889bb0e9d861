/* SPDX-License-Identifier: MPL-2.0 */
/* What every command of `postseal` shares: one table of commands, one way to fail, one way to
 * print. */
#pragma once

#include <postseal/postseal.h>

/* Exit codes of sysexits(3), as cli.md has them. */
enum {
	CLI_OK = 0,
	CLI_NOT_VERIFIED = 1,
	CLI_USAGE = 64,
	CLI_DATA = 65,
	CLI_NO_INPUT = 66,
	CLI_UNAVAILABLE = 69,
	CLI_SOFTWARE = 70,
	CLI_CANNOT_CREATE = 73,
	CLI_IO = 74,
	CLI_TRY_AGAIN = 75,
	CLI_REFUSED = 77,
};

typedef struct {
	PsEngine *engine;
	gboolean json;
	const char *command; /* "account add" */
	const char *home;    /* --home; NULL: not given */
	char *howto_base;    /* where the daemon has its how-to pages; NULL: at the usual place */
} Cli;

typedef struct {
	const char *name;                            /* one or two words */
	const char *arguments;                       /* as in the usage line */
	const char *summary;                         /* one line */
	const char *example;                         /* lines that teach; may be "" */
	int (*run)(Cli *cli, int argc, char **argv); /* argv[0] is the name; gives the exit code */
} CliCommand;

/* All of them, in the order of --help; ended by a row without a name. */
extern const CliCommand CLI_COMMANDS[];

/*
 * Parses the command's own options out of argv and leaves the other arguments; false after a usage
 * error was told or
 * --help was printed, with the exit code in *@code. The options common to all commands are
 * understood, too.
 */
gboolean cli_options(Cli *cli, const GOptionEntry *entries, int *argc, char ***argv, int *code);

/* False with a usage error unless there are @min to @max arguments behind argv[0]. */
gboolean cli_arguments(Cli *cli, int argc, int min, int max, int *code);

/* "postseal: COMMAND: MESSAGE" on standard error; gives @code. */
int cli_fail(Cli *cli, int code, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The same for an error of the library, with its exit code. */
int cli_error(Cli *cli, const GError *error);

/* One line on standard output; gives the exit code. */
int cli_print(Cli *cli, const char *line);
/* Octets on standard output. */
int cli_write(Cli *cli, GBytes *octets);
/* A private file (0600), all or nothing; "-" is standard output. */
int cli_write_file(Cli *cli, const char *path, GBytes *octets);
/* A file, "-" is standard input; NULL with *@code after it was told. At most 64 MiB. */
GBytes *cli_read_file(Cli *cli, const char *path, int *code);
/* The message named last, or standard input. */
PsMessage *cli_message(Cli *cli, int argc, char **argv, int *code);

/* From @file, else asked on the terminal (twice if @twice); NULL with *@code after it was told.
 * Free with cli_forget(). */
char *cli_passphrase(Cli *cli, const char *file, gboolean twice, int *code);
void cli_forget(char *passphrase);

/* Standard output for streaming. */
GOutputStream *cli_stdout(void);
/* Whether people look at standard output: then colours are fine. */
gboolean cli_is_colourful(void);

/* Tells on the terminal (if standard error is one) that long work goes on. */
typedef struct CliProgress CliProgress;
CliProgress *cli_progress_new(const char *what);
/* A PsProgressFunc. */
void cli_progress_update(guint64 done, guint64 total, gpointer user_data);
void cli_progress_free(CliProgress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CliProgress, cli_progress_free)

/* The commands. */
int cmd_account_add(Cli *cli, int argc, char **argv);
int cmd_account_list(Cli *cli, int argc, char **argv);
int cmd_account_show(Cli *cli, int argc, char **argv);
int cmd_account_remove(Cli *cli, int argc, char **argv);
int cmd_account_cert(Cli *cli, int argc, char **argv);
int cmd_account_export(Cli *cli, int argc, char **argv);
int cmd_account_import(Cli *cli, int argc, char **argv);
int cmd_account_rotate(Cli *cli, int argc, char **argv);
int cmd_account_set(Cli *cli, int argc, char **argv);
int cmd_backup(Cli *cli, int argc, char **argv);
int cmd_restore(Cli *cli, int argc, char **argv);
int cmd_protect(Cli *cli, int argc, char **argv);
int cmd_explain(Cli *cli, int argc, char **argv);
int cmd_open(Cli *cli, int argc, char **argv);
int cmd_verify(Cli *cli, int argc, char **argv);
int cmd_learn(Cli *cli, int argc, char **argv);
int cmd_can_seal(Cli *cli, int argc, char **argv);
int cmd_peers(Cli *cli, int argc, char **argv);
int cmd_trust(Cli *cli, int argc, char **argv);
int cmd_trust_anchors(Cli *cli, int argc, char **argv);
int cmd_trust_online(Cli *cli, int argc, char **argv);
int cmd_rule_set(Cli *cli, int argc, char **argv);
int cmd_rule_list(Cli *cli, int argc, char **argv);
int cmd_rule_unset(Cli *cli, int argc, char **argv);
int cmd_setup(Cli *cli, int argc, char **argv);
int cmd_login(Cli *cli, int argc, char **argv);
int cmd_doctor(Cli *cli, int argc, char **argv);
int cmd_page(Cli *cli, int argc, char **argv);
int cmd_reopen(Cli *cli, int argc, char **argv);
int cmd_howto_recognise(Cli *cli, int argc, char **argv);
int cmd_howto_list(Cli *cli, int argc, char **argv);
int cmd_howto_url(Cli *cli, int argc, char **argv);
int cmd_howto_export(Cli *cli, int argc, char **argv);
