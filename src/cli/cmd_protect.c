/* SPDX-License-Identifier: MPL-2.0 */
/* protect, explain: a message on its way out. */
#include "cli.h"
#include "enums.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WHOLE_MAX                                                                                 \
	(8U << 20) /* octets of a message that is made completely before the first one is written \
		    */

typedef struct {
	char *from;
	char *level;
	char **recipients;
	char **rules;
	char *out_dir;
	gboolean override_author;
} ProtectOptions;

static void
protect_options_clear(ProtectOptions *options)
{
	g_free(options->from);
	g_free(options->level);
	g_strfreev(options->recipients);
	g_strfreev(options->rules);
	g_free(options->out_dir);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ProtectOptions, protect_options_clear)

static PsRequest *
make_request(Cli *cli, const ProtectOptions *options, int *code)
{
	g_autoptr(PsRequest) request = ps_request_new();
	g_autoptr(GError) error = NULL;
	int level = PS_LEVEL_AUTO;
	if (options->level != NULL && !ps_enum_parse(PS_TYPE_LEVEL, options->level, &level)) {
		*code = cli_fail(cli, CLI_USAGE, "\"%s\" is no level: use plain, signed or sealed",
				 options->level);
		return NULL;
	}
	ps_request_set_from(request, options->from);
	ps_request_set_level(request, (PsLevel)level);
	ps_request_set_override_author(request, options->override_author);
	for (char **p = options->recipients; p != NULL && *p != NULL; p++) {
		ps_request_add_recipient(request, *p);
	}
	for (char **p = options->rules; p != NULL && *p != NULL; p++) {
		if (!ps_request_add_rule(request, *p, &error)) {
			*code = cli_error(cli, error);
			return NULL;
		}
	}
	return g_steal_pointer(&request);
}

/* Small messages go out whole or not at all. */
static int
write_to_stdout(Cli *cli, PsCopy *copy, guint64 size)
{
	g_autoptr(GError) error = NULL;
	if (size > WHOLE_MAX) {
		g_autoptr(GOutputStream) out = cli_stdout();
		return ps_copy_write(copy, out, &error) ? CLI_OK : cli_error(cli, error);
	}
	g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable();
	if (!ps_copy_write(copy, memory, &error) || !g_output_stream_close(memory, NULL, &error)) {
		return cli_error(cli, error);
	}
	g_autoptr(GBytes) octets =
		g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(memory));
	return cli_write(cli, octets);
}

static int
write_copy_file(Cli *cli, PsCopy *copy, const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *part = g_strdup_printf("%s.part", path);
	g_autoptr(GFile) file = g_file_new_for_path(part);
	g_autoptr(GFileOutputStream) out = g_file_replace(
		file, NULL, FALSE, G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION, NULL,
		&error);
	if (out == NULL) {
		return cli_fail(cli, CLI_CANNOT_CREATE, "%s: name another folder", error->message);
	}
	int code = CLI_OK;
	if (!ps_copy_write(copy, G_OUTPUT_STREAM(out), &error)) {
		code = cli_error(cli, error);
	} else if (!g_output_stream_close(G_OUTPUT_STREAM(out), NULL, &error)) {
		code = cli_fail(cli, CLI_IO, "%s", error->message);
	} else if (g_rename(part, path) != 0) {
		code = cli_fail(cli, CLI_CANNOT_CREATE, "%s: %s", path, g_strerror(errno));
	}
	if (code != CLI_OK) {
		g_unlink(part);
	}
	return code;
}

/* What was written is taken for sent: whoever asked for it delivers it now. */
static int
note_sent(const Cli *cli, PsCopy *copy, int code)
{
	if (code == CLI_OK) {
		ps_engine_note_sent(cli->engine, copy);
	}
	return code;
}

static int
write_to_folder(Cli *cli, const PsOutcome *outcome, const char *folder)
{
	if (g_mkdir_with_parents(folder, 0700) != 0) {
		return cli_fail(cli, CLI_CANNOT_CREATE, "%s: %s: name another folder", folder,
				g_strerror(errno));
	}
	int code = CLI_OK;
	for (guint i = 0; i < outcome->copies->len && code == CLI_OK; i++) {
		PsCopy *copy = g_ptr_array_index(outcome->copies, i);
		g_autofree char *message = g_strdup_printf("%s/%04u.eml", folder, i + 1);
		g_autofree char *envelope = g_strdup_printf("%s/%04u.json", folder, i + 1);
		g_autofree char *json = ps_copy_to_json(copy);
		g_autofree char *line = g_strdup_printf("%s\n", json);
		g_autoptr(GBytes) octets = g_bytes_new(line, strlen(line));
		code = note_sent(cli, copy, write_copy_file(cli, copy, message));
		code = code == CLI_OK ? cli_write_file(cli, envelope, octets) : code;
		if (code == CLI_OK && cli->json) {
			code = cli_print(cli, json);
		}
	}
	return code;
}

/* The only copy that goes to somebody; NULL if there are several. The sender's own may be apart
 * from it. */
static PsCopy *
only_copy(const PsOutcome *outcome)
{
	PsCopy *only = NULL;
	for (guint i = 0; i < outcome->copies->len; i++) {
		PsCopy *copy = g_ptr_array_index(outcome->copies, i);
		bool to_somebody = ps_copy_get_recipients(copy)[0] != NULL;
		if (to_somebody && only != NULL) {
			return NULL;
		}
		only = to_somebody ? copy : only;
	}
	return only;
}

