/* SPDX-License-Identifier: MPL-2.0 */
/* setup, doctor: ready for any mail program. */
#include "cli.h"
#include "setup/setup.h"

#include <json-glib/json-glib.h>
#include <stdio.h>
#include <unistd.h>

static int
print_node(Cli *cli, JsonBuilder *builder)
{
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	g_autofree char *text = json_to_string(root, FALSE);
	return cli_print(cli, text);
}

static void
add(JsonBuilder *builder, const char *name, const char *value)
{
	json_builder_set_member_name(builder, name);
	if (value == NULL) {
		json_builder_add_null_value(builder);
	} else {
		json_builder_add_string_value(builder, value);
	}
}

/* ---- what setup did ---- */

static void
add_servers(JsonBuilder *builder, const SetupServers *servers)
{
	add(builder, "source", servers->source);
	for (int i = 0; i < (int)G_N_ELEMENTS(servers->by); i++) {
		g_autofree char *url =
			servers->by[i] == NULL ? NULL : net_server_to_string(servers->by[i]);
		add(builder, net_protocol_name((NetProtocol)i), url);
	}
}

static void
add_locals(JsonBuilder *builder, GPtrArray *locals)
{
	json_builder_set_member_name(builder, "local");
	json_builder_begin_array(builder);
	for (guint i = 0; i < locals->len; i++) {
		const SetupLocal *local = g_ptr_array_index(locals, i);
		json_builder_begin_object(builder);
		add(builder, "protocol", net_protocol_name(local->protocol));
		add(builder, "host", local->host);
		json_builder_set_member_name(builder, "port");
		json_builder_add_int_value(builder, local->port);
		add(builder, "security", local->security);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
}

static int
print_json(Cli *cli, const SetupReport *report, const SetupPlace *place)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	json_builder_begin_object(builder);
	add(builder, "address", report->address);
	add(builder, "own", setup_own_name(report->own));
	add(builder, "root_fingerprint", report->root);
	add(builder, "other_root_fingerprint", report->found_root);
	json_builder_set_member_name(builder, "looked");
	json_builder_add_boolean_value(builder, report->looked);
	add_servers(builder, report->servers);
	add(builder, "mode", report->managed ? "managed" : "pass-through");
	add(builder, "user", report->user);
	add_locals(builder, report->locals);
	add(builder, "config", place->config);
	add(builder, "certificate", report->certificate);
	add(builder, "certificate_sha256", report->certificate_sha256);
	add(builder, "autoconfig", report->autoconfig);
	add(builder, "autoconfig_url", report->autoconfig_url);
	add(builder, "mobileconfig", report->mobileconfig);
	add(builder, "unit", report->unit_path);
	add(builder, "unit_state", setup_unit_name(report->unit));
	add(builder, "start", report->start);
	json_builder_set_member_name(builder, "notes");
	json_builder_begin_array(builder);
	for (guint i = 0; i < report->notes->len; i++) {
		json_builder_add_string_value(builder, g_ptr_array_index(report->notes, i));
	}
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	return print_node(cli, builder);
}

static const char *
own_sentence(SetupOwn own)
{
	static const char *const SENTENCES[] = {
		[SETUP_OWN_MADE] = "Its keys were made now.",
		[SETUP_OWN_THERE] = "Its keys were there.",
		[SETUP_OWN_JOINED] = "Its keys came from your other device.",
		[SETUP_OWN_WAITING] = "It waits for your choice about its keys: see below."};
	return SENTENCES[own];
}

static void
print_locals(GString *text, const SetupReport *report)
{
	static const char *const TITLES[] = {[NET_SUBMISSION] = "Outgoing mail, SMTP",
					     [NET_IMAP] = "Incoming mail, IMAP",
					     [NET_POP3] = "Incoming mail, POP3"};
	g_string_append(text, "Type this into your mail program:\n\n");
	for (guint i = 0; i < report->locals->len; i++) {
		const SetupLocal *local = g_ptr_array_index(report->locals, i);
		g_string_append_printf(text, "  %-20s server %s, port %u, security %s\n",
				       TITLES[local->protocol], local->host, local->port,
				       local->security);
	}
	g_string_append_printf(text, "  %-20s %s\n  %-20s %s\n\n", "User name", report->user,
			       "Password",
			       report->managed ? "the one that `postseal login` prints"
					       : "the same as at your provider");
}

static void
print_files(GString *text, const SetupReport *report, const SetupPlace *place)
{
	g_string_append_printf(text,
			       "If it asks about the certificate of 127.0.0.1, its SHA-256 is\n"
			       "  %s\n\n"
			       "  %-20s %s\n  %-20s %s\n  %-20s %s\n",
			       report->certificate_sha256, "Configuration", place->config,
			       "For Thunderbird", report->autoconfig, "For Apple Mail",
			       report->mobileconfig);
	if (report->autoconfig_url != NULL) {
		g_string_append_printf(text,
				       "\nThunderbird finds all this by itself if its option "
				       "mailnews.auto_config_url is\n  %s\n",
				       report->autoconfig_url);
	}
	if (report->unit == SETUP_UNIT_STARTED) {
		g_string_append(text, "\nThe daemon runs, and starts when you log in.");
	} else if (report->running) {
		g_string_append_printf(
			text,
			"\nA daemon runs and does not know this yet: end it, and start "
			"it again: %s",
			report->start);
	} else if (report->unit == SETUP_UNIT_NONE) {
		g_string_append_printf(text, "\nStart the daemon: %s", report->start);
	} else {
		g_string_append_printf(
			text, "\nStart the daemon: systemctl --user enable --now postseald\n"
			      "or by hand: postseald");
	}
}

