/* SPDX-License-Identifier: MPL-2.0 */
/* page: a link that opens the daemon's page in a browser, once. */
#include "cli.h"
#include "setup/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define ANSWER_MAX (64U << 10) /* octets */
#define SECONDS    10U

/* A short private file of the home; NULL after it was told. */
static char *
read_word(Cli *cli, const char *home, const char *name, int *code)
{
	g_autofree char *path = g_build_filename(home, name, NULL);
	char *text = NULL;
	if (!g_file_get_contents(path, &text, NULL, NULL)) {
		*code = cli_fail(cli, CLI_UNAVAILABLE,
				 "no daemon of %s has a page: start postseald, with http= in its "
				 "configuration",
				 home);
		return NULL;
	}
	return g_strchomp(text);
}

static char *
question(const char *host, const char *token)
{
	return g_strdup_printf("POST /v1/login-link HTTP/1.1\r\nHost: %s\r\n"
			       "Authorization: Bearer %s\r\nContent-Length: 0\r\n"
			       "Connection: close\r\n\r\n",
			       host, token);
}

/* The daemon holds the lock of its home as long as it lives. Without it somebody else may listen
 * where it was, who must not hear the token. */
static gboolean
is_running(const char *home)
{
	g_autofree char *path = g_build_filename(home, "postseald.lock", NULL);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	gboolean held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	if (fd >= 0) {
		(void)close(fd);
	}
	return held;
}

/* All that the daemon says until it closes; NULL: nobody answers. */
static char *
ask(const char *host, const char *token)
{
	g_autoptr(GSocketClient) client = g_socket_client_new();
	g_socket_client_set_timeout(client, SECONDS);
	g_socket_client_set_enable_proxy(client, FALSE);
	g_autoptr(GSocketConnection) connection =
		g_socket_client_connect_to_host(client, host, 0, NULL, NULL);
	if (connection == NULL) {
		return NULL;
	}
	char *text = question(host, token);
	GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
	gboolean said = g_output_stream_write_all(out, text, strlen(text), NULL, NULL, NULL);
	cli_forget(text);
	char *answer = g_malloc0(ANSWER_MAX + 1);
	gsize n = 0;
	GInputStream *in = g_io_stream_get_input_stream(G_IO_STREAM(connection));
	if (!said || !g_input_stream_read_all(in, answer, ANSWER_MAX, &n, NULL, NULL)) {
		cli_forget(answer);
		return NULL;
	}
	return answer;
}

/* The link in the answer; NULL: there is none. */
static char *
link_of(const char *answer)
{
	const char *body = strstr(answer, "\r\n\r\n");
	g_autoptr(JsonNode) node = body == NULL ? NULL : json_from_string(body + 4, NULL);
	JsonObject *object =
		node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
	return object == NULL
		       ? NULL
		       : g_strdup(json_object_get_string_member_with_default(object, "url", NULL));
}

/* NULL after it was told. */
static char *
get_link(Cli *cli, int *code)
{
	g_auto(SetupPlace) place = {0};
	setup_place_init(&place, cli->home);
	g_autofree char *base = read_word(cli, place.home, "page", code);
	char *token = base == NULL ? NULL : read_word(cli, place.home, "token", code);
	if (token == NULL) {
		return NULL;
	}
	const char *host = g_str_has_prefix(base, "http://") ? base + strlen("http://") : base;
	char *answer = is_running(place.home) ? ask(host, token) : NULL;
	char *found = answer == NULL ? NULL : link_of(answer);
	cli_forget(token);
	if (answer != NULL) {
		cli_forget(answer);
	}
	if (found == NULL) {
		*code = cli_fail(cli, CLI_UNAVAILABLE,
				 "no daemon answers at %s: start postseald, or look at what "
				 "postseal doctor says",
				 base);
	}
	return found;
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

static int
print_json(Cli *cli, const char *url)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "url");
	json_builder_add_string_value(builder, url);
	json_builder_end_object(builder);
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	g_autofree char *text = json_to_string(root, FALSE);
	return cli_print(cli, text);
}

int
cmd_page(Cli *cli, int argc, char **argv)
{
	int code = CLI_OK;
	gboolean print = FALSE;
	const GOptionEntry entries[] = {
		{"print", 0, 0, G_OPTION_ARG_NONE, &print,
		 "Only print the link, and open no browser", NULL},
		G_OPTION_ENTRY_NULL,
	};
	if (!cli_options(cli, entries, &argc, &argv, &code) ||
	    !cli_arguments(cli, argc, 0, 0, &code)) {
		return code;
	}
	char *url = get_link(cli, &code);
	if (url == NULL) {
		return code;
	}
	code = cli->json ? print_json(cli, url) : cli_print(cli, url);
	if (code == CLI_OK && !print && !cli->json && open_browser(url)) {
		g_printerr("Your browser opens it now. The link is good once, for ten minutes.\n");
	}
	cli_forget(url);
	return code;
}
