/* SPDX-License-Identifier: MPL-2.0 */
/* learn, can-seal, peers, rule: correspondents and what to do about them. */
#include "cli.h"
#include "enums.h"

#include <stdio.h>
#include <string.h>

static void
add_learned(PsLearned *sum, const PsLearned *more)
{
	sum->messages += more->messages;
	sum->signed_messages += more->signed_messages;
	sum->keys_new += more->keys_new;
	sum->keys_seen += more->keys_seen;
	sum->errors += more->errors;
	sum->resumed += more->resumed;
	if (sum->first_error == NULL) {
		sum->first_error = g_strdup(more->first_error);
	}
}

#define N "%" G_GUINT64_FORMAT

static int
print_learned(Cli *cli, const PsLearned *sum)
{
	g_autofree char *json = g_strdup_printf(
		"{\"messages\":" N ",\"signed\":" N ",\"keys_new\":" N ",\"keys_seen\":" N
		",\"errors\":" N "}",
		sum->messages, sum->signed_messages, sum->keys_new, sum->keys_seen, sum->errors);
	g_autofree char *text = g_strdup_printf(
		N " message(s) read, " N " of them signed; " N " new key(s), " N " sighting(s); " N
		  " could not be read",
		sum->messages, sum->signed_messages, sum->keys_new, sum->keys_seen, sum->errors);
	if (sum->resumed > 0) {
		(void)cli_fail(cli, CLI_OK,
			       "went on after an interruption: " N
			       " of the messages had been read before",
			       sum->resumed);
	}
	if (sum->first_error != NULL) {
		(void)cli_fail(cli, CLI_OK, N " not read, the first: %s", sum->errors,
			       sum->first_error);
	}
	return cli_print(cli, cli->json ? json : text);
}

int
cmd_learn(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, G_MAXINT, &code)) {
		return code;
	}
	g_autoptr(PsLearned) sum = g_new0(PsLearned, 1);
	g_autoptr(CliProgress) progress = cli_progress_new("learning");
	for (int i = 1; i < argc; i++) {
		g_autoptr(PsLearned) learned = ps_engine_learn(
			cli->engine, argv[i], cli_progress_update, progress, &error);
		if (learned == NULL) {
			return cli_error(cli, error);
		}
		add_learned(sum, learned);
	}
	return print_learned(cli, sum);
}

static int
print_recipient(Cli *cli, const PsRecipient *recipient)
{
	gboolean ready = recipient->state == PS_RECIPIENT_STATE_READY;
	g_autofree char *text = g_strdup_printf(
		"%s: %s\n  %s%s%s", recipient->address,
		ps_enum_nick(PS_TYPE_RECIPIENT_STATE, (int)recipient->state), recipient->sentence,
		ready ? "" : "\n  how to encrypt this: ", ready ? "" : recipient->how_to);
	return cli_print(cli, text);
}

int
cmd_can_seal(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, G_MAXINT, &code)) {
		return code;
	}
	g_autoptr(PsSealCheck) check =
		ps_engine_can_seal(cli->engine, NULL, (const char *const *)argv + 1, &error);
	if (check == NULL) {
		return cli_error(cli, error);
	}
	if (cli->json) {
		g_autofree char *json = ps_seal_check_to_json(check);
		code = cli_print(cli, json);
	} else {
		for (guint i = 0; i < check->recipients->len && code == CLI_OK; i++) {
			code = print_recipient(cli, g_ptr_array_index(check->recipients, i));
		}
		if (strcmp(check->own, "ready") != 0) {
			code = cli_print(
				cli,
				"you: no account yet; make one with `postseal account add ADDRESS`");
		}
	}
	return code != CLI_OK ? code : (check->ready ? CLI_OK : CLI_UNAVAILABLE);
}

static char *
day_of(gint64 time)
{
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time);
	return g_date_time_format(date, "%Y-%m-%d");
}