static void
tell_what_is_left_out(Cli *cli, const PsOutcome *outcome)
{
	if (outcome->copies->len > 1) {
		cli_fail(
			cli, CLI_OK,
			"your own copy is apart from it and was not written: use --out-dir DIR to keep it");
	}
	if (outcome->expired) {
		cli_fail(
			cli, CLI_OK,
			"your own certificate has expired: replace it with `postseal account rotate`");
	}
	if (g_strcmp0(outcome->untouched, "null-sender") == 0) {
		cli_fail(cli, CLI_OK,
			 "it passes untouched, since it does not name exactly one sender");
	}
	if (g_strcmp0(outcome->untouched, "foreign-from") == 0) {
		cli_fail(cli, CLI_OK,
			 "it passes untouched, since its From address is none of your accounts");
	}
}

/* The one sentence after which a person may go on (design.md 3.5). */
static void
tell_author_rule(Cli *cli, const PsOutcome *outcome, const ProtectOptions *options)
{
	bool raised = options->level != NULL && strcmp(options->level, "sealed") != 0 &&
		      outcome->level == PS_LEVEL_SEALED;
	if (outcome->overridden) {
		cli_fail(cli, CLI_OK, "its author wants %s: you go on against it",
			 outcome->author_rule);
	} else if (outcome->author_rule != NULL && raised) {
		cli_fail(cli, CLI_OK,
			 "its author wants %s: go on against it with --override-author",
			 outcome->author_rule);
	}
}

static int
refuse(Cli *cli, const PsOutcome *outcome)
{
	if (outcome->author_rule == NULL || outcome->overridden) {
		return cli_fail(cli, CLI_REFUSED, "%s", outcome->refused);
	}
	return cli_fail(cli, CLI_REFUSED,
			"%s, or go on against its author (%s) with --override-author",
			outcome->refused, outcome->author_rule);
}

static int
write_outcome(Cli *cli, const PsOutcome *outcome, PsMessage *message, const ProtectOptions *options)
{
	const char *folder = options->out_dir;
	if (outcome->refused != NULL) {
		return refuse(cli, outcome);
	}
	tell_author_rule(cli, outcome, options);
	if (folder != NULL) {
		return write_to_folder(cli, outcome, folder);
	}
	PsCopy *copy = only_copy(outcome);
	if (copy == NULL) {
		return cli_fail(cli, CLI_USAGE,
				"it leaves as %u copies: name a folder for them with --out-dir DIR",
				outcome->copies->len);
	}
	if (cli->json) {
		return cli_fail(
			cli, CLI_USAGE,
			"--json needs --out-dir DIR, since the message goes to standard output");
	}
	tell_what_is_left_out(cli, outcome);
	return note_sent(cli, copy, write_to_stdout(cli, copy, ps_message_get_size(message)));
}

/* What protect and explain have in common: everything up to the decision. */
static PsOutcome *
decide(Cli *cli, const ProtectOptions *options, int argc, char **argv, PsMessage **message,
       int *code)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsRequest) request = make_request(cli, options, code);
	*message = request == NULL ? NULL : cli_message(cli, argc, argv, code);
	if (*message == NULL) {
		return NULL;
	}
	PsOutcome *outcome = ps_engine_protect(cli->engine, *message, request, &error);
	if (outcome == NULL) {
		*code = cli_error(cli, error);
	}
	return outcome;
}

int
cmd_protect(Cli *cli, int argc, char **argv)
{
	g_auto(ProtectOptions) options = {.from = NULL};
	const GOptionEntry entries[] = {
		{"from", 0, 0, G_OPTION_ARG_STRING, &options.from,
		 "The account to send as (default: the From field)", "ADDRESS"},
		{"level", 0, 0, G_OPTION_ARG_STRING, &options.level,
		 "plain, signed or sealed (default: the message's wishes)", "LEVEL"},
		{"rcpt", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.recipients,
		 "A recipient; may be repeated (default: To, Cc and Bcc)", "ADDRESS"},
		{"rule", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.rules,
		 "A rule for those who get it: lists=, forward=, reply=, expires=", "KEY=VALUE"},
		{"override-author", 0, 0, G_OPTION_ARG_NONE, &options.override_author,
		 "Go on against what the author of the message answered or forwarded wants", NULL},
		{"out-dir", 0, 0, G_OPTION_ARG_FILENAME, &options.out_dir,
		 "Write each copy and its envelope here", "DIR"},
		G_OPTION_ENTRY_NULL,
	};
	int code = CLI_OK;
	if (!cli_options(cli, entries, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 0, 1, &code)) {
		return code;
	}
	g_autoptr(CliProgress) progress G_GNUC_UNUSED = cli_progress_new("protecting");
	g_autoptr(PsMessage) message = NULL;
	g_autoptr(PsOutcome) outcome = decide(cli, &options, argc, argv, &message, &code);
	return outcome == NULL ? code : write_outcome(cli, outcome, message, &options);
}

int
cmd_explain(Cli *cli, int argc, char **argv)
{
	g_auto(ProtectOptions) options = {.from = NULL};
	const GOptionEntry entries[] = {
		{"rcpt", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.recipients,
		 "A recipient; may be repeated (default: To, Cc and Bcc)", "ADDRESS"},
		G_OPTION_ENTRY_NULL,
	};
	int code = CLI_OK;
	if (!cli_options(cli, entries, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 0, 1, &code)) {
		return code;
	}
	g_autoptr(PsMessage) message = NULL;
	g_autoptr(PsOutcome) outcome = decide(cli, &options, argc, argv, &message, &code);
	if (outcome == NULL) {
		return code;
	}
	g_autofree char *text =
		cli->json ? ps_outcome_to_json(outcome) : g_strchomp(ps_outcome_explain(outcome));
	return cli_print(cli, text);
}