static int
print_text(Cli *cli, const SetupReport *report, const SetupPlace *place)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_string_append_printf(text, "%s: %s\n", report->address, own_sentence(report->own));
	g_string_append_printf(text, "Its servers were told by %s:\n", report->servers->source);
	for (size_t i = 0; i < G_N_ELEMENTS(report->servers->by); i++) {
		const NetServer *server = report->servers->by[i];
		g_autofree char *url = server == NULL ? NULL : net_server_to_string(server);
		if (url != NULL) {
			g_string_append_printf(text, "  %s\n", url);
		}
	}
	g_string_append_c(text, '\n');
	print_locals(text, report);
	print_files(text, report, place);
	for (guint i = 0; i < report->notes->len; i++) {
		g_string_append_printf(text, "\n\n%s",
				       (const char *)g_ptr_array_index(report->notes, i));
	}
	return cli_print(cli, text->str);
}

/* ---- setup ---- */

typedef struct {
	char *name;
	char *servers;
	char *imap;
	char *pop3;
	char *submission;
	char *user;
	char *tls_ca;
	char *password_file;
	char *join_code;
	gboolean managed;
	gboolean share;
	gboolean replace;
	char *password;
} SetupOptions;

static void
setup_options_clear(SetupOptions *options)
{
	g_free(options->name);
	g_free(options->servers);
	g_free(options->imap);
	g_free(options->pop3);
	g_free(options->submission);
	g_free(options->user);
	g_free(options->tls_ca);
	g_free(options->password_file);
	g_free(options->join_code);
	cli_forget(options->password);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SetupOptions, setup_options_clear)

static gboolean
parse(Cli *cli, SetupOptions *options, int *argc, char ***argv, int *code)
{
	const GOptionEntry entries[] = {
		{"name", 0, 0, G_OPTION_ARG_STRING, &options->name,
		 "The person's name, as readers will see it", "NAME"},
		{"password-file", 0, 0, G_OPTION_ARG_FILENAME, &options->password_file,
		 "Holds the password at the provider, to look for keys of another device", "FILE"},
		{"join-code", 0, 0, G_OPTION_ARG_STRING, &options->join_code,
		 "Take the keys that another device shared", "CODE"},
		{"share", 0, 0, G_OPTION_ARG_NONE, &options->share,
		 "Leave the keys in the mailbox for another device, and print a one-time code",
		 NULL},
		{"replace", 0, 0, G_OPTION_ARG_NONE, &options->replace,
		 "Make new keys even if there are some", NULL},
		{"servers", 0, 0, G_OPTION_ARG_FILENAME, &options->servers,
		 "The provider's clientConfig (XML), instead of asking for it", "FILE"},
		{"imap", 0, 0, G_OPTION_ARG_STRING, &options->imap,
		 "The provider's server: imaps://HOST or imap://HOST with STARTTLS", "URL"},
		{"pop3", 0, 0, G_OPTION_ARG_STRING, &options->pop3,
		 "The same: pop3s://HOST or pop3://HOST", "URL"},
		{"submission", 0, 0, G_OPTION_ARG_STRING, &options->submission,
		 "The same: submissions://HOST or submission://HOST", "URL"},
		{"user", 0, 0, G_OPTION_ARG_STRING, &options->user,
		 "Your user name there, if it is not the address", "NAME"},
		{"managed", 0, 0, G_OPTION_ARG_NONE, &options->managed,
		 "The provider wants OAuth2: the daemon logs in there by itself", NULL},
		{"tls-ca", 0, 0, G_OPTION_ARG_FILENAME, &options->tls_ca,
		 "Who may vouch for the provider's servers (PEM); default: the system's", "FILE"},
		G_OPTION_ENTRY_NULL,
	};
	return cli_options(cli, entries, argc, argv, code) && cli_arguments(cli, *argc, 1, 1, code);
}

/* From the file, or from the terminal if somebody is there and the keys are not. */
static gboolean
read_password(Cli *cli, const char *address, SetupOptions *options, int *code)
{
	g_autoptr(PsAccount) account = ps_engine_get_account(cli->engine, address, NULL);
	gboolean person = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
	gboolean needed = options->share || account == NULL;
	if (options->password_file == NULL && !(person && needed)) {
		return TRUE;
	}
	if (options->password_file == NULL) {
		g_printerr("The password of %s at its provider, to look for keys of your other "
			   "devices.\nIt is not kept. Empty: do not look.\n",
			   address);
	}
	options->password = cli_passphrase(cli, options->password_file, FALSE, code);
	if (options->password != NULL && options->password[0] == '\0') {
		g_clear_pointer(&options->password, g_free);
		return TRUE;
	}
	return options->password != NULL;
}

