/* SPDX-License-Identifier: MPL-2.0 */
/* postseald: between the mail programs of this machine and their providers. */
#include "base/error.h"
#include "daemon/daemon.h"
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>

#define DESCRIPTORS 16384U /* as many as all clients of daemon.c may need */
#define ARENAS      4      /* of malloc(); by default eight for each processor, all kept for good */

typedef struct {
	char *home;
	char *config;
	gint login_seconds;
	gboolean foreground;
	gboolean version;
} Options;

static const struct {
	PsError error;
	int code;
} EXIT_CODES[] = {
	{PS_ERROR_ARGUMENT, EX_USAGE},     {PS_ERROR_MALFORMED, EX_DATAERR},
	{PS_ERROR_LIMIT, EX_DATAERR},      {PS_ERROR_UNSUPPORTED, EX_DATAERR},
	{PS_ERROR_NOT_FOUND, EX_NOINPUT},  {PS_ERROR_UNAVAILABLE, EX_UNAVAILABLE},
	{PS_ERROR_EXISTS, EX_CANTCREAT},   {PS_ERROR_CREATE, EX_CANTCREAT},
	{PS_ERROR_IO, EX_IOERR},           {PS_ERROR_BUSY, EX_TEMPFAIL},
	{PS_ERROR_PASSPHRASE, EX_DATAERR},
};

static int
exit_code(const GError *error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(EXIT_CODES); i++) {
		if (g_error_matches(error, PS_ERROR, (int)EXIT_CODES[i].error)) {
			return EXIT_CODES[i].code;
		}
	}
	return EX_SOFTWARE;
}

/* Nobody reads our memory: no core file, no debugger of the same person, and nothing that is
 * written is for others. */
static void
harden(void)
{
	static const struct rlimit NO_CORE = {0, 0};
	(void)umask(077);
	(void)setrlimit(RLIMIT_CORE, &NO_CORE);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void
make_room(void)
{
	struct rlimit files;
	(void)mallopt(M_ARENA_MAX, ARENAS); /* NOLINT(concurrency-mt-unsafe): no thread yet */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < DESCRIPTORS) {
		files.rlim_cur = MIN(files.rlim_max, DESCRIPTORS);
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}

static char *
home_of(const Options *options)
{
	const char *named = options->home != NULL ? options->home : g_getenv("POSTSEAL_HOME");
	return named != NULL && named[0] != '\0' ? g_canonicalize_filename(named, NULL) : NULL;
}

/* The rest of --help: what a configuration looks like, and every option of it. */
static char *
help_text(void)
{
	g_autofree char *table = proxy_config_help();
	return g_strdup_printf(
		"Begin with:\n"
		"  postseal setup you@example.org\n"
		"which writes the configuration and tells what to type into the mail program.\n\n"
		"The configuration is $XDG_CONFIG_HOME/postseal/postseald.conf; with a folder in\n"
		"--home or POSTSEAL_HOME, postseald.conf in that folder. Its options:\n\n%s\n"
		"postseald(8) tells all.",
		table);
}

/* False: the program ends with *@code. */
static bool
parse_options(int *argc, char ***argv, Options *options, int *code)
{
	const GOptionEntry entries[] = {
		{"home", 0, 0, G_OPTION_ARG_FILENAME, &options->home,
		 "Folder of store and keys (or POSTSEAL_HOME)", "DIR"},
		{"config", 0, 0, G_OPTION_ARG_FILENAME, &options->config, "The configuration",
		 "FILE"},
		{"login-seconds", 0, 0, G_OPTION_ARG_INT, &options->login_seconds,
		 "A client that has not logged in by then is cut (120)", "N"},
		{"foreground", 0, 0, G_OPTION_ARG_NONE, &options->foreground,
		 "Stay in the foreground, as it always does", NULL},
		{"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version", NULL},
		G_OPTION_ENTRY_NULL,
	};
	g_autofree char *help = help_text();
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	g_option_context_set_summary(context, "Signs, seals and opens the mail that passes between "
					      "mail programs and their providers.");
	g_option_context_set_description(context, help);
	g_option_context_add_main_entries(context, entries, NULL);
	bool parsed = g_option_context_parse(context, argc, argv, &error);
	bool timely = options->login_seconds > 0 && options->login_seconds <= DAEMON_LOGIN_MAX;
	if (!parsed || *argc > 1 || !timely) {
		g_printerr("postseald: %s: see `postseald --help`\n",
			   !parsed     ? error->message
			   : *argc > 1 ? "there are too many arguments"
				       : "--login-seconds wants 1 to 86400");
		*code = EX_USAGE;
		return false;
	}
	if (options->version) {
		g_print("postseald " PS_VERSION "\n");
	}
	return !options->version;
}

static bool
run(const Options *options, GError **error)
{
	g_autofree char *named = home_of(options);
	g_autofree char *home = named != NULL
					? g_strdup(named)
					: g_build_filename(g_get_user_data_dir(), "postseal", NULL);
	g_autofree char *path = options->config != NULL ? g_strdup(options->config)
				: named != NULL
					? g_build_filename(named, "postseald.conf", NULL)
					: g_build_filename(g_get_user_config_dir(), "postseal",
							   "postseald.conf", NULL);
	g_autoptr(GError) reason = NULL;
	g_autoptr(ProxyConfig) config = proxy_config_load(path, &reason);
	if (config == NULL && g_error_matches(reason, PS_ERROR, PS_ERROR_NOT_FOUND)) {
		return base_fail(error, PS_ERROR_NOT_FOUND,
				 "%s: run `postseal setup ADDRESS`, or name a file with --config",
				 reason->message);
	}
	if (config == NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	return daemon_run(config, home, (guint)options->login_seconds, error);
}

int
main(int argc, char **argv)
{
	Options options = {.login_seconds = DAEMON_LOGIN_SECONDS};
	int code = EX_OK;
	g_autoptr(GError) error = NULL;
	(void)setlocale(LC_ALL, ""); /* NOLINT(concurrency-mt-unsafe): there is no thread yet */
	harden();
	make_room();
	if (parse_options(&argc, &argv, &options, &code) && !run(&options, &error)) {
		g_printerr("postseald: %s\n", error->message);
		code = exit_code(error);
	}
	g_free(options.home);
	g_free(options.config);
	return code;
}
