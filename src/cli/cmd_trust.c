/* SPDX-License-Identifier: MPL-2.0 */
/* trust: what the person decides about keys, and who may vouch for them. */
#include "cli.h"
#include "enums.h"

#include <string.h>

int
cmd_trust(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	int decision = 0;
	g_autoptr(GError) error = NULL;
	const char *verb = strchr(cli->command, ' ') + 1;
	if (!ps_enum_parse(PS_TYPE_DECISION, verb, &decision)) {
		return CLI_SOFTWARE;
	}
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 2, G_MAXINT, &code)) {
		return code;
	}
	/* People copy fingerprints with blanks between the groups. */
	g_autofree char *fingerprint = g_strjoinv(" ", argv + 2);
	return ps_engine_decide(cli->engine, (PsDecision)decision, argv[1], fingerprint, &error)
		       ? CLI_OK
		       : cli_error(cli, error);
}

static int
anchors_add(Cli *cli, int n, char **files)
{
	int code = CLI_OK;
	for (int i = 0; i < n; i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) file = cli_read_file(cli, files[i], &code);
		if (file == NULL) {
			return code;
		}
		if (ps_engine_add_authorities(cli->engine, file, &error) < 0) {
			return cli_error(cli, error);
		}
	}
	return CLI_OK;
}

static int
print_authority(Cli *cli, const PsAuthority *authority)
{
	if (cli->json) {
		g_autofree char *json = ps_authority_to_json(authority);
		return cli_print(cli, json);
	}
	g_autoptr(GDateTime) expires = g_date_time_new_from_unix_utc(authority->expires);
	g_autofree char *until = g_date_time_format(expires, "%Y-%m-%d");
	g_autofree char *text =
		g_strdup_printf("%s %s\n    %s, until %s%s", authority->trusted ? "*" : "-",
				authority->name, authority->fingerprint, until,
				strcmp(authority->origin, "own") == 0 ? "; added by you"
				: authority->trusted                  ? ""
								      : "; taken away by you");
	return cli_print(cli, text);
}

static int
anchors_list(Cli *cli, G_GNUC_UNUSED int n, G_GNUC_UNUSED char **files)
{
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) list = ps_engine_list_authorities(cli->engine, &error);
	if (list == NULL) {
		return cli_error(cli, error);
	}
	for (guint i = 0; i < list->len && code == CLI_OK; i++) {
		code = print_authority(cli, g_ptr_array_index(list, i));
	}
	return code;
}

/* A fingerprint, or the fingerprints of the certificates in a file. */
static int
anchors_remove(Cli *cli, int n, char **files)
{
	int code = CLI_OK;
	for (int i = 0; i < n && code == CLI_OK; i++) {
		g_autoptr(GError) error = NULL;
		if (ps_engine_remove_authority(cli->engine, files[i], &error)) {
			continue;
		}
		if (!g_error_matches(error, PS_ERROR, PS_ERROR_ARGUMENT)) {
			return cli_error(cli, error);
		}
		g_clear_error(&error);
		g_autoptr(GBytes) file = cli_read_file(cli, files[i], &code);
		if (file == NULL) {
			return code;
		}
		if (!ps_engine_remove_authorities(cli->engine, file, &error)) {
			code = cli_error(cli, error);
		}
	}
	return code;
}

static const struct {
	const char *verb;
	int (*run)(Cli *cli, int n, char **files);
	int min;
	int max;
} ANCHOR_VERBS[] = {
	{"add", anchors_add, 1, G_MAXINT},
	{"list", anchors_list, 0, 0},
	{"remove", anchors_remove, 1, G_MAXINT},
};

int
cmd_trust_anchors(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, G_MAXINT, &code)) {
		return code;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(ANCHOR_VERBS); i++) {
		int n = argc - 2;
		if (strcmp(argv[1], ANCHOR_VERBS[i].verb) != 0) {
			continue;
		}
		if (n < ANCHOR_VERBS[i].min || n > ANCHOR_VERBS[i].max) {
			return cli_fail(cli, CLI_USAGE, "%s takes %s", argv[1],
					ANCHOR_VERBS[i].max == 0 ? "no file" : "a file");
		}
		return ANCHOR_VERBS[i].run(cli, n, argv + 2);
	}
	return cli_fail(cli, CLI_USAGE, "\"%s\" is none of add, list, remove", argv[1]);
}

int
cmd_trust_online(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, 1, &code)) {
		return code;
	}
	gboolean on = strcmp(argv[1], "on") == 0;
	if (!on && strcmp(argv[1], "off") != 0) {
		return cli_fail(cli, CLI_USAGE, "\"%s\" is neither on nor off", argv[1]);
	}
	return ps_engine_set_online_revocation(cli->engine, on, &error) ? CLI_OK
									: cli_error(cli, error);
}
