/* SPDX-License-Identifier: MPL-2.0 */
/* howto: which program wrote a message, and the pages that say how to encrypt.
 */
#include "cli.h"
#include "howto/howto.h"

#include <json-glib/json-glib.h>

int
cmd_howto_recognise(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 0, 1, &code)) {
		return code;
	}
	g_autoptr(PsMessage) message = cli_message(cli, argc, argv, &code);
	if (message == NULL) {
		return code;
	}
	g_autofree char *json = ps_engine_recognise(cli->engine, message, &error);
	return json == NULL ? cli_error(cli, error) : cli_print(cli, json);
}

static char *
program_json(const char *id)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "program");
	json_builder_add_string_value(builder, id);
	json_builder_set_member_name(builder, "name");
	json_builder_add_string_value(builder, howto_program_name(id, "en"));
	json_builder_set_member_name(builder, "smime");
	json_builder_add_string_value(builder, howto_program_can(id, "smime"));
	json_builder_set_member_name(builder, "states");
	json_builder_begin_array(builder);
	for (const char *const *state = howto_states(); *state != NULL; state++) {
		json_builder_add_string_value(builder, *state);
	}
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	return json_to_string(root, FALSE);
}

/* JSON Lines: one program and the states that a page tells about. */
int
cmd_howto_list(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 0, 0, &code)) {
		return code;
	}
	for (const char *const *id = howto_programs(); *id != NULL && code == CLI_OK; id++) {
		g_autofree char *line = program_json(*id);
		code = cli_print(cli, line);
	}
	return code;
}

typedef struct {
	char *base;
	char *from;
	char *to;
	char *state;
} UrlOptions;

static void
url_options_clear(UrlOptions *options)
{
	g_free(options->base);
	g_free(options->from);
	g_free(options->to);
	g_free(options->state);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UrlOptions, url_options_clear)

static char *
state_names(void)
{
	return g_strjoinv(", ", (char **)(guintptr)howto_states());
}

int
cmd_howto_url(Cli *cli, int argc, char **argv)
{
	g_auto(UrlOptions) options = {0};
	g_autofree char *states = state_names();
	const GOptionEntry entries[] = {
		{"from", 0, 0, G_OPTION_ARG_STRING, &options.from, "The sender's mail program",
		 "PROGRAM"},
		{"to", 0, 0, G_OPTION_ARG_STRING, &options.to, "The recipient's mail program",
		 "PROGRAM"},
		{"state", 0, 0, G_OPTION_ARG_STRING, &options.state, states, "STATE"},
		{"base", 0, 0, G_OPTION_ARG_STRING, &options.base,
		 "Where the pages are, instead of the daemon", "URL"},
		G_OPTION_ENTRY_NULL,
	};
	int code = CLI_OK;
	if (!cli_options(cli, entries, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 0, 0, &code)) {
		return code;
	}
	const char *base = options.base != NULL ? options.base : cli->howto_base;
	g_autofree char *url = options.state == NULL
				       ? NULL
				       : howto_url(base, options.from, options.to, options.state);
	return url == NULL ? cli_fail(cli, CLI_USAGE, "name a state: --state %s", states)
			   : cli_print(cli, url);
}

int
cmd_howto_export(Cli *cli, int argc, char **argv)
{
	g_autofree char *base = NULL;
	g_autoptr(GError) error = NULL;
	const GOptionEntry entries[] = {
		{"base", 0, 0, G_OPTION_ARG_STRING, &base,
		 "The address where the pages will be, for what needs a whole address", "URL"},
		G_OPTION_ENTRY_NULL,
	};
	int code = CLI_OK;
	if (!cli_options(cli, entries, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, 1, &code)) {
		return code;
	}
	HowtoExported done;
	g_autoptr(CliProgress) progress = cli_progress_new("writing");
	if (!howto_export(argv[1], base, cli_progress_update, progress, &done, &error)) {
		return cli_error(cli, error);
	}
	g_autofree char *line =
		g_strdup_printf(cli->json ? "{\"pages\":%u,\"octets\":%" G_GUINT64_FORMAT "}"
					  : "%u pages, %" G_GUINT64_FORMAT " octets",
				done.pages, done.octets);
	return cli_print(cli, line);
}
