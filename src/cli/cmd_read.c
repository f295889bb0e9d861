/* SPDX-License-Identifier: MPL-2.0 */
/* open, verify: a message that came in. */
#include "cli.h"
#include "enums.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WHOLE_MAX                                                                           \
	(8U << 20) /* octets of a message that is opened completely before the first one is \
		      written */

/* What cannot be opened, and how that exits. */
static const struct {
	const char *reason;
	int code;
} CLOSED[] = {
	{"no-key", CLI_UNAVAILABLE}, {"not-authenticated", CLI_DATA},
	{"malformed", CLI_DATA},     {"unsupported-algorithm", CLI_DATA},
	{"too-large", CLI_DATA},
};

static int
closed_code(PsVerdict *verdict)
{
	for (size_t i = 0; i < G_N_ELEMENTS(CLOSED); i++) {
		if (strcmp(ps_verdict_get_encryption_reason(verdict), CLOSED[i].reason) == 0) {
			return CLOSED[i].code;
		}
	}
	return CLI_OK;
}

static int
write_verdict_file(Cli *cli, PsVerdict *verdict, const char *path)
{
	g_autofree char *json = ps_verdict_to_json(verdict);
	g_autofree char *line = g_strdup_printf("%s\n", json);
	g_autoptr(GBytes) octets = g_bytes_new(line, strlen(line));
	return cli_write_file(cli, path, octets);
}

typedef struct {
	char *verdict_file;
	gboolean learn;
} OpenOptions;

/* The verdict's file comes first: if it cannot be written, nothing else is. */
static int
give_out(Cli *cli, PsVerdict *verdict, const char *verdict_file, GBytes *octets)
{
	int code = verdict_file == NULL ? CLI_OK : write_verdict_file(cli, verdict, verdict_file);
	if (code == CLI_OK && octets != NULL) {
		code = cli_write(cli, octets);
	}
	if (code != CLI_OK) {
		return code;
	}
	code = closed_code(verdict);
	return code == CLI_OK ? CLI_OK
			      : cli_fail(cli, code, "%s", ps_verdict_get_sentence(verdict));
}

/* What is small is opened into memory, so that it goes out whole or not at all. */
static int
open_message(Cli *cli, PsMessage *message, const OpenOptions *options)
{
	g_autoptr(GError) error = NULL;
	bool whole = ps_message_get_size(message) <= WHOLE_MAX;
	g_autoptr(GOutputStream) out =
		whole ? g_memory_output_stream_new_resizable() : cli_stdout();
	g_autoptr(PsVerdict) verdict =
		ps_engine_open(cli->engine, message, out, options->learn, &error);
	if (verdict == NULL) {
		return cli_error(cli, error);
	}
	g_autoptr(GBytes) octets = NULL;
	if (whole && g_output_stream_close(out, NULL, NULL)) {
		octets = g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(out));
	}
	return give_out(cli, verdict, options->verdict_file, octets);
}

int
cmd_open(Cli *cli, int argc, char **argv)
{
	OpenOptions options = {NULL, FALSE};
	const GOptionEntry entries[] = {
		{"learn", 0, 0, G_OPTION_ARG_NONE, &options.learn, "Collect the sender's key",
		 NULL},
		{"verdict", 0, 0, G_OPTION_ARG_FILENAME, &options.verdict_file,
		 "Write the verdict as JSON to this file", "FILE"},
		G_OPTION_ENTRY_NULL,
	};
	int code = CLI_OK;
	if (!cli_options(cli, entries, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 0, 1, &code)) {
		return code;
	}
	g_autofree char *verdict_file = options.verdict_file;
	if (cli->json && verdict_file == NULL) {
		return cli_fail(
			cli, CLI_USAGE,
			"the message goes to standard output: use --verdict FILE for the JSON");
	}
	g_autoptr(CliProgress) progress G_GNUC_UNUSED = cli_progress_new("opening");
	g_autoptr(PsMessage) message = cli_message(cli, argc, argv, &code);
	return message == NULL ? code : open_message(cli, message, &options);
}

/* Colours of the four summaries, for terminals. */
static const char *const SUMMARY_COLOURS[] = {
	[PS_SUMMARY_UNPROTECTED] = "\033[33m",
	[PS_SUMMARY_VERIFIED] = "\033[32m",
	[PS_SUMMARY_CONFIDENTIAL] = "\033[32;1m",
	[PS_SUMMARY_ENCRYPTED_ONLY] = "\033[36m",
};

/* Text of others on a terminal: no control characters. */
static char *
printable(const char *text)
{
	char *copy = g_utf8_make_valid(text == NULL ? "-" : text, -1);
	for (char *p = copy; *p != '\0'; p++) {
		if (g_ascii_iscntrl(*p)) {
			*p = ' ';
		}
	}
	return copy;
}

static int
print_verdict(Cli *cli, PsVerdict *verdict)
{
	gboolean colour = cli_is_colourful();
	PsSummary summary = ps_verdict_get_summary(verdict);
	g_autofree char *sentence = printable(ps_verdict_get_sentence(verdict));
	g_autofree char *from = printable(ps_verdict_get_shown(verdict));
	g_autoptr(GString) text = g_string_new(NULL);
	g_string_append_printf(text, "%s%s%s: %s\n", colour ? SUMMARY_COLOURS[summary] : "",
			       ps_enum_nick(PS_TYPE_SUMMARY, (int)summary), colour ? "\033[0m" : "",
			       sentence);
	g_string_append_printf(
		text, "  from        %s\n  signature   %s\n  encryption  %s\n  history     %s",
		from, ps_verdict_get_signature_reason(verdict),
		ps_verdict_get_encryption_reason(verdict), ps_verdict_get_history(verdict));
	if (ps_verdict_get_signer(verdict) != NULL) {
		g_autofree char *signer = printable(ps_verdict_get_signer(verdict));
		g_string_append_printf(text, "\n  signer      %s", signer);
	}
	g_autoptr(GPtrArray) warnings = ps_verdict_get_warnings(verdict);
	for (guint i = 0; i < warnings->len; i++) {
		const PsWarning *warning = g_ptr_array_index(warnings, i);
		g_autofree char *line = printable(warning->text);
		g_string_append_printf(text, "\n  %-11s %s (%s)", warning->level, line,
				       warning->code);
	}
	return cli_print(cli, text->str);
}

int
cmd_verify(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 0, 1, &code)) {
		return code;
	}
	g_autoptr(CliProgress) progress G_GNUC_UNUSED = cli_progress_new("verifying");
	g_autoptr(PsMessage) message = cli_message(cli, argc, argv, &code);
	if (message == NULL) {
		return code;
	}
	g_autoptr(PsVerdict) verdict = ps_engine_verify(cli->engine, message, &error);
	if (verdict == NULL) {
		return cli_error(cli, error);
	}
	g_autofree char *json = cli->json ? ps_verdict_to_json(verdict) : NULL;
	code = json != NULL ? cli_print(cli, json) : print_verdict(cli, verdict);
	PsSummary summary = ps_verdict_get_summary(verdict);
	gboolean good = summary == PS_SUMMARY_VERIFIED || summary == PS_SUMMARY_CONFIDENTIAL;
	return code != CLI_OK ? code : (good ? CLI_OK : CLI_NOT_VERIFIED);
}
