/* SPDX-License-Identifier: MPL-2.0 */
/* login: a provider that wants OAuth2 instead of a password. */
#include "cli.h"
#include "setup/login.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>

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

/* One object of two members. */
static int
print_pair(Cli *cli, const char *const names[2], const char *const values[2])
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	json_builder_begin_object(builder);
	add(builder, names[0], values[0]);
	add(builder, names[1], values[1]);
	json_builder_end_object(builder);
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	char *text = json_to_string(root, FALSE);
	int code = cli_print(cli, text);
	cli_forget(text);
	return code;
}

/* False: there is no screen, or nothing that shows pages. */
static gboolean
open_browser(const char *url)
{
	const char *screens[] = {g_getenv("WAYLAND_DISPLAY"), g_getenv("DISPLAY")};
	for (guint i = 0; i < G_N_ELEMENTS(screens); i++) {
		if (screens[i] != NULL && screens[i][0] != '\0') {
			return g_app_info_launch_default_for_uri(url, NULL, NULL);
		}
	}
	return FALSE;
}

static void
show(const char *url, const char *code, gpointer user)
{
	Cli *cli = user;
	if (cli->json) {
		(void)print_pair(cli, (const char *const[]){"open", "code"},
				 (const char *const[]){url, code});
		return;
	}
	if (code != NULL) {
		g_autofree char *line =
			g_strdup_printf("On any device, open this page, type the code and allow "
					"postseal to use your mail:\n\nopen %s\ncode %s\n",
					url, code);
		(void)cli_print(cli, line);
		return;
	}
	g_autofree char *line = g_strdup_printf("In a browser on this machine, open this page and "
						"allow postseal to use your mail:\n\nopen %s\n",
						url);
	if (cli_print(cli, line) == CLI_OK && open_browser(url)) {
		(void)cli_print(cli, "Your browser opens it now.\n");
	}
}

static int
print_text(Cli *cli, const SetupLoggedIn *in, gboolean only_password)
{
	const char *done = only_password ? "There is another password for the mail program of"
					 : "The provider lets postseal log in as";
	if (in->password == NULL) {
		g_autofree char *text =
			g_strdup_printf("%s %s. The password in your mail program stays as it is; "
					"--new-password makes another.",
					done, in->address);
		return cli_print(cli, text);
	}
	char *text = g_strdup_printf("%s %s.\nType this into your mail program, for reading "
				     "and for sending:\n\n"
				     "user %s\npassword %s\n\n"
				     "It is shown only now; --new-password makes another.",
				     done, in->address, in->address, in->password);
	int code = cli_print(cli, text);
	cli_forget(text);
	return code;
}

int
cmd_login(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	gboolean device = FALSE;
	gboolean new_password = FALSE;
	const GOptionEntry entries[] = {
		{"device", 0, 0, G_OPTION_ARG_NONE, &device,
		 "Print a code to type in on any device, instead of using a browser here", NULL},
		{"new-password", 0, 0, G_OPTION_ARG_NONE, &new_password,
		 "Only make another password for the mail program", NULL},
		G_OPTION_ENTRY_NULL,
	};
	g_auto(SetupPlace) place = {0};
	g_auto(SetupLoggedIn) in = {0};
	g_autoptr(GError) error = NULL;
	if (!cli_options(cli, entries, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 1, 1, &code)) {
		return code;
	}
	if (device && new_password) {
		return cli_fail(cli, CLI_USAGE, "--device and --new-password exclude each other");
	}
	setup_place_init(&place, cli->home);
	SetupLoginWish wish = {.place = &place,
			       .address = argv[1],
			       .device = device,
			       .only_password = new_password,
			       .show = show,
			       .user = cli};
	if (!setup_login(cli->engine, &wish, &in, &error)) {
		return cli_error(cli, error);
	}
	return cli->json ? print_pair(cli, (const char *const[]){"address", "password"},
				      (const char *const[]){in.address, in.password})
			 : print_text(cli, &in, new_password);
}