static void
describe_history(GString *text, const PsIdentity *identity)
{
	g_autofree char *first = day_of(identity->first_seen);
	g_autofree char *last = day_of(identity->last_seen);
	if (identity->messages == 0) {
		g_string_append_printf(text, "known since %s, nothing signed with it yet", first);
		return;
	}
	g_string_append_printf(text, "%u signed %s on %u %s, %s to %s", identity->messages,
			       identity->messages == 1 ? "message" : "messages", identity->days,
			       identity->days == 1 ? "day" : "days", first, last);
	if (identity->direct_messages < identity->messages) {
		g_string_append_printf(text, ", %u of them over mailing lists",
				       identity->messages - identity->direct_messages);
	}
	g_autofree char *programs = g_strjoinv(", ", identity->programs);
	g_string_append_printf(text, "%s%s", programs[0] == '\0' ? "" : ", with ", programs);
}

/* What the person said about a key. */
static const char *
decision_of(const PsIdentity *identity)
{
	const struct {
		gboolean holds;
		const char *text;
	} table[] = {
		{identity->refused, "; you refused it"},
		{identity->verified, "; you compared it"},
		{identity->accepted, "; you accepted it"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		if (table[i].holds) {
			return table[i].text;
		}
	}
	return "";
}

static void
describe_identity(GString *text, const PsIdentity *identity)
{
	g_string_append_printf(text, "\n  %s %s\n    %s", identity->pinned ? "*" : "?",
			       identity->root_fingerprint, identity->kind);
	if (identity->organization != NULL) {
		g_string_append_printf(text, " for %s", identity->organization);
	}
	g_string_append_printf(text, ", by %s: ", identity->how);
	describe_history(text, identity);
	g_string_append(text, decision_of(identity));
}

static int
print_peer(Cli *cli, const PsPeer *peer)
{
	if (cli->json) {
		g_autofree char *json = ps_peer_to_json(peer);
		return cli_print(cli, json);
	}
	g_autoptr(GString) text = g_string_new(NULL);
	g_string_append_printf(text, "%s: %s\n  %s\n  %u signed, %u unsigned; %s", peer->address,
			       ps_enum_nick(PS_TYPE_RECIPIENT_STATE, (int)peer->state),
			       peer->sentence, peer->signed_count, peer->unsigned_count,
			       peer->program == NULL ? "program unknown" : peer->program);
	for (guint i = 0; i < peer->identities->len; i++) {
		describe_identity(text, g_ptr_array_index(peer->identities, i));
	}
	return cli_print(cli, text->str);
}

int
cmd_peers(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 0, 1, &code)) {
		return code;
	}
	g_autoptr(GPtrArray) peers =
		ps_engine_list_peers(cli->engine, argc > 1 ? argv[1] : NULL, &error);
	if (peers == NULL) {
		return cli_error(cli, error);
	}
	for (guint i = 0; i < peers->len && code == CLI_OK; i++) {
		code = print_peer(cli, g_ptr_array_index(peers, i));
	}
	return code;
}

int
cmd_rule_set(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	int level = PS_LEVEL_AUTO;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 2, 2, &code)) {
		return code;
	}
	if (!ps_enum_parse(PS_TYPE_LEVEL, argv[2], &level) || level == PS_LEVEL_AUTO) {
		return cli_fail(cli, CLI_USAGE, "\"%s\" is no level: use plain, signed or sealed",
				argv[2]);
	}
	return ps_engine_set_rule(cli->engine, argv[1], (PsLevel)level, &error)
		       ? CLI_OK
		       : cli_error(cli, error);
}

int
cmd_rule_unset(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, 1, &code)) {
		return code;
	}
	return ps_engine_set_rule(cli->engine, argv[1], PS_LEVEL_AUTO, &error)
		       ? CLI_OK
		       : cli_error(cli, error);
}

int
cmd_rule_list(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 0, 0, &code)) {
		return code;
	}
	g_autoptr(GHashTable) rules = ps_engine_list_rules(cli->engine, &error);
	if (rules == NULL) {
		return cli_error(cli, error);
	}
	g_autoptr(GList) patterns =
		g_list_sort(g_hash_table_get_keys(rules), (GCompareFunc)(void (*)(void))strcmp);
	for (GList *p = patterns; p != NULL && code == CLI_OK; p = p->next) {
		const char *level = g_hash_table_lookup(rules, p->data);
		g_autofree char *line = g_strdup_printf(
			cli->json ? "{\"address\":\"%s\",\"level\":\"%s\"}" : "%s %s",
			(const char *)p->data, level);
		code = cli_print(cli, line);
	}
	return code;
}