static int
share(Cli *cli, const SetupPlace *place, const char *address, const char *password)
{
	g_autoptr(GError) error = NULL;
	if (password == NULL) {
		return cli_fail(cli, CLI_USAGE,
				"the keys go through your mailbox: give its password with "
				"--password-file FILE");
	}
	g_autofree char *secret = setup_share(cli->engine, place, address, password, &error);
	if (secret == NULL) {
		return cli_error(cli, error);
	}
	if (cli->json) {
		g_autoptr(JsonBuilder) builder = json_builder_new();
		json_builder_begin_object(builder);
		add(builder, "address", address);
		add(builder, "code", secret);
		json_builder_end_object(builder);
		return print_node(cli, builder);
	}
	g_autofree char *text =
		g_strdup_printf("The keys wait in INBOX, locked. On the other device:\n\n"
				"  postseal setup %s --join-code %s\n\nThe code is shown only now.",
				address, secret);
	return cli_print(cli, text);
}

/* Asks on the terminal (standard error, since standard output may be read by a program). */
static bool
confirm_servers(const SetupServers *servers, gpointer user_data G_GNUC_UNUSED)
{
	char line[16] = "";
	if (isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1) {
		return false;
	}
	g_printerr("Only DNS (%s) says that your mail is at\n", servers->source);
	for (size_t i = 0; i < G_N_ELEMENTS(servers->by); i++) {
		g_autofree char *url =
			servers->by[i] == NULL ? NULL : net_server_to_string(servers->by[i]);
		if (url != NULL) {
			g_printerr("  %s\n", url);
		}
	}
	g_printerr("Your password will go there. Are these your provider's servers? [y/N] ");
	return fgets(line, sizeof(line), stdin) != NULL && g_ascii_strncasecmp(line, "y", 1) == 0;
}

static int
set_up(Cli *cli, const SetupPlace *place, const char *address, const SetupOptions *options)
{
	g_autoptr(GError) error = NULL;
	SetupWish wish = {.address = address,
			  .name = options->name,
			  .servers = options->servers,
			  .urls = {[NET_SUBMISSION] = options->submission,
				   [NET_IMAP] = options->imap,
				   [NET_POP3] = options->pop3},
			  .user = options->user,
			  .tls_ca = options->tls_ca,
			  .password = options->password,
			  .join_code = options->join_code,
			  .managed = options->managed,
			  .replace = options->replace,
			  .confirm = confirm_servers};
	g_autoptr(SetupReport) report = setup_run(cli->engine, place, &wish, &error);
	if (report == NULL) {
		return cli_error(cli, error);
	}
	int code = cli->json ? print_json(cli, report, place) : print_text(cli, report, place);
	return code != CLI_OK ? code : report->own == SETUP_OWN_WAITING ? CLI_UNAVAILABLE : CLI_OK;
}

int
cmd_setup(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	g_auto(SetupOptions) options = {0};
	g_auto(SetupPlace) place = {0};
	if (!parse(cli, &options, &argc, &argv, &code)) {
		return code;
	}
	if (options.share + options.replace + (options.join_code != NULL) > 1) {
		return cli_fail(cli, CLI_USAGE,
				"--share, --replace and --join-code exclude each other");
	}
	if (!read_password(cli, argv[1], &options, &code)) {
		return code;
	}
	setup_place_init(&place, cli->home);
	return options.share ? share(cli, &place, argv[1], options.password)
			     : set_up(cli, &place, argv[1], &options);
}

/* ---- doctor ---- */

static int
print_check(Cli *cli, const SetupCheck *check)
{
	if (cli->json) {
		g_autoptr(JsonBuilder) builder = json_builder_new();
		json_builder_begin_object(builder);
		add(builder, "check", check->check);
		add(builder, "subject", check->subject);
		add(builder, "state", setup_grade_name(check->grade));
		add(builder, "text", check->text);
		add(builder, "mend", check->mend);
		json_builder_end_object(builder);
		return print_node(cli, builder);
	}
	gboolean has_subject = check->subject[0] != '\0';
	g_autofree char *line =
		g_strdup_printf("%-5s %-11s %s%s%s%s%s", setup_grade_name(check->grade),
				check->check, check->subject, has_subject ? " " : "", check->text,
				check->mend[0] == '\0' ? "" : "\n      -> ", check->mend);
	return cli_print(cli, line);
}

int
cmd_doctor(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	gboolean failed = FALSE;
	g_auto(SetupPlace) place = {0};
	if (!cli_options(cli, NULL, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 0, 0, &code)) {
		return code;
	}
	setup_place_init(&place, cli->home);
	g_autoptr(GPtrArray) checks = setup_doctor(cli->engine, &place);
	for (guint i = 0; i < checks->len && code == CLI_OK; i++) {
		const SetupCheck *check = g_ptr_array_index(checks, i);
		failed = failed || check->grade == SETUP_FAIL;
		code = print_check(cli, check);
	}
	return code == CLI_OK && failed ? CLI_UNAVAILABLE : code;
}
